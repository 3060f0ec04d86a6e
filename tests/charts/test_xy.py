"""XY plots: who stands where is named, also where many cases coincide."""

import re

from tongban.charts.xy import MOST_NAMES, Point, XYText, xy_plot

WORDS = XYText(title="t", subtitle="s", x_axis="x", y_axis="y", description="d", notice="")


def labels(points: list[Point]) -> list[str]:
    return re.findall(r">(case \d+|\+\d+)</text>", xy_plot(points, WORDS))


def test_every_case_is_named_where_few_coincide() -> None:
    points = [Point(f"case {at}", at % 2, at % 2) for at in range(2 * MOST_NAMES)]
    assert sorted(labels(points)) == sorted(point.name for point in points)


def test_a_crowd_at_one_place_is_counted() -> None:
    points = [Point(f"case {at}", 1.0, 1.0) for at in range(300)] + [Point("case 300", 0.2, 0.4)]
    found = labels(points)
    assert len(found) == MOST_NAMES + 1
    assert found.count(f"+{300 - MOST_NAMES + 1}") == 1
    assert "case 300" in found
