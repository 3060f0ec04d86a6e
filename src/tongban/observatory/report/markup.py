"""The few pieces of HTML a report is made of. Everything that comes from data is escaped here."""

from collections.abc import Iterable, Sequence
from html import escape

from tongban.observatory.qca.paths import Mark
from tongban.observatory.study.writer import OutputTable, Value, shown


def paragraph(text: str, *, css: str = "") -> str:
    return f"<p{_class(css)}>{escape(text)}</p>"


def box(text: str, css: str) -> str:
    return f'<div class="{css}"><p>{escape(text)}</p></div>'


def expression(text: str) -> str:
    return f'<span class="expression">{escape(text)}</span>'


def bullets(items: Iterable[str]) -> str:
    """A list; items are HTML already."""
    return "<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>"


def table(content: OutputTable, *, caption: bool = True) -> str:
    """A table that scrolls sideways on a narrow screen; the first cell of a row is its heading."""
    numeric = [_numeric([row[at] for row in content.rows]) for at in range(len(content.header))]
    head = "".join(
        f'<th scope="col"{_class("figure" if figures else "")}>{escape(cell)}</th>'
        for cell, figures in zip(content.header, numeric, strict=True)
    )
    body = "".join(_row(row, numeric) for row in content.rows)
    title = f"<caption>{escape(content.title)}</caption>" if caption else ""
    note = f'<p class="note">{escape(content.note)}</p>' if content.note else ""
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{escape(content.title)}"><table>{title}'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>{note}"
    )


def _row(row: Sequence[Value], numeric: Sequence[bool]) -> str:
    cells = [f'<th scope="row"{_class("figure" if numeric[0] else "")}>{escape(shown(row[0]))}</th>']
    cells += [
        f"<td{_class('figure' if figures else '')}>{escape(shown(cell))}</td>"
        for cell, figures in zip(row[1:], numeric[1:], strict=True)
    ]
    return f"<tr>{''.join(cells)}</tr>"


def _numeric(cells: Sequence[Value]) -> bool:
    return bool(cells) and all(cell is None or isinstance(cell, int | float) for cell in cells)


def folded(summary: str, content: str) -> str:
    """Content behind a summary that opens without script."""
    return f"<details><summary>{escape(summary)}</summary>{content}</details>"


def figure(svg: str, caption: str) -> str:
    """An SVG inside the page; its title and description are the text alternative."""
    return f"<figure>{svg}<figcaption>{escape(caption)}</figcaption></figure>"


def circle_mark(mark: Mark | None, spoken: str) -> str:
    """A filled or crossed circle, large or small; the value in brackets for a multi-value set."""
    if mark is None:
        return ""
    if mark.multi_value:
        value = escape(f"[{mark.value}]")
        return f"<strong>{value}</strong>" if mark.role == "core" else f"<small>{value}</small>"
    radius = 9 if mark.role == "core" else 5.5
    if mark.value == 1:
        drawn = f'<circle cx="11" cy="11" r="{radius}" fill="#18262a"/>'
    else:
        reach = radius * 0.707
        low, high = 11 - reach, 11 + reach
        drawn = (
            f'<circle cx="11" cy="11" r="{radius}" fill="none" stroke="#18262a" stroke-width="1.6"/>'
            f'<path d="M{low:.1f} {low:.1f}L{high:.1f} {high:.1f}M{high:.1f} {low:.1f}L{low:.1f} {high:.1f}" '
            'stroke="#18262a" stroke-width="1.6"/>'
        )
    return f'<svg width="22" height="22" viewBox="0 0 22 22" role="img" aria-label="{escape(spoken)}">{drawn}</svg>'


def _class(css: str) -> str:
    return f' class="{css}"' if css else ""
