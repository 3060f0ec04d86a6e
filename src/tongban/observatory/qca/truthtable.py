"""The truth table: which configurations were observed, and which of them show the outcome.

A case belongs to the row in which its membership is strictly above 0.5; a case with exactly 0.5 in any condition
belongs to none. A row's consistency and PRI are those of the row as a fuzzy set over *all* cases (Ragin 2008, ch. 7).
"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from tongban.observatory.qca.fit import Sufficiency, sufficiencies
from tongban.observatory.qca.sets import Space, Terms, row_memberships
from tongban.observatory.qca.tolerance import Floats, is_half, meets

Out = Literal["1", "0", "?"]

AT_ONCE = 500_000
"""Memberships held at once while rows are judged by the thousand."""


@dataclass(frozen=True)
class Cuts:
    """The thresholds of a truth table: row consistency, row PRI, and cases a row must hold to be judged."""

    consistency: float = 0.8
    pri: float = 0.0
    frequency: int = 1


@dataclass(frozen=True)
class Row:
    """One observed configuration.

    Attributes:
        number: From 1; the first condition is the most significant digit.
        config: The value of each condition.
        out: "1", "0", or "?" for a row with fewer cases than the frequency cut.
        cases: Positions of the cases that belong to it.
        deviant: Positions of those that lack the outcome (below 0.5).
        fit: Consistency, PRI and coverage of the row.
        edited: Why a decision of the researcher stands in `out` instead of the cut-offs, if one does.
    """

    number: int
    config: tuple[int, ...]
    out: Out
    cases: tuple[int, ...]
    deviant: tuple[int, ...]
    fit: Sufficiency
    edited: str | None = None


@dataclass(frozen=True)
class Edit:
    """A recorded decision about one row: what its outcome is taken to be, and why."""

    row: int
    out: Out
    reason: str


@dataclass(frozen=True)
class TruthTable:
    """Observed rows by number, with the decisions about remainders."""

    space: Space
    cuts: Cuts
    rows: tuple[Row, ...]
    excluded: tuple[int, ...] = ()
    edits: tuple[Edit, ...] = field(default=())

    @property
    def positive(self) -> Terms:
        return self._configs("1")

    @property
    def negative(self) -> Terms:
        """Observed rows without the outcome, and remainders that may not be assumed to have it."""
        excluded = [self.space.row(number) for number in self.excluded]
        return np.concatenate([self._configs("0"), np.array(excluded, dtype=np.int8).reshape(-1, len(self.space))])

    def count(self, out: Out) -> int:
        return sum(row.out == out for row in self.rows)

    @property
    def remainders(self) -> int:
        """Rows of the property space that are neither positive nor negative (R's count, rows below n_cut included)."""
        return self.space.size - self.count("1") - self.count("0")

    def _configs(self, out: Out) -> Terms:
        chosen = [row.config for row in self.rows if row.out == out]
        return np.array(chosen, dtype=np.int8).reshape(-1, len(self.space))


def space_of(conditions: tuple[str, ...], data: Floats) -> Space:
    """The property space of calibrated data: two values for a crisp or fuzzy set, more for a multi-value one."""
    levels = tuple(max(2, int(column.max()) + 1) if len(column) else 2 for column in data.T)
    return Space(conditions, levels, multi_value=any(count > 2 for count in levels))  # noqa: PLR2004


def configurations(space: Space, data: Floats) -> tuple[Terms, npt.NDArray[np.bool_]]:
    """The row each case belongs to, and whether it belongs to one at all."""
    fuzzy = np.array([count == 2 for count in space.levels])  # noqa: PLR2004
    configs = np.where(fuzzy, data > 0.5, data).astype(np.int8)  # noqa: PLR2004
    return configs, ~(is_half(data) & fuzzy).any(axis=1)


def truth_table(space: Space, data: Floats, outcome: Floats, cuts: Cuts, edits: tuple[Edit, ...] = ()) -> TruthTable:
    """Every observed row, judged by the cut-offs and then by the researcher's recorded decisions.

    Args:
        space: The conditions.
        data: Memberships, shape (cases, conditions).
        outcome: Memberships in the outcome (already negated for `~Y`).
        cuts: Thresholds; a figure meets its cut at equality within 1.49e-8.
        edits: Decisions about rows. One about an unobserved row with outcome "0" bars it as a remainder.

    Raises:
        ValueError: An edit names a row that does not exist, or gives an unobserved row the outcome "1".
    """
    configs, placed = configurations(space, data)
    members: dict[int, list[int]] = {}
    at_home = np.flatnonzero(placed).tolist()
    for case, number in zip(at_home, space.row_numbers(configs[placed]), strict=True):
        members.setdefault(number, []).append(case)
    numbers = sorted(members)
    observed = configs[[members[number][0] for number in numbers]]
    lacks = (outcome < 0.5).tolist()  # noqa: PLR2004
    decisions = {edit.row: edit for edit in edits}
    rows = []
    for number, config, fit in zip(numbers, observed.tolist(), _fits(space, data, observed, outcome), strict=True):
        cases = tuple(members[number])
        decision = decisions.pop(number, None)
        rows.append(
            Row(
                number=number,
                config=tuple(config),
                out=decision.out if decision else _judge(fit, len(cases), cuts),
                cases=cases,
                deviant=tuple(case for case in cases if lacks[case]),
                fit=fit,
                edited=decision.reason if decision else None,
            )
        )
    for edit in decisions.values():
        if not 1 <= edit.row <= space.size:
            raise ValueError(f"row {edit.row} does not exist; rows are 1 to {space.size}")
        if edit.out == "1":
            raise ValueError(f"row {edit.row} holds no case, so it can be barred (0) but not made positive")
    excluded = tuple(sorted(edit.row for edit in decisions.values() if edit.out == "0"))
    return TruthTable(space, cuts, tuple(rows), excluded, edits)


def _fits(space: Space, data: Floats, rows: Terms, outcome: Floats) -> list[Sufficiency]:
    """The fit of each row over all cases, some rows at a time."""
    step = max(1, AT_ONCE // max(1, len(data)))
    return [
        fit
        for start in range(0, len(rows), step)
        for fit in sufficiencies(row_memberships(space, data, rows[start : start + step]), outcome)
    ]


def _judge(fit: Sufficiency, cases: int, cuts: Cuts) -> Out:
    if cases < cuts.frequency:
        return "?"
    return "1" if meets(fit.consistency, cuts.consistency) and meets(fit.pri, cuts.pri) else "0"
