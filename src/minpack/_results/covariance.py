"""The covariance of fitted parameters, and the one rule for whether it is defined."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

_Array = NDArray[np.float64]

_LEAST_VARIANCE = float(np.finfo(float).tiny)


def covariance(cov_x: _Array | None, fvec: _Array, n: int, *, absolute_sigma: bool) -> _Array:
    """Scale the inverse of J'J to the scatter of the residuals; all inf if any element is not finite.

    Parameters
    ----------
    cov_x : ndarray, shape (n, n), or None
        The inverse of J'J, J weighted; None if R has a zero on its diagonal.
    fvec : ndarray, shape (m,)
        Weighted residuals.
    n : int
        Number of fitted parameters.
    absolute_sigma : bool
        The weights are those of known errors: do not scale.
    """
    freedom = fvec.size - n
    if cov_x is not None and (absolute_sigma or freedom > 0):
        if not absolute_sigma:
            with np.errstate(over="ignore", invalid="ignore"):
                cov_x = cov_x * ((fvec**2).sum() / freedom)
        if np.isfinite(cov_x).all():
            return cov_x
    return np.full((n, n), np.inf)


def is_defined(covariance: _Array) -> bool:
    """Whether a covariance could be estimated: one element tells, as all are finite or none is."""
    return math.isfinite(covariance.item(0))


def without_underflow(covariance: _Array, fvec: _Array, *, absolute_sigma: bool) -> _Array:
    """All inf if a variance is below the normal numbers: no errors are better than errors of 0.

    Squares of numbers below 1e-154 or so are lost. Residuals that are all zero make the errors zero as well.
    """
    is_exact = not (absolute_sigma or fvec.any())
    if not is_exact and (np.diag(covariance) < _LEAST_VARIANCE).any():
        return np.full_like(covariance, np.inf)
    return covariance


def with_held(covariance: _Array, free: NDArray[np.bool_]) -> _Array:
    """The covariance of all parameters, with zeros for those held."""
    whole = np.zeros((free.size, free.size))
    whole[np.ix_(free, free)] = covariance
    return whole
