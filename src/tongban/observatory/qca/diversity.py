"""Limited diversity, said and not hidden: how much of the property space the cases fill, and how lopsided sets are."""

from dataclasses import dataclass

from tongban.observatory.qca.sets import Space
from tongban.observatory.qca.tolerance import Floats
from tongban.observatory.qca.truthtable import TruthTable

SKEW_LOW, SKEW_HIGH = 0.2, 0.8
"""A set with under a fifth or over four fifths of the cases in it is skewed (Oana, Schneider & Thomann 2021)."""


@dataclass(frozen=True)
class Skewness:
    """Share of cases more in than out of a set (membership above 0.5)."""

    column: str
    share: float

    @property
    def skewed(self) -> bool:
        return not SKEW_LOW <= self.share <= SKEW_HIGH


@dataclass(frozen=True)
class Diversity:
    """The property space and what the cases fill of it.

    Attributes:
        rows: Rows of the full truth table.
        observed: Rows with at least one case.
        unplaced: Cases with a membership of exactly 0.5, which belong to no row.
        crowded: Whether there are more possible rows than cases, so that most rows must stay empty.
        advised: The largest number of two-valued conditions whose rows do not outnumber the cases.
    """

    rows: int
    observed: int
    cases: int
    unplaced: int
    skewness: tuple[Skewness, ...]
    crowded: bool
    advised: int

    @property
    def remainders(self) -> int:
        return self.rows - self.observed

    @property
    def remainder_share(self) -> float:
        return self.remainders / self.rows


def diversity(space: Space, table: TruthTable, columns: dict[str, Floats]) -> Diversity:
    """The figures for one truth table; `columns` are the analysed sets, outcome included."""
    cases = len(next(iter(columns.values())))
    return Diversity(
        rows=space.size,
        observed=len(table.rows),
        cases=cases,
        unplaced=cases - sum(len(row.cases) for row in table.rows),
        skewness=tuple(
            Skewness(name, float((values > 0.5).mean()))  # noqa: PLR2004
            for name, values in columns.items()
        ),
        crowded=space.size > cases,
        advised=max(1, cases.bit_length() - 1),
    )
