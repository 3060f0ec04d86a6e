"""What the clock writes besides deemed effects: lights that changed, and due dates counted anew."""

import uuid
from collections.abc import Collection, Mapping
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from tongban.cases.clocks import happenings_of, set_due, times_of
from tongban.cases.events import ALERT_RAISED, COOPERATION_LATE
from tongban.cases.models import Case, CaseAlert, Cooperation
from tongban.cases.procedure_store import procedure_of
from tongban.cases.requirements import published_version
from tongban.foundation.calendar import WorkingCalendar
from tongban.foundation.ledger import Announcement, append
from tongban.foundation.statements import run
from tongban.identity.actor import Actor
from tongban.identity.authority import require

_AT_ONCE = 500
_RAISE = """
INSERT INTO cases_casealert (case_id, kind, due_on, raised_at)
SELECT raised.case_id, %(kind)s::text, raised.due_on, %(now)s
FROM unnest(%(cases)s::uuid[], %(days)s::date[]) AS raised(case_id, due_on)
ON CONFLICT DO NOTHING RETURNING case_id, due_on
"""


def raise_alerts(
    actor: Actor,
    kind: CaseAlert.Kind,
    due: Mapping[uuid.UUID, date],
    now: datetime,
    provisional: Collection[uuid.UUID] = (),
) -> int:
    """Raise an alert for each of these cases and its due date, once; each is recorded and announced. `provisional`
    names the cases whose date may still move.

    Returns:
        How many were raised now: another process, or an earlier run, may have raised some before.
    """
    require(actor, "run_clock", "case")
    with transaction.atomic():
        raised = run(_RAISE, {"kind": kind.value, "now": now, "cases": list(due), "days": list(due.values())})
        for case_id, day in raised:
            detail = {"kind": kind.value, "due": day.isoformat(), "provisional": case_id in provisional}
            append(actor, "raise_alert", "case", case_id, detail, Announcement(ALERT_RAISED, detail))
    return len(raised)


def tell_of_late_cooperation(actor: Actor, now: datetime) -> int:
    """Announce every request for cooperation that is not answered in time, once: to the asked agency and to who asked.

    Returns:
        How many were announced now.
    """
    require(actor, "run_clock", "case")
    late = Cooperation.objects.filter(
        state=Cooperation.State.OPEN, due_on__lt=timezone.localdate(now), late_told_at=None
    )
    with transaction.atomic():
        requests = list(late.select_for_update(of=("self",), skip_locked=True).order_by("due_on", "id")[:_AT_ONCE])
        for request in requests:
            detail = {
                "request": str(request.pk),
                "asked": str(request.asked_id),
                "post": str(request.asked_by_id),
                "due": request.due_on.isoformat(),
                "provisional": request.due_provisional,
            }
            told = Announcement(COOPERATION_LATE, detail)
            append(actor, "tell_of_late_cooperation", "case", request.case_id, detail, told)
        Cooperation.objects.filter(pk__in=[request.pk for request in requests]).update(late_told_at=now)
    return len(requests)


def recount_due_date(actor: Actor, case_id: uuid.UUID, calendar: WorkingCalendar) -> bool:
    """Count the due date of a case anew by this calendar; whether anything about it changed.

    A deadline moves with an entry in the ledger, never silently.
    """
    require(actor, "run_clock", "case")
    with transaction.atomic():
        case = Case.objects.select_for_update(of=("self",)).filter(pk=case_id).first()
        if case is None:
            return False
        case.version = published_version(case.version_id)
        procedure = procedure_of(case.procedure, case.procedure_version)
        before = _dates(case)
        set_due(case, procedure, times_of(case, procedure, happenings_of(case)), calendar)
        after = _dates(case)
        if after == before:
            return False
        case.save(update_fields=_DATES)
        append(actor, "recount", "case", case.pk, {"before": before, "after": after})
    return True


_DATES = ("due_on", "legal_due_on", "clock_on", "due_provisional", "legal_due_provisional")


def _dates(case: Case) -> tuple[date | bool | None, ...]:
    return tuple(getattr(case, name) for name in _DATES)
