"""Assurance over HTTP: a problem names the level needed and where to raise it; the ways, visits, taking back."""

import uuid

from django.db import connection
from django.utils import timezone

from tests.api.world import World, application, post, publish
from tongban.cases.models import Case
from tongban.identity.assurance.models import CounterRequest, Verification
from tongban.identity.models import Person


def test_what_takes_more_says_how_much_and_where(world: World) -> None:
    citizen = world.client("citizen")
    publish(world.service, assurance_level=5)
    draft = post(citizen, "/drafts", {"service": str(world.service.pk)})
    assert draft.status_code == 201, draft.content
    refused = post(citizen, "/applications", application(world, citizen))
    assert refused.status_code == 403
    problem = refused.json()
    assert (problem["type"], problem["needed_level"], problem["level"]) == ("/problems/step-up-needed", 5, 3)
    assert problem["step_up"] == "/me/assurance/?need=5"
    # What lapsed today counts for nothing, though no job has taken it from the person's row yet.
    person = Person.objects.get(account=world.accounts["citizen"])
    lapsed = Verification.objects.create(
        person=person, source="x", level=5, evidence={}, made_at=timezone.now(), valid_until=timezone.localdate()
    )
    Person.objects.filter(pk=person.pk).update(assurance_level=5)
    assert post(citizen, "/applications", application(world, citizen)).json()["level"] == 2
    lapsed.delete()
    Person.objects.filter(pk=person.pk).update(assurance_level=3)
    assert not Case.objects.exists()
    mine = citizen.get("/api/v1/me/assurance").json()
    assert mine["level"] == 3
    assert [(way["code"], way["in_person"]) for way in mine["ways"]] == [("counter", True)]
    assert citizen.get("/api/v1/me/assurance/ways/counter").status_code == 404
    visit = post(citizen, "/me/assurance/visits", {"level": 5}).json()
    assert CounterRequest.objects.get().code == visit["code"]
    wrong = post(citizen, "/me/assurance/verifications", {"source": "counter", "given": {}})
    assert wrong.status_code == 404
    assert post(citizen, f"/me/assurance/verifications/{uuid.uuid4()}/revoke", {"reason": "x"}).status_code == 404


def test_one_takes_back_ones_own(world: World) -> None:
    citizen, agent = world.client("citizen"), world.client("agent")
    person = Person.objects.get(account=world.accounts["citizen"])
    made = Verification.objects.create(person=person, source="counter", level=5, evidence={}, made_at=timezone.now())
    path = f"/me/assurance/verifications/{made.pk}/revoke"
    assert post(agent, path, {"reason": "x"}).status_code == 404
    assert post(citizen, path, {"reason": ""}).status_code == 422
    assert post(citizen, path, {"reason": "It was not me."}).status_code == 204
    assert citizen.get("/api/v1/me").json()["assurance_level"] == 2
    with connection.cursor() as cursor:
        cursor.execute("SELECT encode(revoked_because, 'escape') FROM identity_verification")
        assert "not me" not in cursor.fetchone()[0]
