"""Signing in and out, and for whom one acts."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.portal.test_applying import text_of
from tests.portal.world import PASSWORD, World


def test_signing_in_leads_to_ones_cases(world: World, reader: Client) -> None:
    response = reader.post("/sign-in", {"username": "wei.lan", "password": PASSWORD})
    assert response["Location"] == "/me/"
    assert "韦兰" in text_of(reader.get("/me/"))


@pytest.mark.parametrize(("name", "password"), [("wei.lan", "wrong"), ("nobody", PASSWORD)])
def test_a_failure_does_not_tell_what_was_wrong(world: World, reader: Client, name: str, password: str) -> None:
    response = reader.post("/sign-in", {"username": name, "password": password})
    assert response.status_code == 422
    assert "User name and password do not belong together." in text_of(response)
    assert password not in response.content.decode()


def test_what_is_missing_is_named_at_its_field(world: World, reader: Client) -> None:
    response = reader.post("/sign-in", {"username": " ", "password": ""})
    assert response.status_code == 422
    page = response.content.decode()
    assert 'href="#field-username">Enter your user name, phone number or e-mail address.' in page
    assert 'href="#field-password">Enter your password.' in page


@pytest.mark.parametrize(
    ("wanted", "target"),
    [("/search", "/search"), ("https://elsewhere.example/", "/me/"), ("//elsewhere.example", "/me/")],
)
def test_after_signing_in_one_stays_on_the_site(world: World, reader: Client, wanted: str, target: str) -> None:
    response = reader.post("/sign-in", {"username": "wei.lan", "password": PASSWORD, "next": wanted})
    assert response["Location"] == target


def test_who_wears_several_hats_chooses_one_and_goes_on(world: World, reader: Client) -> None:
    posted = {"username": "huang.mei", "password": PASSWORD, "next": f"/guides/{world.for_organisations.pk}/apply"}
    assert reader.post("/sign-in", posted)["Location"] == "/act-as/"
    assert "钦州海湾食品有限公司" in text_of(reader.get("/act-as/"))
    chosen = reader.post("/act-as/", {"hat": f"organisation:{world.organisation.pk}"})
    assert chosen["Location"] == posted["next"]
    page = reader.get(chosen["Location"])
    assert page.status_code == 200
    assert "钦州海湾食品有限公司" in text_of(page)


def test_a_hat_one_does_not_hold_is_refused(world: World, citizen: Client) -> None:
    response = citizen.post("/act-as/", {"hat": f"organisation:{world.organisation.pk}"})
    assert response.status_code == 422
    assert "Choose for whom you act." in text_of(response)


def test_officers_begin_at_the_workbench(world: World, client: Client) -> None:
    client.force_login(world.window)
    response = client.post("/act-as/", {"hat": world.actor(world.window).hat})
    assert response["Location"] == "/workbench/inbox/"


def test_signing_out_ends_it(world: World, citizen: Client) -> None:
    assert citizen.post("/sign-out")["Location"] == "/"
    assert citizen.get("/me/")["Location"].startswith("/sign-in")
    assert citizen.get("/sign-out").status_code == 405


@pytest.mark.parametrize(
    "change",
    [
        lambda account: account.set_password("another one 2026"),
        lambda account: setattr(account, "is_active", False),
    ],
    ids=["another password", "a closed account"],
)
def test_a_session_ends_with_what_it_was_begun_with(world: World, citizen: Client, change: Any) -> None:
    citizen.post("/act-as/", {"hat": "person"})
    assert citizen.get("/me/").status_code == 200
    change(world.citizen)
    world.citizen.save()
    assert citizen.get("/me/")["Location"].startswith("/sign-in")


def test_who_signed_in_costs_two_statements(world: World, citizen: Client) -> None:
    citizen.post("/act-as/", {"hat": "person"})
    with CaptureQueriesContext(connection) as asked:
        citizen.get(f"/guides/{world.licence.pk}/")
    about = [query["sql"] for query in asked if "django_session" in query["sql"] or "identity_account" in query["sql"]]
    assert len(about) == 2, about
