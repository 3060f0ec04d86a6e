"""The basic catalogue: what exists in law, whoever implements it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from tongban.identity.actor import Actor
from tongban.items.models import Item

PAGE_SIZE = 50


@dataclass(frozen=True)
class ItemRow:
    """An item in the reader's language."""

    id: uuid.UUID
    code: str
    name: str
    item_type: str
    department: str
    department_code: str
    levels: Sequence[int]
    legal_basis: str


def catalogue_items(
    actor: Actor,  # noqa: ARG001 - the catalogue is public; the actor stands here as in every query
    *,
    department: str = "",
    level: int | None = None,
    after: str = "",
    size: int = PAGE_SIZE,
) -> tuple[list[ItemRow], str]:
    """Items by code, and the code the page ends with (empty on the last page).

    Args:
        actor: who reads.
        department: a department's code, or all.
        level: only what is exercised at this level of regions.
        after: the code the page before ended with.
        size: rows a page.
    """
    found = Item.objects.select_related("department").filter(code__gt=after).order_by("code")
    if department:
        found = found.filter(department__code=department)
    if level is not None:
        found = found.filter(levels__contains=[level])
    items = list(found[: size + 1])
    rows = [
        ItemRow(
            item.pk,
            item.code,
            item.label,
            item.get_item_type_display(),
            item.department.label,
            item.department.code,
            item.levels,
            item.legal_basis,
        )
        for item in items[:size]
    ]
    return rows, rows[-1].code if len(items) > size else ""
