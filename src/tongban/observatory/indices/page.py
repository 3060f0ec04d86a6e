"""The report of an index study: one self-contained HTML page without script."""

from collections.abc import Iterator
from html import escape
from typing import Any

from tongban.observatory.indices.analysis import Analysis
from tongban.observatory.indices.benchmark import Benchmark
from tongban.observatory.indices.prose import Prose
from tongban.observatory.indices.published import Published
from tongban.observatory.report import markup, shell
from tongban.observatory.study.language import Language, pick
from tongban.observatory.study.writer import Figure, OutputTable

FOLD = 24
"""Tables with more rows than this are folded."""


def report_page(
    analysis: Analysis, tables: list[OutputTable], figures: list[Figure], result: dict[str, Any], language: Language
) -> str:
    """The page as text."""
    return _Page(analysis, tables, figures, result, language).render()


class _Page:
    def __init__(
        self,
        analysis: Analysis,
        tables: list[OutputTable],
        figures: list[Figure],
        result: dict[str, Any],
        language: Language,
    ) -> None:
        self.analysis = analysis
        self.study = analysis.study
        self.tables = {table.name: table for table in tables}
        self.figures = {figure.name: figure for figure in figures}
        self.provenance = result["provenance"]
        self.language = language
        self.prose = Prose(analysis, language)
        self.say = self.prose.say

    def render(self) -> str:
        opening = shell.Opening(pick(self.study.title, self.language), self._lead(), self._notice(), self._summary())
        return shell.page(opening, list(self._sections()), self.provenance["versions"]["tongban"], self.language)

    def _lead(self) -> str:
        periods, entities = self.analysis.periods, self.analysis.sample.entities
        indices = len(self.study.indices)
        return markup.paragraph(
            self.say(
                f"指数研究报告 · {indices}个指数 · {entities}个实体 · {periods[0]}–{periods[-1]}年{len(periods)}期",
                f"Report of an index study · {indices} indices · {entities} entities · {len(periods)} reports, "
                f"{periods[0]} to {periods[-1]}",
            ),
            css="lead",
        )

    def _notice(self) -> str:
        return markup.box(pick(self.study.notice, self.language), "notice") if self.study.notice else ""

    def _summary(self) -> str:
        text = markup.paragraph((" " if self.language == "en" else "").join(self.prose.summary()))
        if self.study.finding:
            text += markup.box(pick(self.study.finding, self.language), "beside")
        return text

    def _sections(self) -> Iterator[tuple[str, str]]:
        analysis = self.analysis
        yield self.say("数据与样本", "Data and sample"), self._data()
        yield self.say("等级分布", "Levels"), self._levels()
        if analysis.transitions:
            yield self.say("等级变动", "Moves between levels"), self._transitions()
        for at, found in enumerate(analysis.benchmarks, start=1):
            entity = self.prose.entity(found.request.entity)
            leaders = self.say("与始终居最高等级者", " against the leaders") if found.request.peers is None else ""
            yield self.say(f"对标：{entity}{leaders}", f"Benchmark: {entity}{leaders}"), self._benchmark(at, found)
        if analysis.convergence:
            yield self.say("收敛", "Convergence"), self._convergence()
        if analysis.stages:
            yield self.say("分期", "Stages"), self._stages()
        if analysis.published:
            yield self.say("与已发表表格逐项核对", "Published tables, item by item"), self._published()
        command = f"tongban observe index {self.study.path.name}"
        if self.provenance["engine"] != "duckdb":
            command += f" --engine {self.provenance['engine']}"
        yield (
            self.say("复现", "Reproducing this report"),
            shell.reproduction(command, self.provenance, self.language),
        )

    def _table(self, name: str) -> str:
        """The table under this name; a long one is folded."""
        if name not in self.tables:
            return ""
        table = self.tables[name]
        if len(table.rows) > FOLD:
            return markup.folded(table.title, markup.table(table, caption=False))
        return markup.table(table)

    def _figure(self, name: str) -> str:
        if name not in self.figures:
            return ""
        figure = self.figures[name]
        return shell.drawing(figure, figure.data, self.language)

    def _bullets(self, lines: list[str]) -> str:
        return markup.bullets(escape(line) for line in lines) if lines else ""

    def _data(self) -> str:
        parts = [self._bullets(self.prose.sample())]
        if "dictionary" in self.tables:
            parts.append(self._table("dictionary"))
        parts.append(self._table("composite"))
        left_out = self.analysis.sample.unbalanced
        if left_out:
            title = self.say(f"被平衡规则剔除的实体（{len(left_out)}个）", f"Entities left out ({len(left_out)})")
            parts.append(markup.folded(title, markup.paragraph(self.prose.entities(left_out))))
        return "".join(parts)

    def _levels(self) -> str:
        parts = []
        for at, table in enumerate(self.analysis.level_tables, start=1):
            name = f"levels_{at}_{table.request.index}"
            heading = self.prose.index(table.request.index) + self.prose.weighted(table.request.weights)
            parts.append(f"<h3>{escape(heading)}</h3>{self._table(name)}")
            parts.append(markup.figure(self.figures[name].svg, self.figures[name].alternative))
        return "".join(parts)

    def _transitions(self) -> str:
        parts = []
        for at, found in enumerate(self.analysis.transitions, start=1):
            window = f"{found.periods[0]}–{found.periods[-1]}"
            index, rule = self.prose.index(found.request.index), self.prose.word(found.request.rule)
            parts.append(f"<h3>{escape(self.say(f'{index}，{window}：{rule}', f'{index}, {window}: {rule}'))}</h3>")
            parts.append(self._bullets(self.prose.transitions(at - 1)))
            figure = f"transitions_{at}"
            if figure in self.figures:
                parts.append(markup.figure(self.figures[figure].svg, self.figures[figure].alternative))
            parts += [self._named_table(f"transitions_{at}"), self._named_table(f"risers_{at}")]
            movement = self.tables[f"movement_{at}"]
            parts.append(markup.folded(movement.title, markup.table(movement, caption=False)))
        return "".join(parts)

    def _named_table(self, name: str) -> str:
        """A table whose last column holds names, which is wide: the text wraps."""
        return f'<div class="names-last">{self._table(name)}</div>' if name in self.tables else ""

    def _benchmark(self, at: int, found: Benchmark) -> str:
        largest = self.prose.largest_part(found)
        lines = [self.prose.peers(found), *self.prose.closing(found), *([largest] if largest else [])]
        names = [f"benchmark_{at}_line_{index}" for index in found.request.indices]
        plots = "".join(self._figure(name) for name in names)
        more = "".join(self._figure(f"benchmark_{at}_{name}") for name in ("gaps", "ranks", "slope"))
        tables = "".join(
            self._table(f"benchmark_{at}_{name}") for name in ("convergence", "decomposition", "components", "gaps")
        )
        return (
            f'{self._bullets(lines)}<div class="plots">{plots}</div>'
            f"<h3>{self.say('差距、名次与首末变化', 'Gaps, ranks, first and last')}</h3>"
            f'<div class="plots">{more}</div>{tables}'
        )

    def _convergence(self) -> str:
        return (
            self._bullets(self.prose.convergence())
            + self._figure("convergence_sd")
            + self._table("convergence_beta")
            + self._table("convergence_sigma")
        )

    def _stages(self) -> str:
        parts = [self._figure("stages")]
        for at, found in enumerate(self.analysis.stages, start=1):
            table = self.tables[f"stages_{at}"]
            parts.append(f"<h3>{escape(table.title)}</h3>")
            parts.append(self._bullets([self.prose.stage_rule(found.request), *self.prose.stages(found)]))
            parts.append(markup.folded(self.say("各期个数", "Counts by period"), markup.table(table, caption=False)))
        return "".join(parts)

    def _published(self) -> str:
        return "".join(self._checked(at, found) for at, found in enumerate(self.analysis.published, start=1))

    def _checked(self, at: int, found: Published) -> str:
        table = self.tables[f"published_{at}"]
        parts = [f"<h3>{escape(table.title)}</h3>"]
        if found.request.what == "facts":
            return "".join([*parts, markup.table(table, caption=False)])
        parts.append(markup.paragraph(self.prose.tally(found)))
        if found.request.note:
            parts.append(markup.paragraph(pick(found.request.note, self.language)))
        parts.append(self._bullets(self.prose.findings(found)))
        parts.append(markup.folded(self.say("全部项目", "All items"), markup.table(table, caption=False)))
        return "".join(parts)
