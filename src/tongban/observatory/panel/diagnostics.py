"""Tests of a panel model: are there effects, are they random, are errors independent in time and between entities.

Each gives statistic, degrees of freedom, p and a note in Chinese and English that says which form was used.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tongban.observatory.errors import StudyError
from tongban.observatory.panel.absorb import Floats
from tongban.observatory.panel.covariance import covariance
from tongban.observatory.panel.distributions import chi2_upper, f_upper, normal_two_sided
from tongban.observatory.panel.estimators import CONSTANT, FIXED, Effects, Fit, Panel, fit
from tongban.observatory.panel.ols import solve_with_constant
from tongban.observatory.study.language import Text

TestName = Literal["f-effects", "breusch-pagan", "hausman", "wooldridge", "pesaran-cd"]
DEFINITE = 1e-12
"""The smallest eigenvalue, in units of the fixed-effects variances, that counts as positive."""
TESTS: tuple[TestName, ...] = ("f-effects", "breusch-pagan", "hausman", "wooldridge", "pesaran-cd")
DEFAULT_EFFECTS: dict[TestName, Effects] = {
    "f-effects": "twoways",
    "breusch-pagan": "entity",
    "hausman": "entity",
    "wooldridge": "first_difference",
    "pesaran-cd": "twoways",
}


@dataclass(frozen=True)
class TestResult:
    """A statistic with its reference distribution."""

    name: TestName
    effects: Effects
    statistic: float
    df: float | tuple[float, float] | None
    p: float
    distribution: Literal["F", "chi2", "normal"]
    note: Text


def run_test(name: TestName, panel: Panel, effects: Effects) -> TestResult:
    """The test on this panel; `effects` names the model it is about.

    Raises:
        StudyError: The test has no meaning for these effects or this panel.
    """
    tests: dict[TestName, Callable[[Panel, Effects], TestResult]] = {
        "f-effects": f_effects,
        "breusch-pagan": breusch_pagan,
        "hausman": hausman,
        "wooldridge": wooldridge,
        "pesaran-cd": pesaran_cd,
    }
    return tests[name](panel, effects)


def f_effects(panel: Panel, effects: Effects) -> TestResult:
    """F of the fixed effects against the pooled model (plm's pFtest)."""
    if effects not in FIXED:
        raise StudyError(f"test f-effects: effects = {effects} must be one of {', '.join(FIXED)}")
    wide = fit(panel, effects)
    narrow = fit(panel, "none")
    df = narrow.df_residual - wide.df_residual
    if df < 1:
        raise StudyError(f"test f-effects: effects = {effects}: there are no two groups whose effects could differ")
    statistic = (narrow.ssr - wide.ssr) / df / (wide.ssr / wide.df_residual)
    return TestResult(
        "f-effects",
        effects,
        statistic,
        (df, wide.df_residual),
        f_upper(statistic, df, wide.df_residual),
        "F",
        ("原假设：全部固定效应为零（混合回归成立）", "null: all fixed effects are zero, the pooled model holds"),
    )


def breusch_pagan(panel: Panel, effects: Effects) -> TestResult:
    """Lagrange multiplier test of random effects on pooled residuals, unbalanced form (Baltagi & Li 1990)."""
    residuals = fit(panel, "none").residuals
    total = float(residuals @ residuals)
    rows = panel.rows

    def part(sums: Floats, counts: Floats, what: str) -> float:
        if float(counts.max()) < 2:  # noqa: PLR2004 - a row alone shares its effect with no other
            raise StudyError(f"test breusch-pagan: effects = {effects}: no {what} has two rows")
        a = 1 - float(sums @ sums) / total
        return rows**2 / 2 * a**2 / (float(counts @ counts) - rows)

    found = []
    if effects in {"entity", "twoways", "random"}:
        found.append(part(panel.entity.sums(residuals), panel.entity.counts, "entity"))
    if effects in {"time", "twoways"}:
        found.append(part(panel.period.sums(residuals), panel.period.counts, "period"))
    if not found:
        raise StudyError(f"test breusch-pagan: effects = {effects} must be entity, time, twoways or random")
    statistic, df = sum(found), len(found)
    balanced = len(set(panel.entity.counts)) == 1
    return TestResult(
        "breusch-pagan",
        effects,
        statistic,
        df,
        chi2_upper(statistic, df),
        "chi2",
        (
            (
                f"原假设：没有效应；{'平衡' if balanced else '非平衡'}面板形式（Breusch & Pagan 1980"
                f"{'' if balanced else '；Baltagi & Li 1990'}）"
            ),
            (
                f"null: no effects; {'balanced' if balanced else 'unbalanced'} form (Breusch & Pagan 1980"
                f"{'' if balanced else '; Baltagi & Li 1990'})"
            ),
        ),
    )


def hausman(panel: Panel, effects: Effects) -> TestResult:
    """Whether random effects agree with entity effects.

    Classic: (b_FE - b_RE)' (V_FE - V_RE)^-1 (b_FE - b_RE), classical covariances (plm's phtest). Where the difference
    is not positive definite that number means nothing, and the regression form is used: the quasi-demeaned outcome on
    the quasi-demeaned regressors and the demeaned ones, Wald test of the latter, chi-squared (Wooldridge 2010, 10.7.3).
    """
    if effects not in {"entity", "random"}:
        raise StudyError(f"test hausman: effects = {effects}; it compares entity effects with random effects")
    fixed, random = fit(panel, "entity"), fit(panel, "random")
    common = [name for name in fixed.names if name in random.names]
    at_fixed = [fixed.names.index(name) for name in common]
    at_random = [random.names.index(name) for name in common]
    away = fixed.beta[at_fixed] - random.beta[at_random]
    v_fixed = covariance(fixed, "classical", panel.entity).matrix[np.ix_(at_fixed, at_fixed)]
    v_random = covariance(random, "classical", panel.entity).matrix[np.ix_(at_random, at_random)]
    spread = v_fixed - v_random
    scale = np.sqrt(np.outer(np.diag(v_fixed), np.diag(v_fixed)))
    df = len(common)
    note: Text
    if float(np.linalg.eigvalsh(spread / scale).min()) > DEFINITE:
        statistic = float(away @ np.linalg.solve(spread, away))
        note = ("原假设：随机效应一致；经典形式", "null: random effects are consistent; classic form")
    else:
        statistic = _hausman_regression(fixed, random, common)
        note = (
            "原假设：随机效应一致；协方差之差不是正定矩阵，经典统计量没有意义，改用回归形式",
            (
                "null: random effects are consistent; the difference of the covariances is not positive definite, so "
                "the classic statistic means nothing and the regression form is given"
            ),
        )
    return TestResult("hausman", "entity", statistic, df, chi2_upper(statistic, df), "chi2", note)


def _hausman_regression(fixed: Fit, random: Fit, common: list[str]) -> float:
    y = random.residuals + random.x @ random.beta
    demeaned = fixed.x[:, [fixed.names.index(name) for name in common]]
    x = np.asfortranarray(np.column_stack([random.x, demeaned]))
    solved = solve_with_constant(y, x, np.abs(x).max(axis=0))
    added = [at for at, column in enumerate(solved.kept) if column >= random.k]
    variance = float(solved.residuals @ solved.residuals) / (len(y) - len(solved.kept))
    beta = solved.beta[added]
    return float(beta @ np.linalg.solve(solved.bread[np.ix_(added, added)] * variance, beta))


def wooldridge(panel: Panel, effects: Effects) -> TestResult:
    """Serial correlation of the errors: residuals of first differences on their lag have -0.5 when there is none.

    Wooldridge 2010, 10.6.3, as Drukker 2003 (Stata's xtserial) has it: no constants, errors clustered by entity with
    G/(G-1) · (N-1)/(N-1), F with 1 and G - 1 degrees of freedom.
    """
    del effects
    first = fit(panel, "first_difference")
    order = np.lexsort((first.places, first.entity.codes))
    later, earlier = order[1:], order[:-1]
    follows = (first.entity.codes[later] == first.entity.codes[earlier]) & (
        first.places[later] == first.places[earlier] + 1
    )
    later, earlier = later[follows], earlier[follows]
    groups = len(np.unique(first.entity.codes[later]))
    if groups < 2:  # noqa: PLR2004 - one cluster has no variance between clusters
        raise StudyError("test wooldridge needs at least two entities with three periods that follow each other")
    y, x = first.residuals[later], first.residuals[earlier]
    beta = float(x @ y) / float(x @ x)
    sums = np.bincount(first.entity.codes[later], weights=x * (y - beta * x))
    variance = float(sums @ sums) / float(x @ x) ** 2 * groups / (groups - 1)
    statistic = (beta + 0.5) ** 2 / variance
    return TestResult(
        "wooldridge",
        "first_difference",
        statistic,
        (1, groups - 1),
        f_upper(statistic, 1, groups - 1),
        "F",
        (
            f"原假设：误差无一阶序列相关；差分残差的滞后系数为{beta:.3f}，原假设下为−0.5",
            (
                f"null: no first-order serial correlation; the lag of the differenced residuals has {beta:.3f}, under "
                "the null -0.5"
            ),
        ),
    )


def pesaran_cd(panel: Panel, effects: Effects) -> TestResult:
    """Dependence between entities: mean pairwise correlation of residuals, weighted by common periods (Pesaran 2004).

    Pairs with fewer than two common periods are left out, and correlations are those of the common periods (as plm's
    pcdtest).
    """
    model = fit(panel, effects)
    if effects in {"between", "first_difference"}:
        raise StudyError(f"test pesaran-cd: effects = {effects} has no residual for each row")
    entities, periods = panel.entity.size, panel.period.size
    if entities * periods > 10_000_000 or entities > 3000:  # noqa: PLR2004 - pairs of entities
        raise StudyError(f"test pesaran-cd compares all pairs of {entities} entities; that is too many")
    wide = np.zeros((entities, periods))
    seen = np.zeros((entities, periods))
    wide[panel.entity.codes, panel.period.codes] = model.residuals
    seen[panel.entity.codes, panel.period.codes] = 1.0
    common = seen @ seen.T
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = (wide @ seen.T) / common
        squares = ((wide**2) @ seen.T) / common - mean**2
        product = (wide @ wide.T) / common - mean * mean.T
        correlation = product / np.sqrt(squares * squares.T)
    pairs = np.tril(common >= 2, -1) & np.isfinite(correlation)  # noqa: PLR2004 - a correlation needs two points
    number = int(pairs.sum())
    if not number:
        raise StudyError("test pesaran-cd: no two entities have two periods in common")
    statistic = float((np.sqrt(common) * correlation)[pairs].sum()) / number**0.5
    few = 10
    short = periods < few
    return TestResult(
        "pesaran-cd",
        effects,
        statistic,
        None,
        normal_two_sided(statistic),
        "normal",
        (
            f"原假设：个体之间误差独立；{number}对个体" + (f"；只有{periods}个时期，结果仅供参考" if short else ""),
            f"null: errors are independent between entities; {number} pairs"
            + (f"; with only {periods} periods take it with caution" if short else ""),
        ),
    )


def wald(model: Fit, matrix: Floats) -> float:
    """The statistic b' V^-1 b / k of all slopes: the F of the regression under the chosen covariance."""
    slopes = [at for at, name in enumerate(model.names) if name != CONSTANT]
    beta = model.beta[slopes]
    return float(beta @ np.linalg.pinv(matrix[np.ix_(slopes, slopes)], hermitian=True) @ beta) / len(slopes)
