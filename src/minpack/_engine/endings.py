"""Whether fits of a batch ended at minima: minpack looks at a few of them again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from .._results.batch import BatchResult
from .._results.ending import FAR, NO_CHANGE
from .problems import CurveProblem
from .single import Settings, solve_curve
from .tasks import Task

_LOOKED_AT = 8
_MOST_BY_POINTS = 200  # points of a model that takes one at a time


def away_from_minimum(task: Task, flat: BatchResult, epsfcn: float | None, of_arrays: bool) -> tuple[int, int]:
    """How many fits ended more than a tenth of a standard error away, and how many were looked at.

    Parameters
    ----------
    task : Task
        Fits of data.
    flat : BatchResult
        Their results, one axis of fits.
    epsfcn : float, optional
        Relative error of the model.
    of_arrays : bool
        A model for numba gives for arrays what it gives for numbers, if it takes arrays.
    """
    picks = np.arange(0, flat.status.size, max(1, -(-flat.status.size // _LOOKED_AT)))
    picks = picks[(flat.status[picks] >= 1) & (flat.status[picks] <= 4) & (flat.cost[picks] > 0.0)]
    away = 0
    for fit in map(int, picks):
        part, x = task.part(fit, fit + 1), np.array(flat.x[fit])
        if task.lower is not None:
            away += _gains(part, x, float(flat.cost[fit]))
        else:
            away += _is_far(part, x, epsfcn, of_arrays)
    return away, picks.size


def _is_far(part: Task, x: Any, epsfcn: float | None, of_arrays: bool) -> bool:
    """Whether the Gauss-Newton step from x is long."""
    given = part.problem
    problems = [given] if isinstance(given, CurveProblem) else [
        CurveProblem(f, jac, given.xdata, given.x_per_fit, 1, vectorized=False)
        for f, jac in ((given.f, given.jac), (_of_points(given.f), given.jac and _of_points(given.jac)))
        if (of_arrays if f is given.f else part.m <= _MOST_BY_POINTS)
    ]  # fmt: skip
    for problem in problems:
        with np.errstate(all="ignore"):
            try:
                return _distance(part, problem, x, epsfcn) > FAR
            except Exception:  # a model that numba compiles may take numbers only
                continue
    return False


def _distance(part: Task, problem: CurveProblem, x: Any, epsfcn: float | None) -> float:
    """The Gauss-Newton step from x in standard errors."""
    y, weights, valid = _data_of(part)
    fits = np.zeros(1, dtype=np.intp)
    end = solve_curve(  # it asks for the Jacobian once and ends: no cosine exceeds a gtol of 2
        lambda _, *at: problem.values(np.array([at]), fits, part.m)[0][valid], x, xdata=None,
        data=_Points(y, weights), settings=Settings(gtol=2.0, epsfcn=epsfcn), scale=part.scale_covariance,
        jac=None if problem.jac is None else lambda _, *at: problem.jacobians(np.array([at]), fits, part.m)[0][valid],
    )  # fmt: skip
    return end.distance


def _of_points(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of one point, a number or a tuple of predictors, as one of many."""

    def of_all(x: Any, *parameters: float) -> Any:
        return np.array([function(point if x.ndim == 1 else tuple(point), *parameters) for point in x.T])

    return of_all


class _Points:
    """Data of one fit."""

    cholesky = None

    def __init__(self, ydata: Any, weights: Any) -> None:
        self.ydata, self.weights = ydata, weights


def _gains(part: Task, x: Any, cost: float) -> bool:
    """Whether a fit from x, within bounds, reduces the sum of squares by that of a tenth of a standard error."""
    again = BatchResult.empty(1, part.n)
    replace(part, x0=x).run(again)
    gained = 2.0 * (cost - float(again.cost[0]))
    y, weights, _ = _data_of(part)
    if not (y.size > part.n and gained > (NO_CHANGE * float(np.linalg.norm(weights * (y - y.mean())))) ** 2):
        return False
    variance = 2.0 * cost / (y.size - part.n)
    return bool(gained > FAR**2 * (variance if part.scale_covariance else max(1.0, variance)))


def _data_of(part: Task) -> tuple[Any, Any, Any]:
    """The data and weights of a single fit, and which of its points they are of."""
    assert part.ydata is not None
    y, weights = part.ydata.reshape(-1), np.ones(1) if part.weights is None else part.weights.reshape(-1)
    valid = np.ones(y.size, dtype=bool) if part.valid is None else part.valid.reshape(-1)
    return y[valid].copy(), np.broadcast_to(weights, y.shape)[valid].copy(), valid
