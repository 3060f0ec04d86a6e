"""What is done across regions, and the steps of the hand-over."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router
from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema

from tongban.cases import actions, queries
from tongban.cases.actions.across import DISPATCH_LENGTH
from tongban.cases.api.applying import opened
from tongban.cases.api.common import JSON, CaseStatusOut, Uploads, place_in_application, positions, standing
from tongban.cases.api.steps import STATED, StepIn, StepMaybeReasonIn, StepWithReasonIn
from tongban.cases.models import Case, Mode
from tongban.foundation.rest.operations import Access, View, operation
from tongban.foundation.rest.pages import USUAL, CursorText, Limit, decode_cursor, page_answer
from tongban.foundation.rest.schemas import Id, Incoming, Json, Line, OptionalRegionCode, Outgoing, PageOf, RegionCode
from tongban.government.queries import find_region
from tongban.identity.middleware import actor_of

router = Router(tags=["Across regions"])

_MOST_PAGES = 100_000


def _known_mode(mode: str) -> str:
    if mode and mode not in Mode.values:
        raise ValueError("not a mode")
    return mode


ModeFilter = Annotated[
    str,
    AfterValidator(_known_mode),
    WithJsonSchema({"type": "string", "enum": ["", *Mode.values], "description": "One mode; empty for any."}),
]


class WayOut(Outgoing):
    """One way to do a service from elsewhere; `window` is who receives there, empty where nobody does."""

    mode: Mode
    label: str
    place: str
    area: str
    window: str
    window_id: UUID | None
    address: str
    hours: str
    phone: str
    clock_start: str
    basis: str


class ZoneRowOut(Outgoing):
    service_id: UUID
    name: str
    agency: Annotated[str, Field(description="The competent agency: it decides.")]
    region: str
    ways: list[WayOut]


ZonePageOut = PageOf[ZoneRowOut]


class DispatchIn(StepIn):
    dispatch: Annotated[
        str,
        StringConstraints(min_length=1, max_length=DISPATCH_LENGTH, pattern=STATED),
        Field(description="Number of the consignment, or how it is sent."),
    ]


class AskPlaceIn(StepWithReasonIn):
    agency: Annotated[Id, Field(description="One of the places that take part in the joint handling.")]


@operation(
    router,
    "GET",
    "/across-regions/services",
    access=Access.PUBLIC,
    decided_by=queries.zone,
    summary="What can be done from where",
    answer=ZonePageOut,
    refusals=(404,),
)
def list_across_regions(
    request: HttpRequest,
    here: RegionCode,
    there: OptionalRegionCode = "",
    mode: ModeFilter = "",
    q: Line = "",
    cursor: CursorText = "",
    limit: Limit = USUAL,
) -> HttpResponse:
    """Services that can be done from `here` without going to the region they belong to, by name: those of other regions
    and, where `here` is a wide region, those of a region within it. `there` is where the matter belongs, `q` a part of
    the name.
    """
    actor = actor_of(request)
    page = decode_cursor(cursor, _page) or 1
    home = find_region(actor, there).code if there else ""
    wanted = queries.ZoneFilter(find_region(actor, here).lineage, home, mode, q)
    found = queries.zone(actor, wanted, timezone.localdate(), page, limit)
    following = found.page + 1 if found.page < found.pages else None
    return page_answer(request, ZonePageOut, found.rows, following)


def _page(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and 0 < int(text[:9]) <= _MOST_PAGES else None


def _step(name: str, action: Callable[..., Case], summary: str) -> Callable[[View], View]:
    return operation(
        router,
        "POST",
        f"/cases/{{case_id}}/across/{name}",
        access=Access.SIGNED_IN,
        decided_by=action,
        summary=summary,
        answer=CaseStatusOut,
        refusals=(404, 409),
        body=JSON,
    )


@_step("forward", actions.forward, "Send what was collected to the competent agency")
def forward(request: HttpRequest, case_id: Id, body: DispatchIn) -> CaseStatusOut:
    """By the receiving window; it stays liable until the arrival is acknowledged."""
    return standing(request, actions.forward(actor_of(request), case_id, body.revision, timezone.now(), body.dispatch))


@_step("acknowledge", actions.acknowledge, "Acknowledge what arrived")
def acknowledge(request: HttpRequest, case_id: Id, body: StepMaybeReasonIn) -> CaseStatusOut:
    """By the competent agency; from here on it is liable, and its limits run."""
    return standing(
        request, actions.acknowledge(actor_of(request), case_id, body.revision, timezone.now(), body.reason)
    )


@_step("return-originals", actions.return_originals, "Give originals or result back")
def return_originals(request: HttpRequest, case_id: Id, body: DispatchIn) -> CaseStatusOut:
    return standing(
        request, actions.return_originals(actor_of(request), case_id, body.revision, timezone.now(), body.dispatch)
    )


@_step("ask-place", actions.ask_place, "Ask a place for its part")
def ask_place(request: HttpRequest, case_id: Id, body: AskPlaceIn) -> CaseStatusOut:
    """In a joint handling; the applicant is not sent there."""
    case = actions.ask_place(actor_of(request), case_id, body.revision, timezone.now(), body.agency, body.reason)
    return standing(request, case)


@_step("answer-place", actions.answer_place, "Give our part")
def answer_place(request: HttpRequest, case_id: Id, body: StepWithReasonIn) -> CaseStatusOut:
    """By the asked place, which is liable for its answer."""
    return standing(
        request, actions.answer_place(actor_of(request), case_id, body.revision, timezone.now(), body.reason)
    )


# --- taking in at a window ------------------------------------------------------------------------------------------


class HandedInIn(Incoming):
    """An application as it is handed in at a window, for who was seen there."""

    check: Annotated[Id, Field(description="Of POST /identity-checks, of today.")]
    service: Id
    answers: Annotated[Json, Field(description="Field name -> value, as the form's JSON Schema says.")]
    uploads: Uploads = Field(default_factory=dict)
    has_originals: Annotated[bool, Field(strict=True, description="They are sent on and given back.")] = False
    mode: Annotated[
        str, Field(pattern="^(|collect|joint)$", description="Needed where the window offers both ways.")
    ] = ""


class ToTakeInOut(Outgoing):
    service_id: UUID
    name: str
    agency: Annotated[str, Field(description="The competent agency: it decides.")]
    modes: list[tuple[str, str]]


class ToTakeInListOut(Outgoing):
    items: list[ToTakeInOut]


def _place_at_window(name: str) -> dict[str, str]:
    return {"pointer": f"#/{name}"} if name in {"mode", "check"} else place_in_application(name)


@operation(
    router,
    "GET",
    "/across-regions/window",
    access=Access.SIGNED_IN,
    decided_by=queries.across_desk,
    summary="What one's window takes in for agencies elsewhere",
    answer=ToTakeInListOut,
)
def list_to_take_in(request: HttpRequest) -> ToTakeInListOut:
    """Services, with the ways in which the window takes each in."""
    desk = queries.across_desk(actor_of(request), timezone.localdate())
    return ToTakeInListOut.model_validate({"items": desk.to_take_in})


@operation(
    router,
    "POST",
    "/across-regions/applications",
    access=Access.SIGNED_IN,
    decided_by=actions.take_in_elsewhere,
    summary="Take in for an agency elsewhere",
    answer=CaseStatusOut,
    status=201,
    refusals=(404, 409),
    body=JSON,
    place=_place_at_window,
    located=True,
)
def take_in(request: HttpRequest, body: HandedInIn) -> HttpResponse:
    """Form and identity are checked here; the competent agency decides. Send an Idempotency-Key: a repetition is then
    one case.
    """
    handed_in = actions.HandedIn(
        body.answers, positions(body.uploads), has_originals=body.has_originals, mode=body.mode
    )
    case = actions.take_in_elsewhere(actor_of(request), body.check, body.service, handed_in, timezone.now())
    return opened(request, case)
