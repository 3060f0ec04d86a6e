"""The main job on real rows: apply, correct, accept, decide, deliver; and everything that must be refused."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, InternalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.world import ANSWERS, NOW, PDF, TODAY, SmallWorld
from tongban.cases import actions
from tongban.cases.correction import correction_view
from tongban.cases.models import Case, CaseDocument, CaseEvent, CaseState, Draft, Outcome
from tongban.cases.queries import case_view, document_view, draft_view, inbox, material_file, my_cases
from tongban.cases.rules import Light
from tongban.foundation.errors import (
    ConflictError,
    InvalidError,
    NotAllowedError,
    NotFoundError,
    SignInNeededError,
)
from tongban.foundation.models import LedgerEntry
from tongban.identity.actor import VISITOR

Submit = Callable[..., Case]


@pytest.mark.smoke
def test_a_case_goes_from_submission_to_delivery(world: SmallWorld, submitted: Submit) -> None:
    case = submitted()
    case = actions.receive(world.window, case.pk, 1, NOW)
    case = actions.accept(world.window, case.pk, 2, NOW + timedelta(days=1))
    case = actions.decide(world.reviewer, case.pk, 3, NOW + timedelta(days=2), Outcome.GRANTED)
    case = actions.deliver(world.window, case.pk, 4, NOW + timedelta(days=3))

    view = case_view(world.citizen, case.pk, TODAY)
    assert [event.action for event in view.events] == ["submit", "receive", "accept", "grant", "deliver"]
    assert [document.kind for document in view.documents] == ["receipt", "acceptance", "grant"]
    assert view.row.state == CaseState.CLOSED
    assert view.decision is not None
    text = document_view(world.citizen, view.decision.id).texts
    assert text["zh"]["title"] == "准予决定书"
    assert text["zh"]["number"] == "灵山县市场监督管理局〔2026〕准字第1号"
    assert "Food business licence" in text["en"]["body"]


def test_the_clock_runs_from_acceptance_and_promises_less_than_the_law(world: SmallWorld, submitted: Submit) -> None:
    case = submitted()
    assert case.due_on == date(2026, 6, 8)  # five working days for the notice of art 32(4)
    case = actions.accept(world.window, case.pk, 1, NOW)
    assert case.due_on == date(2026, 6, 8)
    assert case.legal_due_on == date(2026, 6, 30)  # 20 working days over the Dragon Boat Festival of 19 June
    view = case_view(world.citizen, case.pk, TODAY)
    assert view.clock is not None
    assert view.clock.due == case.due_on
    assert sum(day.counted for day in view.clock.days) == 5


def test_correction_stops_the_officers_clock_and_starts_the_notice_anew(world: SmallWorld, submitted: Submit) -> None:
    case = submitted()
    case = actions.return_for_correction(world.window, case.pk, 1, NOW, "平面图看不清楚")
    assert (case.state, case.due_on) == (CaseState.CORRECTING, None)
    with pytest.raises(ConflictError):
        actions.accept(world.window, case.pk, 2, NOW)
    later = NOW + timedelta(days=7)
    plan = actions.upload(world.citizen, "新平面图.pdf", PDF + b"better")
    case = actions.supplement(world.citizen, case.pk, 2, later, {"area": 50}, {1: [plan.pk]})
    assert case.state == CaseState.SUBMITTED
    assert case.due_on == date(2026, 6, 15)
    assert case.answers["area"] == 50
    assert case.answers["shop_name"] == ANSWERS["shop_name"]
    assert [m.file_name for m in case_view(world.window, case.pk, TODAY).materials] == ["平面图.pdf", "新平面图.pdf"]


def test_no_correction_after_acceptance(world: SmallWorld, submitted: Submit) -> None:
    case = actions.accept(world.window, submitted().pk, 1, NOW)
    with pytest.raises(ConflictError):
        actions.return_for_correction(world.window, case.pk, 2, NOW, "还缺一份")


def test_a_refusal_states_reason_and_remedies(world: SmallWorld, submitted: Submit) -> None:
    case = submitted()
    with pytest.raises(InvalidError) as refused:
        actions.refuse_acceptance(world.window, case.pk, 1, NOW, "   ")
    assert list(refused.value.fields) == ["reason"]
    case = actions.refuse_acceptance(world.window, case.pk, 1, NOW, "不属于本机关职权范围，请向钦州市局申请。")
    document = case.documents.get(kind=CaseDocument.Kind.ACCEPTANCE_REFUSAL)
    assert "行政复议" in document.content["zh"]["remedies"]
    assert "钦州市局" in document.content["zh"]["reason"]
    # What the service rests on, and what the act itself does.
    basis = {language: document.content[language]["legal_basis"].splitlines() for language in ("zh", "en")}
    assert basis["zh"] == [case.version.legal_basis, "《中华人民共和国行政许可法》第三十二条"]
    assert basis["en"][-1] == "Administrative Licensing Law, art 32"
    assert case.closed_at == NOW


def test_the_second_officer_is_told_who_was_faster(world: SmallWorld, submitted: Submit) -> None:
    case = actions.accept(world.window, submitted().pk, 1, NOW)
    actions.decide(world.reviewer, case.pk, 2, NOW, Outcome.GRANTED)
    with pytest.raises(ConflictError, match="农丽华"):
        actions.decide(world.second_reviewer, case.pk, 2, NOW, Outcome.DENIED, "不符合条件")
    case.refresh_from_db()
    assert case.outcome == Outcome.GRANTED
    assert case.documents.filter(kind__in=["grant", "denial"]).count() == 1


def test_a_double_click_is_one_step(world: SmallWorld, submitted: Submit) -> None:
    case = submitted()
    first = actions.accept(world.window, case.pk, 1, NOW)
    second = actions.accept(world.window, case.pk, 1, NOW)
    assert first.revision == second.revision == 2
    assert case.events.filter(action="accept").count() == 1


def test_a_revision_nobody_has_seen_is_refused(world: SmallWorld, submitted: Submit) -> None:
    with pytest.raises(InvalidError):
        actions.accept(world.window, submitted().pk, 99, NOW)


def test_who_may_not_act(world: SmallWorld, submitted: Submit) -> None:
    case = submitted()
    with pytest.raises(NotFoundError):  # another agency does not even learn that the case exists
        actions.accept(world.stranger, case.pk, 1, NOW)
    with pytest.raises(NotAllowedError):
        actions.accept(world.citizen, case.pk, 1, NOW)
    accepted = actions.accept(world.window, case.pk, 1, NOW)
    with pytest.raises(NotAllowedError):  # the procedure lets reviewing officers decide, not the window
        actions.decide(world.window, accepted.pk, 2, NOW, Outcome.GRANTED)
    with pytest.raises(SignInNeededError):
        actions.submit_application(VISITOR, world.service.pk, ANSWERS, {}, NOW)


def test_who_may_not_read(world: SmallWorld, submitted: Submit) -> None:
    case = submitted()
    document = case.documents.get()
    material = case.materials.get()
    for actor in (world.stranger, world.agent, world.foreign_officer, world.supervisor):
        with pytest.raises(NotFoundError):
            case_view(actor, case.pk, TODAY)
        with pytest.raises(NotFoundError):
            document_view(actor, document.pk)
        with pytest.raises(NotFoundError):
            material_file(actor, material.pk)
    with pytest.raises(SignInNeededError):
        case_view(VISITOR, case.pk, TODAY)
    assert material_file(world.window, material.pk).data == PDF


def test_an_agent_applies_for_the_organisation(world: SmallWorld, submitted: Submit) -> None:
    case = submitted(world.agent)
    assert case.applicant_name == world.organisation.name
    assert [row.id for row in my_cases(world.agent, TODAY).rows] == [case.pk]
    assert not my_cases(world.citizen, TODAY).rows


def test_another_agent_of_the_organisation_corrects_what_a_colleague_applied_for(
    world: SmallWorld, submitted: Submit
) -> None:
    case = submitted(world.agent)
    actions.return_for_correction(world.window, case.pk, 1, NOW, "平面图看不清楚")
    colleague = replace(world.agent, account_id=world.citizen.account_id, person_id=world.citizen.person_id)
    assert [row.id for row in my_cases(colleague, TODAY).rows] == [case.pk]
    assert correction_view(colleague, case.pk).notice
    with pytest.raises(NotFoundError):
        correction_view(world.citizen, case.pk)


def test_officers_do_not_handle_their_own_case(world: SmallWorld) -> None:
    as_citizen = actions.upload
    me = world.window.__class__(
        account_id=world.window.account_id,
        person_id=world.window.person_id,
        person_name=world.window.person_name,
        assurance_level=4,
    )
    plan = as_citizen(me, "图.pdf", PDF)
    case = actions.submit_application(me, world.service.pk, ANSWERS, {1: [plan.pk]}, NOW)
    with pytest.raises(NotAllowedError):
        actions.accept(world.window, case.pk, 1, NOW)
    assert case_view(world.window, case.pk, TODAY).actions == []


def test_wrong_answers_are_named_and_nothing_is_kept(world: SmallWorld) -> None:
    with pytest.raises(InvalidError) as refused:
        actions.submit_application(world.citizen, world.service.pk, {"shop_name": "店", "area": "大"}, {}, NOW)
    assert set(refused.value.fields) == {"shop_name", "area", "phone", "materials.1"}
    assert not Case.objects.exists()


def test_a_file_of_somebody_else_cannot_be_handed_in(world: SmallWorld) -> None:
    theirs = actions.upload(world.stranger, "图.pdf", PDF)
    with pytest.raises(InvalidError) as refused:
        actions.submit_application(world.citizen, world.service.pk, ANSWERS, {1: [theirs.pk]}, NOW)
    assert list(refused.value.fields) == ["materials.1"]


def test_what_government_holds_is_not_asked_for(world: SmallWorld) -> None:
    draft = actions.start_draft(world.citizen, world.service.pk, NOW)
    assert [task.material.position for task in draft_view(world.citizen, draft.pk).materials] == [1]
    mine = actions.upload(world.citizen, "执照.pdf", PDF)
    with pytest.raises(InvalidError):
        actions.attach(world.citizen, draft.pk, 2, mine.pk)


def test_a_draft_is_saved_taken_up_and_submitted_once(world: SmallWorld) -> None:
    draft = actions.start_draft(world.citizen, world.service.pk, NOW)
    assert actions.start_draft(world.citizen, world.service.pk, NOW).pk == draft.pk
    actions.save_draft(world.citizen, draft.pk, {"shop_name": "阿秀米粉店", "area": 45.5})
    with pytest.raises(InvalidError):
        actions.submit_draft(world.citizen, draft.pk, NOW)
    assert draft_view(world.citizen, draft.pk).answers["area"] == 45.5
    actions.save_draft(world.citizen, draft.pk, {"phone": "13800000000"})
    plan = actions.upload(world.citizen, "图.pdf", PDF)
    actions.attach(world.citizen, draft.pk, 1, plan.pk)
    first = actions.submit_draft(world.citizen, draft.pk, NOW)
    again = actions.submit_draft(world.citizen, draft.pk, NOW)
    assert first.pk == again.pk
    assert Case.objects.count() == 1
    assert not Draft.objects.exists()
    with pytest.raises(NotFoundError):
        actions.submit_draft(world.stranger, draft.pk, NOW)


def test_an_unknown_field_is_refused_by_name(world: SmallWorld) -> None:
    draft = actions.start_draft(world.citizen, world.service.pk, NOW)
    with pytest.raises(InvalidError) as refused:
        actions.save_draft(world.citizen, draft.pk, {"shop_nam": "x"})
    assert list(refused.value.fields) == ["shop_nam"]


def test_withdrawing_ends_the_case(world: SmallWorld, submitted: Submit) -> None:
    case = actions.withdraw(world.citizen, submitted().pk, 1, NOW)
    assert (case.state, case.due_on, case.closed_at) == (CaseState.WITHDRAWN, None, NOW)
    with pytest.raises(ConflictError):
        actions.accept(world.window, case.pk, 2, NOW)


def test_every_act_stands_in_the_ledger(world: SmallWorld, submitted: Submit) -> None:
    before = LedgerEntry.objects.count()
    case = submitted()
    actions.accept(world.window, case.pk, 1, NOW)
    deeds = LedgerEntry.objects.filter(object_type="case", object_id=str(case.pk)).order_by("id")
    assert list(deeds.values_list("deed", flat=True)) == ["submit", "accept"]
    assert LedgerEntry.objects.count() == before + 3  # the upload stands there, too


@pytest.mark.parametrize("table", ["cases_caseevent", "cases_casedocument", "cases_casematerial"])
def test_the_database_refuses_to_change_what_happened(world: SmallWorld, submitted: Submit, table: str) -> None:
    from django.db import connection

    submitted()
    for statement in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}"):
        with pytest.raises((InternalError, IntegrityError)), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_the_inbox_is_ordered_by_what_is_due_and_pages_through(world: SmallWorld, submitted: Submit) -> None:
    cases = [submitted(now=NOW - timedelta(days=n)) for n in (0, 9, 3)]
    waiting = submitted(now=NOW - timedelta(days=20))
    actions.return_for_correction(world.window, waiting.pk, 1, NOW - timedelta(days=19), "补正")
    page = inbox(world.window, TODAY)
    assert [row.id for row in page.rows] == [cases[1].pk, cases[2].pk, cases[0].pk, waiting.pk]
    assert [row.light for row in page.rows] == [Light.RED, Light.GREEN, Light.GREEN, None]
    seen, after = [], None
    while True:
        page = inbox(world.window, TODAY, after=after, size=1)
        seen += [row.id for row in page.rows]
        if page.next is None:
            break
        after = page.next
    assert seen == [cases[1].pk, cases[2].pk, cases[0].pk, waiting.pk]
    assert inbox(world.foreign_officer, TODAY).rows == []


def test_lists_cost_the_same_queries_whatever_their_length(
    world: SmallWorld, submitted: Submit, django_assert_num_queries: Callable[..., object]
) -> None:
    for _ in range(3):
        submitted()
    with django_assert_num_queries(1):  # type: ignore[attr-defined] # pytest-django types it loosely
        assert len(inbox(world.window, TODAY).rows) == 3
    with django_assert_num_queries(1):  # type: ignore[attr-defined] # pytest-django types it loosely
        assert len(my_cases(world.citizen, TODAY).rows) == 3


def test_a_case_number_catches_every_single_slip(world: SmallWorld, submitted: Submit) -> None:
    from tongban.cases.queries import case_by_number

    number = submitted().number
    assert case_by_number(world.citizen, f" {number[:6]}-{number[6:]} ".lower(), TODAY).row.number
    for position in range(len(number)):
        wrong = number[:position] + ("1" if number[position] != "1" else "2") + number[position + 1 :]
        with pytest.raises(NotFoundError):
            case_by_number(world.citizen, wrong, TODAY)


def test_a_case_of_nobody(world: SmallWorld) -> None:
    with pytest.raises(NotFoundError):
        case_view(world.citizen, uuid.uuid4(), TODAY)
    assert not CaseEvent.objects.exists()


def test_the_applicant_is_not_told_which_officer_was_faster(world: SmallWorld, submitted: Submit) -> None:
    case = submitted()
    actions.receive(world.window, case.pk, 1, NOW)
    with pytest.raises(ConflictError, match="机关") as refused:
        actions.withdraw(world.citizen, case.pk, 1, NOW)
    assert world.window.person_name not in str(refused.value)
    with pytest.raises(ConflictError, match=world.window.person_name):
        actions.accept(world.reviewer, case.pk, 1, NOW)


def test_a_case_page_reads_the_events_once(world: SmallWorld, submitted: Submit) -> None:
    case = submitted()
    case_view(world.citizen, case.pk, TODAY)  # what a process reads once
    with CaptureQueriesContext(connection) as asked:
        case_view(world.citizen, case.pk, TODAY)
    assert sum('FROM "cases_caseevent"' in query["sql"] for query in asked) == 1
