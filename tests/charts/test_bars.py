"""Bars as SVG: right lengths, safe text, and a table that says the same."""

import xml.etree.ElementTree as ET
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongban.charts.bars import BarChart, draw_bars, tabulate

SVG = "{http://www.w3.org/2000/svg}"


def chart(**changes: Any) -> BarChart:
    given: dict[str, Any] = {
        "title": "到现场次数",
        "groups": ["海关协调办公室", "商务厅"],
        "series": ["只需跑一次", "一次不用跑"],
        "values": [[20, 5], [10, None]],
        "unit": "项",
        "group_heading": "部门",
    }
    return BarChart(**given | changes)


def test_lengths_are_in_proportion() -> None:
    root = ET.fromstring(draw_bars(chart()))
    bars = [rect for rect in root.iter(f"{SVG}rect") if rect.get("x") == "0"]
    assert [rect.get("width") for rect in bars] == ["78.000%", "19.500%", "39.000%"]


def test_a_long_label_goes_on_in_a_second_line_and_nothing_overlaps() -> None:
    long = "Guangxi Office of the Banking and Insurance Regulatory Commission"
    root = ET.fromstring(draw_bars(chart(groups=[long, "商务厅"])))
    texts = [(text.text, float(text.get("y", "").removesuffix("em"))) for text in root.iter(f"{SVG}text")]
    label = [(text, y) for text, y in texts if text and text.split()[0] in long]
    assert " ".join(str(text) for text, _y in label) == long
    assert len(label) == 2
    lows = [y for _text, y in texts[2:]]
    assert all(following - before >= 1.2 for before, following in pairwise(lows))


def test_names_of_series_that_are_too_long_for_a_row_stand_in_lines() -> None:
    def places(*series: str) -> list[tuple[str | None, str | None]]:
        texts = list(ET.fromstring(draw_bars(chart(series=list(series)))).iter(f"{SVG}text"))[: len(series)]
        return [(text.get("x"), text.get("y")) for text in texts]

    assert places("只需跑一次", "一次不用跑") == [("0.00%", "1.05em"), ("50.00%", "1.05em")]
    assert places("need to come only once", "do not need to come") == [("0.00%", "1.05em"), ("0.00%", "2.45em")]


def test_it_says_what_it_is() -> None:
    root = ET.fromstring(draw_bars(chart()))
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title") == "到现场次数"
    assert root.findtext(f"{SVG}desc") == "海关协调办公室 只需跑一次: 20 项"


def test_the_table_holds_the_same_figures() -> None:
    assert tabulate(chart()) == (
        ["部门", "只需跑一次", "一次不用跑"],
        [["海关协调办公室", "20 项", "5 项"], ["商务厅", "10 项", "–"]],
    )


def test_no_style_attribute_for_a_strict_policy() -> None:
    assert "style" not in draw_bars(chart())


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"series": []}, "1 to 4 series; 0 given"),
        ({"values": [[1, 2]]}, "2 groups but 1 rows"),
        ({"values": [[1, 2], [3]]}, "'商务厅' has 1 values for 2 series"),
        ({"values": [[1, 2], [3, -1]]}, "not negative"),
        ({"values": [[1, 2], [3, float("nan")]]}, "finite"),
    ],
)
def test_a_chart_that_cannot_be_drawn_says_why(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        chart(**changes)


text = st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"), max_size=10)


@given(
    groups=st.lists(st.tuples(text, st.floats(0, 1e9)), max_size=5),
    title=text,
    unit=text,
)
def test_any_text_and_figure_gives_well_formed_svg(groups: list[tuple[str, float]], title: str, unit: str) -> None:
    drawn = BarChart(title, [name for name, _ in groups], ["x"], [[value] for _, value in groups], unit)
    root = ET.fromstring(draw_bars(drawn))
    for rect in root.iter(f"{SVG}rect"):
        assert 0 <= float(str(rect.get("width")).rstrip("%em")) <= 100
