"""Periodic jobs: when due, one at a time, and again after a failure."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from tongban.foundation.jobs import Job, registered, run_due
from tongban.foundation.models import PeriodicRun

NOW = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
# The server's other databases are other tests'.
LOCKS_HERE = """
    SELECT count(*) FROM pg_locks JOIN pg_database ON oid = database
    WHERE locktype = 'advisory' AND datname = current_database()
"""


def _jobs(ran: list[datetime], *, failing: bool = False) -> dict[str, Job]:
    def run(now: datetime) -> None:
        ran.append(now)
        if failing:
            raise ValueError("secret of 韦秀兰")

    return {"tests.run": Job("tests.run", 10 * MINUTE, run)}


@pytest.mark.django_db
def test_a_job_runs_when_it_is_due_and_not_before() -> None:
    ran: list[datetime] = []
    jobs = _jobs(ran)
    for minutes in (0, 1, 9, 10, 11, 25):
        run_due(NOW + minutes * MINUTE, jobs)
    assert ran == [NOW, NOW + 10 * MINUTE, NOW + 25 * MINUTE]


@pytest.mark.django_db
def test_a_failed_job_comes_again_sooner_and_says_why_without_quoting() -> None:
    ran: list[datetime] = []
    jobs = _jobs(ran, failing=True)
    run_due(NOW, jobs)
    row = PeriodicRun.objects.get()
    assert (row.failures, row.due_at) == (1, NOW + timedelta(seconds=5))
    assert row.error.startswith("ValueError at ")
    assert "韦秀兰" not in row.error
    run_due(NOW + MINUTE, _jobs(ran))
    row.refresh_from_db()
    assert (row.failures, row.error, row.due_at) == (0, "", NOW + 11 * MINUTE)


@pytest.mark.django_db(transaction=True)
def test_a_job_runs_in_one_process_at_a_time_and_a_dead_one_holds_nothing() -> None:
    ran: list[datetime] = []
    inner: list[object] = []

    def run(now: datetime) -> None:
        ran.append(now)
        with other.cursor() as cursor:
            cursor.execute(f"{LOCKS_HERE} AND granted")
            inner.append(cursor.fetchall())

    other = connection.copy()
    jobs = {"tests.run": Job("tests.run", MINUTE, run)}
    run_due(NOW, jobs)
    assert inner == [[(1,)]]
    with other.cursor() as cursor:
        cursor.execute(LOCKS_HERE)
        assert cursor.fetchone() == (0,)
    other.close()


def test_the_packages_jobs_are_found() -> None:
    assert "api.jobs.forget_kept_answers" in registered()
    assert all(job.every > timedelta(0) for job in registered().values())
