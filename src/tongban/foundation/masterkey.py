"""The master key wraps the data keys, and nothing else; it may live where this program never sees it.

`Wrapping` is the whole of what is asked of its keeper. `MasterFile` keeps it in a file. A key management service or
a hardware module is a class with the same two methods, named by TONGBAN_MASTER_KEY as `package.module:factory`.
"""

import base64
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Protocol, cast

from tongban.foundation.suites import AES_256_GCM, NONCE_BYTES, SUITES, Suite, UnsoundError


class CannotUnwrapError(ValueError):
    """The wrapped key is damaged, or its master key is not the keeper's."""


class Wrapping(Protocol):
    """The keeper of a master key."""

    def wrap(self, key: bytes, label: str) -> tuple[str, bytes]:
        """`key` wrapped under the present master key, bound to `label`; with that master key's id (version)."""

    def unwrap(self, master: str, wrapped: bytes, label: str) -> bytes:
        """What `wrap` wrapped under the master key of that id.

        Raises:
            CannotUnwrapError: it does not open.
        """


@dataclass(frozen=True)
class MasterFile:
    """Master keys that stand in a file: the active one wraps, all of them unwrap."""

    active: str
    keys: Mapping[str, tuple[Suite, bytes]] = field(repr=False)

    def wrap(self, key: bytes, label: str) -> tuple[str, bytes]:
        suite, master = self.keys[self.active]
        nonce = os.urandom(NONCE_BYTES)
        return self.active, nonce + suite.under(master).seal(nonce, key, label.encode())

    def unwrap(self, master: str, wrapped: bytes, label: str) -> bytes:
        if master not in self.keys:
            raise CannotUnwrapError(f"the master key {master!r} is missing")
        suite, key = self.keys[master]
        try:
            return suite.under(key).open(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], label.encode())
        except UnsoundError as error:
            raise CannotUnwrapError(f"the master key {master!r} does not open {label}") from error

    def document(self) -> dict[str, object]:
        """As it stands in the file."""
        keys = {
            name: {"suite": suite.name, "key": base64.b64encode(key).decode()}
            for name, (suite, key) in self.keys.items()
        }
        return {"active": self.active, "keys": keys}


def new_master(suite: Suite = AES_256_GCM) -> MasterFile:
    """A new master key for a suite: SM4 wraps for SM4, so that an assessment meets one family of algorithms."""
    name = secrets.token_hex(4)
    return MasterFile(name, {name: (suite, secrets.token_bytes(suite.key_bytes))})


def master_from(document: Mapping[str, object]) -> MasterFile:
    """Raises ValueError, KeyError or TypeError where the document is none."""
    given = cast("Mapping[str, Mapping[str, str]]", document["keys"])
    keys = {}
    for name, entry in given.items():
        suite, key = SUITES[entry["suite"]], base64.b64decode(entry["key"], validate=True)
        if len(key) != suite.key_bytes:
            raise ValueError(f"the master key {name!r} has {len(key)} bytes, expected {suite.key_bytes}")
        keys[name] = (suite, key)
    active = str(document["active"])
    if active not in keys:
        raise ValueError(f"the active master key {active!r} is not among the master keys")
    return MasterFile(active, keys)


def external() -> Wrapping | None:
    """The keeper TONGBAN_MASTER_KEY names; None where the master key stands in a file."""
    named = os.environ.get("TONGBAN_MASTER_KEY", "").strip()
    if not named:
        return None
    module, _, factory = named.partition(":")
    return cast("Wrapping", getattr(import_module(module), factory)())
