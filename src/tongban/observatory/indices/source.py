"""From a data file to checked rows: one Parquet file with an entity, a period and numbers in every row.

DuckDB reads whatever size there is without holding it; a file it cannot read goes through the reader that all studies
share (`study.data`), which either says in a sentence what is wrong or understands it (GB 18030, XLSX, short rows).
Rows are numbered as a spreadsheet shows them: the header is row 1, the first row of data row 2.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from tongban.observatory.errors import StudyError
from tongban.observatory.indices.request import IndexStudy
from tongban.observatory.study.data import LARGEST, SQUARED, checked_header, column_missing, read_data

ROW_NUMBER = "row number"
ROW = f'"{ROW_NUMBER}"'

INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")
NUMERIC = (*INTEGERS, "FLOAT", "DOUBLE", "DECIMAL")


@dataclass(frozen=True)
class Source:
    """Checked rows in a Parquet file, and how its columns are called there."""

    parquet: Path
    entity: str
    entity_is_text: bool
    period: str
    values: tuple[str, ...]
    """One for each column of the study, in its order."""
    label: str | None
    rows: int


def prepare(study: IndexStudy, folder: Path) -> Source:
    """Read and check the data of a study; the Parquet file is made in `folder`.

    Raises:
        StudyError: The data cannot be used; the message names column and row.
    """
    with duckdb.connect(config={"temp_directory": str(folder / "spill")}) as connection:
        reader = _Reader(connection, study, folder)
        reader.open()
        reader.check()
        return reader.write()


class _Reader:
    def __init__(self, connection: duckdb.DuckDBPyConnection, study: IndexStudy, folder: Path) -> None:
        self.connection = connection
        self.study = study
        self.folder = folder
        self.file = study.data_file.name
        self.types: dict[str, str] = {}
        self.parquet = False

    def open(self) -> None:
        """Make the file known as `raw`: a row number and its columns."""
        path = self.study.data_file
        if not path.is_file():
            raise StudyError(f"{self.file}: there is no such data file in {path.parent}")
        suffix = path.suffix.lower()
        if suffix == ".parquet":
            self._parquet(path)
        elif suffix != ".csv" or not self._csv(path):
            self._slowly(path)
        for column in (self.study.entity, self.study.period, *self.study.columns, *self._label()):
            if column not in self.types:
                raise column_missing(self.file, column, list(self.types))

    def _label(self) -> list[str]:
        return [self.study.label_column] if self.study.label_column else []

    def _parquet(self, path: Path) -> None:
        try:
            self.connection.execute(
                f"create view raw as select file_row_number + 2 as {ROW}, * exclude (file_row_number) "
                f"from read_parquet({_text(path)}, file_row_number = true)"
            )
        except duckdb.Error as error:
            raise StudyError(f"{self.file}: not a readable Parquet file: {_line(error)}") from None
        self.parquet = True
        self._describe()

    def _csv(self, path: Path) -> bool:
        """Whether DuckDB reads the file as it stands."""
        try:
            with path.open(encoding="utf-8-sig", newline="") as lines:
                first = lines.readline()
                delimiter = max(",;\t", key=first.count)
                lines.seek(0)
                header = checked_header(self.file, next(csv.reader(lines, delimiter=delimiter, strict=True), []))
            columns = ", ".join(f"{_text(name)}: 'VARCHAR'" for name in header)
            self.connection.execute(
                f"create temp table raw as select row_number() over () + 1 as {ROW}, * from read_csv({_text(path)}, "
                f"auto_detect = false, header = true, delim = {_text(delimiter)}, quote = '\"', escape = '\"', "
                f"columns = {{{columns}}})"
            )
        except (UnicodeDecodeError, csv.Error, duckdb.Error):
            return False
        self._describe()
        return self._count() > 0

    def _slowly(self, path: Path) -> None:
        """Through the reader of all studies, which says what is wrong."""
        table = read_data(path, self.study.sheet)
        copy = self.folder / "data.csv"
        with copy.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(table.columns)
            writer.writerows(table.rows)
        self.connection.execute("drop table if exists raw")
        self.file = path.name
        if not self._csv(copy):
            raise StudyError(f"{self.file}: the rows cannot be read")

    def _describe(self) -> None:
        described = self.connection.execute("describe raw").fetchall()
        self.types = {name: kind.split("(")[0] for name, kind, *_ in described if name != ROW_NUMBER}

    def _count(self) -> int:
        return int(str(self._one("select count(*) from raw")[0]))

    def _one(self, query: str) -> tuple[object, ...]:
        found = self.connection.execute(query).fetchone()
        assert found is not None  # noqa: S101 - an aggregate has a row
        return tuple(found)

    def _number(self, column: str) -> str:
        """The column as a DOUBLE, null where it is none."""
        if self.types[column] in NUMERIC:
            return f"cast({_name(column)} as double)"
        return f"try_cast(trim(cast({_name(column)} as varchar)) as double)"

    def _blank(self, column: str) -> str:
        if self.types[column] in NUMERIC:
            return f"{_name(column)} is null"
        return f"coalesce(trim(cast({_name(column)} as varchar)), '') = ''"

    def _problems(self) -> list[tuple[str, str, str]]:
        """What can be wrong with a cell: its column, the test for it, and the sentence."""
        entity, period = self.study.entity, self.study.period
        problems = [
            (entity, self._blank(entity), "the name of the entity is missing"),
            (period, self._blank(period), "the period is missing"),
        ]
        if self.types[period] not in INTEGERS:
            year = self._number(period)
            test = f"not ({self._blank(period)}) and coalesce(not isfinite({year}) or {year} <> floor({year}), true)"
            problems.append((period, test, "“{value}” is not a whole number; a period is one, such as 2018"))
        for column in self.study.columns:
            number = self._number(column)
            if not self.study.sample.empty_is_missing:
                sentence = 'the value is missing; missing_value = "" takes an empty cell as not surveyed'
                problems.append((column, self._blank(column), sentence))
            if self.types[column] not in NUMERIC:
                test = f"not ({self._blank(column)}) and {number} is null"
                problems.append((column, test, "“{value}” is not a number"))
            if self.types[column] not in INTEGERS:
                problems.append((column, f"not isfinite({number})", "“{value}” is not a finite number"))
                problems.append((column, f"abs({number}) > {LARGEST:g}", f"“{{value}}” is too large; {SQUARED}"))
        return problems

    def check(self) -> None:
        """Find the first cell that cannot be used, in one pass over the rows."""
        if not self._count():
            raise StudyError(f"{self.file}: there is a header but no row")
        problems = self._problems()
        tests = ", ".join(f"min({ROW}) filter (where {test})" for _, test, _ in problems)
        first = self._one(f"select {tests} from raw")
        found = [(row, at) for at, row in enumerate(first) if isinstance(row, int)]
        if not found:
            return
        row, at = min(found)
        column, _, sentence = problems[at]
        value = self._one(f"select {_name(column)} from raw where {ROW} = {row}")[0]
        raise StudyError(f"{self.file}: column “{column}”, row {row}: {sentence.format(value=value)}")

    def write(self) -> Source:
        """A typed Parquet file is used where it lies; anything else is written as one."""
        study, kinds = self.study, self.types
        typed = kinds[study.entity] in {"VARCHAR", *INTEGERS} and kinds[study.period] in INTEGERS
        if self.parquet and typed and all(kinds[column] in NUMERIC for column in study.columns):
            return Source(
                parquet=study.data_file,
                entity=study.entity,
                entity_is_text=kinds[study.entity] == "VARCHAR",
                period=study.period,
                values=study.columns,
                label=study.label_column,
                rows=self._count(),
            )
        parquet = self.folder / "facts.parquet"
        values = tuple(f"v{at}" for at in range(len(study.columns)))
        selected = [
            f"trim(cast({_name(study.entity)} as varchar)) as e",
            f"cast({self._number(study.period)} as bigint) as p",
            *(f"{self._number(column)} as {name}" for name, column in zip(values, study.columns, strict=True)),
            *(f"cast({_name(column)} as varchar) as label" for column in self._label()),
        ]
        # In the order of the rows, so that their place in the file is their number.
        self.connection.execute(
            f"copy (select {', '.join(selected)} from raw order by {ROW}) to {_text(parquet)} (format parquet)"
        )
        return Source(parquet, "e", True, "p", values, "label" if study.label_column else None, self._count())


def write_small(path: Path, columns: Mapping[str, str], rows: Iterable[Sequence[object]]) -> Path:
    """A small table as a Parquet file that every engine reads; columns with their SQL types."""
    kinds = ", ".join(f"{_name(name)} {kind}" for name, kind in columns.items())
    with duckdb.connect() as connection:
        connection.execute(f"create table small ({kinds})")
        connection.executemany(f"insert into small values ({', '.join('?' * len(columns))})", list(map(list, rows)))
        connection.execute(f"copy small to {_text(path)} (format parquet)")
    return path


def duplicate(source: Source, study: IndexStudy, periods: Sequence[int]) -> StudyError:
    """The error for an entity that stands twice in a period: which, and in which rows."""
    within = ", ".join(map(str, periods))
    entity, period = _name(source.entity), _name(source.period)
    with duckdb.connect() as connection:
        found = connection.execute(
            f"select {entity}, {period}, list_sort(list(file_row_number + 2))[:2] as twice "
            f"from read_parquet({_text(source.parquet)}, file_row_number = true) "
            f"where {period} in ({within}) group by 1, 2 having count(*) > 1 order by twice[2] limit 1"
        ).fetchone()
    assert found is not None  # noqa: S101 - asked only when there is one
    name, when, (first, second) = found
    return StudyError(
        f"{study.data_file.name}: column “{study.entity}”, row {second}: “{name}” stands in row {first} already for "
        f"{study.period} {when}"
    )


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _text(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def _line(error: Exception) -> str:
    return str(error).splitlines()[0]
