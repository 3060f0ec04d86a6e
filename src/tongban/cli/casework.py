"""`tongban clock explain`, `run`, `rules`, `adopt`, `drop`, and `tongban import calendar`: the clock on the records."""

from datetime import datetime
from pathlib import Path

import click
from django.utils import timezone

from tongban.cases import adoption
from tongban.cases.explaining import ClockLine, Explanation, explain_number
from tongban.cases.reckoning import Reckoning
from tongban.cases.timekeeping import recompute_provisional, refresh_lights, run_deemed_effects
from tongban.cli.clock import NOTICE_FILE, read_notice
from tongban.cli.outcome import FailedError, InputError, json_option, print_json
from tongban.foundation.calendars import calendar_in_force, import_calendar
from tongban.foundation.clockrules import clock_rules
from tongban.foundation.errors import InvalidError, NotFoundError, TongbanError
from tongban.government.queries import find_region
from tongban.identity.actor import platform_process

_OPERATOR = platform_process("operator")
_DAY = click.DateTime(["%Y-%m-%d"])
_MOMENT = click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%d"])


@click.command("explain")
@click.argument("case")
@json_option
def explain_command(case: str, as_json: bool) -> None:  # noqa: FBT001 - click passes flags so
    """Every clock of CASE (its number), replayed from its events: when it is due, and day by day why.

    Ends with 1 where the replay does not give the dates that are stored.
    """
    try:
        found = explain_number(_OPERATOR, case, timezone.localdate())
    except NotFoundError as error:
        raise InputError(
            f"There is no case {case!r}; its number stands on its page and on all its documents."
        ) from error
    if as_json:
        print_json(_explanation_json(found))
    else:
        _show(found)
    if not found.agrees:
        raise FailedError(f"The {found.events} events do not give the dates stored with the case.")


def _explanation_json(found: Explanation) -> dict[str, object]:
    return {
        "case": found.number,
        "stage": found.stage,
        "clocks": [
            {
                "rule": clock.rule,
                "source": clock.source,
                "running": clock.running,
                "promised": _reckoning_json(clock.promised),
                "legal": _reckoning_json(clock.legal),
            }
            for clock in found.clocks
        ],
        "pauses": [{"reason": each.label, "from": each.start, "to": each.end} for each in found.pauses],
        "extension": found.extension,
        "working_days_left": found.left.working_days if found.left else None,
        "clock_acts_after": found.clock_acts_after,
        "clock_action": found.clock_action or None,
        "events": found.events,
        "replay_agrees": found.agrees,
    }


def _reckoning_json(found: Reckoning) -> dict[str, object]:
    days = [{"date": day.day, "counted": day.counted, "why": day.code.value} for day in found.days]
    return {"start": found.start, "due": found.due, "provisional": found.provisional, "days": days}


def _show(found: Explanation) -> None:
    click.echo(f"{found.number}  {found.service}  {found.stage}")
    for clock in found.clocks:
        _show_clock(clock)
    for pause in found.pauses:
        click.echo(f"Does not count: {pause.start} to {pause.end}, {pause.label}")
    if found.extension:
        click.echo(f"Extended by {found.extension}")
    if found.left:
        click.echo(found.left.in_words)
    if found.clock_acts_after:
        click.echo(f"The clock acts after {found.clock_acts_after}: {found.clock_action}")
    events = "1 event" if found.events == 1 else f"{found.events} events"
    click.echo(f"Replayed from {events}: {'agrees' if found.agrees else 'DOES NOT AGREE'} with what is stored")


def _show_clock(clock: ClockLine) -> None:
    running = " (runs now)" if clock.running else ""
    click.echo(f"\n{clock.rule} {clock.title}, {clock.source}{running}")
    for day in clock.legal.days:
        click.echo(f"  {day.day} {day.day:%a}  {day.number if day.counted else '-':>4}  {day.why}")
    provisional = ", provisional" if clock.legal.provisional else ""
    promised = f"promised {clock.promised.due}, " if clock.has_promise else ""
    click.echo(f"  from {clock.legal.start}: {promised}by law {clock.legal.due}{provisional}")


@click.command("run")
@click.option("--at", "moment", type=_MOMENT, help="The moment (now by default).")
@json_option
def run_command(moment: datetime | None, as_json: bool) -> None:  # noqa: FBT001 - click passes flags so
    """Do what the clock does by itself: deemed effects, reminders and escalations, dates that were provisional.

    Safe to run at any time and twice. Ends with 1 where a case could not be handled.
    """
    now = timezone.make_aware(moment) if moment else timezone.now()
    recounted = recompute_provisional(calendar_in_force(), only_known=True)
    run = run_deemed_effects(now)
    raised = refresh_lights(now)
    if as_json:
        print_json({"recounted": recounted, "taken": run.taken, "raised": raised, "failed": run.failed})
    else:
        click.echo(f"Dates counted anew: {recounted}")
        for name, number in {**run.taken, **raised}.items():
            click.echo(f"{name}: {number}")
    if run.failed:
        raise FailedError("; ".join(f"case {case}: {why}" for case, why in run.failed.items()))


def _region(code: str) -> str:
    """The 12-digit code of a region that is in the register."""
    try:
        return find_region(_OPERATOR, code).code
    except InvalidError as error:
        raise InputError(f"{code!r} is not a region code: give 6 or 12 digits.") from error
    except NotFoundError as error:
        raise InputError(str(error.detail)) from error


@click.command("rules")
@click.option("--region", default="", help="Code of 6 or 12 digits: also what this region has adopted.")
@json_option
def rules_command(region: str, as_json: bool) -> None:  # noqa: FBT001 - click passes flags so
    """The rules of time, with source and article; which are law, which a region has adopted."""
    adopted = adoption.adopted_limits(_region(region), timezone.localdate()) if region else {}
    rows = [
        {
            "id": rule.id,
            "limit": rule.limit.amount if rule.limit else None,
            "unit": (adopted.get(rule.id) or rule.limit).unit.value if rule.limit else None,
            "rule": rule.name,
            "source": f"{rule.source} {rule.article}".strip(),
            "in_force": "law" if rule.is_law else "adopted" if rule.id in adopted else "off",
        }
        for rule in clock_rules().values()
    ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        limit = "" if row["limit"] is None else f"{row['limit']} {row['unit']}"
        click.echo(f"{row['id']:19} {row['in_force']:8} {limit:15} {row['rule']} ({row['source']})")


@click.command("adopt")
@click.argument("rule")
@click.option("--region", required=True, help="Code of 6 or 12 digits of the region that adopts it.")
@click.option("--from", "since", type=_DAY, help="From which day (today by default).")
@click.option("--unit", default="", help="For LIC-HEARING-ASK and LIC-RENEW-ASK: working_day or day.")
@click.option("--basis", default="", help="The decision or document it rests on.")
def adopt_command(rule: str, region: str, since: datetime | None, unit: str, basis: str) -> None:
    """Turn the local RULE on in a region and those below; cases filed from then on follow it."""
    day = since.date() if since else timezone.localdate()
    code = _region(region)
    try:
        adoption.adopt_rule(_OPERATOR, code, rule, day, unit, basis)
    except TongbanError as error:
        raise InputError(str(error.detail)) from error
    click.echo(f"{rule} holds in {code} from {day}.")


@click.command("drop")
@click.argument("rule")
@click.option("--region", required=True, help="Code of 6 or 12 digits of the region that adopted it.")
@click.option("--to", "until", type=_DAY, help="The first day without it (today by default).")
def drop_command(rule: str, region: str, until: datetime | None) -> None:
    """Turn an adopted RULE off; cases filed before keep it."""
    day = until.date() if until else timezone.localdate()
    code = _region(region)
    try:
        adoption.drop_rule(_OPERATOR, code, rule, day)
    except TongbanError as error:
        raise InputError(str(error.detail)) from error
    click.echo(f"{rule} no longer holds in {code} from {day}.")


@click.command("calendar")
@click.argument("file", type=NOTICE_FILE)
@click.option("--source", default="", help="The notice it comes from (the file's name by default).")
@json_option
def calendar_command(file: Path, source: str, as_json: bool) -> None:  # noqa: FBT001 - click passes flags so
    """Take in the holiday arrangement of one or more years from FILE: CSV with date, kind (dayoff, workday), holiday.

    Its years replace the same years; due dates that were provisional are counted anew at once.
    """
    text = read_notice(file)
    try:
        calendar = import_calendar(_OPERATOR, text, source or file.name, timezone.now())
    except TongbanError as error:
        raise InputError(str(error.detail)) from error
    recounted = recompute_provisional(calendar)
    if as_json:
        print_json({"from": calendar.known_from, "through": calendar.known_through, "recounted": recounted})
    else:
        click.echo(f"The calendar is known for {calendar.known_from.year} to {calendar.known_through.year}.")
        click.echo(f"Due dates counted anew: {recounted}.")
