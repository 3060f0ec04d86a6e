"""Reading identities."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from tongban.foundation.errors import NotAllowedError, NotFoundError, SignInNeededError
from tongban.identity.actor import Actor, Hat, hats_of
from tongban.identity.delegating import Standing, given_by, giving_relations, received_by, standing
from tongban.identity.mandates import Deed
from tongban.identity.models import Account, Delegation


@dataclass(frozen=True)
class Myself:
    """Who is signed in, in which hat, and which hats there are to wear today."""

    username: str
    actor: Actor
    hats: list[Hat]


def who_am_i(actor: Actor, today: date) -> Myself:
    """The actor's own account.

    Raises:
        SignInNeededError: nobody is signed in.
    """
    account = Account.objects.filter(pk=actor.account_id).first() if actor.account_id else None
    if account is None:
        raise SignInNeededError
    return Myself(account.username, actor, hats_of(account, today))


@dataclass(frozen=True)
class DelegationRow:
    """A delegation as each side reads it.

    Attributes:
        principal: who is represented.
        agent: who acts: as they were invited, or the firm.
        kind, kind_label: what the agent is to them.
        services, items: the only matters; both empty for all.
        last_day: the last one it holds on.
        given: whether the actor's side gave it, not took it.
    """

    id: uuid.UUID
    principal: str
    agent: str
    kind: str
    kind_label: str
    deeds: Sequence[str]
    services: Sequence[uuid.UUID]
    items: Sequence[uuid.UUID]
    valid_from: date
    last_day: date | None
    offered_at: datetime
    standing: Standing
    given: bool
    hat: str

    @property
    def deed_labels(self) -> list[str]:
        """What may be done, in the reader's language, in the order of the work."""
        return [str(Delegation.DeedChoice(deed).label) for deed in Deed if deed in self.deeds]


@dataclass(frozen=True)
class Delegations:
    """Everything the hat gave and took, what is open first, newest first."""

    given: Sequence[DelegationRow]
    taken: Sequence[DelegationRow]
    may_give: bool


def my_delegations(actor: Actor, today: date) -> Delegations:
    """The delegations of the present hat, both ways. Three queries.

    Raises:
        SignInNeededError, NotAllowedError: the hat neither gives nor takes any.
    """
    _require_side(actor)
    rows = Delegation.objects.select_related("person", "organisation", "agent", "agent_organisation")
    given = [_row(each, today, given=True) for each in rows.filter(given_by(actor)).order_by("-offered_at", "-id")]
    taken = [_row(each, today, given=False) for each in rows.filter(received_by(actor)).order_by("-offered_at", "-id")]
    return Delegations(_open_first(given), _open_first(taken), may_give=True)


def my_delegation(actor: Actor, delegation_id: uuid.UUID, today: date) -> DelegationRow:
    """One delegation that the present hat gave or took.

    Raises:
        NotFoundError: there is none.
    """
    _require_side(actor)
    rows = Delegation.objects.select_related("person", "organisation", "agent", "agent_organisation")
    found = rows.filter(given_by(actor), pk=delegation_id).first()
    if found:
        return _row(found, today, given=True)
    found = rows.filter(received_by(actor), pk=delegation_id).first()
    if found is None:
        raise NotFoundError
    return _row(found, today, given=False)


def open_invitations(actor: Actor, today: date) -> int:
    """How many invitations wait for this hat's answer; 0 for who has none to answer."""
    if not giving_relations(actor):
        return 0
    waiting = Delegation.objects.filter(received_by(actor), accepted_at=None, declined_at=None, revoked_at=None)
    return sum(standing(each, today) is Standing.OFFERED for each in waiting)


def _require_side(actor: Actor) -> None:
    if not actor.is_signed_in:
        raise SignInNeededError
    if not giving_relations(actor):
        raise NotAllowedError


def _open_first(rows: list[DelegationRow]) -> list[DelegationRow]:
    return sorted(rows, key=lambda row: not row.standing.is_open)


def _row(delegation: Delegation, today: date, *, given: bool) -> DelegationRow:
    principal = delegation.person or delegation.organisation
    agent = delegation.agent_organisation or delegation.agent
    kind = "person" if delegation.person_id else "organisation"
    return DelegationRow(
        id=delegation.pk,
        principal=principal.name if principal else "",
        agent=delegation.invited_name or (agent.name if agent else ""),
        kind=delegation.kind,
        kind_label=str(Delegation.Kind(delegation.kind).label),
        deeds=delegation.deeds,
        services=delegation.services,
        items=delegation.items,
        valid_from=delegation.valid_from,
        last_day=delegation.valid_to - timedelta(days=1) if delegation.valid_to else None,
        offered_at=timezone.localtime(delegation.offered_at),
        standing=standing(delegation, today),
        given=given,
        hat=f"{kind}:{delegation.person_id or delegation.organisation_id}",
    )
