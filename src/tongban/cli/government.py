"""`tongban import regions`, `import townships`, `import departments`, `import agencies`, `check agencies`."""

import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import click

from tongban.cli.outcome import FAILED, WRONG_INPUT, InputError, json_option, print_json
from tongban.foundation.errors import TongbanError
from tongban.government.importing.agencies import (
    import_agencies,
    import_departments,
    import_shipped_departments,
)
from tongban.government.importing.regions import import_regions, import_shipped_regions
from tongban.government.importing.report import ImportReport
from tongban.government.queries import credit_code_findings
from tongban.government.rules import CreditCodeFault
from tongban.identity.actor import platform_process

_IMPORTER = platform_process("import")
_SHOWN = 50
_FILE = click.Path(path_type=Path, dir_okay=False)


def _run(load: Callable[[], ImportReport], *, dry_run: bool, as_json: bool) -> None:
    """Load, say what happened, and end with the exit code for wrong input where nothing was loaded."""
    began = time.monotonic()
    try:
        report = load()
    except TongbanError as error:
        raise InputError(str(error.detail)) from error
    except OSError as error:
        raise InputError(f"{error.filename} cannot be read: {error.strerror}") from error
    seconds = time.monotonic() - began
    if as_json:
        print_json({**report.as_dict(), "loaded": report.ok and not dry_run, "seconds": round(seconds, 2)})
    else:
        loaded = "loaded" if report.ok and not dry_run else "nothing loaded"
        click.echo(f"{report.read} rows read in {seconds:.1f} s: {loaded}.")
        if report.ok:
            click.echo(f"New {report.added}, changed {report.changed}, unchanged {report.unchanged}.")
        for what, rows in (("Findings", report.findings), ("Problems", report.problems)):
            if rows:
                click.echo(f"{what}: {len(rows)}")
            for row in rows[:_SHOWN]:
                click.echo(f"  {row}")
            if len(rows) > _SHOWN:
                click.echo(f"  … and {len(rows) - _SHOWN} more (--json has all)")
    if not report.ok:
        sys.exit(WRONG_INPUT)


@click.command("regions")
@click.argument("file", type=_FILE, required=False)
@click.option("--changed-on", type=click.DateTime(["%Y-%m-%d"]), help="Day of the renamings in FILE.")
@click.option("--dry-run", is_flag=True, help="Check everything, load nothing.")
@json_option
def regions_command(
    file: Path | None,
    changed_on: datetime | None,
    dry_run: bool,  # noqa: FBT001 - click passes flags so
    as_json: bool,  # noqa: FBT001
) -> None:
    """Load regions from FILE (CSV: code12, name, parent_code12); without FILE the tree that ships, province to county.

    All rows or none. Rows that stand here unchanged are passed over; a changed name needs --changed-on.
    """
    day = changed_on.date() if changed_on else None
    if file is None and (day or dry_run):
        raise InputError("--changed-on and --dry-run go with a FILE")
    _run(
        lambda: (
            import_regions(_IMPORTER, file.read_bytes(), changed_on=day, dry_run=dry_run)
            if file
            else import_shipped_regions(_IMPORTER)
        ),
        dry_run=dry_run,
        as_json=as_json,
    )


@click.command("townships")
@click.argument("file", type=_FILE)
@click.option("--dry-run", is_flag=True, help="Check everything, load nothing.")
@json_option
def townships_command(
    file: Path,
    dry_run: bool,  # noqa: FBT001 - click passes flags so
    as_json: bool,  # noqa: FBT001
) -> None:
    """Load townships and villages from FILE (CSV: code12, name, parent_code12), the tree above them first
    if need be.
    """

    def load() -> ImportReport:
        data = file.read_bytes()
        if not dry_run:
            import_shipped_regions(_IMPORTER)
        return import_regions(_IMPORTER, data, dry_run=dry_run)

    _run(load, dry_run=dry_run, as_json=as_json)


@click.command("departments")
@click.argument("file", type=_FILE, required=False)
@json_option
def departments_command(
    file: Path | None,
    as_json: bool,  # noqa: FBT001 - click passes flags so
) -> None:
    """Load departments from FILE (CSV: code, name; position, name_en); without FILE those that ship."""
    _run(
        lambda: import_departments(_IMPORTER, file.read_bytes()) if file else import_shipped_departments(_IMPORTER),
        dry_run=False,
        as_json=as_json,
    )


@click.command("agencies")
@click.argument("file", type=_FILE)
@click.option("--dry-run", is_flag=True, help="Check everything, load nothing.")
@json_option
def agencies_command(
    file: Path,
    dry_run: bool,  # noqa: FBT001 - click passes flags so
    as_json: bool,  # noqa: FBT001
) -> None:
    """Load agencies from FILE (CSV: department, region, name; platform, credit_code, address, ...).

    A credit code that fails its check is reported and loaded as it stands.
    """
    _run(
        lambda: import_agencies(_IMPORTER, file.read_bytes(), dry_run=dry_run),
        dry_run=dry_run,
        as_json=as_json,
    )


@click.command("agencies")
@json_option
def check_agencies_command(
    as_json: bool,  # noqa: FBT001 - click passes flags so
) -> None:
    """List agencies whose unified social credit code is missing or fails its check (GB 32100).

    Exit code 1 if any code is wrong; a missing one is listed and does not change the exit code.
    """
    findings = credit_code_findings(_IMPORTER)
    wrong = sum(finding.fault is not CreditCodeFault.MISSING for finding in findings)
    if as_json:
        print_json(
            [
                {"id": str(f.agency_id), "agency": f.agency, "credit_code": f.credit_code, "fault": f.fault.value}
                for f in findings
            ]
        )
    else:
        for finding in findings:
            click.echo(f"{finding.agency}: {finding.credit_code or '-'} ({finding.fault.value})")
        click.echo(f"{wrong} wrong, {len(findings) - wrong} missing.", err=True)
    sys.exit(FAILED if wrong else 0)
