"""What follows from a step beside its event: tasks for officers, and a record of bad credit."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from tongban.cases.models import Case, CreditRecord, OfficerTask
from tongban.cases.requirements import light_handling
from tongban.foundation.ledger import append
from tongban.identity.actor import Actor

CHECKING, RECTIFYING, REVIEWING = "checking", "rectifying", "reviewing"
_STAGES = frozenset({CHECKING, RECTIFYING, REVIEWING})
# Where the service does not say by when a commitment is checked, in days.
CHECK_WITHIN_DAYS = 60
Kind = OfficerTask.Kind


@dataclass(frozen=True)
class Following:
    """A step that was taken: from where to where, and what it stated."""

    action: str
    before: str
    after: str
    data: Mapping[str, Any]


def follow_up(actor: Actor, case: Case, step: Following, now: datetime) -> None:
    """Open, move and close the tasks a step leads to; costs nothing where it leads to none."""
    if not {step.before, step.after} & _STAGES:
        return
    if step.after == CHECKING and step.before != CHECKING:
        commitment = light_handling(case.version).commitment
        days = commitment.check_within_days if commitment else CHECK_WITHIN_DAYS
        _open(case, Kind.CHECK, timezone.localdate(now) + timedelta(days=days), now)
    elif step.after == RECTIFYING and "until" in step.data:
        OfficerTask.objects.filter(case=case, kind=Kind.CHECK, done_at=None).update(
            due_on=date.fromisoformat(step.data["until"])
        )
    elif step.before in {CHECKING, RECTIFYING} and step.after not in {CHECKING, RECTIFYING}:
        _close(case, Kind.CHECK, now)
    if step.after == REVIEWING and step.before != REVIEWING:
        _open(case, Kind.REVIEW, case.legal_due_on or timezone.localdate(now), now)
    elif step.before == REVIEWING and step.after != REVIEWING:
        _close(case, Kind.REVIEW, now)
    if step.action == "revoke":
        _record_bad_credit(actor, case, now)


def _open(case: Case, kind: OfficerTask.Kind, due_on: date, now: datetime) -> None:
    OfficerTask.objects.get_or_create(
        case=case,
        kind=kind,
        done_at=None,
        defaults={"agency_id": case.agency_id, "due_on": due_on, "opened_at": now},
    )


def _close(case: Case, kind: OfficerTask.Kind, now: datetime) -> None:
    OfficerTask.objects.filter(case=case, kind=kind, done_at=None).update(done_at=now)


def _record_bad_credit(actor: Actor, case: Case, now: datetime) -> None:
    """国办发〔2020〕42号: who committed and did not keep it is recorded; no commitment until it is repaired."""
    record, _new = CreditRecord.objects.get_or_create(
        case=case,
        defaults={
            "person_id": None if case.organisation_id else case.person_id,
            "organisation_id": case.organisation_id,
            "agency_id": case.agency_id,
            "since": timezone.localdate(now),
        },
    )
    append(actor, "record_bad_credit", "credit", record.pk, {"case": case.pk})
