"""Light handling over HTTP: guidance, an application by commitment, a fetched material, a rule's decision, an offer."""

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.cases.light import COMMITMENT, FETCH, GUIDANCE, INSTANT, OFFER, light_service
from tests.kept import copied, kept
from tests.world import ANSWERS, PDF, SmallWorld
from tongban.cases import actions
from tongban.identity.actions import issue_token
from tongban.identity.actor import Actor
from tongban.identity.models import Account, Person

Call = Callable[..., Any]


built = kept(SmallWorld.build)


@pytest.fixture
def small(db: None, built: SmallWorld) -> SmallWorld:
    return copied(built)


@pytest.fixture
def call(small: SmallWorld) -> Call:
    """Calls as the citizen, or as who is told."""
    tokens: dict[object, str] = {}

    def send(method: str, path: str, body: object = None, actor: Actor | None = None) -> Any:
        who = actor or small.citizen
        if who.person_id not in tokens:
            tokens[who.person_id] = issue_token(
                Account.objects.get(person=who.person_id), who.hat, timezone.now(), second_factor=True
            )[0]
        headers = {"Authorization": f"Bearer {tokens[who.person_id]}", "Accept-Language": "en"}
        return Client(headers=headers).generic(
            method, f"/api/v1{path}", "" if body is None else json.dumps(body), "application/json"
        )

    return send


def test_guidance_needs_nobody_signed_in(small: SmallWorld) -> None:
    service = light_service(small, guidance=GUIDANCE)
    path = f"/api/v1/services/{service.pk}/guidance"
    ask = Client(headers={"Accept-Language": "en"})
    first = ask.post(path, {"answers": {}}, content_type="application/json").json()
    assert (first["next"], first["list"], len(first["questions"])) == ("premises", None, 1)
    done = ask.post(path, {"answers": {"premises": "own"}}, content_type="application/json").json()
    assert done["next"] is None
    assert [(m["position"], m["how"]) for m in done["list"]["materials"]] == [(1, "hand_in"), (2, "not_needed")]


def test_an_application_names_its_situation_and_way(small: SmallWorld, call: Call) -> None:
    service = light_service(small, guidance=GUIDANCE, commitment=COMMITMENT)
    plan = actions.upload(small.citizen, "平面图.pdf", PDF)
    body = {"service": str(service.pk), "answers": ANSWERS, "uploads": {"1": [str(plan.pk)]}}
    refused = call("POST", "/applications", body)
    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert refused.json()["errors"][0]["pointer"] == "#/situation/premises"
    body |= {"situation": {"premises": "rented", "landlord": "private"}, "way": "commitment"}
    refused = call("POST", "/applications", body)
    assert refused.json()["errors"][0]["pointer"] == "#/undertaken"
    assert call("POST", "/applications", body | {"undertaken": True}).status_code == HTTPStatus.CREATED


def test_a_draft_is_guided_and_sent_by_commitment(small: SmallWorld, call: Call) -> None:
    service = light_service(small, guidance=GUIDANCE, commitment=COMMITMENT)
    draft = call("POST", "/drafts", {"service": str(service.pk)}).json()["id"]
    refused = call("PATCH", f"/drafts/{draft}/situation", {"situation": {"premises": "castle"}})
    assert refused.json()["errors"][0]["pointer"] == "#/situation/premises"
    situation = {"premises": "rented", "landlord": "public"}
    assert call("PATCH", f"/drafts/{draft}/situation", {"situation": situation}).status_code == HTTPStatus.NO_CONTENT
    assert call("PUT", f"/drafts/{draft}/way", {"way": "commitment"}).status_code == HTTPStatus.NO_CONTENT
    assert [m["position"] for m in call("GET", f"/drafts/{draft}").json()["materials"]] == [1]
    actions.save_draft(small.citizen, draft, ANSWERS)
    plan = actions.upload(small.citizen, "平面图.pdf", PDF)
    actions.attach(small.citizen, draft, 1, plan.pk)
    assert call("POST", f"/drafts/{draft}/submit").status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert call("POST", f"/drafts/{draft}/submit?undertaken=true").status_code == HTTPStatus.CREATED


def test_a_rule_decides_and_explains_itself(small: SmallWorld, call: Call) -> None:
    service = light_service(small, "instant", instant=INSTANT, fetch=FETCH)
    uploads = {str(n): [str(actions.upload(small.citizen, "文件.pdf", PDF).pk)] for n in (1, 2)}
    body = {"service": str(service.pk), "answers": ANSWERS, "uploads": uploads}
    case = call("POST", "/applications", body).json()
    assert case["outcome"] == "granted"
    why = call("GET", f"/cases/{case['id']}/rule-decisions").json()["items"][0]
    assert (why["outcome"], why["rule"], why["version"], why["agrees"]) == ("grant", 1, 2, True)
    stranger = call("GET", f"/cases/{case['id']}/rule-decisions", actor=small.stranger)
    assert stranger.status_code == HTTPStatus.NOT_FOUND
    # An officer looks at it where the applicant asks, at any time before it is closed.
    assert "ask_for_review" in call("GET", f"/cases/{case['id']}").json()["actions"]
    asked = call("POST", f"/cases/{case['id']}/steps/ask_for_review", {"revision": case["revision"]}).json()
    assert asked["state"] == "accepted"
    nothing = call("POST", "/fetches", {"service": str(service.pk), "position": 1, "consent": True})
    assert nothing.json()["errors"][0]["pointer"] == "#/position"
    unasked = call("POST", "/fetches", {"service": str(service.pk), "position": 1, "consent": False})
    assert unasked.json()["errors"][0]["pointer"] == "#/consent"


def test_offers_are_listed_confirmed_and_declined(small: SmallWorld, call: Call) -> None:
    person = Person.objects.get(account=small.citizen.account_id)
    person.id_number = "452824195005010028"
    person.save()
    light_service(small, offer=OFFER)
    actions.make_offers(timezone.now())
    [offer] = call("GET", "/offers").json()["items"]
    assert call("GET", "/offers", actor=small.stranger).json()["items"] == []
    cases = {call("POST", f"/offers/{offer['id']}/confirm").json()["id"] for _click in range(2)}
    assert len(cases) == 1
    assert call("POST", f"/offers/{offer['id']}/decline").status_code == HTTPStatus.CONFLICT
