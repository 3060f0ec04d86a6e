"""The five exits of art 32, by decision table."""

from collections.abc import Callable
from importlib.resources import files
from itertools import product

import pytest
from django.utils import translation

from tests.world import NOW, TODAY, SmallWorld
from tongban.cases import actions
from tongban.cases.intake import Findings, exit_for, intake_table, take_in
from tongban.cases.models import Case, CaseState
from tongban.cases.queries import case_view
from tongban.foundation.decisions import load_table
from tongban.foundation.errors import InvalidError
from tongban.foundation.yamltext import RepeatedKeyError, read_yaml

Submit = Callable[..., Case]
COMPLETE = Findings(needed=True, competent=True, found="complete")
EXITS = [
    (Findings(needed=False, competent=True, found="complete"), "not_required", CaseState.REFUSED),
    (Findings(needed=True, competent=False, found="complete"), "acceptance_refusal", CaseState.REFUSED),
    (Findings(needed=True, competent=True, found="errors_to_correct_here"), "spot_correction", CaseState.SUBMITTED),
    (Findings(needed=True, competent=True, found="incomplete"), "correction_notice", CaseState.CORRECTING),
    (COMPLETE, "acceptance", CaseState.ACCEPTED),
]


@pytest.mark.parametrize(("findings", "document", "state"), EXITS)
def test_each_exit_is_a_numbered_dated_sealed_document(
    world: SmallWorld, submitted: Submit, findings: Findings, document: str, state: str
) -> None:
    case = take_in(world.window, submitted().pk, 1, NOW, findings, "请向钦州市局提出", "钦州市市场监督管理局")
    assert case.state == state
    written = case.documents.get(kind=document)
    assert "〔2026〕" in written.number
    text = written.content["zh"]
    assert text["date"] == "2026年6月1日"
    assert text["seal"] == "受理专用章"
    refused = document in {"not_required", "acceptance_refusal"}
    assert ("行政复议" in text["remedies"]) == refused
    assert written.content["en"]["seal"] == "Special seal for acceptance"
    event = case.events.latest("sequence")
    assert event.data["decision"]["rule"] == exit_for(findings).rule
    kept = event.data["decision"]
    again = Findings(needed=kept["needed"], competent=kept["competent"], found=kept["found"])
    assert exit_for(again).outcome == event.action


def test_who_is_sent_away_is_told_why(world: SmallWorld, submitted: Submit) -> None:
    for findings, _document, _state in EXITS[:4]:
        with pytest.raises(InvalidError) as refused:
            take_in(world.window, submitted().pk, 1, NOW, findings, "", "钦州市市场监督管理局")
        assert list(refused.value.fields) == ["reason"]


def test_who_applied_to_the_wrong_organ_is_told_the_right_one(world: SmallWorld, submitted: Submit) -> None:
    elsewhere = Findings(needed=True, competent=False, found="complete")
    case = submitted()
    for organ in ("", "   "):
        with pytest.raises(InvalidError) as refused:
            take_in(world.window, case.pk, 1, NOW, elsewhere, "没有管辖权", organ)
        assert list(refused.value.fields) == ["competent_organ"]
    case = take_in(world.window, case.pk, 1, NOW, elsewhere, "没有管辖权", " 钦州市市场监督管理局 ")
    text = case.documents.get(kind="acceptance_refusal").content
    assert text["zh"]["reason"] == ("没有管辖权\n该事项不属于本行政机关职权范围，请向钦州市市场监督管理局提出申请。")
    assert text["en"]["reason"].endswith(
        "\nThis is not for our agency to decide. Please apply to 钦州市市场监督管理局."
    )
    for language, told in (("zh-hans", "请向钦州市市场监督管理局提出申请"), ("en", "apply to 钦州市市场监督管理局")):
        with translation.override(language):
            assert told in case_view(world.citizen, case.pk, TODAY).events[-1].reason


def test_nobody_is_sent_elsewhere_where_nothing_is_needed_or_the_agency_is_competent(
    world: SmallWorld, submitted: Submit
) -> None:
    for findings in (Findings(needed=False, competent=False, found="complete"), EXITS[3][0]):
        case = take_in(world.window, submitted().pk, 1, NOW, findings, "见说明", "钦州市市场监督管理局")
        written = case.documents.latest("issued_at", "pk").content["zh"]
        assert written["reason"] == "见说明"


def test_a_refusal_taken_directly_names_the_organ_where_it_is_stated(world: SmallWorld, submitted: Submit) -> None:
    without = actions.refuse_acceptance(world.window, submitted().pk, 1, NOW, "材料虚假，一年内不得再次申请")
    assert without.documents.get(kind="acceptance_refusal").content["zh"]["reason"] == "材料虚假，一年内不得再次申请"
    named = actions.refuse_acceptance(world.window, submitted().pk, 1, NOW, "没有管辖权", "钦州市市场监督管理局")
    assert "请向钦州市市场监督管理局提出申请" in named.documents.get(kind="acceptance_refusal").content["zh"]["reason"]


def test_a_rule_of_a_table_has_one_answer() -> None:
    text = (files("tongban.cases") / "tables" / "intake.yaml").read_text(encoding="utf-8")
    spoiled = text.replace("    then: accept\n", "    then: accept\n    then: refuse_acceptance\n")
    with pytest.raises(RepeatedKeyError, match="'then'"):
        load_table(read_yaml(spoiled))


def test_there_is_always_exactly_one_exit() -> None:
    exits = {
        exit_for(Findings(needed, competent, found)).outcome  # type: ignore[arg-type] # drawn from the table itself
        for needed, competent, found in product((True, False), (True, False), intake_table().fields["found"].choices)
    }
    assert exits == set(intake_table().outcomes)
    with pytest.raises(ValueError, match="found"):
        exit_for(Findings(needed=True, competent=True, found="lost"))  # type: ignore[arg-type]
