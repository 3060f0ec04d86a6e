"""What the portal's tests share. Models are imported inside: Django is set up after conftest files are read."""

from typing import TYPE_CHECKING

import pytest

from tests.kept import copied, kept

if TYPE_CHECKING:
    from django.test import Client

    from tests.portal.world import World


def _build() -> "World":
    from tests.portal.world import build_world

    return build_world()


built = kept(_build)


@pytest.fixture
def world(db: None, built: "World") -> "World":
    return copied(built)


@pytest.fixture
def citizen(world: "World", client: "Client") -> "Client":
    """A browser in which the citizen is signed in, in English."""
    client.force_login(world.citizen)
    client.cookies["language"] = "en"
    return client


@pytest.fixture
def reader(world: "World", client: "Client") -> "Client":
    """A browser in which nobody is signed in, in English."""
    client.cookies["language"] = "en"
    return client
