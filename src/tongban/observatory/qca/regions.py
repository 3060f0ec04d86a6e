"""Sets of truth-table rows inside terms: simplifying assumptions and counterfactuals, as arrays over the whole space.

Used where the space has at most `LISTED_ROWS` rows. Beyond that nobody reads a list of assumptions, and what follows
from them is computed from the terms themselves.
"""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from tongban.observatory.qca.sets import FREE, Space, Terms

LISTED_ROWS = 2**16

Region = npt.NDArray[np.bool_]
"""One truth value for each row of the space, in the order of row numbers."""


def region(space: Space, terms: Iterable[Iterable[int]]) -> Region:
    """The rows inside any of the terms."""
    inside = np.zeros(space.levels, dtype=np.bool_)
    for term in terms:
        inside[tuple(slice(None) if value == FREE else int(value) for value in term)] = True
    return inside.ravel()


def numbers(rows: Region) -> list[int]:
    """The row numbers of a region, from 1."""
    return [int(at) + 1 for at in np.flatnonzero(rows)]


def rows_of(space: Space, chosen: Region) -> Terms:
    """The configurations of a region, shape (rows, conditions)."""
    digits = np.unravel_index(np.flatnonzero(chosen), space.levels)
    return np.stack(digits, axis=1).astype(np.int8)
