"""Who somebody is to an application: what stands in its tokens, as far as the scopes open it."""

import uuid
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from tongban.government.models import Agency
from tongban.identity.actor import Actor, actor_for, mandates_on
from tongban.identity.mandates import Basis
from tongban.identity.models import Organisation, Person
from tongban.identity.provider.keys import subject
from tongban.identity.provider.models import Application, ApplicationSignIn
from tongban.identity.provider.rules import Facts


def holder_of(sign_in: ApplicationSignIn, now: datetime) -> Actor | None:
    """Whose sign-in it is, in the hat it was made in; None once the account is closed or the hat no longer held."""
    if not sign_in.account.is_active or sign_in.ended_at is not None:
        return None
    actor = actor_for(sign_in.account, sign_in.hat, timezone.localdate(now))
    return actor if actor.hat == sign_in.hat and actor.person_id else None


def principal_of(sign_in: ApplicationSignIn) -> tuple[str, uuid.UUID]:
    """(kind, id) of whom the application knows as the subject: the organisation or person acted for, or oneself."""
    kind, _separator, key = sign_in.hat.partition(":")
    if kind in {"organisation", "person"} and key:
        return kind, uuid.UUID(key)
    person = Person.objects.only("pk").get(account_id=sign_in.account_id)
    return ("officer" if kind == "post" else "person"), person.pk


def kind_of(actor: Actor) -> str:
    """As what an actor signs in, in the words of `Application.Audience`: officer, organisation or person."""
    return "officer" if actor.post else "organisation" if actor.organisation_id else "person"


def subject_of(actor: Actor, sector: str) -> str:
    """Under what identifier the systems of a sector know an actor; empty where there is nobody."""
    own = actor.person_id if actor.post else actor.represented_id or actor.person_id
    known = actor.organisation_id if kind_of(actor) == "organisation" else own
    return subject(sector, kind_of(actor), known) if known else ""


def facts_of(actor: Actor, sector: str, level: int, now: datetime) -> Facts:
    """What is known of an actor, for the systems of a sector.

    Args:
        actor: who signed in, in their hat.
        sector: of the application that is told.
        level: how surely who they are was established when they signed in.
        now: the moment.
    """
    if actor.person_id is None:
        raise ValueError("an account that belongs to nobody")
    person = Person.objects.select_related("account").get(pk=actor.person_id)
    common: dict[str, Any] = {
        "level": level,
        "name": person.name,
        "id_number": person.id_number or "",
        "phone": person.telephone or "",
        "address": person.address or "",
    }
    if actor.post:
        agency = Agency.objects.get(pk=actor.post.agency_id)
        post = {
            "agency": agency.name,
            "agency_credit_code": agency.credit_code,
            "region": agency.region_id,
            "role": actor.post.role,
            "title": actor.post.title,
        }
        return Facts(kind="officer", subject=subject_of(actor, sector), post=post, **common)
    if actor.organisation_id is None and actor.represented_id is None:
        return Facts(kind="person", subject=subject_of(actor, sector), **common)
    acting: dict[str, Any] = {"subject": subject_of(actor, sector), "acting": subject(sector, "person", person.pk)}
    delegation = _delegation(actor, now)
    if actor.organisation_id is None:
        represented = Person.objects.get(pk=str(actor.represented_id)).name
        return Facts(kind="person", **acting, represented=represented, delegation=delegation, **common)
    organisation = Organisation.objects.get(pk=actor.organisation_id)
    known = {"name": organisation.name, "credit_code": organisation.credit_code}
    return Facts(kind="organisation", **acting, organisation=known, delegation=delegation, **common)


_RIGHTS = {Basis.REPRESENTATIVE: "legal_representative", Basis.GUARDIAN: "guardian"}


def _delegation(actor: Actor, now: datetime) -> dict[str, str]:
    """By what right the actor acts for the organisation or the other person today, and in all matters or in some.

    Of several rights the strongest, and of these the one that lasts longest.
    """
    sides = {"organisation": actor.organisation_id, "person": actor.represented_id}
    rows = list(mandates_on(timezone.localdate(now)).filter(agent=actor.person_id, **sides))
    if not rows:
        return {"right": "none"}
    order = list(Basis)
    found = min(rows, key=lambda row: (order.index(Basis(row.basis)), -(row.valid_to or date.max).toordinal()))
    right = _RIGHTS.get(Basis(found.basis), "delegation")
    if right == "legal_representative":
        return {"right": right}
    dates = {"valid_from": found.valid_from, "valid_to": found.valid_to}
    stated = {name: day.isoformat() for name, day in dates.items() if day}
    return {"right": right, **stated, "matters": "some" if found.services or found.items else "all"}


def subject_in(application: Application, sign_in: ApplicationSignIn) -> str:
    """Under what identifier this application knows whose sign-in it is."""
    return subject(application.sector, *principal_of(sign_in))
