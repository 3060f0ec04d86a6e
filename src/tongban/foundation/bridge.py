"""Django's WSGI application behind an ASGI server: whole requests on a few threads that keep their connections.

Django's own ASGI handler gives each request a thread of its own, and with it a new connection to the database;
asgiref's bridge runs one request at a time. Our views are synchronous, and a thread that stays keeps its connection
and its prepared statements.
"""

import asyncio
import io
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

from tongban.foundation.admission import Receive, Scope, Send

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
Answer = tuple[int, list[tuple[bytes, bytes]], bytes]


class Turns:
    """Lets few requests at a time use the interpreter, first come first served.

    A process has one interpreter. Eight threads that all want it are in each other's way after every statement; fewer
    answer sooner. But who has been at it for long waits for something else, or makes a document: it gives its turn up,
    so that it keeps nobody waiting.
    """

    def __init__(self, at_once: int, seconds: float = 0.05) -> None:
        """`seconds` is how long a turn is kept."""
        self._free, self._seconds = at_once, seconds
        self._waiting: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Begins when it is one's turn."""
        loop = asyncio.get_running_loop()
        if self._free:
            self._free -= 1
        else:
            called = loop.create_future()
            self._waiting.append(called)
            try:
                await called
            except asyncio.CancelledError:
                if not called.cancelled():  # called and cancelled at once
                    self._call_next()
                raise
        kept = True

        def give_up() -> None:
            nonlocal kept
            if kept:
                kept = False
                self._call_next()

        timer = loop.call_later(self._seconds, give_up)
        try:
            yield
        finally:
            timer.cancel()
            give_up()

    def _call_next(self) -> None:
        while self._waiting:
            called = self._waiting.popleft()
            if not called.done():
                called.set_result(None)
                return
        self._free += 1


class Bridge:
    """Runs `app` on `threads` threads, of which `turns` are busy at a time. Expects the whole body in the scope, under
    `tongban.body`.
    """

    def __init__(self, app: Wsgi, threads: int, turns: int) -> None:
        self._app = app
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="web")
        self._turns = Turns(turns)

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        async with self._turns.turn():
            status, headers, body = await asyncio.get_running_loop().run_in_executor(self._pool, self._run, scope)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _run(self, scope: Scope) -> Answer:
        started: list[Any] = []
        result = self._app(environ(scope), lambda status, headers, _error=None: started.extend((status, headers)))
        try:
            body = b"".join(result)
        finally:
            close = getattr(result, "close", None)
            if close:
                close()
        status, headers = started
        encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        return int(status.split(" ", 1)[0]), encoded, b"" if scope["method"] == "HEAD" else body


def environ(scope: Scope) -> dict[str, Any]:
    """The request as WSGI (PEP 3333) has it. A header with an underscore is dropped: it could pass for another."""
    body: bytes = scope["tongban.body"]
    host, port = scope.get("server") or ("localhost", 80)
    client = scope.get("client") or ("", 0)
    found: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode("utf-8", "surrogateescape").decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": f"HTTP/{scope.get('http_version', '1.1')}",
        "REMOTE_ADDR": client[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if body or scope["method"] in {"POST", "PUT", "PATCH"}:
        found["CONTENT_LENGTH"] = str(len(body))
    for name, value in scope["headers"]:
        key = name.decode("latin-1")
        if "_" in key or key.lower() in {"content-length", "transfer-encoding"}:
            continue
        key = key.upper().replace("-", "_")
        key = key if key == "CONTENT_TYPE" else f"HTTP_{key}"
        text = value.decode("latin-1")
        if key in found:
            text = f"{found[key]}{';' if key == 'HTTP_COOKIE' else ','}{text}"
        found[key] = text
    return found
