"""How an actor stands to a case, or to several things at once."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tongban.cases.models import BundleCase, Case, Mode
from tongban.cases.procedure import ACCEPTING, Party
from tongban.cases.procedure_store import procedure_of
from tongban.foundation.errors import NotAllowedError, SignInNeededError
from tongban.foundation.statements import run
from tongban.identity.actor import Actor, PostHeld
from tongban.identity.authority import Relation
from tongban.identity.mandates import Deed, Mandate, deed_needed
from tongban.identity.models import MandateRow, Role
from tongban.items.models import Service

# Told to an agent whose delegation names other matters.
OUTSIDE = _("What you were given to act for them does not cover this matter.")


def relations_to(actor: Actor, case: Case) -> frozenset[Relation]:
    """Every relation that gives the actor something to do with this case; empty for strangers."""
    relations = set()
    if actor.at_desk:
        return frozenset({Relation.OWN} if is_applicants_own(actor, case) else ())
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
    if above and post.department_id == case.agency.department_id:
        parts.add(Relation.OWN_LINE)
        if _involves(case, "superior"):
            parts.add(Relation.SUPERIOR_AGENCY)
    heads = post.region_code == case.region_id and post.role == Role.HEAD_OF_GOVERNMENT
    if heads and _involves(case, "government"):
        parts.add(Relation.GOVERNMENT)
    return parts


def _elsewhere(post: PostHeld, case: Case) -> set[Relation]:
    """The part of an agency elsewhere: it received, it accepts for all, it was asked."""
    ((mode, asked),) = run(_PART_ELSEWHERE, {"case": case.pk, "agency": post.agency_id})
    relations = {Relation.RECEIVING_AGENCY} if mode else set()
    if mode == Mode.JOINT:
        relations.add(Relation.ACCEPTING_AGENCY)
    if asked:
        relations.add(Relation.ASKED_AGENCY)
    return relations


_PART_ELSEWHERE = """
SELECT (SELECT mode FROM cases_caseacross WHERE case_id = %(case)s AND agency_id = %(agency)s),
       EXISTS (SELECT 1 FROM cases_jointpart WHERE case_id = %(case)s AND agency_id = %(agency)s)
"""


def _involves(case: Case, place: str) -> bool:
    return procedure_of(case.procedure, case.procedure_version).involves(place)


def entrusted_to(case: Case) -> uuid.UUID | None:
    """The agency below whose turn it is (art 43); None where that is the handling agency."""
    if case.lower_agency_id is None:
        return None
    procedure = procedure_of(case.procedure, case.procedure_version)
    return case.lower_agency_id if case.stage in procedure.turn_of("lower") else None


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
    role = actor.role
    if actor.at_desk:
        # At the counter it is the applicant whose step it is.
        role = "agent" if actor.at_desk.is_agent else "citizen"
    return frozenset(Party(role, _PLACES[relation]) for relation in relations if relation in _PLACES)


def relations_to_bundle(actor: Actor, bundle: BundleCase) -> frozenset[Relation]:
    """How the actor stands to the whole; officers of agencies that handle one part stand in no relation to it."""
    relations = set()
    if actor.is_applicant and actor.covers_all(Deed.READ):
        whose = applicant(actor)
        own = whose.organisation_id
        if bundle.organisation_id == own and (own or bundle.person_id == whose.person_id):
            relations.add(Relation.OWN)
    if actor.post and actor.post.agency_id == bundle.lead_agency_id:
        relations.add(Relation.LEAD_AGENCY)
    return frozenset(relations)


def is_applicants_own(actor: Actor, case: Case) -> bool:
    """Whether the actor, in the present hat, is this case's applicant, or acts for it in this matter."""
    return applicant(actor).is_of(case) and reaches(actor, "read", case)


def reaches(actor: Actor, deed: str, case: Case) -> bool:
    """Whether the hat lets an applicant's deed be done in the matter of this case: a delegation may name matters."""
    needed = deed_needed("case", deed)
    if actor.covers_all(needed):
        return True
    return actor.covers(needed, case.service_id, item_of(case.service_id))


def item_of(service_id: uuid.UUID) -> uuid.UUID | None:
    """The matter of the basic catalogue that a service is."""
    return Service.objects.filter(pk=service_id).values_list("item", flat=True).first()


def handles_own_case(actor: Actor, case: Case) -> bool:
    """Whether the case is the officer's own: they applied, or they may act for who did."""
    if actor.person_id is None:
        return False
    return actor.person_id == case.person_id or acts_for(actor.person_id, case)


# Of an agent, and of the person and the organisation that a case is for: by office, as guardian, by delegation whatever
# its dates.
ACTS_FOR = """
EXISTS (SELECT 1 FROM identity_mandate m WHERE m.agent_id = %(agent)s AND CASE WHEN {organisation} IS NULL
        THEN m.person_id = {person} ELSE m.organisation_id = {organisation} END)
"""
_ACTS_FOR = "SELECT" + ACTS_FOR.format(person="%(person)s", organisation="%(organisation)s::uuid")


def acts_for(person_id: uuid.UUID, case: Case) -> bool:
    """Whether the person represents whom the case is for."""
    whose = {"agent": person_id, "person": case.person_id, "organisation": case.organisation_id}
    return bool(run(_ACTS_FOR, whose)[0][0])


def representatives_of(cases: Collection[Case]) -> dict[uuid.UUID, set[uuid.UUID]]:
    """By person or organisation that applied: who may act for them, whatever the dates; their cases are their own."""
    organisations = {case.organisation_id for case in cases if case.organisation_id}
    people = {case.person_id for case in cases if not case.organisation_id}
    found: dict[uuid.UUID, set[uuid.UUID]] = {}
    if not cases:
        return found
    rows = MandateRow.objects.filter(Q(person__in=people) | Q(organisation__in=organisations))
    for row in rows:
        if principal := row.organisation_id or row.person_id:
            found.setdefault(principal, set()).add(row.agent_id)
    return found


@dataclass(frozen=True)
class Applicant:
    """Whose drafts and cases: the human, and the organisation they act for, if any; and how far an agent sees."""

    person_id: uuid.UUID
    organisation_id: uuid.UUID | None
    mandate: Mandate | None = None

    @property
    def _rows(self) -> Q:
        return Q(person_id=self.person_id, organisation_id=self.organisation_id)

    @property
    def own(self) -> Q:
        """Rows with `person`, `organisation` and `service` that are this applicant's, in the matters the hat sees: an
        organisation's, whoever acted for it (as `is_of` has it).
        """
        theirs = Q(organisation_id=self.organisation_id) if self.organisation_id else self._rows
        return theirs & self.in_matters(Deed.READ)

    @property
    def drafts(self) -> Q:
        """Applications being filled in: in the matters that the hat may apply for."""
        return self._rows & self.in_matters(Deed.APPLY)

    @property
    def whole(self) -> Q:
        """Rows with `person` and `organisation` that belong to no one service: only for who acts in everything."""
        return self._rows & (Q() if self.mandate is None or self.mandate.is_whole(Deed.READ) else Q(pk__in=()))

    def in_matters(self, deed: Deed) -> Q:
        """Rows with `service` in the matters for which the hat may do this; no condition where that is all."""
        if self.mandate is None or self.mandate.is_whole(deed):
            return Q()
        services, items = self.mandate.matters(deed)
        return Q(service__in=services) | Q(service__item__in=items)

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
        desk = actor.at_desk
        return Applicant(desk.represented_id or desk.person_id, desk.organisation_id, actor.mandate)
    if actor.person_id is None or not actor.is_applicant:
        raise NotAllowedError
    return Applicant(actor.represented_id or actor.person_id, actor.organisation_id, actor.mandate)
