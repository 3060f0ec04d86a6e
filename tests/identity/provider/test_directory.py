"""The directory: who registers, who reviews, what is shown to whom."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from tests.identity.provider.party import BACK, LAW, OPERATOR, Party, particulars, published
from tests.world import TODAY, SmallWorld
from tongban.foundation.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from tongban.identity.actions import Identity, appoint, open_account, register_person
from tongban.identity.actor import Actor, actor_for
from tongban.identity.models import Account, Role
from tongban.identity.provider.actions.directory import (
    Asked,
    change_application,
    register_application,
    renew_secret,
    review_application,
    suspend_application,
)
from tongban.identity.provider.models import Application
from tongban.identity.provider.queries import directory, kept_application, kept_applications
from tongban.identity.provider.rules import address_fault, may_connect

pytestmark = pytest.mark.django_db
State = Application.State


@pytest.fixture
def party(world: SmallWorld) -> Party:
    """An application of its own for each test: here they are counted."""
    return published(world.agency)


@pytest.fixture
def staff(db: None, world: SmallWorld) -> dict[str, Actor]:
    """A data steward of the agency, one of another, two administrators."""
    wanted = {
        "steward": (world.agency, Role.DATA_STEWARD),
        "other": (world.other_agency, Role.DATA_STEWARD),
        "administrator": (world.agency, Role.ADMINISTRATOR),
        "second": (world.other_agency, Role.ADMINISTRATOR),
    }
    made = {}
    for name, (agency, role) in wanted.items():
        account = open_account(OPERATOR, f"test.{name}", None)
        appoint(OPERATOR, register_person(OPERATOR, Identity(name), account), agency, role, TODAY.replace(year=2024))
        made[name] = actor_for(account, "", timezone.localdate())
    return made


def test_a_steward_registers_and_an_administrator_publishes(world: SmallWorld, staff: dict[str, Actor]) -> None:
    now = timezone.now()
    made, secret = register_application(staff["steward"], world.agency, particulars(), now)
    assert (made.state, made.sector) == (State.REGISTERED, f"agency-{world.agency.pk}")
    assert len(secret) > 40
    assert secret not in str(Application.objects.values())
    assert directory().total == 0, "nobody sees it before its review"
    with pytest.raises(NotAllowedError):
        review_application(staff["steward"], made.pk, now, publish=True)
    review_application(staff["administrator"], made.pk, now, publish=True)
    assert [one.pk for one in directory("tracing").applications] == [made.pk]
    with pytest.raises(ConflictError):
        change_application(staff["steward"], made.pk, particulars(), now)
    with pytest.raises(InvalidError):
        suspend_application(staff["administrator"], made.pk, " ", now)
    suspend_application(staff["administrator"], made.pk, "The address is gone", now)
    changed = change_application(staff["steward"], made.pk, particulars(name="新名"), now)
    assert changed.state == State.REGISTERED


def test_nobody_reviews_what_they_registered(world: SmallWorld, staff: dict[str, Actor]) -> None:
    now = timezone.now()
    made, _secret = register_application(staff["administrator"], world.agency, particulars(), now)
    with pytest.raises(NotAllowedError):
        review_application(staff["administrator"], made.pk, now, publish=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Application.objects.filter(pk=made.pk).update(reviewed_by=made.registered_by_id)
    review_application(staff["second"], made.pk, now, publish=False, note="No law is named")
    made.refresh_from_db()
    assert (made.state, made.review_note) == (State.REFUSED, "No law is named")


def test_a_steward_keeps_their_own_agencys_only(world: SmallWorld, staff: dict[str, Actor]) -> None:
    now = timezone.now()
    made, _secret = register_application(staff["steward"], world.agency, particulars(), now)
    for deed in (
        lambda: register_application(staff["other"], world.agency, particulars(), now),
        lambda: change_application(staff["other"], made.pk, particulars(), now),
        lambda: renew_secret(staff["other"], made.pk),
        lambda: register_application(world.citizen, world.agency, particulars(), now),
        lambda: register_application(world.window, world.agency, particulars(), now),
    ):
        with pytest.raises(NotAllowedError):
            deed()
    assert [one.pk for one in kept_applications(staff["steward"])] == [made.pk]
    assert kept_applications(staff["other"]) == []
    with pytest.raises(NotFoundError):
        kept_application(staff["other"], made.pk, now)
    with pytest.raises(NotAllowedError):
        kept_applications(world.citizen)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"home_uri": ""}, "home_uri"),
        ({"redirect_uris": []}, "redirect_uris"),
        ({"redirect_uris": ["http://shop.example/"]}, "redirect_uris"),
        ({"redirect_uris": [BACK + "#x"]}, "redirect_uris"),
        ({"redirect_uris": ["https://*.example/"]}, "redirect_uris"),
        ({"redirect_uris": ["https://user@shop.example/"]}, "redirect_uris"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "redirect_uris"),
        ({"back_channel_uri": "http://127.0.0.1/x"}, "back_channel_uri"),
        ({"audiences": ["dogs"]}, "audiences"),
        ({"required_level": 9}, "required_level"),
        ({"asks": [Asked("everything", "x", LAW)]}, "asks"),
        ({"asks": [Asked("identity_number", "", LAW)]}, "purpose_identity_number"),
        ({"asks": [Asked("identity_number", "x", " ")]}, "purpose_identity_number"),
        ({"resource_servers": ["nobody"]}, "resource_servers"),
        ({"sector": "a b"}, "sector"),
    ],
)
def test_what_cannot_be_is_named_by_field(world: SmallWorld, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidError) as refused:
        register_application(OPERATOR, world.agency, particulars(**changes), timezone.now())
    assert set(refused.value.fields) == {field}


def test_another_agencys_sector_is_shared_by_law_only(world: SmallWorld, party: Party) -> None:
    sector = party.application.sector
    with pytest.raises(InvalidError) as refused:
        register_application(OPERATOR, world.other_agency, particulars(sector=sector), timezone.now())
    assert set(refused.value.fields) == {"sector_basis"}
    shared, _secret = register_application(
        OPERATOR, world.other_agency, particulars(sector=sector, sector_basis=LAW), timezone.now()
    )
    assert shared.sector == sector


def test_a_new_secret_ends_the_old_one(world: SmallWorld, party: Party, browser: Client) -> None:
    code, old = party.agree(browser)["code"], party.secret
    party.secret = renew_secret(OPERATOR, party.application.pk)
    new = party.secret
    party.secret = old
    assert party.redeem(browser, code).status_code == 401
    party.secret = new
    assert party.redeem(browser, code).status_code == 200


def test_everybody_finds_applications_by_words_agency_and_use(world: SmallWorld, party: Party, client: Client) -> None:
    published(world.other_agency, name="借书", name_en="Library", audiences=["person"])
    client.cookies["language"] = "en"

    def named(query: str) -> set[str]:
        page = client.get(f"/applications/{query}").content.decode()
        return {name for name in ("Food tracing", "Library") if f">{name}</a>" in page}

    assert named("") == {"Food tracing", "Library"}
    assert named("?q=借书") == named("?q=library") == {"Library"}
    assert named("?audience=organisation") == {"Food tracing"}
    assert named(f"?agency={world.other_agency.pk}") == {"Library"}
    assert named("?q=nothing+here&agency=x&audience=y") == set()
    page = client.get(f"/applications/{party.application.pk}/").content.decode()
    assert "To check who applies" in page
    assert LAW in page


def test_the_workbench_takes_an_application_from_its_form_to_the_directory(
    world: SmallWorld, staff: dict[str, Actor], client: Client
) -> None:
    client.cookies["language"] = "en"
    client.force_login(Account.objects.get(pk=str(staff["steward"].account_id)))
    form = {
        "name": "档案",
        "name_en": "Archive",
        "home_uri": "https://archive.example/",
        "redirect_uris": "https://archive.example/a\r\nhttps://archive.example/b",
        "audiences": ["person"],
        "required_level": "3",
        "asks_profile": "1",
        "purpose_profile": "借阅证",
        "kind": "server",
    }
    refused = client.post("/workbench/applications/register/", form)
    assert refused.status_code == 422
    assert "by which law" in refused.content.decode()
    shown = client.post("/workbench/applications/register/", form | {"basis_profile": LAW})
    assert shown.status_code == 200
    made = Application.objects.get()
    assert made.redirect_uris == ["https://archive.example/a", "https://archive.example/b"]
    assert shown.context["secret"] in shown.content.decode()
    address = f"/workbench/applications/{made.pk}/"
    again = client.get(address).content.decode()
    assert shown.context["secret"] not in again, "shown once"
    assert 'value="publish"' not in again
    assert client.get(f"{address}change/").status_code == 200
    assert client.post(address, {"deed": "publish"}).status_code == 403
    client.force_login(Account.objects.get(pk=str(staff["administrator"].account_id)))
    assert "Archive" in client.get("/workbench/applications/").content.decode()
    assert client.post(address, {"deed": "publish"}).status_code == 302
    assert directory().total == 1
    assert 'value="suspend"' in client.get(address).content.decode()
    assert client.post(address, {"deed": "suspend"}).status_code == 422, "a reason is needed"
    assert client.post(address, {"deed": "suspend", "note": "gone"}).status_code == 302
    assert directory().total == 0


# --- addresses ------------------------------------------------------------------------------------------------------


@given(st.text(max_size=60))
def test_no_address_hides_another(text: str) -> None:
    for uri in (text, f"https://{text}", f"https://shop.example/{text}"):
        if not address_fault(uri, loopback=False):
            assert uri.startswith(("https://", "HTTPS://")) or uri.lower().startswith("https://")
            assert not set("#\\* @") & set(uri.partition("://")[2].partition("/")[0])


@given(st.ip_addresses())
def test_inner_addresses_are_not_called_unless_they_were_named(address: Any) -> None:
    called = may_connect(str(address), loopback=False, networks=[])
    assert not called or address.is_global
    if address.is_loopback:
        assert may_connect(str(address), loopback=True, networks=[])


@pytest.mark.parametrize(
    "inner", ["10.1.2.3", "192.168.0.1", "169.254.169.254", "::ffff:127.0.0.1", "fe80::1", "0.0.0.0"]
)
def test_known_inner_addresses(inner: str) -> None:
    assert not may_connect(inner, loopback=False, networks=[])
    assert may_connect(inner, loopback=False, networks=["10.0.0.0/8"]) is (inner == "10.1.2.3")
