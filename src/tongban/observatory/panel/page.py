"""The report of a panel study: one self-contained HTML page, to be read like the results section of a paper."""

from collections.abc import Iterator
from dataclasses import replace
from html import escape
from typing import Any

from tongban.observatory.panel.analysis import Analysis, Judged
from tongban.observatory.panel.estimators import FIXED
from tongban.observatory.panel.tables import number
from tongban.observatory.panel.words import convention_text, effects_word, word
from tongban.observatory.report import markup, shell
from tongban.observatory.study.language import Language, listed, pick
from tongban.observatory.study.writer import Figure, OutputTable, shown


def report_page(
    analysis: Analysis,
    tables: list[OutputTable],
    figures: list[Figure],
    provenance: dict[str, Any],
    language: Language,
) -> str:
    """The page as text."""
    return _Page(analysis, tables, figures, provenance, language).render()


class _Page:
    def __init__(
        self,
        analysis: Analysis,
        tables: list[OutputTable],
        figures: list[Figure],
        provenance: dict[str, Any],
        language: Language,
    ) -> None:
        self.analysis = analysis
        self.study = analysis.study
        self.tables = {table.name: table for table in tables}
        self.figures = {figure.name: figure for figure in figures}
        self.provenance = provenance
        self.language = language

    def say(self, chinese: str, english: str) -> str:
        return chinese if self.language == "zh" else english

    def label(self, name: str) -> str:
        return self.study.label(name, self.language)

    def word(self, key: str) -> str:
        return word(key, self.language)

    def render(self) -> str:
        notice = markup.box(pick(self.study.notice, self.language), "notice") if self.study.notice else ""
        opening = shell.Opening(pick(self.study.title, self.language), self._lead(), notice, self._summary())
        return shell.page(opening, list(self._sections()), self.provenance["versions"]["tongban"], self.language)

    def _lead(self) -> str:
        table = self.analysis.table
        outcome = self.label(self.study.outcome)
        return markup.paragraph(
            self.say(
                f"面板回归报告 · 被解释变量：{outcome} · {len(table.entities)}个个体 · " + self._span(),
                f"Report of a panel regression · outcome: {outcome} · {len(table.entities)} entities · " + self._span(),
            ),
            css="lead",
        )

    def _span(self) -> str:
        """The years from first to last, or how many periods there are."""
        periods = self.analysis.table.periods
        first, last, number = periods[0], periods[-1], len(periods)
        if not self._years():
            return self.say(f"{number}个时期", f"{number} period{'s' if number > 1 else ''}")
        if number == 1:
            return self.say(f"{first}年", first)
        return self.say(f"{first}—{last}年", f"{first} to {last}")

    def _years(self) -> bool:
        return all(period.isdigit() and len(period) == 4 for period in self.analysis.table.periods)  # noqa: PLR2004

    def _summary(self) -> str:
        main = self.analysis.main
        at = self.study.main
        effects = effects_word(main.fit.effects, self.language)
        sentences = [
            self.say(
                f"主模型（第{at}列）为{effects}，{main.fit.nobs}个观测值、{main.fit.entity.size}个个体；标准误"
                f"{convention_text(main, self.study, 'zh')}。",
                f"The main model (column {at}, {effects}) has {main.fit.nobs} observations and {main.fit.entity.size} "
                f"entities; standard errors {convention_text(main, self.study, 'en')}.",
            )
        ]
        groups: dict[str, list[str]] = {}
        for item in self.analysis.judged:
            groups.setdefault(item.verdict, []).append(self._judged(item))
        for verdict in ("supported", "opposite", "not supported", "not estimated"):
            if verdict in groups:
                names = listed(groups[verdict], self.language)
                sentences.append(
                    self.say(f"{self.word(verdict)}：{names}。", f"{self.word(verdict).capitalize()}: {names}.")
                )
        steady = [item for item in self.analysis.steadiness if item.main.p < 1 - self.study.confidence]
        if steady:
            count = len(self.analysis.variations)
            times = listed(
                [f"{self.label(item.variable)} {item.significant}/{item.variations}" for item in steady], self.language
            )
            sentences.append(
                self.say(
                    f"{count}个稳健性估计中，显著系数保持同号且显著的次数：{times}。",
                    f"In {count} robustness estimates the significant coefficients keep their sign and significance: "
                    f"{times}.",
                )
            )
        text = markup.paragraph(("" if self.language == "zh" else " ").join(sentences))
        if self.study.finding:
            text += markup.box(pick(self.study.finding, self.language), "beside")
        return text

    def _judged(self, item: Judged) -> str:
        found = item.coefficient
        if found is None:
            return self.label(item.hypothesis.variable)
        inside = f"{number(found.estimate)}, p {'< 0.001' if found.p < 0.001 else f'= {found.p:.3f}'}"  # noqa: PLR2004
        return f"{self.label(item.hypothesis.variable)}{self.say('（', ' (')}{inside}{self.say('）', ')')}"

    def _sections(self) -> Iterator[tuple[str, str]]:
        yield self.say("数据与变量", "Data and variables"), self._data()
        yield self.say("描述性统计", "Descriptive statistics"), self._described()
        yield self.word("regression"), self._regression()
        if "hypotheses" in self.tables:
            yield self.word("hypotheses"), self._hypotheses()
        if "tests" in self.tables:
            yield self.word("tests"), self._tests()
        if self.analysis.variations:
            yield self.word("robustness"), self._robustness()
        if self.analysis.groups:
            text = self.say(
                "每一组单独估计主模型；组内个体少，聚类标准误只供参考。",
                "The main model on each group alone; with few entities in a group clustered errors are a rough guide.",
            )
            yield self.word("heterogeneity"), markup.paragraph(text) + self._tables("groups")
        command = f"tongban observe panel {self.study.path.name}"
        yield (
            self.say("复现", "Reproducing this report"),
            shell.reproduction(command, self.provenance, self.language),
        )

    def _tables(self, *names: str) -> str:
        return "".join(markup.table(self.tables[name]) for name in names if name in self.tables)

    def _figure(self, name: str) -> str:
        if name not in self.figures:
            return ""
        figure = self.figures[name]
        return shell.drawing(figure, figure.data, self.language)

    def _data(self) -> str:
        table, study = self.analysis.table, self.study
        full = len(table.entities) * len(table.periods)
        balanced = self.say("面板平衡", "the panel is balanced")
        if table.rows < full:
            balanced = self.say(
                f"缺{full - table.rows}行，面板不平衡", f"{full - table.rows} rows are absent, it is unbalanced"
            )
        parts = [
            markup.paragraph(
                self.say(
                    f"数据文件{study.data_file.name}：{table.rows}行，{len(table.entities)}个个体（“{study.entity}”）、"
                    f"{len(table.periods)}个时期（“{study.period}”）；{balanced}。",
                    f"Data file {study.data_file.name}: {table.rows} rows, {len(table.entities)} entities (column "
                    f"“{study.entity}”) in {len(table.periods)} period{'s' if len(table.periods) > 1 else ''} "
                    f"(“{study.period}”); {balanced}.",
                )
            )
        ]
        if study.periods:
            named = listed(table.periods, self.language)
            parts.append(
                markup.paragraph(self.say(f"只用{named}年的各行。", f"Only the rows of {named} are used."))
                if self._years()
                else markup.paragraph(self.say(f"只用{named}的各行。", f"Only the rows of {named} are used."))
            )
        if study.join:
            file, on = study.join.file.name, study.join.on
            parts.append(
                markup.paragraph(
                    self.say(
                        f"数据文件没有的列取自{file}，按“{on}”对应。",
                        f"Columns that the data file lacks come from {file}, by “{on}”.",
                    )
                )
            )
        if self.analysis.warnings:
            items = markup.bullets(escape(pick(text, self.language)) for text in self.analysis.warnings)
            heading = escape(self.say("须知", "Take note"))
            parts.append(f'<div class="notice"><p><strong>{heading}</strong></p>{items}</div>')
        parts.append(self._tables("dictionary"))
        parts.append(self._figure("missing"))
        return "".join(parts)

    def _described(self) -> str:
        high = [self.label(name) for name, value in self.analysis.vif.items() if value > 10]  # noqa: PLR2004 - rule of thumb
        vif = self.say(
            f"方差膨胀因子（VIF）超过10的变量：{listed(high, 'zh')}。",
            f"Variance inflation (VIF) above 10: {listed(high, 'en')}.",
        )
        between = self.say(
            "组间标准差为个体均值的标准差，组内为对个体均值的离差；固定效应只利用组内变异。",
            "SD between is that of the entity means, SD within that of the deviations from them; fixed effects use the "
            "latter alone.",
        )
        return (
            markup.paragraph(between)
            + self._tables("descriptives")
            + markup.paragraph(vif)
            + self._tables("correlations")
        )

    def _regression(self) -> str:
        parts = [self._regression_table()]
        lines = [self._sample(at) for at in range(len(self.analysis.estimates))]
        parts.append(markup.bullets(escape(line) for line in lines if line))
        parts.append(f"<h3>{escape(self.say('系数与置信区间', 'Coefficients and their intervals'))}</h3>")
        plots = "".join(self._figure(name) for name in self.figures if name.startswith("coefficient_"))
        parts.append(f'<div class="plots">{plots}</div>')
        return "".join(parts)

    def _regression_table(self) -> str:
        """The table of the field: an error under each coefficient without a rule between, dimensions as headings."""
        table = self.tables["regression"]
        head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in table.header)
        body = []
        estimates = True
        for row in table.rows:
            name, cells = str(row[0]), row[1:]
            if estimates and all(cell is None for cell in cells):
                body.append(f'<tr><th scope="rowgroup" colspan="{len(row)}">{escape(name)}</th></tr>')
                continue
            ruled = name == self.word("outcome") or name == self.word("estimator")
            css = ' class="rule"' if estimates and ruled else ' class="error"' if not name else ""
            estimates = estimates and not ruled
            values = "".join(f"<td>{escape(shown(cell))}</td>" for cell in cells)
            body.append(f'<tr{css}><th scope="row">{escape(name)}</th>{values}</tr>')
        return (
            f'<div class="wide" tabindex="0" role="region" aria-label="{escape(table.title)}">'
            f'<table class="regression"><caption>{escape(table.title)}</caption><thead><tr>{head}</tr></thead>'
            f'<tbody>{"".join(body)}</tbody></table></div><p class="note">{escape(table.note)}</p>'
        )

    def _sample(self, at: int) -> str:
        found = self.analysis.estimates[at]
        pieces = []
        if found.sample.left_out:
            pieces.append(
                self.say(
                    f"{found.sample.left_out}行因缺失值未用",
                    f"{found.sample.left_out} rows are left out for missing values",
                )
            )
        if found.fit.variances is not None:
            variances = found.fit.variances
            low, high = (f"{value:.3f}" for value in variances.theta)
            theta = low if low == high else self.say(f"{low}至{high}", f"{low} to {high}")
            how = {"swamy-arora": ("Swamy–Arora", "Swamy-Arora"), "harmonic": ("调和平均", "harmonic mean")}
            chinese, english = how[found.request.components]
            pieces.append(
                self.say(
                    f"方差分量（{chinese}）：个体{number(variances.individual)}，随机误差"
                    f"{number(variances.idiosyncratic)}，θ = {theta}",
                    f"variance components ({english}): individual {number(variances.individual)}, idiosyncratic "
                    f"{number(variances.idiosyncratic)}, θ = {theta}",
                )
            )
        if found.bootstrap:
            chinese, english = found.bootstrap
            pieces.append(self.say(f"wild自助法：{chinese}", f"wild bootstrap: {english}"))
        if found.fit.effects in FIXED:
            free = found.fit.df_residual
            pieces.append(self.say(f"剩余自由度{free}", f"{free} residual degrees of freedom"))
        return f"({at + 1}) " + self.say("；", "; ").join(pieces) + self.say("。", ".") if pieces else ""

    def _hypotheses(self) -> str:
        level = f"{1 - self.study.confidence:.2g}"
        text = self.say(
            f"“支持”：符号如预期且在{level}水平上显著；“方向相反”：显著但符号相反；其余为“不支持”。判断依据主模型。",
            f"Supported: the expected sign, significant at {level}; opposite: significant with the other sign; not "
            "supported: all else. Judged by the main model.",
        )
        return markup.paragraph(text) + self._tables("hypotheses")

    def _tests(self) -> str:
        """The table without its long notes, which stand under it."""
        table = self.tables["tests"]
        short = replace(table, header=table.header[:-1], rows=tuple(row[:-1] for row in table.rows))
        colon = self.say("：", ": ")
        notes = markup.bullets(escape(f"{row[0]}{colon}{row[-1]}") for row in table.rows)
        return markup.table(short) + notes

    def _robustness(self) -> str:
        text = self.say(
            "每次只改动一处，其余同主模型。", "One thing is changed at a time; the rest is as in the main model."
        )
        alone = [name for name in self.figures if name.startswith("without_one_")]
        plots = "".join(self._figure(name) for name in alone)
        parts = [markup.paragraph(text), self._tables("robustness")]
        if "conventions" in self.tables:
            spread = self.say(
                "同一估计，标准误的约定不同，结论可能不同：",
                "The same estimate under other conventions of standard errors, which may change the conclusion:",
            )
            parts += [markup.paragraph(spread), self._tables("conventions")]
        everything = self.tables["robustness_all"]
        parts.append(markup.folded(everything.title, markup.table(everything, caption=False)))
        if plots:
            summary = self.say("逐一剔除个体的系数图", "Coefficients without each entity in turn")
            parts.append(markup.folded(summary, f'<div class="plots">{plots}</div>'))
        return "".join(parts)
