"""Departments and their agencies."""

import uuid

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from tongban.feedback.queries import ratings_of_agency
from tongban.foundation.pages.methods import require_safe
from tongban.government import queries
from tongban.identity.middleware import actor_of
from tongban.items.searching import search_services
from tongban.portal.views.guides import RATINGS_ON_PAGE
from tongban.supervision.queries import services_of_department

_PAGE = 20
_LONGEST_NUMBER = 6


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """All departments that have agencies, in their customary order."""
    rows = [row for row in queries.departments(actor_of(request)) if row.agencies]
    return render(request, "portal/departments/listing.html", {"departments": rows})


@require_safe
def department(request: HttpRequest, code: str) -> HttpResponse:
    """A department's home page: what it does, its agencies from the nation down, its services."""
    actor = actor_of(request)
    page = queries.department_page(actor, code)
    found = queries.agencies(actor, department=code, after=request.GET.get("after", ""))
    levels: dict[str, list[queries.AgencyRow]] = {}
    for row in found.rows:
        levels.setdefault(row.level_label, []).append(row)
    context = {
        "this": page,
        "levels": list(levels.items()),
        "more": f"?after={found.next_cursor}" if found.next_cursor else "",
        "services": services_of_department(actor, code, timezone.localdate()),
    }
    return render(request, "portal/departments/department.html", context)


@require_safe
def agency(request: HttpRequest, agency_id: uuid.UUID) -> HttpResponse:
    """An agency: where it is, how to reach it, what it does, how it was rated."""
    actor = actor_of(request)
    this = queries.agency_row(queries.find_agency(actor, agency_id))
    given = request.GET.get("page", "")
    found = search_services(
        actor,
        "",
        day=timezone.localdate(),
        region=this.region_code,
        department=this.department_code,
        page=int(given) if given.isdecimal() and len(given) <= _LONGEST_NUMBER else 1,
        size=_PAGE,
    )
    context = {
        "this": this,
        "found": found,
        "numbers": Paginator(range(found.total), _PAGE).get_page(found.page),
        "ratings": ratings_of_agency(actor, agency_id, size=RATINGS_ON_PAGE),
    }
    return render(request, "portal/departments/agency.html", context)
