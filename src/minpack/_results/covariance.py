"""The covariance of fitted parameters, mostly by the extension: if it cannot be estimated, all elements are inf."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .._linear import lower_of, orthogonal, product, products, solve_lower, solve_upper

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


def sandwich(jacobian: _Array, scores: _Array, curvature: _Array) -> _Array:
    """Covariance of an M-estimate, H^-1 (sum of psi^2 J'J) H^-1 m / (m - n) with H = sum of psi' J'J.

    By rows of the Jacobian; psi and psi' are the derivatives of each point's loss by its residual. All inf unless H is
    positive definite.

    Source: Huber, Robust Statistics (1981), section 6.3; White, Econometrica 48 (1980) 817. The factor is Hinkley's.
    """
    m, n = jacobian.shape
    undefined = np.full((n, n), np.inf)
    if m <= n or not np.isfinite(jacobian).all():
        return undefined
    with np.errstate(all="ignore"):
        q, r = orthogonal(jacobian)  # sums over products of rows of Q keep their digits
        lower = lower_of(products(q * curvature, q))
        if lower is None:
            return undefined
        rows = solve_upper(r, solve_upper(lower.T, solve_lower(lower, q * scores)))
        covariance = products(rows, rows) * (m / (m - n))
    return covariance if np.isfinite(covariance).all() else undefined


def held_by_bounds(
    x: _Array, jacobian: _Array, scores: _Array, around: tuple[_Array, _Array], *, converged: bool
) -> NDArray[np.int_]:
    """-1 or 1 for parameters that ended at their lower or upper bound, 0 for the others.

    A method that keeps off the bounds ends a little way from one. There the best step in that parameter on its own
    would lead out of the bounds, as it never does at a minimum within.
    """
    lower, upper = around
    ahead = x
    if converged:
        with np.errstate(all="ignore"):
            step = -np.add.reduce(jacobian.T * scores, axis=1) / np.sum(jacobian**2, axis=0)
        ahead = x + np.where(np.isfinite(step), step, 0.0)
    below, above = (x <= lower) | (ahead < lower), (x >= upper) | (ahead > upper)
    return above.astype(int) - (below & ~above)
