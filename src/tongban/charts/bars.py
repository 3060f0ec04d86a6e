"""Horizontal bars as plain SVG: no library, no script, no style attribute (a strict content-security policy
holds).

Lengths are per cent of the width and ``em`` of the text, so a bar chart fits a telephone and a poster, and
grows with the reader's text size. The label of a group stands above its bars: Chinese names are long,
telephones are narrow.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from tongban.charts.svg import text_width, wrapped

# Dark, middle and light enough to tell apart in grey; each at least 3:1 against white.
COLOURS = ("#0c5156", "#b4690e", "#6d8388", "#5b3f8c")
_INK = "#18262a"
_LABEL_ROW = 1.7  # em
_LABEL_LINE = 1.4
# What a telephone of 390 pixels has for a label.
_LABEL_WIDTH = 22.0
_BAR_ROW = 1.5
_BAR = 1.1
_GROUP_GAP = 0.6
_LEGEND_ROW = 2.0
_LEGEND_BOX = 1.8  # with the space about it
# The longest bar leaves this share of the width for its figure.
_FULL = 78.0


@dataclass(frozen=True)
class BarChart:
    """What a bar chart shows.

    Attributes:
        title: What is shown, in the reader's language.
        groups: Label of each group of bars.
        series: Name of each bar within a group; one name draws no legend.
        values: ``values[group][series]``, not negative; None where there is no figure.
        unit: Written after each figure ("%", "件").
        decimals: Figures after the point.
        group_heading: Heading of the first column of the table.
        description: A sentence that says what the reader should see; by default the largest value.
        no_figure: Written where there is no figure.
    """

    title: str
    groups: Sequence[str]
    series: Sequence[str]
    values: Sequence[Sequence[float | None]]
    unit: str = ""
    decimals: int = 0
    group_heading: str = ""
    description: str = ""
    no_figure: str = "–"

    def __post_init__(self) -> None:
        if not self.series or len(self.series) > len(COLOURS):
            raise ValueError(f"a bar chart has 1 to {len(COLOURS)} series; {len(self.series)} given")
        if len(self.values) != len(self.groups):
            raise ValueError(f"{len(self.groups)} groups but {len(self.values)} rows of values")
        for group, row in zip(self.groups, self.values, strict=True):
            if len(row) != len(self.series):
                raise ValueError(f"group {group!r} has {len(row)} values for {len(self.series)} series")
            if any(value is not None and not 0 <= value < float("inf") for value in row):
                raise ValueError(f"group {group!r} holds {list(row)}; bars are finite and not negative")

    def figure(self, value: float | None) -> str:
        """A value as it is written beside its bar."""
        return self.no_figure if value is None else f"{value:,.{self.decimals}f}{self.unit and ' '}{self.unit}"


def draw_bars(chart: BarChart) -> str:
    """The chart as an ``<svg>`` element with title and description; every text is escaped."""
    most = max((value for row in chart.values for value in row if value is not None), default=0.0) or 1.0
    legend = len(chart.series) > 1
    parts: list[str] = []
    y = 0.0
    if legend:
        # Each name gets an equal share of the row where that is enough on a telephone, else a row of its own.
        share = 100 / len(chart.series)
        in_a_row = max(text_width(name, 1) for name in chart.series) + _LEGEND_BOX < _LABEL_WIDTH / len(chart.series)
        for index, name in enumerate(chart.series):
            x, top = (index * share, 0.0) if in_a_row else (0.0, index * _LABEL_LINE)
            parts.append(
                f'<rect x="{x:.2f}%" y="{top + 0.25:.2f}em" width="0.9em" height="0.9em" fill="{COLOURS[index]}"/>'
                f'<text x="{x:.2f}%" y="{top + 1.05:.2f}em" dx="1.3em" fill="{_INK}">{escape(name)}</text>',
            )
        y = _LEGEND_ROW + (0 if in_a_row else (len(chart.series) - 1) * _LABEL_LINE)
    for group, row in zip(chart.groups, chart.values, strict=True):
        for line in wrapped(group, 1, _LABEL_WIDTH):
            parts.append(f'<text x="0" y="{y + 1.15:.2f}em" fill="{_INK}">{escape(line)}</text>')
            y += _LABEL_LINE
        y += _LABEL_ROW - _LABEL_LINE
        for index, value in enumerate(row):
            length = _FULL * (value or 0) / most
            if value:
                parts.append(
                    f'<rect x="0" y="{y:.2f}em" width="{length:.3f}%" height="{_BAR}em" fill="{COLOURS[index]}"/>',
                )
            parts.append(
                f'<text x="{length:.3f}%" y="{y + 0.92:.2f}em" dx="0.4em" fill="{_INK}">'
                f"{escape(chart.figure(value))}</text>",
            )
            y += _BAR_ROW
        y += _GROUP_GAP
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="100%" height="{max(y, 1):.2f}em" role="img">'
        f"<title>{escape(chart.title)}</title><desc>{escape(chart.description or _largest(chart))}</desc>"
        f"{''.join(parts)}</svg>"
    )


def tabulate(chart: BarChart) -> tuple[list[str], list[list[str]]]:
    """The same figures as a table: column headings, and a row for each group."""
    return (
        [chart.group_heading, *chart.series],
        [
            [group, *(chart.figure(value) for value in row)]
            for group, row in zip(chart.groups, chart.values, strict=True)
        ],
    )


def _largest(chart: BarChart) -> str:
    found = [
        (value, f"{group} {name}".strip())
        for group, row in zip(chart.groups, chart.values, strict=True)
        for name, value in zip(chart.series, row, strict=True)
        if value is not None
    ]
    if not found:
        return chart.no_figure
    value, label = max(found, key=lambda pair: pair[0])
    return f"{label}: {chart.figure(value)}"
