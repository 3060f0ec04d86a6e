"""The described services: complete, in two languages, with forms that work and rules that hold."""

import random
import re
from datetime import date

import pytest

from tongban.demo.agencies import COLUMNS
from tongban.demo.answers import plausible_answers
from tongban.demo.content import catalogue, read, service, service_keys, version_rows, version_texts
from tongban.demo.identifiers import GOVERNMENT_ORGAN, credit_code, id_number, phone
from tongban.demo.papers import pdf, png
from tongban.demo.plans import plans
from tongban.foundation.forms import FormDefinition
from tongban.government.importing.agencies import AGENCY_OPTIONAL, AGENCY_REQUIRED
from tongban.government.rules import level_of
from tongban.items.fields import CHILD_GROUPS, SERVICE_FIELDS
from tongban.items.light import NECESSARY, load_light

KEYS = service_keys()
# What may be empty in a described service: nothing of the kind exists there, or it is worked out.
MAY_BE_EMPTY = {
    # Most of what is granted does not run out, and what does is renewed by its own item.
    "result_validity",
    "renewal_item",
    "entrusting_department",
    "joint_agencies",
    "special_procedures",
    "visits_reason",
    "result_sample",
    "person_topics",
    "organisation_topics",
    "township_codes",
    "effective_to",
    "declared_list",
    "light",
    "fees",
}
WORKED_OUT = {"exercise_level", "stated_online_depth", "state", "english"}


def test_there_are_enough_of_them_in_enough_places() -> None:
    described = [service(key) for key in KEYS]
    assert len(described) >= 22
    assert len({one["department"] for one in described}) >= 8
    assert {int(level_of(one["region"])) for one in described} == {1, 2, 3, 4}
    assert {one["visits"] for one in described} >= {0, 1}
    assert {one["handling_kind"] for one in described} == {"1", "2"}
    assert {one["is_charged"] for one in described} == {True, False}


@pytest.mark.parametrize("key", KEYS)
def test_every_field_that_applies_is_filled(key: str) -> None:
    texts = version_texts(service(key))
    wanted = {f.attribute for f in SERVICE_FIELDS.values() if f.owner == "version"} - MAY_BE_EMPTY - WORKED_OUT
    empty = sorted(name for name in wanted if texts.get(name) in (None, "", [], {}))
    assert empty == []
    for group, rows in version_rows(service(key)).items():
        assert rows or group in MAY_BE_EMPTY
        for row in rows:
            known = {f.attribute for f in CHILD_GROUPS[group]}
            assert set(row) <= known


@pytest.mark.parametrize("key", KEYS)
def test_english_stands_beside_the_chinese_and_is_no_chinese(key: str) -> None:
    described = service(key)
    for texts in (version_texts(described), *(row for rows in version_rows(described).values() for row in rows)):
        for name, english in texts["english"].items():
            assert english.strip(), name
            without_references = re.sub(r"[^\s(]*〔\d{4}〕\d+号", "", english)
            assert not re.search(r"[\u4e00-\u9fff]", without_references), (name, english)
            assert re.search(r"[\u4e00-\u9fff]", texts[name]), (name, texts[name])


def test_light_handling_of_every_kind_is_shown_and_holds() -> None:
    shown: dict[str, int] = {}
    for key in KEYS:
        described = service(key)
        if "light" not in described:
            continue
        rows = version_rows(described)["materials"]
        handed_in = {
            n: row["necessity"] in NECESSARY for n, row in enumerate(rows, start=1) if not row["resource_code"]
        }
        light = load_light(
            described["light"], FormDefinition.load(described["form"]), handed_in, described["audiences"]
        )
        for part in ("guidance", "commitment", "fetch", "instant", "offer"):
            shown[part] = shown.get(part, 0) + (getattr(light, part) is not None)
    assert shown == {"guidance": 2, "commitment": 1, "fetch": 4, "instant": 1, "offer": 1}


@pytest.mark.parametrize("key", KEYS)
def test_its_form_can_be_answered(key: str) -> None:
    form = FormDefinition.load(service(key)["form"])
    assert 2 <= len(form.group_list) <= 4
    assert 6 <= len(form.fields) <= 18
    for seed in range(20):
        answers = plausible_answers(form, date(2026, 11, 20), random.Random(seed))
        assert form.validate(answers) == []


def test_the_catalogue_reaches_over_departments_and_levels() -> None:
    items = catalogue()
    assert len(items) >= 120
    assert len({item["department"] for item in items}) >= 14
    assert {level for item in items for level in item["levels"]} == {1, 2, 3, 4}
    codes = [item["code"] for item in items]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[0-9A-Z]{12}", code) for code in codes)
    by_code = {item["code"]: item for item in items}
    for key in KEYS:
        described = service(key)
        item = by_code[described["item"]]
        assert item["department"] == described["department"]
        assert level_of(described["region"]) in item["levels"]


def test_every_theme_a_service_names_is_there() -> None:
    themes = {theme["slug"] for theme in read("themes")}
    assert {theme for key in KEYS for theme in service(key)["themes"]} <= themes


def test_agencies_have_the_columns_the_import_reads() -> None:
    assert set(COLUMNS) <= {*AGENCY_REQUIRED, *AGENCY_OPTIONAL}


def test_numbers_are_right_in_form() -> None:
    from stdnum.cn import ric, uscc

    assert all(uscc.is_valid(credit_code(GOVERNMENT_ORGAN, "450700", serial)) for serial in range(200))
    assert all(ric.is_valid(id_number("450721", date(1999, 3, 4), serial)) for serial in range(100, 200))
    assert re.fullmatch(r"1[3-9]\d{9}", phone(7))


def test_credit_codes_carry_a_right_organisation_code() -> None:
    # 00877818-3 stands in a real credit code (11511301008778183N).
    assert credit_code("11", "511301", 877818) == "11511301008778183N"


def test_papers_are_what_their_names_say() -> None:
    assert pdf(3).startswith(b"%PDF-1.4")
    assert pdf(3).rstrip().endswith(b"%%EOF")
    start = int(pdf(3).rsplit(b"startxref\n", 1)[1].split(b"\n")[0])
    assert pdf(3)[start:].startswith(b"xref")
    assert png(3).startswith(b"\x89PNG")
    assert pdf(3) != pdf(4)


def test_the_plans_are_always_the_same() -> None:
    assert plans() == plans()
    assert len({plan.key for plan in plans()}) == len(plans()) == 300
