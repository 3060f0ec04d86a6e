"""How far one calibration anchor can move before the solution changes (Oana & Schneider 2021: sensitivity ranges).

The other anchors stay. The moved one keeps its place in their order and stays within the data's range. From its
chosen value it goes outwards over a grid until the solution is another; between the last stop that kept it and the
first that did not, bisection narrows the limit. For the crossover the grid is the distinct raw figures and the middles
of the gaps between them: only at a raw figure does a case change its row, and there the limit is looked for first.
A change that comes and goes again between two stops of the grid stays unseen.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tongban.observatory.qca.tolerance import Floats

AnchorName = Literal["exclusion", "crossover", "inclusion"]
Limit = Literal["solution", "anchor", "data"]
"""Why a range ends: the solution changes, the neighbouring anchor is reached, or the data's range is."""

ANCHORS: tuple[AnchorName, ...] = ("exclusion", "crossover", "inclusion")

STEPS = 12
"""Stops on the way of an exclusion or inclusion anchor to its bound."""
RESOLUTION = 0.001
"""Bisection ends when the limit is known to this share of the data's range; anchors stay as far apart."""
BESIDE = 1e-7
"""Just beside a raw figure, as a share of the data's range: too far to be taken for a membership of exactly 0.5."""

Same = Callable[[tuple[float, ...]], bool]
"""Whether the solution with these three anchors is the initial one."""


@dataclass(frozen=True)
class RangeEnd:
    """One end of a range.

    Attributes:
        inside: The outermost value found to keep the solution.
        beyond: The nearest value found to change it; `None` when the bound was reached before.
        limit: What ended the range.
    """

    inside: float
    beyond: float | None
    limit: Limit


@dataclass(frozen=True)
class AnchorRange:
    """Between which values one anchor of a column can move, in the column's own unit."""

    column: str
    anchor: AnchorName
    chosen: float
    low: RangeEnd
    high: RangeEnd
    resolution: float


def anchor_ranges(column: str, anchors: tuple[float, ...], raw: Floats, same: Same) -> list[AnchorRange]:
    """The ranges of the three anchors of a column.

    Args:
        column: Its name.
        anchors: Exclusion, crossover, inclusion; rising or falling.
        raw: The column's figures.
        same: Judges three anchors.
    """
    return [_anchor_range(column, at, anchors, raw, same) for at in range(len(ANCHORS))]


def _anchor_range(column: str, at: int, anchors: tuple[float, ...], raw: Floats, same: Same) -> AnchorRange:
    chosen = anchors[at]
    least, most = float(raw.min()), float(raw.max())
    resolution = RESOLUTION * (most - least)
    figures = np.unique(raw) if ANCHORS[at] == "crossover" else np.array([])

    def unchanged(value: float) -> bool:
        return same((*anchors[:at], value, *anchors[at + 1 :]))

    ends = []
    for direction, edge in ((-1, least), (1, most)):
        neighbours = [other for other in anchors if (other - chosen) * direction > 0]
        bound = edge
        limit: Limit = "data"
        if neighbours:
            nearest = min(neighbours, key=lambda other: abs(other - chosen)) - direction * resolution
            if (edge - nearest) * direction > 0:
                bound, limit = nearest, "anchor"
        if (bound - chosen) * direction <= 0:
            bound = chosen
        ends.append(_end(_Way(chosen, bound, direction, figures, resolution), limit, unchanged))
    return AnchorRange(column, ANCHORS[at], chosen, ends[0], ends[1], resolution)


@dataclass(frozen=True)
class _Way:
    """The way of an anchor from its chosen value to its bound."""

    chosen: float
    bound: float
    direction: int
    figures: Floats
    resolution: float

    def stops(self) -> Iterator[float]:
        """Values to look at, the bound last."""
        if self.bound == self.chosen:
            return
        if not len(self.figures):
            yield from np.linspace(self.chosen, self.bound, STEPS + 1)[1:].tolist()
            return
        low, high = sorted((self.chosen, self.bound))
        between = self.figures[(self.figures > low) & (self.figures < high)]
        path = np.array([self.chosen, *between[:: self.direction], self.bound])
        for middle, stop in zip((path[:-1] + path[1:]) / 2, path[1:], strict=True):
            yield from (float(middle), float(stop))


def _end(way: _Way, limit: Limit, unchanged: Callable[[float], bool]) -> RangeEnd:
    inside = way.chosen
    for stop in way.stops():
        if not unchanged(stop):
            return RangeEnd(*_narrowed(way, inside, stop, unchanged), "solution")
        inside = stop
    return RangeEnd(inside, None, limit)


def _narrowed(way: _Way, inside: float, beyond: float, unchanged: Callable[[float], bool]) -> tuple[float, float]:
    """The pair drawn together: exactly to a raw figure where that is the limit, to the resolution elsewhere."""
    beside = way.direction * BESIDE / RESOLUTION * way.resolution
    if inside in way.figures:
        if not unchanged(inside + beside):
            return inside, inside + beside
        inside += beside
    if beyond in way.figures:
        if unchanged(beyond - beside):
            return beyond - beside, beyond
        beyond -= beside
    while abs(beyond - inside) > way.resolution:
        middle = (inside + beyond) / 2
        if unchanged(middle):
            inside = middle
        else:
            beyond = middle
    return inside, beyond
