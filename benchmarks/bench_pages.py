"""Server time and size of the pages people open first, on a running demo.

    tongban demo --port 8000 &
    python benchmarks/pages.py http://127.0.0.1:8000

Each page is asked for several times by one client; the median counts, and the fastest answer of `/health` in the same
run stands beside it, so that the figure can be judged on any machine.
"""

import http.client
import statistics
import sys
import time
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


def main() -> None:
    address = urlsplit(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
    host, port = address.hostname or "127.0.0.1", address.port or 80
    figures = {name: measure(host, port, path) for name, path in PAGES.items()}
    base = figures["health"][0]
    print(f"{'page':<26} {'ms':>8} {'x health':>9} {'bytes':>8}")
    for name, (milliseconds, size) in figures.items():
        print(f"{name:<26} {milliseconds:8.1f} {milliseconds / base:9.1f} {size:8}")


if __name__ == "__main__":
    main()
