"""Applications being filled in."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.cases.models import (
    Draft,
    Upload,
)
from tongban.cases.queries.rows import PAGE_SIZE
from tongban.cases.relations import applicant
from tongban.cases.requirements import asked_of_applicant, form_of
from tongban.foundation.errors import NotFoundError
from tongban.foundation.forms import FormDefinition
from tongban.identity.actor import Actor
from tongban.identity.authority import require
from tongban.items.models import Material


@dataclass(frozen=True)
class DraftRow:
    id: uuid.UUID
    service: str
    agency: str
    saved_at: datetime


@dataclass(frozen=True)
class UploadRow:
    id: uuid.UUID
    name: str
    size: int


@dataclass(frozen=True)
class MaterialTask:
    """A material the guide asks the applicant for, and what was handed in for it so far."""

    material: Material
    uploads: Sequence[UploadRow]


@dataclass(frozen=True)
class DraftView:
    """A draft with its form and its materials."""

    id: uuid.UUID
    service_id: uuid.UUID
    service: str
    agency: str
    form: FormDefinition
    answers: dict[str, Any]
    materials: Sequence[MaterialTask]
    saved_at: datetime


def my_drafts(actor: Actor) -> list[DraftRow]:
    """Applications the actor began in the present hat, last saved first."""
    require(actor, "apply", "case")
    drafts = Draft.objects.filter(applicant(actor).own)
    return [
        DraftRow(draft.pk, draft.version.text("name"), draft.service.agency.label, timezone.localtime(draft.saved_at))
        for draft in drafts.select_related("version", "service__agency").order_by("-saved_at")[:PAGE_SIZE]
    ]


def draft_view(actor: Actor, draft_id: uuid.UUID) -> DraftView:
    """A draft of the actor's own."""
    require(actor, "apply", "case")
    draft = Draft.objects.select_related("version", "service__agency").filter(applicant(actor).own, pk=draft_id).first()
    if draft is None:
        raise NotFoundError(_("There is no such draft; it may have been submitted already."))
    ids = [u for uploads in draft.uploads.values() for u in uploads]
    kept = {str(u.pk): UploadRow(u.pk, u.file_name, u.size) for u in Upload.objects.filter(pk__in=ids)}
    return DraftView(
        id=draft.pk,
        service_id=draft.service_id,
        service=draft.version.text("name"),
        agency=draft.service.agency.label,
        form=form_of(draft.version),
        answers=draft.answers or {},
        materials=[
            MaterialTask(m, [kept[u] for u in draft.uploads.get(str(m.position), []) if u in kept])
            for m in draft.version.materials.all()
            if asked_of_applicant(m)
        ],
        saved_at=timezone.localtime(draft.saved_at),
    )


# --- figures --------------------------------------------------------------------------------------------------------
