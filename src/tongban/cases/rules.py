"""What follows from the law for one case: due dates, lights, numbers. Pure: no database, and time is an argument."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from tongban.foundation.calendar import WorkingCalendar
from tongban.foundation.clock import Deadline, Limit, Unit, deadline, working_days_left
from tongban.foundation.ids import has_valid_check_character, with_check_character

# 行政许可法 art 32(4), 42, 44.
NOTICE_LIMIT = Limit(5)
DECISION_LIMIT = Limit(20)
DELIVERY_LIMIT = Limit(10)

YELLOW_FROM_WORKING_DAYS_LEFT = 2
SERIAL_DIGITS = 7


@dataclass(frozen=True)
class CaseTimes:
    """The days of a case that clocks start from, and the limits of its service version.

    Attributes:
        materials_on: when the applicant last handed something in (submission or supplement).
        accepted_on, decided_on: the days of those acts.
        legal_limit: of the version; None where the guide states none (the Licensing Law's 20 working days hold).
        promised_limit: what the agency promises; None where it promises nothing beyond the law.
    """

    materials_on: date
    accepted_on: date | None = None
    decided_on: date | None = None
    legal_limit: Limit | None = None
    promised_limit: Limit | None = None


@dataclass(frozen=True)
class Due:
    """What runs now: the rule, the promised date (inbox and citizen), and the legal date beside it."""

    rule: str
    promised: Deadline
    legal: Deadline


def due(rule: str, times: CaseTimes, calendar: WorkingCalendar) -> Due | None:
    """The limit named by a state of the procedure, running for this case; None for a state without one."""
    if rule == "LIC-NOTICE":
        notice = deadline(times.materials_on, NOTICE_LIMIT, calendar)
        return Due(rule, notice, notice)
    if rule == "LIC-DECIDE" and times.accepted_on:
        legal = deadline(times.accepted_on, times.legal_limit or DECISION_LIMIT, calendar)
        if times.promised_limit is None:
            return Due(rule, legal, legal)
        promised = deadline(times.accepted_on, times.promised_limit, calendar)
        # A promise cannot stretch the law.
        return Due(rule, min(promised, legal, key=lambda d: d.due), legal)
    if rule == "LIC-DELIVER" and times.decided_on:
        delivery = deadline(times.decided_on, DELIVERY_LIMIT, calendar)
        return Due(rule, delivery, delivery)
    return None


def limit_of(amount: int | None, unit: str) -> Limit | None:
    """A version's limit; None where it states none. The unit is one of `items.LimitUnit`."""
    return None if amount is None else Limit(amount, Unit(unit or Unit.WORKING_DAY))


class Light(StrEnum):
    """红黄绿灯: in time, due soon, late."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


def light(today: date, due_on: date | None, calendar: WorkingCalendar) -> Light | None:
    """The light of a case; None while no clock of the agency runs."""
    if due_on is None:
        return None
    left = working_days_left(today, due_on, calendar)
    if today > due_on:
        return Light.RED
    return Light.YELLOW if left <= YELLOW_FROM_WORKING_DAYS_LEFT else Light.GREEN


def case_number(region_code: str, day: date, serial: int) -> str:
    """Region (6), day (8), serial (at least 7) and an ISO 7064 MOD 37,36 check character.

    Regions belong to one platform each, so numbers of different platforms never meet.
    """
    return with_check_character(f"{region_code[:6]}{day:%Y%m%d}{serial:0{SERIAL_DIGITS}d}")


def written(number: str) -> str:
    """A case number as people read it: 450700-20261121-0000012-K."""
    return f"{number[:6]}-{number[6:14]}-{number[14:-1]}-{number[-1]}"


def read_case_number(text: str) -> str | None:
    """The stored form of a number somebody typed, or None when it cannot be one (its check does not hold)."""
    number = "".join(text.split()).replace("-", "").upper()
    shortest = 6 + 8 + SERIAL_DIGITS + 1
    if len(number) < shortest or not number.isascii() or not number.isalnum():
        return None
    return number if has_valid_check_character(number) else None
