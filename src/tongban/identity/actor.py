"""The actor: who signed in, for whom they act, at which assurance level, holding which post.

One human may be citizen, agent and officer; the *hat* they chose decides which of these acts. A hat is written
`person` (oneself), `person:<id>` (for another person), `organisation:<id>` or `post:<id>`.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tongban.foundation.statements import run
from tongban.identity import authority
from tongban.identity.mandates import Basis, Deed, Mandate, mandate_of
from tongban.identity.models import Account, AssuranceLevel, MandateRow, Person, Post


@dataclass(frozen=True)
class PostHeld:
    """The post an officer acts in: role, agency, and where that agency stands in the matrix."""

    id: uuid.UUID
    role: str
    title: str
    title_en: str
    agency_id: uuid.UUID
    agency_name: str
    agency_name_en: str
    department_id: uuid.UUID
    region_code: str
    serves_counter: bool = False


@dataclass(frozen=True)
class AtDesk:
    """Whom an officer serves at the counter, after seeing who they are: a person, for themselves, for an organisation,
    or for another person (by what, the actor's `mandate` says).
    """

    check_id: uuid.UUID
    person_id: uuid.UUID
    person_name: str
    organisation_id: uuid.UUID | None = None
    organisation_name: str = ""
    represented_id: uuid.UUID | None = None
    represented_name: str = ""
    # Of a written power, where that is what they show: what it lets them do, and its last day.
    power_matters: str = ""
    power_last_day: date | None = None

    @property
    def is_agent(self) -> bool:
        """Whether who is at the desk comes for somebody else."""
        return bool(self.organisation_id or self.represented_id)


@dataclass(frozen=True)
class Actor:
    """Who does something. Every action and every query takes one; there is no other way to rows."""

    account_id: uuid.UUID | None = None
    person_id: uuid.UUID | None = None
    person_name: str = ""
    organisation_id: uuid.UUID | None = None
    organisation_name: str = ""
    # The other person one acts for, where it is no organisation.
    represented_id: uuid.UUID | None = None
    represented_name: str = ""
    # By what one acts for the organisation or the other person, and for which matters.
    mandate: Mandate | None = None
    post: PostHeld | None = None
    assurance_level: int = AssuranceLevel.ACCOUNT
    process: str = field(default="")
    # Set while an officer acts at the counter for somebody at the desk: the officer acts, that one is the principal.
    at_desk: AtDesk | None = None

    @property
    def is_signed_in(self) -> bool:
        return self.account_id is not None

    @property
    def is_officer(self) -> bool:
        return self.post is not None

    @property
    def is_applicant(self) -> bool:
        return self.person_id is not None and self.post is None

    @property
    def role(self) -> str:
        """The one role of the hat: visitor, citizen, agent (by delegation or by law, 民法典 art 163), the former
        representative of an organisation that is no more, an officer's role, or platform.
        """
        if self.process:
            return "platform"
        if self.at_desk:
            return "counter"
        if self.post:
            return self.post.role
        if self.mandate and self.mandate.is_former:
            return "former_representative"
        if self.organisation_id or self.represented_id:
            return "agent"
        return "citizen" if self.person_id else "visitor"

    @property
    def post_id(self) -> uuid.UUID | None:
        return self.post.id if self.post else None

    @property
    def principal(self) -> str:
        """For whom the actor acts, as it stands in the ledger: no name, only an id."""
        if self.process:
            return f"platform:{self.process}"
        if self.at_desk:
            organisation = self.at_desk.organisation_id
            human = self.at_desk.represented_id or self.at_desk.person_id
            return f"organisation:{organisation}" if organisation else f"person:{human}"
        if self.post:
            return f"agency:{self.post.agency_id}"
        if self.organisation_id:
            return f"organisation:{self.organisation_id}"
        whose = self.represented_id or self.person_id
        return f"person:{whose}" if whose else ""

    @property
    def applicant_name(self) -> str:
        """The name of whom an application of this actor's is: the person, the organisation, who is at the desk."""
        if self.at_desk:
            return self.at_desk.organisation_name or self.at_desk.represented_name or self.at_desk.person_name
        return self.organisation_name or self.represented_name or self.person_name

    def covers(self, deed: Deed, service_id: uuid.UUID | None, item_id: uuid.UUID | None) -> bool:
        """Whether this hat reaches a matter: everybody's own does, an agent's as far as the delegation says."""
        return self.mandate is None or self.mandate.covers(deed, service_id, item_id)

    def covers_all(self, deed: Deed) -> bool:
        """Whether this hat reaches every matter of the principal."""
        return self.mandate is None or self.mandate.is_whole(deed)

    def serving(self, at_desk: AtDesk, assurance_level: int, mandate: Mandate | None = None) -> "Actor":
        """This officer, acting for somebody at the counter whose identity was seen there, as far as that one's mandate
        for who they come for goes.
        """
        return replace(self, at_desk=at_desk, assurance_level=assurance_level, mandate=mandate)

    def at_level(self, level: int) -> "Actor":
        """This actor, at the assurance level that counts at this moment (`assurance.queries.level_today`)."""
        return replace(self, assurance_level=level)

    def themselves(self) -> "Actor":
        """This actor without anybody at the desk."""
        return replace(self, at_desk=None, mandate=None)

    @property
    def hat(self) -> str:
        if self.post:
            return f"post:{self.post.id}"
        if self.organisation_id:
            return f"organisation:{self.organisation_id}"
        return f"person:{self.represented_id}" if self.represented_id else "person"

    def may(self, deed: str, kind: str, relations: Iterable[authority.Relation] = ()) -> bool:
        """Whether the authority table allows it; packages below identity ask the actor, not the table."""
        return authority.may(self, deed, kind, relations)

    def require(self, deed: str, kind: str, relations: Iterable[authority.Relation] = ()) -> None:
        """`authority.require` of this actor."""
        authority.require(self, deed, kind, relations)

    @property
    def label(self) -> str:
        """Who acts and as what, in the reader's language; it stands on every page."""
        english = (get_language() or "").startswith("en")
        if self.post:
            title = (english and self.post.title_en) or self.post.title
            agency = (english and self.post.agency_name_en) or self.post.agency_name
            return f"{self.person_name} · {agency} {title}".rstrip()
        if self.organisation_id:
            return f"{self.person_name} · {self.organisation_name}"
        if self.represented_id:
            return _("%(agent)s · for %(principal)s") % {
                "agent": self.person_name,
                "principal": self.represented_name,
            }
        return self.person_name


VISITOR = Actor()


def platform_process(name: str) -> Actor:
    """The platform itself acting: an import, the demo's seeding, the clock."""
    return Actor(process=name)


@dataclass(frozen=True)
class Hat:
    """A choice on the "act as" page."""

    key: str
    actor: Actor


# Most requests of whoever has chosen no hat begin with it.
_HATS = """
SELECT a.password, a.is_active, p.id, p.name, p.assurance_level,
  (SELECT json_agg(json_build_array(s.id, s.role, s.title, s.title_en, g.id, g.name, g.name_en, g.department_id,
                                    g.region_id, s.serves_counter) ORDER BY s.valid_from, s.id)
   FROM identity_post s JOIN government_agency g ON g.id = s.agency_id
   WHERE s.person_id = p.id AND s.valid_from <= %(today)s AND (s.valid_to IS NULL OR s.valid_to > %(today)s)),
  (SELECT json_agg(json_build_object('basis', m.basis, 'source_id', m.source_id, 'deeds', m.deeds,
                                     'services', m.services, 'items', m.items,
                                     'organisation', o.id, 'organisation_name', o.name, 'person', q.id, 'name', q.name))
   FROM identity_mandate m LEFT JOIN identity_organisation o ON o.id = m.organisation_id
   LEFT JOIN identity_person q ON q.id = m.person_id
   WHERE m.agent_id = p.id AND (m.valid_from IS NULL OR m.valid_from <= %(today)s)
     AND (m.valid_to IS NULL OR m.valid_to > %(today)s))
FROM identity_account a LEFT JOIN identity_person p ON p.account_id = a.id AND p.died_on IS NULL
WHERE a.id = %(account)s
"""


def hats_of(account: Account, today: date) -> list[Hat]:
    """Every hat this account may wear today: posts first, then the person, then organisations, then other people."""
    rows = run(_HATS, {"account": account.pk, "today": today})
    return _hats(account.pk, *rows[0][2:]) if rows else [Hat("person", Actor(account_id=account.pk))]


def hats_and_password(account_id: uuid.UUID, today: date) -> tuple[list[Hat], str] | None:
    """The hats of an account that may sign in, and its password's hash; None where there is no such account."""
    rows = run(_HATS, {"account": account_id, "today": today})
    if not rows or not rows[0][1]:
        return None
    return _hats(account_id, *rows[0][2:]), rows[0][0]


def _hats(
    account_id: uuid.UUID, person_id: uuid.UUID | None, name: str, level: int, *held: Sequence[Any] | None
) -> list[Hat]:
    if person_id is None:
        return [Hat("person", Actor(account_id=account_id))]
    posts, mandates = held
    own = Actor(account_id=account_id, person_id=person_id, person_name=name, assurance_level=level)
    actors = [replace(own, post=_post_held(*post)) for post in posts or ()]
    actors.append(own)
    actors += _represented(own, mandates or ())
    return [Hat(actor.hat, actor) for actor in actors]


def actor_for(account: Account, hat: str, today: date) -> Actor:
    """The actor for the chosen hat; the first hat when none was chosen or the chosen one is no longer held."""
    hats = hats_of(account, today)
    return next((h.actor for h in hats if h.key == hat), hats[0].actor)


def still_holds(
    person: Person, today: date, *, organisation_id: uuid.UUID | None = None, post_id: uuid.UUID | None = None
) -> bool:
    """Whether the person may still act in that post, or for that organisation; everybody may for themselves."""
    if post_id:
        return any(post.pk == post_id for post in _posts(person, today))
    if organisation_id:
        return mandates_on(today).filter(agent=person, organisation=organisation_id).exists()
    return True


def held_on(today: date) -> Q:
    """Posts and delegations that are valid on the day."""
    return Q(valid_from__lte=today) & (Q(valid_to=None) | Q(valid_to__gt=today))


def mandates_on(today: date) -> QuerySet[MandateRow]:
    """Who may act for whom on the day; what is left of a dissolved organisation is nobody's to act for."""
    begun, runs = Q(valid_from=None) | Q(valid_from__lte=today), Q(valid_to=None) | Q(valid_to__gt=today)
    return MandateRow.objects.filter(begun, runs).exclude(basis=Basis.FORMER_REPRESENTATIVE)


def mandate_for(
    agent_id: uuid.UUID, today: date, *, organisation_id: uuid.UUID | None = None, person_id: uuid.UUID | None = None
) -> Mandate | None:
    """What lets the person act today for this organisation, or this other person; None where nothing does."""
    rows = mandates_on(today).filter(agent=agent_id, organisation=organisation_id, person=person_id)
    return mandate_of(list(rows.values(*_GRANT)))


def _posts(person: Person, today: date) -> list[Post]:
    return list(
        Post.objects.filter(held_on(today), person=person).select_related("agency").order_by("valid_from", "id")
    )


_GRANT = ("basis", "source_id", "deeds", "services", "items")


def _represented(own: Actor, mandates: Iterable[Mapping[str, Any]]) -> list[Actor]:
    """The person's hats for organisations, by name, then for other people, by name."""
    by_principal: dict[tuple[str | None, str | None], list[Mapping[str, Any]]] = {}
    for row in mandates:
        by_principal.setdefault((row["organisation"], row["person"]), []).append(row)
    actors = [
        replace(
            own,
            organisation_id=uuid.UUID(organisation) if organisation else None,
            organisation_name=found[0]["organisation_name"] or "",
            represented_id=uuid.UUID(person) if person else None,
            represented_name=found[0]["name"] or "",
            mandate=mandate_of(found),
        )
        for (organisation, person), found in by_principal.items()
    ]
    return sorted(actors, key=lambda actor: (actor.represented_id is not None, actor.applicant_name, actor.hat))


def _post_held(post_id: str, role: str, title: str, title_en: str, agency_id: str, *agency_and_desk: Any) -> PostHeld:  # noqa: ANN401 - a row of the query
    """The post of a row of `_HATS`, whose ids JSON has as texts."""
    agency_name, agency_name_en, department_id, region_code, serves_counter = agency_and_desk
    return PostHeld(
        id=uuid.UUID(post_id),
        role=role,
        title=title,
        title_en=title_en,
        agency_id=uuid.UUID(agency_id),
        agency_name=agency_name,
        agency_name_en=agency_name_en,
        department_id=uuid.UUID(department_id),
        region_code=region_code,
        serves_counter=serves_counter,
    )
