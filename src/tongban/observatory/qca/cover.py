"""Minimum covers of a prime implicant chart: the smallest sets of primes that cover every positive row.

All of them, with their number and the proof. In order:

1. a row whose primes include all primes of another row needs no attention (whoever covers the other covers it);
2. primes that then cover the same rows are one *class*: any member serves in the place of any other;
3. `minimum` finds the smallest size and proves it; a class whose reduced cost lifts the lower bound above that
   size is in no minimum cover;
4. a depth-first search over the classes left lists the minimum covers, pruned by the prices of the rows.

The number of models is exact even when there are more of them than anyone would list.
"""

import itertools
import math
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tongban.observatory.qca.minimum import EPS, Chart, Relaxation, could_meet, minimum_cover, relax
from tongban.observatory.qca.tolerance import Floats

Mask = npt.NDArray[np.bool_]

UNLIMITED = sys.maxsize

STEP_SIZE = 50_000
"""Cells of a chart that one step of the search goes through; with a larger chart a step counts for several."""
SHRINK = 2
"""The search goes on with a part of the chart once so many times fewer classes are still allowed."""
LISTED_TERMS = 20_000
"""The models listed have no more terms than this together; of models with eighty terms nobody reads ten thousand."""


@dataclass(frozen=True)
class Covers:
    """The minimum covers of a chart.

    Attributes:
        size: Primes in the smallest cover found.
        bound: No cover is smaller than this; equal to `size` when the minimum is proven.
        models: Covers of that size, as sorted positions of primes; at most as many as asked for.
        count: How many such covers there are; exact when `complete_count`, otherwise how many were found.
        complete_count: Whether the search ended by itself, before the time limit and the limit of its steps.
    """

    size: int
    bound: int
    models: list[tuple[int, ...]]
    count: int
    complete_count: bool

    @property
    def proven(self) -> bool:
        return self.bound >= self.size

    @property
    def complete(self) -> bool:
        """Whether `models` holds every minimum cover."""
        return self.proven and self.complete_count and len(self.models) == self.count


def minimum_covers(
    chart: Chart,
    weights: list[int],
    limit: int,
    deadline: float | None = None,
    *,
    terms: int = LISTED_TERMS,
    steps: int = UNLIMITED,
    enumerate_all: bool = True,
) -> Covers:
    """All smallest sets of primes that cover every row.

    Args:
        chart: Which prime covers which row; every row must have a prime.
        weights: Literals of each prime. They only decide which models come first when not all are listed.
        limit: List at most so many models; the count goes on.
        deadline: `time.monotonic()` at which to settle for the best found.
        terms: List no more models than have so many terms together, one at least.
        steps: Look for further covers for at most so many steps of the search; unlike a time limit this gives the same
            answer on every machine.
        enumerate_all: Whether to look for all of them, or to stop at one that is proven to be a minimum.
    """
    if not chart.shape[1]:
        return Covers(size=0, bound=0, models=[()], count=1, complete_count=True)
    classes, members = _classes(chart[:, essential_rows(chart)], weights)
    if len(classes) == classes.shape[1] == int(classes.sum()):  # every prime that matters is the only one for its row
        size = len(classes)
        forced = itertools.islice(itertools.product(*members), min(limit, max(1, terms // size)))
        certain = [tuple(sorted(model)) for model in forced]
        return Covers(size, size, certain, math.prod(map(len, members)), complete_count=True)
    relaxation = relax(classes)
    best = minimum_cover(classes, relaxation, deadline)
    size = len(best.cover)
    example = tuple(sorted(members[at][0] for at in best.cover))
    if best.bound < size or not enumerate_all:
        return Covers(size=size, bound=best.bound, models=[example], count=1, complete_count=False)
    limit = min(limit, max(1, terms // size))
    models: list[tuple[int, ...]] = []
    count = 0
    complete = True
    try:
        for cover in _covers_of_size(classes, relaxation, size, deadline, steps):
            alternatives = [members[at] for at in cover]
            count += math.prod(map(len, alternatives))
            chosen = itertools.islice(itertools.product(*alternatives), max(0, limit - len(models)))
            models.extend(tuple(sorted(model)) for model in chosen)
    except TimeoutError:
        complete = False
        if not models:
            models, count = [example], 1
    return Covers(size=size, bound=best.bound, models=models, count=count, complete_count=complete)


def essential_rows(chart: Chart) -> npt.NDArray[np.int64]:
    """Positions of the rows that decide: those whose primes include all primes of another row follow by themselves."""
    packed = np.packbits(chart.T, axis=1)
    rows = _different(packed)[0]
    lines = packed[rows]
    # A row stays when, of all different rows, only its own primes lie within its primes.
    keep = [int((~(lines & ~line).any(axis=1)).sum()) == 1 for line in lines]
    return rows[keep]


def irredundant_covers(
    chart: Chart, limit: int, deadline: float | None = None, *, steps: int = UNLIMITED
) -> tuple[list[tuple[int, ...]], bool]:
    """Covers from which no prime can be taken away, of any size, and whether these are all of them.

    Minimal hitting sets by Murakami and Uno's MMCS (2014): every chosen prime keeps a row that only it covers.

    Args:
        chart: Which prime covers which row; every row must have a prime.
        limit: Stop at so many.
        deadline: `time.monotonic()` at which to stop.
        steps: Stop after so many steps of the search.
    """
    if not chart.shape[1]:
        return [()], True
    classes, members = _classes(chart[:, essential_rows(chart)], [0] * len(chart))
    covered_by = [int.from_bytes(np.packbits(row).tobytes()) for row in classes]
    width = -(-classes.shape[1] // 8) * 8
    of_row = [
        (1 << (width - 1 - row), int.from_bytes(np.packbits(column, bitorder="little").tobytes(), "little"))
        for row, column in enumerate(classes.T)
    ]
    left = itertools.repeat(None, steps // (1 + classes.size // STEP_SIZE) if steps < UNLIMITED else UNLIMITED)
    found: list[tuple[int, ...]] = []
    try:
        for cover in _hitting(covered_by, of_row, (sum(bit for bit, _ in of_row), (1 << len(classes)) - 1), left):
            if deadline is not None and time.monotonic() > deadline:
                return found, False
            for model in itertools.product(*(members[at] for at in cover)):
                if len(found) >= limit:
                    return found, False
                found.append(tuple(sorted(model)))
    except TimeoutError:
        return found, False
    return found, True


def _hitting(
    covered_by: list[int],
    of_row: list[tuple[int, int]],
    open_to: tuple[int, int],
    left: Iterator[None],
    chosen: tuple[int, ...] = (),
    critical: tuple[int, ...] = (),
) -> Iterator[tuple[int, ...]]:
    """Every minimal hitting set that extends `chosen`; `open_to` has the rows still open and the primes allowed.

    Raises:
        TimeoutError: There are no steps left.
    """
    uncovered, candidates = open_to
    if not uncovered:
        yield chosen
        return
    if next(left, 1) is not None:
        raise TimeoutError
    branch = min(
        (primes & candidates for bit, primes in of_row if uncovered & bit),
        key=int.bit_count,
    )
    candidates &= ~branch
    while branch:
        lowest = branch & -branch
        branch ^= lowest
        at = lowest.bit_length() - 1
        covered = covered_by[at]
        still_critical = tuple(rows & ~covered for rows in critical)
        if all(still_critical):
            yield from _hitting(
                covered_by,
                of_row,
                (uncovered & ~covered, candidates),
                left,
                (*chosen, at),
                (*still_critical, uncovered & covered),
            )
            candidates |= lowest


def _classes(chart: Chart, weights: list[int]) -> tuple[Chart, list[list[int]]]:
    """The different sets of rows that primes cover, and the primes of each, the shortest first."""
    first, inverse = _different(np.packbits(chart, axis=1))
    members: list[list[int]] = [[] for _ in first]
    for prime, place in zip(
        order := np.argsort(np.array(weights), kind="stable").tolist(), inverse[order].tolist(), strict=True
    ):
        members[place].append(prime)
    used = np.flatnonzero(chart[first].any(axis=1))
    return chart[first[used]], [members[at] for at in used]


def _different(packed: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Where each different line stands first, in the order of the lines, and which of them each line is."""
    whole = np.ascontiguousarray(packed).view(np.dtype((np.void, packed.shape[1]))).ravel()
    _, first, inverse = np.unique(whole, return_index=True, return_inverse=True)
    return first, inverse


def _covers_of_size(
    classes: Chart, relaxation: Relaxation, size: int, deadline: float | None, most_steps: int
) -> Iterator[list[int]]:
    """Every set of `size` classes that covers all rows, each once.

    A partial cover can be completed only if the prices of the rows still open sum to no more than the places left.

    Raises:
        TimeoutError: The deadline passed, or the search took `most_steps`.
    """
    near = np.flatnonzero(could_meet(classes, relaxation, size))
    steps = max(1, most_steps // (1 + len(near) * classes.shape[1] // STEP_SIZE))
    search = _Search(relaxation.prices, size, deadline, itertools.repeat(None, steps))
    whole = _Part(near, classes[near].astype(np.float64))
    return search.extend([], np.ones(classes.shape[1], dtype=np.bool_), np.ones(len(near), dtype=np.bool_), whole)


@dataclass(frozen=True)
class _Part:
    """Some classes of a chart: their positions, and which row each covers as 0 and 1, which multiplies fast."""

    places: npt.NDArray[np.int64]
    holds: Floats

    def only(self, chosen: Mask) -> "_Part":
        return _Part(self.places[chosen], self.holds[chosen])

    def closing(self, uncovered: Mask, allowed: Mask) -> list[int]:
        """The allowed classes that cover all open rows."""
        found: list[int] = self.places[allowed & (self.holds @ uncovered == uncovered.sum())].tolist()
        return found

    def closing_pairs(self, uncovered: Mask, allowed: Mask, branches: Mask) -> list[list[int]]:
        """The pairs of allowed classes, one of them in `branches`, that cover all open rows between them."""
        order = np.concatenate([np.flatnonzero(branches), np.flatnonzero(allowed & ~branches)])
        missed = 1 - self.holds[np.ix_(order, uncovered)]
        pairs = np.argwhere(np.triu(missed[: int(branches.sum())] @ missed.T == 0, 1))
        found: list[list[int]] = self.places[order[pairs]].tolist()
        return found


@dataclass(frozen=True)
class _Search:
    """The depth-first search for covers of one size."""

    prices: Floats
    size: int
    deadline: float | None
    left: Iterator[None]

    def extend(self, chosen: list[int], uncovered: Mask, allowed: Mask, within: _Part) -> Iterator[list[int]]:
        """Every cover that has `chosen` and beside them allowed classes of `within` alone."""
        if next(self.left, 1) is not None or (self.deadline is not None and time.monotonic() > self.deadline):
            raise TimeoutError
        places = self.size - len(chosen)
        if not uncovered.any():
            if not places:
                yield chosen
            return
        open_prices = np.where(uncovered, self.prices, 0.0)
        allowed = allowed & (within.holds @ open_prices >= open_prices.sum() - places + 1 - EPS)
        choices = np.where(uncovered, allowed @ within.holds, np.inf)
        rarest = int(choices.argmin())
        if not choices[rarest]:
            return
        if allowed.sum() * SHRINK < len(allowed):
            within, allowed = within.only(allowed), np.ones(int(allowed.sum()), dtype=np.bool_)
        branches = allowed & (within.holds[:, rarest] > 0)
        if places == 1:
            yield from ([*chosen, at] for at in within.closing(uncovered, allowed))
        elif places == 2:  # noqa: PLR2004 - the last two at once
            yield from ([*chosen, *pair] for pair in within.closing_pairs(uncovered, allowed, branches))
        else:
            for at in np.flatnonzero(branches):
                allowed[at] = False
                rows = uncovered & (within.holds[at] == 0)
                yield from self.extend([*chosen, int(within.places[at])], rows, allowed, within)
