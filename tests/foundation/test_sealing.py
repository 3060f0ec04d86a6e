"""Sealed values open only where and as they were sealed; blind indexes find them."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from tongban.foundation.keys import Keys
from tongban.foundation.sealing import CannotOpenError, blind_index, open_bytes, seal_bytes


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
def keys() -> Iterator[Keys]:
    old = settings.KEYS
    yield old
    settings.KEYS = old


def test_old_keys_still_open_after_a_new_one_is_active(keys: Keys) -> None:
    sealed = seal_bytes(b"before", "c")
    settings.KEYS = Keys(keys.signing_secret, {**keys.sealing, "k2": b"\x07" * 32}, "k2", keys.index)
    assert open_bytes(sealed, "c") == b"before"
    settings.KEYS = Keys(keys.signing_secret, {"k2": b"\x07" * 32}, "k2", keys.index)
    with pytest.raises(CannotOpenError, match="is missing"):
        open_bytes(sealed, "c")


def test_a_blind_index_depends_on_the_purpose_and_not_on_case_or_blanks() -> None:
    assert blind_index(" 45070219800101001x ", "person") == blind_index("45070219800101001X", "person")
    assert blind_index("45070219800101001X", "person") != blind_index("45070219800101001X", "other")
