"""One bounded fit: the extension's loop, and the errors of fits that cannot be made."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._core import BoundedFit, spectral_covar
from .differences import Differentiated

__all__ = [
    "BAD_JACOBIAN", "BAD_RESIDUALS", "STOPPED", "BoundedFit", "End", "from_jacobian", "iterate", "solve_bounded"
]  # fmt: skip

_Array = NDArray[np.float64]

# SciPy's status of a fit that its callback stopped, and those of minpack.h that it raises instead.
STOPPED, BAD_RESIDUALS, BAD_BOUNDS, OUTSIDE, BAD_JACOBIAN = -2, -3, -6, -7, -8

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
