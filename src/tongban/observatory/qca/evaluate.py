"""Fit of terms and models, and which model is shown first.

All minimum models of a solution have the same number of terms. They are ordered by the number of literals, then by
the PRI of the whole model from high to low, then alphabetically; the first in this order is the one shown first.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tongban.observatory.qca.fit import Sufficiency, ratio, sufficiency
from tongban.observatory.qca.minimise import Solution
from tongban.observatory.qca.sets import FREE, Space, Terms, term_membership
from tongban.observatory.qca.tolerance import Floats


@dataclass(frozen=True)
class TermFit:
    """One path of a model: its fit, what it alone explains, and the cases in it."""

    term: str
    values: tuple[int, ...]
    fit: Sufficiency
    unique: float
    essential: bool
    cases: tuple[int, ...]


@dataclass(frozen=True)
class Model:
    """A minimum model with its fit."""

    positions: tuple[int, ...]
    terms: tuple[TermFit, ...]
    fit: Sufficiency

    @property
    def literals(self) -> int:
        return sum(value != FREE for term in self.terms for value in term.values)


class Evaluator:
    """Fit of terms over one data set and outcome; memberships of terms are computed once."""

    def __init__(self, space: Space, data: Floats, outcome: Floats) -> None:
        self.space = space
        self.data = data
        self.outcome = outcome
        self._memberships: dict[bytes, Floats] = {}
        self._fits: dict[bytes, Sufficiency] = {}

    def membership(self, term: Terms) -> Floats:
        key = term.tobytes()
        if key not in self._memberships:
            self._memberships[key] = term_membership(self.space, self.data, term.tolist())
        return self._memberships[key]

    def term_fit(self, term: Terms) -> Sufficiency:
        key = term.tobytes()
        if key not in self._fits:
            self._fits[key] = sufficiency(self.membership(term), self.outcome)
        return self._fits[key]

    def memberships(self, terms: Terms) -> Floats:
        """Shape (terms, cases)."""
        return np.array([self.membership(term) for term in terms]).reshape(len(terms), len(self.data))

    def model(self, solution: Solution, positions: Sequence[int]) -> Model:
        """The model with these primes, terms in the order of their raw coverage."""
        order = sorted(positions, key=lambda at: (-self.term_fit(solution.primes[at]).coverage, at))
        terms = solution.primes[order]
        memberships = self.memberships(terms)
        whole = memberships.max(axis=0)
        return Model(
            positions=tuple(positions),
            terms=tuple(
                TermFit(
                    term=self.space.label(term.tolist()),
                    values=tuple(term.tolist()),
                    fit=self.term_fit(term),
                    unique=unique,
                    essential=at in solution.essential,
                    cases=tuple(np.flatnonzero(self.membership(term) > 0.5).tolist()),  # noqa: PLR2004
                )
                for at, term, unique in zip(order, terms, self._unique(memberships), strict=True)
            ),
            fit=sufficiency(whole, self.outcome),
        )

    def models(self, solution: Solution) -> list[Model]:
        """All listed models, the one shown first in front."""
        found = [self.model(solution, positions) for positions in solution.models]
        return sorted(
            found,
            key=lambda model: (
                len(model.terms),
                model.literals,
                -model.fit.pri,
                [term.term for term in model.terms],
            ),
        )

    def _unique(self, memberships: Floats) -> list[float]:
        """Coverage of the union less coverage of the union without the term, for each term."""
        whole = np.minimum(memberships.max(axis=0), self.outcome).sum()
        total = float(self.outcome.sum())
        unique = []
        for at in range(len(memberships)):
            others = np.delete(memberships, at, axis=0)
            rest = np.minimum(others.max(axis=0), self.outcome).sum() if len(others) else 0.0
            unique.append(ratio(float(whole - rest), total))
        return unique
