"""Coverage: regions against departments, and what a cell lacks."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from tongban.foundation.errors import InvalidError
from tongban.foundation.pages.methods import require_safe
from tongban.government.models import RegionLevel
from tongban.government.queries import find_department, find_region, region_row
from tongban.identity.middleware import actor_of
from tongban.items import coverage as measure
from tongban.portal.views.measures import csv_address, csv_answer, day_asked, link, wants_csv

_PAGE = 50


def _level(request: HttpRequest, own: int) -> int:
    given = request.GET.get("level", "")
    if not given:
        return own
    if given.isdigit() and int(given) in RegionLevel.values and int(given) >= own:
        return int(given)
    raise InvalidError({"level": [_("Choose this region's level or one below it.")]})


@require_safe
def matrix(request: HttpRequest, code: str) -> HttpResponse:
    """The matrix of a region, at its own level or one below."""
    actor = actor_of(request)
    region = find_region(actor, code)
    day = day_asked(request)
    level = _level(request, region.level)
    found = measure.coverage_matrix(actor, region.code, level, day)
    if wants_csv(request):
        return csv_answer(measure.coverage_csv(found), f"coverage-{region.code}-{level}-{day}")
    page = Paginator(found.rows, _PAGE).get_page(request.GET.get("page"))
    rows = []
    for row in page.object_list:
        whole = found.of_row(row.code)
        cells = [
            _cell(found.cells[row.code, column.code], row.code, column.code, day.isoformat())
            for column in found.columns
        ]
        rows.append([link(row.name, "region", row.code), _cell(whole, row.code, "", day.isoformat()), *cells])
    context = {
        "this": found.region,
        "as_of": day,
        "level": str(level),
        "levels": [(str(int(each)), each.label) for each in RegionLevel if each >= region.level],
        "total": found.total,
        "percent": None if found.total.share is None else f"{100 * found.total.share:.1f}",
        "columns": [
            _("Region"),
            _("All departments"),
            *(column.name for column in found.columns),
        ],
        "rows": rows,
        "page_of_rows": page,
        "csv": csv_address(request),
    }
    return render(request, "portal/coverage/matrix.html", context)


def _cell(cell: measure.Cell, region: str, department: str, day: str) -> object:
    if cell.state is measure.Docking.NOTHING_EXERCISED:
        return "–"
    return link(
        f"{cell.published} / {cell.exercised}",
        "coverage_cell",
        region,
        department=department,
        as_of=day,
        hidden=cell.state.label,
    )


@require_safe
def cell(request: HttpRequest, code: str) -> HttpResponse:
    """What a region lacks and what it has, of one department or of all."""
    actor = actor_of(request)
    region = find_region(actor, code)
    day = day_asked(request)
    department = request.GET.get("department", "")
    missing = measure.missing_in(actor, region.code, day, department=department)
    there = measure.published_in(actor, region.code, day, department=department)
    shows_there = request.GET.get("show") == "published"
    number = request.GET.get("page")
    page: Page[Any]
    rows: list[tuple[str, object]]
    if shows_there:
        published = page = Paginator(there, _PAGE).get_page(number)
        rows = [
            (
                version.service.item.code if version.service.item else "",
                link(version.text("name"), "guide", version.service_id),
            )
            for version in published.object_list
        ]
    else:
        lacking = page = Paginator(missing, _PAGE).get_page(number)
        rows = [(item.code, item.label) for item in lacking.object_list]
    name = find_department(actor, department).label if department else _("All departments")
    context = {
        "this": region_row(region),
        "as_of": day,
        "department": department,
        "department_name": name,
        "shows_there": shows_there,
        "missing": missing.count(),
        "published": there.values("service__item").distinct().order_by().count(),
        "page_of_rows": page,
        "rows": rows,
    }
    return render(request, "portal/coverage/cell.html", context)
