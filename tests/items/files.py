"""Files of services for tests, and the shortest way to load and export them."""

import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction

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


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside leaves nothing behind: the register is as empty as before."""
    savepoint = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(savepoint)


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


def words(chinese: str, english: str) -> dict[str, str]:
    return {"zh": chinese, "en": english}


FORM: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {
        "shop": {"type": "string", "maxLength": 100, "x-tongban": {"label": words("店名", "Name of the shop")}}
    },
    "required": ["shop"],
    "x-tongban": {"groups": [{"id": "shop", "title": words("店铺", "Shop"), "fields": ["shop"]}]},
}
FULL: dict[str, Any] = {
    "name": "食品经营许可",
    "item_type": "01",
    "effective_from": date(2026, 1, 1),
    "legal_basis": "《中华人民共和国食品安全法》第三十五条",
    "exercise_level": 3,
    "legal_limit": 20,
    "legal_limit_unit": "working_day",
    "promised_limit": 5,
    "promised_limit_unit": "working_day",
    "handling_kind": "2",
    "acceptance_conditions": "有与经营的食品相适应的场所",
    "handling_steps": "受理→审核→审批→办结→送达",
    "audiences": ["organisation"],
    "channels": ["window", "online"],
    "visits": 1,
    "visits_reason": "领取证件",
    "address": "广安区政务服务大厅3楼",
    "opening_hours": "工作日 9:00-17:00",
    "consultation_contact": "0826-2222001",
    "complaint_contact": "0826-12345",
    "result_type": "certificate",
    "result_name": "食品经营许可证",
    "result_sample": "samples/licence.pdf",
    "is_charged": False,
    "online": True,
    "online_capabilities": [1, 2, 3, 4],
    "themes": ["opening-a-shop"],
    "summary": "开店卖食品前要办的许可。",
    "form": FORM,
    "procedure": "standard",
    "english": {"name": "Food business licence", "summary": "The licence needed before selling food."},
}
GROUPS: dict[str, Any] = {
    "materials": [
        {"name": "食品经营许可申请书", "necessity": "1", "kind": "2", "source": "10", "copies": 1},
        {"name": "营业执照", "necessity": "1", "kind": "1", "source": "20", "resource_code": "R-001"},
    ],
    "questions": [{"question": "要多久？", "answer": "五个工作日。"}],
}
