"""Panel QCA: whether a relation holds in every year and in every unit (Garcia-Castro & Ariño 2016).

Pooled consistency runs over all observations, *between* consistency over the units within one time, *within*
consistency over the times of one unit. The distance says how unevenly a figure is spread: the Euclidean distance of
its shares from equal shares; the adjusted distance divides by sqrt(n / (n^2 + 3n + 2)), n being the number of parts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tongban.observatory.qca.fit import ratio
from tongban.observatory.qca.tolerance import Floats


@dataclass(frozen=True)
class Spread:
    """A figure for each part of the panel (a year, a unit, a group) and how unevenly it is spread."""

    parts: tuple[str, ...]
    consistency: tuple[float, ...]
    coverage: tuple[float, ...]
    consistency_distance: float
    coverage_distance: float
    consistency_adjusted: float
    coverage_adjusted: float


@dataclass(frozen=True)
class PanelFit:
    """Pooled, between, within and group figures of one expression."""

    expression: str
    pooled_consistency: float
    pooled_coverage: float
    between: Spread
    within: Spread
    groups: Spread | None


def panel_fit(
    expression: str,
    x: Floats,
    y: Floats,
    *,
    units: Sequence[str],
    times: Sequence[str],
    groups: Sequence[str] | None = None,
) -> PanelFit:
    """Figures for a sufficient expression with memberships x and outcome y, one value an observation."""
    overlap = float(np.minimum(x, y).sum())
    return PanelFit(
        expression=expression,
        pooled_consistency=ratio(overlap, float(x.sum())),
        pooled_coverage=ratio(overlap, float(y.sum())),
        between=_spread(x, y, times),
        within=_spread(x, y, units),
        groups=_spread(x, y, groups) if groups is not None else None,
    )


def _spread(x: Floats, y: Floats, labels: Sequence[str]) -> Spread:
    parts = tuple(sorted(set(labels)))
    named = np.array(labels)
    consistency, coverage = [], []
    for part in parts:
        inside = named == part
        overlap = float(np.minimum(x[inside], y[inside]).sum())
        consistency.append(ratio(overlap, float(x[inside].sum())))
        coverage.append(ratio(overlap, float(y[inside].sum())))
    correction = (len(parts) / (len(parts) ** 2 + 3 * len(parts) + 2)) ** 0.5
    distances = [_distance(consistency), _distance(coverage)]
    return Spread(
        parts,
        tuple(consistency),
        tuple(coverage),
        *distances,
        *(distance / correction for distance in distances),
    )


def _distance(values: Sequence[float]) -> float:
    """Euclidean distance of the shares from equal shares; parts without membership (0/0) are left out."""
    known = np.array([value for value in values if value == value])  # noqa: PLR0124 - not-a-number differs from itself
    total = float(known.sum())
    if not total:
        return 0.0
    return float(np.sqrt(((known / total - 1 / len(known)) ** 2).sum()))
