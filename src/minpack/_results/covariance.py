"""The covariance of fitted parameters. The extension computes it: if it cannot be estimated, all elements are inf."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .._linear import product

_Array = NDArray[np.float64]

_LEAST_VARIANCE = float(np.finfo(float).tiny)


def is_defined(covariance: _Array) -> bool:
    """Whether a covariance could be estimated, or any other numbers are finite."""
    return bool(np.count_nonzero(np.isfinite(covariance)) == covariance.size)  # quicker than all()


def without_underflow(covariance: _Array, fvec: _Array, *, absolute_sigma: bool) -> _Array:
    """All inf if a variance is below the normal numbers: no errors are better than errors of 0.

    Squares of numbers below 1e-154 or so are lost. Residuals that are all zero make the errors zero as well.
    """
    is_small = any([variance < _LEAST_VARIANCE for variance in covariance.diagonal().tolist()])
    if is_small and (absolute_sigma or fvec.any()):
        return np.full_like(covariance, np.inf)
    return covariance


def with_held(covariance: _Array, free: NDArray[np.bool_]) -> _Array:
    """Give the covariance of all parameters, with zeros for those held."""
    whole = np.zeros((free.size, free.size))
    whole[np.ix_(free, free)] = covariance
    return whole


def with_tied(covariance: _Array, rows: list[int], slopes: _Array) -> _Array:
    """Propagate the covariance of all parameters to those in `rows`, whose derivatives by all are `slopes`."""
    if not is_defined(covariance):
        whole = covariance.copy()
        whole[rows] = whole[:, rows] = np.inf
        return whole
    jacobian = np.eye(len(covariance))
    jacobian[rows] = slopes
    whole = product(product(jacobian, covariance), jacobian.T)
    return whole if is_defined(whole) else np.full_like(whole, np.inf)
