"""Composed statements do what the ORM does."""

import select
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.db import IntegrityError, connection, models, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from tongban.foundation.ids import uuid7
from tongban.foundation.models import IdempotentAnswer, LedgerEntry, PeriodicRun
from tongban.foundation.statements import (
    Counting,
    Part,
    Reading,
    columns,
    inserted,
    insertion,
    instance,
    run,
    together,
    updating,
    write,
)
from tongban.identity.models import Post

NOW = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def insert(*rows: models.Model) -> None:
    keys = write(*(insertion(row, f"row{number}") for number, row in enumerate(rows)))
    for row, key in zip(rows, keys, strict=True):
        inserted(row, key)


def update(row: models.Model) -> None:
    write(updating(row, "row"))


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


def test_a_value_is_inserted_where_the_database_has_a_default_too() -> None:
    part = insertion(Post(serves_counter=True, valid_from=NOW.date()), "post")
    assert '"serves_counter"' in part.sql
    assert True in part.values


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


def test_readings_together_give_what_each_gives() -> None:
    answer = IdempotentAnswer(account_id=uuid7(), key="100%", request_digest="d", status=200)
    insert(answer)
    insert(PeriodicRun(job="a", due_at=NOW, failures=3))
    # What is the same each time stands in the statement itself.
    answers = Reading(
        lambda account: IdempotentAnswer.objects.filter(account_id=account, key="100%", status=200).values_list(
            "account_id", "at", "status"
        ),
        uuid7(),
    )
    runs = Reading(
        lambda job: PeriodicRun.objects.filter(job=job, failures__gt=2).values_list("due_at", "failures"), "example"
    )
    assert "'100%%'" in answers.composed[0]
    assert len(answers.composed[1]) == 1
    with CaptureQueriesContext(connection) as queries:
        assert together(answers.of(answer.account_id), runs.of("a"))[0] == [answers(answer.account_id), [(NOW, 3)]]
    assert len(queries) == 2  # the second is the reading by itself
    assert answers(answer.account_id)[0][0] == answer.account_id
    assert together(answers.of(uuid7()), runs.of("b")) == ([[], []], [])


def test_a_listing_comes_in_its_order_with_the_short_ones_beside_it() -> None:
    insert(*(PeriodicRun(job=f"{number}", due_at=NOW + timedelta(hours=-number)) for number in range(5)))
    before = Reading(
        lambda at: PeriodicRun.objects.filter(due_at__lt=at).order_by("due_at").values_list("due_at", "job"), NOW
    )
    some = Counting(lambda at: PeriodicRun.objects.filter(due_at__lt=at).order_by().values_list("job")[:3], NOW)
    assert some(NOW) == [(3,)]
    asked = some.of(NOW - timedelta(hours=2)), before.of(NOW - timedelta(hours=3))
    with CaptureQueriesContext(connection) as queries:
        short, rows = together(*asked, listing=before.of(NOW))
    assert len(queries) == 1
    assert short == [[(2,)], [(NOW - timedelta(hours=4), "4")]]
    assert rows == [(NOW - timedelta(hours=number), f"{number}") for number in (4, 3, 2, 1)]
    assert together(*asked, listing=before.of(NOW - timedelta(days=1))) == (short, [])


@pytest.mark.django_db(transaction=True)
def test_a_kept_connection_is_asked_only_where_the_server_said_something() -> None:
    def begin_request() -> None:
        connection.health_check_done = False  # type: ignore[attr-defined] # Django has it, its stubs do not

    connection.ensure_connection()
    connection.health_check_enabled = True  # type: ignore[attr-defined] # the same
    mine = "SELECT pg_backend_pid()"
    last = "SELECT query FROM pg_stat_activity WHERE pid = %s"
    process = run(mine, [])[0][0]
    with psycopg.connect(connection.connection.info.dsn, password=connection.connection.info.password) as other:
        begin_request()
        run("SELECT 'hello'", [])
        begin_request()
        connection.close_if_health_check_failed()
        assert other.execute(last, [process]).fetchone() == ("SELECT 'hello'",)  # no question since
        other.execute("SELECT pg_terminate_backend(%s)", [process])
        select.select([connection.connection], [], [], 10)
    begin_request()
    assert run(mine, [])[0][0] != process


def test_the_ledger_is_out_of_reach_of_update() -> None:
    entry = LedgerEntry(at=NOW, deed="a", object_type="b", object_id="c", salt=b"1" * 16, digest="x")
    insert(entry)
    entry.deed = "changed"
    with pytest.raises(IntegrityError), transaction.atomic():
        update(entry)


@pytest.mark.parametrize(
    ("sql", "parameters"),
    [
        ("SELECT %s::int, %s::text, '100%%'", [1, "a"]),
        ("SELECT %(n)s::int, %(t)s::text, '100%%' WHERE %(n)s::int = 1", {"t": "a", "n": 1, "unused": None}),
    ],
)
def test_parameters_have_places_or_names(sql: str, parameters: list[object] | dict[str, object]) -> None:
    assert run(sql, parameters) == [(1, "a", "100%")]


def test_parameters_do_not_have_both() -> None:
    with pytest.raises(ValueError, match="all of them or none"):
        run("SELECT %s, %(name)s", {"name": 1})


def test_parts_read_what_others_return() -> None:
    found = write(
        Part(
            "first",
            "INSERT INTO foundation_periodicrun (job, due_at, failures, error) VALUES (%s, %s, 0, '') RETURNING job",
            ["a", NOW],
        ),
        Part("second", "SELECT first.job || '!' FROM first", []),
    )
    assert found == ["a", "a!"]
