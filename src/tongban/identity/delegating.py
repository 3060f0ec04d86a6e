"""Delegation (授权委托): offered by who is represented, holding once the other side accepts, ended by either at once.

Somebody is invited by name and number. Whether the number is known here is never said: the invitation lies under the
number's blind index, and whoever proves to have that number and that name finds it, today or after registering.
"""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.foundation.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from tongban.foundation.ledger import Announcement, append
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation, require
from tongban.identity.capacity import birthday, is_adult
from tongban.identity.finding import birth_of, index_of, indexes_of
from tongban.identity.mandates import Deed
from tongban.identity.models import Delegation, Organisation, Person
from tongban.identity.papers import CHINA, PaperKind, is_valid

# An invitation that nobody answers is over after this.
ANSWERED_WITHIN = timedelta(days=30)
# A person's delegation ends by itself: what was given and forgotten should not outlast the reason for it.
LONGEST_YEARS = 5
MOST_OPEN = 20
MOST_MATTERS = 50

Kind = Delegation.Kind
FOR_PEOPLE = (Kind.RELATIVE, Kind.CARER, Kind.NEIGHBOUR, Kind.OTHER, Kind.AGENT_FIRM)
FOR_ORGANISATIONS = (Kind.HANDLER, Kind.ADMINISTRATOR, Kind.AGENT, Kind.AGENT_FIRM)
STAFF = frozenset({Kind.ADMINISTRATOR, Kind.HANDLER})


class Standing(StrEnum):
    """How a delegation stands on a day."""

    OFFERED = "offered"
    LAPSED = "lapsed"  # nobody answered
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"  # before it was accepted
    TO_COME = "to_come"
    IN_FORCE = "in_force"
    EXPIRED = "expired"
    ENDED = "ended"

    @property
    def is_open(self) -> bool:
        return self in {Standing.OFFERED, Standing.TO_COME, Standing.IN_FORCE}


def standing(delegation: Delegation, today: date) -> Standing:
    """How it stands; a pure function of the row and the day."""
    if delegation.declined_at:
        return Standing.DECLINED
    if delegation.revoked_at:
        return Standing.ENDED if delegation.accepted_at else Standing.WITHDRAWN
    if delegation.valid_to and delegation.valid_to <= today:
        return Standing.EXPIRED if delegation.accepted_at else Standing.LAPSED
    if delegation.accepted_at is None:
        answered_by = timezone.localdate(delegation.offered_at) + ANSWERED_WITHIN
        return Standing.OFFERED if today <= answered_by else Standing.LAPSED
    return Standing.IN_FORCE if delegation.valid_from <= today else Standing.TO_COME


@dataclass(frozen=True)
class Invitation:
    """What is offered to whom.

    Attributes:
        kind: what the other is to the one represented: a `Delegation.Kind`.
        name: as it stands on the other's paper; not needed of a firm.
        paper, country, number: by which the other is found.
        credit_code: of the firm, where it is one.
        deeds: beside seeing.
        services, items: the only matters; both empty for all.
        valid_from, valid_to: first day, and the day after the last; of staff it may be open.
    """

    kind: str
    name: str = ""
    number: str = ""
    paper: str = PaperKind.RESIDENT.value
    country: str = CHINA
    credit_code: str = ""
    deeds: frozenset[str] = frozenset(Deed)
    services: frozenset[uuid.UUID] = frozenset()
    items: frozenset[uuid.UUID] = frozenset()
    valid_from: date | None = None
    valid_to: date | None = None


def giving_relations(actor: Actor) -> frozenset[Relation]:
    """Whether the actor, in this hat, decides who acts for the principal: oneself, or an organisation's representative
    and administrators. A guardian or an agent does not pass on what they have.
    """
    if not actor.is_applicant or actor.represented_id:
        return frozenset()
    if actor.organisation_id:
        arranges = actor.mandate is not None and actor.mandate.is_staff_or_more
        return frozenset({Relation.OWN} if arranges else ())
    return frozenset({Relation.OWN})


def given_by(actor: Actor) -> Q:
    """The delegations whose principal the hat is."""
    if actor.organisation_id:
        return Q(organisation_id=actor.organisation_id)
    return Q(person_id=actor.person_id)


def received_by(actor: Actor) -> Q:
    """The delegations the hat has taken or may take: by the person's own numbers and name, or as the firm."""
    if actor.organisation_id:
        return Q(agent_organisation_id=actor.organisation_id)
    if actor.person_id is None:
        return Q(pk__in=())
    mine = Q(agent=None, invited_index__in=indexes_of(actor.person_id), invited_name=actor.person_name)
    return Q(agent_id=actor.person_id) | mine


def offer_delegation(actor: Actor, invitation: Invitation, now: datetime) -> Delegation:
    """Offer somebody to act for oneself, or for the organisation; it holds when they accept. Offering the same again
    while it is open is once.

    Raises:
        InvalidError: under the fields of `Invitation`.
        ConflictError: too many wait for an answer.
    """
    require(actor, "offer", "delegation", giving_relations(actor))
    today = timezone.localdate(now)
    if actor.organisation_id is None and actor.person_id:
        giver = Person.objects.get(pk=actor.person_id)
        if not is_adult(birth_of(giver), today):
            raise NotAllowedError(_("Until the age of 18 your guardian acts for you; ask them."))
    errors = _errors(actor, invitation, today)
    if errors:
        raise InvalidError(errors)
    firm = _firm(actor, invitation)
    staff_in_charge = invitation.kind == Kind.ADMINISTRATOR
    offered = Delegation(
        organisation_id=actor.organisation_id,
        person_id=None if actor.organisation_id else actor.person_id,
        kind=invitation.kind,
        agent_organisation=firm,
        invited_name="" if firm else " ".join(invitation.name.split()),
        invited_index=None if firm else index_of(PaperKind(invitation.paper), invitation.number, invitation.country),
        # An administrator of the staff acts in everything, or could not tell others what to do.
        deeds=sorted(Deed if staff_in_charge else {*invitation.deeds, Deed.READ}),
        services=[] if staff_in_charge else sorted(invitation.services),
        items=[] if staff_in_charge else sorted(invitation.items),
        valid_from=max(invitation.valid_from or today, today),
        valid_to=invitation.valid_to,
        offered_at=now,
    )
    with transaction.atomic():
        # One at a time for a principal: a double click finds the first's invitation.
        if actor.organisation_id:
            Organisation.objects.select_for_update(of=("self",)).get(pk=actor.organisation_id)
        else:
            Person.objects.select_for_update(of=("self",)).filter(pk__in=[offered.person_id]).first()
        waiting = [
            each
            for each in Delegation.objects.filter(given_by(actor), accepted_at=None, declined_at=None, revoked_at=None)
            if standing(each, today) is Standing.OFFERED
        ]
        same = next((each for each in waiting if _content(each) == _content(offered)), None)
        if same:
            return same
        if len(waiting) >= MOST_OPEN:
            message = _("%(most)d invitations wait for an answer already. Withdraw some of them first.")
            raise ConflictError(message % {"most": MOST_OPEN})
        offered.save()
        append(actor, "offer_delegation", "delegation", offered.pk, _content(offered), _told("offered"))
    return offered


def accept_delegation(actor: Actor, delegation_id: uuid.UUID, now: datetime) -> Delegation:
    """Accept what was offered to the actor; from now on, or its first day, there is a hat for it. Twice is once.

    Raises:
        NotFoundError: nothing of this id was offered to the actor.
        ConflictError: it was withdrawn, declined, or its time is over.
    """
    today = timezone.localdate(now)
    with transaction.atomic():
        delegation = _offered_to(actor, delegation_id)
        if delegation.accepted_at and delegation.revoked_at is None:
            return delegation
        if standing(delegation, today) is not Standing.OFFERED:
            raise ConflictError(_("This invitation is over: it was withdrawn, declined, or not answered in time."))
        if actor.organisation_id is None and actor.person_id:
            agent = Person.objects.get(pk=actor.person_id)
            if not is_adult(birth_of(agent), today):
                raise NotAllowedError(_("Only who is 18 can act for others."))
            delegation.agent = agent
        delegation.accepted_at = now
        delegation.save(update_fields=["agent", "accepted_at"])
        append(actor, "accept_delegation", "delegation", delegation.pk, _content(delegation), _told("accepted"))
    return delegation


def decline_delegation(actor: Actor, delegation_id: uuid.UUID, now: datetime) -> Delegation:
    """Decline what was offered to the actor. Twice is once.

    Raises:
        NotFoundError: nothing of this id was offered to the actor.
        ConflictError: it was accepted; then it is ended instead.
    """
    with transaction.atomic():
        delegation = _offered_to(actor, delegation_id)
        if delegation.declined_at:
            return delegation
        if delegation.accepted_at:
            raise ConflictError(_("You have accepted this already; you may end it at any time."))
        delegation.declined_at = now
        delegation.save(update_fields=["declined_at"])
        append(actor, "decline_delegation", "delegation", delegation.pk, {}, _told("declined"))
    return delegation


def end_delegation(actor: Actor, delegation_id: uuid.UUID, now: datetime) -> Delegation:
    """End a delegation, or withdraw an invitation, at once: the agent's next click is refused. Twice is once.

    Who gave it may, and who took it.

    Raises:
        NotFoundError: it is neither given nor taken by the actor.
    """
    with transaction.atomic():
        held = Delegation.objects.select_for_update(of=("self",)).filter(pk=delegation_id)
        delegation = held.filter(given_by(actor)).first() if giving_relations(actor) else None
        delegation = delegation or held.filter(_taken_by(actor)).first()
        if delegation is None:
            raise NotFoundError(_("There is no such delegation of yours."))
        require(actor, "end", "delegation", {Relation.OWN})
        if delegation.revoked_at is None and delegation.declined_at is None:
            delegation.revoked_at = now
            delegation.save(update_fields=["revoked_at"])
            told = _told("ended", given=Delegation.objects.filter(given_by(actor), pk=delegation.pk).exists())
            append(actor, "revoke_delegation", "delegation", delegation.pk, {"accepted": delegation.accepted_at}, told)
    return delegation


def end_all(actor: Actor, which: Q, now: datetime, because: str) -> int:
    """End every delegation that matches, in the transaction of the act that makes it necessary; how many."""
    ended = 0
    for delegation in Delegation.objects.select_for_update(of=("self",)).filter(which, revoked_at=None):
        delegation.revoked_at = now
        delegation.save(update_fields=["revoked_at"])
        told = _told("ended") if delegation.accepted_at else None
        append(actor, "revoke_delegation", "delegation", delegation.pk, {"because": because}, told)
        ended += 1
    return ended


def _taken_by(actor: Actor) -> Q:
    if actor.organisation_id:
        arranges = actor.mandate is not None and actor.mandate.is_staff_or_more
        return Q(agent_organisation_id=actor.organisation_id) if arranges else Q(pk__in=())
    return Q(agent_id=actor.person_id) if actor.person_id and not actor.represented_id else Q(pk__in=())


def _offered_to(actor: Actor, delegation_id: uuid.UUID) -> Delegation:
    mine = giving_relations(actor)  # who decides for the one side decides for the other
    require(actor, "answer", "delegation", mine)
    held = Delegation.objects.select_for_update(of=("self",)).filter(received_by(actor), pk=delegation_id)
    delegation = held.first()
    if delegation is None:
        raise NotFoundError(_("There is no such invitation for you."))
    return delegation


def _told(event: str, *, given: bool | None = None) -> Announcement:
    """The other side hears of it; `given` says which side did it, and is left out where neither did."""
    return Announcement(f"delegation.{event}", {} if given is None else {"by": "given" if given else "taken"})


def invited_people(delegation: Delegation) -> QuerySet[Person]:
    """Whom an invitation by number and name is for, where they are known here."""
    index, name = delegation.invited_index, delegation.invited_name
    papers = Q(id_number_index=index) | Q(papers__number_index=index)
    return Person.objects.filter(papers, name=name).distinct() if index else Person.objects.none()


def _content(delegation: Delegation) -> dict[str, object]:
    """What it says, for the ledger's digest and to know a repetition."""
    return {
        "organisation": delegation.organisation_id,
        "person": delegation.person_id,
        "kind": str(delegation.kind),
        "agent": delegation.agent_id,
        "firm": delegation.agent_organisation_id,
        "invited": [delegation.invited_name, delegation.invited_index or ""],
        "deeds": [str(deed) for deed in delegation.deeds],
        "services": [str(one) for one in delegation.services],
        "items": [str(one) for one in delegation.items],
        "from": delegation.valid_from,
        "to": delegation.valid_to,
    }


def _errors(actor: Actor, given: Invitation, today: date) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    if given.kind not in (FOR_ORGANISATIONS if actor.organisation_id else FOR_PEOPLE):
        return {"kind": [_("Choose what the other is to you.")]}
    if given.kind != Kind.AGENT_FIRM:
        errors |= _errors_of_person(actor, given)
    if not set(given.deeds) <= set(Deed):
        errors["deeds"] = [_("Choose what they may do.")]
    if len(given.services) + len(given.items) > MOST_MATTERS:
        errors["matters"] = [_("Choose at most %(most)d matters.") % {"most": MOST_MATTERS}]
    return errors | _errors_of_time(actor, given, today)


def _errors_of_person(actor: Actor, given: Invitation) -> dict[str, list[str]]:
    errors = {}
    if not given.name.strip():
        errors["name"] = [_("Enter the name as it stands on their identity paper.")]
    if given.paper not in set(PaperKind):
        errors["paper"] = [_("Choose the kind of paper.")]
    elif not is_valid(PaperKind(given.paper), given.number, given.country.strip().upper()):
        errors["number"] = [_("A paper of this kind cannot have this number; check it character by character.")]
    elif actor.person_id and index_of(PaperKind(given.paper), given.number, given.country) in indexes_of(
        actor.person_id
    ):
        errors["number"] = [_("This is your own number.")]
    return errors


def _errors_of_time(actor: Actor, given: Invitation, today: date) -> dict[str, list[str]]:
    begins, ends = given.valid_from or today, given.valid_to
    if begins < today:
        return {"valid_from": [_("Choose today or a later day.")]}
    if ends is None:
        is_staff = actor.organisation_id is not None and given.kind in STAFF
        return {} if is_staff else {"valid_to": [_("Say until when they may act for you.")]}
    if ends <= begins:
        return {"valid_to": [_("The last day cannot lie before the first.")]}
    if actor.organisation_id is None and ends > birthday(begins, LONGEST_YEARS) + timedelta(days=1):
        return {"valid_to": [_("At most %(years)d years; then you may offer it again.") % {"years": LONGEST_YEARS}]}
    return {}


def _firm(actor: Actor, given: Invitation) -> Organisation | None:
    if given.kind != Kind.AGENT_FIRM:
        return None
    code = given.credit_code.strip().upper()
    firm = Organisation.objects.filter(credit_code=code, dissolved_on=None).first()
    if firm is None:
        raise InvalidError({"credit_code": [_("There is no organisation with this credit code.")]})
    if firm.pk == actor.organisation_id:
        raise InvalidError({"credit_code": [_("This is the organisation itself.")]})
    return firm


def matters_of(delegations: Collection[Delegation]) -> tuple[set[uuid.UUID], set[uuid.UUID]]:
    """The services and the items that delegations name, to be put in words."""
    return {s for d in delegations for s in d.services}, {i for d in delegations for i in d.items}
