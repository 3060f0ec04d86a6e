"""The figures of a study of configurations: XY plots of paths and solutions, and truth-table charts."""

import numpy as np

from tongban.charts.heat import HeatRow, HeatText, truth_table_chart
from tongban.charts.xy import Point, XYText, xy_plot
from tongban.observatory.qca.analysis import Analysis, TableResult
from tongban.observatory.qca.extras import Extras
from tongban.observatory.qca.paths import ResultTable
from tongban.observatory.qca.sets import union
from tongban.observatory.report.words import word
from tongban.observatory.study.language import Language, pick
from tongban.observatory.study.writer import Figure, OutputTable


def figures(analysis: Analysis, extras: Extras, language: Language) -> list[list[Figure]]:
    """For each truth table: its chart, then an XY plot of the solution and of every path."""
    found = []
    for at, (table, shown) in enumerate(zip(analysis.tables, extras.results, strict=True), start=1):
        mine = [_heat(analysis, table, at, language)]
        if shown is not None:
            mine += _xy(analysis, table, shown, at, language)
        found.append(mine)
    return found


def _notice(analysis: Analysis, language: Language) -> str:
    return pick(analysis.study.notice, language) if analysis.study.notice else ""


def _heat(analysis: Analysis, result: TableResult, at: int, language: Language) -> Figure:
    conditions = analysis.study.conditions
    rows = [
        HeatRow(row.number, row.config, len(row.cases), row.fit.consistency, row.fit.pri, row.out)
        for row in result.table.rows
    ]
    positive, below = result.table.count("1"), result.table.count("?")
    zh = language == "zh"
    title = f"{word('truth_table', language)} {at}: {result.request.label}"
    alternative = (
        f"真值表图：{len(rows)}个观察到的组态，其中{positive}个结果为1，{below}个低于频数阈值；深色格表示条件出现，横条表示一致性，虚线为一致性阈值。"
        if zh
        else f"Chart of the truth table: {len(rows)} observed rows, {positive} with outcome 1 and {below} below the "
        "frequency cut; dark cells are conditions present, bars are consistency, the dashed line is its cut."
    )
    svg = truth_table_chart(
        conditions,
        rows,
        result.request.cuts.consistency,
        HeatText(
            title=title,
            description=alternative,
            row="第{number}行（{cases}例）" if zh else "row {number} (n = {cases})",
            figures="一致性 · PRI → 结果值" if zh else "consistency · PRI → OUT",
            notice=_notice(analysis, language),
        ),
    )
    data = OutputTable(
        f"figure_truth_table_{at}",
        title,
        (
            *(word("row", language), *conditions, word("n", language)),
            *(word("consistency", language), "PRI", word("out", language)),
        ),
        tuple((row.number, *row.values, row.cases, row.consistency, row.pri, row.out) for row in rows),
    )
    return Figure(f"truth_table_{at}", title, alternative, svg, data)


def _xy(analysis: Analysis, result: TableResult, shown: ResultTable, at: int, language: Language) -> list[Figure]:
    evaluator = result.evaluator
    memberships = [evaluator.membership(np.array(path.term.values, dtype=np.int8)) for path in shown.paths]
    whole = union(memberships, len(analysis.sets.cases))
    solution = word("solution", language)
    entries = [
        (f"xy_{at}_solution", solution, " + ".join(path.label for path in shown.paths), whole, shown.fit),
        *(
            (f"xy_{at}_path_{path.label}", f"{word('path', language)} {path.label}", path.term.term, x, path.term.fit)
            for path, x in zip(shown.paths, memberships, strict=True)
        ),
    ]
    found = []
    for name, heading, expression, x, fit in entries:
        deviant = sum(a > 0.5 > b for a, b in zip(x, evaluator.outcome, strict=True))  # noqa: PLR2004
        members = int((x > 0.5).sum())  # noqa: PLR2004
        lacking = f"{deviant}个" if deviant else "没有案例"
        title = f"{heading} → {shown.outcome}"
        figures_line = (
            f"{word('consistency', language)} {fit.consistency:.3f} · PRI {fit.pri:.3f} · "
            f"{word('coverage', language)} {fit.coverage:.3f}"
        )
        alternative = (
            f"XY图：{expression}的隶属度（横轴）与{shown.outcome}的隶属度（纵轴）。{members}个案例属于该组态，其中{lacking}不具有结果。"
            if language == "zh"
            else f"XY plot of membership in {expression} (horizontal) and in {shown.outcome} (vertical). "
            f"{members} cases are members, {deviant or 'none'} of them without the outcome."
        )
        points = [
            Point(_short(case), float(a), float(b))
            for case, a, b in zip(analysis.sets.cases, x, evaluator.outcome, strict=True)
        ]
        svg = xy_plot(
            points,
            XYText(
                title=title,
                subtitle=figures_line,
                x_axis=f"{word('membership_in', language)}{_cut(expression)}",
                y_axis=f"{word('membership_in', language)}{shown.outcome}",
                description=alternative,
                notice=_notice(analysis, language),
            ),
        )
        data = OutputTable(
            f"figure_{name}",
            title,
            (word("case", language), expression, shown.outcome),
            tuple(
                (case, float(a), float(b)) for case, a, b in zip(analysis.sets.cases, x, evaluator.outcome, strict=True)
            ),
        )
        found.append(Figure(name, title, alternative, svg, data))
    return found


def _short(case: str) -> str:
    """A long name shortened for a label: the number of "Province 07" tells it apart."""
    first, _, last = case.rpartition(" ")
    return f"{first[0]}{last}" if first and last.isdigit() else case


def _cut(expression: str, longest: int = 64) -> str:
    return expression if len(expression) <= longest else expression[: longest - 1] + "…"
