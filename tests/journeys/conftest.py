"""A running site with a small world, and a browser: made once for all journeys, and cleared away after them."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser

from tests.browser import running_chromium
from tests.databases import delete_rows

if TYPE_CHECKING:
    from tests.journeys.site import Site


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One browser for all journeys."""
    with running_chromium() as browser:
        yield browser


@pytest.fixture(scope="package")
def site(chromium: Browser, django_db_setup: None, django_db_blocker: Any) -> Iterator["Site"]:
    """The platform on a port of its own, with real rows in the real database: what one click writes the next reads."""
    from django.db import connection
    from pytest_django.live_server_helper import LiveServer

    from tests.cases.light import GUIDANCE, INSTANT, light_service
    from tests.journeys.site import Site
    from tests.portal.world import build_world

    # Playwright's loop runs in this thread; Django takes that for asynchronous code and refuses queries otherwise.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with django_db_blocker.unblock():
        world = build_world()
        light = light_service(world, "instant", guidance=GUIDANCE, instant=INSTANT)
        server = LiveServer("127.0.0.1")
        yield Site(server.url, world, chromium, light)
        server.stop()
        delete_rows()
        # While Playwright's loop runs, asgiref keeps a connection apart from the one pytest-django will close.
        connection.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
