"""What the API's tests share."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.api.world import World


@pytest.fixture
def world(db: None) -> "World":
    from tests.api.world import build  # noqa: PLC0415 - Django is set up after conftest files are read

    return build()
