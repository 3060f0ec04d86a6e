"""Figures over time: lines, small multiples, ranks (bump) and two ends (slope), every line named where it ends."""

from collections.abc import Sequence
from dataclasses import dataclass

from tongban.charts import svg
from tongban.charts.scale import apart, decimals, ticks

COLOURS = ("#0c5156", "#5b3f8c", "#2b6ca3", "#7a8f1f", "#a3324a", "#6d8388", "#8a6d3b", "#3f7f5f")
"""Each at least 3:1 against white; the line that is emphasised is orange and thick."""
LABEL = 11.0


@dataclass(frozen=True)
class Series:
    """A line: its name, and a value (or none) at every place of the horizontal axis."""

    name: str
    values: Sequence[float | None]
    emphasised: bool = False
    dashed: bool = False


@dataclass(frozen=True)
class LineText:
    """The words of a figure, in the reader's language."""

    title: str
    description: str
    subtitle: str = ""
    notice: str = ""


@dataclass(frozen=True)
class Frame:
    """Where a panel stands, and how values become places in it."""

    left: float
    top: float
    width: float
    height: float
    x: Sequence[int]
    low: float
    high: float
    falling: bool = False
    """Small values on top, as ranks are drawn."""

    def across(self, value: float) -> float:
        span = self.x[-1] - self.x[0]
        return self.left + (self.width * (value - self.x[0]) / span if span else self.width / 2)

    def down(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return self.top + self.height * (share if self.falling else 1 - share)


def line_chart(
    x: Sequence[int], series: Sequence[Series], words: LineText, *, marks: Sequence[tuple[float, str]] = ()
) -> str:
    """Lines over periods at their true distance; `marks` are named levels drawn across, such as bounds."""
    names = max([svg.text_width(each.name, LABEL) for each in series] + [0.0])
    width, height, left, top = 470.0, 270.0, 46.0, 54.0
    frame, grid = _frame(x, series, (left, top, width, height), marks)
    parts = [*_head(words), *grid, *_years(frame), *_lines(frame, series), *_ends(frame, series)]
    return _document(left + width + names + 22, top + height + 36, words, parts)


def small_multiples(
    x: Sequence[int], panels: Sequence[tuple[str, Sequence[Series]]], words: LineText, *, columns: int = 2
) -> str:
    """One small panel a group of lines, all on the same scale, so that shapes can be compared."""
    everything = [each for _, series in panels for each in series]
    names = max([svg.text_width(each.name, 10) for each in everything] + [0.0])
    headings = max(svg.text_width(name, 12) for name, _ in panels)
    wide, high, left, top = max(216.0, headings - names), 132.0, 40.0, 58.0
    step_x, step_y = wide + names + left + 14, high + 58
    parts = _head(words)
    for at, (name, series) in enumerate(panels):
        column, row = at % columns, at // columns
        place = (left + column * step_x, top + 12 + row * step_y, wide, high)
        frame, grid = _frame(x, everything, place, ())
        parts += [svg.text(place[0], place[1] - 8, name, size=12, weight=600), *grid]
        parts += [*_years(frame, few=True), *_lines(frame, series), *_ends(frame, series, size=10)]
    rows = -(-len(panels) // columns)
    return _document(left + min(columns, len(panels)) * step_x - 20, top + rows * step_y + 6, words, parts)


def bump_chart(x: Sequence[int], series: Sequence[Series], words: LineText) -> str:
    """Ranks over periods, the first on top, the rank written at every point of the emphasised line and at both ends."""
    names = max([svg.text_width(each.name, LABEL) + 26 for each in series] + [0.0])
    width, height, left, top = 470.0, 270.0, 46.0, 54.0
    known = [value for each in series for value in each.values if value is not None]
    frame = Frame(left, top, width, height, x, 1, max([*known, 2]), falling=True)
    parts = _head(words)
    for value in [1.0, *[each for each in ticks(1, frame.high) if 1 < each <= frame.high]]:
        y = frame.down(value)
        parts += [
            svg.line(left, y, left + width, y, stroke=svg.GRID),
            svg.text(left - 8, y + 4, f"{value:g}", size=10, anchor="end", fill=svg.MUTED),
        ]
    parts += [*_years(frame), *_lines(frame, series)]
    for each in series:
        if each.emphasised:
            parts += [
                svg.text(
                    frame.across(at), frame.down(value) - 8, f"{value:g}", size=10, anchor="middle", fill=svg.ORANGE
                )
                for at, value in zip(x, each.values, strict=True)
                if value is not None
            ]
    parts += _ends(frame, series, value="{:g}")
    return _document(left + width + names + 22, top + height + 36, words, parts)


def slope_chart(ends: tuple[str, str], series: Sequence[Series], words: LineText, *, digits: int = 3) -> str:
    """Two ends and a line between them for each series, which has exactly two values."""
    shown = [each for each in series if None not in each.values]
    names = max([svg.text_width(each.name, LABEL) + 44 for each in shown] + [60.0])
    width, height, top = 220.0, max(200.0, 16.0 * len(shown)), 74.0
    left = names + 16
    known = [value for each in shown for value in each.values if value is not None] or [0.0, 1.0]
    low, high = min(known), max(known)
    frame = Frame(left, top, width, height, (0, 1), low, high if high > low else low + 1)
    parts = [
        *_head(words),
        svg.text(left, top - 14, ends[0], size=12, anchor="middle", weight=600),
        svg.text(left + width, top - 14, ends[1], size=12, anchor="middle", weight=600),
        svg.line(left, top - 6, left, top + height + 6),
        svg.line(left + width, top - 6, left + width, top + height + 6),
        *_lines(frame, shown),
    ]
    for side, x, anchor in ((0, left - 9, "end"), (1, left + width + 9, "start")):
        values = [float(each.values[side] or 0.0) for each in shown]
        places = apart([frame.down(value) for value in values], 14, top - 4, top + height + 4)
        for each, value, y in zip(shown, values, places, strict=True):
            label = f"{each.name} {value:.{digits}f}" if not side else f"{value:.{digits}f} {each.name}"
            heavy = 600 if each.emphasised else 400
            parts.append(svg.text(x, y + 4, label, size=LABEL, anchor=anchor, fill=_colour(shown, each), weight=heavy))
    return _document(left + width + names + 16, top + height + 26, words, parts)


def _colour(series: Sequence[Series], each: Series) -> str:
    if each.emphasised:
        return svg.ORANGE
    return COLOURS[[other for other in series if not other.emphasised].index(each) % len(COLOURS)]


def _head(words: LineText) -> list[str]:
    parts = [svg.text(12, 20, words.title, size=14, weight=600)]
    return [*parts, svg.text(12, 38, words.subtitle, size=11, fill=svg.MUTED)] if words.subtitle else parts


def _frame(
    x: Sequence[int],
    series: Sequence[Series],
    place: tuple[float, float, float, float],
    marks: Sequence[tuple[float, str]],
) -> tuple[Frame, list[str]]:
    """A panel whose scale holds all values and marks, and its grid."""
    left, top, width, height = place
    known = [value for each in series for value in each.values if value is not None]
    known += [value for value, _ in marks]
    shown = ticks(min(known, default=0.0), max(known, default=1.0), 6 if height > 200 else 4)  # noqa: PLR2004 - a small panel
    frame = Frame(left, top, width, height, x, shown[0], shown[-1])
    parts = []
    for value in shown:
        y = frame.down(value)
        strong = value == 0 and shown[0] < 0
        parts += [
            svg.line(left, y, left + width, y, stroke=svg.RULE if strong else svg.GRID),
            svg.text(left - 7, y + 4, f"{value:.{decimals(shown)}f}", size=10, anchor="end", fill=svg.MUTED),
        ]
    for value, name in marks:
        y = frame.down(value)
        parts += [
            svg.line(left, y, left + width, y, stroke=svg.RULE, dash="2 3"),
            _mark_name(frame, series, y, name),
        ]
    return frame, parts


def _mark_name(frame: Frame, series: Sequence[Series], y: float, name: str) -> str:
    """The name of a mark, at the end where fewer lines come near."""

    def room(values: slice) -> float:
        near = [value for each in series for value in each.values[values] if value is not None]
        return min((abs(frame.down(value) - y + 8) for value in near), default=1e9)

    if room(slice(None, 3)) >= room(slice(-3, None)):
        return svg.text(frame.left + 6, y - 4, name, size=10, fill=svg.MUTED)
    return svg.text(frame.left + frame.width - 6, y - 4, name, size=10, anchor="end", fill=svg.MUTED)


def _years(frame: Frame, *, few: bool = False) -> list[str]:
    """Periods under the axis, those left out that would touch the one before."""
    y = frame.top + frame.height + 17
    chosen = [frame.x[0], frame.x[-1]] if few else list(frame.x)
    parts = []
    reached = -1e9
    last = frame.across(chosen[-1]) - svg.text_width(str(chosen[-1]), 11) / 2
    for period in chosen:
        x, half = frame.across(period), svg.text_width(str(period), 11) / 2
        fits = x - half > reached + 6 and (period == chosen[-1] or x + half < last - 6)
        parts.append(svg.line(x, frame.top + frame.height, x, frame.top + frame.height + 4, stroke=svg.RULE))
        if fits:
            parts.append(svg.text(x, y, str(period), size=11, anchor="middle", fill=svg.MUTED))
            reached = x + half
    return parts


def _lines(frame: Frame, series: Sequence[Series]) -> list[str]:
    """Lines with points; a missing value breaks the line. The emphasised are drawn last, over the others."""
    parts = []
    for each in sorted(series, key=lambda item: item.emphasised):
        colour = _colour(series, each)
        for run in _runs(frame, each):
            if len(run) > 1:
                width = 2.6 if each.emphasised else 1.6
                parts.append(svg.path(run, stroke=colour, width=width, dash="5 3" if each.dashed else ""))
            radius = 3.2 if each.emphasised else 2.2
            parts += [svg.circle(x, y, radius, fill=colour, stroke="#ffffff", width=0.8) for x, y in run]
    return parts


def _runs(frame: Frame, each: Series) -> list[list[tuple[float, float]]]:
    runs: list[list[tuple[float, float]]] = [[]]
    for period, value in zip(frame.x, each.values, strict=True):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((frame.across(period), frame.down(value)))
    return [run for run in runs if run]


def _ends(frame: Frame, series: Sequence[Series], *, size: float = LABEL, value: str = "") -> list[str]:
    """The name of every line at its right end, moved apart where they would touch."""
    shown = [
        (each, last)
        for each in series
        if (last := next((v for v in reversed(each.values) if v is not None), None)) is not None
    ]
    places = apart([frame.down(last) for _, last in shown], size + 2.5, frame.top, frame.top + frame.height)
    edge = frame.left + frame.width
    parts = []
    for (each, last), y in zip(shown, places, strict=True):
        colour = _colour(series, each)
        true = frame.down(last)
        if abs(true - y) > 3:  # noqa: PLR2004 - moved so far that a leader helps
            parts.append(svg.line(edge + 3, true, edge + 9, y, stroke=colour, width=0.7))
        label = f"{value.format(last)}  {each.name}" if value else each.name
        parts.append(
            svg.text(edge + 12, y + size / 3, label, size=size, fill=colour, weight=600 if each.emphasised else 400)
        )
    return parts


def _document(width: float, height: float, words: LineText, parts: list[str]) -> str:
    width = max(width, svg.text_width(words.title, 14) + 30, svg.text_width(words.subtitle, 11) + 30)
    notice = svg.wrapped(words.notice, 10, width - 24)
    for at, line in enumerate(notice):
        parts.append(svg.text(12, height + 4 + 14 * at, line, size=10, fill=svg.ORANGE))
    return svg.document(width, height + 14 * len(notice), words.title, words.description, parts)
