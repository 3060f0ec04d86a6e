"""Papers, guardians, deaths, representatives, dissolutions: what each gives and what it ends."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from tests.identity.people import People, account_of, hats, number, person_of, wearing
from tests.identity.test_papers import checked
from tests.world import NOW, TODAY
from tongban.cases.queries import case_view, my_cases
from tongban.foundation.errors import ConflictError, InvalidError, NotAllowedError
from tongban.identity.actions import Identity, issue_token, open_account, register_person
from tongban.identity.actor import platform_process
from tongban.identity.counter import Shown, at_desk, check_identity
from tongban.identity.delegating import accept_delegation, offer_delegation
from tongban.identity.entering import (
    Guarding,
    change_representative,
    dissolve_organisation,
    end_guardianship,
    enter_guardianship,
    record_death,
)
from tongban.identity.finding import PaperGiven, person_by_paper
from tongban.identity.models import Person, Post
from tongban.identity.own_data import ask_correction, copy_of_data
from tongban.identity.papers import PaperKind
from tongban.identity.tokens import actor_of_session, actor_of_token

OPERATOR = platform_process("tests")
DOCUMENT = "户口簿 450721-000123"


def test_a_foreigner_is_registered_and_served_at_the_counter_by_passport(people: People) -> None:
    passport = PaperGiven(PaperKind.PASSPORT, "c1234567", "VNM")
    nguyen = register_person(OPERATOR, Identity("阮文明", papers=(passport,)))
    assert person_by_paper(PaperKind.PASSPORT, "C1234567", "VNM") == nguyen
    assert person_by_paper(PaperKind.PASSPORT, "C1234567", "LAO") is None
    with pytest.raises(ConflictError):
        register_person(OPERATOR, Identity("别人", papers=(passport,)))
    assert not Person.objects.filter(name="别人").exists()

    assert people.world.window.post is not None
    Post.objects.filter(pk=people.world.window.post.id).update(serves_counter=True)
    window = wearing(people.world.window, people.world.window.hat)
    seen = check_identity(window, Shown("passport", "阮文明", "C1234567", country="vnm"), NOW)
    assert seen.person == nguyen
    new = check_identity(window, Shown("permanent_residence", "金美兰", checked("9118401990050100" + "1")), NOW)
    assert at_desk(window, new.pk, NOW).applicant_name == "金美兰"
    for shown, field in (
        (Shown("passport", "阮文明", "C1234567"), "country"),
        (Shown("hk_macao_permit", "陈大文", "X1"), "id_number"),
        (Shown("passport", "另一人", "C1234567", country="VNM"), "name"),
    ):
        with pytest.raises(InvalidError) as refused:
            check_identity(window, shown, NOW)
        assert set(refused.value.fields) == {field}


def test_a_guardian_acts_until_majority(people: People) -> None:
    born = date(TODAY.year - 18, TODAY.month, TODAY.day) + timedelta(days=10)
    child = register_person(OPERATOR, Identity("韦小宝", id_number=number(born, 4)))
    mother = person_of(people.mother)
    given = Guarding(child, mother, "parent", DOCUMENT)
    entered = enter_guardianship(OPERATOR, given, NOW)
    assert enter_guardianship(OPERATOR, given, NOW) == entered
    hat = f"person:{child.pk}"
    guardian = wearing(people.mother, hat)
    case = people.apply(guardian)
    assert case.person_id == child.pk
    assert "韦秀兰" in case_view(people.world.window, case.pk, TODAY).applied_by
    # A guardian gets a copy of what is held about the ward; no other agent does (test_own_data).
    copied = copy_of_data(guardian, NOW)
    assert copied["person"] == str(child.pk)
    assert len(copied["cases"]["cases"]) == 1
    with pytest.raises(NotAllowedError):
        ask_correction(guardian, "name", "x", "y", NOW)
    assert hat in hats(people.mother, TODAY + timedelta(days=9))
    assert hat not in hats(people.mother, TODAY + timedelta(days=10))
    end_guardianship(OPERATOR, entered.pk, "判决变更监护人", NOW)
    assert hat not in hats(people.mother)
    with pytest.raises(NotAllowedError):
        enter_guardianship(people.mother, given, NOW)
    for wrong, field in (
        (Guarding(mother, child, "parent", DOCUMENT), "kind"),
        (Guarding(child, child, "parent", DOCUMENT), "guardian"),
        (Guarding(child, mother, "of_adult", DOCUMENT), "kind"),
        (Guarding(child, mother, "parent", " "), "document"),
    ):
        with pytest.raises(InvalidError) as refused:
            enter_guardianship(OPERATOR, wrong, NOW)
        assert field in refused.value.fields


def test_under_14_there_is_no_account_and_under_18_no_delegation(people: People) -> None:
    child = Identity("小小", id_number=number(timezone.localdate() - timedelta(days=5000), 5))
    account = open_account(OPERATOR, "xiaoxiao", None)
    with pytest.raises(InvalidError) as refused:
        register_person(OPERATOR, child, account)
    assert set(refused.value.fields) == {"account"}
    born = date(TODAY.year - 16, 1, 1)
    Person.objects.filter(pk=person_of(people.mother).pk).update(id_number=number(born, 6))
    with pytest.raises(NotAllowedError):
        offer_delegation(people.mother, people.invitation(), NOW)


def test_death_ends_hats_sessions_tokens_and_delegations_of_both_sides(people: People) -> None:
    _delegation, hat = people.delegated()
    account, now = account_of(people.mother), timezone.now()
    token, _kept = issue_token(account, "person", now)
    proof = account.get_session_auth_hash()
    case = people.apply(people.mother)
    mother = person_of(people.mother)
    with pytest.raises(InvalidError):
        record_death(OPERATOR, mother, TODAY + timedelta(days=1), DOCUMENT, NOW)
    for _ in range(2):
        record_death(OPERATOR, mother, TODAY, DOCUMENT, NOW)
    assert actor_of_token(token, now) is None
    assert actor_of_session(str(account.pk), proof, "person", TODAY) is None
    assert hat.hat not in hats(people.carer)
    assert case_view(people.world.window, case.pk, TODAY).row.id == case.pk


def test_another_representative_acts_at_once_and_the_former_no_more(people: People) -> None:
    organisation = people.world.organisation
    hat = f"organisation:{organisation.pk}"
    mother = person_of(people.mother)
    with pytest.raises(NotAllowedError):
        change_representative(people.representative, organisation, mother, DOCUMENT, NOW)
    change_representative(OPERATOR, organisation, mother, DOCUMENT, NOW)
    assert hat in hats(people.mother)
    assert hat not in hats(people.stranger)
    assert hat in hats(people.carer)  # what the organisation gave to its staff stands


def test_nobody_acts_for_a_dissolved_organisation_and_its_cases_stay_readable(people: People) -> None:
    organisation = people.world.organisation
    case = people.apply(people.representative)
    for _ in range(2):
        dissolve_organisation(OPERATOR, organisation, TODAY, DOCUMENT, NOW)
    hat = f"organisation:{organisation.pk}"
    assert hat not in hats(people.carer)
    last = wearing(people.stranger, hat)
    assert last.role == "former_representative"
    assert [row.id for row in my_cases(last, TODAY).rows] == [case.pk]
    assert case_view(last, case.pk, TODAY).actions == []
    account = account_of(last)
    assert actor_of_session(str(account.pk), account.get_session_auth_hash(), hat, TODAY) == last
    for act in (lambda: people.apply(last), lambda: offer_delegation(last, people.invitation(), NOW)):
        with pytest.raises(NotAllowedError):
            act()
    with pytest.raises(NotAllowedError):
        accept_delegation(last, case.pk, NOW)
