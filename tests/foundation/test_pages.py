"""The page kit: what every page carries, the switches, the headers, and errors as pages a citizen can read."""

import io
import logging
import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings as project_settings
from django.contrib.staticfiles import finders
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound, JsonResponse
from django.template import engines
from django.template.exceptions import TemplateSyntaxError
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import include, path
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, override
from django.views.decorators.http import require_POST
from pytest_django.fixtures import Settings

from tests.plainpage import plain_page_problems
from tongban.foundation import content
from tongban.foundation.errors import (
    ConflictError,
    InvalidError,
    NotAllowedError,
    NotFoundError,
    SignInNeededError,
    TooManyError,
)
from tongban.foundation.forms import FieldError
from tongban.foundation.pages.catalogue import sample_form
from tongban.foundation.pages.once import MOST_KEPT
from tongban.foundation.pages.uploads import take_files

ERRORS: dict[str, Exception] = {
    "not-found": NotFoundError("There is no case of that number."),
    "not-allowed": NotAllowedError(),
    "conflict": ConflictError(),
    "invalid": InvalidError({"phone": ["Enter <phone>"]}),
    "too-many": TooManyError(),
    "sign-in": SignInNeededError(),
    "denied": PermissionDenied("secret reason"),
    "bug": RuntimeError("password=hunter2"),
}


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What is logged during a test."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    logging.getLogger().addHandler(handler)
    yield written
    logging.getLogger().removeHandler(handler)


def fail(_request: HttpRequest, name: str) -> HttpResponse:
    raise ERRORS[name]


def api_fail(_request: HttpRequest) -> HttpResponse:
    return JsonResponse({"code": "not-found"}, status=404)


def bare(_request: HttpRequest) -> HttpResponse:
    return HttpResponseNotFound("bare")


def own_policy(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("x", headers={"Content-Security-Policy": "default-src 'none'"})


@require_POST
def only_post(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("posted")


urlpatterns = [
    path("", include("tongban.foundation.pages.urls")),
    path("fail/<slug:name>", fail),
    path("api/fail", api_fail),
    path("bare", bare),
    path("own-policy", own_policy),
    path("only-post", only_post),
    path("sign-in", bare, name="sign-in"),
]
handler400 = "tongban.foundation.pages.errors.handler400"
handler500 = "tongban.foundation.pages.errors.handler500"


@pytest.fixture(autouse=True)
def project(settings: Settings) -> None:
    settings.ROOT_URLCONF = __name__
    settings.LOGIN_URL = "sign-in"
    settings.KIT_PAGE = True
    settings.DEBUG = False
    # The collected files are the server's business; here the finders are enough.
    settings.MIDDLEWARE = [name for name in project_settings.MIDDLEWARE if "whitenoise" not in name]
    settings.STORAGES = project_settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def browser() -> Client:
    return Client(raise_request_exception=False)


@pytest.fixture
def english(browser: Client) -> Client:
    browser.cookies[project_settings.LANGUAGE_COOKIE_NAME] = "en"
    return browser


def draw(source: str, **context: Any) -> str:
    return engines["django"].from_string(source).render(context)


class TestEveryPage:
    def test_says_its_language_and_keeps_the_page_when_switching(self, browser: Client) -> None:
        page = browser.get("/kit?page=2").content.decode()
        assert '<html lang="zh-CN">' in page
        assert '<input type="hidden" name="next" value="/kit?page=2">' in page
        answer = browser.post("/switch/language", {"language": "en", "next": "/kit?page=2"})
        assert answer.headers["Location"] == "/kit?page=2"
        assert '<html lang="en">' in browser.get("/kit").content.decode()

    def test_elder_mode_is_kept_in_a_cookie_and_shown_on_the_root(self, browser: Client) -> None:
        answer = browser.post("/switch/display", {"mode": "elder", "next": "/kit"})
        assert answer.headers["Location"] == "/kit"
        page = browser.get("/kit").content.decode()
        assert '<html lang="zh-CN" class="elder">' in page
        assert 'value="standard"' in page
        browser.post("/switch/display", {"mode": "standard", "next": "/kit"})
        assert 'class="elder"' not in browser.get("/kit").content.decode()

    def test_a_switch_leads_nowhere_else(self, browser: Client) -> None:
        answer = browser.post("/switch/display", {"mode": "elder", "next": "https://elsewhere.example/"})
        assert answer.headers["Location"] == "/"

    def test_switches_need_a_token(self) -> None:
        answer = Client(enforce_csrf_checks=True).post("/switch/display", {"mode": "elder"})
        assert answer.status_code == 403
        assert "<h1>您没有权限进行此操作</h1>" in answer.content.decode()

    def test_shows_for_whom_one_acts(self) -> None:
        request = RequestFactory().get("/")
        request.user = SimpleNamespace(is_authenticated=True)  # type: ignore[assignment] # a stand-in is enough here
        request.actor = SimpleNamespace(label="张三 · 南宁某公司", is_officer=False)  # type: ignore[attr-defined] # as the middleware does
        assert "<strong>张三 · 南宁某公司</strong>" in render_to_string("base.html", {}, request)

    def test_a_page_with_errors_says_so_in_its_title(self) -> None:
        with override("en"):
            page = render_to_string("base.html", {"errors": {"phone": "x"}}, RequestFactory().get("/"))
        assert "<title>Error: " in page

    def test_is_small_and_holds_no_inline_script_or_style(self, browser: Client) -> None:
        page = browser.get("/nothing-here").content
        css = (project_settings.PACKAGE / "foundation/static/tongban/kit.css").read_bytes()
        assert len(page) + len(css) < 30_000
        everything = browser.get("/kit").content.decode()
        assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", everything)
        assert not re.search(r"<script(?![^>]*\ssrc=)", everything)

    def test_the_maintenance_pages_have_the_colours_of_the_kit(self) -> None:
        styles = project_settings.PACKAGE / "foundation/static/tongban"
        colours = [
            set(re.findall(r"#[0-9a-f]{3,6}\b", (styles / name).read_text())) for name in ("maintenance.css", "kit.css")
        ]
        assert colours[0] <= colours[1]

    def test_the_kit_is_for_development(self, browser: Client, settings: Settings) -> None:
        settings.KIT_PAGE = False
        assert browser.get("/kit").status_code == 404


class TestHeaders:
    def test_policy_allows_only_our_own(self, browser: Client) -> None:
        headers = browser.get("/kit").headers
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "camera=()" in headers["Permissions-Policy"]

    def test_a_view_may_set_its_own_policy(self, browser: Client) -> None:
        assert browser.get("/own-policy").headers["Content-Security-Policy"] == "default-src 'none'"


class TestErrors:
    @pytest.mark.parametrize(
        ("name", "status", "english_words", "chinese_words"),
        [
            ("not-found", 404, "There is no case of that number.", "There is no case of that number."),
            ("not-allowed", 403, "You may not do this", "您没有权限进行此操作"),
            ("conflict", 409, "This has changed in the meantime", "内容已发生变化"),
            ("invalid", 422, "<li>Enter &lt;phone&gt;</li>", "<li>Enter &lt;phone&gt;</li>"),
            ("too-many", 429, "Too many requests", "请求过于频繁"),
            ("denied", 403, "You are not allowed to do this", "您没有权限进行此操作"),
        ],
    )
    def test_domain_errors_become_pages(
        self, browser: Client, name: str, status: int, english_words: str, chinese_words: str
    ) -> None:
        for language, words in (("zh-hans", chinese_words), ("en", english_words)):
            browser.cookies[project_settings.LANGUAGE_COOKIE_NAME] = language
            answer = browser.get(f"/fail/{name}")
            assert answer.status_code == status
            assert words in answer.content.decode()
            assert "secret reason" not in answer.content.decode()
            assert "site-foot" in answer.content.decode()

    def test_too_many_says_when_to_come_back(self, browser: Client) -> None:
        assert browser.get("/fail/too-many").headers["Retry-After"] == "60"

    def test_sign_in_comes_back_to_what_was_read_but_not_to_what_was_posted(self, browser: Client) -> None:
        assert browser.get("/fail/sign-in?a=1").headers["Location"] == "/sign-in?next=%2Ffail%2Fsign-in%3Fa%3D1"
        assert browser.post("/fail/sign-in").headers["Location"] == "/sign-in"

    def test_an_unexpected_error_shows_a_number_and_no_trace(self, browser: Client, log: io.StringIO) -> None:
        answer = browser.get("/fail/bug")
        page = answer.content.decode()
        assert answer.status_code == 500
        assert "系统出现问题" in page
        assert "hunter2" not in page
        assert "Traceback" not in page
        found = re.search(r'class="number">([0-9A-F]{8})<', page)
        assert found
        assert found.group(1) in log.getvalue()

    def test_tests_still_see_the_unexpected_error_itself(self) -> None:
        with pytest.raises(RuntimeError, match="hunter2"):
            Client().get("/fail/bug")

    def test_unknown_addresses_bare_answers_and_wrong_methods(self, english: Client) -> None:
        assert "<h1>Page not found</h1>" in english.get("/nothing-here").content.decode()
        assert "<h1>Page not found</h1>" in english.get("/bare").content.decode()
        answer = english.get("/only-post")
        assert answer.status_code == 405
        assert answer.headers["Allow"] == "POST"
        assert "does not work from here" in answer.content.decode()

    def test_a_request_refused_before_any_view_gets_a_page_too(self, browser: Client) -> None:
        answer = browser.get("/kit", headers={"host": "elsewhere.example"})
        assert answer.status_code == 400
        assert "<h1>无法识别您的请求</h1>" in answer.content.decode()

    def test_the_api_keeps_its_own_errors(self, browser: Client) -> None:
        assert browser.get("/api/fail").json()["type"] == "/problems/not-found"
        assert "site-foot" not in browser.get("/api/nothing").content.decode()

    def test_a_page_is_drawn_even_if_the_kit_cannot_be(self, browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(_request: HttpRequest) -> dict[str, object]:
            raise RuntimeError("database down")

        monkeypatch.setattr("tongban.foundation.pages.context.page", broken)
        for engine in engines.all():
            engine.engine.__dict__.pop("template_context_processors", None)  # type: ignore[attr-defined] # cached
        try:
            answer = browser.get("/fail/bug")
        finally:
            for engine in engines.all():
                engine.engine.__dict__.pop("template_context_processors", None)  # type: ignore[attr-defined] # cached
        page = answer.content.decode()
        assert answer.status_code == 500
        assert plain_page_problems(page, answer.headers["Content-Security-Policy"]) == []
        assert "系统出现问题" in page
        assert "Something went wrong on our side" in page


class TestUploads:
    @pytest.fixture(autouse=True)
    def store(self, settings: Settings, tmp_path: Path) -> None:
        settings.CONTENT_ROOT = tmp_path

    def test_a_file_is_stored_and_answers_the_field(self) -> None:
        form = sample_form()
        uploaded = MultiValueDict({"lease": [SimpleUploadedFile("租赁合同.pdf", b"%PDF-1.7 x")]})
        files, errors = take_files(form, "shop", uploaded, {})
        assert errors == {}
        answers, _ = form.parse("shop", {}, files=files)
        assert answers["lease"]["name"] == "租赁合同.pdf"
        assert content.read(answers["lease"]["digest"]) == b"%PDF-1.7 x"

    def test_a_refused_file_leaves_the_one_held(self) -> None:
        held = {"lease": {"digest": "0" * 64, "name": "old.pdf"}}
        uploaded = MultiValueDict({"lease": [SimpleUploadedFile("a.exe", b"MZ\0\0")]})
        files, errors = take_files(sample_form(), "shop", uploaded, held)
        assert files == held
        assert list(errors) == ["lease"]


class TestComponents:
    def test_a_field_ties_hint_and_error_to_its_control(self) -> None:
        page = draw('{% text_field "phone" "Phone" hint="Mobile" error="Enter phone" %}')
        assert '<label for="field-phone">Phone</label>' in page
        assert 'aria-describedby="field-phone-hint field-phone-error"' in page
        assert 'aria-invalid="true"' in page
        assert '<p class="field-error" id="field-phone-error">' in page

    def test_the_error_summary_links_to_fields_in_the_readers_language(self) -> None:
        errors = {
            "phone": FieldError("phone", "/phone", "required", {"zh": "请填写电话", "en": "Enter phone"}),
            "name": ["Enter <name>"],
            "": "The whole is wrong",
        }
        with override("en"):
            page = draw("{% error_summary errors %}", errors=errors)
        assert '<a href="#field-phone">Enter phone</a>' in page
        assert '<a href="#field-name">Enter &lt;name&gt;</a>' in page
        assert "<li>The whole is wrong</li>" in page
        assert 'tabindex="-1" autofocus' in page
        assert draw("{% error_summary errors %}", errors={}) == ""

    def test_everything_given_is_escaped(self) -> None:
        nasty = "<script>alert(1)</script>"
        page = draw(
            "{% text_field 'a' n value=n hint=n error=n suffix=n %}{% radios_field 'b' n choices %}{% tag n %}"
            "{% fieldset n %}{% endfieldset %}{% notification 'success' n %}{% endnotification %}"
            "{% details n %}{% enddetails %}{% empty_state n %}{% endempty_state %}{% light 'red' n %}"
            "{% receipt_panel n number=n %}{% endreceipt_panel %}{% table n %}{% endtable %}"
            "{% data_table n cols rows %}{% summary_list facts %}{% textarea_field 'c' n value=n %}"
            "{% page_header n caption=n lead=n %}{% file_field 'd' n kept=n %}{% button n %}",
            n=nasty,
            choices=[(nasty, nasty)],
            cols=[nasty],
            rows=[[nasty]],
            facts=[{"label": nasty, "value": nasty}],
        )
        assert "<script" not in page

    def test_a_wrong_argument_is_named(self) -> None:
        with pytest.raises(TemplateSyntaxError, match="'blue'"):
            draw('{% light "blue" %}')
        with pytest.raises(TypeError, match="colour"):
            draw('{% text_field "a" "b" colour="red" %}')

    def test_things_are_named_in_the_readers_language(self) -> None:
        source = '{{ a|named }} {{ b|named }} {{ c|named:"title" }} {{ w|worded }}'
        context = {
            "a": {"name": "海关", "name_en": "Customs"},
            "b": SimpleNamespace(name="商务厅", name_en=""),
            "c": SimpleNamespace(title="处长", title_en="Head"),
            "w": {"zh": "店铺", "en": "Shop"},
        }
        with override("en"):
            assert draw(source, **context) == "Customs 商务厅 Head Shop"
        with override("zh-hans"):
            assert draw(source, **context) == "海关 商务厅 处长 店铺"

    def test_a_light_always_has_words(self) -> None:
        with override("en"):
            assert "Late" in draw('{% light "red" %}')

    def test_pagination_keeps_the_query(self, browser: Client) -> None:
        page = browser.get("/kit?page=5&q=%E6%B5%8B").content.decode()
        assert 'href="?page=6&amp;q=%E6%B5%8B"' in page
        assert 'aria-current="page"' in page

    def test_scores_of_nobody_are_not_zero(self) -> None:
        with override("en"):
            page = draw("{% score mean=None count=0 handled=12 %}")
        assert "No ratings yet." in page
        assert "12 cases handled" in page

    def test_a_conditional_field_stands_under_its_choice(self) -> None:
        form = sample_form()
        with override("zh-hans"):
            page = draw('{% form_group form "shop" answers %}', form=form, answers={"by_agent": True})
        assert re.search(r'value="true" checked>.*?<div class="conditional">.*?name="agent_phone"', page, re.DOTALL)
        assert page.count('name="agent_phone"') == 1

    def test_what_could_not_be_read_is_shown_again(self) -> None:
        form = sample_form()
        posted = {"area": ["很大"]}
        answers, errors = form.parse("shop", posted)
        page = draw(
            '{% form_group form "shop" answers errors posted %}',
            form=form,
            answers=answers,
            errors=errors,
            posted=posted,
        )
        assert 'value="很大"' in page
        assert 'id="field-area-error"' in page

    def test_a_held_file_is_named(self) -> None:
        page = draw(
            '{% form_group form "shop" answers %}',
            form=sample_form(),
            answers={"lease": {"digest": "0" * 64, "name": "租赁合同.pdf"}},
        )
        assert "<strong>租赁合同.pdf</strong>" in page


def test_the_icon_browsers_ask_for_unasked_leads_to_the_seal(client: Client) -> None:
    answer = client.get("/favicon.ico")
    assert (answer.status_code, answer.headers["Location"]) == (301, "/static/tongban/seal.svg")
    assert finders.find("tongban/seal.svg")


# --- parts that are drawn once --------------------------------------------------------------------------------------


def test_a_part_is_drawn_once_for_each_value_and_language(rf: RequestFactory) -> None:
    drawn = []

    class Counted:
        def __str__(self) -> str:
            drawn.append(get_language())
            return "c"

    text = (
        "{% once of=of holes typed=typed %}{% translate 'Search' %} [{{ of }}] [{{ forgotten }}] "
        "[{{ typed }}] {% csrf_token %}{% endonce %}"
    )
    template = engines["django"].from_string(text)

    def draw(of: object, typed: str = "", language: str = "en") -> str:
        with override(language):
            return template.render({"of": of, "typed": typed, "forgotten": "another's"}, rf.get("/"))

    first = draw("<a>", "<b>")
    assert "Search [&lt;a&gt;] [] [&lt;b&gt;]" in first
    assert "搜索 [&lt;a&gt;]" in draw("<a>", language="zh-hans")
    second = draw("<a>", "another")
    assert "Search [&lt;a&gt;] [] [another]" in second
    # The token is the page's own.
    tokens = [re.findall(r'csrfmiddlewaretoken" value="(\w{64})"', page) for page in (first, second)]
    assert len({token for found in tokens for token in found}) == len(tokens)
    # What is equal but printed otherwise is another drawing.
    assert [draw(of).split(" ")[1] for of in (mark_safe("<a>"), 1, True, "1")] == ["[<a>]", "[1]", "[True]", "[1]"]
    # What no drawing can be found by is drawn each time.
    assert "[c]" in draw(Counted())
    assert "[c]" in draw(Counted())
    assert drawn == ["en", "en"]


def test_parts_drawn_once_do_not_pile_up() -> None:
    template = engines["django"].from_string("{% once of=of %}{{ of }}{% endonce %}")
    node = template.template.nodelist[0]  # type: ignore[attr-defined] # Django's template within
    for number in range(MOST_KEPT + 1):
        assert template.render({"of": str(number)}) == str(number)
    assert len(node._kept) == 1  # noqa: SLF001 - how many is not to be seen otherwise


def test_the_tag_takes_only_names_with_values() -> None:
    with pytest.raises(TemplateSyntaxError, match="name=value"):
        engines["django"].from_string("{% once path %}{% endonce %}")


def test_once_holds_no_block() -> None:
    with pytest.raises(TemplateSyntaxError, match="no block"):
        engines["django"].from_string("{% once %}{% if True %}{% block head %}{% endblock %}{% endif %}{% endonce %}")


def test_dates_in_sentences_and_chinese_on_english_pages() -> None:
    drawn = engines["django"].from_string("{{ day|day }} / {{ at|moment }} / {{ none|day }} / {{ name|tongued }}")
    values = {
        "day": date(2026, 6, 8),
        "at": datetime(2026, 6, 8, 9, 30, tzinfo=timezone.get_default_timezone()),
        "none": None,
        "name": "<b> 福州市公安局《条例》第3条 & Fuzhou",
    }
    with override("zh-hans"):
        assert drawn.render(values) == (
            "2026年6月8日 / 2026年6月8日 09:30 /  / &lt;b&gt; 福州市公安局《条例》第3条 &amp; Fuzhou"
        )
    with override("en"):
        assert drawn.render(values) == (
            "8 June 2026 / 8 June 2026, 09:30 /  / &lt;b&gt; "
            '<span lang="zh-CN">福州市公安局《条例》第3条</span> &amp; Fuzhou'
        )
        kept = mark_safe('<a title="福州">福州</a>')
        assert engines["django"].from_string("{{ html|tongued }}").render({"html": kept}) == kept
