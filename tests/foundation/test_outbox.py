"""Events reach their handlers: in order, once, whatever fails."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from tongban.foundation import outbox
from tongban.foundation.events import Event, Subscription
from tongban.foundation.ledger import Announcement, append
from tongban.foundation.models import DomainEvent, FailedDelivery, PeriodicRun
from tongban.identity.actor import platform_process

ACTOR = platform_process("tests")
NOW = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)

pytestmark = pytest.mark.django_db


def _happen(*objects: str, name: str = "thing.done") -> None:
    with transaction.atomic():
        for number, one in enumerate(objects):
            append(ACTOR, "do", "thing", one, None, Announcement(name, {"number": number}))


class Taker:
    """A handler that keeps what it took in a table (so that a rollback takes it away), and fails on what it is told."""

    def __init__(self, *poison: str) -> None:
        self.poison = set(poison)
        self.sizes: list[int] = []
        self.subscription = Subscription("tests.taker", frozenset({"thing.done"}), self.take)

    @property
    def handlers(self) -> dict[str, Subscription]:
        return {self.subscription.name: self.subscription}

    def take(self, events: Sequence[Event]) -> None:
        self.sizes.append(len(events))
        for event in events:
            PeriodicRun.objects.create(job=f"{event.id:020} {event.object_id} {event.detail['number']}", due_at=NOW)
            if event.object_id in self.poison:
                raise ValueError("secret of 韦秀兰")

    def taken(self) -> list[str]:
        return [job.split(" ", 1)[1] for job in PeriodicRun.objects.order_by("job").values_list("job", flat=True)]


def test_an_event_stands_or_falls_with_its_act() -> None:
    with transaction.atomic():
        append(ACTOR, "do", "thing", "a", None, Announcement("thing.done"))
        transaction.set_rollback(True)
    assert not DomainEvent.objects.exists()
    with transaction.atomic():
        entry = append(ACTOR, "do", "thing", "a", None, Announcement("thing.done", {"number": 3}))
    kept = DomainEvent.objects.get()
    assert (kept.id, kept.name, kept.object_id, kept.detail) == (entry.pk, "thing.done", "a", {"number": 3})


def test_hundreds_are_taken_in_one_go_and_in_order() -> None:
    taker = Taker()
    _happen(*"ab" * 150)
    assert outbox.drain(NOW, taker.handlers, most=200) == 200
    assert outbox.drain(NOW, taker.handlers) == 100
    assert outbox.drain(NOW, taker.handlers) == 0
    assert taker.sizes == [200, 100]
    assert taker.taken() == [f"{'ab'[n % 2]} {n}" for n in range(300)]


def test_nobody_listens_and_the_event_goes() -> None:
    _happen("a", name="thing.nobody_cares_about")
    assert outbox.drain(NOW, Taker().handlers) == 1
    assert not DomainEvent.objects.exists()


def test_a_poison_event_holds_up_its_own_object_only() -> None:
    taker = Taker("b")
    _happen("a", "b", "c", "b")
    outbox.drain(NOW, taker.handlers)
    assert taker.taken() == ["a 0", "c 2"]
    first, second = FailedDelivery.objects.order_by("event_id")
    assert (first.attempts, second.attempts) == (1, 0)
    assert first.error.startswith("ValueError at ")
    assert "韦秀兰" not in first.error
    # What happens to the object later waits behind it; the others do not.
    _happen("b", "a")
    outbox.drain(NOW, taker.handlers)
    assert taker.taken() == ["a 0", "c 2", "a 1"]
    assert outbox.retry(NOW, taker.handlers) == 0  # not due yet
    # The cause is mended: all of them, in order.
    taker.poison.clear()
    assert outbox.retry(NOW + HOUR, taker.handlers) == 3
    assert taker.taken() == ["a 0", "b 1", "c 2", "b 3", "b 0", "a 1"]
    assert not FailedDelivery.objects.exists()


def test_after_the_last_try_it_is_set_aside_and_the_next_goes_on() -> None:
    taker = Taker("a")
    _happen("a")
    now = NOW
    outbox.drain(now, taker.handlers)
    for _ in range(outbox.ATTEMPTS - 1):
        now += HOUR
        outbox.retry(now, taker.handlers)
    assert [failed.attempts for failed in outbox.waiting().set_aside] == [outbox.ATTEMPTS]
    taker.poison.clear()
    _happen("a")
    outbox.drain(now, taker.handlers)
    assert taker.taken() == ["a 0"]
    assert outbox.take_up_again(now) == 1
    assert outbox.retry(now, taker.handlers) == 1
    assert len(taker.taken()) == 2


def test_a_handler_that_is_gone_does_not_stop_the_others() -> None:
    taker = Taker("a")
    _happen("a")
    outbox.drain(NOW, taker.handlers)
    outbox.retry(NOW + HOUR, {})
    assert "no such handler" in FailedDelivery.objects.get().error


def test_waiting_times_double_up_to_half_an_hour() -> None:
    waits = [outbox.wait_after(n).total_seconds() for n in range(1, 12)]
    assert waits[:4] == [5, 10, 20, 40]
    assert waits[-1] == 1800
    assert waits == sorted(waits)


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_take_the_same() -> None:
    taker = Taker()
    _happen("a", "b")
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [outbox.OUTBOX_LOCK])
            assert outbox.drain(NOW, taker.handlers) == 0
            assert DomainEvent.objects.count() == 2
            # Whose connection ends gives it up as well, but later than `close` returns.
            cursor.execute("SELECT pg_advisory_unlock(%s)", [outbox.OUTBOX_LOCK])
    finally:
        other.close()
    assert outbox.drain(NOW, taker.handlers) == 2
