"""1,000,000 rows with two-way effects and clustered errors: seconds and memory, beside pyfixest and linearmodels.

    python benchmarks/bench_panel_large.py
    python benchmarks/bench_panel_large.py --python /elsewhere/bin/python

Each engine runs in a process of its own, on the same seeded rows: 100,000 entities in 12 periods, a sixth of the rows
missing, three regressors, two-way effects, errors clustered by entity. Seconds are those of the estimate with its
errors, data in memory, by the clock and of the processors (a busy machine shows in the difference); memory is the peak
of the process, with the data and the interpreter, in MB. `--python` names an environment that has pyfixest and
linearmodels (neither is a dependency).
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

MAKE = """
import resource, sys, time
import numpy as np
generator = np.random.default_rng(1)
there = np.flatnonzero(generator.random(1_200_000) < 1_000_000 / 1_200_000)
entity, period = np.divmod(there, 12)
rows = len(entity)
x = np.empty((rows, 3), order="F")
for at in range(3):
    x[:, at] = generator.standard_normal(rows) + 0.1 * period
y = x.sum(axis=1) + 0.3 * period + (entity % 13) + generator.standard_normal(rows)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
"""

ENGINES = {
    "tongban": """
from tongban.observatory.panel.absorb import groups_of
from tongban.observatory.panel.covariance import covariance
from tongban.observatory.panel.estimators import Panel, fit
start, clock = time.perf_counter(), time.process_time()
panel = Panel(y, x, ("a", "b", "c"), groups_of(entity), groups_of(period))
found = fit(panel, "twoways")
errors = covariance(found, "fixest", found.entity).errors
seconds, worked = time.perf_counter() - start, time.process_time() - clock
beta, error = found.beta[0], errors[0]
""",
    "pyfixest": """
import pandas as pd, pyfixest as pf
data = pd.DataFrame({"y": y, "a": x[:, 0], "b": x[:, 1], "c": x[:, 2], "entity": entity, "period": period})
pf.feols("y ~ a | entity + period", data.iloc[:1000], vcov={"CRV1": "entity"})  # compiles before the clock starts
start, clock = time.perf_counter(), time.process_time()
model = pf.feols("y ~ a + b + c | entity + period", data, vcov={"CRV1": "entity"})
seconds, worked = time.perf_counter() - start, time.process_time() - clock
beta, error = model.coef().iloc[0], model.se().iloc[0]
""",
    "linearmodels": """
import pandas as pd
from linearmodels.panel import PanelOLS
data = pd.DataFrame({"y": y, "a": x[:, 0], "b": x[:, 1], "c": x[:, 2], "entity": entity, "period": period})
data = data.set_index(["entity", "period"])
start, clock = time.perf_counter(), time.process_time()
model = PanelOLS(data["y"], data[["a", "b", "c"]], entity_effects=True, time_effects=True)
found = model.fit(cov_type="clustered", cluster_entity=True)
seconds, worked = time.perf_counter() - start, time.process_time() - clock
beta, error = found.params.iloc[0], found.std_errors.iloc[0]
""",
}

SAY = """
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(f"{rows} rows, {seconds:.2f} s, {worked:.2f} s of processor, {peak:.0f} MB ({before:.0f} before), ", end="")
print(f"b = {beta:.12f}, se = {error:.12f}")
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", help="an interpreter that has pyfixest and linearmodels")
    asked = parser.parse_args()
    source = str(Path(__file__).resolve().parents[1] / "src")
    for name, code in ENGINES.items():
        interpreter = sys.executable if name == "tongban" else asked.python
        if interpreter is None:
            continue
        answer = subprocess.run(
            [interpreter, "-c", MAKE + code + SAY],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"PYTHONPATH": source} if name == "tongban" else None,
        )
        print(f"{name:13} {answer.stdout.strip() or answer.stderr.strip().splitlines()[-1]}")


if __name__ == "__main__":
    main()
