"""Tables as they are written for papers."""

import json

from tongban.observatory.study.jsontext import to_json
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
    marked = as_latex(OutputTable("t", "t", ("a",), (("⊗ₛ",), ("•",), ("●",))))
    assert r"$\otimes$$_{s}$" in marked
    assert marked.isascii()


def test_json_keeps_records_in_lines_and_lists_on_one() -> None:
    value = {"a": [1, float("nan")], "b": [{"x": (1, 2)}, None], "c": [{"y": [{"z": float("inf")}]}], "d": {}}
    text = to_json(value)
    assert json.loads(text) == {"a": [1, None], "b": [{"x": [1, 2]}, None], "c": [{"y": [{"z": None}]}], "d": {}}
    assert ' "a": [1, null],\n' in text
    assert '\n  {"x": [1, 2]},\n  null\n ],\n' in text
