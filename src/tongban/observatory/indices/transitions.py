"""Moves between levels: rules over paths, a path being the level of an entity in every period.

Grids hold one path a row, shape (paths, periods), with levels from 1 and 0 where there is no level.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from tongban.observatory.indices.request import Rule

Path = tuple[int, ...]
Grid = npt.NDArray[np.int8]
"""Levels, shape (paths or entities, periods); 0 where there is no level."""
Bools = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.int64]
"""How many entities took each path."""
Codes = npt.NDArray[np.intp]

_PAIR = 128
"""A start and an end in one number: more than there are levels in a grid of bytes."""


@dataclass(frozen=True)
class Ends:
    """Where each path starts and ends by a rule; 0 in both where it has no level that the rule needs."""

    start: Grid
    end: Grid


def ends(grid: Grid, rule: Rule) -> Ends:
    """Start and end of each path.

    - `first-last`: the first and the last period; both must have a level.
    - `lowest-later-highest`: the lowest level, at its first time, and the highest level from then on. A dip at the
      start is so taken as the true start, and a dip at the end is passed over; no path falls by this rule.
    - `any-path`: the first and the last level there is.
    """
    if rule == "lowest-later-highest":
        low, at = lowest(grid)
        later = np.arange(grid.shape[1]) >= at[:, None]
        return Ends(low, np.where(later, grid, 0).max(axis=1).astype(np.int8))
    if rule == "first-last":
        both = (grid[:, 0] > 0) & (grid[:, -1] > 0)
        return Ends(np.where(both, grid[:, 0], 0).astype(np.int8), np.where(both, grid[:, -1], 0).astype(np.int8))
    there = grid > 0
    first, last = there.argmax(axis=1), grid.shape[1] - 1 - there[:, ::-1].argmax(axis=1)
    line = np.arange(len(grid))
    return Ends(grid[line, first], grid[line, last])


def lowest(grid: Grid) -> tuple[Grid, npt.NDArray[np.intp]]:
    """The lowest level of each path (0 where it has none at all) and the first period with it."""
    beyond = np.int8(127)
    filled = np.where(grid > 0, grid, beyond).astype(np.int8)
    at = filled.argmin(axis=1)
    low = filled[np.arange(len(grid)), at]
    return np.where(low == beyond, 0, low).astype(np.int8), at


@dataclass(frozen=True)
class Keys:
    """A key for every path, each different key held once: there may be millions of paths."""

    different: tuple[Path, ...]
    codes: Codes
    """Of every path, the place of its key."""

    def of(self, at: int) -> Path:
        """The key of one path."""
        return self.different[self.codes[at]]


def end_keys(found: Ends) -> Keys:
    """Start and end of each path."""
    pairs, codes = np.unique(found.start.astype(np.int64) * _PAIR + found.end, return_inverse=True)
    return Keys(tuple(divmod(int(pair), _PAIR) for pair in pairs), codes.ravel())


def climbs(grid: Grid) -> Keys:
    """The way up of each path: its lowest level, then every new highest level in the order it was reached.

    Dips in between are passed over: H, L, M, L, VH gives L, M, VH.
    """
    _, at = lowest(grid)
    later = np.where(np.arange(grid.shape[1]) >= at[:, None], grid, 0)
    highest = np.maximum.accumulate(later, axis=1)
    # A way up only rises, so the set of its levels says it: one bit for each.
    bits = np.bitwise_or.reduce(np.left_shift(np.int64(1), highest.astype(np.int64)), axis=1) & ~np.int64(1)
    sets, codes = np.unique(bits, return_inverse=True)
    ways = tuple(tuple(level for level in range(1, 63) if int(each) >> level & 1) for each in sets)
    return Keys(ways, codes.ravel())


def move_keys(grid: Grid) -> Keys:
    """The moves of each path: its levels with repetitions and gaps left out, 3, 3, 0, 2, 3, 4 gives 3, 2, 3, 4."""
    rows, periods = grid.shape
    moved = np.zeros_like(grid)
    taken = np.zeros(rows, dtype=np.intp)
    last = np.zeros(rows, dtype=np.int8)
    for period in range(periods):
        level = grid[:, period]
        new = np.flatnonzero((level > 0) & (level != last))
        moved[new, taken[new]] = last[new] = level[new]
        taken[new] += 1
    # As few whole numbers a path as hold its moves: sorting those is much faster than sorting rows of levels.
    base = int(grid.max(initial=0)) + 1
    fit = max(1, int(62 / np.log2(max(2, base))))
    packed = np.zeros((rows, -(-periods // fit)), dtype=np.int64)
    for period in range(periods):
        column = packed[:, period // fit]
        column *= base
        column += moved[:, period]
    if packed.shape[1] == 1:
        _, first, codes = np.unique(packed[:, 0], return_index=True, return_inverse=True)
    else:
        _, first, codes = np.unique(packed, axis=0, return_index=True, return_inverse=True)
    return Keys(tuple(tuple(int(level) for level in moved[at] if level) for at in first), codes.ravel())


def moves(path: npt.NDArray[np.int8]) -> Path:
    """The moves of one path, see `move_keys`."""
    return move_keys(path[None, :]).different[0]


@dataclass(frozen=True)
class Movement:
    """Of each path, exactly one is true: it never moved, only rose, only fell, or did both."""

    stable: Bools
    rose: Bools
    fell: Bools
    fluctuated: Bools

    def classes(self) -> tuple[tuple[str, Bools], ...]:
        return (
            ("rose", self.rose),
            ("fell", self.fell),
            ("fluctuated", self.fluctuated),
            ("stable", self.stable),
        )


def movement(grid: Grid) -> Movement:
    """Whether paths rose, fell, fluctuated or stood; periods without a level are passed over."""
    previous = grid[:, 0].copy()
    up = np.zeros(len(grid), dtype=np.bool_)
    down = up.copy()
    for period in range(1, grid.shape[1]):
        level = grid[:, period]
        known = (level > 0) & (previous > 0)
        up |= known & (level > previous)
        down |= known & (level < previous)
        previous = np.where(level > 0, level, previous)
    return Movement(~up & ~down, up & ~down, down & ~up, up & down)


@dataclass(frozen=True)
class Group:
    """Entities that share something; `entities` is empty where they are too many to be named."""

    key: tuple[int, ...]
    count: int
    entities: tuple[str, ...]


def groups(keys: Keys, chosen: Bools, counts: Counts, names: Sequence[str] | None) -> tuple[Group, ...]:
    """The chosen paths by their keys, the highest start first, then the highest end; names one a path, if any."""
    at = np.flatnonzero(chosen)
    at = at[np.argsort(keys.codes[at], kind="stable")]
    there, starts = np.unique(keys.codes[at], return_index=True)
    members = dict(zip(there.tolist(), np.split(at, starts[1:]), strict=True)) if len(at) else {}
    ordered = sorted((keys.different[code], code) for code in members)
    ordered.sort(key=lambda pair: (-pair[0][0], -pair[0][-1], len(pair[0]), pair[0]))
    return tuple(group(key, members[code], counts, names) for key, code in ordered)


def group(key: tuple[int, ...], at: Codes, counts: Counts, names: Sequence[str] | None) -> Group:
    """Paths `at` as one group."""
    listed = tuple(sorted(names[each] for each in at.tolist())) if names is not None else ()
    return Group(key, int(counts[at].sum()), listed)


def steps(grid: Grid, counts: Counts) -> dict[tuple[int, int], int]:
    """Moves from one period to the next, all periods together; a period without a level makes none."""
    found: dict[tuple[int, int], int] = {}
    for before, after in pairwise(range(grid.shape[1])):
        pairs = grid[:, before].astype(np.int64) * _PAIR + grid[:, after]
        there, where = np.unique(pairs, return_inverse=True)
        sums = np.bincount(where.ravel(), weights=counts)
        for pair, count in zip(there.tolist(), sums.tolist(), strict=True):
            start, end = divmod(pair, _PAIR)
            if start and end:
                found[start, end] = found.get((start, end), 0) + int(count)
    return found
