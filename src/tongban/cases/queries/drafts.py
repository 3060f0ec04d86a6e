"""Applications being filled in."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.cases.access import note_draft
from tongban.cases.bundle_store import bundle_of
from tongban.cases.draft_subjects import form_of_draft, materials_of_draft
from tongban.cases.labels import english
from tongban.cases.models import (
    BundleCase,
    Draft,
    Upload,
)
from tongban.cases.procedure_store import latest_procedure
from tongban.cases.queries.light import DraftLightView, draft_light
from tongban.cases.queries.rows import PAGE_SIZE
from tongban.cases.relations import applicant
from tongban.foundation.errors import NotFoundError
from tongban.foundation.forms import FormDefinition
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation, require
from tongban.items.models import Material, ServiceVersion


@dataclass(frozen=True)
class DraftRow:
    id: uuid.UUID
    service: str
    agency: str
    saved_at: datetime
    # In Chinese, whatever the reader's language: it is also found by its pinyin.
    service_zh: str = ""


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
    """A draft with its form and its materials. `bundle` is the code of what is applied for where it is several things
    at once; then there is no one service, and `agency` is the one that leads.
    """

    id: uuid.UUID
    service_id: uuid.UUID | None
    service: str
    agency: str
    form: FormDefinition
    answers: dict[str, Any]
    materials: Sequence[MaterialTask]
    saved_at: datetime
    light: DraftLightView
    defers: bool
    bundle: str = ""
    region_code: str = ""
    # What sending it takes; of several things at once, the highest.
    assurance_level: int = 1


def my_drafts(actor: Actor) -> list[DraftRow]:
    """Applications the actor began in the present hat, last saved first."""
    require(actor, "read", "draft", {Relation.OWN})
    drafts = Draft.objects.filter(applicant(actor).drafts).select_related("version", "service__agency", "region")
    return [
        DraftRow(draft.pk, *_subject(draft), timezone.localtime(draft.saved_at), _chinese_name(draft))
        for draft in drafts.order_by("-saved_at")[:PAGE_SIZE]
    ]


def _subject(draft: Draft) -> tuple[str, str]:
    """What the draft is for and who receives it: a service and its agency, or a bundle and the place."""
    if draft.version and draft.service:
        return draft.version.text("name"), draft.service.agency.label
    bundle = bundle_of(draft.bundle, draft.bundle_version or 0)
    return bundle.label(english=english()), draft.region.label if draft.region else ""


def _chinese_name(draft: Draft) -> str:
    return (
        draft.version.name if draft.version else bundle_of(draft.bundle, draft.bundle_version or 0).label(english=False)
    )


def is_for_several(actor: Actor, draft_id: uuid.UUID) -> bool:
    """Whether a draft of the actor's, or what it became when it was sent, is for several things at once."""
    require(actor, "read", "draft", {Relation.OWN})
    whose = applicant(actor)
    drafts = Draft.objects.filter(whose.drafts, pk=draft_id).exclude(bundle="")
    return drafts.exists() or BundleCase.objects.filter(whose.whole, draft_id=draft_id).exists()


def draft_view(actor: Actor, draft_id: uuid.UUID) -> DraftView:
    """A draft of the actor's own."""
    require(actor, "read", "draft", {Relation.OWN})
    drafts = Draft.objects.select_related("version", "service__agency", "region")
    draft = drafts.filter(applicant(actor).drafts, pk=draft_id).first()
    if draft is None:
        raise NotFoundError(_("There is no such draft; it may have been submitted already."))
    note_draft(actor, draft)
    light = draft_light(draft, timezone.localdate())
    done = light.settled
    ids = [u for uploads in draft.uploads.values() for u in uploads]
    kept = {str(u.pk): UploadRow(u.pk, u.file_name, u.size) for u in Upload.objects.filter(pk__in=ids)}
    name, agency = _subject(draft)
    return DraftView(
        id=draft.pk,
        service_id=draft.service_id,
        service=name,
        agency=agency,
        form=form_of_draft(draft, done.left_out_fields),
        answers=draft.answers or {},
        materials=[
            MaterialTask(m, [kept[u] for u in draft.uploads.get(str(m.position), []) if u in kept])
            for m in materials_of_draft(draft)
            if m.position not in done.left_out_materials
        ],
        saved_at=timezone.localtime(draft.saved_at),
        light=light,
        defers=bool(draft.version_id) and latest_procedure(done.procedure).defers,
        bundle=draft.bundle,
        region_code=draft.region_id or "",
        assurance_level=_level_needed(draft),
    )


def _level_needed(draft: Draft) -> int:
    if draft.version:
        return draft.version.assurance_level
    pinned = ServiceVersion.objects.filter(pk__in=(draft.parts or {}).values())
    return int(pinned.aggregate(highest=Max("assurance_level", default=1))["highest"])
