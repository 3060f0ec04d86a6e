"""The whole analysis of a study, from raw columns to solutions. Pure: what it needs of the file is given to it."""

import time
from dataclasses import dataclass, field

import numpy as np

from tongban.observatory.errors import StudyError
from tongban.observatory.qca import calibrate as cal
from tongban.observatory.qca import necessity as nec
from tongban.observatory.qca.evaluate import Evaluator, Model
from tongban.observatory.qca.minimise import Effort, Kind, Minimised, Solution, extremes, intermediate, minimise
from tongban.observatory.qca.request import ColumnCalibration, QcaStudy, TableRequest
from tongban.observatory.qca.sets import Space
from tongban.observatory.qca.tolerance import TOLERANCE, Floats, is_half
from tongban.observatory.qca.truthtable import Out, TruthTable, space_of, truth_table
from tongban.observatory.study.common import Progress, no_progress
from tongban.observatory.study.data import DataTable

MOST_VALUE = 9
"""The highest value of a multi-value set; whole numbers beyond it are raw data that somebody forgot to calibrate."""


@dataclass(frozen=True)
class HalfNote:
    """A case with a membership of exactly 0.5, which belongs to no row."""

    column: str
    case: str
    treated: cal.Half


@dataclass(frozen=True)
class Sets:
    """Calibrated data: one membership for each case and column."""

    cases: tuple[str, ...]
    raw: dict[str, Floats]
    calibrated: dict[str, Floats]
    analysed: dict[str, Floats]
    anchors: dict[str, tuple[float, ...]]
    halves: tuple[HalfNote, ...]

    def matrix(self, columns: tuple[str, ...]) -> Floats:
        """Shape (cases, columns)."""
        return np.column_stack([self.analysed[column] for column in columns])


@dataclass(frozen=True)
class TableResult:
    """One truth table and all that follows from it; `minimised` is `None` when no row is positive."""

    request: TableRequest
    table: TruthTable
    minimised: Minimised | None
    evaluator: Evaluator
    complex_models: list[Model]
    parsimonious_models: list[Model]
    intermediate_models: list[list[Model]]
    """Models of each pair, in the order of the pairs."""


@dataclass(frozen=True)
class Necessary:
    """Necessity of one outcome: single literals and combinations, and sufficiency of subsets."""

    outcome: str
    single: list[nec.SingleFit]
    supersets: list[nec.Superset]
    subsets: list[nec.Subset]


@dataclass(frozen=True)
class Analysis:
    """Everything but the optional parts (necessity in degree, panel, robustness), which have their own modules."""

    study: QcaStudy
    sets: Sets
    space: Space
    necessity: list[Necessary]
    tables: list[TableResult]


def read_sets(study: QcaStudy, data: DataTable) -> Sets:
    """Raw columns, calibrated as the study says.

    Raises:
        StudyError: A value is missing, is not a number, or is no membership; anchors do not suit the data.
    """
    cases = data.unique_names(study.cases)
    columns = (*study.conditions, study.outcome)
    raw = {column: data.numbers(column) for column in columns}
    chosen = {item.column: item for item in study.calibration}
    calibrated: dict[str, Floats] = {}
    anchors: dict[str, tuple[float, ...]] = {}
    analysed: dict[str, Floats] = {}
    halves: list[HalfNote] = []
    for column in columns:
        if column in chosen:
            calibrated[column], anchors[column] = calibrate_column(raw[column], chosen[column], data.file)
            values, half = calibrated[column], chosen[column].half
        else:
            _check_memberships(column, raw[column], data.file, outcome=column == study.outcome)
            values, half = raw[column], study.half
        at_half = np.flatnonzero(is_half(values))
        if half == "refuse" and len(at_half):
            raise StudyError(
                f"{data.file}: column “{column}”, row {at_half[0] + 2}: case “{cases[at_half[0]]}” has a membership of "
                'exactly 0.5, which half = "refuse" does not allow'
            )
        halves.extend(HalfNote(column, cases[at], half) for at in at_half)
        analysed[column] = cal.treat_half(values, half)
    return Sets(cases, raw, calibrated, analysed, anchors, tuple(halves))


def calibrate_column(values: Floats, how: ColumnCalibration, file: str) -> tuple[Floats, tuple[float, ...]]:
    """The memberships of a column, and the anchors used (percentiles worked out)."""
    anchors = tuple(cal.percentile_anchors(values, how.anchors)) if how.percentiles else how.anchors
    try:
        if how.method == "crisp":
            return cal.crisp(values, anchors), anchors
        if how.method == "indirect":
            return cal.indirect(values, anchors), anchors
        if how.method == "bell":
            return cal.bell(values, anchors), anchors
        three = cal.Anchors(*anchors)
        if how.method == "linear":
            return cal.linear(values, three), anchors
        return cal.direct(values, three, how.log_odds), anchors
    except cal.CalibrationError as error:
        raise StudyError(f"{file}: column “{how.column}”: {error}") from None


def _check_memberships(column: str, values: Floats, file: str, *, outcome: bool) -> None:
    """A column taken as calibrated holds memberships, or the whole numbers of a multi-value set."""
    whole = np.abs(values - np.round(values)) < TOLERANCE
    if not outcome and whole.all() and (values >= 0).all() and values.max() <= MOST_VALUE:
        return
    wrong = np.flatnonzero((values < 0) | (values > 1))
    if len(wrong):
        multi = "" if outcome else ", nor is the column all whole numbers of a multi-value set"
        raise StudyError(
            f"{file}: column “{column}”, row {wrong[0] + 2}: {values[wrong[0]]:g} is no membership between 0 and 1"
            f"{multi}; a raw column needs anchors under [calibration.anchors]"
        )


def analyse(study: QcaStudy, sets: Sets, progress: Progress = no_progress) -> Analysis:
    """Necessity, truth tables and solutions."""
    data = sets.matrix(study.conditions)
    space = space_of(study.conditions, data)
    outcome = sets.analysed[study.outcome]
    necessity = [
        _necessity(study, space, data, label, values)
        for label, values in ((study.outcome, outcome), (f"~{study.outcome}", 1 - outcome))
    ]
    tables = []
    for at, request in enumerate(study.tables):
        progress(f"truth table {at + 1}, {request.label}", at, len(study.tables))
        tables.append(solve_table(study, request, space, data, outcome))
    progress("truth tables", len(study.tables), len(study.tables))
    return Analysis(study, sets, space, necessity, tables)


def solve_table(study: QcaStudy, request: TableRequest, space: Space, data: Floats, outcome: Floats) -> TableResult:
    """One truth table with its three solutions."""
    explained = 1 - outcome if request.negated else outcome
    try:
        table = truth_table(space, data, explained, request.cuts, request.edits)
    except ValueError as error:
        raise StudyError(f"{study.path.name}: [[truth_table]] for {request.label}: {error}") from None
    evaluator = Evaluator(space, data, explained)
    if not table.count("1"):
        return TableResult(request, table, None, evaluator, [], [], [])
    minimised = minimise(table, request.expectations, study.effort, evaluator.position_of_first)
    models: dict[int, list[Model]] = {}
    for pair in minimised.pairs:
        if id(pair.solution) not in models:
            models[id(pair.solution)] = evaluator.models(pair.solution)
    return TableResult(
        request=request,
        table=table,
        minimised=minimised,
        evaluator=evaluator,
        complex_models=evaluator.models(minimised.complex),
        parsimonious_models=evaluator.models(minimised.parsimonious),
        intermediate_models=[models[id(pair.solution)] for pair in minimised.pairs],
    )


Judged = tuple[tuple[int, Out], ...]
"""Number and outcome of every observed row: all of the data that a minimisation sees."""


@dataclass
class Known:
    """Minimisations of one request already done, so that the same rows are not minimised twice."""

    extremes: dict[Judged, tuple[Solution, Solution]] = field(default_factory=dict)
    intermediate: dict[tuple[Judged, int, int], Solution] = field(default_factory=dict)


def shown_terms(
    request: TableRequest,
    space: Space,
    data: Floats,
    outcome: Floats,
    kind: Kind,
    effort: Effort,
    known: Known | None = None,
) -> list[tuple[int, ...]]:
    """Only the terms of the model of one kind that is shown first; none when no row is positive. For tests by the
    hundred.
    """
    known = known or Known()
    explained = 1 - outcome if request.negated else outcome
    table = truth_table(space, data, explained, request.cuts)
    if not table.count("1"):
        return []
    evaluator = Evaluator(space, data, explained)
    deadline = time.monotonic() + effort.time_limit
    judged = tuple((row.number, row.out) for row in table.rows)
    if judged not in known.extremes:
        known.extremes[judged] = extremes(table, effort, deadline)
    complex_solution, parsimonious = known.extremes[judged]
    if kind != "intermediate":
        return evaluator.terms_of_first(complex_solution if kind == "complex" else parsimonious)
    at, beside = evaluator.position_of_first(complex_solution), evaluator.position_of_first(parsimonious)
    if (judged, at, beside) not in known.intermediate:
        known.intermediate[judged, at, beside] = intermediate(
            table,
            request.expectations,
            complex_solution=complex_solution,
            at=at,
            parsimonious=parsimonious,
            beside=beside,
            effort=effort,
            deadline=deadline,
        ).solution
    return evaluator.terms_of_first(known.intermediate[judged, at, beside])


def _necessity(study: QcaStudy, space: Space, data: Floats, label: str, outcome: Floats) -> Necessary:
    asked, within = study.necessity, study.subset
    return Necessary(
        outcome=label,
        single=nec.single_fit(space, data, outcome),
        supersets=nec.supersets(
            space, data, outcome, consistency=asked.incl_cut, relevance=asked.ron_cut, depth=asked.depth
        ),
        subsets=nec.subsets(space, data, outcome, consistency=within.incl_cut, pri=within.pri_cut, depth=within.depth),
    )
