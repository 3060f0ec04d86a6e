"""Procedures are refused when a case could get lost in them."""

import json
import re
from copy import deepcopy
from importlib.resources import files
from typing import Any

import pytest
from django.utils import translation

from tongban.cases.labels import action_label
from tongban.cases.models import CaseState
from tongban.cases.procedure import (
    BEFORE_DECISION,
    SHIPPED_PROCEDURES,
    ProcedureError,
    load_procedure,
    read_kept_procedure,
    read_procedure,
)
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


@pytest.mark.parametrize("code", ["standard", "joint", "renewal", "deferred"])
def test_an_application_can_be_withdrawn_until_it_is_decided(code: str) -> None:
    procedure = SHIPPED_PROCEDURES.document(code, SHIPPED_PROCEDURES.versions[code][-1])
    undecided = {name for name, state in procedure.states.items() if state.counts_as in BEFORE_DECISION}
    assert set(procedure.actions["withdraw"].sources) == undecided


NAMED = {"counts_as": "accepted", "limit": "LIC-DECIDE", "title": "某处", "title_en": "somewhere"}


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


def _denial_without_reason(document: dict[str, Any]) -> None:
    document["actions"]["deny"]["asks"] = ["remark"]


def _refusal_without_reason(document: dict[str, Any]) -> None:
    del document["actions"]["refuse_acceptance"]["asks"]


def _extension_without_reason(document: dict[str, Any]) -> None:
    document["actions"]["extend"]["asks"] = []


def _refusal_by_word_of_mouth(document: dict[str, Any]) -> None:
    del document["actions"]["refuse_acceptance"]["document"]


def _denial_by_word_of_mouth(document: dict[str, Any]) -> None:
    del document["actions"]["deny"]["document"]


def _grant_by_word_of_mouth(document: dict[str, Any]) -> None:
    del document["actions"]["grant"]["document"]


def _denial_written_as_grant(document: dict[str, Any]) -> None:
    document["actions"]["deny"]["document"] = "grant"


def _grant_by_the_applicant(document: dict[str, Any]) -> None:
    document["actions"]["grant"]["roles"].append("citizen")


def _denial_by_the_agent(document: dict[str, Any]) -> None:
    document["actions"]["deny"]["roles"] = ["agent"]


def _closed_by_the_applicant(document: dict[str, Any]) -> None:
    """No outcome, and yet the end of an open application."""
    document["actions"]["finish"] = {"from": ["accepted"], "to": "closed", "roles": ["citizen"]}


def _decided_without_outcome(document: dict[str, Any]) -> None:
    del document["actions"]["grant"]["outcome"]


def _no_limit(document: dict[str, Any]) -> None:
    del document["states"]["preliminary"]["limit"]


def _limit_of_log_keeping(document: dict[str, Any]) -> None:
    document["states"]["preliminary"]["limit"] = "LOG-KEEP"


def _limit_of_petitions(document: dict[str, Any]) -> None:
    document["actions"]["request_hearing"]["within"] = "PET-REG"


def _clock_of_bad_reviews(document: dict[str, Any]) -> None:
    document["actions"]["forgo_hearing"]["by_clock"] = "BAD-CONTACT"


def _limit_counted_back(document: dict[str, Any]) -> None:
    document["states"]["hearing_set"]["limit"] = "LIC-HEARING-NOTICE"


def _bar_as_limit(document: dict[str, Any]) -> None:
    document["states"]["decided"]["limit"] = "LIC-BAR-3"


_REASON = "it must ask for the reason, to which the applicant has a right"
_APPLICANT = "an applicant decides nothing; an application can be withdrawn"
UNLAWFUL = [
    (_denial_without_reason, f"actions.deny: {_REASON}"),
    (_refusal_without_reason, f"actions.refuse_acceptance: {_REASON}"),
    (_extension_without_reason, f"actions.extend: {_REASON}"),
    (
        _refusal_by_word_of_mouth,
        "actions.refuse_acceptance: it is done in writing: document is one of acceptance_refusal, not_required",
    ),
    (_denial_by_word_of_mouth, "actions.deny: it is done in writing: document is one of denial"),
    (
        _grant_by_word_of_mouth,
        "actions.grant: it is done in writing: document is one of cancellation, deemed_renewal, grant",
    ),
    (_denial_written_as_grant, "actions.deny: it is done in writing: document is one of denial"),
    (_grant_by_the_applicant, f"actions.grant: {_APPLICANT}"),
    (_denial_by_the_agent, f"actions.deny: {_APPLICANT}"),
    (_closed_by_the_applicant, f"actions.finish: {_APPLICANT}"),
    (_decided_without_outcome, "actions.grant: it leads to a decided state: name its outcome"),
    (_no_limit, "states.preliminary: the agency has the case here before it is decided: name the limit that runs"),
    (_limit_of_log_keeping, "states.preliminary.limit: 'LOG-KEEP' is no limit for a step of a licence procedure"),
    (_limit_of_petitions, "actions.request_hearing: 'PET-REG' is no limit for a step of a licence procedure"),
    (_clock_of_bad_reviews, "actions.forgo_hearing: 'BAD-CONTACT' is no limit for a step of a licence procedure"),
    (_limit_counted_back, "states.hearing_set.limit: 'LIC-HEARING-NOTICE' is no limit for a step"),
    (_bar_as_limit, "states.decided.limit: 'LIC-BAR-3' is no limit for a step of a licence procedure"),
]


@pytest.mark.parametrize("spoil", [spoil for spoil, _says in UNLAWFUL])
def test_what_was_taken_in_before_a_check_is_followed_to_the_end(spoil: Any) -> None:
    """Cases keep the version they began under; a later check of what is entered must not lose them."""
    document = deepcopy(DOCUMENT)
    spoil(document)
    kept = load_procedure(document, kept=True)
    assert kept.states.keys() == document["states"].keys()
    twice = json.dumps(document).removesuffix("}") + ', "code": "standard"}'
    assert read_kept_procedure(twice) == kept


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        *UNLAWFUL,
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
