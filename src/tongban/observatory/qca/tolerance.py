"""The tolerance within which a figure meets its cut-off.

R's QCA compares with the square root of the machine epsilon, so that 0.8 computed as 0.79999999999 passes a cut
at 0.8. Every cut-off of this package is judged by these functions and by nothing else.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

TOLERANCE = float(np.finfo(np.float64).eps ** 0.5)
"""1.490116e-08, `.Machine$double.eps^0.5` in R."""


def meets(value: float, cut: float) -> bool:
    """Whether `value` is at least `cut`; not-a-number never is."""
    return bool(value >= cut - TOLERANCE)


def is_half(values: Floats) -> npt.NDArray[np.bool_]:
    """Where a membership is the point of maximum ambiguity, 0.5, within the tolerance."""
    return np.asarray(np.abs(values - 0.5) < TOLERANCE)
