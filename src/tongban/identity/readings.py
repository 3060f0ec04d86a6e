"""Recording that an officer read sealed personal data: before it is shown, or it is not shown.

A page costs one statement for all that is on it, and none where the same was recorded that day already.
"""

import threading
import uuid
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from tongban.foundation.statements import run
from tongban.identity.access_records import Kind, Purpose
from tongban.identity.actor import Actor

# The list of what was read grows; nothing else of a row changes.
_RECORD = """
INSERT INTO identity_datareading
  (person_id, organisation_id, kind, object_id, day, first_at, account_id, post_id, agency_id, purpose, fields, asked)
SELECT w.person, w.organisation, w.kind, w.object, %(day)s, %(at)s, %(account)s, %(post)s, %(agency)s, w.purpose,
       string_to_array(w.fields, ','), false
FROM unnest(%(persons)s::uuid[], %(organisations)s::uuid[], %(kinds)s::text[], %(objects)s::uuid[],
            %(purposes)s::text[], %(fields)s::text[]) AS w(person, organisation, kind, object, purpose, fields)
ON CONFLICT (person_id, object_id, post_id, purpose, day) WHERE NOT asked DO UPDATE
SET fields = ARRAY(SELECT DISTINCT f FROM unnest(identity_datareading.fields || EXCLUDED.fields) f ORDER BY f)
WHERE NOT identity_datareading.fields @> EXCLUDED.fields
"""
_REMEMBERED = 20_000


@dataclass(frozen=True)
class Reading:
    """What is about to be read.

    Attributes:
        person_id: whose data.
        organisation_id: for which organisation the application is, if for one.
        kind, object_id: the case, bundle or draft it stands in.
        purpose: why it is read.
        fields: what of it: `answers`, `materials`, `documents`.
    """

    person_id: uuid.UUID
    organisation_id: uuid.UUID | None
    kind: Kind
    object_id: uuid.UUID
    purpose: Purpose
    fields: tuple[str, ...] = ("answers",)


class _Remembered:
    """What this process knows to be recorded, the newest of it: asking again costs the database nothing."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[object, ...], None] = OrderedDict()
        self._lock = threading.Lock()

    def knows(self, key: tuple[object, ...]) -> bool:
        return key in self._known

    def add(self, keys: Iterable[tuple[object, ...]]) -> None:
        with self._lock:
            self._known.update(dict.fromkeys(keys))
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)


_remembered = _Remembered()


def record_readings(actor: Actor, readings: Sequence[Reading], now: datetime) -> None:
    """Record what an officer is about to read, in one statement; of anybody else nothing.

    People reading their own, and the platform's own processes, are no readings by somebody.
    """
    post = actor.post
    if post is None:
        return
    day = timezone.localdate(now)
    new = {(post.id, day, reading): reading for reading in readings}
    new = {key: reading for key, reading in new.items() if not _remembered.knows(key)}
    if not new:
        return
    wanted = _merged(new.values())
    run(
        _RECORD,
        {
            "day": day,
            "at": now,
            "account": actor.account_id,
            "post": post.id,
            "agency": post.agency_id,
            "persons": [one.person_id for one in wanted],
            "organisations": [one.organisation_id for one in wanted],
            "kinds": [one.kind.value for one in wanted],
            "objects": [one.object_id for one in wanted],
            "purposes": [one.purpose.value for one in wanted],
            "fields": [",".join(one.fields) for one in wanted],
        },
    )
    # A transaction that is rolled back takes the record with it.
    transaction.on_commit(lambda: _remembered.add(new))


def _merged(readings: Iterable[Reading]) -> list[Reading]:
    """One for each row: a statement may touch a row once only."""
    rows: dict[tuple[object, ...], Reading] = {}
    for one in readings:
        key = (one.person_id, one.object_id, one.purpose)
        before = rows[key].fields if key in rows else ()
        fields = tuple(sorted({*before, *one.fields}))
        rows[key] = Reading(one.person_id, one.organisation_id, one.kind, one.object_id, one.purpose, fields)
    return list(rows.values())
