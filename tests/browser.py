"""Debian's Chromium for the tests that need a browser."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

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
