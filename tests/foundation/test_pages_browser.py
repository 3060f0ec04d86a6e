"""The kit in a real browser: axe finds nothing, nothing scrolls sideways; keyboard alone and no script suffice."""

import threading
from collections.abc import Iterator
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.conf import settings as project_settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.handlers.wsgi import WSGIHandler
from django.urls import include, path
from playwright.sync_api import Browser, BrowserContext
from pytest_django.fixtures import Settings

from tests.browser import axe_problems, running_chromium

pytestmark = pytest.mark.browser

urlpatterns = [path("", include("tongban.foundation.pages.urls"))]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with running_chromium() as browser:
        yield browser


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Silent(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Requests are no news."""


@pytest.fixture
def site(settings: Settings) -> Iterator[str]:
    """The kit alone on a port of its own; a visitor's pages need no database."""
    settings.ROOT_URLCONF = __name__
    settings.KIT_PAGE = True
    settings.MIDDLEWARE = [name for name in project_settings.MIDDLEWARE if "whitenoise" not in name]
    settings.STORAGES = project_settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    with make_server("127.0.0.1", 0, StaticFilesHandler(WSGIHandler()), Server, Silent) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def opened(chromium: Browser, site: str, *, width: int, language: str, elder: bool, **options: Any) -> BrowserContext:
    context = chromium.new_context(viewport={"width": width, "height": 844}, **options)
    context.add_cookies([{"name": project_settings.LANGUAGE_COOKIE_NAME, "value": language, "url": site}])
    if elder:
        context.add_cookies([{"name": "display", "value": "elder", "url": site}])
    return context


@pytest.mark.parametrize(
    ("width", "language", "elder"),
    [
        (1280, "zh-hans", False),
        (640, "zh-hans", True),  # as 1280 at 200 % zoom
        (390, "en", False),
        (390, "zh-hans", True),
    ],
)
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    chromium: Browser,
    site: str,
    width: int,
    language: str,
    elder: bool,  # noqa: FBT001 # parametrised
) -> None:
    with opened(chromium, site, width=width, language=language, elder=elder) as context:
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.goto(f"{site}/kit")
        assert axe_problems(page, sheets=True) == []
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert page.evaluate("document.activeElement.className") == "error-summary"
        assert complaints == []  # a broken content-security policy would complain here
        page.goto(f"{site}/nothing-here")
        assert axe_problems(page) == []


def test_switches_and_conditions_work_without_script(chromium: Browser, site: str) -> None:
    with opened(chromium, site, width=390, language="zh-hans", elder=False, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{site}/kit")
        assert page.locator(".print-hint").is_visible()
        assert page.locator("input[name=agent_phone]").is_visible()
        page.locator("input[name=by_agent][value=false]").check()
        assert not page.locator("input[name=agent_phone]").is_visible()
        page.get_by_role("button", name="长辈版（大字）").click()
        assert page.locator("html.elder").count() == 1
        page.get_by_role("button", name="English").click()
        assert page.get_by_role("heading", name="The page kit").is_visible()
        assert page.url == f"{site}/kit"


def test_the_keyboard_reaches_the_content_first(chromium: Browser, site: str) -> None:
    with opened(chromium, site, width=1280, language="en", elder=False) as context:
        page = context.new_page()
        page.goto(f"{site}/nothing-here")
        page.keyboard.press("Tab")
        skip = page.get_by_role("link", name="Skip to the main content")
        box = skip.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"


def test_an_error_leads_to_its_field(chromium: Browser, site: str) -> None:
    with opened(chromium, site, width=1280, language="en", elder=False) as context:
        page = context.new_page()
        page.goto(f"{site}/kit")
        page.get_by_role("link", name="Date of birth must be a real date").click()
        assert page.evaluate("document.activeElement.id") == "field-kit_date"
