"""The truth table as a picture: one line for each observed row, dark cells for conditions that are present."""

from collections.abc import Sequence
from dataclasses import dataclass

from tongban.charts import svg

CELL, ROW, LEFT, BAR = 26.0, 19.0, 118.0, 130.0
SHADES = ("#ffffff", "#0c5156", "#b4690e", "#5b3f8c", "#6d8388")
"""Absent, present, and further values of multi-value sets."""


@dataclass(frozen=True)
class HeatRow:
    """An observed row: its number, the values of the conditions, cases, consistency, PRI and outcome."""

    number: int
    values: tuple[int, ...]
    cases: int
    consistency: float
    pri: float
    out: str


@dataclass(frozen=True)
class HeatText:
    title: str
    description: str
    row: str
    """How a row is named, with `{number}` and `{cases}`."""
    figures: str
    """The heading over bars and figures."""
    notice: str = ""


def truth_table_chart(conditions: Sequence[str], rows: Sequence[HeatRow], cut: float, words: HeatText) -> str:
    """The chart as SVG: rows by outcome and consistency, the consistency cut as a line through the bars."""
    head = 44 + max(svg.text_width(name, 11) for name in conditions) * 0.72
    ordered = sorted(rows, key=lambda row: (row.out != "1", row.out == "?", -row.consistency, row.number))
    right = LEFT + CELL * len(conditions) + 18
    width = max(right + BAR + 124, svg.text_width(words.title, 14) + 30, svg.text_width(words.notice, 10) + 30)
    height = head + ROW * len(ordered) + (44 if words.notice else 26)
    parts = [svg.text(12, 18, words.title, size=14, weight=600)]
    for at, name in enumerate(conditions):
        parts.append(svg.turned_text(LEFT + CELL * at + CELL / 2 + 2, head - 6, name, angle=-45, size=11))
    parts.append(svg.text(right, head - 8, words.figures, size=11, fill=svg.MUTED))
    for at, row in enumerate(ordered):
        parts += _row(row, head + ROW * at, right, words)
    limit = right + cut * BAR
    parts.append(svg.line(limit, head - 4, limit, head + ROW * len(ordered), stroke=svg.INK, dash="3 2"))
    parts.append(svg.text(limit, head + ROW * len(ordered) + 13, f"{cut:g}", size=10, anchor="middle", fill=svg.MUTED))
    if words.notice:
        parts.append(svg.text(12, height - 8, words.notice, size=10, fill=svg.ORANGE))
    return svg.document(width, height, words.title, words.description, parts)


def _row(row: HeatRow, y: float, right: float, words: HeatText) -> list[str]:
    middle = y + ROW / 2 + 4
    parts = [svg.text(LEFT - 10, middle, words.row.format(number=row.number, cases=row.cases), size=10, anchor="end")]
    for at, value in enumerate(row.values):
        shade = SHADES[min(value, len(SHADES) - 1)]
        parts.append(svg.rect(LEFT + CELL * at, y + 1, CELL - 2, ROW - 2, fill=shade, stroke=svg.GRID, radius=2))
    colour = {"1": svg.BLUE, "0": svg.GREY}.get(row.out, svg.GRID)
    parts.append(svg.rect(right, y + 4, max(1.0, row.consistency * BAR), ROW - 8, fill=colour, radius=1.5))
    parts.append(
        svg.text(right + BAR + 8, middle, f"{row.consistency:.3f} · {row.pri:.3f} → {row.out}", size=10, fill=svg.INK)
    )
    return parts
