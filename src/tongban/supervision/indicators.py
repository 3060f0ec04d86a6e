"""Indicators of integration, computed from the records; every figure can be opened to its rows.

The table of visits is that of the Guangxi platform of 2019: services of a theme, by agency, which need exactly one
visit or none. *Region* means the agencies that stand in exactly that region: of a province its own departments and
the vertical organs seated with them (customs, banking supervision), not its cities. So the published table comes
out; with descendants everything below is counted, too.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from tongban.government.models import Agency
from tongban.government.queries import RegionRow, find_region, region_row, with_merged
from tongban.identity.actor import Actor
from tongban.items.models import ServiceVersion
from tongban.items.queries import EVER_IN_FORCE, in_force_on, theme_name
from tongban.supervision.rules import Share, Tally, Visits, visits_shares

_CLASSES: dict[Visits, Q] = {
    Visits.EXACTLY_ONE: Q(visits=1),
    Visits.NONE: Q(visits=0),
    Visits.NEITHER: Q(visits=None) | Q(visits__gt=1),
}
_COUNTS = {visits.value: Count("pk", filter=condition) for visits, condition in _CLASSES.items()}


@dataclass(frozen=True)
class Selection:
    """Which services are counted.

    Attributes:
        region: code of the region, 12 digits.
        as_of: the day.
        theme: slug of the theme; empty for all services.
        with_descendants: whether regions below count, too.
        agency: only this agency's.
        visits: only this class.
        declared_list: only services on this declared list.
    """

    region: str
    as_of: date
    theme: str = ""
    with_descendants: bool = False
    agency: uuid.UUID | None = None
    visits: Visits | None = None
    declared_list: str = ""

    def narrowed(
        self, *, agency: uuid.UUID | None = None, visits: Visits | None = None, declared_list: str = ""
    ) -> "Selection":
        """The selection of one figure of the table."""
        return replace(self, agency=agency, visits=visits, declared_list=declared_list)


@dataclass(frozen=True)
class VisitsRow:
    """One agency: its services of the theme by class of visits."""

    agency_id: uuid.UUID
    agency: str
    tally: Tally


@dataclass(frozen=True)
class VisitsTable:
    """Table 1 for any theme, region and day.

    Attributes:
        selection: what was counted.
        region: the region in the reader's language.
        theme_name: the theme in the reader's language; empty for all services.
        rows: agencies in the customary order of departments. An agency that had services of the theme at any
            time up to the day keeps its row, with zeros when it has none now.
        theme: all services of the theme.
        everything: all services of the region.
        declared: of the services in neither class, how many stand on which declared list ("" for none).
        reconstructed: how many of all services are reconstructed records.
    """

    selection: Selection
    region: RegionRow
    theme_name: str
    rows: Sequence[VisitsRow]
    theme: Tally
    everything: Tally
    declared: Mapping[str, int]
    reconstructed: int

    @property
    def shares(self) -> dict[str, Share]:
        return visits_shares(self.theme, self.everything)

    def as_json(self) -> dict[str, Any]:
        """For programs. `exactly_one` and `none` in the totals are the sums of the rows' columns; what begins with
        `all_` is counted over all services of the region, whatever their theme.
        """
        return {
            "rows": [
                {"agency": row.agency, "exactly_one": row.tally.exactly_one, "none": row.tally.none}
                for row in self.rows
            ],
            "totals": {
                "exactly_one": self.theme.exactly_one,
                "none": self.theme.none,
                "neither": self.theme.neither,
                "items": self.theme.items,
                "all_exactly_one": self.everything.exactly_one,
                "all_none": self.everything.none,
                "all_neither": self.everything.neither,
                "all_items": self.everything.items,
                "all_neither_by_declared_list": {name or "undeclared": n for name, n in self.declared.items()},
                "all_reconstructed": self.reconstructed,
            },
            "shares": {name: share.as_json() for name, share in self.shares.items()},
        }


def visits_table(actor: Actor, theme: str, region: str, as_of: date, *, with_descendants: bool = False) -> VisitsTable:
    """The table of visits of a theme's services in a region on a day; a fixed number of statements.

    Raises:
        InvalidError: the region is no code of 6 or 12 digits.
        NotFoundError: there is no such region, or no such theme.
    """
    place = find_region(actor, region)
    name = theme_name(actor, theme) if theme else ""
    chosen = Selection(place.code, as_of, theme, with_descendants)
    everything = replace(chosen, theme="")
    codes = with_merged(actor, [place.code], as_of)
    counts = {
        row["service__agency"]: _tally(row)
        for row in _services(chosen, codes).order_by().values("service__agency").annotate(**_COUNTS)
    }
    rows = [VisitsRow(a.pk, a.label, counts.get(a.pk, Tally())) for a in _agencies(chosen, codes)]
    neither = (
        _services(replace(everything, visits=Visits.NEITHER), codes)
        .order_by()
        .values_list("declared_list")
        .annotate(number=Count("pk"))
    )
    totals = _services(everything, codes).aggregate(
        **_COUNTS, reconstructed=Count("pk", filter=Q(service__reconstructed=True))
    )
    return VisitsTable(
        selection=chosen,
        region=region_row(place),
        theme_name=name,
        rows=rows,
        theme=_sum(row.tally for row in rows),
        everything=_tally(totals),
        declared=dict(sorted(neither)),
        reconstructed=totals["reconstructed"],
    )


def _tally(row: Mapping[str, Any]) -> Tally:
    return Tally(*(row[visits.value] for visits in Visits))


def _sum(tallies: Iterable[Tally]) -> Tally:
    listed = list(tallies)
    return Tally(*(sum(tally.of(visits) for tally in listed) for visits in Visits))


def _place(chosen: Selection, codes: Sequence[str], prefix: str) -> Q:
    """Agencies of the region; those of regions merged into it (`codes`) answer there, too."""
    if not chosen.with_descendants:
        return Q(**{f"{prefix}region__in": codes})
    return Q(**{f"{prefix}region__lineage__overlap": codes})


def _agencies(chosen: Selection, codes: Sequence[str]) -> QuerySet[Agency]:
    """The agencies that have, or had at any time up to the day, services of the theme."""
    ever = ServiceVersion.objects.filter(
        EVER_IN_FORCE, service__agency=OuterRef("pk"), effective_from__lte=chosen.as_of
    )
    if chosen.theme:
        ever = ever.filter(themes__contains=[chosen.theme])
    return Agency.objects.filter(_place(chosen, codes, ""), Exists(ever)).order_by(
        "region__level", "region", "department__position", "department__code"
    )


def _services(chosen: Selection, codes: Sequence[str]) -> QuerySet[ServiceVersion]:
    found = in_force_on(chosen.as_of).filter(_place(chosen, codes, "service__agency__"))
    if chosen.theme:
        found = found.filter(themes__contains=[chosen.theme])
    if chosen.agency:
        found = found.filter(service__agency=chosen.agency)
    if chosen.visits:
        found = found.filter(_CLASSES[chosen.visits])
    if chosen.declared_list:
        found = found.filter(declared_list=chosen.declared_list)
    return found


def visits_services(actor: Actor, chosen: Selection) -> QuerySet[ServiceVersion]:
    """The services behind a figure of the table, by agency and name, with what a list shows of them."""
    codes = with_merged(actor, [chosen.region], chosen.as_of)
    return (
        _services(chosen, codes)
        .select_related("service__agency")
        .order_by(
            "service__agency__region__level",
            "service__agency__region",
            "service__agency__department__position",
            "service__agency__department__code",
            "service__reconstructed",
            "pinyin",
            "id",
        )
    )
