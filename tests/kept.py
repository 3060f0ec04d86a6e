"""A world for all tests of a module. Building one takes longer than most tests that need it."""

import pickle
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pytest

World = TypeVar("World")


def kept(build: Callable[[], World]) -> Any:
    """A fixture: what `build` makes, once for a module, in a transaction that is rolled back after it.

        built = kept(SmallWorld.build)


        @pytest.fixture
        def world(db: None, built: SmallWorld) -> SmallWorld:
            return copied(built)

    Each test's own writes are rolled back by its own transaction, as ever; what it changes on the objects of the world
    it changes on its copy. Not for a module with tests that commit (`django_db(transaction=True)`).
    """

    @pytest.fixture(scope="module")
    def built(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
        from django.db import transaction

        with django_db_blocker.unblock(), transaction.atomic():
            world = build()
            yield world
            _pickled.pop(id(world), None)
            transaction.set_rollback(True)

    return built


_pickled: dict[int, bytes] = {}


def copied(world: World) -> World:
    """A kept world for one test to change. Unpickling one takes a tenth of `deepcopy`."""
    if id(world) not in _pickled:
        _pickled[id(world)] = pickle.dumps(world)
    copy: World = pickle.loads(_pickled[id(world)])
    return copy
