"""How a journey moves through the site, and what is looked at on every page it comes to."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.test import Client
from playwright.sync_api import Browser, FilePayload, Page

from tests.browser import axe_problems
from tests.portal.world import World
from tongban.identity.middleware import HAT_SESSION_KEY
from tongban.identity.models import Account
from tongban.items.models import Service

WIDE, NARROW = 1280, 390
# What the documentation shows; every page is looked at, not every page is worth a picture.
PICTURED = {
    WIDE: {"home", "search", "guide", "questions-with-errors", "check", "receipt", "case-closed", "decision", "ratings"}
    | {"workbench-inbox", "workbench-case-grant", "workbench-return-for-correction"},
    NARROW: {"home", "guide", "task-list", "my-cases"},
}
IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def a_file(name: str) -> FilePayload:
    """A small PDF to hand in."""
    return FilePayload(name=name, mimeType="application/pdf", buffer=PDF)


def _session_of(username: str, hat: str) -> str:
    """The key of a new session of this account in this hat, in which the second factor was shown."""
    try:
        client = Client()
        client.force_login(Account.objects.get(username=username))
        session = client.session
        session[HAT_SESSION_KEY] = hat
        session.save()
        return str(session.session_key)
    finally:
        connection.close()


@dataclass
class Walk:
    """One person's browser. `look` is called on every page of the way."""

    page: Page
    site: "Site"
    language: str
    scripted: bool = True
    seen: list[str] = field(default_factory=list)

    def go(self, address: str) -> None:
        self.page.goto(self.site.url + address)

    def press(self, selector: str) -> None:
        """Click, and wait for the page it leads to."""
        with self.page.expect_navigation():
            self.page.locator(selector).first.click()

    def sign_in(self, username: str, hat: str = "person") -> None:
        """Be signed in, in a hat: the session is made directly (`test_signing_in` goes through the pages)."""
        # In a thread of its own, and so on a connection of its own: a test's is in a transaction the site does not see.
        with ThreadPoolExecutor(1) as aside:
            cookie = aside.submit(_session_of, username, hat).result()
        self.page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": self.site.url}])

    def look(self, name: str) -> None:
        """Nothing for axe to find; nothing wider than a phone; a picture where pictures are asked for.

        A page that axe has been through in one language is built the same in the other, and with larger text: it is
        not asked twice. (The kit's own page is examined in every mode: `tests/foundation/test_pages_browser.py`.)
        """
        self.seen.append(name)
        page = name.removesuffix("-elder")
        if self.scripted and page not in self.site.examined:
            self.site.examined.add(page)
            found = axe_problems(self.page, sheets=page == "home")  # it has the portal's sheet beside the kit's
            assert found == [], f"{name}: {found}"
        self.picture(name, WIDE)
        self.page.set_viewport_size({"width": NARROW, "height": 844})
        if self.scripted:
            wide = self.page.evaluate(
                "[document.documentElement.scrollWidth, [...document.querySelectorAll('body *')]"
                ".filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.table-scroll'))"
                ".map(e => e.outerHTML.slice(0, 80)).slice(0, 3)]"
            )
            assert wide[0] <= NARROW, f"{name} at {NARROW} px is {wide}"
        self.picture(name, NARROW)
        self.page.set_viewport_size({"width": WIDE, "height": 900})

    def picture(self, name: str, width: int) -> None:
        if os.environ.get("TONGBAN_SCREENSHOTS") != "1" or name not in PICTURED[width]:
            return
        IMAGES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=IMAGES / f"{name}-{self.language}-{width}.png", full_page=True)


@dataclass
class Site:
    """The running platform."""

    url: str
    world: World
    browser: Browser
    light: Service  # with guidance, decided at once by rule
    examined: set[str] = field(default_factory=set)

    @contextmanager
    def walk(self, language: str, *, scripted: bool = True, elder: bool = False, width: int = WIDE) -> Iterator[Walk]:
        """A browser of its own, in a language."""
        context = self.browser.new_context(
            viewport={"width": width, "height": 900}, java_script_enabled=scripted, reduced_motion="reduce"
        )
        context.add_cookies([{"name": "language", "value": language, "url": self.url}])
        if elder:
            context.add_cookies([{"name": "display", "value": "elder", "url": self.url}])
        context.set_default_timeout(20_000)
        page = context.new_page()
        # A script error, or something our content-security policy refused, is a fault of the page.
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        try:
            yield Walk(page, self, language, scripted)
        finally:
            context.close()
        assert [text for text in complaints if "status of 4" not in text] == []
