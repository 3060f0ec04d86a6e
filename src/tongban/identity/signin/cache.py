"""The cache that allauth counts attempts in: one table that all web processes share.

Django's own database cache would do, but it pickles its values, so that who may write to the database could run code,
and it keeps the keys, which hold network addresses, in clear. Here values are JSON and keys are blind indexes.
"""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.utils import timezone
from psycopg.types.json import Jsonb

from tongban.foundation.sealing import blind_index
from tongban.foundation.statements import run

_FOREVER = timedelta(days=365)
_GET = "SELECT value::text FROM identity_signinmemory WHERE key = %s AND expires_at > %s"
_SET = """
INSERT INTO identity_signinmemory AS kept (key, value, expires_at) VALUES (%s, %s, %s)
ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at
"""
# One statement, so that of two who add the same key at once exactly one is told it was added.
_ADD = f"{_SET} WHERE kept.expires_at <= %s RETURNING key"
_DELETE = "DELETE FROM identity_signinmemory WHERE key = %s RETURNING key"


class SignInCache(BaseCache):
    """Django's cache interface over `SignInMemory`. Values are what JSON can hold."""

    def __init__(self, _location: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._clock: Callable[[], datetime] = timezone.now

    def _key(self, key: str, version: int | None) -> str:
        return blind_index(self.make_key(key, version), "sign_in.memory")

    def _expiry(self, timeout: Any) -> datetime:  # noqa: ANN401 - seconds, None, or Django's default
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        return self._clock() + (_FOREVER if seconds is None else timedelta(seconds=float(seconds)))

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:  # noqa: ANN401 - a value
        found = run(_GET, [self._key(key, version), self._clock()])
        return json.loads(found[0][0]) if found else default

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:  # noqa: ANN401 - the same
        run(_SET, [self._key(key, version), Jsonb(value), self._expiry(timeout)])

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:  # noqa: ANN401 - the same
        return bool(run(_ADD, [self._key(key, version), Jsonb(value), self._expiry(timeout), self._clock()]))

    def delete(self, key: str, version: int | None = None) -> bool:
        return bool(run(_DELETE, [self._key(key, version)]))

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:  # noqa: ANN401 - the same
        held = self.get(key, version=version)
        if held is not None:
            self.set(key, held, timeout, version)
        return held is not None

    def clear(self) -> None:
        run("DELETE FROM identity_signinmemory", [])
