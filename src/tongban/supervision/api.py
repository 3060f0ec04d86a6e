"""Figures of the platform's own work, over HTTP: each can be taken apart into the services it counts."""

from datetime import date
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router
from pydantic import Field, WithJsonSchema

from tongban.foundation.rest.operations import Access, operation
from tongban.foundation.rest.pages import USUAL, CursorText, Limit, decode_cursor, page_answer
from tongban.foundation.rest.schemas import Flag, Id, OptionalDay, OptionalSlug, Outgoing, PageOf, RegionCode
from tongban.government.queries import find_region
from tongban.identity.middleware import actor_of
from tongban.supervision import indicators
from tongban.supervision.rules import Share, Tally, Visits

router = Router(tags=["Figures"])

OptionalId = Annotated[Id | None, WithJsonSchema({"type": "string", "format": "uuid"})]
OptionalVisits = Annotated[Visits | None, WithJsonSchema({"type": "string", "enum": [v.value for v in Visits]})]
Below = Annotated[Flag, Field(description="Count the regions below, too.")]
_MOST_OFFSET = 100_000


class TallyOut(Outgoing):
    exactly_one: Annotated[int, Field(description="Services that need exactly one visit.")]
    none: Annotated[int, Field(description="Services that need no visit.")]
    neither: int
    items: int


class VisitsRowOut(TallyOut):
    agency_id: UUID
    agency: str


class ShareOut(Outgoing):
    """A part of a whole, with both."""

    numerator: int
    denominator: int
    value: Annotated[float | None, Field(description="0 to 1; null where the whole is empty.")]
    percent: float | None


class VisitsOut(Outgoing):
    region_code: str
    region: str
    theme: str
    as_of: date
    rows: list[VisitsRowOut]
    totals: Annotated[TallyOut, Field(description="Services of the theme.")]
    everything: Annotated[TallyOut, Field(description="Services of the region, whatever their theme.")]
    declared: Annotated[dict[str, int], Field(description="Of those in neither class: declared list -> count.")]
    reconstructed: Annotated[int, Field(description="How many of all are reconstructed records.")]
    shares: dict[str, ShareOut]


class CountedServiceOut(Outgoing):
    service_id: UUID
    name: str
    agency_id: UUID
    agency: str
    visits: int | None
    reconstructed: bool


CountedServicePageOut = PageOf[CountedServiceOut]


def _tally(tally: Tally) -> TallyOut:
    return TallyOut(exactly_one=tally.exactly_one, none=tally.none, neither=tally.neither, items=tally.items)


def _share(share: Share) -> ShareOut:
    percent = share.percent
    return ShareOut(
        numerator=share.numerator,
        denominator=share.denominator,
        value=share.value,
        percent=None if percent is None else float(percent),
    )


@operation(
    router,
    "GET",
    "/figures/visits",
    access=Access.PUBLIC,
    decided_by=indicators.visits_table,
    summary="Visits by agency",
    answer=VisitsOut,
    refusals=(404,),
)
def read_visits(
    request: HttpRequest,
    region: RegionCode,
    theme: OptionalSlug = "",
    as_of: OptionalDay = None,
    below: Below = False,  # noqa: FBT002 - a query parameter
) -> VisitsOut:
    """How often one has to come for the services of a theme, agency by agency; Table 1 for any theme and day."""
    table = indicators.visits_table(
        actor_of(request), theme, region, as_of or timezone.localdate(), with_descendants=below
    )
    return VisitsOut(
        region_code=table.region.code,
        region=table.region.name,
        theme=table.theme_name,
        as_of=table.selection.as_of,
        rows=[
            VisitsRowOut(agency_id=row.agency_id, agency=row.agency, **_tally(row.tally).model_dump())
            for row in table.rows
        ],
        totals=_tally(table.theme),
        everything=_tally(table.everything),
        declared={name or "undeclared": count for name, count in table.declared.items()},
        reconstructed=table.reconstructed,
        shares={name: _share(share) for name, share in table.shares.items()},
    )


@operation(
    router,
    "GET",
    "/figures/visits/services",
    access=Access.PUBLIC,
    decided_by=indicators.visits_services,
    summary="The services behind a figure of visits",
    answer=CountedServicePageOut,
    refusals=(404,),
)
def list_visits_services(  # noqa: PLR0913, PLR0917 - one argument a query parameter, as ninja reads them
    request: HttpRequest,
    region: RegionCode,
    theme: OptionalSlug = "",
    as_of: OptionalDay = None,
    below: Below = False,  # noqa: FBT002 - a query parameter
    agency: OptionalId = None,
    visits: OptionalVisits = None,
    cursor: CursorText = "",
    limit: Limit = USUAL,
) -> HttpResponse:
    """The rows a cell of the table counts: the same region, theme and day, and the cell's agency and class."""
    actor = actor_of(request)
    start = decode_cursor(cursor, _offset) or 0
    chosen = indicators.Selection(
        region=find_region(actor, region).code,
        as_of=as_of or timezone.localdate(),
        theme=theme,
        with_descendants=below,
        agency=agency,
        visits=visits,
    )
    found = list(indicators.visits_services(actor, chosen)[start : start + limit + 1])
    rows = [
        CountedServiceOut(
            service_id=version.service_id,
            name=version.text("name"),
            agency_id=version.service.agency_id,
            agency=version.service.agency.label,
            visits=version.visits,
            reconstructed=version.service.reconstructed,
        )
        for version in found[:limit]
    ]
    return page_answer(request, CountedServicePageOut, rows, start + limit if len(found) > limit else "")


def _offset(text: str) -> int | None:
    known = text.isascii() and text.isdecimal() and len(text) <= len(str(_MOST_OFFSET))
    return int(text) if known and 0 < int(text) <= _MOST_OFFSET else None
