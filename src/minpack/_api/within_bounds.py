"""How `fit` solves within bounds and with losses: the fit, the derivatives where it ended, and going on from there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._engine.bounded_curve import BoundedCurve, solve_bounded_curve
from .._engine.curve import WeightedCurve
from .._engine.finish import TIGHT
from .._engine.flat import one_sided
from .._engine.losses import check_loss
from .._engine.minimum import better_of, derivatives_at, gauss_newton, look, sum_of_squares
from .._engine.single import factorize
from .._input.data import Data
from .._input.least_squares import is_linear
from .._results import codes
from .._results.covariance import without_underflow
from .._results.derivatives import BEST, GOOD, Differences
from .._results.ending import FAR
from .._results.robust import covariance_of, held_by_bounds, r_factor_of, sandwich
from .._results.warnings import warn_not_finite
from .returned import Notice, steps_error
from .task import NO_FIT, Remark, Solved, Task, verdict

_Array = NDArray[np.float64]

_EPS = float(np.finfo(float).eps)


class _End(NamedTuple):
    """Where a fit ended: MINPACK's code for it, the derivatives of the residuals, afresh if it is a solution, which
    parameters bounds hold, and what is left to do for the others, in standard errors.
    """

    curve: BoundedCurve
    info: int
    text: str
    columns: _Array
    active: NDArray[np.int_]
    distance: float = 0.0
    beyond: _Array | None = None  # where the Gauss-Newton step leads
    covariance: _Array | None = None  # of rounding, if that exceeds the one of the scatter
    remarks: tuple[Remark, ...] = ()

    @property
    def scores(self) -> _Array:
        """Half the derivative of the loss of each point by its residual."""
        return self.curve.fvec * self.curve.share


def within_bounds(task: Task, curve: WeightedCurve, data: Data, absolute_sigma: bool, notice: Notice) -> Solved:
    """Make the fit, and go on from its end where that is no minimum."""
    if callable(task.loss):
        check_loss(task.loss, data.ydata.size)
    curve.notice = partial(notice, eps=steps_error(curve.jac, task.settings["diff_step"], of_model=True))
    solver = _Solver(task, curve, data, absolute_sigma)
    end, calls = solver.run()
    fit = end.curve
    jacobian = end.columns[:, end.active == 0]
    share = None if is_linear(task.loss) else fit.share
    if share is not None:
        covariance = sandwich(jacobian, end.scores, fit.curvature)
    elif end.covariance is not None:
        covariance = end.covariance
    else:
        covariance = covariance_of(jacobian, variance_of(fit.fvec, jacobian.shape[1], absolute_sigma))
    covariance = without_underflow(covariance, fit.fvec, absolute_sigma=absolute_sigma and share is None)
    success, text = verdict(codes.is_solution(end.info), end.text, end.distance, end.remarks)
    remarks = tuple(remark for remark in end.remarks if remark[0] != "went_on")
    if success and share is None and end.covariance is None and not end.active.any():
        remarks += one_sided(
            curve, fit.x, fit.fvec, np.sqrt(covariance.diagonal()), lambda: factorize(fit.fvec, jacobian, scale=False),
            variance_of(fit.fvec, fit.x.size, absolute_sigma), sum_of_squares(fit.fvec), solver.around,
        )  # fmt: skip
    return Solved(
        fit.x, fit.fvec, covariance, r_factor_of(jacobian), end.active, end.info, success, text, calls, share,
        end.distance, remarks=remarks,
    )  # fmt: skip


@dataclass(frozen=True)
class _Solver:
    task: Task
    curve: WeightedCurve
    data: Data
    absolute_sigma: bool

    @property
    def around(self) -> tuple[_Array, _Array]:
        model = self.task.model
        return model.lower[model.free], model.upper[model.free]

    @property
    def start(self) -> _Array:
        return self.task.model.start[self.task.model.free]

    def run(self) -> tuple[_End, int]:
        """The end, and how often the model was called on the way."""
        jac = self.curve.jac
        end = self._solve(self.start, jac)
        calls = end.curve.calls
        if jac is None and self.curve.eps > _EPS and self.task.settings["diff_step"] is None:
            eps = self.curve.eps
            end = self._solve(self.start, None, diff_step=np.full(self.start.size, np.sqrt(eps)))
            end = end._replace(remarks=(("short_floats", {"eps": eps}), *end.remarks))
            calls += end.curve.calls
        ways = [("went_on", jac or self._differences)] + [("jac_differs", self._differences)] * (jac is not None)
        for remark, derivatives in ways:
            if codes.is_solution(end.info) and end.distance > FAR:
                further = self._solve(self._better_of(end), derivatives, ftol=TIGHT, xtol=TIGHT)
                calls += further.curve.calls
                if codes.is_solution(further.info) and further.distance < end.distance:
                    remarks = (known for known in end.remarks if known[0] != "rounding")
                    end = further._replace(
                        remarks=(*remarks, (remark, {"distance": end.distance}), *further.remarks)
                    )
        return end, calls

    def _solve(self, start: _Array, jac: Callable[..., ArrayLike] | None, **changed: Any) -> _End:
        """A fit, and a look at its end."""
        task, curve = self.task, self.curve
        if jac is not curve.jac:
            curve = WeightedCurve(curve.f, jac, curve.xdata, self.data)
        fit = solve_bounded_curve(
            curve, start, self.around, method=task.method, loss=task.loss, f_scale=task.f_scale,
            callback=task.callback, **(task.settings | changed),
        )  # fmt: skip
        info, text = _code_of(fit, task.model.fitted)
        if codes.is_solution(info):
            self.curve.eps = curve.eps
            return self._look(fit, info, text, given=jac is self.curve.jac and jac is not None)
        active = held_by_bounds(fit.x, fit.jacobian, fit.fvec * fit.share, self.around, converged=False)
        return _End(fit, info, text, fit.jacobian, active)

    def _look(self, fit: BoundedCurve, info: int, text: str, *, given: bool, good: float = GOOD) -> _End:
        x, fvec, columns, eps = fit.x, fit.fvec, fit.jacobian, self.curve.eps
        linear = is_linear(self.task.loss)
        if not given:
            variance = variance_of(fvec, x.size, self.absolute_sigma and linear)
            errors = np.sqrt(np.diag(covariance_of(columns, variance)))
            taken = self._at(x, errors, good)
            afresh, eps = self.curve.weighted(taken.columns), taken.eps
            columns = np.where(np.isfinite(afresh), afresh, columns)
        active = held_by_bounds(x, columns, fvec * fit.share, self.around, converged=True)
        end = _End(fit, info, text, columns, active)
        free = active == 0
        if not free.any() or not np.isfinite(columns).all() or columns.shape[0] < np.count_nonzero(free):
            return end
        found = look(
            self.curve, x[free], fvec, columns[:, free], eps, scale=not (self.absolute_sigma and linear),
            share=None if linear else fit.share,
        )  # fmt: skip
        if not (given or found.is_regular) and good > BEST:
            return self._look(fit, info, text, given=given, good=BEST)
        beyond = x.copy()
        beyond[free] -= gauss_newton(found.factor)
        rounding = found.factor.cov if found.remarks and linear else None
        return end._replace(
            distance=found.distance, beyond=beyond, covariance=rounding,
            remarks=found.remarks if rounding is not None else (),
        )  # fmt: skip

    def _better_of(self, end: _End) -> _Array:
        """The end of the Gauss-Newton step, if that is within the bounds and better, or else where the fit ended."""
        (lower, upper), x = self.around, end.curve.x
        within = end.beyond is not None and bool(((lower < end.beyond) & (end.beyond < upper)).all())
        if not (within and is_linear(self.task.loss)):
            return x
        assert end.beyond is not None
        return better_of(self.curve, x, end.curve.fvec, end.beyond)

    def _differences(self, _: Any, *x: float) -> _Array:
        return self._at(np.array(x), np.full(len(x), np.nan)).columns

    def _at(self, x: _Array, errors: _Array, good: float = GOOD) -> Differences:
        return derivatives_at(self.curve, x, errors, starts=self.start, good=good, around=self.around)


def variance_of(fvec: _Array, n: int, absolute_sigma: bool) -> float:
    return 1.0 if absolute_sigma else variance_from(sum_of_squares(fvec), fvec.size, n)


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
