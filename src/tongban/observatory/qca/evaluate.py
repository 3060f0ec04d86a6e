"""Fit of terms and models, and which model is shown first.

All minimum models of a solution have the same number of terms. They are ordered by the number of literals, then by
the PRI of the whole model from high to low, then alphabetically; the first in this order is the one shown first.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tongban.observatory.qca.fit import Sufficiency, sufficiency
from tongban.observatory.qca.minimise import Solution
from tongban.observatory.qca.sets import FREE, Space, Terms, term_membership
from tongban.observatory.qca.tolerance import Floats

AT_ONCE = 500_000
"""Memberships held at once while models are judged by the thousand."""


@dataclass(frozen=True, slots=True)
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

    def models(self, solution: Solution) -> list[Model]:
        """All listed models, the one shown first in front."""
        return self._build(solution, self._ranked(solution, solution.models))

    def first(self, solution: Solution) -> Model:
        """The model shown first, without working out the others in full."""
        return self._build(solution, [solution.models[self.position_of_first(solution)]])[0]

    def terms_of_first(self, solution: Solution) -> list[tuple[int, ...]]:
        """The terms of the model shown first, in its order, without their fit."""
        first = solution.models[self.position_of_first(solution)]
        return [tuple(solution.primes[at].tolist()) for at in self._ordered(solution, first)]

    def position_of_first(self, solution: Solution) -> int:
        """Where the model shown first stands among the solution's models."""
        if len(solution.models) == 1:
            return 0
        literals = (solution.primes != FREE).sum(axis=1)
        sizes = literals[np.array(solution.models)].sum(axis=1)
        fewest = [solution.models[at] for at in np.flatnonzero(sizes == sizes.min())]
        first = fewest[0] if len(fewest) == 1 else self._ranked(solution, fewest)[0]
        return solution.models.index(first)

    def _ranked(self, solution: Solution, models: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
        """These models by literals, PRI of the whole, and name."""
        literals = (solution.primes != FREE).sum(axis=1)
        positions = np.array(models)
        labels = {at: self.space.label(solution.primes[at].tolist()) for at in np.unique(positions).tolist()}
        whole = np.concatenate([part.max(axis=1) for part in self._in_models(solution, positions)])
        overlap = np.minimum(whole, self.outcome)
        contradiction = np.minimum(overlap, 1 - self.outcome).sum(axis=1)
        size = whole.sum(axis=1) - contradiction
        pri = np.divide(overlap.sum(axis=1) - contradiction, size, out=np.zeros(len(whole)), where=size > 0)
        keys = [
            (int(literals[model].sum()), -round(float(value), 12), sorted(labels[at] for at in model.tolist()))
            for model, value in zip(positions, pri, strict=True)
        ]
        return [models[at] for at in sorted(range(len(keys)), key=keys.__getitem__)]

    def _in_models(self, solution: Solution, positions: npt.NDArray[np.int64]) -> Iterator[Floats]:
        """Memberships of the terms of many models of one size, some models at a time, shape (models, terms, cases)."""
        used, where = np.unique(positions, return_inverse=True)
        memberships = self.memberships(solution.primes[used])
        where = where.reshape(positions.shape)
        step = max(1, AT_ONCE // (positions.shape[1] * len(self.data)))
        for start in range(0, len(where), step):
            yield memberships[where[start : start + step]]

    def _build(self, solution: Solution, models: list[tuple[int, ...]]) -> list[Model]:
        """The models in full."""
        positions = np.array([self._ordered(solution, model) for model in models])
        whole, unique = [], []
        for part in self._in_models(solution, positions):
            whole.extend(part.max(axis=1))
            unique.extend(self._unique(part).tolist())
        once = {at: self._term(solution, at) for at in np.unique(positions).tolist()}
        return [
            Model(
                positions=model,
                terms=tuple(
                    TermFit(unique=alone, **once[at]) for at, alone in zip(order.tolist(), shares, strict=True)
                ),
                fit=sufficiency(together, self.outcome),
            )
            for model, order, shares, together in zip(models, positions, unique, whole, strict=True)
        ]

    def _ordered(self, solution: Solution, model: tuple[int, ...]) -> list[int]:
        """The terms of a model in the order of their raw coverage."""
        return sorted(model, key=lambda at: (-self.term_fit(solution.primes[at]).coverage, at))

    def _term(self, solution: Solution, at: int) -> dict[str, Any]:
        """What is the same of a term in all models: everything but what it alone explains."""
        term = solution.primes[at]
        return {
            "term": self.space.label(term.tolist()),
            "values": tuple(term.tolist()),
            "fit": self.term_fit(term),
            "essential": at in solution.essential,
            "cases": tuple(np.flatnonzero(self.membership(term) > 0.5).tolist()),  # noqa: PLR2004
        }

    def _unique(self, memberships: Floats) -> Floats:
        """Coverage of the union less coverage of the union without the term, shape (models, terms)."""
        terms = memberships.shape[1]
        ordered = np.sort(memberships, axis=1)
        highest = ordered[:, -1:, :]
        second = ordered[:, -2:-1, :] if terms > 1 else np.zeros_like(highest)
        leads = np.arange(terms)[None, :, None] == memberships.argmax(axis=1)[:, None, :]
        others = np.where(leads, second, highest)
        whole = np.minimum(highest, self.outcome).sum(axis=2)
        rest = np.minimum(others, self.outcome).sum(axis=2)
        total = float(self.outcome.sum())
        return (whole - rest) / total if total else np.full(rest.shape, np.nan)
