"""The report: one self-contained HTML page without script, to be read like the results section of a paper."""

from collections.abc import Iterator
from html import escape
from typing import Any

from tongban.observatory.qca.analysis import Analysis, TableResult
from tongban.observatory.qca.extras import Extras
from tongban.observatory.qca.paths import Mark, ResultTable
from tongban.observatory.qca.robustness import Robustness
from tongban.observatory.report import markup, shell
from tongban.observatory.report.marks import circle_mark, mark_of
from tongban.observatory.report.prose import Prose
from tongban.observatory.report.tables import anchor_header, anchor_row, family_word
from tongban.observatory.report.words import word
from tongban.observatory.study.language import Language, listed, pick
from tongban.observatory.study.writer import Figure, OutputTable, shown


def report_page(
    analysis: Analysis,
    extras: Extras,
    tables: list[OutputTable],
    figures: list[list[Figure]],
    provenance: dict[str, Any],
    language: Language,
) -> str:
    """The page as text."""
    return _Page(analysis, extras, tables, figures, provenance, language).render()


class _Page:
    def __init__(
        self,
        analysis: Analysis,
        extras: Extras,
        tables: list[OutputTable],
        figures: list[list[Figure]],
        provenance: dict[str, Any],
        language: Language,
    ) -> None:
        self.analysis = analysis
        self.study = analysis.study
        self.extras = extras
        self.tables = {table.name: table for table in tables}
        self.figures = figures
        self.provenance = provenance
        self.language = language
        self.prose = Prose(analysis, extras, language)
        self.say = self.prose.say

    def render(self) -> str:
        opening = shell.Opening(pick(self.study.title, self.language), self._lead(), self._notice(), self._summary())
        return shell.page(opening, list(self._sections()), self.provenance["versions"]["tongban"], self.language)

    def _lead(self) -> str:
        outcome = self.study.label(self.study.outcome, self.language)
        if outcome != self.study.outcome:
            outcome += self.say(f"（{self.study.outcome}）", f" ({self.study.outcome})")
        return markup.paragraph(
            self.say(
                f"定性比较分析报告 · 结果：{outcome} · {len(self.study.conditions)}个条件 · "
                f"{len(self.analysis.sets.cases)}个案例",
                f"Report of a qualitative comparative analysis · outcome: {outcome} · {len(self.study.conditions)} "
                f"conditions · {len(self.analysis.sets.cases)} cases",
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
        yield self.say("数据与校准", "Data and calibration"), self._data()
        yield self.say("有限多样性", "Limited diversity"), self._diversity()
        yield self.say("必要条件", "Necessity"), self._necessity()
        for at, (table, result) in enumerate(zip(self.analysis.tables, self.extras.results, strict=True)):
            heading = self.say(
                f"{table.request.label}的充分组态", f"Sufficient configurations for {table.request.label}"
            )
            yield heading, self._outcome(at, table, result)
        if any(self.extras.enhanced):
            yield self.say("增强标准分析", "Enhanced standard analysis"), self._enhanced()
        if self.extras.nca:
            text = self.say(
                "效应量d为空白区占整个范围的比例；p值由设定种子的随机置换得到。NN表示该水平不需要此条件。",
                "The effect size d is the empty corner's share of the scope; p comes from seeded permutations. NN: the "
                "condition is not needed for that level.",
            )
            yield word("nca", self.language), markup.paragraph(text) + self._tables("nca", "nca_bottleneck")
        if self.extras.panel:
            yield word("panel", self.language), self._tables("panel")
        if any(self.extras.robustness):
            yield (
                self.say("稳健性", "Robustness"),
                "".join(
                    self._robustness(at, report) for at, report in enumerate(self.extras.robustness, start=1) if report
                ),
            )
        yield self.say("复现", "Reproducing this report"), self._reproduce()

    def _tables(self, *names: str) -> str:
        return "".join(markup.table(self.tables[name]) for name in names if name in self.tables)

    def _data(self) -> str:
        parts = [
            markup.paragraph(
                self.say(
                    f"数据文件{self.study.data_file.name}，案例列“{self.study.cases}”。未校准的列按下表校准，其余视为已校准。",
                    f"Data file {self.study.data_file.name}, cases in column “{self.study.cases}”. Columns are "
                    "calibrated as the table says; others are taken as calibrated.",
                )
            ),
            self._tables("calibration"),
        ]
        halves = self.prose.halves()
        if halves:
            parts.append(markup.box(halves, "notice"))
        if "dictionary" in self.tables:
            parts.append(self._tables("dictionary"))
        memberships = markup.table(self.tables["memberships"], caption=False)
        parts.append(markup.folded(self.tables["memberships"].title, memberships))
        return "".join(parts)

    def _diversity(self) -> str:
        return markup.bullets(escape(line) for line in self.prose.diversity(self.extras.diversity[0]))

    def _necessity(self) -> str:
        lines = markup.bullets(escape(line) for line in self.prose.necessity())
        combinations = self.tables["necessity_combinations"]
        more = markup.folded(combinations.title, markup.table(combinations, caption=False)) if combinations.rows else ""
        return lines + self._tables("necessity") + more

    def _outcome(self, at: int, result: TableResult, found: ResultTable | None) -> str:
        heat, *plots = self.figures[at]
        number = at + 1
        parts = [markup.paragraph(self.prose.cuts(result), css="choices"), self._figure(heat, f"truth_table_{number}")]
        if found is None or result.minimised is None:
            parts.append(
                markup.box(
                    self.say(
                        "没有任何一行的结果为1：解为空，没有路径可以报告。这是确定的结果，不是错误。",
                        "No row has the outcome 1: the solution is empty and there is no path to report. That is a "
                        "result, not an error.",
                    ),
                    "beside",
                )
            )
            return "".join(parts)
        minimised = result.minimised
        lines = [self.prose.solution(minimised.complex), self.prose.solution(minimised.parsimonious)]
        lines.append(self.prose.shown_first(found))
        lonely = self.prose.single_case_paths(found)
        parts += [
            f"<h3>{self.say('路径', 'Paths')}</h3>",
            self._circles(found),
            markup.bullets(escape(line) for line in [*lines, *([lonely] if lonely else [])]),
            self._types(found),
        ]
        models = self.tables[f"models_{number}"]
        parts.append(markup.folded(models.title, markup.table(models, caption=False)))
        parts.append(f"<h3>{self.say('案例与路径的XY图', 'XY plots of the cases')}</h3>")
        parts.append('<div class="plots">' + "".join(self._figure(plot) for plot in plots) + "</div>")
        return "".join(parts)

    def _figure(self, figure: Figure, table: str | None = None) -> str:
        data = self.tables[table] if table else figure.data
        return shell.drawing(figure, data, self.language)

    def _circles(self, found: ResultTable) -> str:
        """The result table of the field: conditions down, paths across, circles in the cells."""
        head = "".join(f'<th scope="col">{escape(path.label)}</th>' for path in found.paths)
        rows = [
            f'<tr><th scope="row">{escape(self.study.label(name, self.language))}</th>'
            + "".join(f"<td>{self._mark(mark_of(path, name))}</td>" for path in found.paths)
            + "<td></td></tr>"
            for name in self.study.conditions
        ]
        fits = (
            ("consistency", [path.term.fit.consistency for path in found.paths], found.fit.consistency),
            ("PRI", [path.term.fit.pri for path in found.paths], found.fit.pri),
            ("raw_coverage", [path.term.fit.coverage for path in found.paths], found.fit.coverage),
            ("unique_coverage", [path.term.unique for path in found.paths], None),
        )
        for at, (key, values, overall) in enumerate(fits):
            name = key if key == "PRI" else word(key, self.language)
            cells = "".join(f"<td>{shown(value)}</td>" for value in values)
            rule = ' class="rule"' if not at else ""
            rows.append(f'<tr{rule}><th scope="row">{escape(name)}</th>{cells}<td>{shown(overall)}</td></tr>')
        for key in ("typical", "deviant", "unique"):
            name = word("covered_uniquely" if key == "unique" else key, self.language)
            cells = "".join(
                f'<td class="names">{escape(self._unbroken(getattr(path, key)))}</td>' for path in found.paths
            )
            rows.append(f'<tr><th scope="row">{escape(name)}</th>{cells}<td></td></tr>')
        caption = self.say(
            f"表：通向{found.outcome}的路径（中间解）", f"Table: paths to {found.outcome} (intermediate solution)"
        )
        legend = self.say(
            "实心圆：条件出现；叉圆：条件缺席；大圆为核心条件（同时见于简约解与中间解），小圆为边缘条件；空白：可有可无。"
            "多值集以方括号标出取值，粗体为核心。核心条件相同的路径编为1a、1b。",
            "Filled circle: condition present; crossed circle: absent; large: core (in the parsimonious and the "
            "intermediate solution); small: peripheral; blank: either; [2]: the value of a multi-value set, bold if "
            "core. Paths with the same core are numbered 1a, 1b.",
        )
        uncovered = f"{word('uncovered', self.language)}{self.say('：', ': ')}{self.prose.names(found.uncovered)}"
        corner = escape(word("condition", self.language))
        return (
            f'<div class="wide" tabindex="0" role="region" aria-label="{escape(caption)}"><table class="paths">'
            f'<caption>{escape(caption)}</caption><thead><tr><th scope="col">{corner}</th>{head}'
            f'<th scope="col">{escape(word("overall", self.language))}</th></tr></thead>'
            f"<tbody>{''.join(rows)}</tbody></table></div>"
            f'<p class="note">{escape(legend)}</p>{self._small_notice()}<p>{escape(uncovered)}</p>'
        )

    def _unbroken(self, cases: tuple[int, ...]) -> str:
        """Names in a narrow cell: lines break between names, not inside them."""
        space, no_break = " ", "\N{NO-BREAK SPACE}"
        return listed([self.analysis.sets.cases[at].replace(space, no_break) for at in cases], self.language)

    def _small_notice(self) -> str:
        return markup.paragraph(pick(self.study.notice, self.language), css="note") if self.study.notice else ""

    def _mark(self, mark: Mark | None) -> str:
        if mark is None:
            return ""
        spoken = self.say(
            f"{'核心' if mark.role == 'core' else '边缘'}条件{'出现' if mark.value else '缺席'}",
            f"{mark.role} condition {'present' if mark.value else 'absent'}",
        )
        return circle_mark(mark, spoken)

    def _types(self, found: ResultTable) -> str:
        """The researcher's names for groups of paths."""
        labels = {path.term.term: path.label for path in found.paths}
        lines = []
        for named in self.study.types:
            if named.outcome != found.outcome:
                continue
            members = [f"{labels[term]} {term}" for term in named.terms if term in labels]
            gone = [term for term in named.terms if term not in labels]
            line = f"<strong>{escape(pick(named.name, self.language))}</strong>{self.say('：', ': ')}"
            line += markup.expression(listed(members, self.language))
            if gone:
                line += escape(
                    self.say(f"（本次结果中没有：{'、'.join(gone)}）", f" (not among the paths: {', '.join(gone)})")
                )
            lines.append(line)
        return f"<h3>{self.say('类型', 'Types')}</h3>{markup.bullets(lines)}" if lines else ""

    def _enhanced(self) -> str:
        parts = []
        for table, found, models in zip(
            self.analysis.tables, self.extras.enhanced, self.extras.enhanced_models, strict=True
        ):
            if found is None:
                continue
            parts.append(f"<h3>{escape(table.request.label)}</h3>")
            lines = [escape(line) for line in self.prose.enhanced(found)]
            if models:
                solution = " + ".join(term.term for term in models[0].terms)
                lines.append(
                    escape(self.say("增强中间解：", "Enhanced intermediate solution: ")) + markup.expression(solution)
                )
            parts.append(markup.bullets(lines))
        return "".join(parts)

    def _robustness(self, at: int, report: Robustness) -> str:
        cases = report.cases
        groups = (
            (self.say("稳健的典型案例", "robust typical cases"), cases.robust_typical),
            (self.say("稳健的偏差案例", "robust deviant cases"), cases.robust_deviant),
            (self.say("动摇的典型案例", "shaky typical cases"), cases.shaky_typical),
            (self.say("动摇的偏差案例", "shaky deviant cases"), cases.shaky_deviant),
            (self.say("可能的典型案例", "possible typical cases"), cases.possible_typical),
            (self.say("可能的偏差案例", "possible deviant cases"), cases.possible_deviant),
        )
        verdicts = [
            f"{markup.expression(path.term)} – "
            f'<span class="verdict {path.verdict.replace(" ", "-")}">{escape(word(path.verdict, self.language))}</span>'
            f"{self.say('。', '. ')}{escape(self.prose.path_verdict(path))}"
            for path in report.paths
        ]
        family = OutputTable(
            f"robustness_families_{at}",
            f"{self.say('各类检验的稳健性参数', 'Robustness by family of tests')}: {report.outcome}",
            (
                word("family", self.language),
                word("count", self.language),
                "RF_cov",
                "RF_cons",
                "RF_SC_minTS",
                "RF_SC_maxTS",
            ),
            tuple(
                (
                    family_word(name, self.language),
                    sum(test.family == name for test in report.tests),
                    *(fit.rf_cov, fit.rf_cons, fit.rf_sc_min, fit.rf_sc_max),
                )
                for name, fit in report.family_fit.items()
            ),
        )
        tests = self.tables[f"robustness_tests_{at}"]
        colon = self.say("：", ": ")
        return "".join(
            [
                f"<h3>{escape(report.outcome)}</h3>",
                *(markup.paragraph(line) for line in self.prose.robustness(report)),
                markup.bullets(verdicts),
                markup.table(family),
                markup.bullets(escape(f"{name}{colon}{self.prose.names(members)}") for name, members in groups),
                markup.bullets(escape(self.prose.range(item)) for item in report.ranges),
                self._anchor_ranges(report),
                markup.folded(tests.title, markup.table(tests, caption=False)),
            ]
        )

    def _anchor_ranges(self, report: Robustness) -> str:
        """How far single anchors can move, one table a column."""
        if not report.anchor_ranges:
            return ""
        title = f"{word('anchor_ranges', self.language)}: {report.outcome}"
        columns = dict.fromkeys(found.column for found in report.anchor_ranges)
        tables = [
            OutputTable(
                f"anchor_ranges_{column}",
                f"{self.study.label(column, self.language)} ({column}) → {report.outcome}",
                tuple(anchor_header(self.language)),
                tuple(
                    tuple(anchor_row(found, self.language)) for found in report.anchor_ranges if found.column == column
                ),
            )
            for column in columns
        ]
        return markup.paragraph(self.prose.anchor_ranges(report)) + markup.folded(
            title, "".join(markup.table(table) for table in tables)
        )

    def _reproduce(self) -> str:
        command = f"tongban observe qca {self.study.path.name}"
        return shell.reproduction(command, self.provenance, self.language)
