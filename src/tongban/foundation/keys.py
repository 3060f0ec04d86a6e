"""The installation's secret keys: one file, readable by its owner only, made at the first start.

The settings import this module before Django is up, so it needs nothing but the standard library. Whoever
holds the file can read every sealed field; whoever loses it has lost them. `tongban backup` therefore carries
it.
"""

import base64
import binascii
import json
import os
import secrets
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

KEY_BYTES = 32
FORMAT = 1


class KeysError(RuntimeError):
    """The key file cannot be made or read. The message is one sentence for the operator."""


@dataclass(frozen=True)
class Keys:
    """The keys of one installation.

    Attributes:
        signing_secret: text secret that signs sessions, tokens and links (Django's SECRET_KEY).
        sealing: AES-256-GCM keys of 32 bytes by key id. Old ones stay, to open what they sealed.
        active_sealing_key: the id of the key that seals from now on.
        index: 32-byte HMAC key of the blind indexes, by which sealed values are looked up.
    """

    signing_secret: str = field(repr=False)
    sealing: dict[str, bytes] = field(repr=False)
    active_sealing_key: str
    index: bytes = field(repr=False)


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
        return _parse(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise KeysError(
            f"The key file {path} is damaged ({type(error).__name__}: {error}); restore it from a backup."
        ) from error


def _create(path: Path) -> None:
    key_id = secrets.token_hex(4)
    content = {
        "format": FORMAT,
        "signing_secret": secrets.token_urlsafe(48),
        "sealing": {key_id: _encode(secrets.token_bytes(KEY_BYTES))},
        "active_sealing_key": key_id,
        "index": _encode(secrets.token_bytes(KEY_BYTES)),
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # mkstemp makes the file 0600; the link puts it in place whole, or fails if another was faster.
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".keys-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(content, file, indent=2)
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):
                os.link(temporary, path)
        finally:
            Path(temporary).unlink()
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
    )
    if keys.active_sealing_key not in keys.sealing:
        raise ValueError(f"active_sealing_key {keys.active_sealing_key!r} is not among the sealing keys")
    return keys


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
