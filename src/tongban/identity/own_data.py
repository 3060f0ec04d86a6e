"""One's own data (个人信息保护法 art 44 to 48): a copy, a correction, closing the account; two entries made one."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.foundation.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from tongban.foundation.ledger import append
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation, require
from tongban.identity.delegating import end_all
from tongban.identity.entering import close_account
from tongban.identity.finding import birth_of
from tongban.identity.holdings import Erasure, Kept, holdings
from tongban.identity.models import (
    CorrectionRequest,
    Delegation,
    Guardianship,
    MandateRow,
    Merger,
    Person,
)

_MAX_TEXT = 500


def _own(actor: Actor, deed: str) -> uuid.UUID:
    """Raises:
    SignInNeededError, NotAllowedError: the hat is not the person's own.
    """
    mine = actor.is_applicant and actor.hat == "person"
    require(actor, deed, "personal_data", {Relation.OWN} if mine else ())
    if actor.person_id is None:
        raise NotAllowedError
    return actor.person_id


# --- a copy -----------------------------------------------------------------------------------------------------------


def may_copy(actor: Actor) -> bool:
    """Whether the hat gets a copy: one's own, or as a guardian the ward's."""
    return actor.may("copy", "personal_data", _whose_copy(actor))


def _whose_copy(actor: Actor) -> set[Relation]:
    own = actor.is_applicant and actor.hat == "person"
    ward = actor.represented_id is not None and actor.mandate is not None and actor.mandate.is_of_guardian
    return {Relation.OWN} if own or ward else set()


def copy_of_data(actor: Actor, now: datetime) -> dict[str, Any]:
    """Everything the platform holds about the actor, by package (art 45); in a guardian's hat, about the ward (民法典
    art 34: a guardian represents the ward). The copying itself is recorded.

    Raises:
        SignInNeededError, NotAllowedError: the hat is neither one's own nor a guardian's.
    """
    require(actor, "copy", "personal_data", _whose_copy(actor))
    person_id = actor.represented_id or actor.person_id
    if person_id is None:
        raise NotAllowedError
    with transaction.atomic():
        append(actor, "copy_data", "person", person_id)
        held = {holding.name: holding.copy(person_id) for holding in holdings()}
    return {"person": str(person_id), "copied_at": now, **held}


# --- a correction -----------------------------------------------------------------------------------------------------


def ask_correction(actor: Actor, field: str, wanted: str, reason: str, now: datetime) -> CorrectionRequest:
    """Say that something is wrong (art 46); an administrator answers within `CORRECTION_DAYS` days. Asking again for
    the same field while it is open is once.

    Raises:
        InvalidError: under `field`, `wanted` or `reason`.
    """
    person_id = _own(actor, "ask_correction")
    wanted, reason = wanted.strip(), reason.strip()
    errors = {}
    if field not in CorrectionRequest.Field.values:
        errors["field"] = [_("Choose what is wrong.")]
    if not wanted or len(wanted) > _MAX_TEXT:
        errors["wanted"] = [_("Enter what is right.")]
    if not reason or len(reason) > _MAX_TEXT:
        errors["reason"] = [_("Enter how it can be seen that this is right: which document, which register.")]
    if errors:
        raise InvalidError(errors)
    with transaction.atomic():
        Person.objects.select_for_update().get(pk=person_id)
        known = CorrectionRequest.objects.filter(person=person_id, field=field, state="open").first()
        if known:
            return known
        asked = CorrectionRequest.objects.create(
            person_id=person_id,
            field=field,
            wanted=wanted,
            reason=reason,
            asked_at=now,
            answer_by=timezone.localdate(now) + timedelta(days=settings.CORRECTION_DAYS),
        )
        append(actor, "ask_correction", "correction_request", asked.pk, {"field": field, "wanted": wanted})
    return asked


@dataclass(frozen=True)
class Answer:
    """An answer: whether it is corrected, what was looked at, and what the person is told."""

    corrected: bool
    evidence: str
    text: str


def answer_correction(actor: Actor, request_id: uuid.UUID, answer: Answer, now: datetime) -> CorrectionRequest:
    """Correct what was wrong, by evidence, or say why not. Nobody answers their own request.

    Raises:
        NotFoundError: there is none.
        ConflictError: it was answered.
        InvalidError: no evidence where it is corrected (`evidence`), no words where it is not (`text`).
    """
    require(actor, "answer", "correction_request")
    if answer.corrected and not answer.evidence.strip():
        raise InvalidError({"evidence": [_("Enter the document or register that shows it.")]})
    if not answer.corrected and not answer.text.strip():
        raise InvalidError({"text": [_("Say why it is not corrected; the person reads it.")]})
    with transaction.atomic():
        asked = CorrectionRequest.objects.select_for_update(of=("self",)).filter(pk=request_id).first()
        if asked is None:
            raise NotFoundError(_("There is no such request."))
        if asked.person_id == actor.person_id:
            raise NotAllowedError(_("Nobody enters this for themselves. Ask a colleague."))
        if asked.state != CorrectionRequest.State.OPEN:
            raise ConflictError(_("This request was answered already."))
        if answer.corrected:
            person = Person.objects.select_for_update().get(pk=asked.person_id)
            setattr(person, asked.field, asked.wanted)
            person.save(update_fields=[asked.field])
        asked.state = CorrectionRequest.State.CORRECTED if answer.corrected else CorrectionRequest.State.REFUSED
        asked.answered_at, asked.answered_post_id = now, actor.post_id
        asked.answer, asked.evidence = answer.text.strip(), answer.evidence.strip()
        asked.save()
        content = {"state": asked.state, "evidence": asked.evidence, "answer": asked.answer}
        append(actor, "answer_correction", "correction_request", asked.pk, content)
    return asked


# --- closing the account ----------------------------------------------------------------------------------------------


def obstacles_to_closing(actor: Actor) -> list[str]:
    """What has to be done before the account can be closed; empty where nothing stands in the way."""
    person_id = _own(actor, "erase")
    return [words for holding in holdings() for words in holding.obstacles(person_id)]


@dataclass(frozen=True)
class Closing:
    """What closing the account did, to be told: counts of what was erased by package, and what is kept, and why."""

    erased: dict[str, dict[str, int]]
    kept: Sequence[Kept]


def close_own_account(actor: Actor, now: datetime) -> Closing:
    """Close the actor's account and erase what no duty keeps (art 47). It cannot be undone.

    Raises:
        ConflictError: something stands in the way (`obstacles_to_closing`).
    """
    person_id = _own(actor, "erase")
    with transaction.atomic():
        person = Person.objects.select_for_update().get(pk=person_id)
        if person.closed_at:
            raise ConflictError(_("This account is closed already."))
        obstacles = obstacles_to_closing(actor)
        if obstacles:
            raise ConflictError(" ".join(obstacles))
        end_all(actor, Q(person=person_id) | Q(agent=person_id), now, "closed")
        Guardianship.objects.filter(ward=person_id, ended_at=None).update(ended_at=now)
        done: dict[str, Erasure] = {holding.name: holding.erase(person_id, now) for holding in holdings()}
        if person.account_id:
            close_account(person.account_id, now)
        closing = Closing(
            {name: dict(each.erased) for name, each in done.items()},
            [kept for each in done.values() for kept in each.kept],
        )
        append(actor, "close_account", "person", person_id, {"erased": closing.erased})
    return closing


# --- two entries of one human -----------------------------------------------------------------------------------------


def merge_people(actor: Actor, kept: Person, merged: Person, reason: str, now: datetime) -> Merger:
    """Let two entries of one human be one: everything of the second is the first's. It is not undone; what moved is
    recorded row by row. The events of cases and the ledger keep what they said.

    Raises:
        InvalidError: no reason (`reason`).
        ConflictError: they cannot be one human, or one of them is no more.
    """
    require(actor, "merge", "identity")
    if not reason.strip():
        raise InvalidError({"reason": [_("Enter how it is known that they are one and the same.")]})
    with transaction.atomic():
        held = {p.pk: p for p in Person.objects.select_for_update(of=("self",)).filter(pk__in=[kept.pk, merged.pk])}
        if actor.person_id in held:
            raise NotAllowedError(_("Nobody enters this for themselves. Ask a colleague."))
        if len(held) < len((kept, merged)):
            raise ConflictError(_("This is one entry already."))
        kept, merged = held[kept.pk], held[merged.pk]
        _require_one_human(kept, merged)
        moved = {name: ids for holding in holdings() for name, ids in holding.move(kept.pk, merged.pk).items()}
        moved |= _take_over(kept, merged, now)
        done = Merger.objects.create(
            kept=kept, merged=merged, reason=reason.strip(), moved=moved, post_id=actor.post_id, at=now
        )
        content = {"kept": kept.pk, "merged": merged.pk, "reason": reason.strip(), "moved": moved}
        append(actor, "merge", "person", kept.pk, content)
        append(actor, "merged_into", "person", merged.pk, content)
    return done


def _require_one_human(kept: Person, merged: Person) -> None:
    if any(p.merged_into_id or p.died_on or p.closed_at for p in (kept, merged)):
        raise ConflictError(_("One of the two was merged, closed, or has died."))
    if kept.id_number and merged.id_number and kept.id_number != merged.id_number:
        raise ConflictError(_("Their identity numbers differ: these are two people."))
    births: set[date | None] = {birth_of(kept), birth_of(merged)} - {None}
    if len(births) > 1:
        raise ConflictError(_("Their days of birth differ: these are two people."))
    pair = (kept.pk, merged.pk)
    between = Q(person__in=pair, agent__in=pair)
    stands = Delegation.objects.filter(between, revoked_at=None, declined_at=None).exists()
    if stands or MandateRow.objects.filter(person__in=pair, agent__in=pair).exists():
        raise ConflictError(_("One of them acts for the other: these are two people, or that has to end first."))


def _take_over(kept: Person, merged: Person, now: datetime) -> dict[str, list[str]]:
    """The number, the telephone, the account that the kept entry lacks; the other's account is closed."""
    moved: dict[str, list[str]] = {}
    gained = [name for name in ("id_number", "phone", "address", "born_on") if getattr(merged, name)]
    gained = [name for name in gained if not getattr(kept, name)]
    values = {name: getattr(merged, name) for name in gained}
    index, account_id = merged.id_number_index, merged.account_id
    merged.merged_into = kept
    if "id_number" in gained:
        merged.id_number = merged.id_number_index = None
    if account_id and not kept.account_id:
        merged.account = None
        moved["identity.Person.account"] = [str(account_id)]
    elif account_id:
        close_account(account_id, now)
        moved["identity.Account.closed"] = [str(account_id)]
    merged.save()
    for name, value in values.items():
        setattr(kept, name, value)
    if "id_number" in gained:
        kept.id_number_index = index
    if account_id and not kept.account_id:
        kept.account_id = account_id
    kept.assurance_level = max(kept.assurance_level, merged.assurance_level)
    kept.save()
    return moved | ({"identity.Person.columns": gained} if gained else {})
