"""Figures of integration; every number opens the rows it came from."""

import uuid
from dataclasses import replace

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tongban.charts.bars import BarChart
from tongban.foundation.errors import InvalidError
from tongban.foundation.pages.methods import require_safe
from tongban.government.queries import find_agency, find_region, region_row
from tongban.identity.actor import Actor
from tongban.identity.middleware import actor_of
from tongban.items.models import ServiceVersion
from tongban.items.themes import themes
from tongban.portal.place import chosen_region
from tongban.portal.views.measures import csv_address, csv_answer, day_asked, link, wants_csv
from tongban.supervision.export import services_csv, table_csv
from tongban.supervision.indicators import Selection, VisitsTable, visits_services, visits_table
from tongban.supervision.labels import share_words
from tongban.supervision.rules import Tally, Visits

_PAGE = 50


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The figures there are."""
    return render(request, "portal/figures/index.html", {"region": chosen_region(request)})


@require_safe
def visits(request: HttpRequest) -> HttpResponse:
    """Services by visits needed, by agency: for any theme, region and day."""
    actor = actor_of(request)
    here = chosen_region(request)
    code = request.GET.get("region", "").strip() or (here.code if here else "")
    theme = request.GET.get("theme", "")
    below = request.GET.get("below") == "1"
    table = visits_table(actor, theme, code, day_asked(request), with_descendants=below)
    if wants_csv(request):
        return csv_answer(table_csv(table), f"visits-{theme or 'all'}-{table.region.code}-{table.selection.as_of}")
    chart = BarChart(
        title=_("Services that need one visit, or none, by agency"),
        groups=[row.agency for row in table.rows],
        series=[Visits.EXACTLY_ONE.label, Visits.NONE.label],
        values=[[row.tally.exactly_one, row.tally.none] for row in table.rows],
        group_heading=_("Agency"),
    )
    context = {
        "table": table,
        "theme": theme,
        "below": below,
        "themes": _theme_choices(actor, theme),
        "columns": [_("Agency"), *((each.label, "number") for each in Visits)],
        "rows": [
            [
                link(row.agency, "agency", row.agency_id),
                *_numbers(table, row.tally, row.agency, agency=row.agency_id, theme=theme),
            ]
            for row in table.rows
        ],
        "foot": [_("All agencies"), *_numbers(table, table.theme, _("All agencies"), theme=theme)],
        "everything": [
            (_("All services of the region"), *_numbers(table, table.everything, _("All services of the region")))
        ],
        "declared": [
            (_list_name(name), _count(table, number, _list_name(name), visits=Visits.NEITHER, declared=name))
            for name, number in table.declared.items()
        ],
        "shares": _shares(table),
        "chart": chart if table.rows else None,
        "csv": csv_address(request),
    }
    return render(request, "portal/figures/visits.html", context)


def _theme_choices(actor: Actor, chosen: str) -> list[tuple[str, str]]:
    """The registered themes, and the chosen one where only services bear it."""
    choices = [(each.slug, each.label) for each in themes(actor)]
    return choices if not chosen or chosen in dict(choices) else [*choices, (chosen, chosen)]


def _list_name(name: str) -> str:
    return str(ServiceVersion.DeclaredList(name).label) if name else _("on no declared list")


def _numbers(table: VisitsTable, tally: Tally, what: str, **query: object) -> list[SafeString]:
    return [_count(table, tally.of(each), f"{what}, {each.label}", visits=each, **query) for each in Visits]


def _count(table: VisitsTable, number: int, what: str, **query: object) -> SafeString:
    """A number that opens its rows, under the page's own filters."""
    chosen = table.selection
    return link(
        f"{number:,}",
        "visits_services",
        hidden=what,
        region=chosen.region,
        as_of=chosen.as_of.isoformat(),
        below="1" if chosen.with_descendants else "",
        **query,
    )


def _shares(table: VisitsTable) -> list[tuple[str, SafeString, SafeString, str]]:
    """Each share with its part and its whole, both of which open."""
    theme = table.selection.theme
    parts: dict[str, tuple[dict[str, object], dict[str, object]]] = {
        "theme_exactly_one_of_exactly_one": (
            {"theme": theme, "visits": Visits.EXACTLY_ONE},
            {"visits": Visits.EXACTLY_ONE},
        ),
        "theme_none_of_none": (
            {"theme": theme, "visits": Visits.NONE},
            {"visits": Visits.NONE},
        ),
        "exactly_one_of_items": ({"visits": Visits.EXACTLY_ONE}, {}),
        "none_of_items": ({"visits": Visits.NONE}, {}),
        "neither_of_items": ({"visits": Visits.NEITHER}, {}),
        "theme_exactly_one_of_items": (
            {"theme": theme, "visits": Visits.EXACTLY_ONE},
            {},
        ),
        "theme_none_of_items": (
            {"theme": theme, "visits": Visits.NONE},
            {},
        ),
    }
    rows = []
    for name, share in table.shares.items():
        part, whole = parts[name]
        if name.startswith("theme") and not theme:
            continue
        percent = "–" if share.percent is None else f"{share.percent} %"
        rows.append(
            (
                share_words(name),
                _count(table, share.numerator, _("part"), **part),
                _count(table, share.denominator, _("whole"), **whole),
                percent,
            )
        )
    return rows


@require_safe
def services(request: HttpRequest) -> HttpResponse:
    """The services behind a figure."""
    actor = actor_of(request)
    here = chosen_region(request)
    region = find_region(actor, request.GET.get("region", "").strip() or (here.code if here else ""))
    chosen = Selection(region.code, day_asked(request), request.GET.get("theme", ""), request.GET.get("below") == "1")
    agency = None
    if given := request.GET.get("agency", ""):
        try:
            agency = find_agency(actor, uuid.UUID(given))
        except ValueError:
            raise InvalidError({"agency": [_("“%s” is not the id of an agency.") % given[:40]]}) from None
    wanted = request.GET.get("visits", "")
    if wanted and wanted not in list(Visits):
        raise InvalidError({"visits": [_("“%s” is not a class of visits.") % wanted[:40]]})
    chosen = replace(
        chosen,
        agency=agency.pk if agency else None,
        visits=Visits(wanted) if wanted else None,
        declared_list=request.GET.get("declared", ""),
    )
    found = visits_services(actor, chosen)
    if wants_csv(request):
        return csv_answer(services_csv(found.iterator(chunk_size=500)), f"services-{region.code}-{chosen.as_of}")
    page = Paginator(found, _PAGE).get_page(request.GET.get("page"))
    theme = next((each.label for each in themes(actor) if each.slug == chosen.theme), chosen.theme)
    context = {
        "chosen": chosen,
        "region": region_row(region),
        "agency": agency.label if agency else "",
        "theme": theme,
        "visits": chosen.visits.label if chosen.visits else "",
        "number": page.paginator.count,
        "page_of_rows": page,
        "rows": [(version, version.text("name"), version.text("source_note")) for version in page.object_list],
        "csv": csv_address(request),
    }
    return render(request, "portal/figures/services.html", context)
