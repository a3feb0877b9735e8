"""The lockstep engine, driven: what a batch of fits needs, evaluated round after round, in one thread or in parts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from threading import Event
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _core
from .._input.arrays import hold

_Array = NDArray[np.float64]

STOPPED_BY_FUNCTION = _core.STOPPED_BY_FUNCTION
NOT_FINITE_AT_START = _core.NOT_FINITE_AT_START
TOO_FEW_POINTS = _core.TOO_FEW_POINTS
NOT_RUN_YET = _core.NOT_RUN_YET

# Residuals that the fits under way have together, at one point each: so many that a call of the model does not show,
# nor threads that hand the interpreter's lock over around each of NumPy's loops; what they take stays in a cache.
_RESIDUALS_UNDER_WAY = 1 << 15
_CHUNKS_A_WORKER = 8  # so that workers whose fits end early have others to take


@dataclass(eq=False)
class BatchResult:
    """What became of each fit of a batch: arrays, which are Dask's where the data were.

    Attributes
    ----------
    x : ndarray, shape (..., n)
        The parameters where each fit ended.
    cov : ndarray, shape (..., n, n)
        Their covariance; inf where it could not be estimated, NaN where the fit did not converge.
    status : ndarray of int32, shape (...,)
        MINPACK's code, 1 to 4 being solutions; or `NOT_FINITE_AT_START`, `TOO_FEW_POINTS`, `NOT_RUN_YET`, and for
        compiled functions `STOPPED_BY_FUNCTION`.
    nfev : ndarray of int32, shape (...,)
        Points at which the function was evaluated.
    cost : ndarray, shape (...,)
        Half the sum of squares; NaN where the fit was not run.
    """

    x: _Array
    cov: _Array
    status: NDArray[np.int32]
    nfev: NDArray[np.int32]
    cost: _Array

    @classmethod
    def empty(cls, shape: int | tuple[int, ...], n: int) -> BatchResult:
        """Room for fits of n parameters, none of them run yet: for `out`, or as a pattern for memory maps."""
        shape = (shape,) if isinstance(shape, int) else tuple(shape)
        return cls(
            x=np.full((*shape, n), np.nan),
            cov=np.full((*shape, n, n), np.nan),
            status=np.full(shape, NOT_RUN_YET, dtype=np.int32),
            nfev=np.zeros(shape, dtype=np.int32),
            cost=np.full(shape, np.nan),
        )

    @property
    def success(self) -> NDArray[np.bool_]:
        """Which fits converged, shape (...,)."""
        # arithmetic alone, which leaves Dask arrays what they are
        success: NDArray[np.bool_] = (self.status >= 1) & (self.status <= 4)
        return success

    def arrays(self) -> tuple[NDArray[Any], ...]:
        """x, cov, status, nfev, cost."""
        return self.x, self.cov, self.status, self.nfev, self.cost


@dataclass(frozen=True)
class Task:
    """All that a worker needs for some of the fits, a row each; can be sent to another process."""

    problem: Any  # CurveProblem, GeneralProblem, or one of those that are compiled
    x0: _Array  # (n,) or (count, n)
    ydata: _Array | None
    weights: _Array | None
    valid: NDArray[np.bool_] | None
    m: int
    n: int
    settings: _core.Settings
    scale_covariance: bool

    def part(self, begin: int, end: int) -> Task:
        def cut(rows: Any, width: int) -> Any:
            return rows[begin:end] if rows is not None and rows.ndim == 2 and rows.shape[1] == width else rows

        return Task(
            self.problem.part(begin, end), cut(self.x0, self.n), cut(self.ydata, self.m), cut(self.weights, self.m),
            cut(self.valid, self.m), self.m, self.n, self.settings, self.scale_covariance,
        )  # fmt: skip

    def run(self, out: BatchResult, stop: Event | None = None, told: Callable[[int], object] | None = None) -> None:
        """Run the fits of `out` that have not been run."""
        held = hold(self.x0, self.ydata, self.weights, self.valid, *out.arrays(), self.problem.context)
        count, data = len(out.status), None
        if self.ydata is not None:
            data = _core.Data(self.ydata, weights=self.weights, valid=self.valid, count=count)
        batch = _core.Batch(
            count, m=self.m, n=self.n, capacity=self.problem.capacity(self.m), x0=self.x0, data=data, results=out,
            settings=self.settings, differences=not self.problem.has_jacobian, scale_covariance=self.scale_covariance,
        )  # fmt: skip
        finished, going = 0, True
        while going and (stop is None or not stop.is_set()):
            going = self.problem.advance(batch, self.m)
            if told is not None and batch.finished > finished:
                told(batch.finished - finished)
                finished = batch.finished
        held.clear()

    def __call__(self) -> BatchResult:
        out = BatchResult.empty(self.problem.count, self.n)
        self.run(out)
        return out


class _Vectorized:
    """A problem whose function takes the points of many fits at once."""

    context = None

    def values(self, points: _Array, fits: NDArray[np.intp], m: int) -> _Array:
        raise NotImplementedError

    def jacobians(self, points: _Array, fits: NDArray[np.intp], m: int) -> _Array:
        raise NotImplementedError

    def capacity(self, m: int) -> int:
        """How many fits are to be under way at once."""
        return max(8, _RESIDUALS_UNDER_WAY // m)

    def advance(self, batch: _core.Batch, m: int) -> bool:
        """One round of all fits under way; whether there is more to do."""
        points, fits, jacobian_points, jacobian_fits = batch.request()
        if not len(fits) and not len(jacobian_fits):
            return False
        values = self.values(points, fits, m) if len(fits) else points
        jacobians = self.jacobians(jacobian_points, jacobian_fits, m) if len(jacobian_fits) else None
        held = hold(values, jacobians)
        batch.feed(values, jacobians)
        held.clear()
        return True


@dataclass(frozen=True)
class CurveProblem(_Vectorized):
    """A model f(x, *params) of arrays: parameters come as columns, one row a point wanted."""

    f: Callable[..., ArrayLike]
    jac: Callable[..., Any] | None
    xdata: Any
    x_per_fit: bool
    count: int

    @property
    def has_jacobian(self) -> bool:
        return self.jac is not None

    def part(self, begin: int, end: int) -> CurveProblem:
        xdata = self.xdata[begin:end] if self.x_per_fit else self.xdata
        return CurveProblem(self.f, self.jac, xdata, self.x_per_fit, end - begin)

    def arguments(self, points: _Array, fits: NDArray[np.intp]) -> list[Any]:
        x = self.xdata
        if self.x_per_fit:
            x = x[fits]
            if x.ndim == 3:  # predictors first, so that x[0] is the first one
                x = np.moveaxis(x, 1, 0)
        return [x, *points.T[:, :, np.newaxis]]  # (rows, 1) each

    def values(self, points: _Array, fits: NDArray[np.intp], m: int) -> _Array:
        return _as_rows("f", self.f, self.f(*self.arguments(points, fits)), (len(points), m))

    def jacobians(self, points: _Array, fits: NDArray[np.intp], m: int) -> _Array:
        assert self.jac is not None
        rows, n = points.shape
        columns = self.jac(*self.arguments(points, fits))
        if not isinstance(columns, (tuple, list)):
            return _as_rows("jac", self.jac, columns, (rows, m, n))
        if len(columns) != n:
            raise ValueError(f"jac must return {n} derivatives, one a parameter; it returned {len(columns)}")
        out = np.empty((rows, m, n))
        for j, column in enumerate(columns):
            out[:, :, j] = _as_rows("jac", self.jac, column, (rows, m))
        return out


@dataclass(frozen=True)
class GeneralProblem(_Vectorized):
    """A function func(x, *args) of rows, and rows of args."""

    func: Callable[..., ArrayLike]
    dfun: Callable[..., ArrayLike] | None
    args: tuple[Any, ...]
    count: int

    @property
    def has_jacobian(self) -> bool:
        return self.dfun is not None

    def part(self, begin: int, end: int) -> GeneralProblem:
        args = tuple(arg if arg.ndim == 0 else arg[begin:end] for arg in self.args)
        return GeneralProblem(self.func, self.dfun, args, end - begin)

    def arguments(self, points: _Array, fits: NDArray[np.intp]) -> list[Any]:
        return [points, *(arg[()] if arg.ndim == 0 else arg[fits] for arg in self.args)]

    def values(self, points: _Array, fits: NDArray[np.intp], m: int) -> _Array:
        return _as_rows("func", self.func, self.func(*self.arguments(points, fits)), (len(points), m))

    def jacobians(self, points: _Array, fits: NDArray[np.intp], m: int) -> _Array:
        assert self.dfun is not None
        rows, n = points.shape
        return _as_rows("Dfun", self.dfun, self.dfun(*self.arguments(points, fits)), (rows, m, n))


def _as_rows(argument: str, function: Callable[..., Any], value: ArrayLike, shape: tuple[int, ...]) -> _Array:
    """What a user's function returned, as float64 of that shape."""
    name = getattr(function, "__name__", function)
    try:
        array = np.asarray(value)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{argument} {name!r} must return real numbers: {error}") from error
    if array.dtype == np.float64 and array.shape == shape and array.flags.c_contiguous:  # the usual case
        return array
    if not np.can_cast(array.dtype, np.float64) or array.dtype.kind not in "biuf":
        raise TypeError(f"{argument} {name!r} must return real numbers; it returned dtype {array.dtype}")
    try:
        return np.ascontiguousarray(np.broadcast_to(array, shape), dtype=np.float64)
    except ValueError:
        raise ValueError(f"{argument} {name!r} must return shape {shape}; it returned {array.shape}") from None


def _check_out(out: BatchResult, lead: tuple[int, ...], n: int) -> None:
    if not isinstance(out, BatchResult):
        raise TypeError(f"out must be a BatchResult, not {out!r}")
    patterns = BatchResult.empty((), n).arrays()
    for name, array, pattern in zip(("x", "cov", "status", "nfev", "cost"), out.arrays(), patterns, strict=True):
        shape = (*lead, *pattern.shape)
        if not isinstance(array, np.ndarray):
            raise TypeError(f"out.{name} must be an array, not {array!r}")
        fits = array.shape == shape and array.dtype == pattern.dtype
        if not (fits and array.flags.carray):
            raise ValueError(
                f"out.{name} must be a writeable {pattern.dtype} array in C order of shape {shape}; "
                f"it is {array.dtype} of shape {array.shape}"
            )


def run_batch(
    task: Task,
    lead: tuple[int, ...],
    out: BatchResult | None,
    workers: int | Callable[..., Iterable[Any]],
    progress: bool,
) -> BatchResult:
    """All fits of a task, in one thread or in parts."""
    if out is None:
        out = BatchResult.empty(lead, task.n)
    else:
        _check_out(out, lead, task.n)
    count = task.problem.count
    flat = BatchResult(*(a.reshape(count, *a.shape[len(lead) :]) for a in out.arrays()))
    with _bar(progress, flat.status) as bar:
        told = None if bar is None else bar.update
        threads = 1 if callable(workers) else _number_of_threads(workers)
        if count == 0 or (threads == 1 and not callable(workers)):
            task.run(flat, told=told)
        elif callable(workers):
            parts = [(begin, end) for begin, end in _parts(count, os.cpu_count() or 1) if _is_open(flat, begin, end)]
            tasks = [task.part(begin, end) for begin, end in parts]
            results = workers(_call, tasks)
            if not isinstance(results, Iterable):
                raise TypeError(f"workers must return an iterable of results, as map does, not {results!r}")
            for (begin, end), result in zip(parts, results, strict=True):
                if not isinstance(result, BatchResult):
                    raise TypeError(f"workers must give what the function gives for each task, not {result!r}")
                todo = flat.status[begin:end] == NOT_RUN_YET
                for array, part in zip(flat.arrays(), result.arrays(), strict=True):
                    array[begin:end][todo] = part[todo]
                if told is not None:
                    told(int(todo.sum()))
        else:
            _run_in_threads(task, flat, threads, told)
    return out


def _run_in_threads(task: Task, flat: BatchResult, threads: int, told: Callable[[int], object] | None) -> None:
    from concurrent.futures import ThreadPoolExecutor  # which takes longer to import than all the rest

    stop = Event()
    with ThreadPoolExecutor(threads) as pool:
        futures = []
        try:
            for begin, end in _parts(len(flat.status), threads):
                part = BatchResult(*(a[begin:end] for a in flat.arrays()))
                futures.append(pool.submit(task.part(begin, end).run, part, stop, told))
            for future in futures:
                future.result()
        finally:  # an interrupt or an error ends the others at their next round
            stop.set()
            for future in futures:
                future.cancel()


def _number_of_threads(workers: Any) -> int:
    if not isinstance(workers, (int, np.integer)) or (workers < 1 and workers != -1):
        raise ValueError(f"workers must be a positive number, -1 for one a core, or callable, not {workers!r}")
    return (os.cpu_count() or 1) if workers == -1 else int(workers)


def _parts(count: int, workers: int) -> Iterator[tuple[int, int]]:
    size = max(1, -(-count // (workers * _CHUNKS_A_WORKER)))
    return ((begin, min(begin + size, count)) for begin in range(0, count, size))


def _is_open(flat: BatchResult, begin: int, end: int) -> bool:
    return bool((flat.status[begin:end] == NOT_RUN_YET).any())


def _call(task: Task) -> BatchResult:
    return task()


def _bar(progress: bool, status: NDArray[np.int32]) -> Any:
    if not progress:
        return nullcontext()
    try:
        from tqdm.auto import tqdm
    except ImportError as error:
        raise ImportError("progress=True needs tqdm: pip install minpack[progress]") from error
    done = int((status != NOT_RUN_YET).sum())
    return tqdm(total=len(status), initial=done, unit="fit", unit_scale=True)
