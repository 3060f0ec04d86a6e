"""Minimisation: from a truth table to the complex, parsimonious and intermediate solutions.

Every solution is the set of *all* its prime implicants and *all* its minimum models. What is proven and what is not
is part of the answer. Counterfactuals follow Ragin (2008, ch. 8 and 9) as R's QCA computes them (Duşa 2019, ch. 8).
"""

import itertools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from tongban.observatory.qca import regions
from tongban.observatory.qca.cover import LISTED_TERMS, Covers, irredundant_covers, minimum_covers
from tongban.observatory.qca.primes import OutOfTimeError, primes_against, primes_of_union
from tongban.observatory.qca.sets import FREE, Space, Terms, covers, different
from tongban.observatory.qca.truthtable import TruthTable

Kind = Literal["complex", "parsimonious", "intermediate"]

Expectations = Mapping[str, frozenset[int] | None]
"""For each condition the values theory expects to favour the outcome; `None` for either."""

SMALL_SPACE = 2**14
"""Up to here everything that is not positive is written out as negative rows; beyond, terms are grown by consensus."""

PAIR_TERMS = 10_000
"""The intermediate models listed for one pair have no more terms than this together."""
PAIRS_TERMS = 20_000
"""No further pair of models is worked out once the intermediate models of those before have more terms than this."""


@dataclass(frozen=True)
class Effort:
    """How long to search and how much to list, for one truth table.

    Attributes:
        time_limit: Seconds for all searches of the table together.
        models: List at most so many models of a kind; more are counted.
        pairs: Work out intermediate solutions for at most so many pairs of models.
        irredundant: Whether to list the covers that are irredundant without being minimum.
        steps: Look for further models of a solution for at most so many steps; the first is found and proven before.
    """

    time_limit: float = 60.0
    models: int = 10_000
    pairs: int = 500
    irredundant: bool = True
    steps: int = 20_000


@dataclass(frozen=True)
class Solution:
    """All prime implicants and all minimum models of one minimisation.

    Attributes:
        primes: Shape (primes, conditions), only those that cover a positive row.
        chart: Which prime covers which positive row.
        covers: The minimum models, as positions in `primes`, with what is proven about them.
        essential: Positions of the primes that are in every minimum model.
        primes_complete: Whether these are certainly all primes.
    """

    kind: Kind
    space: Space
    primes: Terms
    chart: np.ndarray[tuple[int, int], np.dtype[np.bool_]]
    covers: Covers
    essential: frozenset[int]
    primes_complete: bool = True

    @property
    def models(self) -> list[tuple[int, ...]]:
        return self.covers.models

    @cached_property
    def labels(self) -> list[str]:
        """The primes as written."""
        return self.space.labels(self.primes)

    def terms(self, model: tuple[int, ...]) -> Terms:
        return self.primes[list(model)]


@dataclass(frozen=True)
class Pair:
    """The intermediate solution between one complex and one parsimonious model.

    `easy` and `difficult` are row numbers; `None` where the space is too large to list them.
    """

    complex_model: int
    parsimonious_model: int
    easy: list[int] | None
    difficult: list[int] | None
    solution: Solution


@dataclass(frozen=True)
class Minimised:
    """The three solutions of a truth table with at least one positive row."""

    complex: Solution
    parsimonious: Solution
    pairs: list[Pair]
    pair_count: int
    irredundant: dict[Kind, tuple[list[tuple[int, ...]], bool]]


Choose = Callable[[Solution], int]
"""Which of a solution's models comes first, by position."""


def any_model(_: Solution) -> int:
    """Whichever model was found first."""
    return 0


def minimise(table: TruthTable, expectations: Expectations, effort: Effort, choose: Choose = any_model) -> Minimised:
    """The complex, parsimonious and intermediate solutions, with all their models.

    The table must have a positive row. The pair of the models that `choose` names is worked out first, and always;
    the other pairs until the time limit.
    """
    deadline = time.monotonic() + effort.time_limit
    complex_solution, parsimonious = extremes(table, effort, deadline)
    counterfactuals = _Counterfactuals(table, expectations, effort, deadline)
    first = (choose(complex_solution), choose(parsimonious))
    others = itertools.product(range(len(complex_solution.models)), range(len(parsimonious.models)))
    pairs: list[Pair] = []
    terms = 0
    for at, beside in itertools.chain([first], (pair for pair in others if pair != first)):
        if pairs and (len(pairs) >= effort.pairs or terms > PAIRS_TERMS or time.monotonic() > deadline):
            break
        pairs.append(counterfactuals.pair(complex_solution, at, parsimonious, beside))
        terms += sum(map(len, pairs[-1].solution.models))
    irredundant: dict[Kind, tuple[list[tuple[int, ...]], bool]] = {}
    if effort.irredundant:
        for solution in (complex_solution, parsimonious):
            irredundant[solution.kind] = irredundant_covers(solution.chart, effort.models, deadline, steps=effort.steps)
    return Minimised(
        complex=complex_solution,
        parsimonious=parsimonious,
        pairs=pairs,
        pair_count=complex_solution.covers.count * parsimonious.covers.count,
        irredundant=irredundant,
    )


def extremes(table: TruthTable, effort: Effort, deadline: float) -> tuple[Solution, Solution]:
    """The complex and the parsimonious solution."""
    return _complex(table, effort, deadline), _parsimonious(table, effort, deadline)


def intermediate(  # noqa: PLR0913 - one model of each of two solutions
    table: TruthTable,
    expectations: Expectations,
    *,
    complex_solution: Solution,
    at: int,
    parsimonious: Solution,
    beside: int,
    effort: Effort,
    deadline: float,
) -> Pair:
    """The intermediate solution between one complex and one parsimonious model, given by their positions."""
    counterfactuals = _Counterfactuals(table, expectations, effort, deadline)
    return counterfactuals.pair(complex_solution, at, parsimonious, beside)


def assumptions(table: TruthTable, terms: Terms) -> regions.Region | None:
    """The simplifying assumptions: remainders inside the terms. `None` where the space is too large."""
    if table.space.size > regions.LISTED_ROWS:
        return None
    inside = regions.region(table.space, terms.tolist())
    return np.asarray(inside & ~regions.region(table.space, table.positive.tolist()))


def _complex(table: TruthTable, effort: Effort, deadline: float) -> Solution:
    """Nothing is assumed about remainders: they count as negative."""
    return _solve("complex", table, _Positive(table.positive), effort, deadline)


def _parsimonious(table: TruthTable, effort: Effort, deadline: float) -> Solution:
    """Remainders are whatever makes the solution shortest, unless a decision bars them."""
    positive = table.positive
    try:
        primes, complete = primes_against(positive, table.negative, deadline), True
    except OutOfTimeError:
        primes, complete = _one_prime_each(positive, table.negative), False
    return _assemble("parsimonious", table.space, positive, primes, effort, deadline, complete=complete)


@dataclass(frozen=True)
class _Positive:
    """What is positive: rows, and terms that hold together with them (the easy counterfactuals)."""

    terms: Terms
    region: regions.Region | None = None


def _solve(kind: Kind, table: TruthTable, positive: _Positive, effort: Effort, deadline: float) -> Solution:
    """Minimise with everything outside `positive` negative."""
    space = table.space
    complete = True
    if space.size <= SMALL_SPACE:
        inside = positive.region if positive.region is not None else regions.region(space, positive.terms.tolist())
        primes = primes_against(table.positive, regions.rows_of(space, ~inside))
    else:
        try:
            primes = primes_of_union(space, positive.terms, deadline)
        except OutOfTimeError:
            primes, complete = different(positive.terms), False
    return _assemble(kind, space, table.positive, primes, effort, deadline, complete=complete)


def _assemble(
    kind: Kind,
    space: Space,
    positive: Terms,
    primes: Terms,
    effort: Effort,
    deadline: float,
    *,
    complete: bool,
) -> Solution:
    chart = covers(primes, positive)
    useful = chart.any(axis=1)
    primes, chart = primes[useful], chart[useful]
    literals = (primes != FREE).sum(axis=1)
    terms = PAIR_TERMS if kind == "intermediate" else LISTED_TERMS
    found = minimum_covers(chart, literals.tolist(), effort.models, deadline, terms=terms, steps=effort.steps)
    return Solution(
        kind=kind,
        space=space,
        primes=primes,
        chart=chart,
        covers=found,
        essential=_essential(chart, found),
        primes_complete=complete,
    )


def _essential(chart: np.ndarray[tuple[int, int], np.dtype[np.bool_]], found: Covers) -> frozenset[int]:
    """Primes in every minimum model; of an incomplete list, those that alone cover some row."""
    if found.complete:
        return frozenset.intersection(*(frozenset(model) for model in found.models))
    alone = chart.sum(axis=0) == 1
    return frozenset(np.flatnonzero(chart[:, alone].any(axis=1)).tolist())


def _one_prime_each(positive: Terms, negative: Terms) -> Terms:
    """One prime for each positive row, dropping conditions from the last to the first while no negative row enters."""
    found = []
    for row in positive:
        term = row.copy()
        for at in reversed(range(len(row))):
            shorter = term.copy()
            shorter[at] = FREE
            if not covers(shorter[None, :], negative).any():
                term = shorter
        found.append(term)
    return different(np.array(found, dtype=np.int8))


class _Counterfactuals:
    """Easy and difficult counterfactuals, and the intermediate solutions that rest on the easy ones."""

    def __init__(self, table: TruthTable, expectations: Expectations, effort: Effort, deadline: float) -> None:
        self.table = table
        self.expected = [expectations.get(name) for name in table.space.conditions]
        self.effort = effort
        self.deadline = deadline
        self.solved: dict[bytes, Solution] = {}
        self.listed = table.space.size <= regions.LISTED_ROWS
        self.positive = regions.region(table.space, table.positive.tolist()) if self.listed else None

    def pair(self, complex_solution: Solution, at: int, parsimonious: Solution, beside: int) -> Pair:
        complex_terms = complex_solution.terms(complex_solution.models[at])
        parsimonious_terms = parsimonious.terms(parsimonious.models[beside])
        between = self.between(complex_terms, parsimonious_terms)
        if self.positive is None:
            union = different(np.concatenate([between, complex_terms]))
            return Pair(at, beside, None, None, self.solution(_Positive(union), union.tobytes()))
        space = self.table.space
        assumed = regions.region(space, parsimonious_terms.tolist()) & ~self.positive
        easy = assumed & regions.region(space, between.tolist())
        union = np.concatenate([between, complex_terms])
        solution = self.solution(_Positive(union, easy | self.positive), np.packbits(easy).tobytes())
        return Pair(at, beside, regions.numbers(easy), regions.numbers(assumed & ~easy), solution)

    def between(self, complex_terms: Terms, parsimonious_terms: Terms) -> Terms:
        """Complex terms without the conditions that theory expects the other way round.

        For each complex term inside a parsimonious one: a condition of the complex term that the parsimonious one
        does without is dropped when an expectation exists and the term's value is not the expected one.
        """
        found = []
        for parsimonious in parsimonious_terms:
            inside = ((parsimonious == FREE) | (complex_terms == parsimonious)).all(axis=1)
            for term in complex_terms[inside]:
                kept = [
                    FREE
                    if value != FREE and core == FREE and expected is not None and int(value) not in expected
                    else int(value)
                    for value, core, expected in zip(term, parsimonious, self.expected, strict=True)
                ]
                found.append(kept)
        return np.array(found, dtype=np.int8).reshape(-1, len(self.table.space))

    def solution(self, positive: _Positive, key: bytes) -> Solution:
        """The intermediate solution; pairs that accept the same counterfactuals share it."""
        if key not in self.solved:
            self.solved[key] = _solve("intermediate", self.table, positive, self.effort, self.deadline)
        return self.solved[key]
