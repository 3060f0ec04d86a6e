"""The home page of a region (its flagship store)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from tongban.foundation.errors import NotFoundError
from tongban.foundation.pages.methods import require_safe
from tongban.government.queries import agencies, children, find_region, region_page
from tongban.identity.middleware import actor_of
from tongban.items.coverage import coverage_by_level
from tongban.portal.place import chosen_region
from tongban.portal.views.measures import link
from tongban.supervision.queries import popular_themes, services_of_region

_ENQUIRIES = ("government-services-data", "general-office")


@require_safe
def highest(request: HttpRequest) -> HttpResponse:
    """Regions begin with the reader's own; from there one goes up and down."""
    here = chosen_region(request)
    if here is None:
        raise NotFoundError
    return redirect("portal:region", here.code)


@require_safe
def region(request: HttpRequest, code: str) -> HttpResponse:
    """What a region is, who works there, what can be done there, and how fully it is online."""
    actor = actor_of(request)
    today = timezone.localdate()
    if not code.isdigit():
        raise NotFoundError
    found = find_region(actor, code)
    if found.code != code:
        return redirect("portal:region", found.code, permanent=True)
    page = region_page(actor, code)
    here = agencies(actor, region=code, size=100).rows
    below = children(actor, code, today, after=request.GET.get("after", ""))
    context = {
        "this": page,
        "agencies": here,
        "contact": next((row for row in here if row.department_code in _ENQUIRIES and row.phone), None),
        "themes": popular_themes(actor, code, today),
        "services": services_of_region(actor, code, today),
        "below": below.rows,
        "more": f"?after={below.next_cursor}" if below.next_cursor else "",
        # Our catalogue says nothing of what another platform's regions exercise.
        "coverage_rows": []
        if page.is_foreign
        else [
            (name, link(f"{cell.published} / {cell.exercised}", "coverage", code, level=level), cell.state.label)
            for level, name, cell in coverage_by_level(actor, code, today)
        ],
    }
    return render(request, "portal/regions/region.html", context)
