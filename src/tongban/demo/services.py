"""Entering items and services: the catalogue, the described services, what else is listed, and the feeds of others."""

import hashlib
import json
import random
import uuid
from collections.abc import Iterator, Mapping
from importlib.resources import as_file
from typing import Any

from django.db import transaction

from tongban.demo.content import catalogue, folder, read, service, service_keys, version_rows, version_texts
from tongban.demo.government import HOME_PLATFORM, ContentError
from tongban.foundation.ledger import append
from tongban.government.models import Agency, Department, Platform
from tongban.government.rules import level_of
from tongban.identity.actor import Actor
from tongban.items.codes import build_code
from tongban.items.fields import CHILD_GROUPS, SERVICE_FIELDS
from tongban.items.importing import ImportOptions, import_rows, import_services
from tongban.items.models import Item, Theme
from tongban.items.problems import ImportReport
from tongban.items.reading import RawRow, open_services

_NAMESPACE = uuid.UUID("6f5c2a54-6f0a-5c6b-9a39-0d4f5d6b7e10")
_SEED = "tongban-demo"
LISTED_SINCE = "2024-07-01"
FEEDS = ("guangdong", "guangzhou", "fujian", "fuzhou", "quanzhou", "hainan", "haikou")


def service_id(key: str, region: str) -> uuid.UUID:
    """The id a service of the demonstration has wherever it is loaded."""
    return uuid.uuid5(_NAMESPACE, f"{key}@{region}")


def staffed() -> set[tuple[str, str]]:
    """(department, region) of every agency with a described service."""
    return {(one["department"], one["region"]) for one in map(service, service_keys())}


def enter_catalogue(actor: Actor) -> None:
    """Themes and items that do not stand yet, in one act."""
    departments = Department.objects.in_bulk(field_name="code")
    with transaction.atomic():
        themes = Theme.objects.bulk_create([Theme(**theme) for theme in read("themes")], ignore_conflicts=True)
        standing = set(Item.objects.values_list("code", flat=True))
        items = Item.objects.bulk_create(
            [
                Item(
                    code=entry["code"],
                    name=entry["name"],
                    name_en=entry["name_en"],
                    item_type=entry["type"],
                    department=departments[entry["department"]],
                    levels=entry["levels"],
                    legal_basis=entry["basis"],
                )
                for entry in catalogue()
                if entry["code"] not in standing
            ]
        )
        append(actor, "catalogue.load", "catalogue", _SEED, {"themes": len(themes), "items": len(items)})


def enter_services(actor: Actor) -> ImportReport:
    """The described services and the listed ones, by the import that any operator uses."""
    agencies = {
        (agency.department.code, agency.region_id): agency
        for agency in Agency.objects.filter(region__in=read("coverage")).select_related("department")
    }
    rows = [*_described_rows(agencies), *_listed_rows(agencies)]
    digest = hashlib.sha256(json.dumps(rows, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()
    raw = (RawRow(line, list(row.items())) for line, row in enumerate(rows, start=1))
    return whole(import_rows(actor, raw, "json", digest, ImportOptions(update=True))[0])


def whole(report: ImportReport) -> ImportReport:
    """The report, if nothing was left out.

    Raises:
        ContentError: a row was refused.
    """
    if not report.loaded:
        raise ContentError("; ".join(f"{p.line} {p.column}: {p.value!r}, {p.expected}" for p in report.errors[:5]))
    return report


_Agencies = Mapping[tuple[str, str], Agency]


def _described_rows(agencies: _Agencies) -> Iterator[dict[str, Any]]:
    for key in service_keys():
        described = service(key)
        department, region = described["department"], described["region"]
        agency = agencies[department, region]
        texts = {**version_texts(described), "exercise_level": level_of(region)}
        row = _row(key, agency, department, described["item"])
        row |= {
            field.name: field.kind.write(texts[field.attribute])
            for field in SERVICE_FIELDS.values()
            if field.owner == "version" and field.attribute in texts
            if field.attribute not in {"effective_from", "effective_to"}
        }
        row["plan_effective_date"] = described["effective_from"]
        for group, rows in version_rows(described).items():
            row[group] = [
                {
                    field.name: field.kind.write(one[field.attribute])
                    for field in CHILD_GROUPS[group]
                    if field.attribute in one
                }
                for one in rows
            ]
        yield row


def _listed_rows(agencies: _Agencies) -> Iterator[dict[str, Any]]:
    described = {(one["item"], one["region"]) for one in map(service, service_keys())}
    for region, share in read("coverage").items():
        level = level_of(region)
        for item in catalogue():
            draw = random.Random(f"{_SEED}:{region}:{item['code']}").random()  # noqa: S311 # a demonstration, not a secret
            if level not in item["levels"] or (item["code"], region) in described or draw >= share:
                continue
            agency = agencies[item["department"], region]
            row = _row(item["code"], agency, item["department"], item["code"])
            yield row | {
                "task_name": item["name"],
                "task_type": item["type"],
                "by_law": item["basis"],
                "use_level": str(level + 1),
                "transact_addr": agency.address,
                "transact_time": agency.opening_hours,
                "link_way": agency.phone,
                "supervise_way": agency.complaint_phone,
                "plan_effective_date": LISTED_SINCE,
                "english": {
                    "name": item["name_en"],
                    "address": agency.address_en,
                    "opening_hours": agency.opening_hours_en,
                },
            }


def _row(key: str, agency: Agency, department: str, item: str) -> dict[str, Any]:
    code = build_code(agency.credit_code, level_of(agency.region_id), item)
    return {
        "service_id": str(service_id(key, agency.region_id)),
        "platform": HOME_PLATFORM,
        "region": agency.region_id,
        "department": department,
        "dept_name": agency.name,
        "dept_code": agency.credit_code,
        "catalog_code": item,
        "task_code": code.implementation_code,
    }


def enter_feeds(actor: Actor) -> int:
    """What the other platforms publish, from a file each. Number of services."""
    platforms = Platform.objects.in_bulk(field_name="code")
    total = 0
    for code in FEEDS:
        with as_file(folder() / "feeds" / f"{code}.json") as path:
            platform = platforms[code]
            options = ImportOptions(update=True, feed=platform, source_url=platform.url)
            total += whole(import_services(actor, open_services(path), options)).rows
    return total
