"""The table of rights as pages: everybody reads it by role, an officer their own post's, oversight any post's."""

from datetime import date

import pytest
from django.test import Client

from tests.kept import copied, kept
from tests.world import SmallWorld
from tongban.identity.actions import appoint
from tongban.identity.actor import Actor, platform_process
from tongban.identity.authority import RIGHTS, ROLES
from tongban.identity.models import Account, Person, Role

pytestmark = pytest.mark.django_db


built = kept(SmallWorld.build)


@pytest.fixture
def world(db: None, built: SmallWorld) -> SmallWorld:
    return copied(built)


def signed_in(client: Client, actor: Actor) -> Client:
    assert actor.account_id is not None
    client.force_login(Account.objects.get(pk=actor.account_id))
    return client


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_every_right_is_shown_with_its_reason(client: Client, language: str) -> None:
    for role in ROLES:
        page = client.get(f"/rights/{role}/", headers={"Accept-Language": language})
        assert page.status_code == 200
        shown = {because for _kind, rows in page.context["groups"] for _whose, _deeds, because in rows}
        said = {r.because.en if language == "en" else r.because.zh for r in RIGHTS if r.role == role}
        assert shown == said
    assert client.get("/rights/").status_code == 200
    assert client.get("/rights/wizard/").status_code == 404


def test_my_rights_name_the_agency_and_the_region(client: Client, world: SmallWorld) -> None:
    page = signed_in(client, world.supervisor).get("/rights/mine/")
    assert "钦州市及以下区域的" in page.content.decode()
    page = signed_in(client, world.reviewer).get("/rights/mine/")
    assert "灵山县市场监督管理局的" in page.content.decode()
    assert signed_in(client, world.citizen).get("/rights/mine/").status_code == 403
    client.logout()
    assert client.get("/rights/mine/").status_code == 302


def test_only_oversight_sees_the_rights_of_others(client: Client, world: SmallWorld) -> None:
    address = f"/rights/posts/{world.reviewer.post_id}/"
    assert signed_in(client, world.reviewer).get(address).status_code == 200
    for actor in (world.window, world.supervisor, world.citizen):
        assert signed_in(client, actor).get(address).status_code == 404
    for role in (Role.AUDITOR, Role.ADMINISTRATOR):
        account = Account.objects.create(username=role)
        person = Person.objects.create(name=role, account=account)
        appoint(platform_process("tests"), person, world.other_agency, role, date(2026, 1, 1))
        client.force_login(account)
        assert client.get(address).status_code == 200
        assert client.get("/workbench/posts/?text=农丽华").context["rows"][0].person == "农丽华"


def test_the_security_officer_sees_states_and_no_names(client: Client, world: SmallWorld) -> None:
    account = Account.objects.create(username="guard")
    person = Person.objects.create(name="guard", account=account)
    appoint(platform_process("tests"), person, world.other_agency, Role.SECURITY_OFFICER, date(2026, 1, 1))
    client.post("/sign-in", {"username": "wei", "password": "wrong"})
    Account.objects.filter(username="huang").update(is_active=False)
    client.force_login(account)
    page = client.get("/workbench/security/")
    state = page.context["state"]
    assert [number for _at, number, *_rest in state.failures] == [1]
    assert [name for _id, name in state.locked] == ["huang"]
    assert any(active for _purpose, _name, active in state.keys)
    assert "韦秀兰" not in page.content.decode()
    assert client.get("/workbench/ledger/").status_code == 403
