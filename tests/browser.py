"""Debian's Chromium for the tests that need a browser, and what axe finds on its pages."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, sync_playwright

# The build without a window of its own draws the same pages with half the work.
PROGRAMS = ("chromium-headless-shell", "chromium", "google-chrome")
OPTIONS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """The browser TONGBAN_CHROMIUM names, or the first of ours that is installed; the test skips where none is."""
    found = os.environ.get("TONGBAN_CHROMIUM") or next(filter(None, map(shutil.which, PROGRAMS)), None)
    if not found:
        if os.environ.get("TONGBAN_REQUIRE_BROWSER"):
            pytest.fail("TONGBAN_REQUIRE_BROWSER is set, but no Chromium was found")
        pytest.skip("no Chromium found (TONGBAN_CHROMIUM names one)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=OPTIONS)
        yield browser
        browser.close()


def axe_problems(page: Page, *, sheets: bool = False) -> list[str]:
    """What axe has to say against a page: rule and element. Empty is good.

    Only the faults are brought over: the whole of axe's report, and the value of the script that defines it, took as
    long as the examination.

    Args:
        page: as it stands in the browser.
        sheets: read the style sheets as well, for the one rule that is about them (css-orientation-lock). Pages share
            them; to read them for each would cost half as much again.
    """
    page.evaluate(f"{AXE_SCRIPT};0")
    found: list[str] = page.evaluate(
        "([rules, preload]) => axe.run({runOnly: rules, preload, selectors: false, resultTypes: ['violations']})"
        ".then(report => report.violations.flatMap("
        "one => one.nodes.map(node => `${one.id}: ${node.html.slice(0, 160)}`)))",
        [AXE_RULES, sheets],
    )
    return found
