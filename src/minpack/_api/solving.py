"""How `fit` solves: by Levenberg-Marquardt, or within bounds and with a loss."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._counted import counted
from .._engine.curve import WeightedCurve
from .._engine.finish import Ending, Finish
from .._engine.flat import one_sided
from .._engine.single import Outcome, Settings, solve_curve
from .._input.data import Data
from .._input.parameters import Parameters
from .._models.model import Model
from .._results.codes import STOPPED_BY_CALLBACK, is_solution, message
from .._results.covariance import without_underflow
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
        formula, ignored = f.formula, np.errstate(all="ignore")
        f, jac = formula.value, formula.jacobian_of_numbers
    curve = WeightedCurve(task.model.reduce(f), task.model.reduce_jacobian(jac), xdata, data)
    with ignored:
        solved = way(task, curve, data, absolute_sigma, notice)
        for other in others:
            if not solved.success and task.callback is None:
                solved = _or_better(
                    solved, other, lambda model: way(task._replace(model=model), curve, data, absolute_sigma, notice)
                )
    if not solved.success and solved.info != STOPPED_BY_CALLBACK and solved.text != NO_FIT:
        warn(f"the fit did not converge: {solved.text} See diagnose() of what was returned")
    return solved


def _or_better(solved: Solved, other: Callable[[], Parameters], way: Callable[[Parameters], Solved]) -> Solved:
    """The fit from another start if that converges."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            model = other()
            found = way(model)
        except Exception:  # where the search that found the first start has not been
            return solved
    return found._replace(start=model.start) if found.success else solved


def _by_lm(task: Task, curve: WeightedCurve, data: Data, absolute_sigma: bool, notice: Notice) -> Solved:
    m = data.ydata.size

    def solve(start: ArrayLike, jac: Any, **changed: float) -> Outcome:
        settings = Settings(**task.given | changed) if changed else task.settings
        outcome = solve_curve(
            curve.f, start, xdata=curve.xdata, data=data, settings=settings, scale=not absolute_sigma, jac=jac,
            callback=task.callback, notice=notice,
        )  # fmt: skip
        if outcome.fvec.size != m:  # f may return any number of values for a single one of ydata
            raise ValueError(f"f must return {counted(m, 'value')}, as ydata; it returned {outcome.fvec.size}")
        return outcome

    ending = Finish(solve, curve, task.model.start[task.model.free], not absolute_sigma, task.given.get("epsfcn")).run()
    end, (success, text) = ending.outcome, _verdict(ending, task.settings)
    last = end if ending.factor is None else ending.factor
    n = end.x.size
    if success and last.cov is not None:
        covariance = without_underflow(last.cov, end.fvec, absolute_sigma=absolute_sigma)
    else:
        covariance = np.full((n, n), np.inf)
    remarks = ending.remarks and tuple(remark for remark in ending.remarks if remark[0] != "went_on")
    factor, square = ending.factor, ending.square
    if success and factor is not None and not (remarks and any(kind == "rounding" for kind, _ in remarks)):
        variance = 1.0 if absolute_sigma else variance_from(square, m, n)
        errors = np.sqrt(covariance.diagonal())
        remarks += one_sided(curve, end.x, end.fvec, errors, lambda: factor, variance, square)
    r_factor, columns = np.zeros((n, n)), last.fjac[:, :n].tolist()
    for k, j in enumerate(last.ipvt.tolist()):
        r_factor[: k + 1, j] = columns[k][: k + 1]
    return Solved(
        end.x, end.fvec, covariance, r_factor, np.zeros(n, int), end.info, success, text, end.nfev + ending.calls,
        distance=ending.distance, is_regular=ending.is_regular,
        remarks=remarks,
    )  # fmt: skip


def _verdict(ending: Ending, settings: Settings) -> tuple[bool, str]:
    """Whether the fit converged, and the message."""
    end = ending.outcome
    if end.bad >= 0:
        warn_not_finite(end.bad)
    if ending.factor is None and not np.isfinite(end.fvec).all():
        return False, NO_FIT
    text = _sentence(end.info, settings.tolerances, end.maxfev)
    success = is_solution(end.info)
    if success and ending.factor is None:
        return False, "The derivatives of the model are not finite where the fit ended."
    return verdict(success, text, ending.distance, ending.remarks)


@lru_cache(maxsize=100)
def _sentence(info: int, tolerances: tuple[float, float, float], maxfev: int) -> str:
    """What a code means, in one line."""
    return " ".join(message(info, tolerances, maxfev).split())
