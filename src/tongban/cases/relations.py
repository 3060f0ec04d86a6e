"""How an actor stands to a case."""

import uuid
from collections.abc import Collection
from typing import NamedTuple

from django.db.models import Q

from tongban.cases.models import Case, CaseAcross, JointPart, Mode
from tongban.cases.procedure import ACCEPTING, Party
from tongban.cases.procedure_store import procedure_of
from tongban.foundation.errors import NotAllowedError, SignInNeededError
from tongban.identity.actor import Actor, PostHeld
from tongban.identity.authority import Relation
from tongban.identity.models import Organisation, Role


def relations_to(actor: Actor, case: Case) -> frozenset[Relation]:
    """Every relation that gives the actor something to do with this case; empty for strangers."""
    relations = set()
    if actor.at_desk:
        return frozenset({Relation.OWN} if applicant(actor).is_of(case) else ())
    if actor.is_applicant and is_applicants_own(actor, case):
        relations.add(Relation.OWN)
    if actor.post and actor.post.agency_id == case.agency_id:
        relations.add(Relation.OWN_AGENCY)
    if actor.post and actor.post.region_code in case.region.lineage:
        relations.add(Relation.OWN_REGION)
    if actor.post:
        relations |= _parts(actor.post, case)
    if actor.post and Relation.OWN_AGENCY not in relations:
        relations |= _elsewhere(actor.post, case)
    return frozenset(relations)


def _parts(post: PostHeld, case: Case) -> set[Relation]:
    """The part the officer's agency has in a case that another agency handles, where the procedure gives it one."""
    parts = set()
    if post.agency_id == case.lead_agency_id:
        parts.add(Relation.LEAD_AGENCY)
    if post.agency_id == case.lower_agency_id:
        parts.add(Relation.LOWER_AGENCY)
    above = post.region_code != case.region_id and post.region_code in case.region.lineage
    if above and _involves(case, "superior") and post.department_id == case.agency.department_id:
        parts.add(Relation.SUPERIOR_AGENCY)
    heads = post.region_code == case.region_id and post.role == Role.HEAD_OF_GOVERNMENT
    if heads and _involves(case, "government"):
        parts.add(Relation.GOVERNMENT)
    return parts


def _elsewhere(post: PostHeld, case: Case) -> set[Relation]:
    """The part of an agency elsewhere: it received, it accepts for all, it was asked."""
    mode = CaseAcross.objects.filter(case=case.pk, agency=post.agency_id).values_list("mode", flat=True).first()
    relations = {Relation.RECEIVING_AGENCY} if mode else set()
    if mode == Mode.JOINT:
        relations.add(Relation.ACCEPTING_AGENCY)
    if JointPart.objects.filter(case=case.pk, agency=post.agency_id).exists():
        relations.add(Relation.ASKED_AGENCY)
    return relations


def _involves(case: Case, place: str) -> bool:
    return procedure_of(case.procedure, case.procedure_version).involves(place)


_PLACES = {
    Relation.OWN: "own",
    Relation.OWN_AGENCY: "own",
    Relation.LEAD_AGENCY: "lead",
    Relation.LOWER_AGENCY: "lower",
    Relation.SUPERIOR_AGENCY: "superior",
    Relation.GOVERNMENT: "government",
    Relation.ACCEPTING_AGENCY: ACCEPTING,
}


def parties_of(actor: Actor, relations: Collection[Relation]) -> frozenset[Party]:
    """As what the actor may take steps of a procedure: their role, at an agency that stands so to the case."""
    if actor.process:
        return frozenset({Party(actor.role)})
    return frozenset(Party(actor.role, _PLACES[relation]) for relation in relations if relation in _PLACES)


def is_applicants_own(actor: Actor, case: Case) -> bool:
    """Whether the actor, in the present hat, is this case's applicant."""
    if actor.organisation_id:
        return case.organisation_id == actor.organisation_id
    return case.organisation_id is None and case.person_id == actor.person_id


def handles_own_case(actor: Actor, case: Case) -> bool:
    """Whether the case is the officer's own: they applied, or it is an organisation's that they may act for."""
    if actor.person_id is None:
        return False
    if actor.person_id == case.person_id:
        return True
    return case.organisation_id is not None and acts_for(actor.person_id, case.organisation_id)


def acts_for(person_id: uuid.UUID, organisation_id: uuid.UUID) -> bool:
    """Whether the person represents the organisation, or holds a delegation of it that was not revoked."""
    represents = Q(legal_representative_id=person_id)
    delegated = Q(delegations__agent_id=person_id, delegations__revoked_at=None)
    return Organisation.objects.filter(represents | delegated, pk=organisation_id).exists()


class Applicant(NamedTuple):
    """Whose drafts and cases: the human, and the organisation they act for, if any."""

    person_id: uuid.UUID
    organisation_id: uuid.UUID | None

    @property
    def own(self) -> Q:
        """Rows with `person` and `organisation` that are this applicant's."""
        return Q(person_id=self.person_id, organisation_id=self.organisation_id)

    def is_of(self, case: Case) -> bool:
        """Whether the case is this applicant's."""
        if self.organisation_id:
            return case.organisation_id == self.organisation_id
        return case.organisation_id is None and case.person_id == self.person_id


def applicant(actor: Actor) -> Applicant:
    """The applicant this actor is in the present hat.

    Raises:
        SignInNeededError, NotAllowedError: it is none.
    """
    if not actor.is_signed_in:
        raise SignInNeededError
    if actor.at_desk:
        return Applicant(actor.at_desk.person_id, actor.at_desk.organisation_id)
    if actor.person_id is None or not actor.is_applicant:
        raise NotAllowedError
    return Applicant(actor.person_id, actor.organisation_id)


def own_offers(actor: Actor) -> Q:
    """Offers to the actor in the present hat: the person's own, or the organisation's, whoever acts for it."""
    whose = applicant(actor)
    if whose.organisation_id:
        return Q(organisation_id=whose.organisation_id)
    return Q(person_id=whose.person_id, organisation_id=None)
