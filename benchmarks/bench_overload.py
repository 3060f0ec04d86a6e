"""Ten times as many submissions as the platform can take, for a minute: what is answered and kept, how soon it ends.

    python benchmarks/bench_overload.py [--seconds 60] [--times 10]

The rate it can take is measured first, in the same run. Then submissions arrive at a fixed rate whatever the answers
are (an open loop), each with a key of its own on a connection of its own from a pool. Right answers are 2xx, 429 and
503 with Retry-After; every acknowledged case must be there afterwards, and nothing twice.
"""

import argparse
import asyncio
import collections
import time
import uuid

from bench_lifecycles import submissions
from rig import Connection, Server, bearer, connected, installation, load, percentile

POOL = 600
NORMAL_AGAIN_WITHIN = 5.0


async def flood(
    port: int, calls: list[tuple[str, object]], rate: float, seconds: float
) -> tuple[dict[str, int], list[str]]:
    """Answers by kind, and the numbers of the acknowledged cases."""
    kinds: dict[str, int] = collections.Counter()
    acknowledged: list[str] = []
    free: list[Connection] = []
    running: set[asyncio.Task[None]] = set()

    async def call(number: int) -> None:
        token, body = calls[number % len(calls)]
        try:
            while free and free[-1].ended:  # the server closes what was idle for 30 s
                free.pop().close()
            connection = free.pop() if free else Connection(*await asyncio.open_connection("127.0.0.1", port))
            said = await connection.ask("POST", "/api/v1/applications", bearer(token, uuid.uuid4().hex), body)
        except (OSError, EOFError) as error:
            kinds[f"no answer ({type(error).__name__})"] += 1
            return
        free.append(connection)
        if said.status == 201:
            acknowledged.append(said.json()["number"])
        kind = str(said.status)
        if said.status in {429, 503} and not said.headers.get("retry-after", "").isdecimal():
            kind += " without Retry-After"
        kinds[kind] += 1

    began, sent = time.monotonic(), 0
    while (now := time.monotonic() - began) < seconds:
        while sent < now * rate:
            sent += 1
            if len(running) >= POOL:  # the clients themselves are all waiting
                kinds["not sent: every client waits"] += 1
                continue
            task = asyncio.create_task(call(sent))
            running.add(task)
            task.add_done_callback(running.discard)
        await asyncio.sleep(0.002)
    await asyncio.gather(*running)
    for connection in free:
        connection.close()
    return dict(kinds), acknowledged


async def normal_again(port: int, call: tuple[str, object], usual: float) -> float:
    """Seconds until a submission is taken and takes no more than three times what it usually does."""
    began = time.monotonic()
    async with connected(port) as connection:
        while time.monotonic() - began < 60:
            start = time.monotonic()
            said = await connection.ask("POST", "/api/v1/applications", bearer(call[0], uuid.uuid4().hex), call[1])
            if said.status == 201 and time.monotonic() - start <= max(3 * usual, 0.1):
                return time.monotonic() - began
            await asyncio.sleep(0.05)
    return 60.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--times", type=float, default=10)
    options = parser.parse_args()
    with installation():
        import casework

        from tongban.cases.models import Case
        from tongban.cases.rules import read_case_number

        world = casework.build()
        calls: list[tuple[str, object]] = [
            (token, {"service": world.services[n % len(world.services)], "answers": casework.ANSWERS})
            for n, token in enumerate(world.applicants)
        ]
        with Server() as server:
            asyncio.run(submissions(server.port, world, casework.ANSWERS, 8, 3))
            took = asyncio.run(submissions(server.port, world, casework.ANSWERS, 8, 10))
            can, usual = len(took) / 10, percentile(took, 0.5)
            before = Case.objects.count()
            print(f"can take {can:.0f}/s, p50 {1000 * usual:.0f} ms; {load()}")
            kinds, acknowledged = asyncio.run(flood(server.port, calls, options.times * can, options.seconds))
            again = asyncio.run(normal_again(server.port, calls[0], usual))
        print(f"offered {options.times * can:.0f}/s for {options.seconds} s: {dict(sorted(kinds.items()))}")
        print(f"taken: {len(acknowledged) / options.seconds:.0f}/s; normal again after {again:.1f} s")
        kept = set(Case.objects.values_list("number", flat=True))
        lost = [number for number in acknowledged if read_case_number(number) not in kept]
        more = len(kept) - before - len(acknowledged)
        print(
            f"acknowledged {len(acknowledged)}, lost {len(lost)}; kept beyond those {more} (at least one is the probe)"
        )
        wrong = {kind for kind in kinds if kind not in {"201", "429", "503", "not sent: every client waits"}}
        if wrong or lost or again > NORMAL_AGAIN_WITHIN:
            raise SystemExit(f"NOT as it must be: {', '.join(sorted(wrong)) or 'see above'}")
        print("as it must be")


if __name__ == "__main__":
    main()
