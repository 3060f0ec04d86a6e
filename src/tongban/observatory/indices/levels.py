"""Levels of an index: bounds, which side of a bound is meant, and what the levels are called."""

from dataclasses import dataclass, replace
from typing import Literal

from tongban.observatory.study.language import Language, Text, pick

Inclusive = Literal["lower", "upper"]
INCLUSIVE: tuple[Inclusive, ...] = ("lower", "upper")

NAMES = ("low", "middle", "high", "very_high")
LABELS: dict[str, Text] = {
    "low": ("低", "low"),
    "middle": ("中", "middle"),
    "high": ("高", "high"),
    "very_high": ("非常高", "very high"),
}


@dataclass(frozen=True)
class Levels:
    """Bounds from low to high, and one name more than bounds.

    Levels are counted from 1, the lowest. Of each bound `inclusive` says which side it belongs to: with `lower`, a
    value equal to it is in the level above (it is that level's lower end, "0.75 and above"), with `upper` in the level
    below ("above 0.75").
    """

    bounds: tuple[float, ...]
    inclusive: tuple[Inclusive, ...]
    names: tuple[str, ...]

    @property
    def top(self) -> int:
        return len(self.names)

    def of(self, value: float) -> int:
        """The level of a value."""
        return 1 + sum(
            value >= bound if side == "lower" else value > bound
            for bound, side in zip(self.bounds, self.inclusive, strict=True)
        )

    def other_side(self) -> "Levels":
        """The same levels, values equal to the highest bound on its other side."""
        side: Inclusive = "upper" if self.inclusive[-1] == "lower" else "lower"
        return replace(self, inclusive=(*self.inclusive[:-1], side))

    def name(self, level: int) -> str:
        return self.names[level - 1]

    def label(self, level: int, language: Language) -> str:
        """The level's name for people."""
        name = self.name(level)
        return pick(LABELS[name], language) if name in LABELS else name

    def range(self, level: int) -> str:
        """The values of a level as an interval."""
        parts = []
        if level > 1:
            parts.append(f"{'≥' if self.inclusive[level - 2] == 'lower' else '>'} {self.bounds[level - 2]:g}")
        if level < self.top:
            parts.append(f"{'<' if self.inclusive[level - 1] == 'lower' else '≤'} {self.bounds[level - 1]:g}")
        return ", ".join(parts)


def default_names(count: int) -> tuple[str, ...]:
    """The four names of the United Nations where there are four levels, else numbers."""
    return NAMES if count == len(NAMES) else tuple(f"level_{at}" for at in range(1, count + 1))
