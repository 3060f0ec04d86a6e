"""`tongban decisions replay`: what a rule decided, from the stored inputs and the stored version."""

import click

from tongban.cases.replaying import Replayed, replay_all, replay_case
from tongban.cases.rules import read_case_number
from tongban.cli.outcome import FailedError, InputError, json_option, print_json
from tongban.identity.actor import platform_process
from tongban.items.light import Judgement, written_facts

_OPERATOR = platform_process("operator")


@click.command("replay")
@click.argument("case", required=False)
@click.option("--all", "everything", is_flag=True, help="Every decision there is; lists those that differ.")
@json_option
def replay_command(case: str | None, everything: bool, as_json: bool) -> None:  # noqa: FBT001 - click passes flags so
    """Ask the rules again that decided CASE (its number), with the inputs and the version that are stored.

    Ends with 1 where the outcome or the rule is another one, or the table is not the one that decided.
    """
    if bool(case) == everything:
        raise InputError("Give the number of a case, or --all.")
    found: list[Replayed]
    if everything:
        count, found = replay_all(_OPERATOR)
    else:
        number = read_case_number(case or "")
        found = replay_case(_OPERATOR, number) if number else []
        count = len(found)
        if not found:
            raise InputError(f"No rule decided in a case {case}. Check the number character by character.")
    if as_json:
        print_json({"decisions": count, "replayed": [_json(each) for each in found]})
    else:
        for each in found:
            _show(each)
        click.echo(f"{count} replayed, {sum(not each.agrees for each in found)} different")
    if not all(each.agrees for each in found):
        raise FailedError("A decision does not come out the same.")


def _json(each: Replayed) -> dict[str, object]:
    return {
        "case": each.case_number,
        "table": each.table,
        "version": each.version,
        "decided_at": each.decided_at,
        "inputs": written_facts(each.inputs),
        "stored": _answer(each.stored),
        "replayed": _answer(each.now),
        "same_table": each.same_rules,
        "agrees": each.agrees,
    }


def _answer(judgement: Judgement) -> dict[str, object]:
    return {"outcome": judgement.outcome, "rule": judgement.rule, "because": dict(judgement.because)}


def _show(each: Replayed) -> None:
    click.echo(f"{each.case_number}  table {each.table}, version {each.version}  {each.decided_at:%Y-%m-%d %H:%M:%S}")
    for name, value in each.inputs.items():
        click.echo(f"  {name}: {value}")
    click.echo(f"  decided: {each.stored.outcome} by rule {each.stored.rule}: {each.stored.because['en']}")
    click.echo(f"  replayed: {each.now.outcome} by rule {each.now.rule}" + ("" if each.agrees else "  DIFFERENT"))
