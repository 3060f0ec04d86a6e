"""Guidance: the questions, the personal list, and what a service's guide says of lighter ways."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from tongban.cases.requirements import form_of, light_handling, published_version
from tongban.cases.ways import Choice, Settled, personal_list, settled
from tongban.foundation.errors import NotFoundError
from tongban.foundation.forms.messages import worded
from tongban.identity.actor import Actor
from tongban.items.light import Commitment, Guidance, LightHandling, Question
from tongban.items.models import ServiceVersion
from tongban.items.queries import in_force_on


@dataclass(frozen=True)
class QuestionView:
    """A question in the reader's language."""

    id: str
    label: str
    hint: str
    options: Sequence[tuple[str, str]]


def question_view(question: Question) -> QuestionView:
    options = [(option.value, worded(option.label)) for option in question.options]
    return QuestionView(question.id, worded(question.label), worded(question.hint), options)


@dataclass(frozen=True)
class ListedMaterial:
    position: int
    name: str
    how: str
    how_label: str
    because: str


@dataclass(frozen=True)
class PersonalList:
    """What was asked and answered, and what of materials and form remained, in the reader's language."""

    guidance_version: int | None
    asked: Sequence[tuple[str, str]]
    to_hand_in: Sequence[ListedMaterial]
    not_handed_in: Sequence[ListedMaterial]
    fields: Sequence[str]


def how_label(how: str, *, own: bool = True) -> str:
    """How a material comes to the agency, told to who applies, or to an officer."""
    if not own:
        told = {
            "hand_in": _("the applicant hands it in"),
            "optional": _("the applicant may hand it in"),
            "fetched": _("fetched with consent"),
            "undertaken": _("replaced by the commitment"),
            "not_needed": _("not needed in this situation"),
        }.get(how)
        if told:
            return told
    return {
        "hand_in": _("you hand it in"),
        "optional": _("you may hand it in"),
        "deferrable": _("may follow later"),
        "fetched": _("fetched for you"),
        "government": _("government gets it itself"),
        "undertaken": _("replaced by your commitment"),
        "not_needed": _("not needed in your situation"),
    }[how]


def list_view(stored: Mapping[str, Any], *, own: bool = True) -> PersonalList:
    """A personal list (`cases.ways.personal_list`) as it is shown to who applies, or to an officer."""
    lines = [
        ListedMaterial(
            each["position"],
            worded(each["name"]),
            each["how"],
            how_label(each["how"], own=own),
            worded(each["because"]),
        )
        for each in stored["materials"]
    ]
    brought = {"hand_in", "optional", "deferrable"}
    return PersonalList(
        stored["guidance_version"],
        [(worded(each["question"]), worded(each["answer"])) for each in stored["asked"]],
        [line for line in lines if line.how in brought],
        [line for line in lines if line.how not in brought],
        [worded(each["label"]) for each in stored["fields"]],
    )


@dataclass(frozen=True)
class GuidanceView:
    """Guidance on its way: the questions asked so far, which comes next, and the list once all are answered."""

    service_id: uuid.UUID
    version_id: uuid.UUID
    guidance_version: int
    answers: Mapping[str, str]
    asked: Sequence[QuestionView]
    next: QuestionView | None
    list: PersonalList | None


def guidance_of(_actor: Actor, service_id: uuid.UUID, answers: Mapping[str, str], today: date) -> GuidanceView:
    """The guidance of a service for anybody, signed in or not. Answers to unknown questions are left out.

    Raises:
        NotFoundError: there is no such service in force, or it has no guidance.
    """
    version_id = in_force_on(today).filter(service=service_id).values_list("pk", flat=True).first()
    version = published_version(version_id) if version_id else None
    light = light_handling(version) if version else LightHandling()
    if version is None or light.guidance is None:
        raise NotFoundError(_("This service has no guidance."))
    return guidance_so_far(service_id, version, light, light.guidance, answers)


def guidance_so_far(
    service_id: uuid.UUID,
    version: ServiceVersion,
    light: LightHandling,
    guidance: Guidance,
    answers: Mapping[str, str],
) -> GuidanceView:
    choices = {q.id: {o.value for o in q.options} for q in guidance.questions}
    given = {name: value for name, value in answers.items() if value in choices.get(name, ())}
    asked = guidance.asked(given)
    given = {question.id: given[question.id] for question in asked if question.id in given}
    following = guidance.next_question(given)
    made = None
    if following is None:
        done, _problems = settled(version, light, Choice(given))
        made = list_view(_list_of(version, light, done))
    return GuidanceView(
        service_id,
        version.pk,
        guidance.version,
        given,
        [question_view(question) for question in asked],
        question_view(following) if following else None,
        made,
    )


def _list_of(version: ServiceVersion, light: LightHandling, done: Settled) -> dict[str, Any]:
    labels = {name: field.label for name, field in form_of(version, done.left_out_fields).fields.items()}
    return personal_list(version, light, done, labels)


def service_light(_actor: Actor, service_id: uuid.UUID, today: date) -> "ServiceLight":
    """What light handling a service has today, for its guide; empty for a service without, or none in force."""
    version_id = in_force_on(today).filter(service=service_id, light__isnull=False).values_list("pk", flat=True).first()
    if version_id is None:
        return ServiceLight(has_guidance=False, commitment=None, instant=False, offered=False, fetchable=())
    version = published_version(version_id)
    light = light_handling(version)
    names = {m.position: m.text("name") for m in version.materials.all()}
    return ServiceLight(
        has_guidance=light.guidance is not None,
        commitment=commitment_view(light.commitment) if light.commitment else None,
        instant=light.instant is not None,
        offered=light.offer is not None,
        fetchable=[names[position] for position in light.fetch or ()],
    )


@dataclass(frozen=True)
class CommitmentView:
    """The text of a commitment, in the reader's language."""

    version: int
    conditions: str
    duties: str
    liability: str
    check_within_days: int


def commitment_view(commitment: Commitment) -> CommitmentView:
    return CommitmentView(
        commitment.version,
        worded(commitment.conditions),
        worded(commitment.duties),
        worded(commitment.liability),
        commitment.check_within_days,
    )


@dataclass(frozen=True)
class ServiceLight:
    has_guidance: bool
    commitment: CommitmentView | None
    instant: bool
    offered: bool
    fetchable: Sequence[str]
