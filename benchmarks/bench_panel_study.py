"""A study of 31 provinces and 5 years: what the import costs, and the whole command.

    python benchmarks/bench_panel_study.py

Prints the seconds, by the clock and of the processors, of a fresh process that only imports what a study needs, of one
that prints result.json of a plain two-way study, and of the founding template: as JSON (47 robustness estimates and a
bootstrap of 9,999 draws) and to the finished folder with report, tables, and figures as SVG and PNG.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tongban.observatory.panel.template_model import template_data, template_neighbours

PLAIN = """\
kind = "panel"
[data]
file = "data.csv"
entity = "province"
period = "year"
[model]
outcome = "integration"
regressors = ["informatisation", "leader", "demand", "pilot"]
[[estimate]]
effects = "twoways"
se = "plm-HC1"
[[test]]
name = "hausman"
"""
SOURCE = Path(__file__).resolve().parents[1] / "src"
TEMPLATE = SOURCE / "tongban" / "observatory" / "panel" / "templates" / "online-integration" / "study.toml"


def seconds(*arguments: str) -> str:
    """The best of three runs of a fresh Python, by the clock and of the processors."""
    best = worked = float("inf")
    for _ in range(3):
        start, before = time.perf_counter(), _worked()
        subprocess.run(
            [sys.executable, *arguments],
            check=True,
            capture_output=True,
            env=os.environ | {"PYTHONPATH": str(SOURCE)},
        )
        best, worked = min(best, time.perf_counter() - start), min(worked, _worked() - before)
    return f"{best:.2f} s, {worked:.2f} s of processor"


def _worked() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "data.csv").write_text(template_data(), encoding="utf-8")
        (folder / "neighbours.csv").write_text(template_neighbours(), encoding="utf-8")
        (folder / "plain.toml").write_text(PLAIN, encoding="utf-8")
        (folder / "study.toml").write_text(TEMPLATE.read_text(encoding="utf-8"), encoding="utf-8")
        command = ["-m", "tongban.cli.observe", "panel"]
        print(f"python alone: {seconds('-c', 'pass')}")
        print(f"import of all a study needs: {seconds('-c', 'import tongban.observatory.panel.run')}")
        print(f"31 x 5, two-way, one test, --json: {seconds(*command, str(folder / 'plain.toml'), '--json')}")
        print(f"founding template, --json: {seconds(*command, str(folder / 'study.toml'), '--json')}")
        print(f"founding template, finished folder: {seconds(*command, str(folder / 'study.toml'))}")


if __name__ == "__main__":
    main()
