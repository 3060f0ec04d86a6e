"""Procedures are refused when a case could get lost in them."""

import re
from copy import deepcopy
from importlib.resources import files
from typing import Any

import pytest
from django.utils import translation

from tongban.cases.labels import action_label
from tongban.cases.models import CaseState
from tongban.cases.procedure import SHIPPED_PROCEDURES, ProcedureError, load_procedure, read_procedure
from tongban.foundation.yamltext import read_yaml

pytestmark = pytest.mark.usefixtures("in_english")

DOCUMENT: dict[str, Any] = read_yaml(
    (files("tongban.cases") / "procedures" / "standard-3.yaml").read_text(encoding="utf-8")
)


SHIPPED = [(code, version) for code, versions in SHIPPED_PROCEDURES.versions.items() for version in versions]


def test_these_procedures_ship() -> None:
    codes = {"standard", "on-the-spot", "instant", "commitment", "deferred", "renewal", "cancellation", "joint"}
    assert SHIPPED_PROCEDURES.versions.keys() == codes
    assert SHIPPED_PROCEDURES.versions["standard"] == (1, 2, 3)


@pytest.mark.parametrize(("code", "version"), SHIPPED)
def test_a_shipped_procedure_has_words_for_everything(code: str, version: int) -> None:
    procedure = SHIPPED_PROCEDURES.document(code, version)
    for state in procedure.states.values():
        assert state.title or state.name in CaseState.values
    with translation.override("en"):
        for action in procedure.actions.values():
            assert action_label(action.name, procedure) != action.name


@pytest.mark.parametrize(("code", "version"), SHIPPED)
def test_what_is_written_to_the_applicant_states_its_reason(code: str, version: int) -> None:
    reasoned = {"acceptance_refusal", "not_required", "denial", "correction_notice", "extension_notice", "revocation"}
    for action in SHIPPED_PROCEDURES.document(code, version).actions.values():
        assert action.document not in reasoned or "reason" in action.asks, action.name


EXAMINING = {
    *("verify", "confirm_verification", "pass_up", "propose", "review", "send_back", "offer_hearing"),
    *("want_inspectors", "assign_inspectors", "begin_special", "prolong_special", "end_special"),
}


@pytest.mark.parametrize("code", SHIPPED_PROCEDURES.versions)
def test_no_hearing_is_chaired_by_who_examined_and_nothing_signed_by_who_prepared_it(code: str) -> None:
    """行政许可法 art 48: the chair is none of those who examine the application. In the latest version of each."""
    actions = SHIPPED_PROCEDURES.document(code, SHIPPED_PROCEDURES.versions[code][-1]).actions
    if chairing := actions.get("record_hearing"):
        assert chairing.other_than == EXAMINING & actions.keys()
    for name in {"sign_grant", "sign_denial"} & actions.keys():
        assert actions[name].other_than == {"propose", "review"}


NAMED = {"counts_as": "accepted", "title": "某处", "title_en": "somewhere"}


def _unreachable(document: dict[str, Any]) -> None:
    document["states"]["forgotten"] = {**NAMED, "waits_for": "agency"}
    document["actions"]["leave"] = {"from": ["forgotten"], "to": "closed", "roles": ["window_officer"]}


def _endless(document: dict[str, Any]) -> None:
    document["states"]["limbo"] = {**NAMED, "waits_for": "agency"}
    document["actions"]["lose"] = {"from": ["submitted"], "to": "limbo", "roles": ["window_officer"]}


def _without_role(document: dict[str, Any]) -> None:
    document["actions"]["accept"]["roles"] = []


def _unknown_limit(document: dict[str, Any]) -> None:
    document["states"]["accepted"]["limit"] = "LIC-FOREVER"


def _unknown_state(document: dict[str, Any]) -> None:
    document["actions"]["accept"]["to"] = "acepted"


def _leaves_the_end(document: dict[str, Any]) -> None:
    document["actions"]["reopen"] = {"from": ["closed"], "to": "accepted", "roles": ["window_officer"]}


def _unlawful_pause(document: dict[str, Any]) -> None:
    document["states"]["special"]["pause"].append("holiday_of_the_officer")


def _endless_pause(document: dict[str, Any]) -> None:
    document["actions"]["begin_special"]["asks"] = ["pause"]


def _wrong_rank(document: dict[str, Any]) -> None:
    document["actions"]["extend"]["roles"] = ["reviewing_officer"]


def _wrong_limit_extended(document: dict[str, Any]) -> None:
    document["actions"]["extend"]["extends"] = "LIC-JOINT-EXTEND"
    document["actions"]["extend"]["roles"] = ["head_of_government@government"]


def _clock_by_a_person(document: dict[str, Any]) -> None:
    document["actions"]["deem_accepted"]["roles"] = ["window_officer"]


def _unknown_role(document: dict[str, Any]) -> None:
    document["actions"]["accept"]["roles"] = ["emperor"]


def _unknown_role_of_grant(document: dict[str, Any]) -> None:
    document["actions"]["grant"]["roles"] = ["emperor"]


def _unknown_place(document: dict[str, Any]) -> None:
    document["actions"]["accept"]["roles"] = ["window_officer@moon"]


def _unknown_other(document: dict[str, Any]) -> None:
    document["actions"]["confirm_verification"]["other_than"] = ["verfy"]


def _unknown_document(document: dict[str, Any]) -> None:
    document["actions"]["accept"]["document"] = "acceptence"


def _nameless_state(document: dict[str, Any]) -> None:
    del document["states"]["verifying"]["title"]


def _counts_as_nothing(document: dict[str, Any]) -> None:
    document["states"]["verifying"]["counts_as"] = "verified"


def _missing_key(document: dict[str, Any]) -> None:
    del document["actions"]["accept"]["to"]


def _long_name(document: dict[str, Any]) -> None:
    """No column and no address would hold it."""
    document["actions"]["a" * 33] = {"from": ["decided"], "to": "closed", "roles": ["window_officer"]}


def _no_code(document: dict[str, Any]) -> None:
    document["code"] = "标准 流程"


def _lists_in_lists(document: dict[str, Any]) -> None:
    document["actions"]["accept"]["from"] = [["submitted"]]


def _unknown_key(document: dict[str, Any]) -> None:
    document["states"]["accepted"]["limmit"] = "LIC-DECIDE"


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (_unreachable, "states.forgotten: no path leads to it"),
        (_endless, "states.limbo: no path from it comes to an end"),
        (_without_role, "actions.accept: nobody may take it"),
        (_unknown_limit, "states.accepted.limit: there is no rule of time 'LIC-FOREVER'"),
        (_unknown_state, "'acepted' is not a state"),
        (_leaves_the_end, "actions.reopen: it leaves the state closed, where cases end"),
        (_missing_key, "actions.accept: missing key 'to'"),
        (_unknown_key, "states.accepted: unknown key 'limmit'"),
        (_long_name, "a name is small letters, digits and underscores, at most 32"),
        (_no_code, "code: small letters, digits and hyphens, at most 40"),
        (_lists_in_lists, "actions.accept: 'from' is a list of texts"),
        (_unlawful_pause, "'holiday_of_the_officer' is no reason of art 45"),
        (_endless_pause, "actions.begin_special: special is a pause: the action must ask until when"),
        (_wrong_rank, "actions.extend: LIC-EXTEND is approved by head_of_agency alone"),
        (_wrong_limit_extended, "LIC-JOINT-EXTEND extends LIC-JOINT, which does not run"),
        (_clock_by_a_person, "actions.deem_accepted: what the clock does is for the platform alone"),
        (_unknown_role, "actions.accept: there is no role 'emperor'"),
        (_unknown_place, "actions.accept: there is no place 'moon'"),
        (_unknown_other, "other_than: there is no action 'verfy'"),
        (_unknown_document, "there is no document 'acceptence'"),
        (_nameless_state, "states.verifying: it needs a title"),
        (_counts_as_nothing, "states.verifying.counts_as: it is one of"),
    ],
)
def test_a_spoiled_procedure_is_refused(spoil: Any, says: str) -> None:
    document = deepcopy(DOCUMENT)
    spoil(document)
    with pytest.raises(ProcedureError, match=re.escape(says)):
        load_procedure(document)
    with translation.override("zh-hans"), pytest.raises(ProcedureError) as refused:
        load_procedure(document)
    assert all(re.search("[一-龥]", problem) for problem in refused.value.problems), refused.value.problems


def test_everything_wrong_is_said_at_once() -> None:
    document = deepcopy(DOCUMENT)
    for spoil in (_without_role, _unknown_role_of_grant, _unlawful_pause):
        spoil(document)
    with pytest.raises(ProcedureError) as refused:
        load_procedure(document)
    assert len(refused.value.problems) == 3


@pytest.mark.parametrize(
    ("text", "says"),
    [("states: [", "line 1, column"), ("just words", "not a mapping"), ("code: x", "missing key 'version'")],
)
def test_what_is_no_procedure_is_refused(text: str, says: str) -> None:
    with pytest.raises(ProcedureError, match=re.escape(says)):
        read_procedure(text)
    with translation.override("zh-hans"), pytest.raises(ProcedureError, match=r"[一-龥]"):
        read_procedure(text)


def test_a_key_given_twice_is_refused_where_it_stands() -> None:
    """The last would win: what reads `start: submitted` at the top would begin somewhere else."""
    text = SHIPPED_PROCEDURES.text("standard", 2)
    line = text.count("\n") + 1
    first = text.splitlines().index("start: submitted") + 1
    with pytest.raises(ProcedureError, match=f"line {line}: the key 'start' stands in line {first} already"):
        read_procedure(f"{text}start: received\n")
    with pytest.raises(ProcedureError, match=f"line {line}: the key 'grant' stands in line "):
        read_procedure(f"{text}  grant: {{from: [submitted], to: decided, roles: [citizen]}}\n")
    with translation.override("zh-hans"), pytest.raises(ProcedureError, match=f"第{line}行：键'start'在第{first}行"):
        read_procedure(f"{text}start: received\n")


def test_an_unknown_procedure_is_refused() -> None:
    with pytest.raises(ProcedureError, match="magic: there is no such code"):
        SHIPPED_PROCEDURES.document("magic", 1)
    with pytest.raises(ProcedureError, match="no version 9"):
        SHIPPED_PROCEDURES.document("standard", 9)
