"""`tongban stats visits`, `stats coverage`, `stats docking`: figures of integration, computed from the records."""

import sys
from datetime import date, datetime

import click
from django.utils import timezone

from tongban.cli.outcome import InputError, json_option, print_json
from tongban.foundation.errors import TongbanError
from tongban.government.models import Platform, RegionLevel
from tongban.government.queries import docking_table
from tongban.identity.actor import platform_process
from tongban.items.coverage import as_json as coverage_json
from tongban.items.coverage import coverage_csv, coverage_matrix
from tongban.supervision.export import table_csv
from tongban.supervision.indicators import visits_table
from tongban.supervision.labels import share_words

_READER = platform_process("stats")
_DAY = click.DateTime(["%Y-%m-%d"])
_as_of = click.option("--as-of", type=_DAY, help="The day (today by default).")
_csv = click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")


def _day(given: datetime | None) -> date:
    return given.date() if given else timezone.localdate()


@click.command("visits")
@click.option("--theme", default="", help="Code of the theme; all services without it.")
@click.option("--region", required=True, help="Code of 6 or 12 digits: the agencies that stand in this region.")
@click.option("--with-descendants", is_flag=True, help="The agencies of all regions below, too.")
@_as_of
@_csv
@json_option
def visits_command(
    theme: str,
    region: str,
    with_descendants: bool,  # noqa: FBT001 - click passes flags so
    as_of: datetime | None,
    as_csv: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> None:
    """How many services need exactly one visit, or none, by agency; with totals and shares."""
    try:
        table = visits_table(_READER, theme, region, _day(as_of), with_descendants=with_descendants)
    except TongbanError as error:
        raise InputError(str(error.detail)) from error
    if as_json:
        print_json(table.as_json())
        return
    if as_csv:
        sys.stdout.write(table_csv(table))
        return
    click.echo(f"{table.region.name}, {table.theme_name or 'all services'}, {table.selection.as_of}")
    click.echo(f"{'1 visit':>7} {'none':>7}  agency")
    for row in table.rows:
        click.echo(f"{row.tally.exactly_one:7} {row.tally.none:7}  {row.agency}")
    click.echo(f"{table.theme.exactly_one:7} {table.theme.none:7}  all agencies")
    for name, share in table.shares.items():
        if name.startswith("theme") and not theme:
            continue
        percent = "-" if share.percent is None else f"{share.percent} %"
        click.echo(f"{percent:>9}  {share_words(name)} ({share.numerator} / {share.denominator})")


@click.command("coverage")
@click.option("--region", required=True, help="Code of 6 or 12 digits.")
@click.option(
    "--level",
    type=click.Choice([level.name.lower() for level in RegionLevel]),
    help="Level whose regions are compared (the region's own by default).",
)
@_as_of
@_csv
@json_option
def coverage_command(
    region: str,
    level: str | None,
    as_of: datetime | None,
    as_csv: bool,  # noqa: FBT001 - click passes flags so
    as_json: bool,  # noqa: FBT001
) -> None:
    """Published services of what is exercised, region by department."""
    try:
        matrix = coverage_matrix(_READER, region, RegionLevel[level.upper()] if level else None, _day(as_of))
    except TongbanError as error:
        raise InputError(str(error.detail)) from error
    if as_json:
        print_json(coverage_json(matrix))
        return
    if as_csv:
        sys.stdout.write(coverage_csv(matrix))
        return
    for row in matrix.rows:
        cell = matrix.of_row(row.code)
        click.echo(f"{cell.published:7} / {cell.exercised:<7} {cell.state.value:18} {row.name}")
    click.echo(f"{matrix.total.published:7} / {matrix.total.exercised:<7} {matrix.total.state.value}")


@click.command("docking")
@click.option("--kind", type=click.Choice(Platform.Kind.values), help="Only platforms of this kind.")
@click.option("--without", multiple=True, help="Code of a platform that does not compete (repeatable).")
@_as_of
@json_option
def docking_command(
    kind: str | None,
    without: tuple[str, ...],
    as_of: datetime | None,
    as_json: bool,  # noqa: FBT001 - click passes flags so
) -> None:
    """The league table of platforms: docking tasks done, all, late, and the day of the last one done."""
    try:
        table = docking_table(_READER, _day(as_of), kind=kind or "", without=without)
    except TongbanError as error:
        raise InputError(str(error.detail)) from error
    rows = [
        {
            "rank": standing.rank,
            "platform": platform.code,
            "name": platform.name,
            "done": standing.done,
            "total": standing.total,
            "late": standing.late,
            "last_done_on": standing.last_done_on,
        }
        for platform, standing in table.standings
    ]
    if as_json:
        print_json({"as_of": table.as_of, "rows": rows})
        return
    for row in rows:
        last = row["last_done_on"] or "-"
        click.echo(f"{row['rank']:4} {row['done']:4}/{row['total']:<4} late {row['late']:<4} {last}  {row['name']}")
