"""The statutory clock: the published examples, and what must hold for every start, limit, pause and extension."""

import csv
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongban.foundation.calendar import WorkingCalendar, china
from tongban.foundation.clock import MAX_LIMIT_DAYS, Limit, Pause, Unit, Why, deadline, working_days_left

CALENDAR = china()
DAYS = st.dates(date(2005, 1, 1), date(2026, 6, 30))
AMOUNTS = st.integers(0, 60)
PAUSES = st.lists(
    st.builds(lambda start, length: Pause(start, start + timedelta(length)), DAYS, st.integers(0, 20)), max_size=4
)


@pytest.mark.reference
def test_the_published_examples(reference: Path) -> None:
    with (reference / "standards" / "clock_examples.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows
    for row in rows:
        found = deadline(date.fromisoformat(row["start_date"]), Limit(int(row["working_days"])), CALENDAR)
        assert found.due == date.fromisoformat(row["due_date"]), row


def test_spring_festival_of_2026() -> None:
    # 14 and 28 February 2026 are make-up Saturdays.
    assert deadline(date(2026, 2, 13), Limit(5), CALENDAR).due == date(2026, 2, 27)
    assert deadline(date(2026, 2, 13), Limit(20), CALENDAR).due == date(2026, 3, 19)


def test_the_calendar_agrees_with_an_independent_one() -> None:
    day = date(2008, 1, 1)
    while day <= date(2026, 12, 31):
        assert CALENDAR.is_working(day) == chinese_calendar.is_workday(day), day
        day += timedelta(1)


@given(DAYS, AMOUNTS, PAUSES, st.integers(0, 15))
def test_exactly_the_limit_is_counted_and_the_last_day_counts(
    start: date, amount: int, pauses: list[Pause], extension: int
) -> None:
    found = deadline(start, Limit(amount), CALENDAR, pauses=pauses, extension=extension)
    counted = [day for day in found.days if day.counted]
    assert len(counted) == amount + extension
    assert found.due == (counted[-1].date if counted else start)
    assert all(day.date > start for day in found.days)
    assert all(CALENDAR.is_working(day.date) for day in counted)
    assert not any(day.date in pause for day in counted for pause in pauses)
    assert [day.number for day in counted] == list(range(1, len(counted) + 1))


@given(DAYS, AMOUNTS, AMOUNTS)
def test_a_longer_limit_never_ends_earlier_and_splits_cleanly(start: date, first: int, second: int) -> None:
    whole = deadline(start, Limit(first + second), CALENDAR).due
    assert deadline(deadline(start, Limit(first), CALENDAR).due, Limit(second), CALENDAR).due == whole
    assert deadline(start, Limit(first), CALENDAR, extension=second).due == whole


@given(DAYS, st.integers(1, 60))
def test_counting_back_undoes_counting_on_from_a_working_day(start: date, amount: int) -> None:
    on = deadline(start, Limit(amount), CALENDAR).due
    back = deadline(on, Limit(amount), CALENDAR, direction="before").due
    assert back <= start or not CALENDAR.is_working(start)
    assert deadline(back, Limit(amount), CALENDAR).due == on


@given(DAYS, AMOUNTS, PAUSES)
def test_overlapping_pauses_count_once(start: date, amount: int, pauses: list[Pause]) -> None:
    once = deadline(start, Limit(amount), CALENDAR, pauses=pauses)
    assert deadline(start, Limit(amount), CALENDAR, pauses=[*pauses, *pauses]).due == once.due


@given(DAYS, st.integers(0, 48))
def test_months_end_on_the_same_day_or_the_months_last(start: date, months: int) -> None:
    due = deadline(start, Limit(months, Unit.MONTH), CALENDAR).due
    assert (due.year * 12 + due.month) - (start.year * 12 + start.month) == months
    assert due.day == start.day or ((due + timedelta(1)).day == 1 and due.day < start.day)


@given(DAYS, st.integers(-400, 400))
def test_days_left_count_working_days(today: date, offset: int) -> None:
    due = today + timedelta(offset)
    left = working_days_left(today, due, CALENDAR)
    assert left * (1 if offset >= 0 else -1) >= 0
    first, last = sorted((today, due))
    assert abs(left) == sum(CALENDAR.is_working(first + timedelta(n)) for n in range(1, (last - first).days + 1))


def test_days_say_why() -> None:
    found = deadline(
        date(2026, 2, 13), Limit(5), CALENDAR, pauses=[Pause(date(2026, 2, 25), date(2026, 2, 25), "检验")]
    )
    why = {day.date: (day.why, day.note) for day in found.days}
    assert why[date(2026, 2, 14)] == (Why.MAKE_UP_WORKDAY, "Spring Festival")
    assert why[date(2026, 2, 16)][0] == Why.HOLIDAY
    assert why[date(2026, 2, 25)] == (Why.PAUSE, "检验")
    assert date(2026, 2, 13) not in why


def test_beyond_the_published_calendar_dates_are_provisional() -> None:
    assert not deadline(date(2026, 12, 1), Limit(5), CALENDAR).provisional
    beyond = deadline(date(2026, 12, 28), Limit(20), CALENDAR)
    assert beyond.provisional
    assert beyond.due == date(2027, 1, 25)  # Monday to Friday, until the notice arrives
    assert not deadline(date(2026, 12, 28), Limit(20, Unit.DAY), CALENDAR).provisional


@pytest.mark.parametrize("amount", [-1, MAX_LIMIT_DAYS + 1, 10**12])
def test_an_absurd_limit_is_refused(amount: int) -> None:
    with pytest.raises(ValueError, match="must be 0 to"):
        deadline(date(2026, 1, 5), Limit(amount), CALENDAR)


def test_a_pause_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="before it starts"):
        Pause(date(2026, 1, 2), date(2026, 1, 1))


@pytest.mark.parametrize(
    ("row", "names"),
    [
        ({"date": "2026-13-01", "kind": "dayoff"}, "line 2, date"),
        ({"date": "2026-01-01", "kind": "holiday"}, "line 2, kind"),
    ],
)
def test_a_bad_calendar_row_is_named(row: dict[str, str], names: str) -> None:
    with pytest.raises(ValueError, match=names):
        WorkingCalendar.from_rows([row])


def test_a_calendar_day_stands_once() -> None:
    row = {"date": "2026-01-01", "kind": "dayoff", "holiday": "New Year"}
    with pytest.raises(ValueError, match="line 3, date: 2026-01-01 stands twice"):
        WorkingCalendar.from_rows([row, row])
