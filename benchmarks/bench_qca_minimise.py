"""Exact minimisation: processor seconds and memory beside pyqca 0.2.0 and setqca 0.2.0, one process a run.

    python benchmarks/bench_qca_minimise.py [--peers /path/to/python/with/pyqca/and/setqca] [--limit 120]

A table of k two-valued conditions and n different rows is drawn from a seeded generator. "random": each row is
positive with probability one half. "structured": rows are positive where one of four planted paths holds. All other
rows are remainders, as in the parsimonious solution. A run that is still going at the limit is stopped and shown so.
All models are counted for ten seconds at most; random tables can have millions.
"""

import argparse
import json
import subprocess
import sys

INSTANCES = [
    (6, 30, "random", 1),
    (8, 31, "structured", 1),
    (10, 100, "structured", 1),
    *((12, 200, "random", seed) for seed in range(1, 6)),
    (16, 200, "structured", 1),
    (20, 50, "random", 1),
    (20, 200, "structured", 1),
]
PEERS_SEED = 1
"""Peers see the first table of each kind only: they do not finish beyond ten conditions."""

DRAW = """
import numpy as np
def draw(k, n, kind, seed):
    generator = np.random.default_rng(seed)
    size = 2 ** k
    numbers = generator.permutation(size)[:n] if size < 2**16 else np.unique(generator.integers(0, size, 4 * n))
    numbers = generator.permutation(numbers)[:n]
    rows = ((numbers[:, None] >> np.arange(k)[::-1]) & 1).astype(np.int8)
    if kind == "random":
        return rows, generator.integers(0, 2, n)
    out = np.zeros(n, dtype=bool)
    paths = [[(0, 1), (1, 1)], [(2, 1), (3, 0), (4, 1)], [(5, 0), (1, 0), (k - 1, 1)], [(0, 0), (k - 2, 1), (2, 0)]]
    for path in paths:
        out |= np.all([rows[:, at] == value for at, value in path], axis=0)
    return rows, out.astype(int)
"""

OURS = """
import time
from tongban.observatory.qca.cover import minimum_covers
from tongban.observatory.qca.primes import primes_against
from tongban.observatory.qca.sets import covers
rows, out = draw(k, n, kind, seed)
start = time.process_time()
primes = primes_against(rows[out == 1], rows[out == 0])
chart = covers(primes, rows[out == 1])
weights = (primes >= 0).sum(axis=1).tolist()
first = minimum_covers(chart, weights, 1, time.monotonic() + limit, enumerate_all=False)
minimum = time.process_time() - start
found = minimum_covers(chart, weights, 10_000, time.monotonic() + 10)
answer = dict(seconds=minimum, all_seconds=time.process_time() - start - minimum, primes=len(primes), size=first.size,
              models=found.count, exact=found.complete_count, proven=first.proven)
"""

SETQCA = """
import time
from setqca.minimize.qmc import minimize
rows, out = draw(k, n, kind, seed)
numbers = [int("".join(map(str, row)), 2) for row in rows.tolist()]
on = {number for number, value in zip(numbers, out) if value}
off = set(numbers) - on
start = time.process_time()
found = minimize(on, dont_cares=set(range(2 ** k)) - on - off, width=k, max_solutions=10_000)
answer = dict(seconds=time.process_time() - start, models=len(found), size=len(found[0].implicants))
"""

PYQCA = """
import time
import pandas as pd
from qca import CSQCA
rows, out = draw(k, n, kind, seed)
names = [f"C{at}" for at in range(k)]
frame = pd.DataFrame(rows, columns=names).assign(Y=out)
start = time.process_time()
found = CSQCA(data=frame, outcome="Y", conditions=names).fit(consistency_cutoff=0.8, coverage_cutoff=0.0)
answer = dict(seconds=time.process_time() - start, models=1, size=len(found.minimization.parsimonious_solution))
"""

TAIL = """
import json, resource
answer["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps(answer, default=str))
"""

Answer = dict[str, object]


def run(python: str, code: str, instance: tuple[int, int, str, int], limit: float) -> Answer | None:
    """What one process found; nothing when it was stopped at the limit."""
    k, n, kind, seed = instance
    head = f"k, n, kind, seed, limit = {k}, {n}, {kind!r}, {seed}, {limit}\n"
    try:
        done = subprocess.run(
            [python, "-c", DRAW + head + code + TAIL],
            capture_output=True,
            text=True,
            timeout=2 * limit + 20,
            check=True,
        )
    except subprocess.TimeoutExpired:
        return None
    except subprocess.CalledProcessError as error:
        return {"error": error.stderr.strip().splitlines()[-1]}
    answer: Answer = json.loads(done.stdout)
    return answer


def shown(answer: Answer | None, limit: float) -> str:
    if answer is None:
        return f"stopped after {limit + 20:.0f} s"
    if "error" in answer:
        return str(answer["error"])[:60]
    text = f"{float(str(answer['seconds'])):.2f} s, {float(str(answer['megabytes'])):.0f} MB, {answer['size']} terms"
    if "proven" not in answer:
        return f"{text}, {answer['models']} models"
    least = "" if answer["exact"] else "at least "
    proof = "proven" if answer["proven"] else "NOT proven"
    return f"{text} {proof}; {least}{answer['models']} models in {float(str(answer['all_seconds'])):.2f} s"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", help="a Python with pyqca 0.2.0 and setqca 0.2.0")
    parser.add_argument("--limit", type=float, default=120, help="seconds for Tongban")
    parser.add_argument("--peer-limit", type=float, default=20, help="seconds for a peer, to which 20 are added")
    options = parser.parse_args()
    print("| k | rows | kind | primes | Tongban: minimum; all models | setqca 0.2.0 | pyqca 0.2.0 |")
    print("|---|---|---|---|---|---|---|")
    for instance in INSTANCES:
        ours = run(sys.executable, OURS, instance, options.limit)
        cells = [str((ours or {}).get("primes", "")), shown(ours, options.limit)]
        for code in (SETQCA, PYQCA):
            wanted = options.peers and instance[3] == PEERS_SEED
            peer: Answer | None = {"error": "not run"}
            if wanted:
                peer = run(options.peers, code, instance, options.peer_limit)
            cells.append(shown(peer, options.peer_limit))
        print(f"| {instance[0]} | {instance[1]} | {instance[2]} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
