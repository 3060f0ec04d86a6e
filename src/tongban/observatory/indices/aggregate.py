"""What an engine is asked for: every expression over the rows, written once for all engines.

Sums that must be equal on every engine are sums of whole numbers. A path of levels is one number an entity: digit k, in
base levels + 1, is the level in period k, 0 where there is none; a path longer than 30 bits takes several numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import numpy.typing as npt

from tongban.observatory.errors import StudyError
from tongban.observatory.indices.engine import Engine, Row
from tongban.observatory.indices.levels import Levels
from tongban.observatory.indices.request import SampleRule
from tongban.observatory.indices.source import Source, write_small
from tongban.observatory.indices.transitions import Grid

Expression = Any
"""An Ibis value or table: their types say little that helps here."""

BITS = 30
"""Of a mask or a path in one number: 2^33 rows of one entity still fit into 64 bits, so duplicates never overflow."""

Graded = tuple[int, Levels, tuple[tuple[int, float], ...]]
"""A column, its levels, and the weights of some periods."""


def facts_table(source: Source) -> Expression:
    """The rows as they lie in the file: `e` (text), `p`, `v0`, `v1`, …, all typed."""
    kinds: dict[str, str] = {source.entity: "string" if source.entity_is_text else "int64", source.period: "int64"}
    kinds |= dict.fromkeys(source.values, "float64")
    if source.label:
        kinds[source.label] = "string"
    raw = ibis.table(kinds, name="raw")
    chosen = {"e": raw[source.entity].cast("string"), "p": raw[source.period].cast("int64")}
    chosen |= {f"v{at}": raw[name].cast("float64") for at, name in enumerate(source.values)}
    if source.label:
        chosen["label"] = raw[source.label]
    return raw.select(**chosen)


@dataclass(frozen=True)
class Outline:
    """A first look at the rows: the periods, the rows of each, and the largest absolute value of each column."""

    periods: tuple[int, ...]
    rows: tuple[int, ...]
    largest: tuple[float, ...]


@dataclass(frozen=True)
class Entities:
    """One row an entity, kept by the engine: how often it was surveyed, and its paths."""

    periods: tuple[int, ...]
    paths: Mapping[tuple[int, Levels], tuple[str, ...]]
    """Of a column and its levels: the columns that hold the digits of the path."""


class Facts:
    """The rows of a study on an engine."""

    def __init__(self, engine: Engine, source: Source, rule: SampleRule, composite: int, folder: Path) -> None:
        """`composite` is the place of the index by which a report is surveyed or not; `folder` is for small tables."""
        self.folder = folder
        self.tables = 0
        self.engine = engine
        self.rule = rule
        self.composite = composite
        self.columns = len(source.values)
        engine.read("raw", source.parquet)
        engine.view("facts", facts_table(source))
        self.kinds = {"e": "string", "p": "int64"} | {f"v{at}": "float64" for at in range(self.columns)}
        if source.label:
            self.kinds["label"] = "string"

    def _table(self, name: str, kinds: Mapping[str, str] | None = None) -> Expression:
        return ibis.table(dict(kinds or self.kinds), name=name)

    def outline(self) -> Outline:
        facts = self._table("facts")
        largest = {f"m{at}": facts[f"v{at}"].abs().max() for at in range(self.columns)}
        rows = self.engine.rows(facts.group_by("p").agg(n=facts.count(), **largest).order_by("p"))
        top = tuple(max((row[2 + at] or 0.0) for row in rows) for at in range(self.columns))
        return Outline(tuple(row[0] for row in rows), tuple(row[1] for row in rows), top)

    def surveyed(self, table: Expression, column: int | None = None) -> Expression:
        """Whether a row has a report: its composite (or the column given) is there and is not the value for missing."""
        value = table[f"v{self.composite if column is None else column}"]
        found = value.notnull()
        return found if self.rule.missing is None else found & (value != self.rule.missing)

    def keep_entities(
        self,
        periods: Sequence[int],
        wanted: Sequence[tuple[int, Levels]],
        balanced_on: Sequence[int],
        sample: str | None,
    ) -> Entities:
        """Aggregate the rows of the sample to one row an entity, `entities`; `sample` names a table of members."""
        facts = self._table("facts")
        rows = facts.filter(facts["p"].isin(list(periods)))
        if sample is not None:
            rows = rows.semi_join(self._table(sample, {"e": "string"}), "e")
        columns: dict[str, Expression] = {"n": rows.count()}
        for name, chunk in _chunks(periods, BITS, "mask"):
            columns[name] = _digit(rows, chunk, 2, 1).sum().cast("int64")
        present = reduce(lambda a, b: a & b, [self.surveyed(rows, column) for column in balanced_on])
        columns["reports"] = present.ifelse(1, 0).cast("int64").sum()
        paths: dict[tuple[int, Levels], tuple[str, ...]] = {}
        for at, (column, levels) in enumerate(wanted):
            base = levels.top + 1
            names = []
            for name, chunk in _chunks(periods, _digits(base), f"path{at}_"):
                columns[name] = _digit(rows, chunk, base, self.level(rows, column, levels)).sum().cast("int64")
                names.append(name)
            paths[column, levels] = tuple(names)
        self.engine.keep("all_entities", rows.group_by("e").agg(**columns))
        self.entity_kinds = {"e": "string"} | dict.fromkeys(columns, "int64")
        kept = self._table("all_entities", self.entity_kinds)
        if self.rule.balanced:
            kept = kept.filter(kept["reports"] == len(periods))
        self.engine.view("entities", kept)
        sampled = rows.semi_join(self._table("entities", self.entity_kinds), "e") if self.rule.balanced else rows
        self.engine.view("sampled", sampled)
        return Entities(tuple(periods), paths)

    def has_duplicate(self, periods: Sequence[int]) -> bool:
        """Whether an entity stands twice in a period: its mask, a sum of powers of two, then has too few ones."""
        table = self._table("all_entities", self.entity_kinds)
        ones = [
            (table[name] // 2**bit) % 2 for name, chunk in _chunks(periods, BITS, "mask") for bit in range(len(chunk))
        ]
        return bool(self.engine.rows(table.filter(reduce(add, ones) != table["n"]).select("e").limit(1)))

    def level(
        self, table: Expression, column: int, levels: Levels, weights: Sequence[tuple[int, float]] = ()
    ) -> Expression:
        """The level of a column in a row, 0 where there is none."""
        value = table[f"v{column}"]
        if weights:
            factors = [(table["p"] == period, ibis.literal(weight, "float64")) for period, weight in weights]
            value = value * ibis.cases(*factors, else_=ibis.literal(1.0, "float64"))
        level = ibis.literal(1, "int64")
        for bound, side in zip(levels.bounds, levels.inclusive, strict=True):
            passed = value >= bound if side == "lower" else value > bound
            level = level + passed.ifelse(1, 0)
        if self.rule.not_surveyed == "leave_out":
            return (value.isnull() | ~self.surveyed(table)).ifelse(0, level)
        without = table[f"v{column}"].isnull()
        if self.rule.missing is not None:
            without = without | (table[f"v{column}"] == self.rule.missing)
        return without.ifelse(1, level)

    def level_counts(self, wanted: Sequence[Graded]) -> list[dict[int, tuple[int, ...]]]:
        """Of each column with its levels and weights, by period: entities by level, the lowest first. One pass."""
        if not wanted:
            return []
        table = self._table("sampled")
        levels = {f"l{at}": self.level(table, *graded) for at, graded in enumerate(wanted)}
        graded = table.select("p", **levels)
        counts = {
            f"n{at}_{level}": (graded[f"l{at}"] == level).ifelse(1, 0).cast("int64").sum()
            for at, (_, own, _) in enumerate(wanted)
            for level in range(1, own.top + 1)
        }
        found: list[dict[int, tuple[int, ...]]] = [{} for _ in wanted]
        for period, *sums in self.engine.rows(graded.group_by("p").agg(**counts).order_by("p")):
            rest = iter(sums)
            for table_counts, (_, own, _) in zip(found, wanted, strict=True):
                table_counts[period] = tuple(int(next(rest)) for _ in range(own.top))
        return found

    def entity_count(self, *, before_balance: bool = False) -> int:
        """Entities of the sample, or before the balance rule left some out."""
        table = self._table("all_entities" if before_balance else "entities", self.entity_kinds)
        return int(self.engine.rows(table.agg(n=table.count()))[0][0])

    def all_entity_count(self) -> int:
        """Entities in the data, before any sample."""
        table = self._table("facts")
        distinct = table.select("e").distinct()
        return int(self.engine.rows(distinct.agg(n=distinct.count()))[0][0])

    def left_out(self, limit: int) -> list[str]:
        """Entities the balance rule leaves out."""
        table = self._table("all_entities", self.entity_kinds)
        return [
            row[0]
            for row in self.engine.rows(table.anti_join(self._kept(), "e").select("e").order_by("e").limit(limit))
        ]

    def _kept(self) -> Expression:
        return self._table("entities", self.entity_kinds)

    def entity_names(self) -> list[str]:
        return [row[0] for row in self.engine.rows(self._kept().select("e").order_by("e"))]

    def unsurveyed(self, limit: int) -> list[tuple[str, int]]:
        """Entities of the sample and periods in which they have no report."""
        table = self._table("sampled")
        found = table.filter(~self.surveyed(table)).select("e", "p").order_by(["e", "p"]).limit(limit)
        return [(row[0], row[1]) for row in self.engine.rows(found)]

    def path_counts(self, entities: Entities, column: int, levels: Levels) -> tuple[Grid, npt.NDArray[np.int64]]:
        """The distinct paths, and how many entities took each."""
        names = list(entities.paths[column, levels])
        kept = self._kept()
        rows = self.engine.rows(kept.group_by(names).agg(count=kept.count()).order_by(names))
        return self._grid(entities, levels, rows), np.array([row[-1] for row in rows], dtype=np.int64)

    def entity_paths(self, entities: Entities, column: int, levels: Levels) -> tuple[list[str], Grid]:
        """Every entity with its path."""
        names = list(entities.paths[column, levels])
        rows = self.engine.rows(self._kept().select(*names, "e").order_by("e"))
        return [row[-1] for row in rows], self._grid(entities, levels, rows)

    def always_top(self, column: int, levels: Levels, within: Sequence[int]) -> list[str]:
        """Entities in the top level in each of these periods."""
        table = self._table("sampled")
        top = self.level(table, column, levels) == levels.top
        reports = table.filter(table["p"].isin(list(within)) & top)
        counted = reports.group_by("e").agg(n=reports.count())
        return [
            row[0] for row in self.engine.rows(counted.filter(counted["n"] == len(within)).select("e").order_by("e"))
        ]

    @staticmethod
    def _grid(entities: Entities, levels: Levels, rows: Sequence[Row]) -> Grid:
        base = levels.top + 1
        grid = np.zeros((len(rows), len(entities.periods)), dtype=np.int8)
        for chunk, (_, periods) in enumerate(_chunks(entities.periods, _digits(base), "")):
            codes = np.array([row[chunk] for row in rows], dtype=np.int64)
            start = chunk * _digits(base)
            for at in range(len(periods)):
                grid[:, start + at] = codes % base
                codes //= base
        return grid

    def values_of(self, names: Sequence[str], *, labels: bool = False) -> list[Row]:
        """Rows of these entities: entity, period, values (or the label instead)."""
        facts = self._table("facts")
        chosen = facts.filter(facts["e"].isin(list(names)))
        columns = ["label"] if labels else [f"v{at}" for at in range(self.columns)]
        return self.engine.rows(chosen.select("e", "p", *columns).order_by(["e", "p"]))

    def labels(self, periods: Sequence[int]) -> dict[str, str]:
        """The label of every entity in its last report."""
        facts = self._table("facts")
        rows = self.engine.rows(facts.filter(facts["p"] == periods[-1]).select("e", "label"))
        return {row[0]: row[1] for row in rows if row[1]}

    def ahead(
        self, marks: Mapping[int, Mapping[int, Sequence[float]]], *, sample: bool
    ) -> dict[int, tuple[int, dict[int, tuple[int, ...]]]]:
        """By period: the surveyed entities, and by column how many of them have a higher value than each mark.

        `marks[period][column]` has as many values in every period; the rank of a mark is one more than those ahead.
        """
        columns = next(iter(marks.values()))
        names = [f"m{column}_{at}" for column, values in columns.items() for at in range(len(values))]
        lines = [[period, *(value for values in own.values() for value in values)] for period, own in marks.items()]
        self.tables += 1
        table = f"marks{self.tables}"
        kinds = {"period": "bigint"} | dict.fromkeys(names, "double")
        self.engine.read(table, write_small(self.folder / f"{table}.parquet", kinds, lines))
        facts = self._table("sampled" if sample else "facts")
        limits = self._table(table, {"period": "int64"} | dict.fromkeys(names, "float64"))
        rows = facts.filter(self.surveyed(facts)).inner_join(limits, [("p", "period")])
        counts: dict[str, Expression] = {"n": rows.count()}
        for name in names:
            value = rows[f"v{name[1:].partition('_')[0]}"]
            counts[f"c_{name}"] = (value > rows[name]).ifelse(1, 0).cast("int64").sum()
        found: dict[int, tuple[int, dict[int, tuple[int, ...]]]] = {period: (0, {}) for period in marks}
        for row in self.engine.rows(rows.group_by("p").agg(**counts)):
            rest = iter(row[2:])
            found[row[0]] = (
                int(row[1]),
                {column: tuple(int(next(rest)) for _ in values) for column, values in columns.items()},
            )
        for period, (total, own) in found.items():
            if not own:  # nobody of the sample was surveyed then
                found[period] = (total, {column: (0,) * len(values) for column, values in columns.items()})
        return found

    def moments(self, columns: Sequence[int], largest: Sequence[float], rows: int) -> dict[int, list[Row]]:
        """By column: rows of (period, n, sum, sum of squares) over surveyed entities, as exact fractions."""
        table = self._table("sampled")
        reports = table.filter(self.surveyed(table))
        sums: dict[str, Expression] = {"n": reports.count()}
        scales = [_scale(largest[column], rows) for column in columns]
        for at, column in enumerate(columns):
            value = reports[f"v{column}"]
            sums[f"s{at}"], sums[f"q{at}"] = _whole(value, scales[at]), _whole(value * value, scales[at])
        found = self.engine.rows(reports.group_by("p").agg(**sums).order_by("p"))
        return {
            column: [
                (row[0], row[1], Fraction(row[2 + 2 * at] or 0, scales[at]), Fraction(row[3 + 2 * at] or 0, scales[at]))
                for row in found
            ]
            for at, column in enumerate(columns)
        }

    def cross_moments(
        self, columns: Sequence[int], largest: Sequence[float], rows: int, first: int, last: int
    ) -> dict[int, tuple[Fraction, ...]]:
        """By column, over entities surveyed in both periods: n and the sums of x, y, xx, xy, yy (x first, y last)."""
        table = self._table("sampled")
        reports = table.filter(self.surveyed(table) & table["p"].isin([first, last]))
        ends: dict[str, Expression] = {"n": reports.count()}
        for column in columns:
            value = reports[f"v{column}"]
            for name, period in (("x", first), ("y", last)):
                ends[f"{name}{column}"] = (reports["p"] == period).ifelse(value, ibis.null("float64")).max()
        pairs = reports.group_by("e").agg(**ends)
        both = pairs.filter(pairs["n"] == 2)  # noqa: PLR2004 - a report at either end
        sums: dict[str, Expression] = {"n": both.count()}
        scales = [_scale(largest[column], rows) for column in columns]
        for at, column in enumerate(columns):
            x, y = both[f"x{column}"], both[f"y{column}"]
            for name, term in (("x", x), ("y", y), ("xx", x * x), ("xy", x * y), ("yy", y * y)):
                sums[f"{name}{at}"] = _whole(term, scales[at])
        row = self.engine.rows(both.agg(**sums))[0]
        return {
            column: (Fraction(row[0]), *(Fraction(value or 0, scales[at]) for value in row[1 + 5 * at : 6 + 5 * at]))
            for at, column in enumerate(columns)
        }

    def composite_gap(self, parts: Sequence[int], weights: Mapping[int, Sequence[float]]) -> dict[int, float]:
        """By period: the largest absolute difference between the composite and the weighted mean of its parts."""
        table = self._table("sampled")
        reports = table.filter(self.surveyed(table))
        terms = [
            reports[f"v{part}"] * _by_period(reports, {period: own[at] for period, own in weights.items()})
            for at, part in enumerate(parts)
        ]
        gap = (reports[f"v{self.composite}"] - reduce(add, terms)).abs()
        return dict(self.engine.rows(reports.group_by("p").agg(gap=gap.max()).order_by("p")))


def _chunks(periods: Sequence[int], size: int, name: str) -> list[tuple[str, Sequence[int]]]:
    return [(f"{name}{start // size}", periods[start : start + size]) for start in range(0, len(periods), size)]


def _digits(base: int) -> int:
    """How many digits of this base fit."""
    return int(BITS / np.log2(base))


def _digit(table: Expression, periods: Sequence[int], base: int, digit: Expression | int) -> Expression:
    """The digit at the place of the row's period, 0 for other periods."""
    places = ibis.cases(*[(table["p"] == period, base**at) for at, period in enumerate(periods)], else_=0)
    return places.cast("int64") * digit


def _scale(largest: float, rows: int) -> int:
    """A power of two: that many times a value or its square, summed over all rows, stays below 2^62.

    Raises:
        StudyError: The values are so large that their squares alone do not.
    """
    room = 62 - np.log2(max(2, rows)) - 2 * np.log2(max(1.0, largest))
    if room < 0:
        raise StudyError(
            f"[convergence]: values up to {largest:g} in {rows} rows are too large to be summed exactly; "
            "divide them by a power of ten"
        )
    return 1 << max(0, min(50, int(room)))


def _whole(value: Expression, scale: int) -> Expression:
    """The sum of values as whole numbers of 1/scale: the same on every engine and in any order."""
    return (value * ibis.literal(float(scale), "float64") + ibis.literal(0.5, "float64")).floor().cast("int64").sum()


def _by_period(table: Expression, numbers: Mapping[int, float]) -> Expression:
    """The number that belongs to the period of a row; one literal where all periods have the same."""
    if len(set(numbers.values())) == 1:
        return ibis.literal(float(next(iter(numbers.values()))), "float64")
    known = [(table["p"] == period, ibis.literal(float(number), "float64")) for period, number in numbers.items()]
    return ibis.cases(*known, else_=ibis.literal(0.0, "float64"))
