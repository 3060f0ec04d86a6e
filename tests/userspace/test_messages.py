"""Who is told what: once for each event, in their own space, and by the channels they chose."""

import importlib
import json
import re
import stat
import uuid
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from tests.identity.people import People, wearing
from tests.world import ANSWERS, NOW, PASSWORD, PDF, TODAY, SmallWorld
from tongban.cases import actions, timekeeping
from tongban.cases.actions.extending import EXTEND_WITH_WHOLE
from tongban.cases.models import Case, CaseAlert, Outcome
from tongban.cases.procedure import SHIPPED_PROCEDURES
from tongban.feedback.actions import rate_case
from tongban.foundation import delivery, outbox
from tongban.foundation.calendars import calendar_in_force
from tongban.foundation.errors import InvalidError, NotAllowedError, SignInNeededError
from tongban.foundation.events import Event
from tongban.foundation.models import DomainEvent, LedgerEntry
from tongban.identity.actor import VISITOR, Actor
from tongban.identity.delegating import accept_delegation, decline_delegation, end_delegation, offer_delegation
from tongban.identity.models import Account, Delegation, Person, Post
from tongban.identity.signin import second_factor
from tongban.identity.signin.accounts import contact_index
from tongban.identity.signin.actions import set_contact
from tongban.identity.signin.announcing import CHANGES
from tongban.identity.signin.rules import Contact
from tongban.userspace import channels, handlers, jobs
from tongban.userspace.actions import choose_channels, mark_all_read
from tongban.userspace.composing import Occasion, compose
from tongban.userspace.jobs import ATTEMPTS, CLAIM, send_messages
from tongban.userspace.models import Contact as Chosen
from tongban.userspace.models import Message, Sending
from tongban.userspace.notices import OF_ACCOUNT, OF_TIME, ON_THE_WAY, TO_APPLICANT, TO_OFFICER
from tongban.userspace.queries import my_channels, my_messages, unread_messages

Submit = Callable[[], Case]


def of(actor: Actor) -> uuid.UUID:
    assert actor.person_id is not None
    return actor.person_id


def by_email(actor: Actor, address: str) -> None:
    """They have proven the address, and want messages there; of the proof itself nothing is told."""
    _reached(actor, Contact("email", address))
    choose_channels(actor, by_email=True, by_sms=False)


def by_sms(actor: Actor) -> None:
    _reached(actor, Contact("phone", "13812345678"))
    choose_channels(actor, by_email=False, by_sms=True)


def _reached(actor: Actor, contact: Contact) -> None:
    Account.objects.get(person=of(actor)).take_contact(contact.kind, contact.value, contact_index(contact))


def _titles(actor: Actor) -> list[str]:
    with translation.override("en"):
        return [row.title for row in my_messages(actor).rows]


def test_changes_of_the_way_in_are_told_where_codes_go(world: SmallWorld) -> None:
    """Whatever channels were chosen, and to the person alone: who acts for them hears nothing of it."""
    set_contact(world.citizen, Contact("email", "wei@example.cn"))
    first, second = Client(), Client(headers={"user-agent": "Mozilla/5.0 (Windows NT 10.0) Chrome/149.0 Safari/537"})
    for browser in (first, second, first, second):
        browser.post("/sign-out")
        browser.post("/sign-in", {"username": "wei", "password": PASSWORD})
    words = "three words more"
    changed = second.post("/me/sign-in/password", {"oldpassword": PASSWORD, "password1": words, "password2": words})
    assert changed.status_code == 302
    outbox.drain(timezone.now())
    assert _titles(world.citizen) == [
        "Your password was changed",
        "Your account was signed in to from a new browser",
        "Where codes are sent was changed",
    ]
    assert "Chrome, Windows" in my_messages(world.citizen).rows[1].text
    assert {row.leads_to for row in my_messages(world.citizen).rows} == {"account"}
    page = second.get("/me/messages/").content.decode()
    assert page.count('href="/me/sign-in/"') >= 3
    assert send_messages(timezone.now()) == 3
    assert {to for sent in mail.outbox for to in sent.to} == {"wei@example.cn"}
    kinds = {f"{kind}_{done}" for kind in second_factor.ENROLLED for done in ("added", "removed")}
    assert kinds < set(CHANGES) == set(OF_ACCOUNT)


def test_each_side_of_a_delegation_hears_of_the_other(world: SmallWorld) -> None:
    people = People.build(world)
    offered = offer_delegation(people.mother, people.invitation(), NOW)
    outbox.drain(timezone.now())
    assert _titles(people.carer) == ["You are asked to act for somebody"]
    assert people.mother.person_name in my_messages(people.carer).rows[0].text
    accept_delegation(people.carer, offered.pk, NOW)
    outbox.drain(timezone.now())
    assert _titles(people.mother) == ["Your delegation was accepted"]
    # What is the principal's own affair no agent reads, however far they act.
    assert _titles(wearing(people.carer, f"person:{people.mother.person_id}")) == []
    end_delegation(people.mother, offered.pk, NOW)
    outbox.drain(timezone.now())
    assert _titles(people.carer) == ["A delegation ended", "You are asked to act for somebody"]
    assert _titles(people.mother) == ["Your delegation was accepted"]
    again = offer_delegation(people.representative, people.invitation(kind="handler", valid_to=None), NOW)
    decline_delegation(people.carer, again.pk, NOW)
    outbox.drain(timezone.now())
    assert _titles(people.representative) == ["Your invitation was declined"]
    assert _titles(people.stranger) == []


def test_every_notice_says_service_and_case_in_both_languages() -> None:
    occasion = Occasion("食品经营许可", "Food licence", "450700-20261121-0000012-K")
    for notice in (*TO_APPLICANT.values(), *TO_OFFICER.values(), *OF_TIME.values()):
        texts = compose(notice, occasion)
        assert "食品经营许可" in texts["zh"]["text"]
        assert "Food licence" in texts["en"]["text"]
        assert all(occasion.case_number in texts[language]["text"] for language in ("zh", "en"))
        assert all("{" not in text for one in texts.values() for text in one.values())


def test_the_applicant_hears_of_every_step_and_the_officer_of_what_comes_back(
    world: SmallWorld, submitted: Submit
) -> None:
    case = submitted()
    actions.return_for_correction(world.window, case.pk, 1, NOW + timedelta(minutes=1), "缺少签字")
    actions.supplement(world.citizen, case.pk, 2, NOW + timedelta(minutes=2), {"area": 87})
    actions.accept(world.window, case.pk, 3, NOW + timedelta(minutes=3))
    actions.decide(world.reviewer, case.pk, 4, NOW + timedelta(minutes=4), Outcome.GRANTED)
    rate_case(world.citizen, case.pk, 1, "太慢", NOW + timedelta(minutes=5))
    outbox.drain(timezone.now())
    assert _titles(world.citizen) == [
        "Your application was granted",
        "Your application was accepted",
        "Please correct your application",
        "We received your application",
    ]
    assert _titles(world.window) == ["The applicant sent the correction"]
    assert _titles(world.reviewer) == ["A bad rating came in"]
    for other in (world.stranger, world.agent, world.second_reviewer):
        assert _titles(other) == []
    accepted = my_messages(world.citizen).rows[1]
    assert "食品经营许可" in accepted.text
    assert "2026年6月8日" in accepted.text  # as that act set it, whatever came later
    with pytest.raises(SignInNeededError):
        my_messages(VISITOR)


def test_an_event_handled_twice_makes_one_message(world: SmallWorld, submitted: Submit) -> None:
    by_email(world.citizen, "wei@example.cn")
    submitted()
    kept = DomainEvent.objects.get()
    event = Event(kept.id, kept.name, kept.object_type, kept.object_id, kept.at, kept.detail)
    for _ in range(2):
        handlers.tell_the_applicant([event])
    outbox.drain(timezone.now())
    assert Message.objects.count() == 1
    assert Sending.objects.count() == 1


def test_hundreds_of_events_cost_a_fixed_number_of_statements(world: SmallWorld, submitted: Submit) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            outbox.drain(timezone.now())
        return len(queries)

    submitted()
    one = cost()
    for _ in range(20):
        submitted()
    assert cost() == one
    assert Message.objects.count() == 21


def test_nothing_personal_stands_in_events_or_in_clear(world: SmallWorld, submitted: Submit) -> None:
    submitted()
    row = json.dumps(DomainEvent.objects.values_list("name", "object_type", "object_id", "detail")[0])
    outbox.drain(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("SELECT texts FROM userspace_message")
        row += bytes(cursor.fetchone()[0]).decode("latin-1")
    for secret in ("韦秀兰", "13800000000", "阿秀米粉店", "食品经营许可"):
        assert secret not in row
        assert secret.encode().decode("latin-1") not in row


def test_reading_counts_down(world: SmallWorld, submitted: Submit) -> None:
    submitted()
    outbox.drain(timezone.now())
    assert unread_messages(world.citizen) == 1
    assert mark_all_read(world.stranger, NOW) == 0
    assert mark_all_read(world.citizen, NOW) == 1
    assert mark_all_read(world.citizen, NOW) == 0
    assert LedgerEntry.objects.filter(deed="read_messages", account_id=world.citizen.account_id).count() == 1
    assert (unread_messages(world.citizen), unread_messages(VISITOR)) == (0, 0)


def test_e_mail_is_sent_once_in_both_languages(world: SmallWorld, submitted: Submit) -> None:
    by_email(world.citizen, "wei@example.cn")
    submitted()
    outbox.drain(timezone.now())
    assert (send_messages(timezone.now()), send_messages(timezone.now() + CLAIM)) == (1, 0)
    (sent,) = mail.outbox
    assert sent.to == ["wei@example.cn"]
    assert "食品经营许可" in sent.body
    assert "Food business licence" in sent.body
    assert str(Message.objects.get().pk) in sent.extra_headers["Message-ID"]


class Broken:
    """A channel that fails until it is mended."""

    def __init__(self) -> None:
        self.mended, self.keys = False, list[str]()

    def send(self, number: str, text: str, key: str) -> None:
        self.keys.append(key)
        if not self.mended:
            raise OSError(f"no way to {number}: {text}")


def test_a_failed_sending_comes_again_later_and_is_given_up_at_last(
    world: SmallWorld, submitted: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = Broken()
    monkeypatch.setattr(channels, "channels", lambda: {"sms": channels.Sms(provider)})
    for module in ("handlers", "jobs", "queries.messages"):
        monkeypatch.setattr(f"tongban.userspace.{module}.channels", channels.channels)
    by_sms(world.citizen)
    submitted()
    outbox.drain(timezone.now())
    assert send_messages(timezone.now()) == 0
    failed = Sending.objects.get()
    assert failed.attempts == 1
    assert failed.error.startswith("OSError at ")
    assert "138" not in failed.error
    assert send_messages(timezone.now()) == 0  # not due yet
    assert len(provider.keys) == 1
    for _ in range(ATTEMPTS):
        send_messages(timezone.now() + timedelta(hours=1))
    failed.refresh_from_db()
    assert failed.attempts == ATTEMPTS
    assert failed.given_up_at is not None
    assert len(set(provider.keys)) == 1

    Sending.objects.update(given_up_at=None, attempts=0)
    provider.mended = True
    assert send_messages(timezone.now() + timedelta(hours=1)) == 1


class Killed(BaseException):
    """The process ends here: nothing after it runs."""


def test_who_is_killed_between_claim_and_mark_loses_nothing(
    world: SmallWorld, submitted: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the text went out it goes once; after it, once more under the same key, by which a provider knows it."""
    provider = Broken()
    provider.mended = True
    for module in (jobs, handlers):
        monkeypatch.setattr(module, "channels", lambda: {"sms": channels.Sms(provider)})
    by_sms(world.citizen)
    submitted()
    outbox.drain(timezone.now())
    now = timezone.now()
    with monkeypatch.context() as dying:
        dying.setattr(jobs, "_send", _die)
        with pytest.raises(Killed):
            send_messages(now)
    assert provider.keys == []
    assert send_messages(now) == 0  # claimed: another worker leaves it alone
    with monkeypatch.context() as dying:
        dying.setattr(Sending, "save", _die)
        with pytest.raises(Killed):
            send_messages(now + CLAIM)
    later = timezone.now() + 2 * CLAIM
    assert [send_messages(later), send_messages(later + CLAIM)] == [1, 0]
    assert provider.keys == [str(Message.objects.get().pk)] * 2


def _die(*_args: object, **_named: object) -> None:
    raise Killed


def test_the_development_provider_writes_what_it_would_send(tmp_path: Path) -> None:
    path = tmp_path / "outbox" / "sms.jsonl"
    for text in ("一", "二"):
        delivery.SmsToFile(path).send("13800000000", text, "k")
    assert [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()] == ["一", "二"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_channel_needs_a_contact_of_the_account(world: SmallWorld, submitted: Submit) -> None:
    with pytest.raises(InvalidError) as refused:
        choose_channels(world.citizen, by_email=True, by_sms=True)
    assert set(refused.value.fields) == {"by_email", "by_sms"}
    assert not my_channels(world.citizen).by_email
    # What the register holds, or what was stated and never proven, is written to by nobody.
    Chosen.objects.create(person_id=of(world.citizen), by_email=True, by_sms=True, stated_email="wei@example.cn")
    assert Person.objects.get(pk=of(world.citizen)).phone
    submitted()
    outbox.drain(timezone.now())
    assert not Sending.objects.exists()


def test_an_address_that_was_stated_waits_until_it_is_proven(world: SmallWorld, client: Client) -> None:
    Chosen.objects.create(person_id=of(world.citizen), by_email=True, stated_email="wei@example.cn")
    client.post("/sign-in", {"username": "wei", "password": PASSWORD})
    assert "消息目前只显示在这里" in client.get("/me/").content.decode()
    assert "wei@example.cn" in client.get("/me/messages/channels/").content.decode()
    where = "/me/sign-in/contact?next=/me/messages/channels/"
    assert 'value="wei@example.cn"' in client.get(where).content.decode()
    sent = client.post(where, {"contact": "wei@example.cn"})
    code = re.findall(r"\d{6}", str(mail.outbox[-1].body))[0]
    done = client.post(sent.headers["Location"], {"code": code})
    assert done.headers["Location"] == "/me/messages/channels/"
    outbox.drain(timezone.now())
    chosen, channels_now = Chosen.objects.get(), my_channels(world.citizen)
    assert (chosen.stated_email, chosen.by_email) == (None, True)
    assert (channels_now.email, channels_now.to_confirm, channels_now.lead_nowhere) == ("w***@example.cn", [], False)
    assert send_messages(timezone.now()) == 1


def test_of_what_was_stated_the_migration_drops_what_the_account_has(world: SmallWorld) -> None:
    migration = importlib.import_module("tongban.userspace.migrations.0005_contacts_of_accounts")
    people = [of(actor) for actor in (world.citizen, world.agent, world.stranger)]
    for person, stated in zip(people, ("WEI@example.cn", "other@example.cn", "alone@example.cn"), strict=True):
        Chosen.objects.create(person_id=person, by_email=True, stated_email=stated)
    for actor in (world.citizen, world.agent):
        _reached(actor, Contact("email", f"{'wei' if actor == world.citizen else 'lao'}@example.cn"))
    migration.drop_what_the_account_has(apps, None)
    kept = {row.person_id: (row.stated_email, row.by_email) for row in Chosen.objects.all()}
    assert [kept[one] for one in people] == [(None, True), ("other@example.cn", True), ("alone@example.cn", True)]


def test_the_pages(world: SmallWorld, submitted: Submit, client: Client) -> None:
    submitted()
    outbox.drain(timezone.now())
    client.force_login(Account.objects.get(username="wei"))
    client.cookies["language"] = "zh-hans"
    page = client.get("/me/messages/").content.decode()
    assert "消息 (1)" in page
    assert "已收到您的申请" in page
    assert client.post("/me/messages/").status_code == 302
    assert "消息 (1)" not in client.get("/me/messages/").content.decode()
    assert client.post("/me/messages/channels/", {"by": ["email"]}).status_code == 422
    by_email(world.citizen, "wei@example.cn")
    assert client.post("/me/messages/channels/", {"by": ["email"]}).status_code == 302
    assert "w***@example.cn" in client.get("/me/messages/channels/").content.decode()

    client.force_login(Account.objects.get(username="liang"))
    assert "还没有消息" in client.get("/workbench/messages/").content.decode()


@pytest.mark.parametrize("revoked", [False, True])
def test_who_no_longer_acts_for_an_organisation_gets_nothing_of_it(world: SmallWorld, *, revoked: bool) -> None:
    by_email(world.agent, "lao@example.cn")
    plan = actions.upload(world.agent, "平面图.pdf", PDF)
    actions.submit_application(world.agent, world.service.pk, ANSWERS, {1: [plan.pk]}, NOW)
    outbox.drain(timezone.now())
    if revoked:
        Delegation.objects.filter(organisation=world.organisation).update(revoked_at=timezone.now())
    assert send_messages(timezone.now()) == (0 if revoked else 1)
    assert len(mail.outbox) == (0 if revoked else 1)


# Records for the file, and what is corrected with the applicant standing by.
RECORDS = {"correct_on_the_spot", "record_hearing", "pass_up", "confirm_verification"}


def test_every_written_act_of_an_agency_is_told_to_the_applicant() -> None:
    written, steps = set(), set()
    for code, versions in SHIPPED_PROCEDURES.versions.items():
        for version in versions:
            taken = SHIPPED_PROCEDURES.document(code, version).actions.values()
            steps |= {action.name for action in taken}
            written |= {
                action.name
                for action in taken
                if action.document and not any(party.role in {"citizen", "agent"} for party in action.parties)
            }
    assert written - RECORDS <= TO_APPLICANT.keys()
    # What follows for a part from a step taken on the whole is no step of its own procedure.
    assert TO_APPLICANT.keys() - {"submit", EXTEND_WITH_WHOLE} - ON_THE_WAY.keys() <= steps
    assert TO_OFFICER.keys() - {"rate"} <= steps


def test_a_light_is_told_once_to_who_handles_the_case_and_escalated_to_the_supervisor(
    world: SmallWorld, submitted: Submit, client: Client
) -> None:
    case = actions.accept(world.window, submitted().pk, 1, NOW)  # promised by 8 June, by law 30 June
    for day in (4, 5, 9, 31):
        timekeeping.refresh_lights(NOW.replace(day=1) + timedelta(days=day - 1))
        timekeeping.refresh_lights(NOW.replace(day=1) + timedelta(days=day - 1))
        outbox.drain(timezone.now())
    assert _titles(world.window) == ["A case is late", "A case is due soon"]
    assert _titles(world.supervisor) == ["A legal limit is overrun: please supervise"]
    assert _titles(world.reviewer) == _titles(world.foreign_officer) == []
    assert "8 June 2026" in Message.objects.filter(notice="late").get().texts["en"]["text"]
    raised = LedgerEntry.objects.filter(deed="raise_alert", object_id=str(case.pk))
    assert set(raised.values_list("principal", flat=True)) == {"platform:clock"}
    assert raised.count() == 3
    client.force_login(Account.objects.get(username="su"))
    page = client.get("/workbench/messages/").content.decode()
    assert "督办" in page
    assert f"/workbench/cases/{case.pk}/" not in page  # a supervisor sees figures, not cases


def test_what_nobody_handles_any_more_is_told_to_the_agencys_officers(world: SmallWorld, submitted: Submit) -> None:
    case = actions.receive(world.window, submitted().pk, 1, NOW)
    assert world.window.post
    Post.objects.filter(pk=world.window.post.id).update(valid_to=date(2026, 6, 2))
    assert timekeeping.refresh_lights(NOW + timedelta(days=7))["due_soon"] == 1
    outbox.drain(timezone.now())
    assert _titles(world.window) == []
    assert _titles(world.reviewer) == _titles(world.second_reviewer) == ["A case is due soon"]
    assert case.alerts.count() == 1


def test_a_light_is_told_to_who_the_case_was_assigned_to(world: SmallWorld, submitted: Submit) -> None:
    case = actions.receive(world.window, submitted().pk, 1, NOW)
    assert world.reviewer.post
    Case.objects.filter(pk=case.pk).update(officer_id=world.reviewer.post.id)
    timekeeping.refresh_lights(NOW + timedelta(days=7))
    outbox.drain(timezone.now())
    assert _titles(world.reviewer) == ["A case is due soon"]
    assert _titles(world.window) == []


def test_lights_of_many_cases_are_told_with_a_fixed_number_of_statements(world: SmallWorld, submitted: Submit) -> None:
    def cost(cases: int) -> int:
        for _ in range(cases):
            submitted()
        outbox.drain(timezone.now())
        assert timekeeping.refresh_lights(NOW + timedelta(days=6))["due_soon"] == cases
        with CaptureQueriesContext(connection) as queries:
            outbox.drain(timezone.now())
        return len(queries)

    assert cost(1) == cost(8)


def test_only_the_clock_raises_lights_and_counts_anew(world: SmallWorld, submitted: Submit) -> None:
    case = submitted()
    with pytest.raises(NotAllowedError):
        actions.raise_alerts(world.reviewer, CaseAlert.Kind.LATE, {case.pk: TODAY}, NOW)
    with pytest.raises(NotAllowedError):
        actions.recount_due_date(world.reviewer, case.pk, calendar_in_force())
    raised = [actions.raise_alerts(actions.CLOCK, CaseAlert.Kind.LATE, {case.pk: TODAY}, NOW) for _run in (1, 2)]
    assert raised == [1, 0]  # what another process raised is not counted


def test_reading_leaves_one_entry_in_the_ledger(world: SmallWorld, submitted: Submit) -> None:
    submitted()
    outbox.drain(timezone.now())
    for _click in (1, 2):
        mark_all_read(world.citizen, NOW)
    entry = LedgerEntry.objects.get(deed="read_messages")
    assert entry.principal == entry.object_id == f"person:{world.citizen.person_id}"
