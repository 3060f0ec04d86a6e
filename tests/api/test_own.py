"""Delegations and one's own data over HTTP: what the pages do, by the same actions."""

import uuid
from datetime import timedelta

from django.utils import timezone

from tests.api.world import World, apply, post
from tongban.foundation.sealing import blind_index
from tongban.identity.actions import issue_token
from tongban.identity.models import Person

NUMBER = "45072119900101002X"


def _known(world: World, who: str) -> Person:
    person = Person.objects.get(account=world.accounts[who])
    Person.objects.filter(pk=person.pk).update(
        id_number=NUMBER, id_number_index=blind_index(NUMBER, "person.id_number")
    )
    return person


def test_a_delegation_is_offered_accepted_used_and_ended(world: World) -> None:
    citizen, other = world.client("citizen"), world.client()
    _known(world, "agent")
    account = world.accounts["agent"]
    own = {"Authorization": f"Bearer {issue_token(account, 'person', timezone.now())[0]}", "Accept-Language": "en"}
    other.defaults |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in own.items()}
    last = timezone.localdate() + timedelta(days=90)
    invitation = {"kind": "relative", "name": "李强", "number": NUMBER, "last_day": last.isoformat()}
    wrong = post(citizen, "/me/delegations", invitation | {"number": "1", "kind": "relative"})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "#/number")
    offered = post(citizen, "/me/delegations", invitation)
    assert offered.status_code == 201, offered.content
    given = offered.json()
    assert (given["standing"], given["given"], given["last_day"]) == ("offered", True, last.isoformat())
    assert post(citizen, "/me/delegations", invitation).json()["id"] == given["id"]

    path = f"/me/delegations/{given['id']}"
    (taken,) = [one for one in other.get("/api/v1/me/delegations").json()["taken"] if one["id"] == given["id"]]
    assert (taken["principal"], taken["given"]) == ("王芳", False)
    assert post(world.client("window"), f"{path}/accept").status_code in {403, 404}
    assert post(other, f"{path}/accept").json()["standing"] == "in_force"
    token = issue_token(account, taken["hat"], timezone.now())[0]
    wearing = world.client()
    wearing.defaults["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    case = apply(world, wearing)
    assert citizen.get(f"/api/v1/cases/{case['id']}").status_code == 200
    # Who was given does not pass it on, and reads no delegations of whom they act for.
    assert wearing.get("/api/v1/me/delegations").status_code == 403
    assert post(other, f"{path}/decline").status_code == 409
    assert post(citizen, f"{path}/end").json()["standing"] == "ended"
    assert wearing.get("/api/v1/me").status_code == 401
    assert citizen.get(f"/api/v1/me/delegations/{uuid.uuid4()}").status_code == 404


def test_ones_own_data_is_copied_corrected_and_the_account_closed(world: World) -> None:
    citizen, window = world.client("citizen"), world.client("window")
    _known(world, "citizen")
    apply(world, citizen)
    copied = post(citizen, "/me/data/copies")
    assert copied.status_code == 200, copied.content
    assert NUMBER in copied.content.decode()
    assert {"identity", "cases", "userspace"} <= set(copied.json()["held"])
    asked = {"field": "address", "wanted": "钦州市", "reason": "户口簿"}
    made = post(citizen, "/me/data/corrections", asked)
    assert made.status_code == 201, made.content
    assert post(citizen, "/me/data/corrections", asked).json()["id"] == made.json()["id"]
    assert citizen.get("/api/v1/me/data/corrections").json()["items"] == [made.json()]
    for path, body in (("copies", None), ("corrections", asked), ("closing", {"understood": True})):
        assert post(window, f"/me/data/{path}", body).status_code == 403
    assert post(citizen, "/me/data/closing", {"understood": False}).status_code == 422
    refused = post(citizen, "/me/data/closing", {"understood": True})
    assert refused.status_code == 409, refused.content
    world.organisation.legal_representative = Person.objects.get(account=world.accounts["second"])
    world.organisation.save()
    leaving = world.client()
    person = Person.objects.get(account=world.accounts["agent"])
    token = issue_token(world.accounts["agent"], "person", timezone.now())[0]
    leaving.defaults["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    closed = post(leaving, "/me/data/closing", {"understood": True})
    assert closed.status_code == 200, closed.content
    person.refresh_from_db()
    assert person.closed_at
    assert leaving.get("/api/v1/me").status_code == 401
