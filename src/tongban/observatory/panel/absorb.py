"""Taking fixed effects out of columns, exactly, also for unbalanced two-way panels.

One way is subtracting group means. Two ways on an unbalanced panel is not two subtractions: with dummies D_l of the
larger and D_s of the smaller dimension the effects b of the smaller solve S b = D_s' M_l v with
S = D_s' D_s - D_s' D_l (D_l' D_l)^-1 D_l' D_s (Wansbeek & Kapteyn 1989; the Schur complement of the normal equations).
S is solved densely while it is small, else by conjugate gradients to machine precision. No iteration stops early, so
nothing drifts.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from tongban.observatory.errors import StudyError

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]

DENSE_SIDE = 1500
"""The larger S is solved by conjugate gradients: a dense solution costs its cube."""
DENSE_CELLS = 8_000_000
_CG_STEPS = 2000
_CG_PRECISION = 1e-10
"""Of one pass; the passes refine each other, so that rounding inside a pass does not stay."""
_PASSES = 8
_PRECISION = 1e-14
_ENOUGH = 1e-10


@dataclass(frozen=True)
class Groups:
    """Rows in groups: a code from 0 for each row, and how many groups there are."""

    codes: Codes
    size: int

    @cached_property
    def counts(self) -> Floats:
        found: Floats = np.bincount(self.codes, minlength=self.size).astype(np.float64)
        return found

    def sums(self, values: Floats) -> Floats:
        found: Floats = np.bincount(self.codes, weights=values, minlength=self.size).astype(np.float64, copy=False)
        return found

    def means(self, values: Floats) -> Floats:
        return self.sums(values) / self.counts

    def within(self, values: Floats) -> Floats:
        """Deviations from group means."""
        return values - self.means(values)[self.codes]


def groups_of(labels: npt.NDArray[Any]) -> Groups:
    """Groups by label, codes in sorted order of the labels."""
    if labels.dtype.kind in "iu" and len(labels):
        low, high = int(labels.min()), int(labels.max())
        if high - low < 4 * len(labels):  # whole numbers close together need no sorting
            shifted = labels.astype(np.intp) - low
            there = np.zeros(high - low + 1, dtype=bool)
            there[shifted] = True
            return Groups((np.cumsum(there) - 1)[shifted].astype(np.intp, copy=False), int(there.sum()))
    found, codes = np.unique(labels, return_inverse=True)
    return Groups(codes.astype(np.intp, copy=False), len(found))


class OneWay:
    """One set of effects."""

    def __init__(self, groups: Groups) -> None:
        self.groups = groups

    @property
    def parameters(self) -> int:
        """Effects taken out, the constant among them."""
        return self.groups.size

    def residual(self, values: Floats) -> Floats:
        return self.groups.within(values)


class TwoWay:
    """Entity and period effects."""

    def __init__(self, first: Groups, second: Groups) -> None:
        self.large, self.small = (first, second) if first.size >= second.size else (second, first)
        self.balanced = len(first.codes) == first.size * second.size and bool(
            np.all(first.counts == second.size) and np.all(second.counts == first.size)
        )

    @cached_property
    def components(self) -> Codes:
        """For each group of the smaller side, the connected part of the panel it belongs to, numbered from 0."""
        if self.balanced:
            return np.zeros(self.small.size, dtype=np.intp)
        label = np.arange(self.small.size)
        while True:
            of_large = np.full(self.large.size, self.small.size)
            np.minimum.at(of_large, self.large.codes, label[self.small.codes])
            found = label.copy()
            np.minimum.at(found, self.small.codes, of_large[self.large.codes])
            found = found[found]  # two labels that met stay together: paths halve in every round
            if np.array_equal(found, label):
                return np.unique(label, return_inverse=True)[1].astype(np.intp)
            label = found

    @property
    def parameters(self) -> int:
        """Independent effects taken out: groups of both sides less one for each connected part."""
        return self.large.size + self.small.size - (int(self.components.max()) + 1)

    def residual(self, values: Floats) -> Floats:
        """The column without its effects; what is left sums to zero in every group of both sides.

        Raises:
            StudyError: Conjugate gradients did not reach machine precision (never seen; no silent drift).
        """
        left = self.large.within(values)
        if self.balanced:
            return left - self.small.means(left)[self.small.codes]
        scale = float(self.small.sums(np.abs(values)).max()) or 1.0  # what is absorbed leaves only rounding
        before = np.inf
        for _ in range(_PASSES):  # the first pass solves; the others refine what rounding left
            sums = self.small.sums(left)
            off = float(np.abs(sums).max()) / scale
            if off <= _PRECISION or off >= before / 2:
                break
            before = off
            left = self.large.within(left - self._solve(sums, _PRECISION * scale)[self.small.codes])
        if float(np.abs(self.small.sums(left)).max()) > _ENOUGH * scale:
            raise StudyError(
                f"the effects of {self.large.size} and {self.small.size} groups could not be solved to machine "
                "precision; the panel hangs together by too few rows"
            )
        return left

    def _solve(self, sums: Floats, exact: float) -> Floats:
        if self._factor is not None:
            kept, inverse = self._factor
            effects = np.zeros(self.small.size)
            effects[kept] = inverse @ sums[kept]
            return effects
        return self._conjugate_gradients(sums, exact)

    @cached_property
    def _factor(self) -> tuple[Codes, Floats] | None:
        """S without one group a connected part (its effect is the reference), inverted; nothing where S is too big."""
        size = self.small.size
        if size > DENSE_SIDE or size * self.large.size > max(DENSE_CELLS, 2 * len(self.small.codes)):
            return None
        cells = np.bincount(self.large.codes * size + self.small.codes, minlength=size * self.large.size)
        counts = cells.reshape(self.large.size, size).astype(np.float64)
        schur = np.diag(self.small.counts) - counts.T @ (counts / self.large.counts[:, None])
        references = np.unique(self.components, return_index=True)[1]
        kept = np.setdiff1d(np.arange(size), references).astype(np.intp)
        inverse: Floats = np.linalg.inv(schur[np.ix_(kept, kept)]).astype(np.float64, copy=False)
        return kept, inverse

    def _conjugate_gradients(self, sums: Floats, exact: float) -> Floats:
        """S b = sums, preconditioned by the diagonal of the counts.

        The sums lie in the range of S but for rounding, so it ends too when they are as small as `exact`.
        """
        counts = self.small.counts
        effects = np.zeros_like(sums)
        residual = sums.copy()
        ahead = residual / counts
        direction = ahead.copy()
        weight = float(residual @ ahead)
        goal = weight * _CG_PRECISION**2
        for _ in range(_CG_STEPS):
            if weight <= goal or float(np.abs(residual).max()) <= exact:
                return effects
            moved = self.small.sums(self.large.within(direction[self.small.codes]))
            step = weight / float(direction @ moved)
            effects += step * direction
            residual -= step * moved
            ahead = residual / counts
            before, weight = weight, float(residual @ ahead)
            direction = ahead + (weight / before) * direction
        return effects


Absorber = OneWay | TwoWay
