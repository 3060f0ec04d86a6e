"""Sealing personal data at rest: AES-256-GCM under named keys, with keyed blind indexes for exact look-up.

A sealed value is `0x01 | length of key id | key id | 12-byte nonce | ciphertext and tag`. The context (which column
or store the value belongs to) is authenticated with it, so that a sealed value cannot be moved elsewhere unseen.
Old keys stay readable after a new one is made active.
"""

import hashlib
import hmac
import json
import os
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from tongban.foundation.keys import Keys

_FORMAT = b"\x01"
_NONCE_BYTES = 12


class CannotOpenError(ValueError):
    """A sealed value was changed, moved, or sealed under a key that is not here."""


def _keys() -> Keys:
    keys: Keys = settings.KEYS
    return keys


def seal_bytes(data: bytes, context: str) -> bytes:
    """`data` sealed under the active key for `context`."""
    keys = _keys()
    key_id = keys.active_sealing_key.encode()
    nonce = os.urandom(_NONCE_BYTES)
    sealed = AESGCM(keys.sealing[keys.active_sealing_key]).encrypt(nonce, data, context.encode())
    return _FORMAT + bytes([len(key_id)]) + key_id + nonce + sealed


def open_bytes(sealed: bytes, context: str) -> bytes:
    """What `seal_bytes` sealed for the same `context`.

    Raises:
        CannotOpenError: the value was altered, belongs elsewhere, or its key is missing.
    """
    if len(sealed) < 2 + _NONCE_BYTES or sealed[:1] != _FORMAT:
        raise CannotOpenError(f"not a sealed value ({context})")
    nonce_at = 2 + sealed[1]
    key_id = sealed[2:nonce_at].decode(errors="replace")
    key = _keys().sealing.get(key_id)
    if key is None:
        raise CannotOpenError(f"sealing key {key_id!r} is missing ({context})")
    nonce, body = sealed[nonce_at : nonce_at + _NONCE_BYTES], sealed[nonce_at + _NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, body, context.encode())
    except InvalidTag as error:
        raise CannotOpenError(f"sealed value does not open ({context})") from error


def blind_index(value: str, purpose: str) -> str:
    """A keyed digest of `value` for exact look-up of sealed data; the same value under another purpose differs."""
    message = f"{purpose}\x00{value.strip().upper()}".encode()
    return hmac.new(_keys().index, message, hashlib.sha256).hexdigest()


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
    def _context(self) -> str:
        return f"{self.model._meta.db_table}.{self.column}"  # noqa: SLF001 - Django's documented API

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:  # noqa: ANN401, FBT001, FBT002
        if value is None:
            return None
        plain = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        return super().get_db_prep_value(seal_bytes(plain, self._context), connection, prepared)

    def from_db_value(self, value: Any, *_: object) -> Any:  # noqa: ANN401 - whatever JSON held
        return None if value is None else json.loads(open_bytes(bytes(value), self._context))

    def value_to_string(self, obj: models.Model) -> str:
        """Serialised dumps carry the sealed form, never the value."""
        value = self.value_from_object(obj)
        plain = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        return seal_bytes(plain, self._context).hex()
