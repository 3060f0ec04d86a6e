"""Notes and requests for cooperation: who sees them, their clock, and that the applicant never does."""

import uuid
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from tests.world import NOW, TODAY, SmallWorld
from tongban.cases import actions
from tongban.cases.actions import internal
from tongban.cases.actions.internal import Shared
from tongban.cases.jobs import remind_of_cooperation
from tongban.cases.models import Case, CaseNote, Cooperation, CooperationAct
from tongban.cases.queries import (
    InboxFilter,
    case_desk,
    case_notes,
    case_view,
    cooperation_asked,
    cooperation_view,
    inbox,
    inbox_counts,
    open_cooperations,
    shared_file,
)
from tongban.foundation import outbox
from tongban.foundation.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from tongban.identity.actor import Actor, actor_for
from tongban.identity.models import Account
from tongban.userspace.models import Message

Submit = Callable[..., Case]


def _as_citizen(officer: Actor) -> Actor:
    return actor_for(Account.objects.get(person=officer.person_id), "person", TODAY)


def ask(world: SmallWorld, case: Case, shared: Shared | None = None, question: str = "请核实该地址") -> Cooperation:
    return internal.ask_cooperation(world.window, case.pk, world.other_agency.pk, question, 5, shared or Shared(), NOW)


def test_notes_are_the_agencys_and_nobody_elses(world: SmallWorld, submitted: Submit) -> None:
    case, token = submitted(), uuid.uuid4()
    note = internal.add_note(world.window, case.pk, "  申请人来电询问进度 ", token, NOW)
    assert internal.add_note(world.window, case.pk, "申请人来电询问进度", token, NOW) == note
    assert [row.text for row in case_notes(world.reviewer, case.pk)] == ["申请人来电询问进度"]
    for stranger in (world.foreign_officer, world.stranger):
        with pytest.raises(NotFoundError):
            case_notes(stranger, case.pk)
        with pytest.raises(NotFoundError):
            internal.add_note(stranger, case.pk, "x", uuid.uuid4(), NOW)
    with pytest.raises(NotAllowedError):
        case_notes(world.citizen, case.pk)
    assert case_desk(world.citizen, case.pk, TODAY) is None
    with pytest.raises(InvalidError):
        internal.add_note(world.window, case.pk, " ", uuid.uuid4(), NOW)
    assert "申请人来电" not in repr(case_view(world.citizen, case.pk, TODAY))
    with pytest.raises(DatabaseError), transaction.atomic():
        CaseNote.objects.update(author="别人")
    with transaction.atomic(), pytest.raises(DatabaseError):
        CaseNote.objects.all().delete()


def test_nobody_reads_or_writes_notes_on_their_own_case(world: SmallWorld, submitted: Submit) -> None:
    case = submitted(_as_citizen(world.reviewer))
    internal.add_note(world.window, case.pk, "申请人是本局同事，请另行安排", uuid.uuid4(), NOW)
    with pytest.raises(NotAllowedError):
        case_notes(world.reviewer, case.pk)
    with pytest.raises(NotAllowedError):
        internal.add_note(world.reviewer, case.pk, "x", uuid.uuid4(), NOW)
    assert case_desk(world.reviewer, case.pk, TODAY) is None


def test_a_request_has_its_own_clock_and_shares_what_it_names(world: SmallWorld, submitted: Submit) -> None:
    case = submitted()
    before = (case.due_on, case.legal_due_on, case.revision)
    material = case.materials.get()
    request = ask(world, case, Shared(answers=["shop_name"], materials=[material.pk]))
    # From Monday 1 June, five working days, the day of the request not counted.
    assert request.due_on == date(2026, 6, 8)
    assert ask(world, case, Shared(answers=["shop_name"], materials=[material.pk])) == request
    case.refresh_from_db()
    assert (case.due_on, case.legal_due_on, case.revision) == before
    assert case.open_requests == 1
    view = cooperation_view(world.foreign_officer, request.pk, TODAY)
    assert [row.field for group in view.summary for row in group.rows] == ["shop_name"]
    assert view.applicant == ""
    assert "13800000000" not in repr(view)
    assert shared_file(world.foreign_officer, request.pk, material.pk).data.startswith(b"%PDF")
    hidden = ask(world, case, question="另请核实营业面积")
    with pytest.raises(NotFoundError):
        shared_file(world.foreign_officer, hidden.pk, material.pk)
    # The case itself stays closed to the asked agency.
    with pytest.raises(NotFoundError):
        case_view(world.foreign_officer, case.pk, TODAY)
    with pytest.raises(NotFoundError):
        cooperation_view(world.citizen, request.pk, TODAY)


def test_both_inboxes_show_it_until_it_is_answered(world: SmallWorld, submitted: Submit) -> None:
    case = submitted()
    request = ask(world, case)
    late = TODAY + timedelta(days=30)
    (theirs,), (ours,) = (open_cooperations(a, late) for a in (world.foreign_officer, world.reviewer))
    assert (theirs.id, theirs.asked_of_us, theirs.light) == (request.pk, True, "red")
    assert (ours.id, ours.asked_of_us) == (request.pk, False)
    waiting = InboxFilter(waiting=True)
    assert [row.id for row in inbox(world.window, TODAY, waiting).rows] == [case.pk]
    assert inbox_counts(world.window, TODAY).waiting == 1
    internal.remind_cooperation(world.reviewer, request.pk, NOW)
    internal.remind_cooperation(world.window, request.pk, NOW)
    assert CooperationAct.objects.filter(kind="remind").count() == 1
    assert open_cooperations(world.foreign_officer, TODAY)[0].reminded_at == NOW
    internal.answer_cooperation(world.foreign_officer, request.pk, "地址属实", NOW)
    internal.answer_cooperation(world.foreign_officer, request.pk, "地址属实", NOW)
    with pytest.raises(ConflictError):
        internal.decline_cooperation(world.foreign_officer, request.pk, "不属于本局职责", NOW)
    assert open_cooperations(world.reviewer, TODAY) == []
    assert inbox(world.window, TODAY, waiting).rows == []
    assert [act.text for act in cooperation_view(world.reviewer, request.pk, TODAY).acts][-1] == "地址属实"
    outbox.drain(NOW)
    assert Message.objects.filter(notice="cooperation_closed", post=request.asked_by).count() == 1


def test_a_late_request_is_told_of_once_on_both_sides(world: SmallWorld, submitted: Submit) -> None:
    case = submitted()
    request = ask(world, case)
    remind_of_cooperation(NOW + timedelta(days=7))  # the last day
    outbox.drain(NOW + timedelta(days=7))
    assert not Message.objects.filter(notice__startswith="cooperation").exists()
    for _run in (1, 2):
        remind_of_cooperation(NOW + timedelta(days=8))
        outbox.drain(NOW + timedelta(days=8))
    told = Message.objects.filter(notice__startswith="cooperation").order_by("notice")
    assert [(message.notice, message.post_id) for message in told] == [
        ("cooperation_asked_late", world.foreign_officer.post_id),
        ("cooperation_late", world.window.post_id),
    ]
    assert case.number[:6] in told[0].texts["en"]["text"]
    assert cooperation_asked(world.foreign_officer, case.pk) == request.pk
    assert cooperation_asked(world.window, case.pk) is None


def test_what_the_applicant_sees_says_nothing_of_it(world: SmallWorld, submitted: Submit) -> None:
    case = submitted()
    request = ask(world, case)
    internal.decline_cooperation(world.foreign_officer, request.pk, "材料不足以判断", NOW)
    actions.accept(world.window, case.pk, 1, NOW)
    view = case_view(world.citizen, case.pk, TODAY)
    assert [event.action for event in view.events] == ["submit", "accept"]
    assert "核实该地址" not in repr(view)
    assert "材料不足" not in repr(view)
    outbox.drain(NOW)
    assert set(Message.objects.filter(person=world.citizen.person_id).values_list("notice", flat=True)) == {
        "submit",
        "accept",
    }


def test_who_may_do_what_with_a_request(world: SmallWorld, submitted: Submit) -> None:
    case = submitted()
    request = ask(world, case)
    with pytest.raises(NotAllowedError):
        internal.answer_cooperation(world.reviewer, request.pk, "x", NOW)
    with pytest.raises(NotAllowedError):
        internal.remind_cooperation(world.foreign_officer, request.pk, NOW)
    with pytest.raises(NotFoundError):
        internal.ask_cooperation(world.foreign_officer, case.pk, world.agency.pk, "x", 5, Shared(), NOW)
    own = submitted(_as_citizen(world.foreign_officer))
    mine = ask(world, own, question="请核实")
    with pytest.raises(NotAllowedError):
        internal.answer_cooperation(world.foreign_officer, mine.pk, "属实", NOW)
    with pytest.raises(NotFoundError):
        cooperation_view(world.foreign_officer, mine.pk, TODAY)
    internal.withdraw_cooperation(world.reviewer, request.pk, NOW)
    case.refresh_from_db()
    assert case.open_requests == 0


def test_a_request_that_cannot_be(world: SmallWorld, submitted: Submit) -> None:
    case = submitted()
    other = submitted().materials.get()
    wrong = {
        "asked": (world.agency.pk, "x", 5, Shared()),
        "question": (world.other_agency.pk, " ", 5, Shared()),
        "limit": (world.other_agency.pk, "x", 0, Shared()),
        "answers": (world.other_agency.pk, "x", 5, Shared(answers=["password"])),
        "materials": (world.other_agency.pk, "x", 5, Shared(materials=[other.pk])),
    }
    for field, given in wrong.items():
        with pytest.raises(InvalidError) as refused:
            internal.ask_cooperation(world.window, case.pk, *given, NOW)
        assert list(refused.value.fields) == [field]
    actions.withdraw(world.citizen, case.pk, 1, NOW)
    with pytest.raises(ConflictError):
        ask(world, case)
