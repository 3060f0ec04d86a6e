"""What an import has to say about its file: errors that stop a row, warnings that do not."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from tongban.foundation.errors import InvalidError

_SHOWN = 80


class Category(StrEnum):
    """What a problem is about; errors are all VALUE or EXISTS."""

    VALUE = "value"
    EXISTS = "exists"
    CREDIT_CODE = "credit_code"
    AGENCY_CODE = "agency_code"
    REPEATED_NAME = "repeated_name"
    AGENCY = "agency"
    DEPARTMENT = "department"
    THEME = "theme"


@dataclass(frozen=True)
class Problem:
    """Where (line of the file, or number of the record in JSON), which column (empty for the row as a whole), what was
    given, what is expected.
    """

    line: int
    column: str
    value: str
    expected: str
    category: Category = Category.VALUE

    def __str__(self) -> str:
        return _("line %(line)d, %(column)s: %(value)s; expected: %(expected)s") % {
            "line": self.line,
            "column": self.column or _("the row"),
            "value": repr(self.value),
            "expected": self.expected,
        }

    def as_json(self) -> dict[str, Any]:
        return {
            "line": self.line,
            "column": self.column,
            "value": self.value,
            "expected": self.expected,
            "category": str(self.category),
        }


def problem(
    line: int, column: str, value: object, expected: str | Promise, category: Category = Category.VALUE
) -> Problem:
    """A problem with the value shortened to what a person can take in."""
    text = "" if value is None else str(value)
    shown = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    return Problem(line, column, shown, str(expected), category)


class FileRefusedError(InvalidError):
    """The file as a whole cannot be read; one sentence says why."""

    def __init__(self, reason: str | Promise) -> None:
        super().__init__({"file": [reason]})


@dataclass
class ImportReport:
    """What an import did, or would do.

    Attributes:
        rows: rows read.
        created, updated, unchanged, withdrawn: services, each counted once.
        versions: versions published.
        left_out: lines of the rows with errors.
        loaded: whether anything was kept; False for a dry run and where errors stopped the whole.
    """

    format: str = ""
    sha256: str = ""
    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    withdrawn: int = 0
    versions: int = 0
    applicable: int = 0
    agencies_created: list[str] = field(default_factory=list)
    departments_created: list[str] = field(default_factory=list)
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    dry_run: bool = False
    loaded: bool = False
    seconds: float = 0.0

    @property
    def left_out(self) -> list[int]:
        return sorted({e.line for e in self.errors})

    def warning_counts(self) -> dict[str, int]:
        return dict(Counter(str(w.category) for w in self.warnings))

    def as_json(self) -> dict[str, Any]:
        return {
            "format": self.format,
            "sha256": self.sha256,
            "rows": self.rows,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "withdrawn": self.withdrawn,
            "versions": self.versions,
            "applicable": self.applicable,
            "agencies_created": self.agencies_created,
            "departments_created": self.departments_created,
            "left_out": self.left_out,
            "errors": _as_json(self.errors),
            "warnings": _as_json(self.warnings),
            "warning_counts": self.warning_counts(),
            "dry_run": self.dry_run,
            "loaded": self.loaded,
            "seconds": round(self.seconds, 3),
        }


def _as_json(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    return [one.as_json() for one in sorted(problems, key=lambda p: (p.line, p.column))]
