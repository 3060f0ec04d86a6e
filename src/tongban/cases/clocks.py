"""From a case's rows to the pure clock, and back to the columns that lists are ordered by."""

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from tongban.cases import rules
from tongban.cases.adoption import adopted_limits
from tongban.cases.history import LEGAL, PROMISED, CaseTimes, Happening, replay
from tongban.cases.models import Case, CaseEvent
from tongban.cases.procedure import Procedure
from tongban.foundation.calendar import WorkingCalendar
from tongban.foundation.calendars import calendar_in_force
from tongban.foundation.clock import Limit
from tongban.foundation.statements import Reading
from tongban.items.models import ServiceVersion


def limits_of_version(version: ServiceVersion) -> dict[str, Limit]:
    """The legal and the promised limit a version states."""
    stated = {
        LEGAL: rules.limit_of(version.legal_limit, version.legal_limit_unit),
        PROMISED: rules.limit_of(version.promised_limit, version.promised_limit_unit),
    }
    return {name: limit for name, limit in stated.items() if limit is not None}


def limits_when_filed(version: ServiceVersion, region_code: str, day: date) -> dict[str, Limit]:
    """What is kept with the submission: the version's limits and those of rules its region has adopted."""
    return {**adopted_limits(region_code, day), **limits_of_version(version)}


_EVENTS = Reading(
    lambda case: (
        CaseEvent.objects.filter(case=case)
        .order_by("sequence")
        .values_list("action", "at", "state", "data", "account_id")
    ),
    uuid.UUID(int=1),
)


def happenings_of(case: Case) -> list[Happening]:
    """The events of a case as the clock sees them, in one query."""
    return [
        happened(action, at, state, json.loads(text), account_id)
        for action, at, state, text, account_id in _EVENTS(case.pk)
    ]


def happened(action: str, at: datetime, state: str, data: Mapping[str, Any], account_id: uuid.UUID | None) -> Happening:
    """One event of a case, from its columns."""
    return Happening(action, timezone.localtime(at), data.get("stage") or state, data, account_id)


def happening_of(event: CaseEvent) -> Happening:
    """An event that was read already, as the clock sees it."""
    return happened(event.action, event.at, event.state, event.data, event.account_id)


def times_of(case: Case, procedure: Procedure, happenings: Sequence[Happening]) -> CaseTimes:
    """What these events say about time."""
    return replay(happenings, procedure, limits_of_version(case.version))


def running_limit(
    stage: str, procedure: Procedure, times: CaseTimes, calendar: WorkingCalendar | None = None
) -> rules.Due | None:
    """The limit that runs at this stage, by the calendar in force unless another is given; None where none runs."""
    return rules.due(procedure.states[stage].limit, times, calendar or calendar_in_force())


def set_due(
    case: Case, procedure: Procedure, times: CaseTimes, calendar: WorkingCalendar | None = None
) -> rules.Due | None:
    """Write the running limit into the case's columns (not saved) and return it; by the calendar in force or another.

    `due_on` is what the agency must do by when: it is empty while the applicant's limit runs.
    """
    calendar = calendar or calendar_in_force()
    state = procedure.states[case.stage]
    case.waits_for_others = procedure.waits_for_others(case.stage)
    due = running_limit(case.stage, procedure, times, calendar)
    agencys = due if state.waits_for == "agency" else None
    case.due_on = agencys.promised.due if agencys else None
    case.legal_due_on = agencys.legal.due if agencys else None
    case.legal_due_provisional = bool(agencys and agencys.legal.provisional)
    lapse = rules.next_lapse(procedure, case.stage, times, calendar)
    case.clock_on = lapse.day if lapse else None
    case.due_provisional = bool((agencys and agencys.promised.provisional) or (lapse and lapse.provisional))
    return due


def day_of(moment: datetime | None) -> date | None:
    return timezone.localdate(moment) if moment else None
