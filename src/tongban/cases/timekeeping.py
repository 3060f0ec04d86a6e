"""What the clock does by itself: deemed effects, reminders and escalations, dates that were provisional.

Each is safe to run twice and by two processes at once; each takes one transaction a case, so that a case that cannot be
handled stands in nobody's way. `tongban clock run` runs them; so do the platform's periodic jobs.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from tongban.cases.actions import CLOCK, settle_lapse
from tongban.cases.clocks import happenings_of, set_due, times_of
from tongban.cases.models import Case, CaseAlert
from tongban.cases.procedure_store import procedure_of
from tongban.cases.requirements import published_version
from tongban.cases.rules import YELLOW_FROM_WORKING_DAYS_LEFT
from tongban.foundation.calendar import WorkingCalendar
from tongban.foundation.calendars import calendar_in_force
from tongban.foundation.clock import Limit, deadline
from tongban.foundation.ledger import append
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
        CaseAlert.Kind.ESCALATED: running.filter(due_on__lt=today, legal_due_on__lt=today),
    }
    raised: dict[str, int] = {}
    for kind, cases in kinds.items():
        known = CaseAlert.objects.filter(case=OuterRef("pk"), kind=kind, due_on=OuterRef("due_on"))
        new = list(cases.filter(~Exists(known)).values_list("pk", "due_on"))
        with transaction.atomic():
            CaseAlert.objects.bulk_create(
                [CaseAlert(case_id=pk, kind=kind, due_on=due_on, raised_at=now) for pk, due_on in new if due_on],
                batch_size=_BATCH,
                ignore_conflicts=True,
            )
            raised[kind.value] = len(new)
            if new:
                content = {"kind": kind, "cases": [str(pk) for pk, _due in new]}
                append(CLOCK, "raise_alerts", "case_alert", f"{kind} {today}", content)
    return raised


# --- provisional dates ----------------------------------------------------------------------------------------------


def recompute_provisional(calendar: WorkingCalendar, actor: Actor = CLOCK) -> int:
    """Count provisional due dates anew by this calendar; how many cases were moved or became certain.

    The deadline of a case moves with an event in the ledger, never silently.
    """
    changed = 0
    for case_id in list(
        Case.objects.filter(due_provisional=True).order_by("due_on", "id").values_list("pk", flat=True)
    ):
        with transaction.atomic():
            case = Case.objects.select_for_update(of=("self",)).filter(pk=case_id).first()
            if case is None:
                continue
            case.version = published_version(case.version_id)
            procedure = procedure_of(case.procedure, case.procedure_version)
            before = (case.due_on, case.legal_due_on, case.clock_on, case.due_provisional)
            set_due(case, procedure, times_of(case, procedure, happenings_of(case)), calendar)
            after = (case.due_on, case.legal_due_on, case.clock_on, case.due_provisional)
            if after == before:
                continue
            case.save(update_fields=["due_on", "legal_due_on", "clock_on", "due_provisional"])
            append(actor, "recount", "case", case.pk, {"before": before, "after": after})
            changed += 1
    return changed
