"""The circles of a result table: filled for presence, crossed for absence, large for core, small for peripheral."""

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
