"""Every write about assurance: verifying, at a counter or by a source; revoking; lapsing; announcing a visit."""

import secrets
import uuid
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.foundation.errors import (
    ConflictError,
    InvalidError,
    NotAllowedError,
    NotFoundError,
    SignInNeededError,
    TooManyError,
)
from tongban.foundation.ledger import append
from tongban.foundation.sealing import blind_index
from tongban.identity.actor import Actor, platform_process
from tongban.identity.assurance.models import CounterRequest, Verification, VerificationFailure
from tongban.identity.assurance.rules import DECLARED, HIGHEST, LOWEST, Held, level_on, valid_until
from tongban.identity.assurance.sources import (
    COUNTER,
    REGISTRATION,
    Found,
    Source,
    Subject,
    sources,
    validity_days,
)
from tongban.identity.authority import Relation, require
from tongban.identity.models import IdentityCheck, Person

FAILURES_WINDOW = timedelta(minutes=15)
MOST_FAILURES = 5
REQUEST_DAYS = 30
_TRIES_FOR_A_CODE = 5


def verify(actor: Actor, source_code: str, given: Mapping[str, str], now: datetime) -> Verification:
    """Have one of the installation's sources establish who the actor is; the level rises at once.

    Raises:
        NotFoundError: there is no such source, or it works at a counter only.
        InvalidError: the source did not find it to be this person; by field.
        TooManyError: it failed five times within a quarter of an hour.
    """
    person_id = own_person(actor)
    source = online_source(source_code)
    recent = VerificationFailure.objects.filter(person_id=person_id, at__gt=now - FAILURES_WINDOW)
    if recent.count() >= MOST_FAILURES:
        wait = int(FAILURES_WINDOW.total_seconds())
        raise TooManyError(_("Too many attempts failed. Wait a quarter of an hour, or come to a counter."), wait)
    try:
        found = source.verify(subject_of(Person.objects.get(pk=person_id)), given, now)
    except InvalidError:
        VerificationFailure.objects.create(person_id=person_id, at=now)
        VerificationFailure.objects.filter(at__lte=now - FAILURES_WINDOW).delete()
        raise
    with transaction.atomic():
        return _record(actor, person_id, source, found, now)


def online_source(code: str) -> Source:
    """Raises:
    NotFoundError: there is no such source, or it works at a counter only.
    """
    source = sources().get(code)
    if source is None or source.in_person:
        raise NotFoundError(_("There is no such way to prove who you are."))
    return source


def own_person(actor: Actor) -> uuid.UUID:
    """The person that a step-up is about: who is signed in, in whatever hat they apply.

    Raises:
        SignInNeededError, NotAllowedError: nobody is, or they act as an officer.
    """
    require(actor, "step_up", "verification", {Relation.OWN})
    if actor.person_id is None:
        raise NotAllowedError
    return actor.person_id


def subject_of(person: Person) -> Subject:
    """Whom a source is asked about."""
    return Subject(person.pk, person.name, str(person.id_number or ""))


def record_counter_check(actor: Actor, check: IdentityCheck, now: datetime, code: str = "") -> Verification:
    """What an officer saw at the counter raises the person's level; in the transaction of the check.

    Args:
        actor: the officer.
        check: what they recorded.
        now: the moment.
        code: of the announcement that the person brought; empty for none.

    Raises:
        InvalidError: the code is not this person's, or no longer good (`code`).
    """
    announced = _announced(code, check.person_id, timezone.localdate(now)) if code else None
    found = check.verifications.filter(revoked_at=None, lapsed_at=None).first()
    if found is None:
        seen = Found({"document": check.document, "check": str(check.pk)})
        found = _record(actor, check.person_id, sources()[COUNTER], seen, now, check)
    if announced and announced.met_by_id is None:
        announced.met_by = found
        announced.save(update_fields=["met_by"])
        append(actor, "meet_counter_request", "counter_request", announced.pk, {"verification": found.pk})
    return found


def _announced(code: str, person_id: uuid.UUID, today: date) -> CounterRequest:
    announced = CounterRequest.objects.filter(code=code, person_id=person_id).first()
    # One answer for a code of nobody's and one of somebody else's: who came is not told who else will.
    if announced is None:
        raise InvalidError({"code": [_("This person announced no visit with this code. Go on without it.")]})
    if announced.valid_until <= today:
        raise InvalidError({"code": [_("This code has expired. Go on without it.")]})
    return announced


def announce_visit(actor: Actor, level: int, come_back: str, now: datetime) -> CounterRequest:
    """The person will come to a counter; asked again for the same, they get the same code.

    Args:
        actor: who will come.
        level: what is needed.
        come_back: the page of this site that waits for it; empty for none.
        now: the moment.
    """
    person_id = own_person(actor)
    today, level = timezone.localdate(now), min(max(level, LOWEST), HIGHEST)
    open_now = CounterRequest.objects.filter(person_id=person_id, met_by=None, valid_until__gt=today)
    found = open_now.filter(come_back=come_back[:500]).order_by("-made_at").first()
    if found:
        return found
    for _attempt in range(_TRIES_FOR_A_CODE):
        try:
            with transaction.atomic():
                made = CounterRequest.objects.create(
                    code=f"{secrets.randbelow(10**8):08d}",
                    person_id=person_id,
                    level=level,
                    come_back=come_back[:500],
                    made_at=now,
                    valid_until=today + timedelta(days=REQUEST_DAYS),
                )
                append(actor, "announce_visit", "counter_request", made.pk, {"level": level})
        except IntegrityError:
            continue  # somebody has this code
        return made
    raise ConflictError


def _record(
    actor: Actor,
    person_id: uuid.UUID,
    source: Source,
    found: Found,
    now: datetime,
    check: IdentityCheck | None = None,
) -> Verification:
    person = _locked(person_id, now)
    if found.id_number:
        _take_on_number(person_id, found.id_number)
    made = Verification.objects.create(
        person=person,
        source=source.code,
        level=source.level,
        evidence=dict(found.evidence),
        check_made=check,
        made_at=now,
        valid_until=valid_until(timezone.localdate(now), validity_days(source)),
    )
    _settle(person, timezone.localdate(now))
    content = {
        "person": person.pk,
        "source": source.code,
        "level": source.level,
        "until": made.valid_until,
        "evidence": dict(found.evidence),
        "id_number": found.id_number,
    }
    append(actor, "verify_identity", "verification", made.pk, content)
    return made


def book_levels(person_ids: Iterable[uuid.UUID], now: datetime) -> None:
    """The levels these people were registered with stand on the books from now on, before two of them become one."""
    for person_id in person_ids:
        _locked(person_id, now)


def _locked(person_id: uuid.UUID, now: datetime) -> Person:
    """The person's row, held; the level they were registered with stands on the books from now on."""
    person = Person.objects.select_for_update(of=("self",)).only("assurance_level").get(pk=person_id)
    if person.assurance_level > DECLARED and not person.verifications.exists():
        Verification.objects.create(
            person=person, source=REGISTRATION, level=person.assurance_level, evidence={}, made_at=now
        )
    return person


def _settle(person: Person, today: date) -> None:
    """The person's level follows from the verifications that count."""
    rows = person.verifications.values_list("level", "valid_until", "revoked_at")
    level = level_on(today, (Held(level, until, revoked is not None) for level, until, revoked in rows))
    if level != person.assurance_level:
        person.assurance_level = level
        person.save(update_fields=["assurance_level"])


def revoke_verification(actor: Actor, verification_id: uuid.UUID, reason: str, now: datetime) -> Verification:
    """A verification counts no more, from now on; revoking it twice is once.

    The person may (it was not them, or they want it gone), the officer who made the check, and an administrator.

    Raises:
        NotFoundError: there is none, or it is not the actor's to revoke.
        InvalidError: no reason is stated (`reason`).
    """
    if not actor.is_signed_in and not actor.process:
        raise SignInNeededError
    reason = reason.strip()
    with transaction.atomic():
        verification = Verification.objects.select_related("check_made").filter(pk=verification_id).first()
        if verification is None or not actor.may("revoke", "verification", _relations(actor, verification)):
            raise NotFoundError(_("There is no such verification, or it is not yours to revoke."))
        if not reason:
            raise InvalidError({"reason": [_("State why it shall count no more.")]})
        person = _locked(verification.person_id, now)
        changed = Verification.objects.filter(pk=verification.pk, revoked_at=None).update(
            revoked_at=now, revoked_because=reason
        )
        if changed:
            _settle(person, timezone.localdate(now))
            append(actor, "revoke_verification", "verification", verification.pk, {"reason": reason})
    verification.refresh_from_db()
    return verification


def _relations(actor: Actor, verification: Verification) -> set[Relation]:
    relations = set()
    if actor.person_id == verification.person_id:
        relations.add(Relation.OWN)
    if actor.post and verification.check_made and verification.check_made.post_id == actor.post.id:
        relations.add(Relation.HOLDER)
    return relations


def lapse_verifications(now: datetime, most: int = 1000) -> int:
    """What was valid until today counts no more; how many lapsed. Each person's in a transaction of its own."""
    today = timezone.localdate(now)
    due = Verification.objects.filter(lapsed_at=None, revoked_at=None, valid_until__lte=today)
    lapsed = 0
    for pk, person_id in due.order_by("valid_until").values_list("pk", "person_id")[:most]:
        with transaction.atomic():
            person = _locked(person_id, now)
            if Verification.objects.filter(pk=pk, lapsed_at=None).update(lapsed_at=now):
                _settle(person, today)
                append(platform_process("clock"), "lapse_verification", "verification", pk)
                lapsed += 1
    return lapsed


def _take_on_number(person_id: uuid.UUID, number: str) -> None:
    """The identity number that a register confirmed becomes the person's, where none was known.

    Raises:
        InvalidError: another account has it (`id_number`).
    """
    try:
        with transaction.atomic():
            Person.objects.filter(pk=person_id, id_number_index=None).update(
                id_number=number, id_number_index=blind_index(number, "person.id_number")
            )
    except IntegrityError:
        message = _("Another account has this number. Come to a counter with your identity card.")
        raise InvalidError({"id_number": [message]}) from None
