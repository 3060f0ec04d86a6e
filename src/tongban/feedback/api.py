"""Ratings, over HTTP: giving one, and reading all of them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router
from pydantic import Field

from tongban.feedback import actions, queries
from tongban.feedback.models import RatingLevel
from tongban.feedback.rules import LEVELS, Score
from tongban.foundation.rest.operations import Access, operation
from tongban.foundation.rest.pages import USUAL, CursorText, Limit, decode_cursor, page_answer
from tongban.foundation.rest.schemas import NO_NUL, Id, Incoming, JsonInteger, Outgoing
from tongban.identity.middleware import actor_of

router = Router(tags=["Ratings"])


class RatingIn(Incoming):
    level: Annotated[int, Field(ge=1, le=5, description="5 is very satisfied, 1 very dissatisfied."), JsonInteger]
    comment: Annotated[str, Field(max_length=actions.MAX_COMMENT, pattern=NO_NUL)] = ""


class RatingOut(Outgoing):
    id: UUID
    level: int
    level_label: str
    comment: str
    rated_at: datetime


class ScoreOut(Outgoing):
    """All ratings in figures, with how sure they are."""

    count: int
    handled: Annotated[int, Field(description="Cases that could have been rated.")]
    rated_share: Annotated[float | None, Field(description="Ratings / cases handled, 0 to 1.")]
    distribution: Annotated[dict[str, int], Field(description="Level (5 to 1) -> count.")]
    good_share: Annotated[float | None, Field(description="Share of levels 3 to 5, 0 to 1.")]
    interval: Annotated[tuple[float, float], Field(description="95 % interval of the good share (Wilson).")]
    mean: float | None


class RatingPageOut(Outgoing):
    score: ScoreOut
    items: list[RatingOut]
    next: Annotated[str | None, Field(description="Address of the next page; null on the last.")] = None


def _score(score: Score) -> ScoreOut:
    return ScoreOut(
        count=score.count,
        handled=score.handled,
        rated_share=score.rated_share,
        distribution={str(level): score.distribution[level] for level in LEVELS},
        good_share=score.good_share,
        interval=score.interval,
        mean=score.mean,
    )


@operation(
    router,
    "POST",
    "/cases/{case_id}/rating",
    access=Access.SIGNED_IN,
    decided_by=actions.rate_case,
    summary="Rate a handled case",
    answer=RatingOut,
    status=201,
    refusals=(404, 409),
    body="application/json",
)
def rate(request: HttpRequest, case_id: Id, body: RatingIn) -> RatingOut:
    """Once a case, by who applied. The same rating sent twice is one rating."""
    rating = actions.rate_case(actor_of(request), case_id, body.level, body.comment, timezone.now())
    return RatingOut(
        id=rating.pk,
        level=rating.level,
        level_label=str(RatingLevel(rating.level).label),
        comment=rating.comment,
        rated_at=rating.rated_at,
    )


@operation(
    router,
    "GET",
    "/services/{service_id}/ratings",
    access=Access.PUBLIC,
    decided_by=queries.ratings_of_service,
    summary="All ratings of a service",
    answer=RatingPageOut,
)
def list_service_ratings(
    request: HttpRequest, service_id: Id, cursor: CursorText = "", limit: Limit = USUAL
) -> HttpResponse:
    """Newest first, with the score over all of them. An unknown service simply has none."""
    before = decode_cursor(cursor, UUID)
    return _page(request, queries.ratings_of_service(actor_of(request), service_id, before, limit))


@operation(
    router,
    "GET",
    "/agencies/{agency_id}/ratings",
    access=Access.PUBLIC,
    decided_by=queries.ratings_of_agency,
    summary="All ratings of an agency's work",
    answer=RatingPageOut,
)
def list_agency_ratings(
    request: HttpRequest, agency_id: Id, cursor: CursorText = "", limit: Limit = USUAL
) -> HttpResponse:
    """Newest first, with the score over all of them. An unknown agency simply has none."""
    before = decode_cursor(cursor, UUID)
    return _page(request, queries.ratings_of_agency(actor_of(request), agency_id, before, limit))


def _page(request: HttpRequest, page: queries.RatingPage) -> HttpResponse:
    return page_answer(request, RatingPageOut, page.rows, page.next, score=_score(page.score))
