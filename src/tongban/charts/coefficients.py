"""Coefficient plots: a point and its interval for every line, lines in groups, zero marked."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tongban.charts import svg
from tongban.charts.scale import decimals, ticks

ROW, GROUP, LEFT, SPAN, RIGHT, TOP = 22.0, 30.0, 12.0, 330.0, 24.0, 48.0
LABEL_SIZE = 11.0


@dataclass(frozen=True)
class Interval:
    """A line of the plot: an estimate, its interval, and whether it is drawn filled (significant)."""

    label: str
    estimate: float
    low: float
    high: float
    filled: bool


@dataclass(frozen=True)
class IntervalGroup:
    """Lines under one heading; an empty heading takes no room."""

    heading: str
    lines: tuple[Interval, ...]


@dataclass(frozen=True)
class CoefficientText:
    title: str
    axis: str
    description: str
    notice: str = ""


def coefficient_plot(groups: Sequence[IntervalGroup], words: CoefficientText) -> str:
    """The plot as SVG. Intervals without an end reach the frame."""
    lines = [line for group in groups for line in group.lines]
    names = max([svg.text_width(line.label, LABEL_SIZE) for line in lines] + [60.0])
    left = LEFT + min(names, 220.0) + 14
    low, high = _range(lines)
    notice = svg.wrapped(words.notice, 10, left + SPAN - LEFT)
    heights = [(GROUP if group.heading else 0) + ROW * len(group.lines) for group in groups]
    bottom = TOP + sum(heights)
    height = bottom + 46 + 14 * len(notice)
    width = left + SPAN + RIGHT

    def place(value: float) -> float:
        return left + SPAN * (min(max(value, low), high) - low) / (high - low)

    parts = [
        svg.text(LEFT, 20, words.title, size=14, weight=600),
        svg.rect(left, TOP, SPAN, bottom - TOP, fill=svg.PALE),
    ]
    marks = [tick for tick in ticks(low, high) if low <= tick <= high]
    digits = decimals(marks)
    for tick in marks:
        x = place(tick)
        parts.append(svg.line(x, TOP, x, bottom, stroke=svg.GRID))
        parts.append(svg.text(x, bottom + 16, f"{tick:.{digits}f}", size=10, anchor="middle", fill=svg.MUTED))
    parts.append(svg.line(place(0), TOP, place(0), bottom, stroke=svg.INK, dash="3 2"))
    parts.append(svg.text(left + SPAN / 2, bottom + 34, words.axis, size=11, anchor="middle", fill=svg.MUTED))
    y = TOP
    for group in groups:
        if group.heading:
            parts.append(svg.text(LEFT, y + 20, group.heading, size=LABEL_SIZE, weight=600, fill=svg.BLUE))
            y += GROUP
        for line in group.lines:
            parts += _interval(line, y + ROW / 2, left, place)
            y += ROW
    for at, part in enumerate(notice):
        parts.append(svg.text(LEFT, bottom + 52 + 14 * at, part, size=10, fill=svg.ORANGE))
    return svg.document(width, height, words.title, words.description, parts)


def _interval(line: Interval, y: float, left: float, at: Callable[[float], float]) -> list[str]:
    colour = svg.BLUE if line.filled else svg.GREY
    label = line.label
    while svg.text_width(label, LABEL_SIZE) > 220:  # noqa: PLR2004 - the room labels have
        label = label[:-2] + "…"
    return [
        svg.text(left - 10, y + 4, label, size=LABEL_SIZE, anchor="end"),
        svg.line(at(line.low), y, at(line.high), y, stroke=colour, width=2),
        svg.circle(at(line.estimate), y, 4, fill=colour if line.filled else "#ffffff", stroke=colour, width=1.6),
    ]


def _range(lines: Sequence[Interval]) -> tuple[float, float]:
    """Room for every finite end and for zero, with a margin; one wide interval does not squeeze the others."""
    ends = [value for line in lines for value in (line.low, line.high, line.estimate) if math.isfinite(value)]
    low, high = min([*ends, 0.0]), max([*ends, 0.0])
    margin = 0.06 * (high - low) or 1.0
    return low - margin, high + margin
