"""Messages over HTTP: the list, one, marking one as read; nobody sees another's."""

import uuid

from django.utils import timezone

from tests.api.world import World, apply, post
from tongban.foundation import outbox
from tongban.foundation.models import LedgerEntry


def test_messages_are_listed_read_and_marked(world: World) -> None:
    citizen, agent = world.client("citizen"), world.client("agent")
    case = apply(world, citizen)
    apply(world, citizen)
    outbox.drain(timezone.now())
    page = citizen.get("/api/v1/messages", {"limit": 1}).json()
    (newest,) = page["items"]
    assert newest["unread"]
    (first,) = citizen.get(page["next"]).json()["items"]
    assert (first["case_id"], first["title"]) == (case["id"], "We received your application")
    path = f"/messages/{first['id']}"
    assert citizen.get(f"/api/v1{path}").json() == first
    for _time in (1, 2):
        assert post(citizen, f"{path}/read", {}).status_code == 204
    assert citizen.get(f"/api/v1{path}").json()["unread"] is False
    assert LedgerEntry.objects.filter(deed="read_message", object_id=first["id"]).count() == 1

    assert agent.get("/api/v1/messages").json() == {"items": [], "next": None}
    assert agent.get(f"/api/v1{path}").status_code == 404
    assert post(agent, f"{path}/read", {}).status_code == 404
    assert citizen.get(f"/api/v1/messages/{uuid.uuid4()}").status_code == 404
    assert world.client().get("/api/v1/messages").status_code == 401
    assert citizen.get("/api/v1/messages", {"cursor": "eA"}).status_code == 422
