"""What follows from the law for one case: due dates, lights, numbers. Pure: no database, and time is an argument."""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from tongban.cases.history import LEGAL, PROMISED, CaseTimes
from tongban.cases.procedure import DECISION_LIMITS, Action, Procedure
from tongban.foundation.calendar import WorkingCalendar
from tongban.foundation.clock import Deadline, Limit, Unit, deadline, working_days_left
from tongban.foundation.clockrules import limit_of_rule
from tongban.foundation.ids import has_valid_check_character, with_check_character

YELLOW_FROM_WORKING_DAYS_LEFT = 2
SERIAL_DIGITS = 7
_NUMBERING = re.compile(r"^\s*(?:[（(]?\d{1,2}[)）.、．]|[一二三四五六七八九十]+、|[-•·])\s*")


@dataclass(frozen=True)
class Due:
    """What runs now: the rule, the promised date (inbox and citizen), and the legal date beside it."""

    rule: str
    promised: Deadline
    legal: Deadline


def due(rule: str, times: CaseTimes, calendar: WorkingCalendar) -> Due | None:
    """The limit named by a state of the procedure, running for this case; None for a state without one.

    The decision has a promised limit beside the legal one, is paused by special procedures (art 45) and extended (art
    42); a promise cannot stretch the law. Every other limit runs from its own event, without pause.
    """
    if not rule or times.waits:
        return None
    if rule in DECISION_LIMITS:
        return _decision(rule, times, calendar)
    start = {"LIC-NOTICE": times.reached_on, "LIC-DELIVER": times.decided_on}.get(rule, times.limit_since)
    if start is None:
        return None
    legal = deadline(start, times.limits.get(rule) or limit_of_rule(rule), calendar)
    if rule == "LIC-NOTICE" and "ONLINE-CHECK" in times.limits:
        sooner = deadline(start, times.limits["ONLINE-CHECK"], calendar)
        return Due(rule, min(sooner, legal, key=lambda d: d.due), legal)
    return Due(rule, legal, legal)


def _decision(rule: str, times: CaseTimes, calendar: WorkingCalendar) -> Due | None:
    if times.accepted_on is None:
        return None
    # The version's own limit is that of separate handling; joint handling has the law's (art 42).
    own = times.limits.get(LEGAL) if rule == "LIC-DECIDE" else None
    legal, promised = (
        deadline(times.accepted_on, limit, calendar, pauses=times.pauses, extension=times.extension)
        for limit in (own or limit_of_rule(rule), times.limits.get(PROMISED) or own or limit_of_rule(rule))
    )
    return Due(rule, min(promised, legal, key=lambda d: d.due), legal)


@dataclass(frozen=True)
class Lapse:
    """What the clock will do by itself, and the last day on which it does not."""

    action: Action
    day: date
    provisional: bool


def next_lapse(procedure: Procedure, stage: str, times: CaseTimes, calendar: WorkingCalendar) -> Lapse | None:
    """The first thing the clock does at this stage unless somebody acts; None where it does nothing."""
    lapses = [lapse for a in procedure.lapses(stage) if (lapse := _lapse(a, times, calendar))]
    return min(lapses, key=lambda lapse: lapse.day, default=None)


def _lapse(action: Action, times: CaseTimes, calendar: WorkingCalendar) -> Lapse | None:
    if action.by_clock == "deferred":
        return Lapse(action, times.deferred_until, provisional=False) if times.deferred_until else None
    if action.by_clock == "expiry":
        # Art 50: whoever asked too late cannot rely on the lapse.
        if times.expires_on is None or not renewal_asked_in_time(times, calendar):
            return None
        return Lapse(action, times.expires_on, provisional=False)
    found = due(action.by_clock, times, calendar)
    return Lapse(action, found.legal.due, found.legal.provisional) if found else None


def renewal_asked_in_time(times: CaseTimes, calendar: WorkingCalendar) -> bool:
    """Whether the renewal was asked for at least the limit of LIC-RENEW-ASK before expiry."""
    if times.expires_on is None:
        return False
    limit = times.limits.get("LIC-RENEW-ASK") or limit_of_rule("LIC-RENEW-ASK")
    latest = deadline(times.expires_on, limit, calendar, direction="before").due
    return times.materials_on <= latest


def hearing_days(asked_on: date, today: date, times: CaseTimes, calendar: WorkingCalendar) -> tuple[date, date]:
    """The first and last day on which a hearing may be held that is announced today (art 47, 48). Where the limit
    can no longer be met, the day on which the notice is over is the only one.
    """
    notice = times.limits.get("LIC-HEARING-NOTICE") or limit_of_rule("LIC-HEARING-NOTICE")
    hold = times.limits.get("LIC-HEARING-HOLD") or limit_of_rule("LIC-HEARING-HOLD")
    first = deadline(today, notice, calendar).due
    return first, max(first, deadline(asked_on, hold, calendar).due)


def points(text: str) -> list[str]:
    """The points of a notice of correction, one a line, without numbering."""
    found = (_NUMBERING.sub("", line).strip().rstrip("。；;.,，") for line in text.splitlines())
    return [point for point in found if point]


def new_grounds(notice: str, earlier: str) -> list[str]:
    """Points of a later notice that the first one did not name: art 32(4) wants everything told at once."""
    told = set(points(earlier))
    return [point for point in points(notice) if point not in told]


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
    return light_of(working_days_left(today, due_on, calendar), late=today > due_on)


def light_of(working_days: int, *, late: bool) -> Light:
    """The light by the working days that are left, and whether the due date is over."""
    if late:
        return Light.RED
    return Light.YELLOW if working_days <= YELLOW_FROM_WORKING_DAYS_LEFT else Light.GREEN


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
