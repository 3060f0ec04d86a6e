"""Debian's Chromium for the tests that need a browser, and what axe finds on its pages."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
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
    # No page lives long enough for its scripts to be worth optimising: that took a fifth of what axe takes.
    "--js-flags=--no-opt,--no-maglev",
]
AXE_URL = "/static/axe/axe.min.js"  # `tests/conftest.py` lets every site of the tests serve it
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


# What frames a page's content, in pieces: everything in the header, the footer and before them that is not a landmark
# and holds none. With each the text by which it is known again: its HTML, but for the values of its fields, and what
# decides how it looks.
FRAME = """() => {
    const landmarks = "header, nav, form, footer, aside, section, [role]";
    const pieces = part => part.matches(landmarks) || part.querySelector(landmarks)
        ? [...part.children].flatMap(pieces) : [part];
    const sheets = [...document.styleSheets].map(sheet => sheet.href);
    const looks = [innerWidth, document.documentElement.className, ...sheets];
    return [...document.querySelectorAll("body > :not(main)")].flatMap(pieces).map(
        piece => [piece, [...looks, piece.outerHTML.replace(/ value="[^"]*"/g, "")].join(" ")]);
}"""


def axe_problems(page: Page, *, sheets: bool = False, known: set[str] | None = None) -> list[str]:
    """What axe has to say against a page: rule and element. Empty is good.

    Only the faults are brought over: the whole of axe's report took as long as the examination. The script comes from
    the site, so that the browser keeps it, and need not be sent half a megabyte for every page.

    Args:
        page: as it stands in the browser.
        sheets: read the style sheets as well, for the one rule that is about them (css-orientation-lock). Pages share
            them; to read them for each would cost half as much again.
        known: the pieces of frames in which nothing was found on earlier pages. They are not examined once more, but
            still seen by whatever rule is about the page as a whole; those of this page are added. On most pages the
            frame is the larger part.
    """
    page.add_script_tag(url=AXE_URL)
    pieces: list[str] = page.evaluate(f"({FRAME})().map(([_, text]) => text)")
    found: list[str] = page.evaluate(
        f"""([rules, preload, known]) => {{
            const exclude = ({FRAME})().filter(([_, text]) => known.includes(text)).map(([piece]) => piece);
            const options = {{runOnly: rules, preload, selectors: false, resultTypes: ["violations"]}};
            return axe.run({{exclude}}, options).then(
                report => report.violations.flatMap(
                    one => one.nodes.map(node => `${{one.id}}: ${{node.html.slice(0, 160)}}`)));
        }}""",
        [AXE_RULES, sheets, [piece for piece in pieces if known and piece in known]],
    )
    if known is not None and not found:
        known.update(pieces)
    return found
