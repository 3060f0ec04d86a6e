"""The size of the smallest cover of a chart, with proof.

The linear relaxation (HiGHS) bounds it from below, a local search from above. Where the two do not meet, any
smaller cover could only use classes whose reduced cost fits under it, and HiGHS' branch and bound decides on those.
"""

import math
import time
from dataclasses import dataclass

import highspy
import numpy as np
import numpy.typing as npt

from tongban.observatory.qca.tolerance import Floats

Chart = npt.NDArray[np.bool_]
"""Shape (primes, rows): which prime, or class of primes, covers which positive row."""

EPS = 1e-6
SEARCH_STEPS = 2000


@dataclass(frozen=True)
class Relaxation:
    """The linear relaxation: its value, its solution, and what covering each row is worth (dual prices)."""

    value: float
    solution: Floats
    prices: Floats

    @property
    def bound(self) -> int:
        """No cover has fewer classes."""
        return math.ceil(self.value - EPS)


@dataclass(frozen=True)
class Minimum:
    """The best cover found and the proven lower bound; equal sizes are the proof that it is a minimum."""

    cover: list[int]
    bound: int


def relax(classes: Chart) -> Relaxation:
    solver = _solver(classes, integral=False)
    solver.run()
    solution = solver.getSolution()
    return Relaxation(
        value=float(solver.getInfo().objective_function_value),
        solution=np.array(solution.col_value),
        prices=np.maximum(np.array(solution.row_dual), 0.0),
    )


def could_meet(classes: Chart, relaxation: Relaxation, size: int) -> npt.NDArray[np.bool_]:
    """The classes whose reduced cost (1 less the prices of their rows) allows them in a cover of this size."""
    prices = relaxation.prices
    return np.asarray(prices.sum() + 1 - classes @ prices <= size + EPS)


def minimum_cover(classes: Chart, relaxation: Relaxation, deadline: float | None) -> Minimum:
    """A smallest cover, or the best one found by the deadline."""
    whole = relaxation.solution > 1 - EPS
    if (whole | (relaxation.solution < EPS)).all():
        cover = np.flatnonzero(whole).tolist()
        return Minimum(cover, len(cover))
    found = _local_search(classes, relaxation.bound, deadline)
    if len(found) == relaxation.bound:
        return Minimum(found, len(found))
    near = np.flatnonzero(could_meet(classes, relaxation, len(found) - 1))
    if not classes[near].any(axis=0).all():
        return Minimum(found, len(found))
    near = near[undominated(classes[near])]
    better = _branch_and_bound(classes[near], len(found) - 1, deadline)
    bound = max(relaxation.bound, min(better.bound, len(found)))
    return Minimum(near[better.cover].tolist() if better.cover else found, bound)


def undominated(classes: Chart) -> npt.NDArray[np.int64]:
    """Classes whose rows are no proper part of another's: enough to find the minimum, not to list all models."""
    rarity = classes.sum(axis=0)
    rarest = np.where(classes, rarity, len(classes) + 1).argmin(axis=1)
    packed = np.packbits(classes, axis=1)
    keep = np.ones(len(classes), dtype=np.bool_)
    for row in range(classes.shape[1]):
        rivals = packed[classes[:, row]]
        for at in np.flatnonzero(rarest == row):
            inside = ~(packed[at] & ~rivals).any(axis=1)
            keep[at] = int(inside.sum()) == 1  # itself
    return np.flatnonzero(keep)


def _local_search(classes: Chart, target: int, deadline: float | None) -> list[int]:
    """A small cover, by exchange with row weights (Gao, Weise & Li 2015, "RWLS"); stops at `target`.

    Deterministic: the generator is seeded and the number of steps fixed.
    """
    near = undominated(classes)
    chart = classes[near]
    weighted = chart.astype(np.float64)
    of_row = [np.flatnonzero(chart[:, row]) for row in range(chart.shape[1])]
    inside = np.zeros(len(chart), dtype=np.bool_)
    inside[_greedy(chart)] = True
    times = chart[inside].sum(axis=0)
    weights = np.ones(chart.shape[1])
    moved = np.zeros(len(chart), dtype=np.int64)
    generator = np.random.default_rng(0)
    best = np.flatnonzero(inside)
    newest = -1

    def drop(step: int) -> int:
        chosen = np.flatnonzero(inside)
        chosen = chosen[chosen != newest] if len(chosen) > 1 else chosen
        loss = weighted[chosen] @ (weights * (times == 1))
        at = int(chosen[np.lexsort((moved[chosen], loss))[0]])
        inside[at] = False
        times[chart[at]] -= 1
        moved[at] = step
        return at

    for step in range(1, SEARCH_STEPS):
        while times.all():
            best = np.flatnonzero(inside)
            if len(best) <= target:
                return [int(at) for at in near[best]]
            drop(step)
        if deadline is not None and time.monotonic() > deadline:
            break
        out = drop(step) if inside.any() else -1
        row = generator.choice(np.flatnonzero(times == 0))
        candidates = of_row[row][of_row[row] != out] if len(of_row[row]) > 1 else of_row[row]
        gain = weighted[candidates] @ (weights * (times == 0))
        newest = int(candidates[np.lexsort((moved[candidates], -gain))[0]])
        inside[newest] = True
        times[chart[newest]] += 1
        moved[newest] = step
        weights[times == 0] += 1
    return [int(at) for at in near[best]]


def _greedy(classes: Chart) -> list[int]:
    """Some cover: again and again the class that covers most of what is left."""
    left = np.ones(classes.shape[1], dtype=np.bool_)
    cover = []
    while left.any():
        best = int((classes & left).sum(axis=1).argmax())
        cover.append(best)
        left &= ~classes[best]
    return cover


def _branch_and_bound(classes: Chart, most: int, deadline: float | None) -> Minimum:
    """A smallest cover of at most `most` classes; an empty one, and the bound, when there is or was found none.

    Saying "at most" as a row of the problem makes HiGHS prove that there is none several times faster.
    """
    solver = _solver(classes, integral=True)
    everything = np.arange(len(classes), dtype=np.int32)
    solver.addRow(-highspy.kHighsInf, float(most), len(classes), everything, np.ones(len(classes)))
    if deadline is not None:
        solver.setOptionValue("time_limit", max(0.01, deadline - time.monotonic()))
    solver.run()
    if solver.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
        return Minimum([], most + 1)
    dual = solver.getInfo().mip_dual_bound
    cover = np.flatnonzero(np.array(solver.getSolution().col_value) > 0.5).tolist()  # noqa: PLR2004
    complete = bool(cover) and bool(classes[cover].any(axis=0).all())
    return Minimum(cover if complete else [], math.ceil(dual - EPS) if math.isfinite(dual) else 1)


def _solver(classes: Chart, *, integral: bool) -> highspy.Highs:
    """The covering problem: choose the fewest classes such that every row is in one."""
    count, rows = classes.shape
    problem = highspy.HighsLp()
    problem.num_col_, problem.num_row_ = count, rows
    problem.col_cost_ = np.ones(count)
    problem.col_lower_ = np.zeros(count)
    problem.col_upper_ = np.ones(count) if integral else np.full(count, highspy.kHighsInf)
    problem.row_lower_ = np.ones(rows)
    problem.row_upper_ = np.full(rows, highspy.kHighsInf)
    problem.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    problem.a_matrix_.start_ = np.concatenate([[0], np.cumsum(classes.sum(axis=1))]).astype(np.int32)
    problem.a_matrix_.index_ = np.nonzero(classes)[1].astype(np.int32)
    problem.a_matrix_.value_ = np.ones(int(classes.sum()))
    if integral:
        problem.integrality_ = [highspy.HighsVarType.kInteger] * count
    solver = highspy.Highs()  # type: ignore[no-untyped-call]  # highspy leaves it untyped
    solver.silent()
    solver.setOptionValue("threads", 1)  # studies run side by side; one answer whatever the machine
    solver.setOptionValue("random_seed", 0)
    if integral:
        solver.setOptionValue("mip_rel_gap", 0.0)
        solver.setOptionValue("mip_abs_gap", 0.999)  # sizes are whole numbers
        # Measured on charts of random tables with twelve conditions: twice as fast so.
        solver.setOptionValue("mip_heuristic_effort", 0.2)
        solver.setOptionValue("mip_detect_symmetry", False)
        solver.setOptionValue("mip_allow_restart", False)
    solver.passModel(problem)
    return solver
