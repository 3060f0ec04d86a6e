"""The hall and the counter, as the officers who keep them and the people who come see them."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.cases.actions.counter import hours_of, taken_slots
from tongban.cases.labels import english
from tongban.cases.models import CounterCase, QueueTicket
from tongban.cases.queries.rows import PAGE_SIZE
from tongban.cases.queueing import Hours, free_slots
from tongban.cases.relations import applicant
from tongban.cases.rules import written
from tongban.foundation.errors import NotAllowedError, NotFoundError
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation, may, require
from tongban.identity.counter import counter_relations, desk_of, require_counter
from tongban.identity.mandates import Deed
from tongban.identity.models import IdentityCheck
from tongban.items.models import Audience, ServiceVersion
from tongban.items.queries import in_force_on


@dataclass(frozen=True)
class TicketRow:
    """A number as it is printed: A for one drawn in the hall, Y for an appointment (预约)."""

    id: uuid.UUID
    label: str
    day: date
    starts_at: time | None
    name: str
    service: str
    agency: str
    address: str
    state: str
    state_label: str
    called_by: str
    is_mine: bool
    before: int = 0


def ticket_label(number: int, *, by_appointment: bool) -> str:
    """A007, Y012."""
    return f"{'Y' if by_appointment else 'A'}{number:03d}"


def hall(actor: Actor, now: datetime) -> list[TicketRow]:
    """Today's numbers at the hall of the officer's agency that wait or are being served, in order: one query."""
    agency_id = _own_hall(actor)
    waiting = Q(state__in=[QueueTicket.State.WAITING, QueueTicket.State.CALLED])
    found = QueueTicket.objects.filter(waiting, agency_id=agency_id, day=timezone.localdate(now))
    tickets = found.select_related("agency", "called_by__person", "service__item").order_by("number")
    return [_ticket_row(ticket, actor) for ticket in tickets]


def ticket(actor: Actor, ticket_id: uuid.UUID) -> TicketRow:
    """One number of the officer's hall, or of the applicant's own, with how many wait before it."""
    found = QueueTicket.objects.select_related("agency", "called_by__person", "service__item")
    if actor.post:
        mine = found.filter(agency_id=_own_hall(actor))
    else:
        require(actor, "read", "queue", {Relation.OWN})
        mine = found.filter(_own_tickets(actor))
    row = mine.filter(pk=ticket_id).first()
    if row is None:
        raise NotFoundError(_("There is no such number."))
    before = QueueTicket.objects.filter(
        agency_id=row.agency_id, day=row.day, state=QueueTicket.State.WAITING, number__lt=row.number
    )
    return _ticket_row(row, actor, before.count())


def hall_hours(actor: Actor) -> Hours:
    """When the hall of the actor's agency is open, for who arranges it."""
    require(actor, "arrange", "desk", {Relation.OWN_AGENCY} if actor.post else ())
    if actor.post is None:
        raise NotAllowedError
    return hours_of(actor.post.agency_id)


def my_appointments(actor: Actor, today: date) -> list[TicketRow]:
    """The person's appointments from today on, soonest first."""
    require(actor, "read", "queue", {Relation.OWN})
    found = QueueTicket.objects.filter(_own_tickets(actor), day__gte=today, starts_at__isnull=False)
    tickets = found.exclude(state=QueueTicket.State.CANCELLED).select_related(
        "agency", "called_by__person", "service__item"
    )
    return [_ticket_row(row, actor) for row in tickets.order_by("day", "starts_at")]


def _own_tickets(actor: Actor) -> Q:
    whose = applicant(actor)
    return Q(person=whose.person_id) & whose.in_matters(Deed.APPLY)


@dataclass(frozen=True)
class SlotsView:
    """Where and when somebody can come for a service."""

    service_id: uuid.UUID
    service: str
    agency: str
    address: str
    day: date
    free: Sequence[time]


def appointment_slots(actor: Actor, service_id: uuid.UUID, day: date, now: datetime) -> SlotsView:
    """The free times of a day at the hall of the agency of a service."""
    require(actor, "book", "queue")
    version = _in_force(timezone.localdate(now)).filter(service=service_id).first()
    if version is None:
        raise NotFoundError(_("There is no such service, or it is not in force."))
    agency = version.service.agency
    after = timezone.localtime(now).time() if day == timezone.localdate(now) else None
    return SlotsView(
        service_id=service_id,
        service=version.text("name"),
        agency=agency.label,
        address=agency.address,
        day=day,
        free=free_slots(hours_of(agency.pk), taken_slots(agency.pk, day), after),
    )


def _ticket_row(row: QueueTicket, actor: Actor, before: int = 0) -> TicketRow:
    item = row.service.item if row.service else None
    return TicketRow(
        id=row.pk,
        label=ticket_label(row.number, by_appointment=row.starts_at is not None),
        day=row.day,
        starts_at=row.starts_at,
        name=row.name or "",
        service=((english() and item.name_en) or item.name) if item else "",
        agency=row.agency.label,
        address=row.agency.address,
        state=row.state,
        state_label=row.get_state_display(),
        called_by=row.called_by.person.name if row.called_by else "",
        is_mine=bool(row.called_by_id and row.called_by_id == actor.post_id),
        before=before,
    )


def _own_hall(actor: Actor) -> uuid.UUID:
    require(actor, "keep", "queue", {Relation.OWN_AGENCY} if actor.post else ())
    if actor.post is None:
        raise NotAllowedError
    return actor.post.agency_id


# --- the counter ----------------------------------------------------------------------------------------------------


def serves_counter(actor: Actor) -> bool:
    """Whether the post takes applications in for every agency."""
    return may(actor, "serve", "counter", counter_relations(actor))


@dataclass(frozen=True)
class CheckRow:
    """Somebody at the desk: who, for whom, since when."""

    id: uuid.UUID
    name: str
    organisation: str
    represented: str
    document_label: str
    made_at: datetime


def open_checks(actor: Actor, today: date) -> list[CheckRow]:
    """Whom this officer is serving: today's identity checks that were not ended."""
    post_id, account_id = desk_of(actor)
    found = IdentityCheck.objects.filter(post=post_id, account_id=account_id, ended_at=None)
    checks = (
        found.filter(made_at__date=today).select_related("person", "organisation", "represented").order_by("-made_at")
    )
    return [
        CheckRow(
            row.pk,
            row.person.name,
            row.organisation.name if row.organisation else "",
            row.represented.name if row.represented else "",
            row.get_document_display(),
            row.made_at,
        )
        for row in checks
    ]


@dataclass(frozen=True)
class CounterService:
    """A service that can be taken in, and `not_for` who is at the desk where it is for other applicants, in words."""

    id: uuid.UUID
    name: str
    agency: str
    not_for: str = ""


def counter_services(actor: Actor, text: str, today: date, size: int = PAGE_SIZE) -> list[CounterService]:
    """Services of every agency that can be applied for, by a part of their name; for who serves the counter, and where
    somebody is at the desk, with whether they are for that one.
    """
    require_counter(actor.themselves())
    found = _in_force(today).filter(is_applicable=True, service__platform__run_by_us=True)
    if text.strip():
        found = found.filter(Q(name__icontains=text.strip()) | Q(english__name__icontains=text.strip()))
    return [
        CounterService(version.service_id, version.text("name"), version.service.agency.label, _not_for(actor, version))
        for version in found.order_by("name", "service_id")[:size]
    ]


def _not_for(actor: Actor, version: ServiceVersion) -> str:
    if actor.at_desk is None or not version.audiences:
        return ""
    mine = Audience.ORGANISATION if actor.at_desk.organisation_id else Audience.PERSON
    if mine in version.audiences:
        return ""
    return _("For organisations only.") if mine is Audience.PERSON else _("For people only.")


def _in_force(today: date) -> QuerySet[ServiceVersion]:
    return in_force_on(today).select_related("service__agency").defer("form")


@dataclass(frozen=True)
class TakenIn:
    case_id: uuid.UUID
    number: str
    service: str
    agency: str
    at: datetime


def taken_in(actor: Actor, check_id: uuid.UUID, today: date) -> list[TakenIn]:
    """What was taken in from who is at the desk, newest first; nothing once they have left it."""
    post_id, account_id = desk_of(actor)
    there = Q(check_made__account_id=account_id, check_made__ended_at=None, check_made__made_at__date=today)
    found = CounterCase.objects.filter(there, check_made=check_id, post=post_id)
    rows = found.select_related("case__version", "case__agency").defer("case__answers", "case__version__form")
    return [
        TakenIn(
            row.case_id,
            written(row.case.number),
            row.case.version.text("name"),
            row.case.agency.label,
            row.case.submitted_at,
        )
        for row in rows.order_by("-case")
    ]
