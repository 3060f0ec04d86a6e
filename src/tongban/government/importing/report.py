"""Reading a table, and saying exactly what is wrong with it."""

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class RowProblem:
    """What is wrong with one cell. `line` is the line of the file, the heading being line 1."""

    line: int
    column: str
    value: str
    expected: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.column}: {self.value!r}; expected {self.expected}"


@dataclass
class ImportReport:
    """What an import did, or would have done.

    Attributes:
        read, added, changed, unchanged: rows.
        problems: why nothing was loaded; empty when everything was.
        findings: faults that are reported and do not stop the import (a wrong credit code).
        sha256: of the file.
    """

    sha256: str
    read: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    problems: list[RowProblem] = field(default_factory=list)
    findings: list[RowProblem] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.problems

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "ok": self.ok}


@dataclass(frozen=True)
class Line:
    """One row of the file with its line number; missing cells read as empty."""

    number: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def problem(self, column: str, expected: str) -> RowProblem:
        return RowProblem(self.number, column, self[column], expected)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def read_lines(data: bytes, required: Sequence[str], optional: Iterable[str]) -> tuple[list[Line], list[RowProblem]]:
    """The rows of a CSV file in UTF-8 (a byte order mark is allowed), and what is wrong with its shape."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return [], [RowProblem(line, "", data[error.start : error.start + 1].hex(), "a file in UTF-8")]
    reader = csv.DictReader(io.StringIO(text, newline=""))
    heads = [head.strip() for head in reader.fieldnames or []]
    reader.fieldnames = heads
    known = {*required, *optional}
    problems = [RowProblem(1, name, "", "a column of this name") for name in required if name not in heads]
    problems += [
        RowProblem(1, name, name, f"one of the columns {', '.join([*required, *optional])}")
        for name in heads
        if name not in known
    ]
    problems += [
        RowProblem(1, name, name, "a column only once") for name in sorted(set(heads)) if heads.count(name) > 1
    ]
    if problems:
        return [], problems
    lines: list[Line] = []
    try:
        for row in reader:
            if None in row:
                surplus = ",".join(row[None])  # csv keeps surplus cells under None
                problems.append(RowProblem(reader.line_num, "", surplus, f"{len(heads)} cells"))
                continue
            lines.append(Line(reader.line_num, {k: (v or "").strip() for k, v in row.items()}))
    except csv.Error as error:
        problems.append(RowProblem(reader.line_num, "", str(error), "a well-formed CSV row"))
    return lines, problems
