"""Growing the tree: nothing is skipped, batches are signed, proofs come from the stored nodes."""

import json
import threading
import uuid
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.db import IntegrityError, InternalError, connection, transaction

from tests.foundation.transparency.acts import ACTOR, NOW, Acts
from tongban.foundation.errors import ConflictError, NotFoundError, SignInNeededError
from tongban.foundation.jobs import registered, run_due
from tongban.foundation.keys import load_or_create_keys, rotate_ledger_key
from tongban.foundation.ledger import append
from tongban.foundation.models import LedgerEntry, LedgerHead, LedgerLeaf, LedgerNode, UnplacedEntry
from tongban.foundation.transparency import audit, merkle, queries, receipts, tree
from tongban.identity.actor import VISITOR


def _leaves() -> list[bytes]:
    """The leaf hashes of all entries in the tree's order, by the rows."""
    order = LedgerLeaf.objects.order_by("position").values_list("entry_id", flat=True)
    rows = LedgerEntry.objects.in_bulk(list(order))
    return [
        merkle.leaf_hash(
            receipts.entry_bytes(
                receipts.entry_document(
                    row.pk, row.at, row.account_id, row.post_id, row.principal,
                    row.deed, row.object_type, row.object_id, bytes(row.salt), row.digest,
                )
            )
        )
        for row in (rows[pk] for pk in order)
    ]  # fmt: skip


def test_batches_of_any_size_make_one_tree(acts: Acts) -> None:
    for count in (1, 2, 5, 13, 1, 32):
        acts(count)
        assert tree.place_entries(NOW, most=7) == count
    assert not UnplacedEntry.objects.exists()
    heads = [tree.head_of(row) for row in LedgerHead.objects.order_by("number")]
    assert [head.number for head in heads] == list(range(1, len(heads) + 1))
    assert heads[-1].size == 54
    leaves = _leaves()
    for head in heads:
        public = tree.public_key(head.key)
        assert public
        assert head.signed_by(public)
        assert head.root == merkle.root_of(leaves[: head.size]) == tree.root_at(head.size)
    assert LedgerNode.objects.count() == 54 - (54).bit_count()
    assert tree.place_entries(NOW) == 0
    assert LedgerHead.objects.count() == len(heads)
    assert audit.audit(tree.public_key, heads).sound


def test_a_run_may_stop_after_some_batches(acts: Acts) -> None:
    acts(10)
    assert [tree.place_entries(NOW, most=3, batches=2) for _ in range(3)] == [6, 4, 0]


def test_the_job_places_what_was_appended(acts: Acts) -> None:
    acts(3)
    name = "foundation.transparency.jobs.place_entries"
    assert run_due(NOW, {name: registered()[name]}) == [name]
    assert LedgerLeaf.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_what_was_open_while_later_ids_were_placed_is_not_skipped() -> None:
    opened, may_commit = threading.Event(), threading.Event()
    early: list[int] = []

    def slow() -> None:
        try:
            with transaction.atomic():
                early.append(append(ACTOR, "slow", "case", 1).pk)
                opened.set()
                may_commit.wait(20)
        finally:
            connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert opened.wait(20)
    with transaction.atomic():
        late = append(ACTOR, "quick", "case", 2).pk
    assert early[0] < late
    assert tree.place_entries(NOW) == 1
    assert queries.places_of([*early, late]) == {late: 0}
    may_commit.set()
    thread.join()
    assert tree.place_entries(NOW) == 1
    assert queries.places_of([*early, late]) == {late: 0, early[0]: 1}
    kept = tree.kept_head()
    assert kept == tree.newest_head()
    assert audit.audit(tree.public_key, [kept] if kept else []).sound


@pytest.mark.django_db(transaction=True)
def test_one_process_grows_the_tree_at_a_time(acts: Acts) -> None:
    acts(2)
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [tree.TREE_LOCK])
        assert tree.place_entries(NOW) == 0
        cursor.execute("SELECT pg_advisory_unlock(%s)", [tree.TREE_LOCK])
    other.close()
    assert tree.place_entries(NOW) == 2


def test_an_act_undone_waits_for_nothing(acts: Acts) -> None:
    with transaction.atomic():
        append(ACTOR, "submit", "case", 1)
        transaction.set_rollback(True)
    assert not UnplacedEntry.objects.exists()
    acts(1)
    assert tree.place_entries(NOW) == 1


@pytest.mark.parametrize("table", ["leaf", "node", "head"])
@pytest.mark.parametrize("statement", ["DELETE FROM foundation_ledger{}", "UPDATE foundation_ledger{} SET {}"])
def test_the_database_refuses_to_change_the_tree(acts: Acts, table: str, statement: str) -> None:
    acts(2)
    tree.place_entries(NOW)
    column = {"leaf": "hash = ''", "node": "hash = ''", "head": "root = ''"}[table]
    with pytest.raises((InternalError, IntegrityError)), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table, column))


def test_no_head_is_older_than_the_one_before(acts: Acts) -> None:
    acts(1)
    tree.place_entries(NOW)
    acts(1)
    tree.place_entries(NOW - timedelta(hours=1))
    assert len({row.at for row in LedgerHead.objects.all()}) == 1


def test_nothing_is_signed_upon_a_tree_that_was_changed(acts: Acts) -> None:
    acts(3)
    tree.place_entries(NOW)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE foundation_ledgernode SET hash = %s", [bytes(32)])
    acts(1)
    with pytest.raises(tree.BrokenLedgerError, match="not that of head 1"):
        tree.place_entries(NOW)
    assert UnplacedEntry.objects.count() == 1


def test_receipts_and_consistency_of_every_size(acts: Acts) -> None:
    sizes = []
    for count in (1, 2, 4, 3, 7):
        acts(count)
        tree.place_entries(NOW)
        sizes.append(LedgerLeaf.objects.count())
    entries = list(LedgerEntry.objects.order_by("pk").values_list("pk", flat=True))
    found = queries.receipts_of(entries)
    assert [one.position for one in found] == list(range(17))
    for one in found:
        again = receipts.receipt_from(receipts.parse(json.dumps(one.document())))
        assert all(check.holds for check in receipts.verify_receipt(again, trusted_key=one.public_key))
    for earlier in sizes:
        for later in sizes:
            if earlier <= later:
                between = queries.ledger_consistency(VISITOR, earlier, later)
                roots = between.earlier.root, between.later.root
                assert merkle.consistent(earlier, later, between.proof, *roots)
    for earlier, later in ((2, 17), (17, 1)):
        with pytest.raises(NotFoundError):
            queries.ledger_consistency(VISITOR, earlier, later)


def test_receipts_take_a_fixed_number_of_queries(acts: Acts, django_assert_num_queries: object) -> None:
    acts(40)
    tree.place_entries(NOW)
    entries = list(LedgerEntry.objects.values_list("pk", flat=True))
    for some in (entries[:1], entries):
        with django_assert_num_queries(3):  # type: ignore[operator]
            assert len(queries.receipts_of(some)) == len(some)


def test_a_receipt_is_for_the_actor_and_the_principal(db: None) -> None:
    person = SimpleNamespace(account_id=uuid.uuid4(), post_id=None, principal="person:1")
    agent = SimpleNamespace(account_id=uuid.uuid4(), post_id=None, principal="person:1")
    other = SimpleNamespace(account_id=uuid.uuid4(), post_id=None, principal="person:2")
    with transaction.atomic():
        entry = append(agent, "submit", "case", 1)
        foreign = append(other, "submit", "case", 2)
    with pytest.raises(ConflictError):
        queries.receipt_of_entry(person, entry.pk)
    tree.place_entries(NOW)
    assert queries.receipt_of_entry(person, entry.pk).entry["id"] == str(entry.pk)
    assert queries.receipt_of_entry(agent, entry.pk) == queries.receipt_of_entry(person, entry.pk)
    assert [row.pk for row in queries.own_entries(person)] == [entry.pk]
    for asked in (entry.pk, foreign.pk + 1):
        with pytest.raises(NotFoundError):
            queries.receipt_of_entry(other, asked)
    with pytest.raises(SignInNeededError):
        queries.receipt_of_entry(VISITOR, entry.pk)


def test_a_new_key_signs_and_the_old_one_is_still_known(acts: Acts) -> None:
    path = Path(settings.HOME) / "keys.json"
    acts(2)
    tree.place_entries(NOW)
    first = tree.newest_head()
    assert first
    new = rotate_ledger_key(path)
    acts(2)
    tree.place_entries(NOW)
    second = tree.newest_head()
    assert second
    assert (second.key, first.key != new) == (new, True)
    keys = load_or_create_keys(path)
    assert keys.ledger[first.key].private is None
    assert audit.audit(tree.public_key, [first, second]).sound
    assert set(queries.ledger_keys_published(VISITOR)) >= {first.key, second.key}


@pytest.mark.django_db(transaction=True)
def test_a_head_that_shows_a_loss_is_not_overwritten(acts: Acts) -> None:
    acts(5)
    tree.place_entries(NOW)
    kept = tree.kept_head()
    assert kept
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE foundation_ledgerentry, foundation_ledgerleaf, foundation_ledgernode, foundation_ledgerhead"
        )
    for count in (2, 6):  # fewer than there were, then more
        acts(count)
        tree.place_entries(NOW)
        assert tree.kept_head() == kept
        found = audit.audit(tree.public_key, [kept])
        assert not found.sound
