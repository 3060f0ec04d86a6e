"""Every read of government's tables. All of it is public; the actor comes first as everywhere."""

import re
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from django.db.models import Case, Count, F, Q, QuerySet, Value, When
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tongban.foundation.errors import InvalidError, NotFoundError
from tongban.foundation.statements import columns, instance, run
from tongban.government.access import GovernmentActor
from tongban.government.models import (
    Agency,
    Department,
    DockingTask,
    Platform,
    Region,
    RegionLevel,
    RegionName,
)
from tongban.government.rules import (
    CreditCodeFault,
    DockingFact,
    DockingLight,
    Standing,
    credit_code_fault,
    docking_light,
    full_code,
    league,
)

PAGE_SIZE = 50
_CHINESE = re.compile(r"[\u3400-\u9fff]")
T = TypeVar("T")


@dataclass(frozen=True)
class Slice(Generic[T]):
    """One page of a long list; `next_cursor` is empty on the last one."""

    rows: Sequence[T]
    next_cursor: str = ""


@dataclass(frozen=True)
class PlatformRow:
    code: str
    name: str
    kind: str
    kind_label: str
    url: str
    run_by_us: bool


@dataclass(frozen=True)
class RegionRow:
    code: str
    name: str
    level: int
    level_label: str


@dataclass(frozen=True)
class RegionPage:
    """Everything a region's home page says of the region itself."""

    region: RegionRow
    introduction: str
    platform: PlatformRow
    is_foreign: bool
    ancestors: Sequence[RegionRow]
    former_names: Sequence[tuple[str, date]]
    valid_from: date | None
    valid_to: date | None
    successor: RegionRow | None
    predecessors: Sequence[tuple[RegionRow, date | None]]


@dataclass(frozen=True)
class DepartmentRow:
    id: uuid.UUID
    code: str
    name: str
    introduction: str = ""
    agencies: int = 0


@dataclass(frozen=True)
class AgencyRow:
    """An agency, formatted in the reader's language."""

    id: uuid.UUID
    name: str
    department_code: str
    department: str
    region_code: str
    region: str
    level: int
    level_label: str
    platform: PlatformRow
    is_foreign: bool
    credit_code: str
    address: str
    opening_hours: str
    phone: str
    complaint_phone: str


@dataclass(frozen=True)
class DockingRow:
    """A docking task as it stands on a day."""

    id: uuid.UUID
    name: str
    platform: PlatformRow
    target: PlatformRow
    owner: str
    owner_id: uuid.UUID
    due_on: date
    done_on: date | None
    light: DockingLight


@dataclass(frozen=True)
class DockingTable:
    """The league table of platforms on a day."""

    as_of: date
    standings: Sequence[tuple[PlatformRow, Standing]]


@dataclass(frozen=True)
class CreditCodeFinding:
    """A unified social credit code that fails its check; reported, never refused."""

    agency_id: uuid.UUID
    agency: str
    credit_code: str
    fault: CreditCodeFault


# Platforms ----------------------------------------------------------------------------------------------


def platforms(_actor: GovernmentActor) -> list[PlatformRow]:
    return [_platform_row(platform) for platform in Platform.objects.order_by("code")]


def _platform_row(platform: Platform) -> PlatformRow:
    return PlatformRow(
        platform.code,
        platform.label,
        platform.kind,
        platform.get_kind_display(),
        platform.url,
        platform.run_by_us,
    )


def find_platform(_actor: GovernmentActor, code: str) -> Platform:
    """Raises:
    NotFoundError: there is none of this code.
    """
    platform = Platform.objects.filter(code=code).first()
    if platform is None:
        raise NotFoundError(_("There is no platform “%s”.") % code)
    return platform


# Regions ------------------------------------------------------------------------------------------------


def in_force_filter(day: date, prefix: str = "") -> Q:
    """Validity on a day as a condition; `prefix` leads to the table that has the dates."""
    start, end = f"{prefix}valid_from", f"{prefix}valid_to"
    return (Q(**{start: None}) | Q(**{f"{start}__lte": day})) & (Q(**{end: None}) | Q(**{f"{end}__gt": day}))


def find_region(_actor: GovernmentActor, code: str) -> Region:
    """The region under a code of 6 or 12 digits, in force or not.

    Raises:
        InvalidError: that is no region code.
        NotFoundError: there is no such region.
    """
    try:
        full = full_code(code)
    except ValueError:
        raise InvalidError(
            {"region": [_("“%s” is not a region code; give 6 or 12 digits, like 450000.") % code]}
        ) from None
    region = _region(_BY_CODE, [full])
    if region is None:
        raise NotFoundError(_("There is no region %s.") % code)
    return region


def home_region(_actor: GovernmentActor) -> Region | None:
    """The highest region of a platform run by this installation: where a reader is who chose none."""
    return _region(_HOME, [])


# Every page says where its reader is.
_REGION = (
    f"SELECT {columns(Platform, 'p')}, {columns(Region, 'r')}"  # noqa: S608 - the tables' own descriptions
    " FROM government_region r JOIN government_platform p ON p.id = r.platform_id"
)
_BY_CODE = f"{_REGION} WHERE r.code = %s"
_HOME = f"{_REGION} WHERE p.run_by_us ORDER BY r.level, r.code LIMIT 1"


def _region(statement: str, parameters: Sequence[str]) -> Region | None:
    found = run(statement, parameters)
    if not found:
        return None
    platform_ends = len(Platform._meta.concrete_fields)  # noqa: SLF001 - Django's description of a table
    region = instance(Region, found[0][platform_ends:])
    region.platform = instance(Platform, found[0][:platform_ends])
    return region


def regions_in_force(_actor: GovernmentActor, day: date) -> QuerySet[Region]:
    """The regions of a day."""
    return Region.objects.filter(in_force_filter(day))


def ancestors(_actor: GovernmentActor, region: Region) -> list[Region]:
    """From the nation down to the parent."""
    above = Region.objects.in_bulk([code for code in region.lineage if code != region.code])
    return [above[code] for code in region.lineage if code in above]


def descendants(actor: GovernmentActor, code: str, day: date, *, level: int | None = None) -> QuerySet[Region]:
    """The region and everything below it that is in force on the day, found by the index on `lineage`."""
    found = regions_in_force(actor, day).filter(lineage__contains=[code])
    return found if level is None else found.filter(level=level)


def region_name_on(_actor: GovernmentActor, code: str, day: date) -> str:
    """The name the region bore on that day, in the reader's language.

    Raises:
        NotFoundError: there is no such region.
    """
    former = RegionName.objects.filter(region=code, valid_to__gt=day).order_by("valid_to").first()
    if former:
        return former.label
    region = Region.objects.filter(pk=code).first()
    if region is None:
        raise NotFoundError(_("There is no region %s.") % code)
    return region.label


def merged_into(_actor: GovernmentActor, day: date) -> dict[str, str]:
    """For every region merged by that day, the region in which it stands then; mergers of mergers are
    followed.
    """
    steps = dict(Region.objects.filter(successor__isnull=False, valid_to__lte=day).values_list("code", "successor_id"))
    return {code: _last(code, steps) for code in steps}


def _last(code: str, steps: Mapping[str, str | None]) -> str:
    seen = {code}
    while (following := steps.get(code)) and following not in seen:
        seen.add(following)
        code = following
    return code


def with_merged(actor: GovernmentActor, codes: Iterable[str], day: date) -> list[str]:
    """The codes and those of the regions merged into them: where services and cases of a region are looked
    for.
    """
    wanted = set(codes)
    return sorted(wanted | {old for old, new in merged_into(actor, day).items() if new in wanted})


def region_page(actor: GovernmentActor, code: str) -> RegionPage:
    """What a region's home page says of it.

    Raises:
        NotFoundError, InvalidError: as `find_region`.
    """
    region = find_region(actor, code)
    return RegionPage(
        region=region_row(region),
        introduction=_either(region.introduction, region.introduction_en),
        platform=_platform_row(region.platform),
        is_foreign=_is_foreign(region.platform),
        ancestors=[region_row(above) for above in ancestors(actor, region)],
        former_names=[(name.label, name.valid_to) for name in region.former_names.order_by("-valid_to")],
        valid_from=region.valid_from,
        valid_to=region.valid_to,
        successor=region_row(region.successor) if region.successor else None,
        predecessors=[(region_row(old), old.valid_to) for old in region.predecessors.order_by("code")],
    )


def _is_foreign(platform: Platform) -> bool:
    return not platform.run_by_us


def region_row(region: Region) -> RegionRow:
    """A region in the reader's language."""
    return RegionRow(region.code, region.label, region.level, str(RegionLevel(region.level).label))


def children(
    _actor: GovernmentActor, code: str, day: date, *, after: str = "", size: int = PAGE_SIZE
) -> Slice[RegionRow]:
    """The regions directly below, in force on the day, by code; `after` is the last code of the page
    before.
    """
    rows = list(Region.objects.filter(in_force_filter(day), parent=code, code__gt=after)[: size + 1])
    return _slice([region_row(row) for row in rows], size, lambda row: row.code)


def search_regions(_actor: GovernmentActor, words: str, day: date, *, size: int = PAGE_SIZE) -> list[RegionRow]:
    """Regions whose name (either language) holds the words or whose code begins with them, higher levels first, within
    a level those whose name begins so.

    The whole table is read (no index knows parts of two characters), so Chinese words are looked for in the Chinese
    name alone: comparing the English one in capitals costs more than all else.
    """
    words = words.strip()
    if not words:
        return []
    holds, begins = Q(name__contains=words), Q(name__startswith=words)
    if not _CHINESE.search(words):
        holds |= Q(name_en__icontains=words) | Q(code__startswith=words)
        begins |= Q(name_en__istartswith=words) | Q(code__startswith=words)
    place = Case(When(begins, then=Value(0)), default=Value(1))
    found = Region.objects.filter(in_force_filter(day), holds).order_by("level", place, "code")
    return [region_row(region) for region in found[:size]]


def _slice(rows: list[T], size: int, key: Callable[[T], str]) -> Slice[T]:
    return Slice(rows[:size], key(rows[size - 1]) if len(rows) > size else "")


def _either(chinese: str, english: str) -> str:
    return english if english and (get_language() or "").startswith("en") else chinese


# Departments and agencies -------------------------------------------------------------------------------


def departments(_actor: GovernmentActor, *, region: str = "") -> list[DepartmentRow]:
    """All departments with their number of agencies; of one region, where its code is given."""
    found = Department.objects.all()
    if region:
        found = found.filter(agencies__region=region)
    counted = found.annotate(number=Count("agencies")).order_by("position", "code")
    return [DepartmentRow(d.pk, d.code, d.label, agencies=d.number) for d in counted]


def find_department(_actor: GovernmentActor, code: str) -> Department:
    """Raises:
    NotFoundError: there is none of this code.
    """
    department = Department.objects.filter(code=code).first()
    if department is None:
        raise NotFoundError(_("There is no department “%s”.") % code)
    return department


def department_page(actor: GovernmentActor, code: str) -> DepartmentRow:
    """Raises:
    NotFoundError: there is none of this code.
    """
    department = find_department(actor, code)
    return DepartmentRow(
        department.pk,
        department.code,
        department.label,
        introduction=_either(department.introduction, department.introduction_en),
        agencies=department.agencies.count(),
    )


def agencies(  # filters, each by name
    _actor: GovernmentActor,
    *,
    department: str = "",
    region: str = "",
    within: str = "",
    after: str = "",
    size: int = PAGE_SIZE,
) -> Slice[AgencyRow]:
    """Agencies, from the nation down, by region code and the departments' order.

    Args:
        department: code of the department, or all.
        region: exactly this region.
        within: this region and everything below it.
        after: the cursor of the page before.
        size: rows a page.

    Raises:
        InvalidError: the cursor is not one of ours.
    """
    found = Agency.objects.select_related("department", "region", "platform").order_by(
        "region__level", "region_id", "department__position", "department__code"
    )
    if department:
        found = found.filter(department__code=department)
    if region:
        found = found.filter(region=region)
    if within:
        found = found.filter(region__lineage__contains=[within])
    if after:
        found = found.filter(_after_agency(after))
    rows = list(found[: size + 1])
    cursors = {
        row.pk: f"{row.region.level}.{row.region_id}.{row.department.position}.{row.department.code}" for row in rows
    }
    return _slice([agency_row(row) for row in rows], size, lambda row: cursors[row.id])


def _after_agency(cursor: str) -> Q:
    parts = cursor.split(".", maxsplit=3)
    try:
        level, region, position, code = int(parts[0]), parts[1], int(parts[2]), parts[3]
    except (IndexError, ValueError):
        raise InvalidError({"after": [_("“%s” is not a place in this list.") % cursor]}) from None
    return (
        Q(region__level__gt=level)
        | Q(region__level=level, region_id__gt=region)
        | Q(region__level=level, region_id=region, department__position__gt=position)
        | Q(
            region__level=level,
            region_id=region,
            department__position=position,
            department__code__gt=code,
        )
    )


def find_agency(_actor: GovernmentActor, agency_id: uuid.UUID) -> Agency:
    """Raises:
    NotFoundError: there is none of this id.
    """
    found = Agency.objects.select_related("department", "region", "platform").filter(pk=agency_id).first()
    if found is None:
        raise NotFoundError(_("There is no such agency."))
    return found


def agency_row(agency: Agency) -> AgencyRow:
    """An agency in the reader's language; department, region and platform should be selected with it."""
    return AgencyRow(
        id=agency.pk,
        name=agency.label,
        department_code=agency.department.code,
        department=agency.department.label,
        region_code=agency.region_id,
        region=agency.region.label,
        level=agency.region.level,
        level_label=str(RegionLevel(agency.region.level).label),
        platform=_platform_row(agency.platform),
        is_foreign=_is_foreign(agency.platform),
        credit_code=agency.credit_code,
        address=_either(agency.address, agency.address_en),
        opening_hours=_either(agency.opening_hours, agency.opening_hours_en),
        phone=agency.phone,
        complaint_phone=agency.complaint_phone,
    )


def credit_code_findings(_actor: GovernmentActor) -> list[CreditCodeFinding]:
    """Agencies whose unified social credit code is missing or fails its check (GB 32100)."""
    rows = Agency.objects.order_by("region_id", "department__code").values_list("id", "name", "credit_code")
    return [
        CreditCodeFinding(agency_id, name, code, fault)
        for agency_id, name, code in rows
        if (fault := credit_code_fault(code))
    ]


# Docking ------------------------------------------------------------------------------------------------


def docking_table(actor: GovernmentActor, today: date, *, kind: str = "", without: Sequence[str] = ()) -> DockingTable:
    """The league table of the platforms that dock, on a day.

    Args:
        actor: who reads.
        today: tasks done after it count as not done, tasks due before it and open as late.
        kind: only platforms of this kind.
        without: codes of platforms that do not compete (for example pilots).

    Raises:
        NotFoundError: one of these platforms is not known.
    """
    for code in without:
        find_platform(actor, code)
    tasks = DockingTask.objects.exclude(platform__code__in=without)
    if kind:
        tasks = tasks.filter(platform__kind=kind)
    facts = [DockingFact(*row) for row in tasks.values_list("platform__code", "state", "due_on", "done_on")]
    standings = league(facts, today)
    by_code = {p.code: _platform_row(p) for p in Platform.objects.filter(code__in=[s.platform for s in standings])}
    return DockingTable(today, [(by_code[s.platform], s) for s in standings])


def docking_tasks(_actor: GovernmentActor, today: date, *, platform: str = "") -> list[DockingRow]:
    """Docking tasks by due date; of one platform, where its code is given."""
    found = DockingTask.objects.select_related("platform", "target", "owner").order_by(F("due_on"), "id")
    if platform:
        found = found.filter(platform__code=platform)
    return [
        DockingRow(
            task.pk,
            task.label,
            _platform_row(task.platform),
            _platform_row(task.target),
            task.owner.label,
            task.owner_id,
            task.due_on,
            task.done_on,
            docking_light(task.state, task.due_on, task.done_on, today),
        )
        for task in found
    ]
