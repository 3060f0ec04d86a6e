"""The tables of a study of configurations, ready to be written in any format."""

from collections.abc import Iterator, Sequence

from tongban.observatory.qca.analysis import Analysis, TableResult
from tongban.observatory.qca.extras import Extras
from tongban.observatory.qca.paths import ResultTable, type_names
from tongban.observatory.qca.robustness import Robustness
from tongban.observatory.qca.sensitivity import AnchorRange
from tongban.observatory.report.marks import mark_of, sign
from tongban.observatory.report.words import word
from tongban.observatory.study.language import Language, listed, pick
from tongban.observatory.study.writer import OutputTable, Value


def result_tables(analysis: Analysis, extras: Extras, language: Language) -> list[OutputTable]:
    """Every table of the study in reading order. A notice of the study stands under each."""
    note = pick(analysis.study.notice, language) if analysis.study.notice else ""
    makers = _Tables(analysis, extras, language, note)
    return [*makers.inputs(), *makers.necessity(), *makers.solutions(), *makers.optional()]


class _Tables:
    def __init__(self, analysis: Analysis, extras: Extras, language: Language, note: str) -> None:
        self.analysis = analysis
        self.extras = extras
        self.language = language
        self.note = note

    def word(self, key: str) -> str:
        return word(key, self.language)

    def label(self, column: str) -> str:
        return self.analysis.study.label(column, self.language)

    def names(self, cases: Sequence[int]) -> str:
        return listed([self.analysis.sets.cases[at] for at in cases], self.language)

    def table(
        self, name: str, title: str, header: Sequence[str], rows: Sequence[Sequence[Value]], note: str = ""
    ) -> OutputTable:
        notes = " ".join(part for part in (note, self.note) if part)
        return OutputTable(name, title, tuple(header), tuple(tuple(row) for row in rows), notes)

    def inputs(self) -> Iterator[OutputTable]:
        study, sets = self.analysis.study, self.analysis.sets
        if study.variables:
            header = [self.word(key) for key in ("column", "label", "dimension", "definition", "source", "missing")]
            rows: list[list[Value]] = [
                [
                    column,
                    *(pick(text, self.language) for text in (note.label, note.dimension, note.definition)),
                    *(pick(text, self.language) for text in (note.source, note.missing)),
                ]
                for column, note in study.variables.items()
            ]
            yield self.table("dictionary", self.word("dictionary"), header, rows)
        if study.calibration:
            header = [self.word(key) for key in ("column", "method", "anchors", "log_odds", "half")]
            rows = [
                [
                    item.column,
                    self.word(item.method),
                    " / ".join(f"{value:g}" for value in sets.anchors[item.column]),
                    item.log_odds if item.method == "direct" else None,
                    item.half,
                ]
                for item in study.calibration
            ]
            yield self.table("calibration", self.word("calibration"), header, rows)
        rows = [[case, *(float(values[at]) for values in sets.analysed.values())] for at, case in enumerate(sets.cases)]
        yield self.table("memberships", self.word("scores"), [self.word("case"), *sets.analysed], rows)

    def necessity(self) -> Iterator[OutputTable]:
        first, second = self.analysis.necessity
        header = [self.word("condition")]
        for part in (first, second):
            header += [f"{self.word(key)} ({part.outcome})" for key in ("consistency", "coverage", "relevance")]
        rows: list[list[Value]] = [
            [
                one.literal,
                *(one.necessity.consistency, one.necessity.coverage, one.necessity.relevance),
                *(other.necessity.consistency, other.necessity.coverage, other.necessity.relevance),
            ]
            for one, other in zip(first.single, second.single, strict=True)
        ]
        yield self.table("necessity", self.word("necessity"), header, rows)
        rows = [
            [part.outcome, found.expression, found.fit.consistency, found.fit.coverage, found.fit.relevance]
            for part in self.analysis.necessity
            for found in part.supersets
        ]
        header = [self.word(key) for key in ("outcome", "condition", "consistency", "coverage", "relevance")]
        yield self.table("necessity_combinations", self.word("necessity_or"), header, rows)

    def solutions(self) -> Iterator[OutputTable]:
        for at, (table, shown) in enumerate(zip(self.analysis.tables, self.extras.results, strict=True), start=1):
            yield self._truth_table(at, table)
            if shown is not None:
                yield self.paths(at, shown)
                yield self._models(at, table)

    def _truth_table(self, at: int, result: TableResult) -> OutputTable:
        header = [
            self.word("row"),
            *self.analysis.study.conditions,
            *(self.word(key) for key in ("out", "n", "consistency")),
            "PRI",
            self.word("cases"),
        ]
        rows = [
            [row.number, *row.config, row.out, len(row.cases), row.fit.consistency, row.fit.pri, self.names(row.cases)]
            for row in result.table.rows
        ]
        return self.table(f"truth_table_{at}", f"{self.word('truth_table')} {at}: {result.request.label}", header, rows)

    def paths(self, at: int, shown: ResultTable) -> OutputTable:
        """The result as papers print it: one column a path."""
        header = [self.word("condition"), *(path.label for path in shown.paths), self.word("overall")]
        rows: list[list[Value]] = []
        if types := [self._type(shown.outcome, path.term.term) for path in shown.paths if self.analysis.study.types]:
            rows.append([self.word("type"), *types, None])
        rows += [
            [self.label(name), *(sign(mark_of(path, name)) for path in shown.paths), None]
            for name in self.analysis.study.conditions
        ]
        rows += [
            [self.word("consistency"), *(path.term.fit.consistency for path in shown.paths), shown.fit.consistency],
            ["PRI", *(path.term.fit.pri for path in shown.paths), shown.fit.pri],
            [self.word("raw_coverage"), *(path.term.fit.coverage for path in shown.paths), shown.fit.coverage],
            [self.word("unique_coverage"), *(path.term.unique for path in shown.paths), None],
            [self.word("typical"), *(self.names(path.typical) for path in shown.paths), None],
            [self.word("deviant"), *(self.names(path.deviant) for path in shown.paths), None],
            [self.word("covered_uniquely"), *(self.names(path.unique) for path in shown.paths), None],
            [self.word("uncovered"), *("" for _ in shown.paths), self.names(shown.uncovered)],
        ]
        signs = (
            "●/⊗ 核心条件出现/缺席，•/⊗ₛ 边缘条件出现/缺席，空白表示可有可无。"
            if self.language == "zh"
            else "●/⊗ core condition present/absent, •/⊗ₛ peripheral condition present/absent, blank: either."
        )
        return self.table(f"paths_{at}", f"{self.word('paths')} {at}: {shown.outcome}", header, rows, signs)

    def _type(self, outcome: str, term: str) -> str:
        """The researcher's name for the type a path belongs to; empty where it has none."""
        names = type_names(self.analysis.study, outcome, term)
        return listed([pick(name, self.language) for name in names], self.language) if names else ""

    def _models(self, at: int, result: TableResult) -> OutputTable:
        header = [self.word(key) for key in ("solution", "model", "consistency")]
        header += ["PRI", self.word("coverage")]
        intermediate = {
            " + ".join(sorted(term.term for term in model.terms)): model
            for models in result.intermediate_models
            for model in models
        }
        groups = (
            ("complex", result.complex_models),
            ("parsimonious", result.parsimonious_models),
            ("intermediate", list(intermediate.values())),
        )
        rows: list[list[Value]] = [
            [
                self.word(kind),
                " + ".join(term.term for term in model.terms),
                *(model.fit.consistency, model.fit.pri, model.fit.coverage),
            ]
            for kind, models in groups
            for model in models
        ]
        return self.table(f"models_{at}", f"{self.word('models')} {at}: {result.request.label}", header, rows)

    def optional(self) -> Iterator[OutputTable]:
        if self.extras.nca:
            yield from self._nca()
        if self.extras.panel:
            yield self._panel()
        for at, report in enumerate(self.extras.robustness, start=1):
            if report is not None:
                yield from self._robustness(at, report)

    def _nca(self) -> Iterator[OutputTable]:
        header = [*(self.word(key) for key in ("condition", "ceiling", "effect")), "p", self.word("accuracy")]
        rows: list[list[Value]] = [
            [found.condition, ceiling.ceiling.upper().replace("_", "-"), ceiling.effect, ceiling.p, ceiling.accuracy]
            for found in self.extras.nca
            for ceiling in found.ceilings
        ]
        yield self.table("nca", self.word("nca"), header, rows)
        levels = self.analysis.study.nca.levels if self.analysis.study.nca else ()
        rows = [
            [f"{level:g}", *(self._required(found.ceilings[1].required[at]) for found in self.extras.nca)]
            for at, level in enumerate(levels)
        ]
        header = [self.analysis.study.outcome, *(found.condition for found in self.extras.nca)]
        yield self.table("nca_bottleneck", f"{self.word('bottleneck')} CR-FDH", header, rows)

    def _required(self, share: float | None) -> str:
        return self.word("not_necessary") if share is None else f"{share:.1f}"

    def _panel(self) -> OutputTable:
        zh = self.language == "zh"
        header = [
            self.word("path"),
            *(("汇总一致性", "汇总覆盖度") if zh else ("pooled consistency", "pooled coverage")),
            *(("组间一致性距离", "组内一致性距离") if zh else ("between distance", "within distance")),
            *(
                ("组间覆盖度距离", "组内覆盖度距离")
                if zh
                else ("between distance, coverage", "within distance, coverage")
            ),
        ]
        rows: list[list[Value]] = [
            [
                fit.expression,
                fit.pooled_consistency,
                fit.pooled_coverage,
                fit.between.consistency_distance,
                fit.within.consistency_distance,
                fit.between.coverage_distance,
                fit.within.coverage_distance,
            ]
            for table in self.extras.panel
            for fit in table
        ]
        return self.table("panel", self.word("panel"), header, rows)

    def _robustness(self, at: int, report: Robustness) -> Iterator[OutputTable]:
        header = [self.word("path"), self.word("verdict")]
        header += [self.word(key) for key in ("same", "superset", "subset", "absent")]
        rows: list[list[Value]] = [
            [
                path.term,
                self.word(path.verdict),
                *(path.counts[key] for key in ("same", "superset", "subset", "absent")),
            ]
            for path in report.paths
        ]
        title = f"{self.word('robust_paths')} {at}: {report.outcome}"
        yield self.table(f"robustness_paths_{at}", title, header, rows)
        header = [self.word(key) for key in ("family", "change", "terms")]
        rows = [
            [family_word(test.family, self.language), test.change, test.problem or " + ".join(test.labels)]
            for test in report.tests
        ]
        title = f"{self.word('robust_tests')} {at}: {report.outcome}"
        yield self.table(f"robustness_tests_{at}", title, header, rows)
        if report.anchor_ranges:
            title = f"{self.word('anchor_ranges')} {at}: {report.outcome}"
            header = [self.word("column"), *anchor_header(self.language)]
            rows = [[found.column, *anchor_row(found, self.language)] for found in report.anchor_ranges]
            yield self.table(f"robustness_anchors_{at}", title, header, rows)


def family_word(family: str, language: Language) -> str:
    return word("anchors_family" if family == "anchors" else family, language)


def anchor_header(language: Language) -> list[str]:
    """Of a table of anchor ranges, one anchor a row."""
    return [word(key, language) for key in ("anchor", "chosen", "lowest", "lowest_limit", "highest", "highest_limit")]


def anchor_row(found: AnchorRange, language: Language) -> list[Value]:
    """One anchor: in the column's unit, with what ends its range on either side."""
    row: list[Value] = [word(found.anchor, language), f"{found.chosen:g}"]
    for end in (found.low, found.high):
        row += [f"{end.inside:.5g}", word(f"limit_{end.limit}", language)]
    return row
