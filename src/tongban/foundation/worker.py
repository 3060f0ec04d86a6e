"""The worker: empties the outbox and runs the periodic jobs until it is told to stop.

Any number may run side by side, on any machine; each event and each job is taken by one of them.
"""

import threading
import time

import structlog
from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone

from tongban.foundation import jobs, outbox
from tongban.foundation.events import subscriptions

log = structlog.get_logger(__name__)

# Events come together in the meantime, and are cheaper by the hundred.
PAUSE_SECONDS = 0.5
JOBS_EVERY_SECONDS = 1.0
PAUSE_WITHOUT_DATABASE_SECONDS = 1.0


def work(stop: threading.Event) -> None:
    """Work until `stop` is set; the turn that has begun is finished. Outlives the database's restarts."""
    log.info("worker started", handlers=len(subscriptions()), jobs=len(jobs.registered()))
    jobs_at = 0.0
    while not stop.is_set():
        try:
            handled = outbox.drain(timezone.now())
            if time.monotonic() >= jobs_at:
                jobs_at = time.monotonic() + JOBS_EVERY_SECONDS
                outbox.retry(timezone.now())
                jobs.run_due(timezone.now())
        except (DatabaseError, InterfaceError) as error:
            log.warning("the database is away", error=type(error).__qualname__)
            connection.close()
            stop.wait(PAUSE_WITHOUT_DATABASE_SECONDS)
            continue
        if handled < outbox.MOST_A_TURN:
            stop.wait(PAUSE_SECONDS)
    connection.close()
    log.info("worker stopped")


def work_off() -> int:
    """Everything that waits now, once: events until there are none, and the jobs that are due; how many events."""
    total = 0
    while handled := outbox.drain(timezone.now()):
        total += handled
    total += outbox.retry(timezone.now())
    jobs.run_due(timezone.now())
    return total
