"""That an officer opens a case is recorded here, with why; every query that gives out what is sealed calls it."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from django.utils import timezone

from tongban.cases.models import BundleCase, Case, Draft
from tongban.identity.access_records import Kind, Purpose
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation
from tongban.identity.readings import Reading, record_readings

ANSWERS, MATERIALS, DOCUMENTS = "answers", "materials", "documents"
_HANDLE = {
    Relation.OWN_AGENCY,
    Relation.LEAD_AGENCY,
    Relation.LOWER_AGENCY,
    Relation.ACCEPTING_AGENCY,
    Relation.RECEIVING_AGENCY,
}
_SUPERVISE = {Relation.SUPERIOR_AGENCY, Relation.GOVERNMENT, Relation.OWN_REGION}


@dataclass(frozen=True)
class Shown:
    """A recorded request to see personal data (`actions.showing`); the query of what it was asked for takes it once,
    for whose it is.

    Attributes:
        reading_id: the row that the person sees.
        object_id: what it opens: the case, the request for cooperation, the several things at once.
        post_id: whose it is.
    """

    reading_id: int
    object_id: uuid.UUID
    post_id: uuid.UUID


def reads_in_full(actor: Actor, object_id: uuid.UUID, shown: Shown | None) -> bool:
    """Whether personal data on it is not masked for the actor: officers have asked for it; with the applicant at the
    desk it is the applicant's own.
    """
    if actor.post is None or actor.at_desk is not None:
        return True
    return shown is not None and (shown.object_id, shown.post_id) == (object_id, actor.post.id)


def purpose_for(actor: Actor, relations: Collection[Relation]) -> Purpose:
    """Why an officer who stands so to a case reads it."""
    if actor.at_desk:
        return Purpose.COUNTER
    if _HANDLE & set(relations):
        return Purpose.HANDLING
    if Relation.ASKED_AGENCY in relations:
        return Purpose.COOPERATION
    return Purpose.SUPERVISION if _SUPERVISE & set(relations) else Purpose.HANDLING


def note_case(actor: Actor, case: Case, purpose: Purpose, what: str) -> None:
    """The officer reads this of the case: a part as `readable_case` names it."""
    kind = {"material": MATERIALS, "document": DOCUMENTS}.get(what.partition(":")[0], ANSWERS)
    _note(actor, Kind.CASE, case.pk, case.person_id, case.organisation_id, purpose, kind)


def note_bundle(actor: Actor, bundle: BundleCase) -> None:
    """The officer reads what was answered for several services at once."""
    _note(actor, Kind.BUNDLE, bundle.pk, bundle.person_id, bundle.organisation_id, Purpose.HANDLING, ANSWERS)


def note_draft(actor: Actor, draft: Draft) -> None:
    """The officer fills in an application with who is at the desk."""
    _note(actor, Kind.DRAFT, draft.pk, draft.person_id, draft.organisation_id, Purpose.COUNTER, ANSWERS)


def _note(
    actor: Actor,
    kind: Kind,
    object_id: uuid.UUID,
    person_id: uuid.UUID,
    organisation_id: uuid.UUID | None,
    purpose: Purpose,
    what: str,
) -> None:
    if actor.post:
        reading = Reading(person_id, organisation_id, kind, object_id, purpose, (what,))
        record_readings(actor, [reading], timezone.now())
