"""What leaves the ledger: entries, signed heads, receipts, consistency documents; how each is written and verified.

Needs neither Django nor a database. docs/ledger.md describes the formats byte by byte.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tongban.foundation.keys import ledger_key_id
from tongban.foundation.transparency import merkle

ENTRY_FORMAT = "tongban-ledger-entry/1"
HEAD_FORMAT = "tongban-ledger-head/1"
RECEIPT_FORMAT = "tongban-receipt/1"
CONSISTENCY_FORMAT = "tongban-consistency/1"

ENTRY_MEMBERS = (
    "format", "id", "at", "account", "post", "principal", "deed", "object_type", "object_id", "salt", "digest",
)  # fmt: skip
_NULLABLE = frozenset({"account", "post"})
_HEAD_MEMBERS = ("number", "size", "root", "time", "key", "signature")
_HASH = re.compile(r"[0-9a-f]{64}")
_SIGNATURE = re.compile(r"[0-9a-f]{128}")
_KEY_ID = re.compile(r"[0-9a-f]{16}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
_MOST = 1 << 62


# From a key's id to its public half, or None where there is no such key.
PublicKey = Callable[[str], bytes | None]


class MalformedError(ValueError):
    """A document is not what it should be; the message names the member."""


# --- entries --------------------------------------------------------------------------------------------------------


def entry_document(  # noqa: PLR0913, PLR0917 - one argument a column, in their order
    number: int,
    at: datetime,
    account: object,
    post: object,
    principal: str,
    deed: str,
    object_type: str,
    object_id: str,
    salt: bytes,
    digest: str,
) -> dict[str, str | None]:
    """All columns of an entry as they stand in a receipt: text, or null where there is no account or post."""
    return {
        "format": ENTRY_FORMAT,
        "id": str(number),
        "at": written_time(at),
        "account": None if account is None else str(account),
        "post": None if post is None else str(post),
        "principal": principal,
        "deed": deed,
        "object_type": object_type,
        "object_id": object_id,
        "salt": bytes(salt).hex(),
        "digest": digest,
    }


def entry_bytes(entry: Mapping[str, str | None]) -> bytes:
    """The leaf's data: canonical JSON (RFC 8785) of the entry, whose values are all text or null."""
    return json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def written_time(at: datetime) -> str:
    """A moment in UTC with six decimals of the second, as PostgreSQL keeps them."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


# --- heads ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Head:
    """A signed tree head.

    Attributes:
        number: 1 for the first head of the ledger, one more for each that follows.
        size: number of entries in the tree.
        root: its root hash, 32 bytes.
        time: when it was signed (`written_time`).
        key: id of the signing key.
        signature: 64 bytes.
    """

    number: int
    size: int
    root: bytes
    time: str
    key: str
    signature: bytes

    @property
    def signed_text(self) -> bytes:
        """What the signature is over."""
        return (
            f"{HEAD_FORMAT}\nnumber {self.number}\nsize {self.size}\nroot {self.root.hex()}\ntime {self.time}\n"
            f"key {self.key}\n"
        ).encode()

    def document(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "size": self.size,
            "root": self.root.hex(),
            "time": self.time,
            "key": self.key,
            "signature": self.signature.hex(),
        }

    def signed_by(self, public: bytes) -> bool:
        """Whether the signature is that of the owner of the public key the head names."""
        if ledger_key_id(public) != self.key:
            return False
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(self.signature, self.signed_text)
        except (InvalidSignature, ValueError):
            return False
        return True


def signed(number: int, size: int, root: bytes, at: datetime, private: bytes) -> Head:
    """A head signed with these 32 private bytes."""
    key = Ed25519PrivateKey.from_private_bytes(private)
    unsigned = Head(number, size, root, written_time(at), ledger_key_id(key.public_key().public_bytes_raw()), b"")
    return Head(
        unsigned.number, unsigned.size, unsigned.root, unsigned.time, unsigned.key, key.sign(unsigned.signed_text)
    )


# --- receipts -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Receipt:
    """An entry, where it stands in the tree, and a head that holds it."""

    entry: Mapping[str, str | None]
    position: int
    proof: Sequence[bytes]
    head: Head
    public_key: bytes

    def document(self) -> dict[str, Any]:
        return {
            "format": RECEIPT_FORMAT,
            "entry": dict(self.entry),
            "position": self.position,
            "proof": [one.hex() for one in self.proof],
            "head": self.head.document(),
            "public_key": self.public_key.hex(),
        }


@dataclass(frozen=True)
class Consistency:
    """Two heads, and the proof that the later tree begins with the earlier one."""

    earlier: Head
    later: Head
    proof: Sequence[bytes]

    def document(self) -> dict[str, Any]:
        return {
            "format": CONSISTENCY_FORMAT,
            "earlier": self.earlier.document(),
            "later": self.later.document(),
            "proof": [one.hex() for one in self.proof],
        }


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: whether it holds, and a sentence about it."""

    name: str
    holds: bool
    says: str


def verify_receipt(
    receipt: Receipt, against: Head | Consistency | None = None, trusted_key: bytes | None = None
) -> list[Check]:
    """Look at everything a receipt claims; it is sound where all of it holds.

    Args:
        receipt: the receipt.
        against: a head kept from elsewhere, or a consistency document that leads from the receipt's head to a later
            one, or from an earlier one to the receipt's.
        trusted_key: the public key that must have signed; without it the receipt's own is taken.

    Raises:
        MalformedError: `against` is a head of another size, so that a consistency proof is needed.
    """
    head, public = receipt.head, trusted_key or receipt.public_key
    leaf = merkle.leaf_hash(entry_bytes(receipt.entry))
    checks = [
        _check(
            "inclusion",
            merkle.includes(receipt.position, head.size, leaf, receipt.proof, head.root),
            f"entry {receipt.entry['id']} stands at position {receipt.position} of the tree of {head.size} entries",
            f"entry {receipt.entry['id']} does not stand at position {receipt.position} of the tree of head"
            f" {head.number}: the entry, its position, the proof or the head was changed",
        ),
        _check(
            "signature",
            head.signed_by(public),
            f"head {head.number} was signed at {head.time} by key {head.key}",
            f"the signature of head {head.number} is not that of key {ledger_key_id(public)}",
        ),
    ]
    if trusted_key is not None:
        checks.append(
            _check(
                "key",
                receipt.public_key == trusted_key,
                "the receipt names the public key given",
                f"the receipt names the public key {receipt.public_key.hex()}, which is not the one given",
            )
        )
    if isinstance(against, Head):
        checks += _against_head(head, against, public)
    elif against is not None:
        checks += _against_consistency(head, against, public)
    return checks


def _against_head(head: Head, other: Head, public: bytes) -> list[Check]:
    if head.size != other.size:
        earlier, later = sorted((head.size, other.size))
        raise MalformedError(
            f"the head given has {other.size} entries and the receipt's {head.size}; give the consistency document"
            f" between the two instead (/api/v1/ledger/consistency?earlier={earlier}&later={later})"
        )
    same = _check(
        "against",
        head.root == other.root,
        f"the head given has the same root over {other.size} entries",
        f"the head given has another root over {other.size} entries: the ledger was rewritten, or there are two",
    )
    return [same, *_signature_of(other, public)]


def _against_consistency(head: Head, between: Consistency, public: bytes) -> list[Check]:
    if head.size not in {between.earlier.size, between.later.size}:
        raise MalformedError(
            f"the consistency document is between {between.earlier.size} and {between.later.size} entries;"
            f" the receipt's head has {head.size}"
        )
    own = between.earlier if head.size == between.earlier.size else between.later
    other = between.later if own is between.earlier else between.earlier
    leads = merkle.consistent(
        between.earlier.size, between.later.size, between.proof, between.earlier.root, between.later.root
    )
    return [
        _check(
            "against",
            own.root == head.root,
            f"the consistency document speaks of the receipt's tree of {head.size} entries",
            f"the consistency document has another root over {head.size} entries: the ledger was rewritten",
        ),
        _check(
            "consistency",
            leads,
            f"the tree of {between.later.size} entries begins with the one of {between.earlier.size}, unchanged",
            f"the tree of {between.later.size} entries does not begin with the one of {between.earlier.size}",
        ),
        *_signature_of(other, public),
    ]


def _signature_of(other: Head, public: bytes) -> list[Check]:
    """A head of another key (rotation) is compared, but only the owner of a trusted key can speak for its signature."""
    if other.key != ledger_key_id(public):
        return []
    return [
        _check(
            "signature of the head given",
            other.signed_by(public),
            f"head {other.number} was signed at {other.time} by key {other.key}",
            f"the signature of the head given, {other.number}, is false",
        )
    ]


def _check(name: str, holds: bool, good: str, bad: str) -> Check:  # noqa: FBT001 - what it is about
    return Check(name, holds, good if holds else bad)


# --- reading documents ----------------------------------------------------------------------------------------------


def parse(text: str) -> Any:  # noqa: ANN401 - JSON may be anything
    """JSON in which no member stands twice: two readers could otherwise see two documents.

    Raises:
        MalformedError: it is none.
    """

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise MalformedError("a member stands twice")
        return found

    try:
        return json.loads(text, object_pairs_hook=members)
    except (ValueError, RecursionError) as error:
        raise MalformedError(str(error) if isinstance(error, MalformedError) else f"not JSON: {error}") from error


def receipt_from(document: object) -> Receipt:
    """Raises:
    MalformedError: it is no receipt; the message names the member.
    """
    found = _object(document, "receipt", ("format", "entry", "position", "proof", "head", "public_key"))
    _format(found, RECEIPT_FORMAT)
    entry = _object(found["entry"], "entry", ENTRY_MEMBERS)
    _format(entry, ENTRY_FORMAT)
    for name in ENTRY_MEMBERS:
        if not isinstance(entry[name], str) and not (name in _NULLABLE and entry[name] is None):
            raise MalformedError(f"entry.{name} is not text")
        if any("\ud800" <= character <= "\udfff" for character in entry[name] or ""):
            raise MalformedError(f"entry.{name} holds half a character, which UTF-8 cannot write")
    return Receipt(
        entry=entry,
        position=_number(found["position"], "position"),
        proof=_proof(found["proof"]),
        head=head_from(found["head"]),
        public_key=public_key_from(found["public_key"]),
    )


def head_from(document: object) -> Head:
    """Raises:
    MalformedError: it is no head; the message names the member.
    """
    found = dict(_object(document, "head", _HEAD_MEMBERS, further=("format", "public_key")))
    return Head(
        number=_number(found["number"], "head.number"),
        size=_number(found["size"], "head.size"),
        root=_hex(found["root"], "head.root", _HASH),
        time=_matching(found["time"], "head.time", _TIME),
        key=_matching(found["key"], "head.key", _KEY_ID),
        signature=_hex(found["signature"], "head.signature", _SIGNATURE),
    )


def against_from(document: object) -> Head | Consistency:
    """A head, or a consistency document.

    Raises:
        MalformedError: it is neither.
    """
    if not isinstance(document, dict) or document.get("format") != CONSISTENCY_FORMAT:
        return head_from(document)
    found = _object(document, "consistency document", ("format", "earlier", "later", "proof"))
    return Consistency(head_from(found["earlier"]), head_from(found["later"]), _proof(found["proof"]))


def public_key_from(value: object) -> bytes:
    """Raises:
    MalformedError: not 64 hexadecimal digits.
    """
    return _hex(value, "public_key", _HASH)


def _object(document: object, what: str, members: Sequence[str], further: Sequence[str] = ()) -> Mapping[str, Any]:
    if not isinstance(document, dict):
        raise MalformedError(f"the {what} is not an object")
    for name in members:
        if name not in document:
            raise MalformedError(f"the {what} has no member '{name}'")
    for name in document:
        if name not in members and name not in further:
            raise MalformedError(f"the {what} has a member '{name}' that does not belong there")
    return document


def _format(document: Mapping[str, Any], expected: str) -> None:
    if document["format"] != expected:
        raise MalformedError(f"the format is {document['format']!r}, not {expected!r}")


def _number(value: object, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < _MOST:
        raise MalformedError(f"{name} is not a whole number from 0")
    return value


def _matching(value: object, name: str, pattern: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise MalformedError(f"{name} is not as it must be written")
    return value


def _hex(value: object, name: str, pattern: re.Pattern[str]) -> bytes:
    return bytes.fromhex(_matching(value, name, pattern))


def _proof(value: object) -> list[bytes]:
    if not isinstance(value, list):
        raise MalformedError("proof is not a list")
    return [_hex(one, f"proof[{place}]", _HASH) for place, one in enumerate(value)]
