"""`tongban worker` and `tongban jobs`; and the worker that `tongban serve` keeps beside its web processes."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime

import click

from tongban.cli.outcome import FAILED, Progress, json_option, print_json
from tongban.cli.running import running_platform

ORPHAN_CHECK_SECONDS = 1.0
RESTART_AFTER_SECONDS = 1.0
# For the batch in hand; then it is killed, and the batch is done again by the next.
LONGEST_STOP_SECONDS = 10.0

_COMMAND = [sys.executable, "-c", "from tongban.cli import main; main()", "worker", "--quiet"]
_KEPT = "TONGBAN_KEPT_WORKER"


@click.command()
@click.option("--once", is_flag=True, help="Do what waits now, and end.")
@click.option("--quiet", is_flag=True, help="Say nothing; the log has it all.")
def worker(*, once: bool, quiet: bool) -> None:
    """Hand events to their handlers, send messages, run the periodic jobs, until Ctrl-C.

    `tongban serve` starts one of its own. More may run beside it, on other machines too: each event and each job is
    taken by one of them.
    """
    progress = Progress(quiet=quiet)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if os.environ.pop(_KEPT, ""):
        end_with_parent()
    with running_platform(progress):
        from tongban.foundation import worker as working  # noqa: PLC0415 - needs Django

        if once:
            click.echo(f"{working.work_off()} events handled.")
            return
        progress("working")
        working.work(stop)
        progress("stopped")


@dataclass(frozen=True)
class _SetAside:
    event: int
    name: str
    object: str
    handler: str
    attempts: int
    error: str


@dataclass(frozen=True)
class _Job:
    job: str
    due: datetime
    ended: datetime | None
    failures: int
    error: str


@click.command("jobs")
@click.option("--retry", is_flag=True, help="Put the events that were set aside back in line.")
@json_option
def show_jobs(*, retry: bool, as_json: bool) -> None:
    """What waits, what failed and why, and when each periodic job ran. Exit code 1 if an event was set aside."""
    with running_platform(Progress(quiet=True)):
        from django.utils import timezone  # noqa: PLC0415 - needs Django

        from tongban.foundation import outbox  # noqa: PLC0415 - the same
        from tongban.foundation.models import PeriodicRun  # noqa: PLC0415 - the same

        taken_up = outbox.take_up_again(timezone.now()) if retry else 0
        found = outbox.waiting()
        aside = [
            _SetAside(f.event_id, f.name, f"{f.object_type} {f.object_id}", f.handler, f.attempts, f.error)
            for f in found.set_aside
        ]
        jobs = [
            _Job(row.job, row.due_at, row.ended_at, row.failures, row.error)
            for row in PeriodicRun.objects.order_by("job")
        ]
    if as_json:
        said = {"events": found.events, "oldest": found.oldest, "failing": found.failing, "taken_up": taken_up}
        print_json(said | {"set_aside": [asdict(one) for one in aside], "jobs": [asdict(job) for job in jobs]})
    else:
        if retry:
            click.echo(f"{taken_up} events put back in line.")
        since = f", the oldest since {found.oldest:%Y-%m-%d %H:%M:%S}" if found.oldest else ""
        click.echo(f"{found.events} events wait{since}; {found.failing} are tried again; {len(aside)} were set aside.")
        for one in aside:
            click.echo(
                f"  {one.event} {one.name}, {one.object}: {one.handler} failed {one.attempts} times, {one.error}"
            )
        for job in jobs:
            ended = f"{job.ended:%Y-%m-%d %H:%M:%S}" if job.ended else "never"
            failed = f", failed {job.failures} times: {job.error}" if job.failures else ""
            click.echo(f"  {job.job}: last run {ended}, due {job.due:%Y-%m-%d %H:%M:%S}{failed}")
    if aside:
        sys.exit(FAILED)


@contextmanager
def kept_worker() -> Iterator[None]:
    """A worker for as long as the block runs: started again when it dies, stopped at the end."""
    kept = _Kept()
    thread = threading.Thread(target=kept.keep, daemon=True)
    thread.start()
    try:
        yield
    finally:
        kept.stop()
        thread.join()


class _Kept:
    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def keep(self) -> None:
        while not self._stopping.is_set():
            with self._lock:
                if self._stopping.is_set():
                    return
                self._process = subprocess.Popen(_COMMAND, env=os.environ | {_KEPT: "1"}, stdin=subprocess.DEVNULL)
            self._process.wait()
            self._stopping.wait(RESTART_AFTER_SECONDS)

    def stop(self) -> None:
        with self._lock:
            self._stopping.set()
            process = self._process
        if process is None:
            return
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(LONGEST_STOP_SECONDS)
        process.kill()


def end_with_parent() -> None:
    """A child whose parent was killed ends too: it would hold a port or the database for ever."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(ORPHAN_CHECK_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
