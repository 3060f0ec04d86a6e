"""The working-day calendar: weekends, statutory holidays and make-up workdays (调休).

The rows are those of the yearly holiday notices; a date after the last published year is not an error but
*provisional*: weekends only, until the notice arrives (行政许可法 art 82; 全国年节及纪念日放假办法).
"""

import csv
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property
from importlib.resources import files
from itertools import accumulate
from typing import Literal

DayKind = Literal["dayoff", "workday"]
_SATURDAY = 5


class CalendarGapError(ValueError):
    """A notice was given while that of a year before it is missing."""

    def __init__(self, year: int) -> None:
        super().__init__(f"the calendar would know nothing of {year}; the notice of that year comes first")
        self.year = year


@dataclass(frozen=True)
class WorkingCalendar:
    """Days on which working differs from Monday to Friday, and how far the arrangement is published.

    Attributes:
        exceptions: date -> (kind, name of the holiday it belongs to).
        known_from: first day the calendar speaks of.
        known_through: last day the calendar speaks of; later days are provisional.
    """

    exceptions: Mapping[date, tuple[DayKind, str]] = field(repr=False)
    known_from: date
    known_through: date

    @classmethod
    def from_rows(cls, rows: Iterable[Mapping[str, str]]) -> "WorkingCalendar":
        """Build from rows with `date` (ISO), `kind` (dayoff or workday) and `holiday`.

        A year counts as published when it holds at least one row.

        Raises:
            ValueError: a row is malformed, repeated, or there is none; the message names the line.
        """
        return cls._from_numbered(enumerate(rows, start=2))

    @classmethod
    def from_csv(cls, text: str) -> "WorkingCalendar":
        """Build from a notice as a file: CSV with the columns of `from_rows`.

        Raises:
            ValueError: as `from_rows`; the line is that of the file.
        """
        reader = csv.DictReader(text.splitlines())
        try:
            rows = [(reader.line_num, row) for row in reader]
        except csv.Error as error:
            raise ValueError(f"line {reader.line_num}: {error}") from error
        return cls._from_numbered(rows)

    @classmethod
    def _from_numbered(cls, rows: Iterable[tuple[int, Mapping[str, str]]]) -> "WorkingCalendar":
        exceptions: dict[date, tuple[DayKind, str]] = {}
        for line, row in rows:
            try:
                day = date.fromisoformat(row["date"])
            except (KeyError, TypeError, ValueError):
                raise ValueError(f"line {line}, date: {row.get('date')!r} is not a date like 2026-10-01") from None
            kind = row.get("kind", "")
            if kind not in {"dayoff", "workday"}:
                raise ValueError(f"line {line}, kind: {kind!r} is neither dayoff nor workday")
            if day in exceptions:
                raise ValueError(f"line {line}, date: {day} stands twice")
            exceptions[day] = ("dayoff" if kind == "dayoff" else "workday", row.get("holiday") or "")
        if not exceptions:
            raise ValueError("the calendar holds no day")
        years = {day.year for day in exceptions}
        return cls(exceptions, date(min(years), 1, 1), date(max(years), 12, 31))

    def amended(self, notice: "WorkingCalendar") -> "WorkingCalendar":
        """This calendar with a further notice: its years replace the same years, the others stay.

        Raises:
            CalendarGapError: a year between them would be unknown.
        """
        announced = {day.year for day in notice.exceptions}
        kept = {day: what for day, what in self.exceptions.items() if day.year not in announced}
        merged = {**kept, **notice.exceptions}
        years = {day.year for day in merged}
        if gap := set(range(min(years), max(years) + 1)) - years:
            raise CalendarGapError(min(gap))
        return WorkingCalendar(merged, date(min(years), 1, 1), date(max(years), 12, 31))

    def is_working(self, day: date) -> bool:
        kind = self.exceptions.get(day)
        return kind[0] == "workday" if kind else day.weekday() < _SATURDAY

    def is_provisional(self, day: date) -> bool:
        """Whether the holiday notice for this day is not known, so that the answer may still change."""
        return not self.known_from <= day <= self.known_through

    def holiday(self, day: date) -> str:
        """Name of the holiday this day off or make-up workday belongs to; empty for ordinary days."""
        return self.exceptions.get(day, ("dayoff", ""))[1]

    def working_days_between(self, first: date, last: date) -> int:
        """Working days in the closed range, 0 when it is empty."""
        if last < first:
            return 0
        return self._working_days_through(last.toordinal()) - self._working_days_through(first.toordinal() - 1)

    def _working_days_through(self, ordinal: int) -> int:
        """Working days since the first of all days, which was a Monday."""
        weeks, days = divmod(ordinal, 7)
        ordinals, surplus = self._surplus
        return 5 * weeks + min(days, 5) + surplus[bisect_right(ordinals, ordinal)]

    @cached_property
    def _surplus(self) -> tuple[Sequence[int], Sequence[int]]:
        """The days that are not what their weekday makes them; and how many working days more (or, negative, fewer)
        than weekdays there are before the first of them, the second, and so on, and after all.
        """
        changed = sorted(day for day in self.exceptions if self.is_working(day) != (day.weekday() < _SATURDAY))
        changes = (1 if self.is_working(day) else -1 for day in changed)
        return [day.toordinal() for day in changed], list(accumulate(changes, initial=0))


@cache
def china() -> WorkingCalendar:
    """The calendar of mainland China that ships with the product (2004 to 2026)."""
    text = (files("tongban.foundation") / "data" / "calendar_cn.csv").read_text(encoding="utf-8")
    return WorkingCalendar.from_csv(text)
