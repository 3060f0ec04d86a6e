"""Every write to government's tables. The actor comes first; each act is one transaction with its ledger
entry.
"""

import uuid
from collections.abc import Mapping
from datetime import date
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from tongban.foundation.dates import day_in_words
from tongban.foundation.errors import ConflictError, InvalidError, NotFoundError
from tongban.foundation.ledger import append
from tongban.government.access import GovernmentActor
from tongban.government.english import english_name
from tongban.government.models import (
    Agency,
    Department,
    DockingTask,
    Platform,
    Region,
    RegionLevel,
    RegionName,
)
from tongban.government.rules import is_in_force, level_of

Row = TypeVar("Row", Platform, Department, Agency, DockingTask, Region)
_ROW_NAMES: dict[type[models.Model], str] = {
    Platform: "platform",
    Department: "department",
    Agency: "agency",
    DockingTask: "docking_task",
    Region: "region",
}
# What an act of its own changes, with its rules and dates; `update` leaves these alone.
NOT_BY_UPDATE: dict[type[models.Model], frozenset[str]] = {
    Region: frozenset({"code", "level", "parent", "lineage", "name", "valid_to", "successor", "platform"}),
    DockingTask: frozenset({"state", "done_on"}),
    Platform: frozenset({"code"}),
    Department: frozenset({"code"}),
}


def create(actor: GovernmentActor, row: Row) -> Row:
    """Enter a new platform, department, agency or docking task.

    Raises:
        InvalidError: a field is missing or wrong; `fields` says which.
    """
    actor.require("maintain", "government")
    with transaction.atomic():
        _validate(row)
        row.save(force_insert=True)
        append(actor, f"{_name(row)}.create", _name(row), row.pk, _content(row))
    return row


def update(actor: GovernmentActor, row: Row, changes: Mapping[str, object]) -> Row:
    """Change fields of a platform, region, department, agency or docking task.

    What has an act of its own (renaming, merging, finishing) cannot be changed here.

    Raises:
        InvalidError: a field may not be changed here, or its value is wrong.
        NotFoundError: the row is gone.
    """
    actor.require("maintain", "government")
    refused = sorted(NOT_BY_UPDATE.get(type(row), frozenset()) & set(changes))
    if refused:
        raise InvalidError({name: [_("This is changed by an act of its own.")] for name in refused})
    with transaction.atomic():
        kept = type(row)._default_manager.select_for_update().filter(pk=row.pk).first()  # noqa: SLF001 # Django's documented API
        if kept is None:
            raise NotFoundError(_("This is no longer here."))
        for name, value in changes.items():
            setattr(kept, name, value)
        _validate(kept)
        kept.save()
        append(actor, f"{_name(row)}.update", _name(row), row.pk, _content(kept, changes))
    return kept


def _name(row: models.Model) -> str:
    return _ROW_NAMES[type(row)]


def _validate(row: models.Model) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        raise InvalidError(error.message_dict) from error


def _content(row: models.Model, only: Mapping[str, object] | None = None) -> dict[str, object]:
    return {
        field.attname: field.value_from_object(row)
        for field in row._meta.concrete_fields  # noqa: SLF001 # Django's documented API
        if only is None or field.name in only
    }


# Regions ------------------------------------------------------------------------------------------------


def rename_region(  # a renaming has these parts
    actor: GovernmentActor, code: str, name: str, on: date, *, name_en: str = "", basis: str = ""
) -> Region:
    """Give a region a new name from the day `on`; until then it bore the old one.

    Raises:
        InvalidError: the name is empty or the same, or the day is not after the last renaming.
        ConflictError: the region is not in force on that day.
    """
    with transaction.atomic():
        region = _region_for_update(actor, code, on)
        if not name.strip() or name.strip() == region.name:
            raise InvalidError({"name": [_("The new name must differ from “%s”.") % region.name]})
        last = RegionName.objects.filter(region=region).order_by("-valid_to").first()
        if last and last.valid_to >= on:
            raise InvalidError(
                {"on": [_("The last renaming was on %s; this one must be later.") % day_in_words(last.valid_to)]}
            )
        RegionName.objects.create(region=region, name=region.name, name_en=region.name_en, valid_to=on, basis=basis)
        old, region.name = region.name, name.strip()
        region.name_en = name_en or english_name(region.name)
        region.save(update_fields=["name", "name_en"])
        append(
            actor,
            "region.rename",
            "region",
            code,
            {"from": old, "to": region.name, "on": on, "basis": basis},
        )
    return region


def merge_region(actor: GovernmentActor, code: str, into: str, on: date, *, basis: str = "") -> Region:
    """Merge a region into another from the day `on`: it ends, what lies in it goes over to the other.

    Its agencies, services and cases stay where they are and are found through the successor.

    Raises:
        ConflictError: one of the two is not in force on that day.
        InvalidError: into itself, into a part of itself, or into a region of a lower level.
    """
    with transaction.atomic():
        region = _region_for_update(actor, code, on)
        other = _region_for_update(actor, into, on)
        if code in other.lineage:
            raise InvalidError({"into": [_("A region cannot be merged into itself or a part of itself.")]})
        if other.level > region.level:
            raise InvalidError({"into": [_("A region is merged into one of its own level or above.")]})
        region.valid_to, region.successor = on, other
        region.save(update_fields=["valid_to", "successor"])
        moved = _hang_children(region, other, on)
        append(
            actor,
            "region.merge",
            "region",
            code,
            {"into": into, "on": on, "moved": moved, "basis": basis},
        )
    return region


def _hang_children(old: Region, new: Region, on: date) -> int:
    """Put everything below `old` that lives past `on` below `new`; the number of regions moved."""
    below = Region.objects.select_for_update().filter(lineage__contains=[old.code]).exclude(pk=old.code)
    moved = [region for region in below if region.valid_to is None or region.valid_to > on]
    for region in moved:
        tail = region.lineage[region.lineage.index(old.code) + 1 :]
        region.lineage = [*new.lineage, *tail]
        if region.parent_id == old.code:
            region.parent = new
    Region.objects.bulk_update(moved, ["lineage", "parent"], batch_size=1000)
    return len(moved)


def abolish_region(actor: GovernmentActor, code: str, on: date, *, basis: str = "") -> Region:
    """End a region on the day `on` without a successor.

    Raises:
        ConflictError: it is not in force on that day, or regions below it still are.
    """
    with transaction.atomic():
        region = _region_for_update(actor, code, on)
        below = Region.objects.filter(lineage__contains=[code]).exclude(pk=code)
        alive = below.filter(models.Q(valid_to=None) | models.Q(valid_to__gt=on)).count()
        if alive:
            raise ConflictError(
                _("%(count)d regions below %(name)s are still in force; merge or abolish them first.")
                % {"count": alive, "name": region.name}
            )
        region.valid_to = on
        region.save(update_fields=["valid_to"])
        append(actor, "region.abolish", "region", code, {"on": on, "basis": basis})
    return region


def add_region(actor: GovernmentActor, code: str, name: str, parent: str, *, on: date | None = None) -> Region:
    """Enter one new region below `parent`, from the day `on` (None: since ever).

    Raises:
        NotFoundError: there is no such parent.
        InvalidError: the code is taken, malformed, or of a level not below the parent's.
    """
    actor.require("maintain", "government")
    with transaction.atomic():
        above = Region.objects.select_for_update().filter(pk=parent).first()
        if above is None:
            raise NotFoundError(_("There is no region %s.") % parent)
        region = Region(
            code=code,
            name=name,
            name_en=english_name(name),
            level=level_of(code) if code.isdigit() and len(code) == len(above.code) else RegionLevel.VILLAGE,
            line=above.line,
            parent=above,
            lineage=[*above.lineage, code],
            platform_id=above.platform_id,
            valid_from=on,
        )
        if region.level <= above.level:
            raise InvalidError(
                {"code": [_("%(code)s is not a code below %(parent)s.") % {"code": code, "parent": parent}]}
            )
        _validate(region)
        region.save(force_insert=True)
        append(actor, "region.create", "region", code, {"name": name, "parent": parent, "on": on})
    return region


def assign_platform(actor: GovernmentActor, code: str, platform: Platform, *, with_descendants: bool = True) -> int:
    """Name the home platform of a region and, unless told otherwise, of all regions below it.

    Returns:
        How many regions were changed.
    """
    actor.require("maintain", "government")
    with transaction.atomic():
        regions = Region.objects.exclude(platform=platform)
        regions = regions.filter(lineage__contains=[code]) if with_descendants else regions.filter(pk=code)
        changed = regions.update(platform=platform)
        append(
            actor,
            "region.assign_platform",
            "region",
            code,
            {"platform": platform.code, "with_descendants": with_descendants, "changed": changed},
        )
    return changed


def _region_for_update(actor: GovernmentActor, code: str, on: date) -> Region:
    actor.require("maintain", "government")
    region = Region.objects.select_for_update().filter(pk=code).first()
    if region is None:
        raise NotFoundError(_("There is no region %s.") % code)
    if not is_in_force(region, on):
        raise ConflictError(_("%(name)s is not in force on %(day)s.") % {"name": region.name, "day": day_in_words(on)})
    return region


# Docking ------------------------------------------------------------------------------------------------


def plan_docking_task(actor: GovernmentActor, task: DockingTask) -> DockingTask:
    """Plan a step of joining one platform to another: with an owner and a due date.

    Raises:
        InvalidError: a field is missing or wrong, or the two platforms are one.
    """
    actor.require("maintain", "government")
    if task.platform_id == task.target_id:
        raise InvalidError({"target": [_("A platform docks to another platform, not to itself.")]})
    if task.state != DockingTask.State.PLANNED:
        raise InvalidError({"state": [_("A task begins as planned.")]})
    return create(actor, task)


def start_docking_task(actor: GovernmentActor, task_id: uuid.UUID) -> DockingTask:
    """Raises:
    ConflictError: it is not (any longer) planned.
    """
    return _advance(actor, task_id, {DockingTask.State.PLANNED}, DockingTask.State.UNDER_WAY, None)


def finish_docking_task(actor: GovernmentActor, task_id: uuid.UUID, on: date) -> DockingTask:
    """Record that a task was done on the day `on`.

    Raises:
        ConflictError: it is done already.
    """
    open_states = {DockingTask.State.PLANNED, DockingTask.State.UNDER_WAY}
    return _advance(actor, task_id, open_states, DockingTask.State.DONE, on)


def _advance(
    actor: GovernmentActor,
    task_id: uuid.UUID,
    allowed: set[DockingTask.State],
    to: DockingTask.State,
    on: date | None,
) -> DockingTask:
    actor.require("maintain", "government")
    with transaction.atomic():
        task = DockingTask.objects.select_for_update().filter(pk=task_id).first()
        if task is None:
            raise NotFoundError(_("There is no such docking task."))
        if task.state not in allowed:
            raise ConflictError(_("This task is already %s.") % task.get_state_display())
        task.state, task.done_on = to, on
        task.save(update_fields=["state", "done_on"])
        append(actor, f"docking_task.{to.value}", "docking_task", task.pk, {"done_on": on})
    return task
