"""Batches of fits of counts: the likelihood of Poisson's distribution, and errors from the expected information."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Event
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import _core
from .._results.batch import BatchResult, fill, is_open, part_of
from .._results.codes import AWAY_FROM_MINIMUM
from .._results.ending import FAR
from .deviance import LEAST_SHARE, root_slopes, roots
from .numba import NumbaProblem
from .problems import CurveProblem
from .references import python_function
from .refits import Counts, Noise, PartlyHeld
from .tasks import Task

_Array = NDArray[np.float64]

# Fits that are made before their results are handed over, and numbers of them all, as the data of compiled models are
# copied for as many.
_MOST_FITS, _MOST_NUMBERS = 4096, 1 << 21

_EDGE = 1e-4  # determinant of the correlations below which a fit may have ended where the model is zero
_STEP = 2.0**-26


@dataclass(frozen=True)
class Deviations:
    """A model in units of the standard deviations of what it expects: with it, J'J is the expected information."""

    def residuals(self, curves: _Array, least: _Array) -> _Array:
        return roots(curves, least)

    def jacobians(self, columns: _Array, curves: _Array, least: _Array) -> _Array:
        return columns * root_slopes(curves, least)[:, :, np.newaxis]


@dataclass(eq=False)
class CountsTask(Task):
    """A task whose `ydata` are counts; the settings `at_the_end` end a fit after one Jacobian."""

    at_the_end: _core.Settings | None = None

    def run(self, out: BatchResult, stop: Event | None = None, report: Callable[[int], object] | None = None) -> None:
        """Run the fits of `out` that have not been run, some at a time: none is there without its covariance."""
        count = len(out.status)
        size = max(16, min(_MOST_FITS, _MOST_NUMBERS // self.m))
        for begin in range(0, count, size):
            end = min(begin + size, count)
            open_ = part_of(out, begin, end)
            if not is_open(open_):
                continue
            found = self._fitted(self.part(slice(begin, end)), stop)
            if stop is not None and stop.is_set():
                return
            done = fill(open_, found)
            if report is not None:
                report(done)

    def _fitted(self, some: Task, stop: Event | None) -> BatchResult:
        count, counts = some.problem.count, some.ydata
        assert counts is not None and self.at_the_end is not None
        valid = np.ones((count, self.m), dtype=np.bool_) if some.valid is None else some.valid
        start = np.ascontiguousarray(np.broadcast_to(some.x0, (count, self.n)))
        found = _stage(some, start, self.settings, Counts(), counts, stop)
        success = found.success
        if not success.any():
            return found
        mean = np.where(valid, counts, 0.0).sum(axis=1) / np.maximum(valid.sum(axis=1), 1)
        with np.errstate(invalid="ignore"):
            least = LEAST_SHARE * np.maximum(mean, 1.0)
        ends = np.where(success[:, np.newaxis], found.x, start)
        least = np.ascontiguousarray(np.broadcast_to(least[:, np.newaxis], counts.shape))
        information = _stage(some, ends, self.at_the_end, Deviations(), least, stop)
        if self.lower is None:
            at_edges = np.flatnonzero(success & _may_be_at_an_edge(information.cov))
            away = at_edges[_distances(some, found.x, at_edges, counts, least, valid) > FAR]
            found.status[away], found.cov[away], success[away] = AWAY_FROM_MINIMUM, np.nan, False
        found.cov[success] = np.where(information.success[:, np.newaxis, np.newaxis], information.cov, np.inf)[success]
        return found


def _may_be_at_an_edge(cov: _Array) -> NDArray[np.bool_]:
    """Whether nearly nothing is expected somewhere: such a point determines a combination of parameters exactly."""
    with np.errstate(all="ignore"):
        errors = np.sqrt(np.diagonal(cov, axis1=1, axis2=2))
        return np.asarray(~(np.linalg.det(cov / (errors[:, :, np.newaxis] * errors[:, np.newaxis, :])) > _EDGE))


def _distances(
    some: Task, x: _Array, fits: NDArray[np.intp], counts: _Array, least: _Array, valid: NDArray[np.bool_]
) -> _Array:
    """The step of some fits to the maximum of the likelihood, in standard errors, by the expected information."""
    problem = some.problem
    if isinstance(problem, NumbaProblem):
        python = python_function(problem.f) or problem.f
        problem = CurveProblem(python, None, problem.xdata, problem.x_per_fit, problem.count, vectorized=False)
    points, m, far = x[fits], some.m, np.zeros(len(fits))
    steps = _STEP * np.where(points == 0.0, 1.0, np.abs(points))
    try:
        with np.errstate(all="ignore"):
            expected = problem.values(points, fits, m)
            columns = np.empty((len(fits), m, some.n))
            for j in range(some.n):
                moved = points.copy()
                moved[:, j] += steps[:, j]
                columns[:, :, j] = (problem.values(moved, fits, m) - expected) / steps[:, j, np.newaxis]
            deviations = np.where(valid[fits], np.sqrt(np.maximum(expected, least[fits])), np.inf)
            residuals = np.where(valid[fits], counts[fits] - expected, 0.0) / deviations
            q, _ = np.linalg.qr(columns / deviations[:, :, np.newaxis])
            far = np.linalg.norm(np.einsum("kmn,km->kn", q, residuals), axis=1)
    except Exception:  # a moved point may be outside of what the model is defined for
        pass
    return far


def _stage(
    some: Task, start: _Array, settings: _core.Settings, noise: Noise, given: _Array, stop: Event | None
) -> BatchResult:
    """Fit what the noise makes of the model to zeros."""
    if isinstance(some.problem, NumbaProblem):
        kind = "deviance" if isinstance(noise, Counts) else "root"
        problem: Any = replace(some.problem, kind=kind, given=given)
    else:
        free = np.broadcast_to(np.arange(some.n), start.shape)
        problem = PartlyHeld(some.problem, start, free, noise, given)
    out = BatchResult.empty(len(start), some.n)
    task = Task(
        problem, start, some.m, some.n, settings, ydata=np.zeros(some.m), valid=some.valid, lower=some.lower,
        upper=some.upper,
    )  # fmt: skip
    task.run(out, stop)
    return out
