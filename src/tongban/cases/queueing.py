"""The line of a hall: who is next, and which appointments there are. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date as day_type
from datetime import datetime, time, timedelta


@dataclass(frozen=True)
class InLine:
    """A ticket that waits: its number, and the time of its appointment, where it has one."""

    number: int
    starts_at: time | None = None


@dataclass(frozen=True)
class Hours:
    """When a hall is open and how many appointments it takes in each slot."""

    opens_at: time
    closes_at: time
    slot_minutes: int
    places: int


def next_in_line(waiting: Sequence[InLine], now: time) -> InLine | None:
    """Who is called next: appointments whose time has come, the earliest first; then drawn numbers in order; then
    appointments whose time is still to come, so that nobody waits at an empty desk. None where nobody waits.
    """

    def turn(ticket: InLine) -> tuple[int, time, int]:
        if ticket.starts_at is None:
            return 1, time.min, ticket.number
        return (0 if ticket.starts_at <= now else 2), ticket.starts_at, ticket.number

    return min(waiting, key=turn, default=None)


def slots(hours: Hours) -> Iterator[time]:
    """The times at which appointments begin: every slot that ends before the hall closes."""
    any_day = day_type(2000, 1, 1)
    start, end = datetime.combine(any_day, hours.opens_at), datetime.combine(any_day, hours.closes_at)
    length = timedelta(minutes=hours.slot_minutes)
    while start + length <= end:
        yield start.time()
        start += length


def free_slots(hours: Hours, taken: Mapping[time, int], after: time | None = None) -> list[time]:
    """The slots with a place left; only those later than `after` where it is given."""
    return [slot for slot in slots(hours) if taken.get(slot, 0) < hours.places and (after is None or slot > after)]
