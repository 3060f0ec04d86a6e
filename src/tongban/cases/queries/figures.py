"""Figures about cases, without names: progress by agency, and the public reasons for overrun limits."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q

from tongban.cases.labels import english
from tongban.cases.models import (
    WORKING_STATES,
    Case,
    CaseDocument,
)
from tongban.cases.queries.rows import PAGE_SIZE
from tongban.foundation.errors import NotAllowedError
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation, may, require


@dataclass(frozen=True)
class OverrunRow:
    """Why a legal limit was overrun; says nothing of the applicant."""

    explained_at: datetime
    agency: str
    service: str
    reason: str


def public_overruns(size: int = PAGE_SIZE) -> list[OverrunRow]:
    """The newest public explanations (优化营商环境条例 art 36); open to everybody."""
    documents = CaseDocument.objects.filter(kind=CaseDocument.Kind.OVERRUN_REASON).order_by("-issued_at")
    return [
        OverrunRow(document.issued_at, document.agency.label, document.case.version.text("name"), text["reason"])
        # Nothing of the application is opened for an open page.
        for document in documents.select_related("agency", "case__version").defer("case__answers")[:size]
        if (text := document.content["zh"])
    ]


@dataclass(frozen=True)
class AgencyProgress:
    agency_id: uuid.UUID
    agency: str
    open: int
    late: int
    escalated: int


def progress_by_agency(actor: Actor, today: date) -> list[AgencyProgress]:
    """Open and late cases of each agency within the post's reach, as figures without names: of the own region, or of
    the own line in regions below, as the table of rights has it; those whose legal limit is over are escalated.
    """
    in_region = may(actor, "see_progress", "case", {Relation.OWN_REGION})
    if not in_region:
        require(actor, "see_progress", "case", {Relation.OWN_LINE})
    if actor.post is None:
        raise NotAllowedError
    # The relation that the table has just allowed, as a condition over rows: the own region, or the own line below.
    reach = Q(region__lineage__contains=[actor.post.region_code])
    if not in_region:
        reach &= Q(agency__department=actor.post.department_id) & ~Q(region=actor.post.region_code)
    rows = (
        Case.objects.filter(reach, state__in=WORKING_STATES)
        .values("agency_id", "agency__name", "agency__name_en")
        .annotate(
            open=Count("id"),
            late=Count("id", filter=Q(due_on__lt=today)),
            escalated=Count("id", filter=Q(legal_due_on__lt=today, legal_due_provisional=False)),
        )
        .order_by("-escalated", "-late", "agency__name")
    )
    return [
        AgencyProgress(
            row["agency_id"],
            (row["agency__name_en"] if english() else "") or row["agency__name"],
            row["open"],
            row["late"],
            row["escalated"],
        )
        for row in rows
    ]
