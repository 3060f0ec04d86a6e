"""The wild cluster bootstrap of one coefficient: for few clusters, with the null imposed.

Rows of a cluster share one random weight. The statistic is the t of the estimate with `fixest`'s clustered error; the
bootstrap distribution comes from the residuals of the model in which the hypothesis holds (WCR, Cameron, Gelbach &
Miller 2008). Only cluster sums are multiplied by weights, never rows (Roodman, MacKinnon, Nielsen & Webb 2019), and
effects are taken out of every cluster's share exactly, so that the result is the same as estimating each draw anew.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from tongban.observatory.errors import StudyError
from tongban.observatory.panel.absorb import Absorber, Floats, Groups
from tongban.observatory.panel.estimators import Fit

Weights = Literal["auto", "rademacher", "webb"]
WEIGHTS: tuple[Weights, ...] = ("auto", "rademacher", "webb")
WEBB = np.sqrt(np.array([1.5, 1.0, 0.5]))
"""Webb's six points: plus and minus these."""
FEW = 12
"""Up to here `auto` takes Webb's weights: 2^G signs are too few to tell p-values apart."""
WORK = 50_000_000
_STEPS = 60


@dataclass(frozen=True)
class Draws:
    """How draws are made."""

    replications: int = 9999
    seed: int = 1
    weights: Weights = "auto"


@dataclass(frozen=True)
class WildResult:
    """p-value and confidence interval of one coefficient."""

    p: float
    low: float
    high: float
    weights: str
    draws: int
    enumerated: bool
    """Whether the draws are all the signs there are, not a sample of them."""


def draw_weights(clusters: int, draws: Draws) -> tuple[Floats, str, bool]:
    """Weights, shape (draws, clusters). All 2^G signs where they are no more than the replications asked for."""
    kind = draws.weights if draws.weights != "auto" else "webb" if clusters <= FEW else "rademacher"
    generator = np.random.default_rng(draws.seed)
    if kind == "webb":
        points = np.concatenate([-WEBB, WEBB])
        return points[generator.integers(0, len(points), (draws.replications, clusters))], kind, False
    if 2**clusters <= draws.replications:
        bits = np.arange(2**clusters)[:, None] >> np.arange(clusters)[None, :]
        every: Floats = 1.0 - 2.0 * (bits & 1).astype(np.float64)
        return every, kind, True
    signs: Floats = 1.0 - 2.0 * generator.integers(0, 2, (draws.replications, clusters)).astype(np.float64)
    return signs, kind, False


class Bootstrap:
    """The bootstrap of one estimate."""

    def __init__(self, fit: Fit, clusters: Groups, takes: Absorber | None, draws: Draws, factor: float) -> None:
        """`takes` removes the fixed effects of the fit; `factor` is the small-sample factor of its clustered error.

        Raises:
            StudyError: Clusters and rows are so many that the bootstrap would take minutes.
        """
        if clusters.size * fit.nobs * (fit.k + 1) > WORK:
            raise StudyError(
                f"se = wild with {clusters.size} clusters and {fit.nobs} rows is too large; with so many clusters "
                "se = fixest is reliable"
            )
        self.fit, self.clusters, self.factor = fit, clusters, factor
        self.weights, self.kind, self.enumerated = draw_weights(clusters.size, draws)
        # For each coefficient's row of (X'X)^-1: what one row of data adds to that estimate.
        self.influence = fit.x @ fit.bread
        self.takes = takes

    def result(self, at: int, level: float) -> WildResult:
        """P of the hypothesis that coefficient `at` is zero, and the interval of hypotheses with p above 1 - level."""
        p_value = self._p_values(at)
        estimate = float(self.fit.beta[at])
        error = float(np.sqrt(self._variance(at)))
        alpha = 1 - level
        low = self._limit(p_value, estimate, -error, alpha)
        high = self._limit(p_value, estimate, error, alpha)
        return WildResult(p_value(0.0), low, high, self.kind, len(self.weights), self.enumerated)

    def _variance(self, at: int) -> float:
        own = self.clusters.sums(self.influence[:, at] * self.fit.residuals)
        return self.factor * float(own @ own)

    def _p_values(self, at: int) -> "_PValue":
        """The p-value as a function of the hypothesis; restricted residuals are linear in it, so sums are made once."""
        fit = self.fit
        others = [column for column in range(fit.k) if column != at]
        x, beta = fit.x[:, at], float(fit.beta[at])
        # Residuals of y - b0 x on the other columns: r + (beta - b0) · e, e being x less its projection.
        if others:
            rest = fit.x[:, others]
            e = x - rest @ np.linalg.lstsq(rest, x, rcond=None)[0]
        else:
            e = x
        parts = [self._sums(fit.residuals, at), self._sums(e, at)]
        return _PValue(parts, beta, self.factor, self._variance(at), self.weights, enumerated=self.enumerated)

    def _sums(self, residuals: Floats, at: int) -> tuple[Floats, Floats]:
        """What weights do to the estimate and to the scores, for residuals r.

        Each cluster's part of the bootstrap estimate (clusters), and how its weight enters the score of every cluster
        (clusters, clusters).
        """
        fit, clusters = self.fit, self.clusters
        estimate = clusters.sums(self.influence[:, at] * residuals)
        pushed = np.empty((clusters.size, fit.k))
        for column in range(fit.k):
            pushed[:, column] = clusters.sums(self.influence[:, column] * residuals)
        # Score of cluster g under weight h alone: a_g' (M v_h - X (X'X)^-1 X' v_h), a_g the influence in g.
        scores = np.empty((clusters.size, clusters.size))
        own = self.influence[:, at]
        projected = np.column_stack([clusters.sums(own * fit.x[:, column]) for column in range(fit.k)])
        if self.takes is None:
            scores[:] = np.diag(clusters.sums(own * residuals))
        else:
            for h in range(clusters.size):
                alone = np.where(clusters.codes == h, residuals, 0.0)
                scores[:, h] = clusters.sums(own * self.takes.residual(alone))
        return estimate, scores - projected @ pushed.T

    @staticmethod
    def _limit(p_value: "_PValue", estimate: float, step: float, alpha: float) -> float:
        """Where p falls to alpha on one side of the estimate, by bisection."""
        if step == 0:
            return estimate
        near, far = estimate, estimate + 2 * step
        for _ in range(_STEPS):
            if p_value(far) < alpha:
                break
            near, far = far, estimate + 2 * (far - estimate)
        else:
            return float("-inf") if step < 0 else float("inf")
        for _ in range(_STEPS):
            middle = (near + far) / 2
            if middle in (near, far):
                break
            near, far = (middle, far) if p_value(middle) >= alpha else (near, middle)
        return (near + far) / 2


class _PValue:
    """The share of draws whose |t| is at least that of the estimate, for a hypothesis b0."""

    def __init__(
        self,
        parts: list[tuple[Floats, Floats]],
        beta: float,
        factor: float,
        variance: float,
        weights: Floats,
        *,
        enumerated: bool,
    ) -> None:
        self.beta, self.factor, self.variance = beta, factor, variance
        # Draws at random: the estimate counts as one of them, so that p is never zero (Davison & Hinkley 1997, 4.2).
        self.extra = 0 if enumerated else 1
        (first, first_scores), (second, second_scores) = parts
        self.numerators = weights @ first, weights @ second
        scores = weights @ first_scores.T, weights @ second_scores.T
        # |s0 + d s1|² = s0·s0 + 2 d s0·s1 + d² s1·s1 for every draw
        self.quadratic = (
            np.einsum("ij,ij->i", scores[0], scores[0]),
            2 * np.einsum("ij,ij->i", scores[0], scores[1]),
            np.einsum("ij,ij->i", scores[1], scores[1]),
        )

    def __call__(self, null: float) -> float:
        away = self.beta - null
        observed = abs(away) / np.sqrt(self.variance) if self.variance > 0 else np.inf
        numerator = np.abs(self.numerators[0] + away * self.numerators[1])
        variance = self.factor * (self.quadratic[0] + away * self.quadratic[1] + away**2 * self.quadratic[2])
        t = numerator / np.sqrt(np.maximum(variance, 1e-300))
        # A draw of equal signs gives the estimate itself; rounding must not decide whether it counts.
        hits = int(np.count_nonzero(t >= observed * (1 - 1e-9)))
        return (hits + self.extra) / (len(t) + self.extra)
