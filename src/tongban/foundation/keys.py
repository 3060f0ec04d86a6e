"""The installation's secret keys: one file, readable by its owner only, made at the first start.

The keys that seal (data keys, one active for each purpose), the permanent key of keyed digests, and the generations of
keys that look-up indexes are under (`IndexKey`) stand in it wrapped under a master key. That one stands in the file
too, unless TONGBAN_MASTER_KEY names another keeper (`masterkey`): then the file alone opens nothing. The settings
import this module before Django is up, so it needs nothing of it. Whoever holds the file and the master key can read
every sealed field; whoever loses them has lost these. `tongban backup` therefore carries the file.
"""

import base64
import binascii
import fcntl
import hashlib
import hmac
import json
import os
import secrets
import stat
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tongban.foundation.masterkey import (
    CannotUnwrapError,
    MasterFile,
    Wrapping,
    external,
    master_from,
    new_master,
)
from tongban.foundation.suites import AES_256_GCM, SUITES, Suite

KEY_BYTES = 32
FORMAT = 2
# What is sealed under keys of its own: columns of the database, and files of the content store.
PURPOSES = ("fields", "content")
# How long a process may go on with keys that were replaced in the file.
LOOK_EVERY_SECONDS = 1.0


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
class DataKey:
    """A key that seals.

    Attributes:
        id: 8 hexadecimal digits; sealed values name it.
        purpose: one of `PURPOSES`; empty for a key of a former version, which sealed for all.
        suite: the cipher it belongs to.
        made_at: when; for a key of a former version the beginning of the epoch.
        superseded_at: since when another one seals in its place; None while it is active.
        header: what every value it sealed begins with: `0x02`, the suite's number, length of the id, the id.
    """

    id: str
    purpose: str
    suite: Suite
    made_at: datetime
    superseded_at: datetime | None
    key: bytes = field(repr=False)
    header: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        name = self.id.encode()
        object.__setattr__(self, "header", bytes([2, self.suite.number, len(name)]) + name)


# A generation of the look-up indexes goes through these in turn; a new one is filled beside the one in force.
COMING, ACTIVE, ENDING, ENDED = "coming", "active", "ending", "ended"
MARK_BYTES = 4


@dataclass(frozen=True)
class IndexKey:
    """A generation of the keys that the indexes of sealed values are under (`blindindex`).

    Attributes:
        number: counted from 1; 0 is that of former versions, whose index is the permanent key's digest itself.
        state: `coming`: written by all, looked up by nobody yet; `active`: looked up by; `ending`: still written for
            processes that look up by it; `ended`: not written any more, and its indexes are being removed.
        made_at: when it was made; of generation 0 the beginning of the epoch.
        since: when it came into this state.
        key: 32 bytes; None of generation 0, and where it has ended.
        mark: 4 bytes every index under it begins with. They are of the key, not of the number: after an old copy of
            the key file came back, another key may have the same number.
    """

    number: int
    state: str
    made_at: datetime
    since: datetime
    key: bytes | None = field(default=None, repr=False)
    mark: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        marked = hmac.digest(self.key, b"index key", "sha256") if self.key else bytes(MARK_BYTES)
        object.__setattr__(self, "mark", marked[:MARK_BYTES])

    @property
    def id(self) -> str:
        """What the operator and the ledger know it by."""
        return f"index-{self.number}"

    @property
    def slot(self) -> int:
        """Which of the two places of an index is its own, counted from 1: it and the next one have different ones."""
        return self.number % 2 + 1

    @property
    def is_written(self) -> bool:
        return self.state != ENDED


@dataclass(frozen=True)
class Keys:
    """The keys of one installation.

    Attributes:
        signing_secret: text secret that signs sessions, tokens and links (Django's SECRET_KEY).
        sealing: the keys that open, by id: the active ones, and those whose values are not all sealed anew yet.
        active: the id of the key that seals from now on, by purpose.
        retired: ids of keys that open no more; they stay in the file, wrapped, until they are destroyed.
        index: 32-byte permanent HMAC key of keyed digests: the ledger's, subject identifiers, names of stored files.
        index_keys: the generations of the look-up indexes by number: the active one, during a change one beside it.
        ledger: keys that sign the ledger's tree heads, by key id (`ledger_key_id`).
        active_ledger_key: the id of the one that signs from now on.
    """

    signing_secret: str = field(repr=False)
    sealing: Mapping[str, DataKey]
    active: Mapping[str, str]
    index: bytes = field(repr=False)
    index_keys: Mapping[int, IndexKey]
    retired: tuple[str, ...] = ()
    ledger: Mapping[str, LedgerKey] = field(default_factory=dict)
    active_ledger_key: str = ""

    @property
    def looked_up_by(self) -> IndexKey:
        """The generation that sealed values are looked up by."""
        return next(key for key in self.index_keys.values() if key.state == ACTIVE)

    @property
    def turning(self) -> IndexKey | None:
        """The generation beside it, while one is changed for another."""
        return next((key for key in self.index_keys.values() if key.state != ACTIVE), None)


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
        if not _complete(content):  # of a former version
            _check_former(content)
            content = _changed(path, _completed)
        return _parse(content)
    except CannotUnwrapError as error:
        raise KeysError(f"The key file {path} cannot be used: {error}.") from error
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


def rotate_sealing_key(path: Path, purpose: str, suite: Suite, now: datetime) -> str:
    """Make a new data key that seals for a purpose from now on; its id. The former one goes on opening.

    Raises:
        KeysError: as `load_or_create_keys`.
    """
    load_or_create_keys(path)
    key_id = secrets.token_hex(4)

    def rotated(content: dict[str, Any]) -> dict[str, Any]:
        ended = {"state": "opening", "superseded": now.isoformat()}
        former = {
            name: entry | (ended if (entry["purpose"], entry["state"]) == (purpose, "active") else {})
            for name, entry in content["data_keys"].items()
        }
        new = _new_data_key(_wrapping(content), key_id, purpose, suite, now)
        return content | {"data_keys": former | {key_id: new}}

    _changed(_chosen(path), rotated)
    return key_id


def retire_sealing_key(path: Path, key_id: str) -> None:
    """A key that sealed nothing that is left opens no more. It stays in the file, wrapped, until it is destroyed.

    Raises:
        KeysError: there is no such key, or it is active.
    """
    _restate(path, key_id, "opening", "retired")


def recall_sealing_key(path: Path, key_id: str) -> None:
    """Let a retired key open again: an old copy of the data came back.

    Raises:
        KeysError: there is no such key, or it was not retired.
    """
    _restate(path, key_id, "retired", "opening")


def destroy_sealing_key(path: Path, key_id: str) -> None:
    """Remove a retired key for good: whatever copy of the data it sealed is unreadable from now on.

    Raises:
        KeysError: there is no such key, or it was not retired.
    """
    _restate(path, key_id, "retired", None)


def _restate(path: Path, key_id: str, expected: str, state: str | None) -> None:
    load_or_create_keys(path)

    def restated(content: dict[str, Any]) -> dict[str, Any]:
        entry = content["data_keys"].get(key_id)
        if entry is None or entry["state"] != expected:
            stands = f"is {entry['state']}, not {expected}" if entry else "is not in the key file"
            raise KeysError(f"The key {key_id!r} {stands}.")
        others = {name: other for name, other in content["data_keys"].items() if name != key_id}
        return content | {"data_keys": others | ({key_id: entry | {"state": state}} if state else {})}

    _changed(_chosen(path), restated)


def rotate_index_key(path: Path, now: datetime) -> int:
    """Make a new generation of the look-up indexes, to be filled beside the one in force; its number.

    Raises:
        KeysError: as `load_or_create_keys`; or one generation is being changed for another already.
    """
    load_or_create_keys(path)

    def rotated(content: dict[str, Any]) -> dict[str, Any]:
        entries = content["index_keys"]
        if len(entries) > 1:
            raise KeysError(
                "The key of the look-up indexes is being changed already; it takes until all are made anew."
            )
        number = max(map(int, entries)) + 1
        return content | {
            "index_keys": entries | {str(number): _new_index_key(_wrapping(content), number, COMING, now)}
        }

    return max(map(int, _changed(_chosen(path), rotated)["index_keys"]))


def advance_index_keys(path: Path, seen: Mapping[int, IndexKey], now: datetime) -> bool:
    """Take a change of generations one step on; False where the file's are not those `seen` any more.

    A coming one becomes active and the active one ends; then what ends has ended and its key is gone for good; then
    so is the entry.

    Raises:
        KeysError: as `load_or_create_keys`.
    """
    load_or_create_keys(path)
    took_place = False

    def advanced(content: dict[str, Any]) -> dict[str, Any]:
        nonlocal took_place
        entries: dict[str, dict[str, Any]] = content["index_keys"]
        if {int(number): entry["state"] for number, entry in entries.items()} != {n: k.state for n, k in seen.items()}:
            return content
        took_place = True
        comes = any(entry["state"] == COMING for entry in entries.values())
        following = {COMING: ACTIVE, ACTIVE: ENDING if comes else ACTIVE, ENDING: ENDED}
        kept = {n: (e, following[e["state"]]) for n, e in entries.items() if e["state"] != ENDED}
        return content | {
            "index_keys": {
                number: _without_key(entry, state)
                | ({"state": state, "since": now.isoformat()} if state != entry["state"] else {})
                for number, (entry, state) in kept.items()
            }
        }

    _changed(_chosen(path), advanced)
    return took_place


def _without_key(entry: dict[str, Any], state: str) -> dict[str, Any]:
    return {name: v for name, v in entry.items() if state != ENDED or name not in {"master", "wrapped"}}


def rotate_master_key(path: Path, suite: Suite = AES_256_GCM) -> str:
    """Wrap every key under a new master key, or under the keeper's present one; its id. Nothing is sealed anew.

    Raises:
        KeysError: as `load_or_create_keys`.
    """
    load_or_create_keys(path)

    def rewrapped(content: dict[str, Any]) -> dict[str, Any]:
        before, new = content, external() or new_master(suite)
        keys = {
            name: entry | _wrapped(new, _unwrapped(before, entry, _label(name, entry)), _label(name, entry))
            for name, entry in content["data_keys"].items()
        }
        index = _wrapped(new, _unwrapped(before, content["index"], "index"), "index")
        generations = {
            name: entry | _wrapped(new, _unwrapped(before, entry, _index_label(name)), _index_label(name))
            if "wrapped" in entry
            else entry
            for name, entry in content["index_keys"].items()
        }
        content = {name: value for name, value in content.items() if name != "master"}
        master = {"master": new.document()} if isinstance(new, MasterFile) else {}
        return content | {"data_keys": keys, "index": index, "index_keys": generations} | master

    return str(_changed(_chosen(path), rewrapped)["index"]["master"])


class KeyRing:
    """The keys as the file has them: a rotation is heard of within `LOOK_EVERY_SECONDS`, without a restart."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._keys = load_or_create_keys(path)
        self._seen = self._stamp()
        self._look_at = time.monotonic() + LOOK_EVERY_SECONDS
        self._lock = threading.Lock()

    def current(self) -> Keys:
        """The keys; the file is looked at once a second at most."""
        if time.monotonic() >= self._look_at:
            self.refresh()
        return self._keys

    def refresh(self) -> Keys:
        """The keys as they are this moment. A file that cannot be read just now leaves the known ones in force."""
        with self._lock:
            self._look_at = time.monotonic() + LOOK_EVERY_SECONDS
            stamp = self._stamp()
            if stamp is not None and stamp != self._seen:
                with suppress(KeysError):
                    self._keys, self._seen = load_or_create_keys(self.path), stamp
            return self._keys

    def _stamp(self) -> tuple[int, int, int] | None:
        try:
            found = _chosen(self.path).stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size


# --- the content of the file ----------------------------------------------------------------------------------------


# Former versions looked up by the permanent key's digest.
_BEGAN = datetime.fromtimestamp(0, UTC).isoformat()
_FORMER_INDEX = {"0": {"state": ACTIVE, "made": _BEGAN, "since": _BEGAN}}


def _complete(content: Mapping[str, Any]) -> bool:
    return content.keys() >= {"ledger", "index_keys"} and content.get("format") == FORMAT


def _check_former(content: Mapping[str, Any]) -> None:
    if content["format"] == FORMAT:
        _parse({"ledger": {}, "index_keys": _FORMER_INDEX} | dict(content))
        return
    if content["format"] != 1:
        raise ValueError(f"format {content['format']!r}, expected {FORMAT}")
    for value in (*content["sealing"].values(), content["index"]):
        _decode(value)


def _completed(content: dict[str, Any]) -> dict[str, Any]:
    """The file of a former version with what this one needs; what that sealed still opens."""
    if content["format"] == 1:
        master, began = new_master(), datetime.fromtimestamp(0, UTC)
        former = {
            key_id: _data_entry(master, key_id, "", AES_256_GCM, began, _decode(value))
            | {"state": "opening", "superseded": datetime.now(UTC).isoformat()}
            for key_id, value in content["sealing"].items()
        }
        rest = {name: v for name, v in content.items() if name not in {"sealing", "active_sealing_key"}}
        content = (
            rest | _new_sealing(master, _decode(content["index"])) | {"format": FORMAT, "index_keys": _FORMER_INDEX}
        )
        content["data_keys"] |= former
    content = {"index_keys": _FORMER_INDEX} | content
    return content if "ledger" in content else content | _new_ledger_key()


def _new_sealing(master: MasterFile | None, index: bytes) -> dict[str, Any]:
    """The part of the file that the master key is about, with a new key for every purpose."""
    keeper: Wrapping = external() or master or new_master(_wanted_suite())
    now = datetime.now(UTC)
    ids = {secrets.token_hex(4): purpose for purpose in PURPOSES}
    keys = {key_id: _new_data_key(keeper, key_id, purpose, _wanted_suite(), now) for key_id, purpose in ids.items()}
    held = keeper if isinstance(keeper, MasterFile) else master
    return {
        "data_keys": keys,
        "index": _wrapped(keeper, index, "index"),
        "index_keys": {"1": _new_index_key(keeper, 1, ACTIVE, now)},
        **({"master": held.document()} if held else {}),
    }


def _wanted_suite() -> Suite:
    return wanted_suite(os.environ)


def wanted_suite(environment: Mapping[str, str]) -> Suite:
    """The suite TONGBAN_SEALING_SUITE asks for, by which new keys are made; AES-256-GCM where it is not set.

    Raises:
        KeysError: there is no such suite.
    """
    name = environment.get("TONGBAN_SEALING_SUITE", "").strip() or AES_256_GCM.name
    if name not in SUITES:
        raise KeysError(f"TONGBAN_SEALING_SUITE is {name!r}; it must be one of: {', '.join(SUITES)}.")
    return SUITES[name]


def _new_data_key(keeper: Wrapping, key_id: str, purpose: str, suite: Suite, now: datetime) -> dict[str, Any]:
    return _data_entry(keeper, key_id, purpose, suite, now, secrets.token_bytes(suite.key_bytes))


def _data_entry(keeper: Wrapping, key_id: str, purpose: str, suite: Suite, now: datetime, key: bytes) -> dict[str, Any]:
    entry = {"purpose": purpose, "suite": suite.name, "made": now.isoformat(), "state": "active"}
    return entry | _wrapped(keeper, key, _label(key_id, entry))


def _new_index_key(keeper: Wrapping, number: int, state: str, now: datetime) -> dict[str, Any]:
    entry = {"state": state, "made": now.isoformat(), "since": now.isoformat()}
    return entry | _wrapped(keeper, secrets.token_bytes(KEY_BYTES), _index_label(number))


def _index_label(number: int | str) -> str:
    return f"index key {number}"


def _label(key_id: str, entry: Mapping[str, Any]) -> str:
    """What a wrapped data key is bound to, so that none can be passed off as another."""
    return f"data key {key_id} {entry['purpose']} {entry['suite']}"


def _wrapped(keeper: Wrapping, key: bytes, label: str) -> dict[str, str]:
    master, wrapped = keeper.wrap(key, label)
    return {"master": master, "wrapped": _encode(wrapped)}


def _wrapping(content: Mapping[str, Any]) -> Wrapping:
    """Who wraps from now on."""
    return external() or master_from(content["master"])


def _unwrapped(content: Mapping[str, Any], entry: Mapping[str, str], label: str) -> bytes:
    held = master_from(content["master"]) if "master" in content else None
    keeper: Wrapping | None = held if held and entry["master"] in held.keys else external()
    if keeper is None:
        raise CannotUnwrapError(f"the master key {entry['master']!r} is missing")
    try:
        wrapped = base64.b64decode(entry["wrapped"], validate=True)
    except binascii.Error as error:
        raise ValueError(f"a key is not base64: {error}") from error
    return keeper.unwrap(entry["master"], wrapped, label)


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
    content = {
        "format": FORMAT,
        "signing_secret": secrets.token_urlsafe(48),
        **_new_sealing(None, secrets.token_bytes(KEY_BYTES)),
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
    sealing = {
        str(key_id): _data_key(content, str(key_id), entry)
        for key_id, entry in content["data_keys"].items()
        if entry["state"] != "retired"
    }
    active = {key.purpose: key.id for key in sealing.values() if key.superseded_at is None}
    keys = Keys(
        signing_secret=str(content["signing_secret"]),
        sealing=sealing,
        active=active,
        retired=tuple(sorted(content["data_keys"].keys() - sealing.keys())),
        index=_unwrapped(content, content["index"], "index"),
        index_keys={int(n): _index_key(content, int(n), entry) for n, entry in content["index_keys"].items()},
        ledger={str(key_id): _ledger_key(str(key_id), value) for key_id, value in content.get("ledger", {}).items()},
        active_ledger_key=str(content.get("active_ledger_key", "")),
    )
    for purpose in PURPOSES:
        if purpose not in keys.active:
            raise ValueError(f"no key seals for {purpose!r}")
    if [key.state for key in keys.index_keys.values()].count(ACTIVE) != 1:
        raise ValueError("index_keys: not exactly one is active")
    if keys.ledger and getattr(keys.ledger.get(keys.active_ledger_key), "private", None) is None:
        raise ValueError(f"active_ledger_key {keys.active_ledger_key!r} is not among the ledger's keys that can sign")
    return keys


def _data_key(content: Mapping[str, Any], key_id: str, entry: Mapping[str, str]) -> DataKey:
    suite = SUITES[entry["suite"]]
    key = _unwrapped(content, entry, _label(key_id, entry))
    if len(key) != suite.key_bytes:
        raise ValueError(f"the key {key_id!r} has {len(key)} bytes, expected {suite.key_bytes}")
    ended = entry.get("superseded") if entry["state"] == "opening" else None
    return DataKey(
        id=key_id,
        purpose=entry["purpose"],
        suite=suite,
        made_at=datetime.fromisoformat(entry["made"]),
        superseded_at=datetime.fromisoformat(ended) if ended else None,
        key=key,
    )


def _index_key(content: Mapping[str, Any], number: int, entry: Mapping[str, str]) -> IndexKey:
    key = _unwrapped(content, entry, _index_label(number)) if "wrapped" in entry else None
    if key is None and number and entry["state"] != ENDED:
        raise ValueError(f"index_keys: {number} has no key")
    made, since = datetime.fromisoformat(entry["made"]), datetime.fromisoformat(entry["since"])
    return IndexKey(number, entry["state"], made, since, key)


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
