"""The demonstration world, loaded once for the tests of this package and rolled back after them."""

import logging
from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from tests.demo.notebook import World


@pytest.fixture(scope="package")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    from django.db import transaction

    from tongban.demo.world import load_demo_world

    kept = World()
    root = logging.getLogger()
    level = root.level
    root.addHandler(kept.log)
    root.setLevel(logging.DEBUG)
    try:
        with django_db_blocker.unblock(), transaction.atomic():
            load_demo_world(kept.progress.append)
            yield kept
            transaction.set_rollback(True)
    finally:
        root.removeHandler(kept.log)
        root.setLevel(level)
