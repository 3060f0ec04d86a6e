"""Exporting services: CSV, XLSX, JSON in the exchange format; JSON-LD and Turtle in CPSV-AP (cpsv.py).

What an export writes, an import into an empty register reads, and a second export writes again to the byte (to the
row in XLSX, whose archive holds times).
"""

import codecs
import csv
import io
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.utils.translation import gettext as _

from tongban.foundation.errors import InvalidError
from tongban.identity.actor import Actor
from tongban.items import cpsv
from tongban.items.fields import CHILD_GROUPS, COLUMNS, SERVICE_FIELDS
from tongban.items.kinds import Native, cell_of
from tongban.items.models import ServiceVersion
from tongban.items.queries import Filters, published_services, with_everything
from tongban.items.reading import guarded
from tongban.items.records import native_of, values_of

FORMATS = ("csv", "xlsx", "json", "jsonld", "turtle")
FORMAT_OF_ENDING = {".csv": "csv", ".xlsx": "xlsx", ".json": "json", ".jsonld": "jsonld", ".ttl": "turtle"}
FORMAT_NAME = "tongban-services"
FORMAT_VERSION = 1
_CHUNK = 500
_LONGEST_CELL = 32_767
_FIXED_TIME = datetime(2000, 1, 1)  # noqa: DTZ001 - a workbook's times have no zone; fixed, so that exports compare equal

Progress = Callable[[int], None]


def services_to_export(actor: Actor, filters: Filters, day: date) -> Iterator[ServiceVersion]:
    """The versions in force on the day, in an order that does not depend on the database."""
    versions = with_everything(published_services(actor, filters, day)).order_by(
        "service__agency__region_id", "service_id"
    )
    return versions.iterator(chunk_size=_CHUNK)


def export_services(
    actor: Actor,
    target: BinaryIO,
    file_format: str,
    filters: Filters,
    day: date,
    progress: Progress | None = None,
) -> int:
    """Write the services in force on a day. Number of services written.

    Raises:
        InvalidError: the format is not known, or cannot hold a value (XLSX: cells end at 32,767 characters).
    """
    if file_format not in FORMATS:
        raise InvalidError({"format": [_("one of: %(formats)s") % {"formats": ", ".join(FORMATS)}]})
    counted = _Counted(services_to_export(actor, filters, day), progress or (lambda _rows: None))
    if file_format == "csv":
        _write_csv(target, counted)
    elif file_format == "xlsx":
        _write_xlsx(target, counted)
    elif file_format == "json":
        _write_json(target, counted, day)
    else:
        cpsv.write(target, counted, file_format)
    return counted.rows


def export_to_file(
    actor: Actor,
    path: Path,
    file_format: str,
    filters: Filters,
    day: date,
    progress: Progress | None = None,
) -> int:
    """The same to a file, which appears only once it is whole."""
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            rows = export_services(actor, file, file_format, filters, day, progress)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return rows


class _Counted:
    """An iterator that counts what passed."""

    def __init__(self, versions: Iterator[ServiceVersion], progress: Progress) -> None:
        self._versions = versions
        self._progress = progress
        self.rows = 0

    def __iter__(self) -> Iterator[ServiceVersion]:
        for version in self._versions:
            self.rows += 1
            if self.rows % _CHUNK == 0:
                self._progress(self.rows)
            yield version


def _written(version: ServiceVersion) -> dict[str, Native]:
    native = native_of(values_of(version))
    return {name: native.get(name) for name in COLUMNS}


def _write_csv(target: BinaryIO, versions: _Counted) -> None:
    """UTF-8 with mark (spreadsheets take it for another encoding without), one line a service."""
    # Unlike a TextIOWrapper, this never closes the target, which may be standard output.
    writer = csv.writer(codecs.getwriter("utf-8-sig")(target))
    writer.writerow(COLUMNS)
    for version in versions:
        row = _written(version)
        writer.writerow([guarded(cell_of(row[name]) if row[name] != [] else "") for name in COLUMNS])


def _write_json(target: BinaryIO, versions: _Counted, day: date) -> None:
    head = {"format": FORMAT_NAME, "version": FORMAT_VERSION, "as_of": day.isoformat()}
    target.write(json.dumps(head, ensure_ascii=False)[:-1].encode() + b', "services": [')
    separator = b"\n"
    for version in versions:
        line = json.dumps(_written(version), ensure_ascii=False, sort_keys=False)
        target.write(separator + line.encode())
        separator = b",\n"
    target.write(b"\n]}\n")


def _group(row: dict[str, Native], group: str) -> list[dict[str, Native]]:
    rows = row[group]
    return [one for one in rows if isinstance(one, dict)] if isinstance(rows, list) else []


def _write_xlsx(target: BinaryIO, versions: _Counted) -> None:
    # Loaded only by who wants a workbook: it takes a quarter of a second.
    from openpyxl import Workbook  # noqa: PLC0415

    book = Workbook(write_only=True)
    book.properties.created = book.properties.modified = _FIXED_TIME
    sheets = {"services": book.create_sheet("services")}
    sheets["services"].append(list(SERVICE_FIELDS))
    for group, fields in CHILD_GROUPS.items():
        sheets[group] = book.create_sheet(group)
        sheets[group].append(["service", *(f.name for f in fields)])
    for version in versions:
        row = _written(version)
        key = str(version.service_id)
        sheets["services"].append([_cell(sheets["services"], key, n, row[n]) for n in SERVICE_FIELDS])
        for group, fields in CHILD_GROUPS.items():
            for one in _group(row, group):
                cells = [_cell(sheets[group], key, f.name, one.get(f.name)) for f in fields]
                sheets[group].append([key, *cells])
    buffer = io.BytesIO()
    book.save(buffer)
    target.write(buffer.getvalue())


def _cell(sheet: Any, service: str, name: str, value: Native) -> Any:  # noqa: ANN401 - openpyxl's own
    """A cell that holds text and nothing else: no formula, no number that loses digits.

    Raises:
        InvalidError: the cell cannot hold the text.
    """
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 - as above
    from openpyxl.utils.exceptions import IllegalCharacterError  # noqa: PLC0415

    text = cell_of(value) if value != [] else ""
    if not text:
        return None
    if len(text) > _LONGEST_CELL:
        raise InvalidError(
            {name: [_("service %(service)s: too long for a cell of XLSX; export CSV or JSON") % {"service": service}]}
        )
    try:
        cell = WriteOnlyCell(sheet, text)
    except IllegalCharacterError:
        raise InvalidError(
            {name: [_("service %(service)s holds control characters; export CSV or JSON") % {"service": service}]}
        ) from None
    cell.data_type = "s"
    return cell
