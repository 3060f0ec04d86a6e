"""The officers' desk: who handles a case, internal notes, requests for cooperation (协办)."""

import uuid
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router
from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from tongban.cases import actions, queries
from tongban.cases.actions import assigning, internal
from tongban.cases.api.common import JSON, PersonalDataIn
from tongban.cases.api.steps import STATED
from tongban.cases.models import Case, Cooperation
from tongban.cases.rules import Light
from tongban.foundation.rest.operations import Access, View, operation
from tongban.foundation.rest.schemas import Id, Incoming, JsonInteger, Line, Outgoing, Paragraphs
from tongban.identity.middleware import actor_of

router = Router(tags=["Desk"])

Said = Annotated[Paragraphs, Field(min_length=1, pattern=STATED)]
_PASSING_ON: JsonDict = {
    "if": {"properties": {"holder": {"type": "string"}}, "required": ["holder"]},
    "then": {"required": ["reason"], "properties": {"reason": {"pattern": STATED}}},
}


class AssignIn(Incoming):
    model_config = ConfigDict(json_schema_extra=_PASSING_ON)

    post: Annotated[Id, Field(description="The post that gets the case (see GET /colleagues).")]
    holder: Annotated[Id | None, Field(description="The post that had it when you looked; null for nobody.")] = None
    reason: Annotated[Paragraphs, Field(description="Needed where somebody had it.")] = ""


class AssignedOut(Outgoing):
    """Who has a case now: the post asked for, or who stands in for it."""

    case: UUID
    post: UUID | None


class ColleagueOut(Outgoing):
    id: UUID
    name: str
    role: str
    title: str
    title_en: str


class ColleagueListOut(Outgoing):
    items: list[ColleagueOut]


class NoteIn(Incoming):
    text: Said


class NoteOut(Outgoing):
    id: int
    at: datetime
    author: str
    text: str


class NoteListOut(Outgoing):
    items: list[NoteOut]


class SharedIn(Incoming):
    """What the asked agency may see of the case; nothing that is not named."""

    applicant: Annotated[bool, Field(strict=True)] = False
    answers: Annotated[list[Line], Field(max_length=500, description="Fields of the form.")] = Field(
        default_factory=list
    )
    materials: Annotated[
        list[Annotated[int, Field(ge=1, le=2**63 - 1), JsonInteger]],
        Field(max_length=500, description="Ids of materials of the case."),
    ] = Field(default_factory=list)


class CooperationIn(Incoming):
    asked: Annotated[Id, Field(description="Another agency on this platform.")]
    question: Said
    limit: Annotated[
        int,
        Field(ge=1, le=internal.MAX_LIMIT, description="Working days; the day of the request is not counted."),
        JsonInteger,
    ]
    shares: SharedIn = Field(default_factory=SharedIn)


class AnswerIn(Incoming):
    text: Said


class CooperationRowOut(Outgoing):
    id: UUID
    case_number: str
    service: str
    asking: str
    asked: str
    state: str
    state_label: str
    asked_at: datetime
    due_on: date
    due_provisional: bool
    light: Light | None
    reminded_at: datetime | None
    asked_of_us: bool


class CooperationListOut(Outgoing):
    items: list[CooperationRowOut]


class CooperationActOut(Outgoing):
    kind: str
    at: datetime
    author: str
    text: str


class SharedAnswerOut(Outgoing):
    field: str
    label: str
    value: list[str]


class SharedMaterialOut(Outgoing):
    id: int
    name: str
    file_name: str
    media_type: str
    size: int


class CooperationOut(Outgoing):
    """A request with what was said, and what of the case it shares."""

    request: CooperationRowOut
    limit: int
    acts: list[CooperationActOut]
    applicant: str
    answers: list[SharedAnswerOut]
    materials: list[SharedMaterialOut]


@operation(
    router,
    "GET",
    "/colleagues",
    access=Access.SIGNED_IN,
    decided_by=queries.my_colleagues,
    summary="The posts of one's agency that handle cases",
    answer=ColleagueListOut,
)
def list_colleagues(request: HttpRequest) -> ColleagueListOut:
    found = queries.my_colleagues(actor_of(request), timezone.localdate())
    return ColleagueListOut.model_validate({"items": found})


@operation(
    router,
    "POST",
    "/cases/{case_id}/assign",
    access=Access.SIGNED_IN,
    decided_by=assigning.assign,
    summary="Give a case to an officer, or pass it on",
    answer=AssignedOut,
    refusals=(404, 409),
    body=JSON,
)
def assign_case(request: HttpRequest, case_id: Id, body: AssignIn) -> AssignedOut:
    """Where the post is absent, its stand-in gets the case. The applicant does not see who handles it."""
    case: Case = assigning.assign(
        actor_of(request), case_id, body.post, timezone.now(), holder=body.holder, reason=body.reason
    )
    return AssignedOut(case=case.pk, post=case.officer_id)


@operation(
    router,
    "GET",
    "/cases/{case_id}/notes",
    access=Access.SIGNED_IN,
    decided_by=queries.case_notes,
    summary="Internal notes on a case",
    answer=NoteListOut,
    refusals=(404,),
)
def list_notes(request: HttpRequest, case_id: Id) -> NoteListOut:
    """For officers of the agency that handles the case, and nobody else."""
    return NoteListOut.model_validate({"items": queries.case_notes(actor_of(request), case_id)})


@operation(
    router,
    "POST",
    "/cases/{case_id}/notes",
    access=Access.SIGNED_IN,
    decided_by=internal.add_note,
    summary="Keep an internal note",
    answer=NoteOut,
    status=201,
    refusals=(404,),
    body=JSON,
)
def add_note(request: HttpRequest, case_id: Id, body: NoteIn) -> NoteOut:
    """It is never changed, and the applicant never sees it."""
    return NoteOut.model_validate(
        internal.add_note(actor_of(request), case_id, body.text, uuid.uuid4(), timezone.now())
    )


@operation(
    router,
    "POST",
    "/cases/{case_id}/cooperations",
    access=Access.SIGNED_IN,
    decided_by=internal.ask_cooperation,
    summary="Ask another agency for help (协办)",
    answer=CooperationOut,
    status=201,
    refusals=(404, 409),
    body=JSON,
)
def ask_cooperation(request: HttpRequest, case_id: Id, body: CooperationIn) -> CooperationOut:
    """The asked agency's clock starts today; the clock of the case goes on."""
    shared = internal.Shared(body.shares.applicant, tuple(body.shares.answers), tuple(body.shares.materials))
    asked = internal.ask_cooperation(
        actor_of(request), case_id, body.asked, body.question, body.limit, shared, timezone.now()
    )
    return _cooperation(request, asked.pk)


@operation(
    router,
    "GET",
    "/cooperations",
    access=Access.SIGNED_IN,
    decided_by=queries.open_cooperations,
    summary="Open requests: asked of one's agency, and asked by it",
    answer=CooperationListOut,
)
def list_cooperations(request: HttpRequest) -> CooperationListOut:
    """At most fifty, what is due first on top."""
    found = queries.open_cooperations(actor_of(request), timezone.localdate())
    return CooperationListOut.model_validate({"items": found})


@operation(
    router,
    "GET",
    "/cooperations/{cooperation_id}",
    access=Access.SIGNED_IN,
    decided_by=queries.cooperation_view,
    summary="One request, and what it shares",
    answer=CooperationOut,
    refusals=(404,),
)
def read_cooperation(request: HttpRequest, cooperation_id: Id) -> CooperationOut:
    return _cooperation(request, cooperation_id)


@operation(
    router,
    "POST",
    "/cooperations/{cooperation_id}/personal-data",
    access=Access.SIGNED_IN,
    decided_by=actions.show_shared_data,
    summary="One request, with the personal data it shares in full",
    answer=CooperationOut,
    refusals=(404,),
    body=JSON,
    idempotent=False,
)
def show_shared_data(request: HttpRequest, cooperation_id: Id, body: PersonalDataIn) -> CooperationOut:
    """Numbers, telephones and addresses stand masked; here in full, once. It is recorded for the person."""
    shown = actions.show_shared_data(actor_of(request), cooperation_id, body.purpose, body.reason, timezone.now())
    return _cooperation(request, cooperation_id, shown)


def _cooperation(request: HttpRequest, cooperation_id: UUID, shown: actions.Shown | None = None) -> CooperationOut:
    view = queries.cooperation_view(actor_of(request), cooperation_id, timezone.localdate(), shown)
    return CooperationOut.model_validate(
        {
            "request": view.row,
            "limit": view.limit,
            "acts": view.acts,
            "applicant": view.applicant,
            "answers": [row for group in view.summary for row in group.rows],
            "materials": view.materials,
        }
    )


def _act(name: str, action: Callable[..., Cooperation], summary: str, *, said: bool) -> Callable[[View], View]:
    return operation(
        router,
        "POST",
        f"/cooperations/{{cooperation_id}}/{name}",
        access=Access.SIGNED_IN,
        decided_by=action,
        summary=summary,
        answer=CooperationOut,
        refusals=(404, 409),
        body=JSON if said else "",
    )


@_act("answer", internal.answer_cooperation, "Answer", said=True)
def answer_cooperation(request: HttpRequest, cooperation_id: Id, body: AnswerIn) -> CooperationOut:
    """For the asked agency. Once; late answers are taken, too."""
    internal.answer_cooperation(actor_of(request), cooperation_id, body.text, timezone.now())
    return _cooperation(request, cooperation_id)


@_act("decline", internal.decline_cooperation, "Decline with the reason", said=True)
def decline_cooperation(request: HttpRequest, cooperation_id: Id, body: AnswerIn) -> CooperationOut:
    """For the asked agency."""
    internal.decline_cooperation(actor_of(request), cooperation_id, body.text, timezone.now())
    return _cooperation(request, cooperation_id)


@_act("remind", internal.remind_cooperation, "Remind the asked agency", said=False)
def remind_cooperation(request: HttpRequest, cooperation_id: Id) -> CooperationOut:
    """For the agency that asked; once a day at most."""
    internal.remind_cooperation(actor_of(request), cooperation_id, timezone.now())
    return _cooperation(request, cooperation_id)


@_act("withdraw", internal.withdraw_cooperation, "Withdraw the request", said=False)
def withdraw_cooperation(request: HttpRequest, cooperation_id: Id) -> CooperationOut:
    """For the agency that asked."""
    internal.withdraw_cooperation(actor_of(request), cooperation_id, timezone.now())
    return _cooperation(request, cooperation_id)
