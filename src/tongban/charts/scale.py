"""Axes: round ticks, and labels moved apart until none covers another."""

import math
from collections.abc import Sequence
from itertools import pairwise

STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers from at or below `low` to at or above `high`, at most about `most` of them."""
    if not high > low:
        low, high = low - 0.5, high + 0.5
    rough = (high - low) / max(1, most - 1)
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * each for each in STEPS if power * each >= rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(at * step, 12) for at in range(first, last + 1)]


def decimals(values: Sequence[float]) -> int:
    """How many decimals tell neighbouring ticks apart."""
    step = min((b - a for a, b in pairwise(values)), default=1.0)
    found = 0
    while found < 6 and abs(round(step, found) - step) > 1e-9:  # noqa: PLR2004 - more digits nobody reads
        found += 1
    return found


def apart(places: Sequence[float], distance: float, low: float, high: float) -> list[float]:
    """The places moved as little as keeps their order and `distance` between neighbours, within low and high."""
    order = sorted(range(len(places)), key=lambda at: places[at])

    def middle(wanted: float, size: int) -> float:
        """Of a block of labels that touch: where they want to be, but within the limits."""
        half = distance * (size - 1) / 2
        return min(max(wanted, low + half), max(low + half, high - half))

    blocks: list[tuple[float, int]] = []  # where it wants to be, and how many labels it has
    for at in order:
        wanted, size = places[at], 1
        while blocks and middle(wanted, size) - middle(*blocks[-1]) < distance * (size + blocks[-1][1]) / 2:
            before, count = blocks.pop()
            wanted, size = (before * count + wanted * size) / (count + size), count + size
        blocks.append((wanted, size))
    moved = [0.0] * len(places)
    rest = iter(order)
    for wanted, size in blocks:
        top = middle(wanted, size) - distance * (size - 1) / 2
        for step in range(size):
            moved[next(rest)] = top + step * distance
    return moved
