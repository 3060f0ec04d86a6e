"""The database engine of `settings.DATABASES`: Django's for PostgreSQL, but for how a kept connection is looked after,
and with a cursor of its own for `foundation.statements`.

Django asks `SELECT 1` before the first statement of every request, a tenth of what a short request costs. A connection
that was in use a moment ago and on which nothing came in since is as good as asked: a server that ends or is ended says
so, and what it said waits to be read. One that rested for longer is asked, because a peer may have gone without a word.
"""

import select
import time
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg.types.datetime import TimestamptzLoader

# After how many seconds without use a connection is asked whether it still is one.
_TRUSTED_SECONDS = 5.0


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's own, with the cheaper check and the cursor for statements."""

    # As Django's has them; its stubs do not.
    health_check_enabled: bool
    health_check_done: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as Django's
        super().__init__(*args, **kwargs)
        self._used_at = 0.0
        self._for_statements: psycopg.RawCursor[Any] | None = None

    def connect(self) -> None:
        super().connect()
        self._used_at = time.monotonic()

    def for_statements(self) -> "psycopg.RawCursor[Any]":
        """The cursor of this connection that carries out one statement after the other, each read before the next.

        It reads moments as psycopg does, in the connection's time zone, which is UTC as Django's are. Django has
        a loader of its own in Python, which takes seven times as long: a tenth of what a page of a list cost.
        """
        if self.connection is None:
            raise psycopg.InterfaceError("the connection is closed")
        if self._for_statements is None or self._for_statements.connection is not self.connection:
            self._for_statements = psycopg.RawCursor(self.connection)
            self._for_statements.adapters.register_loader("timestamptz", TimestamptzLoader)
        return self._for_statements

    def close_if_health_check_failed(self) -> None:
        """Called before a statement; looks at the connection once a request."""
        if self.connection is None or not self.health_check_enabled or self.health_check_done:
            return
        now = time.monotonic()
        if now - self._used_at < _TRUSTED_SECONDS and self._is_quiet():
            self.health_check_done = True
        else:
            super().close_if_health_check_failed()
        self._used_at = now

    def _is_quiet(self) -> bool:
        """Whether the server said nothing since the last answer, not even goodbye."""
        if self.connection is None or self.connection.closed:
            return False
        watched = select.poll()
        watched.register(self.connection.fileno(), select.POLLIN)
        return not watched.poll(0)
