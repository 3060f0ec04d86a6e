"""Figures over time and heat charts: what is drawn, where, and that labels never cover each other."""

import re
from itertools import pairwise
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from tongban.charts.fonts import missing_characters
from tongban.charts.lines import LineText, Series, bump_chart, line_chart, slope_chart, small_multiples
from tongban.charts.matrix import matrix_chart
from tongban.charts.scale import apart, decimals, ticks

YEARS = (2003, 2004, 2010)
WORDS = LineText("指数 <图>", "Lines & gaps", "subtitle", "made up")
SERIES = [
    Series("中国", [0.4, 0.5, 0.9], emphasised=True),
    Series("A & B", [0.8, None, 0.85]),
    Series("C", [0.8, 0.8, 0.84]),
]
SVG = "{http://www.w3.org/2000/svg}"


def places(svg: str, name: str) -> list[tuple[float, float]]:
    """Where texts with these words stand."""
    return [
        (float(each.get("x", "0")), float(each.get("y", "0")))
        for each in ET.fromstring(svg).iter(f"{SVG}text")
        if each.text and name in each.text
    ]


@given(st.floats(-1000, 1000), st.floats(0.001, 1000))
def test_ticks_are_few_and_hold_the_range(low: float, span: float) -> None:
    found = ticks(low, low + span)
    assert found[0] <= low + 1e-6 * span
    assert found[-1] >= low + span - 1e-6 * span
    assert 2 <= len(found) <= 8
    assert decimals([0.0, 0.25, 0.5]) == 2


@given(st.lists(st.floats(0, 100), min_size=1, max_size=8))
def test_labels_are_moved_apart_in_their_order(wanted: list[float]) -> None:
    found = apart(wanted, 10, 0, 100)
    order = sorted(range(len(wanted)), key=lambda at: wanted[at])
    assert all(found[b] - found[a] >= 10 - 1e-6 for a, b in pairwise(order))
    free = all(abs(a - b) >= 10 for at, a in enumerate(wanted) for b in wanted[:at])
    if free and all(0 <= each <= 100 for each in wanted):
        assert found == wanted


def test_a_line_chart_names_every_line_and_breaks_where_nothing_is_known() -> None:
    svg = line_chart(YEARS, SERIES, WORDS, marks=[(0.75, "very high")])
    assert "指数 &lt;图&gt;" in svg
    assert len(places(svg, "中国")) == len(places(svg, "A & B")) == len(places(svg, "very high")) == 1
    (_, first), (_, second) = places(svg, "A & B")[0], places(svg, "C")[0]
    assert abs(first - second) >= 11
    drawn = list(ET.fromstring(svg).iter(f"{SVG}path"))
    assert len(drawn) == 2  # the line with a gap has single points only
    assert missing_characters(svg) == []


def test_years_stand_at_their_true_distance() -> None:
    svg = line_chart(YEARS, SERIES, WORDS)
    (early,), (late,) = places(svg, "2003"), places(svg, "2010")
    ticks_drawn = sorted({float(x) for x in re.findall(r'<circle cx="([\d.]+)"', svg)})
    assert ticks_drawn[0] == early[0]
    assert abs((ticks_drawn[1] - early[0]) / (late[0] - early[0]) - 1 / 7) < 0.01


def test_the_first_rank_is_on_top() -> None:
    svg = bump_chart(YEARS, [Series("up", [9, 5, 1], emphasised=True), Series("down", [1, 5, 9])], WORDS)
    ((_, top),), ((_, bottom),) = places(svg, "  up"), places(svg, "  down")
    assert top < bottom


def test_panels_share_a_scale_and_slopes_have_two_ends() -> None:
    svg = small_multiples(YEARS, [("one", SERIES[:1]), ("two", SERIES[1:])], WORDS)
    assert len(places(svg, "1.0")) == 2
    ends = slope_chart(("2003", "2010"), [Series("x", [0.1, 0.2], emphasised=True), Series("gone", [None, 0.1])], WORDS)
    assert len(places(ends, "x")) == 2
    assert not places(ends, "gone")


def test_a_heat_chart_writes_every_number_and_leaves_gaps_white() -> None:
    svg = matrix_chart(["高", "低"], ["2003", "2004"], [[10, None], [0, 5]], WORDS)
    assert [len(places(svg, number)) for number in ("10", "5")] == [1, 1]
    assert 'fill="#0c5156"' in svg
    assert len(re.findall(r"<rect[^>]*rx=\"2\"", svg)) == 4
