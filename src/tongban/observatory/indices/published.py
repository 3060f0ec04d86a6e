"""Published tables held against the data, item by item."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tongban.observatory.errors import StudyError
from tongban.observatory.indices.levels import Levels
from tongban.observatory.indices.request import PublishedRequest
from tongban.observatory.study.data import Cell, DataTable, column_missing

Verdict = Literal["equal", "one_off", "differs", "explained", "impossible", "not_checkable"]

Counts = Callable[[str, int, float], tuple[int, ...] | None]
"""Of an index, a period and a weight: entities by level, the lowest first; nothing where the data have none."""

SAME = 1e-9


@dataclass(frozen=True)
class Item:
    """One printed item and what the data give for it.

    `impossible`: the printed figures contradict themselves. `explained`: the data give something else, and the weights
    that the study names give exactly what is printed. `not_checkable`: there are no data for it.
    """

    key: tuple[str, ...]
    printed: tuple[str, ...]
    computed: tuple[str, ...]
    verdict: Verdict
    reason: tuple[tuple[str, str], ...] = ()
    """What to say beside the verdict: names of reasons (`prose`) with their figures."""


@dataclass(frozen=True)
class Published:
    """A published table with its items; `columns` are the headings of what is printed."""

    request: PublishedRequest
    keys: tuple[str, ...]
    columns: tuple[str, ...]
    items: tuple[Item, ...]
    cells: int
    """Printed figures that could be compared."""
    cells_equal: int
    cells_one_off: int
    off: int = 0
    """Of counts of levels: the sum of all absolute differences."""
    bounds: tuple[tuple[str, int], ...] = ()
    """By which values are in the top level, as stated and with its bound on the other side: that sum."""


def check_levels(
    request: PublishedRequest,
    table: DataTable,
    period_column: str,
    indices: Sequence[str],
    levels: Levels,
    counts: Counts,
) -> Published:
    """Printed counts of levels, `index` and period by row, against the sample's."""
    periods = _wholes(table, _first_of(table, period_column, "period", "year"))
    names = _indices(table, indices)
    high_first = tuple(reversed(levels.names))
    printed = [_wholes(table, name) for name in high_first]
    items = []
    cells = equal = one_off = off = 0
    for at, (name, period) in enumerate(zip(names, periods, strict=True)):
        row = tuple(column[at] for column in printed)
        found = counts(name, period, 1.0)
        reason: list[tuple[str, str]] = []
        verdict: Verdict = "not_checkable"
        computed: tuple[int, ...] | None = None
        if found is not None:
            computed = tuple(reversed(found))
            verdict = _verdict(row, computed)
            weight = request.explain.get(period, {}).get(name)
            if weight is not None and verdict != "equal":
                weighted = counts(name, period, weight)
                if weighted is not None:
                    reason.append(("weighted", f"{weight:g}: {' / '.join(map(str, reversed(weighted)))}"))
                    verdict = "explained" if tuple(reversed(weighted)) == row else verdict
                    compared = tuple(reversed(weighted))
                else:
                    compared = computed
            else:
                compared = computed
            cells += len(row)
            equal += sum(a == b for a, b in zip(row, compared, strict=True))
            one_off += sum(abs(a - b) == 1 for a, b in zip(row, compared, strict=True))
            off += sum(abs(a - b) for a, b in zip(row, compared, strict=True))
        total = request.rows_sum_to
        if total is not None and sum(row) != total:
            verdict = "impossible"
            reason.append(("sums_to", f"{sum(row)} ≠ {total:g}"))
        shown = tuple(map(str, computed)) if computed else ("",) * len(row)
        items.append(Item((name, str(period)), tuple(map(str, row)), shown, verdict, tuple(reason)))
    return Published(request, ("index", "period"), high_first, tuple(items), cells, equal, one_off, off)


def _verdict(printed: Sequence[int], computed: Sequence[int]) -> Verdict:
    most = max(abs(a - b) for a, b in zip(printed, computed, strict=True))
    return "equal" if most == 0 else "one_off" if most == 1 else "differs"


def check_transitions(
    request: PublishedRequest, table: DataTable, levels: Levels, counts: Mapping[tuple[int, int], int]
) -> Published:
    """Printed counts of moves (`from`, `to`, `count`) against the rule's; moves nobody printed are listed too."""
    starts, ends = _levels(table, "from", levels), _levels(table, "to", levels)
    printed = dict(
        zip(zip(starts, ends, strict=True), _wholes(table, _first_of(table, "count", "countries")), strict=True)
    )
    total = request.rows_sum_to
    items = []
    for start, end in sorted({*printed, *counts}, key=lambda move: (-move[0], -move[1])):
        stated, found = printed.get((start, end), 0), counts.get((start, end), 0)
        items.append(
            Item((levels.name(start), levels.name(end)), (str(stated),), (str(found),), _verdict([stated], [found]))
        )
    if total is not None and sum(printed.values()) != total:
        reason = (("sums_to", f"{sum(printed.values())} ≠ {total:g}"),)
        items.append(Item(("", ""), (str(sum(printed.values())),), ("",), "impossible", reason))
    equal = sum(item.verdict == "equal" for item in items)
    one_off = sum(item.verdict == "one_off" for item in items)
    return Published(request, ("from", "to"), ("count",), tuple(items), len(items), equal, one_off)


@dataclass(frozen=True)
class EntityMove:
    """What the data say of one entity: start and end by the rule, and its whole path."""

    start: int
    end: int
    path: tuple[int, ...]


def check_entities(
    request: PublishedRequest, table: DataTable, levels: Levels, moves: Mapping[str, EntityMove]
) -> Published:
    """Printed moves of named entities against their own path, one item a claim.

    A claim has `from` and `to`, or only `steps` (levels gained) where the publication says no more.
    """
    entities = table.names("entity")
    sources = table.names("source") if "source" in table.columns else ("",) * len(entities)
    items = []
    equal = checked = 0
    for at, (entity, source) in enumerate(zip(entities, sources, strict=True)):
        claim = _claim(table, at, levels)
        stated = f"{claim:+d}" if isinstance(claim, int) else _move(claim, levels)
        found = moves.get(entity)
        if found is None:
            items.append(Item((entity, source), (stated,), ("", ""), "not_checkable"))
            continue
        checked += 1
        agrees = claim == (found.end - found.start if isinstance(claim, int) else (found.start, found.end))
        equal += agrees
        path = " > ".join(levels.name(level) for level in found.path)
        own = _move((found.start, found.end), levels)
        items.append(Item((entity, source), (stated,), (own, path), "equal" if agrees else "differs"))
    return Published(request, ("entity", "source"), ("move",), tuple(items), checked, equal, 0)


def _claim(table: DataTable, at: int, levels: Levels) -> tuple[int, int] | int:
    """What row `at` claims: start and end, or the levels gained."""
    ends = [str(table.rows[at][table.at(name)] or "").strip() for name in ("from", "to")]
    if all(ends):
        return _level(table, "from", at, levels), _level(table, "to", at, levels)
    steps = table.rows[at][table.at("steps")] if "steps" in table.columns else None
    try:
        return int(str(steps))
    except ValueError:
        raise StudyError(f"{table.file}: row {at + 2} names neither from and to nor a whole number of steps") from None


def _move(ends: tuple[int, int], levels: Levels) -> str:
    return f"{levels.name(ends[0])} > {levels.name(ends[1])}"


def check_values(
    request: PublishedRequest,
    table: DataTable,
    period_column: str,
    indices: Sequence[str],
    values: Mapping[tuple[str, int, str], float],
) -> Published:
    """Printed values (`entity`, period, `index`, `value`) against the data, at the decimals that are printed."""
    entities = table.names("entity")
    periods = _wholes(table, _first_of(table, period_column, "period", "year"))
    names = _indices(table, indices)
    numbers = table.numbers("value")
    texts = [str(row[table.at("value")]).strip() for row in table.rows]
    items = []
    equal = checked = 0
    for entity, period, name, number, text in zip(entities, periods, names, numbers, texts, strict=True):
        found = values.get((entity, period, name))
        key = (entity, str(period), name)
        if found is None:
            items.append(Item(key, (text,), ("",), "not_checkable"))
            continue
        checked += 1
        decimals = len(text.partition(".")[2])
        # Half a unit of the last printed digit either way: printed figures are rounded, whichever way halves go.
        agrees = abs(found - float(number)) <= 0.5 * 10**-decimals + SAME
        equal += agrees
        items.append(Item(key, (text,), (f"{found:g}",), "equal" if agrees else "differs"))
    return Published(request, ("entity", "period", "index"), ("value",), tuple(items), checked, equal, 0)


def transcribed(request: PublishedRequest, table: DataTable) -> Published:
    """A table that no data can check; only its own arithmetic is."""
    for name in request.sum_columns:
        table.at(name)
    sums = [table.numbers(name) for name in request.sum_columns]
    items = []
    for at, row in enumerate(table.rows):
        verdict: Verdict = "not_checkable"
        reason: tuple[tuple[str, str], ...] = ()
        total = sum(float(column[at]) for column in sums)
        if request.rows_sum_to is not None and sums and abs(total - request.rows_sum_to) > SAME:
            verdict, reason = "impossible", (("sums_to", f"{total:g} ≠ {request.rows_sum_to:g}"),)
        items.append(Item((), tuple("" if cell is None else _text(cell) for cell in row), (), verdict, reason))
    return Published(request, (), table.columns, tuple(items), 0, 0, 0)


def _text(cell: Cell) -> str:
    return f"{cell:g}" if isinstance(cell, float) else str(cell)


def _first_of(table: DataTable, *names: str) -> str:
    """The first of these columns that is there."""
    for name in names:
        if name in table.columns:
            return name
    raise column_missing(table.file, names[0], table.columns)


def _wholes(table: DataTable, column: str) -> list[int]:
    found = []
    for row, value in enumerate(table.numbers(column), start=2):
        if not float(value).is_integer():
            raise StudyError(f"{table.file}: column “{column}”, row {row}: {value:g} is not a whole number")
        found.append(int(value))
    return found


def _indices(table: DataTable, indices: Sequence[str]) -> list[str]:
    """Names of indices, in whatever case they are printed."""
    known = {name.lower(): name for name in indices}
    found = []
    for row, name in enumerate(table.names("index"), start=2):
        if name.lower() not in known:
            raise StudyError(
                f"{table.file}: column “index”, row {row}: “{name}” is not an index of this study; indices are "
                f"{', '.join(indices)}"
            )
        found.append(known[name.lower()])
    return found


def _levels(table: DataTable, column: str, levels: Levels) -> list[int]:
    return [_level(table, column, at, levels) for at in range(len(table.rows))]


def _level(table: DataTable, column: str, at: int, levels: Levels) -> int:
    """The level named in a cell, from 1."""
    name = str(table.rows[at][table.at(column)] or "")
    key = name.strip().lower().replace(" ", "_")
    if key not in levels.names:
        raise StudyError(
            f"{table.file}: column “{column}”, row {at + 2}: “{name}” is no level; levels are {', '.join(levels.names)}"
        )
    return levels.names.index(key) + 1
