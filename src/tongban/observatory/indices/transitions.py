"""Moves between levels: rules over paths, a path being the level of an entity in every period.

Grids hold one path a row, shape (paths, periods), with levels from 1 and 0 where there is no level.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tongban.observatory.indices.aggregate import Grid
from tongban.observatory.indices.request import Rule

Path = tuple[int, ...]
Bools = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.int64]
"""How many entities took each path."""


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


def climbs(grid: Grid) -> list[Path]:
    """The way up of each path: its lowest level, then every new highest level in the order it was reached.

    Dips in between are passed over: H, L, M, L, VH gives L, M, VH.
    """
    _, at = lowest(grid)
    later = np.where(np.arange(grid.shape[1]) >= at[:, None], grid, 0)
    highest = np.maximum.accumulate(later, axis=1)
    return [tuple(int(level) for level in np.unique(row[row > 0])) for row in highest]


def moves(path: npt.NDArray[np.int8]) -> Path:
    """The levels of a path with repetitions and gaps left out: 3, 3, 0, 2, 3, 4 gives 3, 2, 3, 4."""
    there = path[path > 0]
    return tuple(int(level) for at, level in enumerate(there) if at == 0 or level != there[at - 1])


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


def groups(
    keys: Sequence[tuple[int, ...]], chosen: Bools, counts: Counts, names: Sequence[str] | None
) -> tuple[Group, ...]:
    """The chosen paths by their keys, the highest start first, then the highest end; names one a path, if any."""
    members: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for at in np.flatnonzero(chosen):
        members[keys[int(at)]].append(int(at))
    ordered = sorted(members, key=lambda key: (-key[0], -key[-1], len(key), key))
    return tuple(group(key, members[key], counts, names) for key in ordered)


def group(key: tuple[int, ...], at: Sequence[int], counts: Counts, names: Sequence[str] | None) -> Group:
    """Paths `at` as one group."""
    listed = tuple(sorted(names[each] for each in at)) if names is not None else ()
    return Group(key, int(counts[list(at)].sum()), listed)
