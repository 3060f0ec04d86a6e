"""Equal figures to R's plm, pyfixest and linearmodels.

`data/oracle.json` holds what those packages gave (versions inside), on Grunfeld's balanced panel and an unbalanced one;
`benchmarks/bench_panel_conventions.py` runs them again and compares.
"""

import csv
import json
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from tongban.observatory.panel.absorb import groups_of
from tongban.observatory.panel.analysis import part_of
from tongban.observatory.panel.covariance import Convention, covariance
from tongban.observatory.panel.diagnostics import TestName, run_test
from tongban.observatory.panel.distributions import t_two_sided
from tongban.observatory.panel.estimators import EFFECTS, Components, Effects, Fit, Panel, fit

DATA = Path(__file__).parent / "data"
ORACLE: dict[str, Any] = json.loads((DATA / "oracle.json").read_text(encoding="utf-8"))
COLUMNS = {
    "grunfeld": ("firm", "year", "inv", ("value", "capital")),
    "unbalanced": ("province", "year", "y", ("x1", "x2")),
}


def panel(name: str) -> Panel:
    entity, period, y, x = COLUMNS[name]
    with (DATA / f"{name}.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return Panel(
        np.array([float(row[y]) for row in rows]),
        np.asfortranarray([[float(row[column]) for column in x] for row in rows]),
        x,
        groups_of(np.array([row[entity] for row in rows])),
        groups_of(np.array([int(row[period]) for row in rows])),
    )


def estimate(of: Panel, effects: Effects, convention: str) -> Fit:
    """R's plm has an intercept in first differences, linearmodels has none."""
    return fit(of, effects, intercept=effects == "first_difference" and not convention.startswith("linearmodels"))


def errors(of: Panel, effects: Effects, convention: Convention) -> dict[str, float]:
    found = estimate(of, effects, convention)

    def again(rows: Any) -> tuple[tuple[str, ...], Any]:
        part = part_of(of, rows)
        smaller = estimate(part, effects, convention)
        return smaller.names, smaller.beta

    matrix = covariance(found, convention, found.entity, refit=again)
    return dict(zip(found.names, matrix.errors, strict=True))


APART = {
    # linearmodels takes other variance components on unbalanced panels; its coefficients are compared below
    ("unbalanced", "random", "linearmodels"),
    # these matrices have a negative eigenvalue; fixest and we set it to zero, pyfixest does not
    ("unbalanced", "none", "two-way"),
    ("unbalanced", "time", "two-way"),
    # plm takes differences across gaps in time, linearmodels and we do not
    *(("unbalanced", "first_difference", name) for name in get_args(Convention) if name != "linearmodels"),
}
CASES = [
    (data, effects, convention)
    for data in COLUMNS
    for effects in EFFECTS
    for convention in get_args(Convention)
    if f"{effects}:{convention}" in ORACLE[data] and (data, effects, convention) not in APART
]


@pytest.mark.parametrize(("data", "effects", "convention"), CASES)
def test_standard_errors_of_every_convention(data: str, effects: Effects, convention: Convention) -> None:
    assert errors(panel(data), effects, convention) == pytest.approx(ORACLE[data][f"{effects}:{convention}"], rel=1e-9)


@pytest.mark.parametrize("data", COLUMNS)
@pytest.mark.parametrize("effects", EFFECTS)
def test_coefficients_of_every_estimator(data: str, effects: Effects) -> None:
    of, oracle = panel(data), ORACLE[data]
    if (data, effects, "classical") not in APART:
        found = estimate(of, effects, "plm")
        assert dict(zip(found.names, found.beta, strict=True)) == pytest.approx(oracle[f"{effects}:beta"], rel=1e-9)
        assert found.df_residual == oracle[f"{effects}:df_residual"]["-"]
        assert found.r2["adjusted"] == pytest.approx(oracle[f"{effects}:adjusted"]["-"], rel=1e-9)
    components: Components = "harmonic" if effects == "random" else "swamy-arora"
    theirs = fit(of, effects, components=components)
    assert dict(zip(theirs.names, theirs.beta, strict=True)) == pytest.approx(
        oracle[f"{effects}:linearmodels-beta"], rel=1e-9
    )


def test_variance_components_are_those_of_plm() -> None:
    for data in COLUMNS:
        found = fit(panel(data), "random").variances
        assert found is not None
        assert {"idiosyncratic": found.idiosyncratic, "individual": found.individual} == pytest.approx(
            ORACLE[data]["random:variances"], rel=1e-9
        )


@pytest.mark.parametrize("data", COLUMNS)
@pytest.mark.parametrize("effects", ["none", "entity", "time", "twoways"])
def test_r2_and_p_are_those_of_fixest(data: str, effects: Effects) -> None:
    of, oracle = panel(data), ORACLE[data]
    found = fit(of, effects)
    for key, value in oracle[f"{effects}:r2"].items():
        assert found.r2[key] == pytest.approx(value, rel=1e-9)
    matrix = covariance(found, "fixest", of.entity)
    p = [t_two_sided(b / se, matrix.df) for b, se in zip(found.beta, matrix.errors, strict=True)]
    assert dict(zip(found.names, p, strict=True)) == pytest.approx(oracle[f"{effects}:fixest-p"], rel=1e-7, abs=1e-14)


TESTS = [(data, key) for data in COLUMNS for key in ORACLE[data] if key.split(":")[0] in get_args(TestName)]


@pytest.mark.parametrize(("data", "key"), TESTS)
def test_tests_are_those_of_plm(data: str, key: str) -> None:
    name, effects = key.split(":")
    found = run_test(name, panel(data), effects)  # type: ignore[arg-type]  # names of the oracle are ours
    assert found.statistic == pytest.approx(ORACLE[data][key]["statistic"], rel=1e-9)
    assert found.p == pytest.approx(ORACLE[data][key]["p"], rel=1e-9, abs=1e-300)
