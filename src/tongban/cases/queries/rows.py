"""A line of a list of cases, every value ready to print."""

import uuid
from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from tongban.cases import rules
from tongban.cases.labels import english, stage_label
from tongban.cases.models import (
    Case,
    CaseState,
)
from tongban.cases.procedure_store import procedure_of
from tongban.cases.rules import Light, written
from tongban.foundation.calendars import calendar_in_force
from tongban.foundation.clock import working_days_left

PAGE_SIZE = 50


class CaseRow(NamedTuple):
    """A line of the inbox or of "my cases", every value ready to print."""

    id: uuid.UUID
    number: str
    service: str
    applicant: str
    agency: str
    state: str
    state_label: str
    submitted_at: datetime
    due_on: date | None
    due_provisional: bool
    light: Light | None
    working_days_left: int | None
    outcome: str
    finer_stage: str = ""
    officer_id: uuid.UUID | None = None

    @property
    def what_next(self) -> str:
        """One sentence for the applicant: what happens next."""
        return what_next(self)

    @property
    def working_days_late(self) -> int:
        """Working days since the due date; 0 while it is not over."""
        return max(0, -(self.working_days_left or 0))


class ListedCase(NamedTuple):
    """What a list needs of a case, as the database gives it; nothing sealed is opened."""

    id: uuid.UUID
    number: str
    applicant_name: str
    state: str
    finer_stage: str
    procedure: str
    procedure_version: int
    submitted_at: datetime
    due_on: date | None
    due_provisional: bool
    outcome: str
    officer_id: uuid.UUID | None
    service: str
    service_en: str | None
    agency: str
    agency_en: str

    @classmethod
    def of(cls, case: Case) -> "ListedCase":
        """Of a case at hand, with its version and agency."""
        version, agency = case.version, case.agency
        own = [getattr(case, name) for name in _OWN]
        return cls._make([*own, version.name, version.english.get("name"), agency.name, agency.name_en])

    @property
    def stage(self) -> str:
        """The state of its procedure in which it is."""
        return self.finer_stage or self.state


# The first of them are the case's own columns.
_OWN = ListedCase._fields[: ListedCase._fields.index("service")]
_COLUMNS: tuple[Any, ...] = (
    *_OWN,
    "version__name",
    KeyTextTransform("name", "version__english"),
    "agency__name",
    "agency__name_en",
)


def listed(cases: QuerySet[Case], *also: str) -> QuerySet[Case, tuple[Any, ...]]:
    """The columns of `ListedCase` and those named: values, because making models of them costs more than the query."""
    return cases.values_list(*_COLUMNS, *also)


def row_of(case: ListedCase, today: date, *, own: bool = False) -> CaseRow:
    """The line of a case, in the reader's language; `own`: in words to who applied."""
    return rows_of([case], today, own=own)[0]


def rows_of(cases: Iterable[ListedCase], today: date, *, own: bool = False) -> list[CaseRow]:
    """The lines of cases, in the reader's language; `own`: in words to who applied. What a list repeats is reckoned
    once.
    """
    clocks, words = Clocks(today), Words(own=own)
    return [words.row_of(case, clocks[case.due_on]) for case in cases]


Clock = tuple[Light | None, int | None]


class Clocks(dict[date | None, Clock]):
    """Light and working days left of each due date, on a day."""

    def __init__(self, today: date) -> None:
        super().__init__({None: (None, None)})
        self._today, self._calendar = today, calendar_in_force()

    def __missing__(self, due_on: date) -> Clock:
        left = working_days_left(self._today, due_on, self._calendar)
        self[due_on] = rules.light_of(left, late=self._today > due_on), left
        return self[due_on]


class Words:
    """What the lines of a list say in the reader's language; `own`: in words to who applied."""

    def __init__(self, *, own: bool = False) -> None:
        self._in_english, self._own = english(), own
        self._labels: dict[tuple[str, str, int], str] = {}

    def row_of(self, case: ListedCase, clock: Clock) -> CaseRow:
        """The line of a case whose clock stands so."""
        stage = case.finer_stage or case.state, case.procedure, case.procedure_version
        if stage not in self._labels:
            self._labels[stage] = stage_label(stage[0], procedure_of(*stage[1:]), own=self._own)
        light, left = clock
        return CaseRow(
            id=case.id,
            number=written(case.number),
            service=(self._in_english and case.service_en) or case.service,
            applicant=case.applicant_name,
            agency=(self._in_english and case.agency_en) or case.agency,
            state=case.state,
            state_label=self._labels[stage],
            submitted_at=case.submitted_at,
            due_on=case.due_on,
            due_provisional=case.due_provisional,
            light=light,
            working_days_left=left,
            outcome=case.outcome,
            finer_stage=case.finer_stage,
            officer_id=case.officer_id,
        )


# --- one case -------------------------------------------------------------------------------------------------------


def what_next(row: CaseRow) -> str:
    """One sentence for the applicant: what happens next."""
    return _next(get_language(), row.state, row.finer_stage, late=row.light is rules.Light.RED)


# A list repeats a few of these; finding a translation costs more than drawing its line.
@lru_cache(maxsize=512)
def _next(_language: str | None, state: str, finer_stage: str, *, late: bool) -> str:
    if late:  # a day runs for the agency only
        return _("The agency is late. You can complain to it, or call 12345.")
    return str(_NEXT_AT.get(finer_stage) or _NEXT[CaseState(state)])


_NEXT = {
    CaseState.SUBMITTED: gettext_lazy("The agency checks whether everything is there. You need do nothing now."),
    CaseState.RECEIVED: gettext_lazy("The agency checks whether everything is there. You need do nothing now."),
    CaseState.CORRECTING: gettext_lazy("It is your turn: correct what the notice names and send it."),
    CaseState.ACCEPTED: gettext_lazy("The agency examines your application and decides. You need do nothing now."),
    CaseState.DECIDED: gettext_lazy("The decision is made; the result is being delivered."),
    CaseState.CLOSED: gettext_lazy("Everything is done. You can say how it went."),
    CaseState.REFUSED: gettext_lazy("The application was not accepted; the notice says why and what you can do."),
    CaseState.WITHDRAWN: gettext_lazy("You withdrew this application. You may apply again at any time."),
}
_NEXT_AT = {
    "hearing_offered": gettext_lazy("You may ask for a hearing now; the notice says until when. It costs you nothing."),
    "hearing_requested": gettext_lazy(
        "You asked for a hearing. The agency tells you the day at least 7 working days before."
    ),
    "hearing_set": gettext_lazy("The hearing is set; the notice says when and where."),
    "special": gettext_lazy("A special procedure takes place. The notice says how long; that time does not count."),
    "deferred": gettext_lazy(
        "Your application is accepted. Hand in what the notice names by its day, or it counts as withdrawn."
    ),
    "preliminary": gettext_lazy("The lower agency examines your application first. You need do nothing now."),
    "decided_instantly": gettext_lazy(
        "A published rule decided at once. You can see why, and ask for an officer to look at it."
    ),
    "reviewing": gettext_lazy("An officer looks at what the rule decided. You need do nothing now."),
    "checking": gettext_lazy("The decision is made on your commitment; the agency checks it later."),
    "rectifying": gettext_lazy("The check found something to put right; the order says what and by when."),
}


# --- documents and materials ----------------------------------------------------------------------------------------
