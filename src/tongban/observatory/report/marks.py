"""The circles of a result table: filled for presence, crossed for absence, large for core, small for peripheral."""

from html import escape

from tongban.observatory.qca.paths import Mark, Path, Role

SIGNS: dict[tuple[int, Role], str] = {
    (1, "core"): "●",
    (1, "peripheral"): "•",
    (0, "core"): "⊗",
    (0, "peripheral"): "⊗ₛ",
}


def mark_of(path: Path, condition: str) -> Mark | None:
    return next((mark for mark in path.marks if mark.condition == condition), None)


def sign(mark: Mark | None) -> str:
    """The mark as text; the value itself for a multi-value set."""
    if mark is None:
        return ""
    if not mark.multi_value:
        return SIGNS[mark.value, mark.role]
    return f"[{mark.value}]" if mark.role == "core" else f"[{mark.value}]ₛ"


def circle_mark(mark: Mark | None, spoken: str) -> str:
    """A filled or crossed circle, large or small; the value in brackets for a multi-value set."""
    if mark is None:
        return ""
    if mark.multi_value:
        value = escape(f"[{mark.value}]")
        return f"<strong>{value}</strong>" if mark.role == "core" else f"<small>{value}</small>"
    radius = 9 if mark.role == "core" else 5.5
    if mark.value == 1:
        drawn = f'<circle cx="11" cy="11" r="{radius}" fill="#18262a"/>'
    else:
        reach = radius * 0.707
        low, high = 11 - reach, 11 + reach
        drawn = (
            f'<circle cx="11" cy="11" r="{radius}" fill="none" stroke="#18262a" stroke-width="1.6"/>'
            f'<path d="M{low:.1f} {low:.1f}L{high:.1f} {high:.1f}M{high:.1f} {low:.1f}L{low:.1f} {high:.1f}" '
            'stroke="#18262a" stroke-width="1.6"/>'
        )
    return f'<svg width="22" height="22" viewBox="0 0 22 22" role="img" aria-label="{escape(spoken)}">{drawn}</svg>'
