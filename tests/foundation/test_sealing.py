"""Sealed values open only where and as they were sealed; blind indexes find them."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from tongban.foundation.keys import KeyRing, recall_sealing_key, retire_sealing_key, rotate_sealing_key
from tongban.foundation.sealing import CannotOpenError, blind_index, open_bytes, seal_bytes
from tongban.foundation.suites import NONCE_BYTES, SM4_GCM, SUITES, Suite, UnsoundError


@given(st.binary(max_size=500), st.text(max_size=40))
def test_what_is_sealed_opens_again(data: bytes, context: str) -> None:
    sealed = seal_bytes(data, context)
    assert open_bytes(sealed, context) == data
    assert seal_bytes(data, context) != sealed  # a fresh nonce every time


@given(st.binary(min_size=8, max_size=100), st.data())
def test_any_changed_byte_is_found(data: bytes, draw: st.DataObject) -> None:
    sealed = bytearray(seal_bytes(data, "here"))
    sealed[draw.draw(st.integers(0, len(sealed) - 1))] ^= draw.draw(st.integers(1, 255))
    with pytest.raises(CannotOpenError):
        open_bytes(bytes(sealed), "here")


def test_a_value_cannot_be_moved_to_another_column() -> None:
    with pytest.raises(CannotOpenError, match=r"identity_person\.phone"):
        open_bytes(seal_bytes(b"x", "identity_person.id_number"), "identity_person.phone")


@pytest.fixture
def ring(tmp_path: Path) -> Iterator[KeyRing]:
    """An installation's key file of its own."""
    kept = settings.KEYS
    settings.KEYS = KeyRing(tmp_path / "keys.json")
    yield settings.KEYS
    settings.KEYS = kept


@pytest.mark.parametrize("suite", SUITES.values(), ids=SUITES)
def test_old_keys_open_until_they_are_retired(ring: KeyRing, suite: Suite) -> None:
    before, other = seal_bytes(b"before", "c"), seal_bytes(b"file", "content:x")
    old = ring.current().active["fields"]
    new = rotate_sealing_key(ring.path, "fields", suite, datetime.now(UTC))
    ring.refresh()
    after = seal_bytes(b"after", "c")
    assert (open_bytes(before, "c"), open_bytes(after, "c")) == (b"before", b"after")
    # The value names suite and key; the other purpose's key was not touched.
    assert after.startswith(bytes([2, suite.number, 8]) + new.encode())
    assert seal_bytes(b"file", "content:x")[:11] == other[:11]
    retire_sealing_key(ring.path, old)
    ring.refresh()
    with pytest.raises(CannotOpenError, match="is missing"):
        open_bytes(before, "c")
    assert open_bytes(after, "c") == b"after"
    recall_sealing_key(ring.path, old)
    ring.refresh()
    assert open_bytes(before, "c") == b"before"


def test_a_process_opens_at_once_what_another_sealed_with_a_newer_key(ring: KeyRing) -> None:
    elsewhere = KeyRing(ring.path)
    ring.current()
    rotate_sealing_key(ring.path, "fields", SM4_GCM, datetime.now(UTC))
    settings.KEYS = elsewhere
    elsewhere.refresh()
    sealed = seal_bytes(b"newer", "c")
    settings.KEYS = ring  # has not looked at the file since
    assert open_bytes(sealed, "c") == b"newer"


def test_what_former_versions_sealed_opens(ring: KeyRing) -> None:
    """Key file of format 1, value of form 1: as version 0.1 left them."""
    key, index = b"\x07" * 32, b"\x08" * 32
    ring.path.write_text(
        json.dumps(
            {
                "format": 1,
                "signing_secret": "s" * 60,
                "sealing": {"0a0b0c0d": base64.b64encode(key).decode()},
                "active_sealing_key": "0a0b0c0d",
                "index": base64.b64encode(index).decode(),
            }
        )
    )
    keys = ring.refresh()
    value = b"\x01\x080a0b0c0d" + b"n" * 12 + AESGCM(key).encrypt(b"n" * 12, b"old", b"t.c")
    assert open_bytes(value, "t.c") == b"old"
    with pytest.raises(CannotOpenError):
        open_bytes(value, "t.d")
    assert keys.index == index
    assert keys.sealing["0a0b0c0d"].superseded_at is not None
    assert set(keys.active) == {"fields", "content"}
    assert base64.b64encode(key).decode() not in ring.path.read_text()


def test_a_broken_file_leaves_the_known_keys_in_force(ring: KeyRing) -> None:
    sealed = seal_bytes(b"x", "c")
    ring.path.write_text("{")
    ring.refresh()
    assert open_bytes(sealed, "c") == b"x"


@given(st.binary(max_size=200), st.binary(max_size=40), st.sampled_from(list(SUITES.values())), st.data())
def test_every_suite_finds_a_changed_byte(plain: bytes, bound: bytes, suite: Suite, draw: st.DataObject) -> None:
    cipher, nonce = suite.under(b"k" * suite.key_bytes), b"n" * NONCE_BYTES
    sealed = cipher.seal(nonce, plain, bound)
    assert cipher.open(nonce, sealed, bound) == plain
    changed = bytearray(sealed)
    changed[draw.draw(st.integers(0, len(sealed) - 1))] ^= draw.draw(st.integers(1, 255))
    for wrong in ((nonce, bytes(changed), bound), (nonce, sealed, bound + b"!"), (b"m" * NONCE_BYTES, sealed, bound)):
        with pytest.raises(UnsoundError):
            cipher.open(*wrong)


def test_sm4_gcm_gives_the_standards_ciphertext() -> None:
    """RFC 8998 appendix A.1."""
    key = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
    nonce = bytes.fromhex("00001234567800000000ABCD")
    bound = bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2")
    plain = bytes.fromhex("".join(two * 8 for two in ("AA", "BB", "CC", "DD", "EE", "FF", "EE", "AA")))
    expected = bytes.fromhex(
        "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735"
        "D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D"
        "83DE3541E4C2B58177E065A9BF7B62EC"
    )
    assert SM4_GCM.under(key).seal(nonce, plain, bound) == expected


def test_a_blind_index_depends_on_the_purpose_and_not_on_case_or_blanks() -> None:
    assert blind_index(" 45070219800101001x ", "person") == blind_index("45070219800101001X", "person")
    assert blind_index("45070219800101001X", "person") != blind_index("45070219800101001X", "other")
