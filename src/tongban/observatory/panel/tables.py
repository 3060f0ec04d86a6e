"""The tables of a panel study, ready to be written in any format."""

import math
from collections.abc import Iterator, Sequence

from tongban.observatory.panel.analysis import Analysis, Coefficient, Estimate
from tongban.observatory.panel.estimators import CONSTANT
from tongban.observatory.panel.request import Derived
from tongban.observatory.panel.words import convention_text, effects_word, word
from tongban.observatory.study.language import Language, pick
from tongban.observatory.study.writer import OutputTable, Value

SIGNS = {"F": "F", "chi2": "χ²", "normal": "z"}
STARS = ((0.01, "***"), (0.05, "**"), (0.1, "*"))


def result_tables(analysis: Analysis, language: Language) -> list[OutputTable]:
    """Every table of the study in reading order. A notice of the study stands under each."""
    return [table for table in _Tables(analysis, language).all() if table.rows]


def stars(p: float) -> str:
    """*** p < 0.01, ** p < 0.05, * p < 0.1."""
    return next((sign for limit, sign in STARS if p < limit), "")


def number(value: float) -> str:
    """A figure in a regression table: three decimals, more digits where these would show nothing."""
    if not math.isfinite(value):
        return "–"
    return f"{value:.3f}" if abs(value) >= 0.001 or value == 0 else f"{value:.2g}"  # noqa: PLR2004 - a digit is seen


def p_text(p: float) -> str:
    """A p-value as papers print it."""
    return f"{p:.3f}" if p >= 0.001 or math.isnan(p) else "<\N{NO-BREAK SPACE}0.001"  # noqa: PLR2004 - the last decimal shown


class _Tables:
    def __init__(self, analysis: Analysis, language: Language) -> None:
        self.analysis = analysis
        self.study = analysis.study
        self.language = language
        self.notice = pick(self.study.notice, language) if self.study.notice else ""

    def word(self, key: str) -> str:
        return word(key, self.language)

    def say(self, chinese: str, english: str) -> str:
        return chinese if self.language == "zh" else english

    def label(self, column: str) -> str:
        return self.word("constant") if column == CONSTANT else self.study.label(column, self.language)

    def table(
        self, name: str, title: str, header: Sequence[str], rows: Sequence[Sequence[Value]], note: str = ""
    ) -> OutputTable:
        notes = " ".join(part for part in (note, self.notice) if part)
        return OutputTable(name, title, tuple(header), tuple(tuple(row) for row in rows), notes)

    def all(self) -> Iterator[OutputTable]:
        yield self.dictionary()
        yield self.descriptives()
        yield self.correlations()
        yield self.gaps()
        yield self.regression()
        yield self.tests()
        yield self.hypotheses()
        yield self.steadiness()
        yield self.spread()
        yield self.variations()
        yield self.heterogeneity()

    def dictionary(self) -> OutputTable:
        keys = ("variable", "label", "dimension", "definition", "source", "missing", "made")
        made = {item.name: item for item in self.study.derived}
        index = {self.study.entity, self.study.period}
        names = [name for name in dict.fromkeys([*self.study.variables, *made]) if name not in index]
        rows: list[list[Value]] = []
        for name in names:
            note = self.study.variables.get(name)
            texts = (note.label, note.dimension, note.definition, note.source, note.missing) if note else ()
            cells = [pick(text, self.language) for text in texts] or [name, "", "", "", ""]
            rows.append([name, *cells, self._made(made[name]) if name in made else ""])
        return self.table("dictionary", self.word("dictionary"), [self.word(key) for key in keys], rows)

    def _made(self, item: Derived) -> str:
        column = " × ".join(item.columns)
        if item.operation == "peer":
            of = {
                "neighbours": self.say("相邻单位", "neighbours"),
                "region": self.say("同区域单位", "units of the same region"),
                "distance": self.say("按距离加权的单位", "units weighted by distance"),
                "all": self.say("全部其他单位", "all other units"),
            }[item.of]
            lag = self.say(f"，滞后{item.lag}期", f", {item.lag} period(s) before") if item.lag else ""
            return self.say(f"{of}的{column}均值（不含本单位）{lag}", f"mean {column} of {of}, own unit excluded{lag}")
        text = {
            "log": f"ln({column})",
            "log1p": f"ln(1 + {column})",
            "square": f"{column}²",
            "standardise": f"z({column})",
            "lag": f"{column}[t−{item.lag}]",
            "difference": f"{column} − {column}[t−{item.lag}]",
            "winsorise": self.say("缩尾 ", "winsorised ") + f"{column} ({item.limits[0]:g}, {item.limits[1]:g})",
            "interaction": column + (self.say("（中心化）", " (centred)") if item.centre else ""),
        }
        return text[item.operation]

    def descriptives(self) -> OutputTable:
        keys = ("variable", "n", "mean", "sd", "minimum", "p25", "median", "p75", "maximum", "between", "within")
        rows: list[list[Value]] = [
            [
                self.label(item.variable),
                item.n,
                *(item.mean, item.sd, item.minimum, item.p25, item.median, item.p75, item.maximum),
                *(item.between, item.within),
            ]
            for item in self.analysis.moments
        ]
        header = [self.word(key) for key in keys]
        if self.analysis.vif:
            header.append("VIF")
            for row, item in zip(rows, self.analysis.moments, strict=True):
                row.append(self.analysis.vif.get(item.variable))
        return self.table("descriptives", self.word("descriptives"), header, rows)

    def correlations(self) -> OutputTable:
        found = self.analysis.correlations
        header = [self.word("variable"), *(f"({at})" for at in range(1, len(found.variables) + 1))]
        rows: list[list[Value]] = []
        for at, name in enumerate(found.variables):
            cells: list[Value] = [
                f"{found.values[at][other]:.3f}{stars(found.p[at][other]) if other < at else ''}"
                for other in range(at + 1)
            ]
            rows.append([f"({at + 1}) {self.label(name)}", *cells, *[None] * (len(found.variables) - at - 1)])
        note = self.say(f"N = {found.n}。", f"N = {found.n}.") + " " + self._star_note()
        return self.table("correlations", self.word("correlations"), header, rows, note)

    def _star_note(self) -> str:
        return "*** p < 0.01, ** p < 0.05, * p < 0.1" + self.say("。", ".")

    def gaps(self) -> OutputTable:
        rows: list[list[Value]] = [[self.label(item.variable), *item.missing] for item in self.analysis.gaps]
        return self.table("missing", self.word("gaps"), [self.word("variable"), *self.analysis.table.periods], rows)

    def regression(self) -> OutputTable:
        estimates = self.analysis.estimates
        header = [self.word("variable")]
        for at, found in enumerate(estimates, start=1):
            name = pick(found.request.name, self.language)
            header.append(f"({at}) {name}" if name else f"({at})")
        rows: list[list[Value]] = []
        dimension = ""
        for variable in self._in_order():
            own = self._dimension(variable)
            if own != dimension and variable != CONSTANT:
                dimension = own
                rows += [[dimension, *[None] * len(estimates)]] if own else []
            cells = [found.coefficients.get(variable) for found in estimates]
            rows.append([self.label(variable), *(self._estimate(cell, found, variable)
                                                 for cell, found in zip(cells, estimates, strict=True))])  # fmt: skip
            rows.append(["", *(f"({number(cell.std_error)})" if cell else None for cell in cells)])
        rows += self._below(estimates)
        return self.table("regression", self.word("regression"), header, rows, self._regression_note())

    def _in_order(self) -> list[str]:
        """Regressors by dimension in the order they come, the constant last."""
        names = dict.fromkeys(name for found in self.analysis.estimates for name in found.request.regressors)
        dimensions = list(dict.fromkeys(self._dimension(name) for name in names))
        ordered = sorted(names, key=lambda name: dimensions.index(self._dimension(name)))
        constant = any(CONSTANT in found.coefficients for found in self.analysis.estimates)
        return [*ordered, *([CONSTANT] if constant else [])]

    def _dimension(self, variable: str) -> str:
        note = self.study.variables.get(variable)
        return pick(note.dimension, self.language) if note else ""

    def _estimate(self, cell: Coefficient | None, found: Estimate, variable: str) -> Value:
        if cell:
            return f"{number(cell.estimate)}{stars(cell.p)}"
        if variable in dict(found.fit.dropped):
            return self.say("已剔除", "dropped")
        return None

    def _below(self, estimates: Sequence[Estimate]) -> Iterator[list[Value]]:
        yes, no = self.word("yes"), self.word("no")
        effects = [found.fit.effects for found in estimates]
        outcomes = [self.label(found.request.outcome) for found in estimates]
        if len(set(outcomes)) > 1:
            yield [self.word("outcome"), *outcomes]
        yield [self.word("estimator"), *(effects_word(name, self.language) for name in effects)]
        entity = {"entity": yes, "twoways": yes, "random": self.word("random")}
        yield [self.word("entity_effects"), *(entity.get(name, no) for name in effects)]
        yield [self.word("period_effects"), *(yes if name in {"time", "twoways"} else no for name in effects)]
        yield [self.word("convention"), *(found.request.se for found in estimates)]
        yield [self.word("n"), *(str(found.fit.nobs) for found in estimates)]
        yield [self.word("entities"), *(str(found.fit.entity.size) for found in estimates)]
        for key in ("within", "between", "overall", "total", "adjusted"):
            values = [found.fit.r2.get(key) for found in estimates]
            yield [self.word(f"r2_{key}"), *(None if value is None else number(value) for value in values)]
        yield [self.word("f"), *(f"{number(found.f[0])}{stars(found.f[1])}" for found in estimates)]

    def _regression_note(self) -> str:
        kinds = dict.fromkeys(convention_text(found, self.study, self.language) for found in self.analysis.estimates)
        semicolon, stop = self.say("；", "; "), self.say("。", ".")
        dropped = dict.fromkeys(
            f"{self.label(name)} ({at}): {self._reason(reason)}"
            for at, found in enumerate(self.analysis.estimates, start=1)
            for name, reason in found.fit.dropped
        )
        parts = [
            self.say("括号内为标准误。", "Standard errors in brackets.")
            + semicolon.join(kinds).join(("" if self.language == "zh" else " ", stop)),
            self._star_note(),
        ]
        if dropped:
            parts.append(self.say("剔除的变量：", "Dropped: ") + semicolon.join(dropped) + stop)
        return " ".join(parts)

    def _reason(self, reason: str) -> str:
        if self.language == "en":
            return reason
        return {
            "absorbed by the entity effects": "被个体效应吸收",
            "absorbed by the period effects": "被时期效应吸收",
            "absorbed by the two-way effects": "被双向效应吸收",
            "collinear with the others": "与其他变量共线",
            "it does not change between periods": "各期不变",
            "it does not vary": "无变化",
        }[reason]

    def tests(self) -> OutputTable:
        header = [self.word(key) for key in ("test", "estimator", "statistic", "df")] + ["p", self.word("note")]
        rows: list[list[Value]] = [
            [
                self.word(item.name),
                effects_word(item.effects, self.language),
                "\N{NO-BREAK SPACE}".join([SIGNS[item.distribution], "=", number(item.statistic)]),
                ", ".join(f"{value:g}" for value in (item.df if isinstance(item.df, tuple) else (item.df,)) if value),
                p_text(item.p),
                pick(item.note, self.language),
            ]
            for item in self.analysis.tests
        ]
        return self.table("tests", self.word("tests"), header, rows)

    def hypotheses(self) -> OutputTable:
        keys = ("hypothesis", "variable", "expected", "coefficient", "std_error")
        header = [*(self.word(key) for key in keys), "p", self.word("verdict")]
        reported = any(item.hypothesis.reported for item in self.analysis.judged)
        if reported:
            header += [self.word("reported"), self.word("agrees")]
        rows: list[list[Value]] = []
        for item in self.analysis.judged:
            found, asked = item.coefficient, item.hypothesis
            expected = "no effect" if asked.expected == "none" else asked.expected
            row: list[Value] = [
                pick(asked.name, self.language),
                self.label(asked.variable),
                self.word(expected),
                f"{number(found.estimate)}{stars(found.p)}" if found else None,
                number(found.std_error) if found else None,
                p_text(found.p) if found else None,
                self.word(item.verdict),
            ]
            if reported:
                row.append(self.word(f"reported {asked.reported}") if asked.reported else None)
                row.append(None if item.as_reported is None else self.word("yes" if item.as_reported else "no"))
            rows.append(row)
        return self.table("hypotheses", self.word("hypotheses"), header, rows)

    def steadiness(self) -> OutputTable:
        header = [
            self.word(key) for key in ("variable", "main", "count", "same_sign", "significant", "lowest", "highest")
        ]
        rows: list[list[Value]] = [
            [
                self.label(item.variable),
                f"{number(item.main.estimate)}{stars(item.main.p)}",
                *(item.variations, item.same_sign, item.significant),
                *(number(item.low), number(item.high)),
            ]
            for item in self.analysis.steadiness
        ]
        return self.table("robustness", self.word("steadiness"), header, rows)

    def spread(self) -> OutputTable:
        """The standard errors of the main estimate by convention, if the study asks for more than one."""
        found = [item for item in self.analysis.variations if item.family == "convention" and item.coefficients]
        names = [name for name in self.analysis.main.coefficients if name != CONSTANT]
        header = [self.word("convention"), *(self.label(name) for name in names)]
        rows: list[list[Value]] = [
            [
                item.change,
                *(
                    f"{number(item.coefficients[name].std_error)} [{p_text(item.coefficients[name].p)}]"
                    for name in names
                ),
            ]
            for item in found
        ]
        note = self.say("标准误，方括号内为p值。", "Standard errors, p in square brackets.")
        return self.table("conventions", self.word("spread"), header, rows, note)

    def variations(self) -> OutputTable:
        names = [name for name in self.analysis.main.coefficients if name != CONSTANT]
        header = [self.word("family"), self.word("change"), self.word("n"), *(self.label(name) for name in names)]
        rows: list[list[Value]] = []
        for item in self.analysis.variations:
            cells: list[Value] = [self._short(item.coefficients.get(name)) for name in names]
            if item.problem:
                cells = [self._problem(item.problem), *[None] * (len(names) - 1)]
            rows.append([self.word(item.family), item.change, item.nobs, *cells])
        return self.table("robustness_all", self.word("variations"), header, rows, self._star_note())

    def _problem(self, problem: str) -> str:
        return self.say("无法估计（原因见result.json）", problem)

    def _short(self, found: Coefficient | None) -> str | None:
        return f"{number(found.estimate)}{stars(found.p)} ({number(found.std_error)})" if found else None

    def heterogeneity(self) -> OutputTable:
        names = [name for name in self.analysis.main.coefficients if name != CONSTANT]
        header = [self.word("group"), self.word("entities"), self.word("n"), *(self.label(name) for name in names)]
        rows: list[list[Value]] = []
        for item in self.analysis.groups:
            cells: list[Value] = [self._short(item.coefficients.get(name)) for name in names]
            if item.problem:
                cells = [self._problem(item.problem), *[None] * (len(names) - 1)]
            rows.append([self.study.group_label(item.group, self.language), item.entities, item.nobs, *cells])
        return self.table("groups", self.word("heterogeneity"), header, rows, self._star_note())
