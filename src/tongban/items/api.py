"""Themes, the basic catalogue, services and their guides, coverage, over HTTP. What is published is public."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router
from pydantic import Field, TypeAdapter, WithJsonSchema

from tongban.foundation.errors import NotFoundError
from tongban.foundation.forms import FormDefinition
from tongban.foundation.rest.conditional import conditional
from tongban.foundation.rest.operations import Access, operation
from tongban.foundation.rest.pages import USUAL, CursorText, Limit, decode_cursor, page_answer
from tongban.foundation.rest.schemas import (
    Flag,
    Id,
    Json,
    Line,
    OptionalDay,
    OptionalRegionCode,
    OptionalSlug,
    Outgoing,
    PageOf,
    PlainNumber,
    RegionCode,
)
from tongban.government.models import RegionLevel
from tongban.government.rules import full_code
from tongban.identity.middleware import actor_of
from tongban.items import catalogue, coverage, queries, searching
from tongban.items.guides import ServiceGuide, service_guide
from tongban.items.themes import themes

router = Router(tags=["Services"])
figures = Router(tags=["Figures"])

AudienceFilter = Literal["", "person", "organisation"]
Level = Annotated[
    int,
    Field(
        ge=RegionLevel.NATION.value,
        le=RegionLevel.VILLAGE.value,
        description="Level of regions: 0 nation, 1 province, 2 prefecture, 3 county, 4 township, 5 village.",
    ),
    PlainNumber,
]
OptionalLevel = Annotated[Level | None, WithJsonSchema({"type": "integer", "minimum": 0, "maximum": 5})]
ItemCode = Annotated[str, Field(pattern=r"^[0-9A-Za-z]{1,12}$", description="Basic code of the catalogue.")]
_GUIDE: TypeAdapter[ServiceGuide] = TypeAdapter(ServiceGuide)
_SCHEMA: TypeAdapter[Json] = TypeAdapter(Json)


class ThemeOut(Outgoing):
    slug: str
    name: str
    audience: str


class ThemeListOut(Outgoing):
    items: list[ThemeOut]


class ItemOut(Outgoing):
    id: UUID
    code: str
    name: str
    item_type: str
    department: str
    department_code: str
    levels: Annotated[list[int], Field(description="Levels of regions it is exercised at.")]
    legal_basis: str


class ServiceRowOut(Outgoing):
    service_id: UUID
    name: str
    summary: str
    agency: str
    region: str
    region_code: str
    department: str
    department_code: str
    platform: str
    is_foreign: bool
    is_applicable: Annotated[bool, Field(description="False: listed only; its guide says where to apply.")]
    is_reconstructed: bool
    item_type: str
    promised_limit: str
    visits: str
    code: str


class ServicePageOut(Outgoing):
    items: list[ServiceRowOut]
    total: int
    next: Annotated[str | None, Field(description="Address of the next page; null on the last.")] = None


class VersionOut(Outgoing):
    id: UUID
    number: int
    state: str
    state_label: str
    label: str
    name: str
    is_applicable: bool
    effective_from: date
    effective_to: date | None
    published_at: datetime | None


class VersionListOut(Outgoing):
    items: list[VersionOut]


class AspectOut(Outgoing):
    """One aspect of an item, as each service says it."""

    aspect: str
    same: bool
    values: Annotated[dict[str, str], Field(description="Service id -> what it says.")]


class ComparisonOut(Outgoing):
    code: str
    name: str
    consistent: bool
    aspects: list[AspectOut]


class CellOut(Outgoing):
    published: int
    exercised: int
    share: float | None
    state: str


class CoverageRowOut(Outgoing):
    region_code: str
    region: str
    total: CellOut
    by_department: Annotated[dict[str, CellOut], Field(description="Department code -> cell.")]


class CoverageOut(Outgoing):
    """Published services / catalogue items exercised at the level."""

    region_code: str
    region: str
    level: int
    as_of: date
    total: CellOut
    rows: list[CoverageRowOut]


ItemPageOut = PageOf[ItemOut]


@operation(
    router,
    "GET",
    "/themes",
    access=Access.PUBLIC,
    decided_by=themes,
    summary="Themes people look for",
    answer=ThemeListOut,
)
def list_themes(request: HttpRequest, audience: AudienceFilter = "") -> ThemeListOut:
    found = themes(actor_of(request), audience)
    return ThemeListOut(items=[ThemeOut(slug=t.slug, name=t.label, audience=t.audience) for t in found])


@operation(
    router,
    "GET",
    "/items",
    access=Access.PUBLIC,
    decided_by=catalogue.catalogue_items,
    summary="The basic catalogue",
    answer=ItemPageOut,
)
def list_items(
    request: HttpRequest,
    department: OptionalSlug = "",
    level: OptionalLevel = None,
    cursor: CursorText = "",
    limit: Limit = USUAL,
) -> HttpResponse:
    """What exists in law, by code, whoever implements it."""
    after = decode_cursor(cursor, str) or ""
    rows, place = catalogue.catalogue_items(
        actor_of(request), department=department, level=level, after=after, size=limit
    )
    return page_answer(request, ItemPageOut, rows, place)


@operation(
    router,
    "GET",
    "/items/{code}/comparison",
    access=Access.PUBLIC,
    decided_by=queries.same_item_across_regions,
    summary="The same item in different regions",
    answer=ComparisonOut,
    refusals=(404,),
)
def compare_item(request: HttpRequest, code: ItemCode, on: OptionalDay = None) -> ComparisonOut:
    """Whether the places that implement an item say the same (同一事项同标准)."""
    found = queries.same_item_across_regions(actor_of(request), code, on or timezone.localdate())
    return ComparisonOut(
        code=found.item.code,
        name=found.item.label,
        consistent=found.consistent,
        aspects=[
            AspectOut(aspect=a.aspect, same=a.same, values={str(key): value for key, value in a.values.items()})
            for a in found.aspects
        ],
    )


@operation(
    router,
    "GET",
    "/services",
    access=Access.PUBLIC,
    decided_by=searching.services_after,
    summary="Search services",
    answer=ServicePageOut,
)
def search_services(  # noqa: PLR0913, PLR0917 - one argument a query parameter, as ninja reads them
    request: HttpRequest,
    q: Annotated[Line, Field(description="Words of a name, pinyin in full or by initials, or a code.")] = "",
    region: OptionalRegionCode = "",
    below: Annotated[Flag, Field(description="Everything in the region, too.")] = False,  # noqa: FBT002
    audience: AudienceFilter = "",
    theme: OptionalSlug = "",
    department: OptionalSlug = "",
    on: OptionalDay = None,
    cursor: CursorText = "",
    limit: Limit = USUAL,
) -> HttpResponse:
    """Services in force on the day that match every word, the most direct first; all of them for an empty `q`."""
    filters = queries.Filters(
        region=full_code(region) if region else "", below=below, audience=audience, theme=theme, department=department
    )
    after = decode_cursor(cursor, UUID)
    day = on or timezone.localdate()
    found = searching.services_after(actor_of(request), q, filters, day=day, after=after, size=limit)
    return page_answer(request, ServicePageOut, found.hits, found.next, total=found.total)


@operation(
    router,
    "GET",
    "/services/{service_id}",
    access=Access.PUBLIC,
    decided_by=service_guide,
    summary="The guide of a service",
    answer=ServiceGuide,
    refusals=(404,),
    conditional=True,
)
def read_guide(request: HttpRequest, service_id: Id, on: OptionalDay = None) -> HttpResponse:
    """Everything the guide says, as it stands on the day. Send its ETag as If-None-Match to be spared a repetition."""
    guide = service_guide(actor_of(request), service_id, on or timezone.localdate())
    return conditional(request, _GUIDE.dump_json(guide))


@operation(
    router,
    "GET",
    "/services/{service_id}/form",
    access=Access.PUBLIC,
    decided_by=queries.published_service,
    summary="The form of a service, as JSON Schema",
    answer=Json,
    refusals=(404,),
    conditional=True,
)
def read_form(request: HttpRequest, service_id: Id) -> HttpResponse:
    """JSON Schema 2020-12 with presentation hints under `x-tongban`; `answers` of an application must satisfy it."""
    version = queries.published_service(actor_of(request), service_id, timezone.localdate())
    if not version.form:
        raise NotFoundError(_("This service has no form here; its guide says how to apply."))
    return conditional(request, _SCHEMA.dump_json(FormDefinition.load(version.form).schema))


@operation(
    router,
    "GET",
    "/services/{service_id}/versions",
    access=Access.PUBLIC,
    decided_by=queries.versions_of,
    summary="The versions of a service",
    answer=VersionListOut,
    refusals=(404,),
)
def list_versions(request: HttpRequest, service_id: Id) -> VersionListOut:
    """Newest first. Drafts are shown to who keeps the service, when they send their token."""
    return VersionListOut(
        items=[
            VersionOut(
                id=version.pk,
                number=version.number,
                state=version.state,
                state_label=version.get_state_display(),
                label=version.version_label,
                name=version.text("name"),
                is_applicable=version.is_applicable,
                effective_from=version.effective_from,
                effective_to=version.effective_to,
                published_at=version.published_at,
            )
            for version in queries.versions_of(actor_of(request), service_id)
        ]
    )


def _cell(cell: coverage.Cell) -> CellOut:
    return CellOut(published=cell.published, exercised=cell.exercised, share=cell.share, state=cell.state.value)


@operation(
    figures,
    "GET",
    "/figures/coverage",
    access=Access.PUBLIC,
    decided_by=coverage.coverage_matrix,
    summary="Coverage of a region at a level",
    answer=CoverageOut,
    refusals=(404,),
)
def read_coverage(request: HttpRequest, region: RegionCode, level: Level, as_of: OptionalDay = None) -> CoverageOut:
    """Regions of the level within the region, against departments."""
    matrix = coverage.coverage_matrix(actor_of(request), region, level, as_of or timezone.localdate())
    return CoverageOut(
        region_code=matrix.region.code,
        region=matrix.region.name,
        level=matrix.level,
        as_of=matrix.as_of,
        total=_cell(matrix.total),
        rows=[
            CoverageRowOut(
                region_code=row.code,
                region=row.name,
                total=_cell(matrix.of_row(row.code)),
                by_department={column.code: _cell(matrix.cells[row.code, column.code]) for column in matrix.columns},
            )
            for row in matrix.rows
        ],
    )
