"""Standard errors by the name of the convention they follow.

With X the transformed columns, u the residuals, A = (X'X)^-1 and s_g = Σ_{i in g} x_i u_i the score of a cluster, all
clustered conventions are c · A (Σ_g s_g s_g') A; they differ in c, in what K counts and in the reference distribution.
N rows, k coefficients, G clusters, n entities, T periods; K_full = k + all effects.

| name | c | K | t with |
|---|---|---|---|
| `classical` | u'u/(N - K) in place of the meat | K_full | N - K |
| `HC1` | N/(N - K), every row its own cluster | K_full | N - K |
| `fixest` | G/(G-1) · (N-1)/(N-K) | k + effects not nested in the clusters (+ 1 for each nested set) | G - 1 |
| `areg` | G/(G-1) · (N-1)/(N-K) | K_full | G - 1 |
| `plm-HC0` | 1 | | N - K_full |
| `plm-HC1` | N/(N - k) | | N - K_full |
| `plm-sss` | G/(G-1) · (N-1)/(N-k) | | N - K_full |
| `linearmodels` | N/(N - K) | k for one set of effects nested in the clusters, else K_full | N - K_full |
| `two-way` | V_entity + V_period - V_rows, as `fixest` with G the smaller | | G - 1 |
| `driscoll-kraay` | Bartlett sum over period scores, as plm's vcovSCC HC0 | | N - K_full |
| `CRV3` | (G-1)/G · Σ_g (b_(g) - b)(b_(g) - b)' | | G - 1 |
| `wild` | the table shows `fixest`'s error, p and interval come from the bootstrap | | |

Sources: fixest 0.12 `ssc(adj = TRUE, fixef.K = "nested", cluster.adj = TRUE, cluster.df = "min", t.df = "min")`, named
`ssc(K.adj, K.fixef = "nonnested", G.adj, G.df = "min")` since 0.13 and the same in pyfixest 0.60; plm 2.6-2 `vcovHC`
(method "arellano", cluster "group") and `vcovSCC`; Stata's `areg` manual; linearmodels 7.1 `PanelOLS` with
`debiased`, `auto_df`; Cameron, Gelbach & Miller 2011; Driscoll & Kraay 1998; MacKinnon, Nielsen & Webb 2023.
plm prints z, not t, for random effects; so do its conventions here.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tongban.observatory.errors import StudyError
from tongban.observatory.panel.absorb import Codes, Floats, Groups, groups_of
from tongban.observatory.panel.estimators import CONSTANT, FIXED, Fit
from tongban.observatory.study.language import Text

Convention = Literal[
    "classical", "HC1", "fixest", "areg", "plm-HC0", "plm-HC1", "plm-sss",
    "linearmodels", "two-way", "driscoll-kraay", "CRV3", "wild",
]  # fmt: skip
CONVENTIONS: tuple[Convention, ...] = (
    "classical", "HC1", "fixest", "areg", "plm-HC0", "plm-HC1", "plm-sss",
    "linearmodels", "two-way", "driscoll-kraay", "CRV3", "wild",
)  # fmt: skip
CLUSTERED: tuple[Convention, ...] = (
    "fixest", "areg", "plm-HC0", "plm-HC1", "plm-sss", "linearmodels", "two-way", "CRV3", "wild",
)  # fmt: skip
FEW_CLUSTERS = 42
"""Below this many clusters their asymptotics are doubtful (Angrist & Pischke 2009); said, never hidden."""
FEW_PERIODS = 20
JACKKNIFE_WORK = 2_000_000_000

Refit = Callable[[Codes], tuple[tuple[str, ...], Floats]]
"""Names and coefficients of the same estimate on these rows of the panel."""


@dataclass(frozen=True)
class Covariance:
    """A covariance matrix of the coefficients with what is needed to read it."""

    matrix: Floats
    df: float
    """Of t; infinite for the normal distribution."""
    clusters: tuple[int, ...] = ()
    notes: tuple[Text, ...] = ()

    @property
    def errors(self) -> Floats:
        return np.sqrt(np.maximum(np.diag(self.matrix), 0))


def covariance(
    fit: Fit, convention: Convention, clusters: Groups, *, lags: int | None = None, refit: Refit | None = None
) -> Covariance:
    """The covariance of an estimate by this convention.

    Args:
        fit: The estimate.
        convention: One of `CONVENTIONS`; `wild` gives the matrix its table shows, that of `fixest`.
        clusters: Of the rows of the fit; the entities unless the study names others.
        lags: Of Driscoll and Kraay's; by default the whole part of T^(1/4), T the longest entity.
        refit: Estimates again on some rows of the panel, for `CRV3` where effects or variance components change with
            them; without it the transformed rows are used.

    Raises:
        StudyError: There are not two clusters, or the convention does not go with this estimate.
    """
    if convention == "classical":
        return Covariance(fit.bread * fit.ssr / fit.df_residual, fit.df_residual)
    if convention == "HC1":
        meat = (fit.x * (fit.residuals**2)[:, None]).T @ fit.x
        return Covariance(fit.bread @ meat @ fit.bread * fit.nobs / fit.df_residual, fit.df_residual)
    if convention == "driscoll-kraay":
        return _driscoll_kraay(fit, lags)
    if clusters.size < 2:  # noqa: PLR2004 - one cluster has no variance between clusters
        raise StudyError(f"se = {convention} needs at least two clusters; there is one")
    if convention == "two-way":
        return _two_way(fit, clusters)
    if convention == "CRV3":
        return _jackknife(fit, clusters, refit)
    return _clustered(fit, convention, clusters)


def scores(fit: Fit, clusters: Groups) -> Floats:
    """Sums of x·u within clusters, shape (clusters, coefficients)."""
    return np.column_stack([clusters.sums(fit.x[:, at] * fit.residuals) for at in range(fit.k)])


def nested(inner: Groups, outer: Groups) -> bool:
    """Whether every inner group lies within one outer group."""
    lowest = np.full(inner.size, outer.size)
    highest = np.full(inner.size, -1)
    np.minimum.at(lowest, inner.codes, outer.codes)
    np.maximum.at(highest, inner.codes, outer.codes)
    return bool(np.array_equal(lowest, highest))


def _fixed_groups(fit: Fit) -> tuple[Groups, ...]:
    if fit.effects not in FIXED:
        return ()
    return {"entity": (fit.entity,), "time": (fit.period,)}.get(fit.effects, (fit.entity, fit.period))


def _fixest_k(fit: Fit, clusters: tuple[Groups, ...]) -> int:
    """K as fixest counts it: nested sets of effects count one each, and sets beyond the first lose a constant."""
    sets = _fixed_groups(fit)
    inside = [group.size for group in sets if any(nested(group, cluster) for cluster in clusters)]
    return fit.k + sum(fit.fixed_sizes) - max(len(sets) - 1, 0) - sum(inside) + len(inside)


def _sandwich(fit: Fit, clusters: Groups) -> Floats:
    half = scores(fit, clusters) @ fit.bread
    found: Floats = half.T @ half
    return found


def _clustered(fit: Fit, convention: Convention, clusters: Groups) -> Covariance:
    n, groups = fit.nobs, clusters.size
    full = fit.k + fit.absorbed_parameters
    distribution: float = fit.df_residual
    if convention.startswith("plm") and fit.effects == "random":
        distribution = math.inf
    if convention in {"fixest", "wild"}:
        factor = groups / (groups - 1) * (n - 1) / (n - _fixest_k(fit, (clusters,)))
        distribution = groups - 1
    elif convention == "areg":
        factor = groups / (groups - 1) * (n - 1) / (n - full)
        distribution = groups - 1
    elif convention == "plm-HC1":
        factor = n / (fit.panel_rows - fit.k) if fit.effects == "first_difference" else n / (n - fit.k)
    elif convention == "plm-sss":
        factor = groups / (groups - 1) * (n - 1) / (n - fit.k)
    elif convention == "linearmodels":
        sets = _fixed_groups(fit)
        factor = n / (n - (fit.k if len(sets) == 1 and nested(sets[0], clusters) else full))
    else:
        factor = 1.0
    return Covariance(factor * _sandwich(fit, clusters), distribution, (groups,), _few(groups))


def _few(groups: int) -> tuple[Text, ...]:
    if groups >= FEW_CLUSTERS:
        return ()
    return (
        (
            f"只有{groups}个聚类，聚类标准误偏小；以CRV3或wild核对",
            f"only {groups} clusters: clustered errors tend to be too small; check with CRV3 or wild",
        ),
    )


def _two_way(fit: Fit, clusters: Groups) -> Covariance:
    if fit.period.size < 2:  # noqa: PLR2004 - as above
        raise StudyError(f"se = two-way needs at least two periods in the regression with effects = {fit.effects}")
    both = groups_of(clusters.codes * fit.period.size + fit.period.codes)
    smaller = min(clusters.size, fit.period.size)
    k = _fixest_k(fit, (clusters, fit.period))
    factor = smaller / (smaller - 1) * (fit.nobs - 1) / (fit.nobs - k)
    matrix = factor * (_sandwich(fit, clusters) + _sandwich(fit, fit.period) - _sandwich(fit, both))
    notes = _few(smaller)
    values, vectors = np.linalg.eigh(matrix)
    if values.min() < -1e-12 * values.max():
        # Cameron, Gelbach & Miller 2011, section 2.3: negative eigenvalues become zero
        matrix = (vectors * np.maximum(values, 0)) @ vectors.T
        notes = (
            *notes,
            (
                "协方差矩阵不是半正定，负特征值已置零",
                "the covariance was not positive semi-definite; its negative eigenvalues were set to zero",
            ),
        )
    return Covariance(matrix, smaller - 1, (clusters.size, fit.period.size), notes)


def _driscoll_kraay(fit: Fit, lags: int | None) -> Covariance:
    if fit.effects == "between":
        raise StudyError("se = driscoll-kraay has no meaning for effects = between, which has no periods")
    if lags is None:
        lags = math.floor(fit.entity.counts.max() ** 0.25 + 1e-12)
    if lags >= fit.period.size:
        raise StudyError(f"se = driscoll-kraay: lags = {lags} must be below the {fit.period.size} periods")
    sums = scores(fit, fit.period)
    meat = sums.T @ sums
    for lag in range(1, lags + 1):
        ahead = sums[lag:].T @ sums[:-lag]
        meat += (1 - lag / (lags + 1)) * (ahead + ahead.T)
    short = fit.period.size < FEW_PERIODS
    note = (
        f"Driscoll–Kraay：只有{fit.period.size}个时期（滞后{lags}期），该估计依赖较多的时期",
        f"Driscoll-Kraay: only {fit.period.size} periods ({lags} lags); the estimator relies on many",
    )
    return Covariance(fit.bread @ meat @ fit.bread, fit.df_residual, (fit.period.size,), (note,) if short else ())


def _on_rows(fit: Fit) -> Refit:
    """Where no effects have to be estimated anew, the transformed rows that are left suffice."""
    y = fit.residuals + fit.x @ fit.beta

    def again(rows: Codes) -> tuple[tuple[str, ...], Floats]:
        beta, _, rank, _ = np.linalg.lstsq(fit.x[rows], y[rows], rcond=None)
        return (fit.names if rank == fit.k else ()), beta.astype(np.float64, copy=False)

    return again


def _jackknife(fit: Fit, clusters: Groups, refit: Refit | None) -> Covariance:
    """The coefficients without each cluster in turn, effects estimated anew each time."""
    refit = refit or _on_rows(fit)
    if clusters.size * fit.nobs * fit.k > JACKKNIFE_WORK:
        raise StudyError(f"se = CRV3 estimates {clusters.size} times over {fit.nobs} rows; choose another convention")
    spread = np.zeros((fit.k, fit.k))
    for at in range(clusters.size):
        names, beta = refit(np.flatnonzero(clusters.codes != at))
        if names != fit.names:
            gone = ", ".join(name for name in fit.names if name not in names and name != CONSTANT)
            raise StudyError(f"se = CRV3: without one of the clusters {gone or 'the model'} cannot be estimated")
        away = beta - fit.beta
        spread += np.outer(away, away)
    groups = clusters.size
    return Covariance((groups - 1) / groups * spread, groups - 1, (groups,), _few(groups))
