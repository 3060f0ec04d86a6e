"""Showing personal data that stands masked: asked for with a purpose, recorded, for one view."""

import uuid
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.cases.access import Shown
from tongban.cases.actions.internal import cooperation_relations
from tongban.cases.models import BundleCase, Case, Cooperation
from tongban.cases.relations import handles_own_case, relations_to, relations_to_bundle
from tongban.foundation.errors import InvalidError, NotAllowedError, NotFoundError
from tongban.foundation.ledger import append
from tongban.identity.access_records import ASKED_PURPOSES, DataReading, Kind, Purpose
from tongban.identity.actor import Actor
from tongban.identity.authority import may, require

MAX_REASON = 500
UNMASKED = "unmasked"


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
    return _recorded(actor, case, case.pk, purpose, reason, now)


def show_shared_data(actor: Actor, request_id: uuid.UUID, purpose: str, reason: str, now: datetime) -> Shown:
    """As `show_personal_data`, of the answers a request for cooperation shares. The person sees it with their case.

    Raises:
        NotFoundError: the request is not this officer's to see.
        InvalidError: as there.
    """
    request = Cooperation.objects.select_related("case").filter(pk=request_id).first()
    relations = cooperation_relations(actor, request) if request else frozenset()
    readable = may(actor, "read", "cooperation", relations)
    if request is None or not readable or handles_own_case(actor, request.case):
        raise NotFoundError(_("There is no such request, or it is not yours to see."))
    require(actor, "show_in_full", "cooperation", relations)
    return _recorded(actor, request.case, request.pk, purpose, reason, now)


def show_bundle_data(actor: Actor, bundle_id: uuid.UUID, purpose: str, reason: str, now: datetime) -> Shown:
    """As `show_personal_data`, of what was answered for several things at once.

    Raises:
        NotFoundError: it is not this officer's to see.
        InvalidError: as there.
    """
    bundle = BundleCase.objects.filter(pk=bundle_id).first()
    relations = relations_to_bundle(actor, bundle) if bundle else frozenset()
    if bundle is None or actor.post is None or not may(actor, "read", "bundle", relations):
        raise NotFoundError(_("There is no such application, or it is not yours to see."))
    require(actor, "show_in_full", "bundle", relations)
    return _recorded(actor, bundle, bundle.pk, purpose, reason, now)


def _recorded(
    actor: Actor, about: Case | BundleCase, opens: uuid.UUID, purpose: str, reason: str, now: datetime
) -> Shown:
    if actor.post is None:
        raise NotAllowedError
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
    kind = Kind.CASE if isinstance(about, Case) else Kind.BUNDLE
    with transaction.atomic():
        row = DataReading.objects.create(
            person_id=about.person_id,
            organisation_id=about.organisation_id,
            kind=kind,
            object_id=about.pk,
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
        content = {"reading": row.pk, "purpose": purpose, "reason": reason}
        if opens != about.pk:
            content["request"] = opens
        append(actor, "show_personal_data", kind.value, about.pk, content)
    return Shown(row.pk, opens, actor.post.id)
