"""The clock of the whole: the longest way through the parts, and the joint limit of art 42."""

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongban.cases.bundles.clock import JointCase, JointLimits, PartTime, critical_path, joint_clock
from tongban.foundation.calendar import china
from tongban.foundation.clock import Limit, Pause, Unit, deadline

START = date(2026, 6, 1)
NOTICE = Limit(5)
days = st.dates(date(2026, 3, 1), date(2026, 8, 31))
limits = st.builds(Limit, st.integers(0, 30), st.sampled_from([Unit.WORKING_DAY, Unit.DAY]))


@st.composite
def plans(draw: st.DrawFn) -> dict[str, PartTime]:
    names = [f"p{n}" for n in range(draw(st.integers(1, 7)))]
    return {
        name: PartTime(
            limits=tuple(draw(st.lists(limits, max_size=2))),
            waits_for=tuple(other for other in names[:place] if draw(st.booleans())),
            over_on=draw(st.none() | st.just(START + timedelta(draw(st.integers(0, 40))))),
        )
        for place, name in enumerate(names)
    }


def longest(parts: dict[str, PartTime], name: str) -> date:
    """The same by recursion over the definition: a part ends its limits after the last it waits for."""
    part = parts[name]
    if part.over_on:
        return part.over_on
    day = max([START, *(longest(parts, other) for other in part.waits_for)])
    for limit in part.limits:
        day = deadline(day, limit, china()).due
    return day


@given(plans())
def test_the_whole_is_done_when_its_longest_way_is(parts: dict[str, PartTime]) -> None:
    path = critical_path(parts, START, china())
    assert path.due == max(longest(parts, name) for name in parts)
    assert {name: leg.ends for name, leg in path.legs.items()} == {name: longest(parts, name) for name in parts}


@given(plans())
def test_the_explanation_is_a_way_that_ends_on_the_due_date(parts: dict[str, PartTime]) -> None:
    path = critical_path(parts, START, china())
    legs = [path.legs[name] for name in path.critical]
    assert legs[-1].ends == path.due
    for before, later in itertools.pairwise(legs):
        assert before.part in parts[later.part].waits_for
        assert later.is_over or later.begins == max(before.ends, START)
    for leg in legs:
        if leg.deadlines:
            assert leg.deadlines[0].start == leg.begins
            assert leg.deadlines[-1].due == leg.ends


@given(plans(), st.integers(1, 20))
def test_more_time_for_one_part_never_makes_the_whole_sooner(parts: dict[str, PartTime], more: int) -> None:
    before = critical_path(parts, START, china()).due
    for name, part in parts.items():
        longer = PartTime((*part.limits, Limit(more)), part.waits_for, over_on=part.over_on)
        assert critical_path(parts | {name: longer}, START, china()).due >= before


@given(plans())
def test_the_order_of_parts_does_not_matter(parts: dict[str, PartTime]) -> None:
    turned = dict(reversed(parts.items()))
    assert critical_path(turned, START, china()).due == critical_path(parts, START, china()).due


def test_an_agencys_own_clock_stands_where_it_has_the_case() -> None:
    parts = {
        "a": PartTime(due=date(2026, 6, 12)),
        "b": PartTime((Limit(5), Limit(3)), waits_for=("a",)),
        "c": PartTime((Limit(1),)),
    }
    path = critical_path(parts, START, china())
    assert path.critical == ("a", "b")
    # Friday the 12th, then 5 and 3 working days over the Dragon Boat Festival (19 June 2026).
    assert path.legs["b"].deadlines[0].due == date(2026, 6, 22)
    assert path.due == date(2026, 6, 25)


def test_parts_that_wait_for_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match="wait for each other"):
        critical_path({"a": PartTime(waits_for=("b",)), "b": PartTime(waits_for=("a",))}, START, china())


@given(st.lists(days, min_size=1, max_size=5))
def test_45_working_days_from_the_last_acceptance(accepted: list[date]) -> None:
    found = joint_clock([JointCase(day) for day in accepted], START, JointLimits(NOTICE), china())
    assert not found.is_estimate
    assert found.clock.start == max(accepted)
    assert found.clock.days[-1].number == 45
    assert found.due == deadline(max(accepted), Limit(45), china()).due


@given(st.lists(st.none() | days, min_size=1, max_size=5))
def test_it_is_an_estimate_while_one_is_not_accepted(accepted: list[date | None]) -> None:
    found = joint_clock([JointCase(day) for day in accepted], START, JointLimits(NOTICE), china())
    assert found.is_estimate == (None in accepted)
    if found.notice:
        assert found.clock.start == max([d for d in accepted if d] + [deadline(START, NOTICE, china()).due])


@given(st.lists(days, min_size=1, max_size=4), st.booleans())
def test_one_extension_by_15(accepted: list[date], extended: bool) -> None:  # noqa: FBT001 - drawn
    cases = [JointCase(day, extension=15 if extended and n == 0 else 0) for n, day in enumerate(accepted)]
    found = joint_clock(cases, START, JointLimits(NOTICE), china())
    assert found.clock.days[-1].number == (60 if extended else 45)


def test_what_does_not_count_for_one_licence_does_not_count_for_the_whole() -> None:
    pause = Pause(date(2026, 6, 8), date(2026, 6, 12), "expert_review")
    without = joint_clock([JointCase(START), JointCase(START)], START, JointLimits(NOTICE), china())
    found = joint_clock([JointCase(START, (pause,)), JointCase(START, (pause,))], START, JointLimits(NOTICE), china())
    # Five working days, once, though both licences are paused by them.
    assert china().working_days_between(without.due + timedelta(1), found.due) == 5
