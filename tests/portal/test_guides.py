"""Guides: everything a reader needs, and honesty about what cannot be done here."""

from http import HTTPStatus

import pytest
from django.test import Client
from django.utils import translation

from tests.portal.test_applying import text_of
from tests.portal.world import World
from tongban.items import guides
from tongban.items.models import Material


def test_a_guide_tells_everything(world: World, reader: Client) -> None:
    words = text_of(reader.get(f"/guides/{world.licence.pk}/"))
    for expected in (
        "Food business licence",
        "Lingshan Market Supervision Bureau",
        "7 working days",
        "20 working days",
        "The premises are inspected with you present.",
        "Floor plan",
        "We fetch this, you need not hand it in",
        "Food Safety Law, article 35",
        "Do street stalls need one?",
        "reconsideration",
        "No ratings yet.",
        "2025-01-01",
    ):
        assert expected in words, expected


def test_fetched_materials_are_not_among_those_to_hand_in(world: World, reader: Client) -> None:
    page = reader.get(f"/guides/{world.licence.pk}/").content.decode()
    table = page[page.index("<table") : page.index("</table>")]
    assert "Business licence" not in table
    assert "Floor plan" in table


@pytest.mark.parametrize(
    ("service", "words"),
    [
        ("listed", "This service cannot be applied for online here yet"),
        ("foreign", "Go to Guangdong Services"),
        ("reconstructed", "reconstructed from published totals"),
    ],
)
def test_what_cannot_be_applied_for_here_says_so(world: World, reader: Client, service: str, words: str) -> None:
    page = reader.get(f"/guides/{getattr(world, service).pk}/")
    assert words in text_of(page)
    assert "/apply" not in page.content.decode()


def test_a_guide_is_drawn_with_a_fixed_number_of_queries(
    world: World, reader: Client, django_assert_max_num_queries: object
) -> None:
    with django_assert_max_num_queries(14):  # type: ignore[operator] # pytest-django's fixture
        assert reader.get(f"/guides/{world.licence.pk}/").status_code == HTTPStatus.OK


def test_blank_form_and_sample_of_a_material_are_said_in_the_language_of_the_reader() -> None:
    material = Material(
        blank_form="无固定格式", sample="见示例", english={"blank_form": "No fixed form", "sample": "See"}
    )
    with translation.override("en"):
        row = guides.guide_material(material)
        assert (row.blank_form, row.sample) == ("No fixed form", "See")
    with translation.override("zh-hans"):
        row = guides.guide_material(material)
        assert (row.blank_form, row.sample) == ("无固定格式", "见示例")
