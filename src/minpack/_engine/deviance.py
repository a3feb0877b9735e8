"""Residuals for counts: signed roots of the deviance of Poisson's distribution, and their derivatives.

Each is there for arrays and, with the same bits, for numbers in code that numba compiles.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from .._core import ufuncs

_Array = NDArray[np.float64]

LEAST_SHARE = 1e-10  # of the mean count: points of which less is expected have the weight of this
# Residuals of counts do not become small, so that steps shrink slowly: fits with wider tolerances end on the way.
TOLERANCE = 1e-12

# residuals (expected, counts), positive if more is expected: NaN if that is negative, infinite if it is 0 and some came
deviance_root: np.ufunc = ufuncs["deviance_root"]
deviance_slope: np.ufunc = ufuncs["deviance_slope"]  # their derivative by what is expected


def residual_of_model(expected: float, count: float) -> float:
    """The residual of numbers."""
    return deviance_root(expected, count)  # type: ignore[no-any-return]


def slope_of_model(expected: float, count: float) -> float:
    """Its derivative."""
    return deviance_slope(expected, count)  # type: ignore[no-any-return]


def root_of_model(expected: float, least: float) -> float:
    """Twice the root of what is expected, whose slope is one over the standard deviation; straight below `least`."""
    if expected >= least:
        return 2.0 * math.sqrt(expected)
    return (expected + least) / math.sqrt(least)


def root_slope_of_model(expected: float, least: float) -> float:
    """The derivative of `root_of_model`."""
    return 1.0 / math.sqrt(expected if expected >= least else least)


def roots(expected: _Array, least: _Array) -> _Array:
    """What `root_of_model` gives for each element."""
    return np.asarray(np.where(expected >= least, 2.0 * np.sqrt(np.maximum(expected, least)),
                               (expected + least) / np.sqrt(least)))  # fmt: skip


def root_slopes(expected: _Array, least: _Array) -> _Array:
    """What `root_slope_of_model` gives for each element."""
    return np.asarray(1.0 / np.sqrt(np.maximum(expected, least)))
