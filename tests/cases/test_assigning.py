"""Who gets a case: the rule over any team, and what the platform does with it."""

import uuid
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.world import NOW, TODAY, SmallWorld
from tongban.cases import actions
from tongban.cases.actions.assigning import (
    assign,
    assign_new,
    end_absence,
    enter_absence,
    set_assignment_rule,
    set_specialists,
)
from tongban.cases.assigning import Team, acted_for, choose, present, stood_in_for
from tongban.cases.models import Absence, Assignment, AssignmentMethod, Case
from tongban.cases.queries import InboxFilter, inbox, inbox_counts
from tongban.foundation import outbox
from tongban.foundation.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from tongban.foundation.models import LedgerEntry
from tongban.identity.actions import appoint, delegate
from tongban.identity.actor import Actor, actor_for, platform_process
from tongban.identity.models import Account, Person, Post, Role
from tongban.userspace.models import Message

Submit = Callable[..., Case]
POSTS = [uuid.UUID(int=n) for n in range(1, 8)]
PEOPLE = [uuid.UUID(int=100 + n) for n in range(1, 6)]


@st.composite
def teams(draw: st.DrawFn) -> Team:
    held = draw(st.lists(st.sampled_from(POSTS), min_size=1, unique=True))
    people = {post: draw(st.sampled_from(PEOPLE)) for post in held}
    order = draw(st.lists(st.sampled_from(held), unique=True))
    # Stand-ins may be away themselves, in a circle, or hold no post any more.
    away = draw(st.dictionaries(st.sampled_from(POSTS), st.sampled_from(POSTS), max_size=5))
    loads = draw(st.dictionaries(st.sampled_from(held), st.integers(1, 50)))
    return Team(order, people, {a: b for a, b in away.items() if a != b}, loads)


@given(teams(), st.sampled_from(AssignmentMethod.values), st.sets(st.sampled_from(PEOPLE)), st.sampled_from(POSTS))
def test_a_case_goes_to_somebody_who_is_there_and_not_to_its_applicant(
    team: Team, method: str, barred: set[uuid.UUID], last: uuid.UUID
) -> None:
    choice = choose(method, team, barred, last)
    able = [p for p in team.order if (a := present(p, team.stand_ins)) and team.people.get(a) not in {None, *barred}]
    if method == AssignmentMethod.BY_HAND or not able:
        assert choice is None
        return
    assert choice is not None
    assert choice.meant_for in able
    assert choice.post == present(choice.meant_for, team.stand_ins)
    assert choice.post not in team.stand_ins
    assert team.people[choice.post] not in barred
    if method == AssignmentMethod.LEAST_LOAD:
        acting = {present(p, team.stand_ins) for p in able}
        assert team.load(choice.post) == min(team.load(post) for post in acting if post)


@given(teams(), st.integers(1, 4))
def test_in_turn_everybody_has_the_same_number_after_whole_rounds(team: Team, rounds: int) -> None:
    able = [p for p in team.order if (a := present(p, team.stand_ins)) and a in team.people]
    turns, last = [], None
    for _turn in range(rounds * len(able)):
        choice = choose(AssignmentMethod.ROUND_ROBIN, team, (), last)
        assert choice is not None
        last = choice.meant_for
        turns.append(last)
    assert {p: turns.count(p) for p in able} == dict.fromkeys(able, rounds)


@given(teams())
def test_the_work_of_every_post_is_at_most_one_posts(team: Team) -> None:
    for post in POSTS:
        holders = [p for p in POSTS if p not in team.stand_ins and post in acted_for(p, team.stand_ins)]
        assert len(holders) <= 1
        assert post in acted_for(post, team.stand_ins)


@given(teams(), st.data())
def test_somebody_stands_in_until_the_first_in_line_is_back(team: Team, data: st.DataObject) -> None:
    away = dict(team.stand_ins)
    last_days = {absent: data.draw(st.dates(TODAY, TODAY + timedelta(30))) for absent in away}
    for post in POSTS:
        found = stood_in_for(post, away, last_days)
        assert set(found) == acted_for(post, away) - {post}
        for absent, until in found.items():
            # The day before it ends nothing has changed; the day after, somebody is back and has their work again.
            still = {one: by for one, by in away.items() if last_days[one] >= until}
            assert absent in acted_for(post, still)
            back = {one: by for one, by in away.items() if last_days[one] > until}
            assert absent not in acted_for(post, back)


# --- in the platform --------------------------------------------------------------------------------------------------


def _post(actor: Actor) -> uuid.UUID:
    assert actor.post
    return actor.post.id


def _head(world: SmallWorld) -> Actor:
    """The stranger heads the agency, too."""
    person = Person.objects.get(account=world.stranger.account_id)
    appoint(platform_process("tests"), person, world.agency, Role.HEAD_OF_AGENCY, date(2026, 1, 1), title="局长")
    return actor_for(Account.objects.get(person=person), "", TODAY)


def test_new_cases_go_round_by_the_outbox_and_once(world: SmallWorld, submitted: Submit) -> None:
    before = submitted()
    set_assignment_rule(_head(world), AssignmentMethod.ROUND_ROBIN, NOW)
    cases = [submitted() for _ in range(4)]
    outbox.drain(NOW)
    outbox.drain(NOW)
    officers = [Case.objects.get(pk=case.pk).officer_id for case in cases]
    assert sorted(map(str, officers)) == sorted(map(str, [_post(world.reviewer), _post(world.second_reviewer)] * 2))
    assert officers[0] != officers[1]
    assert Assignment.objects.filter(case__in=cases, how="rule").count() == 4
    assert LedgerEntry.objects.filter(deed="assign", object_id=str(cases[0].pk)).count() == 1
    assert Message.objects.filter(notice="assigned", post=officers[0]).count() == 2
    # Everything in the outbox was new, so the case that came before the rule had its turn as well.
    assert assign_new([before.pk, *(case.pk for case in cases)], NOW) == 0


def test_specialists_and_the_least_load(world: SmallWorld, submitted: Submit) -> None:
    head = _head(world)
    set_assignment_rule(head, AssignmentMethod.LEAST_LOAD, NOW)
    first, second = submitted(), submitted()
    assert assign_new([first.pk], NOW) == assign_new([second.pk], NOW) == 1
    assert {Case.objects.get(pk=c.pk).officer_id for c in (first, second)} == {
        _post(world.reviewer),
        _post(world.second_reviewer),
    }
    set_specialists(head, world.service.pk, [_post(world.window)], NOW)
    third = submitted()
    assert assign_new([third.pk], NOW) == 1
    assert Case.objects.get(pk=third.pk).officer_id == _post(world.window)
    with pytest.raises(InvalidError) as refused:
        set_specialists(head, world.service.pk, [_post(world.foreign_officer)], NOW)
    assert "posts" in refused.value.fields
    with pytest.raises(NotAllowedError):
        set_assignment_rule(world.reviewer, AssignmentMethod.BY_HAND, NOW)


def test_nobody_gets_their_own_case_by_rule(world: SmallWorld, submitted: Submit) -> None:
    set_assignment_rule(_head(world), AssignmentMethod.ROUND_ROBIN, NOW)
    reviewers = [Person.objects.get(account=a.account_id) for a in (world.reviewer, world.second_reviewer)]
    own = submitted(actor_for(Account.objects.get(person=reviewers[0]), "person", TODAY))
    delegate(platform_process("tests"), world.organisation, reviewers[1], date(2026, 1, 1))
    organisations = submitted(world.agent)
    assign_new([own.pk, organisations.pk], NOW)
    assert Case.objects.get(pk=own.pk).officer_id == _post(world.second_reviewer)
    assert Case.objects.get(pk=organisations.pk).officer_id == _post(world.reviewer)


def test_by_hand_and_passed_on(world: SmallWorld, submitted: Submit) -> None:
    case = submitted()
    assign(world.window, case.pk, _post(world.reviewer), NOW, holder=None)
    again = assign(world.window, case.pk, _post(world.reviewer), NOW, holder=None)
    assert again.officer_id == _post(world.reviewer)
    assert Assignment.objects.filter(case=case).count() == 1
    with pytest.raises(NotAllowedError, match="农丽华"):
        assign(world.window, case.pk, _post(world.window), NOW, holder=_post(world.reviewer), reason="我来")
    with pytest.raises(InvalidError) as refused:
        assign(world.reviewer, case.pk, _post(world.second_reviewer), NOW, holder=_post(world.reviewer))
    assert "reason" in refused.value.fields
    passed = assign(
        world.reviewer, case.pk, _post(world.second_reviewer), NOW, holder=_post(world.reviewer), reason="出差"
    )
    assert passed.officer_id == _post(world.second_reviewer)
    assert [a.reason for a in Assignment.objects.filter(case=case).order_by("id")] == [None, "出差"]
    with pytest.raises(NotFoundError):
        assign(world.foreign_officer, case.pk, _post(world.foreign_officer), NOW, holder=None)
    head = _head(world)
    assign(head, case.pk, _post(world.window), NOW, holder=_post(world.second_reviewer), reason="调整分工")


def test_two_who_assign_at_once(world: SmallWorld, submitted: Submit) -> None:
    head, case = _head(world), submitted()
    assign(world.window, case.pk, _post(world.reviewer), NOW, holder=None)
    with pytest.raises(ConflictError, match="农丽华"):
        assign(head, case.pk, _post(world.window), NOW, holder=None)


def test_an_officers_own_case_is_assigned_to_and_by_somebody_else(world: SmallWorld, submitted: Submit) -> None:
    mine = submitted(actor_for(Account.objects.get(person=world.reviewer.person_id), "person", TODAY))
    with pytest.raises(NotAllowedError):
        assign(world.reviewer, mine.pk, _post(world.second_reviewer), NOW, holder=None)
    with pytest.raises(NotAllowedError):
        assign(world.window, mine.pk, _post(world.reviewer), NOW, holder=None)


def test_an_officer_handles_no_case_of_an_organisation_they_may_act_for(world: SmallWorld, submitted: Submit) -> None:
    delegate(
        platform_process("tests"),
        world.organisation,
        Person.objects.get(account=world.window.account_id),
        date(2026, 1, 1),
    )
    case = submitted(world.agent)
    with pytest.raises(NotAllowedError):
        actions.accept(world.window, case.pk, 1, NOW)
    with pytest.raises(NotAllowedError):
        assign(world.reviewer, case.pk, _post(world.window), NOW, holder=None)
    assert actions.accept(world.reviewer, case.pk, 1, NOW).state == "accepted"


def test_who_is_away_has_a_stand_in(world: SmallWorld, submitted: Submit) -> None:
    mine = submitted()
    assign(world.window, mine.pk, _post(world.reviewer), NOW, holder=None)
    days = (TODAY, TODAY + timedelta(days=3))
    away = enter_absence(world.reviewer, _post(world.reviewer), _post(world.second_reviewer), days, NOW, "培训")
    assert enter_absence(world.reviewer, _post(world.reviewer), _post(world.second_reviewer), days, NOW) == away
    # The work of who is away is the stand-in's, on those days and no others.
    wanted = InboxFilter(whose="mine")
    assert [row.id for row in inbox(world.second_reviewer, TODAY, wanted).rows] == [mine.pk]
    assert inbox_counts(world.second_reviewer, TODAY).mine == 1
    assert inbox(world.second_reviewer, TODAY + timedelta(days=4), wanted).rows == []
    # What is given to who is away goes to the stand-in, and says so.
    new = submitted()
    assign(world.window, new.pk, _post(world.reviewer), NOW, holder=None)
    given_to = Assignment.objects.get(case=new)
    assert (given_to.post_id, given_to.meant_for_id) == (_post(world.second_reviewer), _post(world.reviewer))
    # The stand-in may pass on what is in their hands.
    assign(
        world.second_reviewer, mine.pk, _post(world.window), NOW, holder=_post(world.reviewer), reason="代管期间分工"
    )
    end_absence(world.reviewer, away.pk, NOW)
    end_absence(world.reviewer, away.pk, NOW)
    assert Absence.objects.get().cancelled_at == NOW
    assert inbox_counts(world.second_reviewer, TODAY).mine == 1


def test_a_stand_in_does_not_get_their_own_case(world: SmallWorld, submitted: Submit) -> None:
    own = submitted(actor_for(Account.objects.get(person=world.second_reviewer.person_id), "person", TODAY))
    assign(world.window, own.pk, _post(world.reviewer), NOW, holder=None)
    days = (TODAY, TODAY)
    enter_absence(world.reviewer, _post(world.reviewer), _post(world.second_reviewer), days, NOW)
    assert inbox(world.second_reviewer, TODAY, InboxFilter(whose="mine")).rows == []
    assert inbox_counts(world.second_reviewer, TODAY).mine == 0
    other = submitted(actor_for(Account.objects.get(person=world.second_reviewer.person_id), "person", TODAY))
    with pytest.raises(NotAllowedError):
        assign(world.window, other.pk, _post(world.reviewer), NOW, holder=None)


def test_an_absence_that_cannot_be(world: SmallWorld) -> None:
    reviewer, second = _post(world.reviewer), _post(world.second_reviewer)
    with pytest.raises(NotAllowedError):
        enter_absence(world.window, reviewer, second, (TODAY, TODAY), NOW)
    for days, field in (
        ((TODAY - timedelta(days=1), TODAY), "first_day"),
        ((TODAY, TODAY - timedelta(days=1)), "last_day"),
        ((TODAY, TODAY + timedelta(days=400)), "last_day"),
    ):
        with pytest.raises(InvalidError) as refused:
            enter_absence(world.reviewer, reviewer, second, days, NOW)
        assert field in refused.value.fields
    for stand_in in (reviewer, _post(world.foreign_officer)):
        with pytest.raises(InvalidError) as refused:
            enter_absence(world.reviewer, reviewer, stand_in, (TODAY, TODAY), NOW)
        assert "stand_in" in refused.value.fields
    enter_absence(world.reviewer, reviewer, second, (TODAY, TODAY), NOW)
    with pytest.raises(ConflictError):
        enter_absence(world.reviewer, reviewer, _post(world.window), (TODAY, TODAY), NOW)


def test_assignments_are_never_edited(world: SmallWorld, submitted: Submit) -> None:
    from django.db import DatabaseError, transaction

    case = submitted()
    assign(world.window, case.pk, _post(world.reviewer), NOW, holder=None)
    with pytest.raises(DatabaseError), transaction.atomic():
        Assignment.objects.update(by_name="别人")
    assert Post.objects.get(pk=_post(world.reviewer)).assignments.count() == 1
