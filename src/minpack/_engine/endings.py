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
_MOST = 0.9  # of a sum of squares


def away_from_minimum(task: Task, flat: BatchResult, epsfcn: float | None) -> tuple[int, int]:
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
    """
    step = max(1, -(-flat.status.size // _LOOKED_AT))
    if step > 1:
        rows = slice(None, None, step)
        task, flat = task.part(rows), BatchResult(*(np.ascontiguousarray(array[rows]) for array in flat.arrays()))
    settings = None if task.lower is not None else _at_once(epsfcn)  # fits within bounds go on
    batch, run = task.begin(flat, x0=flat.x, settings=settings, look=(FAR, NO_CHANGE))
    if settings is None or task.is_compiled:
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
        return sum(away_from_minimum(*one, epsfcn)[0] for one in each if len(each) > 1), batch.begun


def stuck(flat: BatchResult, start: Any, settings: Mapping[str, Any]) -> int:
    """How many fits ended at their start because no value changes with any parameter, though residuals are not zero.

    No parameter has a variance then: it is 0 by a method that knows bounds, and infinite with Levenberg-Marquardt.
    """
    return count_stuck(flat, start, flat.status.size, "method" in settings)


def unexplained(task: Task, flat: BatchResult) -> int:
    """How many fits that converged leave most of the sum of squares of their data around their mean."""
    assert task.ydata is not None
    weights = np.ones(task.m) if task.weights is None else task.weights
    if task.valid is not None:
        weights = np.where(task.valid, weights, 0.0)
    with np.errstate(all="ignore"):
        y = task.ydata if task.valid is None else np.where(task.valid, task.ydata, 0.0)
        mean = (weights**2 * y).sum(axis=-1) / (weights**2).sum(axis=-1)
        scatter = np.square(weights * (y - mean[:, np.newaxis])).sum(axis=-1)
        left = flat.success & (2.0 * flat.cost > _MOST * scatter) & (scatter > 0.0)
    return int(np.count_nonzero(left))


@lru_cache(maxsize=1)
def _at_once(epsfcn: float | None) -> Settings:
    """Settings that end a fit after its first Jacobian: no cosine exceeds a gtol of 2."""
    return Settings(gtol=2.0, epsfcn=epsfcn)
