"""The XY plot of set-theoretic work: membership in X against membership in Y, every case named."""

from collections.abc import Sequence
from dataclasses import dataclass

from tongban.charts import svg

SIZE, LEFT, TOP, RIGHT, BOTTOM = 430.0, 62.0, 46.0, 24.0, 58.0
LABEL_SIZE = 9.5


@dataclass(frozen=True)
class Point:
    """A case: its name and its memberships in X and Y."""

    name: str
    x: float
    y: float


@dataclass(frozen=True)
class XYText:
    """The words of the plot, in the reader's language."""

    title: str
    subtitle: str
    x_axis: str
    y_axis: str
    description: str
    notice: str = ""


DISTANCES = (6.0, 16.0, 28.0, 42.0, 58.0)
"""How far from its point a label may stand."""
MOST_NAMES = 12
"""Labels around one place; where more cases coincide, the last label says how many more there are."""


def xy_plot(points: Sequence[Point], words: XYText) -> str:
    """The plot as SVG. Cases above the diagonal are consistent with sufficiency; below 0.5 in Y they are deviant."""
    width = LEFT + SIZE + RIGHT
    notice = svg.wrapped(words.notice, 10, SIZE)
    height = TOP + SIZE + BOTTOM + 14 * len(notice)
    parts = [*_frame(words), *_labels(points)]
    for point in points:
        deviant = point.x > 0.5 > point.y  # noqa: PLR2004
        member = point.x > 0.5  # noqa: PLR2004
        colour = svg.ORANGE if deviant else svg.BLUE if member else svg.GREY
        parts.append(svg.circle(*_place(point), 3.6, fill=colour, stroke="#ffffff", width=1))
    for at, part in enumerate(notice):
        y = height - 8 - 14 * (len(notice) - 1 - at)
        parts.append(svg.text(LEFT, y, part, size=10, fill=svg.ORANGE))
    return svg.document(width, height, words.title, words.description, parts)


def _place(point: Point) -> tuple[float, float]:
    return LEFT + point.x * SIZE, TOP + (1 - point.y) * SIZE


def _frame(words: XYText) -> list[str]:
    parts = [svg.rect(LEFT, TOP, SIZE, SIZE, fill=svg.PALE)]
    middle_x, middle_y = LEFT + SIZE / 2, TOP + SIZE / 2
    for step in range(6):
        share = step / 5
        x, y = LEFT + share * SIZE, TOP + (1 - share) * SIZE
        parts += [
            svg.line(x, TOP, x, TOP + SIZE, stroke=svg.GRID),
            svg.line(LEFT, y, LEFT + SIZE, y, stroke=svg.GRID),
            svg.text(x, TOP + SIZE + 17, f"{share:.1f}", size=11, anchor="middle", fill=svg.MUTED),
            svg.text(LEFT - 8, y + 4, f"{share:.1f}", size=11, anchor="end", fill=svg.MUTED),
        ]
    return [
        *parts,
        svg.line(middle_x, TOP, middle_x, TOP + SIZE, dash="3 3"),
        svg.line(LEFT, middle_y, LEFT + SIZE, middle_y, dash="3 3"),
        svg.line(LEFT, TOP + SIZE, LEFT + SIZE, TOP, stroke=svg.MUTED, width=1.2),
        svg.rect(LEFT, TOP, SIZE, SIZE, stroke=svg.RULE),
        svg.text(LEFT, 18, words.title, size=14, weight=600),
        svg.text(LEFT, 35, words.subtitle, size=11, fill=svg.MUTED),
        svg.text(LEFT + SIZE / 2, TOP + SIZE + 40, words.x_axis, size=12, anchor="middle"),
        svg.turned_text(18, TOP + SIZE / 2, words.y_axis, angle=-90, anchor="middle"),
    ]


def _labels(points: Sequence[Point]) -> list[str]:
    """A name beside every point, each in the first free place around it; a leader line when it had to move away."""
    taken = [(x - 4, y - 4, x + 4, y + 4) for x, y in dict.fromkeys(map(_place, points))]
    parts = []
    for (x, y), name in _names(points):
        box, far = _free_place(x, y, svg.text_width(name, LABEL_SIZE), taken)
        taken.append(box)
        if far:
            edge = box[0] if box[0] > x else box[2] if box[2] < x else (box[0] + box[2]) / 2
            parts.append(svg.line(x, y, edge, (box[1] + box[3]) / 2, stroke=svg.GREY, width=0.6))
        parts.append(svg.text(box[0], box[3] - 2, name, size=LABEL_SIZE, fill=svg.INK))
    return parts


def _names(points: Sequence[Point]) -> list[tuple[tuple[float, float], str]]:
    """What stands beside which place, from the top: names, and how many more share a place with too many of them."""
    places: dict[tuple[float, float], list[str]] = {}
    for point in sorted(points, key=lambda each: (-each.y, each.x)):
        places.setdefault(_place(point), []).append(point.name)
    return [
        (place, name)
        for place, names in places.items()
        for name in (
            names if len(names) <= MOST_NAMES else [*names[: MOST_NAMES - 1], f"+{len(names) - MOST_NAMES + 1}"]
        )
    ]


Box = tuple[float, float, float, float]


def _free_place(x: float, y: float, width: float, taken: list[Box]) -> tuple[Box, bool]:
    """A box for a label near a point that overlaps the fewest others."""
    height = LABEL_SIZE + 2
    reach = DISTANCES[-1] + max(width, height)
    near = [
        other
        for other in taken
        if other[0] < x + reach and other[2] > x - reach and other[1] < y + reach and other[3] > y - reach
    ]
    best: tuple[float, Box, bool] | None = None
    for distance in DISTANCES:
        for dx, dy in ((1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (1, 1), (-1, -1), (-1, 1)):
            left = x + dx * distance if dx > 0 else x - distance - width if dx < 0 else x - width / 2
            middle = y + dy * (distance + height / 2) if dy else y
            box = (left, middle - height / 2, left + width, middle + height / 2)
            outside = max(0.0, 4 - box[0]) + max(0.0, box[2] - (LEFT + SIZE + RIGHT - 2))
            outside += max(0.0, TOP - 4 - box[1]) + max(0.0, box[3] - (TOP + SIZE + 6))
            cost = sum(_overlap(box, other) for other in near) + 100 * outside
            if cost == 0:
                return box, distance > 10  # noqa: PLR2004 - further than beside the point
            if best is None or cost < best[0]:
                best = (cost, box, distance > 10)  # noqa: PLR2004
    assert best is not None  # noqa: S101 - there are places to try
    return best[1], best[2]


def _overlap(a: Box, b: Box) -> float:
    return max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
