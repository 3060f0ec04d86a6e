"""What the ledger and the sealing cost the throughput of submissions on a saturated server.

    python benchmarks/bench_costs.py [--rounds 3] [--seconds 15] [--clients 16]

The server runs as it is, without ledger, and without sealing, in turns, each with the same number of clients that send
`POST /api/v1/applications` as fast as they are answered; database, server, worker and load share the machine. The
figure is the median of the rounds' ratios. The ledger may cost at most a tenth.
"""

import argparse
import asyncio
import os
import statistics
from pathlib import Path

from bench_lifecycles import WARM_UP_SECONDS, submissions
from rig import Server, installation, load

WAYS = ("", "ledger", "sealing")
LEAST = 0.9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=15)
    parser.add_argument("--clients", type=int, default=16)
    options = parser.parse_args()
    rates: dict[str, list[float]] = {way: [] for way in WAYS}
    with installation():
        import casework

        world = casework.build()
        print(load())
        folders = [str(Path(__file__).parent / "without"), *filter(None, [os.environ.get("PYTHONPATH")])]
        os.environ["PYTHONPATH"] = os.pathsep.join(folders)
        for number in range(options.rounds):
            for way in WAYS[number % len(WAYS) :] + WAYS[: number % len(WAYS)]:
                os.environ["TONGBAN_WITHOUT"] = way
                with Server() as server:
                    asyncio.run(submissions(server.port, world, casework.ANSWERS, options.clients, WARM_UP_SECONDS))
                    took = submissions(server.port, world, casework.ANSWERS, options.clients, options.seconds)
                    rates[way].append(len(asyncio.run(took)) / options.seconds)
                print(f"{f'without {way}' if way else 'as it is'}: {rates[way][-1]:.1f} submissions/s")
        for way in WAYS[1:]:
            ratios = [a / b for a, b in zip(rates[""], rates[way], strict=True)]
            middle = statistics.median(ratios)
            print(
                f"throughput as it is / without {way}: {middle:.3f} (rounds {min(ratios):.3f} to {max(ratios):.3f})"
                + (f"; at least {LEAST} is asked for" if way == "ledger" else "")
            )
        print(load())


if __name__ == "__main__":
    main()
