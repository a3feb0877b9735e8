"""The fits of a batch whose data are in memory."""


from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._engine.memory import hold
from .._engine.numba import NumbaProblem
from .._engine.problems import CurveProblem
from .._engine.rows import check_compiled_model, why_not_rows
from .._engine.single import Settings
from .._engine.tasks import Task, run_batch
from .._input.arrays import check_callable, check_choice, data_array, read_only
from .._input.bounds import UNBOUNDED, start_within
from .._input.data import start_of_many, valid_of_many, weights_of_many, ydata_of_many
from .._input.many import bounds_of_many, plan_of_many
from .._input.parameters import number_of_parameters
from .._input.settings import check_functions, check_nan_policy, check_workers
from .._models.model import Model
from .._models.starts import guess
from .._results.batch import BatchResult
from .._results.warnings import warn

_Array = NDArray[np.float64]

_SLOWER = (
    "f {name!r} does not evaluate many fits at once, a row each: {reason}. minpack calls it for each fit on its own, "
    "which is right but slow: sum along the points, as in g.sum(axis=-1, keepdims=True), and index them, as in "
    "g[..., :1], or pass vectorized=False to keep it so"
)


def fit_rows(
    ydata: ArrayLike, xdata: ArrayLike, p0: ArrayLike | None, sigma: ArrayLike | None = None, *,
    f: Callable[..., ArrayLike], x_per_fit: bool, jac: Callable[..., Any] | None = None, absolute_sigma: bool = False,
    engine: str = "numpy", functions: str | None = None, vectorized: bool | None = None, nan_policy: str | None = None,
    workers: int | Callable[..., Iterable[Any]] = 1, progress: bool = False, out: BatchResult | None = None,
    **options: Any,
) -> BatchResult:  # fmt: skip
    """Do what `curve_fit_batch` does; the caller says whether there is an abscissa per fit.

    The shapes cannot tell: a block of a Dask array, or what is left of an array when some of its dimensions are
    fitted along, may have as many fits as the model has predictors.
    """
    check_callable("f", f)
    check_callable("jac", jac, optional=True)
    if jac is None and isinstance(f, Model):
        jac = f.jac
    check_workers(workers)
    check_choice("engine", engine, ("numpy", "numba"))
    check_functions(functions, engine)
    check_nan_policy(nan_policy)
    y = ydata_of_many(ydata)
    lead, m = y.shape[:-1], y.shape[-1]
    count = math.prod(lead)
    start, n = starts_of(f, p0, lead, options)
    plan = plan_of_many("curve_fit_batch", lead, n, options)
    for words in plan.warnings:
        warn(words, UserWarning)
    settings = plan.settings
    Settings(**settings)  # checks them before the model is called
    x = np.ascontiguousarray(data_array("xdata", xdata))
    if p0 is None and isinstance(f, Model):
        start = start_of_many(guess(f, x, y, sigma, x_per_fit), lead)
        if plan.lower is not None and plan.upper is not None:
            start = np.clip(start, plan.lower, plan.upper)
    if x_per_fit:
        x = x.reshape(count, *x.shape[len(lead) :])
    weights = weights_of_many(sigma, lead, m)
    y = y.reshape(count, m)
    valid = valid_of_many(x, x_per_fit, y, weights, nan_policy)
    # from here on the model is called, which might resize what it can reach
    given = out.arrays() if isinstance(out, BatchResult) else ()
    held = hold(y, x, start, weights, valid, plan.lower, plan.upper, *given)
    if engine == "numba":
        problem: Any = NumbaProblem(f, jac, x, x_per_fit, count, n, functions or "minpack")
        at = problem.addresses()  # what cannot be compiled raises here, before any fit is run
        if vectorized is None and count > 0:
            check_compiled_model(problem, at.func, start, m)
    else:
        problem = CurveProblem(f, jac, read_only(x), x_per_fit, count, vectorized is not False)
        reason = why_not_rows(problem, start, m) if vectorized is None and count > 0 else None
        if reason is not None:
            problem = problem.fit_by_fit()
            warn(_SLOWER.format(name=getattr(f, "__name__", f), reason=reason), RuntimeWarning)
    if jac is None and options.get("epsfcn") is None and count > 0:
        model = CurveProblem(problem.f, None, x, x_per_fit, count, vectorized=False) if engine == "numba" else problem
        settings = _for_precision(model.precision(start), settings)
    held.clear()
    task = Task(
        problem, start, m, n, Settings(**settings), ydata=y, weights=weights, valid=valid,
        scale_covariance=not absolute_sigma, lower=plan.lower, upper=plan.upper,
    )  # fmt: skip
    return run_batch(task, lead, out=out, workers=workers, progress=progress)


def starts_of(f: Callable[..., Any], p0: ArrayLike | None, lead: tuple[int, ...], options: Any) -> tuple[_Array, int]:
    """Where the fits start, and the number of parameters."""
    if p0 is not None:
        start = start_of_many(p0, lead)
    else:
        n = number_of_parameters(f)
        start = start_within(*np.broadcast_arrays(*bounds_of_many(options.get("bounds", UNBOUNDED), lead, n)))
    return start, start.shape[-1]


def _for_precision(eps: float, settings: dict[str, Any]) -> dict[str, Any]:
    """The settings with steps for a model that has fewer digits than doubles, and a warning."""
    if eps <= np.finfo(np.float64).eps:
        return settings
    bounded = "method" in settings
    steps = "are too short" if bounded else "are made"
    warn(
        f"f returns numbers with a relative precision of {eps:.1g}; steps for differences {steps} for that: let f "
        f"compute with 64-bit floats{'' if bounded else ' if digits matter'}",
        RuntimeWarning,
    )
    return settings if bounded else settings | {"epsfcn": eps}
