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
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tongban.observatory.qca.minimum import EPS, Chart, Relaxation, could_meet, minimum_cover, relax


@dataclass(frozen=True)
class Covers:
    """The minimum covers of a chart.

    Attributes:
        size: Primes in the smallest cover found.
        bound: No cover is smaller than this; equal to `size` when the minimum is proven.
        models: Covers of that size, as sorted positions of primes; at most as many as asked for.
        count: How many such covers there are; exact when `complete_count`, otherwise how many were found.
        complete_count: Whether the search ended before the time limit.
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
    chart: Chart, weights: list[int], limit: int, deadline: float | None = None, *, enumerate_all: bool = True
) -> Covers:
    """All smallest sets of primes that cover every row.

    Args:
        chart: Which prime covers which row; every row must have a prime.
        weights: Literals of each prime. They only decide which models come first when not all are listed.
        limit: List at most so many models; the count goes on.
        deadline: `time.monotonic()` at which to settle for the best found.
        enumerate_all: Whether to look for all of them, or to stop at one that is proven to be a minimum.
    """
    if not chart.shape[1]:
        return Covers(size=0, bound=0, models=[()], count=1, complete_count=True)
    classes, members = _classes(chart[:, essential_rows(chart)], weights)
    if len(classes) == classes.shape[1] == int(classes.sum()):  # every prime that matters is the only one for its row
        forced = itertools.islice(itertools.product(*members), limit)
        certain = [tuple(sorted(model)) for model in forced]
        size = len(classes)
        return Covers(size, size, certain, math.prod(map(len, members)), complete_count=True)
    relaxation = relax(classes)
    best = minimum_cover(classes, relaxation, deadline)
    size = len(best.cover)
    example = tuple(sorted(members[at][0] for at in best.cover))
    if best.bound < size or not enumerate_all:
        return Covers(size=size, bound=best.bound, models=[example], count=1, complete_count=False)
    models: list[tuple[int, ...]] = []
    count = 0
    complete = True
    try:
        for cover in _covers_of_size(classes, relaxation, size, deadline):
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
    _, first = np.unique(packed, axis=0, return_index=True)
    rows = packed[np.sort(first)]
    keep = [
        at
        for at, row in enumerate(rows)
        if not any(other != at and not (rows[other] & ~row).any() for other in range(len(rows)))
    ]
    return np.sort(first)[keep]


def irredundant_covers(chart: Chart, limit: int, deadline: float | None = None) -> tuple[list[tuple[int, ...]], bool]:
    """Covers from which no prime can be taken away, of any size, and whether these are all of them.

    Minimal hitting sets by Murakami and Uno's MMCS (2014): every chosen prime keeps a row that only it covers.
    """
    if not chart.shape[1]:
        return [()], True
    classes, members = _classes(chart[:, essential_rows(chart)], [0] * len(chart))
    covered_by = [int.from_bytes(np.packbits(row).tobytes()) for row in classes]
    width = -(-classes.shape[1] // 8) * 8
    of_row = [
        (1 << (width - 1 - row), sum(1 << int(at) for at in np.flatnonzero(classes[:, row])))
        for row in range(classes.shape[1])
    ]
    found: list[tuple[int, ...]] = []
    for cover in _hitting(covered_by, of_row, sum(bit for bit, _ in of_row), (1 << len(classes)) - 1, (), ()):
        if deadline is not None and time.monotonic() > deadline:
            return found, False
        for model in itertools.product(*(members[at] for at in cover)):
            if len(found) >= limit:
                return found, False
            found.append(tuple(sorted(model)))
    return found, True


def _hitting(
    covered_by: list[int],
    of_row: list[tuple[int, int]],
    uncovered: int,
    candidates: int,
    chosen: tuple[int, ...],
    critical: tuple[int, ...],
) -> Iterator[tuple[int, ...]]:
    if not uncovered:
        yield chosen
        return
    branch = min(
        (primes & candidates for bit, primes in of_row if uncovered & bit),
        key=lambda primes: primes.bit_count(),
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
                uncovered & ~covered,
                candidates,
                (*chosen, at),
                (*still_critical, uncovered & covered),
            )
            candidates |= lowest


def _classes(chart: Chart, weights: list[int]) -> tuple[Chart, list[list[int]]]:
    """The different sets of rows that primes cover, and the primes of each, the shortest first."""
    _, first, inverse = np.unique(np.packbits(chart, axis=1), axis=0, return_index=True, return_inverse=True)
    members: list[list[int]] = [[] for _ in first]
    for prime in sorted(range(len(chart)), key=lambda at: (weights[at], at)):
        members[int(inverse[prime])].append(prime)
    used = [at for at, prime in enumerate(first) if chart[prime].any()]
    return chart[first[used]], [members[at] for at in used]


def _covers_of_size(classes: Chart, relaxation: Relaxation, size: int, deadline: float | None) -> Iterator[list[int]]:
    """Every set of `size` classes that covers all rows, each once.

    A partial cover can be completed only if the prices of the rows still open sum to no more than the places left.

    Raises:
        TimeoutError: The deadline passed.
    """
    near = np.flatnonzero(could_meet(classes, relaxation, size))
    chart = classes[near]
    priced = chart * relaxation.prices

    def extend(
        chosen: list[int], uncovered: npt.NDArray[np.bool_], allowed: npt.NDArray[np.int64]
    ) -> Iterator[list[int]]:
        if deadline is not None and time.monotonic() > deadline:
            raise TimeoutError
        places = size - len(chosen)
        if not uncovered.any():
            if not places:
                yield [int(near[at]) for at in chosen]
            return
        open_price = float(relaxation.prices[uncovered].sum())
        gains = priced[np.ix_(allowed, uncovered)].sum(axis=1)
        allowed = allowed[open_price - gains <= places - 1 + EPS]
        open_chart = chart[np.ix_(allowed, uncovered)]
        if places == 1:
            for at in allowed[open_chart.all(axis=1)]:
                yield [int(near[used]) for used in (*chosen, at)]
            return
        choices = open_chart.sum(axis=0)
        rarest = int(choices.argmin()) if len(choices) else 0
        if not len(allowed) or not choices[rarest]:
            return
        branch = allowed[open_chart[:, rarest]]
        rest = allowed[~open_chart[:, rarest]]
        for position, at in enumerate(branch):
            later = np.concatenate([branch[position + 1 :], rest])
            yield from extend([*chosen, int(at)], uncovered & ~chart[at], later)

    yield from extend([], np.ones(classes.shape[1], dtype=np.bool_), np.arange(len(near)))
