"""Coefficient plots."""

import math
import re

from tongban.charts.coefficients import CoefficientText, Interval, IntervalGroup, coefficient_plot


def test_an_interval_without_an_end_reaches_the_frame_and_significance_is_filled() -> None:
    lines = (Interval("one <x>", 0.5, 0.1, 0.9, filled=True), Interval("two", -0.2, -math.inf, 0.3, filled=False))
    drawn = coefficient_plot([IntervalGroup("", lines)], CoefficientText("Title", "axis", "what it shows", "invented"))
    assert "one &lt;x&gt;" in drawn
    assert "<desc>what it shows</desc>" in drawn
    assert "invented" in drawn
    assert "inf" not in drawn
    frame = re.search(r'<rect x="([\d.]+)" y="48.0" width="([\d.]+)"', drawn)
    assert frame
    left = float(frame[1])
    ends = [
        tuple(map(float, found))
        for found in re.findall(r'<line x1="([\d.]+)" y1="[\d.]+" x2="([\d.]+)"[^>]*stroke-width="2"', drawn)
    ]
    assert min(x for x, _ in ends) == left
    assert drawn.count('fill="#ffffff" stroke=') >= 1
