"""Types of the API. What comes in is bounded and strict; what goes out says what it is.

PostgreSQL keeps no NUL character in text, so none is let in; lone surrogates are refused where JSON is parsed.
"""

import re
from datetime import date
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

T = TypeVar("T")

NO_NUL = r"^[^\u0000]*$"
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
_NUMBER = re.compile(r"(-?(?:0|[1-9][0-9]{0,18}))(?:\.0+)?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class Incoming(BaseModel):
    """A body of a request: unknown members are refused, so that a misspelt one is not lost in silence."""

    model_config = ConfigDict(extra="forbid")


class Outgoing(BaseModel):
    """A body of an answer, filled from a row of a query."""

    model_config = ConfigDict(from_attributes=True)


class PageOf(Outgoing, Generic[T]):
    """One page of a list. `next` leads to the following page and is null on the last."""

    items: list[T]
    next: Annotated[str | None, Field(description="Address of the next page; null on the last.")] = None


def _canonical_uuid(value: Any) -> Any:  # noqa: ANN401 - whatever a client sent
    if isinstance(value, UUID) or (isinstance(value, str) and _UUID.fullmatch(value)):
        return value
    raise ValueError("not a UUID")


def _plain_date(value: Any) -> Any:  # noqa: ANN401 - whatever a client sent
    # pydantic would also read a number of seconds, and a time of day, as a date.
    if isinstance(value, date) or (isinstance(value, str) and _DAY.fullmatch(value)):
        return value
    raise ValueError("not a date")


def _reckonable(day: date) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError("outside the years that can be reckoned with")
    return day


def _plain_flag(value: Any) -> Any:  # noqa: ANN401 - whatever a client sent
    # pydantic would also take yes, on, t and 1.
    if value in {"true", "false"} or isinstance(value, bool):
        return value
    raise ValueError("not a flag")


def _plain_number(value: Any) -> Any:  # noqa: ANN401 - whatever a client sent
    # pydantic would also read 1_0 and blanks around; to JSON Schema 1.0 is an integer.
    if isinstance(value, int):
        return value
    found = _NUMBER.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("not a number")
    return found[1]


def _json_integer(value: Any) -> Any:  # noqa: ANN401 - whatever a client sent
    # To JSON Schema 1.0 is an integer, and true and "1" are none.
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError("not a number")


FIRST_YEAR, LAST_YEAR = 1950, 2199

Id = Annotated[UUID, BeforeValidator(_canonical_uuid)]
_DAY_SCHEMA = WithJsonSchema(
    {
        "type": "string",
        "format": "date",
        "pattern": r"^(19[5-9][0-9]|20[0-9]{2}|21[0-9]{2})-",
        "description": "A day, 1950 to 2199; today where none is said.",
        "examples": ["2026-11-21"],
    },
)
Day = Annotated[date, BeforeValidator(_plain_date), AfterValidator(_reckonable), _DAY_SCHEMA]
OptionalDay = Annotated[Day | None, _DAY_SCHEMA]
Flag = Annotated[bool, BeforeValidator(_plain_flag)]
# A whole number in a query or path; and one in a JSON body.
PlainNumber = BeforeValidator(_plain_number)
JsonInteger = BeforeValidator(_json_integer)
# (A bound has to stand before a validator in Annotated, or pydantic leaves it out of the JSON Schema.)
Position = Annotated[int, Field(ge=1, le=32_767, description="Position of the material in the guide."), PlainNumber]
Line = Annotated[str, StringConstraints(max_length=200, pattern=NO_NUL)]
Paragraphs = Annotated[str, StringConstraints(max_length=5000, pattern=NO_NUL)]
Slug = Annotated[str, StringConstraints(max_length=60, pattern=r"^[A-Za-z0-9_-]+$")]
# Codes of departments, platforms and themes: as Django's slugs.
OptionalSlug = Annotated[str, StringConstraints(max_length=60, pattern=r"^[A-Za-z0-9_-]*$")]
RegionCode = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{6}([0-9]{6})?$"), Field(examples=["450000"], description="6 or 12 digits.")
]
OptionalRegionCode = Annotated[str, StringConstraints(pattern=r"^([0-9]{6}([0-9]{6})?)?$")]
# Values by name; what they may be is said elsewhere (a form's JSON Schema).
Json = dict[str, Any]
Revision = Annotated[
    int,
    Field(ge=1, le=1_000_000, description="The revision of the case that was seen.", examples=[1]),
    JsonInteger,
]
