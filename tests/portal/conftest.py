"""What the portal's tests share. Models are imported inside: Django is set up after conftest files are read."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from django.test import Client

    from tests.portal.world import World


@pytest.fixture
def world(db: None) -> "World":
    from tests.portal.world import build_world

    return build_world()


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
