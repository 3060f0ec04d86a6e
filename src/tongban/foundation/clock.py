"""The statutory clock: a due date, and day by day why.

A pure function of the start, the limit and the calendar. The day of the event is not counted (民法典 art 201, by
analogy); limits of the Licensing Law count working days (art 82); the time of the special procedures of art 45 is
not counted; the decision may be extended once (art 42).
"""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Literal

from tongban.foundation.calendar import WorkingCalendar

Direction = Literal["after", "before"]

# A limit of law is at most years; this bounds the replay when somebody types a wrong number.
MAX_LIMIT_DAYS = 36_600


class Unit(StrEnum):
    WORKING_DAY = "working_day"
    DAY = "day"
    MONTH = "month"


class Why(StrEnum):
    """Why a day counted or not."""

    WORKDAY = "workday"
    MAKE_UP_WORKDAY = "make_up_workday"
    CALENDAR_DAY = "calendar_day"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    PAUSE = "pause"


@dataclass(frozen=True)
class Limit:
    """`amount` units of time, at least 0."""

    amount: int
    unit: Unit = Unit.WORKING_DAY


@dataclass(frozen=True)
class Pause:
    """A closed range of days that do not count, for a lawful reason (art 45)."""

    start: date
    end: date
    reason: str = ""

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"the pause ends on {self.end}, before it starts on {self.start}")

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end


@dataclass(frozen=True)
class CountedDay:
    """One day of the reckoning. `note` names the holiday or the pause; `number` is the count so far."""

    date: date
    counted: bool
    why: Why
    note: str = ""
    number: int = 0


@dataclass(frozen=True)
class Deadline:
    """When something is due, and the days between (the start day is never listed, the due date is the last)."""

    start: date
    due: date
    provisional: bool
    days: tuple[CountedDay, ...]


def deadline(
    start: date,
    limit: Limit,
    calendar: WorkingCalendar,
    *,
    pauses: Iterable[Pause] = (),
    extension: int = 0,
    direction: Direction = "after",
) -> Deadline:
    """The day on which a limit that starts on `start` runs out.

    Args:
        start: day of the event (acceptance, receipt, ...); never counted itself.
        limit: the limit.
        calendar: working days; days beyond it make the result provisional.
        pauses: closed ranges not counted; overlapping ones count once.
        extension: further units of the limit's unit (the one lawful extension).
        direction: `after` counts forward, `before` counts back (for example 30 days before expiry).

    Raises:
        ValueError: a negative or absurd limit.
    """
    units, sign = limit.amount + extension, 1 if direction == "after" else -1
    most = MAX_LIMIT_DAYS // 31 if limit.unit is Unit.MONTH else MAX_LIMIT_DAYS
    if limit.amount < 0 or extension < 0 or units > most:
        raise ValueError(f"a limit must be 0 to {most} {limit.unit}s, not {limit.amount} + {extension}")
    if limit.unit is Unit.MONTH:
        units = abs((_months_away(start, sign * units) - start).days)
    step = timedelta(sign)
    pauses = tuple(pauses)
    days: list[CountedDay] = []
    day, number = start, 0
    while number < units:
        day += step
        counted, why, note = _judge(day, limit.unit, calendar, pauses)
        number += counted
        days.append(CountedDay(day, counted, why, note, number))
    provisional = any(calendar.is_provisional(d.date) for d in days) and limit.unit is Unit.WORKING_DAY
    return Deadline(start, day, provisional, tuple(days))


def _months_away(start: date, months: int) -> date:
    """The same day of the month, or the month's last day where it has no such day (民法典 art 202)."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def _judge(day: date, unit: Unit, calendar: WorkingCalendar, pauses: Sequence[Pause]) -> tuple[bool, Why, str]:
    for pause in pauses:
        if day in pause:
            return False, Why.PAUSE, pause.reason
    if unit is not Unit.WORKING_DAY:
        return True, Why.CALENDAR_DAY, ""
    holiday = calendar.holiday(day)
    if calendar.is_working(day):
        return True, Why.MAKE_UP_WORKDAY if holiday else Why.WORKDAY, holiday
    return False, Why.HOLIDAY if holiday else Why.WEEKEND, holiday


def working_days_left(today: date, due: date, calendar: WorkingCalendar) -> int:
    """Working days after `today` up to and with `due`; negative when late."""
    if due >= today:
        return calendar.working_days_between(today + timedelta(1), due)
    return -calendar.working_days_between(due + timedelta(1), today)
