"""One's own space over HTTP: messages, overview, licences, saved matters, suggestions, the one search."""

import uuid
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router
from pydantic import Field

from tongban.foundation.rest.operations import Access, operation
from tongban.foundation.rest.pages import USUAL, CursorText, Limit, decode_cursor, page_answer
from tongban.foundation.rest.schemas import Id, Incoming, Outgoing, PageOf
from tongban.identity.middleware import actor_of
from tongban.userspace import actions, queries

router = Router(tags=["Messages"])


class MessageOut(Outgoing):
    """A message in the reader's language, and what it is about; `case_id` where that is a case."""

    id: UUID
    title: str
    text: str
    case_id: Annotated[UUID | None, Field(description="The case it is about; null where it is about something else.")]
    case_number: str
    bundle_id: Annotated[UUID | None, Field(description="The application for several things at once it is about.")]
    bundle_number: str
    leads_to: Literal["case", "bundle", "offer", "account", "delegation"]
    created_at: datetime
    unread: bool


MessagePageOut = PageOf[MessageOut]


@operation(
    router,
    "GET",
    "/messages",
    access=Access.SIGNED_IN,
    decided_by=queries.my_messages,
    summary="My messages",
    answer=MessagePageOut,
)
def list_messages(request: HttpRequest, cursor: CursorText = "", limit: Limit = USUAL) -> HttpResponse:
    """The messages of the present hat (one's own, the organisation's, the post's), newest first."""
    before = decode_cursor(cursor, uuid.UUID)
    page = queries.my_messages(actor_of(request), before, limit)
    return page_answer(request, MessagePageOut, page.rows, page.next)


@operation(
    router,
    "GET",
    "/messages/{message_id}",
    access=Access.SIGNED_IN,
    decided_by=queries.my_message,
    summary="One message",
    answer=MessageOut,
    refusals=(404,),
)
def read_message(request: HttpRequest, message_id: Id) -> MessageOut:
    """Reading it here does not mark it as read."""
    return MessageOut.model_validate(queries.my_message(actor_of(request), message_id))


@operation(
    router,
    "POST",
    "/messages/{message_id}/read",
    access=Access.SIGNED_IN,
    decided_by=actions.mark_read,
    summary="Mark a message as read",
    status=204,
    refusals=(404,),
)
def mark_message_read(request: HttpRequest, message_id: Id) -> None:
    """Marking it twice is once."""
    actions.mark_read(actor_of(request), message_id, timezone.now())


space = Router(tags=["My space"])


class LicenceOut(Outgoing):
    """Something granted for a time; `standing` is valid, renew_now, ask_late, renewing, renewed or expired.

    `ask_by` is the last day to ask for its renewal (行政许可法 art 50), `renew` the service that renews it.
    """

    case_id: UUID
    case_number: str
    name: str
    agency: str
    granted_on: date
    expires_on: date
    ask_by: date
    standing: str
    renew: UUID | None


class OverviewOut(Outgoing):
    """How many of each there are: waiting for the applicant, under way (at most five), begun, offered, unread."""

    waiting: int
    open_cases: int
    drafts: int
    offers: int
    unread: int
    expiring: list[LicenceOut]


class SavedOut(Outgoing):
    """A service that was put aside; `name` is empty of what is no longer in force."""

    service_id: UUID
    name: str
    agency: str
    saved_at: datetime
    is_applicable: bool


class FoundOut(Outgoing):
    """Something of one's own: `kind` is case, draft, message, result (a document) or saved (a service)."""

    kind: str
    id: UUID
    title: str
    shown: str


class SuggestedOut(Outgoing):
    """What to do next, and why it is said; `kind` is renew (a case), draft, stage (of life) or others (a service)."""

    kind: str
    target: str
    title: str
    why: str


class LicenceListOut(Outgoing):
    items: list[LicenceOut]


class SavedListOut(Outgoing):
    items: list[SavedOut]


class FoundListOut(Outgoing):
    items: list[FoundOut]


class SuggestedListOut(Outgoing):
    items: list[SuggestedOut]


class ChoiceIn(Incoming):
    wanted: Annotated[bool, Field(strict=True)]


def _licence(one: queries.Licence) -> LicenceOut:
    return LicenceOut(
        case_id=one.case_id,
        case_number=one.case_number,
        name=one.name,
        agency=one.agency,
        granted_on=one.granted_on,
        expires_on=one.term.expires_on,
        ask_by=one.term.ask_by,
        standing=str(one.standing),
        renew=one.renew,
    )


@operation(
    space,
    "GET",
    "/me/overview",
    access=Access.SIGNED_IN,
    decided_by=queries.overview,
    summary="My space at a glance",
    answer=OverviewOut,
)
def read_overview(request: HttpRequest) -> OverviewOut:
    """Of the present hat: a person's own, or an organisation's."""
    found = queries.overview(actor_of(request), timezone.localdate())
    return OverviewOut(
        waiting=len(found.waiting),
        open_cases=len(found.open_cases),
        drafts=found.counts["drafts"],
        offers=found.offers,
        unread=found.unread,
        expiring=[_licence(one) for one in found.licences],
    )


@operation(
    space,
    "GET",
    "/me/licences",
    access=Access.SIGNED_IN,
    decided_by=queries.my_licences,
    summary="What was granted to me for a time",
    answer=LicenceListOut,
)
def list_licences(request: HttpRequest) -> LicenceListOut:
    """What runs out first on top, at most 200."""
    found = queries.my_licences(actor_of(request), timezone.localdate())
    return LicenceListOut(items=[_licence(one) for one in found])


@operation(
    space,
    "GET",
    "/me/search",
    access=Access.SIGNED_IN,
    decided_by=queries.search_my_space,
    summary="Search everything of mine",
    answer=FoundListOut,
)
def search_space(
    request: HttpRequest, q: Annotated[str, Query(max_length=100, description="Words; pinyin works in titles.")]
) -> FoundListOut:
    """Cases, drafts, messages, results and saved matters in which every word is found; nobody else's, ever."""
    found = queries.search_my_space(actor_of(request), q, timezone.localdate())
    return FoundListOut(items=[FoundOut.model_validate(one) for one in found])


@operation(
    space,
    "GET",
    "/me/saved",
    access=Access.SIGNED_IN,
    decided_by=queries.my_saved,
    summary="My saved matters",
    answer=SavedListOut,
)
def list_saved(request: HttpRequest) -> SavedListOut:
    """Newest first, at most 200."""
    found = queries.my_saved(actor_of(request), timezone.localdate())
    return SavedListOut(items=[SavedOut.model_validate(one) for one in found])


@operation(
    space,
    "PUT",
    "/me/saved/{service_id}",
    access=Access.SIGNED_IN,
    decided_by=actions.save_matter,
    summary="Save a service for later",
    status=204,
    refusals=(404,),
)
def save_matter(request: HttpRequest, service_id: Id) -> None:
    """Saving it twice is once."""
    actions.save_matter(actor_of(request), service_id, timezone.now())


@operation(
    space,
    "DELETE",
    "/me/saved/{service_id}",
    access=Access.SIGNED_IN,
    decided_by=actions.unsave_matter,
    summary="Take a service out of my saved matters",
    status=204,
)
def unsave_matter(request: HttpRequest, service_id: Id) -> None:
    """Taking it out twice is once."""
    actions.unsave_matter(actor_of(request), service_id)


@operation(
    space,
    "GET",
    "/me/suggestions",
    access=Access.SIGNED_IN,
    decided_by=queries.my_suggestions,
    summary="What I might do next, and why",
    answer=SuggestedListOut,
)
def list_suggestions(request: HttpRequest) -> SuggestedListOut:
    """Empty where they are switched off."""
    found = queries.my_suggestions(actor_of(request), timezone.localdate())
    return SuggestedListOut(items=[SuggestedOut.model_validate(one) for one in found])


@operation(
    space,
    "PUT",
    "/me/suggestions/choice",
    access=Access.SIGNED_IN,
    decided_by=actions.choose_suggestions,
    summary="Switch suggestions on or off",
    status=204,
    body="application/json",
    examples={"wanted": False},
)
def choose_suggestions(request: HttpRequest, body: ChoiceIn) -> None:
    """For the person, in every hat; their cases are then not counted for others either."""
    actions.choose_suggestions(actor_of(request), wanted=body.wanted)


class ChannelsIn(Incoming):
    by_email: Annotated[
        bool, Field(strict=True, description="To the account's e-mail address; it has one or this is refused.")
    ]
    by_sms: Annotated[
        bool, Field(strict=True, description="To the account's mobile number; it has one or this is refused.")
    ]


class ChannelsOut(Outgoing):
    """By which channels messages come beside the space, and where to, masked: where the account takes codes."""

    email: str
    phone: str
    by_email: bool
    by_sms: bool
    sms_offered: bool


@operation(
    space,
    "GET",
    "/me/channels",
    access=Access.SIGNED_IN,
    decided_by=queries.my_channels,
    summary="By which channels messages reach me",
    answer=ChannelsOut,
)
def read_channels(request: HttpRequest) -> ChannelsOut:
    return ChannelsOut.model_validate(queries.my_channels(actor_of(request)))


@operation(
    space,
    "PUT",
    "/me/channels",
    access=Access.SIGNED_IN,
    decided_by=actions.choose_channels,
    summary="Choose by which channels messages reach me",
    status=204,
    body="application/json",
    examples={"by_email": False, "by_sms": False},
)
def choose_channels(request: HttpRequest, body: ChannelsIn) -> None:
    """They go where the account takes codes; an address or number is entered and proven on the page for it."""
    actions.choose_channels(actor_of(request), by_email=body.by_email, by_sms=body.by_sms)
