"""Errors as a client's developer meets them: always problem details, in the language asked for."""

import json
import re

import pytest
from django.core.management import call_command
from django.test import Client, override_settings
from django.urls import reverse
from django.utils.html import strip_tags
from django.utils.translation import override

from tests.api.world import World, application, apply, post
from tongban.foundation.rest.parsing import MalformedError, read_json
from tongban.foundation.rest.problems import _OTHERWISE, _WORDS, KINDS, MEDIA_TYPE, problem

HAN = re.compile(r"[\u4e00-\u9fff]")


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
    assert "1 MB" in large.json()["detail"]


def test_the_language_is_the_one_asked_for(world: World) -> None:
    english = world.client().get("/api/v1/regions/999999")
    chinese = Client(headers={"Accept-Language": "zh-CN"}).get("/api/v1/regions/999999")
    assert english.json()["detail"] == "There is no region 999999."
    assert "999999" in chinese.json()["detail"]
    assert chinese.headers["Content-Language"] == "zh-hans"
    title = Client(headers={"Accept-Language": "zh-CN"}).get("/api/v1/me").json()["title"]
    assert title != english.client.get("/api/v1/me", headers={"Accept-Language": "en"}).json()["title"]


@pytest.mark.parametrize("code", sorted(KINDS))
def test_each_kind_speaks_one_language(code: str) -> None:
    for language, is_chinese in (("zh-hans", True), ("en", False)):
        with override(language):
            told = json.loads(problem(code).content)
        for text in (told["title"], told["detail"]):
            assert bool(HAN.search(text)) is is_chinese, (language, text)


def test_what_is_wrong_with_a_value_is_said_in_one_language() -> None:
    for language, is_chinese in (("zh-hans", True), ("en", False)):
        with override(language):
            for words in (*_WORDS.values(), _OTHERWISE):
                assert bool(HAN.search(str(words))) is is_chinese, (language, str(words))
            for body in (b"{", b"[NaN]", b"[1e999]", b"\xff", b"9" * 5000, b"[" * 100_000):
                with pytest.raises(MalformedError) as caught:
                    read_json(body)
                assert bool(HAN.search(str(caught.value))) is is_chinese, (language, str(caught.value))


def test_answers_and_pages_speak_chinese_when_asked(world: World) -> None:
    chinese = world.client("citizen", **{"Accept-Language": "zh-Hans"})
    answers = [
        chinese.get("/api/v1/nothing"),
        Client(headers={"Accept-Language": "zh-Hans"}).get("/api/v1/me"),
        chinese.delete("/api/v1/me"),
        chinese.get("/api/v1/inbox?limit=0"),
        chinese.post("/api/v1/applications", b"{", content_type="application/json"),
        chinese.post("/api/v1/applications", b'{"answers": 1}', content_type="application/json"),
        chinese.post("/api/v1/applications", b"a=1", content_type="text/plain"),
    ]
    assert [answer.status_code for answer in answers] == [404, 401, 405, 422, 400, 422, 415]
    for told in (answer.json() for answer in answers):
        for text in (told["title"], told["detail"], *(error["detail"] for error in told.get("errors", ()))):
            assert HAN.search(text), told
    for code in KINDS:
        page = Client(headers={"Accept-Language": "zh-Hans"}).get(f"/problems/{code}").content.decode()
        main = strip_tags(page[page.index("<main") : page.index("</main>")])
        # Names of headers, addresses and formats stay; a sentence of English words does not.
        assert not re.search(r"[A-Za-z]+(?: [a-z]+){3}", main), main


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
    chapters = re.findall(r'<h2><a href="(/api/docs/[a-z-]+)">', page)
    pages = {address: Client().get(address).content.decode() for address in chapters}
    document = Client().get("/api/openapi.json").json()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert f"{method.upper()} {path}" in page
            address, _hash, place = page.partition(f'#{operation["operationId"]}"')[0].rpartition('"')
            assert f'id="{operation["operationId"]}"' in pages[place], (address[-80:], place)
    for drawn in (page, *pages.values()):
        assert "<script" not in drawn
        assert " style=" not in drawn
        assert len(drawn.encode()) < 80_000
    assert Client().get("/api/docs/weather").status_code == 404


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


def test_the_documentation_page_is_chinese_around_the_reference(db: None) -> None:
    page = Client(headers={"Accept-Language": "zh-Hans"}).get(reverse("api:docs")).content.decode()
    chapters = re.findall(r'<h2><a href="/api/docs/[a-z-]+">(.*?)</a></h2>\n<p>(.*?)</p>', page)
    assert len(chapters) == len(Client().get("/api/openapi.json").json()["tags"])
    for text in (text for chapter in chapters for text in chapter):
        assert HAN.search(text), text
    assert "以英文书写" in page
    english = Client(headers={"Accept-Language": "en"}).get(reverse("api:docs")).content.decode()
    # A summary may name the Chinese term beside the English one.
    main = re.sub(r'<span lang="en">.*?</span>', "", english[english.index("<main") : english.index("</main>")])
    assert not HAN.search(main)
