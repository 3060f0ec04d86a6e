"""Records go when they were kept long enough, after somebody looked; never what a running case needs."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from tests.kept import copied, kept
from tests.world import ANSWERS, PDF, SmallWorld, account_of
from tongban.cases import actions, queries
from tongban.cases.models import Case, CaseState, Draft
from tongban.foundation import outbox, retention
from tongban.foundation.errors import ConflictError, NotAllowedError, SignInNeededError
from tongban.foundation.home import SettingError
from tongban.foundation.models import LedgerEntry, RetentionReport
from tongban.identity.access_records import DataReading
from tongban.identity.actions import Identity, appoint, open_account, register_person
from tongban.identity.actor import VISITOR, Actor, actor_for, platform_process
from tongban.identity.models import Role
from tongban.userspace.models import Message

pytestmark = pytest.mark.django_db
OPERATOR = platform_process("tests")
LATER = timedelta(days=5 * 366)


built = kept(SmallWorld.build)


@pytest.fixture
def world(db: None, built: SmallWorld) -> SmallWorld:
    return copied(built)


@pytest.fixture
def keeper(world: SmallWorld) -> Actor:
    account = open_account(OPERATOR, "keeper", "correct-horse-battery")
    person = register_person(OPERATOR, Identity("管理员"), account)
    appoint(OPERATOR, person, world.agency, Role.ADMINISTRATOR, timezone.localdate())
    return actor_for(account, "", timezone.localdate())


def submitted(world: SmallWorld) -> Case:
    plan = actions.upload(world.citizen, "平面图.pdf", PDF)
    case = actions.submit_application(world.citizen, world.service.pk, ANSWERS, {1: [plan.pk]}, timezone.now())
    queries.case_view(world.reviewer, case.pk, timezone.localdate())
    return case


def test_what_is_approved_goes_and_a_running_case_keeps_its_own(world: SmallWorld, keeper: Actor) -> None:
    over, running = submitted(world), submitted(world)
    Case.objects.filter(pk=over.pk).update(state=CaseState.CLOSED)
    outbox.drain(timezone.now())
    actions.start_draft(world.citizen, world.service.pk, timezone.now())
    Session.objects.create(session_key="k" * 32, session_data="", expire_date=timezone.now())
    now = timezone.now() + LATER
    report = retention.make_report(OPERATOR, now)
    assert report is not None
    counts = {row["kind"]: row["count"] for row in report.rows}
    assert counts == {"sessions": 1, "drafts": 1, "messages": 1, "data_readings": 1}
    # Nothing goes before the approval.
    assert retention.carry_out(OPERATOR, now) is None
    assert Draft.objects.count() == 1
    retention.approve_report(keeper, report.pk, now)
    done = retention.carry_out(OPERATOR, now)
    assert done is not None
    assert {row["kind"]: row["removed"] for row in done.rows} == counts
    assert (Draft.objects.count(), Session.objects.count()) == (0, 0)
    assert [row.object_id for row in DataReading.objects.all()] == [running.pk]
    assert [row.case_id for row in Message.objects.all()] == [running.pk]
    assert Case.objects.count() == 2
    deeds = LedgerEntry.objects.filter(object_id=report.pk).order_by("id").values_list("deed", flat=True)
    assert list(deeds) == ["make_retention_report", "approve_retention_report", "carry_out_retention_report"]
    assert retention.carry_out(OPERATOR, now) is None


def test_what_became_due_after_the_report_waits_for_the_next(world: SmallWorld, keeper: Actor) -> None:
    actions.start_draft(world.citizen, world.service.pk, timezone.now())
    Draft.objects.update(saved_at=timezone.now() - timedelta(days=200))
    actions.start_draft(world.stranger, world.service.pk, timezone.now())
    report = retention.make_report(OPERATOR, timezone.now())
    assert report is not None
    Draft.objects.filter(person__account=account_of(world.stranger)).update(
        saved_at=timezone.now() - timedelta(days=179.9)
    )
    retention.approve_report(keeper, report.pk, timezone.now())
    retention.carry_out(OPERATOR, timezone.now() + timedelta(days=30))
    assert [draft.person_id for draft in Draft.objects.all()] == [world.stranger.person_id]


def test_who_may_approve_and_what(world: SmallWorld, keeper: Actor) -> None:
    actions.start_draft(world.citizen, world.service.pk, timezone.now())
    first = retention.make_report(OPERATOR, timezone.now() + LATER)
    second = retention.make_report(OPERATOR, timezone.now() + LATER)
    assert first is not None
    assert second is not None
    for stranger in (world.reviewer, world.citizen, world.supervisor):
        with pytest.raises(NotAllowedError):
            retention.approve_report(stranger, second.pk, timezone.now())
    with pytest.raises(SignInNeededError):
        retention.newest_reports(VISITOR)
    with pytest.raises(ConflictError):
        retention.approve_report(keeper, first.pk, timezone.now())
    for _ in range(2):
        assert retention.approve_report(keeper, second.pk, timezone.now()).state == RetentionReport.State.APPROVED
    # An approved one is carried out before the next is made.
    assert retention.make_report(OPERATOR, timezone.now() + LATER) is None


def test_the_page_shows_the_report_and_approves_it(world: SmallWorld, keeper: Actor, client: Client) -> None:
    actions.start_draft(world.citizen, world.service.pk, timezone.now())
    report = retention.make_report(OPERATOR, timezone.now() + LATER)
    assert report is not None
    client.force_login(account_of(keeper))
    client.post("/act-as/", {"hat": keeper.hat})
    text = client.get("/workbench/retention/").content.decode()
    assert "未提交的申请草稿" in text
    assert "网络安全法" in text
    assert client.post("/workbench/retention/", {"report": str(report.pk)}).status_code == 302
    report.refresh_from_db()
    assert (report.state, report.approved_by_post) == ("approved", keeper.post_id)
    assert client.post("/workbench/retention/", {"report": "x"}).status_code == 404
    client.force_login(account_of(world.reviewer))
    assert client.get("/workbench/retention/").status_code == 403


def test_rotated_logs_go_after_half_a_year_and_the_present_one_stays(tmp_path: Path, settings: Settings) -> None:
    settings.HOME = tmp_path
    logs = tmp_path / "logs"
    logs.mkdir()
    for name in ("tongban.log", "tongban.log.1", "tongban.log.2.gz"):
        (logs / name).write_text("{}")
    rule = next(rule for rule in retention.rules() if rule.kind == "logs")
    assert rule.days >= rule.least >= 183
    found = retention.due(timezone.now() + timedelta(days=rule.days + 1))
    assert next(row["count"] for row in found if row["kind"] == "logs") == 2
    assert next(row["count"] for row in retention.due(timezone.now()) if row["kind"] == "logs") == 0


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("- {kind: logs, name: {}, days: 100, from: {}, source: {}}", "183 days at least"),
        ("- {kind: wishes, name: {}, days: 1, from: {}, source: {}}", "no record is of the kind 'wishes'"),
        ("- {kind: drafts, name: {}, days: -1, from: {}, source: {}}", "expected a whole number"),
        ("- {kind: drafts, name: {}, days: 90, form: {}, source: {}}", "unknown key 'form'"),
        ("- {kind: drafts, days: 90}", "cannot be used"),
        ("{", "cannot be used"),
    ],
)
def test_a_faulty_rule_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, why: str) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(text)
    monkeypatch.setenv("TONGBAN_RETENTION", str(path))
    with pytest.raises(SettingError, match=why):
        retention.rules()


def test_the_operators_own_rule_replaces_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(
        "- {kind: drafts, name: {zh: 草稿, en: d}, days: 90, from: {zh: x, en: x},"
        " source: {zh: 某市规定, en: city rule}}"
    )
    monkeypatch.setenv("TONGBAN_RETENTION", str(path))
    changed = {rule.kind: rule.days for rule in retention.rules()}
    assert changed["drafts"] == 90
    assert changed["data_readings"] >= 1096
