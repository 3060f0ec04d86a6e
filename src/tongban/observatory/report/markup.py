"""The few pieces of HTML a report is made of. Everything that comes from data is escaped here."""

from collections.abc import Iterable, Sequence
from html import escape

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
    """An SVG inside the page, which scrolls on a narrow screen; its title and description are the text alternative."""
    return (
        f'<figure><div class="drawing" tabindex="0" role="group" aria-label="{escape(caption)}">{svg}</div>'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def _class(css: str) -> str:
    return f' class="{css}"' if css else ""
