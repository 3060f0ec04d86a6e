"""Why a case is due when it is: every clock of the case, replayed from its events, day by day, and how long is left."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tongban.cases import rules
from tongban.cases.clocks import happenings_of, running_limit, times_of
from tongban.cases.history import CaseTimes
from tongban.cases.labels import action_label, english, pause_label, stage_label
from tongban.cases.models import Case
from tongban.cases.procedure import DECISION_LIMITS, Procedure
from tongban.cases.procedure_store import procedure_of
from tongban.cases.queries import id_of_number, readable_case
from tongban.cases.reckoning import DayRow, Reckoning, reckoning
from tongban.cases.relations import relations_to
from tongban.cases.rules import written
from tongban.foundation.calendars import calendar_in_force
from tongban.foundation.clock import Pause, working_days_left
from tongban.foundation.clockrules import clock_rules
from tongban.foundation.dates import day_in_words
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation


@dataclass(frozen=True)
class ClockLine:
    """One limit of the case.

    Attributes:
        rule: its id; `title`, `source` say what and where it is.
        promised, legal: day by day; the same where nothing is promised beyond the law.
        running: whether it is the one that runs now.
    """

    rule: str
    title: str
    source: str
    promised: Reckoning
    legal: Reckoning
    running: bool

    @property
    def has_promise(self) -> bool:
        return self.promised.due != self.legal.due


@dataclass(frozen=True)
class PauseRow:
    label: str
    start: date
    end: date


@dataclass(frozen=True)
class Left:
    """What is left of the running limit: working days (negative when late), and the days that still come."""

    due: date
    working_days: int
    days: Sequence[DayRow]
    is_over: bool
    provisional: bool

    @property
    def late(self) -> int:
        return max(0, -self.working_days)

    @property
    def in_words(self) -> str:
        """One sentence, in the reader's language."""
        due = day_in_words(self.due)
        if self.late:
            late = ngettext(
                "It was due on %(due)s: %(days)s working day late.",
                "It was due on %(due)s: %(days)s working days late.",
                self.late,
            )
            return late % {"due": due, "days": self.late}
        if self.is_over:
            return _("It was due on %(due)s.") % {"due": due}
        left = ngettext(
            "%(days)s working day is left, until %(due)s.",
            "%(days)s working days are left, until %(due)s.",
            self.working_days,
        )
        return left % {"due": due, "days": self.working_days}


@dataclass(frozen=True)
class Explanation:
    """Every clock of a case.

    `clock_action` is what happens by itself after `clock_acts_after`, in the reader's language. `agrees` says whether
    the replay gives the dates that are stored with the case.
    """

    case_id: uuid.UUID
    number: str
    service: str
    stage: str
    clocks: Sequence[ClockLine]
    pauses: Sequence[PauseRow]
    extension: int
    left: Left | None
    clock_acts_after: date | None
    clock_acts_now: bool
    clock_day_provisional: bool
    clock_action: str
    agrees: bool
    events: int
    # Whether what a window elsewhere collected has yet to arrive before any limit runs.
    waits_for_arrival: bool
    # How the actor stands to the case.
    relations: frozenset[Relation]


def explain_case(actor: Actor, case_id: uuid.UUID, today: date) -> Explanation:
    """The clocks of a case the actor may see.

    Raises:
        NotFoundError: there is none, or it is not this actor's to see.
    """
    return _explain(actor, readable_case(actor, case_id), today)


def explain_number(actor: Actor, text: str, today: date) -> Explanation:
    """The same for a case number as somebody types it.

    Raises:
        NotFoundError: there is no such case, or it is not this actor's to see.
    """
    return explain_case(actor, id_of_number(text), today)


def _explain(actor: Actor, case: Case, today: date) -> Explanation:
    procedure = procedure_of(case.procedure, case.procedure_version)
    happenings = happenings_of(case)
    times = times_of(case, procedure, happenings)
    state = procedure.states[case.stage]
    running = running_limit(case.stage, procedure, times)
    agencys = running if state.waits_for == "agency" else None
    lapse = rules.next_lapse(procedure, case.stage, times, calendar_in_force())
    replayed = (agencys.promised.due if agencys else None, agencys.legal.due if agencys else None)
    return Explanation(
        case_id=case.pk,
        number=written(case.number),
        service=case.version.text("name"),
        stage=stage_label(case.stage, procedure, own=actor.is_applicant),
        clocks=list(_clocks(procedure, state.limit, times)),
        pauses=[_pause_row(pause) for pause in times.pauses],
        extension=times.extension,
        left=_left(running, today),
        clock_acts_after=lapse.day if lapse else None,
        clock_acts_now=lapse is not None and lapse.day < today and not lapse.provisional,
        clock_day_provisional=lapse is not None and lapse.provisional,
        clock_action=action_label(lapse.action.name, procedure) if lapse else "",
        agrees=replayed == (case.due_on, case.legal_due_on) and (lapse.day if lapse else None) == case.clock_on,
        events=len(happenings),
        waits_for_arrival=times.waits,
        relations=relations_to(actor, case),
    )


def _clocks(procedure: Procedure, running: str, times: CaseTimes) -> Iterator[ClockLine]:
    """In the order of a case's life, then the running one where it is none of these."""
    decisions = sorted({s.limit for s in procedure.states.values()} & DECISION_LIMITS)
    for rule in dict.fromkeys(("LIC-NOTICE", *decisions, "LIC-DELIVER", running)):
        due = rules.due(rule, times, calendar_in_force())
        if due:
            law = clock_rules()[rule]
            yield ClockLine(
                rule=rule,
                title=law.label(english=english()),
                source=law.cited(english=english()),
                promised=reckoning(due.promised),
                legal=reckoning(due.legal),
                running=rule == running,
            )


def _pause_row(pause: Pause) -> PauseRow:
    return PauseRow(pause_label(pause.reason), pause.start, pause.end)


def _left(running: rules.Due | None, today: date) -> Left | None:
    if running is None:
        return None
    due = running.promised
    days = [row for row in reckoning(due).days if row.day > today]
    left = working_days_left(today, due.due, calendar_in_force())
    return Left(due.due, left, days, today > due.due, due.provisional)
