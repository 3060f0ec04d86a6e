"""The demonstration's agencies: departments crossed with regions, named, addressed and coded by rule."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from tongban.demo.content import catalogue, read
from tongban.demo.identifiers import GOVERNMENT_ORGAN, credit_code
from tongban.government.models import Agency, Department, RegionLevel
from tongban.government.rules import level_of

COLUMNS = (
    "department",
    "region",
    "name",
    "name_en",
    "credit_code",
    "address",
    "address_en",
    "opening_hours",
    "opening_hours_en",
    "phone",
    "complaint_phone",
)


def missing_agencies() -> bytes:
    """The agencies that do not stand yet, or stand without a credit code (those of the records of 2019), as the CSV
    that government's import reads. Who stands keeps the name it has.
    """
    positions = dict(Department.objects.values_list("code", "position"))
    standing = {(a.department.code, a.region_id): a for a in Agency.objects.select_related("department")}
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    for department, region in _wanted():
        agency = standing.get((department, region))
        if agency is None or not agency.credit_code:
            row = _agency(department, region, positions[department])
            writer.writerow(row | ({"name": agency.name, "name_en": agency.name_en} if agency else {}))
    return text.getvalue().encode()


def _wanted() -> Iterator[tuple[str, str]]:
    naming = read("agencies")
    for region in naming["regions"]:
        level = level_of(region)
        busy = {item["department"] for item in catalogue() if level in item["levels"]}
        if level < RegionLevel.TOWNSHIP:
            busy |= set(naming["always"])
        for department in sorted(busy):
            yield department, region


def _agency(department: str, region: str, position: int) -> dict[str, str]:
    naming = read("agencies")
    place: Mapping[str, Any] = naming["regions"][region]
    level = level_of(region)
    if level == RegionLevel.TOWNSHIP:
        ending, field = naming["township_names"][department]
        kind = "Office"
    else:
        provincial, local, field = naming["names"][department]
        ending = provincial if level == RegionLevel.PROVINCE else local
        kind = "Department" if level == RegionLevel.PROVINCE else "Bureau"
    name_en = f"{place['en']} {field}" + ("" if field.endswith(("Federation", "Fund")) else f" {kind}")
    return {
        "department": department,
        "region": region,
        "name": f"{place['zh']}{ending}",
        "name_en": name_en,
        "credit_code": credit_code(GOVERNMENT_ORGAN, region, position * 1000 + place["index"]),
        "address": place["hall_zh"],
        "address_en": place["hall_en"],
        "opening_hours": naming["hours"]["zh"],
        "opening_hours_en": naming["hours"]["en"],
        "phone": f"{place['area']}-0{position:03d}{place['index']:03d}",
        "complaint_phone": f"{place['area']}-12345",
    }
