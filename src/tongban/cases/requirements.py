"""What a service version asks its applicant for."""

import uuid
from collections.abc import Collection
from functools import lru_cache

from tongban.foundation.forms import FormDefinition
from tongban.items.models import Material, Necessity, ServiceVersion


def form_of(version: ServiceVersion) -> FormDefinition:
    """The form of a published version, compiled once a process: what was published never changes."""
    return _compiled(version.pk)


@lru_cache(maxsize=1024)
def _compiled(version_id: uuid.UUID) -> FormDefinition:
    document = ServiceVersion.objects.values_list("form", flat=True).get(pk=version_id)
    return FormDefinition.load(document or {})


def asked_of_applicant(material: Material) -> bool:
    """Whether the applicant hands it in: what government holds as a shared resource is never asked for (716 art 7)."""
    return not material.resource_code


def missing_materials(version: ServiceVersion, handed_in: Collection[int]) -> list[Material]:
    """Required materials the applicant has to hand in and has not."""
    return [
        m
        for m in version.materials.all()
        if m.necessity in {Necessity.REQUIRED, Necessity.DEFERRABLE}
        and asked_of_applicant(m)
        and m.position not in handed_in
    ]
