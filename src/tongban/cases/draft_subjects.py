"""What a draft is for: a service, or several at once. Either has a form, and materials by position."""

import uuid
from collections.abc import Collection
from typing import Any

from tongban.cases.bundle_store import bundle_of, composition
from tongban.cases.bundles.merging import Composition, SharedMaterial
from tongban.cases.models import Draft
from tongban.cases.requirements import asked_of_applicant, form_of, published_version
from tongban.foundation.forms import FormDefinition
from tongban.items.models import Material


def composition_of(draft: Draft) -> Composition:
    """The bundle a draft is for, over the versions it was begun with."""
    bundle = bundle_of(draft.bundle, draft.bundle_version or 0)
    return composition(bundle, {name: uuid.UUID(pin) for name, pin in draft.parts.items()})


def form_of_draft(draft: Draft, left_out: Collection[str] = ()) -> FormDefinition:
    """What is asked; of a single service, without the fields its guidance left out."""
    if draft.version_id is None:
        return composition_of(draft).form
    return form_of(published_version(draft.version_id), left_out)


def materials_of_draft(draft: Draft, answers: dict[str, Any] | None = None) -> list[Material]:
    """What is to be handed in, given these answers (the draft's own unless told)."""
    if draft.version_id is None:
        given = (draft.answers or {}) if answers is None else answers
        return [as_material(each) for each in composition_of(draft).materials_asked(given)]
    return [m for m in published_version(draft.version_id).materials.all() if asked_of_applicant(m)]


def as_material(shared: SharedMaterial) -> Material:
    """A shared document in the shape of a service's material; it stands in no table."""
    return Material(
        position=shared.position,
        name=shared.name,
        english=dict(shared.english),
        filling_note=shared.filling_note,
        necessity=shared.necessity,
    )
