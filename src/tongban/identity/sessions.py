"""Sessions in the database, sealed, read by one prepared statement: every page of someone signed in begins with it.

While somebody signs in, a session holds their phone number and the code that was sent to it; Django's own store only
signs what it writes. And it writes down the key itself: who reads the table could step into every session that lives.
Here a row has a name that is made from the key and does not lead back to it; only the browser has the key.
"""

import hashlib
import json
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, Self

from django.conf import settings
from django.contrib.sessions.backends import db
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.utils import timezone

from tongban.foundation.sealing import CannotOpenError, SealedText
from tongban.identity.tokens import ActorRead, read_session

# What does not open is as if nobody were signed in.
CONTENT = SealedText("django_session.session_data", damaged="{}")
# 160 of the 256 bits of SHA-256, as hexadecimal digits: as wide as Django's column. Keys have 32 characters.
_NAME_LENGTH = 40


class SessionName(str):
    """What a session is called wherever it is written down, and, as `str()` of it, the key for the browser's cookie.

    Everything that keeps, compares or ends sessions by `session_key` (Django, allauth's list of them) has the name;
    only who turns it into text for a cookie gets the key.
    """

    __slots__ = ("_key",)
    _key: str

    def __new__(cls, key: str) -> Self:
        named = super().__new__(cls, hashlib.sha256(key.encode()).hexdigest()[:_NAME_LENGTH])
        named._key = key
        return named

    def __str__(self) -> str:
        return self._key


class SessionStore(db.SessionStore):
    """Django's own, but for how a session is named, looked up, and in what form it is kept.

    Attributes:
        actor_read: what was read of its actor together with it.
    """

    actor_read: ActorRead | None = None

    def _get_session_key(self) -> str | None:
        name: str | None = self._named
        return name

    def _set_session_key(self, value: str | None) -> None:
        if not self._validate_session_key(value):  # type: ignore[attr-defined] # the stubs lack it
            self._named = None
        elif isinstance(value, SessionName) or len(value or "") == _NAME_LENGTH:
            self._named = value
        else:
            self._named = SessionName(value or "")

    session_key = property(_get_session_key)
    _session_key = property(_get_session_key, _set_session_key)

    def encode(self, session_dict: Mapping[str, Any]) -> str:
        return CONTENT.seal(json.dumps(session_dict, separators=(",", ":"), ensure_ascii=False))

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """What was sealed; of anything else nothing, as if nobody were signed in."""
        try:
            content: dict[str, Any] = json.loads(CONTENT.open(str(session_data)))
        except CannotOpenError:
            return {}
        return content

    def _get_session_from_db(self) -> Any:  # noqa: ANN401 - as Django declares it
        key = self.session_key
        content, self.actor_read = read_session(key, timezone.now()) if key else (None, None)
        if content is None:
            self._session_key = None
            return None
        # What asks for it reads its content; a row of the model would cost more than the question.
        return SimpleNamespace(session_data=content)


class KeyedSessionMiddleware(SessionMiddleware):
    """Django's own; a name read in the database is no key, whoever sends it."""

    def process_request(self, request: HttpRequest) -> None:
        if len(request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")) == _NAME_LENGTH:
            del request.COOKIES[settings.SESSION_COOKIE_NAME]
        super().process_request(request)
