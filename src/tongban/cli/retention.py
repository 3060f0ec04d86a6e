"""`tongban retention`: what the retention rules would remove, its approval, and its removal."""

from typing import Any

import click

from tongban.cli.lazy import Command, LazyGroup
from tongban.cli.outcome import json_option, print_json

_COMMANDS = {
    "report": Command("tongban.cli.retention:report", "Make a report of what is due, and print it."),
    "approve": Command("tongban.cli.retention:approve", "Approve the report that waits."),
    "run": Command("tongban.cli.retention:carry_out", "Remove what an approved report names."),
    "rules": Command("tongban.cli.retention:show_rules", "The rules in force, with their sources."),
}


class RetentionGroup(LazyGroup):
    """The platform runs and Django is set up before a command is called."""

    def invoke(self, ctx: click.Context) -> object:
        from tongban.cli.data import records  # noqa: PLC0415 - not wanted by `tongban --help`

        with records(ctx):
            return super().invoke(ctx)


retention = RetentionGroup("retention", _COMMANDS, "Records that were kept long enough.")


def _operator() -> Any:  # noqa: ANN401 - an actor; its module needs Django
    from tongban.identity.actor import platform_process  # noqa: PLC0415 - needs Django

    return platform_process("operator")


@click.command()
@json_option
def report(*, as_json: bool) -> None:
    """Count what is past its time and keep that as a report, which replaces one that was not approved.

    Nothing is removed. An administrator approves the report on the page “Retention”, or `tongban retention approve`.
    """
    from django.utils import timezone  # noqa: PLC0415 - needs Django

    from tongban.foundation import retention as keeping  # noqa: PLC0415 - the same

    made = keeping.make_report(_operator(), timezone.now())
    if as_json:
        print_json({"report": str(made.pk) if made else None, "rows": made.rows if made else []})
        return
    if made is None:
        click.echo("Nothing is due, or an approved report still waits to be carried out.")
        return
    for row in keeping.view_of(made).rows:
        why = f"{row.rule.words(row.rule.source)}, {row.rule.days} days"
        click.echo(f"{row.count:>9}  {row.name}  before {row.before:%Y-%m-%d}  ({why})")


@click.command()
@click.confirmation_option(prompt="What the report names will be removed for good. Approve it?")
def approve() -> None:
    """Approve the report that waits, as the operator; the ledger keeps who did."""
    from django.utils import timezone  # noqa: PLC0415 - needs Django

    from tongban.foundation import retention as keeping  # noqa: PLC0415 - the same
    from tongban.foundation.models import RetentionReport  # noqa: PLC0415 - the same

    waiting = RetentionReport.objects.filter(state=RetentionReport.State.OPEN).first()
    if waiting is None:
        raise click.ClickException("No report waits for approval; run: tongban retention report")
    keeping.approve_report(_operator(), waiting.pk, timezone.now())
    click.echo("Approved. The worker removes it within ten minutes, or: tongban retention run")


@click.command("run")
@json_option
def carry_out(*, as_json: bool) -> None:
    """Remove now what an approved report names, and nothing else. May be killed and run again."""
    from django.utils import timezone  # noqa: PLC0415 - needs Django

    from tongban.foundation import retention as keeping  # noqa: PLC0415 - the same

    done = keeping.carry_out(_operator(), timezone.now())
    if as_json:
        print_json({"report": str(done.pk) if done else None, "rows": done.rows if done else []})
    elif done is None:
        click.echo("No approved report waits.")
    else:
        for row in keeping.view_of(done).rows:
            click.echo(f"{row.removed or 0:>9}  {row.name}  removed")


@click.command("rules")
def show_rules() -> None:
    """Print the rules in force; TONGBAN_RETENTION names a file with the operator's own."""
    from tongban.foundation import retention as keeping  # noqa: PLC0415 - needs Django

    for rule in keeping.rules():
        said = "setting" if rule.setting else "law"
        click.echo(
            f"{rule.kind:17} {rule.days:>5} days from {rule.words(rule.since)}: {rule.words(rule.source)} ({said})"
        )
