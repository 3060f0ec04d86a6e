"""Every convention of standard errors on one panel, beside R's plm, pyfixest and linearmodels.

    python benchmarks/bench_panel_conventions.py
    python benchmarks/bench_panel_conventions.py --python /elsewhere/bin/python --rscript Rscript [--write oracle.json]

Prints the standard errors of two-way estimates by convention and the spread they cause. With `--python` (an environment
that has pyfixest and linearmodels; neither is a dependency) and `--rscript` (R with plm) the same figures of those
packages stand beside, with the largest relative difference over all estimators; `--write` stores them as the tests read
them (tests/observatory/panel/data/oracle.json).
"""

import argparse
import csv
import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np

from tongban.observatory.panel.absorb import Codes, Floats, groups_of
from tongban.observatory.panel.analysis import part_of
from tongban.observatory.panel.covariance import CONVENTIONS, Convention, covariance
from tongban.observatory.panel.estimators import EFFECTS, Effects, Panel, fit

HERE = Path(__file__).resolve().parent
DATA = HERE.parent / "tests" / "observatory" / "panel" / "data"
PANELS = {
    "unbalanced": ("province", "year", "y", "x1", "x2"),
    "grunfeld": ("firm", "year", "inv", "value", "capital"),
}


def read(name: str) -> Panel:
    entity, period, y, *x = PANELS[name]
    with (DATA / f"{name}.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return Panel(
        np.array([float(row[y]) for row in rows]),
        np.asfortranarray([[float(row[column]) for column in x] for row in rows]),
        tuple(x),
        groups_of(np.array([row[entity] for row in rows])),
        groups_of(np.array([int(row[period]) for row in rows])),
    )


def errors(panel: Panel, effects: Effects, convention: Convention) -> dict[str, float]:
    intercept = effects == "first_difference" and convention != "linearmodels"
    found = fit(panel, effects, intercept=intercept)

    def again(rows: Codes) -> tuple[tuple[str, ...], Floats]:
        smaller = fit(part_of(panel, rows), effects)
        return smaller.names, smaller.beta

    matrix = covariance(found, convention, found.entity, refit=again)
    return dict(zip(found.names, matrix.errors.tolist(), strict=True))


def oracle(name: str, python: str | None, rscript: str | None) -> dict[str, Any]:
    """Figures of the other packages by key, and their versions under "versions"."""
    commands = []
    if python:
        commands.append([python, str(HERE / "panel_oracle.py")])
    if rscript:
        commands.append([rscript, str(HERE / "panel_oracle.R")])
    found: dict[str, Any] = {"versions": []}
    for command in commands:
        answer = subprocess.run(
            [*command, str(DATA / f"{name}.csv"), *PANELS[name]], check=True, capture_output=True, text=True
        )
        for line in answer.stdout.splitlines():
            key, label, value = line.strip("\t").split("\t")
            if key == "version":
                found["versions"].append(label if " " in label else f"plm {label}")
            else:
                found.setdefault(key, {})[{"(Intercept)": "const"}.get(label, label)] = float(value)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", help="an interpreter that has pyfixest and linearmodels")
    parser.add_argument("--rscript", help="R's Rscript, where plm is installed")
    parser.add_argument("--write", type=Path, help="store the figures of the other packages here")
    asked = parser.parse_args()
    stored: dict[str, Any] = {"versions": []}
    for name in PANELS:
        panel = read(name)
        others = oracle(name, asked.python, asked.rscript)
        stored["versions"] = others.pop("versions")
        stored[name] = others
        print(f"{name}: {panel.rows} rows, {panel.entity.size} entities, {panel.period.size} periods, two-way effects")
        found = {convention: errors(panel, "twoways", convention) for convention in CONVENTIONS}
        for convention, own in found.items():
            beside = others.get(f"twoways:{convention}")
            print(
                f"  {convention:15}"
                + "".join(f" {column} {value:.10f}" for column, value in own.items())
                + ("  | elsewhere" + "".join(f" {value:.10f}" for value in beside.values()) if beside else "")
            )
        for column in panel.names:
            values = [own[column] for own in found.values()]
            print(f"  spread of {column}: largest / smallest = {max(values) / min(values):.3f}")
        compare(panel, others)
    if asked.write:
        asked.write.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")


def compare(panel: Panel, others: dict[str, Any]) -> None:
    """The largest relative difference of standard errors over all estimators and conventions."""
    worst: list[tuple[float, str]] = []
    for effects in EFFECTS:
        for convention in CONVENTIONS:
            beside = others.get(f"{effects}:{convention}")
            if beside:
                own = errors(panel, effects, convention)
                worst.append((max(abs(own[at] / value - 1) for at, value in beside.items()), f"{effects} {convention}"))
    if worst:
        equal = sum(difference < 1e-8 for difference, _ in worst)
        print(f"  {equal} of {len(worst)} figures equal to 1e-8; not equal:")
        for difference, what in sorted(worst, reverse=True):
            if difference >= 1e-8:
                print(f"    {what}: {difference:.1e}")


if __name__ == "__main__":
    main()
