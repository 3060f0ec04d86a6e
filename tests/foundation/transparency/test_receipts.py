"""Receipts: every change of any member is found, and no wrong document is taken for a receipt."""

import copy
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from tongban.foundation.transparency import merkle, receipts

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = PRIVATE.public_key().public_bytes_raw()
AT = datetime(2026, 6, 1, 2, 0, 0, 120, tzinfo=UTC)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


def _entry(number: int, deed: str = "submit") -> dict[str, str | None]:
    return receipts.entry_document(number, AT, None, None, "person:1", deed, "case", "1", b"\x00\xff", "0" * 64)


ENTRIES = [_entry(number) for number in range(1, 12)]
LEAVES = [merkle.leaf_hash(receipts.entry_bytes(entry)) for entry in ENTRIES]


def _receipt(position: int = 4, size: int = 11) -> receipts.Receipt:
    nodes = {(0, place): leaf for place, leaf in enumerate(LEAVES)}
    frontier = merkle.Frontier()
    for leaf in LEAVES[:size]:
        nodes.update(frontier.push(leaf))
    head = receipts.signed(3, size, frontier.root, AT, PRIVATE.private_bytes_raw())
    proof = merkle.proof_of(merkle.inclusion_ranges(position, size), nodes)
    return receipts.Receipt(ENTRIES[position], position, proof, head, PUBLIC)


def _sound(document: Any) -> bool:
    return all(check.holds for check in receipts.verify_receipt(receipts.receipt_from(document), trusted_key=PUBLIC))


def test_the_leaf_is_written_byte_by_byte_as_documented() -> None:
    assert receipts.entry_bytes(_entry(7, '准予 "许可"\n')).decode() == (
        '{"account":null,"at":"2026-06-01T02:00:00.000120Z","deed":"准予 \\"许可\\"\\n","digest":"' + "0" * 64 + '",'
        '"format":"tongban-ledger-entry/1","id":"7","object_id":"1","object_type":"case","post":null,'
        '"principal":"person:1","salt":"00ff"}'
    )


@given(TEXT, TEXT)
def test_different_entries_have_different_bytes(one: str, other: str) -> None:
    same = receipts.entry_bytes(_entry(1, one)) == receipts.entry_bytes(_entry(1, other))
    assert same is (one == other)
    assert json.loads(receipts.entry_bytes(_entry(1, one)))["deed"] == one


def test_the_signed_text() -> None:
    head = _receipt().head
    assert head.signed_text.decode().splitlines() == [
        "tongban-ledger-head/1",
        "number 3",
        "size 11",
        f"root {head.root.hex()}",
        "time 2026-06-01T02:00:00.000120Z",
        f"key {head.key}",
    ]


def test_a_receipt_survives_being_written_and_read() -> None:
    written = json.dumps(_receipt().document(), ensure_ascii=False)
    assert receipts.receipt_from(receipts.parse(written)) == _receipt()
    assert _sound(json.loads(written))


def _members(document: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(document, dict):
        return [path for name, value in document.items() for path in _members(value, (*at, name))]
    if isinstance(document, list):
        return [path for place, value in enumerate(document) for path in _members(value, (*at, place))]
    return [at]


def _other(value: Any) -> Any:
    if isinstance(value, int):
        return value + 1
    if value is None:
        return "x"
    return ("1" if value[:1] != "1" else "2") + value[1:]


@pytest.mark.parametrize("path", _members(_receipt().document()), ids=lambda path: ".".join(map(str, path)))
def test_no_member_can_be_changed(path: tuple[Any, ...]) -> None:
    document = copy.deepcopy(_receipt().document())
    place: Any = document
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = _other(place[path[-1]])
    try:
        sound = _sound(document)
    except receipts.MalformedError:
        return
    assert not sound


@pytest.mark.parametrize("path", _members(_receipt().document()), ids=lambda path: ".".join(map(str, path)))
@pytest.mark.parametrize("value", [True, -1, 1.5, "", {}, [1], "\ud800"], ids=repr)
def test_a_wrong_member_is_refused_or_unsound(path: tuple[Any, ...], value: Any) -> None:
    document = copy.deepcopy(_receipt().document())
    place: Any = document
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    try:
        sound = _sound(document)
    except receipts.MalformedError:
        return
    assert not sound


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ('{"a": 1, "a": 2}', "stands twice"),
        ("[]", "the receipt is not an object"),
        ("{}", "no member 'format'"),
        (json.dumps(_receipt().document() | {"more": 1}), "member 'more' that does not belong"),
        (json.dumps(_receipt().document() | {"format": "tongban-receipt/2"}), "not 'tongban-receipt/1'"),
    ],
)
def test_what_is_no_receipt_is_refused_by_name(text: str, words: str) -> None:
    with pytest.raises(receipts.MalformedError, match=words):
        receipts.receipt_from(receipts.parse(text))


def test_another_key_is_not_trusted() -> None:
    foreign = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    checks = {check.name: check.holds for check in receipts.verify_receipt(_receipt(), trusted_key=foreign)}
    assert checks == {"inclusion": True, "signature": False, "key": False}


def test_against_a_later_head() -> None:
    early, late = _receipt(size=6), _receipt(size=11).head
    with pytest.raises(receipts.MalformedError, match=r"earlier=6&later=11"):
        receipts.verify_receipt(early, late)
    nodes = {(0, place): leaf for place, leaf in enumerate(LEAVES)}
    frontier = merkle.Frontier()
    for leaf in LEAVES:
        nodes.update(frontier.push(leaf))
    proof = merkle.proof_of(merkle.consistency_ranges(6, 11), nodes)
    between = receipts.against_from(receipts.Consistency(early.head, late, proof).document())
    assert all(check.holds for check in receipts.verify_receipt(early, between))
    assert all(check.holds for check in receipts.verify_receipt(_receipt(size=11), between))
    forked = receipts.Consistency(early.head, late, [proof[0], *proof[:-1]])
    assert not all(check.holds for check in receipts.verify_receipt(early, forked))
    with pytest.raises(receipts.MalformedError, match="the receipt's head has 8"):
        receipts.verify_receipt(_receipt(size=8), between)


def test_against_another_head_of_the_same_size() -> None:
    one = _receipt()
    other = receipts.signed(3, 11, merkle.leaf_hash(b"x"), AT, PRIVATE.private_bytes_raw())
    assert all(check.holds for check in receipts.verify_receipt(one, one.head))
    checks = receipts.verify_receipt(one, other)
    assert [check.name for check in checks if not check.holds] == ["against"]
    assert "rewritten" in checks[2].says
