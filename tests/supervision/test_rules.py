"""Shares name their wholes; classes of visits."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongban.supervision.rules import Share, Tally, Visits, visits_class, visits_shares


def test_the_shares_of_the_published_table() -> None:
    shares = visits_shares(theme=Tally(159, 28, 0), everything=Tally(1739, 140, 81))
    assert {name: str(share.percent) for name, share in shares.items()} == {
        "theme_exactly_one_of_exactly_one": "9.14",
        "theme_none_of_none": "20.00",
        "exactly_one_of_items": "88.72",
        "none_of_items": "7.14",
        "neither_of_items": "4.13",
        "theme_exactly_one_of_items": "8.11",
        "theme_none_of_items": "1.43",
    }
    assert shares["theme_none_of_none"].as_json() == {
        "numerator": 28,
        "denominator": 140,
        "value": 0.2,
        "percent": 20.0,
    }


def test_a_share_of_nothing_has_no_value() -> None:
    assert Share(0, 0).as_json() == {"numerator": 0, "denominator": 0, "value": None, "percent": None}


@pytest.mark.parametrize(
    ("visits", "expected"), [(0, Visits.NONE), (1, Visits.EXACTLY_ONE), (2, Visits.NEITHER), (None, Visits.NEITHER)]
)
def test_classes(visits: int | None, expected: Visits) -> None:
    assert visits_class(visits) is expected


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_per_cent_are_within_half_a_hundredth(part: int, rest: int) -> None:
    share = Share(part, part + rest)
    assert share.percent is not None
    assert share.value is not None
    assert abs(share.percent - Decimal(share.value) * 100) <= Decimal("0.00500001")
