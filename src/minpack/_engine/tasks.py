"""Batches: the rounds of fits under way, the parts of a batch, threads, progress."""

from __future__ import annotations

import operator
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from threading import Event
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from .. import _core
from .._optional import needed
from .._results.batch import BatchResult, check_out, fill, is_open, part_of, reshaped

_Array = NDArray[np.float64]

# Residuals that the fits under way have together, at one point each: so many that the cost of calling the model
# vanishes, and that of threads handing over the GIL around each of NumPy's loops; few enough that the model's
# intermediate arrays stay in a cache. Two threads gain 1.6 times with half as many, 1.75 times with these.
_RESIDUALS = 1 << 15
# Compiled functions: enough fits to factor the Jacobians of several at once, if memory allows.
_COMPILED_RESIDUALS, _MOST_COMPILED = 8192, 32
_PARTS_PER_WORKER = 8  # so that workers whose fits end early find others to run


@dataclass(eq=False)  # frozen ones take more time to make
class Task:
    """All that a worker needs for some of the fits, a row each; can be sent to another process."""

    problem: Any  # one of those in problems.py or numba.py
    x0: _Array  # (n,) or (count, n)
    m: int
    n: int
    settings: _core.Settings
    ydata: _Array | None = None  # these three (m,) or (count, m)
    weights: _Array | None = None
    valid: NDArray[np.bool_] | None = None
    scale_covariance: bool = False
    lower: _Array | None = None  # these two (n,) or (count, n), if the method knows bounds
    upper: _Array | None = None
    loss: Any = None  # one of those in losses.py, if it is a function

    @property
    def is_compiled(self) -> bool:
        return hasattr(type(self.problem), "calls")

    def changed(self, **fields: Any) -> Self:
        """A copy with some fields changed, in a tenth of the time that dataclasses.replace takes."""
        copy = object.__new__(type(self))
        copy.__dict__ = {**vars(self), **fields}
        return copy

    def part(self, rows: slice) -> Task:
        """Some of the fits."""

        def cut(array: Any, width: int) -> Any:
            one_for_all = array is None or array.ndim < 2 or array.shape[1] != width
            return array if one_for_all else np.ascontiguousarray(array[rows])

        return self.changed(
            problem=self.problem.part(rows), x0=cut(self.x0, self.n), ydata=cut(self.ydata, self.m),
            weights=cut(self.weights, self.m), valid=cut(self.valid, self.m),
            lower=cut(self.lower, self.n), upper=cut(self.upper, self.n),
        )  # fmt: skip

    def run(self, out: BatchResult, stop: Event | None = None, report: Callable[[int], object] | None = None) -> None:
        """Run the fits of `out` that have not been run."""
        batch, run = self.begin(out)
        finished, going = 0, True
        while going and (stop is None or not stop.is_set()):
            going = run()
            if report is not None and batch.finished > finished:
                report(batch.finished - finished)
                finished = batch.finished

    def begin(
        self, results: BatchResult, x0: _Array | None = None, settings: _core.Settings | None = None,
        look: tuple[float, float] | None = None,
    ) -> tuple[_core.Batch, Callable[[], bool]]:  # fmt: skip
        """A batch of the fits, perhaps from elsewhere or with other settings, and what takes them further for a moment
        and says whether there is more to do.
        """
        problem, m, loss, is_compiled = self.problem, self.m, self.loss, self.is_compiled
        capacity = min(_MOST_COMPILED, _COMPILED_RESIDUALS // m) or 1 if is_compiled else max(8, _RESIDUALS // m)
        batch = _core.Batch(
            problem.count, m=m, n=self.n, capacity=capacity, x0=self.x0 if x0 is None else x0,
            data=None if self.ydata is None else _core.Data(self.ydata, self.weights, self.valid, count=problem.count),
            results=results, settings=self.settings if settings is None else settings,
            differences=not problem.has_jacobian, scale_covariance=self.scale_covariance,
            lower=self.lower, upper=self.upper, look=look,
        )  # fmt: skip
        if not is_compiled:
            model = getattr(problem, "model", None)
            return batch, partial(batch.rounds, problem.values, problem.jacobians, loss, model)
        address, how = problem.calls
        return batch, partial(batch.run, address, loss=None if loss is None else loss.address(), **how)

    def __call__(self) -> BatchResult:
        out = BatchResult.empty(self.problem.count, self.n)
        self.run(out)
        return out


def run_batch(
    task: Task,
    lead: tuple[int, ...],
    *,
    out: BatchResult | None,
    workers: int | Callable[..., Iterable[Any]],
    progress: bool,
) -> tuple[BatchResult, BatchResult]:
    """The results of all fits of a task, run in one thread or in parts, and the same with one axis of fits."""
    if out is None:
        out = BatchResult.empty(lead, task.n)
    else:
        check_out(out, lead, task.n)
    flat = reshaped(out, len(lead), (task.problem.count,))
    with _bar(progress, flat) as bar:
        report = None if bar is None else bar.update
        threads = (os.cpu_count() or 1) if workers == -1 else workers
        if task.problem.count == 0 or threads == 1:
            task.run(flat, report=report)
        elif callable(threads):
            _run_by_map(task, flat, threads, report)
        else:
            _run_in_threads(task, flat, int(threads), report)
    return out, flat


def _run_by_map(
    task: Task, flat: BatchResult, map_: Callable[..., Iterable[Any]], report: Callable[[int], object] | None
) -> None:
    parts = [(begin, end) for begin, end in _parts(task.problem.count, os.cpu_count() or 1)
             if is_open(part_of(flat, begin, end))]  # fmt: skip
    results = map_(operator.call, [task.part(slice(begin, end)) for begin, end in parts])
    if not isinstance(results, Iterable):
        raise TypeError(f"workers must return an iterable of results, as map does; it returned {results!r}")
    for (begin, end), result in zip(parts, results, strict=True):
        if not isinstance(result, BatchResult):
            raise TypeError(f"workers must return what the function returns for each task; it returned {result!r}")
        done = fill(part_of(flat, begin, end), result)
        if report is not None:
            report(done)


def _run_in_threads(task: Task, flat: BatchResult, threads: int, report: Callable[[int], object] | None) -> None:
    """Run the parts in this thread and in others, each taking the next part when it has finished one.

    A thread that only waited would take a processor from the others whenever a part ends, for some milliseconds.
    """
    from concurrent.futures import ThreadPoolExecutor  # which takes longer to import than all the rest

    stop, parts = Event(), deque(_parts(task.problem.count, threads))

    def work() -> None:
        while not stop.is_set():
            try:
                begin, end = parts.popleft()
            except IndexError:
                return
            try:
                task.part(slice(begin, end)).run(part_of(flat, begin, end), stop, report)
            except BaseException:
                stop.set()  # an interrupt or an error ends the others at their next round
                raise

    with ThreadPoolExecutor(threads) as pool:
        try:
            try:
                others = [pool.submit(work) for _ in range(min(threads, len(parts)) - 1)]
            except (RuntimeError, MemoryError) as error:  # whose words, if any, are the system's
                raise RuntimeError(
                    f"the system cannot start {threads} threads: pass fewer workers; got workers={threads}"
                ) from error
            work()
            for other in others:
                other.result()
        finally:  # an interrupt may come between two parts
            stop.set()


def _parts(count: int, workers: int) -> Iterator[tuple[int, int]]:
    size = max(1, -(-count // (workers * _PARTS_PER_WORKER)))
    return ((begin, min(begin + size, count)) for begin in range(0, count, size))


def _bar(progress: bool, flat: BatchResult) -> Any:
    if not progress:
        return nullcontext()
    tqdm = needed("progress=True", "tqdm.auto", "tqdm").tqdm
    done = int((flat.status != _core.NOT_RUN_YET).sum())
    return tqdm(total=len(flat.status), initial=done, unit="fit", unit_scale=True)
