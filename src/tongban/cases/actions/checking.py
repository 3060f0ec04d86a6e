"""What an application is held against: what is in force today, whose files these are, what is missing."""

import uuid
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tongban.cases.models import (
    ApplicationBar,
    Case,
    Draft,
    Upload,
)
from tongban.cases.relations import OUTSIDE, applicant
from tongban.cases.requirements import asked_of_applicant, missing_materials, published_version
from tongban.foundation.dates import day_in_words
from tongban.foundation.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError, StepUpNeededError
from tongban.foundation.forms import FieldError, FormDefinition
from tongban.foundation.statements import Reading, instance
from tongban.government.models import Agency
from tongban.identity.actor import Actor
from tongban.identity.assurance.queries import level_today
from tongban.identity.assurance.rules import DECLARED
from tongban.identity.authority import require
from tongban.identity.mandates import Deed
from tongban.items.models import Material, Service, ServiceVersion
from tongban.items.queries import in_force_on

Positions = Mapping[int, Sequence[uuid.UUID]]
Asked = TypeVar("Asked", bound=Hashable)


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
            "service__item",
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


def offer_for(actor: Actor, service_id: uuid.UUID, today: date, *, to_draft: bool = False) -> Offer:
    """What the actor can apply for today, held against who they are.

    Args:
        actor: the applicant.
        service_id: what is applied for.
        today: the day.
        to_draft: it is begun only, not sent: who they are may still be established on the way.

    Raises:
        NotFoundError: no such service, or nothing in force today.
        InvalidError: it is only listed here, not for this kind of applicant, or barred by law.
        StepUpNeededError: it takes a higher assurance level.
    """
    whose = applicant(actor)
    if whose.organisation_id:
        found = _IN_FORCE_FOR_ORGANISATION(today, service_id, whose.organisation_id)
    else:
        found = _IN_FORCE_FOR_PERSON(today, service_id, whose.person_id)
    if not found:
        raise NotFoundError(_("There is no such service, or it is not in force."))
    (version_id, is_applicable, barred_until, run_by_us, platform_id, item_id, *agency) = found[0]
    if not actor.covers(Deed.APPLY, service_id, item_id):
        raise NotAllowedError(OUTSIDE)
    version = published_version(version_id)
    if barred_until:
        message = _(
            "By law you may not apply for this until %(day)s: an earlier application or licence was obtained by "
            "false materials or fraud (Licensing Law, art 78 and 79)."
        ) % {"day": day_in_words(barred_until)}
        raise InvalidError({"service": [message]})
    service = Service(pk=service_id, platform_id=platform_id, agency=instance(Agency, agency, _AGENCY))
    if not (is_applicable and run_by_us):
        raise InvalidError({"service": [_("This service cannot be applied for here; its guide says where it can.")]})
    audience = "organisation" if whose.organisation_id else "person"
    if version.audiences and audience not in version.audiences:
        other = _("people") if audience == "organisation" else _("organisations")
        message = _("This service is for %(whom)s; choose for whom you act at the top of the page.") % {"whom": other}
        raise InvalidError({"service": [message]})
    if not to_draft:
        require_level(actor, version)
    return Offer(service, version)


def require_level(actor: Actor, version: ServiceVersion) -> None:
    """Raises:
    StepUpNeededError: sending an application, or fetching documents for it, takes a higher assurance level.
    """
    held = level_today(actor, timezone.localdate()) if version.assurance_level > DECLARED else actor.assurance_level
    if held < version.assurance_level:
        raise StepUpNeededError(version.assurance_level, held)


def own_draft(actor: Actor, draft_id: uuid.UUID) -> Draft:
    require(actor, "apply", "case")
    draft = Draft.objects.select_for_update(of=("self",)).filter(applicant(actor).drafts, pk=draft_id).first()
    if draft is None:
        raise NotFoundError(_("There is no such draft; it may have been submitted already."))
    return draft


def own_draft_of_service(actor: Actor, draft_id: uuid.UUID) -> tuple[Draft, ServiceVersion, uuid.UUID]:
    """A draft for one service, with its published version and the service.

    Raises:
        NotFoundError: there is none.
        ConflictError: it is for several things at once, which have no guidance and no ways of their own.
    """
    draft = own_draft(actor, draft_id)
    if draft.version_id is None or draft.service_id is None:
        raise ConflictError(_("This application is for several things at once; it is sent as a whole."))
    return draft, published_version(draft.version_id), draft.service_id


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
    return files_by(actor, {m.position: m for m in version.materials.all() if asked_of_applicant(m)}, uploads)


def files_by(actor: Actor, asked: Mapping[int, Asked], uploads: Positions) -> dict[Asked, list[Upload]]:
    """The files by what is asked for at their position.

    Raises:
        InvalidError: an unknown position or an upload that is not the actor's, under `materials.<position>`.
    """
    ids = {upload_id for wanted in uploads.values() for upload_id in wanted}
    mine: dict[uuid.UUID, Upload] = {}
    if ids:
        mine = {u.pk: u for u in Upload.objects.filter(pk__in=ids, person_id=applicant(actor).person_id)}
    errors: dict[str, list[str]] = {}
    files: dict[Asked, list[Upload]] = {}
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


@dataclass(frozen=True)
class Requirements:
    """What an application is held against.

    Attributes:
        form: of the version, without the fields that the guidance left out.
        left_out: positions of materials that it left out.
        deferring: whether what may follow need not come now.
    """

    version: ServiceVersion
    form: FormDefinition
    left_out: Collection[int] = ()
    deferring: bool = False


def errors_in(
    asked: Requirements, answers: Mapping[str, Any], files: Mapping[Material, Sequence[Upload]], today: date
) -> dict[str, list[str]]:
    """What is wrong with an application, by field."""
    errors = messages_of(asked.form.validate(answers, today))
    handed_in = {m.position for m in files}
    for material in missing_materials(asked.version, handed_in, deferring=asked.deferring, left_out=asked.left_out):
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
