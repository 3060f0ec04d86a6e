"""The rules of index studies as pure functions: paths, spread, stages, gaps."""

import math
from collections import Counter
from fractions import Fraction
from itertools import groupby, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongban.observatory.indices.benchmark import Gap, closing, decompose
from tongban.observatory.indices.convergence import beta, spread
from tongban.observatory.indices.levels import NAMES, Levels
from tongban.observatory.indices.request import Composite, LevelTableRequest, StageRequest
from tongban.observatory.indices.stages import stages
from tongban.observatory.indices.transitions import (
    Keys,
    climbs,
    end_keys,
    ends,
    groups,
    lowest,
    move_keys,
    movement,
    moves,
    steps,
)

LEVELS = Levels((0.25, 0.5, 0.75), ("lower",) * 3, NAMES)
PATHS = st.lists(st.lists(st.integers(0, 4), min_size=4, max_size=4), min_size=1, max_size=20)


def grid(*paths: tuple[int, ...]) -> np.ndarray:
    return np.array(paths, dtype=np.int8)


def test_a_bound_belongs_to_the_level_above_or_below() -> None:
    assert [LEVELS.of(value) for value in (0.0, 0.25, 0.5, 0.7499, 0.75, 1.0)] == [1, 2, 3, 3, 4, 4]
    upper = Levels((0.25, 0.5, 0.75), ("upper",) * 3, NAMES)
    assert [upper.of(value) for value in (0.25, 0.5, 0.75, 0.7501)] == [1, 2, 3, 4]
    assert (LEVELS.range(4), LEVELS.range(3), upper.range(1)) == ("≥ 0.75", "≥ 0.5, < 0.75", "≤ 0.25")
    mixed = Levels((0.25, 0.5, 0.75), ("lower", "lower", "upper"), NAMES)
    assert [mixed.of(value) for value in (0.25, 0.5, 0.75)] == [2, 3, 3]
    assert mixed.range(3) == "≥ 0.5, ≤ 0.75"


def test_the_three_rules_on_one_path() -> None:
    path = grid((3, 2, 4, 3))
    first_last, dip, any_path = (ends(path, rule) for rule in ("first-last", "lowest-later-highest", "any-path"))
    assert (first_last.start[0], first_last.end[0]) == (3, 3)
    assert (dip.start[0], dip.end[0]) == (2, 4)
    assert (any_path.start[0], any_path.end[0]) == (3, 3)
    assert moves(path[0]) == (3, 2, 4, 3)
    assert climbs(path).different == ((2, 4),)


def test_periods_without_a_level_are_passed_over() -> None:
    path = grid((0, 2, 0, 3), (0, 0, 0, 0))
    assert list(ends(path, "first-last").start) == [0, 0]
    assert list(ends(path, "lowest-later-highest").end) == [3, 0]
    assert list(ends(path, "any-path").start) == [2, 0]
    assert moves(path[0]) == (2, 3)
    assert list(movement(path).rose) == [True, False]
    assert list(movement(path).stable) == [False, True]


@given(PATHS)
def test_the_rules_agree_with_their_definition(paths: list[list[int]]) -> None:
    table = np.array(paths, dtype=np.int8)
    found = ends(table, "lowest-later-highest")
    ways, moved, keys = climbs(table), movement(table), move_keys(table)
    for at, path in enumerate(paths):
        known = [level for level in path if level]
        if not known:
            assert found.start[at] == found.end[at] == 0
            assert ways.of(at) == keys.of(at) == ()
            continue
        low = min(known)
        assert lowest(table)[0][at] == found.start[at] == low
        assert found.end[at] == max(path[path.index(low) :])
        assert ways.of(at)[0] == low
        assert ways.of(at)[-1] == found.end[at]
        assert list(ways.of(at)) == sorted(set(ways.of(at)))
        assert keys.of(at) == tuple(level for level, _ in groupby(known))
        steps = [b - a for a, b in pairwise(known)]
        up, down = any(step > 0 for step in steps), any(step < 0 for step in steps)
        classes = {name: bool(chosen[at]) for name, chosen in moved.classes()}
        expected = {(True, True): "fluctuated", (True, False): "rose", (False, True): "fell", (False, False): "stable"}
        assert [name for name, chosen in classes.items() if chosen] == [expected[up, down]]


def test_many_periods_and_groups_are_counted_as_one_by_one() -> None:
    """Forty periods do not fit into one whole number."""
    table = np.random.default_rng(1).integers(0, 5, (300, 40)).astype(np.int8)
    table[:100] = table[100:200]
    counts = np.arange(1, 301)
    keys = move_keys(table)
    assert [keys.of(at) for at in range(300)] == [moves(path) for path in table]
    found = ends(table, "any-path")
    chosen = found.end > found.start
    by_hand: dict[tuple[int, int], list[int]] = {}
    for at in np.flatnonzero(chosen):
        by_hand.setdefault((int(found.start[at]), int(found.end[at])), []).append(int(at))
    names = [f"E{at:03}" for at in range(300)]
    listed = groups(end_keys(found), chosen, counts, names)
    assert {group.key: (group.count, group.entities) for group in listed} == {
        key: (int(counts[at].sum()), tuple(names[each] for each in at)) for key, at in by_hand.items()
    }
    assert [group.key for group in listed] == sorted(by_hand, key=lambda key: (-key[0], -key[1]))
    assert groups(Keys(((1, 2),), np.zeros(2, dtype=np.intp)), np.zeros(2, dtype=bool), counts[:2], None) == ()
    weighted = Counter[tuple[int, int]]()
    for path, count in zip(table.tolist(), counts.tolist(), strict=True):
        for pair in pairwise(path):
            weighted[pair] += count if all(pair) else 0
    assert steps(table, counts) == {pair: count for pair, count in weighted.items() if count}


def test_spread_and_beta_of_a_line() -> None:
    """Values 0.1, 0.3, 0.5 that each lose half their distance to 1 fall on a line with slope -0.5."""
    x = [Fraction(1, 10), Fraction(3, 10), Fraction(5, 10)]
    y = [value + (1 - value) / 2 for value in x]
    sums = (
        Fraction(3),
        sum(x, Fraction(0)),
        sum(y, Fraction(0)),
        sum((a * a for a in x), Fraction(0)),
        sum((a * b for a, b in zip(x, y, strict=True)), Fraction(0)),
        sum((b * b for b in y), Fraction(0)),
    )
    found = beta(sums, 2000, 2010)
    assert found is not None
    assert found.slope == pytest.approx(-0.5)
    assert (found.r2, found.std_error) == (1.0, 0.0)
    assert found.half_life == pytest.approx(10)
    assert beta((Fraction(2), *sums[1:]), 2000, 2010) is None
    shown = spread([(2000, 3, sums[1], sums[3])])[0]
    assert shown.sd == pytest.approx(0.2)
    assert shown.cv == pytest.approx(0.2 / 0.3)
    assert math.isnan(spread([(2000, 1, Fraction(1), Fraction(1))])[0].sd)


def cut(expected: tuple[int, ...], cuts: int | None = 2, threshold: float | None = None) -> StageRequest:
    return StageRequest(LevelTableRequest("x", LEVELS), 2, cuts, threshold, expected, None, None)


def test_stages_are_cut_at_the_largest_rises() -> None:
    periods = (2000, 2002, 2004, 2006)
    counts = {period: (0, 0, count, 0) for period, count in zip(periods, (10, 30, 31, 60), strict=True)}
    found = stages(cut((2002, 2006)), counts, periods)
    assert found.cuts == (2002, 2006)
    assert found.stages == ((2000, 2000), (2002, 2004), (2006, 2006))
    assert found.sole_thresholds == (1, 20)
    other = stages(cut((2004, 2006)), counts, periods)
    assert other.follows == {2004: False, 2006: True}
    assert (other.sole_thresholds, other.also) == (None, (2002,))
    assert stages(cut((), None, 25), counts, periods).cuts == (2006,)


def gap(index: str, value: float, period: int = 2000) -> Gap:
    return Gap(period, index, value, 0.0, value, "peer", 1, 2, 1, 2)


def test_the_gap_of_the_composite_is_the_sum_of_its_parts() -> None:
    composite = Composite("x", ("a", "b"), (0.25, 0.75), {2010: (0.5, 0.5)})
    gaps = [gap("x", -0.2), gap("a", -0.5), gap("b", -0.1), gap("x", -0.3, 2010), gap("a", -0.5, 2010)]
    (found,) = decompose(gaps, composite, (2000, 2010))  # 2010 has no b
    assert [share.contribution for share in found.shares] == pytest.approx([-0.125, -0.075])
    assert [share.share for share in found.shares] == pytest.approx([0.625, 0.375])
    assert found.residual == pytest.approx(0)


def test_a_gap_that_halves_is_closed_by_half() -> None:
    found = closing("x", [gap("x", -0.4), gap("x", -0.2, 2010)], {2000: [0.1, 0.5], 2010: [0.3, 0.5]})
    assert found is not None
    assert found.closed == pytest.approx(0.5)
    assert found.per_year == pytest.approx(0.02)
    assert found.spread_last < found.spread_first
    assert closing("x", [gap("x", -0.4)], {2000: [0.1, 0.5]}) is None
