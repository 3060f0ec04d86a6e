"""What the steps of a procedure are called."""

from django.utils.translation import gettext as _


def action_label(action: str) -> str:
    """What an action is called, in the reader's language."""
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
    }.get(action, action)
