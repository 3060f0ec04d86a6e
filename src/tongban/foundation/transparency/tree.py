"""Growing the tree: committed entries get positions, complete nodes are kept, the new head is signed.

Positions are given here and not by the entries' ids, because ids are given out before commit: an entry whose
transaction was open when later ids were placed simply comes after them. What has no position stands in
`UnplacedEntry`, in whose row the entry's own transaction wrote it.
"""

import json
import os
import tempfile
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from itertools import count
from pathlib import Path

import structlog
from django.conf import settings
from django.db import connection, transaction

from tongban.foundation.keys import KeyRing, Keys
from tongban.foundation.models import LedgerHead
from tongban.foundation.transparency import merkle, receipts
from tongban.foundation.transparency.receipts import Head

log = structlog.get_logger(__name__)

MOST_A_BATCH = 4096
# Any number, the same in every process that grows this tree.
TREE_LOCK = 7_402_040

ENTRY_COLUMNS = "e.id, e.at, e.account_id, e.post_id, e.principal, e.deed, e.object_type, e.object_id, e.salt, e.digest"

# A row that stands here for an entry placed long ago was put here by hand; the audit names it.
_WAITING = f"""
SELECT {ENTRY_COLUMNS} FROM foundation_unplacedentry u JOIN foundation_ledgerentry e ON e.id = u.entry_id
WHERE NOT EXISTS (SELECT FROM foundation_ledgerleaf l WHERE l.entry_id = u.entry_id)
ORDER BY u.entry_id LIMIT %s
"""  # noqa: S608 - put together from constants
_LEAVES = """
INSERT INTO foundation_ledgerleaf (position, entry_id, hash)
SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bytea[])
"""
_NODES = """
INSERT INTO foundation_ledgernode (level, place, hash)
SELECT * FROM unnest(%s::smallint[], %s::bigint[], %s::bytea[])
"""
_FIND_NODES = """
SELECT 0, l.position, l.hash FROM foundation_ledgerleaf l WHERE l.position = ANY(%s)
UNION ALL
SELECT n.level, n.place, n.hash FROM foundation_ledgernode n
JOIN unnest(%s::smallint[], %s::bigint[]) AS w(level, place) ON n.level = w.level AND n.place = w.place
"""


class BrokenLedgerError(RuntimeError):
    """The stored tree is not the one that was signed; nothing more is signed upon it. `tongban verify --all` tells."""


def ledger_keys() -> Keys:
    """The keys as the file has them now: a rotation is heard of without a restart."""
    ring: KeyRing = settings.KEYS
    return ring.refresh()


def public_key(key_id: str) -> bytes | None:
    """The public half of one of the ledger's keys, old ones too; None where there never was such a one."""
    key = ledger_keys().ledger.get(key_id)
    return key.public if key else None


def place_entries(now: datetime, most: int = MOST_A_BATCH, batches: int | None = None) -> int:
    """Give waiting entries their positions, a signed head a batch; how many. 0 too where another process is at it.

    Args:
        now: the time of the heads.
        most: entries a batch.
        batches: after how many to stop; None to go on until nothing waits.

    Raises:
        BrokenLedgerError: what is stored is not what was signed last.
    """
    total = 0
    for _ in count() if batches is None else range(batches):
        placed = _place_batch(now, most)
        total += placed
        if placed < most:
            break
    return total


def newest_head() -> Head | None:
    """The last head that was signed; None before the first."""
    row = LedgerHead.objects.order_by("-number").first()
    return head_of(row) if row else None


def head_of(row: LedgerHead) -> Head:
    return Head(row.number, row.size, bytes(row.root), receipts.written_time(row.at), row.key_id, bytes(row.signature))


def stored_nodes(wanted: Iterable[merkle.Node]) -> dict[merkle.Node, bytes]:
    """The hashes of these complete nodes, in one query.

    Raises:
        BrokenLedgerError: one is missing.
    """
    nodes = set(wanted)
    inner = sorted(node for node in nodes if node[0])
    with connection.cursor() as cursor:
        cursor.execute(
            _FIND_NODES,
            [
                [place for level, place in nodes if not level],
                [level for level, _place in inner],
                [place for _level, place in inner],
            ],
        )
        found = {(level, place): bytes(value) for level, place, value in cursor.fetchall()}
    if missing := nodes - found.keys():
        raise BrokenLedgerError("node {} of level {} is missing".format(*reversed(min(missing))))
    return found


def root_at(size: int) -> bytes:
    """The root over the first `size` entries, from the stored nodes."""
    return frontier_at(size).root


def frontier_at(size: int) -> merkle.Frontier:
    nodes = merkle.complete_nodes(0, size)
    found = stored_nodes(nodes)
    return merkle.Frontier(size, [found[node] for node in nodes])


def _place_batch(now: datetime, most: int) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [TREE_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(_WAITING, [most])
        rows = cursor.fetchall()
        if not rows:
            return 0
        last = newest_head()
        frontier = _signed_frontier(last)
        leaves: list[tuple[int, int, bytes]] = []
        nodes: list[tuple[int, int, bytes]] = []
        for row in rows:
            leaf = merkle.leaf_hash(receipts.entry_bytes(receipts.entry_document(*row)))
            leaves.append((frontier.size, row[0], leaf))
            nodes += [(level, place, value) for (level, place), value in frontier.push(leaf)]
        cursor.execute(_LEAVES, _columns(leaves))
        cursor.execute(_NODES, _columns(nodes))
        cursor.execute("DELETE FROM foundation_unplacedentry WHERE entry_id = ANY(%s)", [[row[0] for row in rows]])
        head = _signed_head(last, frontier, now)
        transaction.on_commit(partial(keep_head, head))
    return len(rows)


def _columns(rows: Sequence[tuple[int, int, bytes]]) -> list[list[int] | list[bytes]]:
    return [[row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows]]


def _signed_frontier(last: Head | None) -> merkle.Frontier:
    if last is None:
        return merkle.Frontier()
    public = public_key(last.key)
    if public is None or not last.signed_by(public):
        raise BrokenLedgerError(f"head {last.number} was not signed by a key of this installation")
    frontier = frontier_at(last.size)
    if frontier.root != last.root:
        raise BrokenLedgerError(f"the stored tree is not that of head {last.number}")
    return frontier


def _signed_head(last: Head | None, frontier: merkle.Frontier, now: datetime) -> Head:
    keys = ledger_keys()
    private = keys.ledger[keys.active_ledger_key].private
    if private is None:  # the file was refused when read
        raise BrokenLedgerError(f"key {keys.active_ledger_key} cannot sign")
    if last is not None:  # no head is older than the one before, whatever the machine's clock does
        now = max(now, datetime.fromisoformat(last.time))
    head = receipts.signed(last.number + 1 if last else 1, frontier.size, frontier.root, now, private)
    LedgerHead.objects.create(
        number=head.number, size=head.size, root=head.root, at=now, key_id=head.key, signature=head.signature
    )
    return head


# --- the head kept outside the database -----------------------------------------------------------------------------


def kept_head_path() -> Path:
    """Where the last head is kept beside the database: whoever cuts the ledger's end off cannot hide it there."""
    return Path(settings.HOME) / "ledger-head.json"


def kept_head() -> Head | None:
    """The head in that file; None where there is none.

    Raises:
        MalformedError: the file is damaged.
    """
    try:
        text = kept_head_path().read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    return receipts.head_from(receipts.parse(text))


def keep_head(head: Head) -> None:
    """Write the head beside the database, unless that would wipe out what shows that the database lost something."""
    try:
        kept = kept_head()
        if kept and (kept.size > head.size or root_at(kept.size) != kept.root):
            log.error("the kept head is not part of the ledger", kept=kept.number, newest=head.number)
            return
        path = kept_head_path()
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".ledger-head-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(head.document(), file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except (OSError, receipts.MalformedError, BrokenLedgerError) as error:
        log.exception("the head was not kept", head=head.number, error=type(error).__qualname__)
