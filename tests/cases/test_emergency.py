"""Emergency access: who may, for how long, what is recorded, who is told, who reviews."""

import uuid
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.world import TODAY, SmallWorld
from tongban.cases.actions.emergency import (
    Emergency,
    end_emergency_access,
    open_in_emergency,
    review_emergency_access,
    tell_of_emergencies,
)
from tongban.cases.models import Case
from tongban.cases.queries import bundle_of_case, case_desk, case_view, document_view, material_file
from tongban.cases.queries.emergency import emergency_access, emergency_accesses, my_emergency_accesses
from tongban.foundation import outbox
from tongban.foundation.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from tongban.foundation.models import LedgerEntry
from tongban.identity.actions import appoint
from tongban.identity.actor import Actor, actor_for, platform_process
from tongban.identity.emergency import EmergencyAccess
from tongban.identity.models import Account, Person, Role
from tongban.userspace.models import Message

REASON = Emergency("孩子失联，需立即核对地址", 2)
OPERATOR = platform_process("tests")


def officer(world: SmallWorld, username: str, role: Role) -> Actor:
    """A new human in a post at the agency above the one that handles the cases."""
    account = Account.objects.create(username=username)
    person = Person.objects.create(name=username, account=account)
    post = appoint(OPERATOR, person, world.other_agency, role, date(2026, 1, 1))
    return actor_for(account, f"post:{post.pk}", TODAY)


def account_of(actor: Actor) -> Account:
    assert actor.account_id is not None
    return Account.objects.get(pk=actor.account_id)


@pytest.fixture
def head(world: SmallWorld) -> Actor:
    return officer(world, "head", Role.HEAD_OF_AGENCY)


@pytest.fixture
def guard(world: SmallWorld) -> Actor:
    return officer(world, "guard", Role.SECURITY_OFFICER)


@pytest.fixture
def auditor(world: SmallWorld) -> Actor:
    return officer(world, "auditor", Role.AUDITOR)


@pytest.fixture
def case(submitted: Callable[..., Case]) -> Case:
    return submitted()


def test_a_head_above_reads_one_case_until_the_stated_time(head: Actor, case: Case) -> None:
    now = timezone.now()
    with pytest.raises(NotFoundError):
        case_view(head, case.pk, TODAY)
    access = open_in_emergency(head, case.pk, REASON, now)
    assert access.ends_at == now + timedelta(hours=2)
    assert open_in_emergency(head, case.pk, REASON, now).pk == access.pk
    view = case_view(head, case.pk, TODAY)
    assert view.actions == []
    assert case_desk(head, case.pk, TODAY) is None
    assert bundle_of_case(head, case.pk) is None
    document_view(head, view.documents[0].id)
    material_file(head, view.materials[0].id)
    shown = emergency_access(head, access.pk)
    assert [row.what.partition(":")[0] for row in shown.readings] == ["case", "case", "bundle", "document", "material"]
    entries = LedgerEntry.objects.filter(pk__in=[row.entry for row in shown.readings])
    assert {(e.deed, e.object_id, e.post_id) for e in entries} == {("read_in_emergency", str(case.pk), head.post_id)}
    # It ends by itself.
    EmergencyAccess.objects.update(opened_at=now - timedelta(hours=3), ends_at=now - timedelta(seconds=1))
    with pytest.raises(NotFoundError):
        case_view(head, case.pk, TODAY)
    assert len(emergency_access(head, access.pk).readings) == 5


def test_it_may_be_ended_early_by_who_opened_it_only(head: Actor, guard: Actor, case: Case) -> None:
    now = timezone.now()
    access = open_in_emergency(head, case.pk, REASON, now)
    with pytest.raises(NotFoundError):
        end_emergency_access(guard, access.pk, now)
    end_emergency_access(head, access.pk, now)
    with pytest.raises(NotFoundError):
        case_view(head, case.pk, TODAY)
    assert my_emergency_accesses(head)[0].state == "ended"


def test_who_may_not_is_refused(world: SmallWorld, head: Actor, auditor: Actor, case: Case) -> None:
    now = timezone.now()
    for actor in (world.reviewer, world.supervisor, world.citizen, world.foreign_officer, auditor):
        with pytest.raises((NotAllowedError, NotFoundError, ConflictError)):
            open_in_emergency(actor, case.pk, REASON, now)
    with pytest.raises(NotFoundError):
        open_in_emergency(head, uuid.uuid4(), REASON, now)
    Case.objects.filter(pk=case.pk).update(person_id=head.person_id)
    with pytest.raises(NotAllowedError):
        open_in_emergency(head, case.pk, REASON, now)
    # Another line than the head's own.
    department = type(world.agency.department).objects.create(code="planning", name="规划")
    Case.objects.filter(pk=case.pk).update(person_id=world.citizen.person_id)
    type(world.agency).objects.filter(pk=world.agency.pk).update(department=department)
    with pytest.raises(NotFoundError):
        open_in_emergency(head, case.pk, REASON, now)
    assert not EmergencyAccess.objects.exists()


@pytest.mark.parametrize(
    ("stated", "field"),
    [
        (Emergency("急", 2), "reason"),
        (Emergency(REASON.reason, 0), "hours"),
        (Emergency(REASON.reason, 5), "hours"),
        (Emergency(REASON.reason, 2, 31, REASON.reason), "delay_days"),
        (Emergency(REASON.reason, 2, 3, "急"), "delay_reason"),
    ],
)
def test_what_is_stated_is_checked(guard: Actor, case: Case, stated: Emergency, field: str) -> None:
    with pytest.raises(InvalidError) as refused:
        open_in_emergency(guard, case.pk, stated, timezone.now())
    assert list(refused.value.fields) == [field]


def test_the_person_and_the_auditors_are_told_at_once(
    world: SmallWorld, head: Actor, auditor: Actor, case: Case
) -> None:
    open_in_emergency(head, case.pk, REASON, timezone.now())
    outbox.drain(timezone.now())
    outbox.drain(timezone.now())
    told = Message.objects.filter(notice="break_glass")
    assert {(m.person_id, m.post_id) for m in told} == {
        (world.citizen.person_id, None),
        (auditor.person_id, auditor.post_id),
    }
    assert all("失联" not in str(message.texts) for message in told)


def test_only_a_right_to_it_puts_the_notice_off(
    world: SmallWorld, head: Actor, guard: Actor, auditor: Actor, case: Case
) -> None:
    now = timezone.now()
    later = Emergency(REASON.reason, 1, 3, "告知会惊动攻击者，妨碍处置")
    with pytest.raises(NotAllowedError):
        open_in_emergency(head, case.pk, later, now)
    access = open_in_emergency(guard, case.pk, later, now)
    outbox.drain(now)
    assert {m.person_id for m in Message.objects.filter(notice="break_glass")} == {auditor.person_id}
    assert tell_of_emergencies(now + timedelta(days=2)) == 0
    assert tell_of_emergencies(now + timedelta(days=3)) == 1
    assert tell_of_emergencies(now + timedelta(days=4)) == 0
    outbox.drain(now)
    assert Message.objects.filter(notice="break_glass", person=world.citizen.person_id, post=None).count() == 1
    access.refresh_from_db()
    assert access.told_at == now + timedelta(days=3)


def test_an_auditor_reviews_once_and_never_their_own(head: Actor, auditor: Actor, case: Case) -> None:
    now = timezone.now()
    access = open_in_emergency(head, case.pk, REASON, now)
    (row,) = emergency_accesses(auditor, unreviewed=True)
    assert (row.reason, row.officer, row.finding) == (REASON.reason, "head", "")
    with pytest.raises(NotAllowedError):
        review_emergency_access(head, access.pk, "justified", "", now)
    for finding, field in (("unjustified", "remark"), ("", "finding")):
        with pytest.raises(InvalidError) as refused:
            review_emergency_access(auditor, access.pk, finding, " ", now)
        assert list(refused.value.fields) == [field]
    review_emergency_access(auditor, access.pk, "unjustified", "没有紧急情况", now)
    with pytest.raises(ConflictError):
        review_emergency_access(auditor, access.pk, "justified", "", now)
    assert emergency_accesses(auditor, unreviewed=True) == []
    assert emergency_accesses(auditor)[0].remark == "没有紧急情况"
    # The audit sees the use, not the case.
    with pytest.raises(NotFoundError):
        case_view(auditor, case.pk, TODAY)


def test_the_pages(client: Client, head: Actor, auditor: Actor, case: Case) -> None:
    for actor in (head, auditor):
        account = account_of(actor)
        client.force_login(account)
        page = client.get("/workbench/emergency/")
        assert page.status_code == 200
    client.force_login(account_of(head))
    given = {"number": case.number, "reason": "急", "hours": "9"}
    refused = client.post("/workbench/emergency/", given)
    assert refused.status_code == 422
    assert {"reason", "hours"} == set(refused.context["errors"])
    opened = client.post(
        "/workbench/emergency/", {"number": case.number, "reason": REASON.reason, "hours": "1"}, follow=True
    )
    assert "应急查阅" in opened.content.decode()
    access = EmergencyAccess.objects.get()
    assert client.get(f"/workbench/emergency/{access.pk}/").status_code == 200
    client.force_login(account_of(auditor))
    done = client.post(f"/workbench/emergency/{access.pk}/", {"finding": "justified"}, follow=True)
    assert done.status_code == 200
    assert client.get("/workbench/ledger/").status_code == 200
    assert client.get("/workbench/posts/").status_code == 200
    assert client.get("/workbench/security/").status_code == 403
    assert client.get(f"/workbench/cases/{case.pk}/").status_code == 404
