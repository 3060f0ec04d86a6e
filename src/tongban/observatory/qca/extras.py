"""The optional parts of a study (necessity in degree, panel, enhanced analysis, robustness) and their JSON."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from tongban.observatory.errors import StudyError
from tongban.observatory.qca.analysis import Analysis
from tongban.observatory.qca.diversity import Diversity, diversity
from tongban.observatory.qca.enhanced import Enhanced, Side, enhanced_analysis
from tongban.observatory.qca.evaluate import Model
from tongban.observatory.qca.nca import NcaResult, nca
from tongban.observatory.qca.panel import PanelFit, panel_fit
from tongban.observatory.qca.paths import ResultTable, result_table, type_names
from tongban.observatory.qca.regions import LISTED_ROWS
from tongban.observatory.qca.robustness import Robustness, robustness_of_all
from tongban.observatory.qca.sets import Terms, union
from tongban.observatory.study.common import Progress, no_progress
from tongban.observatory.study.data import DataTable

Json = dict[str, Any]


@dataclass(frozen=True)
class Extras:
    """What goes beyond the standard analysis; lists run in the order of the truth tables."""

    diversity: list[Diversity]
    results: list[ResultTable | None]
    enhanced: list[Enhanced | None]
    enhanced_models: list[list[Model]]
    nca: list[NcaResult]
    panel: list[list[PanelFit]]
    robustness: list[Robustness | None]


def extras(analysis: Analysis, data: DataTable, progress: Progress = no_progress) -> Extras:
    """All optional parts the study asks for."""
    study, sets = analysis.study, analysis.sets
    enhanced = _enhanced(analysis)
    return Extras(
        diversity=[diversity(analysis.space, table.table, sets.analysed) for table in analysis.tables],
        results=[result_table(table) for table in analysis.tables],
        enhanced=enhanced,
        enhanced_models=[
            table.evaluator.models(found.minimised.pairs[0].solution) if found and found.minimised.pairs else []
            for table, found in zip(analysis.tables, enhanced, strict=True)
        ],
        nca=_nca(analysis, progress),
        panel=_panel(analysis, data) if study.panel else [],
        robustness=robustness_of_all(study, sets, analysis.tables, progress),
    )


def _nca(analysis: Analysis, progress: Progress) -> list[NcaResult]:
    asked = analysis.study.nca
    if asked is None:
        return []
    sets, outcome = analysis.sets, analysis.study.outcome
    found = []
    for at, condition in enumerate(asked.conditions):
        progress("necessary condition analysis", at, len(asked.conditions))
        found.append(
            nca(
                condition,
                outcome,
                sets.analysed[condition],
                sets.analysed[outcome],
                permutations=asked.permutations,
                seed=asked.seed,
                levels=asked.levels,
            )
        )
    progress("necessary condition analysis", len(found), len(found))
    return found


def _panel(analysis: Analysis, data: DataTable) -> list[list[PanelFit]]:
    """Every path of the shown model, and the model as a whole, for each truth table."""
    asked = analysis.study.panel
    assert asked is not None  # noqa: S101 - the caller has looked
    units, times = data.names(asked.unit), data.names(asked.time)
    groups = data.names(asked.group) if asked.group else None
    if len(set(zip(units, times, strict=True))) != len(units):
        raise StudyError(f"{data.file}: a {asked.unit} stands twice with the same {asked.time}")
    found: list[list[PanelFit]] = []
    for table in analysis.tables:
        shown = result_table(table)
        if shown is None:
            found.append([])
            continue
        evaluator = table.evaluator
        memberships = [evaluator.membership(np.array(path.term.values, dtype=np.int8)) for path in shown.paths]
        labels = [path.term.term for path in shown.paths]
        expressions = [*zip(labels, memberships, strict=True)]
        expressions.append((" + ".join(labels), union(memberships, len(units))))
        found.append(
            [
                panel_fit(label, member, evaluator.outcome, units=units, times=times, groups=groups)
                for label, member in expressions
            ]
        )
    return found


def _enhanced(analysis: Analysis) -> list[Enhanced | None]:
    """The enhanced analysis: the first table of the outcome with the first of its negation, every other by itself."""
    asked = analysis.study.enhanced
    nothing: list[Enhanced | None] = [None] * len(analysis.tables)
    if asked is None or analysis.space.size > LISTED_ROWS:
        return nothing
    solved = [at for at, table in enumerate(analysis.tables) if table.minimised is not None]
    firsts = [
        next((at for at in solved if analysis.tables[at].request.negated is negated), None) for negated in (False, True)
    ]
    together = [at for at in firsts if at is not None]
    groups = [together, *([at] for at in solved if at not in together)] if together else []
    try:
        impossible = _terms(analysis, asked.impossible)
        for group in groups:
            sides = [
                Side(
                    table=table.table,
                    evaluator=table.evaluator,
                    expectations=table.request.expectations,
                    necessary=_terms(analysis, asked.necessary.get(table.request.label, ())),
                )
                for table in (analysis.tables[at] for at in group)
            ]
            for at, found in zip(group, enhanced_analysis(sides, impossible, analysis.study.effort), strict=True):
                nothing[at] = found
    except ValueError as error:
        raise StudyError(f"{analysis.study.path.name}: [enhanced]: {error}") from None
    return nothing


def _terms(analysis: Analysis, texts: tuple[str, ...]) -> Terms:
    found = [analysis.space.parse(text) for text in texts]
    return np.array(found, dtype=np.int8).reshape(-1, len(analysis.space))


def extras_json(analysis: Analysis, found: Extras) -> Json:
    """Keys beside the standard ones under `outputs`."""
    result: Json = {
        "limited_diversity": [_diversity_json(item) for item in found.diversity],
        "result_tables": [_result_json(analysis, item) for item in found.results],
    }
    if analysis.study.enhanced is not None:
        result["enhanced_standard_analysis"] = [
            None if item is None else _enhanced_json(item, models)
            for item, models in zip(found.enhanced, found.enhanced_models, strict=True)
        ]
    if found.nca:
        result["nca"] = [asdict(item) for item in found.nca]
    if found.panel:
        result["panel"] = [[asdict(item) for item in table] for table in found.panel]
    if found.robustness:
        result["robustness"] = [None if item is None else _robustness_json(analysis, item) for item in found.robustness]
    return result


def _diversity_json(found: Diversity) -> Json:
    return {
        "rows": found.rows,
        "observed": found.observed,
        "remainders": found.remainders,
        "remainder_share": found.remainder_share,
        "cases": found.cases,
        "cases_in_no_row": found.unplaced,
        "more_rows_than_cases": found.crowded,
        "conditions_advised_at_most": found.advised,
        "skewness": [{"set": item.column, "share_in": item.share, "skewed": item.skewed} for item in found.skewness],
    }


def _result_json(analysis: Analysis, found: ResultTable | None) -> Json | None:
    if found is None:
        return None
    names = analysis.sets.cases
    return {
        "outcome": found.outcome,
        "paths": [
            {
                "label": path.label,
                "types": [{"zh": zh, "en": en} for zh, en in type_names(analysis.study, found.outcome, path.term.term)],
                "term": path.term.term,
                "core": [mark.condition for mark in path.marks if mark.role == "core"],
                "peripheral": [mark.condition for mark in path.marks if mark.role == "peripheral"],
                **path.term.fit.as_json(),
                "covU": path.term.unique,
                "typical_cases": [names[at] for at in path.typical],
                "deviant_cases_consistency": [names[at] for at in path.deviant],
                "uniquely_covered_cases": [names[at] for at in path.unique],
            }
            for path in found.paths
        ],
        "solution": found.fit.as_json(),
        "deviant_cases_coverage": [names[at] for at in found.uncovered],
        "other_models_that_fit": found.alternatives,
    }


def _enhanced_json(found: Enhanced, models: list[Model]) -> Json:
    parsimonious = found.minimised.parsimonious
    return {
        "contradictory_assumptions": found.contradictory,
        "assumptions_against_necessity": found.against_necessity,
        "impossible_remainders": found.impossible,
        "rows_positive_for_both": found.simultaneous,
        "parsimonious": [parsimonious.space.labels(parsimonious.terms(model)) for model in parsimonious.models],
        "intermediate": [[term.term for term in model.terms] for model in models],
    }


def _robustness_json(analysis: Analysis, found: Robustness) -> Json:
    names = analysis.sets.cases
    return {
        "outcome": found.outcome,
        "solution": found.solution,
        "initial": list(found.initial),
        "fit": asdict(found.fit),
        "fit_by_family": {family: asdict(fit) for family, fit in found.family_fit.items()},
        "cases": {kind: [names[at] for at in cases] for kind, cases in asdict(found.cases).items()},
        "paths": [
            {"term": path.term, "verdict": path.verdict, "counts": path.counts, "by_family": path.families}
            for path in found.paths
        ],
        "ranges": [asdict(item) for item in found.ranges],
        "anchor_ranges": [asdict(item) for item in found.anchor_ranges],
        "tests": [
            {"family": test.family, "change": test.change, "terms": list(test.labels), "problem": test.problem}
            for test in found.tests
        ],
    }
