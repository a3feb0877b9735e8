"""Whether fits of a batch ended at minima: minpack looks at a few of them again."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._results.batch import BatchResult
from .._results.ending import FAR, NO_CHANGE
from .single import Settings
from .tasks import Task

_Array = NDArray[np.float64]

_LOOKED_AT = 8
_LEAST_COST = 1e-280  # below which squares underflow
_AT_ONCE = 1024


def away_from_minimum(task: Task, flat: BatchResult, epsfcn: float | None) -> tuple[int, int]:
    """How many fits ended more than a tenth of a standard error away, and how many were looked at.

    Parameters
    ----------
    task : Task
        Fits of data.
    flat : BatchResult
        Their results, one axis of fits. Nobody may resize these arrays or those of the task meanwhile.
    epsfcn : float, optional
        Relative error of the model.
    """
    rows = slice(None, None, max(1, -(-flat.status.size // _LOOKED_AT)))
    status, cost = flat.status[rows].tolist(), flat.cost[rows].tolist()
    picked = [fit for fit in range(len(status)) if 1 <= status[fit] <= 4 and cost[fit] > 0.0]
    if not picked:
        return 0, 0
    part = task if rows.step == 1 else task.part(rows)
    again = BatchResult.empty(len(status), task.n)
    if len(picked) < len(status):
        again.status[[fit for fit in range(len(status)) if fit not in picked]] = 0  # these are not run
    part = part.changed(x0=np.array(flat.x[rows]))
    if task.lower is None:
        return _far(part, again, picked, epsfcn), len(picked)
    part.run_held(again)
    least = max(NO_CHANGE, epsfcn or 0.0)
    return sum(_gains(part, fit, 2.0 * cost[fit], 2.0 * float(again.cost[fit]), least) for fit in picked), len(picked)


def stuck(flat: BatchResult, start: Any, settings: Mapping[str, Any]) -> int:
    """How many fits ended at their start because no value changes with any parameter, though residuals are not zero.

    No parameter has a variance then: it is 0 by a method that knows bounds, and infinite with Levenberg-Marquardt.
    """
    found = 0
    for first in range(0, flat.status.size, _AT_ONCE):  # in parts, which take little memory
        rows = slice(first, first + _AT_ONCE)
        status, cost, variances = flat.status[rows], flat.cost[rows], np.diagonal(flat.cov[rows], axis1=1, axis2=2)
        ended = (status >= 1) & (status <= 4) & (cost > _LEAST_COST)
        if "method" in settings:  # such a fit moves a start that lies on a bound, but evaluates no other point
            ended &= (variances == 0.0).all(axis=1) & (flat.nfev[rows] == 1)
        else:
            ended &= ~np.isfinite(variances).any(axis=1)
            ended &= (flat.x[rows] == (start[rows] if start.ndim > 1 else start)).all(axis=1)
        found += int(np.count_nonzero(ended))
    return found


def _far(part: Task, again: BatchResult, picked: list[int], epsfcn: float | None) -> int:
    """How many Gauss-Newton steps from the ends are long."""
    distances = np.zeros(len(again))
    look = part.changed(settings=_at_once(epsfcn), distances=distances)
    with np.errstate(all="ignore"):
        try:
            look.run_held(again)
        except Exception:  # of one of them
            if len(again) == 1:
                return 0
            each = (part.part(slice(fit, fit + 1)) for fit in picked)
            return sum(_far(alone, BatchResult.empty(1, part.n), [0], epsfcn) for alone in each)
    return int(np.count_nonzero(distances > FAR))


@lru_cache(maxsize=1)
def _at_once(epsfcn: float | None) -> Settings:
    """Settings that end a fit after its first Jacobian: no cosine exceeds a gtol of 2."""
    return Settings(gtol=2.0, epsfcn=epsfcn)


def _gains(part: Task, fit: int, before: float, after: float, least: float) -> bool:
    """Whether a fit within bounds went on, and reduced the sum of squares by that of a tenth of a standard error."""
    gained = before - after
    if not gained > 0.0:
        return False
    y, weights = _data_of(part, fit)
    if not (y.size > part.n and gained > (least * float(np.linalg.norm(weights * (y - y.mean())))) ** 2):
        return False
    variance = before / (y.size - part.n)
    return bool(gained > FAR**2 * (variance if part.scale_covariance else max(1.0, variance)))


def _data_of(part: Task, fit: int) -> tuple[Any, Any]:
    """The data and weights of a single fit, of the points that it has."""
    m = part.m
    y, weights, valid = (
        np.broadcast_to(default if rows is None else rows, (part.problem.count, m))[fit]
        for rows, default in ((part.ydata, 0.0), (part.weights, 1.0), (part.valid, True))
    )
    return y[valid], weights[valid]
