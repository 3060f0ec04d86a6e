"""From a case's rows to the pure clock, and back to the columns that lists are ordered by."""

from datetime import date, datetime

from django.utils import timezone

from tongban.cases import rules
from tongban.cases.models import Case
from tongban.cases.procedure import Procedure
from tongban.foundation.calendar import china


def running_limit(case: Case, procedure: Procedure, handed_in_at: datetime) -> rules.Due | None:
    """The limit that runs in the case's present state; None while no clock of the agency runs.

    `handed_in_at` is when the applicant last handed something in (submission or supplement).
    """
    version = case.version
    times = rules.CaseTimes(
        materials_on=timezone.localdate(handed_in_at),
        accepted_on=_day(case.accepted_at),
        decided_on=_day(case.decided_at),
        legal_limit=rules.limit_of(version.legal_limit, version.legal_limit_unit),
        promised_limit=rules.limit_of(version.promised_limit, version.promised_limit_unit),
    )
    return rules.due(procedure.states[case.state].limit, times, china())


def set_due(case: Case, procedure: Procedure, handed_in_at: datetime) -> rules.Due | None:
    """Write the running limit into the case's columns (not saved) and return it."""
    due = running_limit(case, procedure, handed_in_at)
    case.due_on = due.promised.due if due else None
    case.legal_due_on = due.legal.due if due else None
    case.due_provisional = due.promised.provisional if due else False
    return due


def handed_in_at(case: Case) -> datetime:
    """When the applicant last handed something in."""
    last = case.events.filter(action__in=("submit", "supplement")).order_by("-sequence").values_list("at", flat=True)
    return last[0] if last else case.submitted_at


def _day(moment: datetime | None) -> date | None:
    return timezone.localdate(moment) if moment else None
