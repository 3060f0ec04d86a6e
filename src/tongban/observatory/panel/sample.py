"""From the data file to complete samples: names to codes, derived variables, rows that a model can use."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from tongban.observatory.errors import StudyError
from tongban.observatory.panel.absorb import Codes, Floats, Groups
from tongban.observatory.panel.estimators import FIXED, Effects, Panel
from tongban.observatory.panel.peers import peer_means, regions_of_china, weights
from tongban.observatory.panel.request import CHINA, Derived, Operation, PanelStudy, Singletons
from tongban.observatory.study.columns import Table as Data

Flags = npt.NDArray[np.bool_]
Names = tuple[str, ...]
ALL = slice(None)


@dataclass(frozen=True)
class Table:
    """The rows of the study with all variables as numbers; what is missing is not-a-number."""

    entities: tuple[str, ...]
    periods: tuple[str, ...]
    entity: Codes
    period: Codes
    columns: dict[str, Floats]
    groups: tuple[str, ...] | None
    """Of each entity."""
    labels: dict[str, Codes]
    """Columns of names that errors are clustered by."""
    lines: Codes
    """The row of the file that each row stands in, the header being row 1."""

    @property
    def rows(self) -> int:
        return len(self.entity)

    @cached_property
    def _order(self) -> tuple[Codes, Codes]:
        keys = self.entity * len(self.periods) + self.period
        order = np.argsort(keys, kind="stable")
        return order, keys[order]

    def before(self, values: Floats, periods: int, rows: slice = ALL) -> Floats:
        """The same entity's value so many periods earlier, of every row or of some."""
        order, keys = self._order
        wanted = self.entity[rows] * len(self.periods) + self.period[rows] - periods
        place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        there = (keys[place] == wanted) & (self.period[rows] >= periods)
        found: Floats = np.where(there, values[order[place]], np.nan)
        return found

    def wide(self, values: Floats) -> Floats:
        """Shape (entities, periods)."""
        found = np.full((len(self.entities), len(self.periods)), np.nan)
        found[self.entity, self.period] = values
        return found


def read_table(study: PanelStudy, data: Data) -> Table:
    """The study's rows, with derived variables.

    Raises:
        StudyError: A name or number is missing where it may not be, a row stands twice, or a variable cannot be made.
    """
    entities, entity = data.labels(study.entity)
    times, time = data.labels(study.period)
    whole = np.arange(len(entity))
    if study.periods is None:
        rows: Codes | slice = ALL
    else:
        unknown = [name for name in study.periods if name not in times]
        if unknown:
            raise StudyError(
                f"{study.path.name}: [data]: periods: there is no {study.period} {unknown[0]} in {data.file}"
            )
        rows = np.flatnonzero(np.isin(time, [times.index(name) for name in study.periods]))
        entities, entity = _kept(entities, entity[rows])
        times, time = _kept(times, time[rows])
    periods = tuple(sorted(times, key=_in_time))
    places = {name: at for at, name in enumerate(periods)}
    period = np.array([places[name] for name in times], dtype=np.intp)[time]
    lines = whole[rows] + 2
    _refuse_repeats(data, study, (entities, entity), (periods, period), lines)
    made = {item.name for item in study.derived}
    columns = {name: data.optional_numbers(name, study.missing)[rows] for name in raw_columns(study)}
    for name in made & set(data.columns):
        raise StudyError(f"{study.path.name}: [derive].{name}: there is a column of that name in {data.file} already")
    groups = _groups(study, data, (entities, entity), rows, lines)
    labels = {name: data.labels(name)[1][rows] for name in cluster_columns(study)}
    table = Table(entities, periods, entity, period, columns, groups, labels, lines)
    for item in study.derived:
        columns[item.name] = _derive(study, table, item)
    return table


def _kept(names: Names, codes: Codes) -> tuple[Names, Codes]:
    """The names that are still there, and each row's place among them."""
    found, places = np.unique(codes, return_inverse=True)
    return tuple(names[at] for at in found), places.astype(np.intp)


def _in_time(name: str) -> tuple[float, str]:
    """Numbers by value, then other names by text."""
    try:
        return float(name), ""
    except ValueError:
        return math.inf, name


def raw_columns(study: PanelStudy) -> tuple[str, ...]:
    """The columns of numbers that a study reads from its file."""
    made = {item.name for item in study.derived}
    wanted = dict.fromkeys([*study.used, *(column for item in study.derived for column in item.columns)])
    return tuple(name for name in wanted if name not in made)


def cluster_columns(study: PanelStudy) -> tuple[str, ...]:
    """The columns of names that errors are clustered by."""
    known = {"entity", "period", "group"}
    return tuple(dict.fromkeys(item.cluster for item in study.estimates if item.cluster not in known))


def _refuse_repeats(
    data: Data, study: PanelStudy, entity: tuple[Names, Codes], period: tuple[Names, Codes], lines: Codes
) -> None:
    """Refuse an entity that stands twice in a period, naming both rows."""
    keys = entity[1] * len(period[0]) + period[1]
    order = np.argsort(keys, kind="stable")
    repeated = np.flatnonzero(np.diff(keys[order]) == 0)
    if len(repeated):
        at = repeated[np.argmin(order[repeated + 1])]
        first, again = int(order[at]), int(order[at + 1])
        raise StudyError(
            f"{data.file}: columns “{study.entity}” and “{study.period}”, row {lines[again]}: "
            f"{entity[0][entity[1][again]]} in {period[0][period[1][again]]} stands in row {lines[first]} already"
        )


def _groups(
    study: PanelStudy, data: Data, named: tuple[Names, Codes], rows: Codes | slice, lines: Codes
) -> Names | None:
    """The group of each entity."""
    entities, entity = named
    if study.group is None:
        return None
    if study.group == CHINA and CHINA not in data.columns:
        return regions_of_china(entities)
    names, whole = data.labels(study.group)
    codes = whole[rows]
    first = np.empty(len(entities), dtype=np.intp)
    first[entity[::-1]] = np.arange(len(entity))[::-1]
    other = np.flatnonzero(codes != codes[first][entity])
    if len(other):
        row = int(other[0])
        at = int(entity[row])
        raise StudyError(
            f"{data.file}: column “{study.group}”, row {lines[row]}: {entities[at]} is in “{names[codes[row]]}” here "
            f"and in “{names[codes[first[at]]]}” before"
        )
    return tuple(names[at] for at in codes[first])


def _derive(study: PanelStudy, table: Table, item: Derived) -> Floats:
    where = f"{study.path.name}: [derive].{item.name}"
    for name in item.columns:
        if name not in table.columns:
            raise StudyError(f"{where}: “{name}” must be made before it is used")
    values = table.columns[item.columns[0]]
    makers: dict[Operation, Callable[[], Floats]] = {
        "log": lambda: _logarithm(table, values, item, where),
        "log1p": lambda: _logarithm(table, values, item, where),
        "square": lambda: values**2,
        "standardise": lambda: _standardised(values, item, where),
        "lag": lambda: table.before(values, item.lag),
        "difference": lambda: values - table.before(values, item.lag),
        "winsorise": lambda: winsorised(values, item.limits),
        "interaction": lambda: _product(values, table.columns[item.columns[1]], centre=item.centre),
        "peer": lambda: _peers(table, values, item),
    }
    return makers[item.operation]()


def _logarithm(table: Table, values: Floats, item: Derived, where: str) -> Floats:
    low = 0.0 if item.operation == "log" else -1.0
    bad = np.flatnonzero(values <= low)
    if len(bad):
        row = int(bad[0])
        hint = "; log1p takes zero" if item.operation == "log" and values[row] == 0 else ""
        raise StudyError(
            f"{where}: column “{item.columns[0]}”, row {table.lines[row]}: {values[row]:g} has no logarithm{hint}"
        )
    return np.log(values) if item.operation == "log" else np.log1p(values)


def _standardised(values: Floats, item: Derived, where: str) -> Floats:
    known = values[np.isfinite(values)]
    spread = float(known.std(ddof=1)) if len(known) > 1 else 0.0
    if not spread > 0:
        raise StudyError(f"{where}: “{item.columns[0]}” does not vary")
    found: Floats = (values - known.mean()) / spread
    return found


def _product(values: Floats, other: Floats, *, centre: bool) -> Floats:
    if not centre:
        return values * other
    if not np.isfinite(values * other).any():
        return values * other
    found: Floats = (values - np.nanmean(values)) * (other - np.nanmean(other))
    return found


def _peers(table: Table, values: Floats, item: Derived) -> Floats:
    means = peer_means(weights(item, table.entities, table.groups), table.wide(values))[table.entity, table.period]
    return table.before(means, item.lag) if item.lag else means


def winsorised(values: Floats, limits: tuple[float, float]) -> Floats:
    """Values beyond the percentiles set to them."""
    if not np.isfinite(values).any():
        return values
    low, high = np.nanpercentile(values, limits)
    return np.clip(values, low, high)


@dataclass(frozen=True)
class Sample:
    """The complete rows of one model."""

    panel: Panel
    rows: Codes
    """Of the table."""
    left_out: int
    """Rows with something missing."""
    singletons: tuple[str, ...]
    """Entities or periods with one row, under effects that they then fit perfectly."""
    singletons_dropped: bool


def make_sample(
    table: Table,
    outcome: str,
    regressors: tuple[str, ...],
    effects: Effects,
    singletons: Singletons,
    among: Flags | None = None,
) -> Sample:
    """Rows without missing values, among those asked for; singletons kept or dropped until none is left."""
    used = [table.columns[name] for name in (outcome, *regressors)]
    complete = np.isfinite(used[0])
    for values in used[1:]:
        complete &= np.isfinite(values)
    asked = np.ones(table.rows, dtype=bool) if among is None else among
    rows = np.flatnonzero(complete & asked)
    if not len(rows):
        counts = [int(np.isnan(values[asked]).sum()) for values in used]
        most = max(range(len(counts)), key=counts.__getitem__)
        raise StudyError(
            f"no row has all of {', '.join((outcome, *regressors))}; “{(outcome, *regressors)[most]}” is missing in "
            f"{counts[most]} of {int(asked.sum())} rows"
        )
    left_out = int((asked & ~complete).sum())
    alone: dict[str, None] = {}
    while effects in FIXED and len(rows):
        single = _single(table, rows, effects)
        alone |= dict.fromkeys(name for flags, names in single for name in names)
        keep = np.ones(len(rows), dtype=bool)
        for flags, _ in single:
            keep &= ~flags
        if singletons == "keep" or keep.all():
            break
        rows = rows[keep]
    y = used[0][rows]
    x = np.asfortranarray(np.column_stack([values[rows] for values in used[1:]]))
    entity, _ = _dense(table.entity[rows])
    period, places = _dense(table.period[rows])
    panel = Panel(y, x, regressors, entity, period, places)
    return Sample(panel, rows, left_out, tuple(alone), singletons == "drop" and bool(alone))


def _single(table: Table, rows: Codes, effects: Effects) -> list[tuple[Flags, list[str]]]:
    found = []
    sides = [(table.entity, table.entities)] if effects != "time" else []
    sides += [(table.period, table.periods)] if effects != "entity" else []
    for codes, names in sides:
        here = codes[rows]
        flags = np.bincount(here, minlength=len(names))[here] == 1
        found.append((flags, [names[at] for at in here[flags]]))
    return found


def _dense(codes: Codes) -> tuple[Groups, Codes]:
    """Groups without gaps, and the code each stands for."""
    found, dense = np.unique(codes, return_inverse=True)
    return Groups(dense.astype(np.intp), len(found)), found.astype(np.intp)
