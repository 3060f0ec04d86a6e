"""The whole analysis of an index study: what an engine aggregates, and the rules applied to it."""

import tempfile
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tongban.observatory.errors import StudyError
from tongban.observatory.indices import benchmark as bench
from tongban.observatory.indices import published as pub
from tongban.observatory.indices import transitions as trans
from tongban.observatory.indices.aggregate import Entities, Facts, Outline
from tongban.observatory.indices.convergence import Converged, beta, spread
from tongban.observatory.indices.engine import EngineName, running
from tongban.observatory.indices.levels import Levels
from tongban.observatory.indices.request import (
    BenchmarkRequest,
    IndexStudy,
    LevelTableRequest,
    PublishedRequest,
    SampleRule,
    TransitionRequest,
)
from tongban.observatory.indices.sample import Members, Sample, read_members
from tongban.observatory.indices.source import Source, duplicate, prepare
from tongban.observatory.indices.stages import Stages, stages
from tongban.observatory.indices.transitions import Grid
from tongban.observatory.study.common import Progress, no_progress
from tongban.observatory.study.data import read_data

MOST_LISTED = 10_000
"""Entities are named in results up to this many; beyond, rows have counts alone."""


@dataclass(frozen=True)
class LevelTable:
    """Entities by level in every period, the lowest level first."""

    request: LevelTableRequest
    counts: Mapping[int, tuple[int, ...]]


@dataclass(frozen=True)
class Transitions:
    """Moves by one rule: from and to, the ways of those who rose, and who moved how."""

    request: TransitionRequest
    periods: tuple[int, ...]
    moves: tuple[trans.Group, ...]
    """Keys are (start, end), and for the rule any-path the whole path, levels from 1."""
    risers: tuple[trans.Group, ...]
    """Keys are the ways up of those whose end by the rule is above their start."""
    movement: Mapping[str, trans.Group]
    steps: Mapping[tuple[int, int], int]
    """Moves from one period to the next, all periods together."""
    raised: int
    unchanged: int
    lowered: int
    without: int
    """Entities without a level where the rule needs one."""


@dataclass(frozen=True)
class Analysis:
    study: IndexStudy
    engine_packages: tuple[str, ...]
    rows: int
    periods: tuple[int, ...]
    sample: Sample
    labels: Mapping[str, tuple[str, str]]
    """Names of entities for people, Chinese and English, where the study gives any."""
    level_tables: tuple[LevelTable, ...]
    transitions: tuple[Transitions, ...]
    paths: Mapping[str, tuple[int, ...]]
    """Of every entity, its levels of the first index by period; empty where there are too many."""
    composite_gap: Mapping[int, float]
    benchmarks: tuple[bench.Benchmark, ...]
    convergence: tuple[Converged, ...]
    stages: tuple[Stages, ...]
    published: tuple[pub.Published, ...]


def analyse(study: IndexStudy, engine: EngineName = "duckdb", progress: Progress = no_progress) -> Analysis:
    """Everything the study asks for.

    Raises:
        StudyError: The study or its data cannot be used; the message is one sentence.
    """
    with tempfile.TemporaryDirectory(prefix="tongban-index-") as name:
        folder = Path(name)
        progress("reading and checking rows", 0, 8)
        source = prepare(study, folder)
        rule = study.sample
        members = read_members(rule.file, study.entity, rule.column, folder) if rule.file else None
        with running(engine, folder) as started:
            place = study.columns.index(study.composite.index if study.composite else study.indices[0])
            facts = Facts(started, source, study.sample, place, folder)
            if members is not None:
                started.read("members", members.parquet)
            return _Work(study, facts, source, members, progress).done(started.packages)


class _Work:
    """One pass through a study; every step asks the engine for an aggregate and applies a rule."""

    def __init__(
        self,
        study: IndexStudy,
        facts: Facts,
        source: Source,
        members: Members | None,
        progress: Progress,
    ) -> None:
        self.study = study
        self.facts = facts
        self.source = source
        self.members = members
        self.progress = progress
        self.steps = 0
        self.grids: dict[str, tuple[list[str] | None, Grid, trans.Counts]] = {}
        self.counted: dict[LevelTableRequest, dict[int, tuple[int, ...]]] = {}

    def tell(self, what: str) -> None:
        self.steps += 1
        self.progress(what, self.steps, 8)

    def at(self, column: str) -> int:
        return self.study.columns.index(column)

    def done(self, packages: tuple[str, ...]) -> Analysis:
        study = self.study
        self.outline: Outline = self.facts.outline()
        self.periods = self._periods()
        self._check_windows()
        self.tell("paths of entities")
        self.entities = self._entities()
        if self.facts.has_duplicate(self.periods):
            raise duplicate(self.source, study, self.periods)
        sample = self._sample()
        self.named = sample.names
        self.tell("levels")
        self._count([*study.level_tables, *(stage.counts for stage in study.stages), *self._explained()])
        tables = tuple(self._level_table(request) for request in study.level_tables)
        self.tell("transitions")
        moves = tuple(self._transitions(request) for request in study.transitions)
        self.tell("benchmarks")
        composite_gap = self._composite_gap()
        benchmarks = tuple(self._benchmark(request) for request in study.benchmarks)
        self.tell("convergence")
        converged = self._convergence()
        self.tell("stages")
        cut = tuple(
            stages(request, self._counts(request.counts), self._within(request.first, request.last))
            for request in study.stages
        )
        self.tell("published tables")
        checked = tuple(self._published(request) for request in study.published)
        labels = self._labels(sample)
        return Analysis(
            study=study,
            engine_packages=packages,
            rows=self.source.rows,
            periods=self.periods,
            sample=sample,
            labels=labels,
            level_tables=tables,
            transitions=moves,
            paths=self._paths(),
            composite_gap=composite_gap,
            benchmarks=benchmarks,
            convergence=converged,
            stages=cut,
            published=checked,
        )

    def _periods(self) -> tuple[int, ...]:
        found = self.outline.periods
        if self.study.periods is None:
            return found
        for period in self.study.periods:
            if period not in found:
                raise StudyError(
                    f"{self.study.path.name}: [data]: the data have no {self.study.period} {period}; there are "
                    f"{', '.join(map(str, found))}"
                )
        return self.study.periods

    def _check_windows(self) -> None:
        """Every period a section names must be in the data."""
        study = self.study
        sections = [("transitions", item.first, item.last) for item in study.transitions]
        sections += [("benchmark", item.first, item.last) for item in study.benchmarks]
        sections += [("stages", item.first, item.last) for item in study.stages]
        sections += [("published", item.first, item.last) for item in study.published]
        if study.convergence:
            sections.append(("convergence", study.convergence.first, study.convergence.last))
        for name, *ends in sections:
            for period in ends:
                if period is not None and period not in self.periods:
                    raise StudyError(
                        f"{study.path.name}: [[{name}]]: there is no {study.period} {period}; there are "
                        f"{', '.join(map(str, self.periods))}"
                    )
            if len(self._within(*ends)) < 2 and name not in {"benchmark", "published"}:  # noqa: PLR2004 - a move needs two
                raise StudyError(f"{study.path.name}: [[{name}]]: two periods at least are needed")

    def _within(self, first: int | None, last: int | None) -> tuple[int, ...]:
        return tuple(
            period for period in self.periods if (first is None or period >= first) and (last is None or period <= last)
        )

    def _entities(self) -> Entities:
        study = self.study
        wanted = [request.index for request in study.transitions]
        wanted += [
            request.index
            for request in study.published
            if request.what in {"transitions", "entities"} and request.index
        ]
        wanted.append(study.indices[0])
        columns = [(self.at(name), study.levels) for name in dict.fromkeys(wanted)]
        balanced_on = [self.at(name) for name in study.sample.balanced_on]
        members = "members" if study.sample.file else None
        return self.facts.keep_entities(self.periods, columns, balanced_on, members)

    def _sample(self) -> Sample:
        count = self.facts.entity_count()
        if not count:
            raise StudyError(f"{self.study.path.name}: [data]: the sample rule leaves no entity")
        members = self.members
        names = tuple(self.facts.entity_names()) if count <= MOST_LISTED else None
        known = set(names or ())
        rule: SampleRule = self.study.sample
        left_out = tuple(self.facts.left_out(MOST_LISTED)) if rule.balanced else ()
        holes: dict[str, list[int]] = defaultdict(list)
        if rule.missing is not None or rule.empty_is_missing:
            for entity, period in self.facts.unsurveyed(MOST_LISTED):
                holes[entity].append(period)
        return Sample(
            in_data=self._in_data(),
            entities=count,
            names=names,
            flag=members.flag if members else None,
            flags=members.flags if members else (),
            not_in_data=tuple(sorted(set(members.names) - known - set(left_out))) if members and names else (),
            unbalanced=left_out,
            unbalanced_count=self.facts.entity_count(before_balance=True) - count if rule.balanced else 0,
            unsurveyed=tuple((entity, tuple(periods)) for entity, periods in holes.items()),
        )

    def _in_data(self) -> int:
        """Entities in the data; those already aggregated are all where neither a list nor periods were chosen."""
        if self.members is None and self.periods == self.outline.periods:
            return self.facts.entity_count(before_balance=True)
        return self.facts.all_entity_count()

    def _count(self, requests: Sequence[LevelTableRequest]) -> None:
        """Count what has not been counted yet, in one pass over the rows."""
        new = [request for request in dict.fromkeys(requests) if request not in self.counted]
        found = self.facts.level_counts([(self.at(each.index), each.levels, each.weights) for each in new])
        self.counted |= dict(zip(new, found, strict=True))

    def _counts(self, request: LevelTableRequest) -> dict[int, tuple[int, ...]]:
        self._count([request])
        return self.counted[request]

    def _explained(self) -> list[LevelTableRequest]:
        """The tables that published counts of levels are held against."""
        found = []
        for request in self.study.published:
            for levels in (self.study.levels, self.study.levels.other_side()) if request.what == "levels" else ():
                found += [LevelTableRequest(index, levels) for index in self.study.indices]
                found += [
                    LevelTableRequest(index, levels, ((period, weight),))
                    for period, own in request.explain.items()
                    for index, weight in own.items()
                ]
        return found

    def _level_table(self, request: LevelTableRequest) -> LevelTable:
        return LevelTable(request, self._counts(request))

    def _grid(self, index: str) -> tuple[list[str] | None, Grid, trans.Counts]:
        """Paths of an index with how many took each; with the entity's name, one a path, where they can be named."""
        if index not in self.grids:
            place, levels = self.at(index), self.study.levels
            if self.named is None:
                self.grids[index] = (None, *self.facts.path_counts(self.entities, place, levels))
            else:
                names, grid = self.facts.entity_paths(self.entities, place, levels)
                self.grids[index] = names, grid, np.ones(len(names), dtype=np.int64)
        return self.grids[index]

    def _paths(self) -> dict[str, tuple[int, ...]]:
        if self.named is None:
            return {}
        names, grid, _ = self._grid(self.study.indices[0])
        return {name: tuple(map(int, row)) for name, row in zip(names or (), grid, strict=True)}

    def _transitions(self, request: TransitionRequest) -> Transitions:
        within = self._within(request.first, request.last)
        names, whole, counts = self._grid(request.index)
        grid = whole[:, [self.periods.index(period) for period in within]]
        found = trans.ends(grid, request.rule)
        there = found.start > 0
        keys = trans.move_keys(grid) if request.rule == "any-path" else trans.end_keys(found)
        classes = {
            name: trans.group((), np.flatnonzero(chosen & there), counts, names)
            for name, chosen in trans.movement(grid).classes()
        }
        up, down = found.end > found.start, found.end < found.start
        return Transitions(
            request=request,
            periods=within,
            moves=trans.groups(keys, there, counts, names),
            risers=trans.groups(trans.climbs(grid), there & up, counts, names),
            movement=classes,
            steps=trans.steps(grid, counts),
            raised=int(counts[there & up].sum()),
            unchanged=int(counts[there & ~up & ~down].sum()),
            lowered=int(counts[there & down].sum()),
            without=int(counts[~there].sum()),
        )

    def _composite_gap(self) -> dict[int, float]:
        composite = self.study.composite
        if composite is None or not composite.parts:
            return {}
        weights = {period: composite.weights_of(period) for period in self.periods}
        return self.facts.composite_gap([self.at(part) for part in composite.parts], weights)

    def _benchmark(self, request: BenchmarkRequest) -> bench.Benchmark:
        study = self.study
        within = self._within(request.first, request.last)
        peers = request.peers or self._leaders(request, within)
        values = self._values((request.entity, *peers))
        for name in (request.entity, *peers):
            if not any((name, period) in values for period in within):
                raise StudyError(
                    f"{study.path.name}: [[benchmark]]: {study.entity} “{name}” is not in {study.data_file.name}"
                )
        order = (request.entity, *peers)
        there = {index: self._by_period(order, index, within, values) for index in request.indices}
        ranks = self._ranks(order, there)
        gaps: list[bench.Gap] = []
        shown: list[bench.PeerValue] = []
        closings = []
        for index, by_period in there.items():
            mine, listed = bench.gaps_to_peers(order, index, by_period, ranks)
            gaps += mine
            shown += listed
            groups = {period: list(known.values()) for period, known in by_period.items()}
            found = bench.closing(index, mine, groups)
            closings += [found] if found else []
        composite = study.composite
        decomposed = bench.decompose(gaps, composite, within) if composite else ()
        return bench.Benchmark(
            request=request,
            peers=peers,
            periods=within,
            values=tuple(shown),
            gaps=tuple(gaps),
            decomposed=decomposed,
            closing=tuple(closings),
            components=tuple(
                line for file in request.components for line in self._components(file, request.entity, peers)
            ),
        )

    def _leaders(self, request: BenchmarkRequest, within: Sequence[int]) -> tuple[str, ...]:
        found = self.facts.always_top(self.at(self.study.indices[0]), self.study.levels, within)
        leaders = tuple(name for name in found if name != request.entity)
        if not leaders:
            raise StudyError(
                f"{self.study.path.name}: [[benchmark]]: nobody was in the top level in every period; name the peers"
            )
        if len(leaders) > MOST_LISTED:
            raise StudyError(
                f"{self.study.path.name}: [[benchmark]]: {len(leaders)} leaders are too many to compare; name the peers"
            )
        return leaders

    def _values(self, names: Sequence[str]) -> dict[tuple[str, int], tuple[float | None, ...]]:
        """Values of these entities where they were surveyed."""
        missing, place = self.study.sample.missing, self.facts.composite
        return {
            (row[0], row[1]): tuple(row[2:])
            for row in self.facts.values_of(names)
            if row[2 + place] is not None and row[2 + place] != missing
        }

    def _by_period(
        self,
        names: Sequence[str],
        index: str,
        within: Sequence[int],
        values: Mapping[tuple[str, int], Sequence[float | None]],
    ) -> dict[int, dict[str, float]]:
        """By period: the values of those who have one."""
        place = self.at(index)
        found: dict[int, dict[str, float]] = {}
        for period in within:
            for name in names:
                value = values[name, period][place] if (name, period) in values else None
                if value is not None:
                    found.setdefault(period, {})[name] = value
        return found

    def _ranks(self, order: Sequence[str], there: Mapping[str, Mapping[int, Mapping[str, float]]]) -> bench.Ranks:
        """How many surveyed entities are ahead of each of `order`, by index, in the sample and in all data."""
        places = {index: self.at(index) for index in there}
        marks = {
            period: {
                place: [there[index].get(period, {}).get(name, 0.0) for name in order]
                for index, place in places.items()
            }
            for period in sorted({period for by_period in there.values() for period in by_period})
        }
        in_sample = self.facts.ahead(marks, sample=True)
        whole = self.study.sample.file is None and not self.study.sample.balanced
        in_all = in_sample if whole else self.facts.ahead(marks, sample=False)
        return bench.Ranks(places, in_sample, in_all)

    def _components(self, file: Path, entity: str, peers: Sequence[str]) -> list[bench.Component]:
        table = read_data(file)
        period_column = next(
            (name for name in (self.study.period, "period", "year") if name in table.columns), "period"
        )
        periods = table.numbers(period_column)
        names = table.names("component")
        chinese = table.names("component_zh") if "component_zh" in table.columns else names
        columns = {name: table.numbers(name) for name in (entity, *peers)}
        lines = []
        for at, (period, both) in enumerate(zip(periods, zip(chinese, names, strict=True), strict=True)):
            values = {name: float(column[at]) for name, column in columns.items()}
            lines.append(bench.component(table.file, int(period), both, values, entity, peers))
        return lines

    def _convergence(self) -> tuple[Converged, ...]:
        request = self.study.convergence
        if request is None:
            return ()
        within = self._within(request.first, request.last)
        columns = [self.at(name) for name in request.indices]
        rows = sum(self.outline.rows)
        spreads = self.facts.moments(columns, self.outline.largest, rows)
        if not any(row[1] > 1 and row[0] in within for row in spreads[columns[0]]):
            raise StudyError(f"{self.study.path.name}: [convergence]: no {self.study.period} has two surveyed entities")
        crossed = self.facts.cross_moments(columns, self.outline.largest, rows, within[0], within[-1])
        return tuple(
            Converged(
                name,
                spread([row for row in spreads[column] if row[0] in within and row[1] > 1]),
                beta(crossed[column], within[0], within[-1]),
            )
            for name, column in zip(request.indices, columns, strict=True)
        )

    def _published(self, request: PublishedRequest) -> pub.Published:
        study = self.study
        table = read_data(request.file)
        if request.what == "facts":
            return pub.transcribed(request, table)
        if request.what == "levels":

            def check(levels: Levels) -> pub.Published:
                def counts(index: str, period: int, weight: float) -> tuple[int, ...] | None:
                    weights = ((period, weight),) if weight != 1 else ()
                    return self._counts(LevelTableRequest(index, levels, weights)).get(period)

                return pub.check_levels(request, table, study.period, study.indices, levels, counts)

            sides = (study.levels, study.levels.other_side())
            found_by = [check(levels) for levels in sides]
            sums = [(levels.range(levels.top), each.off) for levels, each in zip(sides, found_by, strict=True)]
            return replace(found_by[0], bounds=tuple(sums))
        if request.what == "values":
            found = self._values(table.names("entity"))
            values = {
                (entity, period, index): value
                for (entity, period), row in found.items()
                for index in study.indices
                if (value := row[self.at(index)]) is not None
            }
            return pub.check_values(request, table, study.period, study.indices, values)
        index = request.index or study.indices[0]
        moves = self._transitions(TransitionRequest(index, request.first, request.last, request.rule))
        if request.what == "transitions":
            counted: Counter[tuple[int, int]] = Counter()
            for group in moves.moves:
                counted[group.key[0], group.key[-1]] += group.count
            return pub.check_transitions(request, table, study.levels, counted)
        names, whole, _ = self._grid(index)
        if names is None:
            raise StudyError(f"{table.file}: named entities are checked in samples of at most {MOST_LISTED} entities")
        grid = whole[:, [self.periods.index(period) for period in moves.periods]]
        found_ends = trans.ends(grid, request.rule)
        own = {
            name: pub.EntityMove(int(start), int(end), trans.moves(row))
            for name, row, start, end in zip(names, grid, found_ends.start, found_ends.end, strict=True)
            if start
        }
        return pub.check_entities(request, table, study.levels, own)

    def _labels(self, sample: Sample) -> dict[str, tuple[str, str]]:
        study = self.study
        found: dict[str, tuple[str, str]] = {}
        if study.label_column is not None and sample.entities <= MOST_LISTED:
            found = {name: (label, label) for name, label in self.facts.labels(self.periods).items()}
        if study.names_file is not None:
            table = read_data(study.names_file)
            entities, zh, en = table.names(study.entity), table.names("zh"), table.names("en")
            found |= {name: (a, b) for name, a, b in zip(entities, zh, en, strict=True)}
        return found
