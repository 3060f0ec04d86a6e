"""The clock of a case, day by day, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from tongban.cases.labels import pause_label
from tongban.foundation.clock import CountedDay, Deadline, Why


@dataclass(frozen=True)
class DayRow:
    """A day of a reckoning: the reason why it counts or not as a code and, in the reader's language, in words."""

    day: date
    counted: bool
    number: int
    code: Why
    why: str


@dataclass(frozen=True)
class Reckoning:
    """How a due date came about: `counted` days, or working days where those are meant."""

    start: date
    due: date
    provisional: bool
    counted: int
    working: bool
    days: Sequence[DayRow]


def reckoning(clock: Deadline) -> Reckoning:
    """The days of a deadline, each with the reason why it counts or not."""
    rows = [DayRow(day.date, day.counted, day.number, day.why, _why(day)) for day in clock.days]
    working = all(day.why is not Why.CALENDAR_DAY for day in clock.days)
    return Reckoning(clock.start, clock.due, clock.provisional, rows[-1].number if rows else 0, working, rows)


def _why(day: CountedDay) -> str:
    words = {
        Why.WORKDAY: _("working day"),
        Why.MAKE_UP_WORKDAY: _("make-up working day"),
        Why.CALENDAR_DAY: _("calendar day"),
        Why.WEEKEND: _("weekend"),
        Why.HOLIDAY: _("public holiday"),
        Why.PAUSE: _("does not count by law"),
    }[day.why]
    note = pause_label(day.note) if day.why is Why.PAUSE else _holiday(day.note)
    return f"{words} ({note})" if note else words


def _holiday(name: str) -> str:
    """A holiday of the calendar, in the reader's language; as it stands where we have no word for it."""
    return {
        "New Year's Day": _("New Year's Day"),
        "Spring Festival": _("Spring Festival"),
        "Tomb-sweeping Day": _("Tomb-sweeping Day"),
        "Labour Day": _("Labour Day"),
        "Dragon Boat Festival": _("Dragon Boat Festival"),
        "Mid-autumn Festival": _("Mid-autumn Festival"),
        "National Day": _("National Day"),
    }.get(name, name)
