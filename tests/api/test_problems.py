"""Errors as a client's developer meets them: always problem details, in the language asked for."""

import json

import pytest
from django.core.management import call_command
from django.test import Client, override_settings
from django.urls import reverse

from tests.api.world import World, application, apply, post
from tongban.foundation.rest.problems import KINDS, MEDIA_TYPE


@pytest.mark.parametrize("path", ["/api/nothing", "/api/v1/nothing", "/api/v1/", "/api/", "/api/v2/me"])
def test_an_unknown_address_is_a_problem(db: None, path: str) -> None:
    answer = Client().get(path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, MEDIA_TYPE)
    assert answer.json()["type"] == "/problems/not-found"


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("DELETE", "/api/v1/me", "GET, HEAD"),
        ("POST", "/api/v1/platforms", "GET, HEAD"),
        ("PATCH", "/api/v1/applications", "POST"),
        ("PUT", "/api/v1/drafts", "GET, HEAD, POST"),
    ],
)
def test_a_wrong_method_names_the_right_ones(db: None, method: str, path: str, allow: str) -> None:
    answer = Client().generic(method, path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (405, MEDIA_TYPE)
    assert answer.headers["Allow"] == allow


def test_head_is_get_without_its_body(world: World) -> None:
    got = world.client().get("/api/v1/platforms")
    head = world.client().head("/api/v1/platforms")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == str(len(got.content))


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"revision": NaN}',
        b'{"revision": 1e999}',
        b"\xff\xfe{}",
        '{"revision": 1}'.encode("utf-16"),
        b'{"revision": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
    ],
)
def test_a_body_that_is_no_json_is_malformed(world: World, body: bytes) -> None:
    opened = apply(world, world.client("citizen"))
    answer = world.client("window").generic(
        "POST", f"/api/v1/cases/{opened['id']}/accept", body, content_type="application/json"
    )
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, MEDIA_TYPE)


@pytest.mark.parametrize(
    ("value", "pointer"),
    [
        ("a\x00b", "#/answers/shop_name"),
        ("\ud800", "#/answers/shop_name"),
    ],
)
def test_text_that_cannot_be_kept_is_refused_by_pointer(world: World, value: str, pointer: str) -> None:
    citizen = world.client("citizen")
    body = application(world, citizen)
    body["answers"] = {"shop_name": value}
    answer = citizen.generic("POST", "/api/v1/applications", json.dumps(body).encode(), content_type="application/json")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_what_is_not_json_or_too_large_is_refused_unread(world: World) -> None:
    citizen = world.client("citizen")
    text = citizen.post("/api/v1/applications", "a=1", content_type="application/x-www-form-urlencoded")
    assert (text.status_code, text.headers["Accept"]) == (415, "application/json")
    large = citizen.post("/api/v1/applications", b" " * (1024 * 1024 + 1), content_type="application/json")
    assert (large.status_code, large.json()["type"]) == (413, "/problems/too-large")


def test_the_language_is_the_one_asked_for(world: World) -> None:
    english = world.client().get("/api/v1/regions/999999")
    chinese = Client(headers={"Accept-Language": "zh-CN"}).get("/api/v1/regions/999999")
    assert english.json()["detail"] == "There is no region 999999."
    assert "999999" in chinese.json()["detail"]
    assert chinese.headers["Content-Language"] == "zh-hans"
    title = Client(headers={"Accept-Language": "zh-CN"}).get("/api/v1/me").json()["title"]
    assert title != english.client.get("/api/v1/me", headers={"Accept-Language": "en"}).json()["title"]


def test_a_failure_of_ours_shows_a_reference_and_no_trace(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_actor: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("tongban.government.queries.platforms", fail)
    answer = world.client().get("/api/v1/platforms")
    assert (answer.status_code, answer.headers["Content-Type"]) == (500, MEDIA_TYPE)
    assert len(answer.json()["reference"]) == 8
    assert b"secret" not in answer.content
    assert b"Traceback" not in answer.content


def test_a_request_django_refuses_is_a_problem_too(db: None) -> None:
    with override_settings(ALLOWED_HOSTS=["example.org"]):
        answer = Client(raise_request_exception=False).get("/api/v1/platforms", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, MEDIA_TYPE)


@pytest.mark.parametrize("code", sorted(KINDS))
def test_every_type_has_its_page(db: None, code: str) -> None:
    page = Client(headers={"Accept-Language": "en"}).get(f"/problems/{code}")
    assert page.status_code == 200
    assert str(KINDS[code].status) in page.content.decode()


def test_the_documentation_page_needs_no_script_and_names_every_operation(db: None) -> None:
    page = Client(headers={"Accept-Language": "en"}).get(reverse("api:docs")).content.decode()
    document = Client().get("/api/openapi.json").json()
    for path, methods in document["paths"].items():
        for method in methods:
            assert f"{method.upper()} {path}" in page
    assert "<script" not in page
    assert " style=" not in page


def test_the_document_is_in_step_and_not_sent_twice(db: None) -> None:
    call_command("openapi", "--check")
    first = Client().get("/api/openapi.json")
    assert first.json()["openapi"].startswith("3.1")
    again = Client().get("/api/openapi.json", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_guide_is_not_sent_twice(world: World) -> None:
    path = f"/api/v1/services/{world.service.pk}"
    first = world.client().get(path)
    assert first.json()["name"] == "Food licence"
    again = world.client(**{"If-None-Match": f"W/{first.headers['ETag']}"}).get(path)
    assert again.status_code == 304
    chinese = Client(headers={"Accept-Language": "zh-hans", "If-None-Match": first.headers["ETag"]}).get(path)
    assert chinese.json()["name"] == "食品经营许可"


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=-1",
        "limit=1_0",
        "limit=9" * 40,
        "cursor=***",
        "cursor=AAAA",
        "cursor=-1",
        "late=perhaps",
        "state=lost",
        "q=%00",
        "q=" + "x" * 201,
    ],
)
def test_parameters_are_bounded(world: World, query: str) -> None:
    answer = world.client("window").get(f"/api/v1/inbox?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == query.split("=", maxsplit=1)[0]


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2026-02-30", "20261121", "0", "2026-11-21T00:00:00"])
def test_absurd_days_are_refused(db: None, day: str) -> None:
    assert Client().get(f"/api/v1/docking?as_of={day}").status_code == 422


def test_two_officers_one_is_told(world: World) -> None:
    opened = apply(world, world.client("citizen"))
    path = f"/cases/{opened['id']}/accept"
    assert post(world.client("reviewer"), path, {"revision": 1}).status_code == 200
    told = post(world.client("second"), path, {"revision": 1})
    assert told.status_code == 409
    assert "韦军 was faster" in told.json()["detail"]
