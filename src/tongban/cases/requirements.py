"""What a service version asks its applicant for."""

import uuid
from collections.abc import Collection
from functools import lru_cache

from tongban.foundation.forms import FormDefinition
from tongban.items.models import Material, Necessity, ServiceVersion


@lru_cache(maxsize=1024)
def published_version(version_id: uuid.UUID) -> ServiceVersion:
    """A version that was published, with its materials, read once a process: what was published never changes.

    Everybody gets the same object: read from it, never write to it, and ask the database for what may change (its
    state, whether it is applicable, its service and agency).
    """
    return ServiceVersion.objects.prefetch_related("materials").get(pk=version_id)


def form_of(version: ServiceVersion) -> FormDefinition:
    """The form of a published version, compiled once a process."""
    return _compiled(version.pk)


@lru_cache(maxsize=1024)
def _compiled(version_id: uuid.UUID) -> FormDefinition:
    return FormDefinition.load(published_version(version_id).form or {})


def asked_of_applicant(material: Material) -> bool:
    """Whether the applicant hands it in: what government holds as a shared resource is never asked for (716 art 7)."""
    return not material.resource_code


def missing_materials(
    version: ServiceVersion, handed_in: Collection[int], *, deferring: bool = False
) -> list[Material]:
    """Required materials the applicant has to hand in and has not; `deferring` leaves out those that may follow."""
    needed = {Necessity.REQUIRED} if deferring else {Necessity.REQUIRED, Necessity.DEFERRABLE}
    return [
        m
        for m in version.materials.all()
        if m.necessity in needed and asked_of_applicant(m) and m.position not in handed_in
    ]
