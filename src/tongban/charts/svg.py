"""The few SVG elements the figures are made of, and their look."""

import re
from collections.abc import Iterable
from html import escape

FONT = "'Noto Sans CJK SC','Noto Sans SC','Source Han Sans SC','PingFang SC','Microsoft YaHei',sans-serif"
INK, MUTED, RULE, GRID = "#18262a", "#54666b", "#8a9a9e", "#e1e8e9"
# What a line may be broken before: a Chinese character with the marks that belong to it, or a word.
_PIECE = re.compile(r"[“‘（《〔「]*[\u2e80-\uffff][”’）》〕」，。、；：？！]*|[^\s\u2e80-\uffff]+\s*|\s+")
_CHINESE, _SHARED = 0x2E80, "“”‘’…—"
BLUE, ORANGE, GREY, PALE = "#0c5156", "#b4690e", "#93a3a7", "#f5f8f8"


def text(
    x: float, y: float, content: str, *, size: float = 12, anchor: str = "start", fill: str = INK, weight: int = 400
) -> str:
    heavy = f' font-weight="{weight}"' if weight != 400 else ""  # noqa: PLR2004 - the normal weight
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" text-anchor="{anchor}" fill="{fill}"{heavy}>'
        f"{escape(content)}</text>"
    )


def turned_text(x: float, y: float, content: str, *, angle: float, size: float = 12, anchor: str = "start") -> str:
    return (
        f'<text transform="translate({x:.1f} {y:.1f}) rotate({angle:g})" font-size="{size:g}" '
        f'text-anchor="{anchor}" fill="{INK}">{escape(content)}</text>'
    )


def line(x1: float, y1: float, x2: float, y2: float, *, stroke: str = RULE, width: float = 1, dash: str = "") -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{stroke}" '
        f'stroke-width="{width:g}"{dashed}/>'
    )


def rect(
    x: float, y: float, width: float, height: float, *, fill: str = "none", stroke: str = "none", radius: float = 0
) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{fill}" '
        f'stroke="{stroke}" rx="{radius:g}"/>'
    )


def circle(x: float, y: float, radius: float, *, fill: str = "none", stroke: str = "none", width: float = 1.5) -> str:
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="{fill}" stroke="{stroke}" stroke-width="{width:g}"/>'
    )


def path(points: Iterable[tuple[float, float]], *, stroke: str = INK, width: float = 1.5, dash: str = "") -> str:
    """A line through points, in their order."""
    places = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<path d="M{places}" fill="none" stroke="{stroke}" stroke-width="{width:g}" stroke-linejoin="round" '
        f'stroke-linecap="round"{dashed}/>'
    )


def document(width: float, height: float, title: str, description: str, parts: Iterable[str]) -> str:
    """A whole figure. Title and description are what a screen reader says."""
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" role="img" font-family="{FONT}">\n'
        f"<title>{escape(title)}</title>\n<desc>{escape(description)}</desc>\n"
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="#ffffff"/>\n{body}\n</svg>\n'
    )


def text_width(content: str, size: float) -> float:
    """About how wide a text is set: a Chinese character is a square, others half of one. Among Chinese, quotation marks
    and dashes are squares too.
    """
    chinese = any(ord(character) > _CHINESE for character in content)
    squares = _SHARED if chinese else ""
    return sum(size if ord(c) > _CHINESE or c in squares else 0.56 * size for c in content)


def wrapped(content: str, size: float, width: float) -> list[str]:
    """The text in lines no wider than `width`; Chinese breaks anywhere but beside the marks that open or close, other
    scripts between words.
    """
    lines = [""]
    for piece in _PIECE.findall(content):
        if lines[-1] and text_width((lines[-1] + piece).rstrip(), size) > width:
            lines.append("")
        lines[-1] += piece
    return [line.strip() for line in lines if line.strip()]
