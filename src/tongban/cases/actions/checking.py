"""What an application is held against: what is in force today, whose files these are, what is missing."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tongban.cases.models import (
    ApplicationBar,
    Case,
    Draft,
    Upload,
)
from tongban.cases.relations import applicant
from tongban.cases.requirements import asked_of_applicant, form_of, missing_materials, published_version
from tongban.foundation.errors import InvalidError, NotAllowedError, NotFoundError
from tongban.foundation.forms import FieldError
from tongban.foundation.statements import Reading, instance
from tongban.government.models import Agency
from tongban.identity.actor import Actor
from tongban.identity.authority import require
from tongban.items.models import Material, Service, ServiceVersion
from tongban.items.queries import in_force_on

Positions = Mapping[int, Sequence[uuid.UUID]]


@dataclass(frozen=True)
class Offer:
    """What can be applied for today: a service with its agency, and the version in force."""

    service: Service
    version: ServiceVersion


_AGENCY = ("id", "region", "name", "name_en")


def _in_force(day: date, service_id: uuid.UUID, whose_bar: Q) -> "QuerySet[Any, Any]":
    """The version in force, until when the applicant is barred from it, and who handles it: one statement for all."""
    barred = ApplicationBar.objects.filter(whose_bar, item=OuterRef("service__item"), until__gte=day)
    return (
        in_force_on(day)
        .filter(service=service_id)
        .values_list(
            "id",
            "is_applicable",
            Subquery(barred.order_by("-until").values("until")[:1]),
            "service__platform__run_by_us",
            "service__platform_id",
            *(f"service__agency__{name}" for name in _AGENCY),
        )
    )


_IN_FORCE_FOR_PERSON = Reading(
    lambda day, service, person: _in_force(day, service, Q(person=person, organisation=None)),
    *(date(1, 1, 1), uuid.UUID(int=1), uuid.UUID(int=2)),
)
_IN_FORCE_FOR_ORGANISATION = Reading(
    lambda day, service, organisation: _in_force(day, service, Q(organisation=organisation)),
    *(date(1, 1, 1), uuid.UUID(int=1), uuid.UUID(int=2)),
)


def offer_for(actor: Actor, service_id: uuid.UUID, today: date) -> Offer:
    whose = applicant(actor)
    if whose.organisation_id:
        found = _IN_FORCE_FOR_ORGANISATION(today, service_id, whose.organisation_id)
    else:
        found = _IN_FORCE_FOR_PERSON(today, service_id, whose.person_id)
    if not found:
        raise NotFoundError(_("There is no such service, or it is not in force."))
    (version_id, is_applicable, barred_until, run_by_us, platform_id, *agency) = found[0]
    version = published_version(version_id)
    if barred_until:
        message = _(
            "By law you may not apply for this until %(day)s: an earlier application or licence was obtained by "
            "false materials or fraud (Licensing Law, art 78 and 79)."
        ) % {"day": barred_until}
        raise InvalidError({"service": [message]})
    service = Service(pk=service_id, platform_id=platform_id, agency=instance(Agency, agency, _AGENCY))
    if not (is_applicable and run_by_us):
        raise InvalidError({"service": [_("This service cannot be applied for here; its guide says where it can.")]})
    audience = "organisation" if actor.organisation_id else "person"
    if version.audiences and audience not in version.audiences:
        other = _("people") if audience == "organisation" else _("organisations")
        message = _("This service is for %(whom)s; choose for whom you act at the top of the page.") % {"whom": other}
        raise InvalidError({"service": [message]})
    if actor.assurance_level < version.assurance_level:
        raise NotAllowedError(_("This service needs an identity established at a higher level than yours."))
    return Offer(service, version)


def own_draft(actor: Actor, draft_id: uuid.UUID) -> Draft:
    require(actor, "apply", "case")
    draft = Draft.objects.select_for_update(of=("self",)).filter(applicant(actor).own, pk=draft_id).first()
    if draft is None:
        raise NotFoundError(_("There is no such draft; it may have been submitted already."))
    draft.version = published_version(draft.version_id)
    return draft


def case_of_draft(actor: Actor, draft_id: uuid.UUID) -> Case:
    case = Case.objects.filter(applicant(actor).own, draft_id=draft_id).first()
    if case is None:
        raise NotFoundError(_("There is no such draft."))
    return case


def resolve_uploads(actor: Actor, version: ServiceVersion, uploads: Positions) -> dict[Material, list[Upload]]:
    """The files of an application by material; each must be the actor's own.

    Raises:
        InvalidError: an unknown position or an upload that is not the actor's, under `materials.<position>`.
    """
    asked = {m.position: m for m in version.materials.all() if asked_of_applicant(m)}
    ids = {upload_id for wanted in uploads.values() for upload_id in wanted}
    mine = {u.pk: u for u in Upload.objects.filter(pk__in=ids, person_id=applicant(actor).person_id)}
    errors: dict[str, list[str]] = {}
    files: dict[Material, list[Upload]] = {}
    for position, wanted in uploads.items():
        material = asked.get(position)
        if material is None:
            errors[f"materials.{position}"] = [_("The guide asks for no such material.")]
        elif not mine.keys() >= set(wanted):
            errors[f"materials.{position}"] = [_("This file was not uploaded by you, or is gone. Upload it again.")]
        elif wanted:
            files[material] = [mine[upload_id] for upload_id in wanted]
    if errors:
        raise InvalidError(errors)
    return files


def errors_in(
    version: ServiceVersion,
    answers: Mapping[str, Any],
    files: Mapping[Material, Sequence[Upload]],
    *,
    deferring: bool,
    today: date,
) -> dict[str, list[str]]:
    errors = messages_of(form_of(version).validate(answers, today))
    for material in missing_materials(version, {m.position for m in files}, deferring=deferring):
        errors[f"materials.{material.position}"] = [_("Upload “%(name)s”.") % {"name": material.text("name")}]
    return errors


def messages_of(errors: Sequence[FieldError]) -> dict[str, list[str]]:
    """The form's errors by field, in the reader's language."""
    language = get_language() or ""
    messages: dict[str, list[str]] = {}
    for error in errors:
        messages.setdefault(error.field or error.pointer or "answers", []).append(error.in_language(language))
    return messages


def stated(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise InvalidError({"reason": [_("State the reason: the applicant has a right to it.")]})
    return reason
