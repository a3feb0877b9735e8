"""One bounded fit: the extension's loop, and the errors of fits that cannot be made."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._core import BoundedFit as BoundedFit
from .._core import spectral_covar
from .._results.codes import JACOBIAN_NOT_FINITE, NOT_FINITE_AT_START, STOPPED_BY_CALLBACK
from .._results.ending import FAR, NO_CHANGE
from .differences import Differentiated
from .minimum import gauss_newton
from .single import factorize

_Array = NDArray[np.float64]

# A step of interest is left if a column of the Jacobian explains more than this part of the cost, and the step changes
# a parameter by more than this part; by more than the last one, which takes as much of the cost away, if m is n: then
# there are no errors of the parameters.
_EXPLAINED, _SMALL, _HALF = 1e-6, 1e-3, 0.5
_EPS = float(np.finfo(np.float64).eps)

# A parameter is described if less than this of its unit vector is outside of the directions that count.
_SHARE = 1e-8


def solve_bounded(
    fit: BoundedFit,
    problem: Differentiated,
    loss: Callable[[_Array], ArrayLike] | None,
    tell: Callable[[BoundedFit, float], bool] | None,
) -> None:
    """Run a fit to its end, with SciPy's errors for fits that cannot be made."""
    problem.run(fit, loss, tell)
    if fit.status < STOPPED_BY_CALLBACK:
        _raise_impossible(fit)


def from_jacobian(jacobian: _Array) -> tuple[_Array | None, NDArray[np.bool_]]:
    """Inverse(J'J) and which parameters it does not wholly describe, by SciPy's rule for bounded fits.

    Singular values that count as 0 are left out: a parameter without influence gets variance 0. None if the Jacobian is
    not finite.
    """
    found = spectral_covar(jacobian)
    if found is None:
        return None, np.zeros(jacobian.shape[1], dtype=bool)
    covariance, share = found
    return covariance, 1.0 - share > _SHARE


def step_left(fit: BoundedFit, lower: _Array, upper: _Array) -> tuple[int, float] | None:
    """The parameter that the step which is still left to a minimum changes most, and by how much, relative to it.

    None if the fit did not converge, or the step is small beside the errors of the parameters, leads beyond a bound, or
    is not determined.
    """
    if fit.status <= 0 or not fit.explained > _EXPLAINED:  # mostly
        return None
    x, f, jacobian = fit.x, fit.fun, fit.jac
    m, n = jacobian.shape
    if m < n:
        return None
    factor = factorize(f, jacobian, scale=False)
    step = gauss_newton(factor)
    beyond = x - step
    if not ((lower < beyond) & (beyond < upper)).all():
        return None
    r = factor.fjac.T[:n]
    with np.errstate(all="ignore"):
        norms = np.linalg.norm(np.triu(r), axis=0)
        changed, whole = float(factor.qtf @ factor.qtf), float(f @ f)
        far = changed > FAR**2 * (whole - changed) / (m - n) if m > n else changed > _HALF * whole
        relative = np.abs(step / np.where(x == 0.0, 1.0, x))
    far = far and changed > NO_CHANGE**2 * 2.0 * fit.initial_cost
    if not (far and (np.abs(r.diagonal()) > m * _EPS * norms).all() and np.isfinite(relative).all()):
        return None
    j = int(np.argmax(relative))
    small = _SMALL if m > n else _HALF
    return (j, float(relative[j])) if relative[j] > small else None


def _raise_impossible(fit: BoundedFit) -> None:
    if fit.status == NOT_FINITE_AT_START:
        raise ValueError("Residuals are not finite in the initial point.")
    if fit.status == JACOBIAN_NOT_FINITE:
        jacobian, point = fit.jac, f"at x = {fit.x.tolist()}"
        bad = np.argwhere(~np.isfinite(jacobian))
        found = f"the Jacobian is too large {point}"
        if len(bad):
            row, column = bad[0].tolist()
            found = f"the Jacobian has {jacobian[row, column]} in row {row}, column {column}, {point}"
        if fit.method == "dogbox":  # SciPy's kinds of errors, and its words; a LinAlgError is a ValueError
            raise np.linalg.LinAlgError(f"SVD did not converge in Linear Least Squares: {found}")
        raise ValueError(f"array must not contain infs or NaNs: {found}")
