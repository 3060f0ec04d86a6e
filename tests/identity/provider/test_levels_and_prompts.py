"""When somebody is sent to sign in, to step up, or to agree; and when the application is told that it cannot be."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path
from hypothesis import given
from hypothesis import strategies as st

from tests.identity.provider.party import Party, answer, claims_in, published
from tests.world import PASSWORD, SmallWorld
from tongban.identity.models import Account, Person
from tongban.identity.provider.rules import (
    DemandError,
    Demands,
    Standing,
    Step,
    acr_of,
    demands_of,
    next_step,
    stated_acr,
)
from tongban.portal.views import authorising

NOW = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
NOT_THEY = {"account_selection_required", "access_denied"}
LEVELS = st.integers(1, 5)


def page(_request: HttpRequest) -> HttpResponse:
    """Where stepping up would be."""
    return HttpResponse("step up")


urlpatterns = [path("me/assurance/", page), path("", include("tongban.config.urls"))]


@given(
    prompts=st.frozensets(st.sampled_from(["login", "consent", "select_account"])) | st.just(frozenset({"none"})),
    max_age=st.none() | st.integers(0, 10_000),
    least=st.integers(1, 6),
    age=st.none() | st.integers(0, 20_000),
    level=LEVELS,
    consented=st.booleans(),
    fits=st.booleans(),
    other=st.booleans(),
    away=st.none() | st.integers(0, 3_000),
    can_step_up=st.booleans(),
)
def test_nobody_gets_in_who_does_not_meet_what_is_demanded(
    prompts: frozenset[str],
    max_age: int | None,
    least: int,
    age: int | None,
    level: int,
    *,
    consented: bool,
    fits: bool,
    other: bool,
    away: int | None,
    can_step_up: bool,
) -> None:
    demands = Demands(prompts=prompts, max_age=max_age, least=least, subject="somebody" if other else "")
    at = None if age is None else NOW - timedelta(seconds=age)
    sent = None if away is None else NOW - timedelta(seconds=away)
    try:
        standing = Standing(at, level, consented=consented, fits=fits, sent_away_at=sent)
        step = next_step(demands, standing, NOW, can_step_up=can_step_up)
    except DemandError as error:
        if error.error not in {"login_required", "consent_required", "unmet_authentication_requirements"} | NOT_THEY:
            raise
        return
    if "none" in prompts:
        assert step is Step.GRANT, "with prompt none nobody is shown a page"
    if step is Step.GRANT:
        assert at is not None
        assert consented
        assert fits
        assert not other
        assert level >= least
        anew = sent is not None and at >= sent
        assert anew or not prompts & {"login", "select_account"}
        assert anew or max_age is None or (NOW - at).total_seconds() <= max_age
    if step is Step.STEP_UP:
        assert can_step_up
        assert sent is None, "who came back without the level is not sent again"
        assert least <= 5


@given(LEVELS, st.lists(LEVELS))
def test_never_more_is_stated_than_holds(level: int, asked: list[int]) -> None:
    stated = int(stated_acr(level, asked)[1:])
    assert stated <= level
    if any(one <= level for one in asked):
        assert stated in asked


@given(st.lists(LEVELS, min_size=1), LEVELS)
def test_an_essential_level_is_the_least_of_those_named(values: list[int], needed: int) -> None:
    claims = {"id_token": {"acr": {"essential": True, "values": [acr_of(one) for one in values]}}}
    assert demands_of({"claims": json.dumps(claims)}, needed).least == max(needed, min(values))


@given(
    st.text(max_size=20)
    | st.sampled_from(["[]", "{}", "1", '"a"', "null", '{"values": 1}', '{"values": [1]}', "[" * 5000])
)
def test_whatever_stands_in_claims_is_read_or_refused(text: str) -> None:
    """It fails on any other exception (a TypeError of a list where an object is meant, a RecursionError), and on a
    refusal under another word than OpenID Connect Core 6.1 has for it.
    """
    for claims in (text, f'{{"id_token": {text or "0"}}}', f'{{"id_token": {{"acr": {text or "0"}}}}}'):
        try:
            demands_of({"claims": claims}, 1)
        except DemandError as error:
            if error.error != "invalid_request":
                raise


def test_who_is_not_signed_in_signs_in_and_comes_back(world: SmallWorld, party: Party, client: Client) -> None:
    assert answer(client.get(party.request(prompt="none")))["error"] == "login_required"
    sent = client.get(party.request())
    assert urlsplit(sent["Location"]).path == "/sign-in"
    back = parse_qs(urlsplit(sent["Location"]).query)["next"][0]
    assert back.startswith("/oidc/authorize?")
    client.force_login(Person.objects.get(pk=str(world.citizen.person_id)).account)  # type: ignore[arg-type]
    assert client.get(back).status_code == 200


@pytest.mark.parametrize("demand", [{"prompt": "login"}, {"max_age": "0"}])
def test_who_is_signed_in_is_asked_again_once(
    party: Party, browser: Client, world: SmallWorld, demand: dict[str, str]
) -> None:
    account = Account.objects.get(pk=str(world.citizen.account_id))
    account.set_password(PASSWORD)
    account.save()
    browser.force_login(account)
    party.tokens(browser)
    sent = browser.get(party.request(**demand))
    assert urlsplit(sent["Location"]).path == "/sign-in/again"
    assert browser.get(sent["Location"]).status_code == 200
    back = parse_qs(urlsplit(sent["Location"]).query)["next"][0]
    # Coming back without having shown it leads there again.
    assert urlsplit(browser.get(back)["Location"]).path == "/sign-in/again"
    assert browser.post(sent["Location"], {"password": "wrong"}).status_code == 422
    assert urlsplit(browser.get(back)["Location"]).path == "/sign-in/again"
    shown = browser.post(sent["Location"], {"password": PASSWORD})
    assert shown["Location"] == back
    assert answer(browser.get(back))["code"]
    # For this request only: the next one asks again.
    assert urlsplit(browser.get(party.request(**demand))["Location"]).path == "/sign-in/again"


def test_who_has_nothing_to_show_again_signs_in_anew(party: Party, browser: Client, world: SmallWorld) -> None:
    """Of an account that signs in by codes only."""
    account = Account.objects.get(pk=str(world.citizen.account_id))
    account.set_unusable_password()
    account.save()
    browser.force_login(account)
    party.tokens(browser)
    sent = browser.get(party.request(prompt="login"))
    assert urlsplit(sent["Location"]).path == "/sign-in"
    assert browser.get(sent["Location"]).status_code == 200, "the page, and no way round it"
    back = parse_qs(urlsplit(sent["Location"]).query)["next"][0]
    browser.force_login(account)
    assert answer(browser.get(back))["code"]


def test_a_sign_in_left_half_way_is_none(party: Party, browser: Client, world: SmallWorld) -> None:
    account = Account.objects.get(pk=str(world.citizen.account_id))
    account.set_password(PASSWORD)
    account.save()
    browser.force_login(account)
    sent = browser.get(party.request(max_age="0"))
    session = browser.session
    session["account_authentication_methods_user"] = str(account.pk)
    session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
    session.save()
    back = parse_qs(urlsplit(sent["Location"]).query)["next"][0]
    assert urlsplit(browser.get(back)["Location"]).path == "/sign-in/again"


def essential(*levels: str) -> str:
    return json.dumps({"id_token": {"acr": {"essential": True, "values": list(levels)}}})


@pytest.mark.urls("tests.identity.provider.test_levels_and_prompts")
def test_an_essential_level_leads_to_stepping_up(world: SmallWorld, party: Party, browser: Client) -> None:
    person = Person.objects.get(pk=str(world.citizen.person_id))
    Person.objects.filter(pk=person.pk).update(assurance_level=3)
    sent = browser.get(party.request(claims=essential("L4", "L5")))
    parts = urlsplit(sent["Location"])
    asked = parse_qs(parts.query)
    assert (parts.path, asked["need"]) == ("/me/assurance/", ["4"])
    # Back without the level, the application is told; with it, the sign-in goes on.
    assert answer(browser.get(asked["next"][0]))["error"] == "unmet_authentication_requirements"
    Person.objects.filter(pk=person.pk).update(assurance_level=5)
    party.tokens(browser)
    code = answer(browser.get(asked["next"][0]))["code"]
    claims = claims_in(browser, party.redeem(browser, code).json()["id_token"])
    assert claims["acr"] == "L5"


def test_where_stepping_up_leads_nowhere_the_application_is_told(
    party: Party, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    Person.objects.update(assurance_level=3)
    monkeypatch.setattr(authorising, "STEP_UP", "/nowhere/")
    back = answer(browser.get(party.request(claims=essential("L4"))))
    assert back["error"] == "unmet_authentication_requirements"
    monkeypatch.undo()
    assert answer(browser.get(party.request(claims=essential("L9"))))["error"] == "unmet_authentication_requirements"


def test_a_level_that_is_only_wished_for_is_answered_with_the_real_one(party: Party, browser: Client) -> None:
    Person.objects.update(assurance_level=3)
    tokens: dict[str, Any] = party.tokens(browser, acr_values="L5 L4", scope="openid assurance")
    claims = claims_in(browser, tokens["id_token"])
    assert (claims["acr"], claims["assurance_level"]) == ("L3", 3)


def test_an_application_for_officers_is_for_no_citizen(world: SmallWorld, browser: Client) -> None:
    office = published(world.agency, name="办公", name_en="Office", audiences=["officer"])
    assert answer(browser.get(office.request(prompt="none")))["error"] == "account_selection_required"
    sent = urlsplit(browser.get(office.request())["Location"])
    assert sent.path == "/act-as/"
    back = browser.get(parse_qs(sent.query)["next"][0])
    assert answer(back)["error"] == "access_denied"


def test_who_is_asked_for_by_identifier_is_who_it_must_be(party: Party, browser: Client) -> None:
    known = claims_in(browser, party.tokens(browser)["id_token"])["sub"]
    for subject, key in ((known, "code"), ("somebody-else", "error")):
        claims = json.dumps({"id_token": {"sub": {"value": subject}}})
        assert key in answer(browser.get(party.request(claims=claims)))
