"""Benefits without application (免申即享): offered by rule from what the platform holds, confirmed or declined."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Count, Exists, Max, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.cases.actions.applying import open_case
from tongban.cases.actions.checking import offer_for
from tongban.cases.actions.instant import Decided
from tongban.cases.facts import Subject, facts_of, facts_of_several
from tongban.cases.models import BenefitOffer, Case, OfferSweep
from tongban.cases.relations import applicant
from tongban.cases.requirements import form_of, light_handling, published_version
from tongban.cases.ways import Settled
from tongban.foundation.decisions import Value
from tongban.foundation.errors import ConflictError, NotFoundError
from tongban.foundation.ledger import Announcement, append
from tongban.identity.actor import Actor, platform_process
from tongban.identity.authority import Relation, require
from tongban.identity.finding import still_there
from tongban.identity.models import Organisation, Person
from tongban.items.light import OFFER, LightHandling, OfferRule, written_facts
from tongban.items.models import Audience, ServiceVersion
from tongban.items.queries import in_force_on

OFFERING = platform_process("offers")
# Offers are confirmed under the procedure that decides by rule.
PROCEDURE = "instant"
_BATCH = 500
MOST_A_TURN = 5_000
ROUND_EVERY = timedelta(hours=12)
State = BenefitOffer.State
# The human is there; or the organisation is, if it is one's (its offer names its representative of then).
_ANSWERABLE = Q(organisation=None) & still_there("person")
_ANSWERABLE |= Q(organisation__isnull=False, organisation__dissolved_on=None)
_log = structlog.get_logger(__name__)


def make_offers(now: datetime) -> int:
    """Offer every benefit in force to whoever meets its rule and was not offered it yet, or not in the period after
    which it is offered again; how many were made.

    Safe to run twice and by two processes at once: a service is offered to somebody once a period. What is known of
    the candidates is asked for batch by batch.
    """
    require(OFFERING, "make", "offer")
    made = 0
    for version in _offered(now):
        place: Place | None = START
        while place:
            found, place = _next_batch(version, place, now)
            made += offer_to(version, found, now)
    return made


def go_on_offering(now: datetime, most: int = MOST_A_TURN) -> int:
    """One bounded turn of the round in which everybody is looked at; how many candidates were.

    In order: the services by key; of each the people by key, then the organisations by key. Where a turn ends the next
    one begins; a turn that is killed is taken again from its last whole batch. A round of a service begins
    `ROUND_EVERY` after the one before it began.

    Args:
        now: the moment.
        most: candidates to look at, rounded up to whole batches.
    """
    require(OFFERING, "make", "offer")
    looked = 0
    for version in _offered(now):
        sweep, _new = OfferSweep.objects.get_or_create(service_id=version.service_id, defaults={"began_at": now})
        if sweep.ended_at and now < sweep.began_at + ROUND_EVERY:
            continue
        if sweep.ended_at:
            sweep.began_at, sweep.ended_at, sweep.of_organisations, sweep.after = now, None, False, None
        while sweep.ended_at is None and looked < most:
            found, place = _next_batch(version, Place(sweep.of_organisations, sweep.after), now)
            offer_to(version, found, now)
            looked += len(found)
            if place:
                sweep.of_organisations, sweep.after = place.of_organisations, place.after
            else:
                sweep.ended_at = now
            sweep.save()
        if looked >= most:
            break
    return looked


def _offered(now: datetime) -> Iterator[ServiceVersion]:
    """The versions in force that are offered, by the key of their service."""
    in_force = in_force_on(timezone.localdate(now)).filter(is_applicable=True, light__has_key="offer")
    ours = in_force.filter(service__platform__run_by_us=True).order_by("service_id")
    yield from map(published_version, list(ours.values_list("pk", flat=True)))


def offer_to(version: ServiceVersion, subjects: Sequence[Subject], now: datetime) -> int:
    """Offer it to whoever of these meets its rule and has no offer that stands; how many were made."""
    made = 0
    if not subjects:
        return made
    for subject, facts, held in _known_of(version, subjects, timezone.localdate(now)):
        try:
            made += _offer(version, subject, facts, held, now)
        except Exception:  # noqa: BLE001 - one person's data must not keep everybody else from the benefit
            _log.exception("offer_failed", version=str(version.pk))
    return made


def lapse_offers(now: datetime) -> int:
    """Close offers nobody answered in time, and those nobody is left to answer, at most 500; how many."""
    late = Q(open_until__lt=timezone.localdate(now))
    over = BenefitOffer.objects.filter(late | ~_ANSWERABLE, state=State.OPEN)
    with transaction.atomic():
        ids = list(over.select_for_update(of=("self",), skip_locked=True).values_list("pk", flat=True)[:_BATCH])
        BenefitOffer.objects.filter(pk__in=ids).update(state=State.LAPSED, answered_at=now)
        for offer_id in ids:
            append(OFFERING, "lapse_offer", "offer", offer_id)
    return len(ids)


@dataclass(frozen=True)
class Place:
    """How far a round is: among people or organisations, after which key."""

    of_organisations: bool = False
    after: uuid.UUID | None = None


START = Place()


def _next_batch(version: ServiceVersion, place: Place, now: datetime) -> tuple[list[Subject], Place | None]:
    """The next of whoever the service is for and may be offered it now, by key; and where to go on, None at the end."""
    known = BenefitOffer.objects.filter(service=version.service_id).filter(_stands(version, now))
    after = place.after or uuid.UUID(int=0)
    if not place.of_organisations:
        unknown = ~Exists(known.filter(person=OuterRef("pk"), organisation=None))
        people = Person.objects.filter(unknown, still_there(), pk__gt=after)
        ids = list(people.order_by("pk").values_list("pk", flat=True)[:_BATCH]) if _for_people(version) else []
        to_go_on = Place(after=ids[-1]) if len(ids) == _BATCH else Place(of_organisations=True)
        return [Subject(person_id) for person_id in ids], to_go_on
    if version.audiences and Audience.ORGANISATION not in version.audiences:
        return [], None
    unknown = ~Exists(known.filter(organisation=OuterRef("pk")))
    there = still_there("legal_representative") & Q(dissolved_on=None)
    wanted = Organisation.objects.filter(unknown, there, pk__gt=after)
    rows = list(wanted.order_by("pk").values_list("legal_representative", "pk")[:_BATCH])
    found = [Subject(person_id, organisation_id) for person_id, organisation_id in rows]
    return found, Place(of_organisations=True, after=rows[-1][1]) if len(rows) == _BATCH else None


def _for_people(version: ServiceVersion) -> bool:
    return not version.audiences or Audience.PERSON in version.audiences


def _stands(version: ServiceVersion, now: datetime) -> Q:
    """Offers beside which none is made: open ones, and those of the period; of what comes once, every one."""
    again = _rule(light_handling(version)).again_after_days
    return Q() if again is None else Q(state=State.OPEN) | Q(made_at__gt=now - timedelta(days=again))


Facts = Mapping[str, Value | None]


def _known_of(
    version: ServiceVersion, subjects: Sequence[Subject], today: date
) -> Iterator[tuple[Subject, Facts, Person]]:
    """What the table looks at and what answers the form, for a batch, in a fixed number of queries."""
    rule = _rule(light_handling(version))
    facts = facts_of_several(subjects, rule.table.inputs.values(), today)
    people = Person.objects.select_related("account").in_bulk({subject.person_id for subject in subjects})
    for subject, known in zip(subjects, facts, strict=True):
        yield subject, known, people[subject.person_id]


def _offer(version: ServiceVersion, subject: Subject, facts: Facts, held: Person, now: datetime) -> bool:
    rule, today = _rule(light_handling(version)), timezone.localdate(now)
    found = rule.table.judge(facts)
    if found.outcome != OFFER or not _answers(version, rule, held):
        return False
    with transaction.atomic():
        whose = Q(organisation=subject.organisation_id) if subject.organisation_id else Q(organisation=None)
        earlier = BenefitOffer.objects.filter(whose, service=version.service_id)
        if not subject.organisation_id:
            earlier = earlier.filter(person=subject.person_id)
        # In one look: who was faster is seen whole, or stopped by the key.
        known = earlier.aggregate(last=Max("round"), standing=Count("pk", filter=_stands(version, now) or None))
        if known["standing"]:
            return False
        offer, new = BenefitOffer.objects.get_or_create(
            service_id=version.service_id,
            person_id=subject.person_id,
            organisation=subject.organisation_id and Organisation(pk=subject.organisation_id),
            round=(known["last"] or 0) + 1,
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


def _answers(version: ServiceVersion, rule: OfferRule, person: Person) -> dict[str, Any]:
    """The form's answers from what the platform holds; empty where it does not hold enough to offer anything."""
    held = {"applicant.name": person.name, "applicant.phone": person.telephone, "applicant.address": person.address}
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
        if not BenefitOffer.objects.filter(_ANSWERABLE, pk=offer.pk).exists():
            raise ConflictError(_("Whom this was offered to is no more."))
        # What is in force today decides, on today's data.
        in_force = offer_for(actor, offer.service_id, timezone.localdate(now))
        rule = _rule(light_handling(in_force.version))
        whose = applicant(actor)
        subject = Subject(whose.person_id, whose.organisation_id)
        facts = facts_of(subject, rule.table.inputs.values(), timezone.localdate(now))
        found = rule.table.judge(facts)
        # An organisation's data are its representative's, whoever confirms.
        answers = _answers(in_force.version, rule, offer.person)
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
    offer = BenefitOffer.objects.select_for_update(of=("self",)).filter(applicant(actor).own, pk=offer_id).first()
    if offer is None:
        raise NotFoundError(_("There is no such offer of yours."))
    require(actor, "answer", "offer", {Relation.OWN})
    return offer


def _require_open(offer: BenefitOffer, today: date) -> None:
    if offer.state != State.OPEN or offer.open_until < today:
        raise ConflictError(_("This offer was answered already, or its time is over. You may still apply."))
