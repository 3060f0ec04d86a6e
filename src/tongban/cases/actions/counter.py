"""The hall: appointments, numbers, who is called; and taking an application in at the one-window counter (综合窗口)."""

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.cases.actions.applying import submit_application, submit_draft
from tongban.cases.actions.checking import Positions
from tongban.cases.models import Case, CounterCase, HallSetting, QueueCounter, QueueTicket
from tongban.cases.queueing import Hours, InLine, free_slots, next_in_line
from tongban.cases.relations import OUTSIDE, applicant, item_of
from tongban.cases.ways import ORDINARY, Choice
from tongban.foundation.calendars import calendar_in_force
from tongban.foundation.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from tongban.foundation.ledger import append
from tongban.government.models import Agency
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation, require
from tongban.identity.mandates import Deed
from tongban.items.models import Service

BOOKED_AHEAD = timedelta(days=30)
MAX_BOOKED = 3
_MAX_NAME = 60
MAX_SLOT_MINUTES = 240
MAX_PLACES = 50


def hours_of(agency_id: uuid.UUID) -> Hours:
    """When the agency's hall is open; the usual hours where it set none."""
    found = HallSetting.objects.filter(pk=agency_id).first() or HallSetting()
    return Hours(found.opens_at, found.closes_at, found.slot_minutes, found.places)


def set_hours(actor: Actor, hours: Hours) -> HallSetting:
    """When the hall of the actor's agency is open, and how many appointments it takes.

    Raises:
        InvalidError: under `opens_at`, `closes_at`, `slot_minutes` or `places`.
    """
    require(actor, "arrange", "desk", {Relation.OWN_AGENCY} if actor.post else ())
    if actor.post is None:
        raise NotAllowedError
    errors = {}
    if hours.closes_at <= hours.opens_at:
        errors["closes_at"] = [_("The hall closes after it opens.")]
    if not 0 < hours.slot_minutes <= MAX_SLOT_MINUTES:
        errors["slot_minutes"] = [_("From 1 to %(most)d minutes.") % {"most": MAX_SLOT_MINUTES}]
    if not 0 < hours.places <= MAX_PLACES:
        errors["places"] = [_("From 1 to %(most)d places.") % {"most": MAX_PLACES}]
    if errors:
        raise InvalidError(errors)
    values = {
        "opens_at": hours.opens_at,
        "closes_at": hours.closes_at,
        "slot_minutes": hours.slot_minutes,
        "places": hours.places,
    }
    with transaction.atomic():
        setting, _created = HallSetting.objects.update_or_create(agency_id=actor.post.agency_id, defaults=values)
        append(actor, "set_hours", "agency", actor.post.agency_id, values)
    return setting


def draw_number(
    actor: Actor, token: uuid.UUID, now: datetime, *, name: str = "", service_id: uuid.UUID | None = None
) -> QueueTicket:
    """A number for somebody who came to the hall of the actor's agency; the same token again is the same number.

    Raises:
        InvalidError: under `name` or `service`.
    """
    require(actor, "keep", "queue", {Relation.OWN_AGENCY} if actor.post else ())
    if actor.post is None:
        raise NotAllowedError
    if len(name.strip()) > _MAX_NAME:
        raise InvalidError({"name": [_("At most %(most)d characters.") % {"most": _MAX_NAME}]})
    if service_id and not Service.objects.filter(pk=service_id).exists():
        raise InvalidError({"service": [_("There is no such service.")]})
    place = _Place(actor.post.agency_id, timezone.localdate(now), name=name.strip(), service_id=service_id)
    return _ticket(actor, place, token, now)


def book_appointment(
    actor: Actor, service_id: uuid.UUID, day: date, starts_at: time, token: uuid.UUID, now: datetime
) -> QueueTicket:
    """An applicant's appointment at the hall of the agency of a service.

    Args:
        actor: the applicant, or who acts for it.
        service_id: what they come for; its agency's hall is where.
        day: a working day, today to 30 days ahead.
        starts_at: a free slot of that day.
        token: of the page; the same token again is the same appointment.
        now: the moment.

    Raises:
        InvalidError: under `service`, `day` or `starts_at`.
        ConflictError: the person has three appointments at this hall already.
    """
    require(actor, "book", "queue")
    whose, today = applicant(actor), timezone.localdate(now)
    found = Service.objects.filter(pk=service_id, platform__run_by_us=True).values_list("agency", flat=True).first()
    if found is None:
        raise InvalidError({"service": [_("There is no such service on this platform.")]})
    if not actor.covers_all(Deed.APPLY) and not actor.covers(Deed.APPLY, service_id, item_of(service_id)):
        raise NotAllowedError(OUTSIDE)
    if not today <= day <= today + BOOKED_AHEAD or not calendar_in_force().is_working(day):
        message = _("Choose a working day, at most %(days)d days ahead.") % {"days": BOOKED_AHEAD.days}
        raise InvalidError({"day": [message]})
    known = QueueTicket.objects.filter(token=token).first()
    if known:
        return _mine(known, whose.person_id)
    with transaction.atomic():
        _line(found, day)
        waiting = QueueTicket.objects.filter(agency_id=found, state=QueueTicket.State.WAITING)
        ahead = waiting.filter(person=whose.person_id, day__gte=today)
        if ahead.count() >= MAX_BOOKED:
            raise ConflictError(
                _("You have %(most)d appointments here already. Cancel one first.") % {"most": MAX_BOOKED}
            )
        after = timezone.localtime(now).time() if day == today else None
        if starts_at not in free_slots(hours_of(found), taken_slots(found, day), after):
            raise InvalidError({"starts_at": [_("This time is not free any more. Choose another.")]})
        place = _Place(found, day, whose.person_id, actor.person_name, service_id, starts_at)
        return _ticket(actor, place, token, now)


def taken_slots(agency_id: uuid.UUID, day: date) -> dict[time, int]:
    """How many appointments each slot of a day has."""
    taken: dict[time, int] = {}
    tickets = QueueTicket.objects.filter(agency_id=agency_id, day=day, starts_at__isnull=False)
    for slot in tickets.exclude(state=QueueTicket.State.CANCELLED).values_list("starts_at", flat=True):
        if slot:
            taken[slot] = taken.get(slot, 0) + 1
    return taken


def cancel_appointment(actor: Actor, ticket_id: uuid.UUID) -> QueueTicket:
    """The applicant does not come; cancelling twice is once.

    Raises:
        NotFoundError: it is not the actor's appointment.
        ConflictError: it was called already.
    """
    require(actor, "book", "queue")
    with transaction.atomic():
        whose = applicant(actor)
        mine = QueueTicket.objects.select_for_update(of=("self",)).filter(whose.in_matters(Deed.APPLY), pk=ticket_id)
        ticket = mine.filter(person=whose.person_id).first()
        if ticket is None:
            raise NotFoundError(_("You have no such appointment."))
        if ticket.state == QueueTicket.State.WAITING:
            ticket.state = QueueTicket.State.CANCELLED
            ticket.save(update_fields=["state"])
            append(actor, "cancel_appointment", "queue_ticket", ticket.pk)
        elif ticket.state != QueueTicket.State.CANCELLED:
            raise ConflictError(_("This appointment was called already."))
    return ticket


def _mine(ticket: QueueTicket, person_id: uuid.UUID) -> QueueTicket:
    if ticket.person_id != person_id:
        raise NotFoundError
    return ticket


@dataclass(frozen=True)
class _Place:
    """Who comes where, when and for what."""

    agency_id: uuid.UUID
    day: date
    person_id: uuid.UUID | None = None
    name: str = ""
    service_id: uuid.UUID | None = None
    starts_at: time | None = None


def _ticket(actor: Actor, place: _Place, token: uuid.UUID, now: datetime) -> QueueTicket:
    try:
        with transaction.atomic():
            counter = _line(place.agency_id, place.day)
            counter.last += 1
            counter.save(update_fields=["last"])
            ticket = QueueTicket.objects.create(
                **(asdict(place) | {"name": place.name or None}), number=counter.last, drawn_at=now, token=token
            )
            content = {"agency": place.agency_id, "day": place.day, "number": ticket.number, "at": place.starts_at}
            append(actor, "draw_number", "queue_ticket", ticket.pk, content)
    except IntegrityError:
        known = QueueTicket.objects.filter(token=token, agency_id=place.agency_id).first()
        if known is None:
            raise
        return known
    return ticket


def _line(agency_id: uuid.UUID, day: date) -> QueueCounter:
    """The hall's day, locked: whoever draws, books or calls takes turns."""
    QueueCounter.objects.get_or_create(agency_id=agency_id, day=day)
    return QueueCounter.objects.select_for_update().get(agency_id=agency_id, day=day)


def call_next(actor: Actor, now: datetime, seen: uuid.UUID | None = None) -> QueueTicket | None:
    """Call who is next at the hall of the actor's agency; None where nobody waits.

    Args:
        actor: an officer of the hall's agency.
        now: the moment.
        seen: whom this post was serving when the officer looked; they count as served. Where it serves somebody else
            by now, this was a second click, and that one is the answer.
    """
    require(actor, "keep", "queue", {Relation.OWN_AGENCY} if actor.post else ())
    if actor.post is None:
        raise NotAllowedError
    agency_id, today = actor.post.agency_id, timezone.localdate(now)
    Agency.objects.only("id").get(pk=agency_id)
    with transaction.atomic():
        _line(agency_id, today)
        of_today = QueueTicket.objects.filter(agency_id=agency_id, day=today)
        served = of_today.filter(state=QueueTicket.State.CALLED, called_by=actor.post.id)
        current = served.order_by("-called_at").first()
        if current and current.pk != seen:
            return current
        served.update(state=QueueTicket.State.SERVED)
        waiting = {ticket.number: ticket for ticket in of_today.filter(state=QueueTicket.State.WAITING)}
        line = [InLine(ticket.number, ticket.starts_at) for ticket in waiting.values()]
        chosen = next_in_line(line, timezone.localtime(now).time())
        if chosen is None:
            return None
        ticket = waiting[chosen.number]
        ticket.state, ticket.called_at, ticket.called_by_id = QueueTicket.State.CALLED, now, actor.post.id
        ticket.save(update_fields=["state", "called_at", "called_by"])
        append(actor, "call_number", "queue_ticket", ticket.pk, {"number": ticket.number})
    return ticket


def finish_ticket(actor: Actor, ticket_id: uuid.UUID, *, came: bool) -> QueueTicket:
    """Who was called was served, or did not come; the same again changes nothing.

    Raises:
        NotFoundError: no number of the hall of the actor's agency.
        ConflictError: it was not called, or ended another way.
    """
    require(actor, "keep", "queue", {Relation.OWN_AGENCY} if actor.post else ())
    wanted = QueueTicket.State.SERVED if came else QueueTicket.State.MISSED
    with transaction.atomic():
        mine = QueueTicket.objects.select_for_update(of=("self",))
        ticket = mine.filter(pk=ticket_id, agency=actor.post.agency_id if actor.post else None).first()
        if ticket is None:
            raise NotFoundError(_("There is no such number at your hall."))
        if ticket.state == QueueTicket.State.CALLED:
            ticket.state = wanted
            ticket.save(update_fields=["state"])
            append(actor, "finish_ticket", "queue_ticket", ticket.pk, {"state": wanted})
        elif ticket.state != wanted:
            raise ConflictError(_("This number is not being served."))
    return ticket


def take_in_at_counter(actor: Actor, draft_id: uuid.UUID, now: datetime, ticket_id: uuid.UUID | None = None) -> Case:
    """Submit the application of who is at the desk. The agency of the service handles it from then on.

    Args:
        actor: an officer who serves somebody (`identity.counter.at_desk`).
        draft_id: the application that was filled in for them.
        now: the moment.
        ticket_id: the number that was called, if any.

    Raises:
        NotAllowedError: the actor serves nobody.
        InvalidError, ConflictError, NotFoundError: as of `submit_draft`; submitting again is the same case.
    """
    _require_serving(actor)
    return _at_the_counter(actor, submit_draft(actor, draft_id, now), ticket_id)


def apply_at_counter(
    actor: Actor,
    service_id: uuid.UUID,
    answers: Mapping[str, Any],
    uploads: Positions,
    now: datetime,
    choice: Choice = ORDINARY,
    ticket_id: uuid.UUID | None = None,
) -> Case:
    """Take in an application in one step, without a draft (the API's way).

    Raises:
        NotAllowedError: the actor serves nobody.
        InvalidError, NotFoundError: as of `submit_application`.
    """
    _require_serving(actor)
    with transaction.atomic():
        case = submit_application(actor, service_id, answers, uploads, now, choice)
        return _at_the_counter(actor, case, ticket_id)


def _require_serving(actor: Actor) -> None:
    if actor.at_desk is None or actor.post is None:
        raise NotAllowedError(_("Check the identity of who is at your desk first."))


def _at_the_counter(actor: Actor, case: Case, ticket_id: uuid.UUID | None) -> Case:
    """Keep with the case that it was taken in here, if it was: what was submitted online is no case of the counter."""
    if (
        actor.at_desk
        and actor.post
        and case.events.filter(sequence=1, data__counter=str(actor.at_desk.check_id)).exists()
    ):
        mine = QueueTicket.objects.filter(pk=ticket_id, agency=actor.post.agency_id).first() if ticket_id else None
        CounterCase.objects.get_or_create(
            case=case,
            defaults={
                "check_made_id": actor.at_desk.check_id,
                "agency_id": actor.post.agency_id,
                "post_id": actor.post.id,
                "ticket": mine,
            },
        )
    return case
