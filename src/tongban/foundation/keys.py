"""The installation's secret keys: one file, readable by its owner only, made at the first start.

The settings import this module before Django is up, so it needs nothing of it. Whoever
holds the file can read every sealed field; whoever loses it has lost them. `tongban backup` therefore carries
it.
"""

import base64
import binascii
import fcntl
import hashlib
import json
import os
import secrets
import stat
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

KEY_BYTES = 32
FORMAT = 1


class KeysError(RuntimeError):
    """The key file cannot be made or read. The message is one sentence for the operator."""


@dataclass(frozen=True)
class LedgerKey:
    """An Ed25519 key of the ledger's tree heads (RFC 8032).

    Attributes:
        public: 32 bytes; kept for ever, so that old heads can be verified.
        private: 32 bytes, or None where the key signs no more.
    """

    public: bytes
    private: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Keys:
    """The keys of one installation.

    Attributes:
        signing_secret: text secret that signs sessions, tokens and links (Django's SECRET_KEY).
        sealing: AES-256-GCM keys of 32 bytes by key id. Old ones stay, to open what they sealed.
        active_sealing_key: the id of the key that seals from now on.
        index: 32-byte HMAC key of the blind indexes, by which sealed values are looked up.
        ledger: keys that sign the ledger's tree heads, by key id (`ledger_key_id`).
        active_ledger_key: the id of the one that signs from now on.
    """

    signing_secret: str = field(repr=False)
    sealing: dict[str, bytes] = field(repr=False)
    active_sealing_key: str
    index: bytes = field(repr=False)
    ledger: Mapping[str, LedgerKey] = field(default_factory=dict)
    active_ledger_key: str = ""


def ledger_key_id(public: bytes) -> str:
    """The name of a key of the ledger: the first 16 hexadecimal digits of the SHA-256 of its 32 public bytes."""
    return hashlib.sha256(public).hexdigest()[:16]


def keys_path(home: Path) -> Path:
    """Where the keys of the installation at `home` are: `keys.json` in it, or where TONGBAN_KEYS_FILE says."""
    return _chosen(home / "keys.json")


def _chosen(path: Path) -> Path:
    return Path(os.environ.get("TONGBAN_KEYS_FILE") or path)


def load_or_create_keys(path: Path) -> Keys:
    """The keys in the file at `path`, or in TONGBAN_KEYS_FILE where that is set; made there if absent.

    Several processes may start at once: one of them makes the file, all of them read the same keys.

    Raises:
        KeysError: the file cannot be written, read or understood, or others than its owner may read it.
    """
    path = _chosen(path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        _create(path)
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise KeysError(f"The key file {path} cannot be read: {error.strerror}.") from error
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise KeysError(f"The key file {path} is open to others (mode {mode:04o}); run: chmod 600 '{path}'.")
    try:
        content = json.loads(text)
        _parse(content)
        if "ledger" not in content:  # made before the ledger had a tree
            content = _changed(path, lambda found: found if "ledger" in found else found | _new_ledger_key())
        return _parse(content)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise KeysError(
            f"The key file {path} is damaged ({type(error).__name__}: {error}); restore it from a backup."
        ) from error


def rotate_ledger_key(path: Path) -> str:
    """Make a new key that signs the ledger's heads from now on, and forget the private half of the others; its id.

    Running processes sign with it from their next head on: they read the file each time.

    Raises:
        KeysError: as `load_or_create_keys`.
    """
    load_or_create_keys(path)

    def rotated(content: dict[str, Any]) -> dict[str, Any]:
        new = _new_ledger_key()
        old = {key_id: {"public": key["public"]} for key_id, key in content["ledger"].items()}
        return content | {**new, "ledger": old | new["ledger"]}

    return str(_changed(_chosen(path), rotated)["active_ledger_key"])


def _new_ledger_key() -> dict[str, Any]:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 - the command's help needs none
        Ed25519PrivateKey,
    )

    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    key_id = ledger_key_id(public)
    pair = {"public": _encode(public), "private": _encode(private.private_bytes_raw())}
    return {"ledger": {key_id: pair}, "active_ledger_key": key_id}


def _changed(path: Path, change: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
    """The file's content after `change`, put in its place whole; processes that change it stand in line."""
    try:
        # Whoever waited for the lock may hold that of a file replaced meanwhile: it reads the new one, by name.
        with path.open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            content = change(found)
            if content != found:
                temporary = _written(path, content)
                temporary.replace(path)
    except OSError as error:
        raise KeysError(f"The key file {path} cannot be changed: {error.strerror}.") from error
    return content


def _written(path: Path, content: dict[str, Any]) -> Path:
    """The content in a new file beside `path`, safely on the disk, open to its owner only."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".keys-")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    return Path(temporary)


def _create(path: Path) -> None:
    key_id = secrets.token_hex(4)
    content = {
        "format": FORMAT,
        "signing_secret": secrets.token_urlsafe(48),
        "sealing": {key_id: _encode(secrets.token_bytes(KEY_BYTES))},
        "active_sealing_key": key_id,
        "index": _encode(secrets.token_bytes(KEY_BYTES)),
        **_new_ledger_key(),
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # The link puts it in place whole, or fails if another was faster.
        temporary = _written(path, content)
        try:
            with suppress(FileExistsError):
                os.link(temporary, path)
        finally:
            temporary.unlink()
    except OSError as error:
        raise KeysError(f"The key file {path} cannot be made: {error.strerror}.") from error


def _parse(content: dict[str, Any]) -> Keys:
    if content["format"] != FORMAT:
        raise ValueError(f"format {content['format']!r}, expected {FORMAT}")
    keys = Keys(
        signing_secret=str(content["signing_secret"]),
        sealing={str(key_id): _decode(value) for key_id, value in content["sealing"].items()},
        active_sealing_key=str(content["active_sealing_key"]),
        index=_decode(content["index"]),
        ledger={str(key_id): _ledger_key(str(key_id), value) for key_id, value in content.get("ledger", {}).items()},
        active_ledger_key=str(content.get("active_ledger_key", "")),
    )
    if keys.active_sealing_key not in keys.sealing:
        raise ValueError(f"active_sealing_key {keys.active_sealing_key!r} is not among the sealing keys")
    if keys.ledger and getattr(keys.ledger.get(keys.active_ledger_key), "private", None) is None:
        raise ValueError(f"active_ledger_key {keys.active_ledger_key!r} is not among the ledger's keys that can sign")
    return keys


def _ledger_key(key_id: str, content: dict[str, str]) -> LedgerKey:
    public = _decode(content["public"])
    if ledger_key_id(public) != key_id:
        raise ValueError(f"the ledger's key {key_id!r} has another public half")
    return LedgerKey(public, _decode(content["private"]) if "private" in content else None)


def _encode(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _decode(value: str) -> bytes:
    try:
        key = base64.b64decode(value, validate=True)
    except binascii.Error as error:
        raise ValueError(f"a key is not base64: {error}") from error
    if len(key) != KEY_BYTES:
        raise ValueError(f"a key has {len(key)} bytes, expected {KEY_BYTES}")
    return key
