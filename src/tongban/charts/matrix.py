"""A heat chart of numbers: rows by columns, darker where there is more, the number in every cell."""

from collections.abc import Sequence

from tongban.charts import svg
from tongban.charts.lines import LineText

PALE, DARK = (0xF1, 0xF6, 0xF6), (0x0C, 0x51, 0x56)
LIGHT_TEXT = 0.55
"""From this share of the range on, numbers are written in white."""


def matrix_chart(
    rows: Sequence[str],
    columns: Sequence[str],
    values: Sequence[Sequence[float | None]],
    words: LineText,
    *,
    digits: int = 0,
) -> str:
    """The chart as SVG; shades run from the smallest to the largest value of the whole chart."""
    left = max(svg.text_width(name, 11) for name in rows) + 24
    cell = max(44.0, max(svg.text_width(name, 11) for name in columns) + 10)
    top, line = 68.0, 24.0
    known = [value for row in values for value in row if value is not None]
    low, high = min(known, default=0.0), max(known, default=1.0)
    parts = [svg.text(12, 20, words.title, size=14, weight=600)]
    if words.subtitle:
        parts.append(svg.text(12, 38, words.subtitle, size=11, fill=svg.MUTED))
    for at, name in enumerate(columns):
        parts.append(svg.text(left + cell * (at + 0.5), top - 8, name, size=11, anchor="middle", fill=svg.MUTED))
    for at, (name, row) in enumerate(zip(rows, values, strict=True)):
        y = top + line * at
        parts.append(svg.text(left - 10, y + line / 2 + 4, name, size=11, anchor="end"))
        for place, value in enumerate(row):
            x = left + cell * place
            share = 0.0 if value is None or high == low else (value - low) / (high - low)
            shade = "#ffffff" if value is None else _shade(share)
            parts.append(svg.rect(x + 1, y + 1, cell - 2, line - 2, fill=shade, radius=2))
            if value is not None:
                ink = "#ffffff" if share > LIGHT_TEXT else svg.INK
                text = f"{value:.{digits}f}"
                parts.append(svg.text(x + cell / 2, y + line / 2 + 4, text, size=11, anchor="middle", fill=ink))
    width = max(
        left + cell * len(columns) + 14, svg.text_width(words.title, 14) + 30, svg.text_width(words.subtitle, 11) + 30
    )
    notice = svg.wrapped(words.notice, 10, width - 24)
    height = top + line * len(rows) + 12
    for at, part in enumerate(notice):
        parts.append(svg.text(12, height + 8 + 14 * at, part, size=10, fill=svg.ORANGE))
    return svg.document(width, height + (14 * len(notice) + 4 if notice else 0), words.title, words.description, parts)


def _shade(share: float) -> str:
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in zip(PALE, DARK, strict=True))
