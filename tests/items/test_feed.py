"""Services of another platform, from its feed."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from tests.items.files import FORM, IMPORTER, ROW, json_file
from tongban.government.models import Platform
from tongban.identity.actor import VISITOR
from tongban.items.feed import import_feed
from tongban.items.guides import service_guide
from tongban.items.models import Service
from tongban.items.problems import FileRefusedError, ImportReport
from tongban.items.queries import in_force_on

pytestmark = pytest.mark.django_db
HEADER = {
    "platform": "guangzhou",
    "generated_at": "2026-03-01T08:00:00+08:00",
    "source_url": "https://www.gdzwfw.gov.cn/feed.json",
}


def _row(code: str, **changes: Any) -> dict[str, Any]:
    row = {**ROW, "region": "440100000000", "foreign_code": code, "form": FORM, "procedure": "standard"}
    del row["plan_effective_date"]
    return {**row, "task_type": "20", **changes}


def take(folder: Path, *rows: dict[str, Any], **header: Any) -> ImportReport:
    return import_feed(IMPORTER, json_file(folder, *rows, **{**HEADER, **header}))


def test_provenance_is_kept_and_it_is_theirs(theirs: Platform, tmp_path: Path) -> None:
    report = take(tmp_path, _row("GZ-1"), _row("GZ-2", task_name="居住证"))
    assert (report.errors, report.created, report.applicable) == ([], 2, 0)
    service = Service.objects.get(foreign_code="GZ-1")
    assert (service.platform, service.source, service.source_url) == (theirs, "feed", HEADER["source_url"])
    guide = service_guide(VISITOR, service.pk, timezone.localdate())
    assert (guide.is_foreign, guide.is_applicable, guide.platform) == (True, False, "广州政务")
    assert guide.effective_from == date(2026, 3, 1)


def test_the_next_feed_updates_withdraws_and_brings_back(theirs: Platform, tmp_path: Path) -> None:
    today = timezone.localdate()
    take(tmp_path, _row("GZ-1"), _row("GZ-2"))
    later = {"generated_at": "2026-04-01T08:00:00+08:00"}
    report = take(tmp_path, _row("GZ-1", limit_scene_num=1, limit_scene_explain="取件"), **later)
    assert (report.updated, report.withdrawn, report.created) == (1, 1, 0)
    assert set(in_force_on(today).values_list("service__foreign_code", flat=True)) == {"GZ-1"}
    assert in_force_on(date(2026, 3, 31)).count() == 2

    again = take(tmp_path, _row("GZ-1"), _row("GZ-2"), generated_at="2026-05-01T08:00:00+08:00")
    assert (again.errors, again.withdrawn) == ([], 0)
    assert in_force_on(today).count() == 2
    assert in_force_on(date(2026, 4, 15)).count() == 1


def test_a_faulty_feed_withdraws_nothing(theirs: Platform, tmp_path: Path) -> None:
    take(tmp_path, _row("GZ-1"), _row("GZ-2"))
    report = take(tmp_path, _row("GZ-1", task_type="99"))
    assert report.errors
    assert in_force_on(timezone.localdate()).count() == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [("platform", "sichuan"), ("platform", "nowhere"), ("generated_at", "yesterday"), ("source_url", "file:///etc")],
)
def test_the_header_must_say_whose_it_is(name: str, value: str, theirs: Platform, tmp_path: Path) -> None:
    with pytest.raises(FileRefusedError, match=r"run here|platform|generated_at|source_url"):
        take(tmp_path, _row("GZ-1"), **{name: value})
