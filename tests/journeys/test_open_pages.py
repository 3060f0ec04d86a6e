"""Every other page, wide and narrow, in both languages and with larger text: nothing for axe to find."""

import pytest

from tests.journeys.site import NARROW, WIDE, Site

pytestmark = [pytest.mark.browser, pytest.mark.django_db]

ADDRESSES = {
    "people": "/people/",
    "organisations": "/organisations/",
    "theme": "/themes/opening-a-shop/",
    "all-services": "/search?region=all",
    "nothing-found": "/search?q=zzzz",
    "region": "/regions/switch?q=钦",
    "check-number": "/cases/check",
    "about": "/about/",
    "accessibility": "/accessibility/",
    "contact": "/contact/",
    "licence": "/licence/",
    "not-found": "/nothing-here",
}


@pytest.mark.parametrize(("language", "elder"), [("zh-hans", True), ("en", False)])
def test_open_pages(site: Site, language: str, elder: bool) -> None:  # noqa: FBT001 - parametrised
    with site.walk(language, elder=elder) as reader:
        mode = "-elder" if elder else ""
        for name, address in ADDRESSES.items():
            reader.go(address)
            reader.look(f"{name}{mode}")
        for name in ("listed", "foreign", "reconstructed"):
            reader.go(f"/guides/{getattr(site.world, name).pk}/")
            reader.look(f"guide-{name}{mode}")


def test_the_pages_of_one_who_is_signed_in(site: Site) -> None:
    with site.walk("zh-hans", elder=True) as agent:
        agent.sign_in("huang.mei", "person")
        agent.go("/me/")
        agent.look("my-cases-empty-elder")
        agent.go("/act-as/")
        agent.look("hats-elder")
        agent.go(f"/guides/{site.world.for_organisations.pk}/")
        agent.look("guide-mismatch-elder")
        agent.go(f"/guides/{site.world.for_organisations.pk}/apply")
        agent.look("cannot-apply-elder")
        agent.go(f"/guides/{site.world.licence.pk}/apply")
        agent.look("start-elder")


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_everything_on_the_first_page_begins_at_one_edge(site: Site, width: int) -> None:
    with site.walk("zh-hans", width=width) as reader:
        reader.go("/")
        left = "selector => document.querySelector(selector).getBoundingClientRect().left"
        edges = {
            selector: reader.page.evaluate(left, selector)
            for selector in ("#home-q", ".home-top .entries li", "main section h2", ".links li")
        }
        assert len(set(edges.values())) == 1, edges
        assert edges["#home-q"] >= 16


def test_larger_text_and_the_other_language_from_the_first_page(site: Site) -> None:
    with site.walk("zh-hans", width=NARROW) as reader:
        reader.go("/")
        reader.press("button[name=mode]")
        assert reader.page.locator("html.elder").count() == 1
        reader.press("button[name=language]")
        assert reader.page.locator("html[lang=en].elder").count() == 1


def test_a_guide_prints_without_what_only_a_screen_needs(site: Site) -> None:
    with site.walk("zh-hans") as reader:
        reader.go(f"/guides/{site.world.licence.pk}/")
        reader.page.emulate_media(media="print")
        for hidden in (".site-nav", ".site-search", ".act", ".print-button"):
            assert not reader.page.locator(hidden).first.is_visible(), hidden
        assert reader.page.locator("#materials table").is_visible()
