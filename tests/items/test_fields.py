"""The 71 fields, and how values are read."""

import csv
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongban.items.fields import (
    CHILD_GROUPS,
    COLUMNS,
    FIELDS,
    ITEM_TYPE,
    ITEM_TYPE_GUANGDONG,
    SERVICE_FIELDS,
    column_names,
)
from tongban.items.kinds import Choice, Day, Number, Several, UnreadableError, YesNo, cell_of
from tongban.items.models import Fee, Material, Question, Service, ServiceVersion
from tongban.items.reading import guarded, unguarded

CHOICES = [f for f in FIELDS if isinstance(f.kind, Choice)]


@pytest.mark.reference
def test_they_are_those_of_the_standard_in_its_order(reference: Path) -> None:
    with (reference / "standards" / "implementation_list_fields.csv").open(encoding="utf-8") as file:
        standard = [(row["group"], row["field"], row["name_zh"]) for row in csv.DictReader(file)]
    assert [(f.group, f.name, f.name_zh) for f in FIELDS] == standard
    assert len(FIELDS) == 71


def test_every_field_has_its_place_in_the_tables() -> None:
    models = {"version": ServiceVersion, "service": Service, "material": Material, "fee": Fee, "question": Question}
    fields = [*SERVICE_FIELDS.values(), *(f for group in CHILD_GROUPS.values() for f in group)]
    for field in fields:
        if field.owner in models:
            meta = models[field.owner]._meta  # noqa: SLF001 - Django's public _meta
            assert meta.get_field(field.attribute).name == field.attribute
    assert len(set(COLUMNS)) == len(COLUMNS)


def test_no_header_means_two_columns() -> None:
    names = column_names()
    chinese = [f.name_zh for f in SERVICE_FIELDS.values()]
    assert len(chinese) == len(set(chinese))
    assert names["事项名称"] == names["item_name"] == names["task_name"] == "task_name"


@pytest.mark.parametrize("field", CHOICES, ids=lambda f: f"{f.group}.{f.name}")
def test_codes_and_words_are_read_and_codes_written(field: object) -> None:
    kind = field.kind  # type: ignore[attr-defined]
    for code, value, *words in kind.pairs:
        assert kind.write(value) == code
        for given_word in (code, *words):
            assert kind.read(given_word) == value
    with pytest.raises(UnreadableError, match="one of"):
        kind.read("没有的值")


def test_types_of_items() -> None:
    assert ITEM_TYPE.read("1") == ITEM_TYPE.read("01") == ITEM_TYPE.read("行政许可") == "01"
    assert ITEM_TYPE.read("20") == "20"
    # Guangdong's 20 and 21 are the nation's 10 and 20.
    assert (ITEM_TYPE_GUANGDONG.read("20"), ITEM_TYPE_GUANGDONG.read("21")) == ("10", "20")
    with pytest.raises(UnreadableError):
        ITEM_TYPE.read("21")


@pytest.mark.parametrize(
    "text", ["2019-10-01", "2019/10/1", "20191001", "2019年10月1日", "２０１９－１０－０１", "2019-10-01 00:00:00"]
)
def test_dates_as_lists_write_them(text: str) -> None:
    assert Day().read(text) == date(2019, 10, 1)


@pytest.mark.parametrize("text", ["2019-13-01", "43739", "next year", "2019-10-01 08:30"])
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(UnreadableError):
        Day().read(text)


def test_numbers_and_yes_and_lists() -> None:
    assert (Number().read("１５ "), Number().read("3.0"), Number().read("")) == (15, 3, None)
    assert (YesNo().read("是"), YesNo().read("0"), YesNo().read(None)) == (True, False, None)
    assert Several(Number()).read("1;2；2、3") == [1, 2, 3]
    for bad in ("-1", "1.5", "九", "99999999999"):
        with pytest.raises(UnreadableError):
            Number().read(bad)


@given(st.text(st.sampled_from("'=+-@＝a1 \t"), max_size=6))
def test_the_guard_against_formulas_is_undone_exactly(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert not guarded(text).startswith(("=", "+", "-", "@", "\t", "＝"))


def test_cells_of_lists() -> None:
    assert cell_of(["1", "2"]) == "1;2"
    assert cell_of([{"b": 1, "a": "中"}]) == '[{"a": "中", "b": 1}]'
