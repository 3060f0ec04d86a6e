"""The platform as a running program: it answers, stops clean, and leaves nothing behind however it ends."""

import json
import os
import signal
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.support import COMMAND, environment, run_tongban


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _until(condition: Callable[[], bool], seconds: float = 60.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


class Served:
    """`tongban serve` on a port."""

    def __init__(self, home: Path, *options: str) -> None:
        self.port = _free_port()
        self.process = subprocess.Popen(
            [*COMMAND, "serve", "--port", str(self.port), "--workers", "1", *options],
            env=environment(home),
            cwd=home.parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said: list[str] = []
        assert self.process.stderr
        threading.Thread(target=lambda: self.said.extend(self.process.stderr or ()), daemon=True).start()

    def health(self) -> object:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=5) as answer:
                return json.load(answer)["status"]
        except OSError:
            return None


@pytest.fixture
def serve(home: Path) -> Iterator[Callable[..., Served]]:
    started: list[Served] = []

    def start(*options: str) -> Served:
        served = Served(home, *options)
        started.append(served)
        assert _until(lambda: served.health() == "ok"), served.said
        return served

    yield start
    for served in started:
        if served.process.poll() is None:
            served.process.kill()
        served.process.wait()
        for stream in (served.process.stdout, served.process.stderr):
            if stream:
                stream.close()


def _processes(home: Path) -> list[str]:
    """Every process that has this installation in its environment or command line."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            command = (entry / "cmdline").read_bytes()
            about = (entry / "environ").read_bytes() + command
        except OSError:  # it ended just now
            continue
        if str(home).encode() in about:
            found.append(f"{entry.name} {command!r}")
    return found


def test_killed_it_leaves_no_process(home: Path, serve: Callable[..., Served]) -> None:
    served = serve("--workers", "2")
    # serve, two web processes, worker, warden, PostgreSQL
    assert _until(lambda: len(_processes(home)) >= 6)
    served.process.kill()
    served.process.wait(timeout=40)
    assert _until(lambda: not _processes(home), 20), _processes(home)


def test_others_share_its_database_and_however_it_is_asked_to_it_leaves_nothing_behind(
    home: Path, serve: Callable[..., Served]
) -> None:
    first = serve("--without-jobs")
    done = run_tongban(home, "manage", "showmigrations", "--plan")
    assert "[X]  foundation.0001_schema" in done.stdout, done.stderr
    assert first.health() == "ok"
    _the_request_log_is_in(home)
    second = serve()
    _end(first, signal.SIGTERM)
    assert [process for process in _processes(home) if str(first.port) in process] == []
    assert second.health() == "ok"
    # A database that is killed comes back.
    pid = int((home / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0])
    os.kill(pid, signal.SIGKILL)
    assert _until(lambda: second.health() == "ok" and _other_server(home, pid))
    _end(second, signal.SIGINT)
    assert _processes(home) == []


def _end(served: Served, number: signal.Signals) -> None:
    served.process.send_signal(number)
    assert served.process.wait(timeout=40) == 0, served.said


def _other_server(home: Path, pid: int) -> bool:
    try:
        return int((home / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0]) != pid
    except (OSError, IndexError):
        return False


def _the_request_log_is_in(home: Path) -> None:
    lines = [json.loads(line) for line in (home / "logs" / "tongban.log").read_text().splitlines()]
    assert {"event": "request", "method": "GET", "route": "/health", "status": 200}.items() <= lines[-1].items()
