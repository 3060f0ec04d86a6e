"""Applying: a draft, or answers in one call, become a case with its number, receipt and clock."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.cases import rules
from tongban.cases.actions.checking import Offer, Positions, case_of_draft, errors_in, offer_for, resolve_uploads
from tongban.cases.actions.recording import Step, compose_document, keep_materials, next_serial, record
from tongban.cases.clocks import set_due, times_of
from tongban.cases.history import Happening
from tongban.cases.models import (
    Case,
    CaseAcross,
    CaseDocument,
    Draft,
    DraftPlace,
    Mode,
)
from tongban.cases.particulars import submission_data
from tongban.cases.procedure_store import latest_procedure
from tongban.cases.relations import applicant
from tongban.cases.requirements import form_of
from tongban.foundation.errors import ConflictError, InvalidError
from tongban.identity.actor import Actor
from tongban.identity.authority import require


@dataclass(frozen=True)
class Manner:
    """How an application comes in.

    Attributes:
        by: who takes it in, where that is not the applicant.
        stated: what the event of the submission says besides.
    """

    by: Actor | None = None
    stated: Mapping[str, Any] = field(default_factory=dict)


BY_THE_APPLICANT = Manner()


def submit_draft(actor: Actor, draft_id: uuid.UUID, now: datetime) -> Case:
    """Make the draft a case. Submitting it again returns the same case.

    Raises:
        ConflictError: the guide has changed since; the draft now follows the new version and must be checked again.
        InvalidError: answers or materials are missing or wrong.
    """
    with transaction.atomic():
        draft = Draft.objects.select_for_update(of=("self",)).filter(applicant(actor).own, pk=draft_id).first()
        if draft is None:
            return case_of_draft(actor, draft_id)
        offer = offer_for(actor, draft.service_id, timezone.localdate(now))
        if offer.version.pk == draft.version_id:
            place = DraftPlace.objects.filter(draft=draft).select_related("region").first()
            uploads = {int(position): [uuid.UUID(u) for u in ids] for position, ids in draft.uploads.items()}
            stated = {"mode": Mode.ONLINE.value} if place else {}
            case = open_case(
                actor, offer, draft.answers or {}, uploads, now, draft_id=draft.pk, manner=Manner(stated=stated)
            )
            if place:
                CaseAcross.objects.create(case=case, mode=Mode.ONLINE, region=place.region, received_at=now)
            draft.delete()
            return case
        draft.version = offer.version
        draft.save(update_fields=["version", "saved_at"])
    raise ConflictError(_("The guide has changed since you began. Please check your answers against it once more."))


def submit_application(
    actor: Actor, service_id: uuid.UUID, answers: Mapping[str, Any], uploads: Positions, now: datetime
) -> Case:
    """Apply in one step, without a draft (the API's way).

    Args:
        actor: the applicant, or who acts for it.
        service_id: what is applied for.
        answers: field name -> value, as the form's JSON Schema says.
        uploads: position of the material -> ids of uploads.
        now: the moment of submission.
    """
    require(actor, "apply", "case")
    with transaction.atomic():
        offer = offer_for(actor, service_id, timezone.localdate(now))
        return open_case(actor, offer, answers, uploads, now)


def open_case(
    actor: Actor,
    offer: Offer,
    answers: Mapping[str, Any],
    uploads: Positions,
    now: datetime,
    *,
    draft_id: uuid.UUID | None = None,
    manner: Manner = BY_THE_APPLICANT,
) -> Case:
    """Make an application a case, in the transaction of the caller.

    Args:
        actor: the applicant.
        offer: what is applied for, as it was held against the applicant.
        answers: of the form.
        uploads: ids of the applicant's files, by the material's position.
        now: the moment.
        draft_id: what makes a repetition the same case.
        manner: by whom it is taken in, and what is stated besides.
    """
    whose, version = applicant(actor), offer.version
    files = resolve_uploads(actor, version, uploads)
    procedure = latest_procedure(version.procedure)
    today = timezone.localdate(now)
    answers = form_of(version).normalised(answers)
    errors = errors_in(version, answers, files, deferring=procedure.defers, today=today)
    if errors:
        raise InvalidError(errors)
    service, agency = offer.service, offer.service.agency
    case = Case(
        number=rules.case_number(agency.region_id, today, next_serial()),
        draft_id=draft_id,
        service=service,
        version=version,
        agency=agency,
        region_id=agency.region_id,
        platform_id=service.platform_id,
        person_id=whose.person_id,
        organisation_id=whose.organisation_id,
        applicant_name=actor.organisation_name or actor.person_name,
        procedure=procedure.code,
        procedure_version=procedure.version,
        state=procedure.start,
        answers=form_of(version).trim(answers),
        submitted_at=now,
    )
    data = submission_data(procedure, version, agency.region_id, case.answers, today) | dict(manner.stated)
    filed = Happening("submit", timezone.localtime(now), procedure.start, data)
    due = set_due(case, procedure, times_of(case, procedure, [filed]))
    document = compose_document(case, CaseDocument.Kind.RECEIPT, due, now)
    record(manner.by or actor, case, Step("submit", data={**data, "document": document.number}), now, case, document)
    keep_materials(case, files, now)
    return case
