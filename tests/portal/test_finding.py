"""The first page, search, themes and the region switch."""

import re

import pytest
from django.test import Client

from tests.portal.test_applying import text_of
from tests.portal.world import CITY, COUNTY, World


def test_the_first_page_is_light_and_asks_little_of_the_database(
    world: World, reader: Client, django_assert_max_num_queries: object
) -> None:
    with django_assert_max_num_queries(5):  # type: ignore[operator] # pytest-django's fixture
        response = reader.get("/")
    assert len(response.content) < 20_000
    for address in ("/search", "/me/", "/cases/check", "/people/", "/organisations/", "/themes/opening-a-shop/"):
        assert f'"{address}"' in response.content.decode(), address


def test_a_search_tells_of_each_service_where_it_can_be_done(world: World, reader: Client) -> None:
    words = text_of(reader.get("/search?region=all"))
    assert "Food business licence Lingshan Market Supervision Bureau · Lingshan County" in words
    assert "shown from Guangdong Services" in words
    for mark in ("Apply online here", "Another platform", "Reconstructed record", "Guide only"):
        assert mark in words, mark


@pytest.mark.parametrize("query", ["食品", "shipin", "spjyxk", "food business"])
def test_services_are_found_by_name_pinyin_and_english(world: World, reader: Client, query: str) -> None:
    assert str(world.licence.pk) in reader.get("/search", {"q": query}).content.decode()


def test_nothing_found_leads_on(world: World, reader: Client) -> None:
    page = reader.get("/search", {"q": "飞船"})
    assert "Nothing found" in text_of(page)
    assert "region=all" in page.content.decode()


def test_other_platforms_regions_are_not_in_ours(world: World, reader: Client) -> None:
    assert str(world.foreign.pk) not in reader.get("/search").content.decode()
    assert str(world.foreign.pk) in reader.get("/search?region=440100000000").content.decode()


def test_choosing_a_region_is_remembered(world: World, reader: Client) -> None:
    assert "Guangxi" in text_of(reader.get("/"))
    response = reader.post("/regions/switch", {"region": COUNTY, "next": "/search"})
    assert response["Location"] == "/search"
    assert "Lingshan County" in text_of(reader.get("/"))


@pytest.mark.parametrize("cookie", ["", "999999", "x", "450799999999"])
def test_a_region_cookie_that_names_none_does_no_harm(world: World, reader: Client, cookie: str) -> None:
    reader.cookies["region"] = cookie
    assert "Guangxi" in text_of(reader.get("/"))


def test_a_region_that_is_none_is_told(world: World, reader: Client) -> None:
    response = reader.post("/regions/switch", {"region": "123456"})
    assert response.status_code == 422
    assert "Choose a region from the list." in text_of(response)


def test_switching_never_leads_off_the_site(world: World, reader: Client) -> None:
    response = reader.post("/regions/switch", {"region": CITY, "next": "https://elsewhere.example/"})
    assert response["Location"] == "/"


def test_an_unknown_theme_is_not_found_in_the_kits_page(world: World, reader: Client) -> None:
    response = reader.get("/themes/nothing/")
    assert response.status_code == 404
    assert "Page not found" in text_of(response)


@pytest.mark.parametrize("query", ["?page=9", "?page=x", "?page=99999999999999999999", "?audience=dog", "?theme=x"])
def test_odd_queries_are_answered(world: World, reader: Client, query: str) -> None:
    assert reader.get(f"/search{query}").status_code == 200


def test_results_come_in_pages(world: World, reader: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tongban.portal.views.search.PAGE_SIZE", 2)
    first = reader.get("/search").content.decode()
    second = reader.get("/search?page=2").content.decode()
    guides = re.compile(r"/guides/([0-9a-f-]+)/")
    assert len(guides.findall(first)) == 2
    assert not set(guides.findall(first)) & set(guides.findall(second))
