"""Ratings as everybody sees them: all of them, with their volume and their uncertainty."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, Subquery
from django.utils.translation import gettext as _

from tongban.cases.models import Case
from tongban.cases.queries import readable_case
from tongban.cases.relations import relations_to
from tongban.feedback.actions import HANDLED_STATES
from tongban.feedback.models import Rating
from tongban.feedback.rules import LEVELS, Score
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation

PAGE_SIZE = 20


@dataclass(frozen=True)
class RatingRow:
    """One rating as it is published: never who gave it, never the case number."""

    id: uuid.UUID
    level: int
    level_label: str
    comment: str
    rated_at: datetime


@dataclass(frozen=True)
class RatingPage:
    score: Score
    rows: Sequence[RatingRow]
    next: uuid.UUID | None


def ratings_of_service(
    actor: Actor,  # noqa: ARG001 - ratings are public; the actor stands here as in every query
    service_id: uuid.UUID,
    before: uuid.UUID | None = None,
    size: int = PAGE_SIZE,
) -> RatingPage:
    """All ratings of a service, newest first, with the score over all of them."""
    return _page(Q(service_id=service_id), before, size)


def ratings_of_agency(
    actor: Actor,  # noqa: ARG001 - see ratings_of_service
    agency_id: uuid.UUID,
    before: uuid.UUID | None = None,
    size: int = PAGE_SIZE,
) -> RatingPage:
    """All ratings of an agency's work, newest first, with the score over all of them."""
    return _page(Q(agency_id=agency_id), before, size)


def rating_of_case(actor: Actor, case_id: uuid.UUID) -> RatingRow | None:
    """The rating of the actor's own case; None while there is none, and for who may see the case but did not apply.

    Raises:
        NotFoundError: the case is not the actor's to see.
    """
    if Relation.OWN not in relations_to(actor, readable_case(actor, case_id)):
        return None
    rating = Rating.objects.filter(case_id=case_id).first()
    return _row(rating) if rating else None


def _page(which: Q, before: uuid.UUID | None, size: int) -> RatingPage:
    counts = Rating.objects.filter(which).order_by().values("level").annotate(n=Count("id"))
    distribution = dict.fromkeys(LEVELS, 0) | {row["level"]: row["n"] for row in counts}
    handled = Case.objects.filter(which, state__in=HANDLED_STATES).count()
    ratings = Rating.objects.filter(which)
    if before:
        last = Subquery(Rating.objects.filter(pk=before).values("rated_at"))
        ratings = ratings.filter(Q(rated_at__lt=last) | Q(rated_at=last, id__lt=before))
    found = list(ratings.order_by("-rated_at", "-id")[: size + 1])
    rows = [_row(rating) for rating in found[:size]]
    return RatingPage(Score(distribution, handled), rows, rows[-1].id if len(found) > size else None)


def _row(rating: Rating) -> RatingRow:
    return RatingRow(
        rating.pk, rating.level, rating.get_level_display(), rating.comment or _("No comment."), rating.rated_at
    )
