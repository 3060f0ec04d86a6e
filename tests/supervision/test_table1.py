"""Table 1 of the Guangxi platform of 2019, from the records to the figures and back.

The records are imported as a file; the table is computed; the file is exported, changed and imported again, and
exactly the predicted cells change.
"""

import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from tests.kept import kept
from tongban.demo.guangxi_2019 import THEME, as_csv, guangxi_agencies, guangxi_services
from tongban.foundation.errors import InvalidError, NotFoundError
from tongban.government.importing.agencies import import_agencies, import_shipped_departments
from tongban.government.models import Platform, Region
from tongban.identity.actor import VISITOR, platform_process
from tongban.items.exporting import export_to_file
from tongban.items.importing import ImportOptions, import_services
from tongban.items.models import Theme
from tongban.items.queries import Filters
from tongban.items.reading import open_services
from tongban.supervision.indicators import VisitsTable, visits_services, visits_table
from tongban.supervision.rules import Visits

GUANGXI = "450000"
YEAR_END, TODAY = date(2019, 12, 31), date(2026, 11, 21)
PUBLISHED = [
    (6, 2), (2, 0), (1, 0), (9, 0), (2, 0), (25, 0), (2, 1),
    (4, 0), (3, 22), (94, 2), (4, 0), (1, 0), (4, 1), (2, 0),
]  # fmt: skip


def build() -> None:
    """The 1,960 records, loaded from their file."""
    platform = Platform.objects.create(code="guangxi", name="广西", kind="provincial", run_by_us=True)
    lineage: list[str] = []
    for code, name, level in (
        ("100000000000", "中国", 0),
        ("450000000000", "广西壮族自治区", 1),
        ("450700000000", "钦州市", 2),
    ):
        parent = lineage[-1] if lineage else None
        lineage = [*lineage, code]
        Region.objects.create(code=code, name=name, level=level, parent_id=parent, lineage=lineage, platform=platform)
    Theme.objects.create(slug=THEME, name="贸易便利化", name_en="Trade facilitation", audience="organisation")
    importer = platform_process("import")
    import_shipped_departments(importer)
    assert import_agencies(importer, as_csv(guangxi_agencies())).added == 34
    with TemporaryDirectory() as folder:
        load(Path(folder) / "guangxi.csv", as_csv(guangxi_services()))


loaded = kept(build)


@pytest.fixture
def records(db: None, loaded: None, tmp_path: Path) -> Path:
    """The records are loaded; the folder for more files."""
    return tmp_path


def load(path: Path, data: bytes, *, update: bool = False) -> None:
    path.write_bytes(data)
    report = import_services(platform_process("import"), open_services(path), ImportOptions(update=update))
    assert report.loaded, report.errors[:3]


def table(day: date = YEAR_END, theme: str = THEME) -> VisitsTable:
    return visits_table(VISITOR, theme, GUANGXI, day)


def cells(day: date = YEAR_END) -> dict[str, tuple[int, int]]:
    return {row.agency: (row.tally.exactly_one, row.tally.none) for row in table(day).rows}


def change(folder: Path, edit: Callable[[dict[str, str]], bool], theme: str, count: int) -> None:
    """Export the services of a theme, or all, keep the rows that `edit` changed, import them with --update."""
    path = folder / "export.csv"
    export_to_file(VISITOR, path, "csv", Filters(region="450000000000", theme=theme), YEAR_END)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == count
    changed = [row for row in rows if edit(row)]
    load(folder / "changed.csv", as_csv(iter(changed)), update=True)


def test_the_table_its_totals_its_shares_and_the_rows_behind_them(records: Path) -> None:
    """All that only reads."""
    for day in (date(2019, 5, 31), YEAR_END, TODAY):
        assert list(cells(day).values()) == PUBLISHED
    assert table(date(2019, 5, 30)).everything.items == 0
    assert table(date(2019, 5, 30)).rows == []

    with CaptureQueriesContext(connection) as captured:
        found = table()
    assert len(captured) == 7

    program = found.as_json()
    assert list(program) == ["rows", "totals", "shares"]
    assert program["rows"][9] == {"agency": "南宁海关", "exactly_one": 94, "none": 2}
    assert program["totals"] == {
        "exactly_one": 159,
        "none": 28,
        "neither": 0,
        "items": 187,
        "all_exactly_one": 1739,
        "all_none": 140,
        "all_neither": 81,
        "all_items": 1960,
        "all_neither_by_declared_list": {"one_time_notice": 81},
        "all_reconstructed": 1946,
    }
    assert {name: share["percent"] for name, share in program["shares"].items()} == {
        "theme_exactly_one_of_exactly_one": 9.14,
        "theme_none_of_none": 20.0,
        "exactly_one_of_items": 88.72,
        "none_of_items": 7.14,
        "neither_of_items": 4.13,
        "theme_exactly_one_of_items": 8.11,
        "theme_none_of_items": 1.43,
    }

    for row in found.rows:
        for visits in Visits:
            chosen = found.selection.narrowed(agency=row.agency_id, visits=visits)
            assert visits_services(VISITOR, chosen).count() == row.tally.of(visits)
    customs = found.selection.narrowed(agency=found.rows[9].agency_id, visits=Visits.NONE)
    assert [v.name for v in visits_services(VISITOR, customs)] == [
        "南宁海关贸易便利化事项（重建）第 95 项",
        "南宁海关贸易便利化事项（重建）第 96 项",
    ]

    whole = table(theme="")
    assert len(whole.rows) == 34
    assert whole.theme == whole.everything

    with translation.override("en"), pytest.raises(InvalidError, match="6 or 12 digits"):
        visits_table(VISITOR, THEME, "45", YEAR_END)
    with pytest.raises(NotFoundError, match="990000"):
        visits_table(VISITOR, THEME, "990000", YEAR_END)
    with pytest.raises(NotFoundError, match="no-such-theme"):
        visits_table(VISITOR, "no-such-theme", GUANGXI, YEAR_END)


def test_a_changed_file_changes_exactly_the_predicted_cells(records: Path) -> None:
    """Two customs services no longer need a visit, one of commerce leaves the theme, one of MIIT ends in October."""
    before = cells()
    done = {"南宁海关": 2, "广西壮族自治区商务厅": 1, "广西壮族自治区工业和信息化厅": 1}

    def edit(row: dict[str, str]) -> bool:
        name = row["dept_name"]
        if THEME not in row["themes"] or row["limit_scene_num"] != "1" or not done.get(name):
            return False
        done[name] -= 1
        if name == "南宁海关":
            row["limit_scene_num"] = "0"
        elif name.endswith("商务厅"):
            row["themes"] = ""
        else:
            row["plan_cancel_date"] = "2019-10-01"
        return True

    change(records, edit, "", 1960)
    predicted = before | {
        "南宁海关": (92, 4),
        "广西壮族自治区商务厅": (24, 0),
        "广西壮族自治区工业和信息化厅": (1, 0),
    }
    assert cells() == predicted
    # The one that ends in October still counts in September.
    assert cells(date(2019, 9, 30))["广西壮族自治区工业和信息化厅"] == (2, 0)
    now = table()
    assert (now.theme.exactly_one, now.theme.none) == (155, 30)
    # Leaving a theme does not leave the platform; ending does.
    assert (now.everything.exactly_one, now.everything.none, now.everything.items) == (1736, 142, 1959)


def test_a_change_from_a_later_day_leaves_the_past_as_it_was(records: Path) -> None:
    before = cells()
    only = "广西壮族自治区科学技术厅"

    def edit(row: dict[str, str]) -> bool:
        if row["dept_name"] != only or THEME not in row["themes"]:
            return False
        row["themes"], row["plan_effective_date"] = "", "2021-01-01"
        return True

    change(records, edit, THEME, 187)
    assert cells() == before
    # Later the agency keeps its row, with nothing in it.
    assert cells(date(2021, 1, 1)) == before | {only: (0, 0)}


def test_cities_count_only_with_descendants(records: Path) -> None:
    rows = "region,department,task_name,task_type,limit_scene_num,themes,plan_effective_date\n"
    rows += f"450700000000,commerce,外贸备案,20,0,{THEME},2019-06-01\n"
    load(records / "qinzhou.csv", rows.encode())
    assert list(cells().values()) == PUBLISHED
    below = visits_table(VISITOR, THEME, GUANGXI, YEAR_END, with_descendants=True)
    assert below.theme.none == 29
    assert visits_table(VISITOR, THEME, "450700", YEAR_END).theme.none == 1
