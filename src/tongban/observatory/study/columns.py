"""Reading large files a column at a time: as arrays by DuckDB, where rows as Python objects would fill the memory.

What such a file holds is what `study.data` would read from it. Anything out of the ordinary (a text among numbers, a
name that is missing) is left to that module, which says where it stands.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tongban.observatory.study.data import LARGEST, DataTable, checked_header, column_missing, read_data

LARGE = 10_000_000
"""Bytes from which a CSV file is worth loading DuckDB for."""


@dataclass(frozen=True)
class ColumnTable:
    """Columns as arrays: numbers as float64 with not-a-number for what is missing, names as labels and codes."""

    file: str
    columns: tuple[str, ...]
    rows: int
    labelled: dict[str, tuple[tuple[str, ...], npt.NDArray[np.intp]]]
    measured: dict[str, npt.NDArray[np.float64]]

    def labels(self, column: str) -> tuple[tuple[str, ...], npt.NDArray[np.intp]]:
        """The different names of a column in order of appearance, and each row's place among them."""
        return self.labelled[column]

    def optional_numbers(self, column: str, missing: object = ()) -> npt.NDArray[np.float64]:
        """A column of finite numbers, not-a-number where it is empty."""
        del missing  # a text among numbers is never read here
        return self.measured[column]


Table = DataTable | ColumnTable


def read_columns(path: Path, sheet: str | None, names: set[str], numbers: set[str]) -> Table:
    """The table in a data file; by columns where it is Parquet or large, else (or where that fails) by rows.

    Raises:
        StudyError: The file cannot be read, or lacks a column.
    """
    suffix = path.suffix.lower()
    if path.is_file() and (suffix == ".parquet" or (suffix == ".csv" and path.stat().st_size > LARGE)):
        found = _by_columns(path, suffix, names, numbers)
        if found is not None:
            return found
    return read_data(path, sheet)


def _by_columns(path: Path, suffix: str, names: set[str], numbers: set[str]) -> ColumnTable | None:
    try:
        import duckdb  # noqa: PLC0415 - an extra, and only for files that need it
    except ImportError:
        return None
    # Names of a CSV file stay the texts they are: 007 is not 7.
    texts = ", ".join(f"{_quoted(name)}: 'VARCHAR'" for name in sorted(names))
    large = f"read_csv(?, header = true, sample_size = -1, types = {{{texts}}})"
    reader = "read_parquet(?)" if suffix == ".parquet" else large
    connection = duckdb.connect()
    try:
        described = connection.execute(f"describe select * from {reader}", [str(path)]).fetchall()  # noqa: S608 - ours
        header = checked_header(path.name, [row[0] for row in described])
        for column in (*names, *numbers):
            if column not in header:
                raise column_missing(path.name, column, header)
        wanted = ", ".join(map(_quoted, sorted(names | numbers)))
        arrays = connection.execute(f"select {wanted} from {reader}", [str(path)]).fetchnumpy()  # noqa: S608 - quoted
    except duckdb.Error:
        return None  # read by rows, which says what is wrong
    finally:
        connection.close()
    labelled = {name: _labelled(arrays[name]) for name in names}
    measured = {name: _measured(arrays[name]) for name in numbers}
    rows = len(next(iter(arrays.values()))) if arrays else 0
    if not rows or any(found is None for found in (*labelled.values(), *measured.values())):
        return None
    return ColumnTable(
        path.name,
        header,
        rows,
        {name: found for name, found in labelled.items() if found is not None},
        {name: found for name, found in measured.items() if found is not None},
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _labelled(values: Any) -> tuple[tuple[str, ...], npt.NDArray[np.intp]] | None:  # noqa: ANN401 - what DuckDB gives
    """Whole numbers or texts without gaps."""
    if np.ma.is_masked(values):
        return None
    plain = np.asarray(values)
    if plain.dtype.kind not in "iuOU":
        return None
    if plain.dtype.kind in "iu":
        found, codes = np.unique(plain, return_inverse=True)
        names = [str(name) for name in found.tolist()]
    else:
        places: dict[str, int] = {}
        codes = np.array([places.setdefault(str(name).strip(), len(places)) for name in plain.tolist()], dtype=np.intp)
        names = list(places)
        if "" in places:
            return None
    first = np.empty(len(names), dtype=np.intp)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    order = np.argsort(first)
    place = np.empty(len(names), dtype=np.intp)
    place[order] = np.arange(len(names))
    return tuple(names[at] for at in order), place[codes]


def _measured(values: Any) -> npt.NDArray[np.float64] | None:  # noqa: ANN401 - what DuckDB gives
    """Numbers of any kind, finite and not too large where they are not missing."""
    if np.asarray(values).dtype.kind not in "iuf":
        return None
    found: npt.NDArray[np.float64] = np.ma.filled(np.ma.asarray(values, dtype=np.float64), np.nan)
    if (np.abs(found) > LARGEST).any() or (np.isnan(found) & ~np.ma.getmaskarray(values)).any():
        return None
    return found
