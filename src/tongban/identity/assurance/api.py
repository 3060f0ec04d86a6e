"""One's own assurance over HTTP: the level and the ways, verifying, announcing a visit, revoking."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router
from pydantic import Field, StringConstraints

from tongban.foundation.rest.operations import Access, operation
from tongban.foundation.rest.schemas import NO_NUL, Id, Incoming, Line, Outgoing, Slug
from tongban.identity.assurance import actions, queries
from tongban.identity.middleware import actor_of

router = Router(tags=["Assurance"])


class VerificationOut(Outgoing):
    """A verification; `counts` says whether the level rests on it today."""

    id: UUID
    source: str
    level: int
    made_at: datetime
    valid_until: date | None
    revoked_at: datetime | None
    counts: bool


class AssuranceWayOut(Outgoing):
    """A way to a level; one `in_person` takes place at a counter, to which POST …/visits gives a code."""

    code: str
    name: str
    explanation: str
    level: int
    validity_days: int | None
    is_demo: bool
    in_person: bool


class SourceFieldOut(Outgoing):
    """What a source asks: `name` goes into `given`. `choices`: the values there are; `value` is sent back."""

    name: str
    label: str
    hint: str
    choices: list[tuple[str, str]]
    value: str


class AskedListOut(Outgoing):
    items: list[SourceFieldOut]


class AssuranceOut(Outgoing):
    level: int
    label: str
    verifications: list[VerificationOut]
    ways: list[AssuranceWayOut]


# A certificate with those above it is longer than a line.
_Given = Annotated[str, StringConstraints(max_length=16_000, pattern=NO_NUL)]


class VerificationIn(Incoming):
    """`given` is what the source asks, by name."""

    source: Annotated[Line, Field(min_length=1, max_length=40)]
    given: Annotated[dict[Annotated[str, Field(max_length=40)], _Given], Field(default_factory=dict, max_length=20)]


class VisitIn(Incoming):
    level: Annotated[int, Field(ge=1, le=5)] = 5


class VisitOut(Outgoing):
    code: str
    valid_until: date


class ReasonIn(Incoming):
    reason: Annotated[Line, Field(min_length=1)]


@operation(
    router,
    "GET",
    "/me/assurance",
    access=Access.SIGNED_IN,
    decided_by=queries.my_assurance,
    summary="My assurance level, and the ways to a higher one",
    answer=AssuranceOut,
)
def read_assurance(request: HttpRequest) -> AssuranceOut:
    """A problem `step-up-needed` names the level that something takes."""
    return AssuranceOut.model_validate(queries.my_assurance(actor_of(request), timezone.localdate()))


@operation(
    router,
    "GET",
    "/me/assurance/ways/{source}",
    access=Access.SIGNED_IN,
    decided_by=queries.asked_by,
    summary="What a way asks of me",
    answer=AskedListOut,
    refusals=(404,),
)
def read_asked(request: HttpRequest, source: Slug) -> AskedListOut:
    """To be stated in `given`. Where it is a line to be signed, it is another one each time."""
    asked = queries.asked_by(actor_of(request), actions.online_source(source))
    return AskedListOut.model_validate({"items": list(asked)}, from_attributes=True)


@operation(
    router,
    "POST",
    "/me/assurance/verifications",
    access=Access.SIGNED_IN,
    decided_by=actions.verify,
    summary="Prove who I am by a source",
    answer=VerificationOut,
    status=201,
    refusals=(404, 429),
    body="application/json",
    examples={"source": "registry", "given": {"name": "王芳", "id_number": "450721199005120022"}},
)
def verify(request: HttpRequest, body: VerificationIn) -> VerificationOut:
    """The level rises at once, for every session and token of the person."""
    actor, now = actor_of(request), timezone.now()
    made = actions.verify(actor, body.source, body.given, now)
    return VerificationOut.model_validate(queries.my_verification(actor, made.pk, timezone.localdate(now)))


@operation(
    router,
    "POST",
    "/me/assurance/verifications/{verification_id}/revoke",
    access=Access.SIGNED_IN,
    decided_by=actions.revoke_verification,
    summary="Take a verification of mine back",
    status=204,
    refusals=(404,),
    body="application/json",
    examples={"reason": "It was not me."},
)
def revoke(request: HttpRequest, verification_id: Id, body: ReasonIn) -> None:
    """It counts no more from now on; taking it back twice is once."""
    actions.revoke_verification(actor_of(request), verification_id, body.reason, timezone.now())


@operation(
    router,
    "POST",
    "/me/assurance/visits",
    access=Access.SIGNED_IN,
    decided_by=actions.announce_visit,
    summary="Announce a visit to a counter",
    answer=VisitOut,
    status=201,
    body="application/json",
    examples={"level": 5},
)
def announce_visit(request: HttpRequest, body: VisitIn) -> VisitOut:
    """The code to bring; asked again, the same one."""
    made = actions.announce_visit(actor_of(request), body.level, "", timezone.now())
    return VisitOut.model_validate(made)
