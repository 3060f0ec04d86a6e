"""Do entities come closer? Sigma convergence (spread by period) and beta convergence (do the low rise faster?).

Barro & Sala-i-Martin (1992). The index is bounded and may be zero, so levels are taken, not logarithms: the change from
the first to the last period is regressed on the first value. All from exact sums, so that every engine agrees.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

LEAST = 3
"""Entities a regression with two coefficients and an error needs."""


@dataclass(frozen=True)
class Spread:
    """Mean, standard deviation (n - 1) and coefficient of variation of an index in one period."""

    period: int
    n: int
    mean: float
    sd: float
    cv: float


@dataclass(frozen=True)
class Beta:
    """change = intercept + slope * first value, by ordinary least squares with classical standard error.

    A negative slope: those who began low rose more. `speed` is the yearly rate at which differences shrink,
    -ln(1 + slope) / years, `half_life` the years to halve them; both are defined for slopes between -1 and 0 only.
    """

    first: int
    last: int
    n: int
    slope: float
    std_error: float
    intercept: float
    r2: float
    speed: float
    half_life: float


@dataclass(frozen=True)
class Converged:
    index: str
    spread: tuple[Spread, ...]
    beta: Beta | None


def spread(rows: Sequence[tuple[int, int, Fraction, Fraction]]) -> tuple[Spread, ...]:
    """From (period, n, sum, sum of squares)."""
    found = []
    for period, n, total, squares in rows:
        mean = total / n
        variance = (squares - n * mean * mean) / (n - 1) if n > 1 else Fraction(0)
        sd = math.sqrt(max(Fraction(0), variance)) if n > 1 else math.nan
        found.append(Spread(period, n, float(mean), sd, sd / float(mean) if mean else math.nan))
    return tuple(found)


def beta(sums: tuple[Fraction, ...], first: int, last: int) -> Beta | None:
    """From n and the sums of x, y, xx, xy, yy (x the first value, y the last); nothing where x does not vary."""
    n, x, y, xx, xy, yy = sums
    if n < LEAST:
        return None
    # of the change d = y - x
    sxx = xx - x * x / n
    sxd = (xy - xx) - x * (y - x) / n
    sdd = (yy - 2 * xy + xx) - (y - x) * (y - x) / n
    if sxx <= 0:
        return None
    slope = sxd / sxx
    intercept = ((y - x) - slope * x) / n
    left = max(Fraction(0), sdd - slope * sxd)
    error = math.sqrt(left / (n - 2) / sxx)
    shrinks = -1 < slope < 0
    speed = -math.log(1 + slope) / (last - first) if shrinks else math.nan
    return Beta(
        first=first,
        last=last,
        n=int(n),
        slope=float(slope),
        std_error=error,
        intercept=float(intercept),
        r2=float(1 - left / sdd) if sdd > 0 else math.nan,
        speed=speed,
        half_life=math.log(2) / speed if shrinks else math.nan,
    )
