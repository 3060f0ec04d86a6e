"""What the steps and stages of a procedure are called."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from tongban.cases.models import CaseState
from tongban.cases.procedure import Procedure
from tongban.foundation.forms.messages import worded


def english() -> bool:
    """Whether the reader's language is English."""
    return (get_language() or "").startswith("en")


def action_label(action: str, procedure: Procedure | None = None) -> str:
    """What an action is called, in the reader's language: the procedure's own words before the usual ones."""
    own = procedure.actions.get(action) if procedure else None
    if own and own.title:
        return own.title_en if english() and own.title_en else own.title
    return {
        "submit": _("Submit"),
        "receive": _("Receive"),
        "return_for_correction": _("Return for correction"),
        "supplement": _("Send the correction"),
        "accept": _("Accept"),
        "refuse_acceptance": _("Refuse acceptance"),
        "grant": _("Grant"),
        "deny": _("Deny"),
        "deliver": _("Deliver and close"),
        "withdraw": _("Withdraw"),
        "declare_not_required": _("Declare that nothing needs to be applied for"),
        "correct_on_the_spot": _("Correct on the spot"),
        "deem_accepted": _("Accepted by lapse of time"),
        "accept_deferred": _("Accept, materials to follow"),
        "supply_deferred": _("Hand in what was to follow"),
        "deem_withdrawn": _("Withdrawn by lapse of time"),
        "deem_renewed": _("Renewed by lapse of time"),
        "send_to_lower": _("Send for preliminary examination"),
        "pass_up": _("Pass up with an opinion"),
        "verify": _("Verify as first officer"),
        "confirm_verification": _("Verify as second officer"),
        "want_inspectors": _("Order an inspection"),
        "assign_inspectors": _("Assign inspectors and begin"),
        "begin_special": _("Begin a special procedure"),
        "prolong_special": _("Prolong the special procedure"),
        "end_special": _("End the special procedure"),
        "offer_hearing": _("Tell of the right to a hearing"),
        "request_hearing": _("Ask for a hearing"),
        "forgo_hearing": _("No hearing asked for in time"),
        "set_hearing": _("Set the hearing"),
        "record_hearing": _("Record the hearing"),
        "extend": _("Extend the decision"),
        "propose": _("Propose a decision"),
        "review": _("Review the proposal"),
        "send_back": _("Send back"),
        "sign_grant": _("Sign: grant"),
        "sign_denial": _("Sign: deny"),
        "deny_deferred": _("Deny"),
        "revoke_for_fraud": _("Revoke for fraud"),
        "explain_overrun": _("Explain the overrun"),
        "pass_check": _("Check passed"),
        "order_rectification": _("Order to put right"),
        "revoke": _("Revoke"),
        "forward": _("Send to the competent agency"),
        "acknowledge": _("Acknowledge what arrived"),
        "extend_with_whole": _("Extended with the joint handling"),
        "note_cancellation": _("To be taken back with another part"),
        "return_originals": _("Give originals or result back"),
        "ask_place": _("Ask a place for its part"),
        "answer_place": _("Give our part"),
        "grant_instantly": _("Granted at once by rule"),
        "deny_instantly": _("Denied at once by rule"),
        "ask_for_review": _("Ask for an officer to look at it"),
        "withdraw_undertaking": _("Take the commitment back"),
    }.get(action, action)


def stage_label(stage: str, procedure: Procedure, *, own: bool) -> str:
    """What a state of a procedure is called, in the reader's language; `own`: to who applied."""
    state = procedure.states.get(stage)
    if state and state.title:
        return state.title_en if english() else state.title
    return state_label(stage, own=own)


def state_label(state: str, *, own: bool) -> str:
    """What a state of cases is called, in the reader's language; `own`: to who applied."""
    return str((_OWN if own else _USUAL).get(state, state))


_OWN = {state.value: state.label for state in CaseState}
# The states' own words speak to who applied. Whoever else reads them is not the one who is to correct.
_USUAL = _OWN | {CaseState.CORRECTING.value: gettext_lazy("with the applicant for correction")}


def pause_label(reason: str) -> str:
    """A special procedure of art 45, in the reader's language."""
    return {
        "hearing": _("hearing"),
        "tender": _("tender"),
        "auction": _("auction"),
        "inspection": _("inspection"),
        "testing": _("testing"),
        "quarantine": _("quarantine"),
        "appraisal": _("appraisal"),
        "expert_review": _("expert review"),
    }.get(reason, reason)


def reason_of(stated: str | Mapping[str, str] | None) -> str:
    """The reason of an event: somebody's own words, or a rule's in the reader's language."""
    return worded(stated) if isinstance(stated, Mapping) else stated or ""


def hand_in_label(action: str, data: Mapping[str, Any], procedure: Procedure) -> str:
    """The label of an event: a submission that a window of another region took in says so."""
    if action == "submit" and data.get("receiving"):
        return _("Taken in at a window elsewhere")
    return action_label(action, procedure)
