"""Signing in to a department's system: the code flow, and everything that must not get through it."""

import base64
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from tests.identity.provider.party import ASKS, BACK, ISSUER, LAW, Party, answer, claims_in, published, userinfo
from tests.world import SmallWorld
from tongban.foundation.models import LedgerEntry
from tongban.identity.models import Account, Delegation, Person
from tongban.identity.provider.actions.directory import Asked
from tongban.identity.provider.facts import principal_of
from tongban.identity.provider.models import (
    ApplicationSignIn,
    ApplicationUse,
    AuthorizationCode,
    ProviderToken,
)


def test_a_sign_in_tells_who_how_surely_and_nothing_that_was_not_agreed(
    world: SmallWorld, party: Party, browser: Client
) -> None:
    page = browser.get(party.request(acr_values="L2"))
    assert "Sign in to Food tracing" in page.content.decode()
    assert "To check who applies" in page.content.decode()
    back = party.agree(browser, acr_values="L2")
    assert (back["to"], back["state"], back["iss"]) == (BACK, "s-1", ISSUER)
    tokens = party.redeem(browser, back["code"]).json()
    claims = claims_in(browser, tokens["id_token"])
    person = Person.objects.get(pk=str(world.citizen.person_id))
    assert claims["iss"] == ISSUER
    assert claims["aud"] == party.application.client_id
    assert (claims["nonce"], claims["acr"]) == ("n-1", "L2")
    assert claims["exp"] - claims["iat"] == 600
    assert claims["auth_time"] <= claims["iat"]
    assert "name" not in claims, "ID tokens come back in addresses"
    assert "refresh_token" not in tokens
    told = userinfo(browser, tokens["access_token"]).json()
    assert told == {"sub": claims["sub"], "principal_type": "person", "name": person.name}
    assert str(person.pk) not in str(claims)


def test_what_was_agreed_once_is_not_asked_again(party: Party, browser: Client) -> None:
    party.tokens(browser)
    assert answer(browser.get(party.request(prompt="none")))["code"]
    more = answer(browser.get(party.request(prompt="none", scope="openid profile identity_number")))
    assert more["error"] == "consent_required"
    assert browser.get(party.request(prompt="consent")).status_code == 200


def test_what_is_not_needed_is_declined_alone(world: SmallWorld, browser: Client) -> None:
    party = published(world.agency, asks=(*ASKS, Asked("phone", "短信提醒", LAW, "To remind you", optional=True)))
    wanted = {"scope": "openid profile phone"}
    page = browser.get(party.request(**wanted)).content.decode()
    assert 'name="tell"' in page
    assert "checked" not in page
    assert "sign out there too" in page
    tokens = party.tokens(browser, **wanted)
    assert tokens["scope"] == "openid profile"
    assert set(userinfo(browser, tokens["access_token"]).json()) == {"sub", "principal_type", "name"}
    assert answer(browser.get(party.request(prompt="none", **wanted)))["code"], "it is not asked again"
    # Asked for once more by the application, they tick it; and take it back the same way, with what it opened.
    again = party.request(prompt="consent", **wanted).replace("/authorize", "/consent")
    more = party.redeem(browser, answer(browser.post(again, {"decision": "agree", "tell": "phone"}))["code"]).json()
    assert userinfo(browser, more["access_token"]).json()["phone_number"]
    assert "checked" in browser.get(party.request(prompt="consent", **wanted)).content.decode()
    browser.post(again, {"decision": "agree"})
    assert userinfo(browser, more["access_token"]).status_code == 401
    assert userinfo(browser, tokens["access_token"]).status_code == 200
    # What is needed cannot be declined by leaving it out of the form, nor told that was not asked.
    code = answer(browser.post(again, {"decision": "agree", "tell": ["phone", "address"]}))["code"]
    assert party.redeem(browser, code).json()["scope"] == "openid profile phone"


def test_who_does_not_agree_sends_an_error_back(party: Party, browser: Client) -> None:
    refused = browser.post(party.request().replace("/authorize", "/consent"), {"decision": "refuse"})
    assert answer(refused)["error"] == "access_denied"
    assert answer(refused)["iss"] == ISSUER


def test_systems_of_two_sectors_cannot_tell_that_it_is_the_same_person(
    world: SmallWorld, party: Party, browser: Client
) -> None:
    same = published(world.agency, name="二号", name_en="Second")
    other = published(world.other_agency, name="三号", name_en="Third")
    first, second, third = (claims_in(browser, one.tokens(browser)["id_token"]) for one in (party, same, other))
    assert first["sub"] == second["sub"] != third["sub"]
    assert first["sid"] == second["sid"] != third["sid"]


def test_who_acts_for_another_person_is_their_actor_not_the_subject(
    world: SmallWorld, party: Party, browser: Client
) -> None:
    own = userinfo(browser, party.tokens(browser)["access_token"]).json()["sub"]
    today = timezone.localdate()
    delegation = Delegation.objects.create(
        person_id=world.citizen.person_id,
        agent_id=world.agent.person_id,
        kind="carer",
        deeds=["read", "apply", "follow_up"],
        services=[world.service.pk],
        valid_from=today,
        valid_to=today + timedelta(days=30),
        accepted_at=timezone.now(),
    )
    browser.force_login(Account.objects.get(pk=str(world.agent.account_id)))
    session = browser.session
    session["hat"] = f"person:{world.citizen.person_id}"
    session.save()
    tokens = party.tokens(browser, scope="openid profile organisation identity_number")
    claims = userinfo(browser, tokens["access_token"]).json()
    assert claims["sub"] == own, "the person acted for is known as when they come themselves"
    assert (claims["principal_type"], claims["name"]) == ("person", world.citizen.person_name)
    assert claims["act"]["name"] == world.agent.person_name
    assert claims["act"]["sub"] != own
    assert "identity_number" not in claims, "more than the name of who is represented is not the agent's to tell"
    until = (today + timedelta(days=30)).isoformat()
    right = {"right": "delegation", "valid_from": today.isoformat(), "valid_to": until, "matters": "some"}
    assert claims["delegation"] == right
    assert principal_of(ApplicationSignIn.objects.latest("at")) == ("person", world.citizen.person_id)
    delegation.revoked_at = timezone.now()
    delegation.save()
    assert userinfo(browser, tokens["access_token"]).status_code == 401


def test_who_acts_for_an_organisation_is_its_actor_not_its_subject(
    world: SmallWorld, party: Party, client: Client
) -> None:
    account = Account.objects.get(pk=str(world.agent.account_id))
    Person.objects.filter(account=account).update(id_number="450721199001010019")
    client.force_login(account)
    session = client.session
    session["hat"] = f"organisation:{world.organisation.pk}"
    session.save()
    scope = "openid profile organisation identity_number"
    tokens = party.tokens(client, scope=scope)
    claims = userinfo(client, tokens["access_token"]).json()
    identified = claims_in(client, tokens["id_token"])
    assert (identified["sub"], identified["act"]) == (claims["sub"], {"sub": claims["act"]["sub"]})
    assert claims["principal_type"] == "organisation"
    assert claims["name"] == world.organisation.name
    assert claims["organisation"]["credit_code"] == world.organisation.credit_code
    assert claims["act"]["sub"] != claims["sub"]
    assert claims["act"]["name"] == world.agent.person_name
    assert claims["act"]["identity_number"]
    assert "identity_number" not in claims
    assert claims["delegation"]["right"] in {"delegation", "legal_representative"}
    # The hat is lost: so is what its tokens open.
    Delegation.objects.filter(organisation=world.organisation).update(revoked_at=timezone.now())
    world.organisation.legal_representative_id = world.citizen.person_id  # type: ignore[assignment]
    world.organisation.save()
    assert userinfo(client, tokens["access_token"]).status_code == 401


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "sing"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"request": "x"}, "request_not_supported"),
        ({"request_uri": "https://x.example/"}, "request_uri_not_supported"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"claims": "[]"}, "invalid_request"),
    ],
)
def test_what_is_not_offered_is_refused_to_the_application(
    party: Party, browser: Client, changes: dict[str, str | None], error: str
) -> None:
    back = answer(browser.get(party.request(**changes)))
    assert (back["to"], back["error"], back["state"], back["iss"]) == (BACK, error, "s-1", ISSUER)


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": BACK + "/"},
        {"redirect_uri": BACK + "?x=1"},
        {"redirect_uri": "https://shop.example.evil.example/callback"},
        {"redirect_uri": 'https://店.example/"'},
        {"redirect_uri": None},
        {"client_id": "nobody"},
        {"client_id": None},
    ],
)
def test_an_unknown_address_gets_nothing(party: Party, browser: Client, changes: dict[str, str | None]) -> None:
    response = browser.get(party.request(**changes))
    assert response.status_code == 400
    assert "Location" not in response
    assert "http-equiv" not in response.content.decode()


def test_an_application_that_is_not_published_is_unknown(world: SmallWorld, party: Party, browser: Client) -> None:
    tokens = party.tokens(browser, scope="openid offline_access")
    type(party.application).objects.update(state="suspended")
    assert browser.get(party.request()).status_code == 400
    assert party.refresh(browser, tokens["refresh_token"]).status_code == 401
    assert userinfo(browser, tokens["access_token"]).status_code == 401


@pytest.mark.parametrize("wrong", [{"code_verifier": "x" * 43}, {"redirect_uri": BACK + "/"}])
def test_a_code_opens_nothing_without_its_verifier_and_address(
    party: Party, browser: Client, wrong: dict[str, str]
) -> None:
    code = party.agree(browser)["code"]
    response = party.redeem(browser, code, **wrong)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_grant")
    assert not ProviderToken.objects.exists()


def test_a_code_is_its_applications_own(world: SmallWorld, party: Party, browser: Client) -> None:
    other = published(world.agency, name="二号", name_en="Second")
    code = party.agree(browser)["code"]
    other.verifier = party.verifier
    assert other.redeem(browser, code).json()["error"] == "invalid_grant"
    # The thief's try has not spoilt it for whose it is.
    assert party.redeem(browser, code).status_code == 200


def test_a_code_is_good_for_a_minute(party: Party, browser: Client) -> None:
    code = party.agree(browser)["code"]
    AuthorizationCode.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert party.redeem(browser, code).json()["error"] == "invalid_grant"


def test_a_code_that_comes_twice_ends_what_came_of_it(party: Party, browser: Client) -> None:
    code = party.agree(browser)["code"]
    tokens = party.redeem(browser, code).json()
    assert userinfo(browser, tokens["access_token"]).status_code == 200
    assert party.redeem(browser, code).json()["error"] == "invalid_grant"
    assert userinfo(browser, tokens["access_token"]).status_code == 401
    assert LedgerEntry.objects.filter(deed="code_replayed").exists()


def test_refresh_tokens_rotate_and_one_used_twice_ends_the_sign_in(party: Party, browser: Client) -> None:
    first = party.tokens(browser, scope="openid profile offline_access")
    second = party.refresh(browser, first["refresh_token"], scope="openid").json()
    assert second["refresh_token"] != first["refresh_token"]
    assert second["scope"] == "openid"
    assert "name" not in userinfo(browser, second["access_token"]).json()
    expiry = set(ProviderToken.objects.filter(kind="refresh").values_list("expires_at", flat=True))
    assert len(expiry) == 1, "rotation does not make it live longer"
    assert party.refresh(browser, first["refresh_token"]).json()["error"] == "invalid_grant"
    assert party.refresh(browser, second["refresh_token"]).json()["error"] == "invalid_grant"
    assert userinfo(browser, second["access_token"]).status_code == 401


def test_a_refresh_never_opens_more(party: Party, browser: Client) -> None:
    tokens = party.tokens(browser, scope="openid offline_access")
    assert party.refresh(browser, tokens["refresh_token"], scope="openid profile").json()["error"] == "invalid_scope"


def test_an_application_says_who_it_is(world: SmallWorld, party: Party, browser: Client) -> None:
    code = party.agree(browser)["code"]
    party.secret = "guessed"
    assert party.redeem(browser, code).status_code == 401
    public = published(world.agency, public=True, name="手机", name_en="Phone")
    code = public.agree(browser)["code"]
    form: dict[str, Any] = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
    form |= {"code_verifier": public.verifier, "client_id": public.application.client_id}
    assert browser.post("/oidc/token", form).status_code == 200
    # A confidential one does not get by without its secret.
    form["client_id"] = party.application.client_id
    assert browser.post("/oidc/token", form).status_code in {400, 401}


def test_nothing_that_opens_a_door_is_kept(party: Party, browser: Client) -> None:
    code = party.agree(browser, scope="openid offline_access")["code"]
    tokens = party.redeem(browser, code).json()
    kept = str([*AuthorizationCode.objects.values(), *ProviderToken.objects.values()])
    for secret in (code, tokens["access_token"], tokens["refresh_token"], party.secret):
        assert secret not in kept


def test_use_is_counted_by_day_and_by_nothing_else(party: Party, browser: Client) -> None:
    party.tokens(browser)
    party.tokens(browser)
    use = ApplicationUse.objects.get(application=party.application)
    assert (use.day, use.sign_ins) == (timezone.localdate(), 2)


@pytest.mark.parametrize("path", ["token", "introspect", "revoke"])
def test_the_endpoints_of_servers_take_posts_only(browser: Client, path: str) -> None:
    assert browser.get(f"/oidc/{path}").status_code == 405
    assert browser.post(f"/oidc/{path}", {"grant_type": '密码"', "token": "x"}).status_code in {400, 401}


def test_a_post_to_the_authorisation_endpoint_is_the_same_request(party: Party, browser: Client) -> None:
    address, _mark, query = party.request().partition("?")
    posted = browser.post(address, query, content_type="application/x-www-form-urlencoded")
    assert posted.status_code == 302
    assert browser.get(posted["Location"]).status_code == 200


def test_addresses_and_logs_tell_nothing_of_anybody(world: SmallWorld, party: Party, browser: Client) -> None:
    number = "450721199001010019"
    Person.objects.filter(pk=str(world.citizen.person_id)).update(id_number=number)
    asked = party.request(scope="openid profile identity_number", login_hint=number)
    back = party.agree(browser, scope="openid profile identity_number")
    tokens = party.redeem(browser, back["code"]).json()
    assert userinfo(browser, tokens["access_token"]).json()["identity_number"] == number
    sent = Client().get(asked)["Location"]
    payload = base64.urlsafe_b64decode(tokens["id_token"].split(".")[1] + "==").decode()
    log = (settings.HOME / "logs" / "tongban.log").read_text()
    for place in (str(back), payload, sent, log):
        assert number not in place
        assert world.citizen.person_name not in place
    for secret in (back["code"], tokens["access_token"], party.secret):
        assert secret not in log
