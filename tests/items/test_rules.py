"""The sixteen rules: each fires on what it forbids and keeps silent on what is right or not stated."""

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tongban.items.rules import (
    RULES,
    FeeView,
    LimitConversion,
    MaterialView,
    Severity,
    VersionView,
    check_view,
    online_depth,
    steps_of,
)

PUBLIC_SERVICE = VersionView("营业执照遗失补领", "20")
GOOD = VersionView(
    "食品经营许可",
    "01",
    implementation_code="114401134554137174444TC12049000",
    credit_code="114401134554137174",
    legal_limit=20,
    legal_limit_unit="working_day",
    promised_limit=5,
    promised_limit_unit="working_day",
    handling_kind="2",
    handling_steps="受理→审核→审批→办结→送达",
    special_procedures="现场核查，不超过10个工作日",
    audiences=("organisation",),
    channels=("window", "online"),
    visits=1,
    visits_reason="领取证件",
    consultation_contact="0777-2888001",
    complaint_contact="0777-12345",
    result_type="certificate",
    result_sample="samples/licence.pdf",
    organisation_topics="准营准办",
    online=True,
    online_capabilities=(1, 2, 3, 4),
    is_charged=False,
    materials=(MaterialView("食品经营许可申请书", "1", "10"),),
    questions=1,
)
CASES: list[tuple[str, dict[str, Any]]] = [
    ("R01", {"promised_limit": 30}),
    ("R02", {"promised_limit": None, "handling_kind": "1"}),
    ("R02", {"promised_limit": 0}),
    ("R03", {"handling_kind": ""}),
    ("R04", {"visits_reason": " "}),
    ("R05", {"stated_online_depth": "IV"}),
    ("R06", {"visits": 0, "online": False}),
    ("R07", {"is_charged": True}),
    ("R07", {"is_charged": True, "fees": (FeeView("工本费", "10元"),)}),
    ("R08", {"online_payment": True}),
    ("R09", {"complaint_contact": "电话：0777 2888001"}),
    ("R10", {"person_topics": "生育收养"}),
    ("R11", {"questions": 0}),
    ("R11", {"handling_steps": "受理→审批→送达"}),
    ("R12", {"result_sample": ""}),
    ("R13", {"materials": (MaterialView("法律、法规规定的其他材料", "1", "10"),)}),
    ("R14", {"materials": (MaterialView("营业执照", "1", "10", resource_code="R-001"),)}),
    ("R15", {"credit_code": "12441500196720244T"}),
    ("R15", {"foreign_code": "511A62001004-511602000000-000-TE5116020105116050-1-00"}),
    ("R16", {"special_procedures": "听证；专家评审20个工作日"}),
]


def test_a_good_service_has_no_findings() -> None:
    assert check_view(GOOD) == []


def test_what_is_not_stated_is_not_inconsistent() -> None:
    assert check_view(PUBLIC_SERVICE) == []


@pytest.mark.parametrize(("rule", "change"), CASES, ids=[f"{r}-{'-'.join(c)}" for r, c in CASES])
def test_each_rule_fires_alone(rule: str, change: dict[str, Any]) -> None:
    found = check_view(replace(GOOD, **change))
    assert [f.rule for f in found] == [rule]
    assert str(found[0].message)


def test_every_rule_of_the_list_is_here_and_tried() -> None:
    assert [rule.id for rule in RULES] == [f"R{n:02}" for n in range(1, 17)]
    assert {rule for rule, _change in CASES} == {rule.id for rule in RULES}


@pytest.mark.reference
def test_the_list_of_rules(reference: Path) -> None:
    with (reference / "standards" / "item_validation_rules.csv").open(encoding="utf-8") as file:
        assert [row["id"] for row in csv.DictReader(file)] == [rule.id for rule in RULES]


def test_limits_in_different_units_are_compared_by_the_setting() -> None:
    # 15 working days are 21 days: longer than 20 days, but only by our conversion, so it is a warning.
    mixed = replace(GOOD, promised_limit=15, legal_limit_unit="day")
    (finding,) = check_view(mixed)
    assert (finding.rule, finding.severity) == ("R01", Severity.WARNING)
    assert check_view(mixed, LimitConversion(working_days_a_week=7)) == []
    month = replace(GOOD, legal_limit=1, legal_limit_unit="month", promised_limit=21)
    assert check_view(month) == []
    assert check_view(month, LimitConversion(days_a_month=28))[0].rule == "R01"


@pytest.mark.parametrize(
    ("capabilities", "visits", "depth"),
    [((), 0, ""), ((1,), 0, "I"), ((1, 2), 2, "II"), ((3,), 1, "II"), ((1, 2, 3, 4), 1, "III"),
     ((4, 5, 6), 0, "IV"), ((4, 5, 6), 1, "III"), ((4, 5, 6), None, "IV")],
)  # fmt: skip
def test_depth_from_capabilities(capabilities: tuple[int, ...], visits: int | None, depth: str) -> None:
    assert online_depth(capabilities, visits) == depth


@pytest.mark.parametrize(
    "text", ["受理、审核、审批、办结、送达", "1.受理\n2.审核\n3.审批\n4.办结\n5.送达", "受理->审核—>审批=>办结→送达"]
)
def test_steps(text: str) -> None:
    assert len(steps_of(text)) == 5


@pytest.mark.parametrize(
    "name", ["其他材料", "其他相关材料", "法律法规规定的其他材料", "审批部门认为需要提供的其他材料", "其它有关证明材料"]
)
def test_catch_alls(name: str) -> None:
    assert check_view(replace(GOOD, materials=(MaterialView(name, "1", "10"),)))[0].rule == "R13"


@pytest.mark.parametrize("name", ["身份证明", "营业执照或者其他主体资格证明文件复印件", "委托书"])
def test_no_catch_alls(name: str) -> None:
    assert check_view(replace(GOOD, materials=(MaterialView(name, "1", "10"),))) == []
