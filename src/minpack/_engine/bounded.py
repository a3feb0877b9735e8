"""One bounded fit: the extension's loop, and the errors of fits that cannot be made."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _core
from .._core import Settings
from .._results.codes import JACOBIAN_NOT_FINITE, LEAST_SQUARES_MESSAGES, NOT_FINITE_AT_START
from .._results.ending import FAR, NO_CHANGE
from .curve import WeightedCurve
from .differences import Differentiated, values_of
from .minimum import terms_of
from .single import factorize

_Array = NDArray[np.float64]

# A step of interest is left if a column of the Jacobian explains more than this part of the cost, and the step changes
# a parameter by more than this part; by more than the last one, which takes as much of the cost away, if m is n: then
# there are no errors of the parameters.
_EXPLAINED, _SMALL, _HALF = 1e-6, 1e-3, 0.5
# Less than this part of a step fits in at a minimum on a bound.
_PART = 1e-3
# Residuals below this part of the data, or of the terms of the model, are rounding: no step is left of exact data.
_ROUNDING = 100.0 * float(np.finfo(np.float64).eps)

# A parameter is described if less than this of its unit vector is outside of the directions that count.
_SHARE = 1e-8


class Ended(NamedTuple):
    """What became of a fit, as the extension says it."""

    x: _Array
    fun: _Array  # the residuals
    jac: _Array  # the Jacobian, corrected for the loss
    derivatives: _Array  # and as it was evaluated
    grad: _Array
    active_mask: NDArray[np.int32]
    status: int
    nfev: int
    njev: int
    calls: int  # of the function
    cost: float
    initial_cost: float
    optimality: float
    explained: float  # the largest part of the cost that a column of the Jacobian explains; 0 if that vanished
    misled: bool  # whether differences differ from what short steps showed

    @property
    def message(self) -> str:
        return LEAST_SQUARES_MESSAGES[self.status]


Loss = str | Callable[[_Array], ArrayLike]


def settings_of(*, loss: Loss, max_nfev: int, **others: Any) -> Settings:
    """Settings of a method that knows bounds; `others` have their names there."""
    return Settings(maxfev=max_nfev, loss="callable" if callable(loss) else loss, **others)


def solve_bounded(
    problem: Differentiated, x0: _Array, settings: Settings, loss: Loss, tell: Callable[..., bool] | None
) -> Ended:
    """Make a fit of residuals.

    ``tell(x, residuals, nit, nfev, calls, cost, reduction, optimality, step_norm)`` is called at the start and after
    each iteration; True ends the fit.
    """
    return Ended._make(_core.solve_bounded(
        x0, *problem.bounds, problem.diff_step, problem.typical, settings,
        partial(values_of, loss) if callable(loss) else None, tell, **problem.functions(),
    ))  # fmt: skip


def from_jacobian(jacobian: _Array) -> tuple[_Array | None, list[bool]]:
    """Inverse(J'J) and which parameters it does not wholly describe, by SciPy's rule for bounded fits.

    Singular values that count as 0 are left out: a parameter without influence gets variance 0. None if the Jacobian is
    not finite.
    """
    found = _core.spectral_covar(jacobian)
    if found is None:
        return None, []
    covariance, share = found
    return covariance, [1.0 - part > _SHARE for part in share.tolist()]


def step_left(
    fit: Ended, start: _Array, lower: _Array, upper: _Array, curve: WeightedCurve | None
) -> tuple[int, float] | None:
    """The parameter that the step which is still left to a minimum changes most, and by how much, relative to it.

    A step that leads beyond a bound is shortened. None if the fit did not converge, or the step is small beside the
    errors of the parameters, or is not determined, or the residuals, of `curve` if that is known, are rounding.
    """
    if fit.status <= 0 or not fit.explained > _EXPLAINED:  # mostly
        return None
    x, f, jacobian = fit.x, fit.fun, fit.jac
    m, n = jacobian.shape
    if m < n:
        return None
    factors = factorize(f, jacobian, scale=False)
    step = factors.step
    with np.errstate(all="ignore"):
        size = terms_of(jacobian, x)
        if curve is not None:
            size = max(size, np.abs(curve.weighted_ydata).max())
        part = float(np.fmin.reduce(np.where(step < 0.0, x - lower, upper - x) / np.abs(step), initial=1.0))
        step = part * step
        whole, explained = float(f @ f), factors.explained
        changed = part * (2.0 - part) * explained
        far = changed > FAR**2 * (whole - changed) / (m - n) if m > n else changed > _HALF * whole
        far &= whole > m * (_ROUNDING * size) ** 2
        relative = np.abs(step / np.where(x == 0.0, 1.0, x))
        small = _SMALL if m > n else _HALF
        if not changed > NO_CHANGE**2 * 2.0 * fit.initial_cost:  # exact data, or residuals small beside the first
            long = np.abs(step) > small * np.maximum(np.abs(x), np.abs(start))
            far = far and explained > _HALF * whole and bool(long.any())
    if not (far and part > _PART and factors.rank == n and np.isfinite(relative).all()):
        return None
    j = int(np.argmax(relative))
    return (j, float(relative[j])) if relative[j] > small else None


def raise_impossible(fit: Ended, method: str) -> None:
    """Raise SciPy's errors for fits that cannot be made."""
    if fit.status == NOT_FINITE_AT_START:
        raise ValueError("Residuals are not finite in the initial point.")
    if fit.status == JACOBIAN_NOT_FINITE:
        jacobian, point = fit.jac, f"at x = {fit.x.tolist()}"
        bad = np.argwhere(~np.isfinite(jacobian))
        found = f"the Jacobian is too large {point}"
        if len(bad):
            row, column = bad[0].tolist()
            found = f"the Jacobian has {jacobian[row, column]} in row {row}, column {column}, {point}"
        if method == "dogbox":  # SciPy's kinds of errors, and its words; a LinAlgError is a ValueError
            raise np.linalg.LinAlgError(f"SVD did not converge in Linear Least Squares: {found}")
        raise ValueError(f"array must not contain infs or NaNs: {found}")
