"""Sessions in the database, read by one prepared statement: every page of someone signed in begins with it."""

from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from tongban.foundation.statements import run

_LIVE = "SELECT session_data, expire_date FROM django_session WHERE session_key = %s AND expire_date > %s"


class SessionStore(db.SessionStore):
    """Django's own, but for how a session is looked up."""

    def _get_session_from_db(self) -> Any:  # noqa: ANN401 - as Django declares it
        key = self.session_key
        found = run(_LIVE, [key, timezone.now()]) if key else []
        if not found:
            self._session_key = None
            return None
        data, expires = found[0]
        return Session(session_key=key or "", session_data=data, expire_date=expires)
