"""How a journey moves through the site, and what is looked at on every page it comes to."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Error, FilePayload, Page, ViewportSize

from tests.browser import axe_problems
from tests.portal.world import World
from tongban.identity.middleware import HAT_SESSION_KEY
from tongban.identity.models import Account
from tongban.items.models import Service

WIDE, NARROW = 1280, 390
SIZES: dict[int, ViewportSize] = {WIDE: {"width": WIDE, "height": 900}, NARROW: {"width": NARROW, "height": 844}}
# What the documentation shows; every page is looked at, not every page is worth a picture.
PICTURED = {
    WIDE: {"home", "search", "guide", "questions-with-errors", "check", "receipt", "case-closed", "decision", "ratings"}
    | {"workbench-inbox", "workbench-case-grant", "workbench-return-for-correction"},
    NARROW: {"home", "guide", "task-list", "my-cases"},
}
# Where to click an element, moved into view: nowhere, unless it is what one sees there.
POINT = """selector => {
    const element = document.querySelector(selector);
    element?.scrollIntoView({block: "nearest", behavior: "instant"});
    const box = element?.getClientRects()[0];
    const point = box && [box.x + box.width / 2, box.y + box.height / 2];
    return point && element.contains(document.elementFromPoint(...point)) ? point : null;
}"""
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
        """Click, and wait for the page it leads to.

        What can be clicked at once is: Playwright's own way of finding that out takes half as long as the page. That is
        for the rest, and says why something cannot be clicked.
        """
        with self.page.expect_navigation():
            own = not self.scripted or ">>" in selector or ":has-text" in selector
            if point := None if own else self.page.evaluate(POINT, selector):
                self.page.mouse.click(*point)
            else:
                self.page.locator(selector).first.click()

    def send(self, address: str, **fields: str | FilePayload) -> None:
        """What a form at this address would send, sent from this browser without going through its page."""
        token = self.page.locator("[name=csrfmiddlewaretoken]").first.input_value()
        form: dict[str, Any] = {"csrfmiddlewaretoken": token, **fields}
        answer = self.page.request.post(
            address, multipart=form, headers={"Referer": address}, max_redirects=0, timeout=20_000
        )
        assert answer.status == HTTPStatus.FOUND, answer.text()

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
        The page is left at the width at which it was looked at last, and the way goes on at that: by turns on a screen
        and on a phone.
        """
        self.seen.append(name)
        at_first = (self.page.viewport_size or SIZES[WIDE])["width"]
        for width in (WIDE, NARROW) if at_first == WIDE else (NARROW, WIDE):
            page = name.removesuffix("-elder")
            pictured = os.environ.get("TONGBAN_SCREENSHOTS") == "1" and name in PICTURED[width]
            examine = self.scripted and (width == NARROW or page not in self.site.examined)
            if not (examine or pictured):
                continue
            self.at_width(width)
            if examine and width == WIDE:
                self.site.examined.add(page)
                # The first page has the portal's sheet beside the kit's.
                found = axe_problems(self.page, sheets=page == "home", known=self.site.known_pieces)
                assert found == [], f"{name}: {found}"
            elif examine:
                wide = self.page.evaluate(
                    "[document.documentElement.scrollWidth, [...document.querySelectorAll('body *')]"
                    ".filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.table-scroll'))"
                    ".map(e => e.outerHTML.slice(0, 80)).slice(0, 3)]"
                )
                assert wide[0] <= NARROW, f"{name} at {NARROW} px is {wide}"
            if pictured:
                IMAGES.mkdir(parents=True, exist_ok=True)
                self.page.screenshot(path=IMAGES / f"{name}-{self.language}-{width}.png", full_page=True)

    def at_width(self, width: int) -> None:
        """On a screen, or on a phone."""
        if self.page.viewport_size != SIZES[width]:
            self.page.set_viewport_size(SIZES[width])


@dataclass
class Site:
    """The running platform."""

    url: str
    world: World
    browser: Browser
    light: Service  # with guidance, decided at once by rule
    examined: set[str] = field(default_factory=set)
    known_pieces: set[str] = field(default_factory=set)
    idle: dict[bool, list[Page]] = field(default_factory=lambda: {True: [], False: []})

    @contextmanager
    def walk(self, language: str, *, scripted: bool = True, elder: bool = False, width: int = WIDE) -> Iterator[Walk]:
        """A browser of its own, in a language: one whose walk is over, with nothing left of that, or a new one.

        Each costs a process of Chromium, and as much as the first two pages.
        """
        page = self.idle[scripted].pop() if self.idle[scripted] else self._new_page(scripted=scripted)
        page.context.add_cookies([{"name": "language", "value": language, "url": self.url}])
        if elder:
            page.context.add_cookies([{"name": "display", "value": "elder", "url": self.url}])
        walk = Walk(page, self, language, scripted)
        walk.at_width(width)
        # A script error, or something our content-security policy refused, is a fault of the page.
        complaints: list[str] = []

        def note(message: ConsoleMessage) -> None:
            if message.type == "error":
                complaints.append(message.text)

        def note_error(error: Error) -> None:
            complaints.append(str(error))

        page.on("console", note)
        page.on("pageerror", note_error)
        try:
            yield walk
        except BaseException:
            page.context.close()
            raise
        assert [text for text in complaints if "status of 4" not in text] == []
        page.goto("about:blank")
        page.remove_listener("console", note)
        page.remove_listener("pageerror", note_error)
        page.unroute_all()
        # "null" is Playwright's word for what the browser does by itself; None would leave print where a walk set it.
        page.emulate_media(media="null")
        page.context.clear_cookies()
        self.idle[scripted].append(page)

    def _new_page(self, *, scripted: bool) -> Page:
        context = self.browser.new_context(viewport=SIZES[WIDE], java_script_enabled=scripted, reduced_motion="reduce")
        context.set_default_timeout(20_000)
        return context.new_page()
