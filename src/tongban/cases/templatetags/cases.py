"""Parts of pages that show cases."""

from datetime import date
from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from tongban.cases.models import CaseState
from tongban.cases.queries import CaseRow
from tongban.cases.rules import Light

register = template.Library()


@register.simple_tag
def due(row: CaseRow) -> SafeString:
    """When a case is due, with its light and in words. A list's cases share a few due dates: each is drawn once."""
    return due_in(get_language(), row)


def due_in(language: str | None, row: CaseRow) -> SafeString:
    """The same, where the reader's language is known already."""
    correcting = row.state == CaseState.CORRECTING
    return _due(language, row.due_on, row.due_provisional, row.light, row.working_days_left, correcting)


@lru_cache(maxsize=2048)
def _due(
    _language: str | None,
    due_on: date | None,
    due_provisional: bool,  # noqa: FBT001 - a part of the key
    light: Light | None,
    working_days_left: int | None,
    correcting: bool,  # noqa: FBT001 - the same
) -> SafeString:
    row = {
        "due_on": due_on,
        "due_provisional": due_provisional,
        "light": light,
        "working_days_left": working_days_left,
        "working_days_late": max(0, -(working_days_left or 0)),
        "state": CaseState.CORRECTING if correcting else "",
    }
    return render_to_string("cases/due.html", {"row": row})
