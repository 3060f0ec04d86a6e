"""Admission: how much work is taken in at once, and a quick, honest "come back in a moment" for what is too much.

It stands before every queue of ours: a request beyond the limit is answered from the event loop without a thread, a
database connection or a line of the application, and nothing of it was done. So a process that is asked ten times what
it can do goes on doing what it can, with a short wait, and is back to normal as soon as the flood ends. Pure ASGI.
"""

import asyncio
import json
import math
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

import structlog

from tongban.foundation.home import whole_number
from tongban.foundation.plainpage import CONTENT_SECURITY_POLICY, STYLE

log = structlog.get_logger(__name__)

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

# How long a client may take to send its request, and how much of it is kept in memory.
SECONDS_TO_SEND = 60.0
MOST_BODY_BYTES = 16 * 1024 * 1024
_TOLD_EVERY_SECONDS = 5.0


@dataclass(frozen=True)
class _Words:
    """What is told instead of an answer, in both languages: nobody has read yet which one is asked for."""

    problem: str
    zh: tuple[str, str]
    en: tuple[str, str]

    def page(self) -> bytes:
        """In a browser; its style stands within it, and it needs no script or database."""
        (zh, zh_more), (en, en_more) = self.zh, self.en
        return (
            f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{zh} {en} – 通办 Tongban</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<style>{STYLE}</style></head>"
            f'<body><main><h1>{zh}</h1><p>{zh_more}</p><div lang="en"><h2>{en}</h2><p>{en_more}</p></div></main>'
            "</body></html>"
        ).encode()

    def details(self, status: int) -> bytes:
        """In the API (RFC 9457)."""
        (zh, zh_more), (en, en_more) = self.zh, self.en
        told = {"type": self.problem, "title": f"{zh} {en}", "status": status, "detail": f"{zh_more} {en_more}"}
        return json.dumps(told, ensure_ascii=False).encode()


_MOST_MEGABYTES = MOST_BODY_BYTES // (1024 * 1024)
_WORDS = {
    408: _Words(
        "about:blank",
        ("发送超时", "本次发送的内容没有收全，未作任何处理。请检查网络后重新发送。"),
        ("Sending took too long", "What you sent did not arrive whole, and nothing was done. Please send it again."),
    ),
    413: _Words(
        "/problems/too-large",
        ("发送的内容过大", f"一次最多发送 {_MOST_MEGABYTES} MB，本次未作任何处理。请返回上一页，换用较小的文件。"),
        (
            "What you sent is too large",
            f"At most {_MOST_MEGABYTES} MB can be sent at once, and nothing was done. Go back and take a smaller file.",
        ),
    ),
    503: _Words(
        "/problems/busy",
        ("服务繁忙", "现在办事的人太多，请稍等几秒再试。您刚才的操作没有执行，可以放心重试。"),
        (
            "The service is busy",
            "Too many people are here at once. Nothing was done of what you just sent: send it again in a few seconds.",
        ),
    ),
}
# Status to what is answered on pages and in the API; made once, because an overload has no time for it.
_PAGES = {status: words.page() for status, words in _WORDS.items()}
_PROBLEMS = {status: words.details(status) for status, words in _WORDS.items()}


@dataclass(frozen=True)
class Limits:
    """What one web process takes in.

    Attributes:
        threads: requests worked on at the same time.
        turns: of these, how many use the interpreter (`bridge.Turns`).
        waiting: whole requests that may wait for a thread; further ones are refused.
        sending: requests whose body is still on its way.
        held_bytes: of bodies in memory, all together.
    """

    threads: int = 8
    turns: int = 4
    waiting: int = 64
    sending: int = 1000
    held_bytes: int = 256 * 1024 * 1024

    @classmethod
    def from_environment(cls) -> "Limits":
        """TONGBAN_THREADS, TONGBAN_TURNS and TONGBAN_WAITING where they are set.

        Raises:
            SettingError: one is not a whole number from 1 to 10000.
        """
        names = ("threads", "turns", "waiting")
        return cls(**{name: whole_number(f"TONGBAN_{name.upper()}", getattr(cls, name), most=10_000) for name in names})


class Admission:
    """The application behind it sees at most `limits` requests at once, each with its body in hand."""

    def __init__(self, app: App, limits: Limits) -> None:
        self._app, self._limits = app, limits
        self._inside = self._sending = self._held = self._refused = 0
        self._took = 0.01  # seconds a request takes, a moving mean
        self._told_at = -math.inf

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if self._full() or self._sending >= self._limits.sending:
            await self._refuse(scope, send)
            return
        body = await self._body(scope, receive, send)
        if body is None:
            return
        self._held += len(body)
        try:
            if self._full():  # others were faster while it was being sent
                await self._refuse(scope, send)
            else:
                await self._work({**scope, "tongban.body": body}, receive, send)
        finally:
            self._held -= len(body)

    async def _work(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._inside += 1
        began = time.monotonic()
        try:
            await self._app(scope, receive, send)
        finally:
            self._inside -= 1
            self._took += 0.05 * (time.monotonic() - began - self._took)

    def _full(self) -> bool:
        most = self._limits.threads + self._limits.waiting
        return self._inside >= most or self._held > self._limits.held_bytes

    async def _body(self, scope: Scope, receive: Receive, send: Send) -> bytes | None:
        """The whole body; None where it did not come or is too large, and that was answered."""
        self._sending += 1
        parts: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(SECONDS_TO_SEND):
                while True:
                    message = await receive()
                    if message["type"] != "http.request":
                        return None  # the client is gone
                    parts.append(message.get("body", b""))
                    size += len(parts[-1])
                    if size > MOST_BODY_BYTES:
                        await _answer(send, 413, scope, [])
                        return None
                    if not message.get("more_body", False):
                        return b"".join(parts)
        except TimeoutError:
            await _answer(send, 408, scope, [])
            return None
        finally:
            self._sending -= 1

    async def _refuse(self, scope: Scope, send: Send) -> None:
        self._refused += 1
        now = time.monotonic()
        if now - self._told_at > _TOLD_EVERY_SECONDS:  # one line for many: an overload must not drown the log
            log.warning("overloaded", refused=self._refused, inside=self._inside)
            self._told_at, self._refused = now, 0
        wait = max(1, math.ceil(self._took * self._inside / self._limits.threads))
        await _answer(send, 503, scope, [(b"retry-after", str(min(wait, 60)).encode())])


async def _answer(send: Send, status: int, scope: Scope, headers: list[tuple[bytes, bytes]]) -> None:
    api = str(scope.get("path", "")).startswith("/api/")
    body = (_PROBLEMS if api else _PAGES)[status]
    kind = b"application/problem+json" if api else b"text/html; charset=utf-8"
    headers = [*headers, (b"content-type", kind)]
    if not api:
        headers = [*headers, (b"content-security-policy", CONTENT_SECURITY_POLICY.encode())]
    headers = [*headers, (b"content-length", str(len(body)).encode()), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope.get("method") == "HEAD" else body})
