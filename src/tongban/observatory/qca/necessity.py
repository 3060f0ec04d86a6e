"""Necessity: single conditions, their negations, and combinations.

Source: Schneider & Wagemann (2012) ch. 3 and 9; the search over combinations gives what R's `superSubset` gives.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from tongban.observatory.qca.fit import Necessity, Sufficiency, necessity, sufficiency
from tongban.observatory.qca.sets import FREE, Space, literal_membership
from tongban.observatory.qca.tolerance import TOLERANCE, Floats, meets

Literals = tuple[tuple[int, int], ...]
"""(position of the condition, value), in the order of conditions."""

AT_ONCE = 200_000
"""Memberships of one literal held at once."""


@dataclass(frozen=True)
class SingleFit:
    """One literal as necessary and as sufficient condition."""

    literal: str
    necessity: Necessity
    sufficiency: Sufficiency


@dataclass(frozen=True)
class Superset:
    """A combination that is a superset of the outcome: a conjunction `A*B` or a disjunction `A + B`."""

    expression: str
    joined_by: Literal["and", "or"]
    literals: Literals
    fit: Necessity


@dataclass(frozen=True)
class Subset:
    """A conjunction that is a subset of the outcome."""

    expression: str
    literals: Literals
    fit: Sufficiency


def single_fit(space: Space, data: Floats, outcome: Floats) -> list[SingleFit]:
    """Every condition, then every negation (with multi-value sets: every value), against one outcome."""
    most = max(space.levels, default=0)
    order = [1, 0, *range(2, most)] if not space.multi_value else range(most)
    return [
        SingleFit(
            space.literal(at, value),
            necessity(member, outcome),
            sufficiency(member, outcome),
        )
        for value in order
        for at in range(len(space))
        if value < space.levels[at]
        for member in [literal_membership(data[:, at], value, space.levels[at])]
    ]


def supersets(
    space: Space, data: Floats, outcome: Floats, *, consistency: float, relevance: float, depth: int
) -> list[Superset]:
    """Necessary combinations of at most `depth` literals, as R's `superSubset(relation = "necessity")` lists them.

    Conjunctions that pass are all listed. A disjunction is listed when its conjunction fails and no shorter
    expression that passed is part of it. Relevance of necessity filters at the end. As in R, the search past three
    literals ends with the first size that adds nothing, once something was found.
    """
    conjunctions: list[Superset] = []
    disjunctions: list[Superset] = []
    for size in range(1, min(depth, len(space)) + 1):
        before = len(conjunctions) + len(disjunctions)
        shorter = [frozenset(found.literals) for found in (*conjunctions, *disjunctions)]
        for literals, members in _combinations(space, data, size):
            all_of, any_of = members.min(axis=0), members.max(axis=0)
            both = _reached(np.minimum(all_of, outcome), outcome, consistency)
            either = ~both & _reached(np.minimum(any_of, outcome), outcome, consistency)
            for at in np.flatnonzero(both | either).tolist():
                if both[at]:
                    fit = necessity(all_of[at], outcome)
                    conjunctions.append(Superset(_joined(space, literals[at], "*"), "and", literals[at], fit))
                elif not any(part <= set(literals[at]) for part in shorter):
                    fit = necessity(any_of[at], outcome)
                    disjunctions.append(Superset(_joined(space, literals[at], " + "), "or", literals[at], fit))
        if size > 3 and 0 < before == len(conjunctions) + len(disjunctions):  # noqa: PLR2004 - R's rule
            break
    return [found for found in (*conjunctions, *disjunctions) if meets(found.fit.relevance, relevance)]


def subsets(space: Space, data: Floats, outcome: Floats, *, consistency: float, pri: float, depth: int) -> list[Subset]:
    """Sufficient conjunctions of at most `depth` literals that contain no shorter one that passed.

    As R's `superSubset(relation = "sufficiency")`; PRI filters at the end.
    """
    found: list[Subset] = []
    for size in range(1, min(depth, len(space)) + 1):
        shorter = [frozenset(subset.literals) for subset in found]
        for literals, members in _combinations(space, data, size):
            all_of = members.min(axis=0)
            for at in np.flatnonzero(_reached(np.minimum(all_of, outcome), all_of, consistency)).tolist():
                if not any(part <= set(literals[at]) for part in shorter):
                    fit = sufficiency(all_of[at], outcome)
                    found.append(Subset(_joined(space, literals[at], "*"), literals[at], fit))
    return [subset for subset in found if meets(subset.fit.pri, pri)]


def _reached(overlaps: Floats, wholes: Floats, cut: float) -> npt.NDArray[np.bool_]:
    """Which consistencies, sum(overlap)/sum(whole), meet the cut; 0/0 never does. Shape (combinations,)."""
    overlap, whole = overlaps.sum(axis=-1), np.broadcast_to(wholes.sum(axis=-1), overlaps.shape[:-1])
    quotient = np.divide(overlap, whole, out=np.full(overlap.shape, -np.inf), where=whole > 0)
    return np.asarray(quotient >= cut - TOLERANCE)


def _combinations(space: Space, data: Floats, size: int) -> Iterator[tuple[list[Literals], Floats]]:
    """All combinations of `size` literals, many at a time, with memberships, shape (size, combinations, cases)."""
    single = {
        (at, value): literal_membership(data[:, at], value, levels)
        for at, levels in enumerate(space.levels)
        for value in range(levels)
    }
    everything = (
        tuple(zip(positions, values, strict=True))
        for positions in itertools.combinations(range(len(space)), size)
        for values in itertools.product(*(range(space.levels[at]) for at in positions))
    )
    step = max(1, AT_ONCE // max(1, len(data)))
    while literals := list(itertools.islice(everything, step)):
        yield literals, np.array([[single[one[place]] for one in literals] for place in range(size)])


def _joined(space: Space, literals: Literals, by: str) -> str:
    return by.join(space.literal(at, value) for at, value in literals)


def term_of(space: Space, literals: Literals) -> list[int]:
    """The literals as a term: one value a condition, `FREE` where there is none."""
    term = [FREE] * len(space)
    for at, value in literals:
        term[at] = value
    return term
