"""The tables of an index study, ready to be written in any format."""

from collections.abc import Iterator, Sequence

from tongban.observatory.indices.analysis import Analysis, LevelTable, Transitions
from tongban.observatory.indices.benchmark import Benchmark
from tongban.observatory.indices.naming import Naming
from tongban.observatory.indices.prose import Prose
from tongban.observatory.indices.published import Item, Published
from tongban.observatory.indices.stages import Stages
from tongban.observatory.study.language import Language, pick
from tongban.observatory.study.writer import OutputTable, Value


def result_tables(analysis: Analysis, language: Language) -> list[OutputTable]:
    """Every table of the study in reading order. A notice of the study stands under each."""
    note = pick(analysis.study.notice, language) if analysis.study.notice else ""
    return list(_Tables(analysis, language, note).all())


class _Tables(Naming):
    def __init__(self, analysis: Analysis, language: Language, note: str) -> None:
        super().__init__(analysis, language)
        self.note = note
        self.prose = Prose(analysis, language)

    def all(self) -> Iterator[OutputTable]:
        analysis = self.analysis
        yield from self.dictionary()
        for at, levels in enumerate(analysis.level_tables, start=1):
            yield self.levels(at, levels)
        if analysis.composite_gap:
            yield self.composite()
        for at, moves in enumerate(analysis.transitions, start=1):
            yield from self.transitions(at, moves)
        for at, found in enumerate(analysis.benchmarks, start=1):
            yield from self.benchmark(at, found)
        if analysis.convergence:
            yield from self.convergence()
        for at, cut in enumerate(analysis.stages, start=1):
            yield self.stages(at, cut)
        for at, checked in enumerate(analysis.published, start=1):
            yield self.published(at, checked)

    def table(
        self, name: str, title: str, header: Sequence[str], rows: Sequence[Sequence[Value]], note: str = ""
    ) -> OutputTable:
        notes = " ".join(part for part in (note, self.note) if part)
        return OutputTable(name, title, tuple(header), tuple(tuple(row) for row in rows), notes)

    def dictionary(self) -> Iterator[OutputTable]:
        variables = self.analysis.study.variables
        if not variables:
            return
        header = [
            self.say("变量", "variable"),
            self.say("名称", "name"),
            self.say("定义", "definition"),
            self.say("数据来源", "source"),
            self.say("缺失年份", "missing years"),
        ]
        rows = [
            [column, *(pick(text, self.language) for text in (note.label, note.definition, note.source, note.missing))]
            for column, note in variables.items()
        ]
        yield self.table("dictionary", self.say("变量说明", "Data dictionary"), header, rows)

    def levels(self, at: int, found: LevelTable) -> OutputTable:
        levels = found.request.levels
        order = range(levels.top, 0, -1)
        header = [self.word("period"), *(levels.label(level, self.language) for level in order), self.word("total")]
        rows: list[list[Value]] = [
            [str(period), *(counts[level - 1] for level in order), sum(counts)]
            for period, counts in found.counts.items()
        ]
        title = self.say(
            f"{self.index(found.request.index)}各等级的实体数",
            f"Entities by level of {self.index(found.request.index)}",
        )
        return self.table(f"levels_{at}_{found.request.index}", title, header, rows, self.prose.bounds(found.request))

    def composite(self) -> OutputTable:
        composite = self.analysis.study.composite
        assert composite is not None  # noqa: S101 - there are differences only where there is a composite
        parts = [self.short(part) for part in composite.parts]
        header = [self.word("period"), *(self.say(f"{part}权重", f"weight of {part}") for part in parts)]
        rows: list[list[Value]] = [
            [str(period), *composite.weights_of(period), f"{gap:.5f}"]
            for period, gap in self.analysis.composite_gap.items()
        ]
        title = self.say(
            f"{self.index(composite.index)}与其分指数加权均值之差",
            f"{self.index(composite.index)} against the weighted mean of its parts",
        )
        return self.table("composite", title, [*header, self.word("largest_difference")], rows)

    def transitions(self, at: int, found: Transitions) -> Iterator[OutputTable]:
        request = found.request
        window = f"{found.periods[0]}–{found.periods[-1]}"
        name, rule = self.index(request.index), self.word(request.rule)
        about = self.say(f"{name}，{window}，{rule}", f"{name}, {window}, {rule}")
        any_path = request.rule == "any-path"
        rows: list[list[Value]] = [
            [
                *([self.path(group.key)] if any_path else [self.level(group.key[0]), self.level(group.key[-1])]),
                group.count,
                self.members(group.entities),
            ]
            for group in found.moves
        ]
        start = [self.word("path")] if any_path else [self.word("from"), self.word("to")]
        header = [*start, self.word("count"), self.word("entities")]
        title = self.say(f"等级变动：{about}", f"Moves between levels: {about}")
        yield self.table(f"transitions_{at}", title, header, rows, self.prose.rule(request.rule))
        if found.risers:
            header = [self.word("path"), self.word("count"), self.word("entities")]
            rows = [[self.path(group.key), group.count, self.members(group.entities)] for group in found.risers]
            title = self.say(f"上升实体的路径：{about}", f"Ways up of those who rose: {about}")
            note = self.say("路径为最低等级及其后依次达到的新高。", "A way up: the lowest level, then each new high.")
            yield self.table(f"risers_{at}", title, header, rows, note)
        header = [self.word("movement"), self.word("count"), self.word("entities")]
        rows = [[self.word(name), group.count, self.members(group.entities)] for name, group in found.movement.items()]
        title = self.say(f"升、降与波动：{name}，{window}", f"Who rose, fell and fluctuated: {name}, {window}")
        yield self.table(f"movement_{at}", title, header, rows)

    def benchmark(self, at: int, found: Benchmark) -> Iterator[OutputTable]:
        entity = self.entity(found.request.entity)
        keys: tuple[str, ...] = ("period", "index", "value", "peers", "gap", "best", "rank", "rank_all")
        rows: list[list[Value]] = [
            [
                str(gap.period),
                self.index(gap.index),
                *(gap.value, gap.peers, gap.gap),
                self.entity(gap.best),
                f"{gap.rank}/{gap.of}",
                f"{gap.rank_all}/{gap.of_all}",
            ]
            for gap in found.gaps
        ]
        title = self.say(f"{entity}与对标对象的差距和名次", f"{entity} beside its peers: gaps and ranks")
        yield self.table(f"benchmark_{at}_gaps", title, [self.word(key) for key in keys], rows, self.prose.peers(found))
        composite = self.analysis.study.composite
        if found.decomposed and composite:
            header = [self.word("period"), self.word("gap")]
            for part in composite.parts:
                header += [
                    self.say(f"{self.short(part)}贡献", f"from {self.short(part)}"),
                    self.say(f"{self.short(part)}占比", f"share of {self.short(part)}"),
                ]
            rows = [
                [
                    str(item.period),
                    item.gap,
                    *(value for share in item.shares for value in (share.contribution, share.share)),
                    f"{item.residual:.5f}",
                ]
                for item in found.decomposed
            ]
            title = self.say(
                f"{self.index(composite.index)}差距的分解", f"Where the gap in {self.index(composite.index)} comes from"
            )
            note = self.say(
                "贡献＝权重×分指数差距；剩余为取整或权重不同所致。",
                "Contribution: weight times the part's gap; the residual is rounding or other weights.",
            )
            yield self.table(f"benchmark_{at}_decomposition", title, [*header, self.word("residual")], rows, note)
        keys = ("index", "first", "last", "gap_first", "gap_last", "closed", "per_year", "spread_first", "spread_last")
        rows = [
            [
                self.index(item.index),
                *(str(item.first), str(item.last)),
                *(item.gap_first, item.gap_last, item.closed, item.per_year, item.spread_first, item.spread_last),
            ]
            for item in found.closing
        ]
        title = self.say(f"{entity}与对标对象差距的变化", f"How the gap between {entity} and its peers changed")
        note = self.say(
            "离散度为该实体与对标对象取值的标准差。",
            "Spread: the standard deviation of the entity and its peers together.",
        )
        yield self.table(f"benchmark_{at}_convergence", title, [self.word(key) for key in keys], rows, note)
        if found.components:
            keys = ("file", "period", "component", "value", "peers", "gap", "ratio", "rank", "best")
            rows = [
                [
                    *(
                        item.file,
                        str(item.period),
                        self.component(item.names),
                        item.value,
                        item.peers,
                        item.gap,
                        item.ratio,
                    ),
                    f"{item.rank}/{item.of}",
                    self.entity(item.best),
                ]
                for item in found.components
            ]
            title = self.say(f"{entity}与对标对象的分项比较", f"Components: {entity} beside its peers")
            header = [self.word(key) for key in keys]
            header[7] = self.say("名次", "rank")
            yield self.table(f"benchmark_{at}_components", title, header, rows)

    def convergence(self) -> Iterator[OutputTable]:
        header = [self.word(key) for key in ("index", "period", "of", "mean", "sd", "cv")]
        rows: list[list[Value]] = [
            [self.index(found.index), str(item.period), item.n, item.mean, item.sd, item.cv]
            for found in self.analysis.convergence
            for item in found.spread
        ]
        yield self.table(
            "convergence_sigma",
            self.say("σ收敛：各报告年的离散度", "Sigma convergence: spread by period"),
            header,
            rows,
        )
        keys = ("index", "first", "last", "of", "slope", "std_error", "intercept", "speed", "half_life")
        rows = [
            [
                self.index(found.index),
                *(str(found.beta.first), str(found.beta.last), found.beta.n, found.beta.slope, found.beta.std_error),
                *(found.beta.intercept, found.beta.r2, found.beta.speed, found.beta.half_life),
            ]
            for found in self.analysis.convergence
            if found.beta
        ]
        header = [self.word(key) for key in keys]
        header.insert(7, "R²")
        note = self.say(
            "被解释变量为首末两期之差，解释变量为首期值；斜率为负表示起点低者升得多。仅含两期均被调查的实体。",
            "The change from the first to the last period on the first value; a negative slope: those who began low "
            "rose more. Entities surveyed in both periods.",
        )
        yield self.table("convergence_beta", self.say("β收敛", "Beta convergence"), header, rows, note)

    def stages(self, at: int, found: Stages) -> OutputTable:
        counts = found.request.counts
        top = " + ".join(
            counts.levels.label(counts.levels.top - each, self.language) for each in range(found.request.top)
        )
        index = self.index(counts.index) + self.weighted(counts.weights)
        header = [self.word("period"), top, self.word("change"), self.word("cut")]
        rows: list[list[Value]] = [
            [str(jump.period), jump.count, jump.change, "●" if jump.cut else ""] for jump in found.jumps
        ]
        title = self.say(f"分期：{index}的{top}个数", f"Stages: entities with {index} at {top}")
        return self.table(f"stages_{at}", title, header, rows, self.prose.stage_rule(found.request))

    def published(self, at: int, found: Published) -> OutputTable:
        request = found.request
        title = pick(request.title, self.language)
        note = pick(request.note, self.language) if request.note else ""
        if request.what == "facts":
            header = [*(self.level_named(name) for name in found.columns), self.word("verdict")]
            rows: list[list[Value]] = [[*item.printed, self.prose.verdict(item)] for item in found.items]
            return self.table(f"published_{at}", title, header, rows, f"{self.prose.transcribed()} {note}".strip())
        printed, computed = self.word("printed"), self.word("computed")
        columns = [self.level_named(name) if request.what == "levels" else self.word(name) for name in found.columns]
        header = [self.word(key) for key in found.keys]
        if len(columns) > 1:
            header += [f"{printed}: {' / '.join(columns)}", f"{computed}: {' / '.join(columns)}"]
        else:
            header += [printed, computed, *([self.word("path")] if request.what == "entities" else [])]
        header += [self.word("verdict")]
        rows = [
            [*self._key(request.what, item), *self._sides(request.what, item), self.prose.verdict(item)]
            for item in found.items
        ]
        return self.table(f"published_{at}", title, header, rows, f"{note} {self.prose.tally(found)}".strip())

    def _key(self, what: str, item: Item) -> list[Value]:
        if what == "levels":
            return [self.index(item.key[0]), item.key[1]]
        if what == "transitions":
            return [self.level_named(name) for name in item.key]
        if what == "values":
            return [self.entity(item.key[0]), item.key[1], self.index(item.key[2])]
        return [self.entity(item.key[0]), self.source(item.key[1])]

    def _sides(self, what: str, item: Item) -> list[Value]:
        if what == "levels":
            return [" / ".join(item.printed), " / ".join(item.computed)]
        if what == "entities":
            return [self.path_named(item.printed[0]), *(self.path_named(text) for text in item.computed)]
        return [*item.printed, *item.computed]
