"""Tail areas and quantiles of the distributions that tests refer to, without a statistics package.

The incomplete beta and gamma functions are continued fractions and series (NIST Digital Library of Mathematical
Functions 8.7, 8.9, 8.17.22), good to about 1e-13 relative.
"""

import math
from collections.abc import Callable, Iterator
from statistics import NormalDist

_TINY = 1e-300
_EPSILON = 1e-16
_STEPS = 20_000


def normal_two_sided(z: float) -> float:
    """P(|Z| >= |z|) of a standard normal Z."""
    return math.erfc(abs(z) / math.sqrt(2))


def t_two_sided(t: float, df: float) -> float:
    """P(|T| >= |t|) of Student's t; `df` may be infinite."""
    if math.isnan(t):
        return math.nan
    if math.isinf(df):
        return normal_two_sided(t)
    return _beta(df / 2, 0.5, df / (df + t * t)) if math.isfinite(t) else 0.0


def f_upper(f: float, df1: float, df2: float) -> float:
    """P(F >= f) of Fisher's F."""
    if math.isnan(f):
        return math.nan
    return 1.0 if f <= 0 else _beta(df2 / 2, df1 / 2, df2 / (df2 + df1 * f))


def chi2_upper(x: float, df: float) -> float:
    """P(X >= x) of a chi-squared X."""
    if math.isnan(x):
        return math.nan
    if x <= 0:
        return 1.0
    a, half = df / 2, x / 2
    front = math.exp(a * math.log(half) - half - math.lgamma(a))
    if half < a + 1:
        term = total = 1 / a
        for step in range(1, _STEPS):
            term *= half / (a + step)
            total += term
            if term < total * _EPSILON:
                break
        return 1 - front * total
    # Γ(a, x) = e^-x x^a / (x + 1 - a - 1(1-a)/(x + 3 - a - ...)), DLMF 8.9.2 in its even form
    first = half + 1 - a
    return front / _continued(first, ((-step * (step - a), first + 2 * step) for step in range(1, _STEPS)))


def t_quantile(p: float, df: float) -> float:
    """The value that |T| exceeds with probability 1 - p (p = 0.95: the usual two-sided 5 % limit)."""
    if math.isinf(df):
        return NormalDist().inv_cdf((1 + p) / 2)
    return _root(lambda t: t_two_sided(t, df) - (1 - p))


def _root(falling: Callable[[float], float]) -> float:
    """Where a falling function of a positive number crosses zero, to the last digit."""
    low, high = 0.0, 1.0
    while falling(high) > 0:
        low, high = high, high * 2
    while True:
        middle = (low + high) / 2
        if middle in (low, high):
            return middle
        if falling(middle) > 0:
            low = middle
        else:
            high = middle


def _beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function I_x(a, b)."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta(b, a, 1 - x)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))

    def parts() -> "Iterator[tuple[float, float]]":
        for m in range(1, _STEPS):
            yield -(a + m - 1) * (a + b + m - 1) * x / ((a + 2 * m - 2) * (a + 2 * m - 1)), 1.0
            yield m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)), 1.0

    return front / (a * _continued(1.0, parts()))


def _continued(first: float, parts: "Iterator[tuple[float, float]]") -> float:
    """The value of first + a1/(b1 + a2/(b2 + ...)) by the modified method of Lentz."""
    value = first or _TINY
    c, d = value, 0.0
    for a, b in parts:
        d = 1 / ((b + a * d) or _TINY)
        c = (b + a / c) or _TINY
        value *= c * d
        if abs(c * d - 1) < _EPSILON:
            break
    return value
