"""Reading the data of a study from CSV, XLSX or Parquet, with errors that name column and row.

Rows are numbered as a spreadsheet shows them: the header is row 1, the first case row 2.
"""

import csv
import difflib
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tongban.observatory.errors import StudyError
from tongban.observatory.study.schema import unwritable

Cell = str | float | None

ENCODINGS = ("utf-8-sig", "gb18030")
"""UTF-8 first; GB 18030 is what Chinese spreadsheet programs still write."""


LARGEST = 1e150
"""Beyond it the square of a number is infinite, and with it every variance."""
SQUARED = f"numbers up to {LARGEST:g} can be squared"


@dataclass(frozen=True)
class DataTable:
    """A table as read: nothing is converted before it is asked for."""

    file: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def at(self, column: str) -> int:
        """Where a column stands.

        Raises:
            StudyError: There is none of that name.
        """
        if column not in self.columns:
            raise column_missing(self.file, column, self.columns)
        return self.columns.index(column)

    def names(self, column: str) -> tuple[str, ...]:
        """A column of names: none may be missing."""
        at = self.at(column)
        found = []
        for number, row in enumerate(self.rows, start=2):
            value = row[at]
            if value is None or not str(value).strip():
                raise StudyError(f"{self.file}: column “{column}”, row {number}: a name is missing")
            found.append(_name(value))
            if character := unwritable(found[-1]):
                raise StudyError(
                    f"{self.file}: column “{column}”, row {number}: the name holds the control character {character}"
                )
        return tuple(found)

    def labels(self, column: str) -> tuple[tuple[str, ...], npt.NDArray[np.intp]]:
        """The different names of a column in order of appearance, and each row's place among them."""
        places: dict[str, int] = {}
        codes = [places.setdefault(name, len(places)) for name in self.names(column)]
        return tuple(places), np.array(codes, dtype=np.intp)

    def unique_names(self, column: str) -> tuple[str, ...]:
        """A column of names of which each stands once."""
        names = self.names(column)
        first: dict[str, int] = {}
        for number, name in enumerate(names, start=2):
            if name in first:
                raise StudyError(
                    f"{self.file}: column “{column}”, row {number}: case “{name}” stands in row {first[name]} already"
                )
            first[name] = number
        return names

    def numbers(self, column: str) -> npt.NDArray[np.float64]:
        """A column of finite numbers: none may be missing."""
        found = self.optional_numbers(column)
        missing = np.flatnonzero(np.isnan(found))
        if len(missing):
            raise StudyError(f"{self.file}: column “{column}”, row {missing[0] + 2}: the value is missing")
        return found

    def optional_numbers(self, column: str, missing: Sequence[str] = ()) -> npt.NDArray[np.float64]:
        """A column of finite numbers; an empty cell, and any text in `missing`, becomes not-a-number."""
        at = self.at(column)
        found = []
        for number, row in enumerate(self.rows, start=2):
            value = row[at]
            if value is None or (isinstance(value, str) and (not value.strip() or value.strip() in missing)):
                found.append(math.nan)
                continue
            where = f"{self.file}: column “{column}”, row {number}"
            try:
                parsed = float(value.replace("_", "?") if isinstance(value, str) else value)  # 1_000 is Python's alone
            except ValueError:
                raise StudyError(f"{where}: “{value}” is not a number") from None
            if not math.isfinite(parsed):
                raise StudyError(f"{where}: “{value}” is not a finite number")
            if abs(parsed) > LARGEST:
                raise StudyError(f"{where}: “{value}” is too large; {SQUARED}")
            found.append(parsed)
        return np.array(found)


def read_data(path: Path, sheet: str | None = None) -> DataTable:
    """The table in a CSV, XLSX or Parquet file.

    Raises:
        StudyError: The file cannot be read, is empty, or its header or rows are not whole.
    """
    if not path.is_file():
        raise StudyError(f"{path.name}: there is no such data file in {path.parent}")
    suffix = path.suffix.lower()
    if suffix == ".csv":
        header, rows = _csv(path)
    elif suffix == ".xlsx":
        header, rows = _xlsx(path, sheet)
    elif suffix == ".parquet":
        header, rows = _parquet(path)
    else:
        raise StudyError(f"{path.name}: data must be a .csv, .xlsx or .parquet file, not “{suffix}”")
    return _checked(path.name, header, rows)


def joined(table: DataTable, other: DataTable, on: str) -> DataTable:
    """The table with the columns it lacks, from the row of the other that has the same name in `on`; else empty.

    Raises:
        StudyError: One of them lacks the column, a name stands twice in the other, or no name is in both.
    """
    rows = dict(zip(other.unique_names(on), other.rows, strict=True))
    more = [at for at, name in enumerate(other.columns) if name not in table.columns]
    keys = table.names(on)
    if not any(key in rows for key in keys):
        raise StudyError(f"{other.file}: column “{on}” has no name of column “{on}” in {table.file}")
    nothing = (None,) * len(other.columns)
    whole = tuple(
        (*row, *(rows.get(key, nothing)[at] for at in more)) for key, row in zip(keys, table.rows, strict=True)
    )
    return DataTable(table.file, (*table.columns, *(other.columns[at] for at in more)), whole)


def checked_header(file: str, header: Sequence[Cell], *, rows: bool = False) -> tuple[str, ...]:
    """The names of the columns, of which each stands once; `rows` tells whether anything follows them.

    Raises:
        StudyError: There is none, one has no name, or one stands twice.
    """
    columns = [str(name).strip() if name is not None else "" for name in header]
    while columns and not columns[-1]:
        columns.pop()
    if not columns and rows:
        raise StudyError(f"{file}: row 1 is empty; a header row with the names of the columns is expected")
    if not columns:
        raise StudyError(f"{file}: the file is empty; a header row with the names of the columns is expected")
    for number, name in enumerate(columns, start=1):
        if not name:
            raise StudyError(f"{file}: column {number} has no name in row 1")
        if character := unwritable(name):
            raise StudyError(f"{file}: the name of column {number} holds the control character {character}")
        if columns.count(name) > 1:
            raise StudyError(f"{file}: the column name “{name}” stands twice in row 1")
    return tuple(columns)


def column_missing(file: str, column: str, columns: Sequence[str]) -> StudyError:
    """The error that names a column which is not there, and the nearest one that is."""
    close = difflib.get_close_matches(column, columns, n=1)
    close = close or [name for name in columns if name.casefold() == column.casefold()]
    hint = f"; did you mean “{close[0]}”?" if close else ""
    return StudyError(f"{file}: there is no column “{column}”{hint or ';'} columns: {', '.join(columns)}")


def _checked(file: str, header: Sequence[Cell], rows: list[Sequence[Cell]]) -> DataTable:
    columns = checked_header(file, header, rows=any(not _blank(cell) for row in rows for cell in row))
    whole = []
    for number, row in enumerate(rows, start=2):
        if not all(map(_blank, row[len(columns) :])):
            raise StudyError(f"{file}: row {number} has {len(row)} cells, the header has {len(columns)}")
        whole.append(tuple(row[: len(columns)]) + (None,) * (len(columns) - len(row)))
    while whole and all(map(_blank, whole[-1])):
        whole.pop()
    if not whole:
        raise StudyError(f"{file}: there is a header but no case")
    return DataTable(file, columns, tuple(whole))


def _csv(path: Path) -> tuple[Sequence[Cell], list[Sequence[Cell]]]:
    content = path.read_bytes()
    for encoding in ENCODINGS:
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise StudyError(f"{path.name}: the text is neither UTF-8 nor GB 18030")
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    try:
        lines: list[Sequence[Cell]] = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise StudyError(f"{path.name}: not a readable CSV file: {error}") from None
    return (lines[0], lines[1:]) if lines else ([], [])


def _xlsx(path: Path, sheet: str | None) -> tuple[Sequence[Cell], list[Sequence[Cell]]]:
    import openpyxl  # noqa: PLC0415 - only when a study asks for it

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # noqa: BLE001 - a broken file raises whatever its zip or XML parser raises
        raise StudyError(f"{path.name}: not a readable XLSX file: {error}") from None
    if sheet is not None and sheet not in book.sheetnames:
        raise StudyError(f"{path.name}: there is no sheet “{sheet}”; sheets: {', '.join(book.sheetnames)}")
    page = book[sheet] if sheet is not None else book.worksheets[0]
    lines: list[Sequence[Cell]] = [tuple(_cell(value) for value in row) for row in page.iter_rows(values_only=True)]
    book.close()
    return (lines[0], lines[1:]) if lines else ([], [])


def _parquet(path: Path) -> tuple[Sequence[Cell], list[Sequence[Cell]]]:
    try:
        import duckdb  # noqa: PLC0415 - only when a study asks for it
    except ImportError:
        raise StudyError(f"{path.name}: reading Parquet needs DuckDB: pip install 'tongban[observe]'") from None
    try:
        answer = duckdb.connect().execute("select * from read_parquet(?)", [str(path)])
    except duckdb.Error as error:
        raise StudyError(f"{path.name}: not a readable Parquet file: {str(error).splitlines()[0]}") from None
    header = [column[0] for column in answer.description or []]
    return header, [tuple(_cell(value) for value in row) for row in answer.fetchall()]


def _cell(value: object) -> Cell:
    if value is None or isinstance(value, str | float):
        return value
    if isinstance(value, bool):
        return float(value)
    try:
        return float(value)  # type: ignore[arg-type]  # integers and decimals of spreadsheets and databases
    except (TypeError, ValueError):
        return str(value)


def _blank(value: Cell) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _name(value: Cell) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
