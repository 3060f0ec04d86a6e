"""Uses of emergency access: as who opened them sees them, and as the auditors do, without the content of the case."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.cases.emergency import OBJECT, live_access
from tongban.cases.models import Case
from tongban.cases.queries.rows import PAGE_SIZE
from tongban.cases.rules import written
from tongban.foundation.errors import NotFoundError
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation, may, require
from tongban.identity.emergency import EmergencyAccess, EmergencyReading


@dataclass(frozen=True)
class EmergencyRow:
    """One use, ready to print. It names who opened it and which case, never the applicant.

    Attributes:
        state: open, over, or ended early.
        told_at: when the person concerned was told; None where that was put off until `tell_at`.
        finding: what the review found; empty before it.
    """

    id: uuid.UUID
    case_id: uuid.UUID
    case_number: str
    agency: str
    officer: str
    post: str
    reason: str
    opened_at: datetime
    ends_at: datetime
    state: str
    state_label: str
    tell_at: datetime
    told_at: datetime | None
    delay_reason: str
    readings: int
    finding: str
    finding_label: str
    remark: str
    reviewed_at: datetime | None


@dataclass(frozen=True)
class ReadingRow:
    """One reading: when, of what, and the ledger's entry that proves it."""

    at: datetime
    what: str
    label: str
    entry: int


@dataclass(frozen=True)
class EmergencyView:
    row: EmergencyRow
    readings: Sequence[ReadingRow]
    is_own: bool
    may_review: bool


def emergency_accesses(
    actor: Actor, *, unreviewed: bool = False, before: uuid.UUID | None = None, size: int = PAGE_SIZE
) -> list[EmergencyRow]:
    """For an auditor: every use in the own region, newest first; those nobody reviewed where that is asked."""
    require(actor, "read", "break_glass", {Relation.OWN_REGION} if actor.post else ())
    # The own region, which the table has just allowed, as a condition over rows.
    region = actor.post.region_code if actor.post else ""
    found = _accesses().filter(region__lineage__contains=[region])
    if unreviewed:
        found = found.filter(reviewed_at=None)
    if before:
        found = found.filter(pk__lt=before)
    return _rows(found[:size])


def my_emergency_accesses(actor: Actor, size: int = PAGE_SIZE) -> list[EmergencyRow]:
    """What this post opened, newest first."""
    require(actor, "read", "break_glass", {Relation.OWN} if actor.post else ())
    return _rows(_accesses().filter(post=actor.post_id)[:size])


def emergency_access(actor: Actor, access_id: uuid.UUID) -> EmergencyView:
    """One use with every reading under it.

    Raises:
        NotFoundError: there is none, or it is not this actor's to see.
    """
    access = _accesses().filter(pk=access_id).first()
    relations = relations_to_access(actor, access) if access else frozenset()
    if access is None or not may(actor, "read", "break_glass", relations):
        raise NotFoundError(_("There is no such emergency access, or it is not yours to see."))
    names = {"case": _("the case"), "bundle": _("what it is a part of"), "light": _("its situation and way")}
    names |= {"document": _("a written act"), "material": _("a material")}
    readings = EmergencyReading.objects.filter(access=access).order_by("pk")
    return EmergencyView(
        row=_rows([access])[0],
        readings=[
            ReadingRow(each.at, each.what, names.get(each.what.partition(":")[0], each.what), each.entry_id)
            for each in readings
        ],
        is_own=Relation.OWN in relations,
        may_review=access.reviewed_at is None and may(actor, "review", "break_glass", relations),
    )


def live_until(actor: Actor, case_id: uuid.UUID) -> tuple[uuid.UUID, datetime] | None:
    """The emergency access under which the actor reads a case now, and its end; None where they read it without."""
    access = live_access(actor, case_id)
    return (access.pk, timezone.localtime(access.ends_at)) if access else None


def relations_to_access(actor: Actor, access: EmergencyAccess) -> frozenset[Relation]:
    """How an actor stands to a use of emergency access."""
    if actor.post is None or actor.at_desk:
        return frozenset()
    relations = {Relation.OWN} if access.post_id == actor.post.id else set()
    if actor.post.region_code in access.region.lineage:
        relations.add(Relation.OWN_REGION)
    return frozenset(relations)


def _accesses() -> QuerySet[EmergencyAccess]:
    found = EmergencyAccess.objects.filter(object_type=OBJECT).annotate(times_read=Count("readings"))
    return found.select_related("post__person", "post__agency", "region").order_by("-pk")


def _rows(found: "QuerySet[EmergencyAccess] | Sequence[EmergencyAccess]") -> list[EmergencyRow]:
    accesses, now = list(found), timezone.now()
    cases = Case.objects.select_related("agency").only("number", "agency__name", "agency__name_en")
    by_id = cases.in_bulk([access.object_id for access in accesses])
    return [_row(access, by_id[access.object_id], now) for access in accesses]


def _row(access: EmergencyAccess, case: Case, now: datetime) -> EmergencyRow:
    state = "open" if access.is_open(now) else "ended" if access.ended_at else "over"
    labels = {"open": _("open"), "ended": _("ended early"), "over": _("over")}
    return EmergencyRow(
        id=access.pk,
        case_id=case.pk,
        case_number=written(case.number),
        agency=case.agency.label,
        officer=access.post.person.name,
        post=f"{access.post.agency.label} {access.post.get_role_display()}",
        reason=access.reason,
        opened_at=timezone.localtime(access.opened_at),
        ends_at=timezone.localtime(access.ends_at),
        state=state,
        state_label=labels[state],
        tell_at=timezone.localtime(access.tell_at),
        told_at=timezone.localtime(access.told_at) if access.told_at else None,
        delay_reason=access.delay_reason or "",
        readings=getattr(access, "times_read", 0),
        finding=access.finding,
        finding_label=str(access.get_finding_display()) if access.finding else "",
        remark=access.remark or "",
        reviewed_at=timezone.localtime(access.reviewed_at) if access.reviewed_at else None,
    )
