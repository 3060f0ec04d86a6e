"""Loading departments and agencies from files: every bad row reported, nothing half-loaded."""

from collections.abc import Sequence
from importlib.resources import files
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.db import models, transaction

from tongban.foundation.ledger import append
from tongban.government.access import GovernmentActor
from tongban.government.importing.report import ImportReport, Line, digest, read_lines
from tongban.government.models import Agency, Department, Platform, Region
from tongban.government.rules import credit_code_fault, full_code

_TEXTS = (
    "name_en",
    "credit_code",
    "address",
    "address_en",
    "opening_hours",
    "opening_hours_en",
    "phone",
    "complaint_phone",
)
Row = TypeVar("Row", Department, Agency)
AGENCY_REQUIRED = ("department", "region", "name")
AGENCY_OPTIONAL = (*_TEXTS, "platform")
DEPARTMENT_REQUIRED = ("code", "name")
DEPARTMENT_OPTIONAL = ("position", "name_en", "introduction", "introduction_en")
_CREDIT_CODE = "a unified social credit code that passes its check (GB 32100); loaded as it stands"


def import_shipped_departments(actor: GovernmentActor) -> ImportReport:
    """The functional lines that ship with the product, in the order in which they are customarily named."""
    data = (files("tongban.government") / "data" / "departments.csv").read_bytes()
    return import_departments(actor, data)


def import_departments(actor: GovernmentActor, data: bytes, *, dry_run: bool = False) -> ImportReport:
    """Load departments from CSV (code, name; position, name_en, introductions): new ones are added, others
    changed.

    Returns:
        The report. With problems, nothing was written.
    """
    actor.require("maintain", "government")
    lines, problems = read_lines(data, DEPARTMENT_REQUIRED, DEPARTMENT_OPTIONAL)
    report = ImportReport(sha256=digest(data), read=len(lines), problems=problems)
    with transaction.atomic():
        known = Department.objects.in_bulk(field_name="code")
        rows: list[tuple[Department, bool]] = []
        seen: dict[str, int] = {}
        for line in lines:
            if line["code"] in seen:
                problems.append(line.problem("code", f"each code once; it stands on line {seen[line['code']]} too"))
                continue
            seen[line["code"]] = line.number
            values: dict[str, object] = {c: line[c] for c in line.cells if c not in {"code", "position"}}
            if line["position"]:
                if not (line["position"].isascii() and line["position"].isdigit()):
                    problems.append(line.problem("position", "a whole number"))
                    continue
                values["position"] = line["position"]
            row = known.get(line["code"]) or Department(code=line["code"])
            _take(line, row, values, rows, report)
        _finish(actor, rows, report, dry_run=dry_run, name="department")
    return report


def import_agencies(actor: GovernmentActor, data: bytes, *, dry_run: bool = False) -> ImportReport:
    """Load agencies from CSV: new ones are added, those that stand here (same department and region) changed.

    Columns: department (code), region (6 or 12 digits), name; platform (code; else the region's) and the
    agency's texts may follow. A credit code that fails its check is a finding, not a problem.

    Returns:
        The report. With problems, nothing was written.
    """
    actor.require("maintain", "government")
    lines, problems = read_lines(data, AGENCY_REQUIRED, AGENCY_OPTIONAL)
    report = ImportReport(sha256=digest(data), read=len(lines), problems=problems)
    with transaction.atomic():
        departments = Department.objects.in_bulk(field_name="code")
        platforms = Platform.objects.in_bulk(field_name="code")
        regions = _regions_of(lines)
        known = {
            (agency.department_id, agency.region_id): agency
            for agency in Agency.objects.filter(region__in=[region.code for region in regions.values()])
        }
        rows: list[tuple[Agency, bool]] = []
        seen: dict[tuple[object, str], int] = {}
        for line in lines:
            department = departments.get(line["department"])
            region = regions.get(line["region"])
            platform = platforms.get(line["platform"]) if line["platform"] else None
            if department is None:
                problems.append(line.problem("department", "the code of a department that stands here"))
            if region is None:
                problems.append(line.problem("region", "the code of a region that stands here"))
            if line["platform"] and platform is None:
                problems.append(line.problem("platform", "the code of a platform that stands here"))
            if department is None or region is None or (line["platform"] and platform is None):
                continue
            key = (department.pk, region.code)
            if key in seen:
                problems.append(line.problem("department", f"once a region; it stands on line {seen[key]} too"))
                continue
            seen[key] = line.number
            row = known.get(key) or Agency(department=department, region=region, platform_id=region.platform_id)
            values: dict[str, object] = {c: line[c] for c in line.cells if c in {"name", *_TEXTS}}
            if platform:
                values["platform"] = platform
            if line["credit_code"] and credit_code_fault(line["credit_code"]):
                report.findings.append(line.problem("credit_code", _CREDIT_CODE))
            _take(line, row, values, rows, report)
        _finish(actor, rows, report, dry_run=dry_run, name="agency")
    return report


def _regions_of(lines: Sequence[Line]) -> dict[str, Region]:
    """The regions the file names, by the code as it is written there."""
    codes: dict[str, str] = {}
    for line in lines:
        try:
            codes[line["region"]] = full_code(line["region"])
        except ValueError:
            continue  # reported with its line, as a region that does not stand here
    found = Region.objects.in_bulk(set(codes.values()))
    return {written: found[code] for written, code in codes.items() if code in found}


def _take(line: Line, row: Row, values: dict[str, object], rows: list[tuple[Row, bool]], report: ImportReport) -> None:
    """Set the values on the row; keep it for writing when it is right and new or changed."""
    is_new = row._state.adding  # noqa: SLF001 # Django's documented API
    before = None if is_new else _values(row)
    for name, value in values.items():
        setattr(row, name, value)
    try:
        # Whether keys exist and codes are taken was looked up for the whole file at once.
        row.clean_fields(exclude=["department", "region", "platform"])
    except ValidationError as error:
        for column, messages in error.message_dict.items():
            report.problems.append(line.problem(column, "; ".join(messages)))
        return
    if before == _values(row):
        report.unchanged += 1
    else:
        rows.append((row, is_new))


def _values(row: models.Model) -> dict[str, object]:
    return {
        f.attname: f.to_python(f.value_from_object(row))
        for f in row._meta.concrete_fields  # noqa: SLF001 # Django's documented API
    }


def _finish(
    actor: GovernmentActor,
    rows: list[tuple[Row, bool]],
    report: ImportReport,
    name: str,
    *,
    dry_run: bool,
) -> None:
    report.problems.sort(key=lambda problem: problem.line)
    report.added = sum(is_new for _row, is_new in rows)
    report.changed = len(rows) - report.added
    if not report.ok or dry_run:
        return
    for row, is_new in rows:
        row.save(force_insert=is_new)
    append(
        actor,
        f"{name}.import",
        name,
        "import",
        {
            "sha256": report.sha256,
            "read": report.read,
            "added": report.added,
            "changed": report.changed,
            "unchanged": report.unchanged,
        },
    )
