"""Residuals for counts: signed roots of the deviance of Poisson's distribution, and their derivatives."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_Array = NDArray[np.float64]

# Closer than these shares to the data, deviance and slope are differences of nearly equal numbers: series are better.
_NEAR, _NEAR_FOR_SLOPES = 1e-2, 1e-4


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
        whole = 2.0 * (expected - counts + counts * np.log(counts / expected))
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
        near = -(1.0 - d * (2 / 3) + d**2 * (7 / 12) - d**3 * (73 / 135)) / np.sqrt(counts)
        return np.where((np.abs(d) < _NEAR_FOR_SLOPES) & (counts > 0.0), near, far)
