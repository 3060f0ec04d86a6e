"""What a reader wants to see before any regression: moments, variation between and within, correlations, VIF, gaps."""

from dataclasses import dataclass

import numpy as np

from tongban.observatory.panel.absorb import Floats
from tongban.observatory.panel.distributions import t_two_sided
from tongban.observatory.panel.estimators import Panel
from tongban.observatory.panel.ols import solve
from tongban.observatory.panel.sample import Table


@dataclass(frozen=True)
class Moments:
    """A variable over all rows that have it; standard deviations with n - 1, those of a panel as Stata's xtsum."""

    variable: str
    n: int
    mean: float
    sd: float
    minimum: float
    p25: float
    median: float
    p75: float
    maximum: float
    between: float
    """Standard deviation of the entity means."""
    within: float
    """Of the deviations from them."""


@dataclass(frozen=True)
class Correlations:
    """Pearson correlations over the complete rows of the main model, with the p of a zero correlation."""

    variables: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]
    p: tuple[tuple[float, ...], ...]
    n: int


@dataclass(frozen=True)
class Gaps:
    """Missing values of a variable by period; a row that is not in the file counts as missing."""

    variable: str
    missing: tuple[int, ...]


def moments(table: Table, variable: str) -> Moments:
    """Of one variable."""
    values = table.columns[variable]
    seen = np.isfinite(values)
    known, entity = values[seen], table.entity[seen]
    counts = np.bincount(entity, minlength=len(table.entities))
    there = counts > 0
    sums = np.bincount(entity, weights=known, minlength=len(table.entities))
    means = np.divide(sums, counts, out=np.zeros_like(sums), where=there)
    deviations = known - means[entity]
    if not len(known):
        nan = float("nan")
        return Moments(variable, 0, nan, nan, nan, nan, nan, nan, nan, nan, nan)
    p25, median, p75 = (float(value) for value in np.percentile(known, [25, 50, 75]))
    return Moments(
        variable,
        len(known),
        float(known.mean()),
        _sd(known),
        float(known.min()),
        p25,
        median,
        p75,
        float(known.max()),
        _sd(means[there]),
        float(np.sqrt(deviations @ deviations / (len(known) - 1))) if len(known) > 1 else float("nan"),
    )


def _sd(values: Floats) -> float:
    return float(values.std(ddof=1)) if len(values) > 1 else float("nan")


def correlations(panel: Panel, outcome: str) -> Correlations:
    """Of the outcome and the regressors."""
    data = np.column_stack([panel.y, panel.x])
    data = data - data.mean(axis=0)
    norms = np.sqrt((data**2).sum(axis=0))
    with np.errstate(invalid="ignore", divide="ignore"):
        found = np.clip((data.T @ data) / np.outer(norms, norms), -1, 1)
    df = panel.rows - 2
    p = [[_p_of(float(value), df) for value in row] for row in found]
    return Correlations((outcome, *panel.names), tuple(map(tuple, found.tolist())), tuple(map(tuple, p)), panel.rows)


def _p_of(correlation: float, df: int) -> float:
    if df < 1 or abs(correlation) >= 1:
        return 0.0 if abs(correlation) >= 1 else float("nan")
    return t_two_sided(correlation * (df / (1 - correlation**2)) ** 0.5, df)


def inflation(panel: Panel) -> dict[str, float]:
    """Variance inflation factor of each regressor in the pooled model: 1/(1 - R²) on the others."""
    found = {}
    centred = panel.x - panel.x.mean(axis=0)
    for at, name in enumerate(panel.names):
        others = np.asfortranarray(np.delete(centred, at, axis=1))
        column = np.ascontiguousarray(centred[:, at])
        whole = float(column @ column)
        rest = whole
        if others.shape[1]:
            residuals = solve(column, others, np.maximum(np.abs(others).max(axis=0), 1e-300)).residuals
            rest = float(residuals @ residuals)
        found[name] = whole / rest if rest > 1e-12 * whole else float("inf")
    return found


def gaps(table: Table, variables: tuple[str, ...]) -> tuple[Gaps, ...]:
    """Where values are missing."""
    entities = len(table.entities)
    found = []
    for name in variables:
        seen = np.isfinite(table.columns[name])
        counts = np.bincount(table.period[seen], minlength=len(table.periods))
        found.append(Gaps(name, tuple(int(entities - count) for count in counts)))
    return tuple(found)
