"""What the clock does by itself: deemed effects, reminders and escalations, dates that were provisional.

Each is safe to run twice and by two processes at once; each takes one transaction a case, so that a case that cannot be
handled stands in nobody's way. `tongban clock run` runs them; so do the platform's periodic jobs.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

import structlog
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from tongban.cases.actions import CLOCK, raise_alerts, recount_due_date, settle_lapse
from tongban.cases.models import Case, CaseAlert
from tongban.cases.rules import YELLOW_FROM_WORKING_DAYS_LEFT
from tongban.foundation.calendar import WorkingCalendar
from tongban.foundation.calendars import calendar_in_force
from tongban.foundation.clock import Limit, deadline
from tongban.identity.actor import Actor

_BATCH = 500
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class ClockRun:
    """What one run did: actions taken by the clock, by name; cases that could not be handled, with the reason."""

    taken: dict[str, int]
    failed: dict[str, str]


def run_deemed_effects(now: datetime) -> ClockRun:
    """Take what the law ties to the lapse of a limit: acceptance, withdrawal, renewal, a hearing forgone.

    A limit is over at the end of its last day. Nothing is done while that day is provisional.
    """
    today = timezone.localdate(now)
    taken: dict[str, int] = {}
    failed: dict[str, str] = {}
    for case_id in _ids(today):
        try:
            action = settle_lapse(case_id, now, skip_locked=True)
        except Exception as error:  # noqa: BLE001 - one case must not stop the clock of all others; it is logged and told
            _log.exception("clock_failed", case=str(case_id))
            failed[str(case_id)] = f"{type(error).__name__}: {error}"
        else:
            if action:
                taken[action] = taken.get(action, 0) + 1
    return ClockRun(taken, failed)


def _ids(today: date) -> Iterator[uuid.UUID]:
    """Cases whose limit has lapsed, in order of that day, in batches: whatever was handled falls out of the next."""
    page = lapsed = Case.objects.filter(clock_on__lt=today).order_by("clock_on", "id")
    while rows := list(page.values_list("clock_on", "id")[:_BATCH]):
        yield from (case_id for _day, case_id in rows)
        day, last = rows[-1]
        page = lapsed.filter(Q(clock_on__gt=day) | Q(clock_on=day, id__gt=last))


# --- lights ---------------------------------------------------------------------------------------------------------


def refresh_lights(now: datetime) -> dict[str, int]:
    """Raise what is due soon or late, each once for each due date: a reminder to the agency; for a case whose legal
    limit is over also an escalation to the supervisor. Returns how many of each kind were raised.
    """
    today, calendar = timezone.localdate(now), calendar_in_force()
    soon = deadline(today, Limit(YELLOW_FROM_WORKING_DAYS_LEFT), calendar).due
    running = Case.objects.filter(due_on__isnull=False)
    kinds = {
        CaseAlert.Kind.DUE_SOON: running.filter(due_on__gte=today, due_on__lte=soon),
        CaseAlert.Kind.LATE: running.filter(due_on__lt=today),
        # A date that may still move binds nobody.
        CaseAlert.Kind.ESCALATED: running.filter(due_on__lt=today, legal_due_on__lt=today, legal_due_provisional=False),
    }
    return {kind.value: sum(_raise_new(kind, cases, now)) for kind, cases in kinds.items()}


def _raise_new(kind: CaseAlert.Kind, cases: QuerySet[Case], now: datetime) -> Iterator[int]:
    """How many were raised, batch by batch."""
    known = CaseAlert.objects.filter(case=OuterRef("pk"), kind=kind, due_on=OuterRef("due_on"))
    new = list(cases.filter(~Exists(known)).order_by("due_on", "id").values_list("pk", "due_on", "due_provisional"))
    for batch in (new[start : start + _BATCH] for start in range(0, len(new), _BATCH)):
        provisional = {pk for pk, _day, may_move in batch if may_move}
        yield raise_alerts(CLOCK, kind, {pk: day for pk, day, _may_move in batch if day}, now, provisional)


# --- provisional dates ----------------------------------------------------------------------------------------------


def recompute_provisional(calendar: WorkingCalendar, actor: Actor = CLOCK, *, only_known: bool = False) -> int:
    """Count provisional due dates anew by this calendar; how many cases were moved or became certain.

    Args:
        calendar: what is known of the years now.
        actor: who has it done.
        only_known: only dates that this calendar knows. The others cannot have changed unless days they are counted
            over have, which an import recounts by itself.
    """
    provisional = Case.objects.filter(Q(due_provisional=True) | Q(legal_due_provisional=True))
    if only_known:
        known = calendar.known_through
        provisional = provisional.filter(
            Q(due_provisional=True, due_on__lte=known)
            | Q(due_provisional=True, clock_on__lte=known)
            | Q(legal_due_provisional=True, legal_due_on__lte=known)
        )
    ids = list(provisional.order_by("due_on", "id").values_list("pk", flat=True))
    return sum(recount_due_date(actor, case_id, calendar) for case_id in ids)
