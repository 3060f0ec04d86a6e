"""The key file: made once, private, read by all, refused when open to others or damaged."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap_with_padding, aes_key_wrap_with_padding

from tongban.foundation.keys import (
    KEY_BYTES,
    PURPOSES,
    KeysError,
    advance_index_keys,
    destroy_sealing_key,
    ledger_key_id,
    load_or_create_keys,
    retire_sealing_key,
    rotate_index_key,
    rotate_ledger_key,
    rotate_master_key,
    rotate_sealing_key,
)
from tongban.foundation.suites import AES_256_GCM, SM4_GCM

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _no_override(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TONGBAN_KEYS_FILE", raising=False)


def test_made_at_first_use_and_the_same_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "新 home" / "keys.json"
    keys = load_or_create_keys(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(keys.index) == KEY_BYTES
    assert set(keys.active) == set(PURPOSES)
    assert all(len(key.key) == key.suite.key_bytes for key in keys.sealing.values())
    assert len(keys.signing_secret) >= 50  # Django warns below that
    assert load_or_create_keys(path) == keys
    assert os.listdir(path.parent) == ["keys.json"]  # noqa: PTH208 - no temporary file is left


def test_the_environment_names_another_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path / "elsewhere.json"
    monkeypatch.setenv("TONGBAN_KEYS_FILE", str(elsewhere))
    load_or_create_keys(tmp_path / "keys.json")
    assert elsewhere.exists()
    assert not (tmp_path / "keys.json").exists()


def test_processes_starting_together_get_the_same_keys(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tongban.foundation.keys import load_or_create_keys;"
        "sys.stdin.readline(); print(load_or_create_keys(Path(sys.argv[1])).signing_secret)"
    )
    starters = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path / "keys.json")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(6)
    ]
    for process in starters:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    secrets = {process.communicate()[0] for process in starters}
    assert len(secrets) == 1
    assert len(secrets.pop()) > 50


def test_keys_are_not_shown(tmp_path: Path) -> None:
    keys = load_or_create_keys(tmp_path / "keys.json")
    assert keys.signing_secret not in repr(keys)


def test_a_file_open_to_others_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    load_or_create_keys(path)
    path.chmod(0o644)
    with pytest.raises(KeysError, match="open to others"):
        load_or_create_keys(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"index": {"master": "gone", "wrapped": ""}}, "master key 'gone' is missing"),
        ({"format": 9}, "format 9, expected 2"),
        ({"data_keys": {}}, "no key seals for 'fields'"),
        ({"index_keys": {}}, "not exactly one is active"),
        ({"master": {"active": "m", "keys": {"m": {"suite": "AES-256-GCM", "key": "c2hvcnQ="}}}}, "5 bytes, expected"),
        ({"master": {"active": "m", "keys": {"m": {"suite": "AES-256-GCM", "key": "!"}}}}, "damaged"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path: Path, change: dict[str, object], message: str) -> None:
    path = tmp_path / "keys.json"
    load_or_create_keys(path)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(KeysError, match=message):
        load_or_create_keys(path)


def test_an_unusable_folder_gets_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(KeysError, match=r"key file .* cannot be"):
        load_or_create_keys(tmp_path / "file" / "keys.json")


def _without_ledger(path: Path) -> dict[str, object]:
    """The file as a former version made it."""
    load_or_create_keys(path)
    content: dict[str, object] = json.loads(path.read_text())
    del content["ledger"], content["active_ledger_key"]
    path.write_text(json.dumps(content))
    return content


def test_a_former_versions_file_gets_a_key_of_the_ledger_once(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    former = _without_ledger(path)
    keys = load_or_create_keys(path)
    signing = keys.ledger[keys.active_ledger_key]
    assert signing.private
    assert ledger_key_id(signing.public) == keys.active_ledger_key
    assert load_or_create_keys(path) == keys
    assert {name: json.loads(path.read_text())[name] for name in former} == former
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == ["keys.json"]  # noqa: PTH208 - no temporary file is left


def test_processes_that_add_the_key_together_have_the_same(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    _without_ledger(path)
    code = (
        "import sys; from pathlib import Path; from tongban.foundation.keys import load_or_create_keys;"
        "sys.stdin.readline(); print(load_or_create_keys(Path(sys.argv[1])).active_ledger_key)"
    )
    starters = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(6)
    ]
    for process in starters:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    assert {process.communicate()[0].strip() for process in starters} == {load_or_create_keys(path).active_ledger_key}


def test_rotating_keeps_public_halves_and_forgets_private_ones(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    first = load_or_create_keys(path)
    second, third = rotate_ledger_key(path), rotate_ledger_key(path)
    keys = load_or_create_keys(path)
    assert set(keys.ledger) == {first.active_ledger_key, second, third}
    assert keys.active_ledger_key == third
    assert [key_id for key_id, key in keys.ledger.items() if key.private] == [third]
    assert keys.ledger[first.active_ledger_key].public == first.ledger[first.active_ledger_key].public
    assert (keys.sealing, keys.index, keys.signing_secret) == (first.sealing, first.index, first.signing_secret)
    shown = repr(keys)
    assert not any(repr(key.private) in shown for key in keys.ledger.values() if key.private)


def test_a_key_of_the_ledger_that_is_not_its_own_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    rotate_ledger_key(path)
    content = json.loads(path.read_text())
    exchanged = content["ledger"] | {content["active_ledger_key"]: next(iter(content["ledger"].values()))}
    for change, words in (
        ({"ledger": exchanged}, "has another public half"),
        ({"active_ledger_key": next(iter(content["ledger"]))}, "among the ledger's keys that can sign"),
    ):
        path.write_text(json.dumps(content | change))
        with pytest.raises(KeysError, match=words):
            load_or_create_keys(path)


def test_a_generation_of_the_indexes_comes_is_active_ends_and_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    first = load_or_create_keys(path)
    assert rotate_index_key(path, NOW) == 2
    with pytest.raises(KeysError, match="being changed already"):
        rotate_index_key(path, NOW)
    states = []
    while (keys := load_or_create_keys(path)).turning:
        states.append({number: key.state for number, key in keys.index_keys.items()})
        # A new master key in the middle is as good.
        rotate_master_key(path)
        assert load_or_create_keys(path).index_keys == keys.index_keys
        assert advance_index_keys(path, keys.index_keys, NOW)
        assert not advance_index_keys(path, keys.index_keys, NOW), "another process took the step"
    assert states == [{1: "active", 2: "coming"}, {1: "ending", 2: "active"}, {1: "ended", 2: "active"}]
    assert keys.looked_up_by.number == 2
    assert keys.looked_up_by.mark != first.looked_up_by.mark
    assert keys.index == first.index, "the ledger's digests and subject identifiers stay"


def test_the_key_of_an_ended_generation_is_in_the_file_no_more(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    load_or_create_keys(path)
    rotate_index_key(path, NOW)
    for _step in range(2):
        advance_index_keys(path, load_or_create_keys(path).index_keys, NOW)
    kept = json.loads(path.read_text())["index_keys"]
    assert {number: "wrapped" in entry for number, entry in kept.items()} == {"1": False, "2": True}


def test_a_former_versions_file_looks_up_by_the_permanent_key(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    load_or_create_keys(path)
    content = json.loads(path.read_text())
    del content["index_keys"]
    path.write_text(json.dumps(content))
    keys = load_or_create_keys(path)
    assert (keys.looked_up_by.number, keys.looked_up_by.key, keys.turning) == (0, None, None)
    assert load_or_create_keys(path) == keys
    assert rotate_index_key(path, NOW) == 1


def test_a_key_goes_from_active_to_opening_to_retired_to_gone(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    first = load_or_create_keys(path).active["fields"]
    second = rotate_sealing_key(path, "fields", SM4_GCM, NOW)
    keys = load_or_create_keys(path)
    assert keys.active["fields"] == second
    assert (keys.sealing[first].superseded_at, keys.sealing[second].suite) == (NOW, SM4_GCM)
    with pytest.raises(KeysError, match="is opening, not retired"):
        destroy_sealing_key(path, first)
    with pytest.raises(KeysError, match="is active, not opening"):
        retire_sealing_key(path, second)
    retire_sealing_key(path, first)
    assert first in load_or_create_keys(path).retired
    destroy_sealing_key(path, first)
    assert first not in path.read_text()


class Keeper:
    """A key service that wraps with AES key wrap (RFC 3394); its master key is in no file."""

    def wrap(self, key: bytes, label: str) -> tuple[str, bytes]:
        wrapped = aes_key_wrap_with_padding(b"M" * 32, len(label).to_bytes(2) + label.encode() + key)
        return "hsm-1", wrapped

    def unwrap(self, master: str, wrapped: bytes, label: str) -> bytes:
        opened = aes_key_unwrap_with_padding(b"M" * 32, wrapped)
        assert (master, opened[2 : 2 + len(label.encode())]) == ("hsm-1", label.encode())
        return opened[2 + int.from_bytes(opened[:2]) :]


def test_the_master_key_may_live_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "keys.json"
    before = load_or_create_keys(path)
    own = rotate_master_key(path, SM4_GCM)
    assert load_or_create_keys(path) == before
    monkeypatch.setenv("TONGBAN_MASTER_KEY", f"{__name__}:Keeper")
    assert load_or_create_keys(path) == before  # what the file's own master key wrapped opens still
    assert rotate_master_key(path) == "hsm-1"
    assert load_or_create_keys(path) == before
    assert own not in path.read_text()
    assert "master" not in json.loads(path.read_text())
    monkeypatch.delenv("TONGBAN_MASTER_KEY")
    with pytest.raises(KeysError, match="master key 'hsm-1' is missing"):
        load_or_create_keys(path)


def test_a_wrapped_key_cannot_be_passed_off_as_another(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    rotate_sealing_key(path, "fields", AES_256_GCM, NOW)
    content = json.loads(path.read_text())
    one, other = list(content["data_keys"])[:2]
    content["data_keys"][one]["wrapped"] = content["data_keys"][other]["wrapped"]
    path.write_text(json.dumps(content))
    with pytest.raises(KeysError, match="does not open data key"):
        load_or_create_keys(path)
