"""Recomputing the whole ledger from its rows: every entry, position, node and head, and what was kept elsewhere.

The rows are read once, in the tree's order, in constant memory. Between two signed heads the audit decides by
signature and root which of the tables was changed: where the stored leaf hashes give the signed root, an entry that
does not fit its leaf was changed; where the entries give it, the leaf was.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from tongban.foundation.transparency import merkle, receipts
from tongban.foundation.transparency.receipts import Head, PublicKey
from tongban.foundation.transparency.tree import ENTRY_COLUMNS

MOST_FINDINGS = 100
_ROWS_AT_ONCE = 2000

_LEAVES = f"""
SELECT l.position, l.entry_id, l.hash, {ENTRY_COLUMNS}
FROM foundation_ledgerleaf l LEFT JOIN foundation_ledgerentry e ON e.id = l.entry_id ORDER BY l.position
"""  # noqa: S608 - put together from constants
# In the order in which growing leaves complete them.
_NODES = """
SELECT level, place, hash FROM foundation_ledgernode ORDER BY (place + 1) << level, level
"""
_HEADS = "SELECT number, size, root, at, key_id, signature FROM foundation_ledgerhead ORDER BY number"
_NOWHERE = """
SELECT e.id FROM foundation_ledgerentry e
WHERE NOT EXISTS (SELECT FROM foundation_ledgerleaf l WHERE l.entry_id = e.id)
AND NOT EXISTS (SELECT FROM foundation_unplacedentry u WHERE u.entry_id = e.id) ORDER BY e.id LIMIT %s
"""
_LOST = """
SELECT u.entry_id FROM foundation_unplacedentry u
WHERE NOT EXISTS (SELECT FROM foundation_ledgerentry e WHERE e.id = u.entry_id) ORDER BY u.entry_id LIMIT %s
"""
_TWICE = """
SELECT u.entry_id FROM foundation_unplacedentry u JOIN foundation_ledgerleaf l USING (entry_id)
ORDER BY u.entry_id LIMIT %s
"""


@dataclass(frozen=True)
class Finding:
    """Something that is not as it was signed.

    Attributes:
        entry: id of the first entry concerned; None where no row says it any more.
        position: its position in the tree; None where it has none.
        says: what is wrong, in a sentence.
    """

    entry: int | None
    position: int | None
    says: str


@dataclass
class Audit:
    """What was looked at, and what was found; the first finding is that of the first bad entry."""

    entries: int = 0
    waiting: int = 0
    heads: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not self.findings


@dataclass
class _Leaf:
    position: int
    entry: int
    stored: bytes
    computed: bytes | None


def audit(public_key: PublicKey, kept: Sequence[Head] = ()) -> Audit:
    """Look at everything.

    Args:
        public_key: the public half of each of the ledger's keys, from outside the database.
        kept: heads kept elsewhere, which the ledger must still contain.
    """
    with _one_moment():
        run = _Run(public_key, kept)
        run.walk()
        run.look_around()
    found = run.found
    found.findings.sort(key=lambda one: (one.position is None, one.position or 0, one.entry is None, one.entry or 0))
    del found.findings[MOST_FINDINGS:]
    return found


@contextmanager
def _one_moment() -> Iterator[None]:
    """Every statement sees the ledger of the same moment, whatever is appended meanwhile."""
    fresh = not connection.in_atomic_block
    with transaction.atomic():
        if fresh:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _stream(name: str, sql: str) -> Iterator[tuple[Any, ...]]:
    connection.ensure_connection()
    with connection.connection.cursor(name=f"audit_{name}") as cursor:
        cursor.itersize = _ROWS_AT_ONCE
        cursor.execute(sql)
        yield from cursor


class _Run:
    def __init__(self, public_key: PublicKey, kept: Sequence[Head]) -> None:
        self.found = Audit()
        self._public_key = public_key
        self._kept = kept
        self._roots: dict[int, bytes] = {}
        self._wanted = {head.size for head in kept}
        self._tree = merkle.Frontier()
        self._span: list[_Leaf] = []
        self._nodes = _stream("nodes", _NODES)
        self._node = next(self._nodes, None)
        self._heads = self._sound_heads()
        self._head = next(self._heads, None)
        # After a part that cannot be put right every later root differs; that is not said of each head again.
        self._lost = False
        self._last_entry: int | None = None
        # First position and length of what is missing.
        self._gaps: list[tuple[int, int]] = []

    # --- in the tree's order ---

    def walk(self) -> None:
        expected = 0
        for position, entry, stored, *columns in _stream("leaves", _LEAVES):
            if position != expected:
                self._gap(expected, position, entry)
            expected = position + 1
            computed = None
            if columns[0] is not None:
                computed = merkle.leaf_hash(receipts.entry_bytes(receipts.entry_document(*columns)))
            self.found.entries += 1
            self._span.append(_Leaf(position, entry, bytes(stored), computed))
            while self._head and self._head.size <= expected:
                self._close(self._head)
                self._head = next(self._heads, None)
            self._last_entry = entry
        self._end(expected)

    def _gap(self, expected: int, position: int, entry: int) -> None:
        between = (
            f"after entry {self._last_entry}, before entry {entry}" if self._last_entry else f"before entry {entry}"
        )
        missing = (
            f"position {expected} is" if position == expected + 1 else f"positions {expected} to {position - 1} are"
        )
        self._say(None, expected, f"{missing} missing from the tree ({between})")
        self._gaps.append((expected, position - expected))
        self._lost = True

    def _close(self, head: Head) -> None:
        """A head covers the leaves read since the last one."""
        span, self._span = self._span, []
        differing = [leaf for leaf in span if leaf.computed != leaf.stored]
        by_leaves = self._root_with(leaf.stored for leaf in span)
        by_rows = self._root_with(leaf.computed or b"" for leaf in span) if differing else by_leaves
        adopted = [leaf.stored for leaf in span]
        unsigned = False
        if self._lost or by_leaves == head.root:
            for leaf in differing:
                self._changed(leaf)
        elif by_rows == head.root:
            for leaf in differing:
                says = f"the leaf hash kept at position {leaf.position} was changed; the entry's row is sound"
                self._say(leaf.entry, leaf.position, says)
            adopted = [leaf.computed or b"" for leaf in span]
        else:
            self._lost = unsigned = True
        wrong_nodes = self._grow(span, adopted)
        if unsigned:
            self._narrow(head, span, differing, wrong_nodes)
        for first, last, leaf in wrong_nodes if not self._lost else ():
            says = f"the node kept over positions {first} to {last} is missing or was changed; the entries are sound"
            self._say(leaf.entry, leaf.position, says)

    def _narrow(
        self, head: Head, span: list[_Leaf], differing: list[_Leaf], wrong_nodes: list[tuple[int, int, _Leaf]]
    ) -> None:
        """Rows and leaves agree with each other or not, but neither with what was signed."""
        if differing:
            for leaf in differing:
                self._changed(leaf)
            return
        if not span:
            self._say(self._last_entry, self._tree.size - 1, f"head {head.number} has another root than its entries")
            return
        first, last = span[0].position, span[-1].position
        if wrong_nodes:
            first, last = min(((a, b) for a, b, _leaf in wrong_nodes), key=lambda one: one[1] - one[0])
        leaf = next((leaf for leaf in span if leaf.position >= first), span[0])
        says = (
            f"from here to position {last}, entries and their leaves are not those signed in head {head.number}:"
            " both were changed, exchanged or put in"
        )
        self._say(leaf.entry, leaf.position, says)

    def _changed(self, leaf: _Leaf) -> None:
        if leaf.computed is None:
            self._say(leaf.entry, leaf.position, "the entry's row was removed")
        else:
            self._say(leaf.entry, leaf.position, "the entry's row was changed after it was placed")

    def _grow(self, span: list[_Leaf], adopted: list[bytes]) -> list[tuple[int, int, _Leaf]]:
        """Add the leaves; the stored nodes that are not those completed: first and last position, last leaf."""
        wrong: list[tuple[int, int, _Leaf]] = []
        for leaf, value in zip(span, adopted, strict=True):
            for (level, place), expected in self._tree.push(value):
                first, last = place << level, ((place + 1) << level) - 1
                while self._node and _completion(*self._node[:2]) < _completion(level, place):
                    self._stray()
                if self._node and tuple(self._node[:2]) == (level, place):
                    if bytes(self._node[2]) != expected:
                        wrong.append((first, last, leaf))
                    self._node = next(self._nodes, None)
                else:
                    wrong.append((first, last, leaf))
            if self._tree.size in self._wanted:
                self._roots[self._tree.size] = self._tree.root
        return wrong

    def _root_with(self, leaves: Iterable[bytes]) -> bytes:
        grown = self._tree.copy()
        for leaf in leaves:
            grown.push(leaf)
        return grown.root

    def _stray(self) -> None:
        if self._node and not self._lost:
            level, place = self._node[:2]
            self._say(None, place << level, f"a node is kept at level {level}, place {place}, that the tree has not")
        self._node = next(self._nodes, None)

    def _end(self, size: int) -> None:
        if self._head:
            says = (
                f"the ledger ends at {size} entries, but head {self._head.number} was signed over {self._head.size}:"
                f" what came after entry {self._last_entry} was removed"
            )
            self._say(None, size, says)
            heads = [self._head, *self._heads]
            self._gaps.append((size, heads[-1].size - size))
        if self._span:
            if not self._head:
                first = self._span[0]
                self._say(first.entry, first.position, "the entry stands in the tree, but in no signed head")
            for leaf in self._span:
                if leaf.computed != leaf.stored:
                    self._changed(leaf)
            self._grow(self._span, [leaf.stored for leaf in self._span])
        while self._node:
            self._stray()

    # --- heads ---

    def _sound_heads(self) -> Iterator[Head]:
        """Every head with a good signature; of the others it is said."""
        number = size = 0
        time = ""
        for row in _stream("heads", _HEADS):
            head = Head(row[0], row[1], bytes(row[2]), receipts.written_time(row[3]), row[4], bytes(row[5]))
            self.found.heads += 1
            number += 1
            if head.number != number:
                self._say(None, size, f"head {number} was removed")
                number = head.number
            public = self._public_key(head.key)
            if public is None:
                self._say(None, size, f"head {number} is signed by key {head.key}, which is none of this installation")
            elif not head.signed_by(public):
                self._say(None, size, f"head {number} was changed, or its signature is forged")
            elif head.size <= size or head.time < time:
                self._say(None, size, f"head {number} does not follow the one before it")
            else:
                size, time = head.size, head.time
                yield head

    # --- around the tree ---

    def look_around(self) -> None:
        """What stands in no position, what waits for one, and whether the ledger still holds what was kept."""
        with connection.cursor() as cursor:
            for sql, says in (
                (
                    _NOWHERE,
                    "the entry stands in no position and waits for none: it was put in, or its position removed",
                ),
                (_LOST, "the entry was removed while it waited for its position"),
                (_TWICE, "the entry waits for a position though it has one: it was put in line again"),
            ):
                cursor.execute(sql, [MOST_FINDINGS])
                entries = [entry for (entry,) in cursor.fetchall()]
                for entry in entries:
                    self._say(entry, None, says)
                if sql is _NOWHERE:
                    self._fill_gaps(entries)
            cursor.execute("SELECT count(*) FROM foundation_unplacedentry")
            self.found.waiting = cursor.fetchone()[0]
            self._name_entries(cursor)
        for head in self._kept:
            self._look_at_kept(head)

    def _fill_gaps(self, nowhere: list[int]) -> None:
        """Where as many positions are missing as entries stand in none, these belong there, in this order."""
        if sum(length for _first, length in self._gaps) != len(nowhere):
            return
        given = iter(nowhere)
        entries = {first + offset: next(given) for first, length in self._gaps for offset in range(length)}
        findings = self.found.findings
        findings[:] = [
            one if one.entry is not None or one.position is None else replace(one, entry=entries.get(one.position))
            for one in findings
        ]

    def _name_entries(self, cursor: CursorWrapper) -> None:
        """What is said of a head or a node is said of the first entry it covers."""
        findings = self.found.findings
        positions = [one.position for one in findings if one.entry is None and one.position is not None]
        cursor.execute("SELECT position, entry_id FROM foundation_ledgerleaf WHERE position = ANY(%s)", [positions])
        entries = dict(cursor.fetchall())
        findings[:] = [
            one if one.entry is not None or one.position is None else replace(one, entry=entries.get(one.position))
            for one in findings
        ]

    def _look_at_kept(self, head: Head) -> None:
        public = self._public_key(head.key)
        if public is None or not head.signed_by(public):
            self._say(None, None, f"the kept head {head.number} was not signed by a key of this installation")
        elif head.size > self._tree.size:
            says = (
                f"the ledger ends at {self._tree.size} entries, but a kept head was signed over {head.size}:"
                f" what came after entry {self._last_entry} was removed"
            )
            self._say(None, self._tree.size, says)
        elif self._roots.get(head.size) != head.root and not self._lost:
            self._say(
                None, head.size - 1, f"the first {head.size} entries are not those of the kept head {head.number}"
            )

    def _say(self, entry: int | None, position: int | None, says: str) -> None:
        if len(self.found.findings) < MOST_FINDINGS * 2:
            self.found.findings.append(Finding(entry, position, says))


def _completion(level: int, place: int) -> tuple[int, int]:
    return (place + 1) << level, level
