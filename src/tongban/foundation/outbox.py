"""Emptying the outbox: events to their handlers, hundreds a turn, in order, one process at a time.

A turn is one transaction: what handlers write, and the removal of the events, are committed together. A process that
is killed leaves the events where they were. A handler that fails on a batch gets its events one by one; the one it
fails on is tried again later, and whatever else happens to the same object waits behind it for this handler. After the
last try the event is set aside with its error, and the ones behind it go on.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import connection, transaction

from tongban.foundation.events import Event, Subscription, subscriptions
from tongban.foundation.logging import place_of
from tongban.foundation.models import DomainEvent, FailedDelivery
from tongban.foundation.tracing import span

log = structlog.get_logger(__name__)

MOST_A_TURN = 500
ATTEMPTS = 8
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=30)
# Any number, the same in every process that empties this outbox.
OUTBOX_LOCK = 7_402_020

_FIELDS = ("name", "object_type", "object_id", "at", "detail")


def wait_after(attempts: int) -> timedelta:
    """How long to wait after so many failures: 5 s, doubled each time, half an hour at most."""
    return min(FIRST_WAIT * (1 << min(attempts - 1, 20)), LONGEST_WAIT)


def drain(now: datetime, handlers: Mapping[str, Subscription] | None = None, most: int = MOST_A_TURN) -> int:
    """Hand over what waits, oldest first; how many events were taken out. 0 too where another process is at it."""
    if not DomainEvent.objects.exists():
        return 0
    handlers = subscriptions() if handlers is None else handlers
    with transaction.atomic():
        if not _alone():
            return 0
        rows = list(DomainEvent.objects.order_by("id")[:most])
        events = [Event(row.id, *(getattr(row, name) for name in _FIELDS)) for row in rows]
        for subscription in handlers.values():
            wanted = [event for event in events if event.name in subscription.events]
            if wanted:
                _deliver(subscription, wanted, now)
        DomainEvent.objects.filter(pk__in=[event.id for event in events]).delete()
    return len(events)


def retry(now: datetime, handlers: Mapping[str, Subscription] | None = None) -> int:
    """Try again what failed and is due; how many events were taken."""
    if not FailedDelivery.objects.filter(set_aside_at=None, next_try_at__lte=now).exists():
        return 0
    handlers = subscriptions() if handlers is None else handlers
    taken = 0
    with transaction.atomic():
        if not _alone():
            return 0
        blocked: set[tuple[str, str, str]] = set()
        for failed in FailedDelivery.objects.filter(set_aside_at=None).order_by("event_id", "id")[:MOST_A_TURN]:
            key = (failed.handler, failed.object_type, failed.object_id)
            if key in blocked:
                continue
            if failed.next_try_at > now:
                blocked.add(key)
                continue
            error = _attempt(handlers.get(failed.handler), [_event_of(failed)])
            if error is None:
                failed.delete()
                taken += 1
            elif not _note_failure(failed, error, now):
                blocked.add(key)
    return taken


def take_up_again(now: datetime) -> int:
    """Put everything set aside back in line, after the operator has dealt with the cause; how many events."""
    aside = FailedDelivery.objects.exclude(set_aside_at=None)
    return aside.update(set_aside_at=None, attempts=0, next_try_at=now)


@dataclass(frozen=True)
class Waiting:
    """The state of the outbox for the operator."""

    events: int
    oldest: datetime | None
    failing: int
    set_aside: Sequence[FailedDelivery]


def waiting() -> Waiting:
    """What waits, what is being tried again, and what was set aside (the oldest hundred)."""
    oldest = DomainEvent.objects.order_by("id").values_list("at", flat=True).first()
    open_ = FailedDelivery.objects.filter(set_aside_at=None)
    aside = FailedDelivery.objects.exclude(set_aside_at=None).order_by("event_id")
    return Waiting(DomainEvent.objects.count(), oldest, open_.count(), list(aside[:100]))


def _alone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [OUTBOX_LOCK])
        return bool(cursor.fetchone()[0])


def _deliver(subscription: Subscription, events: Sequence[Event], now: datetime) -> None:
    open_ = FailedDelivery.objects.filter(
        handler=subscription.name, set_aside_at=None, object_id__in={event.object_id for event in events}
    )
    blocked = set(open_.values_list("object_type", "object_id"))
    free = [event for event in events if (event.object_type, event.object_id) not in blocked]
    failed = [_failure(subscription, event, now) for event in events if event not in free]
    if free and _attempt(subscription, free) is not None:
        failed += _one_by_one(subscription, free, now)
    FailedDelivery.objects.bulk_create(failed)


def _one_by_one(subscription: Subscription, events: Iterable[Event], now: datetime) -> list[FailedDelivery]:
    """The events that could not be taken, and those of the same objects behind them."""
    failed: list[FailedDelivery] = []
    blocked: set[tuple[str, str]] = set()
    for event in events:
        key = (event.object_type, event.object_id)
        error = None if key in blocked else _attempt(subscription, [event])
        if key in blocked or error is not None:
            blocked.add(key)
            failed.append(_failure(subscription, event, now, error))
    return failed


def _attempt(subscription: Subscription | None, events: Sequence[Event]) -> str | None:
    """None where the handler took them; else type and place of its error, with nothing of its work left.

    Where the connection is lost, the error goes on: the whole turn is then done again.
    """
    if subscription is None:
        return "there is no such handler any more"
    try:
        with span(f"handler {subscription.name}") as say, transaction.atomic():
            say(events=len(events))
            subscription.handle(events)
    except Exception as error:
        if not connection.is_usable():
            raise
        place = place_of(error)
        log.warning("handler failed", handler=subscription.name, events=len(events), error=place)
        return place
    return None


def _failure(subscription: Subscription, event: Event, now: datetime, error: str | None = None) -> FailedDelivery:
    copied: dict[str, Any] = {name: getattr(event, name) for name in _FIELDS}
    return FailedDelivery(
        event_id=event.id,
        handler=subscription.name,
        attempts=0 if error is None else 1,
        next_try_at=now if error is None else now + wait_after(1),
        error=error or "",
        **copied,
    )


def _note_failure(failed: FailedDelivery, error: str, now: datetime) -> bool:
    """Count one more failure; whether it was the last and the event is set aside."""
    failed.attempts += 1
    failed.error = error
    failed.next_try_at = now + wait_after(failed.attempts)
    if failed.attempts >= ATTEMPTS:
        failed.set_aside_at = now
        log.error("event set aside", handler=failed.handler, event_id=failed.event_id, error=error)
    failed.save(update_fields=["attempts", "error", "next_try_at", "set_aside_at"])
    return failed.set_aside_at is not None


def _event_of(failed: FailedDelivery) -> Event:
    return Event(failed.event_id, *(getattr(failed, name) for name in _FIELDS))
