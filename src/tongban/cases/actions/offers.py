"""Benefits without application (免申即享): offered by rule from what the platform holds, confirmed or declined."""

import uuid
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.cases.actions.applying import open_case
from tongban.cases.actions.checking import offer_for
from tongban.cases.actions.instant import Decided
from tongban.cases.facts import Subject, facts_of
from tongban.cases.models import BenefitOffer, Case
from tongban.cases.relations import applicant, own_offers
from tongban.cases.requirements import form_of, light_handling, published_version
from tongban.cases.ways import Settled
from tongban.foundation.errors import ConflictError, NotFoundError
from tongban.foundation.ledger import Announcement, append
from tongban.identity.actor import Actor, platform_process
from tongban.identity.authority import Relation, require
from tongban.identity.models import Organisation, Person
from tongban.items.light import OFFER, LightHandling, OfferRule, written_facts
from tongban.items.models import Audience, ServiceVersion
from tongban.items.queries import in_force_on

OFFERING = platform_process("offers")
# Offers are confirmed under the procedure that decides by rule.
PROCEDURE = "instant"
_BATCH = 500
State = BenefitOffer.State
_log = structlog.get_logger(__name__)


def make_offers(now: datetime) -> int:
    """Offer every benefit in force to whoever meets its rule and was not offered it yet; how many were made.

    Safe to run twice and by two processes at once: a service is offered to somebody once.
    """
    require(OFFERING, "make", "offer")
    today, made = timezone.localdate(now), 0
    offering = in_force_on(today).filter(is_applicable=True, light__has_key="offer", service__platform__run_by_us=True)
    for version_id in list(offering.order_by("pk").values_list("pk", flat=True)):
        version = published_version(version_id)
        for subject in _candidates(version):
            try:
                made += _offer(version, subject, now)
            except Exception:  # noqa: BLE001 - one person's data must not keep everybody else from the benefit
                _log.exception("offer_failed", version=str(version_id))
    return made


def lapse_offers(now: datetime) -> int:
    """Close offers nobody answered in time; how many."""
    over = BenefitOffer.objects.filter(state=State.OPEN, open_until__lt=timezone.localdate(now))
    with transaction.atomic():
        ids = list(over.select_for_update(skip_locked=True).values_list("pk", flat=True)[:_BATCH])
        BenefitOffer.objects.filter(pk__in=ids).update(state=State.LAPSED, answered_at=now)
        for offer_id in ids:
            append(OFFERING, "lapse_offer", "offer", offer_id)
    return len(ids)


def _candidates(version: ServiceVersion) -> Iterator[Subject]:
    """Whoever the service is for and was not offered it yet, in batches by key."""
    known = BenefitOffer.objects.filter(service=version.service_id)
    if not version.audiences or Audience.PERSON in version.audiences:
        people = Person.objects.filter(~Exists(known.filter(person=OuterRef("pk"), organisation=None)))
        last = uuid.UUID(int=0)
        while ids := list(people.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:_BATCH]):
            yield from (Subject(person_id) for person_id in ids)
            last = ids[-1]
    if not version.audiences or Audience.ORGANISATION in version.audiences:
        organisations = Organisation.objects.filter(~Exists(known.filter(organisation=OuterRef("pk"))))
        for person_id, organisation_id in organisations.order_by("pk").values_list("legal_representative", "pk"):
            yield Subject(person_id, organisation_id)


def _offer(version: ServiceVersion, subject: Subject, now: datetime) -> bool:
    rule, today = _rule(light_handling(version)), timezone.localdate(now)
    facts = facts_of(subject, rule.table.inputs.values(), today)
    found = rule.table.judge(facts)
    if found.outcome != OFFER or not _answers(version, rule, subject):
        return False
    with transaction.atomic():
        offer, new = BenefitOffer.objects.get_or_create(
            service_id=version.service_id,
            person_id=subject.person_id,
            organisation=subject.organisation_id and Organisation(pk=subject.organisation_id),
            defaults={
                "version": version,
                "table_version": rule.table.version,
                "digest": rule.table.digest,
                "inputs": written_facts(facts),
                "rule": found.rule,
                "because": dict(found.because),
                "made_at": now,
                "open_until": today + timedelta(days=rule.open_for_days),
            },
        )
        if new:
            content = {"version": version.pk, "table": rule.table.digest, "rule": found.rule}
            append(OFFERING, "make_offer", "offer", offer.pk, content, Announcement("offer.made"))
    return new


def _rule(light: LightHandling) -> OfferRule:
    if light.offer is None:
        raise ConflictError(_("This benefit is no longer offered."))
    return light.offer


def _answers(version: ServiceVersion, rule: OfferRule, subject: Subject) -> dict[str, Any]:
    """The form's answers from what the platform holds; empty where it does not hold enough to offer anything."""
    person = Person.objects.only("name", "phone", "address").get(pk=subject.person_id)
    held = {"applicant.name": person.name, "applicant.phone": person.phone, "applicant.address": person.address}
    answers = {
        name: given["value"] if "value" in given else held[given["from"]] for name, given in rule.answers.items()
    }
    answers = {name: value for name, value in answers.items() if value is not None}
    return {} if form_of(version, rule.without_fields).validate(answers) else answers


def confirm_offer(actor: Actor, offer_id: uuid.UUID, now: datetime) -> Case:
    """Confirm: the case is made and decided at once. A second click finds the first's case.

    Raises:
        NotFoundError: there is no such offer of the actor's.
        ConflictError: it was declined, is over, or the conditions are no longer met.
    """
    with transaction.atomic():
        offer = _own_offer(actor, offer_id)
        if offer.case_id:
            return Case.objects.get(pk=offer.case_id)
        _require_open(offer, timezone.localdate(now))
        # What is in force today decides, on today's data.
        in_force = offer_for(actor, offer.service_id, timezone.localdate(now))
        rule = _rule(light_handling(in_force.version))
        whose = applicant(actor)
        subject = Subject(whose.person_id, whose.organisation_id)
        facts = facts_of(subject, rule.table.inputs.values(), timezone.localdate(now))
        found = rule.table.judge(facts)
        # An organisation's data are its representative's, whoever confirms.
        answers = _answers(in_force.version, rule, Subject(offer.person_id, offer.organisation_id))
        if found.outcome != OFFER or not answers:
            raise ConflictError(_("The conditions of this offer are no longer met. You may still apply."))
        settled = Settled(PROCEDURE, None, "", rule.without_fields, rule.without_materials)
        decided = Decided(settled, rule.table, facts, found)
        case = open_case(actor, in_force, answers, {}, now, choice=decided)
        offer.state, offer.answered_at, offer.case = State.CONFIRMED, now, case
        offer.save(update_fields=["state", "answered_at", "case"])
        append(actor, "confirm_offer", "offer", offer.pk, {"case": case.pk})
    return case


def decline_offer(actor: Actor, offer_id: uuid.UUID, now: datetime) -> None:
    """Decline; nothing is lost by it: one may apply at any time. Declining again changes nothing.

    Raises:
        NotFoundError: there is no such offer of the actor's.
        ConflictError: it was confirmed, or is over.
    """
    with transaction.atomic():
        offer = _own_offer(actor, offer_id)
        if offer.state == State.DECLINED:
            return
        _require_open(offer, timezone.localdate(now))
        offer.state, offer.answered_at = State.DECLINED, now
        offer.save(update_fields=["state", "answered_at"])
        append(actor, "decline_offer", "offer", offer.pk)


def _own_offer(actor: Actor, offer_id: uuid.UUID) -> BenefitOffer:
    offer = BenefitOffer.objects.select_for_update(of=("self",)).filter(own_offers(actor), pk=offer_id).first()
    if offer is None:
        raise NotFoundError(_("There is no such offer of yours."))
    require(actor, "answer", "offer", {Relation.OWN})
    return offer


def _require_open(offer: BenefitOffer, today: date) -> None:
    if offer.state != State.OPEN or offer.open_until < today:
        raise ConflictError(_("This offer was answered already, or its time is over. You may still apply."))
