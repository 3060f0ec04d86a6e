"""One's own data: copied whole, corrected by evidence, erased within the law; two entries of one human made one."""

import json
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.test import Client

from tests.identity.people import MOTHER, People, account_of, hats, person_of, wearing
from tests.world import NOW, TODAY
from tongban.cases.actions import start_draft, withdraw
from tongban.cases.models import Draft, Upload
from tongban.cases.queries import my_cases
from tongban.foundation.errors import ConflictError, InvalidError, NotAllowedError
from tongban.foundation.models import LedgerEntry
from tongban.identity.access_records import DataReading
from tongban.identity.actions import Identity, issue_token, open_account, register_person
from tongban.identity.actor import Actor, platform_process
from tongban.identity.assurance.models import CounterRequest, Verification
from tongban.identity.emergency import EmergencyAccess
from tongban.identity.entering import close_account
from tongban.identity.finding import PaperGiven, person_by_paper
from tongban.identity.holdings import holdings
from tongban.identity.models import Account, Delegation, Person
from tongban.identity.own_data import (
    Answer,
    answer_correction,
    ask_correction,
    close_own_account,
    copy_of_data,
    merge_people,
    obstacles_to_closing,
)
from tongban.identity.papers import PaperKind
from tongban.identity.provider.models import (
    Application,
    ApplicationSignIn,
    Consent,
    ProviderToken,
    SignOutNotice,
)
from tongban.identity.signin.actions import set_contact
from tongban.identity.signin.rules import Contact
from tongban.identity.tokens import actor_of_token
from tongban.userspace.models import SavedMatter, SuggestionChoice

OPERATOR = platform_process("tests")


def test_every_column_that_points_to_a_person_or_account_is_some_packages_to_answer_for() -> None:
    """A new table about people has to be copied, moved and erased, or say why not, before this passes."""
    wanted = {
        f"{table._meta.label}.{column.name}"  # noqa: SLF001 - Django's way to ask
        for table in apps.get_models()
        for column in table._meta.fields  # noqa: SLF001 - the same
        if column.related_model in {Person, Account} and table._meta.label != "admin.LogEntry"  # noqa: SLF001
    }
    assert wanted == frozenset().union(*(holding.covers for holding in holdings()))


def test_a_copy_holds_what_is_sealed_and_is_for_oneself_alone(people: People) -> None:
    people.apply(people.mother)
    _delegation, hat = people.delegated()
    text = json.dumps(copy_of_data(people.mother, NOW), cls=DjangoJSONEncoder, ensure_ascii=False)
    for held in (MOTHER, "13800000000", "阿秀米粉店", "plan.pdf", "劳文静"):
        assert held in text
    assert LedgerEntry.objects.filter(deed="copy_data", object_id=str(people.mother.person_id)).exists()
    for other in (hat, people.representative, people.world.window):
        with pytest.raises(NotAllowedError):
            copy_of_data(other, NOW)


def _looked_at(people: People, whose: Actor) -> None:
    """An officer read their data; another opened a case in an emergency, of which they are still to be told."""
    post = people.world.window.post
    assert post is not None
    object_id, common = uuid.uuid4(), {"person_id": whose.person_id, "post_id": post.id}
    DataReading.objects.create(
        **common, kind="case", object_id=object_id, day=TODAY, first_at=NOW, agency_id=post.agency_id,
        purpose="contact", fields=["answers"], asked=True, reason="为核对电话号码",
    )  # fmt: skip
    EmergencyAccess.objects.create(
        **common, account_id=uuid.uuid4(), object_type="case", object_id=object_id, region_id=post.region_code,
        reason="尚未告知的理由", opened_at=NOW, ends_at=NOW + timedelta(hours=1), tell_at=NOW,
    )  # fmt: skip


def _registered(people: People) -> Application:
    return Application.objects.create(
        client_id="closing", agency=people.world.agency, name="追溯", audiences=["person"],
        home_uri="https://shop.example/", back_channel_uri="https://shop.example/out", sector="shop",
        state="published", registered_at=NOW,
    )  # fmt: skip


def _signed_in_everywhere(people: People) -> ApplicationSignIn:
    """In a browser, with an authenticator and a phone number, and at an application for the time of their absence."""
    account = account_of(people.mother)
    browser = Client()
    browser.force_login(account)
    key = browser.session.session_key
    UserSession.objects.create(user=account, session_key=key, ip="192.0.2.0", user_agent="Firefox")
    Authenticator.objects.create(user=account, type="totp", data={"secret": "x"})
    set_contact(people.mother, Contact("phone", "+8613812345678"))
    application, scopes = _registered(people), ["openid", "offline_access"]
    Consent.objects.create(application=application, account=account, hat="person", scopes=scopes, given_at=NOW)
    made = ApplicationSignIn.objects.create(
        application=application, account=account, hat="person", scopes=scopes, assurance_level=2, authenticated_at=NOW,
        session="sid", issuer="http://testserver", at=NOW,
    )  # fmt: skip
    ProviderToken.objects.create(
        digest="0" * 64, sign_in=made, kind="refresh", issued_at=NOW, expires_at=NOW + timedelta(days=9)
    )
    return made


def test_a_copy_says_who_looked_and_where_one_signed_in(people: People) -> None:
    _looked_at(people, people.mother)
    _signed_in_everywhere(people)
    SavedMatter.objects.create(person_id=people.mother.person_id, service=people.world.service, saved_at=NOW)
    SuggestionChoice.objects.create(person=person_of(people.mother), off=True)
    copied = copy_of_data(people.mother, NOW)
    text = json.dumps(copied, cls=DjangoJSONEncoder, ensure_ascii=False)
    assert "为核对电话号码" in text
    assert "尚未告知的理由" not in text, "of what they are still to be told the message speaks first"
    mine = copied["identity"]
    assert mine["contacts"]["phone"] == "+8613812345678"
    for name in ("sessions", "authenticators", "consents", "sign_ins_to_applications"):
        assert len(mine[name]) == 1, name
    assert "secret" not in json.dumps(mine["authenticators"], cls=DjangoJSONEncoder)
    assert (len(copied["userspace"]["saved"]), copied["userspace"]["suggestions_off"]) == (1, True)
    theirs = copy_of_data(people.stranger, NOW)
    assert (theirs["identity"]["sessions"], theirs["identity"]["readings"]) == ([], [])


def test_a_closed_account_is_signed_in_nowhere_and_its_number_is_free(people: People) -> None:
    made = _signed_in_everywhere(people)
    account = account_of(people.mother)
    key = UserSession.objects.get(user=account).session_key
    with transaction.atomic():
        close_account(account.pk, NOW)
    assert not Session.objects.filter(session_key=key).exists()
    assert not UserSession.objects.filter(user=account).exists()
    assert not Authenticator.objects.filter(user=account).exists()
    made.refresh_from_db()
    assert made.ended_at == NOW, "those for the time of absence too"
    assert ProviderToken.objects.get(sign_in=made).revoked_at == NOW
    assert SignOutNotice.objects.filter(sign_in=made).count() == 1
    assert Consent.objects.get(account=account).withdrawn_at == NOW
    set_contact(people.stranger, Contact("phone", "+8613812345678"))


def test_a_correction_is_answered_once_by_somebody_else_with_evidence(people: People) -> None:
    asked = ask_correction(people.mother, "name", "韦秀蓝", "户口簿", NOW)
    assert ask_correction(people.mother, "name", "又一个", "户口簿", NOW) == asked
    with pytest.raises(NotAllowedError):
        answer_correction(people.world.window, asked.pk, Answer(corrected=True, evidence="户口簿", text=""), NOW)
    reviewer = people.world.reviewer
    assert reviewer.post is not None
    administrator = replace(reviewer, post=replace(reviewer.post, role="administrator"))
    with pytest.raises(InvalidError):
        answer_correction(administrator, asked.pk, Answer(corrected=True, evidence=" ", text=""), NOW)
    answer_correction(administrator, asked.pk, Answer(corrected=True, evidence="户口簿 000123", text=""), NOW)
    assert person_of(people.mother).name == "韦秀蓝"
    with pytest.raises(ConflictError):
        answer_correction(administrator, asked.pk, Answer(corrected=False, evidence="", text="不符"), NOW)


def test_closing_the_account_erases_what_no_duty_keeps_and_says_what_is_kept(people: People) -> None:
    case = people.apply(people.mother)
    start_draft(people.mother, people.world.service.pk, NOW)
    _looked_at(people, people.mother)
    SavedMatter.objects.create(person_id=people.mother.person_id, service=people.world.service, saved_at=NOW)
    CounterRequest.objects.create(
        code="ABCD2345", person=person_of(people.mother), level=5, made_at=NOW, valid_until=TODAY
    )
    _delegation, hat = people.delegated()
    assert len(obstacles_to_closing(people.mother)) == 1
    with pytest.raises(ConflictError):
        close_own_account(people.mother, NOW)
    withdraw(people.mother, case.pk, case.revision, NOW)
    assert obstacles_to_closing(people.stranger)  # a legal representative
    done = close_own_account(people.mother, NOW)
    assert done.erased["cases"]["drafts"] >= 1
    assert [kept.count for kept in done.kept] == [1, 1, 1, 2], "the last: who read their data"
    assert done.erased["identity"]["announced_visits"] == done.erased["userspace"]["saved"] == 1
    person = person_of(people.mother)
    assert (person.phone, person.address, person.name) == (None, None, "韦秀兰")
    assert not Draft.objects.filter(person=person).exists()
    assert not Upload.objects.filter(person=person).exists()
    assert not account_of(people.mother).is_active
    assert hat.hat not in hats(people.carer)


def test_two_entries_of_one_human_become_one_and_every_moved_row_is_recorded(people: People) -> None:
    passport = PaperGiven(PaperKind.PASSPORT, "P7654321", "THA")
    account = open_account(OPERATOR, "second", None)
    second = register_person(OPERATOR, Identity("韦秀兰", papers=(passport,), assurance_level=4), account)
    other = wearing(people.mother.__class__(account_id=account.pk), "person")
    case, draft = people.apply(other), start_draft(other, people.other_service.pk, NOW)
    token, _kept = issue_token(account, "person", NOW)
    kept = person_of(people.mother)
    _looked_at(people, other)
    for person in (kept, second):
        SavedMatter.objects.create(person=person, service=people.world.service, saved_at=NOW)
    seen = Verification.objects.create(person=second, source="counter", level=5, evidence={}, made_at=NOW)
    merger = merge_people(OPERATOR, kept, second, "同一人两次注册，护照与身份证均已核验", NOW)
    assert merger.moved["cases.Case.person"] == [str(case.pk)]
    assert merger.moved["cases.Draft.person"] == [str(draft.pk)]
    assert str(seen.pk) in merger.moved["identity.Verification.person"]
    assert kept.verifications.filter(source="registration").exists(), "what each was registered with stays on the books"
    assert DataReading.objects.filter(person=kept).count() == len(merger.moved["identity.DataReading.person"]) == 1
    assert EmergencyAccess.objects.get().person == kept
    assert SavedMatter.objects.filter(person=kept).count() == 1
    assert case.pk in {row.id for row in my_cases(people.mother, TODAY).rows}
    assert person_by_paper(PaperKind.PASSPORT, "P7654321", "THA") == kept
    assert actor_of_token(token, NOW) is None
    deeds = LedgerEntry.objects.filter(object_id__in=[str(kept.pk), str(second.pk)], deed__startswith="merge")
    assert sorted(deeds.values_list("deed", flat=True)) == ["merge", "merged_into"]
    with pytest.raises(ConflictError):
        merge_people(OPERATOR, kept, second, "again", NOW)


def test_two_people_are_not_merged(people: People) -> None:
    mother, carer = (person_of(actor) for actor in (people.mother, people.carer))
    with pytest.raises(ConflictError, match="两个人"):
        merge_people(OPERATOR, mother, carer, "same", NOW)
    Person.objects.filter(pk=carer.pk).update(id_number=None, id_number_index=None)
    Delegation.objects.create(
        person=mother, agent=carer, kind="carer", deeds=["read"], valid_from=TODAY, accepted_at=NOW
    )
    with pytest.raises(ConflictError):
        merge_people(OPERATOR, mother, carer, "same", NOW)
    with pytest.raises(NotAllowedError):
        merge_people(people.mother, mother, carer, "same", NOW)
