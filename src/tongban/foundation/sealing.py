"""Sealing personal data at rest under named keys, with keyed blind indexes for exact look-up.

A sealed value is `0x02 | number of the suite | length of key id | key id | 12-byte nonce | ciphertext and tag`. What
stands before the nonce, and the context (which column or store the value belongs to), are authenticated with it, so
that a sealed value cannot be moved elsewhere unseen. Former versions wrote `0x01 | length of key id | key id | nonce |
ciphertext and tag`, always AES-256-GCM; that opens too. Old keys stay readable until all they sealed is sealed anew
(`resealing`).
"""

import base64
import binascii
import hashlib
import hmac
import json
import os
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from tongban.foundation.keys import DataKey, IndexKey, KeyRing, Keys
from tongban.foundation.suites import NONCE_BYTES, UnsoundError

FORMER, PRESENT = 1, 2
CONTENT = "content:"
_SHORTEST = 3 + NONCE_BYTES


class CannotOpenError(ValueError):
    """A sealed value was changed, moved, or sealed under a key that is not here."""


def _ring() -> KeyRing:
    ring: KeyRing = settings.KEYS
    return ring


def active_key(purpose: str) -> DataKey:
    """The key that seals for a purpose now."""
    keys = _ring().current()
    return keys.sealing[keys.active[purpose]]


def purpose_of(context: str) -> str:
    """Under which purpose's key a value of this context is sealed."""
    return "content" if context.startswith(CONTENT) else "fields"


def seal_bytes(data: bytes, context: str) -> bytes:
    """`data` sealed under the active key for `context`."""
    key = active_key(purpose_of(context))
    nonce = os.urandom(NONCE_BYTES)
    return key.header + nonce + key.suite.under(key.key).seal(nonce, data, key.header + context.encode())


def open_bytes(sealed: bytes, context: str) -> bytes:
    """What `seal_bytes` sealed for the same `context`.

    Raises:
        CannotOpenError: the value was altered, belongs elsewhere, or its key is missing.
    """
    key, header, nonce, body = taken_apart(sealed, context)
    bound = context.encode() if header[0] == FORMER else header + context.encode()
    try:
        return key.suite.under(key.key).open(nonce, body, bound)
    except UnsoundError as error:
        raise CannotOpenError(f"sealed value does not open ({context})") from error


def taken_apart(sealed: bytes, context: str) -> tuple[DataKey, bytes, bytes, bytes]:
    """Key, header, nonce and body of a sealed value.

    Raises:
        CannotOpenError: it is none, or its key is missing.
    """
    if len(sealed) < _SHORTEST or sealed[0] not in {FORMER, PRESENT}:
        raise CannotOpenError(f"not a sealed value ({context})")
    id_at = 2 if sealed[0] == FORMER else 3
    nonce_at = id_at + sealed[id_at - 1]
    body_at = nonce_at + NONCE_BYTES
    key = _key(sealed[id_at:nonce_at].decode(errors="replace"), context)
    header = sealed[:nonce_at]
    if sealed[0] == PRESENT and header != key.header:
        raise CannotOpenError(f"sealed value does not open ({context})")
    return key, header, sealed[nonce_at:body_at], sealed[body_at:]


def _key(key_id: str, context: str) -> DataKey:
    # Another process may have begun to seal with a key made a moment ago.
    key = _ring().current().sealing.get(key_id) or _ring().refresh().sealing.get(key_id)
    if key is None:
        raise CannotOpenError(f"sealing key {key_id!r} is missing ({context})")
    return key


def blind_index(value: str, purpose: str) -> str:
    """A keyed digest of `value` for exact look-up of sealed data; the same value under another purpose differs.

    It is permanent: what stands in a table is made from it under a key that changes (`blindindex.BlindIndexField`).
    """
    return keyed_digest(value.strip().upper().encode(), purpose)


def passing_index(value: str, purpose: str) -> str:
    """As `blind_index`, but under the key of the day: for what is compared, and forgotten before long."""
    return index_under(_ring().current().looked_up_by, blind_index(value, purpose)).hex()


def index_under(key: IndexKey, digest: str) -> bytes:
    """The 32 bytes a generation makes of a permanent digest (64 hexadecimal digits)."""
    plain = bytes.fromhex(digest)
    return plain if key.key is None else hmac.digest(key.key, plain, "sha256")


def keyed_digest(data: bytes, purpose: str) -> str:
    """A permanent digest that says nothing to who has not the key: what it is of cannot be guessed and tried."""
    keys: Keys = _ring().current()
    return hmac.new(keys.index, purpose.encode() + b"\x00" + data, hashlib.sha256).hexdigest()


if TYPE_CHECKING:
    _SealedBase = models.BinaryField[Any, Any]
else:
    _SealedBase = models.BinaryField  # Django's fields take type arguments only in their stubs


class SealedField(_SealedBase):
    """A column whose JSON-serialisable value is sealed at rest. It cannot be searched; use a blind index."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's own signature
        kwargs["editable"] = False
        super().__init__(*args, **kwargs)

    @property
    def context(self) -> str:
        """What values of this column are bound to."""
        return f"{self.model._meta.db_table}.{self.column}"  # noqa: SLF001 - Django's documented API

    def stale(self) -> tuple[str, list[Any]]:
        """The condition under which a row's value is not under the active key, and its parameters."""
        header = active_key("fields").header
        # NULL where nothing is sealed: not stale.
        return f'substr("{self.column}", 1, %s) <> %s', [len(header), header]

    def anew(self, stored: bytes) -> bytes:
        """A stored value under the active key."""
        return seal_bytes(open_bytes(bytes(stored), self.context), self.context)

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:  # noqa: ANN401, FBT001, FBT002
        if value is None:
            return None
        plain = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        return super().get_db_prep_value(seal_bytes(plain, self.context), connection, prepared)

    def from_db_value(self, value: Any, *_: object) -> Any:  # noqa: ANN401 - whatever JSON held
        return None if value is None else json.loads(open_bytes(bytes(value), self.context))

    def value_to_string(self, obj: models.Model) -> str:
        """Serialised dumps carry the sealed form, never the value."""
        value = self.value_from_object(obj)
        plain = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        return seal_bytes(plain, self.context).hex()


class SealedText:
    """A column of another package's table that holds sealed texts as base64: as its text, or as members of its JSON.

    `resealing.seals_anew` is told of it, or what it holds is lost with the key it was sealed under.
    """

    def __init__(self, context: str, members: tuple[str, ...] = (), *, damaged: str | None = None) -> None:
        """Args:
        context: table and column, which its values are bound to.
        members: of the JSON, those that are sealed; none where the column is text.
        damaged: what stands in place of a text that does not open; None where it must open.
        """
        self.context, self.members, self._damaged = context, members, damaged
        self.column = context.rpartition(".")[2]

    def seal(self, text: str) -> str:
        """What is kept of a text."""
        return base64.b64encode(seal_bytes(text.encode(), self.context)).decode("ascii")

    def open(self, kept: str) -> str:
        """The text.

        Raises:
            CannotOpenError: it is none, or as `open_bytes`.
        """
        try:
            sealed = base64.b64decode(kept, validate=True)
        except (binascii.Error, ValueError) as error:
            raise CannotOpenError(f"not a sealed value ({self.context})") from error
        return open_bytes(sealed, self.context).decode()

    def stale(self) -> tuple[str, list[Any]]:
        """The condition under which a text of a row is not under the active key, and its parameters."""
        header = base64.b64encode(active_key("fields").header).decode("ascii")
        # A byte's bits may stand in two digits: the last one is of the value already.
        begins = header.rstrip("=")[:-1]
        texts = [f"\"{self.column}\" ->> '{name}'" for name in self.members] or [f'"{self.column}"']
        parts = [f"COALESCE(left({text}, {len(begins)}) <> %s, FALSE)" for text in texts]
        return f"({' OR '.join(parts)})", [begins] * len(parts)

    def anew(self, stored: str) -> str:
        """What stands in the column, its texts under the active key."""
        if not self.members:
            return self._anew(stored)
        content = json.loads(stored)
        return json.dumps(content | {name: self._anew(content[name]) for name in self.members if name in content})

    def _anew(self, kept: str) -> str:
        try:
            return self.seal(self.open(kept))
        except CannotOpenError:
            if self._damaged is None:
                raise
            return self.seal(self._damaged)
