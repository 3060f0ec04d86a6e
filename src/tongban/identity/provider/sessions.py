"""The browser's session as the provider needs it: when its person signed in, and a name for it.

Whatever signs somebody in by Django's `login`, and out by its `logout`, is heard here.
"""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from allauth.account.authentication import get_authentication_records
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from tongban.identity.middleware import LEVEL_SESSION_KEY
from tongban.identity.provider.actions.signing_in import Session, end_session

_KEY = "provider_session"
_SID_BYTES = 16


@receiver(user_logged_in)
def note_sign_in(request: HttpRequest | None = None, **_: Any) -> None:  # noqa: ANN401 - a signal's arguments
    """Remember when it was. Signing in anew keeps the session's name: its applications stay signed in."""
    if request is not None:
        # Who has just signed in here is vouched for by nobody else any more.
        request.session.pop(LEVEL_SESSION_KEY, None)
        known = request.session.get(_KEY, {})
        sid = known.get("sid") or secrets.token_urlsafe(_SID_BYTES)
        request.session[_KEY] = {"sid": sid, "at": timezone.now().isoformat()}


@receiver(user_logged_out)
def note_sign_out(request: HttpRequest | None = None, **_: Any) -> None:  # noqa: ANN401 - the same
    """End the sign-ins that came from the session, and have their applications told."""
    if request is not None:
        end_session(sid_of(dict(request.session)), timezone.now())


def sid_of(data: Mapping[str, Any]) -> str:
    """The name of a session, for who ends it from elsewhere (`end_session`); empty where no application knows it.

    Args:
        data: of the session, decoded.
    """
    return str(data.get(_KEY, {}).get("sid", ""))


def session_of(request: HttpRequest) -> Session | None:
    """The session of somebody who is signed in; None where nobody is.

    One that was begun before the provider knew of it counts as begun now is asked: its name is made, and the oldest
    moment stands for when its person signed in.
    """
    if not request.user.is_authenticated:
        return None
    known = request.session.get(_KEY)
    if known is None:
        at = request.user.last_login or request.user.date_joined
        known = request.session[_KEY] = {"sid": secrets.token_urlsafe(_SID_BYTES), "at": at.isoformat()}
    # Who was asked once more showed it then. A sign-in begun anew and left half way (its second step is missing) has a
    # record as well: only what was shown by who was signed in counts.
    shown = [
        datetime.fromtimestamp(record["at"], UTC)
        for record in get_authentication_records(request, request.user)
        if record.get("reauthenticated")
    ]
    return Session(known["sid"], max([datetime.fromisoformat(known["at"]), *shown]))
