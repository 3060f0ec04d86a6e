"""Robustness of a solution to the choices behind it (Oana & Schneider 2021).

The *initial solution* IS is compared with many *test solutions* TS, each made with one choice changed. Their
intersection is minTS, their union maxTS, and what IS and minTS share is the robust core. Then

- RF_cov = coverage(core) / coverage(IS), RF_cons = consistency(IS) / consistency(core),
- RF_SC_minTS = sum min(IS, minTS) / sum max(IS, minTS), and RF_SC_maxTS alike;

1 is perfect robustness. All test solutions enter, those that fail to explain anything as empty sets.
A test solution that leaves cases out is carried over to all cases by its expression.
"""

import dataclasses
import itertools
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Literal, TypeVar

import numpy as np

from tongban.observatory.errors import StudyError
from tongban.observatory.qca import calibrate as cal
from tongban.observatory.qca.analysis import (
    Known,
    Sets,
    TableResult,
    calibrate_column,
    shown_terms,
)
from tongban.observatory.qca.fit import ratio, sufficiency
from tongban.observatory.qca.request import ColumnCalibration, QcaStudy, RobustnessRequest, TableRequest
from tongban.observatory.qca.sensitivity import AnchorRange, anchor_ranges
from tongban.observatory.qca.sets import FREE, Space, term_membership, union
from tongban.observatory.qca.tolerance import Floats, meets
from tongban.observatory.qca.truthtable import Cuts, space_of
from tongban.observatory.study.common import Progress, no_progress

Family = Literal[
    "incl_cut", "pri_cut", "n_cut", "anchors", "shifted anchors", "case left out", "condition left out", "subsample"
]
Relation = Literal["same", "superset", "subset", "absent"]
"""What became of a path: found as it is, with fewer conditions, with more conditions, or not."""

_Task = TypeVar("_Task")
_Answer = TypeVar("_Answer")

TRIAL = 0.25
"""Seconds of tests in this process that tell how long all of them take."""
START = 1.0
"""Seconds until other processes are at work."""
SEARCH_IN_TESTS = 6
"""What the ranges of one column's anchors cost, in tests."""


@dataclass(frozen=True)
class Test:
    """One change to the choices of a study."""

    family: Family
    change: str
    request: TableRequest
    cases: tuple[int, ...] | None = None
    conditions: tuple[str, ...] | None = None
    columns: tuple[tuple[str, tuple[float, ...]], ...] = ()


@dataclass(frozen=True)
class TestSolution:
    """What one change led to: terms over the study's conditions, and the membership of all cases in their union."""

    family: Family
    change: str
    terms: tuple[tuple[int, ...], ...]
    labels: tuple[str, ...]
    membership: Floats
    problem: str | None = None


@dataclass(frozen=True)
class RobustFit:
    rf_cov: float
    rf_cons: float
    rf_sc_min: float
    rf_sc_max: float


@dataclass(frozen=True)
class CaseSplit:
    """Cases by how surely they belong: in IS and in every TS; in IS but not in every TS; in some TS but not in IS."""

    robust_typical: tuple[int, ...]
    robust_deviant: tuple[int, ...]
    shaky_typical: tuple[int, ...]
    shaky_deviant: tuple[int, ...]
    possible_typical: tuple[int, ...]
    possible_deviant: tuple[int, ...]


@dataclass(frozen=True)
class PathVerdict:
    """How often each relation held, over all tests and within each family of tests."""

    term: str
    counts: dict[Relation, int]
    families: dict[Family, dict[Relation, int]]
    verdict: Literal["robust", "mostly robust", "sensitive", "fragile"]


@dataclass(frozen=True)
class Range:
    """Between which values a cut-off can move before the solution changes; `None` for no limit met."""

    name: str
    chosen: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Robustness:
    """The report on one truth table."""

    outcome: str
    solution: str
    initial: tuple[str, ...]
    tests: list[TestSolution]
    fit: RobustFit
    family_fit: dict[Family, RobustFit]
    cases: CaseSplit
    paths: list[PathVerdict]
    ranges: list[Range]
    anchor_ranges: list[AnchorRange]


@dataclass(frozen=True)
class AnchorSearch:
    """Asks for the ranges of one column's anchors, for one truth table."""

    column: str
    request: TableRequest


def robustness_of_all(
    study: QcaStudy, sets: Sets, results: list[TableResult], progress: Progress = no_progress
) -> list[Robustness | None]:
    """The report on every truth table, all tests over the same processes; `None` for an empty initial solution."""
    asked = study.robustness
    if asked is None:
        return []
    solved = [result for result in results if result.minimised is not None]
    planned = [list(planned_tests(study, sets, result.request)) for result in solved]
    solver = _Solver(study, sets, asked.solution)
    searches = [
        [AnchorSearch(item.column, result.request) for item in _movable(study)] if asked.anchor_ranges else []
        for result in solved
    ]
    tests, columns = list(itertools.chain(*planned)), list(itertools.chain(*searches))
    total = len(tests) + len(columns)
    found_ranges: list[list[AnchorRange]] = []
    found_solutions: list[TestSolution] = []

    def told() -> None:
        progress("robustness", len(found_ranges) + len(found_solutions), total)

    began = time.perf_counter()
    for test in () if asked.workers else tests:
        found_solutions.append(solver(test))
        told()
        if time.perf_counter() - began > TRIAL:
            break
    left = len(tests) - len(found_solutions) + SEARCH_IN_TESTS * len(columns)
    expected = left * (time.perf_counter() - began) / max(1, len(found_solutions))
    with _processes(asked.workers, expected) as workers:
        moving = workers.run(solver.anchor_ranges, columns)
        solving = workers.run(solver, tests[len(found_solutions) :])
        for ranges in moving:
            found_ranges.append(ranges)
            told()
        for solution in solving:
            found_solutions.append(solution)
            told()
    each_range, each_solution = iter(found_ranges), iter(found_solutions)
    moved = [list(itertools.chain(*itertools.islice(each_range, len(some)))) for some in searches]
    solutions = [list(itertools.islice(each_solution, len(some))) for some in planned]
    reports = {
        id(result): _report(study, sets, result, found, solver, ranges)
        for result, found, ranges in zip(solved, solutions, moved, strict=True)
    }
    return [reports.get(id(result)) for result in results]


def _report(
    study: QcaStudy,
    sets: Sets,
    result: TableResult,
    found: list[TestSolution],
    solver: "_Solver",
    moved: list[AnchorRange],
) -> Robustness:
    """What the tests of one truth table say together."""
    asked = study.robustness
    assert asked is not None  # noqa: S101 - only asked for when there is one
    terms = _shown_terms(result, asked.solution)
    space, evaluator = result.evaluator.space, result.evaluator
    initial = union([evaluator.membership(np.array(term, dtype=np.int8)) for term in terms], len(sets.cases))
    outcome = evaluator.outcome
    families = list(dict.fromkeys(test.family for test in found))
    return Robustness(
        outcome=result.request.label,
        solution=asked.solution,
        initial=tuple(space.label(term) for term in terms),
        tests=found,
        fit=_robust_fit(initial, [test.membership for test in found], outcome),
        family_fit={
            family: _robust_fit(initial, [test.membership for test in found if test.family == family], outcome)
            for family in families
        },
        cases=_split(initial, [test.membership for test in found], outcome),
        paths=[_verdict(space, term, found) for term in terms],
        ranges=_ranges(solver, result, terms),
        anchor_ranges=moved,
    )


def planned_tests(study: QcaStudy, sets: Sets, request: TableRequest) -> Iterator[Test]:
    """Every change the study asks for, one at a time, without those that change nothing."""
    asked = study.robustness
    assert asked is not None  # noqa: S101 - planned only for a study that asks
    yield from _cut_tests(request, asked)
    yield from _anchor_tests(study, sets, request, asked)
    everyone = range(len(sets.cases))
    if asked.drop_cases and len(everyone) > 1:
        for left_out in everyone:
            rest = tuple(case for case in everyone if case != left_out)
            yield Test("case left out", f"without {sets.cases[left_out]}", request, cases=rest)
    if asked.drop_conditions and len(study.conditions) > 1:
        for condition in study.conditions:
            others = tuple(name for name in study.conditions if name != condition)
            yield Test("condition left out", f"without {condition}", request, conditions=others)
    generator = np.random.default_rng(asked.seed)
    size = max(2, round(asked.share * len(sets.cases)))
    for number in range(1, asked.subsamples + 1):
        drawn = tuple(sorted(generator.permutation(len(sets.cases))[:size].tolist()))
        yield Test("subsample", f"subsample {number}", request, cases=drawn)


def _cut_tests(request: TableRequest, asked: RobustnessRequest) -> Iterator[Test]:
    cuts = request.cuts
    changed: list[tuple[Family, float, Cuts]] = [
        *(("incl_cut", value, dataclasses.replace(cuts, consistency=value)) for value in asked.incl_cuts),
        *(("pri_cut", value, dataclasses.replace(cuts, pri=value)) for value in asked.pri_cuts),
        *(("n_cut", value, dataclasses.replace(cuts, frequency=int(value))) for value in asked.n_cuts),
    ]
    for family, value, other in changed:
        if other != cuts:
            yield Test(family, f"{family} {value:g}", _with(request, other))


def _anchor_tests(study: QcaStudy, sets: Sets, request: TableRequest, asked: RobustnessRequest) -> Iterator[Test]:
    """Other percentiles for all columns at once, and all anchors shifted by a share of their distance."""
    movable = _movable(study)
    if not movable:
        return
    for triple in asked.percentiles:
        columns = []
        for item in movable:
            first, _, last = sets.anchors[item.column]
            anchors = cal.percentile_anchors(sets.raw[item.column], triple if first < last else triple[::-1])
            columns.append((item.column, tuple(anchors)))
        if any(anchors != sets.anchors[column] for column, anchors in columns):
            shown = "/".join(f"{value:g}" for value in reversed(triple))
            yield Test("anchors", f"percentiles {shown}", request, columns=tuple(columns))
    for shift in asked.shifts:
        columns = []
        for item in movable:
            out, crossover, full = sets.anchors[item.column]
            step = shift * abs(full - out) / 2
            columns.append((item.column, (out + step, crossover + step, full + step)))
        yield Test("shifted anchors", f"anchors {shift:+.0%} of their half range", request, columns=tuple(columns))


def _movable(study: QcaStudy) -> list[ColumnCalibration]:
    """Columns calibrated through exclusion, crossover and inclusion."""
    return [item for item in study.calibration if item.method in {"direct", "linear"}]


def _with(request: TableRequest, cuts: Cuts) -> TableRequest:
    return dataclasses.replace(request, cuts=cuts)


@dataclass(frozen=True)
class _Solver:
    """Solves one test; picklable, so that tests can run in other processes."""

    study: QcaStudy
    sets: Sets
    solution: Literal["intermediate", "parsimonious", "complex"]

    def __call__(self, test: Test) -> TestSolution:
        try:
            return self._solve(test)
        except (StudyError, cal.CalibrationError) as error:
            nobody = np.zeros(len(self.sets.cases))
            return TestSolution(test.family, test.change, (), (), nobody, problem=str(error))

    def anchor_ranges(self, search: AnchorSearch) -> list[AnchorRange]:
        """How far each anchor of a column can move while the paths stay those found with the anchors chosen."""
        known, column = Known(), search.column

        def paths(anchors: tuple[float, ...]) -> frozenset[tuple[int, ...]] | None:
            test = Test("anchors", "", search.request, columns=((column, anchors),))
            try:
                return frozenset(self._solve(test, known).terms)
            except (StudyError, cal.CalibrationError):
                return None

        chosen = self.sets.anchors[column]
        wanted = paths(chosen)
        return anchor_ranges(column, chosen, self.sets.raw[column], lambda anchors: paths(anchors) == wanted)

    def _solve(self, test: Test, known: Known | None = None) -> TestSolution:
        columns = dict(self.sets.analysed)
        chosen = {item.column: item for item in self.study.calibration}
        for column, anchors in test.columns:
            how = dataclasses.replace(chosen[column], anchors=anchors, percentiles=False)
            values, _ = calibrate_column(self.sets.raw[column], how, self.study.data_file.name)
            columns[column] = cal.treat_half(values, "keep" if how.half == "refuse" else how.half)
        conditions = test.conditions or self.study.conditions
        everything = np.column_stack([columns[name] for name in conditions])
        chosen_cases = np.array(test.cases or range(len(self.sets.cases)))
        outcome = columns[self.study.outcome]
        space = space_of(conditions, everything)
        request = dataclasses.replace(
            test.request, expectations={name: test.request.expectations[name] for name in conditions}
        )
        terms = shown_terms(
            request, space, everything[chosen_cases], outcome[chosen_cases], self.solution, self.study.effort, known
        )
        return TestSolution(
            family=test.family,
            change=test.change,
            terms=tuple(self._widened(term, conditions) for term in terms),
            labels=tuple(space.label(term) for term in terms),
            membership=union([term_membership(space, everything, term) for term in terms], len(everything)),
        )

    def _widened(self, term: tuple[int, ...], conditions: tuple[str, ...]) -> tuple[int, ...]:
        """The term over all conditions of the study."""
        values = dict(zip(conditions, term, strict=True))
        return tuple(values.get(name, FREE) for name in self.study.conditions)


def _shown_terms(result: TableResult, solution: str) -> list[tuple[int, ...]]:
    """Terms of the model shown first."""
    if result.minimised is None:
        return []
    if solution == "complex":
        model = result.complex_models[0]
    elif solution == "parsimonious":
        model = result.parsimonious_models[0]
    else:
        model = result.intermediate_models[0][0]
    return [term.values for term in model.terms]


@dataclass(frozen=True)
class _Workers:
    """Where work is done: in other processes, or in this one."""

    pool: ProcessPoolExecutor | None
    count: int

    def run(self, work: Callable[[_Task], _Answer], tasks: list[_Task]) -> Iterator[_Answer]:
        """Answers in the order of the tasks; other processes start on them at once."""
        if self.pool is None:
            return map(work, tasks)
        return self.pool.map(work, tasks, chunksize=max(1, len(tasks) // (self.count * 8)))


@contextmanager
def _processes(wanted: int, expected: float) -> Iterator[_Workers]:
    """As many processes as are wanted; where none are named, one for each processor, or only this one where the
    `expected` seconds of work are over sooner than others have started.
    """
    count = wanted or min(os.cpu_count() or 1, 16)
    if count == 1 or (not wanted and expected * (1 - 1 / count) < START):
        yield _Workers(None, 1)
        return
    with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
        yield _Workers(pool, count)


def _robust_fit(initial: Floats, tests: list[Floats], outcome: Floats) -> RobustFit:
    """The four parameters over these test solutions; 1 throughout when there are none."""
    everything = tests or [initial]
    least, most = np.minimum.reduce(everything), np.maximum.reduce(everything)
    core = np.minimum(initial, least)
    whole, inner = sufficiency(initial, outcome), sufficiency(core, outcome)
    return RobustFit(
        rf_cov=ratio(inner.coverage, whole.coverage),
        rf_cons=ratio(whole.consistency, inner.consistency),
        rf_sc_min=ratio(float(np.minimum(initial, least).sum()), float(np.maximum(initial, least).sum())),
        rf_sc_max=ratio(float(np.minimum(initial, most).sum()), float(np.maximum(initial, most).sum())),
    )


def _split(initial: Floats, tests: list[Floats], outcome: Floats) -> CaseSplit:
    everything = tests or [initial]
    member = initial > 0.5  # noqa: PLR2004
    always = np.minimum.reduce(everything) > 0.5  # noqa: PLR2004
    ever = np.maximum.reduce(everything) > 0.5  # noqa: PLR2004
    typical = outcome > 0.5  # noqa: PLR2004

    def where(chosen: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> tuple[int, ...]:
        return tuple(np.flatnonzero(chosen).tolist())

    return CaseSplit(
        robust_typical=where(member & always & typical),
        robust_deviant=where(member & always & ~typical),
        shaky_typical=where(member & ~always & typical),
        shaky_deviant=where(member & ~always & ~typical),
        possible_typical=where(~member & ever & typical),
        possible_deviant=where(~member & ever & ~typical),
    )


def _verdict(space: Space, term: tuple[int, ...], tests: list[TestSolution]) -> PathVerdict:
    families: dict[Family, dict[Relation, int]] = {}
    counts: dict[Relation, int] = {"same": 0, "superset": 0, "subset": 0, "absent": 0}
    for test in tests:
        relation = relation_of(term, test.terms)
        counts[relation] += 1
        family = families.setdefault(test.family, {"same": 0, "superset": 0, "subset": 0, "absent": 0})
        family[relation] += 1
    total = max(1, len(tests))
    same, related = counts["same"] / total, 1 - counts["absent"] / total
    if same >= 0.8:  # noqa: PLR2004 - four fifths unchanged
        verdict: Literal["robust", "mostly robust", "sensitive", "fragile"] = "robust"
    elif related >= 0.8:  # noqa: PLR2004 - four fifths unchanged, or with conditions more or fewer
        verdict = "mostly robust"
    else:
        verdict = "sensitive" if related >= 0.5 else "fragile"  # noqa: PLR2004 - half
    return PathVerdict(space.label(term), counts, families, verdict)


def relation_of(term: tuple[int, ...], others: tuple[tuple[int, ...], ...]) -> Relation:
    """What became of a path among the terms of a test solution, the closest relation first."""
    if term in others:
        return "same"

    def inside(narrow: tuple[int, ...], wide: tuple[int, ...]) -> bool:
        return all(value in (FREE, own) for value, own in zip(wide, narrow, strict=True))

    if any(inside(term, other) for other in others):
        return "superset"
    return "subset" if any(inside(other, term) for other in others) else "absent"


def _ranges(solver: _Solver, result: TableResult, terms: list[tuple[int, ...]]) -> list[Range]:
    """How far each cut-off can move while the solution stays. Exact: a row changes sides only at its own figure."""
    request, cuts = result.request, result.request.cuts
    wanted = set(terms)

    def unchanged(changed: Cuts) -> bool:
        test = Test("incl_cut", "", _with(request, changed))
        return set(solver(test).terms) == wanted

    consistencies = {row.fit.consistency for row in result.table.rows}
    pris = {row.fit.pri for row in result.table.rows if row.fit.pri == row.fit.pri}
    counts = {float(len(row.cases)) for row in result.table.rows}
    return [
        _range(
            "incl_cut",
            cuts.consistency,
            consistencies,
            lambda at: unchanged(dataclasses.replace(cuts, consistency=at)),
        ),
        _range("pri_cut", cuts.pri, pris, lambda at: unchanged(dataclasses.replace(cuts, pri=at))),
        _range("n_cut", cuts.frequency, counts, lambda at: unchanged(dataclasses.replace(cuts, frequency=int(at)))),
    ]


def _range(name: str, chosen: float, figures: set[float], unchanged: Callable[[float], bool]) -> Range:
    """Move from figure to figure, up and down, until the solution changes.

    A cut equal to a figure lets its row pass, so upwards the solution holds up to and including the last figure that
    changed nothing, and downwards down to but excluding the figure that lets a new row in.
    """
    low: float | None = None
    high: float | None = None
    for figure in sorted(value for value in figures if meets(value, chosen)):
        if not unchanged(figure):
            break
        high = figure
    for figure in sorted((value for value in figures if not meets(value, chosen)), reverse=True):
        if not unchanged(figure):
            low = figure
            break
    return Range(name, chosen, low, high)
