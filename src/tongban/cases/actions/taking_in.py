"""Taking in for an agency elsewhere: a window checks who applies, takes in form and papers, and hands them over."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.cases.actions.applying import Manner, open_case
from tongban.cases.actions.checking import Positions, offer_for
from tongban.cases.actions.drafting import MATERIAL_TYPES
from tongban.cases.actions.recording import mandate_stated
from tongban.cases.models import Case, CaseAcross, Mode, RegionOffer, Upload
from tongban.cases.reach import offered_on
from tongban.cases.relations import applicant
from tongban.foundation import content
from tongban.foundation.errors import InvalidError, NotAllowedError, NotFoundError
from tongban.foundation.ledger import append
from tongban.identity.actor import Actor
from tongban.identity.authority import may, require
from tongban.identity.counter import Shown, at_window, check_identity, counter_relations, record_check
from tongban.identity.models import IdentityCheck, WrittenPower
from tongban.identity.powers import store_power


@dataclass(frozen=True)
class HandedIn:
    """An application as it is handed in at a window.

    Attributes:
        answers: field name -> value, as the form's JSON Schema says.
        uploads: ids of what was scanned (`keep_paper`), by the material's position.
        token: made with the page: the same one again gives the same case.
        has_originals: whether originals were handed in, to be sent on and given back.
        mode: as which of the ways that the window offers; empty where it offers one.
    """

    answers: Mapping[str, Any]
    uploads: Positions
    token: uuid.UUID = field(default_factory=uuid.uuid4)
    has_originals: bool = False
    mode: str = ""


def check_at_window(actor: Actor, shown: Shown, now: datetime) -> IdentityCheck:
    """Who stands at a window, recorded: at the one-window counter, or where agencies elsewhere have named the officer's
    agency as their window. Who is unknown here is registered.

    Raises:
        InvalidError: what is shown cannot be, or does not fit what is registered; under the field's name.
        NotAllowedError: the officer sees nobody at a window; or it is their own person or organisation.
    """
    if may(actor, "serve", "counter", counter_relations(actor)):
        return check_identity(actor, shown, now)
    _require_named(actor, now)
    return record_check(actor, shown, now)


def keep_power_at_window(actor: Actor, name: str, data: bytes, now: datetime) -> WrittenPower:
    """The scan of a written power of attorney that somebody shows at a window as of `check_at_window`.

    Raises:
        InvalidError: type, size or content cannot be taken; under `power_scan`.
    """
    if not may(actor, "serve", "counter", counter_relations(actor)):
        _require_named(actor, now)
    return store_power(actor, name, data, now)


def _require_named(actor: Actor, now: datetime) -> None:
    agency_id = _window(actor)
    if not RegionOffer.objects.filter(offered_on(timezone.localdate(now)), agency=agency_id).exists():
        raise NotAllowedError(_("No service elsewhere has named your agency as its window."))


def keep_paper(actor: Actor, check_id: uuid.UUID, name: str, data: bytes, now: datetime) -> Upload:
    """A paper of who stands at the window, scanned by the officer.

    Raises:
        InvalidError: type, size or content cannot be taken; under `file`.
    """
    _window(actor)
    whose = at_window(actor, check_id, now)
    kept = content.store(data, declared_name=name, allowed=MATERIAL_TYPES)
    with transaction.atomic():
        upload = Upload.objects.create(
            person_id=applicant(whose).person_id,
            digest=kept.digest,
            file_name=kept.name,
            media_type=kept.media_type,
            size=kept.size,
        )
        append(actor, "upload", "upload", upload.pk, {"digest": kept.digest})
    return upload


def take_in_elsewhere(
    actor: Actor, check_id: uuid.UUID, service_id: uuid.UUID, handed_in: HandedIn, now: datetime
) -> Case:
    """收件 at a window of another region: form and identity are checked here, the competent agency decides.

    The case is the competent agency's from the beginning; collected, its limits wait for the arrival there (unless the
    offer says otherwise); in a joint handling this window goes on to accept it.

    Args:
        actor: the officer at the window.
        check_id: who applies, as the officer recorded it today (`check_at_window`).
        service_id: what is applied for.
        handed_in: what is handed in.
        now: the moment.

    Raises:
        NotFoundError: this window does not take in this service, or there is no such check.
        InvalidError: something is missing or wrong, under its own name; about the way, under `mode`.
    """
    agency_id = _window(actor)
    known = Case.objects.filter(draft_id=handed_in.token, across__agency=agency_id)
    if first := known.first():
        return first
    terms = _terms(agency_id, service_id, handed_in.mode, now)
    whose = at_window(actor, check_id, now)
    try:
        with transaction.atomic():
            return _open(actor, whose, check_id, terms, handed_in, now)
    except IntegrityError:
        # The second of two clicks at once.
        if second := known.first():
            return second
        raise


def _window(actor: Actor) -> uuid.UUID:
    require(actor, "take_in_elsewhere", "case")
    if actor.post is None:
        raise NotAllowedError
    return actor.post.agency_id


def _terms(agency_id: uuid.UUID, service_id: uuid.UUID, mode: str, now: datetime) -> RegionOffer:
    offered = RegionOffer.objects.filter(offered_on(timezone.localdate(now)), service=service_id, agency=agency_id)
    found = {offer.mode: offer for offer in offered.select_related("agency")}
    if not found:
        raise NotFoundError(_("Your window does not take in this service for its agency."))
    if not mode and len(found) == 1:
        return found.popitem()[1]
    if mode not in found:
        raise InvalidError({"mode": [_("Choose one of the ways in which your window takes this in.")]})
    return found[mode]


def _open(  # each is one thing of the case
    actor: Actor, whose: Actor, check_id: uuid.UUID, terms: RegionOffer, handed_in: HandedIn, now: datetime
) -> Case:
    stated: dict[str, Any] = {"mode": terms.mode, "receiving": str(terms.agency_id)}
    if terms.mode == Mode.COLLECT:
        stated["transit"] = terms.clock_start
    offer = offer_for(whose, terms.service_id, timezone.localdate(now))
    if whose.mandate:
        # The officer takes it in; by what the agent at the window acts stands with it.
        stated |= {"by_mandate": mandate_stated(whose)["by_mandate"] | {"agent": whose.person_name}}
    manner = Manner(by=actor, stated=stated, draft_id=handed_in.token)
    case = open_case(whose, offer, handed_in.answers, handed_in.uploads, now, manner=manner)
    CaseAcross.objects.create(
        case=case,
        mode=terms.mode,
        region_id=terms.agency.region_id if terms.agency else terms.region_id,
        agency_id=terms.agency_id,
        received_at=now,
        check_made_id=check_id,
        has_originals=handed_in.has_originals,
    )
    return case
