"""`tongban verify` and `tongban ledger`: offline where nothing but the command is installed, and on an installation."""

import importlib.util
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.cli.support import run_tongban
from tongban.foundation.postgres import Cluster
from tongban.foundation.transparency import merkle, receipts

SOURCE = Path(__file__).resolve().parents[2] / "src"
PRIVATE = bytes(range(32))
PUBLIC = Ed25519PrivateKey.from_private_bytes(PRIVATE).public_key().public_bytes_raw()
AT = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
# What `tongban verify RECEIPT` needs beside Python: a command line, Ed25519, and what that needs.
NEEDED = ("click", "cryptography", "cffi", "_cffi_backend", "typing_extensions")


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A folder with nothing installed but that."""
    site = tmp_path / "site"
    site.mkdir()
    for name in NEEDED:
        found = importlib.util.find_spec(name)
        if found and found.origin:
            origin = Path(found.origin)
            origin = origin.parent if origin.name == "__init__.py" else origin
            (site / origin.name).symlink_to(origin)
    (site / "tongban").symlink_to(SOURCE / "tongban")
    return site


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A receipt under a head of six entries, the head of all eleven, and the consistency document between them."""
    entries = [
        receipts.entry_document(n, AT, None, None, "person:1", "submit", "case", f"{n}", b"\x00", "0" * 64)
        for n in range(11)
    ]
    frontier, nodes, heads = merkle.Frontier(), {}, {}
    for place, entry in enumerate(entries):
        leaf = merkle.leaf_hash(receipts.entry_bytes(entry))
        nodes[0, place] = leaf
        nodes.update(frontier.push(leaf))
        heads[place + 1] = receipts.signed(place + 1, place + 1, frontier.root, AT, PRIVATE)
    proof = merkle.proof_of(merkle.inclusion_ranges(4, 6), nodes)
    between = merkle.proof_of(merkle.consistency_ranges(6, 11), nodes)
    written: dict[str, Any] = {
        "receipt.json": receipts.Receipt(entries[4], 4, proof, heads[6], PUBLIC).document(),
        "same.json": heads[6].document(),
        "head.json": heads[11].document(),
        "between.json": receipts.Consistency(heads[6], heads[11], between).document(),
    }
    written["changed.json"] = written["receipt.json"] | {"entry": entries[5]}
    for name, document in written.items():
        (tmp_path / name).write_text(json.dumps(document))
    (tmp_path / "key.txt").write_text(PUBLIC.hex() + "\n")
    return tmp_path


def _verify(bare: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """In an empty environment: no variable, no site packages, no network asked for, nothing to write."""
    code = (
        "import sys; sys.path.insert(0, sys.argv.pop(1))\n"
        "from tongban.cli.app import run\n"
        "code = run(sys.argv[1:])\n"
        "foreign = {'django', 'psycopg', 'structlog', 'ninja'} & {name.partition('.')[0] for name in sys.modules}\n"
        "sys.exit(f'loaded {foreign}' if foreign else code)\n"
    )
    return subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", code, str(bare), "verify", *arguments],
        env={},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["receipt.json"], 0, "compare it with the one that is published"),
        (["receipt.json", "--key", PUBLIC.hex()], 0, "Sound: submit case 4 at 2026-06-01"),
        (["receipt.json", "--key", "key.txt", "--against", "same.json"], 0, "has the same root over 6 entries"),
        (["receipt.json", "--against", "between.json"], 0, "the tree of 11 entries begins with the one of 6"),
        (["receipt.json", "--json"], 0, '"sound": true'),
        (["changed.json"], 1, "NOT SOUND"),
        (["receipt.json", "--key", "0" * 64], 1, "is not that of key"),
        (["receipt.json", "--against", "head.json"], 2, "earlier=6&later=11"),
        (["receipt.json", "--against", "key.txt"], 2, "key.txt: not JSON"),
        (["receipt.json", "--key", "nonsense"], 2, "--key is neither"),
        (["head.json"], 2, "head.json is not a receipt: the receipt has no member 'format'"),
        (["missing.json"], 2, "missing.json cannot be read"),
        ([], 2, "or --all; one of the two"),
        (["receipt.json", "--all"], 2, "one of the two"),
        (["--all", "--key", "key.txt"], 2, "--key belongs to a receipt"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_receipt_is_verified_in_an_empty_environment(
    bare: Path, files: Path, arguments: list[str], code: int, words: str
) -> None:
    done = _verify(bare, files, *arguments)
    assert (done.returncode, words in done.stdout + done.stderr) == (code, True), done.stdout + done.stderr


def _json(home: Path, *arguments: str, code: int = 0) -> Any:
    done = run_tongban(home, *arguments)
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_a_ledger_from_its_first_entry_to_a_restored_backup(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    # The server runs throughout, as it does under a platform: the commands share it.
    with Cluster(home / "postgres") as cluster:
        with psycopg.connect(cluster.url) as connection:
            connection.execute(
                "WITH entry AS (INSERT INTO foundation_ledgerentry"
                " (at, principal, deed, object_type, object_id, salt, digest) SELECT now(), '', 'submit', 'case',"
                " n::text, '\\x00', repeat('0', 64) FROM generate_series(1, 9) n"
                " RETURNING id) INSERT INTO foundation_unplacedentry SELECT id FROM entry"
            )
        assert run_tongban(home, "ledger", "place").stdout == "9 entries placed.\n"
        head = _json(home, "ledger", "head")
        assert json.loads((home / "ledger-head.json").read_text()) == head
        (tmp_path / "receipt.json").write_text(json.dumps(_json(home, "ledger", "receipt", "4")))
        checked = _json(home, "verify", str(tmp_path / "receipt.json"), "--json")
        assert (checked["sound"], checked["entry"]["object_id"]) == (True, "4")
        assert run_tongban(home, "backup", str(tmp_path / "kept.tar")).returncode == 0
        assert run_tongban(home, "ledger", "rotate-key").returncode == 0
        assert _json(home, "verify", "--all", "--json")["entries"] == 9

        with psycopg.connect(cluster.url) as connection:
            connection.execute("SET session_replication_role = replica")
            connection.execute("UPDATE foundation_ledgerentry SET deed = 'deny' WHERE id = 6")
        found = _json(home, "verify", "--all", "--json", code=1)
        assert (found["first"]["entry"], found["first"]["position"]) == (6, 5)

    done = run_tongban(other, "restore", str(tmp_path / "kept.tar"))
    assert done.returncode == 0, done.stderr
    assert json.loads((other / "ledger-head.json").read_text()) == head
    (tmp_path / "head.json").write_text(json.dumps(head))
    assert _json(other, "verify", "--all", "--against", str(tmp_path / "head.json"), "--json")["sound"] is True
    assert (other / "ledger-head.json").stat().st_mode & 0o777 == 0o600
