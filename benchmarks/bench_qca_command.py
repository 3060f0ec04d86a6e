"""The whole command from study file to result.json: three solutions, pairs, all models, necessity, written as JSON.

    python benchmarks/bench_qca_command.py

The tables are those of bench_qca_minimise.py, one case a row. Prints processor seconds (those of starting Python among
them) and peak memory of each run of `tongban observe qca STUDY --json`.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench_qca_minimise import DRAW, INSTANCES


def write_study(folder: Path, instance: tuple[int, int, str, int]) -> Path:
    """Study and data of one table."""
    names: dict[str, Any] = {}
    exec(DRAW, names)
    rows, out = names["draw"](*instance)
    conditions = [f"C{at}" for at in range(1, instance[0] + 1)]
    lines = [",".join(["case", *conditions, "Y"])]
    lines += [
        ",".join(map(str, [f"c{at}", *row, int(y)])) for at, (row, y) in enumerate(zip(rows.tolist(), out, strict=True))
    ]
    (folder / "data.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    study = folder / "study.toml"
    study.write_text(
        'kind = "qca"\n[data]\nfile = "data.csv"\ncases = "case"\noutcome = "Y"\n'
        f"conditions = {json.dumps(conditions)}\n[[truth_table]]\nincl_cut = 0.8\n"
        '[expectations]\ndefault = "present"\n[solve]\ntime_limit = 60\n',
        encoding="utf-8",
    )
    return study


def main() -> None:
    print("| k | rows | kind | seconds | MB | primes | terms | models | pairs | result.json |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for instance in INSTANCES:
        with tempfile.TemporaryDirectory() as name:
            study = write_study(Path(name), instance)
            command = [sys.executable, "-m", "tongban.cli.observe", "qca", str(study), "--json"]
            with (Path(name) / "result.json").open("w+b") as result:
                process = subprocess.Popen(command, stdout=result)
                _, status, used = os.wait4(process.pid, 0)
                result.seek(0)
                size = os.fstat(result.fileno()).st_size
                table = json.load(result)["outputs"]["truth_tables"][0]
        if status:
            raise SystemExit(f"{instance}: the command failed")
        found = table["parsimonious"]
        least = "" if found["count_exact"] else "at least "
        pairs = f"{len(table['intermediate']['pairs'])} of {table['intermediate']['n_pairs']}"
        print(
            f"| {instance[0]} | {instance[1]} | {instance[2]} | {used.ru_utime + used.ru_stime:.1f} "
            f"| {used.ru_maxrss / 1024:.0f} | {len(found['prime_implicants'])} "
            f"| {found['terms_in_model']}{' proven' if found['proven'] else ''} | {least}{found['n_models']} "
            f"| {pairs} | {size / 1e6:.1f} MB |",
            flush=True,
        )


if __name__ == "__main__":
    main()
