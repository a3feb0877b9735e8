"""One bounded fit: the extension's loop, and the errors of fits that cannot be made."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _core
from .._core import Settings
from .._results.codes import JACOBIAN_NOT_FINITE, LEAST_SQUARES_MESSAGES, NOT_FINITE_AT_START
from .._results.ending import FAR, NO_CHANGE
from .differences import Differentiated, values_of
from .single import factorize

_Array = NDArray[np.float64]

# A step of interest is left if a column of the Jacobian explains more than this part of the cost, and the step changes
# a parameter by more than this part; by more than the last one, which takes as much of the cost away, if m is n: then
# there are no errors of the parameters.
_EXPLAINED, _SMALL, _HALF = 1e-6, 1e-3, 0.5
# Less than this part of a step fits in at a minimum on a bound.
_PART = 1e-3
_PARTS = 1.0, 1 / 4, 1 / 16, 1 / 64  # of a step that are tried

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
    explained: float  # the largest part of the cost that a column of the Jacobian explains
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
    fit: Ended, start: _Array, problem: Differentiated, once: Settings, loss: Loss
) -> tuple[int, float] | None:
    """The parameter that a step which is still left to a minimum changes most, and by how much, relative to it.

    None if the fit did not converge, or the cost, which is evaluated there, does not say that the step is large beside
    the errors of the parameters. `once` are settings for a single evaluation.
    """
    (m, n), square = fit.derivatives.shape, 2.0 * fit.cost
    if fit.status <= 0 or m < n or not fit.explained > _EXPLAINED:  # mostly
        return None
    x, small = fit.x, _SMALL if m > n else _HALF

    def is_far(left: float) -> bool:
        return square - left > FAR**2 * left / (m - n) if m > n else left < _HALF * square

    with np.errstate(all="ignore"):
        joint, alone, left = _steps(fit, *problem.bounds)
        rounding = NO_CHANGE**2 * float(np.square(np.abs(fit.derivatives) @ np.abs(x)).sum())
        if square <= rounding or not is_far(min(left, (1.0 - fit.explained) * square)):
            return None
        exact = NO_CHANGE**2 * min(2.0 * fit.initial_cost, problem.size_of_data() or math.inf)
        for step in (*(part * joint for part in _PARTS), alone):
            relative = np.abs(step / np.where(x == 0.0, np.where(step == 0.0, 1.0, step), x))
            j = int(np.argmax(relative))
            left = _square_at(problem, x + step, once, loss)
            if not (is_far(left) and small < relative[j] < np.inf):
                continue
            # or residuals small beside the first
            is_exact = square - left <= exact and not (m > n and left > max(NO_CHANGE * square, rounding))
            long = np.abs(step) > small * np.maximum(np.abs(x), np.abs(start))
            if not is_exact or (left < _HALF * square and long.any()):
                return j, float(relative[j])
    return None


def _steps(fit: Ended, lower: _Array, upper: _Array) -> tuple[_Array, _Array, float]:
    """Steps of all parameters that no bound holds and the data determine, and of the one that does best alone, to the
    minimum of the linear model or to a bound; and the sum of squares that the first leaves.
    """
    x, grad, squares = fit.x, fit.grad, np.square(fit.derivatives).sum(axis=0)
    inside = np.clip(x - grad / squares, lower, upper) - x
    free = np.flatnonzero(~(np.abs(inside) < _PART * np.abs(grad / squares)))
    joint, alone = np.zeros((2, x.size))
    best = np.argmax(np.nan_to_num(-inside * (2.0 * grad + inside * squares)))
    alone[best] = inside[best]
    if not free.size:
        return joint, alone, np.inf
    factors = factorize(fit.fun, fit.derivatives[:, free], scale=False)
    joint[free] = factors.step
    room = np.where(joint > 0.0, upper - x, x - lower)
    part = float(np.fmin.reduce(room / np.abs(joint), initial=1.0))
    return part * joint, alone, 2.0 * fit.cost - part * (2.0 - part) * factors.change**2


def _square_at(problem: Differentiated, x: _Array, settings: Settings, loss: Loss) -> float:
    """Twice the cost there, of a fit that makes no step; NaN if the function cannot be evaluated."""
    try:
        end = solve_bounded(problem, np.clip(x, *problem.bounds), settings, loss, None)
    except Exception:  # the caller did not ask for this
        return math.nan
    return 2.0 * end.initial_cost if end.status >= 0 else math.nan


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
