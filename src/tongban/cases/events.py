"""What the acts on a case are announced as (`foundation.events`)."""

from tongban.foundation.ledger import Announcement

_EVENTS = {
    "submit": "case.submitted",
    "receive": "case.received",
    "return_for_correction": "case.returned_for_correction",
    "supplement": "case.supplemented",
    "accept": "case.accepted",
    "refuse_acceptance": "case.acceptance_refused",
    "grant": "case.decided",
    "deny": "case.decided",
    "grant_instantly": "case.decided",
    "deny_instantly": "case.decided",
    "deliver": "case.delivered",
    "withdraw": "case.withdrawn",
    # The same effect, reached another way.
    "accept_deferred": "case.accepted",
    "deem_accepted": "case.accepted",
    "declare_not_required": "case.acceptance_refused",
    "sign_grant": "case.decided",
    "sign_denial": "case.decided",
    "deny_deferred": "case.decided",
    "deny_for_falsehood": "case.decided",
    "deem_renewed": "case.decided",
}
OTHER_STEP = "case.step_taken"
# A light changed: `kind` and `due` say which, for which due date (`models.CaseAlert`).
ALERT_RAISED = "case.alert_raised"
# An asked agency did not answer in time: `request`, `asked` (its id), `post` (who asked) and `due`.
COOPERATION_LATE = "case.cooperation_late"
# A case is to be taken back because another part of the same bundle came to nothing, and cannot be at its stage.
TO_BE_CANCELLED = "case.to_be_cancelled"

# Of an emergency access: `told` says whether the person concerned is told now (`identity.emergency`).
EMERGENCY_OPENED = "break_glass.opened"
EMERGENCY_TO_TELL = "break_glass.to_tell"


def announcement(action: str, sequence: int) -> Announcement:
    """The announcement of an act: `sequence` finds the case's own record of it (`CaseEvent`).

    Other steps of a procedure are announced as `case.step_taken`; which one the detail says.
    """
    return Announcement(_EVENTS.get(action, OTHER_STEP), {"sequence": sequence, "action": action})
