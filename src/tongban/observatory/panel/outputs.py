"""`outputs` of result.json, in the keys that docs/observatory-panel.md explains."""

from dataclasses import asdict
from typing import Any

from tongban.observatory.panel.analysis import Analysis, Coefficient, Estimate

Json = dict[str, Any]


def outputs(analysis: Analysis) -> Json:
    """Everything that was worked out, full precision."""
    return {
        "sample": {
            "rows": analysis.table.rows,
            "entities": list(analysis.table.entities),
            "periods": list(analysis.table.periods),
        },
        "descriptives": [asdict(item) for item in analysis.moments],
        "correlations": asdict(analysis.correlations),
        "vif": analysis.vif,
        "missing": {
            item.variable: dict(zip(analysis.table.periods, item.missing, strict=True)) for item in analysis.gaps
        },
        "estimates": [_estimate(item) for item in analysis.estimates],
        "tests": [
            {
                "name": item.name,
                "effects": item.effects,
                "statistic": item.statistic,
                "df": list(item.df) if isinstance(item.df, tuple) else item.df,
                "p": item.p,
                "distribution": item.distribution,
                "note": item.note[1],
            }
            for item in analysis.tests
        ],
        "hypotheses": [
            {
                "variable": item.hypothesis.variable,
                "expected": item.hypothesis.expected,
                "verdict": item.verdict,
                "reported": item.hypothesis.reported,
                "as_reported": item.as_reported,
                "coefficient": asdict(item.coefficient) if item.coefficient else None,
            }
            for item in analysis.judged
        ],
        "robustness": {
            "variations": [
                {
                    "family": item.family,
                    "change": item.change,
                    "nobs": item.nobs,
                    "problem": item.problem or None,
                    "coefficients": _coefficients(item.coefficients),
                }
                for item in analysis.variations
            ],
            "steadiness": [asdict(item) for item in analysis.steadiness],
        }
        if analysis.study.robustness
        else None,
        "heterogeneity": [
            {
                "group": item.group,
                "entities": item.entities,
                "nobs": item.nobs,
                "problem": item.problem or None,
                "coefficients": _coefficients(item.coefficients),
            }
            for item in analysis.groups
        ],
    }


def _coefficients(found: dict[str, Coefficient]) -> Json:
    return {name: asdict(item) for name, item in found.items()}


def _estimate(found: Estimate) -> Json:
    model, variances = found.fit, found.fit.variances
    result: Json = {
        "effects": model.effects,
        "se_convention": found.request.se,
        "outcome": found.request.outcome,
        "coefficients": _coefficients(found.coefficients),
        "nobs": model.nobs,
        "entities": model.entity.size,
        "periods": model.period.size,
        "df_residual": model.df_residual,
        "df_t": found.covariance.df,
        "clusters": list(found.covariance.clusters),
        "r2": model.r2,
        "ssr": model.ssr,
        "sigma": (model.ssr / model.df_residual) ** 0.5,
        "f": {"statistic": found.f[0], "p": found.f[1], "df": [_slopes(found), found.f[2]]},
        "dropped": [{"name": name, "reason": reason} for name, reason in model.dropped],
        "rows_left_out": found.sample.left_out,
        "singletons": list(found.sample.singletons),
        "covariance": {"names": list(model.names), "matrix": found.covariance.matrix.tolist()},
        "warnings": [text[1] for text in found.warnings],
    }
    if found.bootstrap:
        result["bootstrap"] = found.bootstrap[1]
    if variances is not None:
        result["variances"] = {
            "idiosyncratic": variances.idiosyncratic,
            "individual": variances.individual,
            "theta": list(variances.theta),
        }
    return result


def _slopes(found: Estimate) -> int:
    return sum(name != "const" for name in found.fit.names)
