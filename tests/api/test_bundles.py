"""Several things at once through the API: what is offered, one submission, how it stands, as each sees it."""

import pytest
from django.test import Client
from django.utils import timezone

from tests.api.world import post, upload
from tests.bundle_world import COUNTY, TOWN, BundleWorld, answers_to, build_bundle_world
from tests.kept import copied, kept
from tongban.foundation.forms import FormDefinition
from tongban.identity.actions import issue_token
from tongban.identity.models import Account

built = kept(build_bundle_world)


@pytest.fixture
def world(db: None, built: BundleWorld) -> BundleWorld:
    return copied(built)


def client(account: Account, hat: str = "") -> Client:
    token = issue_token(account, hat, timezone.now(), second_factor=True)[0]
    return Client(headers={"Accept-Language": "en", "Authorization": f"Bearer {token}"})


def test_from_the_offer_to_the_progress(world: BundleWorld) -> None:
    visitor, citizen = Client(headers={"Accept-Language": "en"}), client(world.citizen, "person")
    offered = visitor.get("/api/v1/bundles", {"region": TOWN}).json()
    assert {row["code"]: row["is_offered"] for row in offered["items"]} == {
        "house": True,
        "newborn": True,
        "restaurant": True,
    }
    in_county = visitor.get("/api/v1/bundles", {"region": COUNTY[:6]}).json()
    assert next(row for row in in_county["items"] if row["code"] == "newborn")["missing"] == ["Vaccination record"]
    offer = visitor.get("/api/v1/bundles/house", {"region": TOWN}).json()
    assert [part["region"] for part in offer["parts"]] == ["Qinzhou", "Lingshan County", "Qinzhou", "Qinzhou"]
    assert offer["parts"][1]["waits_for"] == ["Filing of the contract"]
    assert offer["lead_agency"] == "Qinzhou Natural Resources"

    form = {name: value for name, value in offer["form"].items() if name not in {"allOf", "additionalProperties"}}
    answers = answers_to(FormDefinition.load(form), 3, uses_fund=False)
    kept = upload(citizen).json()["id"]
    body = {"region": TOWN, "answers": answers, "uploads": {"1": [kept]}}
    refused = post(citizen, "/bundles/house/applications", body | {"answers": answers | {"price": "much"}})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "#/answers/price"
    refused = post(citizen, "/bundles/house/applications", body | {"uploads": {}})
    assert refused.json()["errors"][0]["pointer"] == "#/uploads/1"
    headers = {"Idempotency-Key": "one-house-please"}
    sent = citizen.post("/api/v1/bundles/house/applications", body, content_type="application/json", headers=headers)
    again = citizen.post("/api/v1/bundles/house/applications", body, content_type="application/json", headers=headers)
    assert sent.status_code == 201, sent.content
    assert sent.json() == again.json()

    whole = citizen.get(sent.headers["Location"]).json()
    assert [(part["name"], part["state"]) for part in whole["parts"]] == [
        ("contract", "open"),
        ("tax", "waiting"),
        ("title", "waiting"),
        ("fund", "unneeded"),
    ]
    assert whole["clock"]["joint"] is False
    assert "longest way" in whole["clock"]["why"]
    assert [row["number"] for row in citizen.get("/api/v1/bundle-cases").json()["items"]] == [whole["row"]["number"]]
    case = citizen.get(f"/api/v1/cases/{whole['parts'][0]['case_id']}").json()
    assert case["materials"][0]["name"] == "Contract of sale"

    lead, other = (client(world.officers[key]) for key in ("home-transfer-registration", "deed-tax-declaration"))
    assert lead.get(sent.headers["Location"]).status_code == 200
    assert other.get(sent.headers["Location"]).status_code == 404
    assert client(world.agent, "person").get(sent.headers["Location"]).status_code == 404


def test_a_draft_for_several_things_is_a_draft_like_any_other(world: BundleWorld) -> None:
    citizen = client(world.citizen, "person")
    draft = post(citizen, "/bundles/house/drafts", {"region": TOWN})
    assert draft.status_code == 201, draft.content
    path = f"/drafts/{draft.json()['id']}"
    found = citizen.get(f"/api/v1{path}").json()
    assert (found["service_id"], found["bundle"], found["service"]) == (None, "house", "Buying a house")
    form = {name: value for name, value in found["form"].items() if name not in {"allOf", "additionalProperties"}}
    answers = answers_to(FormDefinition.load(form), 4, uses_fund=False)
    saved = citizen.patch(f"/api/v1{path}/answers", {"answers": answers}, content_type="application/json")
    assert saved.status_code == 204, saved.content
    assert post(citizen, f"{path}/materials/1", {"upload": upload(citizen).json()["id"]}).status_code == 204
    assert post(citizen, f"{path}/submit").status_code == 409
    submit = f"/bundles/drafts/{draft.json()['id']}/submit"
    sent = post(citizen, submit)
    assert sent.status_code == 201, sent.content
    assert post(citizen, submit).json()["row"]["id"] == sent.json()["row"]["id"]
    assert post(citizen, "/bundles/wedding/drafts", {"region": TOWN}).status_code == 404
    not_here = post(citizen, "/bundles/newborn/drafts", {"region": COUNTY})
    assert (not_here.status_code, not_here.json()["errors"][0]["pointer"]) == (422, "#/region")
