"""Signing in by the pages: ways in, the second factor, and what a stranger learns from it."""

import json
import re
import shutil
import time
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.crypto import get_random_string

from tests.identity.conftest import EMAIL, PHONE, Sent
from tests.leaks import dump, leaked
from tests.world import PASSWORD, SmallWorld
from tongban.foundation import resealing
from tongban.foundation.errors import InvalidError
from tongban.foundation.keys import KeyRing
from tongban.foundation.models import LedgerEntry
from tongban.foundation.suites import AES_256_GCM
from tongban.identity.actions import appoint, issue_token, open_account
from tongban.identity.actor import platform_process
from tongban.identity.jobs import forget_sign_in_attempts
from tongban.identity.models import Account, ApiToken, Person, Role, SignInFailure
from tongban.identity.signin import second_factor
from tongban.identity.signin.session import SHOWN_KEY, was_shown

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def by_password(client: Client, username: str, password: str = PASSWORD, **more: str) -> str:
    """Sign in; where one is sent, or the status."""
    response = client.post("/sign-in", {"username": username, "password": password, **more})
    return response.headers.get("Location", str(response.status_code))


def app_code(account: Account) -> str:
    """What the app shows now; no code of before stands in its way."""
    cache.clear()
    return second_factor.code_now(account, time.time())


def enrolled(account: Account) -> Account:
    second_factor.enrol_app(account, SECRET)
    return account


# --- ways in ---


@pytest.mark.parametrize("name", ["wei", PHONE, f"+86 {PHONE}", EMAIL.upper()])
def test_name_number_and_address_are_one_account(citizen: Account, browser: Client, name: str) -> None:
    assert by_password(browser, name) == "/me/"
    assert browser.session[SESSION_KEY] == str(citizen.pk)


@pytest.mark.parametrize(("typed", "where"), [(PHONE, PHONE), (f" {EMAIL} ", EMAIL)])
def test_a_code_signs_in(citizen: Account, browser: Client, sent: Sent, typed: str, where: str) -> None:
    asked = browser.post("/sign-in/code", {"contact": typed, "next": "/search"})
    assert asked["Location"] == "/sign-in/code/enter?next=%2Fsearch"
    assert [to for to, _text in sent.codes] == [where]
    page = browser.get(asked["Location"])
    assert where not in page.content.decode()
    wrong = browser.post("/sign-in/code/enter", {"code": "000000", "next": "/search"})
    assert wrong.status_code == 422
    assert sent.code not in wrong.content.decode()  # shown by no installation but the demonstration
    done = browser.post("/sign-in/code/enter", {"code": sent.code, "next": "/search"})
    assert done["Location"] == "/search"
    assert LedgerEntry.objects.latest("id").deed == "sign_in"


def test_only_the_demonstration_shows_the_code(citizen: Account, browser: Client, sent: Sent, settings: Any) -> None:
    settings.DEMO = True
    browser.post("/sign-in/code", {"contact": PHONE})
    assert sent.code in browser.get("/sign-in/code/enter").content.decode()


def test_a_forgotten_password_is_replaced_after_a_code(citizen: Account, browser: Client, sent: Sent) -> None:
    issue_token(citizen, "person", citizen.date_joined)
    browser.post("/sign-in/code", {"contact": PHONE})
    browser.post("/sign-in/code/enter", {"code": sent.code})
    assert "Present password" not in browser.get("/me/sign-in/password").content.decode()
    refused = browser.post("/me/sign-in/password", {"password1": "woaini1314520"})
    assert refused.status_code == 422
    assert "easily guessed" in refused.content.decode()
    assert browser.post("/me/sign-in/password", {"password1": "a boat of reeds"})["Location"] == "/me/sign-in/"
    assert browser.get("/me/sign-in/").status_code == 200  # still signed in here
    assert ApiToken.objects.get().revoked_at is not None
    assert by_password(Client(), "wei", "a boat of reeds") == "/me/"


def test_the_present_password_is_asked_for_otherwise(citizen: Account, browser: Client) -> None:
    by_password(browser, "wei")
    refused = browser.post("/me/sign-in/password", {"oldpassword": "x", "password1": "a boat of reeds"})
    assert 'href="#field-oldpassword">This is not your present password.' in refused.content.decode()


def test_passwords_tried_first_are_refused_at_opening(db: None) -> None:
    for password in ("short", "password2026", "wangwu-wangwu"):
        with pytest.raises(InvalidError) as refused:
            open_account(platform_process("tests"), "wangwu", password)
        assert list(refused.value.fields) == ["password"]


# --- officers ---


def test_an_officer_without_a_second_factor_reaches_nothing_of_the_office(officer: Account, browser: Client) -> None:
    assert by_password(browser, "liang", next="/workbench/inbox/") == "/sign-in/second-factor"
    session = browser.session
    session["hat"] = f"post:{officer.person.posts.get().pk}"  # as if it had been worn before
    session.save()
    assert browser.get("/workbench/inbox/").status_code == 403
    assert browser.get("/api/v1/inbox").status_code == 403
    hat = {"hat": session["hat"]}
    assert browser.post("/act-as/", hat)["Location"] == "/sign-in/second-factor"
    assert browser.post("/act-as/", {"hat": "person"})["Location"] != "/sign-in/second-factor"


def test_an_officer_is_led_through_setting_it_up(
    officer: Account, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.db.transaction.on_commit", lambda act: act())  # the test's transaction never ends
    by_password(browser, "liang", next="/workbench/tasks/")
    assert "Set up an authenticator app" in browser.get("/sign-in/second-factor").content.decode()
    page = browser.get("/me/sign-in/app")
    found = re.search(r'class="secret">([A-Z2-7 ]+)<', page.content.decode())
    assert found
    assert "<svg" in page.content.decode()
    account = enrolled(Account.objects.create_user("other", None))
    Authenticator.objects.filter(user=account).delete()
    second_factor.enrol_app(account, found[1].replace(" ", ""))
    assert browser.post("/me/sign-in/app", {"code": "abc"}).status_code == 422
    made = browser.post("/me/sign-in/app", {"code": second_factor.code_now(account, time.time())})
    assert made["Location"] == "/me/sign-in/recovery-codes"
    codes = re.findall(r"<code>(\d{8})</code>", browser.get(made["Location"]).content.decode())
    assert len(codes) == 10
    assert codes[0] not in browser.get(made["Location"]).content.decode()  # once
    assert browser.get("/sign-in/second-factor")["Location"] == "/act-as/"
    chosen = browser.post("/act-as/", {"hat": f"post:{officer.person.posts.get().pk}"})
    assert chosen["Location"] == "/workbench/tasks/"
    assert browser.get("/workbench/inbox/").status_code == 200
    kept = json.dumps([row.data for row in Authenticator.objects.all()])
    assert found[1].replace(" ", "") not in kept


def test_the_app_s_code_is_asked_for_and_good_once(officer: Account, browser: Client) -> None:
    enrolled(officer)
    assert by_password(browser, "liang") == "/sign-in/second-step"
    assert SESSION_KEY not in browser.session
    assert browser.get("/me/")["Location"].startswith("/sign-in")
    code = app_code(officer)
    assert code not in browser.get("/sign-in/second-step").content.decode()
    assert browser.post("/sign-in/second-step", {"code": "000000"}).status_code == 422
    assert browser.post("/sign-in/second-step", {"code": code})["Location"] == "/act-as/"
    assert was_shown(browser.session)
    again = Client()
    by_password(again, "liang")
    assert again.post("/sign-in/second-step", {"code": code}).status_code == 422


def test_a_code_sent_is_no_second_factor(officer: Account, browser: Client, sent: Sent, citizen: Account) -> None:
    enrolled(citizen)
    browser.post("/sign-in/code", {"contact": PHONE})
    assert browser.post("/sign-in/code/enter", {"code": sent.code})["Location"] == "/sign-in/second-step"


def test_an_officer_keeps_the_last_one_and_a_citizen_need_not(
    officer: Account, citizen: Account, browser: Client
) -> None:
    for account, location in ((officer, None), (citizen, "/me/sign-in/")):
        enrolled(account)
        browser.force_login(account)
        browser.post("/sign-in/again/code", {"code": app_code(account)})
        assert browser.post("/me/sign-in/app/remove").headers.get("Location") == location
        assert second_factor.is_enrolled(account) == (location is None)


def test_who_lost_everything_is_released_by_the_operator(officer: Account, browser: Client) -> None:
    enrolled(officer)
    by_password(browser, "liang")
    browser.post("/sign-in/second-step", {"code": app_code(officer)})
    call_command("release_second_factor", "liang", verbosity=0)
    assert browser.get("/me/")["Location"].startswith("/sign-in")
    assert by_password(browser, "liang") == "/sign-in/second-factor"
    assert LedgerEntry.objects.filter(deed="release_second_factor").exists()


def test_changes_of_the_way_in_ask_again(citizen: Account, browser: Client) -> None:
    browser.force_login(enrolled(citizen))
    for page in ("contact", "app/remove", "passkeys/add", "recovery-codes/new"):
        assert browser.get(f"/me/sign-in/{page}")["Location"].startswith("/sign-in/again/code?next="), page


def test_the_maintenance_pages_have_no_door_of_their_own(small: SmallWorld, browser: Client) -> None:
    account = Account.objects.create_superuser("root", PASSWORD)
    person = Person.objects.create(name="管理员", account=account)
    # What opens them is the post, not the mark of a superuser on the account.
    browser.force_login(account)
    assert browser.get("/admin/").status_code == 403
    browser.logout()
    assert by_password(browser, "root") == "/me/"
    browser.logout()
    appoint(platform_process("tests"), person, small.agency, Role.ADMINISTRATOR, account.date_joined.date())
    assert browser.get("/admin/login/?next=/admin/")["Location"] == "/sign-in?next=/admin/"
    assert (
        browser.post("/admin/login/", {"username": "root", "password": PASSWORD})["Location"] == "/sign-in?next=/admin/"
    )
    assert by_password(browser, "root") == "/sign-in/second-factor"
    led = browser.get("/admin/", follow=True)
    assert led.redirect_chain[-1][0] == "/sign-in/second-factor"
    browser.force_login(account)
    assert browser.get("/admin/login/")["Location"] == "/admin/"
    page = browser.get("/admin/")
    assert page.status_code == 200
    assert b"tongban/maintenance.css" in page.content  # they look like the others


# --- sessions ---


def test_sessions_are_listed_and_ended_from_afar(citizen: Account, browser: Client, small: SmallWorld) -> None:
    elsewhere = Client(headers={"User-Agent": "Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36"})
    stranger = Client()
    for client, name in ((browser, "wei"), (elsewhere, "wei"), (stranger, "huang")):
        by_password(client, name)
    page = browser.get("/me/sign-in/sessions").content.decode()
    assert "Chrome, Android" in page
    assert "127.0.0.0" in page
    theirs = UserSession.objects.get(user__username="huang")
    browser.post("/me/sign-in/sessions", {"session": str(theirs.pk)})
    assert stranger.get("/me/").status_code == 200
    one = UserSession.objects.get(user=citizen, session_key=elsewhere.session.session_key)
    browser.post("/me/sign-in/sessions", {"session": str(one.pk)})
    assert elsewhere.get("/me/")["Location"].startswith("/sign-in")
    by_password(elsewhere, "wei")
    browser.post("/me/sign-in/sessions")
    assert elsewhere.get("/me/")["Location"].startswith("/sign-in")
    assert browser.get("/me/").status_code == 200


def test_who_reads_the_database_steps_into_no_session(citizen: Account) -> None:
    """It fails where a key, or a name that is taken for one, stands in a table."""
    browser, thief = Client(), Client()
    by_password(browser, "wei")
    key = browser.cookies[settings.SESSION_COOKIE_NAME].value
    tables = dict(dump())
    assert {name: found for name, data in tables.items() if (found := leaked(data, [key]))} == {}
    names = {*Session.objects.values_list("pk", flat=True), *UserSession.objects.values_list("session_key", flat=True)}
    assert len(names) == 1
    thief.cookies[settings.SESSION_COOKIE_NAME] = names.pop()
    assert thief.get("/me/")["Location"].startswith("/sign-in")
    thief.post("/sign-out")
    assert browser.get("/me/").status_code == 200
    # What a former version wrote down goes on under its name.
    old = get_random_string(32).lower()
    Session.objects.update(session_key=old)
    UserSession.objects.update(session_key=old)
    for operation in import_module("tongban.identity.migrations.0004_names_of_sessions").Migration.operations:
        with connection.cursor() as cursor:
            cursor.execute(operation.sql)
    browser.cookies[settings.SESSION_COOKIE_NAME] = old
    assert browser.get("/me/sign-in/sessions").status_code == 200
    assert UserSession.objects.count() == 1


def test_signing_in_begins_a_session_of_its_own(officer: Account, citizen: Account, sent: Sent) -> None:
    """A session known to somebody before (planted, or overheard) is no door after."""
    by_code, browser = Client(), Client()
    by_code.post("/sign-in/code", {"contact": PHONE})
    before = by_code.session.session_key
    by_code.post("/sign-in/code/enter", {"code": sent.code})
    assert by_code.session[SESSION_KEY] == str(citizen.pk)
    assert not Session.objects.filter(session_key=before).exists()
    enrolled(officer)
    by_password(browser, "liang")
    before = browser.session.session_key
    browser.post("/sign-in/second-step", {"code": app_code(officer)})
    assert browser.session[SESSION_KEY] == str(officer.pk)
    assert not Session.objects.filter(session_key=before).exists()


def test_a_session_older_than_the_second_factor_shows_it_before_it_adds_another(
    citizen: Account, browser: Client
) -> None:
    by_password(browser, "wei")
    assert browser.get("/me/sign-in/app").status_code == 200
    enrolled(citizen)  # meanwhile, elsewhere
    assert browser.get("/me/sign-in/passkeys/add")["Location"].startswith("/sign-in/again/code")


def test_another_accounts_second_factor_counts_for_nothing(officer: Account, browser: Client) -> None:
    by_password(browser, "liang")
    session = browser.session
    session[SHOWN_KEY] = str(Account.objects.get(username="nong").pk)
    session.save()
    assert not was_shown(session)


# --- what a stranger learns ---


def test_next_leads_to_our_pages_only(citizen: Account, browser: Client, sent: Sent) -> None:
    for wanted in (
        "https://elsewhere.example/",
        "//elsewhere.example",
        "//localhost/",
        "javascript:alert(1)",
        "/\\x.cn",
    ):
        assert by_password(browser, "wei", next=wanted) == "/me/", wanted
        assert browser.post("/sign-out", {"next": wanted})["Location"] == "/", wanted
        cache.clear()
        browser.post("/sign-in/code", {"contact": PHONE, "next": wanted})
        entered = browser.post("/sign-in/code/enter", {"code": sent.code, "next": wanted})
        assert entered["Location"] == "/me/", wanted
        browser.post("/sign-out")


def without_tokens(page: bytes) -> str:
    return re.sub(r'value="[A-Za-z0-9]{64}"', "", page.decode())


def test_asking_for_a_code_does_not_tell_who_has_an_account(citizen: Account, browser: Client, sent: Sent) -> None:
    nobody = Client()
    nobody.cookies["language"] = "en"
    seen = []
    for client, number in ((browser, PHONE), (nobody, "13800138999")):
        asked = client.post("/sign-in/code", {"contact": number})
        pages = [client.get(asked["Location"]), client.post(asked["Location"], {"code": "000000"})]
        texts = [without_tokens(page.content).replace(number[-4:], "") for page in pages]
        seen.append((asked.status_code, asked["Location"], [page.status_code for page in pages], texts))
    assert seen[0] == seen[1]
    assert [to for to, _text in sent.codes] == [PHONE]
    for _ in range(3):
        last = nobody.post("/sign-in/code/enter", {"code": ""})  # no code is no code
        assert last.status_code == 422


def test_a_failure_costs_the_same_whether_the_name_exists(
    citizen: Account, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same statements and one hashing each: nothing to measure between a name that exists and one that does not."""
    hashed: list[str] = []
    encode = MD5PasswordHasher.encode

    def counted(hasher: MD5PasswordHasher, password: str, salt: str) -> str:
        hashed.append(password)
        return encode(hasher, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    open_account(platform_process("tests"), "nopassword", None)
    by_password(browser, "warm", "wrong")  # what is read once a process is read before
    costs = []
    for name in ("wei", "nobody", "nopassword", PHONE, "13800138999"):
        hashed.clear()
        with CaptureQueriesContext(connection) as asked:
            assert by_password(browser, name, "wrong") == "422"
        costs.append(([re.sub(r"'[^']*'", "?", one["sql"]) for one in asked.captured_queries], len(hashed)))
    named, contacts = costs[:3], costs[3:]
    assert all([kinds(sql) for sql in one[0]] == [kinds(sql) for sql in costs[0][0]] for one in costs)
    assert {one[1] for one in named + contacts} == {1}


def kinds(sql: str) -> str:
    """A statement without its values and conditions."""
    return sql.split(" WHERE ", maxsplit=1)[0]


def test_nothing_personal_stands_in_clear_in_the_database_or_the_address(
    citizen: Account, browser: Client, sent: Sent, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = browser.post("/sign-in/code", {"contact": PHONE})
    assert PHONE not in asked["Location"]
    by_password(Client(), EMAIL)
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            rows = "\n".join(row[0] for row in cursor.fetchall())
            for secret in (PHONE, EMAIL, sent.code if table != "foundation_ledgerentry" else PHONE, "127.0.0.1"):
                assert secret not in rows, (table, secret)
    logged = capsys.readouterr()
    assert PHONE not in logged.err + logged.out
    assert EMAIL not in logged.err + logged.out


# --- limits ---


def limited(post: Callable[[], object], times: int) -> bool:
    """Whether the answer is 429 after so many, and was not before."""
    statuses = [post().status_code for _ in range(times + 1)]  # type: ignore[attr-defined] # a response
    return 429 not in statuses[:-1] and statuses[-1] == 429


def test_every_step_has_its_limit(officer: Account, citizen: Account, browser: Client, sent: Sent) -> None:
    assert limited(lambda: browser.post("/sign-in", {"username": "nobody", "password": "x"}), 10)
    # One account, whatever it is called; and no longer with the right password.
    names = iter(["wei", PHONE, EMAIL] * 4)
    assert limited(lambda: browser.post("/sign-in", {"username": next(names), "password": "x"}), 10)
    assert by_password(browser, "wei") == "429"
    assert limited(lambda: Client().post("/sign-in/code", {"contact": PHONE}), 3)
    assert limited(lambda: Client().post("/sign-in/code", {"contact": "13800138999"}), 3)
    cache.clear()
    browser.post("/sign-in/code", {"contact": PHONE})
    for _ in range(4):
        assert browser.post("/sign-in/code/enter", {"code": "000000"}).status_code == 422
    assert browser.post("/sign-in/code/enter", {"code": "000000"})["Location"] == "/sign-in/code"
    assert browser.post("/sign-in/code/enter", {"code": sent.code})["Location"] == "/sign-in/code"  # it is gone
    enrolled(officer)
    by_password(browser, "liang")
    assert limited(lambda: browser.post("/sign-in/second-step", {"code": "000000"}), 10)
    cache.clear()
    again = Client()
    again.force_login(officer)
    assert limited(lambda: again.post("/sign-in/again/code", {"code": "000000"}), 10)


def test_the_limit_of_an_address(small: SmallWorld, browser: Client, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"login_failed": "5/15m/ip,10/15m/key"}
    numbers = iter(range(100))
    assert limited(lambda: browser.post("/sign-in", {"username": f"nobody{next(numbers)}", "password": "x"}), 5)


def test_who_comes_by_a_socket_is_counted_too(citizen: Account, settings: Any) -> None:
    """A web server of the same machine may hand requests on without an address; they share one count."""
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"login_failed": "5/15m/ip,10/15m/key"}
    cache.clear()
    assert by_password(Client(REMOTE_ADDR=""), "wei") == "/me/"
    numbers = iter(range(100))
    assert limited(
        lambda: Client(REMOTE_ADDR="").post("/sign-in", {"username": f"n{next(numbers)}", "password": "x"}), 5
    )
    assert SignInFailure.objects.count() == 5
    forget_sign_in_attempts(timezone.now() + timedelta(hours=23))
    assert SignInFailure.objects.count() == 5
    forget_sign_in_attempts(timezone.now() + timedelta(hours=25))
    assert not SignInFailure.objects.exists()


# --- contacts ---


def test_a_new_number_is_taken_when_its_code_comes_back(citizen: Account, browser: Client, sent: Sent) -> None:
    by_password(browser, "wei")
    assert browser.post("/me/sign-in/contact", {"contact": "12345"}).status_code == 422
    browser.post("/me/sign-in/contact", {"contact": "139 0000 0001"})
    assert browser.post("/me/sign-in/contact/code", {"code": "000000"}).status_code == 422
    citizen.refresh_from_db()
    assert citizen.phone == PHONE
    assert browser.post("/me/sign-in/contact/code", {"code": sent.code})["Location"] == "/me/sign-in/"
    citizen.refresh_from_db()
    assert citizen.phone == "13900000001"
    # Another account that enters it gets to know only with the phone in hand.
    other = Client()
    other.cookies["language"] = "en"
    by_password(other, "huang")
    assert other.post("/me/sign-in/contact", {"contact": "13900000001"})["Location"] == "/me/sign-in/contact/code"
    kept = other.post("/me/sign-in/contact/code", {"code": sent.code}, follow=True)
    assert "Another account uses this already" in kept.content.decode()


def test_larger_text_asks_one_thing_at_a_time(db: None, browser: Client) -> None:
    browser.cookies["display"] = "elder"
    page = browser.get("/sign-in?next=/search").content.decode()
    assert "field-password" not in page
    assert 'href="/sign-in/code?next=%2Fsearch"' in page
    assert "field-password" in browser.get("/sign-in?way=password").content.decode()


def test_apps_recovery_codes_and_sessions_outlive_the_key_they_were_sealed_under(
    citizen: Account, browser: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = KeyRing(Path(shutil.copy(settings.KEYS.path, tmp_path)))
    monkeypatch.setattr(settings, "KEYS", ring)
    monkeypatch.setattr(settings, "CONTENT_ROOT", tmp_path)
    enrolled(citizen)
    codes = RecoveryCodes.activate(citizen)
    unused = codes.get_unused_codes()
    browser.force_login(citizen, "django.contrib.auth.backends.ModelBackend")
    Session.objects.create(session_key="k" * 40, session_data="of a former version", expire_date=timezone.now())
    old, now = ring.current().active["fields"], timezone.now()
    resealing.rotate("fields", AES_256_GCM, now)
    assert old in resealing.reseal(now + resealing.GRACE + resealing.BETWEEN_PASSES).retired
    assert browser.get("/me/").status_code == 200
    assert second_factor.code_now(citizen, 0) == format_hotp_value(hotp_value(SECRET, 0))
    assert RecoveryCodes(Authenticator.objects.get(pk=codes.instance.pk)).get_unused_codes() == unused
