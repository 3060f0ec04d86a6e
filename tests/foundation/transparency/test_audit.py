"""Whatever a superuser changes by hand in PostgreSQL, the audit finds it and names the first entry concerned."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection

from tests.foundation.transparency.acts import NOW, Acts
from tongban.foundation.models import LedgerHead, LedgerLeaf
from tongban.foundation.transparency import audit, merkle, receipts, tree

SIZES = (3, 5, 1, 8, 6)  # 23 entries under five heads


@dataclass
class Ledger:
    """A ledger of 23 entries: ids in the tree's order, and the head kept elsewhere."""

    ids: list[int]
    kept: receipts.Head

    def tampered(self, *statements: str, **values: str | int | bytes | datetime) -> None:
        """Direct SQL as a superuser's, triggers disabled. {n} in a statement is the id at position n."""
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            for statement in statements:
                cursor.execute(statement.format(*self.ids), values or None)

    def found(self, *, kept: bool = True) -> audit.Audit:
        return audit.audit(tree.public_key, [self.kept] if kept else [])


@pytest.fixture
def ledger(acts: Acts) -> Ledger:
    for number, size in enumerate(SIZES):
        acts(size)
        tree.place_entries(NOW + timedelta(seconds=10 * number))
    head = tree.newest_head()
    assert head
    ids = list(LedgerLeaf.objects.order_by("position").values_list("entry_id", flat=True))
    return Ledger(ids, head)


def _rebuilt(upto: int = 23) -> None:
    """What a thorough forger does: leaves and nodes computed anew from the rows as they are now."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            f"SELECT l.position, {tree.ENTRY_COLUMNS} FROM foundation_ledgerleaf l"
            " JOIN foundation_ledgerentry e ON e.id = l.entry_id ORDER BY l.position"
        )
        frontier = merkle.Frontier()
        for position, *columns in cursor.fetchall():
            leaf = merkle.leaf_hash(receipts.entry_bytes(receipts.entry_document(*columns)))
            cursor.execute("UPDATE foundation_ledgerleaf SET hash = %s WHERE position = %s", [leaf, position])
            for (level, place), value in frontier.push(leaf):
                cursor.execute(
                    "UPDATE foundation_ledgernode SET hash = %s WHERE level = %s AND place = %s", [value, level, place]
                )


def test_what_nobody_touched_is_sound(ledger: Ledger) -> None:
    found = ledger.found()
    assert (found.sound, found.entries, found.heads, found.waiting) == (True, 23, 5, 0)


ENTRY = "UPDATE foundation_ledgerentry SET {} WHERE id = {{13}}"
COLUMNS = {
    "at": "at = at + interval '1 microsecond'",
    "account": "account_id = gen_random_uuid()",
    "post": "post_id = gen_random_uuid()",
    "principal": "principal = 'platform:other'",
    "deed": "deed = 'withdraw'",
    "object type": "object_type = 'draft'",
    "object": "object_id = 'x'",
    "salt": "salt = '\\x00'",
    "digest": "digest = repeat('0', 64)",
}
# Kind of tampering: statements; position of the entry that must be named first; words of the finding.
KINDS: dict[str, tuple[list[str], int, str]] = {
    **{f"changed {name}": ([ENTRY.format(change)], 13, "row was changed") for name, change in COLUMNS.items()},
    "re-dated a year": ([ENTRY.format("at = at - interval '1 year'")], 13, "row was changed"),
    "removed row": (["DELETE FROM foundation_ledgerentry WHERE id = {4}"], 4, "row was removed"),
    "removed row and leaf": (
        [
            "DELETE FROM foundation_ledgerentry WHERE id = {4}",
            "DELETE FROM foundation_ledgerleaf WHERE entry_id = {4}",
        ],
        -1,
        "position 4 is missing",
    ),
    "removed leaf": (["DELETE FROM foundation_ledgerleaf WHERE entry_id = {4}"], 4, "position 4 is missing"),
    "removed last leaf": (["DELETE FROM foundation_ledgerleaf WHERE entry_id = {22}"], 22, "the ledger ends at 22"),
    "swapped rows": (
        [
            "UPDATE foundation_ledgerentry SET id = 0 WHERE id = {9}",
            "UPDATE foundation_ledgerentry SET id = {9} WHERE id = {15}",
            "UPDATE foundation_ledgerentry SET id = {15} WHERE id = 0",
        ],
        9,
        "row was changed",
    ),
    "changed id": (["UPDATE foundation_ledgerentry SET id = 999999999 WHERE id = {9}"], 9, "row was removed"),
    "inserted row": (
        [
            (
                "INSERT INTO foundation_ledgerentry (id, at, principal, deed, object_type, object_id, salt, digest)"
                " VALUES (999999999, now(), '', 'grant', 'case', '1', '\\x00', repeat('0', 64))"
            )
        ],
        -2,
        "it was put in",
    ),
    "waiting entry removed": (
        ["INSERT INTO foundation_unplacedentry VALUES (999999999)"],
        -2,
        "removed while it waited",
    ),
    "put in line again": (["INSERT INTO foundation_unplacedentry VALUES ({5})"], 5, "waits for a position though"),
    "swapped positions": (
        [
            "UPDATE foundation_ledgerleaf SET position = -1 WHERE entry_id = {10}",
            "UPDATE foundation_ledgerleaf SET position = 10 WHERE entry_id = {16}",
            "UPDATE foundation_ledgerleaf SET position = 16 WHERE position = -1",
        ],
        16,
        "from here to position 11",
    ),
    "swapped leaf's entries": (
        [
            "UPDATE foundation_ledgerleaf SET entry_id = -1 WHERE position = 10",
            "UPDATE foundation_ledgerleaf SET entry_id = {10} WHERE position = 16",
            "UPDATE foundation_ledgerleaf SET entry_id = {16} WHERE position = 10",
        ],
        16,
        "row was changed",
    ),
    "changed leaf": (
        ["UPDATE foundation_ledgerleaf SET hash = '\\x00' WHERE entry_id = {7}"],
        7,
        "leaf hash kept at position 7 was changed",
    ),
    "changed node": (
        ["UPDATE foundation_ledgernode SET hash = '\\x00' WHERE level = 2 AND place = 2"],
        11,
        "over positions 8 to 11",
    ),
    "removed node": (["DELETE FROM foundation_ledgernode WHERE level = 1 AND place = 3"], 7, "positions 6 to 7"),
    "inserted node": (["INSERT INTO foundation_ledgernode VALUES (3, 7, '\\x00')"], -1, "that the tree has not"),
    "changed head": (["UPDATE foundation_ledgerhead SET root = '\\x00' WHERE number = 2"], 3, "head 2 was changed"),
    "re-dated head": (
        ["UPDATE foundation_ledgerhead SET at = at + interval '1 second' WHERE number = 3"],
        8,
        "head 3 was changed",
    ),
    "resized head": (["UPDATE foundation_ledgerhead SET size = 7 WHERE number = 2"], 3, "head 2 was changed"),
    "forged signature": (
        ["UPDATE foundation_ledgerhead SET signature = sha512(signature) WHERE number = 5"],
        17,
        "head 5 was changed, or its signature is forged",
    ),
    "unknown key": (["UPDATE foundation_ledgerhead SET key_id = 'x' WHERE number = 4"], 9, "none of this installation"),
    "removed head": (["DELETE FROM foundation_ledgerhead WHERE number = 2"], 3, "head 2 was removed"),
    "removed last head": (["DELETE FROM foundation_ledgerhead WHERE number = 5"], 17, "in no signed head"),
    "truncated tail": (
        [
            "DELETE FROM foundation_ledgerentry WHERE id >= {9}",
            "DELETE FROM foundation_ledgerleaf WHERE position >= 9",
            "DELETE FROM foundation_ledgernode WHERE (place + 1) << level > 9",
            "DELETE FROM foundation_ledgerhead WHERE size > 9",
        ],
        -1,
        "the ledger ends at 9 entries, but a kept head was signed over 23",
    ),
    "everything removed": (
        [
            "DELETE FROM foundation_ledgerentry",
            "DELETE FROM foundation_ledgerleaf",
            "DELETE FROM foundation_ledgernode",
            "DELETE FROM foundation_ledgerhead",
        ],
        -1,
        "the ledger ends at 0 entries, but a kept head was signed over 23",
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_tampering_is_found_and_the_first_bad_entry_named(ledger: Ledger, kind: str) -> None:
    statements, position, words = KINDS[kind]
    ledger.tampered(*statements)
    found = ledger.found()
    assert not found.sound
    first = found.findings[0]
    expected = {-1: None, -2: 999999999}.get(position) if position < 0 else ledger.ids[position]
    assert (first.entry, words in first.says) == (expected, True), found.findings


@pytest.mark.parametrize("position", [0, 2, 8, 14, 22])
def test_a_forger_who_computes_everything_anew_lacks_the_key(ledger: Ledger, position: int) -> None:
    """The rows agree with each other; only the signed heads do not, so the batch is named."""
    ledger.tampered(f"UPDATE foundation_ledgerentry SET deed = 'x' WHERE id = {{{position}}}")
    _rebuilt()
    first = ledger.found(kept=False).findings[0]
    assert first.position is not None
    begin = max(b for b in (0, 3, 8, 9, 17) if b <= position)
    assert (first.position, first.entry) == (begin, ledger.ids[begin])
    assert "are not those signed in head" in first.says


def test_an_entry_and_its_leaf_changed_are_narrowed_by_the_nodes(ledger: Ledger) -> None:
    ledger.tampered("UPDATE foundation_ledgerentry SET deed = 'x' WHERE id = {14}")
    nodes = "SELECT level, place, hash FROM foundation_ledgernode"
    with connection.cursor() as cursor:
        cursor.execute(nodes)
        kept = cursor.fetchall()
    _rebuilt()
    for level, place, value in kept:
        ledger.tampered(
            "UPDATE foundation_ledgernode SET hash = %(h)s WHERE level = %(l)s AND place = %(p)s",
            h=value, l=level, p=place,
        )  # fmt: skip
    first = ledger.found(kept=False).findings[0]
    assert (first.entry, first.says[:27]) == (ledger.ids[14], "from here to position 15, e")


def test_even_who_has_the_key_cannot_contradict_a_head_kept_elsewhere(ledger: Ledger) -> None:
    """A forger with the signing key rewrites rows, nodes and heads: only what others kept speaks against it."""
    ledger.tampered("UPDATE foundation_ledgerentry SET deed = 'x' WHERE id = {14}")
    _rebuilt()
    keys = tree.ledger_keys()
    private = keys.ledger[keys.active_ledger_key].private
    assert private
    for row in LedgerHead.objects.order_by("number"):
        head = receipts.signed(row.number, row.size, tree.root_at(row.size), row.at, private)
        ledger.tampered(
            "UPDATE foundation_ledgerhead SET root = %(root)s, signature = %(sig)s, key_id = %(key)s"
            " WHERE number = %(number)s",
            root=head.root, sig=head.signature, key=head.key, number=head.number,
        )  # fmt: skip
    assert ledger.found(kept=False).sound
    found = ledger.found(kept=True)
    assert "are not those of the kept head 5" in found.findings[0].says


def test_a_head_signed_by_a_foreign_key_is_forged(ledger: Ledger) -> None:
    private = Ed25519PrivateKey.generate()
    keys = tree.ledger_keys()
    head = receipts.signed(5, 23, ledger.kept.root, NOW + timedelta(minutes=1), private.private_bytes_raw())
    ledger.tampered(
        "UPDATE foundation_ledgerhead SET at = %(at)s, signature = %(sig)s, key_id = %(key)s WHERE number = 5",
        at=NOW + timedelta(minutes=1), sig=head.signature, key=keys.active_ledger_key,
    )  # fmt: skip
    assert "forged" in ledger.found(kept=False).findings[0].says
    known = {**{key: one.public for key, one in keys.ledger.items()}, head.key: private.public_key().public_bytes_raw()}
    assert not audit.audit(known.get).sound


def test_entries_that_wait_are_no_finding(ledger: Ledger, acts: Acts) -> None:
    acts(4)
    found = ledger.found()
    assert (found.sound, found.entries, found.waiting) == (True, 23, 4)
