"""What the API's tests share."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.test import override_settings

from tests.kept import copied, kept

if TYPE_CHECKING:
    from tests.api.world import World


@pytest.fixture(scope="session")
def quick_passwords() -> Iterator[None]:
    """Argon2 is slow on purpose; what these tests are about is not the hash."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


def _build() -> "World":
    from tests.api.world import build

    return build()


built = kept(_build)


@pytest.fixture
def world(quick_passwords: None, db: None, built: "World") -> "World":
    return copied(built)
