"""Periodic jobs: what is done every so often, whoever asks for it or not.

A package's `jobs.py` registers its functions:

    @periodic(every=timedelta(minutes=10))
    def remind(now: datetime) -> None: ...

A job runs in one process at a time (its lock goes with the connection, so that a killed process holds nothing), in no
transaction of the worker's, and is idempotent: after a kill it simply runs again.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import connection
from django.utils import timezone
from django.utils.module_loading import autodiscover_modules

from tongban.foundation.logging import place_of
from tongban.foundation.models import PeriodicRun
from tongban.foundation.outbox import wait_after
from tongban.foundation.tracing import span

log = structlog.get_logger(__name__)

Run = Callable[[datetime], object]


@dataclass(frozen=True)
class Job:
    name: str
    every: timedelta
    run: Run


_jobs: dict[str, Job] = {}


def periodic(*, every: timedelta) -> Callable[[Run], Run]:
    """Register the function below, to be called with the moment of its run. Its module and name identify it."""

    def register(run: Run) -> Run:
        name = f"{run.__module__.removeprefix('tongban.')}.{run.__name__}"
        _jobs[name] = Job(name, every, run)
        return run

    return register


def registered() -> Mapping[str, Job]:
    """Every job of every installed package, by name."""
    autodiscover_modules("jobs")
    return _jobs


def run_due(now: datetime, jobs: Mapping[str, Job] | None = None) -> list[str]:
    """Run what is due; the names of what was run. A job that fails is noted, and comes again after a while."""
    jobs = registered() if jobs is None else jobs
    last = PeriodicRun.objects.in_bulk(list(jobs))
    due = [job for job in jobs.values() if job.name not in last or last[job.name].due_at <= now]
    return [job.name for job in due if _run(job, now)]


def _run(job: Job, now: datetime) -> bool:
    with _locked(job.name) as alone:
        if not alone:
            return False
        # Another process may have run it between the look and the lock.
        row, _ = PeriodicRun.objects.get_or_create(job=job.name, defaults={"due_at": now})
        if row.due_at > now:
            return False
        row.began_at = timezone.now()
        try:
            with span(f"job {job.name}"):
                job.run(now)
        except Exception as error:
            row.error = place_of(error)
            row.failures += 1
            row.due_at = now + min(job.every, wait_after(row.failures))
            log.exception("job failed", job=job.name, failures=row.failures)
        else:
            row.error, row.failures = "", 0
            row.due_at = now + job.every
        row.ended_at = timezone.now()
        row.save()
    return True


@contextmanager
def _locked(name: str) -> Iterator[bool]:
    """Whether this process alone holds the job's lock; PostgreSQL gives it back when the connection ends."""
    key = int.from_bytes(hashlib.sha256(f"job {name}".encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        alone = bool(cursor.fetchone()[0])
    try:
        yield alone
    finally:
        if alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
