"""Lists of cases: the inbox of an agency, an applicant's own; every value ready to print."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from itertools import islice
from typing import Any

from django.db.models import Count, Q, QuerySet, Subquery, Value

from tongban.cases.assigning import StandIns
from tongban.cases.models import (
    OPEN_STATES,
    Case,
    CaseState,
)
from tongban.cases.procedure_store import procedure_of
from tongban.cases.queries.rows import PAGE_SIZE, CaseRow, ListedCase, listed, rows_of
from tongban.cases.relations import applicant
from tongban.cases.rules import read_case_number
from tongban.cases.teams import own_posts, stand_ins
from tongban.foundation.errors import NotAllowedError
from tongban.foundation.statements import Asked, Reading
from tongban.identity.actor import Actor, PostHeld
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
class ListedPage:
    """A page as the database gives it, for who draws lines of their own."""

    cases: Sequence[ListedCase]
    next: Cursor | None

    def rows(self, today: date, *, own: bool = False) -> CasePage:
        """The same, every value ready to print; `own`: in words to who applied."""
        return CasePage(rows_of(self.cases, today, own=own), self.next)


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
    actor: Actor,
    today: date,
    wanted: InboxFilter | None = None,
    after: Cursor | None = None,
    size: int = PAGE_SIZE,
) -> CasePage:
    """`listed_inbox`, every value ready to print."""
    return listed_inbox(actor, today, wanted, after, size).rows(today)


def listed_inbox(
    actor: Actor,
    today: date,
    wanted: InboxFilter | None = None,
    after: Cursor | None = None,
    size: int = PAGE_SIZE,
    *,
    away: StandIns | None = None,
) -> ListedPage:
    """Open cases of the officer's agency, what is due first on top; those waiting for the applicant come last.

    One query whatever the size: the rows, with service and agency joined; and one more for who is `away` where only
    one's own are wanted and it was not read yet.
    """
    wanted = wanted or InboxFilter()
    post = _reading_post(actor)
    ours = _own_posts(actor, post, today, away) if wanted.whose == "mine" else frozenset()
    asked = asked_inbox(post.agency_id, actor.person_id, today, wanted, after, ours, size)
    if asked is None:
        return page_of(list(_inbox(wanted, size, post.agency_id, today, actor.person_id, after, *ours)), size)
    return page_of(asked.reading(*asked.arguments), size)


def asked_inbox(
    agency: uuid.UUID,
    person: uuid.UUID | None,
    today: date,
    wanted: InboxFilter,
    after: Cursor | None,
    ours: Collection[uuid.UUID],
    size: int,
) -> Asked | None:
    """What `listed_inbox` asks for an officer with these posts; None where it has words that are not prepared."""
    if wanted.text:
        return None
    own = tuple(ours) if wanted.whose == "mine" else ()
    reading = _prepared(wanted, size, len(own), after and (_AFTER_DAY if after.due_on else _AFTER_LAST_DAY))
    return reading.of(agency, today, person, *own, *_places(after))


# Examples of the two kinds of cursor: among the cases that have a due date, and among those that have none.
_AFTER_DAY, _AFTER_LAST_DAY = Cursor(date(1, 1, 2), uuid.UUID(int=3)), Cursor(None, uuid.UUID(int=3))


def _own_posts(actor: Actor, post: PostHeld, today: date, away: StandIns | None = None) -> frozenset[uuid.UUID]:
    return own_posts(actor, stand_ins(post.agency_id, today) if away is None else away)


def _places(after: Cursor | None) -> tuple[object, ...]:
    return () if after is None else (after.due_on, after.id) if after.due_on else (after.id,)


@cache
def _prepared(wanted: InboxFilter, size: int, posts: int, after: Cursor | None) -> Reading:
    """The inbox narrowed in one way, by any words but those of `text`."""
    examples = [uuid.UUID(int=10 + number) for number in range(posts)]

    def compose(agency: uuid.UUID, today: date, person: uuid.UUID, *_: object) -> QuerySet[Case, tuple[Any, ...]]:
        return _inbox(wanted, size, agency, today, person, after, *examples)

    return Reading(compose, uuid.UUID(int=1), date(1, 1, 1), uuid.UUID(int=2), *examples, *_places(after))


def _inbox(
    wanted: InboxFilter,
    size: int,
    agency: uuid.UUID,
    today: date,
    person: uuid.UUID | None,
    after: Cursor | None,
    *ours: uuid.UUID,
) -> QuerySet[Case, tuple[Any, ...]]:
    cases = Case.objects.filter(agency_id=agency)
    cases = cases.filter(state=wanted.state) if wanted.state else cases.filter(state__in=OPEN_STATES)
    if wanted.late:
        cases = cases.filter(due_on__lt=today)
    if wanted.due_today:
        cases = cases.filter(due_on__lte=today)
    if wanted.whose == "nobody":
        cases = cases.filter(officer=None)
    elif wanted.whose:
        cases = cases.filter(_own(ours, person))
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
    return listed(cases).order_by("due_on", "id")[: size + 1]


# As the partial index has it.
_WAITING = Q(waits_for_others=True) | Q(open_requests__gt=0)


def _own(posts: Sequence[uuid.UUID], person: uuid.UUID | None) -> Q:
    """What these posts hold. Nobody handles their own case, not even for a colleague who is away."""
    return Q(officer__in=posts) & ~Q(person=person)


def entrusted_cases(actor: Actor, today: date, size: int = PAGE_SIZE) -> list[CaseRow]:
    """Cases of agencies above that the officer's agency was asked to examine first (art 43), due first on top."""
    require(actor, "read", "case", {Relation.LOWER_AGENCY})
    if actor.post is None:
        raise NotAllowedError
    return entrusted_rows(ENTRUSTED(actor.post.agency_id), today, size)


def entrusted_rows(found: Sequence[tuple[Any, ...]], today: date, size: int = PAGE_SIZE) -> list[CaseRow]:
    """Those of the cases sent down to an agency whose turn it is: that stands in each case's own procedure. Open cases
    that were ever sent down are few.
    """
    waiting = (
        case
        for case in (ListedCase(*values) for values in found)
        if case.stage in procedure_of(case.procedure, case.procedure_version).turn_of("lower")
    )
    return rows_of(islice(waiting, size), today)


ENTRUSTED = Reading(
    lambda agency: listed(Case.objects.filter(lower_agency_id=agency, state__in=OPEN_STATES).order_by("due_on", "id")),
    uuid.UUID(int=1),
)


@dataclass(frozen=True)
class BoxCounts:
    """Open cases of the officer's agency by the box of the inbox that they stand in."""

    open: int
    late: int
    due_today: int
    mine: int
    nobodys: int
    waiting: int


def box_counts(actor: Actor, today: date, *, away: StandIns | None = None) -> BoxCounts:
    """The counts above the inbox, in one query, and one for who is `away` where that was not read yet."""
    post = _reading_post(actor)
    ours = _own_posts(actor, post, today, away)
    return BoxCounts(*counted(len(ours))(post.agency_id, today, actor.person_id, *ours)[0])


@cache
def counted(posts: int) -> Reading:
    """`BoxCounts` of an agency as one row, for an officer of so many posts: agency, day, person, the posts."""
    examples = [uuid.UUID(int=10 + number) for number in range(posts)]

    def compose(agency: uuid.UUID, today: date, person: uuid.UUID, *_: object) -> QuerySet[Case, tuple[Any, ...]]:
        counts = {
            "all": Count(Value(1)),
            "late": Count(Value(1), filter=Q(due_on__lt=today)),
            "today": Count(Value(1), filter=Q(due_on=today)),
            "mine": Count(Value(1), filter=_own(examples, person)),
            "nobodys": Count(Value(1), filter=Q(officer=None)),
            "waiting": Count(Value(1), filter=_WAITING),
        }
        # In one group: to tell the states apart would take half as long again.
        one = _open_cases(agency).values(together=Value(1)).annotate(**counts)
        return one.values_list(*counts)

    return Reading(compose, uuid.UUID(int=1), date(1, 1, 1), uuid.UUID(int=2), *examples)


def _open_cases(agency: uuid.UUID) -> QuerySet[Case]:
    return Case.objects.filter(agency_id=agency, state__in=OPEN_STATES).order_by()


@dataclass(frozen=True)
class InboxCounts(BoxCounts):
    """The same, and how many are in each state."""

    waiting_for_applicant: int
    by_state: dict[str, int]


def inbox_counts(actor: Actor, today: date) -> InboxCounts:
    """The boxes of the inbox counted, and the states, for the officer's own post and those it stands in for."""
    boxes = box_counts(actor, today)
    by_state = dict(_BY_STATE(_reading_post(actor).agency_id))
    return InboxCounts(**asdict(boxes), waiting_for_applicant=by_state.get(CaseState.CORRECTING, 0), by_state=by_state)


_BY_STATE = Reading(
    lambda agency: _open_cases(agency).values("state").annotate(count=Count("*")).values_list("state", "count"),
    uuid.UUID(int=1),
)


def my_cases(actor: Actor, today: date, after: Cursor | None = None, size: int = PAGE_SIZE) -> CasePage:
    """The applicant's own cases in the present hat, newest first."""
    cases = _own_cases(actor)
    if after:
        last = Subquery(Case.objects.filter(pk=after.id).values("submitted_at"))
        cases = cases.filter(Q(submitted_at__lt=last) | Q(submitted_at=last, id__lt=after.id))
    return page_of(list(listed(cases).order_by("-submitted_at", "-id")[: size + 1]), size).rows(
        today, own=actor.is_applicant
    )


def _reading_post(actor: Actor) -> PostHeld:
    """The post of an officer who reads the cases of its agency.

    Raises:
        SignInNeededError, NotAllowedError: it is none.
    """
    require(actor, "read", "case", {Relation.OWN_AGENCY})
    if actor.post is None:
        raise NotAllowedError
    return actor.post


def _own_cases(actor: Actor) -> QuerySet[Case]:
    require(actor, "read", "case", {Relation.OWN})
    return Case.objects.filter(applicant(actor).own)


def page_of(found: Sequence[tuple[Any, ...]], size: int) -> ListedPage:
    """A page of at most `size` lines; one found beyond them says that there is a next page."""
    cases = [ListedCase(*values) for values in found[:size]]
    more = len(found) > size
    return ListedPage(cases, Cursor(cases[-1].due_on, cases[-1].id) if more else None)
