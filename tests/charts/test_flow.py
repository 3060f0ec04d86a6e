"""The picture of a procedure: everything is in it, and no line runs behind a box."""

import re
from itertools import pairwise
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from tongban.charts import svg
from tongban.charts.flow import FlowEdge, FlowNode, draw_flow

SVG = "{http://www.w3.org/2000/svg}"
NAMES = [f"s{n}" for n in range(8)]
EDGES = st.lists(
    st.builds(FlowEdge, st.sampled_from(NAMES), st.sampled_from(NAMES), st.integers(1, 40).map(str)), max_size=25
)


def nodes() -> list[FlowNode]:
    return [FlowNode(name, f"环节 {name}", "final" if name == NAMES[-1] else "agency") for name in NAMES]


@given(EDGES)
def test_every_state_and_way_is_drawn_and_lines_keep_off_the_boxes(edges: list[FlowEdge]) -> None:
    drawn = ET.fromstring(draw_flow(nodes(), edges, "title", "description"))
    texts = " ".join(text.text or "" for text in drawn.iter(f"{SVG}text"))
    for name in NAMES:
        assert name in texts
    shown = set(re.findall(r"\d+", texts.replace("环节", "")))
    assert {edge.label for edge in edges} <= shown
    boxes = [r for r in drawn.iter(f"{SVG}rect") if r.get("rx") in {"3", "14"}]
    left, right = float(boxes[0].get("x", 0)), float(boxes[0].get("x", 0)) + float(boxes[0].get("width", 0))
    for line in drawn.iter(f"{SVG}line"):
        ends = sorted((float(line.get("x1", 0)), float(line.get("x2", 0))))
        assert ends[1] <= left or ends[0] >= right
    spans = sorted((float(b.get("y", 0)), float(b.get("y", 0)) + float(b.get("height", 0))) for b in boxes)
    assert all(above[1] < below[0] for above, below in pairwise(spans))
    assert len(boxes) == len(NAMES)


def test_words_are_escaped() -> None:
    picture = draw_flow([FlowNode("a", "<b> & c")], [], "t <", "d")
    assert "<b>" not in picture
    assert "&lt;b&gt; &amp; c" in picture


def test_notes_stand_in_their_box_and_what_leads_nowhere_is_dashed() -> None:
    nodes = [FlowNode("a", "first"), FlowNode("b", "second", notes=("county", "only if it rains"))]
    led, tied = (draw_flow(nodes, [FlowEdge("a", "b", "1", dashed=dashed)], "t", "d") for dashed in (False, True))
    assert "stroke-dasharray" not in led
    assert tied.count("stroke-dasharray") == 3  # from the box, down the lane, to the other box
    box = next(r for r in list(ET.fromstring(led).iter(f"{SVG}rect"))[::-1] if r.get("rx") == "3")
    top, bottom = float(box.get("y", 0)), float(box.get("y", 0)) + float(box.get("height", 0))
    inside = [t.text for t in ET.fromstring(led).iter(f"{SVG}text") if top < float(t.get("y", 0)) < bottom]
    assert inside == ["second", "county", "only if it rains"]


def test_quotation_marks_among_chinese_are_as_wide_as_they_are_drawn() -> None:
    assert svg.text_width("选“是”", 10) == 40
    assert svg.text_width("is “yes”", 10) < svg.text_width("选“是”", 10) * 2
    assert all(svg.text_width(line, 10) <= 60 for line in svg.wrapped("仅当“是否提取住房公积金”选“是”", 10, 60))


def test_no_line_ends_with_a_mark_that_opens_or_begins_with_one_that_closes() -> None:
    for width in range(40, 140, 10):
        lines = svg.wrapped("仅当“是否提取住房公积金”选“是”，或者（户口簿）《登记表》齐全。", 10, width)
        assert not any(line[-1] in "“（《" or line[0] in "”）》，。" for line in lines), lines
