"""How ratings become a score that says how sure it is."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

LEVELS = (5, 4, 3, 2, 1)
LOWEST_GOOD = 3
# Two-sided 95 % quantile of the normal distribution.
Z_95 = 1.959963984540054


def wilson(successes: int, trials: int, z: float = Z_95) -> tuple[float, float]:
    """Wilson's score interval for a share (Wilson 1927): shares in 0 to 1; (0, 1) where nothing was observed.

    It stays inside 0 to 1 and is honest for few observations: 3 of 3 is not 100 % for sure, 900 of 1000 is narrow.
    """
    if not 0 <= successes <= trials:
        raise ValueError(f"{successes} of {trials} is no share")
    if trials == 0:
        return 0.0, 1.0
    share = successes / trials
    spread = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    middle = share + z * z / (2 * trials)
    scale = 1 + z * z / trials
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


@dataclass(frozen=True)
class Score:
    """Ratings of a service or an agency.

    Attributes:
        distribution: level (5 to 1) -> count.
        handled: cases that could have been rated.
    """

    distribution: Mapping[int, int]
    handled: int

    @property
    def count(self) -> int:
        return sum(self.distribution.values())

    @property
    def good(self) -> int:
        """Ratings of level 3 and above; the two lowest levels are bad."""
        return sum(count for level, count in self.distribution.items() if level >= LOWEST_GOOD)

    @property
    def good_share(self) -> float | None:
        """好评率, 0 to 1; None without ratings."""
        return self.good / self.count if self.count else None

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the good share."""
        return wilson(self.good, self.count)

    @property
    def rated_share(self) -> float | None:
        """Share of the handled cases that were rated; None where none was handled."""
        return self.count / self.handled if self.handled else None

    @property
    def mean(self) -> float | None:
        """Mean level, 1 to 5; None without ratings."""
        return sum(level * count for level, count in self.distribution.items()) / self.count if self.count else None
