"""What a service offers to people elsewhere: entered, changed and ended by the agency that is competent for it."""

import uuid
from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from tongban.cases.models import ClockStart, Mode, RegionOffer
from tongban.cases.reach import is_elsewhere
from tongban.foundation.errors import ConflictError, InvalidError, NotFoundError
from tongban.foundation.ledger import append
from tongban.government.models import Agency, Region
from tongban.identity.actor import Actor
from tongban.identity.authority import require
from tongban.items.models import Service
from tongban.items.queries import relations_to

MAX_BASIS = 300


@dataclass(frozen=True)
class OfferTerms:
    """What a service offers to people elsewhere.

    Attributes:
        mode: how it is done.
        region: from where: this region and those below.
        agency: who receives there; None only for fully online.
        clock_start: from when the limits run for what is collected.
        basis: the agreement or document it rests on.
    """

    mode: Mode
    region: str
    agency: uuid.UUID | None = None
    clock_start: ClockStart = ClockStart.COMPETENT
    basis: str = ""


def offer_across(actor: Actor, service_id: uuid.UUID, terms: OfferTerms, since: date) -> RegionOffer:
    """Say that a service can be done from a region, from a day on.

    Raises:
        InvalidError: no such region or agency, or one that does not fit the mode.
        ConflictError: it is offered from there in this mode already.
    """
    service = Service.objects.select_related("agency__region").filter(pk=service_id).first()
    if service is None:
        raise NotFoundError
    require(actor, "maintain", "region_offer", relations_to(actor, service))
    with transaction.atomic():
        offer = _enter(service, terms, since)
        _keep(actor, "offer_across", offer)
    return offer


def change_offer(actor: Actor, offer_id: uuid.UUID, terms: OfferTerms, since: date, today: date) -> RegionOffer:
    """Other terms from a day on, in the same mode from the same region. What has not begun is written anew; what has
    ends the day before, and cases that were taken in keep the terms they were taken in under.

    Raises:
        InvalidError: the day is past, or not after the first day of an offer that has begun; an agency that does not
            fit.
        NotFoundError: there is no such offer, or it has an end already.
    """
    with transaction.atomic():
        offer = _open_offer(actor, offer_id)
        if (terms.mode, terms.region) != (offer.mode, offer.region_id):
            message = _("Another way or another region is another offer: end this one and enter that.")
            raise InvalidError({"region": [message]})
        _require_not_past(since, today, "since")
        if offer.offered_from > today:
            offer.delete()
        elif since <= offer.offered_from:
            raise InvalidError({"since": [_("The change lies after the first day of the offer.")]})
        else:
            offer.offered_to = since
            offer.save(update_fields=["offered_to"])
        changed = _enter(offer.service, terms, since)
        _keep(actor, "change_offer_across", changed, before=offer_id)
    return changed


def end_offer(actor: Actor, offer_id: uuid.UUID, until: date, today: date) -> None:
    """The offer ends with the day before `until`, and one that has not begun by then never holds; cases that were taken
    in go on as they are.
    """
    with transaction.atomic():
        offer = _open_offer(actor, offer_id)
        _require_not_past(until, today, "until")
        if until <= offer.offered_from and offer.offered_from <= today:
            raise InvalidError({"until": [_("The end lies after the first day of the offer.")]})
        append(actor, "end_offer_across", "service", offer.service_id, {"offer": offer.pk, "to": until})
        if until <= offer.offered_from:
            offer.delete()
        else:
            offer.offered_to = until
            offer.save(update_fields=["offered_to"])


def _open_offer(actor: Actor, offer_id: uuid.UUID) -> RegionOffer:
    found = RegionOffer.objects.select_for_update(of=("self",)).select_related("service__agency__region")
    offer = found.filter(pk=offer_id, offered_to=None).first()
    if offer is None:
        raise NotFoundError(_("There is no such offer, or it has an end already."))
    require(actor, "maintain", "region_offer", relations_to(actor, offer.service))
    return offer


def _require_not_past(day: date, today: date, name: str) -> None:
    if day < today:
        raise InvalidError({name: [_("The day is past. What was offered until today stays as it was.")]})


def _enter(service: Service, terms: OfferTerms, since: date) -> RegionOffer:
    region = Region.objects.filter(pk=terms.region).first()
    if region is None:
        raise InvalidError({"region": [_("There is no region %(code)s.") % {"code": terms.region}]})
    if not is_elsewhere(service.agency.region.lineage, region.lineage):
        raise InvalidError({"region": [_("That is not another region: the competent agency is there itself.")]})
    agency = Agency.objects.select_related("region").filter(pk=terms.agency).first() if terms.agency else None
    if (agency is None) != (terms.mode is Mode.ONLINE):
        raise InvalidError({"agency": [_("Name the agency that receives there; fully online nobody does.")]})
    if agency and region.code not in agency.region.lineage:
        raise InvalidError({"agency": [_("This agency is not in that region.")]})
    if len(terms.basis) > MAX_BASIS:
        raise InvalidError({"basis": [_("At most %(most)d characters.") % {"most": MAX_BASIS}]})
    same = RegionOffer.objects.filter(service=service, mode=terms.mode, region=region)
    twice = ConflictError(_("It is offered from there in this way already."))
    if same.filter(Q(offered_to=None) | Q(offered_to__gt=since)).exists():
        raise twice
    try:
        with transaction.atomic():
            return RegionOffer.objects.create(
                service=service,
                mode=terms.mode,
                region=region,
                agency=agency,
                clock_start=terms.clock_start,
                basis=terms.basis,
                offered_from=since,
            )
    except IntegrityError:
        raise twice from None


def _keep(actor: Actor, deed: str, offer: RegionOffer, before: uuid.UUID | None = None) -> None:
    what = {"mode": offer.mode, "region": offer.region_id, "agency": offer.agency_id, "from": offer.offered_from}
    append(actor, deed, "service", offer.service_id, what | ({"before": before} if before else {}))
