"""The officers' desk over HTTP: assignment, notes, cooperation; and what an applicant's token gets of it."""

import copy
from datetime import date
from typing import Any

from django.test import Client
from django.utils import timezone

from tests.api.world import FORM, OPERATOR, World, apply, post, publish
from tongban.government.models import Agency, Department
from tongban.identity.actions import Identity, appoint, issue_token, open_account, register_person
from tongban.identity.models import Role


def _other(world: World) -> tuple[Agency, Client]:
    """Another agency of the region, and an officer of it."""
    department = Department.objects.create(code="fire", name="消防救援", name_en="Fire and rescue")
    agency = Agency.objects.create(
        department=department, region=world.region, platform=world.platform, name="钦州市消防救援支队"
    )
    account = open_account(OPERATOR, "xiaofang", None)
    person = register_person(OPERATOR, Identity("方小"), account)
    held = appoint(OPERATOR, person, agency, Role.REVIEWING_OFFICER, date(2020, 1, 1))
    token = issue_token(account, f"post:{held.pk}", timezone.now(), second_factor=True)[0]
    return agency, Client(headers={"Authorization": f"Bearer {token}", "Accept-Language": "en"})


def test_a_case_is_assigned_and_passed_on(world: World) -> None:
    opened = apply(world, world.client("citizen"))
    window, path = world.client("window"), f"/cases/{opened['id']}/assign"
    posts = {row["name"]: row["id"] for row in window.get("/api/v1/colleagues").json()["items"]}
    first, second = (world.hats[who].removeprefix("post:") for who in ("reviewer", "second"))
    assert {first, second} <= set(posts.values())
    assert post(window, path, {"post": first}).json() == {"case": opened["id"], "post": first}
    mine = world.client("reviewer").get("/api/v1/inbox?whose=mine").json()["items"]
    assert [row["id"] for row in mine] == [opened["id"]]
    assert world.client("second").get("/api/v1/inbox?whose=mine").json()["items"] == []
    assert world.client("window").get("/api/v1/inbox/counts").json()["nobodys"] == 0
    late = post(window, path, {"post": second, "holder": None})
    assert late.status_code == 403
    unsaid = post(world.client("reviewer"), path, {"post": second, "holder": first})
    assert unsaid.json()["errors"][0]["pointer"] == "#/reason"
    passed = post(world.client("reviewer"), path, {"post": second, "holder": first, "reason": "On leave."})
    assert passed.json()["post"] == second
    assert post(world.client("citizen"), path, {"post": second}).status_code == 403


def test_notes_never_reach_the_applicant(world: World) -> None:
    citizen = world.client("citizen")
    opened = apply(world, citizen)
    path = f"/cases/{opened['id']}/notes"
    kept = post(world.client("window"), path, {"text": "来电说明用途"}, **{"Idempotency-Key": "n1"})
    assert kept.status_code == 201
    again = post(world.client("window"), path, {"text": "来电说明用途"}, **{"Idempotency-Key": "n1"})
    assert again.json() == kept.json()
    assert len(world.client("reviewer").get(f"/api/v1{path}").json()["items"]) == 1
    assert citizen.get(f"/api/v1{path}").status_code == 403
    assert world.client("agent").get(f"/api/v1{path}").status_code == 404
    for address in (f"/cases/{opened['id']}", f"/cases/{opened['id']}/events", "/cases"):
        assert "来电说明用途" not in citizen.get(f"/api/v1{address}").content.decode()


def test_help_from_another_agency(world: World) -> None:
    agency, helper = _other(world)
    sealed: Any = copy.deepcopy(FORM)
    sealed["properties"]["shop_name"]["x-tongban"]["sealed"] = True
    publish(world.service, form=sealed)
    opened = apply(world, world.client("citizen"))
    body = {
        "asked": str(agency.pk),
        "question": "Is the fire check passed?",
        "limit": 3,
        "shares": {"answers": ["shop_name"]},
    }
    asked = post(world.client("window"), f"/cases/{opened['id']}/cooperations", body)
    assert asked.status_code == 201
    request = asked.json()["request"]
    assert [row["id"] for row in helper.get("/api/v1/cooperations").json()["items"]] == [request["id"]]
    seen = helper.get(f"/api/v1/cooperations/{request['id']}").json()
    assert [(row["field"], row["value"]) for row in seen["answers"]] == [("shop_name", ["好味****"])]
    ask = f"/cooperations/{request['id']}/personal-data"
    assert post(helper, ask, {"purpose": "other"}).json()["errors"][0]["pointer"] == "#/reason"
    assert post(helper, ask, {"purpose": "comparison"}).json()["answers"][0]["value"] == ["好味小馆"]
    assert post(world.client("citizen"), ask, {"purpose": "comparison"}).status_code == 404
    assert (seen["applicant"], seen["materials"]) == ("", [])
    assert helper.get(f"/api/v1/cases/{opened['id']}").status_code == 404
    assert post(world.client("reviewer"), f"/cooperations/{request['id']}/remind").status_code == 200
    assert post(helper, f"/cooperations/{request['id']}/remind").status_code == 403
    waiting = world.client("window").get("/api/v1/inbox?waiting=true").json()["items"]
    assert [row["id"] for row in waiting] == [opened["id"]]
    answered = post(helper, f"/cooperations/{request['id']}/answer", {"text": "Yes, on 3 May."}).json()
    assert (answered["request"]["state"], answered["acts"][-1]["text"]) == ("answered", "Yes, on 3 May.")
    assert post(helper, f"/cooperations/{request['id']}/decline", {"text": "No."}).status_code == 409
    assert world.client("citizen").get(f"/api/v1/cooperations/{request['id']}").status_code == 404
    refused = post(
        world.client("window"), f"/cases/{opened['id']}/cooperations", body | {"asked": str(world.agency.pk)}
    )
    assert refused.json()["errors"][0]["pointer"] == "#/asked"
