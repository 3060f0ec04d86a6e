"""The hall and the counter: numbers, appointments, identity, taking in for any agency."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric

from tests.world import ANSWERS, CREDIT_CODE, NOW, PDF, TODAY, SmallWorld
from tongban.cases import actions
from tongban.cases.actions import keep_power_at_window
from tongban.cases.actions.counter import (
    book_appointment,
    call_next,
    cancel_appointment,
    draw_number,
    finish_ticket,
    set_hours,
    take_in_at_counter,
)
from tongban.cases.models import Case, CounterCase, QueueTicket
from tongban.cases.queries import (
    appointment_slots,
    case_view,
    counter_services,
    hall,
    inbox,
    my_appointments,
    my_cases,
    taken_in,
)
from tongban.cases.queueing import Hours, InLine, free_slots, next_in_line, slots
from tongban.foundation import outbox
from tongban.foundation.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from tongban.foundation.models import LedgerEntry
from tongban.foundation.sealing import blind_index
from tongban.identity.actions import appoint, let_serve_counter
from tongban.identity.actor import Actor, actor_for, platform_process
from tongban.identity.counter import Shown, at_desk, check_identity, end_check
from tongban.identity.models import Account, Delegation, IdentityCheck, Person, Post, Role
from tongban.identity.powers import Power, Represented
from tongban.userspace.models import Message

NUMBER = "45072119900512001"
NUMBER += ric.calc_check_digit(NUMBER + "0")
LOCAL = timezone.localtime(NOW).time()

lines = st.lists(
    st.builds(InLine, st.integers(1, 999), st.none() | st.times()), max_size=12, unique_by=lambda t: t.number
)


@given(lines, st.times())
def test_who_is_next(waiting: list[InLine], now: time) -> None:
    chosen = next_in_line(waiting, now)
    if not waiting:
        assert chosen is None
        return
    assert chosen in waiting
    due = [t for t in waiting if t.starts_at is not None and t.starts_at <= now]
    drawn = [t for t in waiting if t.starts_at is None]
    if due:
        assert chosen == min(due, key=lambda t: (t.starts_at, t.number))
    elif drawn:
        assert chosen == min(drawn, key=lambda t: t.number)


@given(st.times(), st.times(), st.integers(1, 240), st.dictionaries(st.times(), st.integers(0, 9)))
def test_slots_lie_within_the_hours(opens: time, closes: time, minutes: int, taken: dict[time, int]) -> None:
    hours = Hours(opens, closes, minutes, places=2)
    found = list(slots(hours))
    day = date(2026, 6, 1)
    for slot in found:
        assert opens <= slot
        assert datetime.combine(day, slot) + timedelta(minutes=minutes) <= datetime.combine(day, closes)
    assert set(free_slots(hours, taken)) == {slot for slot in found if taken.get(slot, 0) < 2}


# --- the hall ---------------------------------------------------------------------------------------------------------


def test_numbers_are_drawn_called_and_ended(world: SmallWorld) -> None:
    token = uuid.uuid4()
    first = draw_number(world.window, token, NOW, name="李大姐")
    assert draw_number(world.window, token, NOW, name="李大姐") == first
    second = draw_number(world.window, uuid.uuid4(), NOW)
    assert (first.number, second.number) == (1, 2)
    assert [row.label for row in hall(world.window, NOW)] == ["A001", "A002"]
    assert call_next(world.window, NOW) == first
    # A second click calls nobody else.
    assert call_next(world.window, NOW) == first
    with pytest.raises(ConflictError):
        finish_ticket(world.window, second.pk, came=True)
    finish_ticket(world.window, first.pk, came=False)
    finish_ticket(world.window, first.pk, came=False)
    assert call_next(world.reviewer, NOW) == second
    assert call_next(world.window, NOW) is None
    # Who calls the next one has served the last.
    assert call_next(world.reviewer, NOW, second.pk) is None
    assert QueueTicket.objects.get(pk=second.pk).state == "served"
    with pytest.raises(NotFoundError):
        finish_ticket(world.foreign_officer, first.pk, came=True)
    with pytest.raises(NotAllowedError):
        draw_number(world.citizen, uuid.uuid4(), NOW)


def test_appointments(world: SmallWorld) -> None:
    day, slot = TODAY + timedelta(days=1), time(9, 30)
    assert slot in appointment_slots(world.citizen, world.service.pk, day, NOW).free
    token = uuid.uuid4()
    booked = book_appointment(world.citizen, world.service.pk, day, slot, token, NOW)
    assert book_appointment(world.citizen, world.service.pk, day, slot, token, NOW) == booked
    assert [row.label for row in my_appointments(world.citizen, TODAY)] == ["Y001"]
    assert my_appointments(world.stranger, TODAY) == []
    for other in (world.stranger, world.agent):
        book_appointment(other, world.service.pk, day, slot, uuid.uuid4(), NOW)
    assert slot not in appointment_slots(world.citizen, world.service.pk, day, NOW).free
    with pytest.raises(InvalidError) as full:
        book_appointment(world.citizen, world.service.pk, day, slot, uuid.uuid4(), NOW)
    assert "starts_at" in full.value.fields
    with pytest.raises(NotFoundError):
        cancel_appointment(world.stranger, booked.pk)
    cancel_appointment(world.citizen, booked.pk)
    cancel_appointment(world.citizen, booked.pk)
    assert slot in appointment_slots(world.citizen, world.service.pk, day, NOW).free
    for wrong in (TODAY - timedelta(days=1), date(2026, 6, 6), TODAY + timedelta(days=40)):
        with pytest.raises(InvalidError) as refused:
            book_appointment(world.citizen, world.service.pk, wrong, slot, uuid.uuid4(), NOW)
        assert "day" in refused.value.fields
    for minutes in (0, 30, 60):
        at = (datetime.combine(day, time(10)) + timedelta(minutes=minutes)).time()
        book_appointment(world.citizen, world.service.pk, day, at, uuid.uuid4(), NOW)
    with pytest.raises(ConflictError):
        book_appointment(world.citizen, world.service.pk, day, time(14), uuid.uuid4(), NOW)


def test_who_has_an_appointment_comes_first_when_it_is_time(world: SmallWorld) -> None:
    draw_number(world.window, uuid.uuid4(), NOW)
    at = next(s for s in appointment_slots(world.citizen, world.service.pk, TODAY, NOW).free if s > LOCAL)
    booked = book_appointment(world.citizen, world.service.pk, TODAY, at, uuid.uuid4(), NOW)
    later = timezone.make_aware(datetime.combine(TODAY, at))
    assert call_next(world.window, later) == booked


def test_only_the_head_sets_the_hours(world: SmallWorld) -> None:
    hours = Hours(time(8, 30), time(12), 15, 1)
    with pytest.raises(NotAllowedError):
        set_hours(world.reviewer, hours)
    person = Person.objects.get(account=world.stranger.account_id)
    appoint(platform_process("tests"), person, world.agency, Role.HEAD_OF_AGENCY, date(2026, 1, 1))
    head = actor_for(Account.objects.get(person=person), "", TODAY)
    set_hours(head, hours)
    free = appointment_slots(world.citizen, world.service.pk, TODAY + timedelta(days=1), NOW).free
    assert (free[0], free[-1], len(free)) == (time(8, 30), time(11, 45), 14)
    with pytest.raises(InvalidError) as refused:
        set_hours(head, Hours(time(12), time(9), 0, 0))
    assert set(refused.value.fields) == {"closes_at", "slot_minutes", "places"}


# --- the counter ------------------------------------------------------------------------------------------------------


@pytest.fixture
def counter(world: SmallWorld) -> Actor:
    """An officer of another agency whose post serves the one-window counter."""
    operator = platform_process("tests")
    person = Person.objects.get(account=world.foreign_officer.account_id)
    post = appoint(operator, person, world.other_agency, Role.WINDOW_OFFICER, date(2026, 1, 1), title="综合窗口")
    let_serve_counter(operator, post)
    return actor_for(Account.objects.get(person=person), f"post:{post.pk}", TODAY)


SHOWN = Shown("resident_card", "廖阿婆", NUMBER, "13900000000")


def _filled(serving: Actor, world: SmallWorld) -> uuid.UUID:
    draft = actions.start_draft(serving, world.service.pk, NOW)
    actions.save_draft(serving, draft.pk, ANSWERS)
    actions.attach(serving, draft.pk, 1, actions.upload(serving, "平面图.pdf", PDF).pk)
    return draft.pk


def test_somebody_without_an_account_applies_at_the_counter(world: SmallWorld, counter: Actor) -> None:
    check = check_identity(counter, SHOWN, NOW)
    assert check_identity(counter, SHOWN, NOW) == check
    assert check.person.assurance_level == 5
    assert check.person.account is None
    serving = at_desk(counter, check.pk, NOW)
    assert [s.id for s in counter_services(counter, "食品", TODAY)] == [world.service.pk]
    draft_id = _filled(serving, world)
    ticket = draw_number(counter, uuid.uuid4(), NOW)
    case = take_in_at_counter(serving, draft_id, NOW, ticket.pk)
    assert take_in_at_counter(serving, draft_id, NOW, ticket.pk) == case
    case = Case.objects.get()
    assert (case.person_id, case.applicant_name, case.agency_id) == (check.person_id, "廖阿婆", world.agency.pk)
    kept = CounterCase.objects.get()
    assert (kept.check_made_id, kept.agency_id, kept.ticket_id) == (check.pk, world.other_agency.pk, ticket.pk)
    # Both stand in the record: the officer who acted, and for whom.
    event = case.events.get()
    assert (event.actor_role, event.actor_name, event.post_id) == ("counter", "覃海燕", counter.post_id)
    entry = LedgerEntry.objects.get(deed="submit", object_id=str(case.pk))
    assert (entry.post_id, entry.principal) == (counter.post_id, f"person:{check.person_id}")
    who = case_view(world.window, case.pk, TODAY).events[0].who
    assert "覃海燕" in who
    assert world.other_agency.name in who
    # The agency of the service handles it; the counter keeps the receipt and no more.
    assert [row.id for row in inbox(world.window, TODAY).rows] == [case.pk]
    assert [row.case_id for row in taken_in(counter, check.pk, TODAY)] == [case.pk]
    assert case_view(serving, case.pk, TODAY).actions == ["withdraw"]
    with pytest.raises(NotFoundError):
        case_view(counter, case.pk, TODAY)
    with pytest.raises(NotAllowedError):
        actions.accept(serving, case.pk, 1, NOW)
    outbox.drain(NOW)
    assert Message.objects.get().person_id == check.person_id


def test_for_an_organisation(world: SmallWorld, counter: Actor) -> None:
    agent = Person.objects.get(account=world.agent.account_id)
    agent.id_number, agent.id_number_index = NUMBER, blind_index(NUMBER, "person.id_number")
    agent.save()
    shown = Shown("resident_card", agent.name, NUMBER, credit_code=CREDIT_CODE)
    serving = at_desk(counter, check_identity(counter, shown, NOW).pk, NOW)
    case = take_in_at_counter(serving, _filled(serving, world), NOW)
    assert (case.organisation_id, case.applicant_name) == (world.organisation.pk, world.organisation.name)
    Person.objects.filter(pk=agent.pk).update(name="别人")
    with pytest.raises(InvalidError) as refused:
        check_identity(counter, shown, NOW)
    assert "name" in refused.value.fields


def test_who_may_not_act_for_an_organisation(world: SmallWorld, counter: Actor) -> None:
    with pytest.raises(InvalidError) as refused:
        check_identity(counter, Shown("resident_card", "廖阿婆", NUMBER, credit_code=CREDIT_CODE), NOW)
    assert "credit_code" in refused.value.fields
    assert not IdentityCheck.objects.exists()
    assert not Person.objects.filter(name="廖阿婆").exists()
    with pytest.raises(InvalidError) as wrong:
        check_identity(counter, Shown("x", " ", "123"), NOW)
    assert set(wrong.value.fields) == {"document", "name", "id_number"}


MOTHER = Represented("resident_card", "韦秀兰", "450721196003070022")


@pytest.fixture
def mother(world: SmallWorld) -> Person:
    """The citizen of the small world, found by a number; somebody else comes for her."""
    found = Person.objects.get(name=world.citizen.person_name)
    found.id_number, found.id_number_index = MOTHER.id_number, blind_index(MOTHER.id_number, "person.id_number")
    found.save()
    return found


def _power(counter: Actor) -> Power:
    kept = keep_power_at_window(counter, "委托书.pdf", PDF, NOW)
    return Power(kept.pk, "代办食品经营许可", TODAY)


def _delegated(agent: Person, mother: Person, *deeds: str) -> Delegation:
    return Delegation.objects.create(
        person=mother,
        agent=agent,
        kind=Delegation.Kind.CARER,
        deeds=list(deeds),
        valid_from=TODAY,
        valid_to=TODAY + timedelta(9),
        accepted_at=NOW,
    )


def test_by_a_written_power_somebody_comes_for_another(world: SmallWorld, counter: Actor, mother: Person) -> None:
    with pytest.raises(InvalidError) as refused:  # nothing here lets them act
        check_identity(counter, replace(SHOWN, represented=MOTHER), NOW)
    assert list(refused.value.fields) == ["for_id_number"]
    incomplete = Power(uuid.uuid4(), " ", TODAY - timedelta(1))
    with pytest.raises(InvalidError) as refused:
        check_identity(counter, replace(SHOWN, represented=replace(MOTHER, id_number="1"), power=incomplete), NOW)
    assert set(refused.value.fields) == {"for_id_number", "power_scan", "power_matters", "power_last_day"}
    child = replace(MOTHER, id_number="450721201503070022", name="小明")
    with pytest.raises(InvalidError) as refused:
        check_identity(counter, replace(SHOWN, represented=child, power=_power(counter)), NOW)
    assert "18" in str(refused.value.fields["for_id_number"])
    check = check_identity(counter, replace(SHOWN, represented=MOTHER, power=_power(counter)), NOW)
    before = mother.assurance_level
    mother.refresh_from_db()
    assert (check.person.assurance_level, mother.assurance_level) == (5, before)  # nobody saw her
    serving = at_desk(counter, check.pk, NOW)
    case = take_in_at_counter(serving, _filled(serving, world), NOW)
    assert (case.person_id, case.applicant_name) == (mother.pk, "韦秀兰")
    assert case.events.get().data["by_mandate"] == {
        "basis": "written_power",
        "source": str(check.power_id),
        "agent": "廖阿婆",
    }
    assert LedgerEntry.objects.get(deed="submit").principal == f"person:{mother.pk}"
    for reader in (world.window, world.citizen):
        with translation.override("en"):
            who = case_view(reader, case.pk, TODAY).events[0].who
        assert "廖阿婆 for 韦秀兰 (written power of attorney)" in who
    assert [row.id for row in my_cases(world.citizen, TODAY).rows] == [case.pk]
    assert check.power
    check.power.media_type = "image/png"
    with pytest.raises(DatabaseError), transaction.atomic():
        check.power.save()


def test_a_carer_does_at_the_counter_what_the_delegation_says(
    world: SmallWorld, counter: Actor, mother: Person, submitted: Callable[..., Case]
) -> None:
    carer = check_identity(counter, SHOWN, NOW).person
    case, delegation = submitted(), _delegated(carer, mother, "read")
    check = check_identity(counter, replace(SHOWN, represented=MOTHER), NOW)
    serving = at_desk(counter, check.pk, NOW)
    assert [row.id for row in my_cases(serving, TODAY).rows] == [case.pk]
    assert case_view(serving, case.pk, TODAY).actions == []
    with pytest.raises(NotAllowedError):
        actions.withdraw(serving, case.pk, 1, NOW)
    with pytest.raises(NotAllowedError):
        actions.start_draft(serving, world.service.pk, NOW)
    Delegation.objects.update(deeds=["read", "follow_up"])
    assert actions.withdraw(at_desk(counter, check.pk, NOW), case.pk, 1, NOW).state == "withdrawn"
    delegation.revoked_at = NOW
    delegation.save()
    with pytest.raises(ConflictError):
        at_desk(counter, check.pk, NOW)


def test_an_officer_serves_nobody_for_whom_they_may_act(world: SmallWorld, counter: Actor, mother: Person) -> None:
    _delegated(Person.objects.get(account=counter.account_id), mother, "read")
    with pytest.raises(NotAllowedError):
        check_identity(counter, replace(SHOWN, represented=MOTHER, power=_power(counter)), NOW)


def test_nobody_serves_themselves(world: SmallWorld, counter: Actor) -> None:
    Person.objects.filter(account=counter.account_id).update(id_number_index=blind_index(NUMBER, "person.id_number"))
    with pytest.raises(NotAllowedError):
        check_identity(counter, Shown("resident_card", "覃海燕", NUMBER), NOW)


def test_the_right_comes_from_the_post_and_ends_with_the_day(world: SmallWorld, counter: Actor) -> None:
    for actor in (world.window, world.citizen, world.supervisor):
        with pytest.raises(NotAllowedError):
            check_identity(actor, SHOWN, NOW)
    with pytest.raises(InvalidError):
        let_serve_counter(platform_process("tests"), Post.objects.get(person__account=world.reviewer.account_id))
    check = check_identity(counter, SHOWN, NOW)
    with pytest.raises(ConflictError):
        at_desk(counter, check.pk, NOW + timedelta(days=1))
    end_check(counter, check.pk, NOW)
    end_check(counter, check.pk, NOW)
    with pytest.raises(ConflictError):
        at_desk(counter, check.pk, NOW)
    with pytest.raises(NotFoundError):
        at_desk(counter, uuid.uuid4(), NOW)
    with pytest.raises(NotAllowedError):
        take_in_at_counter(counter, uuid.uuid4(), NOW)


def test_a_correction_after_the_counter_is_told_to_who_handles_it(
    world: SmallWorld, counter: Actor, submitted: Callable[..., Case]
) -> None:
    serving = at_desk(counter, check_identity(counter, SHOWN, NOW).pk, NOW)
    case = take_in_at_counter(serving, _filled(serving, world), NOW)
    assert submitted().pk != case.pk
    outbox.drain(NOW)
    assert not Message.objects.filter(post=counter.post_id).exists()


def test_who_is_at_the_desk_corrects_and_takes_back(world: SmallWorld, counter: Actor) -> None:
    known = Person.objects.get(name=world.citizen.person_name)
    known.id_number, known.id_number_index = NUMBER, blind_index(NUMBER, "person.id_number")
    known.save()
    plan = actions.upload(world.citizen, "平面图.pdf", PDF)
    case = actions.submit_application(world.citizen, world.service.pk, ANSWERS, {1: [plan.pk]}, NOW)
    shown = Shown("resident_card", known.name, NUMBER)
    serving = at_desk(counter, check_identity(counter, shown, NOW).pk, NOW)
    assert case_view(serving, case.pk, TODAY).actions == ["withdraw"]
    actions.return_for_correction(world.window, case.pk, 1, NOW, "请更正面积")
    assert set(case_view(serving, case.pk, TODAY).actions) == {"supplement", "withdraw"}
    assert [row.id for row in my_cases(serving, TODAY).rows] == [case.pk]
    case = actions.supplement(serving, case.pk, 2, NOW, {"area": 50})
    assert case.answers["area"] == 50
    last = case.events.order_by("-sequence").first()
    assert last
    assert (last.action, last.actor_role, last.post_id) == ("supplement", "counter", counter.post_id)
    case = actions.withdraw(serving, case.pk, 3, NOW, "不办了")
    assert case.state == "withdrawn"
    plan = actions.upload(world.stranger, "平面图.pdf", PDF)
    other = actions.submit_application(world.stranger, world.service.pk, ANSWERS, {1: [plan.pk]}, NOW)
    with pytest.raises(NotFoundError):  # somebody else's, who is not at the desk
        actions.withdraw(serving, other.pk, 1, NOW)
