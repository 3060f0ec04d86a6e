"""A graph of states and the ways between them, in layers from top to bottom. The table beside it says the same."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean

from tongban.charts import svg

_WIDTH, _GAP, _LAYER_GAP, _MARGIN = 124.0, 26.0, 78.0, 30.0
_LINE, _SIZE, _SMALL = 17.0, 13.0, 11.0
_FILL = {"agency": "#ffffff", "applicant": "#eaf1f8", "final": "#e1e8e9"}

_TIP = (
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    f'<path d="M0 0 8 4 0 8z" fill="{svg.RULE}"/></marker></defs>'
)


@dataclass(frozen=True)
class FlowNode:
    """A state: its id, what is written in it, and its kind (`agency`, `applicant`, `final`)."""

    id: str
    label: str
    kind: str = "agency"


@dataclass(frozen=True)
class FlowEdge:
    """A way from one state to another (or the same), with the short label that the table explains."""

    source: str
    target: str
    label: str


@dataclass(frozen=True)
class _Box:
    x: float
    y: float
    height: float
    lines: tuple[str, ...]
    layer: int

    @property
    def middle(self) -> float:
        return self.x + _WIDTH / 2


def draw_flow(nodes: Sequence[FlowNode], edges: Sequence[FlowEdge], title: str, description: str) -> str:
    """The graph as SVG; the first node is the start.

    Args:
        nodes: every state, the start first.
        edges: every way; those between the same two states are drawn once with all labels.
        title: what the picture is.
        description: what a screen reader says of it.
    """
    ways: dict[tuple[str, str], list[str]] = {}
    for edge in edges:
        ways.setdefault((edge.source, edge.target), []).append(edge.label)
    layers = _ordered(_layers(nodes, ways), ways)
    loops = {source: labels for (source, target), labels in ways.items() if source == target}
    boxes = _placed(layers, {node.id: node for node in nodes}, loops)
    between = {pair: labels for pair, labels in ways.items() if pair[0] != pair[1]}
    lanes = max((box.x for box in boxes.values()), default=0) + _WIDTH
    ports = _ports(between, boxes)
    drawn = [_way(pair, labels, boxes, ports, lanes, n) for n, (pair, labels) in enumerate(between.items())]
    kinds = {node.id: node.kind for node in nodes}
    parts = [
        _TIP,
        *(line for line, _label in drawn),
        *(_drawn_box(boxes[node.id], kinds[node.id]) for node in nodes),
        *(label for _line, label in drawn),
    ]
    width = lanes + _MARGIN + 9 * sum(1 for pair in between if boxes[pair[1]].layer <= boxes[pair[0]].layer) + 24
    height = max(box.y + box.height for box in boxes.values()) + _MARGIN
    return svg.document(width, height, title, description, parts)


def _layers(nodes: Sequence[FlowNode], ways: Iterable[tuple[str, str]]) -> list[list[str]]:
    """States by their distance from the start."""
    following: dict[str, list[str]] = {}
    for source, target in ways:
        following.setdefault(source, []).append(target)
    depth = {nodes[0].id: 0}
    frontier = [nodes[0].id]
    while frontier:
        reached = [t for s in frontier for t in following.get(s, ())]
        new = [t for t in dict.fromkeys(reached) if t not in depth]
        depth |= dict.fromkeys(new, max(depth.values()) + 1)
        frontier = new
    # Where cases end stands below everything else.
    last = max(depth.values(), default=0) + 1
    placed = {node.id: last if node.kind == "final" else depth.get(node.id, last) for node in nodes}
    return [[n.id for n in nodes if placed[n.id] == level] for level in sorted(set(placed.values()))]


def _ordered(layers: list[list[str]], ways: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Each layer by the mean place of what leads into it, so that fewer ways cross."""
    before: dict[str, list[str]] = {}
    for source, target in ways:
        before.setdefault(target, []).append(source)
    done = [layers[0]]
    for layer in layers[1:]:
        place = {name: index / len(row) for row in done for index, name in enumerate(row)}
        weight = {name: mean([place[s] for s in before.get(name, ()) if s in place] or [0.5]) for name in layer}
        done.append(sorted(layer, key=lambda name: weight[name]))
    return done


def _placed(
    layers: Sequence[Sequence[str]], nodes: Mapping[str, FlowNode], loops: Mapping[str, Sequence[str]]
) -> dict[str, _Box]:
    widest = max(len(layer) for layer in layers)
    full = widest * _WIDTH + (widest - 1) * _GAP
    boxes: dict[str, _Box] = {}
    y = _MARGIN
    for number, layer in enumerate(layers):
        x = _MARGIN + (full - len(layer) * _WIDTH - (len(layer) - 1) * _GAP) / 2
        tallest = 0.0
        for name in layer:
            lines = svg.wrapped(nodes[name].label, _SIZE, _WIDTH - 16)
            if name in loops:
                lines.append(f"↻ {', '.join(loops[name])}")
            height = len(lines) * _LINE + 16
            boxes[name] = _Box(x, y, height, tuple(lines), number)
            x, tallest = x + _WIDTH + _GAP, max(tallest, height)
        y += tallest + _LAYER_GAP
    return boxes


Ports = Mapping[tuple[str, str], tuple[float, float]]


def _ports(ways: Iterable[tuple[str, str]], boxes: Mapping[str, _Box]) -> Ports:
    """Where on the edge of a box each downward way leaves and arrives: side by side, in the order of the other end."""
    down = [pair for pair in ways if boxes[pair[1]].layer > boxes[pair[0]].layer]
    found: dict[tuple[str, str], list[float]] = {pair: [0.0, 0.0] for pair in down}
    for end, other in ((0, 1), (1, 0)):
        by_box: dict[str, list[tuple[str, str]]] = {}
        for pair in down:
            by_box.setdefault(pair[end], []).append(pair)
        for name, pairs in by_box.items():
            pairs.sort(key=lambda pair: boxes[pair[other]].middle)
            for index, pair in enumerate(pairs, start=1):
                found[pair][end] = boxes[name].x + _WIDTH * index / (len(pairs) + 1)
    return {pair: (places[0], places[1]) for pair, places in found.items()}


def _way(
    pair: tuple[str, str],
    labels: Sequence[str],
    boxes: Mapping[str, _Box],
    ports: Ports,
    lanes: float,
    number: int,
) -> tuple[str, str]:
    """The line and its label. Ways down are curves; ways up or sideways go round in a lane on the right."""
    source, target = boxes[pair[0]], boxes[pair[1]]
    words = ", ".join(labels)
    if pair in ports:
        x1, x2 = ports[pair]
        y1, y2 = source.y + source.height, target.y - 2
        bend = min(60.0, (y2 - y1) * 0.6)
        path = f"M{x1:.1f} {y1:.1f}C{x1:.1f} {y1 + bend:.1f} {x2:.1f} {y2 - bend:.1f} {x2:.1f} {y2:.1f}"
        # The label stands near the end, where ways are apart, higher and lower in turn.
        place = (x1 + (x2 - x1) * 0.86, y2 - 15 - 14 * (number % 3))
    else:
        x1, y1 = source.x + _WIDTH, source.y + source.height / 2 + (number % 3 - 1) * 6
        x2, y2 = target.x + _WIDTH + 2, target.y + target.height / 2 + (number % 5 - 2) * 4
        lane = max(x1, x2) + 14 + (number % 4) * 9 if source.layer == target.layer else lanes + 12 + (number % 12) * 9
        path = f"M{x1:.1f} {y1:.1f}C{lane:.1f} {y1:.1f} {lane:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
        place = ((x1 + 3 * lane * 2 + x2) / 8, (y1 + y2) / 2)
    line = f'<path d="{path}" fill="none" stroke="{svg.RULE}" marker-end="url(#tip)"/>'
    width = svg.text_width(words, _SMALL) + 6
    back = svg.rect(place[0] - width / 2, place[1] - 9, width, 13, fill="#ffffff")
    return line, back + svg.text(place[0], place[1] + 1.5, words, size=_SMALL, anchor="middle", fill=svg.BLUE)


def _drawn_box(box: _Box, kind: str) -> str:
    frame = svg.rect(
        box.x, box.y, _WIDTH, box.height, fill=_FILL[kind], stroke=svg.INK, radius=14 if kind == "final" else 3
    )
    lines = (
        svg.text(box.middle, box.y + 8 + _LINE * (index + 0.75), words, size=_SIZE, anchor="middle")
        for index, words in enumerate(box.lines)
    )
    return frame + "".join(lines)
