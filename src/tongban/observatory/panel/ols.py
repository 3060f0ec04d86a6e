"""Least squares on columns that had their effects taken out, with what cannot be estimated named."""

from dataclasses import dataclass

import numpy as np

from tongban.observatory.panel.absorb import Floats

COLLINEAR = 1e-9
"""A column whose remaining share of variance is below this, given the columns before it, is dropped (as in fixest)."""
ABSORBED = 1e-9
"""A column whose spread after the effects are gone is below this share of its size is absorbed by them."""
LEVEL = 1e-10
"""A column whose spread about the constant is below this share of its size is the constant over again."""
_QR_ROWS = 200_000


@dataclass(frozen=True)
class Solved:
    """Coefficients of the kept columns."""

    kept: tuple[int, ...]
    absorbed: tuple[int, ...]
    collinear: tuple[int, ...]
    beta: Floats
    bread: Floats
    """(X'X)^-1, shape (kept, kept)."""
    residuals: Floats


def solve_with_constant(y: Floats, x: Floats, sizes: Floats) -> Solved:
    """`solve` where the first column of x is the constant, or what a transformation left of it.

    The constant is taken out of the other columns first (Frisch & Waugh), so that a column far from zero that varies
    little is not mistaken for it; columns that do not vary are absorbed.
    """
    constant = x[:, 0]
    square = float(constant @ constant)
    if square <= (ABSORBED * sizes[0]) ** 2 * len(y):
        return solve(y, x, sizes)
    rest = x[:, 1:].copy(order="F")
    before = np.sqrt(np.einsum("ij,ij->j", rest, rest))
    level, slopes = 0.0, np.zeros(rest.shape[1])
    left = y.copy()
    for _ in range(2):  # the second pass takes what rounding left
        more, share = float(constant @ left) / square, constant @ rest / square
        level, slopes = level + more, slopes + share
        left -= more * constant
        for at in range(rest.shape[1]):
            rest[:, at] -= share[at] * constant
    rest[:, np.sqrt(np.einsum("ij,ij->j", rest, rest)) <= LEVEL * before] = 0.0
    found = solve(left, rest, sizes[1:])
    own = slopes[list(found.kept)]
    across = -(own @ found.bread)
    bread = np.empty((len(own) + 1, len(own) + 1))
    bread[0, 0], bread[0, 1:], bread[1:, 0], bread[1:, 1:] = 1 / square - across @ own, across, across, found.bread
    return Solved(
        kept=(0, *(at + 1 for at in found.kept)),
        absorbed=tuple(at + 1 for at in found.absorbed),
        collinear=tuple(at + 1 for at in found.collinear),
        beta=np.concatenate([[level - own @ found.beta], found.beta]),
        bread=bread,
        residuals=found.residuals,
    )


def solve(y: Floats, x: Floats, sizes: Floats) -> Solved:
    """Least squares of y on the columns of x, shape (rows, columns).

    Columns without spread are absorbed, columns that depend on those before them collinear; both are left out.
    `sizes` is the largest absolute value of each column before anything was taken out of it.
    """
    rows = len(y)
    squares = np.einsum("ij,ij->j", x, x)
    spread = np.sqrt(squares / max(rows, 1))
    absorbed = tuple(int(at) for at in np.flatnonzero(spread <= ABSORBED * sizes))
    candidates = [at for at in range(x.shape[1]) if at not in absorbed]
    scaled = x[:, candidates] / spread[candidates]
    kept_here, collinear_here = _independent(scaled.T @ scaled)
    if len(kept_here) < len(candidates):
        scaled = scaled[:, kept_here]
    kept = tuple(candidates[at] for at in kept_here)
    collinear = tuple(candidates[at] for at in collinear_here)
    if not kept:
        return Solved((), absorbed, collinear, np.zeros(0), np.zeros((0, 0)), y.copy())
    # Orthogonalisation keeps digits that the cross product loses; for very many rows the product is exact enough
    # with one step of refinement, and needs no copy of the data.
    triangle = np.linalg.qr(scaled, mode="r") if rows <= _QR_ROWS else np.linalg.cholesky(scaled.T @ scaled).T
    inverse = np.linalg.inv(triangle)
    bread = inverse @ inverse.T
    beta = bread @ (scaled.T @ y)
    residuals = y - scaled @ beta
    change = bread @ (scaled.T @ residuals)
    beta += change
    residuals -= scaled @ change
    unit = spread[list(kept)]
    return Solved(kept, absorbed, collinear, beta / unit, bread / np.outer(unit, unit), residuals)


def _independent(gram: Floats) -> tuple[list[int], list[int]]:
    """Columns in order, each kept when enough of it is left after those kept before (Cholesky by hand)."""
    left = gram.copy()
    kept, dropped = [], []
    for at in range(len(gram)):
        if left[at, at] <= COLLINEAR * gram[at, at]:
            dropped.append(at)
            continue
        kept.append(at)
        column = left[:, at] / np.sqrt(left[at, at])
        left = left - np.outer(column, column)
    return kept, dropped
