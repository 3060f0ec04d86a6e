"""What light handling leaves to officers: checks, reviews, bad credit."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.cases.models import (
    CreditRecord,
    OfficerTask,
)
from tongban.cases.rules import written
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation, require

MOST_ROWS = 200


@dataclass(frozen=True)
class TaskRow:
    """A task of an agency: what, on which case, by when."""

    id: int
    kind: str
    kind_label: str
    case_id: uuid.UUID
    case_number: str
    service: str
    applicant: str
    due_on: date
    opened_at: datetime
    late: bool


def agency_tasks(actor: Actor, today: date) -> list[TaskRow]:
    """Open tasks of the officer's agency, what is due first on top, at most 200: one query."""
    require(actor, "handle", "case", {Relation.OWN_AGENCY})
    tasks = OfficerTask.objects.filter(agency=_own_agency(actor), done_at=None).select_related("case__version")
    tasks = tasks.defer("case__answers", "case__version__form", "case__version__light")
    labels = {"check": _("later check of a commitment"), "review": _("review of what a rule decided")}
    return [
        TaskRow(
            task.pk,
            task.kind,
            labels[task.kind],
            task.case_id,
            written(task.case.number),
            task.case.version.text("name"),
            task.case.applicant_name,
            task.due_on,
            timezone.localtime(task.opened_at),
            task.due_on < today,
        )
        for task in tasks.order_by("due_on", "id")[:MOST_ROWS]
    ]


@dataclass(frozen=True)
class CreditRow:
    id: int
    name: str
    case_id: uuid.UUID
    case_number: str
    since: date


def agency_credit(actor: Actor) -> list[CreditRow]:
    """Bad credit the officer's agency recorded and that is not repaired, at most 200: one query."""
    require(actor, "handle", "case", {Relation.OWN_AGENCY})
    records = CreditRecord.objects.filter(agency=_own_agency(actor), repaired_on=None).select_related("case")
    return [
        CreditRow(record.pk, record.case.applicant_name, record.case_id, written(record.case.number), record.since)
        for record in records.defer("case__answers")[:MOST_ROWS]
    ]


def _own_agency(actor: Actor) -> uuid.UUID | None:
    return actor.post.agency_id if actor.post else None
