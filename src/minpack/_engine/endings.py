"""Whether fits of a batch ended at minima: minpack looks at a few of them again."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._core import count_stuck
from .._results.batch import BatchResult
from .._results.ending import FAR, NO_CHANGE
from .single import Settings
from .tasks import Task

_Array = NDArray[np.float64]

_LOOKED_AT = 8
_TOGETHER = 512
_MOST = 0.9  # of a sum of squares


def away_from_minimum(task: Task, flat: BatchResult, epsfcn: float | None) -> tuple[int, int]:
    """How many fits ended more than a tenth of a standard error away, or where differences are rounding, and how many
    were looked at.

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
    # fits without errors tell that themselves
    defined = [all(map(math.isfinite, cov)) for cov in flat.cov[rows].reshape(-1, task.n**2).tolist()]
    picked = [fit for fit in range(len(status)) if 1 <= status[fit] <= 4 and cost[fit] > 0.0 and defined[fit]]
    if not picked:
        return 0, 0
    part = task if rows.step == 1 else task.part(rows)
    ends = np.ascontiguousarray(flat.x[rows])
    if task.lower is None:
        return _far(part, ends, picked, epsfcn), len(picked)
    again = BatchResult.empty(len(status), task.n)
    if len(picked) < len(status):
        again.status[[fit for fit in range(len(status)) if fit not in picked]] = 0  # these are not run
    part.changed(x0=ends).run_held(again)
    least = max(NO_CHANGE, epsfcn or 0.0)
    return sum(_gains(part, fit, 2.0 * cost[fit], 2.0 * float(again.cost[fit]), least) for fit in picked), len(picked)


def stuck(flat: BatchResult, start: Any, settings: Mapping[str, Any]) -> int:
    """How many fits ended at their start because no value changes with any parameter, though residuals are not zero.

    No parameter has a variance then: it is 0 by a method that knows bounds, and infinite with Levenberg-Marquardt.
    """
    return count_stuck(flat, start, flat.status.size, "method" in settings)


def undetermined(flat: BatchResult) -> int:
    """How many fits that converged have a parameter without a variance: a Jacobian with a zero column, or of less rank.

    It is infinite by Levenberg-Marquardt, and 0 by a method that knows bounds; of exact data, all are.
    """
    found = 0
    for rows in _some(flat.status.size):
        variances = np.einsum("kjj->kj", flat.cov[rows])
        none = (variances == 0.0).any(axis=1) & (flat.cost[rows] > 0.0)
        status = flat.status[rows]
        found += int(np.count_nonzero((status >= 1) & (status <= 4) & (none | np.isinf(variances).any(axis=1))))
    return found


def unexplained(task: Task, flat: BatchResult) -> int:
    """How many fits that converged leave most of the sum of squares of their data around their mean."""
    found = 0
    for rows in _some(flat.status.size):
        data = task.ydata, task.weights, task.valid
        y, weights, valid = (given if given is None or given.ndim == 1 else given[rows] for given in data)
        assert y is not None
        weights = np.ones(task.m) if weights is None else weights
        if valid is not None:
            y, weights = np.where(valid, y, 0.0), np.where(valid, weights, 0.0)
        with np.errstate(all="ignore"):
            mean = (weights**2 * y).sum(axis=-1) / (weights**2).sum(axis=-1)
            scatter = np.square(weights * (y - mean[:, np.newaxis])).sum(axis=-1)
            status, left = flat.status[rows], 2.0 * flat.cost[rows] > _MOST * scatter
            found += int(np.count_nonzero((status >= 1) & (status <= 4) & left & (scatter > 0.0)))
    return found


def _some(count: int) -> Iterator[slice]:
    """Fits that are looked at together, so that arrays for it stay small."""
    return (slice(begin, begin + _TOGETHER) for begin in range(0, count, _TOGETHER))


def _far(part: Task, ends: _Array, picked: list[int], epsfcn: float | None) -> int:
    """How many Gauss-Newton steps from the ends that were picked are long."""
    distances = np.zeros(part.problem.count)
    if len(picked) < len(distances):
        distances[[fit for fit in range(len(distances)) if fit not in picked]] = np.nan
    look = part.changed(x0=ends, settings=_at_once(epsfcn), distances=distances)
    with nullcontext() if look.is_compiled else np.errstate(all="ignore"):
        try:
            look.run_held(None)
        except Exception:  # of one of them
            if len(distances) == 1:
                return 0
            each = [slice(fit, fit + 1) for fit in picked]
            return sum(_far(part.part(rows), ends[rows], [0], epsfcn) for rows in each)
    return len([distance for distance in distances.tolist() if distance > FAR])


@lru_cache(maxsize=1)
def _at_once(epsfcn: float | None) -> Settings:
    """Settings that end a fit after its first Jacobian: no cosine exceeds a gtol of 2."""
    return Settings(gtol=2.0, epsfcn=epsfcn)


def _gains(part: Task, fit: int, before: float, after: float, least: float) -> bool:
    """Whether a fit within bounds went on, and reduced the sum of squares by that of a tenth of a standard error."""
    gained = before - after
    y, weights, valid = (
        rows if rows is None or rows.ndim == 1 else rows[fit] for rows in (part.ydata, part.weights, part.valid)
    )
    assert y is not None
    size = y.size if valid is None else int(np.count_nonzero(valid))
    if not gained > 0.0 or size <= part.n:
        return False
    variance = before / (size - part.n)
    if not gained > FAR**2 * (variance if part.scale_covariance else max(1.0, variance)):  # mostly
        return False
    if valid is not None:
        y, weights = y[valid], None if weights is None else weights[valid]
    spread = y - y.mean()
    return gained > (least * float(np.linalg.norm(spread if weights is None else weights * spread))) ** 2
