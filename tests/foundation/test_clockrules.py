"""The 41 rules: that they are those of the reference, which act as law, and each one's arithmetic."""

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongban.foundation.calendar import china
from tongban.foundation.clock import Unit
from tongban.foundation.clockrules import clock_rules, due_by, load_rules

RULES = clock_rules()
WITH_LIMIT = sorted(rule.id for rule in RULES.values() if rule.limit)
LOCAL = {"ONLINE-CHECK", "BAD-CONTACT", "BAD-FEEDBACK", "BAD-RECTIFY", "SHARE-LOCAL-CHECK", "SHARE-LOCAL-COND"}
LOCAL |= {"SHARE-LOCAL-NEW", "HOT-HANDLE", "HOT-EXTEND", "HOT-RETURN"}


@pytest.mark.reference
def test_they_are_the_rules_of_the_reference(reference: Path) -> None:
    with (reference / "standards" / "clocks.csv").open(encoding="utf-8") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    assert len(rows) == 41
    assert rows.keys() == RULES.keys()
    for rule in RULES.values():
        row = rows[rule.id]
        limit = (str(rule.limit.amount), rule.limit.unit.value) if rule.limit else ("", row["unit"])
        assert limit == (row["limit"], row["unit"])
        assert (rule.domain, rule.name, rule.source, rule.article) == (
            row["domain"],
            row["rule"],
            row["source"],
            row["article"],
        )
        assert (rule.starts_at, rule.consequence) == (row["starts_at"], row["consequence_or_note"])
        assert rule.verified == (row["flag"] == "V")


def test_only_national_rules_read_in_the_law_act_by_themselves() -> None:
    assert {rule.id for rule in RULES.values() if not rule.national} == LOCAL
    for rule in RULES.values():
        assert rule.is_law == (rule.verified and rule.id not in LOCAL)
    assert not RULES["SHARE-COND"].is_law
    assert RULES["LIC-DECIDE"].is_law


@pytest.mark.parametrize("rule_id", WITH_LIMIT)
@given(start=st.dates(date(2006, 1, 1), date(2021, 12, 31)))
def test_the_arithmetic_of_every_rule(rule_id: str, start: date) -> None:
    rule, calendar = RULES[rule_id], china()
    assert rule.limit is not None
    amount, unit = rule.limit.amount, rule.limit.unit
    due = due_by(rule, start, calendar).due
    if unit is Unit.WORKING_DAY and rule.direction == "after":
        assert calendar.working_days_between(start + timedelta(1), due) == amount
        assert calendar.is_working(due)
    elif unit is Unit.WORKING_DAY:
        assert calendar.working_days_between(due, start - timedelta(1)) == amount
    elif unit is Unit.DAY:
        assert due == start + timedelta(amount)
    elif unit in {Unit.MONTH, Unit.YEAR}:
        months = amount * (12 if unit is Unit.YEAR else 1)
        assert (due.year * 12 + due.month) - (start.year * 12 + start.month) == months
    elif unit is Unit.IMMEDIATE:
        assert due == start
    else:
        assert due == start + timedelta(1)  # 24 hours, 10 minutes: within the next day


def test_what_is_counted_back() -> None:
    assert {rule.id for rule in RULES.values() if rule.direction == "before"} == {"LIC-HEARING-NOTICE", "LIC-RENEW-ASK"}
    with pytest.raises(ValueError, match="LIC-PAUSE states no limit"):
        due_by(RULES["LIC-PAUSE"], date(2026, 1, 5), china())


ROW = {
    "id": "X",
    "domain": "d",
    "rule": "r",
    "rule_zh": "规则",
    "limit": "5",
    "unit": "day",
    "starts_at": "s",
    "consequence_or_note": "",
    "source": "",
    "article": "",
    "flag": "V",
    "scope": "nation",
}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"limit": "five"}, "line 2, limit: 'five'"),
        ({"unit": "fortnight"}, "line 2, unit: 'fortnight'"),
        ({"flag": "M"}, "line 2, flag: 'M'"),
        ({"scope": ""}, "line 2, scope"),
    ],
)
def test_a_bad_row_is_named(change: dict[str, str], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        load_rules([{**ROW, **change}])
    with pytest.raises(ValueError, match="line 3, id: X stands twice"):
        load_rules([ROW, ROW])


@pytest.mark.parametrize(
    ("rule", "chinese", "english"),
    [
        ("LIC-NOTICE", "《行政许可法》（2019修正）第三十二条第四项", "Administrative Licensing Law (2019), art 32(4)"),
        (
            "LIC-NOTLICENSABLE",
            "《行政许可法》（2019修正）第三十二条第一、二项",
            "Administrative Licensing Law (2019), art 32(1)(2)",
        ),
        (
            "HOT-HANDLE",
            "《潍坊12345条例》（2021）第二十条、《济南12345条例》（2018）第二十四条",
            "Weifang 12345 Regulations (2021), art 20; Jinan 12345 Regulations (2018), art 24",
        ),
        (
            "PET-REG",
            "《信访工作条例》（2022）第二十二条至第二十三条",
            "Regulations on the Work of Petitions (2022), art 22-23",
        ),
        # Nobody has verified the article.
        (
            "SHARE-COND",
            "《政务数据共享条例》（国务院令第809号）",
            "Regulations on the Sharing of Government Data (State Council Decree 809)",
        ),
    ],
)
def test_a_rule_is_cited_as_people_cite_it(rule: str, chinese: str, english: str) -> None:
    assert (RULES[rule].cited(english=False), RULES[rule].cited(english=True)) == (chinese, english)


def test_every_source_has_a_name_in_english() -> None:
    assert all(rule.cited(english=True).isascii() for rule in RULES.values())
