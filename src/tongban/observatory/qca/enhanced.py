"""Enhanced standard analysis: solutions without untenable assumptions (Schneider & Wagemann 2013).

A remainder must not be assumed to lead to the outcome when

- it is assumed to lead to the negated outcome as well (a *contradictory* assumption);
- it lacks a condition that was found necessary for the outcome;
- it cannot exist (the researcher says which combinations are impossible).

Such rows are barred, and the table is minimised again.
"""

import dataclasses
from dataclasses import dataclass

import numpy as np

from tongban.observatory.qca import regions
from tongban.observatory.qca.minimise import Effort, Expectations, Minimised, assumptions, minimise
from tongban.observatory.qca.sets import FREE, Terms
from tongban.observatory.qca.truthtable import TruthTable


@dataclass(frozen=True)
class Enhanced:
    """What was untenable for one outcome, and the solutions without it.

    Attributes:
        contradictory: Remainders assumed for the outcome and for its negation, over all parsimonious models.
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


def enhanced_analysis(  # noqa: PLR0913 - a table, its mirror, and what is held against remainders
    table: TruthTable,
    found: Minimised,
    mirror: TruthTable | None,
    mirrored: Minimised | None,
    *,
    necessary: Terms,
    impossible: Terms,
    expectations: Expectations,
    effort: Effort,
) -> Enhanced | None:
    """The enhanced solutions; `None` where the space is too large to list assumptions.

    Args:
        table: The truth table of the outcome, `found` its solutions.
        found: As above.
        mirror: The truth table of the negated outcome with its solutions `mirrored`, where there is one.
        mirrored: As above.
        necessary: One term for each necessary literal.
        impossible: Terms that no case can be in.
        expectations: As for the standard analysis.
        effort: As for the standard analysis.
    """
    space = table.space
    if space.size > regions.LISTED_ROWS:
        return None
    observed = regions.region(space, [row.config for row in table.rows])
    assumed = _all_assumptions(table, found)
    opposed = _all_assumptions(mirror, mirrored) if mirror and mirrored else np.zeros_like(assumed)
    contradictory = assumed & opposed
    lacking = regions.region(space, _negations(necessary, space.levels)) & ~observed
    barred_as_impossible = regions.region(space, impossible.tolist()) & ~observed
    barred = contradictory | lacking | barred_as_impossible
    tightened = dataclasses.replace(table, excluded=tuple(sorted({*table.excluded, *regions.numbers(barred)})))
    return Enhanced(
        contradictory=regions.numbers(contradictory),
        against_necessity=regions.numbers(lacking & assumed),
        impossible=regions.numbers(barred_as_impossible),
        simultaneous=_positive_in_both(table, mirror),
        minimised=minimise(tightened, expectations, effort),
    )


def _all_assumptions(table: TruthTable, found: Minimised) -> regions.Region:
    """Remainders assumed by any parsimonious model."""
    used = sorted({at for model in found.parsimonious.models for at in model})
    assumed = assumptions(table, found.parsimonious.primes[used])
    assert assumed is not None  # noqa: S101 - the caller has looked at the size of the space
    return assumed


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


def _positive_in_both(table: TruthTable, mirror: TruthTable | None) -> list[int]:
    if mirror is None:
        return []
    mine = {row.number for row in table.rows if row.out == "1"}
    return sorted(mine & {row.number for row in mirror.rows if row.out == "1"})
