"""Whether fits of a batch ended at minima: minpack looks at a few of them again."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._core import count_stuck
from .._results.batch import BatchResult, part_of
from .._results.ending import FAR, NO_CHANGE
from .single import Settings
from .tasks import Task

_Array = NDArray[np.float64]

_LOOKED_AT = 8
_TOGETHER = 512
_MOST = 0.9  # of a sum of squares


def away_from_minimum(
    task: Task, flat: BatchResult, epsfcn: float | None, onward: Settings | None
) -> tuple[int, int]:
    """How many fits ended more than a tenth of a standard error away, or where differences are rounding, and how many
    were looked at.

    Parameters
    ----------
    task : Task
        Fits of data.
    flat : BatchResult
        Their results, one axis of fits.
    epsfcn : float, optional
        Relative error of the model.
    onward : Settings, optional
        Those with which fits within bounds go on.
    """
    step = max(1, -(-flat.status.size // _LOOKED_AT))
    if step > 1:
        rows = slice(None, None, step)
        task, flat = task.part(rows), BatchResult(*(np.ascontiguousarray(array[rows]) for array in flat.arrays()))
    settings = onward if task.lower is not None else _at_once(epsfcn)
    batch, run = task.begin(flat, x0=flat.x, settings=settings, look=(FAR, NO_CHANGE))
    if task.is_compiled:
        while run():
            pass
        return batch.away, batch.begun
    try:
        with np.errstate(all="ignore"):
            while run():
                pass
        return batch.away, batch.begun
    except Exception:  # of one of them
        each = [(task.part(slice(fit, fit + 1)), part_of(flat, fit, fit + 1)) for fit in range(flat.status.size)]
        return sum(away_from_minimum(*one, epsfcn, onward)[0] for one in each if len(each) > 1), batch.begun


def stuck(flat: BatchResult, start: Any, settings: Mapping[str, Any]) -> tuple[int, int]:
    """How many fits ended at their start because no value changes with any parameter, though residuals are not zero;
    and how many that converged have a parameter without a variance, as the data do not determine it.

    It is 0 by a method that knows bounds, and infinite with Levenberg-Marquardt; of exact data, all are 0.
    """
    return count_stuck(flat, start, flat.status.size, "method" in settings)


def unexplained(task: Task, flat: BatchResult) -> int:
    """How many fits that converged leave most of the sum of squares of their data around their mean."""
    found = 0
    # some together, so that arrays for it stay small
    for rows in (slice(begin, begin + _TOGETHER) for begin in range(0, flat.status.size, _TOGETHER)):
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


@lru_cache(maxsize=1)
def _at_once(epsfcn: float | None) -> Settings:
    """Settings that end a fit after its first Jacobian: no cosine exceeds a gtol of 2."""
    return Settings(gtol=2.0, epsfcn=epsfcn)
