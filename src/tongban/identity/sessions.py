"""Sessions in the database, sealed, read by one prepared statement: every page of someone signed in begins with it.

While somebody signs in, a session holds their phone number and the code that was sent to it; Django's own store only
signs what it writes.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from tongban.foundation.sealing import CannotOpenError, open_bytes, seal_bytes
from tongban.foundation.statements import run

_LIVE = "SELECT session_data, expire_date FROM django_session WHERE session_key = %s AND expire_date > %s"
_SEALED_AS = "django_session.session_data"


class SessionStore(db.SessionStore):
    """Django's own, but for how a session is looked up and what form it is kept in."""

    def encode(self, session_dict: Mapping[str, Any]) -> str:
        plain = json.dumps(session_dict, separators=(",", ":"), ensure_ascii=False).encode()
        return base64.b64encode(seal_bytes(plain, _SEALED_AS)).decode("ascii")

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """What was sealed; of anything else nothing, as if nobody were signed in."""
        try:
            content: dict[str, Any] = json.loads(open_bytes(base64.b64decode(session_data, validate=True), _SEALED_AS))
        except (CannotOpenError, ValueError):
            return {}
        return content

    def _get_session_from_db(self) -> Any:  # noqa: ANN401 - as Django declares it
        key = self.session_key
        found = run(_LIVE, [key, timezone.now()]) if key else []
        if not found:
            self._session_key = None
            return None
        data, expires = found[0]
        return Session(session_key=key or "", session_data=data, expire_date=expires)
