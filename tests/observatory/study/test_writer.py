"""Tables as they are written for papers."""

from tongban.observatory.study.writer import OutputTable, as_csv, as_latex, as_markdown, shown

TABLE = OutputTable("t", "Paths_1", ("path", "x & y"), (("~A*B", 0.123456), ("C", float("nan"))), "a note")


def test_shown_cells_have_three_decimals() -> None:
    assert [shown(cell) for cell in (0.12345, 3, None, "A", float("nan"))] == ["0.123", "3", "", "A", "–"]


def test_csv_keeps_full_precision() -> None:
    assert as_csv(TABLE).splitlines()[1] == "~A*B,0.123456"


def test_markdown_and_latex_escape_their_signs() -> None:
    assert "| ~A*B | 0.123 |" in as_markdown(TABLE)
    latex = as_latex(TABLE)
    assert r"x \& y" in latex
    assert r"$\sim$A$\ast$B & 0.123 \\" in latex
    assert r"\caption{Paths\_1}" in latex
