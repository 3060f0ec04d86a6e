"""Ages that the law ties something to. Pure.

个人信息保护法 art 31: under 14 the parents or other guardians consent. 民法典 art 17 to 23: who is under 18 is a minor,
whom guardians represent; 18 is reached on the birthday (that of 29 February, for want of a rule, on the 28th).
"""

from datetime import date
from enum import StrEnum

MAJORITY = 18
CONSENT = 14


class Capacity(StrEnum):
    """What an age lets somebody do by themselves."""

    CHILD = "child"  # under 14
    MINOR = "minor"  # 14 to 17
    ADULT = "adult"


def birthday(born: date, years: int) -> date:
    """The day on which somebody born then is so many years old."""
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(born.year + years, 2, 28)


def capacity(born: date | None, today: date) -> Capacity:
    """By age; who has no known birth counts as an adult."""
    if born is None or today >= birthday(born, MAJORITY):
        return Capacity.ADULT
    return Capacity.CHILD if today < birthday(born, CONSENT) else Capacity.MINOR


def is_adult(born: date | None, today: date) -> bool:
    """Whether somebody acts for themselves in everything, and can act for others."""
    return capacity(born, today) is Capacity.ADULT
