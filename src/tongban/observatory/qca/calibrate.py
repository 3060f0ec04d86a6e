"""Calibration: from raw figures to degrees of set membership.

The formulas are those of R's `QCA::calibrate` (Duşa 2019, ch. 4), so that numbers agree: memberships below
0.0001 become 0 and above 0.9999 become 1. `log_odds` says how far the inclusion anchor lies from the crossover:
R takes ln(0.95/0.05) = 2.944, the desktop program fsQCA takes 3 (Ragin 2008, ch. 5).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tongban.observatory.qca.tolerance import Floats, is_half

Method = Literal["direct", "linear", "bell", "crisp", "indirect"]
Half = Literal["keep", "add0.001", "subtract0.001", "refuse"]

METHODS: tuple[Method, ...] = ("direct", "linear", "bell", "crisp", "indirect")
HALVES: tuple[Half, ...] = ("keep", "add0.001", "subtract0.001", "refuse")

ALMOST_NONE, ALMOST_FULL = 0.0001, 0.9999
HALF_STEP = 0.001
DEFAULT_IDM = 0.95


class CalibrationError(ValueError):
    """The anchors or the data cannot be calibrated as asked."""


@dataclass(frozen=True)
class Anchors:
    """Full non-membership, the point of maximum ambiguity, full membership; decreasing when exclusion is highest."""

    exclusion: float
    crossover: float
    inclusion: float

    def __post_init__(self) -> None:
        values = (self.exclusion, self.crossover, self.inclusion)
        rising = self.exclusion < self.crossover < self.inclusion
        if not rising and not self.exclusion > self.crossover > self.inclusion:
            shown = ", ".join(f"{value:g}" for value in values)
            raise CalibrationError(
                f"anchors exclusion, crossover, inclusion = {shown} must rise or fall strictly from one to the next"
            )


def log_odds_of(idm: float) -> float:
    """ln(idm / (1 - idm)), the log odds of the membership that the inclusion anchor stands for."""
    if not 0.5 < idm < 1:  # noqa: PLR2004
        raise CalibrationError(f"idm = {idm:g} must lie between 0.5 and 1")
    return math.log(idm / (1 - idm))


def direct(values: Floats, anchors: Anchors, log_odds: float) -> Floats:
    """Logistic calibration through three anchors (Ragin 2008: the direct method)."""
    falling = anchors.exclusion > anchors.inclusion
    low, high = sorted((anchors.exclusion, anchors.inclusion))
    distance = np.where(values < anchors.crossover, anchors.crossover - low, high - anchors.crossover)
    with np.errstate(over="ignore"):  # far out beside anchors close together: infinity, which gives a membership of 0
        membership = 1 / (1 + np.exp(-(values - anchors.crossover) * log_odds / distance))
    return _clip(1 - membership if falling else membership)


def linear(values: Floats, anchors: Anchors) -> Floats:
    """Straight lines from 0 at exclusion over 0.5 at the crossover to 1 at inclusion."""
    points = [anchors.exclusion, anchors.crossover, anchors.inclusion]
    memberships = [0.0, 0.5, 1.0]
    if points[0] > points[-1]:
        points, memberships = points[::-1], memberships[::-1]
    return _clip(np.interp(values, points, memberships))


def bell(values: Floats, anchors: Sequence[float]) -> Floats:
    """Membership that rises and falls again, or with the order reversed falls and rises, in straight lines.

    Args:
        values: Raw figures.
        anchors: exclusion 1, crossover 1, inclusion 1, inclusion 2, crossover 2, exclusion 2. Rising order gives
            a bell; inclusion 1, crossover 1, exclusion 1, exclusion 2, crossover 2, inclusion 2 in rising order, that
            is exclusion 1 above inclusion 1, gives a valley.
    """
    first_out, first_cross, first_in, last_in, last_cross, last_out = anchors
    is_bell = first_out < first_cross < first_in <= last_in < last_cross < last_out
    is_valley = first_in < first_cross < first_out <= last_out < last_cross < last_in
    if is_bell:
        points = [first_out, first_cross, first_in, last_in, last_cross, last_out]
        return _clip(np.interp(values, points, [0, 0.5, 1, 1, 0.5, 0]))
    if is_valley:
        points = [first_in, first_cross, first_out, last_out, last_cross, last_in]
        return _clip(np.interp(values, points, [1, 0.5, 0, 0, 0.5, 1]))
    shown = ", ".join(f"{value:g}" for value in anchors)
    raise CalibrationError(f"the six anchors {shown} are neither a bell (rising to the middle) nor a valley")


def crisp(values: Floats, thresholds: Sequence[float]) -> Floats:
    """The number of thresholds a value reaches: 0/1 with one threshold, multi-value with more."""
    ordered = sorted(thresholds)
    if len(set(ordered)) != len(ordered):
        raise CalibrationError("two thresholds are equal")
    outside = [limit for limit in ordered if limit < values.min() or limit > values.max()]
    if outside:
        raise CalibrationError(f"threshold {outside[0]:g} lies outside the data ({values.min():g} to {values.max():g})")
    return np.searchsorted(np.array(ordered), values, side="right").astype(np.float64)


def indirect(values: Floats, thresholds: Sequence[float]) -> Floats:
    """A fractional logit of coarse memberships on a fractional polynomial of the values (Ragin 2008: indirect method).

    The thresholds cut the values into groups with evenly spread memberships; the fit smooths them. As in R the
    polynomial is log x, sqrt x, x and x^2, and the result has six decimals.
    """
    if values.min() < 0:
        raise CalibrationError(f"the indirect method needs values of 0 or more; the lowest is {values.min():g}")
    ordered = sorted(thresholds)
    steps = np.round(np.linspace(0, 1, len(ordered) + 1), 3)
    coarse = steps[np.searchsorted(np.array(ordered), values, side="left")]
    x = np.where(values == 0, 0.00001, values)
    design = np.column_stack([np.ones_like(x), np.log(x), np.sqrt(x), x, x**2])
    return _clip(np.round(_fractional_logit(design, coarse), 6))


def _fractional_logit(design: Floats, y: Floats) -> Floats:
    """Fitted values of a quasi-binomial logit by iteratively reweighted least squares, stopped as R's `glm` stops."""
    scaled = design / np.abs(design).max(axis=0)
    mean = (y + 0.5) / 2
    linear_predictor = np.log(mean / (1 - mean))
    deviance = _deviance(y, mean)
    for _ in range(25):
        spread = mean * (1 - mean)
        working = linear_predictor + (y - mean) / spread
        root = np.sqrt(spread)
        coefficients, *_ = np.linalg.lstsq(scaled * root[:, None], working * root, rcond=1e-11)
        linear_predictor = scaled @ coefficients
        mean = 1 / (1 + np.exp(-linear_predictor))
        mean = np.clip(mean, np.finfo(float).eps, 1 - np.finfo(float).eps)
        previous, deviance = deviance, _deviance(y, mean)
        if abs(deviance - previous) / (abs(deviance) + 0.1) < 1e-8:  # noqa: PLR2004 - R's epsilon
            break
    return mean


def _deviance(y: Floats, mean: Floats) -> float:
    def part(a: Floats, b: Floats) -> Floats:
        return np.where(a > 0, a * np.log(np.where(a > 0, a, 1) / b), 0.0)

    return float(2 * (part(y, mean) + part(1 - y, 1 - mean)).sum())


def _clip(membership: Floats) -> Floats:
    """What is within a ten-thousandth of out or in is out or in, as in R."""
    result = np.where(membership < ALMOST_NONE, 0.0, membership)
    return np.where(result > ALMOST_FULL, 1.0, result)


def percentile_anchors(values: Floats, percentiles: Sequence[float]) -> list[float]:
    """Values at these percentiles of the data, by linear interpolation (R's type 7)."""
    return [float(value) for value in np.percentile(values, list(percentiles))]


def treat_half(values: Floats, choice: Half) -> Floats:
    """What becomes of memberships of exactly 0.5, which belong to no row of the truth table.

    Raises:
        CalibrationError: The choice is to refuse them and there is one.
    """
    halves = is_half(values)
    if choice == "refuse" and halves.any():
        raise CalibrationError('a membership of exactly 0.5 is refused by half = "refuse"')
    step = {"keep": 0.0, "add0.001": HALF_STEP, "subtract0.001": -HALF_STEP, "refuse": 0.0}[choice]
    return np.where(halves, values + step, values)
