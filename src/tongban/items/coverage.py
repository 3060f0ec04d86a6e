"""Coverage (覆盖度): what is published of what is exercised, for a region at a level, by department.

Coverage(region, level) = pairs of a region of that level within the region and a catalogue item exercised at that
level for which a service is published, divided by all such pairs. Services of a region that was merged count for
the region it was merged into. A listed service counts: coverage is about being found, not about being applied for.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypedDict

from django.db.models import Case, CharField, Count, F, PositiveSmallIntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext_lazy as _

from tongban.government.access import GovernmentActor
from tongban.government.models import Department, Region, RegionLevel
from tongban.government.queries import (
    RegionRow,
    descendants,
    find_department,
    find_region,
    in_force_filter,
    merged_into,
    region_row,
)
from tongban.items.models import Item, ServiceVersion
from tongban.items.queries import in_force_on
from tongban.items.reading import guarded

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations  # comes with the types, not with the product


class _Home(TypedDict):
    """Where a service counts: the code and the level of a region in force."""

    home: str
    home_level: int


class Docking(StrEnum):
    """How far a cell is docked."""

    DOCKED = "docked"
    PARTLY = "partly"
    NOT_DOCKED = "not_docked"
    NOTHING_EXERCISED = "nothing_exercised"

    @property
    def label(self) -> str:
        return str(_LABELS[self])


_LABELS = {
    Docking.DOCKED: _("docked"),
    Docking.PARTLY: _("partly docked"),
    Docking.NOT_DOCKED: _("not docked"),
    Docking.NOTHING_EXERCISED: _("nothing exercised"),
}


@dataclass(frozen=True)
class Cell:
    """Published services against catalogue items exercised."""

    published: int
    exercised: int

    def __post_init__(self) -> None:
        if not 0 <= self.published <= self.exercised:
            raise ValueError(f"{self.published} published of {self.exercised} exercised cannot be")

    @property
    def share(self) -> float | None:
        """From 0 to 1; None where nothing is exercised."""
        return self.published / self.exercised if self.exercised else None

    @property
    def missing(self) -> int:
        return self.exercised - self.published

    @property
    def state(self) -> Docking:
        if not self.exercised:
            return Docking.NOTHING_EXERCISED
        if not self.published:
            return Docking.NOT_DOCKED
        return Docking.PARTLY if self.missing else Docking.DOCKED

    def __add__(self, other: "Cell") -> "Cell":
        return Cell(self.published + other.published, self.exercised + other.exercised)


NOTHING = Cell(0, 0)


@dataclass(frozen=True)
class DepartmentColumn:
    code: str
    name: str


@dataclass(frozen=True)
class CoverageMatrix:
    """Regions of one level against departments.

    Attributes:
        region: the region looked at.
        level: level of the rows' regions.
        as_of: the day.
        rows: the regions, by code.
        columns: departments that exercise anything at this level, in their customary order.
        cells: (region code, department code) -> cell.
    """

    region: RegionRow
    level: int
    as_of: date
    rows: Sequence[RegionRow]
    columns: Sequence[DepartmentColumn]
    cells: Mapping[tuple[str, str], Cell]

    def of_row(self, code: str) -> Cell:
        return _sum(self.cells[code, column.code] for column in self.columns)

    def of_column(self, code: str) -> Cell:
        return _sum(self.cells[row.code, code] for row in self.rows)

    @property
    def total(self) -> Cell:
        return _sum(self.cells.values())


def _sum(cells: Iterable[Cell]) -> Cell:
    return sum(cells, NOTHING)


def cells_of(
    regions: Sequence[str], exercised: Mapping[str, int], published: Mapping[tuple[str, str], int]
) -> dict[tuple[str, str], Cell]:
    """The matrix from its counts: items exercised by department, items published by region and department."""
    return {
        (region, department): Cell(published.get((region, department), 0), number)
        for region in regions
        for department, number in exercised.items()
    }


def coverage_matrix(actor: GovernmentActor, region_code: str, level: int | None, as_of: date) -> CoverageMatrix:
    """The matrix of a region at a level (None: its own) on a day; five statements, whatever the size.

    Raises:
        NotFoundError, InvalidError: as `find_region`.
    """
    region = find_region(actor, region_code)
    level = region.level if level is None else level
    rows = list(descendants(actor, region.code, as_of, level=level))
    exercised = (
        _exercised(level, as_of)
        .values("department__code", "department__name", "department__name_en")
        .annotate(number=Count("pk"))
        .order_by("department__position", "department__code")
    )
    columns, numbers = [], {}
    for row in exercised:
        department = Department(name=row["department__name"], name_en=row["department__name_en"])
        columns.append(DepartmentColumn(row["department__code"], department.label))
        numbers[row["department__code"]] = row["number"]
    published = _published(actor, region.code, level, as_of)
    return CoverageMatrix(
        region_row(region),
        level,
        as_of,
        [region_row(row) for row in rows],
        columns,
        cells_of([row.code for row in rows], numbers, published),
    )


def coverage(actor: GovernmentActor, region_code: str, level: int, as_of: date) -> Cell:
    """Coverage of a region at a level on a day, over all departments."""
    return coverage_matrix(actor, region_code, level, as_of).total


def coverage_by_level(actor: GovernmentActor, region_code: str, as_of: date) -> list[tuple[int, str, Cell]]:
    """A region's own level and every level below it that has regions: (level, its name, coverage).

    Four statements, whatever the size; for home pages, which need no matrix.
    """
    region = find_region(actor, region_code)
    regions = dict(
        descendants(actor, region.code, as_of).order_by("level").values_list("level").annotate(number=Count("pk"))
    )
    items = Item.objects.filter(in_force_filter(as_of)).aggregate(
        **{f"at_{level}": Count("pk", filter=Q(levels__contains=[level])) for level in RegionLevel.values}
    )
    at_its_level = Q(pk__in=[])
    for level in RegionLevel.values:
        at_its_level |= Q(home_level=level, service__item__levels__contains=[level])
    published = dict(
        _services(actor, region.code, as_of)
        .filter(at_its_level)
        .values_list("home_level")
        .annotate(number=Count(Concat("home", Cast("service__item", CharField())), distinct=True))
    )
    return [
        (
            level,
            str(RegionLevel(level).label),
            Cell(published.get(level, 0), number * items[f"at_{level}"]),
        )
        for level, number in regions.items()
    ]


def _exercised(level: int, as_of: date) -> QuerySet[Item]:
    return Item.objects.filter(in_force_filter(as_of), levels__contains=[level])


def _published(actor: GovernmentActor, region_code: str, level: int, as_of: date) -> dict[tuple[str, str], int]:
    counted = (
        _services(actor, region_code, as_of)
        .filter(home_level=level, service__item__levels__contains=[level])
        .values_list("home", "service__item__department__code")
        .annotate(number=Count("service__item", distinct=True))
        .order_by()
    )
    return {(home, department): number for home, department, number in counted}


def _services(
    actor: GovernmentActor, region_code: str, as_of: date
) -> "QuerySet[WithAnnotations[ServiceVersion, _Home]]":
    """Versions in force that implement an item of the catalogue within the region, with the region (`home`) and the
    level (`home_level`) for which they count: their agency's, or those of the region it was merged into.
    """
    merged = merged_into(actor, as_of)
    targets = Region.objects.in_bulk(set(merged.values())) if merged else {}
    inside = {old for old, new in merged.items() if region_code in targets[new].lineage}
    region = "service__agency__region"
    within = Q(**{f"{region}__lineage__contains": [region_code]})
    if merged:
        within = Q(**{f"{region}__in": inside}) | within & ~Q(**{f"{region}__in": set(merged) - inside})
    homes = [When(**{region: old}, then=Value(merged[old])) for old in inside]
    levels = [When(**{region: old}, then=Value(targets[merged[old]].level)) for old in inside]
    return (
        in_force_on(as_of)
        .filter(within, in_force_filter(as_of, "service__item__"), service__item__isnull=False)
        .annotate(
            home=Case(*homes, default=F(f"{region}_id"), output_field=CharField()),
            home_level=Case(*levels, default=F(f"{region}__level"), output_field=PositiveSmallIntegerField()),
        )
        .order_by()
    )


def published_in(
    actor: GovernmentActor, region_code: str, as_of: date, *, department: str = ""
) -> QuerySet[ServiceVersion]:
    """The services behind a cell: what is published in a region (and those merged into it) of what its level
    exercises; of all departments where none is given.

    Raises:
        NotFoundError, InvalidError: as `find_region`; NotFoundError: there is no such department.
    """
    region = find_region(actor, region_code)
    found = _services(actor, region.code, as_of).filter(
        home=region.code, service__item__levels__contains=[region.level]
    )
    if department:
        found = found.filter(service__item__department=find_department(actor, department))
    return found.select_related("service__item", "service__agency").order_by("service__item__code", "id")


def missing_in(actor: GovernmentActor, region_code: str, as_of: date, *, department: str = "") -> QuerySet[Item]:
    """What a cell lacks: items exercised at the region's level for which it publishes no service.

    Raises:
        NotFoundError, InvalidError: as `published_in`.
    """
    region = find_region(actor, region_code)
    found = _exercised(region.level, as_of)
    if department:
        found = found.filter(department=find_department(actor, department))
    there = _services(actor, region.code, as_of).filter(home=region.code).values("service__item").distinct()
    return found.exclude(pk__in=there).select_related("department").order_by("code")


def as_json(matrix: CoverageMatrix) -> dict[str, Any]:
    """The matrix for programs: totals, and one entry a cell with anything exercised."""

    def cell(one: Cell) -> dict[str, Any]:
        return {
            "published": one.published,
            "exercised": one.exercised,
            "share": one.share,
            "state": one.state.value,
        }

    return {
        "region": matrix.region.code,
        "level": RegionLevel(matrix.level).name.lower(),
        "as_of": matrix.as_of.isoformat(),
        "total": cell(matrix.total),
        "regions": [
            {
                "region": row.code,
                "name": row.name,
                **cell(matrix.of_row(row.code)),
                "departments": {column.code: cell(matrix.cells[row.code, column.code]) for column in matrix.columns},
            }
            for row in matrix.rows
        ],
    }


def coverage_csv(matrix: CoverageMatrix) -> str:
    """The matrix as CSV, a line a cell, in the reader's language."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    heads = (_("Region code"), _("Region"), _("Department"), _("Published"), _("Exercised"), _("State"))
    writer.writerow([str(head) for head in heads])
    for row in matrix.rows:
        for column in matrix.columns:
            cell = matrix.cells[row.code, column.code]
            writer.writerow(
                [
                    row.code,
                    guarded(row.name),
                    guarded(column.name),
                    cell.published,
                    cell.exercised,
                    cell.state.label,
                ]
            )
    return text.getvalue()
