"""Offers (免申即享) of one's own."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.cases.models import (
    BenefitOffer,
)
from tongban.cases.queries.light.one_case import FactRow, fact_row
from tongban.cases.relations import applicant
from tongban.cases.requirements import light_handling, published_version
from tongban.foundation.forms.messages import worded
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation, may, require


@dataclass(frozen=True)
class OfferView:
    """A benefit offered, with why, and with what is already known."""

    id: uuid.UUID
    service_id: uuid.UUID
    service: str
    agency: str
    title: str
    because: str
    state: str
    state_label: str
    made_at: datetime
    open_until: date
    is_open: bool
    case_id: uuid.UUID | None
    facts: Sequence[FactRow]


def my_offers(actor: Actor, today: date) -> list[OfferView]:
    """Benefits offered to the actor in the present hat, newest first, at most 50: one query."""
    require(actor, "read", "offer", {Relation.OWN})
    offers = BenefitOffer.objects.filter(applicant(actor).own).select_related("service__agency")
    return [_offer_view(offer, today) for offer in offers.order_by("-made_at", "-id")[:50]]


def open_offers(actor: Actor, today: date) -> int:
    """How many offers wait for an answer in the present hat; 0 for who cannot have any."""
    if not actor.is_signed_in or not may(actor, "read", "offer", {Relation.OWN}):
        return 0
    return BenefitOffer.objects.filter(
        applicant(actor).own, state=BenefitOffer.State.OPEN, open_until__gte=today
    ).count()


def _offer_view(offer: BenefitOffer, today: date) -> OfferView:
    version = published_version(offer.version_id)
    rule = light_handling(version).offer
    is_open = offer.state == BenefitOffer.State.OPEN and offer.open_until >= today
    state = offer.state if is_open or offer.state != BenefitOffer.State.OPEN else BenefitOffer.State.LAPSED
    return OfferView(
        offer.pk,
        offer.service_id,
        version.text("name"),
        offer.service.agency.label,
        worded(rule.title) if rule else "",
        worded(offer.because),
        state,
        {
            "open": _("waits for your answer"),
            "confirmed": _("confirmed"),
            "declined": _("declined"),
            "lapsed": _("time over"),
        }[state],
        timezone.localtime(offer.made_at),
        offer.open_until,
        is_open,
        offer.case_id,
        [fact_row(each, offer.inputs.get(each.name), version) for each in (rule.table.inputs.values() if rule else ())],
    )
