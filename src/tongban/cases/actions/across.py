"""Across regions: what is offered from where, taking in for an agency elsewhere, the hand-over, a joint handling."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.cases.actions.applying import Manner, open_case
from tongban.cases.actions.checking import offer_for, own_draft_of_service, stated
from tongban.cases.actions.drafting import MATERIAL_TYPES
from tongban.cases.actions.handling import is_repetition, require_fresh
from tongban.cases.actions.recording import Step, record
from tongban.cases.clocks import happenings_of, set_due, times_of
from tongban.cases.history import Happening
from tongban.cases.models import (
    OPEN_STATES,
    Case,
    CaseAcross,
    ClockStart,
    DraftPlace,
    JointPart,
    Mode,
    RegionOffer,
    Upload,
)
from tongban.cases.procedure_store import procedure_of
from tongban.cases.reach import is_elsewhere, offered_on, reaches
from tongban.cases.reading import read_case
from tongban.cases.relations import applicant as applicant_of
from tongban.cases.relations import handles_own_case, relations_to
from tongban.cases.requirements import published_version
from tongban.cases.responsibility import ACKNOWLEDGE, ANSWER_PLACE, ASK_PLACE, FORWARD, RETURN_ORIGINALS
from tongban.foundation import content
from tongban.foundation.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from tongban.foundation.ledger import append
from tongban.foundation.sealing import blind_index
from tongban.foundation.statements import update
from tongban.government.models import Agency, Region
from tongban.identity.actor import Actor, still_holds
from tongban.identity.authority import may, require
from tongban.identity.models import AssuranceLevel, Organisation, Person
from tongban.items.models import Service
from tongban.items.queries import in_force_on
from tongban.items.queries import relations_to as relations_to_service

DISPATCH_LENGTH = 60


# --- what is offered ------------------------------------------------------------------------------------------------


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
    require(actor, "maintain", "service", relations_to_service(actor, service))
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
    try:
        with transaction.atomic():
            offer = RegionOffer.objects.create(
                service=service,
                mode=terms.mode,
                region=region,
                agency=agency,
                clock_start=terms.clock_start,
                basis=terms.basis[:300],
                offered_from=since,
            )
            what = {"mode": terms.mode, "region": region.code, "agency": terms.agency, "from": since}
            append(actor, "offer_across", "service", service.pk, what)
    except IntegrityError:
        raise ConflictError(_("It is offered from there in this way already.")) from None
    return offer


def end_offer(actor: Actor, offer_id: uuid.UUID, until: date) -> RegionOffer:
    """The offer ends with the day before `until`; cases that were taken in go on as they are."""
    with transaction.atomic():
        found = RegionOffer.objects.select_for_update(of=("self",)).select_related("service__agency")
        offer = found.filter(pk=offer_id, offered_to=None).first()
        if offer is None:
            raise NotFoundError
        require(actor, "maintain", "service", relations_to_service(actor, offer.service))
        if until <= offer.offered_from:
            raise InvalidError({"until": [_("The end lies after the first day of the offer.")]})
        offer.offered_to = until
        offer.save(update_fields=["offered_to"])
        append(actor, "end_offer_across", "service", offer.service_id, {"offer": offer.pk, "to": until})
    return offer


# --- fully online ---------------------------------------------------------------------------------------------------


def choose_place(actor: Actor, draft_id: uuid.UUID, region_code: str, now: datetime) -> None:
    """Keep with a draft that its applicant is in another region; where it is the service's own, nothing is kept.

    Raises:
        InvalidError: there is no such region, or this service is not done online from there; under `region`.
    """
    with transaction.atomic():
        draft, _version, service_id = own_draft_of_service(actor, draft_id)
        place = _place_for(service_id, region_code, timezone.localdate(now))
        DraftPlace.objects.filter(draft=draft).delete()
        if place:
            DraftPlace.objects.create(draft=draft, region=place)
        append(actor, "choose_place", "draft", draft.pk, {"region": place.code if place else ""})


def _place_for(service_id: uuid.UUID, region_code: str, today: date) -> Region | None:
    place = Region.objects.filter(pk=region_code).first()
    if place is None:
        raise InvalidError({"region": [_("There is no region %(code)s.") % {"code": region_code}]})
    home = Region.objects.get(agencies__services=service_id)
    if not is_elsewhere(home.lineage, place.lineage):
        return None
    version = in_force_on(today).filter(service=service_id).only("handling_area").first()
    offered = RegionOffer.objects.filter(
        offered_on(today), service=service_id, mode=Mode.ONLINE, region__in=place.lineage
    ).exists()
    if not offered and not (version and reaches(version.handling_area, home.lineage, place.lineage)):
        raise InvalidError({"region": [_("This service is not done online from there; its guide says from where.")]})
    return place


# --- taking in for an agency elsewhere ------------------------------------------------------------------------------


@dataclass(frozen=True)
class AtTheDesk:
    """Who stands at the window, and what the officer saw.

    Attributes:
        name, id_number: as they stand on the document that was shown.
        identity_document: which document that was.
        credit_code: of the organisation, where the person acts for one.
        has_originals: whether originals were handed in, to be sent on and given back.
    """

    name: str
    id_number: str
    identity_document: str
    credit_code: str = ""
    has_originals: bool = False


@dataclass(frozen=True)
class HandedIn:
    """An application as it is handed in at a window.

    Attributes:
        desk: the applicant, and what was checked.
        answers: field name -> value, as the form's JSON Schema says.
        papers: scanned files by the material's position: name and content.
        token: made with the page: the same one again gives the same case.
    """

    desk: AtTheDesk
    answers: Mapping[str, Any]
    papers: Mapping[int, Sequence[tuple[str, bytes]]]
    token: uuid.UUID


def take_in_elsewhere(actor: Actor, service_id: uuid.UUID, handed_in: HandedIn, now: datetime) -> Case:
    """收件 at a window of another region: form and identity are checked here, the competent agency decides.

    The case is the competent agency's from the beginning; collected, its limits wait for the arrival there (unless the
    offer says otherwise); in a joint handling this window goes on to accept it.

    Args:
        actor: the officer at the window.
        service_id: what is applied for.
        handed_in: who applies, with what.
        now: the moment.

    Raises:
        NotFoundError: this window does not take in this service.
        InvalidError: something is missing or wrong, under its own name; about the person as `desk_<attribute>`.
        NotAllowedError: it is the officer's own application.
    """
    require(actor, "take_in_elsewhere", "case")
    if actor.post is None:
        raise NotAllowedError
    agency_id, today = actor.post.agency_id, timezone.localdate(now)
    known = Case.objects.filter(draft_id=handed_in.token, across__agency=agency_id)
    if first := known.first():
        return first
    offered = RegionOffer.objects.filter(offered_on(today), service=service_id, agency=agency_id)
    terms = offered.exclude(mode=Mode.ONLINE).select_related("agency").order_by("mode").first()
    if terms is None:
        raise NotFoundError(_("Your window does not take in this service for its agency."))
    applicant = _applicant_at(handed_in.desk, today)
    if applicant.person_id == actor.person_id:
        raise NotAllowedError(_("Nobody handles their own case."))
    try:
        with transaction.atomic():
            return _open(actor, applicant, terms, handed_in, now)
    except IntegrityError:
        # The second of two clicks at once.
        if second := known.first():
            return second
        raise


def check_desk(actor: Actor, desk: AtTheDesk, now: datetime) -> None:
    """Whether the person at the desk is known and may act as they say, without taking anything in.

    Raises:
        InvalidError: what is wrong, as `desk_<attribute>`.
    """
    require(actor, "take_in_elsewhere", "case")
    _applicant_at(desk, timezone.localdate(now))


def _open(actor: Actor, applicant: Actor, terms: RegionOffer, handed_in: HandedIn, now: datetime) -> Case:
    uploads = {
        position: [_keep(actor, applicant, name, data) for name, data in files]
        for position, files in handed_in.papers.items()
        if files
    }
    stated = {"mode": terms.mode, "receiving": str(terms.agency_id)}
    if terms.mode == Mode.COLLECT:
        stated["transit"] = terms.clock_start
    offer = offer_for(applicant, terms.service_id, timezone.localdate(now))
    manner = Manner(by=actor, stated=stated, draft_id=handed_in.token)
    case = open_case(applicant, offer, handed_in.answers, uploads, now, manner=manner)
    CaseAcross.objects.create(
        case=case,
        mode=terms.mode,
        region_id=terms.agency.region_id if terms.agency else terms.region_id,
        agency_id=terms.agency_id,
        received_at=now,
        identity_document=handed_in.desk.identity_document.strip()[:60],
        has_originals=handed_in.desk.has_originals,
    )
    return case


def _applicant_at(desk: AtTheDesk, today: date) -> Actor:
    """The person at the desk as an applicant; at a counter identity is established at the highest level."""
    number = desk.id_number.strip().upper()
    errors: dict[str, list[str]] = {}
    if not desk.identity_document.strip():
        errors["desk_identity_document"] = [_("Say which document was shown.")]
    person = Person.objects.filter(
        id_number_index=blind_index(number, "person.id_number"), name=desk.name.strip()
    ).first()
    if person is None:
        errors["desk_id_number"] = [_("Nobody of this name and number is known here. Compare both with the document.")]
    organisation = None
    if person and desk.credit_code.strip():
        organisation = Organisation.objects.filter(credit_code=desk.credit_code.strip().upper()).first()
        if organisation is None or not still_holds(person, today, organisation_id=organisation.pk):
            errors["desk_credit_code"] = [_("This person does not act for an organisation of this code.")]
    if person is None or errors:
        raise InvalidError(errors)
    return Actor(
        # Only what the application is held against: the record says which officer took it in.
        account_id=person.account_id or person.pk,
        person_id=person.pk,
        person_name=person.name,
        organisation_id=organisation.pk if organisation else None,
        organisation_name=organisation.name if organisation else "",
        assurance_level=AssuranceLevel.CERTIFIED,
    )


def _keep(actor: Actor, applicant: Actor, name: str, data: bytes) -> uuid.UUID:
    """A paper of the applicant's, scanned by the officer."""
    whose = applicant_of(applicant)
    kept = content.store(data, declared_name=name, allowed=MATERIAL_TYPES)
    upload = Upload.objects.create(
        person_id=whose.person_id,
        digest=kept.digest,
        file_name=kept.name,
        media_type=kept.media_type,
        size=kept.size,
    )
    append(actor, "upload", "upload", upload.pk, {"digest": kept.digest})
    return upload.pk


# --- the hand-over --------------------------------------------------------------------------------------------------


def forward(actor: Actor, case_id: uuid.UUID, revision: int, now: datetime, dispatch: str) -> Case:
    """The receiving window sends what it collected to the competent agency; `dispatch` is the number of the
    consignment, or how else it was sent.
    """

    def change(case: Case, across: CaseAcross) -> dict[str, Any]:
        _require(across.mode == Mode.COLLECT and not across.forwarded_at, case)
        across.forwarded_at, across.dispatch = now, _dispatch(dispatch)
        return {"dispatch": across.dispatch}

    return _hand_over(actor, case_id, revision, now, Step(FORWARD), change)


def acknowledge(actor: Actor, case_id: uuid.UUID, revision: int, now: datetime, remark: str = "") -> Case:
    """The competent agency has what was collected for it: from here on it is liable, and its limits run. `remark` says
    how it arrived, if anything is to be said.
    """

    def change(case: Case, across: CaseAcross) -> dict[str, Any]:
        _require(across.mode == Mode.COLLECT and bool(across.forwarded_at) and not across.acknowledged_at, case)
        across.acknowledged_at = now
        return {"arrived": True}

    return _hand_over(actor, case_id, revision, now, Step(ACKNOWLEDGE, reason=remark.strip()), change)


def return_originals(actor: Actor, case_id: uuid.UUID, revision: int, now: datetime, dispatch: str) -> Case:
    """Originals, or the result on paper, go back to the applicant; with the number of the consignment."""

    def change(case: Case, across: CaseAcross) -> dict[str, Any]:
        _require(bool(across.agency_id) and not across.returned_at, case, closed_too=True)
        across.returned_at, across.return_dispatch = now, _dispatch(dispatch)
        return {"dispatch": across.return_dispatch}

    return _hand_over(actor, case_id, revision, now, Step(RETURN_ORIGINALS), change)


def ask_place(
    actor: Actor, case_id: uuid.UUID, revision: int, now: datetime, agency_id: uuid.UUID, question: str
) -> Case:
    """Ask another place of a joint handling for its part; the applicant is not sent there."""

    def change(case: Case, across: CaseAcross) -> dict[str, Any]:
        _require(across.mode == Mode.JOINT, case)
        taking_part = RegionOffer.objects.filter(
            offered_on(timezone.localdate(now)), service=case.service_id, mode=Mode.JOINT, agency=agency_id
        )
        if agency_id == across.agency_id or not taking_part.exists():
            raise InvalidError({"agency": [_("Choose one of the places that take part in this joint handling.")]})
        if JointPart.objects.filter(case=case, agency=agency_id).exists():
            raise ConflictError(_("This place was asked already."))
        JointPart.objects.create(case=case, agency_id=agency_id, question=step.reason, asked_at=now)
        return {"asked": str(agency_id)}

    step = Step(ASK_PLACE, reason=stated(question))
    return _hand_over(actor, case_id, revision, now, step, change)


def answer_place(actor: Actor, case_id: uuid.UUID, revision: int, now: datetime, answer: str) -> Case:
    """The asked place gives its part."""

    def change(case: Case, across: CaseAcross) -> dict[str, Any]:
        _require(across.mode == Mode.JOINT, case)
        mine = JointPart.objects.filter(case=case, agency=actor.post.agency_id if actor.post else None)
        part = mine.filter(answered_at=None).first()
        if part is None:
            raise ConflictError(_("Your agency has answered already."))
        part.answer, part.answered_at = step.reason, now
        part.save(update_fields=["answer", "answered_at"])
        return {"answered": str(part.agency_id)}

    step = Step(ANSWER_PLACE, reason=stated(answer))
    return _hand_over(actor, case_id, revision, now, step, change)


Change = Callable[[Case, CaseAcross], dict[str, Any]]


def _hand_over(actor: Actor, case_id: uuid.UUID, revision: int, now: datetime, step: Step, change: Change) -> Case:
    """Take one step of the hand-over: it is an event of the case, with its due date counted anew."""
    with transaction.atomic():
        case = read_case(case_id, lock=True)
        relations = relations_to(actor, case) if case else frozenset()
        across = CaseAcross.objects.filter(case=case_id).first() if case else None
        if case is None or across is None or not may(actor, "read", "case", relations):
            raise NotFoundError(_("There is no such case, or it is not yours to see."))
        require(actor, step.action, "case", relations)
        if handles_own_case(actor, case):
            raise NotAllowedError(_("Nobody handles their own case."))
        case.version = published_version(case.version_id)
        if is_repetition(actor, case, revision, step):
            return case
        procedure = procedure_of(case.procedure, case.procedure_version)
        require_fresh(actor, case, procedure, revision)
        data = change(case, across)
        if case.finer_stage:
            data["stage"] = case.finer_stage
        happened = Happening(step.action, timezone.localtime(now), case.stage, data, actor.account_id)
        set_due(case, procedure, times_of(case, procedure, [*happenings_of(case), happened]))
        case.revision += 1
        update(case)
        across.save()
        record(actor, case, Step(step.action, reason=step.reason, data=data), now)
    return case


def _require(possible: bool, case: Case, *, closed_too: bool = False) -> None:  # noqa: FBT001 - what is asked
    if not possible or (case.state not in OPEN_STATES and not closed_too):
        raise ConflictError(_("This is not possible (any more). Open the case as it is now."))


def _dispatch(text: str) -> str:
    text = " ".join(text.split())
    if not text or len(text) > DISPATCH_LENGTH:
        message = _("State the number of the consignment, or how it is sent: at most %(most)d characters.")
        raise InvalidError({"dispatch": [message % {"most": DISPATCH_LENGTH}]})
    return text
