"""One bounded fit: the extension's loop, and the errors of fits that cannot be made."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._core import BoundedFit, spectral_covar
from .._results.ending import FAR, NO_CHANGE
from .differences import Differentiated
from .minimum import gauss_newton
from .single import factorize

__all__ = [
    "BAD_JACOBIAN", "BAD_RESIDUALS", "STOPPED", "BoundedFit", "End", "from_jacobian", "iterate", "solve_bounded",
    "step_left",
]  # fmt: skip

_Array = NDArray[np.float64]

# SciPy's status of a fit that its callback stopped, and those of minpack.h that it raises instead.
STOPPED, BAD_RESIDUALS, BAD_BOUNDS, OUTSIDE, BAD_JACOBIAN = -2, -3, -6, -7, -8

# A step of interest is left if a column of the Jacobian explains more than this part of the cost, and the step changes
# a parameter by more than this part; by more than the last one, which takes as much of the cost away, if m is n: then
# there are no errors of the parameters.
_EXPLAINED, _SMALL, _HALF = 1e-6, 1e-3, 0.5
_EPS = float(np.finfo(np.float64).eps)

# A parameter is described if less than this of its unit vector is outside of the directions that count.
_SHARE = 1e-8


class End(NamedTuple):
    """How a fit ended, and the first-order optimality that was last tested."""

    status: int
    optimality: float


def solve_bounded(
    fit: BoundedFit,
    problem: Differentiated,
    loss: Callable[[_Array], ArrayLike] | None = None,
    tell: Callable[[BoundedFit, float], bool] | None = None,
) -> End:
    """As `iterate`, with SciPy's errors for fits that cannot be made."""
    end = iterate(fit, problem, loss, tell)
    if end.status < STOPPED:
        _raise_impossible(fit)
    return end


def iterate(
    fit: BoundedFit,
    problem: Differentiated,
    loss: Callable[[_Array], ArrayLike] | None = None,
    tell: Callable[[BoundedFit, float], bool] | None = None,
) -> End:
    """Fit until it ends, or `tell` returns True.

    At the start and after each iteration it gets the fit and the length of the last step: that of the fit may be the
    one of the next step already.
    """
    return End(*problem.run(fit, None if loss is None else partial(_values_of, loss), tell))


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
    if fit.status == BAD_RESIDUALS:
        raise ValueError("Residuals are not finite in the initial point.")
    if fit.status == BAD_JACOBIAN:
        jacobian, point = fit.jac, f"at x = {fit.x.tolist()}"
        bad = np.argwhere(~np.isfinite(jacobian))
        found = f"the Jacobian is too large {point}"
        if len(bad):
            row, column = bad[0].tolist()
            found = f"the Jacobian has {jacobian[row, column]} in row {row}, column {column}, {point}"
        if fit.method == "dogbox":  # SciPy's kinds of errors, and its words; a LinAlgError is a ValueError
            raise np.linalg.LinAlgError(f"SVD did not converge in Linear Least Squares: {found}")
        raise ValueError(f"array must not contain infs or NaNs: {found}")


def _values_of(loss: Callable[[_Array], ArrayLike], z: _Array) -> _Array:
    """The loss and its first two derivatives, (3, m)."""
    size = z.size
    rho = np.asarray(loss(z))
    if rho.shape != (3, size):
        raise ValueError(
            f"The return value of `loss` callable has wrong shape. It must be (3, {size}); got {rho.shape}."
        )
    if rho.dtype.kind not in "biuf":
        raise TypeError(f"loss must return real numbers; it returned dtype {rho.dtype}")
    return rho
