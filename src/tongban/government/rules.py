"""Pure rules of government: region codes, validity, credit codes, docking. No database, no clock of their
own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from typing import Protocol

from stdnum.cn import uscc
from stdnum.exceptions import InvalidChecksum, InvalidFormat, InvalidLength, ValidationError

from tongban.government.models import DockingTask, RegionLevel

# GB/T 2260 has no code for the nation; GB 32100 writes 100000 for the region of central organs' credit codes,
# and so do we. The other usage seen, twelve zeros, is accepted and read as the same.
NATION_CODE = "100000000000"
CORPS_CODE = "660000000000"

CODE_LENGTH = 12
COUNTY_CODE_LENGTH = 6
# How many leading digits a level of the code uses (GB/T 2260 to the county, GB/T 10114 below).
_DIGITS = {
    RegionLevel.PROVINCE: 2,
    RegionLevel.PREFECTURE: 4,
    RegionLevel.COUNTY: 6,
    RegionLevel.TOWNSHIP: 9,
    RegionLevel.VILLAGE: 12,
}


def full_code(code: str) -> str:
    """The 12-digit region code for a code of 6 or 12 digits; 000000 is the nation.

    Raises:
        ValueError: anything else.
    """
    code = code.strip()
    if not (code.isascii() and code.isdigit() and len(code) in {COUNTY_CODE_LENGTH, CODE_LENGTH}):
        raise ValueError(f"{code!r} is not a region code of 6 or 12 digits")
    code = code.ljust(CODE_LENGTH, "0")
    return NATION_CODE if not code.strip("0") else code


def level_of(code: str) -> RegionLevel:
    """The level that a 12-digit code says: its trailing zeros."""
    if code == NATION_CODE:
        return RegionLevel.NATION
    digits = len(code.rstrip("0"))
    return next(level for level, length in _DIGITS.items() if digits <= length)


def stem(code: str) -> str:
    """The digits of a code that all codes below it share; empty for the nation."""
    level = level_of(code)
    return "" if level is RegionLevel.NATION else code[: _DIGITS[level]]


class HasValidity(Protocol):
    @property
    def valid_from(self) -> date | None: ...
    @property
    def valid_to(self) -> date | None: ...


def is_in_force(thing: HasValidity, day: date) -> bool:
    """Whether the day lies in [valid_from, valid_to); an open end has no bound."""
    return (thing.valid_from is None or thing.valid_from <= day) and (thing.valid_to is None or day < thing.valid_to)


class CreditCodeFault(StrEnum):
    """What is wrong with a unified social credit code (GB 32100)."""

    MISSING = "missing"
    LENGTH = "length"
    FORMAT = "format"
    CHECK_CHARACTER = "check_character"


# The codes of a few agencies stand in a list of thousands of services.
@lru_cache(maxsize=4096)
def credit_code_fault(code: str) -> CreditCodeFault | None:
    """The fault of a unified social credit code, or None. A wrong code is reported, never refused."""
    if not code:
        return CreditCodeFault.MISSING
    try:
        uscc.validate(code)
    except InvalidLength:
        return CreditCodeFault.LENGTH
    except InvalidChecksum:
        return CreditCodeFault.CHECK_CHARACTER
    except (InvalidFormat, ValidationError):
        return CreditCodeFault.FORMAT
    return None


class DockingLight(StrEnum):
    """How a docking task stands today; `late` is derived, never stored."""

    PLANNED = "planned"
    UNDER_WAY = "under_way"
    LATE = "late"
    DONE = "done"
    DONE_LATE = "done_late"


def docking_light(state: str, due_on: date, done_on: date | None, today: date) -> DockingLight:
    """How a task stands on `today`. A task done after that day was not done then."""
    if done_on is not None and done_on <= today:
        return DockingLight.DONE if done_on <= due_on else DockingLight.DONE_LATE
    if due_on < today:
        return DockingLight.LATE
    if state == DockingTask.State.PLANNED:
        return DockingLight.PLANNED
    return DockingLight.UNDER_WAY


@dataclass(frozen=True)
class DockingFact:
    """One task, as the league table needs it."""

    platform: str
    state: str
    due_on: date
    done_on: date | None


@dataclass(frozen=True)
class Standing:
    """A platform's place in the league table.

    Attributes:
        done, total, late: numbers of tasks; `late` ones are open and past their due date.
        last_done_on: day the last of the done tasks was done.
    """

    rank: int
    platform: str
    done: int
    total: int
    late: int
    last_done_on: date | None

    @property
    def share(self) -> Fraction:
        return Fraction(self.done, self.total)


def league(facts: Iterable[DockingFact], today: date) -> list[Standing]:
    """Platforms with docking tasks, best first.

    Order: the larger share done; then fewer late; then, among those who have done everything, the earlier
    last day. Who is equal in all three shares a rank, and the next rank is counted on (1, 1, 3). Within a
    rank by platform.
    """
    by_platform: dict[str, list[DockingFact]] = {}
    for fact in facts:
        by_platform.setdefault(fact.platform, []).append(fact)
    unranked = [_standing(platform, rows, today) for platform, rows in by_platform.items()]
    unranked.sort(key=lambda s: (_merit(s), s.platform))
    ranked: list[Standing] = []
    for place, standing in enumerate(unranked, start=1):
        tied = ranked and _merit(ranked[-1]) == _merit(standing)
        rank = ranked[-1].rank if tied else place
        ranked.append(
            Standing(
                rank,
                standing.platform,
                standing.done,
                standing.total,
                standing.late,
                standing.last_done_on,
            )
        )
    return ranked


def _standing(platform: str, rows: Sequence[DockingFact], today: date) -> Standing:
    lights = [docking_light(row.state, row.due_on, row.done_on, today) for row in rows]
    done_days = [row.done_on for row in rows if row.done_on is not None and row.done_on <= today]
    return Standing(
        rank=0,
        platform=platform,
        done=len(done_days),
        total=len(rows),
        late=lights.count(DockingLight.LATE),
        last_done_on=max(done_days, default=None),
    )


def _merit(standing: Standing) -> tuple[Fraction, int, date]:
    complete = standing.done == standing.total and standing.last_done_on is not None
    last = standing.last_done_on if complete and standing.last_done_on else date.max
    return (-standing.share, standing.late, last)
