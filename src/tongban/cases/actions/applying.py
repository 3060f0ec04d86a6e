"""Applying: a draft, or answers in one call, become a case with its number, receipt and clock."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.cases import rules
from tongban.cases.actions.again import take_up_part
from tongban.cases.actions.checking import (
    Offer,
    Positions,
    Requirements,
    case_of_draft,
    errors_in,
    offer_for,
    resolve_uploads,
)
from tongban.cases.actions.fetching import fetched_among
from tongban.cases.actions.instant import Decided, decide_by_rule
from tongban.cases.actions.recording import Step, compose_document, keep_materials, next_serial_and_receipt, record
from tongban.cases.actions.settling import choice_of, keep_light, settle, undertaken_to_follow
from tongban.cases.clocks import set_due, times_of
from tongban.cases.history import Happening
from tongban.cases.models import (
    Case,
    CaseAcross,
    CaseDocument,
    Draft,
    DraftPlace,
    Mode,
    Upload,
)
from tongban.cases.particulars import submission_data
from tongban.cases.procedure import Procedure
from tongban.cases.procedure_store import latest_procedure
from tongban.cases.relations import applicant
from tongban.cases.requirements import form_of
from tongban.cases.ways import ORDINARY, Choice
from tongban.foundation.errors import ConflictError, InvalidError
from tongban.government.models import Agency
from tongban.identity.actor import Actor
from tongban.identity.authority import require
from tongban.items.models import Material, ServiceVersion


@dataclass(frozen=True)
class Manner:
    """How an application comes in.

    Attributes:
        by: who takes it in, where that is not the applicant.
        stated: what the event of the submission says besides.
        draft_id: what makes a repetition the same case.
    """

    by: Actor | None = None
    stated: Mapping[str, Any] = field(default_factory=dict)
    draft_id: uuid.UUID | None = None


BY_THE_APPLICANT = Manner()


def submit_draft(
    actor: Actor, draft_id: uuid.UUID, now: datetime, *, undertaken: bool = False, materials_follow: bool = False
) -> Case:
    """Make the draft a case. Submitting it again returns the same case.

    Args:
        actor: the applicant, or who acts for it.
        draft_id: the draft.
        now: the moment of submission.
        undertaken: the applicant undertakes the text of the commitment they chose.
        materials_follow: they undertake to hand in later what may follow.

    Raises:
        ConflictError: the guide has changed since; the draft now follows the new version and must be checked again.
        InvalidError: answers or materials are missing or wrong.
    """
    with transaction.atomic():
        draft = Draft.objects.select_for_update(of=("self",)).filter(applicant(actor).drafts, pk=draft_id).first()
        if draft is None:
            return case_of_draft(actor, draft_id)
        if draft.service_id is None:
            raise ConflictError(_("This application is for several things at once; it is sent as a whole."))
        offer = offer_for(actor, draft.service_id, timezone.localdate(now))
        if offer.version.pk == draft.version_id:
            place = DraftPlace.objects.filter(draft=draft).select_related("region").first()
            uploads = {int(position): [uuid.UUID(u) for u in ids] for position, ids in draft.uploads.items()}
            stated = {"mode": Mode.ONLINE.value} if place else {}
            choice = choice_of(draft, offer.version, undertaken=undertaken, materials_follow=materials_follow)
            manner = Manner(stated=stated, draft_id=draft.pk)
            answers = draft.answers or {}
            case = open_case(actor, offer, answers, uploads, now, choice=choice, manner=manner)
            if place:
                CaseAcross.objects.create(case=case, mode=Mode.ONLINE, region=place.region, received_at=now)
            if draft.again_id:
                take_up_part(actor, draft.again_id, case, now)
            draft.delete()
            return case
        draft.version = offer.version
        draft.save(update_fields=["version", "saved_at"])
    raise ConflictError(_("The guide has changed since you began. Please check your answers against it once more."))


def submit_application(
    actor: Actor,
    service_id: uuid.UUID,
    answers: Mapping[str, Any],
    uploads: Positions,
    now: datetime,
    choice: Choice = ORDINARY,
) -> Case:
    """Apply in one step, without a draft (the API's way).

    Args:
        actor: the applicant, or who acts for it.
        service_id: what is applied for.
        answers: field name -> value, as the form's JSON Schema says.
        uploads: position of the material -> ids of uploads.
        now: the moment of submission.
        choice: answers to the guidance, and the way chosen.
    """
    require(actor, "apply", "case")
    with transaction.atomic():
        offer = offer_for(actor, service_id, timezone.localdate(now))
        return open_case(actor, offer, answers, uploads, now, choice=choice)


@dataclass(frozen=True)
class Filing:
    """What becomes a case, all of it checked.

    Attributes:
        files: what was handed in for each material.
        lead_agency_id: the agency that leads, where several handle one thing.
        data: further facts for the event of the submission; nothing personal.
        by: who takes it in, where that is not the applicant.
    """

    service_id: uuid.UUID
    platform_id: uuid.UUID
    agency: Agency
    version: ServiceVersion
    person_id: uuid.UUID
    organisation_id: uuid.UUID | None
    applicant_name: str
    procedure: Procedure
    answers: Mapping[str, Any]
    files: Mapping[Material, Sequence[Upload]]
    draft_id: uuid.UUID | None = None
    lead_agency_id: uuid.UUID | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    by: Actor | None = None


def open_case(
    actor: Actor,
    offer: Offer,
    answers: Mapping[str, Any],
    uploads: Positions,
    now: datetime,
    *,
    choice: Choice | Decided = ORDINARY,
    manner: Manner = BY_THE_APPLICANT,
) -> Case:
    """Make an application a case, in the transaction of the caller; where a rule decides, it is decided on return.

    Args:
        actor: the applicant.
        offer: what is applied for, as it was held against the applicant.
        answers: of the form: field name -> value.
        uploads: ids of the applicant's files, by the material's position.
        now: the moment of submission.
        choice: answers to the guidance and the way chosen; or what a rule decided already (an offer confirmed).
        manner: by whom and with what it is taken in.
    """
    whose, version = applicant(actor), offer.version
    done = choice.settled if isinstance(choice, Decided) else settle(actor, version, choice)
    left_out = done.left_out_materials
    files = resolve_uploads(actor, version, {place: ids for place, ids in uploads.items() if place not in left_out})
    procedure = latest_procedure(done.procedure)
    form = form_of(version, done.left_out_fields)
    answers = form.normalised(answers)
    asked = Requirements(version, form, left_out, procedure.defers)
    errors = errors_in(asked, answers, files, timezone.localdate(now))
    if errors:
        raise InvalidError(errors)
    fetched = fetched_among(actor, version, files)
    promised = isinstance(choice, Choice) and choice.materials_follow
    following = undertaken_to_follow(version, procedure, files, done, promised=promised)
    filing = Filing(
        service_id=offer.service.pk,
        platform_id=offer.service.platform_id,
        agency=offer.service.agency,
        version=version,
        person_id=whose.person_id,
        organisation_id=whose.organisation_id,
        applicant_name=actor.applicant_name,
        procedure=procedure,
        answers=form.trim(answers),
        files=files,
        draft_id=manner.draft_id,
        data=manner.stated,
        by=manner.by,
    )
    case = file_case(actor, filing, now)
    keep_light(case, done, fetched, following, now)
    if manner.by is None:
        # What an officer takes in elsewhere has to arrive first.
        decide_by_rule(actor, case, procedure, done, now, choice if isinstance(choice, Decided) else None)
    return case


def file_case(actor: Actor, filing: Filing, now: datetime) -> Case:
    """Open the case: its number, its clock, its receipt, its materials."""
    version, agency, procedure = filing.version, filing.agency, filing.procedure
    today = timezone.localdate(now)
    serial, receipt = next_serial_and_receipt(agency.pk, today.year)
    case = Case(
        number=rules.case_number(agency.region_id, today, serial),
        draft_id=filing.draft_id,
        service_id=filing.service_id,
        version=version,
        agency=agency,
        region_id=agency.region_id,
        platform_id=filing.platform_id,
        person_id=filing.person_id,
        organisation_id=filing.organisation_id,
        applicant_name=filing.applicant_name,
        procedure=procedure.code,
        procedure_version=procedure.version,
        state=procedure.start,
        answers=filing.answers,
        submitted_at=now,
        lead_agency_id=filing.lead_agency_id,
    )
    data = submission_data(procedure, version, agency.region_id, filing.answers, today) | dict(filing.data)
    if actor.at_desk:
        data["counter"] = str(actor.at_desk.check_id)
    filed = Happening("submit", timezone.localtime(now), procedure.start, data)
    due = set_due(case, procedure, times_of(case, procedure, [filed]))
    document = compose_document(case, CaseDocument.Kind.RECEIPT, due, now, serial=receipt)
    step = Step("submit", data={**data, "document": document.number})
    record(filing.by or actor, case, step, now, document, opening=True)
    keep_materials(case, filing.files, now)
    return case
