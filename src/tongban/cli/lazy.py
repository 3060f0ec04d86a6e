"""Groups whose commands are imported when they are called, so that `tongban --help` is quick."""

from dataclasses import dataclass
from importlib import import_module

import click


@dataclass(frozen=True)
class Command:
    """Where a command is (`module:attribute`) and its line in the help of its group."""

    target: str
    summary: str

    def load(self) -> click.Command:
        """Imports it."""
        module, _, attribute = self.target.partition(":")
        command = getattr(import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{self.target} is not a click command")
        return command


class LazyGroup(click.Group):
    """A group of commands named in a table."""

    def __init__(self, name: str, table: dict[str, Command], summary: str) -> None:
        super().__init__(name, help=summary)
        self.table = table

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        entry = self.table.get(cmd_name)
        return entry.load() if entry else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        if self.table:
            with formatter.section("Commands"):
                formatter.write_dl([(name, entry.summary) for name, entry in self.table.items()])
