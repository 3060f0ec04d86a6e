"""From raw rows to records: which column is meant, what its values are, and everything that is wrong with them."""

import difflib
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tongban.foundation.forms import FormDefinition, FormDefinitionError
from tongban.items.codes import CREDIT_CODE_LENGTH, credit_code_fault, embedded_credit_code, is_region_code
from tongban.items.fields import (
    CHILD_GROUPS,
    ITEM_TYPE,
    ITEM_TYPE_GUANGDONG,
    REQUIRED_OF_CHILD,
    SERVICE_FIELDS,
    child_names,
    column_names,
)
from tongban.items.kinds import Choice, UnreadableError, plain, read_json
from tongban.items.problems import Category, FileRefusedError, Problem, problem
from tongban.items.reading import RawRow

ITEM_TYPE_TABLES: dict[str, Choice] = {"national": ITEM_TYPE, "guangdong": ITEM_TYPE_GUANGDONG}
"""Which codes a list writes for the types of items."""

_REGION_LENGTH = 12


@dataclass
class Record:
    """A row understood: the values of the columns that stand in the file, by exchange name.

    A column that the file does not have is not in `values`; one that is there and blank is.
    """

    line: int
    values: dict[str, Any] = field(default_factory=dict)
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def error(self, column: str, value: object, expected: str, category: Category = Category.VALUE) -> None:
        self.errors.append(problem(self.line, column, value, expected, category))

    def warn(self, column: str, value: object, expected: str, category: Category) -> None:
        self.warnings.append(problem(self.line, column, value, expected, category))


class Columns:
    """What the headers of a file mean; each header is looked up once."""

    def __init__(self, item_types: str = "national") -> None:
        self._known: dict[str, str] = {}
        self._item_type = ITEM_TYPE_TABLES[item_types]

    def of(self, header: str) -> str:
        """The column a header means.

        Raises:
            FileRefusedError: an unknown column; the nearest known name is told.
        """
        if header not in self._known:
            names = column_names()
            name = names.get(header) or names.get(plain(header).lower())
            if not name:
                raise FileRefusedError(_unknown(header, list(names)))
            self._known[header] = name
        return self._known[header]

    def read(self, row: RawRow) -> Record:
        """The record of a row, with all its faults found."""
        record = Record(row.line)
        if row.ends_early:
            found, named = row.ends_early
            shown = ngettext("%(count)d cell", "%(count)d cells", found) % {"count": found}
            record.error("", shown, _("%(count)d cells, as the first line names columns") % {"count": named})
            return record
        sources: dict[str, str] = {}
        for header, raw in row.cells:
            if not header:
                record.error("", raw, _("no more cells than the first line names columns"))
                continue
            name = self.of(header)
            value = self._value(record, name, header, raw)
            earlier = record.values.get(name)
            if name in sources and earlier not in (None, "", []) and value not in (None, "", []):
                if earlier != value:
                    record.error(header, raw, _("the same as in column %(other)s") % {"other": sources[name]})
                continue
            if name not in sources or value not in (None, "", []):
                sources[name] = header
                record.values[name] = value
        _check_whole(record)
        return record

    def _value(self, record: Record, name: str, header: str, raw: object) -> Any:  # noqa: ANN401 - typed by column
        try:
            if name in CHILD_GROUPS:
                return self._rows(record, name, raw)
            if name == "task_type":
                return self._item_type.read(raw)
            return SERVICE_FIELDS[name].kind.read(raw)
        except UnreadableError as error:
            record.error(header, raw, str(error.expected))
            return None

    def _rows(self, record: Record, group: str, raw: object) -> list[dict[str, Any]]:
        rows = raw
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            return []
        if isinstance(raw, str):
            rows = read_json(raw)
        if not isinstance(rows, list) or not all(isinstance(one, dict) for one in rows):
            raise UnreadableError(_("a JSON list of objects"))
        names = child_names(group)
        fields = {f.name: f for f in CHILD_GROUPS[group]}
        found = []
        for position, one in enumerate(rows, start=1):
            values: dict[str, Any] = {}
            for key, inner in one.items():
                where = f"{group}[{position}].{key}"
                name = names.get(key)
                if not name:
                    record.error(where, inner, _unknown(key, list(names)))
                    continue
                try:
                    values[name] = fields[name].kind.read(inner)
                except UnreadableError as error:
                    record.error(where, inner, str(error.expected))
            needed = REQUIRED_OF_CHILD[group]
            if not values.get(needed) and not any(needed in e.column for e in record.errors):
                record.error(f"{group}[{position}].{needed}", "", _("a text; it may not be blank"))
            found.append(values)
        return found


def _unknown(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, 1, cutoff=0.5)
    if near:
        return _("there is no column %(name)s; the nearest is %(near)s") % {"name": repr(name), "near": near[0]}
    return _("there is no column %(name)s (docs/data-formats.md lists them)") % {"name": repr(name)}


def _check_whole(record: Record) -> None:
    """What one value alone does not show: codes, dates in order, units beside their numbers."""
    values = record.values
    _check_id(record)
    if values.get("region"):
        code = values["region"].ljust(_REGION_LENGTH, "0")
        values["region"] = code
        if not is_region_code(code):
            record.error("region", code, _("a region code of 12 digits"))
    start, end = values.get("plan_effective_date"), values.get("plan_cancel_date")
    if start and end and end <= start:
        record.error("plan_cancel_date", end, _("a date after %(start)s") % {"start": start})
    for number, unit in (("anticipate_day", "anticipate_type"), ("promise_day", "promise_type")):
        if values.get(number) and unit in values and not values[unit]:
            record.error(unit, "", _("the unit of the limit: 1 工作日, 2 日, 3 月"))
    if values.get("form"):
        try:
            FormDefinition.load(values["form"])
        except FormDefinitionError as error:
            record.error("form", values["form"], _("a form (%(faults)s)") % {"faults": error})
    _check_codes(record)


def _check_id(record: Record) -> None:
    text = record.values.get("service_id")
    if text:
        try:
            record.values["service_id"] = str(uuid.UUID(text))
        except ValueError:
            record.error("service_id", text, _("a UUID"))


def _check_codes(record: Record) -> None:
    """Wrong credit codes are told and do not stop a row: real lists hold them (GB 32100)."""
    values = record.values
    for column, code in (
        ("task_code", (values.get("task_code") or "")[:CREDIT_CODE_LENGTH]),
        ("foreign_code", embedded_credit_code(values.get("foreign_code") or "") or ""),
    ):
        fault = credit_code_fault(code) if code else None
        if fault:
            record.warn(
                column,
                values[column],
                _("a right credit code in place of %(code)s (%(fault)s)") % {"code": code, "fault": fault.label},
                Category.CREDIT_CODE,
            )
    handling, implementation = values.get("task_handle_item"), values.get("task_code")
    if handling and implementation and not handling.startswith(implementation):
        record.error("task_handle_item", handling, _("a code that begins with the implementation code"))


def read_records(rows: Iterator[RawRow], item_types: str = "national") -> Iterator[Record]:
    """Every row as a record.

    Raises:
        FileRefusedError: a column is not known.
    """
    columns = Columns(item_types)
    checked_headers = False
    for row in rows:
        if not checked_headers:
            _refuse_repeated(columns, row)
            checked_headers = True
        yield columns.read(row)


def _refuse_repeated(columns: Columns, row: RawRow) -> None:
    """The same header twice would lose a column; two names for one column must agree row by row."""
    headers = [header for header, _value in row.cells if header]
    for header in headers:
        columns.of(header)
        if headers.count(header) > 1:
            raise FileRefusedError(_("the column %(name)s stands twice") % {"name": header})


def is_blank(values: Mapping[str, Any], name: str) -> bool:
    return values.get(name) in (None, "", [])
