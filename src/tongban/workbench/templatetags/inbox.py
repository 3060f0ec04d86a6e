"""Parts of the inbox."""

from django import template
from django.utils.translation import gettext as _

from tongban.cases.labels import state_label
from tongban.cases.models import OPEN_STATES, CaseState

register = template.Library()


@register.simple_tag
def inbox_choices() -> dict[str, list[tuple[str, str]]]:
    """What the inbox can be narrowed to: whose cases, in which state, due when."""
    return {
        "whose": [("", _("Everybody’s")), ("mine", _("Mine")), ("nobody", _("Nobody’s yet"))],
        "states": [("", _("All open cases")), *_open_states()],
        "dues": [("", _("Any time")), ("today", _("Today or late")), ("late", _("Late"))],
    }


def _open_states() -> list[tuple[str, str]]:
    return [(state.value, state_label(state.value, own=False)) for state in CaseState if state in OPEN_STATES]
