"""Drafts, uploads, applications, cases and their steps, over HTTP: translate, call one action or query, translate."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from ninja import File, Router, UploadedFile
from pydantic import AfterValidator, ConfigDict, Field, WithJsonSchema
from pydantic.config import JsonDict

from tongban.cases import actions, pdf, queries
from tongban.cases.models import Case, CaseState, Outcome
from tongban.cases.rules import Light, read_case_number, written
from tongban.foundation.errors import InvalidError
from tongban.foundation.rest.operations import Access, Place, View, operation
from tongban.foundation.rest.pages import USUAL, CursorText, Limit, decode_cursor, page_answer
from tongban.foundation.rest.parsing import escaped
from tongban.foundation.rest.schemas import (
    Flag,
    Id,
    Incoming,
    Json,
    Line,
    Outgoing,
    PageOf,
    Paragraphs,
    PlainNumber,
    Position,
    Revision,
)
from tongban.identity.middleware import actor_of

JSON = "application/json"
PDF = "application/pdf"
MULTIPART = "multipart/form-data"
_MOST_UPLOADS = 200

drafts = Router(tags=["Applying"])
cases = Router(tags=["Cases"])
steps = Router(tags=["Steps of a case"])

Uploads = Annotated[
    dict[str, Annotated[list[Id], Field(max_length=20)]],
    Field(max_length=_MOST_UPLOADS),
    WithJsonSchema(
        {
            "type": "object",
            "description": "Position of the material in the guide -> ids of uploads.",
            "patternProperties": {
                "^[1-9][0-9]{0,3}$": {
                    "type": "array",
                    "maxItems": 20,
                    "items": {"type": "string", "format": "uuid"},
                },
            },
            "additionalProperties": False,
            "maxProperties": _MOST_UPLOADS,
        }
    ),
]


def _place(name: str) -> dict[str, str]:
    """Where in the body a refused field stands: a member of its own, a material, or an answer of the form."""
    if name in {"service", "answers"}:
        return {"pointer": f"#/{name}"}
    if name.startswith("materials."):
        return {"pointer": f"#/uploads/{name.removeprefix('materials.')}"}
    return {"pointer": f"#/answers{name}" if name.startswith("/") else f"#/answers/{escaped(name)}"}


def _place_in_supplement(name: str) -> dict[str, str]:
    return {"pointer": "#/revision"} if name == "revision" else _place(name)


def _positions(uploads: dict[str, list[UUID]]) -> dict[int, list[UUID]]:
    """Raises:
    InvalidError: a key that is no position, under `materials.<key>`.
    """
    wrong = {key for key in uploads if not (key.isascii() and key.isdecimal() and 0 < len(key) < 5 and key[0] != "0")}  # noqa: PLR2004 - 4 digits
    if wrong:
        message = _("Name a material by its position in the guide, for example 1.")
        raise InvalidError({f"materials.{escaped(key)}": [message] for key in sorted(wrong)})
    return {int(key): ids for key, ids in uploads.items()}


# --- applying -------------------------------------------------------------------------------------------------------


class DraftStart(Incoming):
    service: Id


class AnswersIn(Incoming):
    answers: Annotated[Json, Field(description="Field name -> value, or null to remove the answer.")]


class AttachIn(Incoming):
    upload: Id


class ApplicationIn(Incoming):
    """An application in one step."""

    service: Id
    answers: Annotated[Json, Field(description="Field name -> value, as the form's JSON Schema says.")]
    uploads: Uploads = Field(default_factory=dict)


class UploadOut(Outgoing):
    id: UUID
    name: str
    media_type: str
    size: Annotated[int, Field(description="Bytes.")]


class DraftRowOut(Outgoing):
    id: UUID
    service: str
    agency: str
    saved_at: datetime


class DraftListOut(Outgoing):
    items: list[DraftRowOut]


class DraftUploadOut(Outgoing):
    id: UUID
    name: str
    size: int


class DraftMaterialOut(Outgoing):
    position: int
    name: str
    necessity: str
    uploads: list[DraftUploadOut]


class DraftOut(Outgoing):
    """A draft with its form (JSON Schema 2020-12), answers and materials."""

    id: UUID
    service_id: UUID
    service: str
    agency: str
    saved_at: datetime
    form: Json
    answers: Json
    materials: list[DraftMaterialOut]


class CaseStatusOut(Outgoing):
    """How a case stands after a step."""

    id: UUID
    number: str
    state: str
    state_label: str
    outcome: str
    revision: int
    due_on: date | None
    due_provisional: bool
    legal_due_on: date | None


def _standing(case: Case) -> CaseStatusOut:
    return CaseStatusOut(
        id=case.pk,
        number=written(case.number),
        state=case.state,
        state_label=case.get_state_display(),
        outcome=case.outcome,
        revision=case.revision,
        due_on=case.due_on,
        due_provisional=case.due_provisional,
        legal_due_on=case.legal_due_on,
    )


def _opened(case: Case) -> HttpResponse:
    return HttpResponse(
        _standing(case).model_dump_json().encode(),
        status=201,
        content_type=JSON,
        headers={"Location": f"/api/v1/cases/{case.pk}"},
    )


def _draft_out(view: queries.DraftView) -> DraftOut:
    return DraftOut(
        id=view.id,
        service_id=view.service_id,
        service=view.service,
        agency=view.agency,
        saved_at=view.saved_at,
        form=view.form.schema,
        answers=view.answers,
        materials=[
            DraftMaterialOut(
                position=task.material.position,
                name=task.material.text("name"),
                necessity=task.material.necessity,
                uploads=[DraftUploadOut.model_validate(upload) for upload in task.uploads],
            )
            for task in view.materials
        ],
    )


@operation(
    drafts,
    "GET",
    "/drafts",
    access=Access.SIGNED_IN,
    decided_by=queries.my_drafts,
    summary="Applications I began",
    answer=DraftListOut,
)
def list_drafts(request: HttpRequest) -> DraftListOut:
    """The applications begun in this hat, last saved first; at most 50."""
    return DraftListOut.model_validate({"items": queries.my_drafts(actor_of(request))})


@operation(
    drafts,
    "POST",
    "/drafts",
    access=Access.SIGNED_IN,
    decided_by=actions.start_draft,
    summary="Begin an application",
    answer=DraftOut,
    status=201,
    refusals=(404,),
    body=JSON,
)
def start_draft(request: HttpRequest, body: DraftStart) -> DraftOut:
    """The draft for this service: the one left unfinished in this hat, or a new one."""
    actor = actor_of(request)
    draft = actions.start_draft(actor, body.service, timezone.now())
    return _draft_out(queries.draft_view(actor, draft.pk))


@operation(
    drafts,
    "GET",
    "/drafts/{draft_id}",
    access=Access.SIGNED_IN,
    decided_by=queries.draft_view,
    summary="One draft, with its form",
    answer=DraftOut,
    refusals=(404,),
)
def read_draft(request: HttpRequest, draft_id: Id) -> DraftOut:
    return _draft_out(queries.draft_view(actor_of(request), draft_id))


@operation(
    drafts,
    "PATCH",
    "/drafts/{draft_id}/answers",
    access=Access.SIGNED_IN,
    decided_by=actions.save_draft,
    summary="Save answers",
    status=204,
    refusals=(404,),
    body=JSON,
    place=_place,
)
def save_answers(request: HttpRequest, draft_id: Id, body: AnswersIn) -> None:
    """Add these answers to the draft. They are judged when it is submitted; only names are checked here."""
    actions.save_draft(actor_of(request), draft_id, body.answers)


@operation(
    drafts,
    "POST",
    "/drafts/{draft_id}/materials/{position}",
    access=Access.SIGNED_IN,
    decided_by=actions.attach,
    summary="Hand in an upload as a material",
    status=204,
    refusals=(404,),
    body=JSON,
    place=lambda name: {"parameter": "position"} if name.startswith("materials.") else {"pointer": f"#/{name}"},
)
def attach_upload(request: HttpRequest, draft_id: Id, position: Position, body: AttachIn) -> None:
    actions.attach(actor_of(request), draft_id, position, body.upload)


@operation(
    drafts,
    "DELETE",
    "/drafts/{draft_id}/materials/{position}/{upload_id}",
    access=Access.SIGNED_IN,
    decided_by=actions.detach,
    summary="Take an upload out of a draft",
    status=204,
    refusals=(404,),
)
def detach_upload(request: HttpRequest, draft_id: Id, position: Position, upload_id: Id) -> None:
    actions.detach(actor_of(request), draft_id, position, upload_id)


@operation(
    drafts,
    "POST",
    "/drafts/{draft_id}/submit",
    access=Access.SIGNED_IN,
    decided_by=actions.submit_draft,
    summary="Submit a draft",
    answer=CaseStatusOut,
    status=201,
    refusals=(404, 409),
    place=_place,
    located=True,
)
def submit_draft(request: HttpRequest, draft_id: Id) -> HttpResponse:
    """Make the draft a case. Submitting it again gives the same case."""
    return _opened(actions.submit_draft(actor_of(request), draft_id, timezone.now()))


@operation(
    drafts,
    "DELETE",
    "/drafts/{draft_id}",
    access=Access.SIGNED_IN,
    decided_by=actions.discard_draft,
    summary="Throw a draft away",
    status=204,
    refusals=(404,),
)
def discard_draft(request: HttpRequest, draft_id: Id) -> None:
    actions.discard_draft(actor_of(request), draft_id)


@operation(
    drafts,
    "POST",
    "/uploads",
    access=Access.SIGNED_IN,
    decided_by=actions.upload,
    summary="Upload a file",
    answer=UploadOut,
    status=201,
    body=MULTIPART,
)
def upload_file(request: HttpRequest, file: Annotated[UploadedFile, File()]) -> UploadOut:
    """Keep a file (PDF, PNG, JPEG, DOCX, XLSX or OFD, at most 10 MB) to hand it in with an application.

    What it is, is told from its content.
    """
    kept = actions.upload(actor_of(request), file.name or "", file.read())
    return UploadOut(id=kept.pk, name=kept.file_name, media_type=kept.media_type, size=kept.size)


@operation(
    drafts,
    "POST",
    "/applications",
    access=Access.SIGNED_IN,
    decided_by=actions.submit_application,
    summary="Apply in one step",
    answer=CaseStatusOut,
    status=201,
    refusals=(404,),
    body=JSON,
    place=_place,
    located=True,
)
def apply(request: HttpRequest, body: ApplicationIn) -> HttpResponse:
    """Submit an application without a draft. Send an Idempotency-Key, so that a repetition is one case."""
    case = actions.submit_application(
        actor_of(request), body.service, body.answers, _positions(body.uploads), timezone.now()
    )
    return _opened(case)


# --- reading --------------------------------------------------------------------------------------------------------


class CaseRowOut(Outgoing):
    id: UUID
    number: str
    service: str
    applicant: str
    agency: str
    state: str
    state_label: str
    outcome: str
    submitted_at: datetime
    due_on: date | None
    due_provisional: bool
    light: Light | None
    working_days_left: int | None


class SummaryRowOut(Outgoing):
    field: str
    label: str
    value: list[str]


class SummaryGroupOut(Outgoing):
    id: str
    title: str
    rows: list[SummaryRowOut]


class EventOut(Outgoing):
    action: str
    label: str
    state_label: str
    at: datetime
    who: str
    reason: str
    document: str


class EventListOut(Outgoing):
    items: list[EventOut]


class DocumentRowOut(Outgoing):
    id: UUID
    kind: str
    label: str
    number: str
    issued_at: datetime


class DocumentListOut(Outgoing):
    items: list[DocumentRowOut]


class DocumentOut(Outgoing):
    """A written act as it was issued: its texts in Chinese (`zh`) and English (`en`)."""

    id: UUID
    case_id: UUID
    case_number: str
    kind: str
    number: str
    issued_at: datetime
    texts: dict[str, dict[str, str]]


class CaseMaterialOut(Outgoing):
    id: int
    position: int
    name: str
    file_name: str
    media_type: str
    size: int
    added_at: datetime


class CountedDayOut(Outgoing):
    date: date
    counted: bool
    why: str
    note: str
    number: int


class ClockOut(Outgoing):
    """The limit that runs, and day by day why it ends when it does."""

    start: date
    due: date
    provisional: bool
    days: list[CountedDayOut]


class CaseOut(Outgoing):
    """Everything on a case that this actor may see, and what they may do with it now."""

    case: CaseRowOut
    revision: int
    service_id: UUID
    agency_id: UUID
    region: str
    accepted_at: datetime | None
    decided_at: datetime | None
    legal_due_on: date | None
    clock: ClockOut | None
    answers: list[SummaryGroupOut]
    events: list[EventOut]
    documents: list[DocumentRowOut]
    materials: list[CaseMaterialOut]
    actions: list[str]
    what_next: str


class InboxCountsOut(Outgoing):
    open: int
    late: int
    due_today: int
    waiting_for_applicant: int
    by_state: dict[str, int]


def _known_state(state: str) -> str:
    if state and state not in CaseState.values:
        raise ValueError("not a state")
    return state


CasePageOut = PageOf[CaseRowOut]
StateFilter = Annotated[
    str,
    AfterValidator(_known_state),
    WithJsonSchema(
        {"type": "string", "enum": ["", *CaseState.values], "description": "One state; empty for all open."}
    ),
]

CaseNumber = Annotated[
    str,
    Field(
        pattern=r"^[0-9A-Za-z-]{22,40}$",
        examples=["450700-20261121-0000012-I"],
        description="The case number with its check character, hyphens as one likes.",
    ),
]
RowId = Annotated[int, Field(ge=1, le=2**63 - 1), PlainNumber]


def _case_out(view: queries.CaseView) -> CaseOut:
    same = CaseOut.model_fields.keys() - {"case", "answers"}
    values: dict[str, Any] = {name: getattr(view, name) for name in same}
    return CaseOut.model_validate({**values, "case": view.row, "answers": view.summary})


@operation(
    cases,
    "GET",
    "/cases",
    access=Access.SIGNED_IN,
    decided_by=queries.my_cases,
    summary="My cases",
    answer=CasePageOut,
)
def list_cases(request: HttpRequest, cursor: CursorText = "", limit: Limit = USUAL) -> HttpResponse:
    """The applicant's own cases in the present hat, newest first."""
    after = decode_cursor(cursor, queries.Cursor.parse)
    page = queries.my_cases(actor_of(request), timezone.localdate(), after, limit)
    return page_answer(request, CasePageOut, page.rows, page.next)


@operation(
    cases,
    "GET",
    "/inbox",
    access=Access.SIGNED_IN,
    decided_by=queries.inbox,
    summary="The officer's inbox",
    answer=CasePageOut,
)
def list_inbox(
    request: HttpRequest,
    state: StateFilter = "",
    late: Flag = False,  # noqa: FBT002 - a query parameter
    due_today: Flag = False,  # noqa: FBT002 - a query parameter
    q: Line = "",
    cursor: CursorText = "",
    limit: Limit = USUAL,
) -> HttpResponse:
    """Open cases of the officer's agency, what is due first on top; `q` is a case number or a name's beginning."""
    after = decode_cursor(cursor, queries.Cursor.parse)
    wanted = queries.InboxFilter(state=state, late=late, due_today=due_today, text=q)
    page = queries.inbox(actor_of(request), timezone.localdate(), wanted, after, limit)
    return page_answer(request, CasePageOut, page.rows, page.next)


@operation(
    cases,
    "GET",
    "/inbox/counts",
    access=Access.SIGNED_IN,
    decided_by=queries.inbox_counts,
    summary="What the inbox holds",
    answer=InboxCountsOut,
)
def read_inbox_counts(request: HttpRequest) -> InboxCountsOut:
    return InboxCountsOut.model_validate(queries.inbox_counts(actor_of(request), timezone.localdate()))


@operation(
    cases,
    "GET",
    "/cases/{case_id}",
    access=Access.SIGNED_IN,
    decided_by=queries.case_view,
    summary="One case, with everything on it",
    answer=CaseOut,
    refusals=(404,),
)
def read_case(request: HttpRequest, case_id: Id) -> CaseOut:
    return _case_out(queries.case_view(actor_of(request), case_id, timezone.localdate()))


@operation(
    cases,
    "GET",
    "/cases/by-number/{number}",
    access=Access.SIGNED_IN,
    decided_by=queries.case_by_number,
    summary="The case of a number",
    answer=CaseOut,
    refusals=(404,),
)
def read_case_by_number(request: HttpRequest, number: CaseNumber) -> CaseOut:
    """A number whose check character does not hold is refused before anything is looked for."""
    if read_case_number(number) is None:
        raise InvalidError({"number": [_("The check character does not hold; check the number letter by letter.")]})
    return _case_out(queries.case_by_number(actor_of(request), number, timezone.localdate()))


@operation(
    cases,
    "GET",
    "/cases/{case_id}/events",
    access=Access.SIGNED_IN,
    decided_by=queries.case_view,
    summary="What happened to a case",
    answer=EventListOut,
    refusals=(404,),
)
def list_events(request: HttpRequest, case_id: Id) -> EventListOut:
    view = queries.case_view(actor_of(request), case_id, timezone.localdate())
    return EventListOut.model_validate({"items": view.events})


@operation(
    cases,
    "GET",
    "/cases/{case_id}/documents",
    access=Access.SIGNED_IN,
    decided_by=queries.case_view,
    summary="The written acts of a case",
    answer=DocumentListOut,
    refusals=(404,),
)
def list_documents(request: HttpRequest, case_id: Id) -> DocumentListOut:
    view = queries.case_view(actor_of(request), case_id, timezone.localdate())
    return DocumentListOut.model_validate({"items": view.documents})


@operation(
    cases,
    "GET",
    "/documents/{document_id}",
    access=Access.SIGNED_IN,
    decided_by=queries.document_view,
    summary="A written act",
    answer=DocumentOut,
    refusals=(404,),
)
def read_document(request: HttpRequest, document_id: Id) -> DocumentOut:
    return DocumentOut.model_validate(queries.document_view(actor_of(request), document_id))


@operation(
    cases,
    "GET",
    "/documents/{document_id}/pdf",
    access=Access.SIGNED_IN,
    decided_by=queries.document_view,
    summary="A written act as PDF/A",
    refusals=(404,),
    media_type=PDF,
)
def read_document_pdf(request: HttpRequest, document_id: Id) -> HttpResponse:
    """The act in the language asked for (Accept-Language), as PDF/A-2b; the same bytes every time."""
    view = queries.document_view(actor_of(request), document_id)
    language = "en" if (get_language() or "").startswith("en") else "zh"
    return _file(pdf.render(view.texts[language], language, view.issued_at), PDF, f"{view.number}.pdf")


@operation(
    cases,
    "GET",
    "/materials/{material_id}/content",
    access=Access.SIGNED_IN,
    decided_by=queries.material_file,
    summary="The content of a material",
    refusals=(404,),
    media_type="application/octet-stream",
)
def read_material(request: HttpRequest, material_id: RowId) -> HttpResponse:
    """The file as it was handed in, for download. Its own media type stands in the case's list of materials."""
    found = queries.material_file(actor_of(request), material_id)
    return _file(found.data, "application/octet-stream", found.name)


def _file(data: bytes, media_type: str, name: str) -> HttpResponse:
    disposition = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return HttpResponse(data, content_type=media_type, headers={"Content-Disposition": disposition})


# --- steps ----------------------------------------------------------------------------------------------------------


# Something that is neither blank nor NUL.
STATED = r"^[^\u0000]*[^\s\u0000][^\u0000]*$"


class StepIn(Incoming):
    revision: Revision


class StepWithReasonIn(StepIn):
    reason: Annotated[Paragraphs, Field(min_length=1, pattern=STATED)]


class StepMaybeReasonIn(StepIn):
    reason: Paragraphs = ""


_DENIAL_NEEDS_REASON: JsonDict = {
    "if": {"properties": {"outcome": {"const": Outcome.DENIED.value}}},
    "then": {"required": ["reason"], "properties": {"reason": {"pattern": STATED}}},
}


class DecisionIn(StepIn):
    model_config = ConfigDict(json_schema_extra=_DENIAL_NEEDS_REASON)

    outcome: Outcome
    reason: Annotated[Paragraphs, Field(description="Needed for a denial.")] = ""


class SupplementIn(StepIn):
    answers: Json = Field(default_factory=dict)
    uploads: Uploads = Field(default_factory=dict)


def _step(name: str, action: Callable[..., Case], summary: str, place: Place | None = None) -> Callable[[View], View]:
    return operation(
        steps,
        "POST",
        f"/cases/{{case_id}}/{name}",
        access=Access.SIGNED_IN,
        decided_by=action,
        summary=summary,
        answer=CaseStatusOut,
        refusals=(404, 409),
        body=JSON,
        place=place,
    )


@_step("receive", actions.receive, "Receive (收件)")
def receive(request: HttpRequest, case_id: Id, body: StepIn) -> CaseStatusOut:
    """An officer takes the application in hand. It is not yet accepted."""
    return _standing(actions.receive(actor_of(request), case_id, body.revision, timezone.now()))


@_step("accept", actions.accept, "Accept (受理)")
def accept(request: HttpRequest, case_id: Id, body: StepIn) -> CaseStatusOut:
    """Complete and in lawful form: the clock of the decision starts (行政许可法 art 32(5), 42)."""
    return _standing(actions.accept(actor_of(request), case_id, body.revision, timezone.now()))


@_step("refuse-acceptance", actions.refuse_acceptance, "Refuse acceptance (不予受理)")
def refuse_acceptance(request: HttpRequest, case_id: Id, body: StepWithReasonIn) -> CaseStatusOut:
    """Not competent, or nothing that needs a licence; with the reason (art 32(1)(2))."""
    return _standing(actions.refuse_acceptance(actor_of(request), case_id, body.revision, timezone.now(), body.reason))


@_step("return-for-correction", actions.return_for_correction, "Return for correction (补正)")
def return_for_correction(request: HttpRequest, case_id: Id, body: StepWithReasonIn) -> CaseStatusOut:
    """Tell once everything that must be supplemented (art 32(4)); only before acceptance."""
    return _standing(
        actions.return_for_correction(actor_of(request), case_id, body.revision, timezone.now(), body.reason)
    )


@_step("decide", actions.decide, "Decide (决定)")
def decide(request: HttpRequest, case_id: Id, body: DecisionIn) -> CaseStatusOut:
    """Grant or deny. A denial states its reason (art 38)."""
    return _standing(
        actions.decide(actor_of(request), case_id, body.revision, timezone.now(), body.outcome, body.reason)
    )


@_step("deliver", actions.deliver, "Deliver and close (送达、办结)")
def deliver(request: HttpRequest, case_id: Id, body: StepIn) -> CaseStatusOut:
    """The result has reached the applicant (art 44)."""
    return _standing(actions.deliver(actor_of(request), case_id, body.revision, timezone.now()))


@_step("supplement", actions.supplement, "Send the correction", place=_place_in_supplement)
def supplement(request: HttpRequest, case_id: Id, body: SupplementIn) -> CaseStatusOut:
    """The applicant's corrected answers and further files; the five days of art 32(4) start again."""
    uploads = _positions(body.uploads)
    return _standing(
        actions.supplement(actor_of(request), case_id, body.revision, timezone.now(), body.answers, uploads)
    )


@_step("withdraw", actions.withdraw, "Withdraw (撤回)")
def withdraw(request: HttpRequest, case_id: Id, body: StepMaybeReasonIn) -> CaseStatusOut:
    """The applicant takes the application back before a decision."""
    return _standing(actions.withdraw(actor_of(request), case_id, body.revision, timezone.now(), body.reason))
