"""The estimators: pooled, fixed effects one way and two ways, random effects, between, first differences.

All are least squares on transformed columns, so that one covariance module serves them all. Sources: Baltagi,
Econometric Analysis of Panel Data; Swamy & Arora 1972 and, unbalanced, Baltagi & Chang 1994 for random effects.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np

from tongban.observatory.errors import StudyError
from tongban.observatory.panel.absorb import Absorber, Codes, Floats, Groups, OneWay, TwoWay
from tongban.observatory.panel.ols import Solved, solve, solve_with_constant

Effects = Literal["none", "entity", "time", "twoways", "random", "between", "first_difference"]
EFFECTS: tuple[Effects, ...] = ("none", "entity", "time", "twoways", "random", "between", "first_difference")
FIXED: tuple[Effects, ...] = ("entity", "time", "twoways")
CONSTANT = "const"

Components = Literal["swamy-arora", "harmonic"]
COMPONENTS: tuple[Components, ...] = ("swamy-arora", "harmonic")


@dataclass(frozen=True)
class Panel:
    """A complete sample: no missing values, one row for each entity and period, codes without gaps."""

    y: Floats
    x: Floats
    """Shape (rows, regressors), a column contiguous in memory."""
    names: tuple[str, ...]
    entity: Groups
    period: Groups
    period_order: Codes | None = None
    """For each period code its place among all periods of the study; nothing when no period is missing."""

    @property
    def rows(self) -> int:
        return len(self.y)

    @cached_property
    def places(self) -> Codes:
        """The place in time of each row."""
        return self.period.codes if self.period_order is None else self.period_order[self.period.codes]


@dataclass(frozen=True)
class Variances:
    """Variance components of random effects."""

    idiosyncratic: float
    individual: float
    theta: tuple[float, float]
    """The smallest and largest share of the entity mean taken off a row."""


@dataclass(frozen=True)
class Fit:
    """An estimate before its standard errors."""

    effects: Effects
    names: tuple[str, ...]
    """Of the coefficients: the kept regressors, `const` first where there is one."""
    beta: Floats
    x: Floats
    """Transformed columns of the kept coefficients."""
    residuals: Floats
    """Of the transformed regression."""
    bread: Floats
    entity: Groups
    period: Groups
    """Of the transformed rows."""
    places: Codes
    df_residual: int
    absorbed_parameters: int
    """Effects taken out, the constant among them; 0 where the constant is a coefficient."""
    fixed_sizes: tuple[int, ...]
    """Groups of each set of fixed effects, entity before period."""
    panel_rows: int
    """Rows before the transformation (first differences lose some)."""
    dropped: tuple[tuple[str, str], ...] = ()
    r2: dict[str, float] = field(default_factory=dict)
    variances: Variances | None = None
    used: Codes | None = None
    """Rows of the panel that stand behind the transformed rows, where these are rows of it."""

    @property
    def nobs(self) -> int:
        return len(self.residuals)

    @property
    def k(self) -> int:
        return len(self.beta)

    @property
    def ssr(self) -> float:
        return float(self.residuals @ self.residuals)


def fit(panel: Panel, effects: Effects, *, intercept: bool = False, components: Components = "swamy-arora") -> Fit:
    """The estimate of this kind; `intercept` asks for one in first differences (as R's plm has it).

    Raises:
        StudyError: There are too few rows for the coefficients, or nothing is left to estimate.
    """
    if not panel.rows:
        raise StudyError(f"effects = {effects}: no row is left; all are singletons")
    if effects == "none":
        return _pooled(panel)
    if effects == "between":
        return _between(panel)
    if effects == "first_difference":
        return _differences(panel, intercept=intercept)
    if effects == "random":
        return _random(panel, components)
    return _fixed(panel, effects)


def absorber(panel: Panel, effects: Effects) -> Absorber:
    """What takes the fixed effects out of a column of this panel."""
    if effects == "twoways":
        return TwoWay(panel.entity, panel.period)
    return OneWay(panel.entity if effects == "entity" else panel.period)


def _sizes(x: Floats) -> Floats:
    return np.array([max(float(np.abs(x[:, at]).max()), 1e-300) for at in range(x.shape[1])]) if len(x) else x[:0]


def with_constant(x: Floats) -> Floats:
    """The columns after one of ones, a column contiguous in memory."""
    return np.asfortranarray(np.column_stack([np.ones(len(x)), x]))


def _checked(solved: Solved, effects: Effects, parameters: int, dropped: tuple[tuple[str, str], ...] = ()) -> int:
    """Degrees of freedom that remain."""
    left = len(solved.residuals) - parameters - len(solved.kept)
    if not solved.kept:
        why = "; ".join(f"“{name}” is {reason}" for name, reason in dropped) or "all are absorbed or collinear"
        raise StudyError(f"effects = {effects}: no regressor is left to estimate: {why}")
    if left < 1:
        raise StudyError(
            f"effects = {effects}: {len(solved.residuals)} rows do not suffice for {len(solved.kept)} coefficients and "
            f"{parameters} effects"
        )
    return left


def _dropped(names: tuple[str, ...], solved: Solved, absorbed: str) -> tuple[tuple[str, str], ...]:
    reasons = dict.fromkeys(solved.absorbed, absorbed) | dict.fromkeys(solved.collinear, "collinear with the others")
    return tuple((names[at], reasons[at]) for at in sorted(reasons))


def _fixed(panel: Panel, effects: Effects) -> Fit:
    takes = absorber(panel, effects)
    y = takes.residual(panel.y)
    x = np.empty_like(panel.x, order="F")
    for at in range(panel.x.shape[1]):
        x[:, at] = takes.residual(panel.x[:, at])
    solved = solve(y, x, _sizes(panel.x))
    reason = {"entity": "the entity effects", "time": "the period effects", "twoways": "the two-way effects"}[effects]
    dropped = _dropped(panel.names, solved, f"absorbed by {reason}")
    df = _checked(solved, effects, takes.parameters, dropped)
    sizes = {
        "entity": (panel.entity.size,),
        "time": (panel.period.size,),
        "twoways": (panel.entity.size, panel.period.size),
    }[effects]
    return Fit(
        effects=effects,
        names=tuple(panel.names[at] for at in solved.kept),
        beta=solved.beta,
        x=_columns(x, solved.kept),
        residuals=solved.residuals,
        bread=solved.bread,
        entity=panel.entity,
        period=panel.period,
        places=panel.places,
        df_residual=df,
        absorbed_parameters=takes.parameters,
        fixed_sizes=sizes,
        panel_rows=panel.rows,
        dropped=dropped,
        r2=_r2_fixed(panel, solved, y, df),
    )


def _columns(x: Floats, kept: tuple[int, ...]) -> Floats:
    return x if len(kept) == x.shape[1] else x[:, list(kept)]


def _r2_fixed(panel: Panel, solved: Solved, y: Floats, df: int) -> dict[str, float]:
    ssr, tss = float(solved.residuals @ solved.residuals), float(y @ y)
    centred = panel.y - panel.y.mean()
    whole = float(centred @ centred)
    fitted = panel.x[:, list(solved.kept)] @ solved.beta
    model = _share(ssr, tss)
    total = _share(ssr, whole)
    return {
        "within": model,
        "between": _between_r2(panel, fitted),
        "overall": _squared_correlation(panel.y, fitted),
        "total": total,
        "adjusted": _adjusted(model, panel.rows, df),
        "total_adjusted": _adjusted(total, panel.rows, df),
    }


def _r2_pooled(panel: Panel, fitted: Floats, model: float, df: int, rows: int) -> dict[str, float]:
    return {
        "within": _squared_correlation(panel.entity.within(panel.y), panel.entity.within(fitted)),
        "between": _between_r2(panel, fitted),
        "overall": _squared_correlation(panel.y, fitted),
        "total": model,
        "adjusted": _adjusted(model, rows, df),
    }


def _between_r2(panel: Panel, fitted: Floats) -> float:
    return _squared_correlation(panel.entity.means(panel.y), panel.entity.means(fitted))


def _share(ssr: float, tss: float) -> float:
    return 1 - ssr / tss if tss > 0 else float("nan")


def _adjusted(r2: float, rows: int, df: int) -> float:
    """1 - (1 - R²)(n - 1)/df, as plm has it."""
    return 1 - (1 - r2) * (rows - 1) / df


def _squared_correlation(a: Floats, b: Floats) -> float:
    a, b = a - a.mean(), b - b.mean()
    norm = float(a @ a) * float(b @ b)
    return float(a @ b) ** 2 / norm if norm > 0 else float("nan")


def _pooled(panel: Panel) -> Fit:
    x = with_constant(panel.x)
    names = (CONSTANT, *panel.names)
    solved = solve_with_constant(panel.y, x, _sizes(x))
    df = _checked(solved, "none", 0)
    centred = panel.y - panel.y.mean()
    model = _share(float(solved.residuals @ solved.residuals), float(centred @ centred))
    return Fit(
        effects="none",
        names=tuple(names[at] for at in solved.kept),
        beta=solved.beta,
        x=_columns(x, solved.kept),
        residuals=solved.residuals,
        bread=solved.bread,
        entity=panel.entity,
        period=panel.period,
        places=panel.places,
        df_residual=df,
        absorbed_parameters=0,
        fixed_sizes=(),
        panel_rows=panel.rows,
        dropped=_dropped(names, solved, "it does not vary"),
        r2=_r2_pooled(panel, panel.y - solved.residuals, model, df, panel.rows),
    )


def _between(panel: Panel) -> Fit:
    y = panel.entity.means(panel.y)
    means = np.column_stack([panel.entity.means(panel.x[:, at]) for at in range(panel.x.shape[1])])
    x = with_constant(means)
    names = (CONSTANT, *panel.names)
    solved = solve_with_constant(y, x, _sizes(x))
    df = _checked(solved, "between", 0)
    centred = y - y.mean()
    model = _share(float(solved.residuals @ solved.residuals), float(centred @ centred))
    fitted = with_constant(panel.x)[:, list(solved.kept)] @ solved.beta
    entity = Groups(np.arange(panel.entity.size), panel.entity.size)
    return Fit(
        effects="between",
        names=tuple(names[at] for at in solved.kept),
        beta=solved.beta,
        x=_columns(x, solved.kept),
        residuals=solved.residuals,
        bread=solved.bread,
        entity=entity,
        period=Groups(np.zeros(panel.entity.size, dtype=np.intp), 1),
        places=np.zeros(panel.entity.size, dtype=np.intp),
        df_residual=df,
        absorbed_parameters=0,
        fixed_sizes=(),
        panel_rows=panel.rows,
        dropped=_dropped(names, solved, "it does not vary"),
        r2=_r2_pooled(panel, fitted, model, df, panel.entity.size),
    )


def _differences(panel: Panel, *, intercept: bool) -> Fit:
    """Each row less the same entity's row one period before; a gap in time makes no difference."""
    order = np.lexsort((panel.places, panel.entity.codes))
    later, earlier = order[1:], order[:-1]
    follows = (panel.entity.codes[later] == panel.entity.codes[earlier]) & (
        panel.places[later] == panel.places[earlier] + 1
    )
    later, earlier = later[follows], earlier[follows]
    if not len(later):
        raise StudyError("effects = first_difference: no entity has two periods that follow each other")
    y = panel.y[later] - panel.y[earlier]
    x = np.asfortranarray(panel.x[later] - panel.x[earlier])
    names = panel.names
    if intercept:
        x, names = with_constant(x), (CONSTANT, *names)
    sizes = np.maximum(_sizes(panel.x), 1e-300)
    solved = solve_with_constant(y, x, np.concatenate([[1.0], sizes])) if intercept else solve(y, x, sizes)
    df = _checked(solved, "first_difference", 0)
    compared = y - y.mean() if intercept else y
    model = _share(float(solved.residuals @ solved.residuals), float(compared @ compared))
    slopes = [at - intercept for at in solved.kept if not intercept or at]
    fitted = panel.x[:, slopes] @ (solved.beta[1:] if intercept and solved.kept[0] == 0 else solved.beta)
    entity, period = panel.entity.codes[later], panel.period.codes[later]
    return Fit(
        effects="first_difference",
        names=tuple(names[at] for at in solved.kept),
        beta=solved.beta,
        x=_columns(x, solved.kept),
        residuals=solved.residuals,
        bread=solved.bread,
        entity=_dense(entity),
        period=_dense(period),
        places=panel.places[later],
        df_residual=df,
        absorbed_parameters=0,
        fixed_sizes=(),
        panel_rows=panel.rows,
        dropped=_dropped(names, solved, "it does not change between periods"),
        r2=_r2_pooled(panel, fitted, model, df, len(y)),
        used=later,
    )


def _dense(codes: Codes) -> Groups:
    found, dense = np.unique(codes, return_inverse=True)
    return Groups(dense.astype(np.intp), len(found))


def _random(panel: Panel, components: Components) -> Fit:
    variances, theta = _components(panel, components)
    take = theta[panel.entity.codes]
    y = panel.y - take * panel.entity.means(panel.y)[panel.entity.codes]
    raw = with_constant(panel.x)
    x = np.empty_like(raw)
    for at in range(raw.shape[1]):
        x[:, at] = raw[:, at] - take * panel.entity.means(raw[:, at])[panel.entity.codes]
    names = (CONSTANT, *panel.names)
    solved = solve_with_constant(y, x, _sizes(raw) * 1e-6)  # a large theta leaves little of what does not change
    df = _checked(solved, "random", 0)
    # As plm: the quasi-demeaned constant is none on an unbalanced panel, so a correlation takes the place of
    # 1 - SSR/TSS.
    model = _squared_correlation(y, y - solved.residuals)
    fitted = raw[:, list(solved.kept)] @ solved.beta
    return Fit(
        effects="random",
        names=tuple(names[at] for at in solved.kept),
        beta=solved.beta,
        x=_columns(x, solved.kept),
        residuals=solved.residuals,
        bread=solved.bread,
        entity=panel.entity,
        period=panel.period,
        places=panel.places,
        df_residual=df,
        absorbed_parameters=0,
        fixed_sizes=(),
        panel_rows=panel.rows,
        dropped=_dropped(names, solved, "it does not vary"),
        r2=_r2_pooled(panel, fitted, model, df, panel.rows),
        variances=variances,
    )


def _components(panel: Panel, components: Components) -> tuple[Variances, Floats]:
    """Variance components and the theta of each entity.

    The idiosyncratic variance is that of the within regression. The individual variance equates the weighted between
    residuals to their expectation: (sum T_i e_i² - (n - k) s²) / (N - tr((Σ T_i x̄x̄')^-1 Σ T_i² x̄x̄')), Baltagi &
    Chang 1994 (6), which is Swamy & Arora's on a balanced panel and plm's default on any. `harmonic` takes the
    unweighted between residuals and the harmonic mean of the T_i instead (Stata's xtreg, re; linearmodels' default).
    """
    within = _fixed(panel, "entity")
    idiosyncratic = within.ssr / within.df_residual
    counts = panel.entity.counts
    means = with_constant(np.column_stack([panel.entity.means(panel.x[:, at]) for at in range(panel.x.shape[1])]))
    y = panel.entity.means(panel.y)
    root = np.sqrt(counts) if components == "swamy-arora" else np.ones(len(counts))
    weighted = means * root[:, None]
    solved = solve_with_constant(y * root, weighted, _sizes(weighted))
    df = len(y) - len(solved.kept)
    if df < 1:
        raise StudyError(
            f"effects = random: {len(y)} entities do not suffice for the between regression of {len(solved.kept)} "
            "coefficients, from which the variance of the effects comes"
        )
    ssr = float(solved.residuals @ solved.residuals)
    if components == "swamy-arora":
        kept = means[:, list(solved.kept)]
        first = (kept * counts[:, None]).T @ kept
        second = (kept * counts[:, None] ** 2).T @ kept
        trace = float(np.trace(np.linalg.solve(first, second)))
        individual = (ssr - df * idiosyncratic) / (panel.rows - trace)
    else:
        individual = ssr / df - idiosyncratic * float(np.mean(1 / counts))
    individual = max(0.0, individual)
    theta = 1 - np.sqrt(idiosyncratic / (idiosyncratic + counts * individual))
    return Variances(idiosyncratic, individual, (float(theta.min()), float(theta.max()))), theta
