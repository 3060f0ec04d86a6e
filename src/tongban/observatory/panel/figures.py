"""The figures of a panel study: coefficients, conventions, leaving one out, groups, gaps."""

from collections.abc import Sequence

from tongban.charts.coefficients import CoefficientText, Interval, IntervalGroup, coefficient_plot
from tongban.charts.lines import LineText
from tongban.charts.matrix import matrix_chart
from tongban.observatory.panel.analysis import Analysis, Coefficient
from tongban.observatory.panel.estimators import CONSTANT
from tongban.observatory.panel.words import effects_word, word
from tongban.observatory.study.language import Language, pick
from tongban.observatory.study.writer import Figure, OutputTable, Value

Named = tuple[str, Coefficient]


def figures(analysis: Analysis, language: Language) -> list[Figure]:
    """Every figure, in reading order."""
    maker = _Figures(analysis, language)
    return [maker.gaps(), *maker.coefficients(), *maker.leaving_out()]


class _Figures:
    def __init__(self, analysis: Analysis, language: Language) -> None:
        self.analysis = analysis
        self.study = analysis.study
        self.language = language
        self.notice = pick(self.study.notice, language) if self.study.notice else ""
        self.names = [name for name in analysis.main.coefficients if name != CONSTANT]

    def say(self, chinese: str, english: str) -> str:
        return chinese if self.language == "zh" else english

    def label(self, name: str) -> str:
        return self.study.label(name, self.language)

    def gaps(self) -> Figure:
        table = self.analysis.table
        counts = [item.missing for item in self.analysis.gaps]
        variables = [self.label(item.variable) for item in self.analysis.gaps]
        whole = sum(map(sum, counts))
        title = word("gaps", self.language)
        alternative = self.say(
            f"{len(variables)}个变量、{len(table.periods)}个时期的缺失值图，共缺{whole}个值；颜色越深缺失越多。",
            f"Map of missing values of {len(variables)} variables in {len(table.periods)} "
            f"period{'s' if len(table.periods) > 1 else ''}: {whole} are missing "
            "in all; the darker, the more.",
        )
        legend = self.say(
            f"格内为{len(table.entities)}个个体中缺失的个数",
            f"in each cell: missing among {len(table.entities)} entities",
        )
        words = LineText(title, alternative, legend, self.notice)
        svg = matrix_chart(variables, table.periods, counts, words)
        rows: tuple[tuple[Value, ...], ...] = tuple((name, *line) for name, line in zip(variables, counts, strict=True))
        data = OutputTable("figure_missing", title, (word("variable", self.language), *table.periods), rows)
        return Figure("missing", title, alternative, svg, data)

    def coefficients(self) -> list[Figure]:
        """One figure a regressor, on its own scale: columns of the table, conventions, groups."""
        found = []
        for name in self.names:
            columns = [
                (f"({at}) {effects_word(item.fit.effects, self.language)}, {item.request.se}", item.coefficients[name])
                for at, item in enumerate(self.analysis.estimates, start=1)
                if name in item.coefficients
            ]
            conventions = [
                (item.change, item.coefficients[name])
                for item in self.analysis.variations
                if item.family == "convention" and name in item.coefficients
            ]
            groups = [
                (self.study.group_label(item.group, self.language), item.coefficients[name])
                for item in self.analysis.groups
                if name in item.coefficients
            ]
            sections = (
                (word("regression", self.language), columns),
                (word("convention", self.language), conventions),
                (word("heterogeneity", self.language), groups),
            )
            found.append(self._plot(f"coefficient_{name}", self.label(name), [part for part in sections if part[1]]))
        return found

    def leaving_out(self) -> list[Figure]:
        """One figure a regressor: the coefficient without each entity, in order of size."""
        found = [item for item in self.analysis.variations if item.family == "without one"]
        figures = []
        for name in self.names:
            lines = sorted(
                ((item.change, item.coefficients[name]) for item in found if name in item.coefficients),
                key=lambda line: line[1].estimate,
            )
            if lines:
                title = self.say(f"逐一剔除个体：{self.label(name)}", f"Without one entity: {self.label(name)}")
                figures.append(self._plot(f"without_one_{name}", title, [("", lines)]))
        return figures

    def _plot(self, file: str, title: str, groups: Sequence[tuple[str, Sequence[Named]]]) -> Figure:
        level = self.study.confidence
        lines = [found for _, group in groups for _, found in group]
        significant = sum(found.p < 1 - level for found in lines)
        alternative = self.say(
            f"{title}：{len(lines)}个估计，其中{significant}个在{1 - level:.2g}水平上显著（实心）；虚线为零。",
            f"{title}: {len(lines)} estimates, {significant} of them significant at {1 - level:.2g} (filled); the "
            "dashed line is zero.",
        )
        drawn = [
            IntervalGroup(
                heading,
                tuple(Interval(label, item.estimate, item.low, item.high, item.p < 1 - level) for label, item in group),
            )
            for heading, group in groups
        ]
        axis = self.say(f"系数，{level:.0%}置信区间", f"coefficient, {level:.0%} interval")
        svg = coefficient_plot(drawn, CoefficientText(title, axis, alternative, self.notice))
        header = (
            self.say("部分", "part"), word("change", self.language), word("coefficient", self.language),
            word("std_error", self.language), "p", self.say("下限", "low"), self.say("上限", "high"),
        )  # fmt: skip
        rows: tuple[tuple[Value, ...], ...] = tuple(
            (heading, label, item.estimate, item.std_error, item.p, item.low, item.high)
            for heading, group in groups
            for label, item in group
        )
        return Figure(file, title, alternative, svg, OutputTable(f"figure_{file}", title, header, rows))
