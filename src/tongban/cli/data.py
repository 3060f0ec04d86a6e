"""The groups that take data in, check it, give it out and count it; their commands stand in the tables here.

To add one, write a click command in a module beside this one and name it in the table:
`"services": Command("tongban.cli.services:import_services", "Services from CSV, XLSX or JSON.")`.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from tongban.cli.lazy import Command, LazyGroup
from tongban.cli.outcome import Progress, UnusableError, counted
from tongban.cli.running import running_platform

_HELP = {"-h", "--help"}


@contextmanager
def records(ctx: click.Context) -> Iterator[None]:
    """The running platform, whose tables are as this version expects them, for the commands of a group.

    Raises:
        UnusableError: the database cannot be used, or lacks migrations.
    """
    progress = Progress(quiet=True)
    with running_platform(progress):
        from tongban.cli.preparation import is_empty, migrate, pending_migrations  # noqa: PLC0415 - needs Django

        if not _HELP & set(ctx.args):
            if is_empty():
                migrate(progress)
            elif pending := pending_migrations():
                raise UnusableError(f"The database lacks {counted(len(pending), 'migration')}; run: tongban upgrade")
        yield


class DataGroup(LazyGroup):
    """A group whose commands work on the data: the database runs and Django is set up before one is loaded."""

    def invoke(self, ctx: click.Context) -> object:
        with records(ctx):
            return super().invoke(ctx)


IMPORT: dict[str, Command] = {
    "services": Command("tongban.cli.services:import_command", "Services from CSV, XLSX or JSON."),
    "regions": Command("tongban.cli.government:regions_command", "Regions, province to county, or a file."),
    "townships": Command("tongban.cli.government:townships_command", "Townships and villages from CSV."),
    "departments": Command("tongban.cli.government:departments_command", "Departments that ship, or a file."),
    "agencies": Command("tongban.cli.government:agencies_command", "Agencies from CSV."),
    "calendar": Command("tongban.cli.casework:calendar_command", "The working days of a year, from CSV."),
    "feed": Command("tongban.cli.services:feed_command", "What another platform publishes (JSON)."),
}
CHECK: dict[str, Command] = {
    "agencies": Command("tongban.cli.government:check_agencies_command", "Credit codes of agencies."),
    "services": Command("tongban.cli.services:check_command", "Services against the 16 consistency rules."),
}
EXPORT: dict[str, Command] = {
    "services": Command("tongban.cli.services:export_command", "Services as CSV, XLSX, JSON, JSON-LD or Turtle."),
}
DECISIONS: dict[str, Command] = {
    "replay": Command("tongban.cli.decisions:replay_command", "A decision by rule, from what is stored."),
}
STATS: dict[str, Command] = {
    "visits": Command("tongban.cli.stats:visits_command", "Services by visits needed, and their shares."),
    "coverage": Command("tongban.cli.stats:coverage_command", "Published services of what is exercised."),
    "docking": Command("tongban.cli.stats:docking_command", "League table of docking platforms."),
}
