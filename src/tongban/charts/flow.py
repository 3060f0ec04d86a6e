"""A graph of states and the ways between them: states in a column, ways along lanes, so that no line runs behind a box.

Ways down run on the right, ways up on the left; those with one target share its lane, and a dot says where one joins.
The table beside the picture says the same.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tongban.charts import svg

_WIDTH, _GAP, _MARGIN = 190.0, 18.0, 16.0
_PORT, _LANE, _LABEL = 17.0, 13.0, 78.0
_LINE, _SIZE, _SMALL, _NOTE = 18.0, 14.0, 11.5, 15.0
_DASHES = "5 4"
_FILL = {"agency": "#ffffff", "applicant": "#eaf1f8", "final": "#e1e8e9"}
_TIP = (
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    f'<path d="M0 0 8 4 0 8z" fill="{svg.RULE}"/></marker></defs>'
)


@dataclass(frozen=True)
class FlowNode:
    """A state: its id, what is written in it, its kind (`agency`, `applicant`, `final`), and notes in small print."""

    id: str
    label: str
    kind: str = "agency"
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class FlowEdge:
    """A way from one state to another (or the same), with the short label that the table explains. A dashed one leads
    nowhere: it only ties the two together.
    """

    source: str
    target: str
    label: str
    dashed: bool = False


@dataclass(frozen=True)
class _Box:
    node: FlowNode
    y: float
    height: float
    lines: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Lane:
    """All ways into one state on one side (1 right, -1 left): where they join, with labels and whether they are dashed,
    and where they end.
    """

    target: str
    side: int
    end: float
    joints: tuple[tuple[float, str, bool], ...]

    @property
    def span(self) -> tuple[float, float]:
        heights = [self.end, *(y for y, _label, _dashed in self.joints)]
        return min(heights), max(heights)

    @property
    def dashes(self) -> str:
        """How the part that all of them share is drawn."""
        return _DASHES if all(dashed for _y, _label, dashed in self.joints) else ""


Ways = Mapping[tuple[str, str], Sequence[str]]


def draw_flow(nodes: Sequence[FlowNode], edges: Sequence[FlowEdge], title: str, description: str) -> str:
    """The graph as SVG.

    Args:
        nodes: every state; the first is the start.
        edges: every way; those between the same two states are drawn once with all labels.
        title: what the picture is.
        description: what a screen reader says of it.
    """
    ways: dict[tuple[str, str], list[str]] = {}
    for edge in edges:
        ways.setdefault((edge.source, edge.target), []).append(edge.label)
    leading = {(edge.source, edge.target) for edge in edges if not edge.dashed}
    order = _ordered(nodes, ways)
    boxes = _placed(order, ways)
    lanes = [lane for side in (1, -1) for lane in _lanes(order, boxes, ways, side, leading)]
    tracks = {side: _tracks([lane for lane in lanes if lane.side == side]) for side in (1, -1)}
    room = {side: _LABEL + _LANE * (1 + max(tracks[side].values(), default=0)) for side in (1, -1)}
    left = _MARGIN + (room[-1] if tracks[-1] else 0)
    parts = [_TIP]
    labels: list[str] = []
    for lane in lanes:
        parts += _drawn_lane(lane, tracks[lane.side][lane.target], left, labels)
    parts += [_drawn_box(box, left) for box in boxes.values()]
    height = max(box.y + box.height for box in boxes.values()) + _MARGIN
    return svg.document(left + _WIDTH + room[1] + _MARGIN, height, title, description, [*parts, *labels])


def _ordered(nodes: Sequence[FlowNode], ways: Ways) -> list[FlowNode]:
    """Depth first from the start, so that most ways go down a little; where cases end stands last."""
    known = {node.id: node for node in nodes}
    found: dict[str, FlowNode] = {}
    waiting = [nodes[0].id]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found[name] = known[name]
        waiting += [target for source, target in reversed([*ways]) if source == name and target not in found]
    rest = [node for node in nodes if node.id not in found]
    every = [*found.values(), *rest]
    return [*(n for n in every if n.kind != "final"), *(n for n in every if n.kind == "final")]


def _placed(order: Sequence[FlowNode], ways: Ways) -> dict[str, _Box]:
    place = {node.id: index for index, node in enumerate(order)}
    boxes: dict[str, _Box] = {}
    y = _MARGIN
    for node in order:
        lines = svg.wrapped(node.label, _SIZE, _WIDTH - 20)
        notes = [line for note in node.notes for line in svg.wrapped(note, _SMALL, _WIDTH - 16)]
        if own := ways.get((node.id, node.id)):
            lines.append(f"↻ {', '.join(own)}")
        ports = max(len(_ports(node.id, place, ways, side)) for side in (1, -1))
        height = max(len(lines) * _LINE + len(notes) * _NOTE + 14, ports * _PORT + 8)
        boxes[node.id] = _Box(node, y, height, tuple(lines), tuple(notes))
        y += height + _GAP
    return boxes


def _ports(name: str, place: Mapping[str, int], ways: Ways, side: int) -> list[tuple[str, str]]:
    """The ways that touch a box on one side: those that arrive (together at one port) and those that leave."""
    arriving = [(s, t) for s, t in ways if t == name and s != t and (place[t] > place[s]) == (side > 0)]
    leaving = [(s, t) for s, t in ways if s == name and s != t and (place[t] > place[s]) == (side > 0)]
    leaving.sort(key=lambda way: -place[way[1]] * side)
    return [*arriving[:1], *leaving]


def _lanes(
    order: Sequence[FlowNode], boxes: Mapping[str, _Box], ways: Ways, side: int, leading: Collection[tuple[str, str]]
) -> Iterator[_Lane]:
    place = {node.id: index for index, node in enumerate(order)}
    heights: dict[tuple[str, str], float] = {}
    ends: dict[str, float] = {}
    for node in order:
        box, ports = boxes[node.id], _ports(node.id, place, ways, side)
        step = box.height / (len(ports) + 1)
        for index, way in enumerate(ports, start=1):
            if way[0] == node.id:
                heights[way] = box.y + step * index
            else:
                ends[node.id] = box.y + step * index
    for target, end in ends.items():
        joints = tuple((y, ", ".join(ways[w]), w not in leading) for w, y in heights.items() if w[1] == target)
        yield _Lane(target, side, end, joints)


def _tracks(lanes: Sequence[_Lane]) -> dict[str, int]:
    """Lanes side by side where they would meet; the shortest nearest to the boxes."""
    taken: list[list[tuple[float, float]]] = []
    found: dict[str, int] = {}
    for lane in sorted(lanes, key=lambda each: each.span[1] - each.span[0]):
        low, high = lane.span
        free = (n for n, spans in enumerate(taken) if all(high < a - 4 or low > b + 4 for a, b in spans))
        track = next(free, len(taken))
        if track == len(taken):
            taken.append([])
        taken[track].append((low, high))
        found[lane.target] = track
    return found


def _drawn_lane(lane: _Lane, track: int, left: float, labels: list[str]) -> Iterator[str]:
    edge = left + _WIDTH if lane.side > 0 else left
    x = edge + lane.side * (_LABEL + _LANE * track)
    low, high = lane.span
    yield svg.line(x, low, x, high, dash=lane.dashes)
    dashed = f' stroke-dasharray="{lane.dashes}"' if lane.dashes else ""
    yield (
        f'<path d="M{x:.1f} {lane.end:.1f}H{edge + lane.side * 2:.1f}" fill="none" stroke="{svg.RULE}"{dashed} '
        'marker-end="url(#tip)"/>'
    )
    for y, words, loose in lane.joints:
        yield svg.line(edge, y, x, y, dash=_DASHES if loose else "")
        yield svg.circle(x, y, 2.2, fill=svg.RULE)
        width = svg.text_width(words, _SMALL) + 6
        begin = edge + 8 if lane.side > 0 else edge - 8 - width
        labels.append(svg.rect(begin, y - 8, width, 15, fill="#ffffff"))
        labels.append(svg.text(begin + width / 2, y + 4, words, size=_SMALL, anchor="middle", fill=svg.BLUE))


def _drawn_box(box: _Box, left: float) -> str:
    kind = box.node.kind
    radius = 14 if kind == "final" else 3
    frame = svg.rect(left, box.y, _WIDTH, box.height, fill=_FILL[kind], stroke=svg.INK, radius=radius)
    middle = left + _WIDTH / 2
    top = box.y + (box.height - len(box.lines) * _LINE - len(box.notes) * _NOTE) / 2
    lines = (
        svg.text(middle, top + _LINE * (index + 0.75), words, size=_SIZE, anchor="middle")
        for index, words in enumerate(box.lines)
    )
    below = top + len(box.lines) * _LINE
    notes = (
        svg.text(middle, below + _NOTE * (index + 0.75), words, size=_SMALL, anchor="middle", fill=svg.MUTED)
        for index, words in enumerate(box.notes)
    )
    return frame + "".join((*lines, *notes))
