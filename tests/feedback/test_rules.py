import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongban.feedback.rules import LEVELS, Score, wilson


@given(st.integers(0, 5000), st.integers(0, 5000))
def test_the_interval_holds_the_share_and_stays_inside_0_and_1(good: int, bad: int) -> None:
    low, high = wilson(good, good + bad)
    assert 0 <= low <= high <= 1
    if good + bad:
        assert low <= good / (good + bad) + 1e-12
        assert high >= good / (good + bad) - 1e-12


@given(st.integers(1, 400), st.integers(1, 400))
def test_more_ratings_of_the_same_share_are_surer(good: int, bad: int) -> None:
    narrow, wide = wilson(good * 10, (good + bad) * 10), wilson(good, good + bad)
    assert narrow[1] - narrow[0] < wide[1] - wide[0]


def test_known_values() -> None:
    # Newcombe 1998, table I: 81 of 263, Wilson without continuity correction.
    low, high = wilson(81, 263)
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)


def test_a_few_perfect_marks_do_not_beat_many_good_ones() -> None:
    few = Score({5: 3, 4: 0, 3: 0, 2: 0, 1: 0}, 10)
    many = Score({5: 700, 4: 200, 3: 80, 2: 15, 1: 5}, 1500)
    assert few.good_share == 1
    assert few.interval[0] < many.interval[0]
    assert many.rated_share == pytest.approx(2 / 3)


def test_no_rating_says_nothing() -> None:
    nothing = Score(dict.fromkeys(LEVELS, 0), 0)
    assert (nothing.good_share, nothing.mean, nothing.rated_share, nothing.interval) == (None, None, None, (0.0, 1.0))


def test_an_impossible_share_is_refused() -> None:
    with pytest.raises(ValueError, match="5 of 3"):
        wilson(5, 3)
