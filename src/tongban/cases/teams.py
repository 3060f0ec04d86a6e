"""The posts of an agency that handle cases, and who is away today: what assignment and the inbox are reckoned from."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet

from tongban.cases.assigning import StandIns, Team, acted_for
from tongban.cases.models import OPEN_STATES, Absence, Case, Specialism
from tongban.foundation.statements import Reading
from tongban.identity.actor import Actor
from tongban.identity.models import Post, Role

HANDLING_ROLES = (Role.WINDOW_OFFICER, Role.REVIEWING_OFFICER, Role.HEAD_OF_AGENCY)


@dataclass(frozen=True)
class Colleague:
    """A post of an agency that handles cases, as lists and choices show it."""

    id: uuid.UUID
    person_id: uuid.UUID
    name: str
    role: str
    title: str
    title_en: str

    def label(self, *, english: bool) -> str:
        """Name and title."""
        return f"{self.name}（{self.title}）" if not english else f"{self.name}, {self.title_en or self.title}"


def posts_in_force(agency_id: uuid.UUID, today: date) -> QuerySet[Post]:
    """Posts of the agency that handle cases, held today."""
    held = Q(valid_from__lte=today) & (Q(valid_to=None) | Q(valid_to__gt=today))
    return Post.objects.filter(held, agency_id=agency_id, role__in=HANDLING_ROLES)


def colleagues(agency_id: uuid.UUID, today: date) -> list[Colleague]:
    """Every post of the agency that handles cases today, in one query; by role, then by name."""
    return [Colleague(*row) for row in COLLEAGUES(agency_id, today)]


COLLEAGUES = Reading(
    lambda agency, today: (
        posts_in_force(agency, today)
        .order_by("role", "person__name", "id")
        .values_list("id", "person_id", "person__name", "role", "title", "title_en")
    ),
    uuid.UUID(int=1),
    date(1, 1, 1),
)


def stand_ins(agency_id: uuid.UUID, today: date) -> StandIns:
    """Who is away from the agency today and who stands in, in one query."""
    return {post: stand_in for post, stand_in, _last_day in AWAY(agency_id, today)}


AWAY = Reading(
    lambda agency, today: (
        Absence.objects.filter(agency_id=agency, cancelled_at=None, first_day__lte=today, last_day__gte=today)
        .order_by("id")
        .values_list("post_id", "stand_in_id", "last_day")
    ),
    uuid.UUID(int=1),
    date(1, 1, 1),
)


def own_posts(actor: Actor, away: StandIns) -> frozenset[uuid.UUID]:
    """The posts whose cases are the officer's today."""
    return acted_for(actor.post.id, away) if actor.post else frozenset()


def team_of(agency_id: uuid.UUID, roles: Collection[str], specialists: Sequence[uuid.UUID], today: date) -> Team:
    """The agency's posts as assignment sees them: the specialists of the service, or every post of the roles."""
    posts = list(posts_in_force(agency_id, today).order_by("valid_from", "id").values_list("id", "person_id", "role"))
    held = {post for post, _person, _role in posts}
    special = [post for post in specialists if post in held]
    counted: QuerySet[Any, Any] = Case.objects.filter(officer__in=held, state__in=OPEN_STATES)
    loads = counted.order_by().values("officer").annotate(open=Count("id")).values_list("officer", "open")
    return Team(
        order=special or [post for post, _person, role in posts if role in roles],
        people={post: person for post, person, _role in posts},
        stand_ins=stand_ins(agency_id, today),
        loads=dict(loads),
    )


def specialists_of(services: Collection[uuid.UUID]) -> dict[uuid.UUID, list[uuid.UUID]]:
    """Posts by the service they handle, in one query."""
    found: dict[uuid.UUID, list[uuid.UUID]] = {}
    for service, post in Specialism.objects.filter(service__in=services).order_by("id").values_list("service", "post"):
        found.setdefault(service, []).append(post)
    return found
