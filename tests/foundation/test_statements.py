"""Composed statements do what the ORM does."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from tongban.foundation.ids import uuid7
from tongban.foundation.models import IdempotentAnswer, LedgerEntry, PeriodicRun
from tongban.foundation.statements import Reading, columns, insert, instance, run, update

NOW = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def test_rows_of_several_tables_are_inserted_in_one_statement() -> None:
    run_row = PeriodicRun(job="一", due_at=NOW)
    answer = IdempotentAnswer(account_id=uuid7(), key="k", request_digest="d", status=201, body={"名": [1, None]})
    with CaptureQueriesContext(connection) as queries:
        insert(run_row, answer)
    assert len(queries) == 1
    kept = IdempotentAnswer.objects.get(pk=answer.pk)  # the key is the database's
    assert (kept.body, kept.status, kept.account_id) == ({"名": [1, None]}, 201, answer.account_id)
    assert kept.at is not None
    assert PeriodicRun.objects.get() == run_row


def test_an_update_writes_every_field_and_seals() -> None:
    answer = IdempotentAnswer(account_id=uuid7(), key="k", request_digest="d")
    insert(answer)
    answer.status, answer.body = 200, "秘密"
    update(answer)
    kept = IdempotentAnswer.objects.get()
    assert (kept.status, kept.body) == (200, "秘密")
    assert "秘密".encode() not in bytes(run("SELECT body FROM foundation_idempotentanswer", [])[0][0])


def test_errors_are_djangos() -> None:
    insert(PeriodicRun(job="a", due_at=NOW))
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(PeriodicRun(job="a", due_at=NOW))
    with transaction.atomic():
        transaction.set_rollback(True)
        with pytest.raises(TransactionManagementError):
            run("SELECT 1", [])


def test_a_row_comes_back_as_the_orm_reads_it() -> None:
    answer = IdempotentAnswer(account_id=uuid7(), key="k", request_digest="d", body=["一"])
    insert(answer)
    found = run(f"SELECT {columns(IdempotentAnswer, 'i')} FROM foundation_idempotentanswer i", [])
    whole = instance(IdempotentAnswer, found[0])
    assert (whole.pk, whole.body, whole.at) == (answer.pk, ["一"], IdempotentAnswer.objects.get().at)
    # Part of it, in any order; the rest is read when asked for.
    names = ("key", "id")
    found = run(f"SELECT {columns(IdempotentAnswer, 'i', names)} FROM foundation_idempotentanswer i", [])
    part = instance(IdempotentAnswer, found[0], names)
    assert (part.key, part.request_digest) == ("k", "d")


def test_a_reading_is_composed_once_and_asked_with_anything() -> None:
    composed = []

    def by(job: str, due: datetime) -> object:
        composed.append(job)
        return PeriodicRun.objects.filter(job=job, due_at__lte=due).values_list("job", "failures")

    reading = Reading(by, "example", datetime(1, 1, 2, tzinfo=UTC))  # type: ignore[arg-type] # a query of any rows
    for job in "ab":
        insert(PeriodicRun(job=job, due_at=NOW, failures=ord(job)))
    assert reading("a", NOW) == [("a", 97)]
    assert reading("b", NOW) == [("b", 98)]
    assert reading("b", datetime(2020, 1, 1, tzinfo=UTC)) == []
    assert composed == ["example"]


def test_the_ledger_is_out_of_reach_of_update() -> None:
    entry = LedgerEntry(at=NOW, deed="a", object_type="b", object_id="c", salt=b"1" * 16, digest="x")
    insert(entry)
    entry.deed = "changed"
    with pytest.raises(IntegrityError), transaction.atomic():
        update(entry)
