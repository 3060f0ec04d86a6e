"""Departments, agencies, docking tasks: loading, checking, advancing."""

import uuid
from datetime import date

import pytest
from click.testing import CliRunner
from django.utils import translation

from tests.government.files import csv_bytes
from tongban.cli.government import check_agencies_command
from tongban.foundation.errors import ConflictError, InvalidError, NotFoundError
from tongban.foundation.models import LedgerEntry
from tongban.government import actions, queries
from tongban.government.importing.agencies import import_agencies, import_departments, import_shipped_departments
from tongban.government.models import Agency, Department, DockingTask, Platform, Region
from tongban.government.rules import NATION_CODE, CreditCodeFault
from tongban.identity.actor import VISITOR, Actor

HEAD = "department,region,name,credit_code"


def test_shipped_departments_keep_their_customary_order(importer: Actor, db: None) -> None:
    report = import_shipped_departments(importer)
    assert report.problems == []
    assert import_shipped_departments(importer).unchanged == report.added
    codes = list(Department.objects.values_list("code", flat=True))
    assert codes.index("development-reform") < codes.index("commerce") < codes.index("customs")


def test_agencies_load_and_a_wrong_credit_code_is_a_finding(importer: Actor, nation: Region) -> None:
    import_shipped_departments(importer)
    report = import_agencies(
        importer,
        csv_bytes(HEAD, "finance,100000,财政部,11650000010183859F", "commerce,000000,商务部,116500000101838591"),
    )
    assert (report.problems, report.added) == ([], 2)
    assert [(f.line, f.column, f.value) for f in report.findings] == [(3, "credit_code", "116500000101838591")]
    found = queries.credit_code_findings(VISITOR)
    assert [(f.agency, f.fault) for f in found] == [("商务部", CreditCodeFault.CHECK_CHARACTER)]
    changed = import_agencies(importer, csv_bytes(HEAD, "finance,100000,中华人民共和国财政部,11650000010183859F"))
    assert (changed.added, changed.changed) == (0, 1)


def test_check_agencies_ends_with_1_for_a_wrong_code_not_for_a_missing_one(
    importer: Actor, nation: Region, ours: Platform
) -> None:
    import_shipped_departments(importer)
    import_agencies(importer, csv_bytes("department,region,name", f"finance,{NATION_CODE},财政部"))
    missing = CliRunner().invoke(check_agencies_command)
    assert (missing.exit_code, missing.stderr) == (0, "0 wrong, 1 missing.\n")
    Agency.objects.update(credit_code="116500000101838591")
    for arguments in ([], ["--json"]):
        assert CliRunner().invoke(check_agencies_command, arguments).exit_code == 1


def test_bad_rows_are_named_and_nothing_is_loaded(importer: Actor, nation: Region) -> None:
    import_shipped_departments(importer)
    rows = (
        "finance,100000,财政部,",
        "nothing,100000,某局,",
        "commerce,45,某厅,",
        "audit,100000,,",
        "finance,100000,又一,",
    )
    report = import_agencies(importer, csv_bytes(HEAD, *rows))
    assert [(p.line, p.column) for p in report.problems] == [
        (3, "department"),
        (4, "region"),
        (5, "name"),
        (6, "department"),
    ]
    assert not Agency.objects.exists()
    bad = import_departments(importer, csv_bytes("code,name,position", "a,甲,first", "b,,1", "a,乙,2"))
    assert [(p.line, p.column) for p in bad.problems] == [(2, "position"), (3, "name"), (4, "code")]


def test_agencies_are_paged_by_cursor_without_gaps_or_repeats(importer: Actor, nation: Region) -> None:
    import_shipped_departments(importer)
    codes = list(Department.objects.values_list("code", flat=True)[:7])
    import_agencies(importer, csv_bytes("department,region,name", *(f"{code},{NATION_CODE},{code}" for code in codes)))
    seen: list[str] = []
    cursor = ""
    while True:
        page = queries.agencies(VISITOR, size=3, after=cursor)
        seen += [row.department_code for row in page.rows]
        cursor = page.next_cursor
        if not cursor:
            break
    assert seen == codes
    with translation.override("en"), pytest.raises(InvalidError, match="not a place"):
        queries.agencies(VISITOR, after="nonsense")


@pytest.fixture
def task(importer: Actor, nation: Region, ours: Platform) -> DockingTask:
    department = Department.objects.create(code="finance", name="财政")
    owner = Agency.objects.create(department=department, region=nation, platform=ours, name="财政部")
    target = Platform.objects.create(code="national", name="国家平台", kind=Platform.Kind.NATIONAL)
    return actions.plan_docking_task(
        importer,
        DockingTask(name="统一身份认证", platform=ours, target=target, owner=owner, due_on=date(2019, 5, 31)),
    )


def test_a_docking_task_goes_forward_only(importer: Actor, task: DockingTask) -> None:
    actions.start_docking_task(importer, task.pk)
    actions.finish_docking_task(importer, task.pk, date(2019, 5, 30))
    with pytest.raises(ConflictError):
        actions.finish_docking_task(importer, task.pk, date(2019, 5, 31))
    with pytest.raises(ConflictError):
        actions.start_docking_task(importer, task.pk)
    with pytest.raises(NotFoundError):
        actions.start_docking_task(importer, uuid.uuid4())
    deeds = list(LedgerEntry.objects.order_by("id").values_list("deed", flat=True))
    assert deeds == ["docking_task.create", "docking_task.under_way", "docking_task.done"]
    ((platform, place),) = queries.docking_table(VISITOR, date(2019, 5, 31)).standings
    assert (platform.code, place.done, place.total, place.late) == ("guangxi", 1, 1, 0)
    assert queries.docking_table(VISITOR, date(2019, 5, 31), without=["guangxi"]).standings == []


def test_what_has_an_act_of_its_own_is_not_updated(importer: Actor, task: DockingTask) -> None:
    with pytest.raises(InvalidError) as refused:
        actions.update(importer, task, {"state": "done"})
    assert list(refused.value.fields) == ["state"]
    with pytest.raises(InvalidError):
        actions.plan_docking_task(
            importer, DockingTask(name="x", platform=task.platform, target=task.platform, owner=task.owner)
        )
    changed = actions.update(importer, task, {"due_on": date(2019, 6, 30)})
    assert changed.due_on == date(2019, 6, 30)
