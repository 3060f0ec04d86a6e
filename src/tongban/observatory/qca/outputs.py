"""`outputs` of result.json: the analysis in the keys that stored reference results use (docs/observatory.md)."""

from typing import Any

import numpy as np

from tongban.observatory.qca import regions
from tongban.observatory.qca.analysis import Analysis, Necessary, Sets, TableResult
from tongban.observatory.qca.evaluate import Model
from tongban.observatory.qca.minimise import Pair, Solution, assumptions

Json = dict[str, Any]


def outputs(analysis: Analysis) -> Json:
    """Everything that was worked out, full precision; a quotient 0/0 is `null`."""
    result: Json = {}
    if analysis.sets.calibrated:
        result["calibrated"] = {name: values.tolist() for name, values in analysis.sets.calibrated.items()}
    result["data"] = {name: values.tolist() for name, values in analysis.sets.analysed.items()}
    result["single_condition_fit"] = [
        {
            "outcome": part.outcome,
            "condition": single.literal,
            "necessity": single.necessity.as_json(),
            "sufficiency": single.sufficiency.as_json(),
        }
        for part in analysis.necessity
        for single in part.single
    ]
    result["supersubset_necessity"] = _supersets(analysis, analysis.necessity[0])
    result["supersubset_necessity_negated"] = _supersets(analysis, analysis.necessity[1])
    result["subsets_sufficiency"] = [_subsets(analysis, part) for part in analysis.necessity]
    result["truth_tables"] = [_table(analysis.sets, table) for table in analysis.tables]
    return result


def _supersets(analysis: Analysis, part: Necessary) -> Json:
    asked = analysis.study.necessity
    return {
        "params": {
            "outcome": part.outcome,
            "incl_cut": asked.incl_cut,
            "ron_cut": asked.ron_cut,
            "depth": asked.depth,
        },
        "rows": [{"expression": found.expression, **found.fit.as_json()} for found in part.supersets],
    }


def _subsets(analysis: Analysis, part: Necessary) -> Json:
    asked = analysis.study.subset
    return {
        "params": {
            "outcome": part.outcome,
            "incl_cut": asked.incl_cut,
            "pri_cut": asked.pri_cut,
            "depth": asked.depth,
        },
        "rows": [{"expression": found.expression, **found.fit.as_json()} for found in part.subsets],
    }


def _table(sets: Sets, result: TableResult) -> Json:
    table, request = result.table, result.request
    found: Json = {
        "params": {
            "incl_cut": request.cuts.consistency,
            "pri_cut": request.cuts.pri,
            "n_cut": request.cuts.frequency,
            "outcome": request.label,
        },
        "expectations": {
            name: "either" if values is None else sorted(values) for name, values in request.expectations.items()
        },
        "edits": [{"row": edit.row, "out": edit.out, "reason": edit.reason} for edit in table.edits],
        "rows": [
            {
                "row": row.number,
                "config": list(row.config),
                "OUT": row.out,
                "n": len(row.cases),
                "incl": row.fit.consistency,
                "PRI": row.fit.pri,
                "cases": [sets.cases[at] for at in row.cases],
                "deviant_cases_consistency": [sets.cases[at] for at in row.deviant],
                **({"edited": row.edited} if row.edited else {}),
            }
            for row in table.rows
        ],
        "n_positive": table.count("1"),
        "n_negative": table.count("0"),
        "n_observed_rows_below_ncut": table.count("?"),
        "n_remainders": table.remainders,
    }
    if result.minimised is None:
        return found | _nothing_positive()
    minimised = result.minimised
    return found | {
        "status": "all observed rows are positive" if not table.count("0") else "solved",
        "complex": _solution(sets, result, minimised.complex, result.complex_models),
        "parsimonious": _solution(sets, result, minimised.parsimonious, result.parsimonious_models),
        "intermediate": {
            "type": "intermediate",
            "n_pairs": minimised.pair_count,
            "complete": len(minimised.pairs) == minimised.pair_count,
            "pairs": [_pair(sets, result, pair, at) for at, pair in enumerate(minimised.pairs)],
            "union": _union(result),
        },
        "all_irredundant_models": {
            kind: {
                "n_models": len(models),
                "complete": complete,
                # A part of them says nothing about the rest: all are listed or none.
                "models": [[solution.labels[at] for at in model] for model in models] if complete else [],
            }
            for kind, (models, complete) in minimised.irredundant.items()
            for solution in [minimised.complex if kind == "complex" else minimised.parsimonious]
        },
    }


def _nothing_positive() -> Json:
    """No row shows the outcome: the empty solution, said in the same keys."""
    empty: Json = {
        "prime_implicants": [],
        "pi_chart": {},
        "essential": [],
        "n_models": 0,
        "models": [],
        "complete": True,
        "proven": True,
        "simplifying_assumptions": [],
    }
    return {
        "status": "no row is positive",
        "complex": {"type": "complex", **empty},
        "parsimonious": {"type": "parsimonious", **empty},
        "intermediate": {"type": "intermediate", "n_pairs": 0, "complete": True, "pairs": [], "union": []},
        "all_irredundant_models": {
            kind: {"n_models": 0, "complete": True, "models": []} for kind in ("complex", "parsimonious")
        },
    }


def _solution(sets: Sets, result: TableResult, solution: Solution, models: list[Model]) -> Json:
    assumed = [assumptions(result.table, solution.terms(model.positions)) for model in models]
    return {
        "type": solution.kind,
        **_primes(result, solution),
        "models": [_model(sets, model) for model in models],
        "simplifying_assumptions": [None if rows is None else regions.numbers(rows) for rows in assumed],
    }


def _primes(result: TableResult, solution: Solution) -> Json:
    labels = solution.labels
    rows = np.array(solution.space.row_numbers(result.table.positive), dtype=object)
    _, covered = np.nonzero(solution.chart)
    ends = np.cumsum(solution.chart.sum(axis=1))
    covers = solution.covers
    return {
        "prime_implicants": labels,
        "pi_chart": {
            label: inside.tolist() for label, inside in zip(labels, np.split(rows[covered], ends[:-1]), strict=True)
        },
        "essential": [labels[at] for at in sorted(solution.essential)],
        "n_models": covers.count,
        "terms_in_model": covers.size,
        "lower_bound": covers.bound,
        "proven": covers.proven,
        "count_exact": covers.complete_count,
        "complete": covers.complete and solution.primes_complete,
        "prime_implicants_complete": solution.primes_complete,
    }


def _pair(sets: Sets, result: TableResult, pair: Pair, at: int) -> Json:
    minimised = result.minimised
    assert minimised is not None  # noqa: S101 - a pair comes from a minimisation
    complex_at = _shown_at(result.complex_models, minimised.complex.models[pair.complex_model])
    parsimonious_at = _shown_at(result.parsimonious_models, minimised.parsimonious.models[pair.parsimonious_model])
    return {
        "pair": f"C{complex_at + 1}P{parsimonious_at + 1}",
        "complex_model": _labels(minimised.complex, minimised.complex.models[pair.complex_model]),
        "parsimonious_model": _labels(minimised.parsimonious, minimised.parsimonious.models[pair.parsimonious_model]),
        "easy_counterfactuals": pair.easy,
        "difficult_counterfactuals": pair.difficult,
        **_primes(result, pair.solution),
        "models": [_model(sets, model) for model in result.intermediate_models[at]],
    }


def _shown_at(models: list[Model], positions: tuple[int, ...]) -> int:
    return next(at for at, model in enumerate(models) if model.positions == positions)


def _union(result: TableResult) -> list[list[str]]:
    """The different intermediate models over all pairs."""
    seen: dict[tuple[str, ...], None] = {}
    for models in result.intermediate_models:
        for model in models:
            seen.setdefault(tuple(sorted(term.term for term in model.terms)))
    return [list(terms) for terms in seen]


def _labels(solution: Solution, model: tuple[int, ...]) -> list[str]:
    return solution.space.labels(solution.terms(model))


def _model(sets: Sets, model: Model) -> Json:
    return {
        "terms": [
            {
                "term": term.term,
                **term.fit.as_json(),
                "covU": term.unique,
                "essential": term.essential,
                "cases_over_half": [sets.cases[at] for at in term.cases],
            }
            for term in model.terms
        ],
        "solution": model.fit.as_json(),
    }
