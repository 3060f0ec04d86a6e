"""A full study of 31 cases and 8 conditions (the digital government template), from command to report.

    python benchmarks/bench_qca_study.py

Prints the seconds of the standard analysis (truth tables, three solutions, all models, for Y and ~Y), of the whole
analysis with its robustness tests, and of the command that ends with the report written.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from importlib.resources import files
from pathlib import Path

from tongban.observatory.qca.analysis import analyse, read_sets
from tongban.observatory.qca.request import read_qca_study
from tongban.observatory.study.data import read_data


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = Path(str(files("tongban.observatory.qca") / "templates" / "digital-government"))
        for file in ("study.toml", "data.csv"):
            shutil.copy(source / file, folder / file)
        study = read_qca_study(folder / "study.toml")
        start = time.monotonic()
        found = analyse(study, read_sets(study, read_data(study.data_file)))
        seconds = time.monotonic() - start
        for table in found.tables:
            solved = table.minimised
            assert solved is not None
            print(
                f"{table.request.label}: {len(solved.parsimonious.primes)} prime implicants, "
                f"{solved.parsimonious.covers.count} parsimonious models, {len(solved.pairs)} intermediate solutions, "
                f"{len(solved.irredundant['parsimonious'][0])} irredundant models"
            )
        print(f"standard analysis: {seconds:.2f} s")
        start = time.monotonic()
        subprocess.run(
            [sys.executable, "-m", "tongban.cli.observe", "qca", str(folder / "study.toml")],
            check=True,
            capture_output=True,
        )
        print(f"command to finished report, robustness and NCA included: {time.monotonic() - start:.2f} s")


if __name__ == "__main__":
    main()
