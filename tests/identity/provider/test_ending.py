"""How it ends: revocation, signing out here or there, consent withdrawn, keys rotated; and who is told."""

import base64
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlencode

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.identity.provider.party import ISSUER, OPERATOR, Party, answer, claims_in, published, userinfo
from tests.world import SmallWorld
from tongban.identity.models import Account
from tongban.identity.provider.actions.directory import suspend_application
from tongban.identity.provider.jobs import ATTEMPTS, EVENT, clear_away, end_what_lapsed, tell_applications
from tongban.identity.provider.keys import rotate_signing_key, shown_keys
from tongban.identity.provider.models import AuthorizationCode, Consent, ProviderToken, SigningKey, SignOutNotice
from tongban.identity.provider.rules import KEY_SHOWN_AFTER


class Told(BaseHTTPRequestHandler):
    """A department's server that is told of a sign-out; it answers as often as wanted that it is busy."""

    received: ClassVar[list[str]] = []
    busy: ClassVar[int] = 0

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        status = 503 if Told.busy else 200
        Told.busy = max(0, Told.busy - 1)
        if status == 200:
            Told.received.append(parse_qs(body)["logout_token"][0])
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def listening(settings: Any) -> Iterator[str]:
    """The address of a server that takes sign-out notices."""
    settings.OIDC_LOOPBACK = True
    Told.received, Told.busy = [], 0
    server = ThreadingHTTPServer(("127.0.0.1", 0), Told)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/signed-out"
    server.shutdown()
    server.server_close()
    thread.join()


def test_signing_out_ends_tokens_and_tells_the_applications(world: SmallWorld, browser: Client, listening: str) -> None:
    party = published(world.agency, back_channel_uri=listening)
    quiet = published(world.agency, name="二号", name_en="Second")
    tokens, others = party.tokens(browser), quiet.tokens(browser)
    claims = claims_in(browser, tokens["id_token"])
    browser.post("/sign-out")
    assert userinfo(browser, tokens["access_token"]).status_code == 401
    assert userinfo(browser, others["access_token"]).status_code == 401
    Told.busy, now = 1, timezone.now()
    assert tell_applications(now) == 0, "it was busy"
    assert tell_applications(now) == 0, "it is not asked again at once"
    assert tell_applications(now + timedelta(minutes=1)) == 1
    assert tell_applications(now + timedelta(hours=1)) == 0, "told once"
    keys = KeySet.import_key_set(browser.get("/oidc/keys").json())
    token = jwt.decode(Told.received[0], keys, algorithms=["RS256"])
    assert token.header["typ"] == "logout+jwt"
    said = token.claims
    assert (said["iss"], said["aud"]) == (ISSUER, party.application.client_id)
    assert (said["sub"], said["sid"]) == (claims["sub"], claims["sid"])
    assert said["events"] == {EVENT: {}}
    assert "nonce" not in said
    assert said["jti"]
    assert len(Told.received) == 1


def test_a_session_whose_time_is_over_tells_the_applications_too(
    world: SmallWorld, browser: Client, listening: str
) -> None:
    party = published(world.agency, back_channel_uri=listening)
    tokens = party.tokens(browser)
    now = timezone.now()
    assert end_what_lapsed(now) == 0
    assert userinfo(browser, tokens["access_token"]).status_code == 200
    Session.objects.filter(pk=browser.session.session_key).update(expire_date=now)
    assert end_what_lapsed(now) == 1
    assert userinfo(browser, tokens["access_token"]).status_code == 401
    assert tell_applications(now) == 1
    assert len(Told.received) == 1
    assert end_what_lapsed(now) == 0, "once"
    assert not Session.objects.exclude(session_data="").filter(expire_date__lte=now).exists()


def test_a_notice_that_nobody_takes_is_given_up(world: SmallWorld, browser: Client, settings: Any) -> None:
    settings.OIDC_LOOPBACK = True
    party = published(world.agency, back_channel_uri="http://127.0.0.1:9/x")
    party.tokens(browser)
    browser.post("/sign-out")
    now = timezone.now()
    for turn in range(ATTEMPTS + 2):
        tell_applications(now + timedelta(hours=turn))
    notice = SignOutNotice.objects.get()
    assert notice.attempts == ATTEMPTS
    assert notice.given_up_at is not None


@pytest.mark.parametrize("inner", ["https://127.0.0.1:1/x", "https://localhost:1/x", "https://[::1]:1/x"])
def test_the_platform_is_not_made_to_call_itself(world: SmallWorld, browser: Client, inner: str) -> None:
    party = published(world.agency, back_channel_uri=inner)
    party.tokens(browser)
    browser.post("/sign-out")
    tell_applications(timezone.now())
    assert "not called" in SignOutNotice.objects.get().error


def test_who_is_away_keeps_what_was_agreed_for_that(world: SmallWorld, party: Party, browser: Client) -> None:
    tokens = party.tokens(browser, scope="openid offline_access")
    browser.post("/sign-out")
    assert party.refresh(browser, tokens["refresh_token"]).status_code == 200


def test_a_consent_is_withdrawn_at_once(party: Party, browser: Client) -> None:
    tokens = party.tokens(browser, scope="openid offline_access")
    page = browser.get("/me/applications/")
    assert "Food tracing" in page.content.decode()
    browser.post("/me/applications/", {"withdraw": str(Consent.objects.get().pk)})
    assert userinfo(browser, tokens["access_token"]).status_code == 401
    assert party.refresh(browser, tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert browser.get(party.request()).status_code == 200, "asked again"
    assert "Food tracing" not in browser.get("/me/applications/").content.decode()


def test_nobody_withdraws_for_another(world: SmallWorld, party: Party, browser: Client) -> None:
    tokens = party.tokens(browser)
    stranger = Client()
    stranger.force_login(Account.objects.get(pk=str(world.stranger.account_id)))
    stranger.post("/me/applications/", {"withdraw": str(Consent.objects.get().pk)})
    assert userinfo(browser, tokens["access_token"]).status_code == 200


def test_revoking_a_refresh_token_takes_the_others_with_it(party: Party, browser: Client) -> None:
    tokens = party.tokens(browser, scope="openid offline_access")
    assert party.ask(browser, "revoke", "unknown").status_code == 200
    assert party.ask(browser, "revoke", tokens["refresh_token"]).status_code == 200
    assert userinfo(browser, tokens["access_token"]).status_code == 401
    assert party.refresh(browser, tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_nobody_revokes_anothers_token(world: SmallWorld, party: Party, browser: Client) -> None:
    other = published(world.agency, name="二号", name_en="Second")
    tokens = party.tokens(browser)
    assert other.ask(browser, "revoke", tokens["access_token"]).status_code == 400
    assert userinfo(browser, tokens["access_token"]).status_code == 200


def test_a_resource_server_that_was_named_may_introspect(world: SmallWorld, party: Party, browser: Client) -> None:
    server = published(world.other_agency, name="接口", name_en="Interface")
    serving = published(world.agency, name="二号", name_en="Second", resource_servers=[server.application.client_id])
    tokens = serving.tokens(browser)
    found = server.ask(browser, "introspect", tokens["access_token"]).json()
    assert found["active"] is True
    assert found["client_id"] == serving.application.client_id
    assert server.application.client_id in found["aud"]
    own = serving.ask(browser, "introspect", tokens["access_token"]).json()
    assert own["sub"] != found["sub"], "each sector has its own identifier"
    assert party.ask(browser, "introspect", tokens["access_token"]).json() == {"active": False}
    assert server.ask(browser, "introspect", "unknown").json() == {"active": False}
    server.secret = "guessed"
    assert server.ask(browser, "introspect", tokens["access_token"]).status_code == 401
    ProviderToken.objects.update(expires_at=timezone.now())
    assert serving.ask(browser, "introspect", tokens["access_token"]).json() == {"active": False}


def test_an_application_signs_its_person_out(party: Party, browser: Client) -> None:
    tokens = party.tokens(browser)
    bye = party.application.sign_out_uris[0]
    query = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": bye, "state": "t"}
    back = answer(browser.get(f"/oidc/end-session?{urlencode(query)}"))
    assert (back["to"], back["state"]) == (bye, "t")
    assert browser.get("/me/").status_code == 302, "signed out here too"


def test_without_a_sound_hint_the_person_is_asked_and_goes_nowhere_else(party: Party, browser: Client) -> None:
    tokens = party.tokens(browser)
    page = browser.get("/oidc/end-session")
    assert "Sign out everywhere" in page.content.decode()
    stays = browser.post("/oidc/end-session/now", {"decision": "stay"})
    assert stays["Location"] == "/"
    assert userinfo(browser, tokens["access_token"]).status_code == 200
    for hint in ("", "x.y.z", tokens["id_token"][:-4] + "AAAA"):
        query = urlencode({"id_token_hint": hint, "post_logout_redirect_uri": party.application.sign_out_uris[0]})
        assert "Sign out everywhere" in browser.get(f"/oidc/end-session?{query}").content.decode()
    query = urlencode({"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": "https://evil.example/"})
    last = browser.get(f"/oidc/end-session?{query}").content.decode()
    assert "You are signed out" in last
    assert "https://evil.example" not in last
    assert "http-equiv" not in last
    assert browser.get("/me/").status_code == 302


def test_keys_rotate_and_old_signatures_stay_good_until_they_end(party: Party, browser: Client) -> None:
    tokens = party.tokens(browser)
    old = SigningKey.objects.get()
    new = rotate_signing_key(OPERATOR, timezone.now())
    assert claims_in(browser, tokens["id_token"])["sub"]
    fresh = party.tokens(browser)["id_token"].partition(".")[0]
    assert json.loads(base64.urlsafe_b64decode(fresh + "=="))["kid"] == new
    old.refresh_from_db()
    assert old.private is None, "nothing can be signed with it any more"
    later = timezone.now() + KEY_SHOWN_AFTER + timedelta(minutes=1)
    assert [key["kid"] for key in shown_keys(later)["keys"]] == [new]
    assert all("d" not in key for key in shown_keys(later)["keys"])
    assert {key["kid"] for key in shown_keys(timezone.now())["keys"]} == {old.key_id, new}


def test_a_suspended_application_ends_all_its_sign_ins(party: Party, browser: Client) -> None:
    tokens = party.tokens(browser)
    suspend_application(OPERATOR, party.application.pk, "a fault", timezone.now())
    assert userinfo(browser, tokens["access_token"]).status_code == 401


def test_what_has_ended_is_cleared_away(party: Party, browser: Client) -> None:
    party.tokens(browser)
    clear_away(timezone.now())
    assert AuthorizationCode.objects.count() == ProviderToken.objects.count() == 1
    clear_away(timezone.now() + timedelta(days=40))
    assert AuthorizationCode.objects.count() == ProviderToken.objects.count() == 0
