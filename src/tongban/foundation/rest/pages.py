"""Cursor pagination: an opaque cursor, a bounded limit, and the next page's address in body and Link header."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from pydantic import BaseModel, Field, StringConstraints

from tongban.foundation.errors import InvalidError
from tongban.foundation.rest.schemas import PlainNumber

MOST = 100
USUAL = 50

Limit = Annotated[
    int,
    Field(ge=1, le=MOST, description=f"Rows a page, 1 to {MOST}; {USUAL} where none is said.", examples=[20]),
    PlainNumber,
]
CursorText = Annotated[
    str,
    StringConstraints(max_length=400, pattern=r"^[A-Za-z0-9_-]*$"),
    Field(description="Where the page before ended; taken from its `next`. It means nothing by itself."),
]
Place = TypeVar("Place")


class WrongCursorError(InvalidError):
    """A cursor that is none of the list, under `cursor`."""

    def __init__(self) -> None:
        super().__init__({"cursor": [_("This cursor is not one of this list; begin without one.")]})


def encode_cursor(place: object) -> str:
    return base64.urlsafe_b64encode(str(place).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, read: Callable[[str], Place | None]) -> Place | None:
    """The place in the list a cursor names; None for an empty cursor.

    Args:
        cursor: what the client sent back.
        read: from the text within to the place; None or ValueError where it is none.

    Raises:
        WrongCursorError: it is no cursor of this list.
    """
    if not cursor:
        return None
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        place = None if "\x00" in text else read(text)
    except (binascii.Error, ValueError):
        place = None
    if place is None:
        raise WrongCursorError
    return place


def page_answer(
    request: HttpRequest,
    model: type[BaseModel],
    rows: Sequence[Any],
    place: object,
    **more: Any,  # noqa: ANN401 - members of the model
) -> HttpResponse:
    """A page as it is sent. `place` is where it ends (empty on the last page); `more`, what else the model holds."""
    following = None
    if place:
        query = request.GET.copy()
        query["cursor"] = encode_cursor(place)
        following = f"{request.path}?{query.urlencode()}"
    body = model.model_validate({"items": rows, "next": following, **more}, from_attributes=True)
    response = HttpResponse(body.model_dump_json().encode(), content_type="application/json")
    if following:
        response.headers["Link"] = f'<{following}>; rel="next"'
    return response
