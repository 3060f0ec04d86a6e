"""Result tables in the formats people paste from: CSV, Markdown, LaTeX, XLSX and DOCX.

A table is written with its figures rounded for reading; full precision is in result.json.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

Value = str | int | float | None

DECIMALS = 3


@dataclass(frozen=True)
class OutputTable:
    """A table of results: a file name, a title, a header and rows; a note for what a reader must know."""

    name: str
    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    note: str = ""


@dataclass(frozen=True)
class Figure:
    """A figure, its text alternative, and the data it shows."""

    name: str
    title: str
    alternative: str
    svg: str
    data: OutputTable


def shown(value: Value) -> str:
    """A cell for reading: three decimals, nothing for what is not there, an en dash for 0/0."""
    if value is None:
        return ""
    if isinstance(value, float):
        return "–" if value != value else f"{value:.{DECIMALS}f}"  # noqa: PLR0124 - not-a-number
    return str(value)


def write_tables(tables: Iterable[OutputTable], folder: Path, formats: Sequence[str], title: str) -> list[Path]:
    """All tables in all formats; workbook and document hold them all, the other formats one file a table."""
    everything = list(tables)
    written: list[Path] = []
    for extension, text in (("csv", as_csv), ("md", as_markdown), ("tex", as_latex)):
        if {"csv": "csv", "md": "markdown", "tex": "latex"}[extension] not in formats:
            continue
        for table in everything:
            path = folder / "tables" / f"{table.name}.{extension}"
            path.parent.mkdir(parents=True, exist_ok=True)
            # A byte order mark, so that spreadsheet programs read Chinese.
            path.write_text(text(table), encoding="utf-8-sig" if extension == "csv" else "utf-8", newline="")
            written.append(path)
    if "xlsx" in formats:
        written.append(_write_xlsx(everything, folder / "tables.xlsx"))
    if "docx" in formats:
        written.append(_write_docx(everything, folder / "tables.docx", title))
    return written


def as_csv(table: OutputTable) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.header)
    writer.writerows([["" if cell is None else cell for cell in row] for row in table.rows])
    return text.getvalue()


def as_markdown(table: OutputTable) -> str:
    def line(cells: Iterable[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    lines = [f"**{table.title}**", "", line(table.header), line("---" for _ in table.header)]
    lines += [line(shown(cell) for cell in row) for row in table.rows]
    if table.note:
        lines += ["", f"*{table.note}*"]
    return "\n".join(lines) + "\n"


LATEX = str.maketrans(
    {
        "&": r"\&",
        "%": r"\%",
        "$": r"\$",
        "#": r"\#",
        "_": r"\_",
        "{": r"\{",
        "}": r"\}",
        "~": r"$\sim$",
        "^": r"\^{}",
        "\\": r"\textbackslash{}",
        "*": r"$\ast$",
        "●": r"$\bullet$",
        "•": r"$\cdot$",
        "⊗": r"$\otimes$",
        "⨂": r"$\bigotimes$",
        "ₛ": r"$_{s}$",
    }
)


def as_latex(table: OutputTable) -> str:
    r"""A `tabular` with booktabs rules inside a `table`; needs \usepackage{booktabs}, and ctex for Chinese."""
    columns = "l" * len(table.header)
    lines = [
        r"\begin{table}[htbp]",
        r"\centering",
        rf"\caption{{{table.title.translate(LATEX)}}}",
        rf"\begin{{tabular}}{{{columns}}}",
        r"\toprule",
        " & ".join(cell.translate(LATEX) for cell in table.header) + r" \\",
        r"\midrule",
        *(" & ".join(shown(cell).translate(LATEX) for cell in row) + r" \\" for row in table.rows),
        r"\bottomrule",
        r"\end{tabular}",
    ]
    if table.note:
        lines.append(rf"\par\smallskip\footnotesize {table.note.translate(LATEX)}")
    return "\n".join([*lines, r"\end{table}"]) + "\n"


def _write_xlsx(tables: list[OutputTable], path: Path) -> Path:
    import openpyxl  # noqa: PLC0415 - only when asked for
    from openpyxl.styles import Font  # noqa: PLC0415
    from openpyxl.utils import get_column_letter  # noqa: PLC0415

    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for table in tables:
        page = book.create_sheet(table.name[:31])
        page.append([table.title])
        page["A1"].font = Font(bold=True, size=13)
        page.append(list(table.header))
        for cell in page[2]:
            cell.font = Font(bold=True)
        for row in table.rows:
            page.append(["" if _no_number(cell) else cell for cell in row])
        if table.note:
            page.append([])
            page.append([table.note])
        for number, column in enumerate(zip(table.header, *table.rows, strict=True), start=1):
            width = max(_width(shown(cell)) for cell in column)
            page.column_dimensions[get_column_letter(number)].width = min(60, width + 2)
        for line in page.iter_rows(min_row=3):
            for cell in line:
                if isinstance(cell.value, float):
                    cell.number_format = "0.000"
        page.freeze_panes = "B3"
    book.save(path)
    return path


def _no_number(cell: Value) -> bool:
    return isinstance(cell, float) and cell != cell  # noqa: PLR0124 - not-a-number


def _width(text: str) -> int:
    """Columns a text takes: a Chinese character takes two."""
    return sum(2 if ord(character) > 0x2E80 else 1 for character in text)  # noqa: PLR2004 - CJK begins here


def _write_docx(tables: list[OutputTable], path: Path, title: str) -> Path:
    import docx  # noqa: PLC0415 - only when asked for
    from docx.oxml.ns import qn  # noqa: PLC0415
    from docx.shared import Pt  # noqa: PLC0415

    document = docx.Document()
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = "Times New Roman", Pt(10)
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), "SimSun")
    document.add_heading(title, level=1)
    for table in tables:
        document.add_heading(table.title, level=2)
        # Made in one piece: adding row after row copies the last one each time and takes minutes for long tables.
        grid = document.add_table(rows=1 + len(table.rows), cols=len(table.header), style="Light List")
        for line, values in zip(grid.rows, (table.header, *table.rows), strict=True):
            for cell, value in zip(line.cells, values, strict=True):
                cell.paragraphs[0].add_run(shown(value))
        if table.note:
            document.add_paragraph(table.note).runs[0].italic = True
    document.save(str(path))
    return path
