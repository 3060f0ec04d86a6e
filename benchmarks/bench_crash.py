"""kill -9 of the server and of PostgreSQL in turn, twenty times, in the middle of load: what was acknowledged is there.

    python benchmarks/bench_crash.py [--kills 20]

Clients take cases through their lifecycle, each call repeated with its idempotency key until it is answered. At the end
every acknowledged case must be there in its state, none twice, no event may wait, and each act must have made its
message once.
"""

import argparse
import asyncio
import os
import random
import signal
import time
import uuid
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rig import Answer, Connection, Server, bearer, installation, load

if TYPE_CHECKING:
    from casework import Casework

CLIENTS = 8
BETWEEN_KILLS = 2.0


class Load:
    """Lifecycles until told to stop; what was acknowledged."""

    def __init__(self, port: int, world: "Casework", answers: object) -> None:
        self.port, self.world, self.answers = port, world, answers
        self.stop = False
        self.submitted: dict[str, str] = {}  # key -> id of the case
        self.decided: set[str] = set()
        self.repeated: Counter[str] = Counter()

    async def client(self, number: int) -> None:
        connection: list[Connection] = []
        while not self.stop:
            agency = random.randrange(len(self.world.services))
            applicant = self.world.applicants[number % len(self.world.applicants)]
            key = uuid.uuid4().hex
            body = {"service": self.world.services[agency], "answers": self.answers}
            case = (await self._until_answered(connection, "/api/v1/applications", applicant, body, key)).json()["id"]
            self.submitted[key] = case
            for token, step, content in (
                (self.world.windows[agency], "accept", {"revision": 1}),
                (self.world.reviewers[agency], "decide", {"revision": 2, "outcome": "granted"}),
                (applicant, "rating", {"level": 5}),
            ):
                await self._until_answered(connection, f"/api/v1/cases/{case}/{step}", token, content, uuid.uuid4().hex)
            self.decided.add(case)

    async def _until_answered(
        self, connection: list[Connection], path: str, token: str, body: dict[str, Any], key: str
    ) -> Answer:
        while True:
            try:
                if not connection:
                    connection.append(Connection(*await asyncio.open_connection("127.0.0.1", self.port)))
                said = await asyncio.wait_for(connection[0].ask("POST", path, bearer(token, key), body), 20)
            except (OSError, EOFError, TimeoutError) as error:
                connection.clear()
                self.repeated[type(error).__name__] += 1
            else:
                if said.status < 300:
                    return said
                if said.status < 500:
                    raise SystemExit(f"{path} answered {said.status}: {said.body[:300]!r}")
                self.repeated[str(said.status)] += 1
            await asyncio.sleep(0.1)


async def run(load: Load, server: Server, home: Path, kills: int) -> None:
    clients = [asyncio.create_task(load.client(number)) for number in range(CLIENTS)]
    for number in range(kills):
        await asyncio.sleep(BETWEEN_KILLS + random.random())
        if number % 2:
            os.kill(int((home / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0]), signal.SIGKILL)
        else:
            server.kill()
            await asyncio.to_thread(server.start)
        await asyncio.to_thread(_healthy, server)
        print(f"kill {number + 1}: {'PostgreSQL' if number % 2 else 'server'}; {len(load.submitted)} submitted so far")
    await asyncio.sleep(BETWEEN_KILLS)
    load.stop = True
    await asyncio.gather(*clients)


def _healthy(server: Server) -> None:
    until = time.monotonic() + 120
    while not server.healthy():
        if server.process.poll() is not None or time.monotonic() > until:
            raise SystemExit(f"the server did not come back (exit code {server.process.poll()})")
        time.sleep(0.1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--kills", type=int, default=20)
    options = parser.parse_args()
    with installation() as home:
        import casework
        from django.db import connection
        from django.db.models import Count

        from tongban.cases.models import Case, CaseEvent
        from tongban.feedback.models import Rating
        from tongban.foundation.models import DomainEvent, FailedDelivery
        from tongban.userspace.models import Message

        work = Load(0, casework.build(), casework.ANSWERS)
        with Server() as server:
            work.port = server.port
            asyncio.run(run(work, server, home, options.kills))
            connection.close()
            until = time.monotonic() + 60
            while DomainEvent.objects.exists() and time.monotonic() < until:
                time.sleep(0.2)
        cases = {str(case) for case in Case.objects.values_list("pk", flat=True)}
        lost = set(work.submitted.values()) - cases
        decided = {str(case) for case in Case.objects.filter(state="decided").values_list("pk", flat=True)}
        rated = {str(case) for case in Rating.objects.values_list("case_id", flat=True)}
        acts = dict(CaseEvent.objects.values_list("action").annotate(n=Count("id")))
        told = dict(Message.objects.values_list("notice").annotate(n=Count("id")))
        print(f"acknowledged {len(work.submitted)} submissions and {len(work.decided)} whole lifecycles; {load()}")
        print(f"answers that had to be asked for again: {dict(work.repeated)}")
        print(f"lost {len(lost)}, doubled {len(cases) - len(work.submitted)}")
        print(f"decided or rated but not so in the database: {len(work.decided - decided) + len(work.decided - rated)}")
        print(f"acts {acts}, messages {told}")
        print(f"events left {DomainEvent.objects.count()}, failed deliveries {FailedDelivery.objects.count()}")
        right = not lost and len(cases) == len(work.submitted) and told == acts and not work.decided - decided - rated
        if not right:
            raise SystemExit("NOT as it must be")
        print("as it must be")


if __name__ == "__main__":
    main()
