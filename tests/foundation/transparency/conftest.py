"""What the tests of the ledger's tree share: acts, and the file beside the database."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.foundation.transparency.acts import Acts
    from tongban.foundation.models import LedgerEntry


@pytest.fixture(autouse=True)
def no_kept_head() -> Iterator[None]:
    """The head beside the database is of this test's ledger."""
    from tongban.foundation.transparency.tree import kept_head_path

    kept_head_path().unlink(missing_ok=True)
    yield
    kept_head_path().unlink(missing_ok=True)


@pytest.fixture
def acts(db: None) -> "Acts":
    from django.db import transaction

    from tests.foundation.transparency.acts import ACTOR
    from tongban.foundation.ledger import append

    def do(count: int) -> "list[LedgerEntry]":
        with transaction.atomic():
            return [append(ACTOR, "submit", "case", number, {"number": number}) for number in range(count)]

    return do
