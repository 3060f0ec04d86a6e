"""A small table kept in process: read again when it is a while old, or when this process changed it."""

import time
from collections.abc import Callable
from typing import Generic, TypeVar

from django.db import connection

Value = TypeVar("Value")


class Snapshot(Generic[Value]):
    """What `load` returned, for `seconds`; then it is loaded anew. For reference data that changes rarely.

    Another process sees a change at most `seconds` later; what depends on the change to the second asks the database.
    """

    def __init__(self, load: Callable[[], Value], seconds: float = 60) -> None:
        self._load = load
        self._seconds = seconds
        self._kept: tuple[str, float, Value] | None = None

    def get(self) -> Value:
        """The value, at most `seconds` old."""
        database = str(connection.settings_dict["NAME"])
        kept = self._kept
        if kept and kept[0] == database and time.monotonic() - kept[1] < self._seconds:
            return kept[2]
        value = self._load()
        self._kept = (database, time.monotonic(), value)
        return value

    def forget(self) -> None:
        """Load anew the next time: after a change, also one that was rolled back."""
        self._kept = None
