"""Decision tables: what is refused when one is loaded, and that every input meets exactly one rule."""

from copy import deepcopy
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongban.foundation.decisions import TableError, Value, load_table

pytestmark = pytest.mark.usefixtures("in_english")

ALLOWANCE: dict[str, Any] = {
    "code": "old-age-allowance",
    "version": 3,
    "fields": {
        "age": {"integer": [0, 130]},
        "resident": "boolean",
        "pension": ["none", "small", "full"],
        "since": {"date": [date(2000, 1, 1), date(2030, 12, 31)]},
        "income": {"number": [0, 100000]},
    },
    "outcomes": ["grant", "review", "nothing"],
    "rules": [
        {"when": {"resident": False}, "then": "nothing", "because": "art 2"},
        {"when": {"resident": True, "age": "< 80"}, "then": "nothing", "because": "art 3"},
        {"when": {"resident": True, "age": ">= 80", "income": "> 5000"}, "then": "review"},
        {
            "when": {"resident": True, "age": "80..130", "income": "<= 5000", "pension": ["none", "small"]},
            "then": "grant",
        },
        {
            "when": {"resident": True, "age": ">= 80", "income": "<= 5000", "pension": "full", "since": "< 2020-01-01"},
            "then": "grant",
        },
        {
            "when": {
                "resident": True,
                "age": ">= 80",
                "income": "<= 5000",
                "pension": "full",
                "since": ">= 2020-01-01",
            },
            "then": "nothing",
        },
    ],
}
TABLE = load_table(ALLOWANCE)


def test_an_answer_says_where_it_comes_from() -> None:
    values: dict[str, Value] = {
        "age": 81,
        "resident": True,
        "pension": "none",
        "since": date(2021, 5, 1),
        "income": 12.5,
    }
    found = TABLE.decide(values)
    assert (found.table, found.version, found.rule, found.outcome) == ("old-age-allowance", 3, 4, "grant")
    assert TABLE.decide(found.inputs) == found


@given(
    st.integers(0, 130),
    st.booleans(),
    st.sampled_from(["none", "small", "full"]),
    st.dates(date(2000, 1, 1), date(2030, 12, 31)),
    st.floats(0, 100000),
)
def test_every_input_meets_exactly_one_rule(age: int, resident: bool, pension: str, since: date, income: float) -> None:  # noqa: FBT001 - drawn
    values: dict[str, Value] = {"age": age, "resident": resident, "pension": pension, "since": since, "income": income}
    assert sum(rule.meets(values) for rule in TABLE.rules) == 1


def _spoiled(change: Any) -> dict[str, Any]:
    document = deepcopy(ALLOWANCE)
    change(document)
    return document


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda d: d["rules"][0]["when"].update(residnet=True), "rules.1: there is no field 'residnet'"),
        (lambda d: d["rules"][0]["when"].update(resident="yes"), "rules.1.resident: 'yes' is not of the type boolean"),
        (lambda d: d["rules"][1]["when"].update(age="< eighty"), "rules.2.age: 'eighty' is not of the type integer"),
        (lambda d: d["rules"][1]["when"].update(age="< 200"), "rules.2.age: 200 is not within 0 to 130"),
        (lambda d: d["rules"][3]["when"].update(age="90..80"), "'90..80' ends before it begins"),
        (lambda d: d["rules"][3]["when"].update(pension=["none", "some"]), "'some' is none of none, small, full"),
        (lambda d: d["rules"][0].update(then="give"), "rules.1: 'give' is no outcome"),
        (lambda d: d["rules"][0].update(them="give"), "rules.1: it has when, then and because"),
        (lambda d: d["rules"][1]["when"].update(age="< 79"), "no rule covers age = 79"),
        (lambda d: d["rules"][1]["when"].update(age="<= 80"), "rules 2, 3 overlap where age = 80"),
        (lambda d: d["rules"].pop(5), "no rule covers"),
        (lambda d: d["fields"].update(extra={"integer": [5, 1]}), "fields.extra"),
        (lambda d: d["fields"].update(extra="text"), "fields.extra: 'text' is no type"),
        (lambda d: d["outcomes"].append("refuse"), "no rule leads to the outcome 'refuse'"),
        (lambda d: d.pop("rules"), "missing key 'rules'"),
    ],
)
def test_a_spoiled_table_is_refused_by_name(change: Any, says: str) -> None:
    with pytest.raises(TableError) as refused:
        load_table(_spoiled(change))
    assert says in str(refused.value)


def test_everything_wrong_is_said_at_once() -> None:
    def change(document: dict[str, Any]) -> None:
        document["rules"][0]["when"] = {"residnet": True}
        document["rules"][1]["when"]["age"] = "young"

    with pytest.raises(TableError) as refused:
        load_table(_spoiled(change))
    assert len(refused.value.problems) == 2


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"age": True}, "age: True is not of the type integer"),
        ({"age": 131}, "age: 131 is not within 0 to 130"),
        ({"pension": "big"}, "pension: 'big' is none of"),
        ({"height": 3}, "height: there is no such field"),
        ({"income": float("nan")}, "income: nan is not of the type number"),
    ],
)
def test_wrong_input_is_named(change: dict[str, Value], says: str) -> None:
    values: dict[str, Value] = {
        "age": 81,
        "resident": True,
        "pension": "none",
        "since": date(2021, 5, 1),
        "income": 12.5,
    }
    with pytest.raises(ValueError, match=says):
        TABLE.decide({**values, **change})
    with pytest.raises(ValueError, match="since: it is missing"):
        TABLE.decide({name: value for name, value in values.items() if name != "since"})
