"""Taking a commitment back before the decision (安阳市政务服务条例 art 25)."""

import uuid
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from tongban.cases.actions.handling import withdraw
from tongban.cases.actions.settling import light_of_draft
from tongban.cases.models import Case, CaseLight, CaseMaterial, Draft, Upload, Way
from tongban.cases.relations import OUTSIDE, applicant, reaches
from tongban.foundation.errors import ConflictError, NotAllowedError, NotFoundError
from tongban.foundation.ledger import append
from tongban.identity.actor import Actor
from tongban.identity.authority import require


def withdraw_undertaking(actor: Actor, case_id: uuid.UUID, revision: int, now: datetime) -> Draft:
    """Withdraw an application made by commitment; it stands again as a draft of the ordinary way, with everything that
    was answered and handed in. A second click finds the draft of the first.

    Raises:
        NotFoundError: there is no such case of the actor's.
        ConflictError: it was not made by commitment, or is decided already.
    """
    require(actor, "apply", "case")
    whose = applicant(actor)
    with transaction.atomic():
        # Locked first: of two clicks one makes the draft and the other finds it.
        case = Case.objects.select_for_update(of=("self",)).filter(whose.own, pk=case_id).first()
        light = CaseLight.objects.filter(case_id=case_id).first()
        if case is None:
            raise NotFoundError(_("There is no such case, or it is not yours to see."))
        if light is None or light.way != Way.COMMITMENT:
            raise ConflictError(_("This application was not made by commitment."))
        if not reaches(actor, "apply", case):
            raise NotAllowedError(OUTSIDE)
        again = Draft.objects.filter(whose.drafts, service=case.service_id).first()
        if case.finer_stage == "" and case.state == "withdrawn" and again:
            return again
        withdraw(actor, case_id, revision, now, _("The commitment was taken back; it goes on the ordinary way."))
        if again is None:
            again = Draft(service_id=case.service_id, version_id=case.version_id)
            again.person_id, again.organisation_id = whose.person_id, whose.organisation_id
        again.answers = case.answers
        again.version_id = case.version_id
        again.uploads = _uploads_of(case, whose.person_id)
        again.save()
        kept = light_of_draft(again)
        kept.situation = {each["id"]: each["value"] for each in (light.personal_list or {}).get("asked", ())}
        kept.way = ""
        kept.save()
        append(actor, "withdraw_undertaking", "draft", again.pk, {"case": case_id})
    return again


def _uploads_of(case: Case, person_id: uuid.UUID) -> dict[str, list[str]]:
    """What was handed in with a case, as uploads of the applicant's again, by position."""
    found: dict[str, list[str]] = {}
    for material in CaseMaterial.objects.filter(case=case).order_by("position", "id"):
        kept = Upload.objects.create(
            person_id=person_id,
            digest=material.digest,
            file_name=material.file_name,
            media_type=material.media_type,
            size=material.size,
        )
        found.setdefault(str(material.position), []).append(str(kept.pk))
    return found
