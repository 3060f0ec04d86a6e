"""Pages anyone can open: they answer, in both languages, without needless queries or bytes."""

import pytest
from django.test import Client

from tests.portal.world import World

OPEN_PAGES = [
    "/",
    "/search",
    "/search?q=食品",
    "/search?q=nothingatall",
    "/people/",
    "/organisations/",
    "/themes/opening-a-shop/",
    "/regions/switch",
    "/regions/switch?q=钦",
    "/cases/check",
    "/sign-in",
    "/about/",
    "/accessibility/",
    "/contact/",
    "/licence/",
]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("address", OPEN_PAGES)
def test_open_pages_answer_in_both_languages(world: World, client: Client, address: str, language: str) -> None:
    client.cookies["language"] = language
    response = client.get(address)
    assert response.status_code == 200
    assert f'lang="{"en" if language == "en" else "zh-CN"}"' in response.content.decode()
