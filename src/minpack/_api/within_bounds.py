"""How `fit` solves within bounds and with losses: the fit, the derivatives where it ended, and going on from there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._engine.bounded_curve import BoundedCurve, solve_bounded_curve
from .._engine.curve import WeightedCurve
from .._engine.finish import Ended, Finish
from .._engine.flat import one_sided
from .._engine.losses import check_loss
from .._engine.minimum import Minimum, look
from .._engine.single import factorize
from .._input.data import Data
from .._input.least_squares import is_linear
from .._results import codes
from .._results.covariance import held_by_bounds, sandwich, without_underflow
from .._results.warnings import warn_not_finite
from .returned import Notice, steps_error
from .task import NO_FIT, Solved, Task, verdict

_Array = NDArray[np.float64]


@dataclass(eq=False, kw_only=True)
class _Ending(Ended):
    """How a fit within bounds ended, with the derivatives of the residuals, afresh if it is a solution."""

    curve: BoundedCurve
    text: str
    columns: _Array
    active: NDArray[np.int_]  # which parameters bounds hold
    found: Minimum | None = None  # what they say of the parameters that no bound holds, if there is no loss

    @property
    def scores(self) -> _Array:
        """Half the derivative of the loss of each point by its residual."""
        return self.fvec * self.curve.share


def within_bounds(task: Task, curve: WeightedCurve, data: Data, absolute_sigma: bool, notice: Notice) -> Solved:
    """Make the fit, and go on from its end where that is no minimum."""
    if callable(task.loss):
        check_loss(task.loss, data.ydata.size)
    chosen = task.settings["diff_step"]
    curve.notice = partial(notice, eps=steps_error(curve.jac, chosen, of_model=True))
    model = task.model
    finish = _Bounded(
        curve=curve, start=model.start[model.free], steps_are_chosen=chosen is not None,
        around=(model.lower[model.free], model.upper[model.free]), task=task, data=data, absolute_sigma=absolute_sigma,
    )  # fmt: skip
    end = finish.run()
    jacobian, fvec = end.columns[:, end.active == 0], end.fvec
    share, found = None if is_linear(task.loss) else end.curve.share, end.found
    if found is not None:
        covariance, r_factor = found.factors.cov, found.factors.r
    else:
        covariance, r_factor = _covariance_and_r(fvec, jacobian, scale=not absolute_sigma)
    if share is not None:
        covariance = sandwich(jacobian, end.scores, end.curve.curvature)
    covariance = without_underflow(covariance, fvec, absolute_sigma=absolute_sigma and share is None)
    success, text, remarks = verdict(end.is_solution, end.text, end, finish.remarks)
    if success and found is not None and not found.remarks and not end.active.any():
        errors, variance = np.sqrt(covariance.diagonal()), variance_from(found.square, *jacobian.shape)
        remarks += one_sided(
            curve, end.x, fvec, errors, found.factors, 1.0 if absolute_sigma else variance, found.square, finish.around
        )
    return Solved(
        end.x, fvec, covariance, r_factor, end.active, end.info, success, text, finish.calls, share, end.distance,
        is_regular=found is not None and found.is_regular, remarks=remarks,
    )  # fmt: skip


def _covariance_and_r(fvec: _Array, columns: _Array, *, scale: bool) -> tuple[_Array, _Array]:
    """The covariance of the parameters of these columns and R: all inf, and NaN, if they are none or not finite."""
    m, n = columns.shape
    if not 0 < n <= m or not np.isfinite(columns).all():
        return np.full((n, n), np.inf), np.full((n, n), np.nan)
    factors = factorize(fvec, columns, scale=scale)
    return factors.cov, factors.r


@dataclass(eq=False, kw_only=True)
class _Bounded(Finish[_Ending]):
    around: tuple[_Array, _Array]
    task: Task
    data: Data
    absolute_sigma: bool

    def fit(self, start: _Array, jac: Callable[..., ArrayLike] | None, **changed: Any) -> _Ending:
        task, curve = self.task, self.curve
        if jac is not curve.jac:
            curve = WeightedCurve(curve.f, jac, curve.xdata, self.data)
        found = solve_bounded_curve(
            curve, start, self.around, method=task.method, loss=task.loss, f_scale=task.f_scale,
            callback=task.callback, **(task.settings | changed),
        )  # fmt: skip
        info, text = _code_of(found, task.model.fitted)
        end = _Ending(
            x=found.x, fvec=found.fvec, calls=found.calls, info=info, is_solution=codes.is_solution(info), distance=0.0,
            curve=found, text=text, columns=found.jacobian, active=np.empty(0, int),
        )  # fmt: skip
        if end.is_solution:
            self.curve.eps = curve.eps
            self._look(end, jac is self.curve.jac and jac is not None)
        else:
            end.active = held_by_bounds(end.x, end.columns, end.scores, self.around, converged=False)
        return end

    def suiting(self, eps: float) -> dict[str, Any]:
        return {"diff_step": np.full(self.start.size, np.sqrt(eps))}

    def _look(self, end: _Ending, given: bool, rough: _Array | None = None) -> None:
        """Find the derivatives at the end of a fit, and what they say about it."""
        x, fvec, columns, eps = end.x, end.fvec, end.curve.jacobian, self.curve.eps
        linear = is_linear(self.task.loss)
        if not given:
            # steps suit the scatter: sigma may be of another size
            covariance, _ = _covariance_and_r(fvec, columns, scale=fvec.size > x.size or not self.absolute_sigma)
            taken = self.at(x, np.sqrt(covariance.diagonal()), rough)
            afresh, eps = self.curve.weighted(taken.columns), taken.eps
            columns = np.where(np.isfinite(afresh), afresh, columns)
        end.columns, end.active = columns, held_by_bounds(x, columns, end.scores, self.around, converged=True)
        free = end.active == 0
        if not free.any() or not np.isfinite(columns).all() or columns.shape[0] < np.count_nonzero(free):
            return
        found = look(
            self.curve, x[free], fvec, columns[:, free], eps, scale=not (self.absolute_sigma and linear),
            share=None if linear else end.curve.share,
        )  # fmt: skip
        if not (given or found.is_regular) and rough is None:
            self._look(end, given, taken.columns)
            return
        end.distance = found.distance
        if linear:
            beyond, (lower, upper) = x.copy(), self.around
            beyond[free] += found.factors.step
            end.beyond = beyond if ((lower < beyond) & (beyond < upper)).all() else None
            end.found, end.remarks = found, found.remarks


def variance_from(square: float, m: int, n: int) -> float:
    """That of m residuals with a sum of squares, of a fit of n parameters."""
    return square / (m - n) if m > n else np.inf


def _code_of(end: BoundedCurve, names: Sequence[str]) -> tuple[int, str]:
    """MINPACK's code for how a fit ended, and the message; with a warning if it did not begin."""
    if end.status == codes.NOT_FINITE_AT_START:
        warn_not_finite(int(np.argmin(np.isfinite(end.fvec))))
        return codes.NOT_FINITE_AT_START, NO_FIT
    if end.status == codes.JACOBIAN_NOT_FINITE:
        bad = np.argwhere(~np.isfinite(end.jacobian))
        found = "they are too large"
        if not (np.isfinite(end.share).all() and np.isfinite(end.curvature).all()):
            point = int(np.argmin(np.isfinite(end.share) & np.isfinite(end.curvature)))
            text = f"The derivatives of the loss are not finite at the last step, at point {point}."
            return codes.JACOBIAN_NOT_FINITE, text
        if len(bad):
            row, column = bad[0].tolist()
            found = f"that by {names[column]!r} is {end.jacobian[row, column]} at point {row}"
        return codes.JACOBIAN_NOT_FINITE, f"The derivatives of the model are not finite at the last step: {found}."
    return codes.FROM_LEAST_SQUARES[end.status], codes.LEAST_SQUARES_MESSAGES[end.status]
