"""Residuals for counts: signed roots of the deviance of Poisson's distribution, and their derivatives.

Each is there for arrays and, with the same bits, for numbers in code that numba compiles.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from .._core import ufuncs

_Array = NDArray[np.float64]

_log: np.ufunc = ufuncs["log"]  # whose bits do not depend on where a number stands

# Closer than these shares to the data, deviance and slope are differences of nearly equal numbers: series are better.
_NEAR, _NEAR_FOR_SLOPES = 1e-2, 1e-4

LEAST_SHARE = 1e-10  # of the mean count: points of which less is expected have the weight of this
# Residuals of counts do not become small, so that steps shrink slowly: fits with wider tolerances end on the way.
TOLERANCE = 1e-12


def deviance_residuals(expected: _Array, counts: _Array) -> _Array:
    """Signed roots of twice (expected - counts + counts log(counts / expected)), positive if there are more counts.

    NaN if a negative number is expected, infinite if none is and there are some. Near the data, with d the relative
    distance, twice the bracket is counts d^2 (1 - 2 d / 3 + d^2 / 2 - 2 d^3 / 5 + ...).
    """
    expected, counts = np.broadcast_arrays(expected, counts)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        d = (expected - counts) / counts
        further = 1 / 3 + d * (-2 / 7 + d * (1 / 4 - d * (2 / 9)))
        series = 1.0 + d * (-2 / 3 + d * (1 / 2 + d * (-2 / 5 + d * further)))
        near = -np.sqrt(counts) * d * np.sqrt(series)
        whole = 2.0 * (expected - counts + counts * _log(counts / expected))
        far = np.sign(counts - expected) * np.sqrt(np.maximum(whole, 0.0))
        found = np.where(np.abs(d) < _NEAR, near, far)
        empty = np.where(expected >= 0.0, -np.sqrt(2.0 * expected), np.nan)
    found = np.where(counts == 0.0, empty, found)
    return np.where((expected < 0.0) | np.isnan(expected), np.nan, found)


def slopes(expected: _Array, counts: _Array) -> _Array:
    """Derivatives of the residuals by what is expected: (1 - counts / expected) / residual, -1 / root(counts) at 0."""
    expected, counts = np.broadcast_arrays(expected, counts)
    residuals = deviance_residuals(expected, counts)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        d = (expected - counts) / counts
        far = (1.0 - counts / expected) / residuals
        # the derivative of -d + d^2 / 3 - 7 d^3 / 36 + 73 d^4 / 540
        near = -(1.0 - d * (2 / 3 - d * (7 / 12 - d * (73 / 135)))) / np.sqrt(counts)
        return np.where((np.abs(d) < _NEAR_FOR_SLOPES) & (counts > 0.0), near, far)


def residual_of_model(expected: float, count: float) -> float:
    """What `deviance_residuals` gives for numbers, with the other sign."""
    if not expected >= 0.0:
        return math.nan
    if count == 0.0:
        return math.sqrt(2.0 * expected)
    d = (expected - count) / count
    if abs(d) < _NEAR:
        further = 1 / 3 + d * (-2 / 7 + d * (1 / 4 - d * (2 / 9)))
        series = 1.0 + d * (-2 / 3 + d * (1 / 2 + d * (-2 / 5 + d * further)))
        return math.sqrt(count) * d * math.sqrt(series)
    whole = 2.0 * (expected - count + count * _log(count / expected))
    if whole < 0.0:
        whole = 0.0
    root = math.sqrt(whole)
    return -root if count > expected else root


def slope_of_model(expected: float, count: float) -> float:
    """What `slopes` gives for numbers, with the other sign."""
    d = (expected - count) / count
    if count > 0.0 and abs(d) < _NEAR_FOR_SLOPES:
        return (1.0 - d * (2 / 3 - d * (7 / 12 - d * (73 / 135)))) / math.sqrt(count)
    return (1.0 - count / expected) / residual_of_model(expected, count)


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
