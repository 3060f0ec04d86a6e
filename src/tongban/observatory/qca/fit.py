"""Parameters of fit: consistency, coverage, PRI and relevance of necessity.

`x` is a set of conditions, `y` the outcome; both are memberships between 0 and 1, one value a case. The sums run
over cases. A quotient 0/0 is not-a-number here, as in R, and `null` in JSON.

Sources: Ragin (2008) ch. 3 for consistency and coverage; Schneider & Wagemann (2012) section 9.2.1.3 for PRI and
section 9.2.2 for RoN.
"""

from dataclasses import dataclass

import numpy as np

from tongban.observatory.qca.tolerance import Floats


def ratio(numerator: float, denominator: float) -> float:
    """The quotient, or not-a-number where the denominator is zero."""
    return float(numerator / denominator) if denominator else float("nan")


@dataclass(frozen=True, slots=True)
class Sufficiency:
    """How far x is a subset of y."""

    consistency: float
    pri: float
    coverage: float

    def as_json(self) -> dict[str, float]:
        return {"inclS": self.consistency, "PRI": self.pri, "covS": self.coverage}


@dataclass(frozen=True, slots=True)
class Necessity:
    """How far x is a superset of y, and whether that says anything."""

    consistency: float
    relevance: float
    coverage: float

    def as_json(self) -> dict[str, float]:
        return {"inclN": self.consistency, "RoN": self.relevance, "covN": self.coverage}


def sufficiency(x: Floats, y: Floats) -> Sufficiency:
    """Consistency sum(min(x,y))/sum(x), PRI, and coverage sum(min(x,y))/sum(y).

    PRI = (sum min(x,y) - sum min(x,y,1-y)) / (sum x - sum min(x,y,1-y)).
    """
    return sufficiencies(x[None, :], y)[0]


def sufficiencies(sets: Floats, y: Floats) -> list[Sufficiency]:
    """The same of many sets at once, shape (sets, cases)."""
    both = np.minimum(sets, y)
    contradictions = np.minimum(both, 1 - y).sum(axis=1).tolist()
    overlaps, sizes, whole = both.sum(axis=1).tolist(), sets.sum(axis=1).tolist(), float(y.sum())
    return [
        Sufficiency(
            consistency=ratio(overlap, size),
            pri=ratio(overlap - contradiction, size - contradiction),
            coverage=ratio(overlap, whole),
        )
        for overlap, size, contradiction in zip(overlaps, sizes, contradictions, strict=True)
    ]


def necessity(x: Floats, y: Floats) -> Necessity:
    """Consistency sum(min(x,y))/sum(y), RoN = sum(1-x)/sum(1-min(x,y)), coverage sum(min(x,y))/sum(x)."""
    both = np.minimum(x, y)
    overlap = float(both.sum())
    return Necessity(
        consistency=ratio(overlap, float(y.sum())),
        relevance=ratio(float((1 - x).sum()), float((1 - both).sum())),
        coverage=ratio(overlap, float(x.sum())),
    )


def proportional_reduction(overlap: float, size: float, contradiction: float) -> float:
    """PRI from sums already at hand: of min(x,y), of x, and of min(x,y,1-y)."""
    return ratio(overlap - contradiction, size - contradiction)
