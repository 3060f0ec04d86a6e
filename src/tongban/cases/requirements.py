"""What a service version asks its applicant for."""

import uuid
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

from tongban.foundation.forms import FormDefinition
from tongban.items.light import LightHandling, light_of
from tongban.items.models import Material, Necessity, ServiceVersion


@lru_cache(maxsize=1024)
def published_version(version_id: uuid.UUID) -> ServiceVersion:
    """A version that was published, with its materials, read once a process: what was published never changes.

    Everybody gets the same object: read from it, never write to it, and ask the database for what may change (its
    state, whether it is applicable, its service and agency).
    """
    return ServiceVersion.objects.prefetch_related("materials").get(pk=version_id)


def form_of(version: ServiceVersion, left_out: Collection[str] = ()) -> FormDefinition:
    """The form of a published version, compiled once a process; without the fields the guidance left out."""
    return _compiled(version.pk, frozenset(left_out))


@lru_cache(maxsize=1024)
def _compiled(version_id: uuid.UUID, left_out: frozenset[str]) -> FormDefinition:
    return FormDefinition.load(without_fields(published_version(version_id).form or {}, left_out))


def without_fields(form: Mapping[str, Any], left_out: Collection[str]) -> Mapping[str, Any]:
    """A form's document without these fields, and without those asked only beside them. Pure."""
    if not left_out:
        return form
    gone = set(left_out)
    while more := {name for name, schema in form["properties"].items() if _beside(schema) in gone} - gone:
        gone |= more
    hints = form.get("x-tongban", {})
    groups = [
        {**group, "fields": [name for name in group["fields"] if name not in gone]} for group in hints.get("groups", ())
    ]
    return {
        **form,
        "properties": {name: schema for name, schema in form["properties"].items() if name not in gone},
        "required": [name for name in form.get("required", ()) if name not in gone],
        "x-tongban": {**hints, "groups": [group for group in groups if group["fields"]]},
    }


def _beside(schema: Mapping[str, Any]) -> str:
    """The field beside whose answer this one is asked for; empty where it always is."""
    return str(schema.get("x-tongban", {}).get("show_when", {}).get("field", ""))


def light_handling(version: ServiceVersion) -> LightHandling:
    """The light handling of a published version, read once a process."""
    return _light(version.pk) if version.light else _ORDINARY


_ORDINARY = LightHandling()


@lru_cache(maxsize=1024)
def _light(version_id: uuid.UUID) -> LightHandling:
    version = published_version(version_id)
    return light_of(version, version.materials.all())


def asked_of_applicant(material: Material) -> bool:
    """Whether the applicant hands it in: what government holds as a shared resource is never asked for (716 art 7)."""
    return not material.resource_code


def missing_materials(
    version: ServiceVersion,
    handed_in: Collection[int],
    *,
    deferring: bool = False,
    left_out: Collection[int] = (),
) -> list[Material]:
    """Required materials the applicant has to hand in and has not; `deferring` leaves out those that may follow,
    `left_out` are those that fell away by guidance or commitment.
    """
    needed = {Necessity.REQUIRED} if deferring else {Necessity.REQUIRED, Necessity.DEFERRABLE}
    return [
        m
        for m in version.materials.all()
        if m.necessity in needed and asked_of_applicant(m) and m.position not in {*handed_in, *left_out}
    ]
