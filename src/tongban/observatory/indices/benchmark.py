"""One entity beside its peers: gaps, ranks, where the gap of the index comes from, and whether it closes."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tongban.observatory.indices.request import BenchmarkRequest, Composite
from tongban.observatory.study.language import Text

Values = Mapping[tuple[str, int], Sequence[float | None]]
"""By entity and period: the values of the study's columns; nothing where there was no report."""


@dataclass(frozen=True)
class Gap:
    """One index in one period: the entity, its peers, and ranks in the sample and among all that were surveyed."""

    period: int
    index: str
    value: float
    peers: float
    """The plain mean of the peers with a report."""
    gap: float
    best: str
    rank: int
    of: int
    rank_all: int
    of_all: int


@dataclass(frozen=True)
class PeerValue:
    """What one entity or peer has in one period, with its rank in the sample."""

    period: int
    index: str
    entity: str
    value: float
    rank: int


@dataclass(frozen=True)
class Share:
    """The part of the composite's gap that comes from one of its parts in one period."""

    period: int
    part: str
    weight: float
    gap: float
    contribution: float
    share: float
    """Of the sum of all contributions; not a number where they cancel out."""


@dataclass(frozen=True)
class Decomposed:
    period: int
    gap: float
    shares: tuple[Share, ...]
    residual: float
    """What the weighted gaps leave over: rounding, or an index that was not made with these weights."""


@dataclass(frozen=True)
class Closing:
    """The gap of one index from the first period to the last.

    `closed` is the part of the first gap that is gone (1: all of it, negative: it grew); `per_year` the slope of the
    gap on the year by least squares; `spread_*` the standard deviation (n - 1) of entity and peers together.
    """

    index: str
    first: int
    last: int
    gap_first: float
    gap_last: float
    closed: float
    per_year: float
    spread_first: float
    spread_last: float


@dataclass(frozen=True)
class Component:
    """A component of a sub-index, from a table of its own."""

    file: str
    period: int
    names: Text
    value: float
    peers: float
    gap: float
    ratio: float
    rank: int
    of: int
    best: str


@dataclass(frozen=True)
class Benchmark:
    request: BenchmarkRequest
    peers: tuple[str, ...]
    periods: tuple[int, ...]
    values: tuple[PeerValue, ...]
    gaps: tuple[Gap, ...]
    decomposed: tuple[Decomposed, ...]
    closing: tuple[Closing, ...]
    components: tuple[Component, ...]

    def series(self, index: str, entity: str) -> list[float | None]:
        """Values of an entity by period, nothing where it has none."""
        found = {item.period: item.value for item in self.values if (item.index, item.entity) == (index, entity)}
        return [found.get(period) for period in self.periods]

    def gaps_of(self, index: str) -> list[Gap]:
        return [gap for gap in self.gaps if gap.index == index]


def mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def deviation(values: Sequence[float]) -> float:
    """Standard deviation with n - 1; not a number for one value."""
    if len(values) < 2:  # noqa: PLR2004 - one value has no spread
        return math.nan
    middle = mean(values)
    return math.sqrt(math.fsum((value - middle) ** 2 for value in values) / (len(values) - 1))


def slope(x: Sequence[float], y: Sequence[float]) -> float:
    """Of y on x by least squares; not a number where x does not vary."""
    middle = mean(x)
    square = math.fsum((a - middle) ** 2 for a in x)
    return math.fsum((a - middle) * b for a, b in zip(x, y, strict=True)) / square if square else math.nan


def decompose(gaps: Sequence[Gap], composite: Composite, periods: Sequence[int]) -> tuple[Decomposed, ...]:
    """The gap of the composite as the weighted sum of the gaps of its parts, plus what is left over."""
    by = {(gap.index, gap.period): gap.gap for gap in gaps}
    found = []
    for period in periods:
        names = (composite.index, *composite.parts)
        if any((name, period) not in by for name in names):
            continue
        weights = composite.weights_of(period)
        contributions = [weight * by[part, period] for part, weight in zip(composite.parts, weights, strict=True)]
        total = math.fsum(contributions)
        shares = tuple(
            Share(period, part, weight, by[part, period], given, given / total if total else math.nan)
            for part, weight, given in zip(composite.parts, weights, contributions, strict=True)
        )
        whole = by[composite.index, period]
        found.append(Decomposed(period, whole, shares, whole - total))
    return tuple(found)


def closing(index: str, gaps: Sequence[Gap], groups: Mapping[int, Sequence[float]]) -> Closing | None:
    """How the gap of an index changes over its periods; nothing where there are fewer than two."""
    if len(gaps) < 2:  # noqa: PLR2004 - a change needs two
        return None
    first, last = gaps[0], gaps[-1]
    return Closing(
        index=index,
        first=first.period,
        last=last.period,
        gap_first=first.gap,
        gap_last=last.gap,
        closed=1 - last.gap / first.gap if first.gap else math.nan,
        per_year=slope([float(gap.period) for gap in gaps], [gap.gap for gap in gaps]),
        spread_first=deviation(groups[first.period]),
        spread_last=deviation(groups[last.period]),
    )


def component(
    file: str, period: int, names: Text, values: Mapping[str, float], entity: str, peers: Sequence[str]
) -> Component:
    """One line of a component table."""
    others = [values[peer] for peer in peers]
    middle = mean(others)
    value = values[entity]
    return Component(
        file=file,
        period=period,
        names=names,
        value=value,
        peers=middle,
        gap=value - middle,
        ratio=value / middle if middle else math.nan,
        rank=1 + sum(other > value for other in others),
        of=1 + len(others),
        best=max((entity, *peers), key=lambda each: values[each]),
    )


@dataclass(frozen=True)
class Ranks:
    """How many are ahead of each entity of a benchmark; see `Facts.ahead`."""

    places: Mapping[str, int]
    in_sample: Mapping[int, tuple[int, Mapping[int, tuple[int, ...]]]]
    in_all: Mapping[int, tuple[int, Mapping[int, tuple[int, ...]]]]

    def of(self, index: str, period: int, *, everywhere: bool = False) -> tuple[int, tuple[int, ...]]:
        """Surveyed entities, and how many of them are ahead of each."""
        total, ahead = (self.in_all if everywhere else self.in_sample)[period]
        return total, ahead[self.places[index]]


def gaps_to_peers(
    order: Sequence[str], index: str, by_period: Mapping[int, Mapping[str, float]], ranks: Ranks
) -> tuple[list[Gap], list[PeerValue]]:
    """The gaps of the first of `order` to the others, and what each of them has."""
    entity, *peers = order
    gaps = []
    shown = []
    for period, there in by_period.items():
        total, ahead = ranks.of(index, period)
        total_all, ahead_all = ranks.of(index, period, everywhere=True)
        shown += [
            PeerValue(period, index, name, there[name], 1 + ahead[at]) for at, name in enumerate(order) if name in there
        ]
        others = {name: there[name] for name in peers if name in there}
        if entity not in there or not others:
            continue
        middle = mean(list(others.values()))
        gaps.append(
            Gap(
                period=period,
                index=index,
                value=there[entity],
                peers=middle,
                gap=there[entity] - middle,
                best=max(others, key=others.__getitem__),
                rank=1 + ahead[0],
                of=total,
                rank_all=1 + ahead_all[0],
                of_all=total_all,
            )
        )
    return gaps, shown
