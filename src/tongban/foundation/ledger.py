"""Appending to the ledger. Every action calls `append` once, inside its transaction."""

import hashlib
import json
import os
import uuid
from collections.abc import Mapping
from typing import Any, Protocol

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils import timezone

from tongban.foundation.models import LedgerEntry

_SALT_BYTES = 16


class LedgerActor(Protocol):
    """What the ledger needs to know of an actor."""

    @property
    def account_id(self) -> uuid.UUID | None: ...
    @property
    def post_id(self) -> uuid.UUID | None: ...
    @property
    def principal(self) -> str: ...


def canonical(content: Mapping[str, Any]) -> bytes:
    """The one serialisation that digests are taken of: sorted keys, no spaces, UTF-8."""
    return json.dumps(
        content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, cls=DjangoJSONEncoder
    ).encode()


def digest_of(salt: bytes, content: Mapping[str, Any]) -> str:
    return hashlib.sha256(salt + canonical(content)).hexdigest()


def append(
    actor: LedgerActor,
    deed: str,
    object_type: str,
    object_id: object,
    content: Mapping[str, Any] | None = None,
) -> LedgerEntry:
    """Append one entry. Must run inside the act's own transaction, so that neither stands without the other.

    Raises:
        RuntimeError: there is no transaction; a programming error.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"{deed} is recorded outside a transaction")
    salt = os.urandom(_SALT_BYTES)
    return LedgerEntry.objects.create(
        at=timezone.now(),
        account_id=actor.account_id,
        post_id=actor.post_id,
        principal=actor.principal,
        deed=deed,
        object_type=object_type,
        object_id=str(object_id),
        salt=salt,
        digest=digest_of(salt, content or {}),
    )
