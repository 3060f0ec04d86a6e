"""Admission: at most so many inside, the others sent away at once, and normal again when they have left."""

import asyncio
import json
from typing import Any

import pytest

from tests.plainpage import plain_page_problems
from tongban.foundation.admission import MOST_BODY_BYTES, Admission, Limits, Message, Receive, Scope, Send
from tongban.foundation.bridge import Bridge, Turns, environ
from tongban.foundation.home import SettingError

SCOPE: Scope = {
    "type": "http",
    "method": "POST",
    "path": "/api/v1/x",
    "query_string": b"a=%E5%90%8D",
    "headers": [(b"host", b"127.0.0.1"), (b"content-type", b"application/json"), (b"x_forwarded_for", b"1.2.3.4")],
    "server": ("127.0.0.1", 8000),
    "client": ("127.0.0.1", 4000),
    "scheme": "http",
}


class Client:
    """One request: sends its body in parts, keeps what it is answered."""

    def __init__(self, *parts: bytes) -> None:
        self.parts = list(parts or (b"",))
        self.answer: list[Message] = []

    async def receive(self) -> Message:
        part = self.parts.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(self.parts)}

    async def send(self, message: Message) -> None:
        self.answer.append(message)

    @property
    def status(self) -> int:
        return int(self.answer[0]["status"])

    @property
    def headers(self) -> dict[bytes, bytes]:
        return dict(self.answer[0]["headers"])


class Slow:
    """An application that answers when it is told to."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.inside = self.most = 0

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        self.inside += 1
        self.most = max(self.most, self.inside)
        await self.go.wait()
        self.inside -= 1
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": scope["tongban.body"]})


def test_ten_times_too_many_are_sent_away_at_once_and_none_is_lost() -> None:
    async def flood() -> tuple[Slow, list[Client], Client]:
        slow = Slow()
        gate = Admission(slow, Limits(threads=2, waiting=3))
        clients = [Client(str(n).encode()) for n in range(50)]
        tasks = [asyncio.create_task(gate(SCOPE, one.receive, one.send)) for one in clients]
        await asyncio.wait(tasks[5:])
        slow.go.set()
        await asyncio.gather(*tasks)
        late = Client(b"late")
        await gate(SCOPE, late.receive, late.send)
        return slow, clients, late

    slow, clients, late = asyncio.run(flood())
    assert slow.most == 5
    assert [client.status for client in clients] == [200] * 5 + [503] * 45
    assert all(int(client.headers[b"retry-after"]) >= 1 for client in clients[5:])
    assert all(client.headers[b"content-type"] == b"application/problem+json" for client in clients[5:])
    assert (late.status, late.answer[1]["body"]) == (200, b"late")


def test_a_body_in_parts_is_whole_and_one_too_large_is_refused() -> None:
    async def ask(client: Client, path: str = "/api/v1/x") -> Client:
        slow = Slow()
        slow.go.set()
        await Admission(slow, Limits())({**SCOPE, "path": path}, client.receive, client.send)
        return client

    assert asyncio.run(ask(Client(b"ab", b"", b"c"))).answer[1]["body"] == b"abc"
    half = b"x" * (MOST_BODY_BYTES // 2 + 1)
    refused = asyncio.run(ask(Client(half, half, b"")))
    assert (refused.status, refused.headers[b"content-type"]) == (413, b"application/problem+json")
    assert json.loads(refused.answer[1]["body"])["type"] == "/problems/too-large"
    shown = asyncio.run(ask(Client(half, half, b""), "/materials/"))
    assert (shown.status, shown.headers[b"content-type"]) == (413, b"text/html; charset=utf-8")
    page = shown.answer[1]["body"].decode()
    assert "发送的内容过大" in page
    assert plain_page_problems(page, shown.headers[b"content-security-policy"].decode()) == []
    assert b"content-security-policy" not in refused.headers
    assert "What you sent is too large" in page
    assert 'name="viewport"' in page


def test_who_leaves_while_sending_takes_no_place() -> None:
    async def leave() -> Client:
        client, slow = Client(), Slow()
        slow.go.set()
        gate = Admission(slow, Limits(threads=1, waiting=0, sending=1))

        async def gone() -> Message:
            return {"type": "http.disconnect"}

        await gate(SCOPE, gone, client.send)
        assert client.answer == []
        await gate(SCOPE, client.receive, client.send)
        return client

    assert asyncio.run(leave()).status == 200


@pytest.mark.parametrize("text", ["0", "ten", "-1", "10001", "٣"])
def test_a_setting_that_is_no_number_is_named(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGBAN_WAITING", text)
    with pytest.raises(SettingError, match="TONGBAN_WAITING"):
        Limits.from_environment()
    monkeypatch.delenv("TONGBAN_WAITING")
    monkeypatch.setenv("TONGBAN_THREADS", "3")
    assert Limits.from_environment() == Limits(threads=3)


def test_the_request_reaches_django_as_wsgi_has_it() -> None:
    found = environ(
        {**SCOPE, "path": "/名", "tongban.body": b"{}", "headers": [*SCOPE["headers"], (b"cookie", b"a=1")]}
    )
    assert found["PATH_INFO"].encode("latin-1").decode() == "/名"
    assert (found["CONTENT_LENGTH"], found["CONTENT_TYPE"], found["HTTP_COOKIE"]) == ("2", "application/json", "a=1")
    assert "HTTP_X_FORWARDED_FOR" not in found
    assert found["wsgi.input"].read() == b"{}"


def test_the_bridge_answers_and_closes() -> None:
    closed: list[bool] = []

    class Result(list[bytes]):
        def close(self) -> None:
            closed.append(True)

    def app(environ: dict[str, Any], start: Any) -> Result:
        start("201 Created", [("X-Method", environ["REQUEST_METHOD"])])
        return Result([b"a", b"b"])

    async def ask(method: str) -> Client:
        client = Client()
        await Bridge(app, 1, 1)({**SCOPE, "method": method, "tongban.body": b""}, client.receive, client.send)
        return client

    got = asyncio.run(ask("GET"))
    assert (got.status, got.headers[b"x-method"], got.answer[1]["body"]) == (201, b"GET", b"ab")
    assert asyncio.run(ask("HEAD")).answer[1]["body"] == b""
    assert closed == [True, True]


class Crowd:
    """Requests that take turns: who is busy, and how each ends."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.busy: list[int] = []
        self.ends = [asyncio.Event() for _ in range(6)]
        self.all_busy = asyncio.Event()

    async def one(self, number: int) -> None:
        async with self.turns.turn():
            self.busy.append(number)
            if len(self.busy) == len(self.ends):
                self.all_busy.set()
            try:
                await self.ends[number].wait()
            finally:
                self.busy.remove(number)

    async def come(self) -> list["asyncio.Task[None]"]:
        tasks = [asyncio.create_task(self.one(number)) for number in range(6)]
        await settled()
        return tasks

    async def end(self, number: int) -> None:
        self.ends[number].set()
        await settled()


async def settled() -> None:
    """Everything that can go on has."""
    for _ in range(10):
        await asyncio.sleep(0)


def test_requests_take_turns_in_the_order_they_came() -> None:
    async def scene() -> None:
        crowd = Crowd(Turns(2, seconds=60))
        tasks = await crowd.come()
        assert crowd.busy == [0, 1]
        await crowd.end(1)
        assert crowd.busy == [0, 2]
        tasks[3].cancel()  # still waiting: the next in the line is called
        tasks[0].cancel()  # at it
        await settled()
        assert crowd.busy == [2, 4]
        tasks[2].cancel()
        await crowd.end(4)
        assert crowd.busy == [5]
        await crowd.end(5)
        await crowd.end(0)
        late = [asyncio.create_task(crowd.one(0)), asyncio.create_task(crowd.one(1))]
        await asyncio.gather(*late)  # none of the turns was lost

    asyncio.run(scene())


def test_called_and_gone_at_once_it_calls_the_next() -> None:
    async def scene() -> None:
        crowd = Crowd(Turns(1, seconds=60))
        tasks = await crowd.come()
        crowd.ends[0].set()
        await asyncio.sleep(0)  # the first ends and calls the second, which has not heard of it yet
        tasks[1].cancel()
        await settled()
        assert crowd.busy == [2]

    asyncio.run(scene())


def test_who_is_long_at_it_keeps_nobody_waiting() -> None:
    async def scene() -> None:
        crowd = Crowd(Turns(1, seconds=0))
        await crowd.come()
        await asyncio.wait_for(crowd.all_busy.wait(), 10)
        for number in range(len(crowd.ends)):
            await crowd.end(number)
        # Each gave its turn up once: there is one again, not six.
        crowd = Crowd(crowd.turns)
        crowd.turns._seconds = 60  # noqa: SLF001 - the rest is of turns that are kept
        await crowd.come()
        assert crowd.busy == [0]
        for number in range(len(crowd.ends)):
            await crowd.end(number)

    asyncio.run(scene())
