"""Panel regressions that a referee can rerun: exact fixed effects, named standard errors, tests, robustness.

The core (`absorb`, `estimators`, `covariance`, `wild`, `tests`) is pure functions over arrays and needs numpy alone.
"""
