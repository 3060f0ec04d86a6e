"""The statutory clock: a due date, and day by day why.

A pure function of the start, the limit and the calendar. The day of the event is not counted (民法典 art 201, by
analogy); limits of the Licensing Law count working days (art 82); the time of the special procedures of art 45 is
not counted; the decision may be extended once (art 42). Hours and minutes run from the moment of the event where it is
known (民法典 art 201(2)), and otherwise from the end of its day, which never counts.
"""

from calendar import monthrange
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Literal

from tongban.foundation.calendar import WorkingCalendar

Direction = Literal["after", "before"]

# A limit of law is at most years; these bound the replay when somebody types a wrong number or an endless pause.
MAX_LIMIT_DAYS = 36_600
MAX_DAYS_LISTED = 100_000


class Unit(StrEnum):
    WORKING_DAY = "working_day"
    DAY = "day"
    HOUR = "hour"
    MINUTE = "minute"
    MONTH = "month"
    YEAR = "year"
    IMMEDIATE = "immediate"

    @property
    def length(self) -> timedelta | None:
        """How long one is, where it is a part of a day."""
        return {Unit.HOUR: timedelta(hours=1), Unit.MINUTE: timedelta(minutes=1)}.get(self)

    @property
    def most(self) -> int:
        """The largest limit that is believed: about a hundred years."""
        per_day = {Unit.HOUR: 24, Unit.MINUTE: 24 * 60}.get(self, 1)
        per_unit = {Unit.MONTH: 31, Unit.YEAR: 366}.get(self, 1)
        return 0 if self is Unit.IMMEDIATE else MAX_LIMIT_DAYS * per_day // per_unit


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
    """When something is due, and the days between (the start day is never listed, the due date is the last).

    `due_at` is the moment, where the limit is one of hours or minutes and its start carries a time.
    """

    start: date
    due: date
    provisional: bool
    days: tuple[CountedDay, ...]
    due_at: datetime | None = None


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
        start: day of the event (acceptance, receipt, ...); never counted itself. A moment (datetime, local time) lets
            hours and minutes run from it; for other units it is its day.
        limit: the limit.
        calendar: working days; days beyond it make the result provisional.
        pauses: closed ranges not counted; overlapping ones count once.
        extension: further units of the limit's unit (the one lawful extension).
        direction: `after` counts forward, `before` counts back (for example 30 days before expiry).

    Raises:
        ValueError: a negative or absurd limit, or one that runs out of the calendar (years 1 to 9999).
    """
    units, sign, most = limit.amount + extension, 1 if direction == "after" else -1, limit.unit.most
    if limit.amount < 0 or extension < 0 or units > most:
        raise ValueError(f"a limit must be 0 to {most} {limit.unit}s, not {limit.amount} + {extension}")
    pauses = tuple(pauses)
    try:
        if limit.unit.length and isinstance(start, datetime):
            return _elapsed(start, limit.unit.length * units, pauses, sign)
        day = start.date() if isinstance(start, datetime) else start
        days = tuple(_counted(day, _whole_days(day, units, limit.unit, sign), limit.unit, calendar, pauses, sign))
    except OverflowError:
        raise ValueError(f"the limit of {units} {limit.unit}s from {start} leaves the years 1 to 9999") from None
    provisional = limit.unit is Unit.WORKING_DAY and any(calendar.is_provisional(each.date) for each in days)
    return Deadline(day, days[-1].date if days else day, provisional, days)


def _whole_days(start: date, units: int, unit: Unit, sign: int) -> int:
    """How many days have to be counted."""
    if unit in {Unit.MONTH, Unit.YEAR}:
        months = units * (12 if unit is Unit.YEAR else 1)
        return abs((months_away(start, sign * months) - start).days)
    if unit.length:
        return -(-(unit.length * units) // timedelta(1))
    return units


def _counted(
    start: date, units: int, unit: Unit, calendar: WorkingCalendar, pauses: Sequence[Pause], sign: int
) -> Iterator[CountedDay]:
    day, number, listed = start, 0, 0
    while number < units:
        day += timedelta(sign)
        counted, why, note = _judge(day, unit, calendar, pauses)
        number, listed = number + counted, listed + 1
        _require_bounded(listed)
        yield CountedDay(day, counted, why, note, number)


def _elapsed(start: datetime, left: timedelta, pauses: Sequence[Pause], sign: int) -> Deadline:
    """Time that passes, without the hours of paused days."""
    day, at, number = start.date(), start, 0
    days: list[CountedDay] = []
    running = bool(left)
    while running:
        pause = next((p for p in pauses if day in p), None)
        if day != start.date():
            number += pause is None
            why, note = (Why.PAUSE, pause.reason) if pause else (Why.CALENDAR_DAY, "")
            days.append(CountedDay(day, pause is None, why, note, number))
            _require_bounded(len(days))
        far_edge = datetime.combine(day + timedelta(1 if sign > 0 else 0), time(), start.tzinfo)
        room = timedelta(0) if pause else abs(far_edge - at)
        # Midnight belongs to the day it begins: counting on, a day that is used up to the brim ends with the next.
        running = pause is not None or left > room or (left == room and sign > 0)
        if running:
            left, day, at = left - room, day + timedelta(sign), far_edge
        else:
            at += sign * left
    return Deadline(start.date(), at.date(), provisional=False, days=tuple(days), due_at=at)


def _require_bounded(listed: int) -> None:
    if listed > MAX_DAYS_LISTED:
        raise ValueError(f"the limit does not end within {MAX_DAYS_LISTED} days: look at the pauses")


def months_away(start: date, months: int) -> date:
    """The same day of the month, or the month's last day where it has no such day (民法典 art 202)."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    if not date.min.year <= year <= date.max.year:
        raise OverflowError
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
