"""What a service version asks its applicant for."""

from collections.abc import Collection

from tongban.items.models import Material, Necessity, ServiceVersion


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
