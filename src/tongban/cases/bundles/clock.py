"""When the whole of a bundle is done: 45 + 15 working days where it is handled jointly, else the critical path. Pure.

行政许可法 art 42: licences handled in a unified, joint or centralised way (art 26) are decided within 45 working days,
extended once by 15. Where a part is no licence, or the agencies handle theirs each for itself, the law has no limit for
the whole: what counts is the longest way through the parts' own limits.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from tongban.foundation.calendar import WorkingCalendar
from tongban.foundation.clock import Deadline, Limit, Pause, deadline


@dataclass(frozen=True)
class PartTime:
    """What the reckoning knows of a part.

    Attributes:
        waits_for: parts that must be over before it begins.
        limits: its own limits, one after the other: until acceptance (art 32), then until the decision. For a part that
            an agency has already, `due` stands instead.
        due: the day its agency must decide by, as its own clock says.
        over_on: the day it was over (decided, refused, taken back).
    """

    limits: tuple[Limit, ...] = ()
    waits_for: tuple[str, ...] = ()
    due: date | None = None
    over_on: date | None = None
    provisional: bool = False


@dataclass(frozen=True)
class Leg:
    """A part on the way: from when to when, and day by day why where it is still to come."""

    part: str
    begins: date
    ends: date
    is_over: bool
    provisional: bool
    deadlines: tuple[Deadline, ...] = ()


@dataclass(frozen=True)
class Path:
    """The longest way: `legs` of every part, `critical` those the last day hangs on, in order."""

    due: date
    provisional: bool
    legs: Mapping[str, Leg]
    critical: tuple[str, ...]


def critical_path(parts: Mapping[str, PartTime], start: date, calendar: WorkingCalendar) -> Path:
    """The day on which the last part is over if every agency takes all its time.

    Args:
        parts: every part that is wanted; those another waits for may not wait for it in turn.
        start: the day of the submission; never counted itself.
        calendar: working days.

    Raises:
        ValueError: parts wait for each other.
    """
    legs: dict[str, Leg] = {}
    before: dict[str, str] = {}
    left = dict(parts)
    while left:
        ready = [name for name, part in left.items() if not any(other in left for other in part.waits_for)]
        if not ready:
            raise ValueError(f"parts wait for each other: {', '.join(sorted(left))}")
        for name in ready:
            part = left.pop(name)
            last = max((other for other in part.waits_for if other in legs), key=lambda o: legs[o].ends, default="")
            begins = max(start, legs[last].ends) if last else start
            before[name] = last if last and legs[last].ends >= start else ""
            legs[name] = _leg(name, part, begins, calendar)
    last = max(legs, key=lambda name: legs[name].ends, default="")
    due = legs[last].ends if last else start
    critical = list(_back(last, before))[::-1]
    return Path(due, any(legs[name].provisional for name in critical), legs, tuple(critical))


def _leg(name: str, part: PartTime, begins: date, calendar: WorkingCalendar) -> Leg:
    if part.over_on:
        return Leg(name, min(begins, part.over_on), part.over_on, is_over=True, provisional=False)
    if part.due:
        return Leg(name, min(begins, part.due), part.due, is_over=False, provisional=part.provisional)
    day, deadlines = begins, []
    for limit in part.limits:
        deadlines.append(deadline(day, limit, calendar))
        day = deadlines[-1].due
    provisional = any(each.provisional for each in deadlines)
    return Leg(name, begins, day, is_over=False, provisional=provisional, deadlines=tuple(deadlines))


def _back(name: str, before: Mapping[str, str]) -> Iterable[str]:
    while name:
        yield name
        name = before.get(name, "")


@dataclass(frozen=True)
class JointCase:
    """What the joint clock needs of a part's case."""

    accepted_on: date | None
    pauses: tuple[Pause, ...] = ()
    extension: int = 0


@dataclass(frozen=True)
class JointClock:
    """The clock of a joint handling. `notice` is the time until acceptance, where some part is not accepted yet: then
    the whole is an estimate.
    """

    clock: Deadline
    notice: Deadline | None
    extension: int

    @property
    def due(self) -> date:
        return self.clock.due

    @property
    def is_estimate(self) -> bool:
        return self.notice is not None

    @property
    def provisional(self) -> bool:
        return self.clock.provisional or bool(self.notice and self.notice.provisional)


@dataclass(frozen=True)
class JointLimits:
    """The limits in force: until acceptance (LIC-NOTICE) and of the joint handling (LIC-JOINT)."""

    notice: Limit
    joint: Limit = field(default_factory=lambda: Limit(45))


def joint_clock(
    cases: Sequence[JointCase], submitted_on: date, limits: JointLimits, calendar: WorkingCalendar
) -> JointClock:
    """45 working days from the day on which the last of the licences was accepted (art 42, 44).

    What does not count for one of them (art 45) does not count for the whole; the one extension of any is that of the
    whole, for the government's head grants it to the joint handling (every open part's own clock follows it:
    `cases.actions.extending`).
    """
    accepted = [case.accepted_on for case in cases]
    days = [day for day in accepted if day]
    notice = deadline(submitted_on, limits.notice, calendar) if not days or len(days) < len(accepted) else None
    start = max([*days, notice.due] if notice else days)
    pauses = [pause for case in cases for pause in case.pauses]
    extension = max((case.extension for case in cases), default=0)
    return JointClock(deadline(start, limits.joint, calendar, pauses=pauses, extension=extension), notice, extension)
