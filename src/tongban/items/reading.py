"""Reading a file of services as raw rows: CSV as a stream, XLSX by sheets, JSON whole. Hostile files get a sentence."""

import codecs
import csv
import hashlib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

from django.utils.translation import gettext as _

from tongban.items.fields import CHILD_GROUPS
from tongban.items.kinds import UnreadableError, clean, read_json
from tongban.items.problems import FileRefusedError

# A record of the list holds texts of some kilobytes; eight million characters in one is no service.
LONGEST_LINE = 8 * 1024 * 1024
LARGEST_JSON = 512 * 1024 * 1024
LARGEST_SHEET = 1024 * 1024 * 1024
HIGHEST_RATIO = 200
_RATIO_MATTERS_FROM = 32 * 1024 * 1024
_BLOCK = 1024 * 1024
# A float keeps 15 digits; a longer code typed as a number in a spreadsheet has lost the rest.
_DIGITS_OF_FLOAT = 15
_FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t")
_KEY = "service"


@dataclass(frozen=True)
class RawRow:
    """A row before its columns are understood: (header, value) pairs and where it stands.

    `ends_early` is, for a row of CSV with fewer cells than its first line names columns, both numbers: such a row was
    cut off, and what is not there must not be read as blank. A workbook leaves empty cells at the end away.
    """

    line: int
    cells: list[tuple[str, object]]
    ends_early: tuple[int, int] | None = None


@dataclass
class ServiceFile:
    """A file of services: its format, its digest, what stands above its rows (JSON only), and its rows."""

    path: Path
    format: str
    sha256: str
    encoding: str = "utf-8"
    header: dict[str, Any] = field(default_factory=dict)

    def rows(self) -> Iterator[RawRow]:
        """The rows, read as they are asked for.

        Raises:
            FileRefusedError: the file cannot be read further.
        """
        if self.format == "csv":
            return _csv_rows(self.path, self.encoding)
        if self.format == "xlsx":
            return _xlsx_rows(self.path)
        return _json_rows(_load_json(self.path)[1])


def open_services(path: Path, file_format: str = "") -> ServiceFile:
    """Look at a file: which format (by its ending, or as told), which encoding, and whether it can be read at all.

    Raises:
        FileRefusedError: no file, no known format, a wrong encoding, or a file made to harm.
    """
    if path.is_dir():
        raise FileRefusedError(_("%(path)s is a folder; name a file") % {"path": path})
    if not path.is_file():
        raise FileRefusedError(_("there is no file %(path)s") % {"path": path})
    file_format = file_format or path.suffix.lower().lstrip(".")
    if file_format not in {"csv", "xlsx", "json"}:
        raise FileRefusedError(
            _("%(path)s is neither .csv, .xlsx nor .json; --format says which it is") % {"path": path.name}
        )
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    found = ServiceFile(path, file_format, digest)
    if file_format == "csv":
        found.encoding = _encoding_of(path)
    elif file_format == "xlsx":
        _refuse_bomb(path)
    else:
        found.header = _load_json(path)[0]
    return found


def _encoding_of(path: Path) -> str:
    """UTF-8 (with or without mark) or GB18030, by reading the whole file once in blocks.

    Raises:
        FileRefusedError: neither, or NUL characters, or a line without end.
    """
    with path.open("rb") as file:
        start = file.read(4)
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise FileRefusedError(_("the file is in UTF-16; save it as CSV in UTF-8"))
        if start.startswith(b"PK\x03\x04"):
            raise FileRefusedError(_("the file is a workbook, not CSV; give it the ending .xlsx"))
        file.seek(0)
        _refuse_endless_lines(file)
        for encoding in ("utf-8", "gb18030"):
            file.seek(0)
            if _decodes(file, encoding):
                return "utf-8-sig" if encoding == "utf-8" else encoding
    raise FileRefusedError(_("the file is neither in UTF-8 nor in GB18030; save it as CSV in UTF-8"))


def _refuse_endless_lines(file: BinaryIO) -> None:
    length = 0
    while block := file.read(_BLOCK):
        if b"\0" in block:
            raise FileRefusedError(_("the file holds NUL characters; it is not text"))
        parts = block.replace(b"\r", b"\n").split(b"\n")
        longest = max(length + len(parts[0]), *(len(part) for part in parts))
        length = len(parts[-1]) + (length if len(parts) == 1 else 0)
        if longest > LONGEST_LINE:
            raise FileRefusedError(
                _("the file has a line of more than %(megabytes)d MB; it is no list of services")
                % {"megabytes": LONGEST_LINE // _BLOCK}
            )


def _decodes(file: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while block := file.read(_BLOCK):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def guarded(text: str) -> str:
    """The text of a CSV cell so that a spreadsheet does not take it for a formula: an apostrophe before it.

    A text that already is an apostrophe before such a sign gets one more, so that `unguarded` is its exact reverse.
    """
    return "'" + text if text.lstrip("'").startswith(_FORMULA_STARTS) else text


def unguarded(text: str) -> str:
    """The reverse of `guarded`."""
    if text.startswith("'") and text.lstrip("'").startswith(_FORMULA_STARTS):
        return text[1:]
    return text


def _csv_rows(path: Path, encoding: str) -> Iterator[RawRow]:
    with path.open(encoding=encoding, newline="") as file:
        # The limit is the module's; a cell of a record stays below the longest line.
        csv.field_size_limit(LONGEST_LINE)
        reader = csv.reader(file, strict=True)
        try:
            headers = [clean(cell) for cell in next(reader, [])]
            while headers and not headers[-1]:
                headers.pop()
            if not headers:
                raise FileRefusedError(_("the file is empty: its first line must name the columns"))
            line = reader.line_num + 1
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    early = (len(cells), len(headers)) if len(cells) < len(headers) else None
                    yield RawRow(line, _pair(headers, [unguarded(cell) for cell in cells]), early)
                line = reader.line_num + 1
        except csv.Error as error:
            raise FileRefusedError(
                _("line %(line)d is not CSV: %(fault)s") % {"line": reader.line_num, "fault": error}
            ) from None


def _pair(headers: list[str], cells: list[Any]) -> list[tuple[str, object]]:
    """Headers with their cells. Cells beyond the headers keep an empty header, which is refused unless blank."""
    width = max(len(headers), len(cells))
    named = [*headers, *[""] * (width - len(headers))]
    filled = [*cells, *[None] * (width - len(cells))]
    return [(h, c) for h, c in zip(named, filled, strict=True) if h or c not in ("", None)]


def _refuse_bomb(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            sizes = [(i.file_size, i.compress_size) for i in archive.infolist()]
    except (zipfile.BadZipFile, OSError):
        raise FileRefusedError(_("the file is not an XLSX workbook")) from None
    total = sum(size for size, _packed in sizes)
    packed = max(sum(packed for _size, packed in sizes), 1)
    if total > LARGEST_SHEET or (total > _RATIO_MATTERS_FROM and total / packed > HIGHEST_RATIO):
        raise FileRefusedError(
            _("the workbook unpacks to %(megabytes)d MB; it is no list of services") % {"megabytes": total // _BLOCK}
        )


def _xlsx_rows(path: Path) -> Iterator[RawRow]:
    # Loaded only by who brings a workbook: it takes a quarter of a second.
    from openpyxl import load_workbook  # noqa: PLC0415
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415

    try:
        book = load_workbook(path, read_only=True, data_only=False)
    except (InvalidFileException, KeyError, ValueError, OSError, ParseError, zipfile.BadZipFile) as error:
        raise FileRefusedError(_("the file is not an XLSX workbook (%(fault)s)") % {"fault": error}) from None
    try:
        names = book.sheetnames
        main = "services" if "services" in names else names[0]
        children = {group: _children(_sheet(book, group), group) for group in CHILD_GROUPS if group in names}
        for line, pairs in _sheet(book, main):
            pairs.extend(_children_of(pairs, children))
            yield RawRow(line, pairs)
        for group, rows in children.items():
            for key, (line, _rows) in rows.items():
                raise FileRefusedError(
                    _("sheet %(sheet)s, line %(line)d: no service %(key)s stands in the sheet of services")
                    % {"sheet": group, "line": line, "key": key}
                )
    except (ParseError, zipfile.BadZipFile, KeyError) as error:
        raise FileRefusedError(_("the file is not an XLSX workbook (%(fault)s)") % {"fault": error}) from None
    finally:
        book.close()


def _sheet(book: Any, name: str) -> Iterator[tuple[int, list[tuple[str, object]]]]:  # noqa: ANN401 - openpyxl's own
    sheet = book[name]
    sheet.reset_dimensions()
    headers: list[str] = []
    for line, cells in enumerate(sheet.iter_rows(), start=1):
        values = [_cell(cell, name, line) for cell in cells]
        if not headers:
            headers = [clean(value) for value in values]
            while headers and not headers[-1]:
                headers.pop()
            if not headers:
                raise FileRefusedError(
                    _("sheet %(sheet)s is empty: its first line must name the columns") % {"sheet": name}
                )
        elif any(value not in ("", None) for value in values):
            yield line, _pair(headers, values)


def _cell(cell: Any, sheet: str, line: int) -> object:  # noqa: ANN401 - openpyxl's own
    """The value of a cell as text, date or number that lost nothing.

    Raises:
        FileRefusedError: a formula, or a number of which digits are lost.
    """
    value = cell.value
    where = {"sheet": sheet, "line": line, "cell": getattr(cell, "coordinate", "")}
    if getattr(cell, "data_type", "") == "f":
        raise FileRefusedError(_("sheet %(sheet)s, cell %(cell)s is a formula; paste its value in its place") % where)
    if isinstance(value, float | int) and not isinstance(value, bool):
        if abs(value) >= 10**_DIGITS_OF_FLOAT:
            raise FileRefusedError(
                _("sheet %(sheet)s, cell %(cell)s is a number that lost digits; format the column as text") % where
            )
        return str(int(value)) if value == int(value) else str(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time().isoformat() == "00:00:00" else value.isoformat(" ")
    if isinstance(value, date | bool | str) or value is None:
        return value
    return str(value)


Children = dict[str, tuple[int, list[dict[str, object]]]]


def _children(rows: Iterator[tuple[int, list[tuple[str, object]]]], group: str) -> Children:
    """Rows of a further sheet by the service they belong to."""
    found: Children = {}
    for line, pairs in rows:
        row = dict(pairs)
        key = clean(row.pop(_KEY, None))
        if not key:
            raise FileRefusedError(
                _("sheet %(sheet)s, line %(line)d: column %(key)s is empty; it names the service")
                % {"sheet": group, "line": line, "key": _KEY}
            )
        stated = {name: value for name, value in row.items() if value not in ("", None)}
        found.setdefault(key, (line, []))[1].append(stated)
    return found


def _children_of(pairs: list[tuple[str, object]], children: dict[str, Children]) -> list[tuple[str, object]]:
    values = dict(pairs)
    keys = [clean(values.get(name)) for name in ("service_id", "task_code", "foreign_code")]
    found: list[tuple[str, object]] = []
    for group, rows in children.items():
        key = next((k for k in keys if k and k in rows), None)
        found.append((group, rows.pop(key)[1] if key else []))
    return found


def _load_json(path: Path) -> tuple[dict[str, Any], list[Any]]:
    """What stands above the list, and the list."""
    if path.stat().st_size > LARGEST_JSON:
        raise FileRefusedError(_("the file is larger than %(megabytes)d MB; use CSV") % {"megabytes": 512})
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FileRefusedError(_("the file is not in UTF-8, which JSON is written in")) from None
    try:
        whole = read_json(text)
    except UnreadableError as error:
        raise FileRefusedError(_("the file is not read: expected %(fault)s") % {"fault": error}) from None
    if isinstance(whole, list):
        return {}, whole
    if isinstance(whole, dict) and isinstance(whole.get("services"), list):
        return {key: value for key, value in whole.items() if key != "services"}, whole["services"]
    raise FileRefusedError(_('the file holds no list of services: {"services": [...]} is expected'))


def _json_rows(services: list[Any]) -> Iterator[RawRow]:
    for number, one in enumerate(services, start=1):
        if not isinstance(one, dict):
            raise FileRefusedError(_("record %(number)d is no JSON object") % {"number": number})
        yield RawRow(number, list(one.items()))
