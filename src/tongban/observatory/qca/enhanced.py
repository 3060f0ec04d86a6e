"""Enhanced standard analysis: solutions without untenable assumptions (Schneider & Wagemann 2013).

A remainder must not be assumed to lead to the outcome when

- it is assumed to lead to the negated outcome as well (a *contradictory* assumption);
- it lacks a condition that was found necessary for the outcome;
- it cannot exist (the researcher says which combinations are impossible).

Such rows are barred and the tables are minimised again. Assumptions are those of the parsimonious model shown first.
Barring rows can bring another model to the front with contradictions of its own, so both tables are taken through
this together until none is left.
"""

import dataclasses
import time
from dataclasses import dataclass

import numpy as np

from tongban.observatory.qca import regions
from tongban.observatory.qca.evaluate import Evaluator
from tongban.observatory.qca.minimise import Effort, Expectations, Minimised, assumptions, extremes, minimise
from tongban.observatory.qca.sets import FREE, Terms
from tongban.observatory.qca.truthtable import TruthTable

ROUNDS = 50
"""More rounds than any table needs: each bars at least one row more."""


@dataclass(frozen=True)
class Side:
    """A truth table with a positive row, and what is held against its remainders: necessary literals as terms."""

    table: TruthTable
    evaluator: Evaluator
    expectations: Expectations
    necessary: Terms


@dataclass(frozen=True)
class Enhanced:
    """What was untenable for one outcome, and the solutions without it.

    Attributes:
        contradictory: Remainders assumed for the outcome and for its negation.
        against_necessity: Assumed remainders that lack a necessary condition.
        impossible: Remainders declared impossible.
        simultaneous: Observed rows that are positive for the outcome and for its negation.
        minimised: The solutions with all these remainders barred.
    """

    contradictory: list[int]
    against_necessity: list[int]
    impossible: list[int]
    simultaneous: list[int]
    minimised: Minimised


def enhanced_analysis(sides: list[Side], impossible: Terms, effort: Effort) -> list[Enhanced]:
    """The enhanced solutions of one table, or of a table and that of the negated outcome, over a listable space.

    Args:
        sides: One or two truth tables over the same space.
        impossible: Terms that no case can be in.
        effort: As for the standard analysis.
    """
    space = sides[0].table.space
    observed = regions.region(space, [row.config for row in sides[0].table.rows])
    cannot_be = regions.region(space, impossible.tolist()) & ~observed
    lacking = [regions.region(space, _negations(side.necessary, space.levels)) & ~observed for side in sides]
    before = [_assumed(side, side.table, effort) for side in sides]
    contradictory = np.zeros(space.size, dtype=np.bool_)
    for _ in range(ROUNDS):
        tables = [
            _without(side.table, cannot_be | lacks | contradictory) for side, lacks in zip(sides, lacking, strict=True)
        ]
        assumed = [_assumed(side, table, effort) for side, table in zip(sides, tables, strict=True)]
        found = np.logical_and.reduce(assumed) if len(sides) > 1 else np.zeros_like(contradictory)
        if not found.any():
            break
        contradictory |= found
    simultaneous = sorted(set.intersection(*(_positive_rows(side.table) for side in sides))) if len(sides) > 1 else []
    return [
        Enhanced(
            contradictory=regions.numbers(contradictory),
            against_necessity=regions.numbers(lacks & first),
            impossible=regions.numbers(cannot_be),
            simultaneous=simultaneous,
            minimised=minimise(table, side.expectations, effort, side.evaluator.position_of_first),
        )
        for side, table, lacks, first in zip(sides, tables, lacking, before, strict=True)
    ]


def _assumed(side: Side, table: TruthTable, effort: Effort) -> regions.Region:
    """Remainders that the parsimonious model shown first assumes."""
    _, parsimonious = extremes(table, effort, time.monotonic() + effort.time_limit)
    model = side.evaluator.first(parsimonious)
    assumed = assumptions(table, parsimonious.terms(model.positions))
    assert assumed is not None  # noqa: S101 - the caller has looked at the size of the space
    return assumed


def _without(table: TruthTable, barred: regions.Region) -> TruthTable:
    """The table with more remainders barred."""
    return dataclasses.replace(table, excluded=tuple(sorted({*table.excluded, *regions.numbers(barred)})))


def _negations(literals: Terms, levels: tuple[int, ...]) -> list[list[int]]:
    """The terms that say a literal is not there."""
    found = []
    for term in literals.tolist():
        for at, value in enumerate(term):
            if value == FREE:
                continue
            for other in range(levels[at]):
                if other != value:
                    negation = [FREE] * len(term)
                    negation[at] = other
                    found.append(negation)
    return found


def _positive_rows(table: TruthTable) -> set[int]:
    return {row.number for row in table.rows if row.out == "1"}
