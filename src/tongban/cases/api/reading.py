"""Cases, the inbox, written acts and materials."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from ninja import Router
from pydantic import AfterValidator, Field, WithJsonSchema

from tongban.cases import actions, pdf, queries
from tongban.cases.api.common import PersonalDataIn
from tongban.cases.models import CaseState, Mode
from tongban.cases.rules import Light, read_case_number
from tongban.foundation.errors import InvalidError
from tongban.foundation.rest.operations import Access, operation
from tongban.foundation.rest.pages import USUAL, CursorText, Limit, decode_cursor, page_answer
from tongban.foundation.rest.schemas import (
    Flag,
    Id,
    Line,
    Outgoing,
    PageOf,
    PlainNumber,
)
from tongban.identity.middleware import actor_of

PDF = "application/pdf"

router = Router(tags=["Cases"])


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


class DutyOut(Outgoing):
    """Agencies: who received the application, who decides it, who is liable for this step."""

    received: str
    decides: str
    liable: str


class JointPartOut(Outgoing):
    agency_id: UUID
    agency: str
    question: str
    asked_at: datetime
    answer: str
    answered_at: datetime | None


class AcrossOut(Outgoing):
    """What crossing regions adds to a case; who answers for which step stands with the events."""

    mode: Mode
    mode_label: str
    place: Annotated[str, Field(description="Where the applicant is.")]
    receiving: str
    competent: str
    received_at: datetime
    has_originals: bool
    forwarded_at: datetime | None
    dispatch: str
    acknowledged_at: datetime | None
    returned_at: datetime | None
    return_dispatch: str
    parts: list[JointPartOut]
    deeds: Annotated[list[str], Field(description="Steps of the hand-over that the actor may take now.")]
    stands: str


class EventOut(Outgoing):
    action: str
    label: str
    state_label: str
    at: datetime
    who: str
    reason: str
    document: str
    duty: DutyOut | None


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
    legal_due_provisional: bool
    clock: ClockOut | None
    answers: list[SummaryGroupOut]
    events: list[EventOut]
    documents: list[DocumentRowOut]
    materials: list[CaseMaterialOut]
    actions: list[str]
    what_next: str
    across: AcrossOut | None


class InboxCountsOut(Outgoing):
    open: int
    late: int
    due_today: int
    waiting_for_applicant: int
    by_state: dict[str, int]
    mine: int
    nobodys: int
    waiting: int


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


def _known_whose(whose: str) -> str:
    if whose not in {"", "mine", "nobody"}:
        raise ValueError("not whose")
    return whose


WhoseFilter = Annotated[
    str,
    AfterValidator(_known_whose),
    WithJsonSchema(
        {"type": "string", "enum": ["", "mine", "nobody"], "description": "Of one's own post, or of nobody yet."}
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


def case_out(view: queries.CaseView) -> CaseOut:
    same = CaseOut.model_fields.keys() - {"case", "answers"}
    values: dict[str, Any] = {name: getattr(view, name) for name in same}
    return CaseOut.model_validate({**values, "case": view.row, "answers": view.summary})


@operation(
    router,
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
    router,
    "GET",
    "/inbox",
    access=Access.SIGNED_IN,
    decided_by=queries.inbox,
    summary="The officer's inbox",
    answer=CasePageOut,
)
def list_inbox(  # noqa: PLR0913, PLR0917 - each is a query parameter
    request: HttpRequest,
    state: StateFilter = "",
    late: Flag = False,  # noqa: FBT002 - a query parameter
    due_today: Flag = False,  # noqa: FBT002 - a query parameter
    whose: WhoseFilter = "",
    waiting: Flag = False,  # noqa: FBT002 - a query parameter
    q: Line = "",
    cursor: CursorText = "",
    limit: Limit = USUAL,
) -> HttpResponse:
    """Open cases of the officer's agency, what is due first on top; `q` is a case number or a name's beginning."""
    after = decode_cursor(cursor, queries.Cursor.parse)
    wanted = queries.InboxFilter(state, late, due_today, text=q, whose=whose, waiting=waiting)
    page = queries.inbox(actor_of(request), timezone.localdate(), wanted, after, limit)
    return page_answer(request, CasePageOut, page.rows, page.next)


@operation(
    router,
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
    router,
    "GET",
    "/cases/{case_id}",
    access=Access.SIGNED_IN,
    decided_by=queries.case_view,
    summary="One case, with everything on it",
    answer=CaseOut,
    refusals=(404,),
)
def read_case(request: HttpRequest, case_id: Id) -> CaseOut:
    return case_out(queries.case_view(actor_of(request), case_id, timezone.localdate()))


@operation(
    router,
    "POST",
    "/cases/{case_id}/personal-data",
    access=Access.SIGNED_IN,
    decided_by=actions.show_personal_data,
    summary="One case, with personal data in full",
    answer=CaseOut,
    refusals=(404,),
    body="application/json",
    idempotent=False,
)
def show_personal_data(request: HttpRequest, case_id: Id, body: PersonalDataIn) -> CaseOut:
    """Officers read numbers, telephones and addresses masked; here in full, once. It is recorded for the person."""
    actor = actor_of(request)
    shown = actions.show_personal_data(actor, case_id, body.purpose, body.reason, timezone.now())
    return case_out(queries.case_view(actor, case_id, timezone.localdate(), shown))


@operation(
    router,
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
    return case_out(queries.case_by_number(actor_of(request), number, timezone.localdate()))


@operation(
    router,
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
    router,
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
    router,
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
    router,
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
    router,
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
