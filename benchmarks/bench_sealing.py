"""What sealing costs a submission, suite by suite, and how quickly a rotation seals anew.

    python benchmarks/bench_sealing.py [--rounds 40] [--block 25]

Whole requests (`POST /api/v1/applications`) are sent in this process in blocks that take turns: sealed with
AES-256-GCM, sealed with SM4-GCM, and not sealed at all. Turns make what else the machine does fall on all alike. The
figure is the median of the rounds' ratios. Then the rotation: rows sealed anew a second while nothing else is done.
"""

import argparse
import json
import statistics
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from unittest.mock import patch

from rig import installation, load


@contextmanager
def not_sealed() -> Iterator[None]:
    """Values are written as they are; only for measuring."""
    from tongban.foundation import sealing

    def plain(data: bytes, _context: str) -> bytes:
        return data

    with patch.object(sealing, "seal_bytes", plain):
        yield


@contextmanager
def sealed_with(suite: str) -> Iterator[None]:
    """Values are sealed under a key of that suite."""
    from django.conf import settings

    ring = settings.KEYS
    keys = ring.current()
    named = {key.id: key for key in keys.sealing.values() if key.suite.name == suite and key.purpose == "fields"}
    active = {**keys.active, "fields": next(iter(named))}
    ring._keys = replace(keys, active=active)  # noqa: SLF001 - measured both ways in one process
    yield


WAYS: dict[str, Callable[[], AbstractContextManager[None]]] = {
    "not sealed": not_sealed,
    "AES-256-GCM": lambda: sealed_with("AES-256-GCM"),
    "SM4-GCM": lambda: sealed_with("SM4-GCM"),
}


def rounds(submit: Callable[[], None], count: int, block: int) -> dict[str, list[tuple[float, float]]]:
    """Seconds of the clock and of this process's processor time a submission, round by round."""
    took: dict[str, list[tuple[float, float]]] = {name: [] for name in WAYS}
    for number in range(count + 1):
        names = list(WAYS)[number % len(WAYS) :] + list(WAYS)[: number % len(WAYS)]
        for name in names:
            with WAYS[name]():
                began, processor = time.perf_counter(), time.process_time()
                for _ in range(block):
                    submit()
                spent = (time.perf_counter() - began) / block, (time.process_time() - processor) / block
            if number:  # the first round warms up
                took[name].append(spent)
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--block", type=int, default=25)
    options = parser.parse_args()
    with installation():
        import casework
        from django.conf import settings
        from django.test import Client
        from django.utils import timezone

        from tongban.cases.models import Case
        from tongban.foundation import resealing
        from tongban.foundation.suites import SM4_GCM

        world = casework.build()
        resealing.rotate("fields", SM4_GCM, timezone.now())
        settings.KEYS._look_at = float("inf")  # noqa: SLF001 - the ways set the active key themselves
        client = Client(SERVER_NAME="127.0.0.1")
        number = 0

        def submit() -> None:
            nonlocal number
            number += 1
            body = {"service": world.services[number % len(world.services)], "answers": casework.ANSWERS}
            headers = {
                "Authorization": f"Bearer {world.applicants[number % len(world.applicants)]}",
                "Idempotency-Key": uuid.uuid4().hex,
            }
            said = client.post(
                "/api/v1/applications", json.dumps(body), content_type="application/json", headers=headers
            )
            if said.status_code != 201:
                raise SystemExit(f"answered {said.status_code}: {said.content[:300]!r}")

        print(load())
        took = rounds(submit, options.rounds, options.block)
        for name, spent in took.items():
            clock = statistics.median(one for one, _ in spent)
            processor = statistics.median(one for _, one in spent)
            print(f"{name}: {1000 * clock:.2f} ms a submission, of it {1000 * processor:.2f} ms processor here")
        for name in list(WAYS)[1:]:
            ratios = [a / b for (a, _), (b, _) in zip(took["not sealed"], took[name], strict=True)]
            low, middle, high = statistics.quantiles(ratios, n=4)
            print(f"throughput with {name} / not sealed: {middle:.3f} (middle half {low:.3f} to {high:.3f})")
        # What was written unsealed cannot be opened: only what was sealed is sealed anew.
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE cases_case, foundation_idempotentanswer CASCADE")
        settings.KEYS._look_at = 0.0  # noqa: SLF001 - as usual again
        settings.KEYS._seen = None  # noqa: SLF001 - the same
        for _ in range(options.rounds * options.block):
            submit()
        resealing.rotate("fields", settings.SEALING_SUITE, timezone.now())
        began = time.perf_counter()
        done = resealing.reseal(timezone.now())
        spent_sealing = time.perf_counter() - began
        print(f"{Case.objects.count()} cases: {done.rows} rows sealed anew in {spent_sealing:.2f} s:", end=" ")
        print(f"{done.rows / spent_sealing:.0f} a second")
        print(load())


if __name__ == "__main__":
    main()
