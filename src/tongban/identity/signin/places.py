"""Where an account is signed in."""

from collections.abc import Mapping
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone

from tongban.identity.models import Account
from tongban.identity.sessions import SessionStore


def places_of(account: Account) -> list[UserSession]:
    """The sessions of an account that live, the oldest first; what is written about others is removed.

    Three queries at most. allauth's own `purge_and_list` says the same with several for each session.
    """
    noted = list(UserSession.objects.filter(user=account).order_by("created_at", "pk"))
    names = [one.session_key for one in noted]
    kept = Session.objects.filter(session_key__in=names, expire_date__gt=timezone.now())
    # Those of before a change of the password are no longer the account's.
    hashes = {account.get_session_auth_hash(), *account.get_session_auth_fallback_hash()}
    living = {row.session_key for row in kept if _is_of(account, hashes, SessionStore().decode(row.session_data))}
    if gone := [one.pk for one in noted if one.session_key not in living]:
        UserSession.objects.filter(pk__in=gone).delete()
    return [one for one in noted if one.session_key in living]


def _is_of(account: Account, hashes: set[str], content: Mapping[str, Any]) -> bool:
    return content.get(SESSION_KEY) == str(account.pk) and content.get(HASH_SESSION_KEY) in hashes
