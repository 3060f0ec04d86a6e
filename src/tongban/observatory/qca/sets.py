"""Conditions, terms and their memberships.

A *term* is a conjunction such as `A*~B`. It is held as one integer per condition: the value the condition must
take, or `FREE` where the term does not speak of it. A *row* of the truth table is a term without `FREE`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from tongban.observatory.qca.tolerance import Floats

Ints = npt.NDArray[np.int64]
Terms = npt.NDArray[np.int8]
"""Shape (terms, conditions)."""

FREE = -1


@dataclass(frozen=True)
class Space:
    """The property space: the conditions in order and the number of values each can take.

    The first condition is the most significant digit of a row's number, and rows count from 1 (R's convention).
    """

    conditions: tuple[str, ...]
    levels: tuple[int, ...]
    multi_value: bool = False

    def __len__(self) -> int:
        return len(self.conditions)

    @cached_property
    def size(self) -> int:
        """The number of rows of the full truth table; an exact integer of any size."""
        total = 1
        for levels in self.levels:
            total *= levels
        return total

    @cached_property
    def bases(self) -> tuple[int, ...]:
        """What a unit of each condition adds to a row's number."""
        weights = [1]
        for levels in reversed(self.levels[1:]):
            weights.append(weights[-1] * levels)
        return tuple(reversed(weights))

    def row_numbers(self, rows: Terms) -> list[int]:
        """The numbers, from 1, of complete rows."""
        weights = np.array(self.bases, dtype=object if self.size > 2**62 else np.int64)
        return [int(number) + 1 for number in rows.astype(weights.dtype) @ weights]

    def row(self, number: int) -> Terms:
        """The configuration of the row with this number, shape (conditions,)."""
        rest = number - 1
        return np.array(
            [rest // base % levels for base, levels in zip(self.bases, self.levels, strict=True)],
            dtype=np.int8,
        )

    def label(self, term: Iterable[int]) -> str:
        """The term as written: `A*~B`, or `A[2]*B[0]` with multi-value sets; `1` for the term that is always true."""
        literals = self._literals
        return "*".join([literals[at][value] for at, value in enumerate(term) if value != FREE]) or "1"

    @cached_property
    def _literals(self) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(self.literal(at, value) for value in range(count)) for at, count in enumerate(self.levels))

    def literal(self, at: int, value: int) -> str:
        name = self.conditions[at]
        if self.multi_value:
            return f"{name}[{value}]"
        return name if value == 1 else f"~{name}"

    def labels(self, terms: Terms) -> list[str]:
        return [self.label(term) for term in terms.tolist()]

    def parse(self, text: str) -> Terms:
        """The term written as `A*~B` or `A[2]*~B`; shape (conditions,).

        Raises:
            ValueError: A literal names no condition of this study, or a value it cannot take.
        """
        term = np.full(len(self), FREE, dtype=np.int8)
        if text.strip() == "1":
            return term
        for literal in text.split("*"):
            name = literal.strip()
            value = 1
            if name.startswith("~"):
                name, value = name[1:].strip(), 0
            elif name.endswith("]") and "[" in name:
                name, _, digits = name[:-1].partition("[")
                value = int(digits)
            if name not in self.conditions:
                raise ValueError(f"“{literal.strip()}” names no condition; conditions are {', '.join(self.conditions)}")
            at = self.conditions.index(name)
            if not 0 <= value < self.levels[at]:
                raise ValueError(f"“{literal.strip()}”: {name} has values 0 to {self.levels[at] - 1}")
            term[at] = value
        return term


def literal_membership(column: Floats, value: int, levels: int) -> Floats:
    """Membership in one literal: the set, its negation, or the cases that have a value of a multi-value set."""
    if levels > 2:  # noqa: PLR2004 - two values make a crisp or fuzzy set, more a multi-value one
        return np.asarray(column == value, dtype=np.float64)
    return column if value == 1 else 1 - column


def term_membership(space: Space, data: Floats, term: Iterable[int]) -> Floats:
    """Membership of every case in a conjunction: the minimum over its literals (1 for the empty one)."""
    membership = np.ones(len(data))
    for at, value in enumerate(term):
        if value != FREE:
            membership = np.minimum(membership, literal_membership(data[:, at], value, space.levels[at]))
    return membership


def row_memberships(space: Space, data: Floats, rows: Terms) -> Floats:
    """Membership of every case in each of several complete rows, shape (rows, cases)."""
    memberships = np.ones((len(rows), len(data)))
    for at, levels in enumerate(space.levels):
        literals = np.array([literal_membership(data[:, at], value, levels) for value in range(levels)])
        np.minimum(memberships, literals[rows[:, at]], out=memberships)
    return memberships


def union(memberships: Sequence[Floats], cases: int) -> Floats:
    """Membership in a disjunction: the maximum (0 for the empty one)."""
    return np.maximum.reduce(memberships) if memberships else np.zeros(cases)


def covers(terms: Terms, rows: Terms) -> npt.NDArray[np.bool_]:
    """Which term holds in which row, shape (terms, rows). Rows may themselves be terms: then containment."""
    holds = np.ones((len(terms), len(rows)), dtype=np.bool_)
    for at in range(terms.shape[1]):
        literal = terms[:, at, None]
        holds &= (literal == FREE) | (literal == rows[None, :, at])
    return holds


def different(terms: Terms) -> Terms:
    """The different terms, sorted."""
    if not len(terms):
        return terms
    most = int(terms.max()) + 2
    if most ** terms.shape[1] >= 2**62:
        return np.asarray(np.unique(terms, axis=0))
    # One number a term, in the order of the terms, sorts many times faster than rows do.
    keys = np.zeros(len(terms), dtype=np.int64)
    for column in terms.T:
        keys *= most
        keys += column + 1
    _, first = np.unique(keys, return_index=True)
    return terms[first]


def expand(space: Space, terms: Terms) -> set[int]:
    """The numbers of all rows inside any of the terms. Grows with the rows, so it is for small spaces."""
    numbers: set[int] = set()
    for term in terms.tolist():
        inside = [1]
        for at, value in enumerate(term):
            digits = range(space.levels[at]) if value == FREE else (value,)
            inside = [number + digit * space.bases[at] for number in inside for digit in digits]
        numbers.update(inside)
    return numbers
