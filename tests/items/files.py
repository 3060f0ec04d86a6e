"""Files of services for tests, and the shortest way to load and export them."""

import csv
import io
import json
from datetime import date
from pathlib import Path
from typing import Any

from tongban.identity.actor import platform_process
from tongban.items.exporting import export_services
from tongban.items.importing import ImportOptions, import_services
from tongban.items.problems import ImportReport
from tongban.items.queries import Filters
from tongban.items.reading import open_services

IMPORTER = platform_process("import")
DAY = date(2026, 6, 1)
ROW: dict[str, Any] = {
    "region": "511602000000",
    "department": "market",
    "dept_name": "广安区市场监督管理局",
    "task_name": "食品经营许可",
    "task_type": "01",
    "plan_effective_date": "2026-01-01",
}


def csv_file(folder: Path, *rows: dict[str, Any], name: str = "services.csv", encoding: str = "utf-8") -> Path:
    """A CSV file with the columns of all rows."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    writer.writerows(rows)
    path = folder / name
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def json_file(folder: Path, *rows: dict[str, Any], name: str = "services.json", **header: Any) -> Path:
    path = folder / name
    path.write_text(json.dumps({**header, "services": list(rows)}, ensure_ascii=False), encoding="utf-8")
    return path


def load(path: Path, **options: Any) -> ImportReport:
    return import_services(IMPORTER, open_services(path), ImportOptions(**options))


def export(file_format: str = "csv", day: date = DAY, **filters: Any) -> bytes:
    target = io.BytesIO()
    export_services(IMPORTER, target, file_format, Filters(**filters), day)
    return target.getvalue()


def exported_rows(day: date = DAY) -> list[dict[str, str]]:
    """What a CSV export holds, by column."""
    return list(csv.DictReader(io.StringIO(export(day=day).decode("utf-8-sig"))))
