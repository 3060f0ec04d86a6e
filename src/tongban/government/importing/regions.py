"""Loading the tree of regions: province to county from the data that ships, townships and villages from a
file.
"""

from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import NamedTuple

from django.db import connection, transaction

from tongban.foundation.ledger import append
from tongban.government.access import GovernmentActor
from tongban.government.english import english_name
from tongban.government.importing.report import ImportReport, Line, RowProblem, digest, read_lines
from tongban.government.models import Platform, Region, RegionLevel, RegionName
from tongban.government.rules import CORPS_CODE, NATION_CODE, full_code, level_of, stem

REQUIRED = ("code12", "name", "parent_code12")
OPTIONAL = ("level", "name_en", "line", "valid_from", "valid_to")
NATIONAL_PLATFORM = "national"
_BATCH = 2000
_COPY = """
COPY government_region (
    code, name, name_en, level, line, parent_id, lineage, platform_id, valid_from, valid_to,
    introduction, introduction_en
) FROM STDIN
"""
_NAME_LENGTH = 300


class _Node(NamedTuple):
    """A region as the import sees it, whether it stands in the database already or only in the file."""

    name: str
    parent: str
    lineage: tuple[str, ...]
    platform: str
    line: str
    successor: str = ""


@dataclass
class _Candidate:
    line: Line
    code: str
    parent: str
    level: int
    validity: tuple[date | None, date | None]


def import_shipped_regions(actor: GovernmentActor) -> ImportReport:
    """The nation, its provinces, prefectures and counties (2023 edition), and the Xinjiang corps beside them.

    Regions whose platform is not known yet stand on the national platform, which is made where it is
    missing; an administrator moves them to their own (`actions.assign_platform`). Loading twice changes
    nothing. Source of the table: National Bureau of Statistics, codes of 2023 (cut-off 2023-06-30), by npm
    china-division 2.7.0.
    """
    data = (files("tongban.government") / "data" / "divisions_2023.csv").read_bytes()
    with transaction.atomic():
        actor.require("maintain", "government")
        _ensure_roots(actor)
        return import_regions(actor, data)


def _ensure_roots(actor: GovernmentActor) -> None:
    platform, made = Platform.objects.get_or_create(
        code=NATIONAL_PLATFORM,
        defaults={
            "name": "国家政务服务平台",
            "name_en": "National government service platform",
            "kind": Platform.Kind.NATIONAL,
            "url": "https://gjzwfw.www.gov.cn/",
        },
    )
    if made:
        append(actor, "platform.create", "platform", platform.pk, {"code": platform.code})
    roots = (
        Region(code=NATION_CODE, name="中国", level=RegionLevel.NATION, lineage=[NATION_CODE]),
        # The corps is a line beside the provinces: 66 is its code in the statistics' practice. Its
        # divisions and regiments are not in the source; they load from a file like townships.
        Region(
            code=CORPS_CODE,
            name="新疆生产建设兵团",
            level=RegionLevel.PROVINCE,
            line=Region.Line.CORPS,
            parent_id=NATION_CODE,
            lineage=[NATION_CODE, CORPS_CODE],
        ),
    )
    for region in roots:
        if not Region.objects.filter(pk=region.code).exists():
            region.platform = platform
            region.name_en = english_name(region.name)
            region.save(force_insert=True)
            append(actor, "region.create", "region", region.code, {"name": region.name})


def import_regions(
    actor: GovernmentActor, data: bytes, *, changed_on: date | None = None, dry_run: bool = False
) -> ImportReport:
    """Load regions from CSV: all rows or none.

    Columns: code12, name, parent_code12; level, name_en, line, valid_from and valid_to may follow. A row
    whose parent is empty hangs on the nation. Rows that stand here already unchanged are passed over; a
    changed name is recorded as a renaming on `changed_on` and is a problem without it. Lineage and the home
    platform come from the parent, the English name from `english_name` where the file gives none.

    Returns:
        The report. With problems, nothing was written.
    """
    actor.require("maintain", "government")
    lines, problems = read_lines(data, REQUIRED, OPTIONAL)
    report = ImportReport(sha256=digest(data), read=len(lines), problems=problems)
    if problems:
        return report
    with transaction.atomic():
        known = _load_known()
        candidates = _check_rows(lines, problems)
        new = _resolve(candidates, known, changed_on, report)
        _check_order_of_names(candidates, known, changed_on, report)
        report.problems.sort(key=lambda problem: problem.line)
        if not report.ok or dry_run:
            return report
        _write(actor, new, candidates, known, changed_on, report)
    return report


def _load_known() -> dict[str, _Node]:
    rows = Region.objects.values_list("code", "name", "parent_id", "lineage", "platform_id", "line", "successor_id")
    return {
        code: _Node(name, parent or "", tuple(lineage), str(platform), line, successor or "")
        for code, name, parent, lineage, platform, line, successor in rows
    }


def _check_rows(lines: list[Line], problems: list[RowProblem]) -> dict[str, _Candidate]:
    """The rows that stand up by themselves: codes, levels, names, dates, no code twice."""
    candidates: dict[str, _Candidate] = {}
    for line in lines:
        try:
            code = full_code(line["code12"])
        except ValueError:
            problems.append(line.problem("code12", "12 digits (or the 6 of a county and above)"))
            continue
        if code in candidates:
            problems.append(
                line.problem("code12", f"each code once; it stands on line {candidates[code].line.number} too")
            )
            continue
        bad = _bad_cells(line, code)
        try:
            parent = full_code(line["parent_code12"] or NATION_CODE) if code != NATION_CODE else ""
        except ValueError:
            bad.append(line.problem("parent_code12", "12 digits, or nothing below the nation"))
            parent = ""
        validity = tuple(_day(line, column, bad) for column in ("valid_from", "valid_to"))
        problems += bad
        if not bad:
            level = level_of(code)
            candidates[code] = _Candidate(line, code, parent, level, (validity[0], validity[1]))
    return candidates


def _bad_cells(line: Line, code: str) -> list[RowProblem]:
    bad: list[RowProblem] = []
    if not 0 < len(line["name"]) <= _NAME_LENGTH:
        bad.append(line.problem("name", f"1 to {_NAME_LENGTH} characters"))
    level = level_of(code)
    if line["level"] and line["level"] != str(int(level)):
        bad.append(line.problem("level", f"{int(level)} ({level.name.lower()}), which the code says"))
    if line["line"] and line["line"] not in Region.Line.values:
        bad.append(line.problem("line", f"one of {', '.join(Region.Line.values)}"))
    return bad


def _day(line: Line, column: str, bad: list[RowProblem]) -> date | None:
    if not line[column]:
        return None
    try:
        return date.fromisoformat(line[column])
    except ValueError:
        bad.append(line.problem(column, "a date like 2026-10-01"))
        return None


def _resolve(
    candidates: dict[str, _Candidate],
    known: dict[str, _Node],
    changed_on: date | None,
    report: ImportReport,
) -> dict[str, _Node]:
    """Where each new region hangs. Problems: orphans, cycles, parents of a wrong level, changes without a
    date.
    """
    placed: dict[str, _Node] = {}
    for candidate in candidates.values():
        here = known.get(candidate.code)
        if here:
            _compare(candidate, here, known, changed_on, report)
            continue
        if not _parent_is_right(candidate, candidates, known, report):
            continue
        chain = [candidate]
        seen = {candidate.code}
        # Parents may stand later in the file: climb until one is known, then come down again. Levels fall
        # strictly on the way up (checked before), so only a row that names itself could turn in a circle.
        while (parent := chain[-1].parent) not in known and parent not in placed:
            above = candidates.get(parent)
            if above is None or parent in seen:
                break
            seen.add(parent)
            chain.append(above)
        for link in reversed(chain):
            origin = placed.get(link.parent) or known.get(link.parent)
            if origin is None:
                break
            placed[link.code] = _Node(
                link.line["name"],
                link.parent,
                (*origin.lineage, link.code),
                origin.platform,
                link.line["line"] or origin.line,
            )
    return placed


def _parent_is_right(
    candidate: _Candidate,
    candidates: dict[str, _Candidate],
    known: dict[str, _Node],
    report: ImportReport,
) -> bool:
    parent, line = candidate.parent, candidate.line
    if candidate.code == parent:
        report.problems.append(line.problem("parent_code12", "another region than itself (a circle)"))
    elif parent not in known and parent not in candidates:
        report.problems.append(line.problem("parent_code12", "a region that is loaded or stands in this file"))
    elif level_of(parent) >= candidate.level:
        report.problems.append(
            line.problem("parent_code12", f"a region above level {int(candidate.level)}, nearer to the nation")
        )
    elif not candidate.code.startswith(stem(parent)):
        report.problems.append(line.problem("parent_code12", f"a region whose digits open the code {candidate.code}"))
    else:
        return True
    return False


def _compare(
    candidate: _Candidate,
    here: _Node,
    known: dict[str, _Node],
    changed_on: date | None,
    report: ImportReport,
) -> None:
    line = candidate.line
    if candidate.parent == candidate.code and line["name"] == here.name:
        # The statistics list a county without townships once more as a township of itself (金门县).
        report.findings.append(line.problem("parent_code12", "another region; the row repeats its county"))
        report.unchanged += 1
        return
    merged_into = known[here.parent].lineage if here.parent in known else ()
    file_parent = known.get(candidate.parent)
    moved_by_merger = bool(file_parent and file_parent.successor and file_parent.successor in merged_into)
    if candidate.parent != here.parent and not moved_by_merger:
        report.problems.append(line.problem("parent_code12", f"{here.parent}, under which it stands here"))
    elif line["name"] == here.name:
        report.unchanged += 1
    elif changed_on is None:
        report.problems.append(
            line.problem("name", f"{here.name}, its name here; or the day of the renaming, to record it")
        )
    else:
        report.changed += 1


def _write(  # the parts of one import, in order
    actor: GovernmentActor,
    new: dict[str, _Node],
    candidates: dict[str, _Candidate],
    known: dict[str, _Node],
    changed_on: date | None,
    report: ImportReport,
) -> None:
    rows = [
        (
            code,
            node.name,
            candidates[code].line["name_en"] or english_name(node.name),
            int(candidates[code].level),
            node.line,
            node.parent or None,
            # As COPY writes an array of digits; a list would be looked through value by value.
            f"{{{','.join(node.lineage)}}}",
            node.platform,
            *candidates[code].validity,
            "",
            "",
        )
        for code, node in new.items()
    ]
    # COPY: 44,000 rows in a few seconds; foreign keys are checked when the transaction ends, so parents may
    # stand below their children.
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        for row in rows:
            copy.write_row(row)
    if len(rows) > _BATCH:
        # Until the planner knows the new size it would not use the index on lineage.
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE government_region")
    report.added = len(rows)
    if changed_on is not None:
        _rename(candidates, known, changed_on)
    append(
        actor,
        "region.import",
        "region",
        "import",
        {
            "sha256": report.sha256,
            "read": report.read,
            "added": report.added,
            "changed": report.changed,
            "unchanged": report.unchanged,
        },
    )


def _renamed(candidates: dict[str, _Candidate], known: dict[str, _Node]) -> list[_Candidate]:
    return [c for c in candidates.values() if c.code in known and known[c.code].name != c.line["name"]]


def _check_order_of_names(
    candidates: dict[str, _Candidate],
    known: dict[str, _Node],
    changed_on: date | None,
    report: ImportReport,
) -> None:
    renamed = _renamed(candidates, known)
    if changed_on is None or not renamed:
        return
    later = RegionName.objects.filter(region__in=[c.code for c in renamed], valid_to__gte=changed_on)
    for code, day in later.values_list("region_id", "valid_to"):
        report.problems.append(
            candidates[code].line.problem("name", f"a renaming after {day}, the day of the last one")
        )


def _rename(candidates: dict[str, _Candidate], known: dict[str, _Node], changed_on: date) -> None:
    renamed = _renamed(candidates, known)
    regions = Region.objects.select_for_update().in_bulk([candidate.code for candidate in renamed])
    former = []
    for candidate in renamed:
        region = regions[candidate.code]
        former.append(RegionName(region=region, name=region.name, name_en=region.name_en, valid_to=changed_on))
        region.name = candidate.line["name"]
        region.name_en = candidate.line["name_en"] or english_name(region.name)
    RegionName.objects.bulk_create(former)
    Region.objects.bulk_update(regions.values(), ["name", "name_en"], batch_size=_BATCH)
