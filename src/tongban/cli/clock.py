"""`tongban clock`: when something is due, and day by day why."""

import re
import sys
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

import click

from tongban.cli.lazy import Command, LazyGroup
from tongban.cli.outcome import InputError, json_option, print_json
from tongban.foundation.calendar import WorkingCalendar, china
from tongban.foundation.clock import CountedDay, Deadline, Direction, Limit, Pause, Unit, Why, deadline

CLOCK: dict[str, Command] = {
    "due": Command("tongban.cli.clock:due_command", "When a limit runs out, and day by day why."),
}
# These work on the records, and are given the running platform.
CLOCK_ON_RECORDS: dict[str, Command] = {
    "explain": Command("tongban.cli.casework:explain_command", "Every clock of a case, replayed from its events."),
    "run": Command("tongban.cli.casework:run_command", "Deemed effects, reminders, provisional dates."),
    "rules": Command("tongban.cli.casework:rules_command", "The rules of time and where they are in force."),
    "adopt": Command("tongban.cli.casework:adopt_command", "Turn a local rule on in a region."),
    "drop": Command("tongban.cli.casework:drop_command", "Turn an adopted rule off."),
}


_WANTED = "tongban.clock.command"


class ClockGroup(LazyGroup):
    """`due` is arithmetic and needs no database; the other commands are given one."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta[_WANTED] = args[0] if args else ""
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        if ctx.meta[_WANTED] not in CLOCK_ON_RECORDS:
            return super().invoke(ctx)
        from tongban.cli.data import records  # noqa: PLC0415 - what `due` does not need

        with records(ctx):
            return super().invoke(ctx)


clock = ClockGroup("clock", CLOCK | CLOCK_ON_RECORDS, "The statutory clock: due dates, and why they are what they are.")

# A holiday notice as `tongban import calendar` takes it in; `-` is standard input.
NOTICE_FILE = click.Path(path_type=Path, dir_okay=False)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?")
_WHY = {
    Why.WORKDAY: "working day",
    Why.MAKE_UP_WORKDAY: "make-up working day",
    Why.CALENDAR_DAY: "calendar day",
    Why.WEEKEND: "weekend",
    Why.HOLIDAY: "public holiday",
    Why.PAUSE: "pause",
}


@click.command("due")
@click.option("--start", required=True, metavar="DATE", help="Day of the event; for hours a moment, 2026-02-13T09:30.")
@click.option("--limit", required=True, metavar="N", help="How many units.")
@click.option("--unit", default="working_day", show_default=True, metavar="UNIT", help=", ".join(Unit) + ".")
@click.option("--pause", "pauses", multiple=True, metavar="FROM..TO", help="Days that do not count; may be repeated.")
@click.option("--extend", default="0", metavar="N", help="Further units: the one lawful extension.")
@click.option("--direction", default="after", show_default=True, metavar="after|before", help="Count on, or back.")
@click.option(
    "--calendar",
    "notices",
    multiple=True,
    type=NOTICE_FILE,
    metavar="FILE",
    help="A further holiday notice, as `tongban import calendar` takes it; may be repeated, later ones win.",
)
@json_option
def due_command(  # noqa: PLR0913, PLR0917 - its options
    start: str,
    limit: str,
    unit: str,
    pauses: tuple[str, ...],
    extend: str,
    direction: str,
    notices: tuple[Path, ...],
    as_json: bool,  # noqa: FBT001 - click passes flags so
) -> None:
    """When a limit that starts on DATE runs out, by the calendar that ships and the notices given.

    The day of the event never counts; the due date is the last day that counts. Hours and minutes run from the moment
    given, or from the end of the day where only a day is given. The days listed (`days` with --json) begin after the
    day of the event, so that there may be none for hours and minutes within one day.

    What was imported into the platform is not known here, as no database is asked: give the file with --calendar.
    """
    calendar = _calendar(notices)
    wanted = Limit(_number("--limit", limit), _unit(unit))
    try:
        found = deadline(
            _start(start),
            wanted,
            calendar,
            pauses=[_pause(text) for text in pauses],
            extension=_number("--extend", extend),
            direction=_direction(direction),
        )
    except ValueError as error:
        raise InputError(f"{str(error)[0].upper()}{str(error)[1:]}.") from error
    if as_json:
        print_json(deadline_json(found))
    else:
        show(found, calendar)


def deadline_json(found: Deadline) -> dict[str, object]:
    """What `--json` prints; `due_at` only where the moment is known."""
    days = [{"date": day.date.isoformat(), "counted": day.counted, "why": day.why.value} for day in found.days]
    moment = {"due_at": found.due_at.isoformat(timespec="minutes")} if found.due_at else {}
    return {"due": found.due.isoformat(), **moment, "provisional": found.provisional, "days": days}


def show(found: Deadline, calendar: WorkingCalendar) -> None:
    """A line a day, then the due date; `calendar` is what it was counted by."""
    for day in found.days:
        click.echo(f"{day.date} {day.date:%a}  {day.number if day.counted else '-':>4}  {_words(day)}")
    click.echo(f"Due {found.due_at:%Y-%m-%d %H:%M}" if found.due_at else f"Due {found.due} {found.due:%a}")
    if found.provisional:
        click.echo(
            f"Provisional: the calendar is known for {calendar.known_from.year} to {calendar.known_through.year};"
            " other years count Monday to Friday."
        )


def _words(day: CountedDay) -> str:
    return f"{_WHY[day.why]} ({day.note})" if day.note else _WHY[day.why]


def read_notice(file: Path) -> str:
    """The text of a holiday notice.

    Raises:
        InputError: it cannot be read.
    """
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is not UTF-8.") from error
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}") from error


def _calendar(notices: Iterable[Path]) -> WorkingCalendar:
    """The calendar that ships, with further notices in the order given."""
    calendar = china()
    for file in notices:
        text = read_notice(file)
        try:
            calendar = calendar.amended(WorkingCalendar.from_csv(text))
        except ValueError as error:
            raise InputError(f"--calendar {file}: {error}.") from error
    return calendar


def _start(text: str) -> date:
    wanted = text.strip()
    try:
        if _DAY.fullmatch(wanted):
            return date.fromisoformat(wanted)
        if _MOMENT.fullmatch(wanted):
            return datetime.fromisoformat(wanted)
    except ValueError:
        pass
    raise InputError(f"--start: {text!r} is not a date like 2026-02-13, nor a moment like 2026-02-13T09:30.")


def _pause(text: str) -> Pause:
    first, separator, last = text.strip().partition("..")
    if not (separator and _DAY.fullmatch(first.strip()) and _DAY.fullmatch(last.strip())):
        raise InputError(f"--pause: {text!r} is not a range like 2026-02-16..2026-02-20.")
    try:
        start, end = date.fromisoformat(first.strip()), date.fromisoformat(last.strip())
    except ValueError:
        raise InputError(f"--pause: {text!r} names a day that does not exist.") from None
    if end < start:
        raise InputError(f"--pause: {text!r} ends before it starts.")
    return Pause(start, end)


def _number(option: str, text: str) -> int:
    if not (text.strip().isascii() and text.strip().isdecimal()) or len(text) > 12:  # noqa: PLR2004 - digits
        raise InputError(f"{option}: {text!r} is not a whole number from 0.")
    return int(text)


def _unit(text: str) -> Unit:
    try:
        return Unit(text)
    except ValueError:
        raise InputError(f"--unit: {text!r} is none of {', '.join(Unit)}.") from None


def _direction(text: str) -> Direction:
    if text == "after":
        return "after"
    if text == "before":
        return "before"
    raise InputError(f"--direction: {text!r} is neither after nor before.")
