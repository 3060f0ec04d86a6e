"""What the benchmarks of the running platform share: an installation of their own, its server, and a light client."""

import asyncio
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

COMMAND = [sys.executable, "-c", "from tongban.cli import main; main()"]
LONGEST_START = 120.0


@contextmanager
def installation() -> Iterator[Path]:
    """An empty, migrated installation with its own database; Django is set up on it in this process."""
    folder = Path(tempfile.mkdtemp(prefix="tongban-benchmark-"))
    os.environ["TONGBAN_HOME"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "tongban.config.settings"
    from tongban.cli.outcome import Progress
    from tongban.cli.preparation import migrate
    from tongban.cli.running import running_platform

    try:
        with running_platform(Progress(quiet=True)):
            migrate(Progress(quiet=True))
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Server:
    """`tongban serve` on a free port, with as many web processes as there are processors."""

    def __init__(self, *options: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.options = [*options, "--workers", str(os.cpu_count() or 1)]
        self.start()

    def start(self) -> None:
        """Start it (again), and wait until it answers."""
        command = [*COMMAND, "serve", "--port", str(self.port), *self.options]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + LONGEST_START
        while not self.healthy():
            if self.process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"the server did not come up (exit code {self.process.poll()})")
            time.sleep(0.1)

    def healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def kill(self) -> None:
        """As the kernel would: no goodbye."""
        children = _children(self.process.pid)
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        while any(map(_runs, children)):  # its web processes and its worker notice within a second
            time.sleep(0.05)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _children(pid: int) -> list[int]:
    return [
        int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()
    ]


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:  # noqa: ANN401 - JSON may be anything
        return json.loads(self.body)


class Connection:
    """One kept connection. As little work as possible, because client and server share the processors."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def ask(self, method: str, path: str, headers: str, body: object = None) -> Answer:
        """Raises OSError or EOFError where the connection ends first."""
        data = b"" if body is None else json.dumps(body).encode()
        content = f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n" if data else ""
        self._writer.write(f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}{content}\r\n".encode() + data)
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        found = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        if found.get("transfer-encoding") == "chunked":
            return Answer(int(head[0].split(" ")[1]), found, await self._chunks())
        length = int(found.get("content-length", "0"))
        return Answer(int(head[0].split(" ")[1]), found, await self._reader.readexactly(length))

    async def _chunks(self) -> bytes:
        parts = []
        while size := int(await self._reader.readuntil(b"\r\n"), 16):
            parts.append((await self._reader.readexactly(size + 2))[:-2])
        await self._reader.readexactly(2)
        return b"".join(parts)

    @property
    def ended(self) -> bool:
        """Whether the server has closed it; asking would get no answer."""
        return self._reader.at_eof()

    def close(self) -> None:
        self._writer.close()


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Connection]:
    connection = Connection(*await asyncio.open_connection("127.0.0.1", port, limit=2**22))
    try:
        yield connection
    finally:
        connection.close()


def bearer(token: str, key: str = "") -> str:
    """Headers of a call of the API."""
    return f"Authorization: Bearer {token}\r\n" + (f"Idempotency-Key: {key}\r\n" if key else "")


def percentile(values: list[float], share: float) -> float:
    return statistics.quantiles(values, n=1000, method="inclusive")[round(share * 1000) - 1] if len(values) > 1 else 0.0


def load() -> str:
    """What else the machine is doing: its load beside the figures."""
    one, five, _ = os.getloadavg()
    return f"load average {one:.1f} (1 min), {five:.1f} (5 min) on {os.cpu_count()} processors"
