"""The root of the `tongban` command."""

from collections.abc import Sequence

import click

from tongban import __version__
from tongban.cli import data
from tongban.cli.lazy import Command, LazyGroup
from tongban.cli.outcome import FAILED, UNUSABLE
from tongban.foundation.home import SettingError
from tongban.foundation.keys import KeysError

COMMANDS = {
    "serve": Command("tongban.cli.web:serve", "Run the platform."),
    "demo": Command("tongban.cli.web:demo", "Run the platform with a demo world and its accounts."),
    "worker": Command("tongban.cli.working:worker", "Handle events, send messages, run periodic jobs."),
    "jobs": Command("tongban.cli.working:show_jobs", "What waits or failed in the background."),
    "backup": Command("tongban.cli.upkeep:backup", "Write everything into one file."),
    "restore": Command("tongban.cli.upkeep:restore", "Bring back what a backup holds."),
    "upgrade": Command("tongban.cli.upkeep:upgrade", "Back up, migrate the database, check."),
    "clock": Command("tongban.cli.clock:clock", "When something is due, and day by day why."),
    "observe": Command("tongban.cli.observe:observe", "Studies that compare governments, rerun from one file."),
    "verify": Command("tongban.cli.ledger:verify", "Verify a receipt of the ledger offline, or the whole ledger."),
    "ledger": Command("tongban.cli.ledger:ledger", "The ledger's tree: its head, receipts, its signing key."),
    "provider": Command("tongban.cli.provider:provider", "The sign-in for other systems: its keys, other platforms."),
    "keys": Command("tongban.cli.keys:keys", "The keys that seal personal data: list, rotate, seal anew."),
    "retention": Command("tongban.cli.retention:retention", "Records kept long enough: report, approve, remove."),
    "manage": Command("tongban.cli.upkeep:manage", "Run a Django management command."),
}
GROUPS = {
    "import": (data.IMPORT, "Take data in from files."),
    "check": (data.CHECK, "Check what is there against the rules."),
    "export": (data.EXPORT, "Give data out as files."),
    "decisions": (data.DECISIONS, "What rules decided, replayed."),
    "stats": (data.STATS, "Figures of integration, computed from the records."),
}
EPILOG = (
    "Exit codes: 0 done; 1 failed; 2 the command or its input was wrong; 3 the machine or the installation cannot"
    " be used as it is (database, keys, port, disk, folder). State is kept in TONGBAN_HOME, `var/` by default;"
    " DATABASE_URL names a PostgreSQL server to use instead of the one in TONGBAN_HOME."
)


class Root(LazyGroup):
    """The commands, and those groups that have commands."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return [*self.table, *(name for name, (table, _) in GROUPS.items() if table)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in GROUPS:
            table, summary = GROUPS[cmd_name]
            return data.DataGroup(cmd_name, table, summary) if table else None
        return super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        lines = [(name, entry.summary) for name, entry in self.table.items()]
        lines += [(name, summary) for name, (table, summary) in GROUPS.items() if table]
        with formatter.section("Commands"):
            formatter.write_dl(lines)


root = Root(
    "tongban",
    COMMANDS,
    "Tongban: integrated online government services, and the measure of how integrated they are.",
)
root.epilog = EPILOG
root.context_settings = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
root = click.version_option(__version__, prog_name="tongban")(root)


def run(arguments: Sequence[str]) -> int:
    """Runs the command line; returns the exit code. Expected failures are one sentence on standard error."""
    try:
        root.main(list(arguments), prog_name="tongban", standalone_mode=False)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("Stopped.", err=True)
        return FAILED
    except (KeysError, SettingError) as error:
        click.echo(f"Error: {error}", err=True)
        return UNUSABLE
    return 0
