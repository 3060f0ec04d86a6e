"""What the ledger costs a submission, and what its tree costs beside it.

    python benchmarks/bench_ledger.py [--rounds 40] [--block 25]

Whole requests (`POST /api/v1/applications`: token, form, case, documents, ledger, outbox, commit to disk) are sent in
this process in blocks that take turns: as the platform is; without the row that puts the entry in line for the tree;
and without ledger entry, digest and line. Turns make what else the machine does fall on all three alike. The figure is
the median of the rounds' ratios. Then the worker's part: entries placed a second.
"""

import argparse
import json
import statistics
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING
from unittest.mock import patch

from rig import installation, load

if TYPE_CHECKING:
    from tongban.foundation.statements import Part

# An announcement without an entry to take its number from.
_EVENT_ALONE = (
    "INSERT INTO foundation_domainevent (id, name, object_type, object_id, at, detail)"
    " VALUES (nextval('foundation_ledgerentry_id_seq'), %s::text, %s, %s, %s, %s::jsonb) RETURNING id"
)


@contextmanager
def as_it_is() -> Iterator[None]:
    yield


@contextmanager
def _only(parts_of: Callable[[list["Part"]], list["Part"]]) -> Iterator[None]:
    """What an act writes at once is made of parts; some are left out."""
    from tongban.foundation import ledger
    from tongban.foundation.statements import write

    def fewer(*parts: "Part") -> list[object]:
        kept = parts_of(list(parts))
        if len(kept) == len(parts):
            raise SystemExit("the ledger writes other parts now: this benchmark must follow it")
        found = dict(zip([part.name for part in kept], write(*kept), strict=True))
        return [found.get(part.name) for part in parts]

    with patch.object(ledger, "write", fewer):
        yield


@contextmanager
def without_line() -> Iterator[None]:
    """The entry is written, and stands in no line for the tree."""
    with _only(lambda parts: [part for part in parts if part.name != "unplaced"]):
        yield


@contextmanager
def without_ledger() -> Iterator[None]:
    """Only the announcement is written."""
    from tongban.foundation import ledger

    def no_digest(_salt: bytes, _content: object) -> str:
        return ""

    def alone(parts: list["Part"]) -> list["Part"]:
        left = [part for part in parts if part.name not in {"entry", "unplaced"}]
        return [replace(part, sql=_EVENT_ALONE) if part.name == "announced" else part for part in left]

    with _only(alone), patch.object(ledger, "digest_of", no_digest):
        yield


WAYS = {"as it is": as_it_is, "without the line": without_line, "without ledger": without_ledger}


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
        from django.test import Client
        from django.utils import timezone

        from tongban.foundation.transparency import audit, tree

        world = casework.build()
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
            ratios = [a / b for (a, _), (b, _) in zip(took["as it is"], took[name], strict=True)]
            low, middle, high = statistics.quantiles(ratios, n=4)
            print(f"as it is / {name}: {middle:.3f} (middle half of the rounds {low:.3f} to {high:.3f})")
        began = time.perf_counter()
        placed = tree.place_entries(timezone.now())
        spent_placing = time.perf_counter() - began
        print(f"placed {placed} entries in {spent_placing:.2f} s: {placed / spent_placing:.0f} a second")
        began = time.perf_counter()
        found = audit.audit(tree.public_key)
        print(f"audited {found.entries} entries in {time.perf_counter() - began:.2f} s")
        print(load())


if __name__ == "__main__":
    main()
