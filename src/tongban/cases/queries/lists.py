"""Lists of cases: the inbox of an agency, an applicant's own; every value ready to print."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from django.db.models import Count, Q, QuerySet, Subquery

from tongban.cases.models import (
    OPEN_STATES,
    Case,
    CaseState,
)
from tongban.cases.procedure_store import procedure_of
from tongban.cases.queries.rows import PAGE_SIZE, CaseRow, row_of
from tongban.cases.relations import applicant
from tongban.cases.rules import read_case_number
from tongban.cases.teams import own_posts, stand_ins
from tongban.foundation.errors import NotAllowedError
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation, require


@dataclass(frozen=True)
class Cursor:
    """Where a page of a list ends: the due date and id of its last row; the next page starts after it."""

    due_on: date | None
    id: uuid.UUID

    def __str__(self) -> str:
        return f"{self.due_on or ''}_{self.id}"

    @classmethod
    def parse(cls, text: str) -> "Cursor | None":
        """The cursor a client sent back; None when it is not one."""
        day, _separator, key = text.partition("_")
        try:
            return cls(date.fromisoformat(day) if day else None, uuid.UUID(key))
        except ValueError:
            return None


@dataclass(frozen=True)
class CasePage:
    rows: Sequence[CaseRow]
    next: Cursor | None


@dataclass(frozen=True)
class InboxFilter:
    """What the officer narrows the inbox to.

    Attributes:
        state: one state, or empty for all open ones.
        late: only what is late today.
        due_today: only what is due today or late.
        text: a case number, or the beginning of an applicant's name.
        whose: `mine` (of the officer's post, and of those it stands in for today), `nobody`, or empty for all.
        waiting: only what waits for others: the applicant, a lower agency, an agency that was asked to help.
    """

    state: str = ""
    late: bool = False
    due_today: bool = False
    text: str = ""
    whose: str = ""
    waiting: bool = False


def inbox(
    actor: Actor, today: date, wanted: InboxFilter | None = None, after: Cursor | None = None, size: int = PAGE_SIZE
) -> CasePage:
    """Open cases of the officer's agency, what is due first on top; those waiting for the applicant come last.

    One query whatever the size: the rows, with service and agency joined; and one more for who is away where only
    one's own are wanted.
    """
    wanted = wanted or InboxFilter()
    cases = _agency_cases(actor)
    cases = cases.filter(state=wanted.state) if wanted.state else cases.filter(state__in=OPEN_STATES)
    if wanted.late:
        cases = cases.filter(due_on__lt=today)
    if wanted.due_today:
        cases = cases.filter(due_on__lte=today)
    if wanted.whose:
        cases = cases.filter(_whose(actor, wanted.whose, today))
    if wanted.waiting:
        cases = cases.filter(_WAITING)
    if wanted.text:
        number = read_case_number(wanted.text)
        cases = cases.filter(number=number) if number else cases.filter(applicant_name__startswith=wanted.text.strip())
    if after and after.due_on:
        later = Q(due_on__gt=after.due_on) | Q(due_on=None)
        cases = cases.filter(Q(due_on__gte=after.due_on) | Q(due_on=None)).filter(
            later | Q(due_on=after.due_on, id__gt=after.id)
        )
    elif after:
        cases = cases.filter(due_on=None, id__gt=after.id)
    found = list(cases.order_by("due_on", "id")[: size + 1])
    return page_of(found, size, today)


# As the partial index has it.
_WAITING = Q(waits_for_others=True) | Q(open_requests__gt=0)


def _whose(actor: Actor, whose: str, today: date) -> Q:
    if whose == "nobody":
        return Q(officer=None)
    if actor.post is None:
        raise NotAllowedError
    # Nobody handles their own case, not even for a colleague who is away.
    return Q(officer__in=own_posts(actor, stand_ins(actor.post.agency_id, today))) & ~Q(person=actor.person_id)


def entrusted_cases(actor: Actor, today: date, size: int = PAGE_SIZE) -> list[CaseRow]:
    """Cases of agencies above that the officer's agency was asked to examine first (art 43), due first on top."""
    require(actor, "read", "case", {Relation.LOWER_AGENCY})
    if actor.post is None:
        raise NotAllowedError
    asked = Case.objects.filter(lower_agency_id=actor.post.agency_id, state__in=OPEN_STATES)
    # Whose turn it is stands in each case's own procedure; open cases that were ever sent down are few.
    waiting = (
        case
        for case in listed(asked).order_by("due_on", "id")
        if case.stage in procedure_of(case.procedure, case.procedure_version).turn_of("lower")
    )
    return [row_of(case, today) for case in islice(waiting, size)]


@dataclass(frozen=True)
class InboxCounts:
    """Open cases of the officer's agency by what they need."""

    open: int
    late: int
    due_today: int
    waiting_for_applicant: int
    by_state: dict[str, int]
    mine: int = 0
    nobodys: int = 0
    waiting: int = 0


def inbox_counts(actor: Actor, today: date) -> InboxCounts:
    """The counts above the inbox, in one query, and one for who is away."""
    mine = _whose(actor, "mine", today)
    rows = (
        _agency_cases(actor)
        .filter(state__in=OPEN_STATES)
        .order_by()
        .values("state")
        .annotate(
            all=Count("id"),
            late=Count("id", filter=Q(due_on__lt=today)),
            today=Count("id", filter=Q(due_on=today)),
            mine=Count("id", filter=mine),
            nobodys=Count("id", filter=Q(officer=None)),
            waiting=Count("id", filter=_WAITING),
        )
    )
    by_state = {row["state"]: row["all"] for row in rows}
    return InboxCounts(
        open=sum(by_state.values()),
        late=sum(row["late"] for row in rows),
        due_today=sum(row["today"] for row in rows),
        waiting_for_applicant=by_state.get(CaseState.CORRECTING, 0),
        by_state=by_state,
        mine=sum(row["mine"] for row in rows),
        nobodys=sum(row["nobodys"] for row in rows),
        waiting=sum(row["waiting"] for row in rows),
    )


def my_cases(actor: Actor, today: date, after: Cursor | None = None, size: int = PAGE_SIZE) -> CasePage:
    """The applicant's own cases in the present hat, newest first."""
    cases = _own_cases(actor)
    if after:
        last = Subquery(Case.objects.filter(pk=after.id).values("submitted_at"))
        cases = cases.filter(Q(submitted_at__lt=last) | Q(submitted_at=last, id__lt=after.id))
    found = list(cases.order_by("-submitted_at", "-id")[: size + 1])
    return page_of(found, size, today)


def _agency_cases(actor: Actor) -> QuerySet[Case]:
    require(actor, "read", "case", {Relation.OWN_AGENCY})
    if actor.post is None:
        raise NotAllowedError
    return listed(Case.objects.filter(agency_id=actor.post.agency_id))


def _own_cases(actor: Actor) -> QuerySet[Case]:
    require(actor, "read", "case", {Relation.OWN})
    whose = applicant(actor)
    if whose.organisation_id:
        return listed(Case.objects.filter(organisation_id=whose.organisation_id))
    return listed(Case.objects.filter(whose.own))


def listed(cases: QuerySet[Case], *also: str) -> QuerySet[Case]:
    """Only the columns a list prints: nothing sealed is opened."""
    return cases.select_related("version", "agency").only(
        "number",
        "applicant_name",
        "state",
        "finer_stage",
        "procedure",
        "procedure_version",
        "submitted_at",
        "due_on",
        "due_provisional",
        "outcome",
        "officer",
        "version__name",
        "version__english",
        "agency__name",
        "agency__name_en",
        *also,
    )


def page_of(found: list[Case], size: int, today: date) -> CasePage:
    rows = [row_of(case, today) for case in found[:size]]
    more = len(found) > size
    return CasePage(rows, Cursor(rows[-1].due_on, rows[-1].id) if more else None)
