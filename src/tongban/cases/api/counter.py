"""Windows: who was seen, what is taken in for them, numbers and appointments of the hall."""

from datetime import date, datetime, time
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import File, Path, Router, UploadedFile
from pydantic import Field

from tongban.cases import actions, queries
from tongban.cases.actions import counter
from tongban.cases.api.applying import MULTIPART, ApplicationIn, UploadOut, opened, uploaded
from tongban.cases.api.common import (
    JSON,
    CaseStatusOut,
    choice_in,
    place_in_application,
    place_in_supplement,
    positions,
    standing,
)
from tongban.cases.api.reading import CaseOut, CasePageOut, case_out
from tongban.cases.api.steps import StepMaybeReasonIn, SupplementIn
from tongban.cases.queueing import Hours
from tongban.foundation.ids import uuid7
from tongban.foundation.rest.operations import Access, operation
from tongban.foundation.rest.pages import USUAL, CursorText, Limit, decode_cursor, page_answer
from tongban.foundation.rest.schemas import Day, Id, Incoming, Line, Outgoing
from tongban.identity.counter import Shown, at_desk, end_check
from tongban.identity.middleware import actor_of
from tongban.identity.models import IdentityCheck
from tongban.identity.papers import CHINA
from tongban.identity.powers import Power, Represented

router = Router(tags=["Windows"])

Ending = Annotated[str, Path(pattern="^(served|missed)$")]
Clock = Annotated[str, Field(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["09:30"])]


class RepresentedIn(Incoming):
    """For whom somebody comes, as that one's document says."""

    document: IdentityCheck.Document
    name: Line
    id_number: Line
    country: Annotated[Line, Field(description="That issued a passport: three letters.")] = ""


class PowerIn(Incoming):
    """A written power of attorney (授权委托书, Civil Code art. 165), as it says."""

    scan: Annotated[Id, Field(description="Of POST /written-powers.")]
    matters: Annotated[Line, Field(description="What it lets the agent do.")]
    last_day: Day


class ShownIn(Incoming):
    """What somebody shows at a window."""

    document: IdentityCheck.Document
    name: Line
    id_number: Line
    phone: Annotated[Line, Field(description="For who is not known here yet.")] = ""
    credit_code: Annotated[Line, Field(description="Of the organisation they come for.")] = ""
    country: Annotated[Line, Field(description="That issued a passport: three letters.")] = ""
    code: Annotated[Line, Field(description="Of the visit they announced, if they did.")] = ""
    represented: Annotated[RepresentedIn | None, Field(description="The other person they come for.")] = None
    power: Annotated[
        PowerIn | None, Field(description="Needed where neither guardianship nor delegation is known here.")
    ] = None


class CheckOut(Outgoing):
    """It holds today, for this post, until it is ended."""

    id: UUID
    made_at: datetime


class CounterApplicationIn(ApplicationIn):
    check: Annotated[Id, Field(description="Of POST /identity-checks, of today.")]
    ticket: Annotated[Id | None, Field(description="The number that was called, if any.")] = None


class TicketIn(Incoming):
    name: Annotated[str, Field(max_length=60, pattern=r"^[^\u0000]*$")] = ""
    service: Id | None = None


class NextIn(Incoming):
    seen: Annotated[Id | None, Field(description="Whom this post was serving; they count as served.")] = None


class AppointmentIn(Incoming):
    service: Id
    day: Day
    starts_at: Clock


class HoursIn(Incoming):
    opens_at: Clock
    closes_at: Clock
    slot_minutes: Annotated[int, Field(strict=True, ge=1, le=counter.MAX_SLOT_MINUTES)]
    places: Annotated[int, Field(strict=True, ge=1, le=counter.MAX_PLACES, description="Appointments in each slot.")]


class HoursOut(Outgoing):
    opens_at: time
    closes_at: time
    slot_minutes: int
    places: int


class TicketOut(Outgoing):
    """A number: A for one drawn in the hall, Y for an appointment (预约)."""

    id: UUID
    label: str
    day: date
    starts_at: time | None
    service: str
    agency: str
    address: str
    state: str
    state_label: str


class TicketListOut(Outgoing):
    items: list[TicketOut]


class CalledOut(Outgoing):
    """Who was called; null where nobody waits."""

    ticket: TicketOut | None


class SlotsOut(Outgoing):
    service_id: UUID
    service: str
    agency: str
    address: str
    day: date
    free: list[time]


def _place_of_shown(name: str) -> dict[str, str]:
    for start, part in (("for_", "represented"), ("power_", "power")):
        if name.startswith(start):
            return {"pointer": f"#/{part}/{name.removeprefix(start)}"}
    return {"pointer": f"#/{name}"}


@operation(
    router,
    "POST",
    "/identity-checks",
    access=Access.SIGNED_IN,
    decided_by=actions.check_at_window,
    summary="Record that one saw who somebody is",
    answer=CheckOut,
    status=201,
    body=JSON,
    place=_place_of_shown,
)
def check_identity(request: HttpRequest, body: ShownIn) -> CheckOut:
    """By an officer of the one-window counter, or of a window that takes in for agencies elsewhere. Who is unknown here
    is registered.
    """
    given, power = body.represented, body.power
    shown = Shown(
        document=body.document,
        name=body.name,
        id_number=body.id_number,
        phone=body.phone,
        credit_code=body.credit_code,
        country=body.country or CHINA,
        code=body.code,
        represented=Represented(given.document, given.name, given.id_number, given.country or CHINA) if given else None,
        power=Power(power.scan, power.matters, power.last_day) if power else None,
    )
    return CheckOut.model_validate(actions.check_at_window(actor_of(request), shown, timezone.now()))


@operation(
    router,
    "POST",
    "/written-powers",
    access=Access.SIGNED_IN,
    decided_by=actions.keep_power_at_window,
    summary="Keep the scan of a written power of attorney",
    answer=UploadOut,
    status=201,
    body=MULTIPART,
    place=lambda _name: {"pointer": "#/file"},
)
def keep_power(request: HttpRequest, file: Annotated[UploadedFile, File()]) -> UploadOut:
    """As somebody shows it at a window; name it in POST /identity-checks. PDF, PNG or JPEG."""
    kept = actions.keep_power_at_window(actor_of(request), file.name or "", file.read(), timezone.now())
    return uploaded(kept)


@operation(
    router,
    "POST",
    "/identity-checks/{check_id}/uploads",
    access=Access.SIGNED_IN,
    decided_by=actions.keep_paper,
    summary="Keep a scan for who is at the window",
    answer=UploadOut,
    status=201,
    refusals=(404, 409),
    body=MULTIPART,
)
def upload_at_window(request: HttpRequest, check_id: Id, file: Annotated[UploadedFile, File()]) -> UploadOut:
    """As POST /uploads, for the person who was seen."""
    kept = actions.keep_paper(actor_of(request), check_id, file.name or "", file.read(), timezone.now())
    return uploaded(kept)


@operation(
    router,
    "DELETE",
    "/identity-checks/{check_id}",
    access=Access.SIGNED_IN,
    decided_by=end_check,
    summary="The person has left the counter",
    status=204,
)
def end_identity_check(request: HttpRequest, check_id: Id) -> None:
    end_check(actor_of(request), check_id, timezone.now())


def _place_at_counter(name: str) -> dict[str, str]:
    return {"pointer": f"#/{name}"} if name in {"check", "ticket"} else place_in_application(name)


@operation(
    router,
    "POST",
    "/counter/applications",
    access=Access.SIGNED_IN,
    decided_by=counter.apply_at_counter,
    summary="Take in at the one-window counter",
    answer=CaseStatusOut,
    status=201,
    refusals=(404, 409),
    body=JSON,
    place=_place_at_counter,
    located=True,
)
def apply_at_counter(request: HttpRequest, body: CounterApplicationIn) -> HttpResponse:
    """For who is at the desk; every act shows both. Send an Idempotency-Key: a repetition is then one case."""
    now = timezone.now()
    serving = at_desk(actor_of(request), body.check, now)
    uploads, choice = positions(body.uploads), choice_in(body)
    case = counter.apply_at_counter(serving, body.service, body.answers, uploads, now, choice, body.ticket)
    return opened(request, case)


@operation(
    router,
    "GET",
    "/identity-checks/{check_id}/cases",
    access=Access.SIGNED_IN,
    decided_by=queries.my_cases,
    summary="What who is at the desk has applied for",
    answer=CasePageOut,
    refusals=(404, 409),
)
def list_cases_at_desk(
    request: HttpRequest, check_id: Id, cursor: CursorText = "", limit: Limit = USUAL
) -> HttpResponse:
    """Newest first; those they may see for whom they come for."""
    serving = at_desk(actor_of(request), check_id, timezone.now())
    after = decode_cursor(cursor, queries.Cursor.parse)
    page = queries.my_cases(serving, timezone.localdate(), after, limit)
    return page_answer(request, CasePageOut, page.rows, page.next)


@operation(
    router,
    "GET",
    "/identity-checks/{check_id}/cases/{case_id}",
    access=Access.SIGNED_IN,
    decided_by=queries.case_view,
    summary="One of them, with what they may do",
    answer=CaseOut,
    refusals=(404, 409),
)
def read_case_at_desk(request: HttpRequest, check_id: Id, case_id: Id) -> CaseOut:
    serving = at_desk(actor_of(request), check_id, timezone.now())
    return case_out(queries.case_view(serving, case_id, timezone.localdate()))


@operation(
    router,
    "POST",
    "/identity-checks/{check_id}/cases/{case_id}/supplement",
    access=Access.SIGNED_IN,
    decided_by=actions.supplement,
    summary="Send a correction at the counter",
    answer=CaseStatusOut,
    refusals=(404, 409),
    body=JSON,
    place=place_in_supplement,
)
def supplement_at_desk(request: HttpRequest, check_id: Id, case_id: Id, body: SupplementIn) -> CaseStatusOut:
    """As POST /cases/{case_id}/supplement, for who is at the desk; scans come by POST /identity-checks/{id}/uploads."""
    now = timezone.now()
    serving, uploads = at_desk(actor_of(request), check_id, now), positions(body.uploads)
    return standing(request, actions.supplement(serving, case_id, body.revision, now, body.answers, uploads))


@operation(
    router,
    "POST",
    "/identity-checks/{check_id}/cases/{case_id}/withdraw",
    access=Access.SIGNED_IN,
    decided_by=actions.withdraw,
    summary="Take an application back at the counter",
    answer=CaseStatusOut,
    refusals=(404, 409),
    body=JSON,
)
def withdraw_at_desk(request: HttpRequest, check_id: Id, case_id: Id, body: StepMaybeReasonIn) -> CaseStatusOut:
    """As POST /cases/{case_id}/withdraw, for who is at the desk."""
    now = timezone.now()
    return standing(
        request, actions.withdraw(at_desk(actor_of(request), check_id, now), case_id, body.revision, now, body.reason)
    )


# --- the hall -------------------------------------------------------------------------------------------------------


@operation(
    router,
    "GET",
    "/hall",
    access=Access.SIGNED_IN,
    decided_by=queries.hall,
    summary="Today's numbers at one's hall",
    answer=TicketListOut,
)
def read_hall(request: HttpRequest) -> TicketListOut:
    """Those that wait or are being served, in order."""
    return TicketListOut.model_validate({"items": queries.hall(actor_of(request), timezone.now())})


@operation(
    router,
    "POST",
    "/hall/tickets",
    access=Access.SIGNED_IN,
    decided_by=counter.draw_number,
    summary="Draw a number for who comes",
    answer=TicketOut,
    status=201,
    body=JSON,
)
def draw_number(request: HttpRequest, body: TicketIn) -> TicketOut:
    actor = actor_of(request)
    drawn = counter.draw_number(actor, uuid7(), timezone.now(), name=body.name, service_id=body.service)
    return TicketOut.model_validate(queries.ticket(actor, drawn.pk))


@operation(
    router,
    "POST",
    "/hall/next",
    access=Access.SIGNED_IN,
    decided_by=counter.call_next,
    summary="Call who is next",
    answer=CalledOut,
    body=JSON,
)
def call_next(request: HttpRequest, body: NextIn) -> CalledOut:
    actor = actor_of(request)
    called = counter.call_next(actor, timezone.now(), body.seen)
    return CalledOut.model_validate({"ticket": queries.ticket(actor, called.pk) if called else None})


@operation(
    router,
    "POST",
    "/hall/tickets/{ticket_id}/{ending}",
    access=Access.SIGNED_IN,
    decided_by=counter.finish_ticket,
    summary="Say how a number ended",
    answer=TicketOut,
    refusals=(404, 409),
)
def finish_ticket(request: HttpRequest, ticket_id: Id, ending: Ending) -> TicketOut:
    """`served`, or `missed` where nobody came."""
    actor = actor_of(request)
    ended = counter.finish_ticket(actor, ticket_id, came=ending == "served")
    return TicketOut.model_validate(queries.ticket(actor, ended.pk))


@operation(
    router,
    "GET",
    "/hall/hours",
    access=Access.SIGNED_IN,
    decided_by=queries.hall_hours,
    summary="When one's hall is open",
    answer=HoursOut,
)
def read_hours(request: HttpRequest) -> HoursOut:
    return HoursOut.model_validate(queries.hall_hours(actor_of(request)))


@operation(
    router,
    "PUT",
    "/hall/hours",
    access=Access.SIGNED_IN,
    decided_by=counter.set_hours,
    summary="Say when one's hall is open",
    answer=HoursOut,
    body=JSON,
)
def set_hours(request: HttpRequest, body: HoursIn) -> HoursOut:
    """By the head of the agency; what is booked already stays."""
    opens_at, closes_at = time.fromisoformat(body.opens_at), time.fromisoformat(body.closes_at)
    actor = actor_of(request)
    counter.set_hours(actor, Hours(opens_at, closes_at, body.slot_minutes, body.places))
    return HoursOut.model_validate(queries.hall_hours(actor))


@operation(
    router,
    "GET",
    "/services/{service_id}/slots",
    access=Access.SIGNED_IN,
    decided_by=queries.appointment_slots,
    summary="Free times of a day at the hall of a service",
    answer=SlotsOut,
    refusals=(404,),
)
def list_slots(request: HttpRequest, service_id: Id, day: Day) -> SlotsOut:
    return SlotsOut.model_validate(queries.appointment_slots(actor_of(request), service_id, day, timezone.now()))


@operation(
    router,
    "GET",
    "/appointments",
    access=Access.SIGNED_IN,
    decided_by=queries.my_appointments,
    summary="My appointments",
    answer=TicketListOut,
)
def list_appointments(request: HttpRequest) -> TicketListOut:
    """From today on, soonest first."""
    return TicketListOut.model_validate({"items": queries.my_appointments(actor_of(request), timezone.localdate())})


@operation(
    router,
    "POST",
    "/appointments",
    access=Access.SIGNED_IN,
    decided_by=counter.book_appointment,
    summary="Make an appointment (预约)",
    answer=TicketOut,
    status=201,
    refusals=(409,),
    body=JSON,
)
def book_appointment(request: HttpRequest, body: AppointmentIn) -> TicketOut:
    """A working day, at most 30 days ahead, and a free time of it; at most three at one hall."""
    actor, starts_at = actor_of(request), time.fromisoformat(body.starts_at)
    booked = counter.book_appointment(actor, body.service, body.day, starts_at, uuid7(), timezone.now())
    return TicketOut.model_validate(queries.ticket(actor, booked.pk))


@operation(
    router,
    "DELETE",
    "/appointments/{ticket_id}",
    access=Access.SIGNED_IN,
    decided_by=counter.cancel_appointment,
    summary="Cancel an appointment",
    status=204,
    refusals=(404, 409),
)
def cancel_appointment(request: HttpRequest, ticket_id: Id) -> None:
    counter.cancel_appointment(actor_of(request), ticket_id)
