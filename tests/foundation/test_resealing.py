"""Rotation while work goes on: what was sealed stays readable, everything ends under the new key, the old one goes."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from tests.api.world import World, apply, build
from tongban.cases.models import Case, CaseDocument, CaseEvent
from tongban.foundation import content, resealing
from tongban.foundation.keys import KeyRing
from tongban.foundation.models import LedgerEntry, SealingPass
from tongban.foundation.suites import AES_256_GCM, SM4_GCM
from tongban.identity.models import Person

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LATER = NOW + resealing.GRACE + resealing.BETWEEN_PASSES
PAPER = b"%PDF-1.4\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"


@pytest.fixture
def ring(tmp_path: Path) -> Iterator[KeyRing]:
    """A key file and a content store of the test's own."""
    kept, root = settings.KEYS, settings.CONTENT_ROOT
    settings.KEYS, settings.CONTENT_ROOT = KeyRing(tmp_path / "keys.json"), tmp_path / "content"
    yield settings.KEYS
    settings.KEYS, settings.CONTENT_ROOT = kept, root


@pytest.fixture
def people(db: None, ring: KeyRing) -> list[Person]:
    return [Person.objects.create(name=f"{n}", phone=f"1380000{n:04}") for n in range(5)]


def test_everything_is_sealed_anew_then_the_old_key_is_retired(people: list[Person], ring: KeyRing) -> None:
    kept = content.store(PAPER, declared_name="a.pdf")
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone FROM identity_person WHERE id = %s", [people[0].pk])
        before = cursor.fetchone()[0]
    old = set(ring.current().sealing)
    for purpose in ("fields", "content"):
        resealing.rotate(purpose, SM4_GCM, NOW)
    assert resealing.under_old_keys()["identity_person"] == 5
    first = resealing.reseal(NOW)
    assert (first.rows, first.files, first.complete, first.retired) == (5, 1, True, [])
    assert not any(resealing.under_old_keys().values())
    # The worker looks at nothing more until no process can still be using the former key; who asks is not kept waiting.
    with connection.cursor() as cursor:
        cursor.execute("UPDATE identity_person SET phone = %s WHERE id = %s", [before, people[0].pk])
    assert resealing.reseal(NOW + timedelta(minutes=30), batches=1000).rows == 0
    asked = resealing.reseal(NOW + timedelta(minutes=30))
    assert (asked.rows, asked.retired) == (1, [])
    last = resealing.reseal(LATER)
    assert set(last.retired) == old
    assert set(ring.current().sealing) == set(ring.current().active.values())
    assert [p.phone for p in Person.objects.order_by("name")] == [p.phone for p in people]
    assert content.read(kept.digest) == PAPER
    assert set(LedgerEntry.objects.values_list("deed", flat=True)) >= {"rotate_key", "retire_key"}
    assert resealing.reseal(LATER).complete


def test_what_comes_back_under_a_recalled_key_is_sealed_anew_at_once(people: list[Person], ring: KeyRing) -> None:
    old = ring.current().active["fields"]
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE copy ON COMMIT DROP AS SELECT id, phone FROM identity_person")
    resealing.rotate("fields", AES_256_GCM, NOW)
    assert resealing.reseal(LATER).retired == [old]
    # Another rotation has been gone through, and its grace is not over.
    resealing.rotate("content", AES_256_GCM, LATER)
    resealing.reseal(LATER)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE identity_person SET phone = copy.phone FROM copy WHERE copy.id = identity_person.id")
    resealing.recall(old)
    assert resealing.reseal(LATER).rows == 5
    assert [p.phone for p in Person.objects.order_by("name")] == [p.phone for p in people]


def test_a_run_that_is_cut_short_goes_on_where_it_was(
    people: list[Person], ring: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resealing, "ROWS_A_BATCH", 2)
    resealing.rotate("fields", AES_256_GCM, NOW)
    # Empty tables take a turn each before it comes to the people.
    done, runs = 0, 0
    while SealingPass.objects.filter(place="", ended=True).first() is None:
        done += resealing.reseal(NOW, batches=1).rows
        runs += 1
    assert done == 5
    assert runs > 3
    assert not any(resealing.under_old_keys().values())


def test_what_turns_up_under_the_old_key_keeps_it_from_being_retired(people: list[Person], ring: KeyRing) -> None:
    """A damaged file cannot be sealed anew; its key stays, and the file is named."""
    content.store(PAPER, declared_name="a.pdf")
    path = next(content.stored_files())
    damaged = bytearray(path.read_bytes())
    damaged[-1] ^= 1
    path.write_bytes(damaged)
    resealing.rotate("content", AES_256_GCM, NOW)
    assert resealing.reseal(NOW).damaged == [path.name]
    last = resealing.reseal(LATER)
    assert (last.damaged, last.retired, last.complete) == ([path.name], [], False)
    assert path.read_bytes() == bytes(damaged)


def test_a_row_that_does_not_open_holds_up_nothing_but_its_key(people: list[Person], ring: KeyRing) -> None:
    damaged = people[2].pk
    with connection.cursor() as cursor:
        cursor.execute("UPDATE identity_person SET phone = phone || '\\x00' WHERE id = %s", [damaged])
    resealing.rotate("fields", AES_256_GCM, NOW)
    first = resealing.reseal(LATER)
    assert (first.rows, first.damaged, first.complete, first.retired) == (4, [f"identity_person {damaged}"], False, [])
    assert resealing.under_old_keys()["identity_person"] == 1
    assert Person.objects.get(pk=people[4].pk).phone == people[4].phone


def test_a_new_key_is_made_when_its_period_is_over_or_another_suite_is_wanted(
    people: list[Person], ring: KeyRing
) -> None:
    made = ring.current().sealing[ring.current().active["fields"]].made_at
    year = timedelta(days=365)
    assert resealing.rotate_when_due(made + timedelta(days=300), year, AES_256_GCM) == []
    assert len(resealing.rotate_when_due(made + timedelta(days=300), year, SM4_GCM)) == 2
    assert {ring.current().sealing[k].suite for k in ring.current().active.values()} == {SM4_GCM}
    assert resealing.rotate_when_due(made + timedelta(days=301), year, SM4_GCM) == []
    # The look-up indexes have no suite.
    assert len(resealing.rotate_when_due(made + timedelta(days=700), year, SM4_GCM)) == 3
    assert len(resealing.rotate_when_due(made + timedelta(days=1100), year, SM4_GCM)) == 2, "one change at a time"


def test_under_load_nothing_is_lost(transactional_db: None, ring: KeyRing) -> None:
    """Cases are submitted while keys are rotated thrice and sealed anew: every one opens, and none is refused."""
    world: World = build()
    stop, refused, sent = threading.Event(), [], []

    def submit() -> None:
        citizen = world.client("citizen")
        try:
            while not stop.is_set():
                sent.append(apply(world, citizen)["id"])
        except Exception as error:  # noqa: BLE001 - whatever it is fails the test
            refused.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=submit) for _ in range(3)]
    for thread in threads:
        thread.start()
    now, sealed_anew, before = NOW, 0, set(ring.current().sealing)
    for suite in (SM4_GCM, AES_256_GCM, SM4_GCM):
        so_far = len(sent)
        while len(sent) < so_far + 4 and not refused:
            threads[0].join(0.01)
        resealing.rotate("fields", suite, now)
        resealing.rotate("content", suite, now)
        sealed_anew += resealing.reseal(now).rows
        now += timedelta(minutes=5)
    stop.set()
    for thread in threads:
        thread.join()
    assert refused == []
    assert sealed_anew >= 12
    # What was written under a former key meanwhile is found by the passes that follow; then the keys go.
    now += LATER - NOW
    for _ in range(2):
        resealing.reseal(now)
        now += LATER - NOW
    assert not any(resealing.under_old_keys().values())
    assert not before & set(ring.current().sealing)
    assert set(ring.current().sealing) == set(ring.current().active.values())
    assert {str(case.pk) for case in Case.objects.all() if case.answers["shop_name"]} == set(sent)
    assert all(document.content for document in CaseDocument.objects.all())


def test_only_sealed_forms_may_be_exchanged_in_what_is_never_changed(db: None, ring: KeyRing) -> None:
    world = build()
    apply(world, world.client("citizen"))
    for sql, why in (
        ("UPDATE cases_caseevent SET action = 'grant'", "another column"),
        ("UPDATE cases_casedocument SET content = 'in clear'::bytea", "no sealed value"),
        ("UPDATE foundation_ledgerentry SET salt = '\\x0102'::bytea", "the ledger"),
        ("DELETE FROM cases_caseevent", "removed"),
    ):
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL tongban.resealing = 'on'; {sql}")
        assert connection.is_usable(), why
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        CaseEvent.objects.update(reason={"new": "reason"})
