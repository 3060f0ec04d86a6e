"""Acts for the tests of the ledger's tree."""

from collections.abc import Callable
from datetime import UTC, datetime

from tongban.foundation.models import LedgerEntry
from tongban.identity.actor import platform_process

NOW = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
ACTOR = platform_process("tests")
Acts = Callable[[int], list[LedgerEntry]]
