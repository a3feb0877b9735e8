"""How `fit` solves: by Levenberg-Marquardt, or within bounds and with a loss."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._counted import counted
from .._engine.curve import WeightedCurve
from .._engine.finish import Ended, Finish
from .._engine.flat import one_sided
from .._engine.minimum import Minimum, are_finite, look, sum_of_squares
from .._engine.single import Outcome, Settings, solve_curve
from .._input.data import Data
from .._input.parameters import Parameters
from .._models.model import Model
from .._results.codes import STOPPED_BY_CALLBACK, is_solution, message
from .._results.covariance import is_defined, without_underflow
from .._results.ending import FAR
from .._results.warnings import warn, warn_not_finite
from .returned import Notice, look_where_steps_suit
from .task import NO_FIT, Solved, Task, verdict
from .within_bounds import variance_from, within_bounds

_Array = NDArray[np.float64]


def solve(
    task: Task, f: Callable[..., ArrayLike], jac: Callable[..., ArrayLike] | None, xdata: Any, data: Data,
    absolute_sigma: bool, others: Sequence[Callable[[], Parameters]] = (),
) -> Solved:  # fmt: skip
    """Make the fit, with warnings if it does not converge, nor from the `others`, which are other starts."""
    way = _by_lm if task.method == "lm" else within_bounds
    notice = Notice(look_where_steps_suit)
    ignored: AbstractContextManager[object] = nullcontext()
    if isinstance(f, Model) and jac is f.jac and task.callback is None and not task.model.ties.rows:  # all code is ours
        formula, ignored, xdata = f.formula, np.errstate(all="ignore"), f._points(xdata)
        f, jac = formula.value, formula.jacobian_of_numbers
    curve = WeightedCurve(task.model.reduce(f), task.model.reduce_jacobian(jac), xdata, data)
    with ignored:
        solved = way(task, curve, data, absolute_sigma, notice)
        for other in others:
            if not (solved.success and is_defined(solved.covariance)) and task.callback is None:
                solved = _or_better(
                    solved, other, lambda model: way(task._replace(model=model), curve, data, absolute_sigma, notice)
                )
    if not solved.success and solved.info != STOPPED_BY_CALLBACK and solved.text != NO_FIT:
        warn(f"the fit did not converge: {solved.text} See diagnose() of what was returned")
    return solved


def _or_better(solved: Solved, other: Callable[[], Parameters], way: Callable[[Parameters], Solved]) -> Solved:
    """The fit from another start if that converges, and is better than one that did, too."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            model = other()
            found = way(model)
        except Exception:  # where the search that found the first start has not been
            return solved
    is_better = found.success and not (solved.success and sum_of_squares(found.fvec) >= sum_of_squares(solved.fvec))
    best = found._replace(start=model.start) if is_better else solved
    return best._replace(nfev=solved.nfev + found.nfev)


@dataclass(eq=False, kw_only=True)
class _Ending(Ended):
    """How Levenberg-Marquardt ended."""

    outcome: Outcome
    found: Minimum | None = None  # what derivatives there say, unless the fit failed


@dataclass(eq=False, kw_only=True)
class _ByLM(Finish[_Ending]):
    task: Task
    data: Data
    scale: bool  # whether the errors follow from the scatter of the residuals
    notice: Notice

    def fit(self, start: _Array, jac: Any, **changed: float) -> _Ending:
        task, curve, m = self.task, self.curve, self.data.ydata.size
        outcome = solve_curve(
            curve.f, start, xdata=curve.xdata, data=self.data, jac=jac, callback=task.callback, notice=self.notice,
            settings=Settings(**task.given | changed) if changed else task.settings, scale=self.scale,
        )  # fmt: skip
        if outcome.fvec.size != m:  # f may return any number of values for a single one of ydata
            raise ValueError(f"f must return {counted(m, 'value')}, as ydata; it returned {outcome.fvec.size}")
        return self._look(outcome, jac is not None and jac is curve.jac)

    def suiting(self, eps: float) -> dict[str, Any]:
        return {"epsfcn": eps}

    def _look(self, outcome: Outcome, given: bool, rough: _Array | None = None) -> _Ending:
        """The derivatives at the end of a fit, and what they say about it."""
        x, fvec, square = outcome.x, outcome.fvec, sum_of_squares(outcome.fvec)
        end = _Ending(
            x=x, fvec=fvec, calls=outcome.nfev, info=-1 if outcome.bad >= 0 else outcome.info, is_solution=False,
            distance=np.inf, outcome=outcome,
        )  # fmt: skip
        if not (is_solution(outcome.info) and (square < np.inf or are_finite(fvec))):
            end.is_lost = given and outcome.info > 0 and not np.isfinite(outcome.fjac).all()
            return end
        if given:
            columns, eps = np.asarray(self.curve.jacobian(x), dtype=np.float64), max(self.curve.eps, self.eps)
        else:
            errors = np.sqrt(outcome.cov.diagonal()) if outcome.cov is not None else np.full(x.size, np.nan)
            if not self.scale and fvec.size > x.size:  # steps suit the scatter: sigma may be of another size
                errors *= math.sqrt(variance_from(square, fvec.size, x.size))
            taken = self.at(x, errors, rough)
            columns, eps = self.curve.weighted(taken.columns), taken.eps
        if not are_finite(columns):
            end.is_lost = given
            return end
        found = look(self.curve, x, fvec, columns, eps, scale=self.scale, square=square)
        if not (given or found.is_regular) and rough is None:
            return self._look(outcome, given, taken.columns)
        end.is_solution, end.found, end.distance, end.remarks = True, found, found.distance, found.remarks
        if found.distance > FAR:
            end.beyond = x + found.factors.step
        return end


def _by_lm(task: Task, curve: WeightedCurve, data: Data, absolute_sigma: bool, notice: Notice) -> Solved:
    eps = task.given.get("epsfcn")
    finish = _ByLM(
        curve=curve, start=task.model.start[task.model.free], steps_are_chosen=eps is not None, eps=eps or 0.0,
        task=task, data=data, scale=not absolute_sigma, notice=notice,
    )  # fmt: skip
    ending = finish.run()
    end, found = ending.outcome, ending.found
    if end.bad >= 0:
        warn_not_finite(end.bad)
    success, text = is_solution(end.info), _sentence(end.info, task.settings.tolerances, end.maxfev)
    if found is None and not np.isfinite(end.fvec).all():
        success, text = False, NO_FIT
    elif found is None and success:
        success, text = False, "The derivatives of the model are not finite where the fit ended."
    success, text, remarks = verdict(success, text, ending, finish.remarks)
    covariance, n = None, end.x.size
    if success and found is not None:
        covariance = without_underflow(found.factors.cov, end.fvec, absolute_sigma=absolute_sigma)
        if not ending.remarks:  # the errors are not those of rounding
            variance = 1.0 if absolute_sigma else variance_from(found.square, end.fvec.size, n)
            errors = np.sqrt(covariance.diagonal())
            remarks += one_sided(curve, end.x, end.fvec, errors, found.factors, variance, found.square)
    return Solved(
        end.x, end.fvec, np.full((n, n), np.inf) if covariance is None else covariance,
        _r_factor(end) if found is None else found.factors.r, np.zeros(n, int), end.info, success, text, finish.calls,
        distance=ending.distance, is_regular=found is not None and found.is_regular, remarks=remarks,
    )  # fmt: skip


def _r_factor(end: Outcome) -> _Array:
    """R of the last Jacobian of a fit, its columns in the order of the parameters."""
    n = end.x.size
    r = np.zeros((n, n))
    r[:, end.ipvt] = np.triu(end.fjac.T[:n])
    return r


@lru_cache(maxsize=100)
def _sentence(info: int, tolerances: tuple[float, float, float], maxfev: int) -> str:
    """What a code means, in one line."""
    return " ".join(message(info, tolerances, maxfev).split())
