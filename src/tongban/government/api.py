"""Platforms, regions, departments, agencies and docking, over HTTP. All of it is public."""

from datetime import date
from typing import Annotated, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router
from pydantic import Field

from tongban.foundation.rest.operations import Access, actor_on, operation
from tongban.foundation.rest.pages import USUAL, CursorText, Limit, decode_cursor, page_answer
from tongban.foundation.rest.schemas import (
    Id,
    Line,
    OptionalDay,
    OptionalRegionCode,
    OptionalSlug,
    Outgoing,
    PageOf,
    RegionCode,
    Slug,
)
from tongban.government import queries
from tongban.government.access import GovernmentActor
from tongban.government.rules import NATION_CODE, DockingLight, full_code

router = Router(tags=["Government"])


class PlatformOut(Outgoing):
    code: str
    name: str
    kind: str
    kind_label: str
    url: str
    run_by_us: Annotated[bool, Field(description="False: what it publishes is shown here as its own.")]


class PlatformListOut(Outgoing):
    items: list[PlatformOut]


class RegionRowOut(Outgoing):
    code: str
    name: str
    level: int
    level_label: str


class RegionListOut(Outgoing):
    items: list[RegionRowOut]


class FormerNameOut(Outgoing):
    name: str
    until: date


class PredecessorOut(Outgoing):
    region: RegionRowOut
    until: date | None


class RegionOut(Outgoing):
    region: RegionRowOut
    introduction: str
    platform: PlatformOut
    is_foreign: bool
    ancestors: list[RegionRowOut]
    former_names: list[FormerNameOut]
    valid_from: date | None
    valid_to: date | None
    successor: RegionRowOut | None
    predecessors: list[PredecessorOut]


class DepartmentOut(Outgoing):
    id: UUID
    code: str
    name: str
    introduction: str
    agencies: int


class DepartmentListOut(Outgoing):
    items: list[DepartmentOut]


class AgencyOut(Outgoing):
    id: UUID
    name: str
    department_code: str
    department: str
    region_code: str
    region: str
    level: int
    level_label: str
    platform: PlatformOut
    is_foreign: bool
    credit_code: str
    address: str
    opening_hours: str
    phone: str
    complaint_phone: str


class StandingOut(Outgoing):
    platform: PlatformOut
    rank: int
    done: int
    total: int
    late: int
    share: Annotated[float, Field(ge=0, le=1, description="Share of the tasks done, 0 to 1.")]
    last_done_on: date | None


class DockingTableOut(Outgoing):
    as_of: date
    standings: list[StandingOut]


class DockingTaskOut(Outgoing):
    id: UUID
    name: str
    platform: PlatformOut
    target: PlatformOut
    owner: str
    owner_id: UUID
    due_on: date
    done_on: date | None
    light: DockingLight


class DockingTaskListOut(Outgoing):
    items: list[DockingTaskOut]


RegionPageOut = PageOf[RegionRowOut]
AgencyPageOut = PageOf[AgencyOut]


def _actor(request: HttpRequest) -> GovernmentActor:
    return cast("GovernmentActor", actor_on(request))


@operation(
    router,
    "GET",
    "/platforms",
    access=Access.PUBLIC,
    decided_by=queries.platforms,
    summary="Platforms, ours and others'",
    answer=PlatformListOut,
)
def list_platforms(request: HttpRequest) -> PlatformListOut:
    return PlatformListOut.model_validate({"items": queries.platforms(_actor(request))})


@operation(
    router,
    "GET",
    "/regions",
    access=Access.PUBLIC,
    decided_by=queries.search_regions,
    summary="Find regions",
    answer=RegionListOut,
)
def find_regions(
    request: HttpRequest,
    q: Annotated[Line, Field(min_length=1, description="Part of a name, or beginning of a code.", examples=["广西"])],
    on: OptionalDay = None,
    limit: Limit = USUAL,
) -> RegionListOut:
    """Regions in force on the day whose name (either language) holds `q` or whose code begins with it, higher levels
    first.
    """
    found = queries.search_regions(_actor(request), q, on or timezone.localdate(), size=limit)
    return RegionListOut.model_validate({"items": found})


@operation(
    router,
    "GET",
    "/regions/{code}",
    access=Access.PUBLIC,
    decided_by=queries.region_page,
    summary="One region",
    answer=RegionOut,
    refusals=(404,),
)
def read_region(request: HttpRequest, code: RegionCode) -> RegionOut:
    page = queries.region_page(_actor(request), code)
    return RegionOut(
        region=RegionRowOut.model_validate(page.region),
        introduction=page.introduction,
        platform=PlatformOut.model_validate(page.platform),
        is_foreign=page.is_foreign,
        ancestors=[RegionRowOut.model_validate(row) for row in page.ancestors],
        former_names=[FormerNameOut(name=name, until=until) for name, until in page.former_names],
        valid_from=page.valid_from,
        valid_to=page.valid_to,
        successor=RegionRowOut.model_validate(page.successor) if page.successor else None,
        predecessors=[
            PredecessorOut(region=RegionRowOut.model_validate(row), until=until) for row, until in page.predecessors
        ],
    )


@operation(
    router,
    "GET",
    "/regions/{code}/children",
    access=Access.PUBLIC,
    decided_by=queries.children,
    summary="The regions directly below",
    answer=RegionPageOut,
    refusals=(404,),
)
def list_children(
    request: HttpRequest, code: RegionCode, on: OptionalDay = None, cursor: CursorText = "", limit: Limit = USUAL
) -> HttpResponse:
    """In force on the day, by code. The nation is 000000."""
    actor = _actor(request)
    after = decode_cursor(cursor, _code_of_cursor) or ""
    parent = queries.find_region(actor, code)
    found = queries.children(actor, parent.code, on or timezone.localdate(), after=after, size=limit)
    return page_answer(request, RegionPageOut, found.rows, found.next_cursor)


def _code_of_cursor(text: str) -> str | None:
    return text if len(text) == len(NATION_CODE) and text.isascii() and text.isdecimal() else None


@operation(
    router,
    "GET",
    "/regions/{code}/ancestors",
    access=Access.PUBLIC,
    decided_by=queries.ancestors,
    summary="The regions above, from the nation down",
    answer=RegionListOut,
    refusals=(404,),
)
def list_ancestors(request: HttpRequest, code: RegionCode) -> RegionListOut:
    actor = _actor(request)
    above = queries.ancestors(actor, queries.find_region(actor, code))
    return RegionListOut.model_validate({"items": [queries.region_row(region) for region in above]})


@operation(
    router,
    "GET",
    "/departments",
    access=Access.PUBLIC,
    decided_by=queries.departments,
    summary="Departments",
    answer=DepartmentListOut,
)
def list_departments(request: HttpRequest, region: OptionalRegionCode = "") -> DepartmentListOut:
    """All functional lines in their customary order; with `region`, those that have an agency there."""
    code = full_code(region) if region else ""
    return DepartmentListOut.model_validate({"items": queries.departments(_actor(request), region=code)})


@operation(
    router,
    "GET",
    "/departments/{code}",
    access=Access.PUBLIC,
    decided_by=queries.department_page,
    summary="One department",
    answer=DepartmentOut,
    refusals=(404,),
)
def read_department(request: HttpRequest, code: Slug) -> DepartmentOut:
    return DepartmentOut.model_validate(queries.department_page(_actor(request), code))


@operation(
    router,
    "GET",
    "/agencies",
    access=Access.PUBLIC,
    decided_by=queries.agencies,
    summary="Agencies",
    answer=AgencyPageOut,
)
def list_agencies(
    request: HttpRequest,
    department: OptionalSlug = "",
    region: OptionalRegionCode = "",
    within: OptionalRegionCode = "",
    cursor: CursorText = "",
    limit: Limit = USUAL,
) -> HttpResponse:
    """From the nation down. `region` is exactly this region, `within` it and everything below."""
    after = decode_cursor(cursor, str) or ""
    found = queries.agencies(
        _actor(request),
        department=department,
        region=full_code(region) if region else "",
        within=full_code(within) if within else "",
        after=after,
        size=limit,
    )
    return page_answer(request, AgencyPageOut, found.rows, found.next_cursor)


@operation(
    router,
    "GET",
    "/agencies/{agency_id}",
    access=Access.PUBLIC,
    decided_by=queries.find_agency,
    summary="One agency",
    answer=AgencyOut,
    refusals=(404,),
)
def read_agency(request: HttpRequest, agency_id: Id) -> AgencyOut:
    return AgencyOut.model_validate(queries.agency_row(queries.find_agency(_actor(request), agency_id)))


@operation(
    router,
    "GET",
    "/docking",
    access=Access.PUBLIC,
    decided_by=queries.docking_table,
    summary="League table of docking",
    answer=DockingTableOut,
)
def read_docking(request: HttpRequest, as_of: OptionalDay = None, kind: OptionalSlug = "") -> DockingTableOut:
    """How far each platform has come in joining others. `kind` narrows it to one kind of platform."""
    table = queries.docking_table(_actor(request), as_of or timezone.localdate(), kind=kind)
    return DockingTableOut(
        as_of=table.as_of,
        standings=[
            StandingOut(
                platform=PlatformOut.model_validate(platform),
                rank=standing.rank,
                done=standing.done,
                total=standing.total,
                late=standing.late,
                share=float(standing.share),
                last_done_on=standing.last_done_on,
            )
            for platform, standing in table.standings
        ],
    )


@operation(
    router,
    "GET",
    "/docking/tasks",
    access=Access.PUBLIC,
    decided_by=queries.docking_tasks,
    summary="Docking tasks",
    answer=DockingTaskListOut,
)
def list_docking_tasks(
    request: HttpRequest, as_of: OptionalDay = None, platform: OptionalSlug = ""
) -> DockingTaskListOut:
    """By due date; of one platform, where its code is given."""
    found = queries.docking_tasks(_actor(request), as_of or timezone.localdate(), platform=platform)
    return DockingTaskListOut.model_validate({"items": found})
