"""Entering who governs: platforms, regions, departments, agencies, docking tasks. Each step adds what is missing."""

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from django.db import transaction

from tongban.demo.agencies import missing_agencies
from tongban.demo.content import folder, read
from tongban.government.actions import (
    assign_platform,
    create,
    finish_docking_task,
    plan_docking_task,
    start_docking_task,
)
from tongban.government.importing.agencies import import_agencies, import_departments, import_shipped_departments
from tongban.government.importing.regions import import_regions, import_shipped_regions
from tongban.government.importing.report import ImportReport
from tongban.government.models import Agency, Department, DockingTask, Platform, Region
from tongban.identity.actor import Actor

HOME_PLATFORM = "guangxi"
DOCKED_FROM = date(2019, 1, 15)
_OWNER = {"department": "government-services-data", "region": "450000000000"}


class ContentError(RuntimeError):
    """The demonstration's own content was refused; a fault of the product, not of its user."""


def whole(report: ImportReport) -> ImportReport:
    """The report, if nothing was left out.

    Raises:
        ContentError: a row was refused.
    """
    if not report.ok:
        raise ContentError("; ".join(map(str, report.problems[:5])))
    return report


def enter_regions(actor: Actor) -> None:
    """The nation to its counties, the two townships, and every platform with its home region."""
    whole(import_shipped_regions(actor))
    for entry in read("platforms"):
        if not Platform.objects.filter(code=entry["code"]).exists():
            fields = {name: value for name, value in entry.items() if name != "region"}
            create(actor, Platform(**fields))
    platforms = Platform.objects.in_bulk(field_name="code")
    # A province's first, then the cities below that have their own.
    for entry in sorted(read("platforms"), key=lambda e: e.get("region", "")):
        region = entry.get("region")
        if region and Region.objects.get(pk=region).platform_id != platforms[entry["code"]].pk:
            assign_platform(actor, region, platforms[entry["code"]])
    whole(import_regions(actor, (folder() / "townships.csv").read_bytes()))


def enter_departments(actor: Actor) -> None:
    """The departments that ship, and the demonstration's own."""
    if not Department.objects.filter(code="market-supervision").exists():
        whole(import_shipped_departments(actor))
    for entry in read("departments"):
        if not Department.objects.filter(code=entry["code"]).exists():
            whole(import_departments(actor, _csv_of(entry)))


def enter_agencies(actor: Actor) -> None:
    """The agencies of the regions the demonstration plays in."""
    data = missing_agencies()
    if data.count(b"\n") > 1:
        whole(import_agencies(actor, data))


def _csv_of(entry: Mapping[str, Any]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(entry))
    writer.writeheader()
    writer.writerow(entry)
    return text.getvalue().encode()


def enter_docking_tasks(actor: Actor, today: date) -> None:
    """The docking tasks: the fifty-five of 2019, and those of these weeks, of our platform and the others. Their owners
    must stand already, those of other platforms too.
    """
    platforms = Platform.objects.in_bulk(field_name="code")
    standing = set(DockingTask.objects.values_list("name", flat=True))
    for entry in _docking_tasks(today):
        if entry["name"] in standing:
            continue
        task = DockingTask(
            platform=platforms[entry["platform"]],
            target=platforms[entry["target"]],
            owner=Agency.objects.get(department__code=entry["owner"]["department"], region=entry["owner"]["region"]),
            name=entry["name"],
            name_en=entry["name_en"],
            due_on=entry["due_on"],
        )
        with transaction.atomic():
            plan_docking_task(actor, task)
            if entry["state"] == DockingTask.State.DONE:
                finish_docking_task(actor, task.pk, entry["done_on"])
            elif entry["state"] == DockingTask.State.UNDER_WAY:
                start_docking_task(actor, task.pk)


def _docking_tasks(today: date) -> Iterator[dict[str, Any]]:
    content = read("docking")
    first = content["first"]
    span = (first["due_on"] - DOCKED_FROM).days
    tasks = [(subject, step) for subject in first["subjects"] for step in first["steps"]]
    for place, (subject, step) in enumerate(tasks, start=1):
        yield {
            "platform": HOME_PLATFORM,
            "owner": _OWNER,
            "target": first["target"],
            "name": f"{subject['zh']}：{step['zh']}（{first['note']['zh']}）",
            "name_en": f"{subject['en']}: {step['en']} ({first['note']['en']})",
            "due_on": first["due_on"],
            "state": DockingTask.State.DONE,
            "done_on": DOCKED_FROM + timedelta(days=span * place // len(tasks)),
        }
    for entry in content["later"]:
        done = entry.get("done")
        yield {
            "platform": entry.get("platform", HOME_PLATFORM),
            "owner": entry.get("owner", _OWNER),
            "target": entry["target"],
            "name": entry["zh"],
            "name_en": entry["en"],
            "due_on": today + timedelta(days=entry["due"]),
            "state": DockingTask.State.DONE if done is not None else DockingTask.State(entry["state"]),
            "done_on": None if done is None else today + timedelta(days=done),
        }
