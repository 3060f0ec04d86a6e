"""Appending to the ledger. Every action calls `append` once, inside its transaction."""

import hashlib
import json
import os
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.utils import timezone

from tongban.foundation.models import LedgerEntry
from tongban.foundation.sealing import keyed_digest
from tongban.foundation.statements import Part, inserted, insertion, updating, write

_SALT_BYTES = 16

_ENTRY = (
    "INSERT INTO foundation_ledgerentry"
    " (at, account_id, post_id, principal, deed, object_type, object_id, salt, digest)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id"
)
# What has no place in the tree yet (`foundation.transparency`).
_UNPLACED = "INSERT INTO foundation_unplacedentry (entry_id) SELECT id FROM entry RETURNING entry_id"
_ANNOUNCED = (
    "INSERT INTO foundation_domainevent (id, name, object_type, object_id, at, detail)"
    " SELECT id, %s::text, %s, %s, %s, %s::jsonb FROM entry RETURNING id"
)


class LedgerActor(Protocol):
    """What the ledger needs to know of an actor."""

    @property
    def account_id(self) -> uuid.UUID | None: ...
    @property
    def post_id(self) -> uuid.UUID | None: ...
    @property
    def principal(self) -> str: ...


@dataclass(frozen=True)
class Announcement:
    """What upper layers are told of an act, once it is committed (`foundation.events`).

    Attributes:
        event: what happened, as `<object>.<past participle>`: `case.submitted`.
        detail: ids and counts a handler needs to find what it is about; never personal data.
    """

    event: str
    detail: Mapping[str, Any] = field(default_factory=dict)


def canonical(content: Mapping[str, Any]) -> bytes:
    """The one serialisation that digests are taken of: sorted keys, no spaces, UTF-8."""
    return json.dumps(
        content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, cls=DjangoJSONEncoder
    ).encode()


def opening_of(salt: bytes) -> bytes:
    """The 16 bytes that open an entry's digest, from the salt that stands beside it.

    The salt alone must not do: who held a copy of the database could try every identity number against a digest.
    Entries of former versions open with the salt itself.
    """
    return bytes.fromhex(keyed_digest(salt, "ledger.salt"))[:_SALT_BYTES]


def digest_of(salt: bytes, content: Mapping[str, Any]) -> str:
    return hashlib.sha256(salt + canonical(content)).hexdigest()


def append(  # noqa: PLR0913 - who, what, to what
    actor: LedgerActor,
    deed: str,
    object_type: str,
    object_id: object,
    content: Mapping[str, Any] | None = None,
    announcing: Announcement | None = None,
    *,
    rows: Sequence[models.Model] = (),
    changed: models.Model | None = None,
) -> LedgerEntry:
    """Append one entry, and announce it where upper layers listen.

    Must run inside the act's own transaction, so that none of the two stands without the act. An act that happens
    thousands of times a minute writes its own rows with them, in one statement.

    Args:
        actor: who acts, and for whom.
        deed: what was done.
        object_type: to what kind of thing.
        object_id: to which.
        content: what the entry's digest is taken of.
        announcing: what upper layers are told.
        rows: new rows of the act.
        changed: a row of the act that is there already, of which every field is written.

    Raises:
        RuntimeError: there is no transaction; a programming error.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"{deed} is recorded outside a transaction")
    salt = os.urandom(_SALT_BYTES)
    entry = LedgerEntry(
        at=timezone.now(),
        account_id=actor.account_id,
        post_id=actor.post_id,
        principal=actor.principal,
        deed=deed,
        object_type=object_type,
        object_id=str(object_id),
        salt=salt,
        digest=digest_of(opening_of(salt), content or {}),
    )
    who = (entry.account_id, entry.post_id, entry.principal)
    what = (object_type, entry.object_id)
    parts = [
        Part("entry", _ENTRY, (entry.at, *who, deed, *what, salt, entry.digest)),
        Part("unplaced", _UNPLACED, ()),
        *(insertion(row, f"row{number}") for number, row in enumerate(rows)),
    ]
    if announcing:
        detail = json.dumps(announcing.detail, cls=DjangoJSONEncoder)
        parts.append(Part("announced", _ANNOUNCED, (announcing.event, *what, entry.at, detail)))
    if changed:
        parts.append(updating(changed, "changed"))
    entry.pk, _unplaced, *keys = write(*parts)
    for row, key in zip(rows, keys, strict=False):
        inserted(row, key)
    return entry
