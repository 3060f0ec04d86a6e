"""Finding a service: by words, theme, region, audience and department."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tongban.foundation.errors import InvalidError, NotFoundError
from tongban.government.models import Region
from tongban.government.queries import ancestors, departments, find_region
from tongban.identity.actor import Actor
from tongban.identity.middleware import actor_of
from tongban.items.models import Audience, ServiceVersion
from tongban.items.queries import Filters, search_services, themes
from tongban.portal.place import chosen_region
from tongban.portal.wording import promised_words, visits_words

PAGE_SIZE = 20
EVERYWHERE = "all"


@dataclass(frozen=True)
class ServiceRow:
    """A line of the results, in the reader's language."""

    id: str
    name: str
    agency: str
    region: str
    platform: str
    is_foreign: bool
    reconstructed: bool
    can_apply: bool
    visits: str
    promised: str
    summary: str


def service_row(version: ServiceVersion) -> ServiceRow:
    """A version, loaded with service, agency, region and platform, as a line of a list."""
    service = version.service
    return ServiceRow(
        id=str(service.pk),
        name=version.text("name"),
        agency=service.agency.label,
        region=service.agency.region.label,
        platform=service.platform.label,
        is_foreign=not service.platform.run_by_us,
        reconstructed=service.reconstructed,
        can_apply=version.is_applicable and service.platform.run_by_us,
        visits=visits_words(version.visits),
        promised=promised_words(version),
        summary=version.text("summary"),
    )


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Results of a search; without words, everything the filters leave."""
    actor = actor_of(request)
    place = _place(actor, request)
    wanted = {key: request.GET.get(key, "").strip()[:100] for key in ("q", "audience", "theme", "department")}
    if wanted["audience"] not in Audience.values:
        wanted["audience"] = ""
    filters = Filters(
        region=place.code if place else "",
        below=True,
        audience=wanted["audience"],
        theme=wanted["theme"],
        department=wanted["department"],
    )
    all_themes, all_departments = themes(actor), departments(actor)
    context = {
        "query": wanted["q"],
        "wanted": wanted,
        "place": place,
        "region_value": place.code if place else EVERYWHERE,
        "places": _places(actor, request),
        "audiences": Audience.choices,
        "themes": [(theme.slug, theme.label) for theme in all_themes],
        "departments": [(department.code, department.name) for department in all_departments],
        "page_of_services": _page(request, search_services(actor, wanted["q"], filters, timezone.localdate())),
        "is_narrowed": place is not None or any(wanted[key] for key in ("audience", "theme", "department")),
    }
    return render(request, "portal/search.html", context)


@require_safe
def theme(request: HttpRequest, slug: str) -> HttpResponse:
    """The services of a theme in the reader's region, or everywhere."""
    actor = actor_of(request)
    found = next((each for each in themes(actor) if each.slug == slug), None)
    if found is None:
        raise Http404
    place = _place(actor, request)
    filters = Filters(region=place.code if place else "", below=True, theme=slug)
    context = {
        "theme": found,
        "place": place,
        "page_of_services": _page(request, search_services(actor, "", filters, timezone.localdate())),
    }
    return render(request, "portal/theme.html", context)


def _page(request: HttpRequest, found: Any) -> Page[ServiceVersion]:  # noqa: ANN401 - a query set, or a list
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    page.object_list = [service_row(version) for version in page.object_list]  # type: ignore[misc] # rows to print
    return page


def _place(actor: Actor, request: HttpRequest) -> Region | None:
    """The region asked for in the query, else the chosen one; None for everywhere."""
    code = request.GET.get("region", "")
    if code == EVERYWHERE:
        return None
    if code:
        try:
            return find_region(actor, code)
        except (InvalidError, NotFoundError):
            pass
    return chosen_region(request)


def _places(actor: Actor, request: HttpRequest) -> list[tuple[str, str]]:
    """The regions offered beside the results: the chosen one, those above it, and everywhere."""
    region = chosen_region(request)
    if region is None:
        return [(EVERYWHERE, _("Everywhere"))]
    around = [region, *reversed(ancestors(actor, region))]
    return [*((each.code, each.label) for each in around), (EVERYWHERE, _("Everywhere"))]
