"""Stages: a jump in how many entities are in the highest levels begins a new one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tongban.observatory.indices.request import StageRequest


@dataclass(frozen=True)
class Jump:
    """The count of the highest levels in a period, and its change since the one before."""

    period: int
    count: int
    change: int | None
    cut: bool


@dataclass(frozen=True)
class Stages:
    """Where the rule cuts, and whether the periods somebody expects to be cut follow from it.

    `sole_thresholds` are the thresholds t, low < t <= high, with which "a rise of at least t" cuts at just the expected
    periods; none where no threshold does. `also` are the unexpected periods that any threshold low enough for all
    expected ones cuts too.
    """

    request: StageRequest
    jumps: tuple[Jump, ...]
    cuts: tuple[int, ...]
    stages: tuple[tuple[int, int], ...]
    follows: Mapping[int, bool]
    sole_thresholds: tuple[int, int] | None
    also: tuple[int, ...]


def stages(request: StageRequest, counts: Mapping[int, Sequence[int]], periods: Sequence[int]) -> Stages:
    """Cut the periods by the rule of the request; `counts[period]` are entities by level, the lowest first.

    With `cuts`, the k largest rises cut (of equal ones the earlier); a period without a rise never does.
    """
    high = [sum(counts[period][-request.top :]) for period in periods]
    changes = {period: after - before for period, (before, after) in zip(periods[1:], pairwise(high), strict=True)}
    rises = sorted((period for period in changes if changes[period] > 0), key=lambda period: (-changes[period], period))
    if request.threshold is not None:
        cut = sorted(period for period in rises if changes[period] >= request.threshold)
    else:
        cut = sorted(rises[: request.cuts])
    starts = [periods[0], *cut]
    before = {period: periods[at - 1] for at, period in enumerate(periods)}
    ends = [*(before[start] for start in starts[1:]), periods[-1]]
    expected = [period for period in request.expected if period in changes]
    lowest = min((changes[period] for period in expected), default=0)
    others = [period for period in changes if period not in expected]
    highest_other = max((changes[period] for period in others), default=0)
    sole = (max(0, highest_other), lowest) if expected and lowest > max(0, highest_other) else None
    return Stages(
        request=request,
        jumps=tuple(
            Jump(period, count, changes.get(period), period in cut) for period, count in zip(periods, high, strict=True)
        ),
        cuts=tuple(cut),
        stages=tuple(zip(starts, ends, strict=True)),
        follows={period: period in cut for period in request.expected},
        sole_thresholds=sole,
        also=tuple(period for period in others if expected and changes[period] >= lowest),
    )
