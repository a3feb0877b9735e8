"""Whether fits of a batch ended at minima: a few are run again from where they ended."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .._results.batch import BatchResult
from .._results.ending import FAR
from .tasks import Task

_LOOKED_AT = 8
# Changes of the model below this part of the variation of the data are none: exact data have no standard errors.
_NO_CHANGE = 1e-6


def away_from_minimum(task: Task, flat: BatchResult) -> tuple[int, int]:
    """How many fits went on by more than a tenth of a standard error, and how many were run again.

    Parameters
    ----------
    task : Task
        Fits of data.
    flat : BatchResult
        Their results, one axis of fits.
    """
    converged = np.flatnonzero((flat.status >= 1) & (flat.status <= 4) & (flat.cost > 0.0))
    picks = converged[:: max(1, -(-converged.size // _LOOKED_AT))]
    return sum(_goes_on(task, flat, int(fit)) for fit in picks), picks.size


def _goes_on(task: Task, flat: BatchResult, fit: int) -> bool:
    part = replace(task.part(fit, fit + 1), x0=np.array(flat.x[fit]))
    again = BatchResult.empty(1, task.n)
    part.run(again)
    gained = 2.0 * float(flat.cost[fit] - again.cost[0])
    freedom, variation = _of_data(part)
    if not (freedom > 0 and gained > (_NO_CHANGE * variation) ** 2):
        return False
    variance = 2.0 * float(flat.cost[fit]) / freedom
    return gained > FAR**2 * (variance if task.scale_covariance else max(1.0, variance))


def _of_data(part: Task) -> tuple[int, float]:
    """Degrees of freedom of a single fit, and how far its data, weighted, are from their mean."""
    assert part.ydata is not None
    y, weights = part.ydata.reshape(-1), np.ones(1) if part.weights is None else part.weights.reshape(-1)
    valid: NDArray[np.bool_] = np.ones(y.size, dtype=bool) if part.valid is None else part.valid.reshape(-1)
    weights = np.broadcast_to(weights, y.shape)[valid]
    return int(valid.sum()) - part.n, float(np.linalg.norm(weights * (y[valid] - y[valid].mean())))
