"""One fit of a curve by the methods that take bounds and losses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._results.codes import NOT_FINITE_AT_START
from .bounded import Loss, settings_of, solve_bounded
from .curve import DifferentiatedCurve, WeightedCurve

_Array = NDArray[np.float64]


class BoundedCurve(NamedTuple):
    """How a fit of a curve ended."""

    x: _Array
    fvec: _Array  # model less data, weighted, at x
    jacobian: _Array  # derivatives of fvec at x, not scaled by the loss; as far as they are known, NaN otherwise
    status: int  # as `least_squares` has it, or one of the codes of this module
    calls: int  # of the model
    share: _Array  # the derivative of the loss by the squares of the residuals: how much each point counts
    curvature: _Array  # the second derivative of half the loss by the residuals


def solve_bounded_curve(
    curve: WeightedCurve, start: _Array, around: tuple[_Array, _Array], *, loss: Loss, f_scale: float,
    diff_step: _Array | None, callback: Callable[..., Any] | None, **settings: Any,
) -> BoundedCurve:  # fmt: skip
    """Fit a curve within bounds; `settings` are those of `settings_of`."""
    size = np.abs(start)
    typical = np.where(size > 0.0, np.minimum(size, 1.0), 1.0)  # or the step would be larger than a small one
    problem = DifferentiatedCurve(curve, "2-point", diff_step, map, around, typical)
    told = start

    def tell(x: _Array, _: _Array, nit: int, __: int, calls: int, cost: float, *___: float) -> bool:
        nonlocal told
        if not nit or np.array_equal(x, told):
            return False
        told = x
        try:
            assert callback is not None
            return callback(x.copy(), cost, calls) is True
        except StopIteration:
            return True

    made = settings_of(loss=loss, f_scale=f_scale, **settings)
    fit = solve_bounded(problem, start, made, loss, None if callback is None else tell)
    x, fvec = fit.x, fit.fun
    if fit.status == NOT_FINITE_AT_START:
        ones = np.ones(fvec.size)
        return BoundedCurve(start, fvec, np.full((fvec.size, x.size), np.nan), fit.status, fit.calls, ones, ones)
    share, curvature = derivatives_of_loss(loss, fvec / f_scale)
    return BoundedCurve(x, fvec, fit.derivatives, fit.status, fit.calls, share, curvature)


def derivatives_of_loss(loss: Loss, residuals: _Array) -> tuple[_Array, _Array]:
    """Rho'(z) and rho'(z) + 2 z rho''(z) at the squares z of residuals in units of f_scale."""
    with np.errstate(all="ignore"):
        z = residuals**2
        if callable(loss):
            _, first, second = np.asarray(loss(z), dtype=np.float64)
        elif loss == "linear":
            first, second = np.ones_like(z), np.zeros_like(z)
        elif loss == "huber":
            first = np.where(z <= 1.0, 1.0, 1.0 / np.abs(residuals))
            return first, np.where(z <= 1.0, 1.0, 0.0)  # beyond, the loss is straight, whatever rounding makes of it
        elif loss == "soft_l1":
            first = 1.0 / np.sqrt(1.0 + z)
            return first, first**3
        elif loss == "cauchy":
            first = 1.0 / (1.0 + z)
            second = -(first**2)
        else:
            first = 1.0 / (1.0 + z**2)
            second = -2.0 * z * first**2
        return first, first + 2.0 * z * second
