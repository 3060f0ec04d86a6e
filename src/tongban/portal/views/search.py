"""Finding a service: by words, theme, region, audience and department."""

from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.foundation.errors import InvalidError, NotFoundError
from tongban.foundation.pages.methods import require_safe
from tongban.government.models import Region
from tongban.government.queries import ancestors, departments, find_region
from tongban.identity.actor import Actor
from tongban.identity.middleware import actor_of
from tongban.items.models import Audience
from tongban.items.searching import SearchPage, search_services
from tongban.items.themes import themes
from tongban.portal.place import chosen_region

PAGE_SIZE = 20
EVERYWHERE = "all"


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Results of a search; without words, everything the filters leave."""
    actor = actor_of(request)
    place = _place(actor, request)
    wanted = {key: request.GET.get(key, "").strip()[:100] for key in ("q", "audience", "theme", "department")}
    if wanted["audience"] not in Audience.values:
        wanted["audience"] = ""
    found = search_services(
        actor,
        wanted["q"],
        day=timezone.localdate(),
        region=place.code if place else "",
        below=True,
        above=True,
        audience=wanted["audience"],
        theme=wanted["theme"],
        department=wanted["department"],
        page=_page_number(request),
        size=PAGE_SIZE,
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
        "found": found,
        "numbers": _numbers(found),
        "is_narrowed": place is not None or any(wanted[key] for key in ("audience", "theme", "department")),
    }
    return render(request, "portal/search.html", context)


@require_safe
def theme(request: HttpRequest, slug: str) -> HttpResponse:
    """The services of a theme in the reader's region, or everywhere."""
    actor = actor_of(request)
    wanted = next((each for each in themes(actor) if each.slug == slug), None)
    if wanted is None:
        raise Http404
    place = _place(actor, request)
    found = search_services(
        actor,
        "",
        day=timezone.localdate(),
        region=place.code if place else "",
        below=True,
        above=True,
        theme=slug,
        page=_page_number(request),
        size=PAGE_SIZE,
    )
    context = {"theme": wanted, "place": place, "found": found, "numbers": _numbers(found)}
    return render(request, "portal/theme.html", context)


def _page_number(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    return int(text) if text.isdecimal() and len(text) < 7 else 1  # noqa: PLR2004 - beyond any last page


def _numbers(found: SearchPage) -> Page[int]:
    """The page numbers of the results, for the kit's pagination."""
    return Paginator(range(found.total), PAGE_SIZE).page(found.page)


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
