"""`outputs` of result.json (docs/observatory-index.md): full precision, levels by name, undefined figures `null`."""

from dataclasses import asdict
from typing import Any

from tongban.observatory.indices.analysis import Analysis, LevelTable, Transitions
from tongban.observatory.indices.benchmark import Benchmark
from tongban.observatory.indices.convergence import Converged
from tongban.observatory.indices.levels import Levels
from tongban.observatory.indices.published import Published
from tongban.observatory.indices.stages import Stages
from tongban.observatory.indices.transitions import Group

Json = dict[str, Any]


def outputs(analysis: Analysis) -> Json:
    """Everything that was worked out. Lists are in the order of the study's sections."""
    study = analysis.study
    found: Json = {
        "periods": list(analysis.periods),
        "sample": _sample(analysis),
        "level_tables": [_level_table(table) for table in analysis.level_tables],
        "transitions": [_transitions(analysis, item) for item in analysis.transitions],
        "benchmarks": [_benchmark(item) for item in analysis.benchmarks],
        "convergence": [_converged(item) for item in analysis.convergence],
        "stages": [_stages(item) for item in analysis.stages],
        "published": [_published(item) for item in analysis.published],
    }
    if analysis.paths:
        found["paths"] = {
            "index": study.indices[0],
            "entities": {
                name: [study.levels.name(level) if level else None for level in path]
                for name, path in analysis.paths.items()
            },
        }
    if analysis.composite_gap:
        found["composite"] = [
            {"period": period, "largest_difference": gap} for period, gap in analysis.composite_gap.items()
        ]
    return found


def _sample(analysis: Analysis) -> Json:
    sample = analysis.sample
    return {
        "rows": analysis.rows,
        "entities_in_data": sample.in_data,
        "entities": sample.entities,
        "names": list(sample.names) if sample.names is not None else None,
        "sample_column": sample.flag,
        "not_in_data": list(sample.not_in_data),
        "left_out_by_balance": list(sample.unbalanced),
        "not_surveyed": [{"entity": entity, "periods": list(periods)} for entity, periods in sample.unsurveyed],
    }


def _level_table(table: LevelTable) -> Json:
    request = table.request
    levels = request.levels
    return {
        "index": request.index,
        "bounds": list(levels.bounds),
        "inclusive": levels.inclusive[0] if len(set(levels.inclusive)) == 1 else list(levels.inclusive),
        "weight": {str(period): weight for period, weight in request.weights},
        "rows": [
            {"period": period, "index": request.index}
            | {levels.name(level): counts[level - 1] for level in range(levels.top, 0, -1)}
            for period, counts in table.counts.items()
        ],
    }


def _transitions(analysis: Analysis, found: Transitions) -> Json:
    request, levels = found.request, analysis.study.levels
    named = analysis.sample.names is not None
    return {
        "index": request.index,
        "from": found.periods[0],
        "to": found.periods[-1],
        "rule": request.rule,
        "entities_listed": named,
        "rows": [
            {
                "from": levels.name(group.key[0]),
                "to": levels.name(group.key[-1]),
                **({"path": _names(group, levels)} if request.rule == "any-path" else {}),
                "count": group.count,
                "entities": list(group.entities),
            }
            for group in found.moves
        ],
        "raised": found.raised,
        "unchanged": found.unchanged,
        "lowered": found.lowered,
        "without_level": found.without,
        "riser_paths": [
            {"path": _names(group, levels), "count": group.count, "entities": list(group.entities)}
            for group in found.risers
        ],
        "movement": {
            name: {"count": group.count, "entities": list(group.entities)} for name, group in found.movement.items()
        },
        "steps": [
            {"from": levels.name(start), "to": levels.name(end), "count": count}
            for (start, end), count in sorted(found.steps.items(), reverse=True)
        ],
    }


def _names(group: Group, levels: Levels) -> list[str]:
    return [levels.name(level) for level in group.key]


def _benchmark(found: Benchmark) -> Json:
    return {
        "entity": found.request.entity,
        "peers": list(found.peers),
        "gaps": [asdict(gap) for gap in found.gaps],
        "values": [asdict(value) for value in found.values],
        "decomposition": [asdict(item) for item in found.decomposed],
        "convergence": [asdict(item) for item in found.closing],
        "components": [
            asdict(item) | {"names": {"zh": item.names[0], "en": item.names[1]}} for item in found.components
        ],
    }


def _converged(found: Converged) -> Json:
    return {
        "index": found.index,
        "sigma": [asdict(item) for item in found.spread],
        "beta": asdict(found.beta) if found.beta else None,
    }


def _stages(found: Stages) -> Json:
    request = found.request
    return {
        "index": request.counts.index,
        "top_levels": [request.counts.levels.name(request.counts.levels.top - at) for at in range(request.top)],
        "rule": {"threshold": request.threshold} if request.threshold is not None else {"cuts": request.cuts},
        "rows": [asdict(jump) for jump in found.jumps],
        "cuts": list(found.cuts),
        "stages": [{"from": start, "to": end} for start, end in found.stages],
        "expected": [{"period": period, "follows": follows} for period, follows in found.follows.items()],
        "thresholds_for_expected_alone": list(found.sole_thresholds) if found.sole_thresholds else None,
        "cut_as_well": list(found.also),
    }


def _published(found: Published) -> Json:
    request = found.request
    return {
        "what": request.what,
        "file": request.file.name,
        "title": {"zh": request.title[0], "en": request.title[1]},
        "columns": [*found.keys, *found.columns],
        "cells": found.cells,
        "cells_equal": found.cells_equal,
        "cells_one_off": found.cells_one_off,
        "sums_of_differences": [{"top_level": top, "sum": off} for top, off in found.bounds],
        "items": [
            {
                "key": list(item.key),
                "printed": list(item.printed),
                "computed": list(item.computed),
                "verdict": item.verdict,
                "reasons": [{"reason": name, "figures": figures} for name, figures in item.reason],
            }
            for item in found.items
        ],
    }
