"""`tongban import services`, `import feed`, `check services`, `export services`."""

import sys
import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any, NoReturn

import click
from django.utils import timezone

from tongban.cli.outcome import (
    FAILED,
    WRONG_INPUT,
    FailedError,
    InputError,
    Progress,
    counted,
    end_quietly,
    json_option,
    print_json,
)
from tongban.foundation.errors import NotFoundError, TongbanError
from tongban.government.queries import find_platform
from tongban.identity.actor import platform_process
from tongban.items.exchange_format import ITEM_TYPE_TABLES
from tongban.items.exporting import FORMAT_OF_ENDING, FORMATS, export_services, export_to_file
from tongban.items.feed import import_feed
from tongban.items.importing import ImportOptions, import_services
from tongban.items.problems import ImportReport, Problem
from tongban.items.queries import (
    Comparison,
    Filters,
    ServiceFindings,
    check_services,
    known_filters,
    same_item_across_regions,
)
from tongban.items.reading import open_services
from tongban.items.rules import Severity

_IMPORTER = platform_process("import")
_SHOWN = 50
_DAY = click.DateTime(["%Y-%m-%d"])


def _day(given: datetime | None) -> date:
    return given.date() if given else timezone.localdate()


def _known(filters: Filters) -> Filters:
    try:
        return known_filters(_IMPORTER, filters)
    except TongbanError as error:
        raise InputError(str(error.detail)) from error


@click.command("services")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--format", "file_format", type=click.Choice(["csv", "xlsx", "json"]), help="Where the ending does not say."
)
@click.option("--dry-run", is_flag=True, help="Check everything, load nothing.")
@click.option("--update", is_flag=True, help="Change services that exist; a changed row makes a new version.")
@click.option("--keep-going", is_flag=True, help="Load the good rows and list the bad ones.")
@click.option("--effective-from", type=_DAY, help="For new services whose row has no date (today by default).")
@click.option(
    "--item-types",
    type=click.Choice(list(ITEM_TYPE_TABLES)),
    default="national",
    show_default=True,
    help="Which codes the list writes for types of items.",
)
@click.option(
    "--platform",
    default="",
    help="Code of the platform the services are of, where their rows do not say (their regions' by default).",
)
@json_option
def import_command(  # noqa: PLR0913, PLR0917 - click hands each option over by its name
    file: Path,
    file_format: str | None,
    dry_run: bool,  # noqa: FBT001 - click passes flags so
    update: bool,  # noqa: FBT001
    keep_going: bool,  # noqa: FBT001
    effective_from: datetime | None,
    item_types: str,
    platform: str,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Load services from FILE (CSV, XLSX or JSON; docs/data-formats.md describes them).

    A row with an error stops the whole file, unless --keep-going. Warnings stop nothing.
    """
    try:
        options = ImportOptions(
            update=update,
            keep_going=keep_going,
            dry_run=dry_run,
            effective_from=effective_from.date() if effective_from else None,
            item_types=item_types,
            platform=find_platform(_IMPORTER, platform) if platform else None,
        )
        report = import_services(_IMPORTER, open_services(file, file_format or ""), options, _ticking(quiet=as_json))
    except TongbanError as error:
        raise InputError(str(error.detail)) from error
    _end_import(report, as_json=as_json)


@click.command("feed")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check everything, load nothing.")
@click.option("--keep-going", is_flag=True, help="Load the good records and list the bad ones.")
@json_option
def feed_command(
    file: Path,
    dry_run: bool,  # noqa: FBT001 - click passes flags so
    keep_going: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> None:
    """Take in what another platform publishes: FILE holds all its services, with a header that says whose they are.

    What changed becomes a new version; what is gone from the feed is withdrawn.
    """
    try:
        report = import_feed(_IMPORTER, file, dry_run=dry_run, keep_going=keep_going, progress=_ticking(quiet=as_json))
    except TongbanError as error:
        raise InputError(str(error.detail)) from error
    _end_import(report, as_json=as_json)


def _ticking(*, quiet: bool) -> Callable[[int], None]:
    """Says every second how many rows are done."""
    progress = Progress(quiet=quiet)
    said = time.monotonic()

    def tell(rows: int) -> None:
        nonlocal said
        if time.monotonic() - said >= 1:
            said = time.monotonic()
            progress(f"{rows} rows")

    return tell


def _end_import(report: ImportReport, *, as_json: bool) -> None:
    if as_json:
        print_json(report.as_json())
    else:
        _print_import(report)
    if report.errors:
        sys.exit(WRONG_INPUT)


def _print_import(report: ImportReport) -> None:
    loaded = "loaded" if report.loaded else "nothing loaded"
    click.echo(f"{report.rows} rows read in {report.seconds:.1f} s: {loaded}.")
    click.echo(
        f"New {report.created}, changed {report.updated}, unchanged {report.unchanged}, withdrawn {report.withdrawn};"
        f" versions published {report.versions}, of them applicable {report.applicable}."
    )
    for what, names in (
        ("Departments", report.departments_created),
        ("Agencies", report.agencies_created),
    ):
        if names:
            click.echo(f"{what} made: {len(names)} ({'、'.join(names[:8])}{'…' if len(names) > 8 else ''})")  # noqa: PLR2004 - what fits a line
    for what, problems in (("Warnings", report.warnings), ("Errors", report.errors)):
        if problems:
            counts = ", ".join(f"{name} {number}" for name, number in _counts(problems).items())
            click.echo(f"{what}: {len(problems)} ({counts})")
            for one in problems[:_SHOWN]:
                click.echo(f"  {one}")
            if len(problems) > _SHOWN:
                click.echo(f"  … and {len(problems) - _SHOWN} more (--json has all)")
    if report.errors:
        left = f"{len(report.left_out)} rows were left out."
        click.echo(left if report.loaded else "Correct these rows, or use --keep-going.", err=True)


def _counts(problems: list[Problem]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for one in problems:
        counts[str(one.category)] = counts.get(str(one.category), 0) + 1
    return counts


@click.command("services")
@click.argument("file")
@click.option("--format", "file_format", type=click.Choice(FORMATS), help="Where the ending of FILE does not say.")
@click.option("--region", default="", help="Code of 6 or 12 digits; with everything below it.")
@click.option("--department", default="", help="Code of the department.")
@click.option("--theme", default="", help="Code of the theme.")
@click.option("--platform", default="", help="Code of the platform.")
@click.option("--as-of", type=_DAY, help="The services in force on this day (today by default).")
def export_command(
    file: str,
    file_format: str | None,
    region: str,
    department: str,
    theme: str,
    platform: str,
    as_of: datetime | None,
) -> None:
    """Write the services in force to FILE (`-` is standard output)."""
    file_format = file_format or FORMAT_OF_ENDING.get(Path(file).suffix.lower())
    if file_format is None:
        raise InputError(f"{file} does not say which format; use --format ({', '.join(FORMATS)})")
    filters = _known(Filters(region=region, below=True, department=department, theme=theme, platform=platform))
    day = _day(as_of)
    progress = _ticking(quiet=False)
    try:
        if file == "-":
            rows = export_services(_IMPORTER, sys.stdout.buffer, file_format, filters, day, progress)
            sys.stdout.buffer.flush()
        else:
            rows = export_to_file(_IMPORTER, Path(file), file_format, filters, day, progress)
    except TongbanError as error:
        raise FailedError(str(error.detail)) from error
    except OSError as error:
        if file == "-" and isinstance(error, BrokenPipeError):
            end_quietly()
            return
        raise FailedError(f"{file} cannot be written: {error.strerror or error}") from error
    click.echo(f"{counted(rows, 'service')} written, as of {day}.", err=True)


@click.command("services")
@click.option("--region", default="", help="Code of 6 or 12 digits; with everything below it.")
@click.option("--department", default="", help="Code of the department.")
@click.option("--as-of", type=_DAY, help="The services in force on this day (today by default).")
@click.option("--compare", "item_code", default="", help="Compare this item (12-character code) over its regions.")
@json_option
def check_command(
    region: str,
    department: str,
    as_of: datetime | None,
    item_code: str,
    as_json: bool,  # noqa: FBT001 - click passes flags so
) -> None:
    """Run the 16 consistency rules over the services in force. Exit code 1 if any finds an error."""
    day = _day(as_of)
    if item_code:
        _compare(item_code, day, as_json=as_json)
    filters = _known(Filters(region=region, below=True, department=department))
    examined, tell = 0, _ticking(quiet=as_json)

    def count(services: int) -> None:
        nonlocal examined
        examined = services
        tell(services)

    found = check_services(_IMPORTER, filters, day, progress=count)
    errors = sum(f.severity is Severity.ERROR for one in found for f in one.findings)
    if as_json:
        print_json([_finding_json(one) for one in found])
    else:
        for one in found:
            click.echo(f"{one.region} {one.agency} · {one.name} ({one.code})")
            for finding in one.findings:
                click.echo(f"  {finding.rule} {finding.severity} {finding.field}: {finding.message}")
        warnings = sum(len(one.findings) for one in found) - errors
        click.echo(
            f"{counted(examined, 'service')} examined, {len(found)} with findings:"
            f" {counted(errors, 'error')}, {counted(warnings, 'warning')}."
        )
    sys.exit(FAILED if errors else 0)


def _finding_json(one: ServiceFindings) -> dict[str, Any]:
    return {
        "service_id": str(one.service_id),
        "code": one.code,
        "name": one.name,
        "agency": one.agency,
        "region": one.region,
        "findings": [
            {"rule": f.rule, "severity": str(f.severity), "field": f.field, "message": str(f.message)}
            for f in one.findings
        ],
    }


def _compare(item_code: str, day: date, *, as_json: bool) -> NoReturn:
    try:
        comparison = same_item_across_regions(_IMPORTER, item_code, day)
    except NotFoundError as error:
        raise InputError(f"There is no item {item_code} in the catalogue.") from error
    places = {v.service_id: v for v in comparison.versions}
    if as_json:
        print_json(_comparison_json(comparison))
    else:
        click.echo(f"{comparison.item}: {counted(len(places), 'service')}")
        for aspect in comparison.aspects:
            click.echo(f"{aspect.aspect}: {'the same everywhere' if aspect.same else 'differs'}")
            if not aspect.same:
                for service, value in aspect.values.items():
                    agency = places[service].service.agency
                    click.echo(f"  {agency.region_id} {agency.name}: {value.replace(chr(10), ' | ') or '-'}")
    sys.exit(0 if comparison.consistent else FAILED)


def _comparison_json(comparison: Comparison) -> dict[str, Any]:
    return {
        "item": comparison.item.code,
        "name": comparison.item.name,
        "services": [
            {"service_id": str(v.service_id), "region": v.service.agency.region_id, "agency": v.service.agency.name}
            for v in comparison.versions
        ],
        "aspects": [
            {"aspect": a.aspect, "same": a.same, "values": {str(k): v for k, v in a.values.items()}}
            for a in comparison.aspects
        ],
    }
