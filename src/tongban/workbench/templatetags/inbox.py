"""Parts of the inbox."""

from django import template
from django.utils.translation import gettext as _

from tongban.cases.models import OPEN_STATES, CaseState

register = template.Library()


@register.simple_tag
def inbox_choices() -> dict[str, list[tuple[str, str]]]:
    """What the inbox can be narrowed to: whose cases, in which state, due when."""
    return {
        "whose": [("", _("Everybody’s")), ("mine", _("Mine")), ("nobody", _("Nobody’s yet"))],
        "states": [("", _("All open cases")), *((s.value, str(s.label)) for s in CaseState if s in OPEN_STATES)],
        "dues": [("", _("Any time")), ("today", _("Today or late")), ("late", _("Late"))],
    }
