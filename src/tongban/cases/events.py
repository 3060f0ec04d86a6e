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
    "deliver": "case.delivered",
    "withdraw": "case.withdrawn",
}


def announcement(action: str, sequence: int) -> Announcement:
    """The announcement of an act: `sequence` finds the case's own record of it (`CaseEvent`).

    An act without a name of its own here is announced by its action: `case.<action>`.
    """
    return Announcement(_EVENTS.get(action, f"case.{action}"), {"sequence": sequence, "action": action})
