"""The figures of an index study: heat charts of levels and moves, lines, small multiples, ranks and slopes."""

from collections.abc import Iterator, Sequence

from tongban.charts.lines import LineText, Series, bump_chart, line_chart, slope_chart, small_multiples
from tongban.charts.matrix import matrix_chart
from tongban.observatory.indices.analysis import Analysis, LevelTable, Transitions
from tongban.observatory.indices.benchmark import Benchmark
from tongban.observatory.indices.naming import Naming
from tongban.observatory.study.language import Language, pick
from tongban.observatory.study.writer import Figure, OutputTable, Value

MOST_LINES = 9
"""A figure with more lines than this cannot be read: then the mean of the peers stands for them."""


def figures(analysis: Analysis, language: Language) -> list[Figure]:
    """Every figure of the study in reading order."""
    return list(_Figures(analysis, language).all())


class _Figures(Naming):
    def __init__(self, analysis: Analysis, language: Language) -> None:
        super().__init__(analysis, language)
        notice = analysis.study.notice
        self.notice = pick(notice, language) if notice else ""

    def all(self) -> Iterator[Figure]:
        for at, table in enumerate(self.analysis.level_tables, start=1):
            yield self.levels(at, table)
        for at, moves in enumerate(self.analysis.transitions, start=1):
            if moves.moves and moves.request.rule != "any-path":
                yield self.moves(at, moves)
        for at, found in enumerate(self.analysis.benchmarks, start=1):
            yield from self.benchmark(at, found)
        if self.analysis.convergence:
            yield self.spread()
        if self.analysis.stages:
            yield self.stages()

    def words(self, title: str, description: str, subtitle: str = "") -> LineText:
        return LineText(title, description, subtitle, self.notice)

    def figure(
        self, name: str, words: LineText, svg: str, header: Sequence[str], rows: Sequence[Sequence[Value]]
    ) -> Figure:
        data = OutputTable(f"figure_{name}", words.title, tuple(header), tuple(tuple(row) for row in rows))
        return Figure(name, words.title, words.description, svg, data)

    def levels(self, at: int, table: LevelTable) -> Figure:
        levels, index = table.request.levels, self.index(table.request.index)
        order = range(levels.top, 0, -1)
        names = [levels.label(level, self.language) for level in order]
        periods = list(table.counts)
        values = [[table.counts[period][level - 1] for period in periods] for level in order]
        first, last = values[0][0], values[0][-1]
        words = self.words(
            self.say(f"{index}各等级的实体数", f"Entities by level of {index}"),
            self.say(
                f"热图：行为等级，列为报告年，颜色越深实体越多。"
                f"{names[0]}由{periods[0]}年的{first}个变为{periods[-1]}年的{last}个。",
                f"Heat chart: levels by period, darker where more entities are. {names[0].capitalize()} went from "
                f"{first} in {periods[0]} to {last} in {periods[-1]}.",
            ),
        )
        svg = matrix_chart(names, [str(period) for period in periods], values, words)
        rows: list[list[Value]] = [[name, *row] for name, row in zip(names, values, strict=True)]
        header = [self.say("等级", "level"), *(str(period) for period in periods)]
        return self.figure(f"levels_{at}_{table.request.index}", words, svg, header, rows)

    def moves(self, at: int, found: Transitions) -> Figure:
        top = self.analysis.study.levels.top
        counts = {(group.key[0], group.key[-1]): group.count for group in found.moves}
        order = range(top, 0, -1)
        names = [self.level(level) for level in order]
        index, rule = self.index(found.request.index), self.word(found.request.rule)
        window = f"{found.periods[0]}–{found.periods[-1]}"
        values = [[counts.get((start, end)) for end in order] for start in order]
        words = self.words(
            self.say(f"{index}的等级变动", f"Moves between levels of {index}"),
            self.say(
                f"热图：行为起点等级，列为终点等级，{window}年（{rule}）。"
                f"对角线以左为上升；上升{found.raised}个，下降{found.lowered}个。",
                f"Heat chart: from the level of the row to that of the column, {window} ({rule}). Left of the diagonal "
                f"is up: {found.raised} rose, {found.lowered} fell.",
            ),
            self.say(f"{window}，{rule}；行：起点，列：终点", f"{window}, {rule}; rows: from, columns: to"),
        )
        svg = matrix_chart(names, names, values, words)
        rows = [[name, *row] for name, row in zip(names, values, strict=True)]
        corner = f"{self.word('from')} / {self.word('to')}"
        return self.figure(f"transitions_{at}", words, svg, [corner, *names], rows)

    def benchmark(self, at: int, found: Benchmark) -> Iterator[Figure]:
        for index in found.request.indices:
            yield self.lines(at, found, index)
        yield self.gaps(at, found)
        yield self.ranks(at, found)
        if len(found.periods) > 1:
            yield self.slope(at, found)

    def _series(self, found: Benchmark, index: str) -> list[Series]:
        """The entity, and its peers or, where they are many, their mean."""
        entity = found.request.entity
        series = [Series(self.entity(entity), found.series(index, entity), emphasised=True)]
        if len(found.peers) < MOST_LINES:
            return series + [Series(self.entity(peer), found.series(index, peer)) for peer in found.peers]
        means = {gap.period: gap.peers for gap in found.gaps_of(index)}
        return [*series, Series(self.word("peers"), [means.get(period) for period in found.periods])]

    def lines(self, at: int, found: Benchmark, index: str) -> Figure:
        name, entity = self.index(index), self.entity(found.request.entity)
        series = self._series(found, index)
        levels = self.analysis.study.levels
        gaps = found.gaps_of(index)
        words = self.words(
            self.say(f"{name}：{entity}与对标对象", f"{name}: {entity} and its peers"),
            self.say(
                f"折线图：{entity}（粗线）与{len(found.peers)}个对标对象的{name}，"
                f"{found.periods[0]}–{found.periods[-1]}年。",
                f"Lines: {name} of {entity} (thick) and {len(found.peers)} peers, {found.periods[0]} to "
                f"{found.periods[-1]}.",
            )
            + (
                self.say(
                    f"与对标均值之差由{gaps[0].gap:+.3f}变为{gaps[-1].gap:+.3f}。",
                    f" The gap to the peers' mean went from {gaps[0].gap:+.3f} to {gaps[-1].gap:+.3f}.",
                )
                if gaps
                else ""
            ),
        )
        marks = [
            (bound, f"{levels.label(place, self.language)} {bound:g}")
            for place, bound in enumerate(levels.bounds, start=2)
        ]
        known = [value for each in series for value in each.values if value is not None]
        near = [mark for mark in marks if known and min(known) <= mark[0] <= max(known)]
        svg = line_chart(found.periods, series, words, marks=near)
        return self.figure(f"benchmark_{at}_line_{index}", words, svg, *self._data(found.periods, series))

    def _data(self, periods: Sequence[int], series: Sequence[Series]) -> tuple[list[str], list[list[Value]]]:
        header = [self.word("period"), *(each.name for each in series)]
        rows: list[list[Value]] = [
            [str(period), *(each.values[place] for each in series)] for place, period in enumerate(periods)
        ]
        return header, rows

    def gaps(self, at: int, found: Benchmark) -> Figure:
        entity = self.entity(found.request.entity)
        panels = []
        flat = []
        for index in found.request.indices:
            gaps = {gap.period: gap.gap for gap in found.gaps_of(index)}
            values = [gaps.get(period) for period in found.periods]
            panels.append((self.index(index), [Series("", values, emphasised=True)]))
            flat.append(Series(self.index(index), values))
        words = self.words(
            self.say(f"{entity}与对标均值之差", f"Gap of {entity} to its peers' mean"),
            self.say(
                f"小型多图：每个指数一格，同一刻度；零线以上表示{entity}高于对标均值。",
                f"Small multiples on one scale, one panel an index; above zero {entity} is ahead of the peers' mean.",
            ),
        )
        svg = small_multiples(found.periods, panels, words)
        return self.figure(f"benchmark_{at}_gaps", words, svg, *self._data(found.periods, flat))

    def ranks(self, at: int, found: Benchmark) -> Figure:
        entity = self.entity(found.request.entity)
        index = found.request.indices[0]
        chosen = (found.request.entity, *found.peers[: MOST_LINES - 1])
        by = {(value.entity, value.period): float(value.rank) for value in found.values if value.index == index}
        series = [
            Series(
                self.entity(name), [by.get((name, period)) for period in found.periods], emphasised=name == chosen[0]
            )
            for name in chosen
        ]
        own = [value for value in series[0].values if value is not None]
        words = self.words(
            self.say(f"{self.index(index)}的样本内名次", f"Rank in the sample by {self.index(index)}"),
            self.say(
                f"名次图：第1名在上。{entity}由第{own[0]:g}名变为第{own[-1]:g}名。",
                f"Bump chart, first on top: {entity} went from rank {own[0]:g} to {own[-1]:g}.",
            )
            if own
            else "",
        )
        svg = bump_chart(found.periods, series, words)
        return self.figure(f"benchmark_{at}_ranks", words, svg, *self._data(found.periods, series))

    def slope(self, at: int, found: Benchmark) -> Figure:
        index = found.request.indices[0]
        ends = (found.periods[0], found.periods[-1])
        series = [
            Series(each.name, [each.values[0], each.values[-1]], each.emphasised) for each in self._series(found, index)
        ]
        words = self.words(
            self.say(f"{self.index(index)}：首末两期", f"{self.index(index)}: first and last report"),
            self.say(
                f"斜率图：{ends[0]}年与{ends[1]}年的{self.index(index)}，"
                f"每条线为一个实体，粗线为{self.entity(found.request.entity)}。",
                f"Slope chart of {self.index(index)} in {ends[0]} and {ends[1]}, a line an entity, thick for "
                f"{self.entity(found.request.entity)}.",
            ),
        )
        svg = slope_chart((str(ends[0]), str(ends[1])), series, words)
        return self.figure(f"benchmark_{at}_slope", words, svg, *self._data(ends, series))

    def spread(self) -> Figure:
        found = self.analysis.convergence
        periods = [item.period for item in found[0].spread]
        series = [Series(self.index(each.index), [item.sd for item in each.spread]) for each in found]
        words = self.words(
            self.say("各指数的标准差", "Standard deviation of the indices"),
            self.say(
                f"折线图：{len(series)}个指数在样本内的标准差，下降表示实体之间趋近。",
                f"Lines: the standard deviation of {len(series)} indices in the sample; falling means that entities "
                "come closer (sigma convergence).",
            ),
        )
        return self.figure("convergence_sd", words, line_chart(periods, series, words), *self._data(periods, series))

    def stages(self) -> Figure:
        found = self.analysis.stages
        periods = [jump.period for jump in found[0].jumps]
        panels = [
            (
                self.index(each.request.counts.index) + self.weighted(each.request.counts.weights),
                [Series("", [float(jump.count) for jump in each.jumps], emphasised=True)],
            )
            for each in found
            if [jump.period for jump in each.jumps] == periods
        ]
        words = self.words(
            self.say("高等级实体数的变化与分期", "Entities in the highest levels, and the stages"),
            self.say(
                f"小型多图：最高的若干等级的实体数，同一刻度，{len(panels)}格。",
                f"Small multiples on one scale: entities in the highest levels, {len(panels)} panels.",
            ),
        )
        flat = [Series(name, lines[0].values) for name, lines in panels]
        svg = small_multiples(periods, panels, words)
        return self.figure("stages", words, svg, *self._data(periods, flat))
