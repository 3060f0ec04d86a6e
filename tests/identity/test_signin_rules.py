"""Pure rules of signing in."""

import hashlib
import tempfile
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import settings as tried
from hypothesis import strategies as st

from tongban.identity.signin.breached import NotAListError, check, is_breached
from tongban.identity.signin.passwords import is_guessed_first
from tongban.identity.signin.rules import Contact, contact_of, device_of, network_of

digits = st.text("0123456789", min_size=9, max_size=9)


@tried(max_examples=15)
@given(st.sampled_from("3456789"), digits, st.sampled_from(["", "+86", "+86 ", "0086-", "＋86"]))
def test_one_number_has_one_spelling(second: str, rest: str, before: str) -> None:
    number = f"1{second}{rest}"
    written = f" {before}{number[:3]} {number[3:7]}-{number[7:]} "
    full_width = number.translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)})
    assert contact_of(written) == contact_of(full_width) == Contact("phone", number)


@pytest.mark.parametrize("typed", ["", "12345678901", "1380013800", "138001380000", "a@b", "a b@c.cn", "@c.cn", "wei"])
def test_anything_else_is_no_contact(typed: str) -> None:
    assert contact_of(typed) is None


@tried(max_examples=25)
@given(st.text(max_size=60))
def test_whatever_is_typed_is_answered(typed: str) -> None:
    found = contact_of(typed)
    assert found is None or contact_of(found.value) == found


def test_addresses_are_kept_in_one_spelling_and_masked() -> None:
    found = contact_of(" Wei.Lan@Example.CN ")
    assert found == Contact("email", "wei.lan@example.cn")
    assert found.masked == "w***@example.cn"
    assert Contact("phone", "13800138000").masked == "138****8000"


@pytest.mark.parametrize(
    "password",
    [
        "password123!",
        "P@ssw0rd2024",
        "woaini1314520",
        "13800138000",
        "19900101",
        "1234567890",
        "aaaaaaaaaa",
        "aabbccaabbcc",
        "zhongguo2026",
        "qwertyuiop1",
        "passwordpassword",
        "Iloveyou5201314",
        "11010119900307803X",
    ],
)
def test_what_is_tried_first_is_refused(password: str) -> None:
    assert is_guessed_first(password)


@pytest.mark.parametrize(
    "password", ["correct horse battery", "陶罐里的小米粥", "another one 2026", "tongban-demo", "m4P-xq0!vR7z"]
)
def test_words_of_ones_own_are_taken(password: str) -> None:
    assert not is_guessed_first(password)


@tried(max_examples=30)
@given(
    listed=st.sets(st.text(min_size=1, max_size=12), min_size=1, max_size=60),
    others=st.sets(st.text(min_size=1, max_size=12), max_size=20),
    counted=st.booleans(),
)
def test_a_file_of_any_size_is_looked_up_where_it_lies(listed: set[str], others: set[str], *, counted: bool) -> None:
    hashes = sorted(hashlib.sha1(word.encode(), usedforsecurity=False).hexdigest().upper() for word in listed)
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(f"{one}:{place}" if counted else one for place, one in enumerate(hashes)) + "\n")
        file.flush()
        check(Path(file.name))
        assert all(is_breached(Path(file.name), word) for word in listed)
        assert not any(is_breached(Path(file.name), word) for word in others - listed)


def test_the_operators_file_counts_too(tmp_path: Path, settings: Any) -> None:
    file = tmp_path / "pwned.txt"
    file.write_text(hashlib.sha1(b"a boat of reeds", usedforsecurity=False).hexdigest() + ":7\n")
    validate_password("a boat of reeds")
    settings.BREACHED_PASSWORDS = file
    with pytest.raises(ValidationError):
        validate_password("a boat of reeds")
    file.write_text("a boat of reeds\n")
    with pytest.raises(NotAListError):
        check(file)


def test_no_more_than_needed_is_kept_of_where_and_with_what() -> None:
    assert network_of("203.0.113.77") == "203.0.113.0"
    assert network_of("2001:db8:1:2::3") == "2001:db8:1::"
    chrome = (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
    )
    assert device_of(chrome) == "Chrome, Windows"
    assert device_of("curl/8.0") == ""
