"""The main job through the API: apply, receive, correct, accept, decide, deliver, rate."""

import pytest

from tests.api.world import ANSWERS, PDF, World, application, apply, post, upload
from tongban.cases.models import Case


def test_a_case_from_application_to_rating(world: World) -> None:
    citizen, officer = world.client("citizen"), world.client("reviewer")
    opened = apply(world, citizen)
    path = f"/cases/{opened['id']}"
    assert opened["state"] == "submitted"

    received = post(officer, f"{path}/receive", {"revision": opened["revision"]})
    assert (received.status_code, received.json()["state"]) == (200, "received")
    accepted = post(officer, f"{path}/accept", {"revision": received.json()["revision"]}).json()
    assert accepted["state"] == "accepted"
    decided = post(officer, f"{path}/decide", {"revision": accepted["revision"], "outcome": "granted"}).json()
    assert (decided["state"], decided["outcome"]) == ("decided", "granted")
    assert post(officer, f"{path}/deliver", {"revision": decided["revision"]}).json()["state"] == "closed"

    rated = post(citizen, f"{path}/rating", {"level": 5, "comment": "很快"})
    assert (rated.status_code, rated.json()["level"]) == (201, 5)

    ratings = world.client().get(f"/api/v1/services/{world.service.pk}/ratings").json()
    assert ratings["score"]["count"] == 1
    assert ratings["items"][0]["comment"] == "很快"

    case = citizen.get(f"/api/v1{path}").json()
    assert case["case"]["number"] == opened["number"]
    assert [event["action"] for event in case["events"]] == ["submit", "receive", "accept", "grant", "deliver"]
    assert case["answers"][0]["rows"][0]["value"] == [ANSWERS["shop_name"]]
    kinds = [document["kind"] for document in case["documents"]]
    assert kinds == ["receipt", "acceptance", "grant"]

    printed = citizen.get(f"/api/v1/documents/{case['documents'][-1]['id']}/pdf")
    assert printed.headers["Content-Type"] == "application/pdf"
    assert printed.content.startswith(b"%PDF-")
    handed_in = officer.get(f"/api/v1/materials/{case['materials'][0]['id']}/content")
    assert handed_in.content == PDF
    assert "licence.pdf" in handed_in.headers["Content-Disposition"]


def test_a_draft_can_be_left_and_taken_up_again(world: World) -> None:
    citizen = world.client("citizen")
    draft = post(citizen, "/drafts", {"service": str(world.service.pk)})
    assert draft.status_code == 201, draft.content
    path = f"/drafts/{draft.json()['id']}"
    assert draft.json()["form"]["required"] == ["shop_name"]

    saved = citizen.patch(f"/api/v1{path}/answers", {"answers": ANSWERS}, content_type="application/json")
    assert saved.status_code == 204, saved.content
    kept = upload(citizen).json()["id"]
    assert post(citizen, f"{path}/materials/1", {"upload": kept}).status_code == 204
    again = citizen.get(f"/api/v1{path}").json()
    assert again["answers"] == ANSWERS
    assert [u["id"] for u in again["materials"][0]["uploads"]] == [kept]
    assert citizen.get("/api/v1/drafts").json()["items"][0]["id"] == draft.json()["id"]

    taken_out = citizen.delete(f"/api/v1{path}/materials/1/{kept}")
    assert taken_out.status_code == 204
    refused = post(citizen, f"{path}/submit")
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "#/uploads/1"
    post(citizen, f"{path}/materials/1", {"upload": kept})
    submitted = post(citizen, f"{path}/submit")
    assert submitted.status_code == 201, submitted.content
    assert submitted.headers["Location"] == f"/api/v1/cases/{submitted.json()['id']}"
    assert post(citizen, f"{path}/submit").json() == submitted.json()
    assert Case.objects.count() == 1


def test_discarding_a_draft(world: World) -> None:
    citizen = world.client("citizen")
    draft = post(citizen, "/drafts", {"service": str(world.service.pk)}).json()
    assert citizen.delete(f"/api/v1/drafts/{draft['id']}").status_code == 204
    assert citizen.get(f"/api/v1/drafts/{draft['id']}").status_code == 404


def test_correction_before_acceptance(world: World) -> None:
    citizen, officer = world.client("citizen"), world.client("window")
    opened = apply(world, citizen)
    path = f"/cases/{opened['id']}"
    returned = post(
        officer, f"{path}/return-for-correction", {"revision": 1, "reason": "Give the number of seats."}
    ).json()
    assert returned["state"] == "correcting"
    assert returned["due_on"] is None
    sent = post(citizen, f"{path}/supplement", {"revision": 2, "answers": {"seats": 30}})
    assert (sent.status_code, sent.json()["state"]) == (200, "submitted")
    wrong = post(officer, f"{path}/refuse-acceptance", {"revision": 3, "reason": "  "})
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["pointer"] == "#/reason"
    refused = post(officer, f"{path}/refuse-acceptance", {"revision": 3, "reason": "Not ours."}).json()
    assert refused["state"] == "refused"


def test_intake_by_an_organ_that_is_not_competent_names_who_is(world: World) -> None:
    citizen, officer = world.client("citizen"), world.client("window")
    path = f"/cases/{apply(world, citizen)['id']}"
    found = {"revision": 1, "needed": True, "competent": False, "found": "complete", "reason": "Not ours."}
    for unnamed in ({}, {"competent_organ": " "}):
        wrong = post(officer, f"{path}/intake", found | unnamed)
        assert (wrong.status_code, [e["pointer"] for e in wrong.json()["errors"]]) == (422, ["#/competent_organ"])
    refused = post(officer, f"{path}/intake", found | {"competent_organ": "Qinzhou Health Commission"})
    assert (refused.status_code, refused.json()["state"]) == (200, "refused")
    told = citizen.get(f"/api/v1{path}").json()["events"][-1]["reason"]
    assert "Qinzhou Health Commission" in told


@pytest.mark.parametrize("way", ["refuse-acceptance", "steps/refuse_acceptance"])
def test_a_refusal_names_the_competent_organ_where_it_is_stated(world: World, way: str) -> None:
    citizen, officer = world.client("citizen"), world.client("window")
    path = f"/cases/{apply(world, citizen)['id']}"
    stated = {"revision": 1, "reason": "Not ours.", "competent_organ": "Qinzhou Health Commission"}
    assert post(officer, f"{path}/{way}", stated).json()["state"] == "refused"
    assert "Qinzhou Health Commission" in citizen.get(f"/api/v1{path}").json()["events"][-1]["reason"]


def test_the_inbox_pages_and_narrows(world: World) -> None:
    citizen, officer = world.client("citizen"), world.client("window")
    numbers = {apply(world, citizen)["number"] for _ in range(3)}
    first = officer.get("/api/v1/inbox?limit=2")
    body = first.json()
    assert len(body["items"]) == 2
    assert first.headers["Link"] == f'<{body["next"]}>; rel="next"'
    second = officer.get(body["next"]).json()
    assert second["next"] is None
    assert {row["number"] for row in body["items"] + second["items"]} == numbers
    assert officer.get("/api/v1/inbox?late=true").json()["items"] == []
    assert len(officer.get("/api/v1/inbox?q=王").json()["items"]) == 3
    assert officer.get("/api/v1/inbox/counts").json()["open"] == 3
    mine = citizen.get("/api/v1/cases?limit=2").json()
    assert len(citizen.get(mine["next"]).json()["items"]) == 1


def test_a_case_is_found_by_its_number(world: World) -> None:
    citizen = world.client("citizen")
    number = apply(world, citizen)["number"]
    assert citizen.get(f"/api/v1/cases/by-number/{number.lower()}").json()["case"]["number"] == number
    other = "A" if number[-1] != "A" else "B"
    wrong = citizen.get(f"/api/v1/cases/by-number/{number[:-1]}{other}")
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["parameter"] == "number"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"answers": {"seats": 12}}, "#/answers/shop_name"),
        ({"answers": {**ANSWERS, "seats": -1}}, "#/answers/seats"),
        ({"answers": {**ANSWERS, "colour": "red"}}, "#/answers/colour"),
        ({"uploads": {}}, "#/uploads/1"),
        ({"uploads": {"one": []}}, "#/uploads/one"),
        ({"uploads": {"9": []}}, "#/uploads/9"),
        ({"service": "food"}, "#/service"),
        ({"extra": 1}, "#/extra"),
    ],
)
def test_what_is_wrong_is_named_by_pointer(world: World, change: dict[str, object], pointer: str) -> None:
    citizen = world.client("citizen")
    refused = post(citizen, "/applications", application(world, citizen) | change)
    assert refused.status_code == 422, refused.content
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert pointer in {error["pointer"] for error in refused.json()["errors"]}
    assert all(error["detail"] for error in refused.json()["errors"])
