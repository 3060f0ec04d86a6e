"""The whole analysis of a panel study: estimates with their errors, tests, hypotheses, robustness, groups."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np

from tongban.observatory.errors import StudyError
from tongban.observatory.panel import describe
from tongban.observatory.panel.absorb import Codes, Floats, Groups, groups_of
from tongban.observatory.panel.covariance import CLUSTERED, Covariance, covariance
from tongban.observatory.panel.diagnostics import TestResult, run_test, wald
from tongban.observatory.panel.distributions import chi2_upper, f_upper, t_quantile, t_two_sided
from tongban.observatory.panel.estimators import FIXED, Fit, Panel, absorber, fit
from tongban.observatory.panel.ols import ABSORBED
from tongban.observatory.panel.peers import weights
from tongban.observatory.panel.request import (
    Derived,
    EstimateRequest,
    Hypothesis,
    Operation,
    PanelStudy,
    RobustnessRequest,
)
from tongban.observatory.panel.sample import ALL, Flags, Sample, Table, make_sample, winsorised
from tongban.observatory.panel.wild import Bootstrap
from tongban.observatory.study.common import Progress, no_progress
from tongban.observatory.study.language import Text

Verdict = Literal["supported", "not supported", "opposite", "not estimated"]
SAME = 1e-6
"""Columns that differ by less of their size are the same but for rounding."""
FEW_ROWS = slice(1000)
EXACT = 1e-22
"""Of the outcome's squares: a smaller sum of squared residuals is rounding."""
ONE_BY_ONE = 500_000_000
"""Rows that leaving out one entity after another may go over: some minutes."""
LINEAR: tuple[Operation, ...] = ("lag", "difference", "winsorise", "standardise")
"""Steps that leave an exact function of the own value one."""
SAME_SERIES: tuple[Operation, ...] = ("lag", "winsorise", "standardise", "log", "log1p", "square")
"""Steps after which a variable is still the outcome, or its lag."""
SHORT = 30
"""Below this many periods the bias of a lagged outcome under entity effects is worth a warning (Nickell 1981)."""


@dataclass(frozen=True)
class Coefficient:
    """A line of the regression table."""

    estimate: float
    std_error: float
    t: float
    p: float
    low: float
    high: float


@dataclass(frozen=True)
class Estimate:
    """A column of the regression table."""

    request: EstimateRequest
    sample: Sample
    fit: Fit
    covariance: Covariance
    coefficients: dict[str, Coefficient]
    f: tuple[float, float, float]
    """Wald test of all slopes over their number: statistic, p, and the denominator's degrees of freedom."""
    warnings: tuple[Text, ...]
    bootstrap: Text | None = None


@dataclass(frozen=True)
class Judged:
    """A hypothesis and what the main estimate says of it."""

    hypothesis: Hypothesis
    coefficient: Coefficient | None
    verdict: Verdict
    as_reported: bool | None


Family = Literal[
    "alternative outcome", "lagged regressors", "left out", "without one", "sub-period", "winsorised", "convention"
]


@dataclass(frozen=True)
class Variation:
    """The main estimate with one thing changed, or why it cannot be had."""

    family: Family
    change: str
    nobs: int
    coefficients: dict[str, Coefficient]
    problem: str = ""


@dataclass(frozen=True)
class Steadiness:
    """A regressor over all variations."""

    variable: str
    main: Coefficient
    variations: int
    same_sign: int
    significant: int
    """Same sign and significant."""
    low: float
    high: float


@dataclass(frozen=True)
class GroupResult:
    """The main estimate on the entities of one group."""

    group: str
    entities: int
    nobs: int
    coefficients: dict[str, Coefficient]
    problem: str = ""


@dataclass(frozen=True)
class Analysis:
    """A panel study with everything worked out."""

    study: PanelStudy
    table: Table
    moments: tuple[describe.Moments, ...]
    correlations: describe.Correlations
    vif: dict[str, float]
    gaps: tuple[describe.Gaps, ...]
    estimates: tuple[Estimate, ...]
    tests: tuple[TestResult, ...]
    judged: tuple[Judged, ...]
    variations: tuple[Variation, ...]
    steadiness: tuple[Steadiness, ...]
    groups: tuple[GroupResult, ...]
    warnings: tuple[Text, ...]

    @property
    def main(self) -> Estimate:
        return self.estimates[self.study.main - 1]


def analyse(study: PanelStudy, table: Table, progress: Progress = no_progress) -> Analysis:
    """Everything the study asks for.

    Raises:
        StudyError: An estimate or test cannot be had; the message says which and why.
    """
    for request in study.estimates:
        refuse_plain_mean(study, table, request)
    estimates = []
    for at, request in enumerate(study.estimates, start=1):
        progress("estimates", at - 1, len(study.estimates))
        try:
            estimates.append(estimate(study, table, request))
        except StudyError as error:
            raise StudyError(f"{study.path.name}: [[estimate]] {at}: {error}") from None
    main = estimates[study.main - 1]
    tests = tuple(_tests(study, table, progress))
    variations = tuple(_variations(study, table, progress))
    variables = tuple(dict.fromkeys(study.used))
    return Analysis(
        study=study,
        table=table,
        moments=tuple(describe.moments(table, name) for name in variables),
        correlations=describe.correlations(main.sample.panel, main.request.outcome),
        vif=describe.inflation(main.sample.panel),
        gaps=describe.gaps(table, variables),
        estimates=tuple(estimates),
        tests=tests,
        judged=tuple(judge(hypothesis, main, study.confidence) for hypothesis in study.hypotheses),
        variations=variations,
        steadiness=tuple(_steadiness(main, variations, study.confidence)),
        groups=tuple(_by_group(study, table, progress)) if study.heterogeneity else (),
        warnings=tuple(dict.fromkeys(_warnings(study, table, estimates))),
    )


def refuse_plain_mean(study: PanelStudy, table: Table, request: EstimateRequest) -> None:
    """The mean of all other units is (S - own)/(n - 1): under period effects an exact function of the own value.

    It may be asked for as such, come from weights that are all equal, or stand in the data as a column.

    Raises:
        StudyError: A regressor is such a mean, or made from one by a step that changes nothing about it.
    """
    if request.effects not in {"time", "twoways"}:
        return
    made = {item.name: item for item in study.derived}
    mean = _mean_of_others(table, table.columns[request.outcome])
    for name in request.regressors:
        item = made.get(name)
        while item is not None and item.operation in LINEAR:
            item = made.get(item.columns[0])
        column = None
        if item is not None and item.operation == "peer" and _equal_weights(item, table):
            column = item.columns[0]
        elif _is_lag(table, table.columns[name], mean, range(3)):
            column = request.outcome
        if column is not None:
            own = "the own outcome" if column == request.outcome else f"the own “{column}”"
            raise StudyError(
                f"{study.path.name}: the regressor “{name}” is the plain mean of all other units; under the period "
                f"effects of effects = {request.effects} it is an exact function of {own} and says nothing of peers; "
                "choose neighbours, region or distance"
            )


def _equal_weights(item: Derived, table: Table) -> bool:
    """Whether every unit is a peer of every other, and all count the same."""
    if item.of == "all":
        return True
    weight = weights(item, table.entities, table.groups)
    others = weight[~np.eye(len(weight), dtype=bool)]
    return bool(len(others)) and float(others.min()) > 0 and float(np.ptp(others)) <= SAME * float(others.max())


def _mean_of_others(table: Table, values: Floats) -> Floats:
    """The mean of the other units' values in the period of each row."""
    seen = np.isfinite(values)
    counts = np.bincount(table.period[seen], minlength=len(table.periods))
    sums = np.bincount(table.period[seen], weights=values[seen], minlength=len(table.periods))
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = (sums[table.period] - values) / (counts[table.period] - 1)
    return found


def _is_lag(table: Table, values: Floats, of: Floats, periods: Sequence[int]) -> bool:
    """Whether a column is another one so many periods before, but for rounding, wherever both have a value.

    A few rows tell most columns apart, so the whole column is looked at for the others alone.
    """

    def same(back: int, rows: slice) -> bool:
        there, here = table.before(of, back, rows) if back else of[rows], values[rows]
        both = np.isfinite(here) & np.isfinite(there)
        if not both.any():
            return True
        return float(np.abs(here[both] - there[both]).max()) <= SAME * float(np.abs(there[both]).max())

    def says(back: int) -> bool:
        there = table.before(of, back) if back else of
        known = there[np.isfinite(there) & np.isfinite(values)]
        return len(known) > 2 and float(np.ptp(known)) > 0  # noqa: PLR2004 - two points say nothing

    return any(same(back, FEW_ROWS) and same(back, ALL) and says(back) for back in periods)


def estimate(
    study: PanelStudy, table: Table, request: EstimateRequest, among: Flags | None = None, *, said: bool = True
) -> Estimate:
    """One estimate; `among` limits the rows.

    Raises:
        StudyError: It cannot be had with these rows.
    """
    sample = make_sample(table, request.outcome, request.regressors, request.effects, study.singletons, among)
    found = fit(sample.panel, request.effects, intercept=request.intercept, components=request.components)
    exact = _explained(request, sample, found)
    clusters = _clusters(table, request, sample, found)

    def again(rows: Codes) -> tuple[tuple[str, ...], Floats]:
        smaller = fit(
            part_of(sample.panel, rows), request.effects, intercept=request.intercept, components=request.components
        )
        return smaller.names, smaller.beta

    refit = again if request.effects not in {"between", "first_difference"} else None
    matrix = covariance(found, request.se, clusters, lags=request.lags, refit=refit)
    coefficients = _coefficients(found, matrix, study.confidence)
    bootstrap = None
    if request.se == "wild":
        coefficients, bootstrap = _bootstrapped(found, matrix, clusters, sample, request, study.confidence)
    statistic = wald(found, matrix.matrix)
    slopes = found.k - (found.names[0] == "const")
    p = f_upper(statistic, slopes, matrix.df) if np.isfinite(matrix.df) else chi2_upper(statistic * slopes, slopes)
    warnings = (*matrix.notes, *exact, *_sample_notes(sample)) if said else ()
    return Estimate(request, sample, found, matrix, coefficients, (statistic, p, matrix.df), warnings, bootstrap)


def _explained(request: EstimateRequest, sample: Sample, found: Fit) -> tuple[Text, ...]:
    """What to say where nothing of the outcome is left unexplained.

    Raises:
        StudyError: Nothing of the outcome is left to explain.
    """
    y = found.residuals + found.x @ found.beta
    if float(np.ptp(sample.panel.y)) == 0:
        raise StudyError(f"the outcome “{request.outcome}” is {sample.panel.y[0]:g} in every row")
    size = float(np.abs(sample.panel.y).max())
    if float(y @ y) <= (ABSORBED * size) ** 2 * len(y):
        raise StudyError(f"effects = {request.effects}: the effects explain all of the outcome “{request.outcome}”")
    if found.ssr > EXACT * float(y @ y):
        return ()
    return (
        (
            f"回归变量完全解释了“{request.outcome}”，标准误只是舍入误差；请检查是否有变量由结果变量算出",
            (
                f"the regressors explain “{request.outcome}” without any error, so the standard errors are rounding; "
                "look whether one of them is made from the outcome"
            ),
        ),
    )


def part_of(panel: Panel, rows: Codes) -> Panel:
    """Some rows of a panel, with codes made dense again."""
    entity, period = groups_of(panel.entity.codes[rows]), groups_of(panel.period.codes[rows])
    places = np.unique(panel.places[rows])
    return Panel(panel.y[rows], np.asfortranarray(panel.x[rows]), panel.names, entity, period, places)


def _clusters(table: Table, request: EstimateRequest, sample: Sample, found: Fit) -> Groups:
    if request.cluster == "entity":
        return found.entity
    if request.cluster == "period":
        return found.period
    if request.effects == "between":
        raise StudyError(f"cluster = {request.cluster}: between estimates have one row an entity; leave cluster out")
    rows = sample.rows if found.used is None else sample.rows[found.used]
    if request.cluster == "group":
        if table.groups is None:
            raise StudyError("cluster = group needs [data] group")
        return groups_of(np.array(table.groups)[table.entity[rows]])
    return groups_of(table.labels[request.cluster][rows])


def _coefficients(found: Fit, matrix: Covariance, level: float) -> dict[str, Coefficient]:
    limit = t_quantile(level, matrix.df)
    result = {}
    for name, beta, error in zip(found.names, found.beta.tolist(), matrix.errors.tolist(), strict=True):
        t = beta / error if error > 0 else float("nan")
        p = t_two_sided(t, matrix.df)
        result[name] = Coefficient(beta, error, t, p, beta - limit * error, beta + limit * error)
    return result


def _bootstrapped(
    found: Fit, matrix: Covariance, clusters: Groups, sample: Sample, request: EstimateRequest, level: float
) -> tuple[dict[str, Coefficient], Text | None]:
    if request.effects in {"random", "between"}:
        raise StudyError(f"se = wild is for pooled and fixed-effects estimates, not effects = {request.effects}")
    takes = absorber(sample.panel, request.effects) if request.effects in FIXED else None
    half = np.column_stack([clusters.sums(found.x[:, at] * found.residuals) for at in range(found.k)]) @ found.bread
    factor = float(matrix.matrix[0, 0] / (half[:, 0] @ half[:, 0]))
    bootstrap = Bootstrap(found, clusters, takes, request.draws, factor)
    plain = _coefficients(found, matrix, level)
    how: Text | None = None
    result = {}
    for at, name in enumerate(found.names):
        wild = bootstrap.result(at, level)
        own = plain[name]
        result[name] = Coefficient(own.estimate, own.std_error, own.t, wild.p, wild.low, wild.high)
        kind, seed = wild.weights.capitalize(), request.draws.seed
        how = (
            f"{kind}权重，" + (f"全部{wild.draws}种符号" if wild.enumerated else f"{wild.draws}次抽取，种子{seed}"),
            f"{kind} weights, "
            + (f"all {wild.draws} signs" if wild.enumerated else f"{wild.draws} draws, seed {seed}"),
        )
    return result, how


def _sample_notes(sample: Sample) -> Iterator[Text]:
    if sample.singletons:
        names = "、".join(sample.singletons[:6]) + ("…" if len(sample.singletons) > 6 else "")  # noqa: PLR2004
        english = ", ".join(sample.singletons[:6]) + (" …" if len(sample.singletons) > 6 else "")  # noqa: PLR2004
        number = len(sample.singletons)
        if sample.singletons_dropped:
            yield f"已剔除只有一行的个体或时期：{names}", f"dropped because they have one row: {english} ({number})"
        else:
            yield (
                f'只有一行、由固定效应完全拟合的个体或时期（保留，singletons = "keep"）：{names}',
                (
                    f'kept though they have one row that the effects fit perfectly (singletons = "keep"): {english} '
                    f"({number})"
                ),
            )


def _tests(study: PanelStudy, table: Table, progress: Progress) -> Iterator[TestResult]:
    main = study.estimates[study.main - 1]
    for at, request in enumerate(study.tests, start=1):
        progress("tests", at - 1, len(study.tests))
        sample = make_sample(table, main.outcome, main.regressors, request.effects, study.singletons)
        try:
            yield run_test(request.name, sample.panel, request.effects)
        except StudyError as error:
            raise StudyError(f"{study.path.name}: [[test]] {at}: {error}") from None


def judge(hypothesis: Hypothesis, main: Estimate, level: float) -> Judged:
    """Supported: the expected sign, significant; opposite: significant with the other sign."""
    found = main.coefficients.get(hypothesis.variable)
    if found is None:
        return Judged(hypothesis, None, "not estimated", None)
    significant = found.p < 1 - level
    verdict: Verdict = "not supported"
    if hypothesis.expected == "none":
        verdict = "not supported" if significant else "supported"
    elif significant:
        verdict = "supported" if (found.estimate > 0) == (hypothesis.expected == "positive") else "opposite"
    reported = hypothesis.reported
    return Judged(hypothesis, found, verdict, None if reported is None else significant == (reported == "significant"))


def _variations(study: PanelStudy, table: Table, progress: Progress) -> Iterator[Variation]:
    asked = study.robustness
    if asked is None:
        return
    main = study.estimates[study.main - 1]
    tries = list(_changes(study, table, main))
    for at, (family, change, request, own, among) in enumerate(tries):
        progress("robustness", at, len(tries))
        try:
            found = estimate(study, own, request, among, said=False)
        except StudyError as error:
            yield Variation(family, change, 0, {}, str(error))
            continue
        yield Variation(family, change, found.fit.nobs, found.coefficients)


Change = tuple[Family, str, EstimateRequest, Table, Flags | None]


def _changes(study: PanelStudy, table: Table, main: EstimateRequest) -> Iterator[Change]:
    asked = study.robustness
    assert asked is not None  # noqa: S101 - asked for by the caller
    for outcome in asked.outcomes:
        yield "alternative outcome", outcome, replace(main, outcome=outcome), table, None
    if asked.lag:
        columns = {name: table.before(table.columns[name], asked.lag) for name in main.regressors}
        own = replace(table, columns=table.columns | columns)
        yield "lagged regressors", str(asked.lag), main, own, None
    yield from _left_out(study, table, main, asked)
    yield from _sub_periods(study, table, main, asked)
    if asked.winsorise:
        columns = {name: winsorised(table.columns[name], asked.winsorise) for name in (main.outcome, *main.regressors)}
        change = f"{asked.winsorise[0]:g}–{asked.winsorise[1]:g}"
        yield "winsorised", change, main, replace(table, columns=table.columns | columns), None
    for convention in asked.conventions:
        cluster = main.cluster if convention in CLUSTERED else "entity"
        yield "convention", convention, replace(main, se=convention, cluster=cluster), table, None
    if asked.leave_one_out:
        if len(table.entities) * table.rows > ONE_BY_ONE:
            raise StudyError(
                f"{study.path.name}: [robustness]: without each of {len(table.entities)} entities in turn the model "
                f"would be estimated as often over {table.rows} rows; write leave_one_out = false"
            )
        for at, name in enumerate(table.entities):
            yield "without one", name, main, table, table.entity != at


def _left_out(study: PanelStudy, table: Table, main: EstimateRequest, asked: RobustnessRequest) -> Iterator[Change]:
    for name, members in asked.without.items():
        unknown = [member for member in members if member not in table.entities]
        if unknown:
            raise StudyError(f"{study.path.name}: [robustness.without] {name}: there is no entity “{unknown[0]}”")
        out = np.isin(table.entity, [table.entities.index(member) for member in members])
        yield "left out", name, main, table, ~out


def _sub_periods(study: PanelStudy, table: Table, main: EstimateRequest, asked: RobustnessRequest) -> Iterator[Change]:
    for first, last in asked.periods:
        for period in (first, last):
            if period not in table.periods:
                raise StudyError(f"{study.path.name}: [robustness] periods: there is no period “{period}”")
        low, high = table.periods.index(first), table.periods.index(last)
        yield "sub-period", f"{first}–{last}", main, table, (table.period >= low) & (table.period <= high)


def _steadiness(main: Estimate, variations: tuple[Variation, ...], level: float) -> Iterator[Steadiness]:
    for name, own in main.coefficients.items():
        if name == "const" or not variations:
            continue
        found = [item.coefficients[name] for item in variations if name in item.coefficients]
        if not found:
            continue
        same = [item for item in found if (item.estimate > 0) == (own.estimate > 0)]
        yield Steadiness(
            name,
            own,
            len(found),
            len(same),
            sum(item.p < 1 - level for item in same),
            min(item.estimate for item in found),
            max(item.estimate for item in found),
        )


def _by_group(study: PanelStudy, table: Table, progress: Progress) -> Iterator[GroupResult]:
    if table.groups is None:
        raise StudyError(f"{study.path.name}: [heterogeneity] needs [data] group")
    main = study.estimates[study.main - 1]
    names = sorted(set(table.groups))
    of_row = np.array(table.groups)[table.entity]
    for at, name in enumerate(names):
        progress("groups", at, len(names))
        entities = table.groups.count(name)
        try:
            found = estimate(study, table, main, of_row == name, said=False)
        except StudyError as error:
            yield GroupResult(name, entities, 0, {}, str(error))
            continue
        yield GroupResult(name, found.fit.entity.size, found.fit.nobs, found.coefficients)


def _warnings(study: PanelStudy, table: Table, estimates: list[Estimate]) -> Iterator[Text]:
    made = {item.name: item for item in study.derived}
    for found in estimates:
        yield from found.warnings
        request = found.request
        for name in request.regressors:
            item = made.get(name)
            if item is not None and item.operation == "peer" and item.columns[0] == request.outcome and not item.lag:
                yield (
                    (
                        f"“{name}”是同期同侪结果的平均：本单位也影响同侪（同时性），"
                        "系数不是同侪影响的一致估计；可设lag = 1"
                    ),
                    (
                        f"“{name}” is the peers' outcome of the same period: the own unit moves its peers too "
                        "(simultaneity), so its coefficient does not estimate their pressure consistently; lag = 1 "
                        "avoids that"
                    ),
                )
            inside = request.effects in {"entity", "twoways", "first_difference"}
            if inside and _lags_outcome(study, table, name, request.outcome):
                longest = int(found.sample.panel.entity.counts.max())
                if longest < SHORT:
                    yield (
                        f"固定效应下含结果变量的滞后项“{name}”，每个个体至多{longest}期：系数有阶为1/T的Nickell偏误",
                        (
                            f"“{name}” is a lag of the outcome under entity effects with at most {longest} periods: "
                            "its coefficient has Nickell's bias of order 1/T"
                        ),
                    )
    numbers = [float(period) for period in table.periods if _is_number(period)]
    steps = {round(later - earlier, 9) for earlier, later in pairwise(numbers)}
    if len(numbers) == len(table.periods) and len(steps) > 1:
        yield (
            "时期间隔不等：滞后与差分按文件中出现的前一时期计算",
            "periods are not evenly spaced: lags and differences go to the previous period in the file",
        )
    for period, text in study.breaks.items():
        if period not in table.periods:
            raise StudyError(f"{study.path.name}: [breaks]: there is no period “{period}”")
        yield f"自{period}起序列口径改变：{text[0]}", f"the series changes from {period}: {text[1]}"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _lags_outcome(study: PanelStudy, table: Table, name: str, outcome: str) -> bool:
    """Whether a regressor is a lag of the outcome, or of what the outcome is made from; as a column of the data too."""
    made = {item.name: item for item in study.derived}
    source, steps = _series(made, name)
    own, own_steps = _series(made, outcome)
    if source == own:
        return "lag" in steps and "lag" not in own_steps
    return _is_lag(table, table.columns[name], table.columns[outcome], (1, 2))


def _series(made: dict[str, Derived], name: str) -> tuple[str, set[Operation]]:
    """The column a variable comes from by steps that keep what it measures, and those steps."""
    steps: set[Operation] = set()
    while name in made and made[name].operation in SAME_SERIES:
        steps.add(made[name].operation)
        name = made[name].columns[0]
    return name, steps
