"""`leastsq_batch`: many sums of squares of the same sizes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._engine.endings import stuck
from .._engine.problems import CompiledProblem, GeneralProblem
from .._engine.remembered import known_at, known_of
from .._engine.steps import hides_small_steps, points_near
from .._engine.tasks import Task, run_batch
from .._input.arrays import are_doubles, as_array, check_callable, integer, missing_as_nan, real_array
from .._input.bounds import UNBOUNDED
from .._input.compiled import address_of, context_of, is_compiled
from .._input.many import plan_of_many
from .._input.settings import check_workers
from .._results.batch import BatchResult
from .._results.warnings import warn
from .fit_rows import loss_of, made_of
from .returned import NO_DIFFERENCES, SUITS_FLOATS, Notice, eps_of_hidden, look_at_model, warn_of_stuck_fits

_Array = NDArray[np.float64]


def leastsq_batch(
    func: Callable[..., ArrayLike],
    x0: ArrayLike,
    args: tuple[ArrayLike, ...] = (),
    *,
    Dfun: Callable[..., ArrayLike] | None = None,
    bounds: Any = UNBOUNDED,
    method: str | None = None,
    m: int | None = None,
    workers: int | Callable[..., Iterable[Any]] = 1,
    progress: bool = False,
    out: BatchResult | None = None,
    ftol: float | None = None,
    xtol: float | None = None,
    gtol: float | None = None,
    maxfev: int = 0,
    loss: str | Callable[..., Any] = "linear",
    f_scale: float = 1.0,
    x_scale: ArrayLike | str | None = None,
    epsfcn: float | None = None,
    factor: float = 100,
    diag: ArrayLike | None = None,
    reference: Literal["scipy", "netlib"] = "scipy",
) -> BatchResult:
    """Minimize many sums of squares of the same sizes at once.

    Parameters
    ----------
    func : callable
        ``func(x, *args)`` takes x of shape (rows, n) and the corresponding rows of each of `args`, and returns the
        residuals, shape (rows, m). Or a compiled function, as `leastsq` takes it with `m`: each fit then runs as a
        whole, without the GIL.
    x0 : array_like, shape (..., n)
        Start of each fit.
    args : tuple of array_like, optional
        Arrays with the leading dimensions of `x0`, one row per fit; or numbers, the same for all. With compiled
        functions empty, or one float64 array in C order, whose row i is the context of fit i.
    Dfun : callable, optional
        ``Dfun(x, *args)`` returns the Jacobians, shape (rows, m, n). By default they are approximated by differences.
    bounds : 2-tuple of array_like or Bounds, optional
        Lower and upper bounds of the parameters, infinite for none: each a number, (n,), or per fit (..., n).
    method : {None, "lm", "trf", "dogbox"}, optional
        See `least_squares`. By default "lm", or "trf" if there are bounds or a loss.
    m : int, optional
        The number of residuals. Unless given, `func` is called once with a single row to find it; for compiled
        functions it must be given.
    workers, progress, out : optional
        As in `curve_fit_batch`.
    ftol, xtol, gtol, maxfev, loss, f_scale, x_scale : optional
        As in `curve_fit_batch`; with a compiled `func` as its engine "numba".
    epsfcn, factor, diag, reference : optional
        As in `leastsq`; only with "lm". `diag` has n elements, for all fits. By default `epsfcn` is the
        machine epsilon of the dtype that `func` returns, so that steps suit 32-bit floats, too, with each method.

    Returns
    -------
    BatchResult
        As of `curve_fit_batch`, with `cov` the inverse of ``J.T @ J``, not scaled.

    Raises
    ------
    ValueError
        If shapes do not agree. Fits that do not converge raise no error, nor do those that start outside of their
        bounds: see `status`.
    TypeError
        If the method does not have an option, or `func` returns values that are not real or have a unit.

    Warns
    -----
    OptimizeWarning
        If fits ended at their start because the residuals, which are not zero, do not change with any parameter.
    RuntimeWarning
        If `func` returns integers, which small steps for differences do not change, floats that are shorter than an
        `epsfcn` that is given allows, or masked elements; if small steps from the first start hide what larger
        ones show.

    References
    ----------
    .. [1] More, Garbow, Hillstrom: User Guide for MINPACK-1, ANL-80-74, 1980: LMDIF, LMDER. Those of the other methods
       are given with `least_squares`.

    Examples
    --------
    >>> import numpy as np
    >>> from minpack import leastsq_batch
    >>> def rosenbrock(x, scale):
    ...     return np.stack([scale * (x[:, 1] - x[:, 0] ** 2), 1.0 - x[:, 0]], axis=1)
    >>> result = leastsq_batch(rosenbrock, np.tile([-1.2, 1.0], (3, 1)), args=([1.0, 10.0, 100.0],))
    >>> result.x.round(6).tolist()
    [[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]]
    """
    check_workers(workers)
    start = np.array(real_array("x0", x0), order="C")
    if start.ndim < 1 or start.shape[-1] == 0:
        raise ValueError(f"x0 must have shape (..., n) with at least one parameter; got shape {start.shape}")
    lead, n = start.shape[:-1], start.shape[-1]
    plan = plan_of_many("leastsq_batch", lead, n, {
        "bounds": bounds, "method": method, "ftol": ftol, "xtol": xtol, "gtol": gtol, "maxfev": maxfev, "loss": loss,
        "f_scale": f_scale, "x_scale": x_scale, "epsfcn": epsfcn, "factor": factor, "diag": diag,
        "reference": reference,
    })  # fmt: skip
    for words in plan.warnings:
        warn(words, UserWarning)
    settings = plan.settings
    start = start.reshape(math.prod(lead), n)
    if m is not None:
        m = integer("m", m, positive=True)
    notice = Notice(partial(look_at_model, of_model=False))
    if is_compiled(func):
        if m is None:
            raise ValueError("m, the number of residuals, must be given if func is compiled")
        problem: Any = _compiled_problem(func, Dfun, args, lead)
    else:
        problem = _general_problem(func, Dfun, args, lead)
        if m is None or len(start) > 0:
            given = settings.get("epsfcn")
            eps = NO_DIFFERENCES if Dfun is not None else SUITS_FLOATS if given is None else given
            size, dtype = _residuals_of(problem, start, partial(notice, eps=eps), eps == SUITS_FLOATS)
            if m is not None and size not in (1, m):
                raise ValueError(f"m must be the number of residuals that func returns, {size}; got {m}")
            m = size if m is None else m
            if eps == SUITS_FLOATS and dtype.kind == "f" and dtype != np.float64:  # as `leastsq` does
                settings = {**settings, "epsfcn": float(np.finfo(dtype).eps)}
    loss_function = loss_of(plan.loss, is_compiled(func), "minpack", m)
    task = Task(problem, start, m, n, made_of(plan, settings), lower=plan.lower, upper=plan.upper, loss=loss_function)
    result, flat = run_batch(task, lead, out=out, workers=workers, progress=progress)
    if not notice.said and m > n:
        warn_of_stuck_fits(func, stuck(flat, start, settings)[0], len(start))
    return result


def _compiled_problem(func: Any, Dfun: Any, args: Any, lead: tuple[int, ...]) -> CompiledProblem:
    for name, function in (("func", func), ("Dfun", Dfun)):
        if function is not None:
            address_of(name, function)
    count = math.prod(lead)
    context = context_of(args)
    if context is not None:
        if context.shape[: len(lead)] != lead:
            raise ValueError(f"args[0] must have the leading dimensions {lead} of x0; got shape {context.shape}")
        context = context.reshape(count, *context.shape[len(lead) :])
    return CompiledProblem(func, Dfun, address_of, context, context is not None, count)


def _general_problem(func: Any, Dfun: Any, args: Any, lead: tuple[int, ...]) -> GeneralProblem:
    check_callable("func", func)
    check_callable("Dfun", Dfun, optional=True)
    count = math.prod(lead)
    rows = []
    for k, arg in enumerate(args if isinstance(args, tuple) else (args,)):
        if not are_doubles(arg):
            arg = missing_as_nan(arg)
            arg = np.asarray(arg) if np.isscalar(arg) else as_array(f"args[{k}]", arg).reshape(np.shape(arg))
        if arg.ndim and arg.shape[: len(lead)] != lead:
            raise ValueError(f"args[{k}] must have the leading dimensions {lead} of x0; got shape {arg.shape}")
        rows.append(arg.reshape(count, *arg.shape[len(lead) :]) if arg.ndim else arg)
    return GeneralProblem(func, Dfun, tuple(rows), count)


def _residuals_of(
    problem: GeneralProblem, start: _Array, notice: Callable[[Any, Any], bool], differences: bool
) -> tuple[int, np.dtype[Any]]:
    """How many residuals a call with a single row returns, and in which precision; `notice` looks at what is new."""
    if len(start) == 0:
        raise ValueError("m must be given if there are no fits")
    first = np.zeros(1, dtype=np.intp)
    point, *args = problem.arguments(start[:1].copy(), first)
    known, what = known_at(known_of(problem.func), point, *args), "residuals"
    if what in known:
        return int(known[what]), np.dtype(np.float64)
    given = problem.func(point, *args)
    said = notice(problem.func, given)
    value = real_array("what func returns", given)
    if value.ndim != 2 or len(value) != 1:
        raise ValueError(f"func must return shape (rows, m); for one row it returned {value.shape}")
    if value.shape[1] < 1:
        raise ValueError("func must return shape (rows, m) with at least one residual per row; it returned none")
    if differences and not said and value.dtype == np.asarray(given).dtype:

        def hides() -> bool:
            with np.errstate(all="ignore"):
                try:
                    rows = points_near(start[0])[:, np.newaxis]
                    return hides_small_steps([np.asarray(problem.func(*problem.arguments(row, first))) for row in rows])
                except Exception:  # a moved point may be outside of what the function is defined for
                    return False

        said, _ = eps_of_hidden(problem.func, value, hides, None, of_model=False)
    if not said and type(given) is np.ndarray and given.dtype == np.float64:
        known[what] = value.shape[1]
    return value.shape[1], np.asarray(given).dtype
