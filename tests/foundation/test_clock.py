"""The statutory clock: the published examples, and what must hold for every start, limit, pause and extension."""

import csv
from datetime import UTC, date, datetime, time, timedelta
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


@given(start=st.dates(date(2003, 6, 1), date(2027, 6, 30)), length=st.integers(-3, 800))
def test_working_days_between_are_those_that_are_working(start: date, length: int) -> None:
    days = [start + timedelta(n) for n in range(length)]
    counted = CALENDAR.working_days_between(start, start + timedelta(length - 1))
    assert counted == sum(CALENDAR.is_working(day) for day in days)


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


@given(DAYS, AMOUNTS, PAUSES)
def test_more_pauses_never_end_earlier_and_merged_ones_end_the_same(
    start: date, amount: int, pauses: list[Pause]
) -> None:
    whole = deadline(start, Limit(amount), CALENDAR, pauses=pauses).due
    assert whole >= deadline(start, Limit(amount), CALENDAR, pauses=pauses[1:]).due
    days = sorted({p.start + timedelta(n) for p in pauses for n in range((p.end - p.start).days + 1)})
    assert deadline(start, Limit(amount), CALENDAR, pauses=[Pause(d, d) for d in days]).due == whole


@given(DAYS, st.integers(1, 60), st.integers(1, 20))
def test_a_pause_within_the_limit_moves_it_by_the_working_days_it_takes(start: date, amount: int, length: int) -> None:
    first = start + timedelta(1)
    pause = Pause(first, first + timedelta(length - 1))
    taken = CALENDAR.working_days_between(pause.start, pause.end)
    longer = deadline(start, Limit(amount + taken), CALENDAR).due
    assert deadline(start, Limit(amount), CALENDAR, pauses=[pause]).due == longer


@given(DAYS, st.integers(1, 60), st.integers(0, 400))
def test_a_pause_after_the_due_date_or_before_the_start_changes_nothing(start: date, amount: int, gap: int) -> None:
    plain = deadline(start, Limit(amount), CALENDAR)
    late = Pause(plain.due + timedelta(1 + gap), plain.due + timedelta(9 + gap))
    early = Pause(start - timedelta(gap), start)
    assert deadline(start, Limit(amount), CALENDAR, pauses=[late, early]) == plain


@given(DAYS, AMOUNTS, st.sampled_from([Unit.WORKING_DAY, Unit.DAY, Unit.MONTH]), PAUSES)
def test_the_days_are_without_gap_in_both_directions(start: date, amount: int, unit: Unit, pauses: list[Pause]) -> None:
    for sign, found in (
        (1, deadline(start, Limit(amount, unit), CALENDAR, pauses=pauses)),
        (-1, deadline(start, Limit(amount, unit), CALENDAR, pauses=pauses, direction="before")),
    ):
        listed = [day.date for day in found.days]
        assert listed == [start + timedelta(sign * n) for n in range(1, len(listed) + 1)]
        assert found.due == (listed[-1] if listed else start)


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


MOMENTS = st.builds(lambda day, minutes: midnight(day) + timedelta(minutes=minutes), DAYS, st.integers(0, 24 * 60 - 1))


@given(MOMENTS, st.integers(0, 500))
def test_hours_run_from_the_moment(start: datetime, hours: int) -> None:
    on = deadline(start, Limit(hours, Unit.HOUR), CALENDAR)
    assert on.due_at == start + timedelta(hours=hours)
    assert deadline(start, Limit(hours * 60, Unit.MINUTE), CALENDAR).due_at == on.due_at
    back = deadline(start, Limit(hours, Unit.HOUR), CALENDAR, direction="before")
    assert back.due_at == start - timedelta(hours=hours)
    assert not on.provisional


@given(MOMENTS, st.integers(1, 200), PAUSES)
def test_hours_of_paused_days_do_not_pass(start: datetime, hours: int, pauses: list[Pause]) -> None:
    found = deadline(start, Limit(hours, Unit.HOUR), CALENDAR, pauses=pauses)
    assert found.due_at is not None
    assert not any(found.due in pause for pause in pauses)
    # Hour by hour: what lies between start and due, without the paused days.
    paused = {p.start + timedelta(n) for p in pauses for n in range((p.end - p.start).days + 1)}
    day, passed = start.date(), timedelta(0)
    while day <= found.due:
        begins, ends = max(start, midnight(day)), min(found.due_at, midnight(day) + timedelta(1))
        passed += timedelta(0) if day in paused else ends - begins
        day += timedelta(1)
    assert passed == timedelta(hours=hours)


@given(DAYS, st.integers(0, 200))
def test_hours_of_a_day_without_a_moment_begin_when_it_ends(start: date, hours: int) -> None:
    found = deadline(start, Limit(hours, Unit.HOUR), CALENDAR)
    assert found.due == deadline(start, Limit(-(-hours // 24), Unit.DAY), CALENDAR).due
    assert found.due_at is None


@given(DAYS, st.integers(0, 3))
def test_years_are_twelve_months(start: date, years: int) -> None:
    due = deadline(start, Limit(years, Unit.YEAR), CALENDAR).due
    assert due == deadline(start, Limit(12 * years, Unit.MONTH), CALENDAR).due


def test_at_once_is_the_day_itself() -> None:
    assert deadline(date(2026, 5, 1), Limit(0, Unit.IMMEDIATE), CALENDAR).due == date(2026, 5, 1)
    with pytest.raises(ValueError, match="must be 0 to 0"):
        deadline(date(2026, 5, 1), Limit(1, Unit.IMMEDIATE), CALENDAR)


def test_what_never_ends_is_refused() -> None:
    with pytest.raises(ValueError, match="look at the pauses"):
        deadline(date(2026, 1, 5), Limit(5), CALENDAR, pauses=[Pause(date(2026, 1, 1), date.max)])
    for start, direction in ((date(9999, 12, 20), "after"), (date(1, 1, 20), "before")):
        for unit in (Unit.WORKING_DAY, Unit.MONTH, Unit.HOUR):
            with pytest.raises(ValueError, match="leaves the years 1 to 9999"):
                deadline(start, Limit(900, unit), CALENDAR, direction=direction)  # type: ignore[arg-type]


@given(DAYS, st.integers(0, 24))
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
