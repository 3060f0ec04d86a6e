"""Reading one's own assurance: the level, what it rests on, and the ways to a higher one."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from tongban.foundation.errors import NotAllowedError, NotFoundError
from tongban.foundation.statements import run
from tongban.identity.actor import Actor
from tongban.identity.assurance.actions import own_person, subject_of
from tongban.identity.assurance.models import CounterRequest, Verification
from tongban.identity.assurance.rules import DECLARED, Held, counts, level_on
from tongban.identity.assurance.sources import (
    REGISTRATION,
    Asked,
    Source,
    Subject,
    source_name,
    sources,
    validity_days,
)
from tongban.identity.models import AssuranceLevel, Person


@dataclass(frozen=True)
class VerificationRow:
    """A verification as its person reads it."""

    id: uuid.UUID
    source: str
    level: int
    made_at: datetime
    valid_until: date | None
    revoked_at: datetime | None
    counts: bool
    may_revoke: bool


@dataclass(frozen=True)
class Way:
    """A way to a level. `validity_days` is None where it does not lapse."""

    code: str
    name: str
    explanation: str
    level: int
    validity_days: int | None
    is_demo: bool
    in_person: bool


@dataclass(frozen=True)
class Announced:
    """The code for the counter, until when it is good, and whether an officer has met it."""

    code: str
    valid_until: date
    is_met: bool


@dataclass(frozen=True)
class MyAssurance:
    """The level the actor acts at, what it rests on, and what else there is.

    Attributes:
        level: of the session, where a sign-in vouches for more than the person's own level; else the person's own.
        label: what the level means.
    """

    level: int
    label: str
    verifications: Sequence[VerificationRow]
    ways: Sequence[Way]


def my_assurance(actor: Actor, today: date) -> MyAssurance:
    """The actor's own assurance.

    Raises:
        SignInNeededError, NotAllowedError: nobody applies in this hat.
    """
    person_id = own_person(actor)
    rows = Verification.objects.filter(person_id=person_id).order_by("-made_at", "-id")
    level = level_today(actor, today)
    return MyAssurance(
        level,
        str(AssuranceLevel(level).label),
        [_row(row, today) for row in rows.defer("evidence", "revoked_because")],
        [way_of(source) for source in sources().values()],
    )


_PRESENT = """
SELECT p.assurance_level, v.level, v.valid_until, v.revoked_at IS NOT NULL
FROM identity_verification v JOIN identity_person p ON p.id = v.person_id
WHERE v.person_id = %(person)s
  AND EXISTS (SELECT FROM identity_verification due WHERE due.person_id = %(person)s
              AND due.lapsed_at IS NULL AND due.revoked_at IS NULL AND due.valid_until <= %(today)s)
"""


def level_today(actor: Actor, today: date) -> int:
    """The level that counts at the moment something is done that takes one.

    The actor's level is that of the person's row, from which a job takes what has lapsed. Between the end of a validity
    and the job's turn, or where jobs stand still, this is the lower one. What an officer saw at the desk, or another
    platform vouches for, is not the row's.
    """
    if actor.person_id is None or actor.at_desk or actor.assurance_level <= DECLARED:
        return actor.assurance_level
    rows = run(_PRESENT, {"person": actor.person_id, "today": today})
    if not rows or rows[0][0] != actor.assurance_level:
        return actor.assurance_level
    return level_on(today, (Held(level, until, revoked) for _stored, level, until, revoked in rows))


def way_of(source: Source) -> Way:
    """What a page tells of a source."""
    return Way(
        source.code,
        source.name(),
        source.explanation(),
        source.level,
        validity_days(source),
        source.is_demo,
        source.in_person,
    )


def _row(row: Verification, today: date) -> VerificationRow:
    valid = counts(Held(row.level, row.valid_until, row.revoked_at is not None), today)
    return VerificationRow(
        row.pk,
        source_name(row.source),
        row.level,
        timezone.localtime(row.made_at),
        row.valid_until,
        row.revoked_at,
        valid,
        valid and row.source != REGISTRATION,
    )


def my_verification(actor: Actor, verification_id: uuid.UUID, today: date) -> VerificationRow:
    """One of the actor's own.

    Raises:
        NotFoundError: there is none, or it is not theirs.
    """
    row = Verification.objects.filter(person_id=own_person(actor), pk=verification_id).first()
    if row is None:
        raise NotFoundError
    return _row(row, today)


def my_subject(actor: Actor) -> Subject:
    """Whom a source is asked about when the actor steps up."""
    return subject_of(Person.objects.get(pk=own_person(actor)))


def asked_by(actor: Actor, source: Source) -> Sequence[Asked]:
    """What the source asks the actor."""
    return source.asks(my_subject(actor))


def my_announcement(actor: Actor, come_back: str, today: date) -> Announced | None:
    """The code for the counter that waits for this page, or was met last."""
    found = (
        CounterRequest.objects.filter(person_id=own_person(actor), come_back=come_back[:500], valid_until__gt=today)
        .order_by("-made_at")
        .first()
    )
    return Announced(found.code, found.valid_until, found.met_by_id is not None) if found else None


@dataclass(frozen=True)
class AtCounter:
    """What the officer who made a check sees of it: the level it gave, and what may be taken back."""

    verification_id: uuid.UUID
    level: int
    revoked: bool


def of_check(actor: Actor, check_id: uuid.UUID) -> AtCounter | None:
    """The verification that a check of the officer's own post made.

    Raises:
        NotAllowedError: the actor is no officer.
    """
    if actor.post is None:
        raise NotAllowedError
    found = (
        Verification.objects.filter(check_made=check_id, check_made__post=actor.post.id).order_by("-made_at").first()
    )
    return AtCounter(found.pk, found.level, found.revoked_at is not None) if found else None
