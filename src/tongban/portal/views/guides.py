"""Guides and what users said of them."""

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from tongban.cases.queries import bundles_with, ways_of
from tongban.cases.queries.light import service_light
from tongban.feedback.queries import ratings_of_agency, ratings_of_service
from tongban.foundation.pages.methods import require_safe
from tongban.government.queries import agency_row, find_agency
from tongban.identity.middleware import actor_of
from tongban.items.guides import service_guide
from tongban.portal.guide import (
    Way,
    address_there,
    at_a_glance,
    lines,
    materials_of,
    mismatch,
    step_up_words,
    unnumbered,
    way_of,
)
from tongban.portal.place import chosen_region
from tongban.userspace.queries import is_saved

# The newest of them stand on the page of a guide and of an agency.
RATINGS_ON_PAGE = 3


@require_safe
def guide(request: HttpRequest, service_id: uuid.UUID) -> HttpResponse:
    """The guide of the version in force today."""
    actor = actor_of(request)
    found = service_guide(actor, service_id, timezone.localdate())
    way = way_of(found)
    context = {
        "guide": found,
        "way": way.value,
        "facts": at_a_glance(found),
        "conditions": lines(found.conditions),
        "steps": [unnumbered(step) for step in found.steps],
        "materials": materials_of(found),
        "basis": [line for line in found.legal_basis.splitlines() if line.strip()],
        "ratings": ratings_of_service(actor, service_id, size=RATINGS_ON_PAGE),
        "bundles": bundles_with(actor, service_id, chosen_region(request), timezone.localdate())
        if way is Way.HERE
        else [],
        "mismatch": mismatch(actor, found) if way is Way.HERE else "",
        "saved": is_saved(actor, service_id),
        "step_up": step_up_words(actor, found) if way is Way.HERE else "",
        "light": service_light(actor, service_id, timezone.localdate()),
        "ways": ways_of(actor, service_id, timezone.localdate()),
        "there": address_there(actor, found) if way is Way.FOREIGN else "",
    }
    return render(request, "portal/guide.html", context)


@require_safe
def service_ratings(request: HttpRequest, service_id: uuid.UUID) -> HttpResponse:
    """All ratings of a service."""
    actor = actor_of(request)
    found = service_guide(actor, service_id, timezone.localdate())
    context = {
        "subject": found.name,
        "guide": found,
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
