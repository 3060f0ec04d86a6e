"""Necessary condition analysis: necessity in degree (Dul 2016).

The ceiling is the border between the empty upper left corner of the plot of X and Y and the rest. CE-FDH is a step
function through the *peers* (the points where the highest Y so far rises, X from low to high); CR-FDH is the
regression line through the peers. Effect size d = ceiling zone / scope, scope being the rectangle of the data.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tongban.observatory.qca.tolerance import TOLERANCE, Floats

Ceiling = Literal["ce_fdh", "cr_fdh"]


@dataclass(frozen=True)
class CeilingResult:
    """One ceiling of one condition.

    Attributes:
        effect: d, between 0 and 1.
        accuracy: Share of cases on or below the ceiling (1 for CE-FDH by construction).
        p: Share of random pairings of X and Y with at least this effect, (1 + hits) / (1 + permutations);
            `None` without permutations.
        line: Intercept and slope of CR-FDH; `None` for CE-FDH or with fewer than two peers.
        required: For each level of Y, the level of X (both in percent of their range) below which no case reached
            it; `None` where X is not necessary for that level.
    """

    ceiling: Ceiling
    effect: float
    accuracy: float
    p: float | None
    line: tuple[float, float] | None
    required: tuple[float | None, ...]


@dataclass(frozen=True)
class NcaResult:
    """Both ceilings of one condition, with the peers they rest on."""

    condition: str
    outcome: str
    peers: tuple[tuple[float, float], ...]
    ceilings: tuple[CeilingResult, CeilingResult]


def nca(
    condition: str, outcome: str, x: Floats, y: Floats, *, permutations: int, seed: int, levels: Sequence[float]
) -> NcaResult:
    """Both ceilings of X for Y, with permutation tests from a seeded generator."""
    peers = _peers(x, y)
    line = _line(peers)
    observed = (float(_step_effect(x, y[None, :])[0]), _line_effect(x, y, line))
    hits = [0, 0]
    generator = np.random.default_rng(seed)
    shuffled = np.array([generator.permutation(y) for _ in range(permutations)]).reshape(permutations, len(y))
    if permutations:
        hits[0] = int((_step_effect(x, shuffled) >= observed[0] - TOLERANCE).sum())
        hits[1] = sum(_line_effect(x, other, _line(_peers(x, other))) >= observed[1] - TOLERANCE for other in shuffled)
    p_values = [(1 + count) / (1 + permutations) if permutations else None for count in hits]
    above = y > line[0] + line[1] * x + TOLERANCE if line else np.zeros(len(y), dtype=np.bool_)
    return NcaResult(
        condition,
        outcome,
        tuple((float(a), float(b)) for a, b in peers),
        (
            CeilingResult("ce_fdh", observed[0], 1.0, p_values[0], None, _required_step(x, y, levels)),
            CeilingResult(
                "cr_fdh", observed[1], float(1 - above.mean()), p_values[1], line, _required_line(x, y, line, levels)
            ),
        ),
    )


def _peers(x: Floats, y: Floats) -> Floats:
    """The upper left corners, shape (peers, 2)."""
    order = np.lexsort((-y, x))
    highest = np.maximum.accumulate(y[order])
    rises = np.concatenate([[True], highest[1:] > highest[:-1] + TOLERANCE])
    return np.column_stack([x[order][rises], y[order][rises]])


def _line(peers: Floats) -> tuple[float, float] | None:
    if len(peers) < 2:  # noqa: PLR2004
        return None
    x, y = peers[:, 0], peers[:, 1]
    from_mean = x - x.mean()
    slope = float(from_mean @ y / (from_mean @ from_mean))  # peers differ in x, so this is not 0/0
    return float(y.mean()) - slope * float(x.mean()), slope


def _step_effect(x: Floats, ys: Floats) -> Floats:
    """Effect sizes of CE-FDH for many outcomes at once, shape (outcomes,)."""
    order = np.argsort(x, kind="stable")
    sorted_x, sorted_y = x[order], ys[:, order]
    ceiling = np.maximum.accumulate(sorted_y, axis=1)
    steps = np.diff(sorted_x)
    top, bottom = sorted_y.max(axis=1), sorted_y.min(axis=1)
    zone = ((top[:, None] - ceiling[:, :-1]) * steps).sum(axis=1)
    scope = (sorted_x[-1] - sorted_x[0]) * (top - bottom)
    return np.asarray(np.divide(zone, scope, out=np.zeros_like(zone), where=scope > 0))


def _line_effect(x: Floats, y: Floats, line: tuple[float, float] | None) -> float:
    """The area above the line inside the scope, over the scope; 0 where no line can be drawn."""
    left, right, bottom, top = float(x.min()), float(x.max()), float(y.min()), float(y.max())
    scope = (right - left) * (top - bottom)
    if line is None or not scope or line[1] <= 0:
        return 0.0
    intercept, slope = line
    corners = sorted({left, right, *(min(max((level - intercept) / slope, left), right) for level in (bottom, top))})
    heights = [min(max(top - (intercept + slope * at), 0.0), top - bottom) for at in corners]
    area = sum(
        (b - a) * (first + second) / 2
        for a, b, first, second in zip(corners, corners[1:], heights, heights[1:], strict=False)
    )
    return area / scope


def _required_step(x: Floats, y: Floats, levels: Sequence[float]) -> tuple[float | None, ...]:
    left, spread = float(x.min()), float(np.ptp(x))
    found: list[float | None] = []
    for level in levels:
        needed = float(y.min()) + level / 100 * float(np.ptp(y))
        lowest = float(x[y >= needed - TOLERANCE].min())
        found.append(None if lowest <= left or not spread else 100 * (lowest - left) / spread)
    return tuple(found)


def _required_line(
    x: Floats, y: Floats, line: tuple[float, float] | None, levels: Sequence[float]
) -> tuple[float | None, ...]:
    if line is None or line[1] <= 0 or not float(np.ptp(x)):
        return (None,) * len(levels)
    found: list[float | None] = []
    for level in levels:
        needed = float(y.min()) + level / 100 * float(np.ptp(y))
        share = 100 * ((needed - line[0]) / line[1] - float(x.min())) / float(np.ptp(x))
        found.append(None if share <= 0 else min(share, 100.0))
    return tuple(found)
