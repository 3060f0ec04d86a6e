"""The same index study on many rows, by DuckDB and by Spark: seconds, peak memory, and whether the numbers are equal.

    python benchmarks/bench_index_study.py [ROWS] [ENGINE ...]      (by default 100,000,000 on duckdb and pyspark)

A seeded panel of 20 reports goes into a Parquet file under a temporary folder: DuckDB makes it, nothing else ever holds
it. Each engine runs the study in a process of its own: four level tables, transitions by two rules, a benchmark against
three peers with ranks, sigma and beta convergence, stages.
"""

import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from tongban.observatory.indices.run import run_study
from tongban.observatory.study.jsontext import to_json

PERIODS = 20

STUDY = """\
kind = "index"
[data]
file = "facts.parquet"
entity = "entity"
period = "year"
indices = ["egdi", "osi", "tii", "hci"]
[levels]
bounds = [0.25, 0.5, 0.75]
[[transitions]]
index = "egdi"
rule = "lowest-later-highest"
[[transitions]]
index = "egdi"
rule = "first-last"
[[benchmark]]
entity = "e000000007"
peers = ["e000000011", "e000000013", "e000000017"]
[convergence]
[[stages]]
index = "osi"
cuts = 2
"""

# Every entity starts somewhere and drifts upward in steps that hash() decides, so that the file is the same everywhere.
ROWS = """
copy (
  with who as (
    select printf('e%09d', number) as entity, number, hash(number) as h from range({entities}) as given(number)
  ), base as (
    select entity, 2000 + step as year, (h % 1000) / 1000.0::double as start,
           step * ((h // 1000) % 1000) / 1e5 as drift,
           hash(number * {periods} + step) as n
    from who, range({periods}) as steps(step)
  ), parts as (
    select entity, year,
           round(least(1, start * 0.7 + drift * 3 + n % 1000 / 2e4), 4) as osi,
           round(least(1, start * 0.5 + drift * 2 + (n // 1000) % 1000 / 2e4), 4) as tii,
           round(least(1, 0.2 + start * 0.6 + drift + (n // 1000000) % 1000 / 2e4), 4) as hci
    from base
  )
  select entity, year, round((osi + tii + hci) / 3, 5) as egdi, osi, tii, hci from parts
) to '{path}' (format parquet)
"""


def main() -> None:
    if sys.argv[1:2] == ["--engine"]:
        run(sys.argv[2], Path(sys.argv[3]))
        return
    rows = int(sys.argv[1]) if sys.argv[1:] else 100_000_000
    engines = sys.argv[2:] or ["duckdb", "pyspark"]
    with tempfile.TemporaryDirectory(prefix="tongban-bench-") as name:
        folder = Path(name)
        start = time.monotonic()
        path = folder / "facts.parquet"
        with duckdb.connect(config={"temp_directory": str(folder / "spill")}) as connection:
            connection.execute(ROWS.format(entities=rows // PERIODS, periods=PERIODS, path=path))
        size = path.stat().st_size / 1e6
        print(f"{rows:,} rows, {rows // PERIODS:,} entities x {PERIODS} reports, {size:,.0f} MB of Parquet", end="")
        print(f" in {time.monotonic() - start:.0f} s", flush=True)
        (folder / "study.toml").write_text(STUDY, encoding="utf-8")
        digests = set()
        for engine in engines:
            answer = subprocess.run(
                [sys.executable, __file__, "--engine", engine, str(folder / "study.toml")],
                check=True,
                stdout=subprocess.PIPE,
                text=True,
                env=os.environ,
            )
            found = json.loads(answer.stdout.splitlines()[-1])
            digests.add(found["digest"])
            took = f"{found['seconds']:7.1f} s ({found['processor']:.0f} processor seconds)"
            print(f"{engine:8} {took} {found['memory']:7,.0f} MB peak   moves {found['moves']}", flush=True)
        if len(engines) > 1:
            print("equal" if len(digests) == 1 else "NOT EQUAL")


def run(engine: str, study: Path) -> None:
    """Run the study on an engine; print what it took and a digest of all outputs."""
    start = time.monotonic()
    outputs = run_study(study, engine=engine).result["outputs"]  # type: ignore[arg-type]  # from the command line
    seconds = time.monotonic() - start
    own = resource.getrusage(resource.RUSAGE_SELF)
    memory, processor = children()
    memory, processor = memory + own.ru_maxrss / 1024, processor + own.ru_utime + own.ru_stime
    moves = [row["count"] for row in outputs["transitions"][0]["rows"]]
    digest = hashlib.sha256(to_json(outputs).encode()).hexdigest()
    took = {"seconds": seconds, "processor": processor, "memory": memory}
    print(json.dumps(took | {"moves": moves, "digest": digest}))


def children() -> tuple[float, float]:
    """Peak megabytes and processor seconds of what this process started and still has: Spark's Java machine."""
    pid = os.getpid()
    memory = seconds = 0.0
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split():
        status = Path(f"/proc/{child}/status").read_text(encoding="utf-8")
        memory += sum(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024
        user, system = Path(f"/proc/{child}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[11:13]
        seconds += (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
    return memory, seconds


if __name__ == "__main__":
    main()
