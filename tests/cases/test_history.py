"""Replay: from the events alone the deadline comes out the same, whatever happened. Random lives, no database."""

import json
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tongban.cases import rules
from tongban.cases.history import Happening, limits_as_data, replay
from tongban.cases.procedure import SHIPPED_PROCEDURES, Procedure
from tongban.foundation.calendar import china
from tongban.foundation.clock import Limit, Pause, deadline

STANDARD = SHIPPED_PROCEDURES.document("standard", 2)
LIMITS = {"legal": Limit(20), "promised": Limit(10)}
CALENDAR = china()


def moment(day: date) -> datetime:
    return datetime.combine(day, time(9), UTC)


@st.composite
def lives(draw: st.DrawFn, procedure: Procedure = STANDARD) -> list[Happening]:
    """A walk through the procedure, a step every few days, with whatever the steps state."""
    day = draw(st.dates(date(2010, 1, 1), date(2024, 1, 1)))
    stage = procedure.start
    life = [Happening("submit", moment(day), stage, {"limits": limits_as_data(LIMITS)})]
    for _ in range(draw(st.integers(0, 14))):
        possible = [action for action in procedure.actions.values() if stage in action.sources]
        if not possible:
            break
        action = draw(st.sampled_from(possible))
        day += timedelta(draw(st.integers(0, 9)))
        stage = action.leads_to(stage)
        data: dict[str, Any] = {"stage": stage}
        pause = procedure.states[stage].pause
        if pause and (action.target or "until" in action.asks):
            told = day + timedelta(draw(st.integers(0, 15)))
            data |= {"until": told.isoformat(), "pause": draw(st.sampled_from(pause))}
        if action.extends and not any("extension" in e.data for e in life):
            data["extension"] = 10
        life.append(Happening(action.name, moment(day), stage, data))
    return life


def paused_days(life: list[Happening]) -> set[date]:
    """Counted another way: day by day, whether some notice covers it."""
    days: set[date] = set()
    for index, event in enumerate(life):
        if "until" not in event.data:
            continue
        last = date.fromisoformat(event.data["until"])
        for later in life[index + 1 :]:
            if later.stage != event.stage or "until" in later.data:
                last = min(last, later.on)
                break
        days |= {event.on + timedelta(n) for n in range(max(0, (last - event.on).days) + 1)}
    return days


@given(lives())
def test_the_pauses_are_the_days_that_notices_cover(life: list[Happening]) -> None:
    found = replay(life, STANDARD).pauses
    assert {p.start + timedelta(n) for p in found for n in range((p.end - p.start).days + 1)} == paused_days(life)


@given(lives())
def test_the_decision_is_due_by_limit_pauses_and_extension(life: list[Happening]) -> None:
    times = replay(life, STANDARD)
    due = rules.due("LIC-DECIDE", times, CALENDAR)
    accepted = [e for e in life if e.action in {"accept", "deem_accepted"}]
    assert (due is None) == (not accepted)
    if due is None:
        return
    extension = sum(e.data.get("extension", 0) for e in life)
    pauses = [Pause(day, day) for day in paused_days(life)]
    expected = deadline(due.legal.start, Limit(20), CALENDAR, pauses=pauses, extension=extension)
    assert due.legal.due == expected.due
    assert due.promised.due <= due.legal.due
    assert sum(day.counted for day in due.legal.days) == 20 + extension


@given(lives())
def test_events_read_back_from_storage_say_the_same(life: list[Happening]) -> None:
    stored = [
        Happening(e.action, datetime.fromisoformat(e.at.isoformat()), e.stage, json.loads(json.dumps(dict(e.data))))
        for e in life
    ]
    times = replay(life, STANDARD)
    assert replay(stored, STANDARD) == times
    # What happens later never changes what the earlier events said.
    for number in range(1, len(life)):
        assert replay(life[:number], STANDARD).materials_at == replay(stored[:number], STANDARD).materials_at


@given(lives())
def test_a_later_service_version_changes_nothing(life: list[Happening]) -> None:
    """The limits are those kept with the submission, not those of today."""
    assert replay(life, STANDARD, {"legal": Limit(3)}) == replay(life, STANDARD)


@given(lives())
def test_acceptance_by_lapse_is_dated_back_to_the_receipt(life: list[Happening]) -> None:
    handed_in = None
    for number, event in enumerate(life, start=1):
        if event.action in {"submit", "supplement"}:
            handed_in = event.on
        if event.action == "deem_accepted":
            assert replay(life[:number], STANDARD).accepted_on == handed_in


@given(st.lists(st.sampled_from(["平面图不清", "电话有误", "缺租赁合同", "面积不符"]), unique=True), st.data())
def test_a_later_notice_names_nothing_new(points: list[str], data: st.DataObject) -> None:
    first = "\n".join(f"{number}. {point}；" for number, point in enumerate(points, start=1))
    again = data.draw(st.lists(st.sampled_from(points), unique=True)) if points else []
    assert rules.new_grounds("\n".join(f"（{n}）{p}。" for n, p in enumerate(again, start=1)), first) == []
    assert rules.new_grounds("\n".join([*again, "缺消防证明"]), first) == ["缺消防证明"]
    assert rules.points(first) == points
