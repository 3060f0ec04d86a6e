"""Who acts for whom, and one's own data, over HTTP: what the pages under `/me/` do."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router
from pydantic import Field

from tongban.foundation.rest.operations import Access, operation
from tongban.foundation.rest.schemas import Id, Incoming, Line, OptionalDay, Outgoing, Paragraphs
from tongban.identity import delegating, own_data, queries
from tongban.identity.delegating import Invitation
from tongban.identity.mandates import Deed
from tongban.identity.middleware import actor_of
from tongban.identity.papers import CHINA, PaperKind
from tongban.identity.register import my_corrections

delegations = Router(tags=["Who acts for whom"])
data = Router(tags=["My data"])


class MyDelegationOut(Outgoing):
    """A delegation as each side reads it: `given` says that the present hat is represented, not that it acts.

    `standing` is offered, lapsed, declined, withdrawn, to_come, in_force, expired or ended. `services` and `items` are
    the only matters; both empty for all. `hat` is what the agent wears once it holds.
    """

    id: UUID
    principal: str
    agent: str
    kind: str
    deeds: list[str]
    services: list[UUID]
    items: list[UUID]
    valid_from: date
    last_day: date | None
    offered_at: datetime
    standing: str
    given: bool
    hat: str


class MyDelegationsOut(Outgoing):
    given: list[MyDelegationOut]
    taken: list[MyDelegationOut]


class DelegationIn(Incoming):
    """An invitation. A person is named by `name` and `number` (of `paper`), a firm by `credit_code`.

    Whether the number is known here is not said: the answer is the same, and who has it finds the invitation.
    """

    kind: Annotated[Line, Field(min_length=1)]
    name: Line = ""
    paper: PaperKind = PaperKind.RESIDENT
    country: Annotated[Line, Field(max_length=3)] = CHINA
    number: Annotated[Line, Field(max_length=40)] = ""
    credit_code: Annotated[Line, Field(max_length=40)] = ""
    deeds: Annotated[set[Deed], Field(default_factory=lambda: set(Deed))]
    services: Annotated[set[Id], Field(default_factory=set, max_length=50)]
    items: Annotated[set[Id], Field(default_factory=set, max_length=50)]
    valid_from: OptionalDay = None
    last_day: OptionalDay = None


@operation(
    delegations,
    "GET",
    "/me/delegations",
    access=Access.SIGNED_IN,
    decided_by=queries.my_delegations,
    summary="Who acts for me, and for whom I act",
    answer=MyDelegationsOut,
)
def list_my_delegations(request: HttpRequest) -> MyDelegationsOut:
    """Of the present hat: a person's own, or an organisation's; what is open first, newest first."""
    found = queries.my_delegations(actor_of(request), timezone.localdate())
    return MyDelegationsOut.model_validate(found)


@operation(
    delegations,
    "POST",
    "/me/delegations",
    access=Access.SIGNED_IN,
    decided_by=delegating.offer_delegation,
    summary="Ask somebody to act for me",
    answer=MyDelegationOut,
    status=201,
    refusals=(409,),
    body="application/json",
    examples={"kind": "relative", "name": "王芳", "number": "450721199005120022", "last_day": "2027-12-31"},
)
def offer_delegation(request: HttpRequest, body: DelegationIn) -> MyDelegationOut:
    """It holds once they accept. The same offered again while it waits is the same one."""
    actor, now = actor_of(request), timezone.now()
    invitation = Invitation(
        kind=body.kind,
        name=body.name,
        number=body.number,
        paper=body.paper,
        country=body.country,
        credit_code=body.credit_code,
        deeds=frozenset(body.deeds),
        services=frozenset(body.services),
        items=frozenset(body.items),
        valid_from=body.valid_from,
        valid_to=body.last_day + timedelta(days=1) if body.last_day else None,
    )
    offered = delegating.offer_delegation(actor, invitation, now)
    return _delegation(request, offered.pk)


def _delegation(request: HttpRequest, delegation_id: UUID) -> MyDelegationOut:
    return MyDelegationOut.model_validate(queries.my_delegation(actor_of(request), delegation_id, timezone.localdate()))


@operation(
    delegations,
    "GET",
    "/me/delegations/{delegation_id}",
    access=Access.SIGNED_IN,
    decided_by=queries.my_delegation,
    summary="One delegation",
    answer=MyDelegationOut,
    refusals=(404,),
)
def read_my_delegation(request: HttpRequest, delegation_id: Id) -> MyDelegationOut:
    """Given or taken by the present hat."""
    return _delegation(request, delegation_id)


@operation(
    delegations,
    "POST",
    "/me/delegations/{delegation_id}/accept",
    access=Access.SIGNED_IN,
    decided_by=delegating.accept_delegation,
    summary="Accept to act for somebody",
    answer=MyDelegationOut,
    refusals=(404, 409),
)
def accept_delegation(request: HttpRequest, delegation_id: Id) -> MyDelegationOut:
    """A token for the new hat is had by signing in with it."""
    delegating.accept_delegation(actor_of(request), delegation_id, timezone.now())
    return _delegation(request, delegation_id)


@operation(
    delegations,
    "POST",
    "/me/delegations/{delegation_id}/decline",
    access=Access.SIGNED_IN,
    decided_by=delegating.decline_delegation,
    summary="Decline to act for somebody",
    answer=MyDelegationOut,
    refusals=(404, 409),
)
def decline_delegation(request: HttpRequest, delegation_id: Id) -> MyDelegationOut:
    """Declining twice is once."""
    delegating.decline_delegation(actor_of(request), delegation_id, timezone.now())
    return _delegation(request, delegation_id)


@operation(
    delegations,
    "POST",
    "/me/delegations/{delegation_id}/end",
    access=Access.SIGNED_IN,
    decided_by=delegating.end_delegation,
    summary="End a delegation, or withdraw an invitation",
    answer=MyDelegationOut,
    refusals=(404,),
)
def end_delegation(request: HttpRequest, delegation_id: Id) -> MyDelegationOut:
    """At once, by either side: the agent's next request in that hat is refused."""
    delegating.end_delegation(actor_of(request), delegation_id, timezone.now())
    return _delegation(request, delegation_id)


# --- one's own data -------------------------------------------------------------------------------------------------


class DataCopyOut(Outgoing):
    """Everything held about a person, by the package that holds it."""

    person: UUID
    copied_at: datetime
    held: dict[str, Any]


class CorrectionOut(Outgoing):
    """What was said to be wrong, and the answer; `state` is open, corrected or refused."""

    id: UUID
    field: str
    wanted: str
    state: str
    asked_at: datetime
    answer_by: date
    answer: str


class CorrectionsOut(Outgoing):
    items: list[CorrectionOut]


class CorrectionIn(Incoming):
    """`reason` says which document or register shows it."""

    field: Literal["name", "phone", "address"]
    wanted: Annotated[Paragraphs, Field(min_length=1, max_length=500)]
    reason: Annotated[Paragraphs, Field(min_length=1, max_length=500)]


class ClosingIn(Incoming):
    """It cannot be undone, so it is said."""

    understood: Literal[True]


class KeptOut(Outgoing):
    """What is not erased, and by which duty."""

    what: str
    count: int
    why: str


class ClosingOut(Outgoing):
    """Counts of what was erased, by package and kind; and what is kept."""

    erased: dict[str, dict[str, int]]
    kept: list[KeptOut]


@operation(
    data,
    "POST",
    "/me/data/copies",
    access=Access.SIGNED_IN,
    decided_by=own_data.copy_of_data,
    summary="A copy of everything held about me",
    answer=DataCopyOut,
    idempotent=False,
)
def copy_my_data(request: HttpRequest) -> DataCopyOut:
    """个人信息保护法 art 45. In a guardian's hat, about the ward. The copying is recorded, so it is a POST."""
    copied = own_data.copy_of_data(actor_of(request), timezone.now())
    held = {name: value for name, value in copied.items() if name not in {"person", "copied_at"}}
    return DataCopyOut(person=copied["person"], copied_at=copied["copied_at"], held=held)


@operation(
    data,
    "GET",
    "/me/data/corrections",
    access=Access.SIGNED_IN,
    decided_by=my_corrections,
    summary="The corrections I asked for",
    answer=CorrectionsOut,
)
def list_my_corrections(request: HttpRequest) -> CorrectionsOut:
    """Newest first."""
    return CorrectionsOut.model_validate({"items": my_corrections(actor_of(request))}, from_attributes=True)


@operation(
    data,
    "POST",
    "/me/data/corrections",
    access=Access.SIGNED_IN,
    decided_by=own_data.ask_correction,
    summary="Say that something held about me is wrong",
    answer=CorrectionOut,
    status=201,
    body="application/json",
    examples={"field": "address", "wanted": "钦州市钦南区永福西大街1号", "reason": "户口簿"},
)
def ask_my_correction(request: HttpRequest, body: CorrectionIn) -> CorrectionOut:
    """个人信息保护法 art 46. Asked again for the same field while it is open, it is the same request."""
    actor = actor_of(request)
    asked = own_data.ask_correction(actor, body.field, body.wanted, body.reason, timezone.now())
    return CorrectionOut.model_validate(next(row for row in my_corrections(actor) if row.id == asked.pk))


@operation(
    data,
    "POST",
    "/me/data/closing",
    access=Access.SIGNED_IN,
    decided_by=own_data.close_own_account,
    summary="Close my account",
    answer=ClosingOut,
    refusals=(409,),
    body="application/json",
    examples={"understood": True},
    idempotent=False,
)
def close_my_account(request: HttpRequest, body: ClosingIn) -> ClosingOut:  # noqa: ARG001 - it says that it is meant
    """个人信息保护法 art 47: what no duty keeps is erased, this token ends. A 409 says what comes first."""
    closing = own_data.close_own_account(actor_of(request), timezone.now())
    return ClosingOut.model_validate(closing)
