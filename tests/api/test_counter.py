"""Windows and arrangements over HTTP: who was seen and what is taken in for them; bulk acts, absences, templates."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from stdnum.cn import ric

from tests.api.test_across import _elsewhere
from tests.api.world import ANSWERS, LONG_AGO, OPERATOR, PDF, World, apply, post
from tongban.cases.actions import OfferTerms, offer_across
from tongban.cases.models import CaseAcross, CounterCase, Mode
from tongban.identity.actions import Identity, appoint, issue_token, let_serve_counter, open_account, register_person
from tongban.identity.models import Post, Role

NUMBER = "45072119900512001"
NUMBER += ric.calc_check_digit(NUMBER + "0")
SHOWN = {"document": "resident_card", "name": "廖阿婆", "id_number": NUMBER}


def _scan(officer: Client, check: str) -> Any:
    return officer.post(
        f"/api/v1/identity-checks/{check}/uploads", {"file": SimpleUploadedFile("licence.pdf", PDF)}
    ).json()["id"]


def test_taking_in_at_the_counter(world: World) -> None:
    window = world.client("window")
    assert post(window, "/identity-checks", SHOWN).status_code == 403
    let_serve_counter(OPERATOR, Post.objects.get(pk=world.hats["window"].removeprefix("post:")))
    window = Client(headers={"Authorization": f"Bearer {_token(world, 'window')}", "Accept-Language": "en"})
    wrong = post(window, "/identity-checks", SHOWN | {"id_number": "1"})
    assert wrong.json()["errors"][0]["pointer"] == "#/id_number"
    check = post(window, "/identity-checks", SHOWN).json()["id"]
    body = {"check": check, "service": str(world.service.pk), "answers": ANSWERS, "uploads": {}}
    missing = post(window, "/counter/applications", body)
    assert missing.json()["errors"][0]["pointer"] == "#/uploads/1"
    body["uploads"] = {"1": [_scan(window, check)]}
    drawn = post(window, "/hall/tickets", {"name": "廖阿婆"}).json()
    assert drawn["label"] == "A001"
    assert [row["id"] for row in window.get("/api/v1/hall").json()["items"]] == [drawn["id"]]
    called = post(window, "/hall/next", {}).json()["ticket"]
    assert (called["id"], called["state"]) == (drawn["id"], "called")
    opened = post(window, "/counter/applications", body | {"ticket": drawn["id"]})
    assert opened.status_code == 201
    assert str(CounterCase.objects.get().ticket_id) == drawn["id"]
    assert post(window, f"/hall/tickets/{drawn['id']}/served").json()["state"] == "served"
    assert window.delete(f"/api/v1/identity-checks/{check}").status_code == 204
    assert post(window, "/counter/applications", body).status_code == 409


def test_who_comes_for_another_is_taken_in_corrects_and_takes_back(world: World) -> None:
    let_serve_counter(OPERATOR, Post.objects.get(pk=world.hats["window"].removeprefix("post:")))
    window = Client(headers={"Authorization": f"Bearer {_token(world, 'window')}", "Accept-Language": "en"})
    passport = {"document": "passport", "name": "NGUYEN VAN AN", "id_number": "C1234567"}
    scan = window.post("/api/v1/written-powers", {"file": SimpleUploadedFile("power.pdf", PDF)}).json()["id"]
    power = {"scan": scan, "matters": "代办食品经营许可", "last_day": f"{timezone.localdate() + timedelta(9)}"}
    sent = SHOWN | {"represented": passport, "power": power | {"last_day": "2020-01-01"}}
    wrong = post(window, "/identity-checks", sent).json()["errors"]
    assert {error["pointer"] for error in wrong} == {"#/represented/country", "#/power/last_day"}
    sent = SHOWN | {"represented": passport | {"country": "VNM"}, "power": power}
    check = post(window, "/identity-checks", sent).json()["id"]
    body = {
        "check": check,
        "service": str(world.service.pk),
        "answers": ANSWERS,
        "uploads": {"1": [_scan(window, check)]},
    }
    case = post(window, "/counter/applications", body).json()
    desk = f"/identity-checks/{check}/cases"
    (row,) = window.get(f"/api/v1{desk}").json()["items"]
    assert (row["id"], row["applicant"]) == (case["id"], "NGUYEN VAN AN")
    seen = window.get(f"/api/v1{desk}/{case['id']}").json()
    assert seen["actions"] == ["withdraw"]
    assert "廖阿婆 for NGUYEN VAN AN (written power of attorney)" in seen["events"][0]["who"]
    returned = {"revision": 1, "reason": "请更正面积"}
    post(world.client("window"), f"/cases/{case['id']}/return-for-correction", returned)
    corrected = post(window, f"{desk}/{case['id']}/supplement", {"revision": 2, "answers": {"seats": 50}})
    assert (corrected.status_code, corrected.json()["revision"]) == (200, 3)
    mine = apply(world, world.client("citizen"))["id"]
    assert post(window, f"{desk}/{mine}/withdraw", {"revision": 1}).status_code == 404
    assert post(window, f"{desk}/{case['id']}/withdraw", {"revision": 3}).json()["state"] == "withdrawn"


def _token(world: World, who: str) -> str:
    return issue_token(world.accounts[who], world.hats[who], timezone.now(), second_factor=True)[0]


def test_taking_in_for_an_agency_elsewhere(world: World) -> None:
    agency = _elsewhere(world)
    account = open_account(OPERATOR, "far", None)
    held = appoint(OPERATOR, register_person(OPERATOR, Identity("远"), account), agency, Role.WINDOW_OFFICER, LONG_AGO)
    far = Client(
        headers={
            "Authorization": f"Bearer {issue_token(account, f'post:{held.pk}', timezone.now(), second_factor=True)[0]}",
            "Accept-Language": "en",
        }
    )
    assert post(far, "/identity-checks", SHOWN).status_code == 403
    for mode in (Mode.COLLECT, Mode.JOINT):
        offer_across(OPERATOR, world.service.pk, OfferTerms(mode, agency.region_id, agency.pk), LONG_AGO)
    check = post(far, "/identity-checks", SHOWN).json()["id"]
    (offered,) = far.get("/api/v1/across-regions/window").json()["items"]
    assert [mode for mode, _label in offered["modes"]] == ["collect", "joint"]
    body = {
        "check": check,
        "service": offered["service_id"],
        "answers": ANSWERS,
        "uploads": {"1": [_scan(far, check)]},
    }
    unsaid = post(far, "/across-regions/applications", body)
    assert unsaid.json()["errors"][0]["pointer"] == "#/mode"
    assert post(far, "/across-regions/applications", body | {"mode": "joint"}).status_code == 201
    assert CaseAcross.objects.get().mode == "joint"
    assert post(world.client("citizen"), "/across-regions/applications", body).status_code == 403


def test_appointments(world: World) -> None:
    citizen = world.client("citizen")
    day, slots = timezone.localdate(), dict[str, list[str]](free=[])
    while not slots["free"]:
        day += timedelta(1)
        slots = citizen.get(f"/api/v1/services/{world.service.pk}/slots", {"day": f"{day}"}).json()
        booked = post(
            citizen,
            "/appointments",
            {"service": str(world.service.pk), "day": f"{day}", "starts_at": slots["free"][0][:5]},
        )
        slots = slots if booked.status_code == 201 else {"free": []}  # no working day
    assert [row["id"] for row in citizen.get("/api/v1/appointments").json()["items"]] == [booked.json()["id"]]
    assert world.client("agent").delete(f"/api/v1/appointments/{booked.json()['id']}").status_code == 404
    assert citizen.delete(f"/api/v1/appointments/{booked.json()['id']}").status_code == 204
    assert citizen.get("/api/v1/appointments").json()["items"] == []


@pytest.fixture
def posts(world: World) -> dict[str, str]:
    return {who: world.hats[who].removeprefix("post:") for who in ("window", "reviewer", "second")}


def test_one_act_on_several_cases(world: World) -> None:
    citizen, window = world.client("citizen"), world.client("window")
    cases = [apply(world, citizen)["id"] for _each in range(2)]
    seen = [{"case": case, "revision": revision} for case, revision in zip(cases, (1, 7), strict=True)]
    run = post(window, "/bulk-runs", {"act": "accept", "cases": seen}).json()
    assert ([row["case_id"] for row in run["done"]], [row["case_id"] for row in run["not_done"]]) == (
        cases[:1],
        cases[1:],
    )
    assert window.get(f"/api/v1/bulk-runs/{run['id']}").json() == run
    assert world.client("second").get(f"/api/v1/bulk-runs/{run['id']}").status_code == 404
    unsaid = post(window, "/bulk-runs", {"act": "refuse_acceptance", "cases": seen})
    assert unsaid.json()["errors"][0]["pointer"] == "#/reason"
    assert post(citizen, "/bulk-runs", {"act": "accept", "cases": seen}).status_code == 403


def test_the_head_arranges_hours_and_division_of_work(world: World, posts: dict[str, str]) -> None:
    person = Post.objects.select_related("person", "agency").get(pk=posts["second"])
    held = appoint(OPERATOR, person.person, person.agency, Role.HEAD_OF_AGENCY, LONG_AGO)
    token = issue_token(world.accounts["second"], f"post:{held.pk}", timezone.now(), second_factor=True)[0]
    head = Client(headers={"Authorization": f"Bearer {token}", "Accept-Language": "en"})

    def put(path: str, body: dict[str, Any]) -> Any:
        return head.put(f"/api/v1{path}", body, content_type="application/json")

    hours = {"opens_at": "08:30", "closes_at": "12:00", "slot_minutes": 15, "places": 1}
    assert put("/hall/hours", hours).status_code == 200
    assert head.get("/api/v1/hall/hours").json() == hours | {"opens_at": "08:30:00", "closes_at": "12:00:00"}
    late = put("/hall/hours", hours | {"opens_at": "13:00"}).json()
    assert late["errors"][0]["pointer"] == "#/closes_at"
    assert put("/arrangement/method", {"method": "least_load"}).json()["method"] == "least_load"
    path = f"/arrangement/services/{world.service.pk}"
    arranged = put(path, {"posts": [posts["reviewer"]]}).json()
    (mine,) = [row for row in arranged["services"] if row["id"] == str(world.service.pk)]
    assert mine["posts"] == [posts["reviewer"]]
    assert head.get("/api/v1/arrangement").json() == arranged
    unknown = put(path, {"posts": [str(world.service.pk)]}).json()
    assert unknown["errors"][0]["pointer"] == "#/posts"
    assert world.client("reviewer").get("/api/v1/arrangement").status_code == 403
    assert world.client("reviewer").get("/api/v1/hall/hours").status_code == 403


def test_absences_and_templates(world: World, posts: dict[str, str]) -> None:
    reviewer, today = world.client("reviewer"), timezone.localdate()
    body = {"post": posts["reviewer"], "stand_in": posts["second"], "first_day": f"{today}", "last_day": f"{today}"}
    entered = post(reviewer, "/absences", body | {"reason": "Training"}).json()
    assert [row["id"] for row in world.client("second").get("/api/v1/absences").json()["items"]] == [entered["id"]]
    before = post(reviewer, "/absences", body | {"first_day": "2020-01-01"})
    assert before.json()["errors"][0]["pointer"] == "#/first_day"
    assert post(world.client("window"), "/absences", body).status_code == 403
    assert reviewer.delete(f"/api/v1/absences/{entered['id']}").status_code == 204
    assert reviewer.get("/api/v1/absences").json()["items"] == []

    words = {"name": "缺材料", "step": "return_for_correction", "text": "{applicant}：请补齐{service}的材料。"}
    kept = post(reviewer, "/templates", words).json()
    assert (kept["version"], post(reviewer, "/templates", words).json()["id"]) == (1, kept["id"])
    faulty = post(reviewer, "/templates", words | {"text": "{nobody}"})
    assert faulty.json()["errors"][0]["pointer"] == "#/text"
    assert post(world.client("window"), "/templates", words).status_code == 403
    case = apply(world, world.client("citizen"))["id"]
    filled = world.client("window").get(f"/api/v1/cases/{case}/templates/{kept['id']}").json()["text"]
    assert filled.startswith("王芳：")
    assert reviewer.delete("/api/v1/templates?name=缺材料").status_code == 204
    assert reviewer.get("/api/v1/templates").json()["items"] == []
