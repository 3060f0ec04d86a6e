"""Figures of pyfixest and linearmodels for the panels of bench_panel_conventions.py, where these are installed.

    python panel_oracle.py DATA.csv ENTITY PERIOD Y X...

Prints one line a figure: key, name, value.
"""

# mypy: ignore-errors
# ruff: noqa: ANN001, ANN201, SLF001 - a script on libraries without types, which keep R² private
import importlib.metadata
import sys
import warnings

import pandas as pd
import pyfixest as pf
from linearmodels.panel import BetweenOLS, FirstDifferenceOLS, PanelOLS, PooledOLS, RandomEffects


def say(key, values):
    for name, value in values.items():
        print(key, {"Intercept": "const"}.get(name, name), repr(float(value)), sep="\t")


def main():
    warnings.simplefilter("ignore")
    file, entity, period, outcome, *regressors = sys.argv[1:]
    data = pd.read_csv(file)
    for package in ("pyfixest", "linearmodels"):
        print("version", f"{package} {importlib.metadata.version(package)}", 0, sep="\t")
    right = " + ".join(regressors)
    for effects, fixed in (("none", ""), ("entity", entity), ("time", period), ("twoways", f"{entity} + {period}")):
        model = pf.feols(
            f"{outcome} ~ {right}" + (f" | {fixed}" if fixed else ""), data, vcov={"CRV1": entity}, fixef_tol=1e-12
        )
        say(f"{effects}:fixest", model.se())
        say(f"{effects}:fixest-beta", model.coef())
        say(f"{effects}:fixest-p", model.pvalue())
        full = pf.feols(
            f"{outcome} ~ {right}" + (f" | {fixed}" if fixed else ""),
            data,
            vcov={"CRV1": entity},
            ssc=pf.ssc(k_fixef="full"),
            fixef_tol=1e-12,
        )
        say(f"{effects}:areg", full.se())
        say(f"{effects}:classical", model.vcov("iid").se())
        say(f"{effects}:two-way", model.vcov({"CRV1": f"{entity} + {period}"}).se())
        bare = pf.feols(
            f"{outcome} ~ {right}" + (f" | {fixed}" if fixed else ""),
            data,
            vcov={"CRV3": entity},
            ssc=pf.ssc(k_adj=False, G_adj=False),
            fixef_tol=1e-12,
        )
        groups = data[entity].nunique()
        say(f"{effects}:CRV3", bare.se() * ((groups - 1) / groups) ** 0.5)
        say(f"{effects}:r2", {"total": model._r2, **({"within": model._r2_within} if fixed else {})})
    panel = data.set_index([entity, period])
    y, x = panel[outcome], panel[regressors]
    constant = x.assign(const=1.0)[["const", *regressors]]
    models = {
        "none": PooledOLS(y, constant),
        "entity": PanelOLS(y, x, entity_effects=True),
        "time": PanelOLS(y, x, time_effects=True),
        "twoways": PanelOLS(y, x, entity_effects=True, time_effects=True),
        "random": RandomEffects(y, constant),
        "between": BetweenOLS(y, constant),
        "first_difference": FirstDifferenceOLS(y, x),
    }
    for effects, model in models.items():
        found = model.fit() if effects == "between" else model.fit(cov_type="clustered", cluster_entity=True)
        say(f"{effects}:linearmodels-beta", found.params)
        if effects != "between":
            say(f"{effects}:linearmodels", found.std_errors)
            say(f"{effects}:linearmodels-p", found.pvalues)


if __name__ == "__main__":
    main()
