"""Pages of delegations and of one's own data."""

import json

from django.test import Client

from tests.identity.people import number
from tests.portal.test_applying import text_of
from tests.portal.world import START, World
from tongban.foundation.sealing import blind_index
from tongban.identity.models import Delegation, Organisation, Person

NUMBER = number(START.replace(year=1980), 7)


def _offer(client: Client, **given: str) -> str:
    posted = {"kind": "carer", "name": "农浩", "number": NUMBER, "paper": "resident", "deeds": "apply"}
    day = {"last_day-year": "2099", "last_day-month": "1", "last_day-day": "1"}
    return text_of(client.post("/me/delegations/new/who/", posted | day | given, follow=True))


def test_matters_are_found_ticked_and_kept(world: World, citizen: Client) -> None:
    page = citizen.get("/me/delegations/new/", {"q": "计量", "scope": "named"})
    assert "Verification of measuring instruments" in text_of(page)
    item = world.listed.pk
    assert citizen.get("/me/delegations/new/", {"go": "1", "scope": "named"}).status_code == 422
    assert citizen.get("/me/delegations/new/", {"go": "1"}).status_code == 422
    chosen = citizen.get("/me/delegations/new/", {"go": "1", "scope": "named", "matter": str(item)})
    assert chosen["Location"] == f"/me/delegations/new/who/?matter={item}"
    assert "Verification of measuring instruments" in text_of(citizen.get(chosen["Location"]))


def test_an_offer_says_what_is_wrong_by_field_and_keeps_no_number(world: World, citizen: Client) -> None:
    page = _offer(citizen, number="1")
    assert "cannot have this number" in page
    assert "At most 5 years" in page
    assert not Delegation.objects.exists()
    response = citizen.post("/me/delegations/new/who/", {"number": NUMBER, "last_day-day": "x"})
    assert response.status_code == 422
    assert NUMBER not in response.content.decode()
    assert "This is no day" in text_of(response)


def test_an_officer_and_an_agent_see_no_pages_of_delegations(world: World, reader: Client) -> None:
    reader.force_login(world.window)
    assert reader.get("/me/delegations/").status_code == 403
    Delegation.objects.create(
        person=Person.objects.get(account=world.citizen),
        agent=Person.objects.get(account=world.stranger),
        kind="carer",
        deeds=["read"],
        valid_from=START,
        accepted_at="2025-01-01T00:00:00Z",
    )
    reader.force_login(world.stranger)
    reader.post("/act-as/", {"hat": f"person:{Person.objects.get(account=world.citizen).pk}"})
    assert "for 韦兰" in text_of(reader.get("/me/"))
    assert reader.get("/me/delegations/").status_code == 403
    assert reader.get("/me/data/").status_code == 403
    assert reader.post("/me/data/copy.json").status_code == 403


def test_the_former_representative_reads_on(world: World, reader: Client) -> None:
    Organisation.objects.update(dissolved_on=START)
    reader.force_login(world.agent)
    reader.post("/act-as/", {"hat": f"organisation:{world.organisation.pk}"})
    page = text_of(reader.get("/me/"))
    assert "钦州海湾食品有限公司" in page
    assert reader.post(f"/guides/{world.for_organisations.pk}/apply").status_code == 403


def test_a_copy_a_correction_and_closing(world: World, citizen: Client) -> None:
    index = blind_index(NUMBER, "person.id_number")
    Person.objects.filter(account=world.citizen).update(id_number=NUMBER, id_number_index=index)
    copied = citizen.post("/me/data/copy.json")
    assert copied["Content-Disposition"].startswith("attachment")
    assert json.loads(copied.content)["identity"]["id_number"] == NUMBER
    assert citizen.get("/me/data/copy.json").status_code == 405
    assert citizen.post("/me/data/", {"field": "name"}).status_code == 422
    asked = citizen.post("/me/data/", {"field": "name", "wanted": "韦岚", "reason": "户口簿"}, follow=True)
    assert "waiting for an answer" in text_of(asked)
    assert citizen.post("/me/data/close/").status_code == 422
    closed = citizen.post("/me/data/close/", {"understood": "1"})
    assert "Your account is closed" in text_of(closed)
    assert citizen.get("/me/").status_code == 302
