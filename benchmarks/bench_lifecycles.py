"""Case lifecycles a second over the JSON API, with none and with a million cases stored; submissions beside pgbench.

    python benchmarks/bench_lifecycles.py [--cases 1000000] [--seconds 20] [--clients 16]

A lifecycle is four calls: apply (with an idempotency key), accept, decide, rate; ledger, sealing, outbox, messages and
the worker are on. Database, server, worker and load share the machine. The raw limit beside the submissions is pgbench
writing the same rows in one transaction of prepared statements with synchronous_commit on, in the same run.
"""

import argparse
import asyncio
import os
import subprocess
import tempfile
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rig import Server, bearer, connected, installation, load, percentile

if TYPE_CHECKING:
    from casework import Casework

WARM_UP_SECONDS = 5.0


async def lifecycles(port: int, world: "Casework", answers: object, clients: int, seconds: float) -> list[float]:
    """Run them for so long; how many seconds each took of those that ended after the warm-up."""
    took: list[float] = []
    began = time.monotonic()
    end = began + WARM_UP_SECONDS + seconds

    async def one(client: int) -> None:
        async with connected(port) as connection:
            number = client
            while time.monotonic() < end:
                agency = number % len(world.services)
                applicant = world.applicants[client % len(world.applicants)]
                start = time.monotonic()
                body = {"service": world.services[agency], "answers": answers}
                said = await connection.ask("POST", "/api/v1/applications", bearer(applicant, uuid.uuid4().hex), body)
                _expect(said.status, 201, said.body)
                case = f"/api/v1/cases/{said.json()['id']}"
                steps = (
                    (world.windows[agency], "accept", {"revision": 1}, 200),
                    (world.reviewers[agency], "decide", {"revision": 2, "outcome": "granted"}, 200),
                    (applicant, "rating", {"level": 5}, 201),
                )
                for token, step, content, status in steps:
                    said = await connection.ask("POST", f"{case}/{step}", bearer(token), content)
                    _expect(said.status, status, said.body)
                if time.monotonic() > began + WARM_UP_SECONDS:
                    took.append(time.monotonic() - start)
                number += clients

    await asyncio.gather(*(one(client) for client in range(clients)))
    return took


async def submissions(port: int, world: "Casework", answers: object, clients: int, seconds: float) -> list[float]:
    """Only the first call of each lifecycle."""
    took: list[float] = []
    began = time.monotonic()

    async def one(client: int) -> None:
        async with connected(port) as connection:
            number = client
            while time.monotonic() < began + seconds:
                start = time.monotonic()
                body = {"service": world.services[number % len(world.services)], "answers": answers}
                headers = bearer(world.applicants[client % len(world.applicants)], uuid.uuid4().hex)
                said = await connection.ask("POST", "/api/v1/applications", headers, body)
                _expect(said.status, 201, said.body)
                took.append(time.monotonic() - start)
                number += clients

    await asyncio.gather(*(one(client) for client in range(clients)))
    return took


def _expect(status: int, wanted: int, body: bytes) -> None:
    if status != wanted:
        raise SystemExit(f"answered {status} instead of {wanted}: {body[:300]!r}")


# The rows of one submission, as the platform wrote the last one.
_TABLES = (
    "foundation_idempotentanswer",
    "cases_case",
    "cases_casedocument",
    "cases_caseevent",
    "foundation_ledgerentry",
)


def pgbench_script() -> str:
    """One transaction that writes copies of the newest row of each table, under keys of their own, and the counter."""
    from django.db import connection

    statements = ["\\set n random(1, 2000000000)", "\\set m random(1, 2000000000)", "BEGIN;"]
    unique = "md5(:n::text || '-' || :m::text || '-' || :client_id::text)"
    keys = {
        ("foundation_idempotentanswer", "key"): unique,
        ("cases_case", "id"): f"{unique}::uuid",
        ("cases_case", "number"): f"left({unique}, 24)",
        ("cases_casedocument", "id"): f"{unique}::uuid",
        ("cases_casedocument", "case_id"): f"{unique}::uuid",
        ("cases_casedocument", "number"): unique,
        ("cases_caseevent", "case_id"): f"{unique}::uuid",
    }
    with connection.cursor() as cursor:
        for table in _TABLES:
            cursor.execute(f"SELECT * FROM {table} ORDER BY {'at' if 'idempotent' in table else 'id'} DESC LIMIT 1")
            row, names = cursor.fetchone(), [column.name for column in cursor.description]
            if row is None:
                raise SystemExit(f"{table} is empty: submit something first")
            values = {name: keys.get((table, name)) or _literal(value) for name, value in zip(names, row, strict=True)}
            if (table, "id") not in keys:
                values.pop("id", None)
            statements.append(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join(values.values())});")
    statements.append(
        "INSERT INTO foundation_unplacedentry (entry_id) VALUES (currval('foundation_ledgerentry_id_seq'));"
    )
    # The worker has taken the events out by now.
    statements.append(
        "INSERT INTO foundation_domainevent (id, name, object_type, object_id, at, detail) VALUES"
        f" (nextval('foundation_ledgerentry_id_seq') + 1000000000, 'none', 'case', {unique}, now(),"
        ' \'{"action": "submit", "sequence": 1}\');'
    )
    statements += [
        (
            "UPDATE cases_documentcounter SET last = last + 1"
            " WHERE id = 1 + :m % (SELECT max(id) FROM cases_documentcounter);"
        ),
        "COMMIT;",
    ]
    return "\n".join(line.replace("\n", " ") for line in statements)


def _literal(value: Any) -> str:  # noqa: ANN401 - of any column
    """The value as SQL writes it."""
    from django.db import connection

    given = f"\\x{bytes(value).hex()}" if isinstance(value, bytes | memoryview) else value
    with connection.cursor() as cursor:
        cursor.execute("SELECT quote_nullable(%s)", [given])
        return str(cursor.fetchone()[0])


def pgbench(clients: int, seconds: int) -> float:
    """Transactions a second."""
    from tongban.foundation.postgres.host import binaries

    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "submit.sql"
        script.write_text(pgbench_script(), encoding="utf-8")
        program = binaries() / "pgbench"
        done = subprocess.run(
            [
                *(program, "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(seconds), "-f", script),
                os.environ["DATABASE_URL"],
            ],
            capture_output=True,
            text=True,
            check=False,
        )
    for line in done.stdout.splitlines():
        if line.startswith("tps ="):
            return float(line.split()[2])
    raise SystemExit(f"pgbench failed: {done.stderr[-500:]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--clients", type=int, default=16)
    options = parser.parse_args()
    with installation():
        import casework

        world = casework.build()
        print(load())
        with Server() as server:
            figures = {"empty": _measure(server, world, casework.ANSWERS, options, "empty")}
            took = asyncio.run(submissions(server.port, world, casework.ANSWERS, options.clients, options.seconds))
        submitted = len(took) / options.seconds
        raw = pgbench(options.clients, options.seconds)
        print(
            f"submissions: {submitted:.0f}/s, p50 {1000 * percentile(took, 0.5):.0f} ms;"
            f" pgbench, the same rows: {raw:.0f}/s; share {submitted / raw:.3f}"
        )
        if options.cases:
            began = time.monotonic()
            casework.fill(options.cases)
            print(f"{options.cases} cases generated in {time.monotonic() - began:.0f} s")
            with Server() as server:
                figures["full"] = _measure(server, world, casework.ANSWERS, options, f"{options.cases} cases")
            print(f"full / empty: {figures['full'] / figures['empty']:.2f}")
        print(load())


def _measure(server: Server, world: "Casework", answers: object, options: argparse.Namespace, name: str) -> float:
    took = asyncio.run(lifecycles(server.port, world, answers, options.clients, options.seconds))
    rate: float = len(took) / options.seconds
    print(
        f"lifecycles, {name}: {rate:.1f}/s, p50 {1000 * percentile(took, 0.5):.0f} ms,"
        f" p99 {1000 * percentile(took, 0.99):.0f} ms"
    )
    return rate


if __name__ == "__main__":
    main()
