"""Importing: every fault told, nothing half loaded, changes make versions, hostile files get a sentence."""

import io
import zipfile
from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pytest
from django.utils import timezone, translation
from openpyxl import Workbook

from tests.items.files import DAY, FORM, ROW, csv_file, export, exported_rows, json_file, load
from tongban.foundation.errors import SignInNeededError
from tongban.foundation.models import LedgerEntry
from tongban.government.importing.agencies import import_shipped_departments
from tongban.government.models import Agency, Department, Platform
from tongban.identity.actor import VISITOR, platform_process
from tongban.items.importing import import_services
from tongban.items.models import Item, Material, Service, ServiceVersion
from tongban.items.problems import Category, FileRefusedError
from tongban.items.queries import in_force_on
from tongban.items.reading import LONGEST_LINE, open_services

pytestmark = pytest.mark.django_db
State = ServiceVersion.State


def test_every_fault_is_told_with_line_and_column_and_nothing_is_loaded(agency: Agency, tmp_path: Path) -> None:
    path = csv_file(
        tmp_path,
        ROW,
        {**ROW, "task_type": "99", "anticipate_day": "many"},
        {**ROW, "region": "999999000000"},
        {**ROW, "task_name": " "},
        {**ROW, "plan_cancel_date": "2025-01-01"},
        {**ROW, "materials": '[{"material_name": "申请书", "is_need": "9"}, {"page_num": 1}]'},
        {**ROW, "materials": "申请书"},
        {**ROW, "platform": "nowhere"},
        {**ROW, "department": "unknown-code", "dept_name": ""},
    )
    report = load(path)
    assert not report.loaded
    assert not Service.objects.exists()
    told = {(e.line, e.column) for e in report.errors}
    assert told == {
        (3, "task_type"),
        (3, "anticipate_day"),
        (4, "region"),
        (5, "task_name"),
        (6, "plan_cancel_date"),
        (7, "materials[1].is_need"),
        (7, "materials[2].material_name"),
        (8, "materials"),
        (9, "platform"),
        (10, "department"),
    }
    days = next(e for e in report.errors if e.column == "anticipate_day")
    assert days.value == "many"
    assert "2147483647" in days.expected


def test_keep_going_loads_the_good_rows_and_names_the_others(agency: Agency, tmp_path: Path) -> None:
    path = csv_file(
        tmp_path, ROW, {**ROW, "task_type": "99"}, {**ROW, "task_name": "营业执照遗失补领", "task_type": "公共服务"}
    )
    report = load(path, keep_going=True)
    assert (report.loaded, report.created, report.left_out) == (True, 2, [3])
    assert LedgerEntry.objects.filter(deed="service.import", object_id=report.sha256).count() == 1


def test_a_dry_run_tells_the_same_and_keeps_nothing(ours: Platform, tmp_path: Path) -> None:
    report = load(csv_file(tmp_path, ROW), dry_run=True)
    assert (report.created, report.loaded, report.departments_created) == (1, False, ["market"])
    assert not Service.objects.exists()
    assert not Department.objects.exists()
    assert not LedgerEntry.objects.exists()


def test_an_unknown_column_is_refused_with_the_nearest_name(agency: Agency, tmp_path: Path) -> None:
    with pytest.raises(FileRefusedError, match="task_name"):
        load(csv_file(tmp_path, {**ROW, "taskname": "x"}))


def test_chinese_headers_and_words(agency: Agency, tmp_path: Path) -> None:
    row = {
        "行政区划代码": "511602",
        "部门": "广安区市场监督管理局",
        "事项名称": "食品经营许可",
        "事项类型": "行政许可",
        "办件类型": "承诺件",
        "承诺办结时限": "５",
        "承诺办结时限单位": "工作日",
        "服务对象": "企业法人、自然人",
        "计划生效日期": "2026年1月1日",
    }
    report = load(csv_file(tmp_path, row, encoding="gb18030"))
    assert report.errors == []
    version = ServiceVersion.objects.get()
    assert (version.promised_limit, version.promised_limit_unit, version.handling_kind) == (5, "working_day", "2")
    assert (version.audiences, version.effective_from) == (["organisation", "person"], date(2026, 1, 1))
    assert version.service.agency == agency


def test_departments_and_agencies_are_made_where_missing(ours: Platform, tmp_path: Path) -> None:
    rows = [
        {**ROW, "department": name, "dept_name": "", "task_name": name}
        for name in ("区民政局", "广安区民政局", "民政局")
    ]
    report = load(csv_file(tmp_path, *rows))
    assert (report.departments_created, len(report.agencies_created)) == (["minzhengju"], 1)
    assert Department.objects.get().name == "民政局"


def test_departments_of_the_register_are_found_by_the_names_agencies_go_by(ours: Platform, tmp_path: Path) -> None:
    import_shipped_departments(platform_process("import"))
    names = ("区公安分局", "区林业局", "区公管办", "区委办", "区城管局", "区综合执法局", "广安区委办")
    rows = [{**ROW, "department": name, "dept_name": "", "task_name": name} for name in names]
    with translation.override("en"):
        report = load(csv_file(tmp_path, *rows))
    assert report.errors == []
    assert report.departments_created == ["gongguanban", "quweiban"]
    found = dict(Agency.objects.values_list("name", "department__code"))
    assert found == {
        "区公安分局": "public-security",
        "区林业局": "forestry",
        "区公管办": "gongguanban",
        "区委办": "quweiban",
        "区城管局": "urban-management",
    }
    told = [(w.line, w.category, w.value, w.expected) for w in report.warnings]
    made = "a department of the register; %s was made"
    assert told == [
        (4, Category.DEPARTMENT, "区公管办", made % "公管办 (gongguanban)"),
        (5, Category.DEPARTMENT, "区委办", made % "区委办 (quweiban)"),
        # One agency a department and region: what the alias joins is told.
        (7, Category.AGENCY, "区综合执法局", "区城管局, as in the register"),
    ]


def test_a_department_made_by_its_code_hides_none_of_the_register(ours: Platform, tmp_path: Path) -> None:
    import_shipped_departments(platform_process("import"))
    rows = [
        {**ROW, "department": "fire-rescue", "dept_name": "区消防大队"},
        {**ROW, "department": "区民政局", "dept_name": "", "task_name": "收养登记"},
    ]
    assert load(csv_file(tmp_path, *rows)).departments_created == ["fire-rescue"]


def test_a_file_is_of_the_platform_it_is_said_to_be_of(theirs: Platform, tmp_path: Path) -> None:
    rows = [ROW, {**ROW, "task_name": "甲", "platform": "sichuan"}]
    assert load(csv_file(tmp_path, *rows), platform=theirs).errors == []
    found = dict(Service.objects.values_list("versions__name", "platform__code"))
    assert found == {"食品经营许可": "guangzhou", "甲": "sichuan"}


def test_an_item_of_the_catalogue_is_linked(item: Item, tmp_path: Path) -> None:
    load(csv_file(tmp_path, {**ROW, "catalog_code": item.code}))
    assert Service.objects.get().item == item


def test_a_row_of_csv_that_is_cut_off_is_refused_and_wipes_nothing(agency: Agency, tmp_path: Path) -> None:
    row = {**ROW, "task_code": "11511602MB1234567X4000131001000", "by_law": "《食品安全法》第三十五条"}
    assert load(csv_file(tmp_path, {**row, "transact_addr": "政务大厅3楼"})).errors == []
    service = Service.objects.get()
    columns, whole = csv_file(tmp_path, {**row, "transact_addr": ""}).read_text("utf-8").splitlines()
    cut = f"{columns}\n{whole.removesuffix(',')}\n".encode()
    report = load(_file(tmp_path, "cut.csv", cut), update=True)
    with translation.override("en"):
        assert [str(e) for e in load(_file(tmp_path, "cut.csv", cut), update=True).errors] == [
            "line 2, the row: '8 cells'; expected: 9 cells, as the first line names columns"
        ]
    assert (report.loaded, report.left_out) == (False, [2])
    kept = load(_file(tmp_path, "cut.csv", cut), update=True, keep_going=True)
    assert (kept.loaded, kept.updated, kept.left_out) == (True, 0, [2])
    assert [v.address for v in service.versions.all()] == ["政务大厅3楼"]
    # A comma too many at the end of the first line names no column.
    assert load(_file(tmp_path, "more.csv", f"{columns},\n{whole}\n".encode()), update=True).errors == []


def test_a_row_of_a_workbook_may_end_before_its_columns(agency: Agency, tmp_path: Path) -> None:
    header = ["region", "department", "task_name", "task_type", "by_law"]
    report = load(_file(tmp_path, "a.xlsx", _book(header, ["511602000000", "market", "甲", "01"])))
    assert (report.errors, report.created) == ([], 1)


def test_a_service_cannot_move(agency: Agency, theirs: Platform, tmp_path: Path) -> None:
    row = {**ROW, "task_code": "11511602MB1234567X4000131001000"}
    assert load(csv_file(tmp_path, row)).errors == []
    with translation.override("en"):
        region = load(csv_file(tmp_path, {**row, "region": "999999999999"}), update=True)
        platform = load(csv_file(tmp_path, {**row, "platform": theirs.code}), update=True)
    assert [e.expected for e in region.errors] == ["511602000000: a service cannot move to another region"]
    assert [e.expected for e in platform.errors] == [
        f"{agency.platform.code}: a service cannot move to another platform"
    ]


def test_types_by_two_columns_must_agree(agency: Agency, tmp_path: Path) -> None:
    row = {k: v for k, v in ROW.items() if k != "task_type"}
    report = load(csv_file(tmp_path, {**row, "task_type_code": "1", "task_type_zh": "公共服务"}))
    assert [(e.line, e.column) for e in report.errors] == [(2, "task_type_zh")]


def test_the_codes_of_guangdong(agency: Agency, tmp_path: Path) -> None:
    path = csv_file(tmp_path, {**ROW, "task_type": "21"})
    assert load(path).errors
    assert load(path, item_types="guangdong").errors == []
    assert ServiceVersion.objects.get().item_type == "20"


def test_wrong_credit_codes_and_unknown_themes_are_warnings(agency: Agency, tmp_path: Path) -> None:
    row = {**ROW, "task_code": "11440113455413717J444TC12049000", "themes": "nowhere", "dept_code": "68236467-9"}
    report = load(csv_file(tmp_path, row))
    assert report.errors == []
    assert report.warning_counts() == {
        Category.CREDIT_CODE: 1,
        Category.THEME: 1,
        Category.AGENCY_CODE: 1,
        Category.AGENCY: 1,
    }


# Updating


def _with_code(**changes: str) -> dict[str, str]:
    return {**ROW, "foreign_code": "X-1", "limit_scene_num": "1", **changes}


def test_an_existing_service_is_an_error_without_update(agency: Agency, tmp_path: Path) -> None:
    load(csv_file(tmp_path, _with_code()))
    report = load(csv_file(tmp_path, _with_code()))
    assert [(e.line, e.column, e.category) for e in report.errors] == [(2, "foreign_code", Category.EXISTS)]


def test_a_correction_changes_the_past_and_a_later_date_does_not(agency: Agency, tmp_path: Path) -> None:
    load(csv_file(tmp_path, _with_code()))
    before, after = date(2026, 2, 1), date(2026, 8, 1)

    report = load(csv_file(tmp_path, _with_code(limit_scene_num="2")), update=True)
    assert (report.updated, report.versions) == (1, 1)
    assert in_force_on(before).get().visits == 2

    load(csv_file(tmp_path, _with_code(limit_scene_num="0", plan_effective_date="2026-07-01")), update=True)
    assert in_force_on(before).get().visits == 2
    assert in_force_on(after).get().visits == 0

    # What stood in force before can be exported and loaded again without a change.
    path = tmp_path / "before.csv"
    path.write_bytes(export(day=before))
    assert load(path, update=True).unchanged == 1


def test_columns_that_the_file_lacks_keep_their_values(agency: Agency, tmp_path: Path) -> None:
    materials = '[{"material_name": "申请书", "is_need": "1"}]'
    load(csv_file(tmp_path, _with_code(materials=materials, by_law="食品安全法")))
    report = load(csv_file(tmp_path, {"platform": "sichuan", "foreign_code": "X-1", "limit_scene_num": 0}), update=True)
    assert (report.errors, report.updated) == ([], 1)
    version = in_force_on(DAY).get()
    assert (version.number, version.visits, version.legal_basis) == (2, 0, "食品安全法")
    assert list(version.materials.values_list("name", flat=True)) == ["申请书"]
    # A blank cell in a column that is there says blank.
    load(csv_file(tmp_path, {"platform": "sichuan", "foreign_code": "X-1", "materials": ""}), update=True)
    assert not in_force_on(DAY).get().materials.exists()
    assert Material.objects.count() == 2


def test_withdrawal_and_return(agency: Agency, tmp_path: Path) -> None:
    today = timezone.localdate()
    load(csv_file(tmp_path, _with_code()))
    gone = _with_code(task_state="取消", plan_cancel_date="2026-04-01")
    assert load(csv_file(tmp_path, gone), update=True).withdrawn == 1
    assert in_force_on(date(2026, 3, 31)).exists()
    assert not in_force_on(date(2026, 4, 1)).exists()
    assert load(csv_file(tmp_path, gone), update=True).unchanged == 1

    # Without a column that tells of its end the row keeps it; a blank one says that there is none.
    assert load(csv_file(tmp_path, _with_code()), update=True).unchanged == 1
    assert load(csv_file(tmp_path, _with_code(plan_cancel_date="")), update=True).updated == 1
    assert not in_force_on(today - timedelta(1)).exists()
    assert in_force_on(today).exists()


def test_a_row_cannot_hand_a_service_to_another_agency(agency: Agency, tmp_path: Path) -> None:
    load(csv_file(tmp_path, _with_code()))
    report = load(csv_file(tmp_path, _with_code(department="civil", dept_name="广安区民政局")), update=True)
    assert [e.column for e in report.errors] == ["department"]


def test_one_code_twice_in_a_file(agency: Agency, tmp_path: Path) -> None:
    report = load(csv_file(tmp_path, _with_code(), _with_code(task_name="另一个")))
    assert [(e.line, e.column) for e in report.errors] == [(3, "foreign_code")]


def test_applicable_only_with_form_procedure_and_no_error(agency: Agency, tmp_path: Path) -> None:
    row = {**ROW, "task_type": "20", "form": FORM, "procedure": "standard"}
    report = load(json_file(tmp_path, row, {**row, "task_name": "乙", "limit_scene_num": 2}))
    assert report.errors == []
    assert [r["task_name"] for r in exported_rows()] == ["食品经营许可", "乙"]
    assert list(ServiceVersion.objects.order_by("name").values_list("is_applicable", flat=True)) == [False, True]


def test_a_form_that_is_none(agency: Agency, tmp_path: Path) -> None:
    report = load(json_file(tmp_path, {**ROW, "form": {"type": "nothing"}}))
    assert [e.column for e in report.errors] == ["form"]


def test_only_who_keeps_the_register_may_import(agency: Agency, tmp_path: Path) -> None:
    with pytest.raises(SignInNeededError):
        import_services(VISITOR, open_services(csv_file(tmp_path, ROW)))
    assert not Service.objects.exists()


# Hostile and broken files


def _file(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def _book(*rows: Sequence[object]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(list(row))  # type: ignore[union-attr]
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 40 * 1024 * 1024)
    return buffer.getvalue()


def _with_entities(declared: str, named: str) -> bytes:
    """A workbook whose one cell names an entity that its own document type declares."""
    buffer = io.BytesIO(_book(["here"]))
    made = io.BytesIO()
    with zipfile.ZipFile(buffer) as book, zipfile.ZipFile(made, "w") as changed:
        for member in book.namelist():
            content = book.read(member)
            if member == "xl/worksheets/sheet1.xml":
                content = f"<!DOCTYPE x [{declared}]>".encode() + content.replace(b"here", named.encode())
            changed.writestr(member, content)
    return made.getvalue()


_TENFOLD = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 9))

# What takes long to make is made by the test: every worker reads this file.
HOSTILE: dict[str, tuple[str, bytes | partial[bytes]]] = {
    "NUL": ("a.csv", b"task_name\n\0\0\n"),
    "MB": ("a.csv", b"task_name\n" + b"x" * (LONGEST_LINE + 1) + b"\n"),
    "UTF-16": ("a.csv", "task_name\n甲\n".encode("utf-16")),
    "GB18030": ("a.csv", b"task_name\n\xff\xff\xfe\n"),
    ".xlsx": ("a.csv", partial(_book, ["task_name"])),
    "CSV": ("a.csv", b'task_name\n"open\n'),
    "empty": ("a.csv", b""),
    "formula": ("a.xlsx", partial(_book, ["task_name"], ["=1+1"])),
    "digits": ("a.xlsx", partial(_book, ["foreign_code"], [123456789012345678])),
    "unpacks": ("a.xlsx", partial(_bomb)),
    "not an XLSX": ("a.xlsx", b"PK\x03\x04 nothing"),
    "undefined entity": ("a.xlsx", partial(_with_entities, '<!ENTITY e SYSTEM "file:///etc/hostname">', "&e;")),
    "amplification": ("a.xlsx", partial(_with_entities, f'<!ENTITY e0 "{"x" * 64}">{_TENFOLD}', "&e8;")),
    "JSON": ("a.json", b"{"),
    "twice": ("a.json", b'{"services": [{"task_name": 1, "task_name": 2}]}'),
    "list of services": ("a.json", b'{"rows": []}'),
    "neither": ("a.doc", b""),
}


@pytest.mark.parametrize("sentence", HOSTILE)
def test_hostile_files_get_a_sentence(sentence: str, agency: Agency, tmp_path: Path) -> None:
    name, content = HOSTILE[sentence]
    content = content if isinstance(content, bytes) else content()
    with pytest.raises(FileRefusedError, match=sentence):
        load(_file(tmp_path, name, content))


def test_deep_json_gets_a_sentence(agency: Agency, tmp_path: Path) -> None:
    with pytest.raises(FileRefusedError):
        load(_file(tmp_path, "a.json", b"[" * 200_000))
    report = load(csv_file(tmp_path, {**ROW, "english": "{" * 9}))
    assert [e.column for e in report.errors] == ["english"]


def test_dates_and_numbers_of_a_workbook(agency: Agency, tmp_path: Path) -> None:
    header = ["region", "department", "task_name", "task_type", "plan_effective_date", "limit_scene_num", None]
    content = _book(header, [511602000000, "market", "甲", 1, date(2026, 1, 1), 1.0, None], [None] * 7)
    report = load(_file(tmp_path, "a.xlsx", content))
    assert report.errors == []
    version = ServiceVersion.objects.get()
    assert (version.item_type, version.effective_from, version.visits) == ("01", date(2026, 1, 1), 1)
