"""Region codes, credit codes, docking: pure rules by example and by property."""

from datetime import date, timedelta
from itertools import pairwise
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongban.government.models import RegionLevel
from tongban.government.rules import (
    NATION_CODE,
    CreditCodeFault,
    DockingFact,
    DockingLight,
    credit_code_fault,
    docking_light,
    full_code,
    is_in_force,
    league,
    level_of,
    stem,
)

DAY = date(2019, 5, 31)


@pytest.mark.parametrize(
    ("code", "level", "digits"),
    [
        (NATION_CODE, RegionLevel.NATION, ""),
        ("450000000000", RegionLevel.PROVINCE, "45"),
        ("450700000000", RegionLevel.PREFECTURE, "4507"),
        ("450702000000", RegionLevel.COUNTY, "450702"),
        ("450702001000", RegionLevel.TOWNSHIP, "450702001"),
        ("450702001001", RegionLevel.VILLAGE, "450702001001"),
    ],
)
def test_a_code_says_its_level(code: str, level: RegionLevel, digits: str) -> None:
    assert level_of(code) is level
    assert stem(code) == digits


@pytest.mark.parametrize(
    ("written", "full"),
    [("450000", "450000000000"), ("000000", NATION_CODE), ("100000", NATION_CODE), (" 450702001000 ", "450702001000")],
)
def test_codes_of_six_digits_are_filled_up(written: str, full: str) -> None:
    assert full_code(written) == full


@pytest.mark.parametrize("written", ["45", "４５００００", "45000a", "", "4500000000000"])
def test_anything_else_is_no_code(written: str) -> None:
    with pytest.raises(ValueError, match="region code"):
        full_code(written)


def test_validity_is_half_open() -> None:
    thing = SimpleNamespace(valid_from=DAY, valid_to=DAY + timedelta(2))
    days = [DAY + timedelta(n) for n in range(-1, 3)]
    assert [is_in_force(thing, day) for day in days] == [False, True, True, False]
    assert is_in_force(SimpleNamespace(valid_from=None, valid_to=None), DAY)


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("11650000010183859F", None),
        ("116500000101838591", CreditCodeFault.CHECK_CHARACTER),
        ("1165000001018385", CreditCodeFault.LENGTH),
        ("", CreditCodeFault.MISSING),
    ],
)
def test_credit_codes_are_checked_not_refused(code: str, fault: CreditCodeFault | None) -> None:
    assert credit_code_fault(code) is fault


def test_late_is_derived_from_the_day() -> None:
    due = DAY
    assert docking_light("planned", due, None, DAY) is DockingLight.PLANNED
    assert docking_light("under_way", due, None, DAY + timedelta(1)) is DockingLight.LATE
    assert docking_light("done", due, DAY + timedelta(1), DAY + timedelta(1)) is DockingLight.DONE_LATE
    # Looked at from before it was done, it was under way.
    assert docking_light("done", due, DAY, DAY - timedelta(1)) is DockingLight.UNDER_WAY


def test_guangxi_is_first_of_twenty_three_with_55_tasks_done_by_31_may() -> None:
    """Seed 004: 55 docking tasks done by 31 May, first of the 23 provinces that are no pilots."""
    facts = [DockingFact("guangxi", "done", DAY, DAY - timedelta(n % 9)) for n in range(55)]
    for n in range(22):
        facts += [DockingFact(f"p{n:02}", "done", DAY, DAY) for _ in range(40 + n % 3)]
        facts += [DockingFact(f"p{n:02}", "under_way", DAY, None) for _ in range(15 - n % 3)]
    table = league(facts, DAY)
    assert len(table) == 23
    first = table[0]
    assert (first.rank, first.platform, first.done, first.total) == (1, "guangxi", 55, 55)
    assert first.last_done_on == DAY
    assert first.late == 0


def test_equal_platforms_share_a_rank() -> None:
    facts = [
        DockingFact("a", "done", DAY, DAY),
        DockingFact("b", "done", DAY, DAY),
        DockingFact("c", "planned", DAY - timedelta(1), None),
        DockingFact("d", "planned", DAY, None),
    ]
    assert [(s.platform, s.rank) for s in league(facts, DAY)] == [("a", 1), ("b", 1), ("d", 3), ("c", 4)]


FACTS = st.lists(
    st.builds(
        lambda platform, done, offset: DockingFact(
            platform, "done" if done else "planned", DAY, DAY + timedelta(offset) if done else None
        ),
        st.sampled_from("abcdef"),
        st.booleans(),
        st.integers(-3, 3),
    )
)


@given(FACTS)
def test_the_league_counts_every_task_once_and_never_ranks_less_done_higher(facts: list[DockingFact]) -> None:
    table = league(facts, DAY)
    assert sum(s.total for s in table) == len(facts)
    for better, worse in pairwise(table):
        assert better.share >= worse.share
        assert better.rank <= worse.rank
        assert all(0 <= s.done + s.late <= s.total for s in (better, worse))
