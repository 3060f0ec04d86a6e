"""A line of a list of cases, every value ready to print."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext_lazy

from tongban.cases import rules
from tongban.cases.labels import stage_label
from tongban.cases.models import (
    Case,
    CaseState,
)
from tongban.cases.procedure_store import procedure_of
from tongban.cases.rules import Light, written
from tongban.foundation.calendars import calendar_in_force
from tongban.foundation.clock import working_days_left

PAGE_SIZE = 50


@dataclass(frozen=True)
class CaseRow:
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
    what_next: str
    officer_id: uuid.UUID | None = None

    @property
    def working_days_late(self) -> int:
        """Working days since the due date; 0 while it is not over."""
        return max(0, -(self.working_days_left or 0))


def row_of(case: Case, today: date) -> CaseRow:
    calendar = calendar_in_force()
    return CaseRow(
        id=case.pk,
        number=written(case.number),
        service=case.version.text("name"),
        applicant=case.applicant_name,
        agency=case.agency.label,
        state=case.state,
        state_label=stage_label(case.stage, procedure_of(case.procedure, case.procedure_version)),
        submitted_at=case.submitted_at,
        due_on=case.due_on,
        due_provisional=case.due_provisional,
        light=rules.light(today, case.due_on, calendar),
        working_days_left=working_days_left(today, case.due_on, calendar) if case.due_on else None,
        outcome=case.outcome,
        what_next=what_next(case),
        officer_id=case.officer_id,
    )


# --- one case -------------------------------------------------------------------------------------------------------


def what_next(case: Case) -> str:
    """One sentence for the applicant: what happens next."""
    if case.finer_stage in _NEXT_AT:
        return str(_NEXT_AT[case.finer_stage])
    return str(_NEXT[CaseState(case.state)])


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
