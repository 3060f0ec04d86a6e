"""Several cases at once: each its own transaction, each with its result, twice sent done once."""

import uuid
from collections.abc import Callable

import pytest

from tests.world import NOW, TODAY, SmallWorld
from tongban.cases import actions
from tongban.cases.actions.bulk import BULK_ACTS, Order, Seen, act_on_several
from tongban.cases.actions.views import MAX_VIEWS, remove_view, save_view
from tongban.cases.models import Assignment, Case, CaseEvent, SavedView
from tongban.cases.queries import bulk_run, chosen_cases, saved_views
from tongban.foundation.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from tongban.identity.actor import Actor, actor_for
from tongban.identity.models import Account

Submit = Callable[..., Case]


def seen(*cases: Case) -> dict[uuid.UUID, Seen]:
    return {case.pk: Seen(case.revision, case.officer_id) for case in cases}


def _as_citizen(officer: Actor) -> Actor:
    return actor_for(Account.objects.get(person=officer.person_id), "person", TODAY)


def test_what_cannot_be_done_to_one_stops_no_other(world: SmallWorld, submitted: Submit) -> None:
    first, moved, own, last = submitted(), submitted(), submitted(_as_citizen(world.window)), submitted()
    order = Order("accept", seen(first, moved, own, last))
    actions.accept(world.reviewer, moved.pk, 1, NOW)
    token = uuid.uuid4()
    act_on_several(world.window, token, order, NOW)
    run = bulk_run(world.window, token)
    assert {row.case_id for row in run.done} == {first.pk, last.pk}
    why = {row.case_id: row.message for row in run.not_done}
    assert "农丽华" in why[moved.pk]
    assert why.keys() == {moved.pk, own.pk}
    assert all(why.values())
    assert [Case.objects.get(pk=c.pk).state for c in (first, moved, own, last)] == [
        "accepted",
        "accepted",
        "submitted",
        "accepted",
    ]
    # Sent again nothing happens twice, and what could not be done is not tried again unseen.
    act_on_several(world.window, token, order, NOW)
    assert CaseEvent.objects.filter(action="accept", case__in=[first, last]).count() == 2
    assert bulk_run(world.window, token) == run


def test_one_reason_goes_to_each_applicant(world: SmallWorld, submitted: Submit) -> None:
    cases = [submitted(), submitted()]
    token = uuid.uuid4()
    act_on_several(world.window, token, Order("return_for_correction", seen(*cases), "平面图未签字"), NOW)
    events = CaseEvent.objects.filter(action="return_for_correction", case__in=cases)
    assert [event.reason for event in events] == ["平面图未签字"] * 2
    assert Case.objects.get(pk=cases[0].pk).waits_for_others


def test_assigned_together(world: SmallWorld, submitted: Submit) -> None:
    cases = [submitted(), submitted()]
    assert world.reviewer.post
    order = Order("assign", seen(*cases), post=world.reviewer.post.id)
    act_on_several(world.window, uuid.uuid4(), order, NOW)
    assert Assignment.objects.filter(post=world.reviewer.post.id, case__in=cases).count() == 2


def test_a_run_is_its_officers_own_and_others_cases_leave_no_trace(world: SmallWorld, submitted: Submit) -> None:
    case, token = submitted(), uuid.uuid4()
    act_on_several(world.foreign_officer, token, Order("accept", seen(case)), NOW)
    run = bulk_run(world.foreign_officer, token)
    assert (run.done, run.not_done) == ([], [])
    assert chosen_cases(world.foreign_officer, [case.pk], TODAY) == []
    with pytest.raises(NotFoundError):
        bulk_run(world.window, token)
    with pytest.raises(NotFoundError):
        act_on_several(world.window, token, Order("accept", seen(case)), NOW)
    with pytest.raises(NotAllowedError):
        act_on_several(world.supervisor, uuid.uuid4(), Order("accept", seen(case)), NOW)


def test_an_order_that_cannot_be(world: SmallWorld, submitted: Submit) -> None:
    case = submitted()
    assert not {"grant", "deny", "sign_grant", "sign_denial"} & set(BULK_ACTS)
    for field, order in {
        "act": Order("grant", seen(case)),
        "cases": Order("accept", {}),
        "reason": Order("return_for_correction", seen(case), " "),
        "post": Order("assign", seen(case)),
    }.items():
        with pytest.raises(InvalidError) as refused:
            act_on_several(world.window, uuid.uuid4(), order, NOW)
        assert list(refused.value.fields) == [field]


def test_views_are_ones_own_and_one_opens_first(world: SmallWorld) -> None:
    late = save_view(world.window, "超期", {"due": "late", "text": ""}, is_default=True)
    save_view(world.window, "我的", {"whose": "mine"}, is_default=True)
    save_view(world.window, "我的", {"whose": "mine", "due": "today"}, is_default=True)
    assert [(v.name, v.query, v.is_default) for v in saved_views(world.window)] == [
        ("我的", {"whose": "mine", "due": "today"}, True),
        ("超期", {"due": "late"}, False),
    ]
    assert saved_views(world.reviewer) == []
    with pytest.raises(NotFoundError):
        remove_view(world.reviewer, late.pk)
    remove_view(world.window, late.pk)
    remove_view(world.window, late.pk)
    for name, query in ((" ", {}), ("x" * 61, {}), ("x", {"password": "1"})):
        with pytest.raises(InvalidError):
            save_view(world.window, name, query, is_default=False)
    for number in range(MAX_VIEWS - 1):
        save_view(world.window, f"视图{number}", {}, is_default=False)
    with pytest.raises(ConflictError):
        save_view(world.window, "又一个", {}, is_default=False)
    assert SavedView.objects.filter(is_default=True).count() == 1
