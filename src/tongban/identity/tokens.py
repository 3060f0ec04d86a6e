"""From a bearer token, or a session's account and hat, to the actor in one query: every request begins with it.

A session and its actor are one query too, for whoever was here before: who they were then is asked together with the
session, and counts only if the session says the same.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.utils import timezone
from django.utils.crypto import constant_time_compare

from tongban.foundation.statements import run
from tongban.identity.actions import token_digest
from tongban.identity.actor import Actor, Hat, PostHeld, hats_and_password
from tongban.identity.mandates import mandate_of
from tongban.identity.models import Account

# The hat is held today, or the token is as good as none: a post that ended takes its tokens with it.
_ACTOR = """
WITH t AS ({source})
SELECT t.hat, a.id, p.id, p.name, p.assurance_level,
       o.id, o.name, q.id, q.name, m.grants,
       s.id, s.role, s.title, s.title_en, g.id, g.name, g.name_en, g.department_id, g.region_id, s.serves_counter{also}
FROM t
JOIN identity_account a ON a.id = t.account_id AND a.is_active
LEFT JOIN identity_person p ON p.account_id = a.id AND p.died_on IS NULL
LEFT JOIN identity_organisation o ON o.id = CASE WHEN t.hat LIKE 'organisation:%%' THEN substr(t.hat, 14)::uuid END
LEFT JOIN identity_person q ON q.id = CASE WHEN t.hat LIKE 'person:%%' THEN substr(t.hat, 8)::uuid END
{mandates}
LEFT JOIN identity_post s
  ON s.id = CASE WHEN t.hat LIKE 'post:%%' THEN substr(t.hat, 6)::uuid END
 AND s.person_id = p.id AND s.valid_from <= %(today)s AND (s.valid_to IS NULL OR s.valid_to > %(today)s)
LEFT JOIN government_agency g ON g.id = s.agency_id
"""
_MANDATES = """
LEFT JOIN LATERAL (
       SELECT json_agg(json_build_object('basis', m.basis, 'source_id', m.source_id, 'deeds', m.deeds,
                                         'services', m.services, 'items', m.items)) AS grants
       FROM identity_mandate m
       WHERE (o.id IS NOT NULL OR q.id IS NOT NULL) AND m.agent_id = p.id
         AND (m.organisation_id = o.id OR m.person_id = q.id)
         AND (m.valid_from IS NULL OR m.valid_from <= %(today)s)
         AND (m.valid_to IS NULL OR m.valid_to > %(today)s)) m ON TRUE
"""
# Whoever wears a hat of their own acts for nobody; looking for mandates was most of what this costs on a page.
_NO_MANDATES = "CROSS JOIN (SELECT NULL::json AS grants) m"
_BY_TOKEN = _ACTOR.format(
    source="SELECT hat, account_id FROM identity_apitoken"
    " WHERE digest = %(digest)s AND revoked_at IS NULL AND expires_at > %(now)s",
    also="",
    mandates=_MANDATES,
)
_HAT = "SELECT %(hat)s::text AS hat, %(account)s::uuid AS account_id"
_BY_HAT = _ACTOR.format(source=_HAT, also=", a.password", mandates=_MANDATES)
_BY_OWN_HAT = _ACTOR.format(source=_HAT, also=", a.password", mandates=_NO_MANDATES)
_SESSION = "SELECT session_data FROM django_session WHERE session_key = %(name)s AND expire_date > %(now)s"
_WITH_ACTOR = (
    f"WITH live AS ({_SESSION})"  # noqa: S608 - our own words
    " SELECT session_data, found.* FROM live LEFT JOIN LATERAL ({}) found ON TRUE"
)
_SESSION_BY_HAT, _SESSION_BY_OWN_HAT = _WITH_ACTOR.format(_BY_HAT), _WITH_ACTOR.format(_BY_OWN_HAT)
# Account and hat of sessions by their names. When there are too many, all are forgotten.
_worn: dict[str, tuple[str, str]] = {}
MOST_WORN = 10_000


@dataclass(frozen=True)
class ActorRead:
    """What was read of an actor together with a session: for whom, and what `actor_of_session` would have read."""

    account: str
    hat: str
    today: date
    rows: list[tuple[Any, ...]]


def read_session(name: str, now: datetime) -> tuple[str | None, ActorRead | None]:
    """The sealed content of a live session; and, where its actor was found here before, that actor as of now."""
    asked: dict[str, object] = {"name": name, "now": now}
    account, hat = _worn.get(name, ("", ""))
    if not account:
        found = run(_SESSION, asked)
        return (found[0][0] if found else None), None
    today = timezone.localdate(now)
    statement = _SESSION_BY_HAT if _may_need_mandate(hat) else _SESSION_BY_OWN_HAT
    found = run(statement, asked | {"hat": hat, "account": uuid.UUID(account), "today": today})
    if not found:
        return None, None
    content, *row = found[0]
    return content, ActorRead(account, hat, today, [tuple(row)] if row[0] else [])


def note_worn(name: str | None, account: str, hat: str) -> None:
    """Remember for `read_session` whose session it is, and in which hat."""
    if name and _worn.get(name) != (account, hat):
        if len(_worn) >= MOST_WORN:
            _worn.clear()
        _worn[name] = account, hat


def actor_of_token(token: str, now: datetime) -> Actor | None:
    """The actor a live token stands for, in its hat; None for an unknown, expired or revoked one, or a lost hat."""
    return _actor(run(_BY_TOKEN, {"digest": token_digest(token), "now": now, "today": timezone.localdate(now)}))


def _may_need_mandate(hat: str) -> bool:
    """Whether somebody else is represented in it."""
    return hat.startswith(("organisation:", "person:"))


def actor_of_session(account: str, proof: str, hat: str, today: date, *, read: ActorRead | None = None) -> Actor | None:
    """The actor of a signed-in account in a hat it holds today.

    Args:
        account: the account's id, as the session has it.
        proof: the session's hash of the password it was begun with; another password since ends the session.
        hat: which was chosen, or empty.
        today: the day posts and delegations must be valid on.
        read: what was read with the session.

    Returns:
        None where any of it does not hold (any more): who asks then goes the long way, by `request.user`.
    """
    kind, _separator, key = hat.partition(":")
    if hat != "person" and not (kind in {"person", "organisation", "post"} and _is_uuid(key)):
        return None
    if not _is_uuid(account):
        return None
    if read and (read.account, read.hat, read.today) == (account, hat, today):
        rows = read.rows
    else:
        statement = _BY_HAT if _may_need_mandate(hat) else _BY_OWN_HAT
        rows = run(statement, {"hat": hat, "account": uuid.UUID(account), "today": today})
    if not rows:
        return None
    *row, password = rows[0]
    if not constant_time_compare(proof, _proof_of(password)):
        return None
    return _actor([tuple(row)])


def hats_of_session(account: str, proof: str, today: date) -> list[Hat] | None:
    """Every hat of a signed-in account (`hats_of`), in one query; as `actor_of_session`, None where anything fails."""
    found = hats_and_password(uuid.UUID(account), today) if _is_uuid(account) else None
    if found is None or not constant_time_compare(proof, _proof_of(found[1])):
        return None
    return found[0]


@lru_cache(maxsize=4096)
def _proof_of(password: str) -> str:
    """What a session begun with a password has of it, by Django; of the password only its hash is known here."""
    return Account(password=password).get_session_auth_hash()


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def _actor(rows: Sequence[tuple[Any, ...]]) -> Actor | None:
    if not rows:
        return None
    hat, account_id, person_id, person_name, assurance_level, *principal_and_post = rows[0]
    organisation_id, organisation_name, principal_id, principal_name, grants, *post = principal_and_post
    if person_id is None:
        return Actor(account_id=account_id)
    kind, _separator, key = hat.partition(":")
    mandate = mandate_of(grants or ())
    if key and (post[0] if kind == "post" else mandate) is None:
        return None
    return Actor(
        account_id=account_id,
        person_id=person_id,
        person_name=person_name,
        organisation_id=organisation_id,
        organisation_name=organisation_name or "",
        represented_id=principal_id,
        represented_name=principal_name or "",
        mandate=mandate,
        post=_post(*post) if post[0] else None,
        assurance_level=assurance_level,
    )


def _post(  # noqa: PLR0913, PLR0917 - a row of the query
    post_id: uuid.UUID,
    role: str,
    title: str,
    title_en: str,
    agency_id: uuid.UUID,
    agency_name: str,
    agency_name_en: str,
    department_id: uuid.UUID,
    region_code: str,
    serves_counter: bool,  # noqa: FBT001 - the same
) -> PostHeld:
    return PostHeld(
        post_id,
        role,
        title,
        title_en,
        agency_id,
        agency_name,
        agency_name_en,
        department_id,
        region_code,
        serves_counter,
    )
