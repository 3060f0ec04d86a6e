"""Sealing anew what stands under keys that were replaced, while the platform runs; then the old keys are retired.

What is to be done shows in the values themselves, by the key they name. A run that was killed is simply begun again;
rows somebody else holds at the moment are left for the next pass. A key is retired only when a whole pass that
began `GRACE` after it was superseded found nothing under it: a process may go on with the former key for a second,
a transaction for as long as it lasts.

The same passes make the look-up indexes anew when their key is changed, and each that is whole takes that change one
step on (`blindindex`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction

from tongban.foundation import content
from tongban.foundation.blindindex import BlindIndexField
from tongban.foundation.keys import (
    COMING,
    ENDED,
    IndexKey,
    KeyRing,
    Keys,
    advance_index_keys,
    recall_sealing_key,
    retire_sealing_key,
    rotate_index_key,
    rotate_sealing_key,
)
from tongban.foundation.ledger import append
from tongban.foundation.models import SealingPass
from tongban.foundation.sealing import CannotOpenError, SealedField, SealedText, active_key
from tongban.foundation.suites import Suite

log = structlog.get_logger(__name__)

ROWS_A_BATCH = 200
FILES_A_BATCH = 50
GRACE = timedelta(hours=1)
# Where something could not be sealed anew, the next pass waits.
BETWEEN_PASSES = timedelta(minutes=10)
CONTENT_STORE = "content store"


@dataclass(frozen=True)
class Platform:
    """The platform itself, as the ledger has it: rotation is asked for by the operator or due by the clock."""

    principal: str = "platform:keys"
    account_id: None = None
    post_id: None = None


@dataclass
class Done:
    """What a run did.

    Attributes:
        rows, files: how many were sealed, or their indexes made, anew.
        complete: whether the whole was gone through, with nothing left out.
        retired: ids of the keys that were retired.
        damaged: what does not open: files of the store by name, rows by table and key.
    """

    rows: int = 0
    files: int = 0
    complete: bool = False
    retired: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Sealed:
    """A table with its sealed columns, and those it is looked up by."""

    model: type[models.Model]
    columns: tuple[SealedField | BlindIndexField | SealedText, ...]

    @property
    def table(self) -> str:
        return self.model._meta.db_table  # noqa: SLF001 - Django's documented description of a table


_OTHERS: dict[str, Sealed] = {}


def seals_anew(model: type[models.Model], column: SealedText) -> None:
    """Say that another package's table has a sealed column."""
    table = Sealed(model, (column,))
    _OTHERS[table.table] = table


def sealed_tables() -> list[Sealed]:
    """Every table of the database with sealed columns: our own, found by the models themselves, and what was said."""
    found, kinds = list(_OTHERS.values()), (SealedField, BlindIndexField)
    for model in apps.get_models(include_auto_created=True):
        columns = tuple(f for f in model._meta.concrete_fields if isinstance(f, kinds))  # noqa: SLF001 - the same
        if columns and model._meta.managed and not model._meta.proxy:  # noqa: SLF001 - the same
            found.append(Sealed(model, columns))
    return sorted(found, key=lambda one: one.table)


def rotate(purpose: str, suite: Suite, now: datetime) -> str:
    """Make a new key for a purpose; its id. What it supersedes is sealed anew by and by."""
    ring = _ring()
    with transaction.atomic():
        key_id = rotate_sealing_key(ring.path, purpose, suite, now)
        append(Platform(), "rotate_key", "sealing_key", key_id, {"purpose": purpose, "suite": suite.name})
        SealingPass.objects.all().delete()
    ring.refresh()
    return key_id


def rotate_index(now: datetime) -> str:
    """Make a new key of the look-up indexes; its id. It is looked up by once they are all made anew.

    Raises:
        KeysError: one is being changed for another already.
    """
    ring = _ring()
    with transaction.atomic():
        number = rotate_index_key(ring.path, now)
        key = ring.refresh().index_keys[number]
        append(Platform(), "rotate_key", "index_key", key.id)
        SealingPass.objects.all().delete()
    return key.id


def recall(key_id: str) -> None:
    """Let a retired key open again, and begin to seal anew what came back under it.

    Raises:
        KeysError: there is no such key, or it was not retired.
    """
    with transaction.atomic():
        append(Platform(), "recall_key", "sealing_key", key_id)
        recall_sealing_key(_ring().path, key_id)
        SealingPass.objects.all().delete()
    _ring().refresh()


def under_old_keys() -> Mapping[str, int]:
    """How many rows of each table, and files of the store, are not under the keys in force."""
    counts = {name: int(count) for name, count in _of_stale_rows("(SELECT count(*) {})", sealed_tables()).items()}
    header = active_key("content").header
    counts[CONTENT_STORE] = sum(content.sealed_under(path) != header for path in content.stored_files())
    return counts


def reseal(now: datetime, batches: int | None = None) -> Done:
    """Seal anew what stands under old keys, in batches of a transaction each, and retire what nothing is under.

    Args:
        now: when this run begins.
        batches: at most so many, to leave the rest to the next run; None for all, and without the pause that follows a
            pass that is through.
    """
    ring, done = _ring(), Done()
    keys = ring.refresh()
    old = [key for key in keys.sealing.values() if key.superseded_at]
    since = [key.superseded_at for key in old if key.superseded_at] + ([keys.turning.since] if keys.turning else [])
    if not since:
        done.complete = True
        return done
    left = _Budget(batches)
    in_use_until = max(since) + GRACE
    whole, _ = SealingPass.objects.get_or_create(place="", defaults={"began_at": now})
    if whole.ended:
        if batches is not None and now < max(in_use_until, whole.began_at + BETWEEN_PASSES):
            done.complete = True
            return done
        SealingPass.objects.all().delete()
        whole = SealingPass.objects.create(place="", began_at=now)
    for table, place in _places(now):
        _reseal_table(table, place, left, done)
    _reseal_store(left, done, now)
    if left.spent():
        return done
    # Rows that were held by somebody, or written under the former key behind us, are left to the next pass.
    done.complete = not any(under_old_keys().values())
    if done.complete and whole.began_at >= in_use_until:
        for key in old:
            _retire(key.id)
            done.retired.append(key.id)
        if keys.turning:
            done.retired += _turned(keys, keys.turning, now)
        SealingPass.objects.all().delete()
        ring.refresh()
    elif done.complete or done.damaged:
        SealingPass.objects.filter(place="").update(ended=True)
    else:
        SealingPass.objects.all().delete()
    log.info("sealed anew", rows=done.rows, files=done.files, retired=len(done.retired), complete=done.complete)
    return done


def _retire(key_id: str) -> None:
    with transaction.atomic():
        append(Platform(), "retire_key", "sealing_key", key_id)
        retire_sealing_key(_ring().path, key_id)


def mend_indexes() -> Done:
    """Make the indexes anew that are under another key than those in force, though none is being changed: a copy of the
    data came back that does not go with the key file. People are not found by them until then.
    """
    _ring().refresh()
    done = Done()
    for table in sealed_tables():
        indexes = Sealed(table.model, tuple(c for c in table.columns if isinstance(c, BlindIndexField)))
        reached = ""
        while indexes.columns:
            with transaction.atomic():
                reached = _reseal_batch(indexes, reached, done)
            if not reached:
                break
    done.complete = not done.damaged
    return done


def _turned(keys: Keys, turning: IndexKey, now: datetime) -> list[str]:
    """Take the change of the index key one step on; the id of the key that is gone with it, if one is."""
    deed = {COMING: "activate_key", ENDED: "retire_key"}.get(turning.state)
    with transaction.atomic():
        if deed:
            append(Platform(), deed, "index_key", turning.id)
        # Another process may have taken the step.
        if not advance_index_keys(_ring().path, keys.index_keys, now):
            transaction.set_rollback(True)
            return []
    return [turning.id] if turning.state == ENDED else []


class _Budget:
    def __init__(self, batches: int | None) -> None:
        self._left = batches

    def spent(self) -> bool:
        return self._left is not None and self._left <= 0

    def take(self) -> None:
        if self._left is not None:
            self._left -= 1


def _ring() -> KeyRing:
    ring: KeyRing = settings.KEYS
    return ring


def _stale(table: Sealed) -> tuple[str, list[Any]]:
    """The condition under which a row has a value that is not under the keys in force."""
    stale = [column.stale() for column in table.columns]
    return "(" + " OR ".join(part for part, _ in stale) + ")", [value for _, values in stale for value in values]


def _of_stale_rows(asked: str, tables: Sequence[Sealed]) -> dict[str, Any]:
    """What is asked of the rows of each table that have a value not under the keys in force, in one query.

    Args:
        asked: an expression in SQL, with {} where "FROM the table WHERE it is so" comes.
        tables: of which tables; at least one.
    """
    parts, every = [], []
    for table in tables:
        condition, parameters = _stale(table)
        rows = f'FROM "{table.table}" WHERE {condition}'
        parts.append(f"SELECT %s, {asked.format(rows)}")
        every += [table.table, *parameters]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), every)
        return dict(cursor.fetchall())


def _places(now: datetime) -> list[tuple[Sealed, SealingPass]]:
    """How far the pass has come in each table; one in which nothing is to be done has ended when the pass begins."""
    tables = sealed_tables()
    begun = set(SealingPass.objects.values_list("place", flat=True))
    fresh = [table for table in tables if table.table not in begun]
    if fresh:
        stale = _of_stale_rows("EXISTS (SELECT {})", fresh)
        rows = [SealingPass(place=name, began_at=now, ended=not any_stale) for name, any_stale in stale.items()]
        SealingPass.objects.bulk_create(rows, ignore_conflicts=True)
    places = SealingPass.objects.in_bulk([table.table for table in tables])
    return [(table, places[table.table]) for table in tables]


def _reseal_table(table: Sealed, place: SealingPass, left: _Budget, done: Done) -> None:
    while not place.ended and not left.spent():
        left.take()
        with transaction.atomic():
            last = _reseal_batch(table, place.reached, done)
            place.reached, place.ended = last, not last
            place.save(update_fields=["reached", "ended"])


def _reseal_batch(table: Sealed, reached: str, done: Done) -> str:
    """Seal anew the next rows behind a key; the last one's key: empty where there are no more."""
    key = table.model._meta.pk  # noqa: SLF001 - Django's documented description of a table
    kind = key.rel_db_type(connection)
    names = ", ".join(f'"{column.column}"' for column in table.columns)
    condition, parameters = _stale(table)
    behind = f'AND "{key.column}" > %s::{kind}' if reached else ""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL tongban.resealing = 'on'")  # `refuse_change` lets sealed forms be exchanged
        cursor.execute(
            f'SELECT "{key.column}"::text, {names} FROM "{table.table}" WHERE {condition} {behind}'  # noqa: S608 - our own names
            f' ORDER BY "{key.column}" LIMIT {ROWS_A_BATCH} FOR NO KEY UPDATE SKIP LOCKED',
            [*parameters, *([reached] if reached else [])],
        )
        rows = cursor.fetchall()
        anew = [[*values, row_key] for row_key, values in _sealed_anew(table, rows, done)]
        if anew:
            assignments = ", ".join(f'"{column.column}" = %s' for column in table.columns)
            cursor.executemany(
                f'UPDATE "{table.table}" SET {assignments} WHERE "{key.column}" = %s::{kind}',  # noqa: S608 - the same
                anew,
            )
    done.rows += len(anew)
    return str(rows[-1][0]) if rows else ""


def _sealed_anew(table: Sealed, rows: Sequence[Sequence[Any]], done: Done) -> Iterator[tuple[str, list[Any]]]:
    """The key and the new values of each row that opens; another is left as it is, and its key in force."""
    for row_key, *values in rows:
        try:
            pairs = zip(table.columns, values, strict=True)
            yield row_key, [None if value is None else column.anew(value) for column, value in pairs]
        except CannotOpenError as error:
            done.damaged.append(f"{table.table} {row_key}")
            log.warning("row does not open", table=table.table, row=row_key, why=str(error))


def _reseal_store(left: _Budget, done: Done, now: datetime) -> None:
    if left.spent():
        return
    place, _ = SealingPass.objects.get_or_create(place=CONTENT_STORE, defaults={"began_at": now})
    if place.ended:
        return
    for number, path in enumerate((p for p in content.stored_files() if p.name > place.reached), start=1):
        try:
            done.files += content.seal_anew(path)
        except content.ContentDamagedError as error:
            done.damaged.append(path.name)
            log.warning("file does not open", file=path.name, error=type(error).__qualname__)
        if number % FILES_A_BATCH == 0:
            place.reached = path.name
            place.save(update_fields=["reached"])
            left.take()
            if left.spent():
                return
    place.ended = True
    place.save(update_fields=["ended"])


def rotate_when_due(now: datetime, period: timedelta, suite: Suite) -> list[str]:
    """Make new keys where the active one is older than its period, or of another suite than is wanted; their ids."""
    keys = _ring().refresh()
    active = {purpose: keys.sealing[key_id] for purpose, key_id in keys.active.items()}
    due = [purpose for purpose, key in active.items() if key.made_at + period <= now or key.suite != suite]
    made = [rotate(purpose, suite, now) for purpose in due]
    if keys.looked_up_by.made_at + period <= now and not keys.turning:
        made.append(rotate_index(now))
    return made
