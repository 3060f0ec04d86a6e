"""What every page that acts on something posts beside its own fields."""

import uuid
from datetime import date

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from tongban.foundation.errors import InvalidError


def revision_of(request: HttpRequest) -> int:
    """The revision that the page showed, from its hidden field `revision`.

    Raises:
        InvalidError: the field is missing or no number. Taking the present revision instead would let somebody act on
            what they have not seen.
    """
    text = request.POST.get("revision", "")
    if not (text.isascii() and text.isdecimal()):
        raise InvalidError({"revision": [_("The page was not complete. Open it again.")]})
    return int(text)


def read_day(post: QueryDict, name: str) -> date | None:
    """The day somebody typed into the three boxes; None where it is none."""
    parts = [post.get(f"{name}-{part}", "").strip() for part in ("year", "month", "day")]
    try:
        return date(*(int(part) for part in parts)) if all(part.isdecimal() for part in parts) else None
    except (ValueError, OverflowError):
        return None


def read_uuid(text: str) -> uuid.UUID | None:
    """The id somebody sent; None where it is none."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def day_parts(post: QueryDict, name: str) -> list[str]:
    """The three boxes of a day as they were typed, to be shown again."""
    return [post.get(f"{name}-{part}", "") for part in ("year", "month", "day")]


def day_shown(given: QueryDict, name: str, usual: date) -> str | list[str]:
    """What was typed into the three boxes, as the field takes it; the usual day where nothing was."""
    if f"{name}-year" in given:
        return [given.get(f"{name}-{part}", "") for part in ("year", "month", "day")]
    return usual.isoformat()
