"""Guides and what users said of them."""

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tongban.feedback.queries import ratings_of_agency, ratings_of_service
from tongban.government.queries import agency_row, find_agency
from tongban.identity.middleware import actor_of
from tongban.items.queries import published_service
from tongban.portal.guide import guide_of, mismatch

RATINGS_ON_GUIDE = 3


@require_safe
def guide(request: HttpRequest, service_id: uuid.UUID) -> HttpResponse:
    """The guide of the version in force today."""
    actor = actor_of(request)
    version = published_service(actor, service_id, timezone.localdate())
    context = {
        "guide": guide_of(version),
        "ratings": ratings_of_service(actor, service_id, size=RATINGS_ON_GUIDE),
        "mismatch": mismatch(actor, version),
    }
    return render(request, "portal/guide.html", context)


@require_safe
def service_ratings(request: HttpRequest, service_id: uuid.UUID) -> HttpResponse:
    """All ratings of a service."""
    actor = actor_of(request)
    version = published_service(actor, service_id, timezone.localdate())
    context = {
        "subject": version.text("name"),
        "agency": version.service.agency,
        "service_id": service_id,
        "ratings": ratings_of_service(actor, service_id, _before(request)),
    }
    return render(request, "portal/ratings.html", context)


@require_safe
def agency_ratings(request: HttpRequest, agency_id: uuid.UUID) -> HttpResponse:
    """All ratings of an agency's work."""
    actor = actor_of(request)
    agency = agency_row(find_agency(actor, agency_id))
    context = {"subject": agency.name, "ratings": ratings_of_agency(actor, agency_id, _before(request))}
    return render(request, "portal/ratings.html", context)


def _before(request: HttpRequest) -> uuid.UUID | None:
    text = request.GET.get("before")
    if not text:
        return None
    try:
        return uuid.UUID(text)
    except ValueError:
        raise Http404 from None
