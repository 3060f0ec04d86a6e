"""The first page, and the pages that lead from who one is to what one looks for."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tongban.cases.queries import OfferRow, offered_bundles
from tongban.foundation.errors import InvalidError, NotFoundError
from tongban.foundation.pages.methods import require_safe
from tongban.government.models import Region
from tongban.government.queries import ancestors, children, departments, find_region, region_row, search_regions
from tongban.identity.actor import Actor
from tongban.identity.middleware import actor_of
from tongban.items.models import Audience
from tongban.items.themes import themes
from tongban.portal.place import chosen_region, keep_region
from tongban.portal.views.common import safe_next

THEMES_ON_HOME = 12
DEPARTMENTS_ON_HOME = 12
BUNDLES_ON_HOME = 6


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Search, ways in, and what is done most."""
    actor = actor_of(request)
    region = chosen_region(request)
    by_audience: dict[str, list[Any]] = {audience: [] for audience in Audience.values}
    for found in themes(actor):
        by_audience[found.audience].append(found)
    context = {
        "faces": [
            {
                "url_name": "portal:people",
                "title": _("For people"),
                "themes": by_audience[Audience.PERSON][:THEMES_ON_HOME],
            },
            {
                "url_name": "portal:organisations",
                "title": _("For organisations"),
                "themes": by_audience[Audience.ORGANISATION][:THEMES_ON_HOME],
            },
        ],
        "departments": departments(actor)[:DEPARTMENTS_ON_HOME],
        "region": region,
        "bundles": _bundles_here(actor, region),
    }
    return render(request, "portal/home.html", context)


def _bundles_here(actor: Actor, region: Region | None) -> list[OfferRow]:
    """A few of what is offered here; the page of all leads to the rest."""
    found = offered_bundles(actor, region, timezone.localdate())
    return [row for row in found if row.is_offered or region is None][:BUNDLES_ON_HOME]


@require_safe
def audience_page(request: HttpRequest, audience: str) -> HttpResponse:
    """Everything for people, or for organisations: by theme and by department."""
    actor = actor_of(request)
    context = {
        "audience": audience,
        "title": _("For people") if audience == Audience.PERSON else _("For organisations"),
        "themes": themes(actor, audience),
        "departments": departments(actor),
        "region": chosen_region(request),
    }
    return render(request, "portal/audience.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def region_switch(request: HttpRequest) -> HttpResponse:
    """Choose the region whose services come first. POST `region` (6 or 12 digits) keeps it in a cookie."""
    actor = actor_of(request)
    errors: Mapping[str, Any] = {}
    if request.method == "POST":
        try:
            region = find_region(actor, request.POST.get("region", ""))
        except (InvalidError, NotFoundError):
            errors = {"region": [_("Choose a region from the list.")]}
        else:
            response = HttpResponseRedirect(safe_next(request, "/"))
            keep_region(response, region)
            return response
    words = request.GET.get("q", "").strip()
    today = timezone.localdate()
    present = chosen_region(request)
    context = {
        "errors": errors,
        "words": words,
        "region": present,
        "next": safe_next(request, "/"),
        "found": search_regions(actor, words, today) if words else None,
        "above": [region_row(region) for region in ancestors(actor, present)] if present else [],
        "below": children(actor, present.code, today, size=100).rows if present else [],
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return render(request, "portal/region_switch.html", context, status=status)
