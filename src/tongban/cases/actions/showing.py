"""Showing personal data of a case that stands masked: asked for with a purpose, recorded, for one view."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.cases.models import Case
from tongban.cases.relations import relations_to
from tongban.foundation.errors import InvalidError, NotAllowedError, NotFoundError
from tongban.foundation.ledger import append
from tongban.identity.access_records import ASKED_PURPOSES, DataReading, Kind, Purpose
from tongban.identity.actor import Actor
from tongban.identity.authority import may, require

MAX_REASON = 500
UNMASKED = "unmasked"


@dataclass(frozen=True)
class Shown:
    """A recorded request to see a case's personal data; `queries.case_view` takes it once, for whose it is."""

    reading_id: int
    case_id: uuid.UUID
    post_id: uuid.UUID


def show_personal_data(actor: Actor, case_id: uuid.UUID, purpose: str, reason: str, now: datetime) -> Shown:
    """Record that the officer asks for what stands masked on a case (个人信息保护法 art 6, 34).

    The purpose is one of `ASKED_PURPOSES`; words for it, at most 500 characters, are needed where it is `other`. They
    are sealed and shown to the person.

    Raises:
        NotFoundError: the case is not this officer's to see.
        NotAllowedError: whoever may only see how it stands does not need it.
        InvalidError: no purpose, or none that is known; a reason that is missing or too long.
    """
    case = Case.objects.select_related("agency", "region").filter(pk=case_id).first()
    relations = relations_to(actor, case) if case else frozenset()
    if case is None or actor.post is None or not may(actor, "read", "case", relations):
        raise NotFoundError(_("There is no such case, or it is not yours to see."))
    if actor.at_desk:
        raise NotAllowedError
    require(actor, "handle", "case", relations)
    reason = reason.strip()
    errors: dict[str, list[str]] = {}
    if purpose not in ASKED_PURPOSES:
        errors["purpose"] = [_("Choose what you need it for.")]
    if purpose == Purpose.OTHER and not reason:
        errors["reason"] = [_("Say what you need it for; the person will read it.")]
    if len(reason) > MAX_REASON:
        errors["reason"] = [_("Use at most %(most)d characters.") % {"most": MAX_REASON}]
    if errors:
        raise InvalidError(errors)
    with transaction.atomic():
        row = DataReading.objects.create(
            person_id=case.person_id,
            organisation_id=case.organisation_id,
            kind=Kind.CASE,
            object_id=case.pk,
            day=timezone.localdate(now),
            first_at=now,
            account_id=actor.account_id,
            post_id=actor.post.id,
            agency_id=actor.post.agency_id,
            purpose=purpose,
            fields=[UNMASKED],
            asked=True,
            reason=reason or None,
        )
        append(actor, "show_personal_data", "case", case.pk, {"reading": row.pk, "purpose": purpose, "reason": reason})
    return Shown(row.pk, case.pk, actor.post.id)
