"""Server time and size of the pages people open first, with the demo's data.

    python benchmarks/bench_pages.py [http://127.0.0.1:8000]

Without an address it starts the demo on a free port, in TONGBAN_HOME, and stops it at the end.

Each page is asked for several times by one client; the median counts, and the fastest answer of `/health` in the same
run stands beside it, so that the figure can be judged on any machine.
"""

import http.client
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote, urlsplit

PAGES = {
    "first page": "/",
    "search, Chinese": f"/search?q={quote('食品经营')}",
    "search, pinyin initials": "/search?q=spjy",
    "search, nothing found": f"/search?q={quote('没有这样的事项')}",
    "health": "/health",
}
RUNS = 30
WARM_UP = 5
LONGEST_START = 300.0


def measure(host: str, port: int, path: str) -> tuple[float, int]:
    """Median milliseconds and bytes of the body, over one kept connection."""
    connection = http.client.HTTPConnection(host, port, timeout=30)
    times, size = [], 0
    for run in range(WARM_UP + RUNS):
        began = time.perf_counter()
        connection.request("GET", path, headers={"Accept-Language": "zh-CN"})
        answer = connection.getresponse()
        size = len(answer.read())
        if answer.status != http.client.OK:
            raise SystemExit(f"{path} answered {answer.status}")
        if run >= WARM_UP:
            times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times), size


@contextmanager
def demo() -> Iterator[tuple[str, int]]:
    """A demo of our own, on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", "from tongban.cli import main; main()", "demo", "--port", str(port)]
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ)
    try:
        while time.perf_counter() - began < LONGEST_START:
            if process.poll() is not None:
                raise SystemExit(f"the demo ended with {process.returncode}")
            try:
                measure("127.0.0.1", port, "/health")
            except OSError:
                time.sleep(0.2)
            else:
                break
        print(f"the demo answered after {time.perf_counter() - began:.1f} s")
        yield "127.0.0.1", port
    finally:
        process.terminate()
        process.wait()


def main() -> None:
    if len(sys.argv) > 1:
        address = urlsplit(sys.argv[1])
        show(address.hostname or "127.0.0.1", address.port or 80)
    else:
        with demo() as (host, port):
            show(host, port)


def show(host: str, port: int) -> None:
    """Measure and print the table."""
    figures = {name: measure(host, port, path) for name, path in PAGES.items()}
    base = figures["health"][0]
    print(f"{'page':<26} {'ms':>8} {'x health':>9} {'bytes':>8}")
    for name, (milliseconds, size) in figures.items():
        print(f"{name:<26} {milliseconds:8.1f} {milliseconds / base:9.1f} {size:8}")


if __name__ == "__main__":
    main()
