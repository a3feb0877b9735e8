"""`curve_fit_batch` and `leastsq_batch`: many fits of the same sizes at once."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._engine.numba import NumbaProblem
from .._engine.tasks import BatchResult, CurveProblem, GeneralProblem, Task, run_batch
from .._input.arrays import as_array, check_callable, check_choice, integer, real_array, real_number
from .._input.compiled import CompiledProblem, address_of, context_of, is_compiled
from .._core import Settings
from .leastsq import GTOL, TOLERANCE

_Array = NDArray[np.float64]


def curve_fit_batch(
    f: Callable[..., ArrayLike],
    xdata: ArrayLike,
    ydata: ArrayLike,
    p0: ArrayLike,
    *,
    sigma: ArrayLike | None = None,
    absolute_sigma: bool = False,
    jac: Callable[..., Any] | None = None,
    engine: str = "numpy",
    nan_policy: str | None = None,
    workers: int | Callable[..., Iterable[Any]] = 1,
    progress: bool = False,
    out: BatchResult | None = None,
    ftol: float = TOLERANCE,
    xtol: float = TOLERANCE,
    gtol: float = GTOL,
    maxfev: int = 0,
    epsfcn: float | None = None,
    factor: float = 100,
    diag: ArrayLike | None = None,
    reference: str = "scipy",
) -> BatchResult:
    """Fit one model to many data sets of the same shape.

    Each fit has the bits that `curve_fit` gives it alone, provided that the model's value at a point does not depend
    on what it is evaluated together with.

    Parameters
    ----------
    f : callable
        ``f(x, *params)``, an ordinary model written with NumPy: parameters come with shape (rows, 1), one row for each
        point wanted, and the values have shape (rows, m), or one that broadcasts to it.
    xdata : array_like, shape (m,), (k, m), (..., m) or (..., k, m)
        The abscissa, or k predictors ``x[0]`` to ``x[k - 1]``, the same for all fits; or, with the leading dimensions
        of `ydata`, one for each fit, which `f` gets with shape (rows, m), k of them with (k, rows, m).
    ydata : array_like, shape (..., m)
        One data set a row, in the units of `f`. Where it is a Dask array, nothing is run yet: the results are Dask
        arrays in chunks like its own, and ``dask.compute(result)`` runs each chunk once, on any scheduler. The other
        arrays may then be Dask's, too; `out` and `progress` are left to Dask.
    p0 : array_like, shape (n,) or (..., n)
        Where to start: for all fits, or for each.
    sigma : array_like, optional
        Standard deviations of `ydata`: a number, shape (m,) or (..., m).
    absolute_sigma : bool, optional
        `sigma` gives the errors as they are; otherwise covariances are scaled to a reduced chi-square of 1.
    jac : callable, optional
        ``jac(x, *params)`` returns the derivatives by the n parameters, a tuple of n arrays like the values of `f`, or
        an array of shape (rows, m, n). Without it they are approximated by forward differences.
    engine : {"numpy", "numba"}, optional
        How the model is evaluated. With "numba" (an extra) `f` and `jac` are compiled, once, and each fit runs as a
        whole without the GIL. They are then called with numbers: ``x`` is one point, or a tuple of k predictors at
        it, `f` returns a number and `jac` a tuple of n. Functions that they call must be numba's or known to it, and
        global variables keep the values that they had then. A fit whose model raises ends with `STOPPED_BY_FUNCTION`.
    nan_policy : {None, "raise", "omit"}, optional
        What to do with NaN in the data: by default such fits end with `NOT_FINITE_AT_START`; "omit" leaves these
        points out of their fits, "raise" raises ValueError.
    workers : int or map-like callable, optional
        Threads to use, -1 for one a core; or a ``map(function, tasks)``, of a pool of processes, say. The results do
        not depend on it.
    progress : bool, optional
        Show a bar (needs tqdm).
    out : BatchResult, optional
        Where to put the results; its arrays may be memory maps. Fits that it has results for are not run again: after
        an interrupt, call again with the same `out` to go on.
    ftol, xtol, gtol, maxfev, epsfcn, factor, diag, reference : optional
        As in `leastsq`; `diag` has n elements, for all fits.

    Returns
    -------
    BatchResult
        `x` (..., n), `cov` (..., n, n), `status` (...,) int32, MINPACK's code a fit: 1 to 4 is success.

    Raises
    ------
    ValueError
        If shapes do not agree. A fit that does not converge raises nothing: read `status`.
    TypeError
        If numba cannot compile the model.

    References
    ----------
    .. [1] More, Garbow, Hillstrom: User Guide for MINPACK-1, ANL-80-74, 1980: LMDIF, LMDER.

    Examples
    --------
    >>> import numpy as np
    >>> from minpack import curve_fit_batch
    >>> def decay(t, amplitude, rate):
    ...     return amplitude * np.exp(-rate * t)
    >>> t = np.linspace(0.0, 3.0, 20)
    >>> rates = np.linspace(0.5, 2.0, 1000)
    >>> result = curve_fit_batch(decay, t, 3.0 * np.exp(-rates[:, None] * t), [1.0, 1.0])
    >>> bool(result.success.all()), bool(abs(result.x[:, 1] - rates).max() < 1e-8)
    (True, True)
    """
    arguments = locals()  # first of all, where these are the arguments and nothing else
    dask_array = sys.modules.get("dask.array")  # whoever has a Dask array has imported it
    if dask_array is not None and isinstance(ydata, dask_array.Array):
        from .._engine.dask import curve_fit_batch_lazily

        return curve_fit_batch_lazily(**arguments)
    check_choice("engine", engine, ("numpy", "numba"))
    check_choice("nan_policy", nan_policy, (None, "raise", "omit"))
    check_callable("f", f)
    if jac is not None:
        check_callable("jac", jac)
    y = np.ascontiguousarray(real_array("ydata", ydata))
    if y.ndim < 1 or y.shape[-1] == 0:
        raise ValueError(f"ydata must have shape (..., m) with at least one point; its shape is {y.shape}")
    lead, m = y.shape[:-1], y.shape[-1]
    count = math.prod(lead)
    start, n = _rows_or_one("p0", p0, lead)
    x = np.ascontiguousarray(real_array("xdata", xdata))
    x_per_fit = is_x_per_fit(x.shape, lead, m)
    if x_per_fit:
        x = x.reshape(count, *x.shape[len(lead) :])
    weights = None if sigma is None else _weights(sigma, lead, m)
    y = y.reshape(count, m)
    valid = None if nan_policy is None else _valid(x, x_per_fit, y, nan_policy)
    settings = Settings(ftol, xtol, gtol, maxfev, epsfcn, factor, diag, reference)
    if engine == "numba":
        problem: Any = NumbaProblem(f, jac, x, x_per_fit, count, n)
        problem.addresses()  # errors come before any fit is run
    else:
        problem = CurveProblem(f, jac, x, x_per_fit, count)
    task = Task(problem, start, y, weights, valid, m, n, settings, not absolute_sigma)
    return run_batch(task, lead, out, workers, progress)


def leastsq_batch(
    func: Callable[..., ArrayLike],
    x0: ArrayLike,
    args: tuple[ArrayLike, ...] = (),
    *,
    Dfun: Callable[..., ArrayLike] | None = None,
    m: int | None = None,
    workers: int | Callable[..., Iterable[Any]] = 1,
    progress: bool = False,
    out: BatchResult | None = None,
    ftol: float = TOLERANCE,
    xtol: float = TOLERANCE,
    gtol: float = GTOL,
    maxfev: int = 0,
    epsfcn: float | None = None,
    factor: float = 100,
    diag: ArrayLike | None = None,
    reference: str = "scipy",
) -> BatchResult:
    """Minimize many sums of squares of the same sizes at once.

    Parameters
    ----------
    func : callable
        ``func(x, *args)`` takes x of shape (rows, n) and the rows of each of `args` that belong to it, and returns the
        residuals, shape (rows, m). Or a compiled function, as `leastsq` takes it with `m`: each fit then runs as a
        whole, without the GIL.
    x0 : array_like, shape (..., n)
        Where each fit starts.
    args : tuple of array_like, optional
        Arrays with the leading dimensions of `x0`, one row a fit; or numbers, the same for all. With compiled
        functions empty, or one float64 array in C order, whose row i is the context of fit i.
    Dfun : callable, optional
        ``Dfun(x, *args)`` returns the Jacobians, shape (rows, m, n). Without it they are approximated by differences.
    m : int, optional
        The number of residuals. Unless given, `func` is called once with a single row to find it; for compiled
        functions it must be given.
    workers, progress, out : optional
        As in `curve_fit_batch`.
    ftol, xtol, gtol, maxfev, epsfcn, factor, diag, reference : optional
        As in `leastsq`; `diag` has n elements, for all fits.

    Returns
    -------
    BatchResult
        As of `curve_fit_batch`, with `cov` the inverse of ``J.T @ J``, not scaled.

    Raises
    ------
    ValueError
        If shapes do not agree. A fit that does not converge raises nothing: read `status`.

    References
    ----------
    .. [1] More, Garbow, Hillstrom: User Guide for MINPACK-1, ANL-80-74, 1980: LMDIF, LMDER.

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
    start = np.array(real_array("x0", x0), order="C")
    if start.ndim < 1 or start.shape[-1] == 0:
        raise ValueError(f"x0 must have shape (..., n) with at least one parameter; its shape is {start.shape}")
    lead, n = start.shape[:-1], start.shape[-1]
    count = math.prod(lead)
    if m is not None:
        m = integer("m", m, positive=True)
    if is_compiled(func):
        problem: Any = _compiled_problem(func, Dfun, args, m, lead)
    else:
        problem = _general_problem(func, Dfun, args, lead)
    start = start.reshape(count, n)
    if m is None:
        if count == 0:
            raise ValueError("m must be given where there are no fits")
        value = real_array("what func returns", func(*problem.arguments(start[:1].copy(), np.zeros(1, dtype=np.intp))))
        if value.ndim != 2 or len(value) != 1:
            raise ValueError(f"func must return shape (rows, m); for one row it returned {value.shape}")
        m = value.shape[1]
    if m < 1:
        raise ValueError("func must return shape (rows, m) with at least one residual a row; it returned none")
    settings = Settings(ftol, xtol, gtol, maxfev, epsfcn, factor, diag, reference)
    return run_batch(Task(problem, start, None, None, None, m, n, settings, False), lead, out, workers, progress)


def is_x_per_fit(shape: tuple[int, ...], lead: tuple[int, ...], m: int) -> bool:
    """Whether an abscissa of that shape has one row a fit, or is the same for all."""
    per_fit = len(shape) > 1 and shape[: len(lead)] == lead and len(shape) - len(lead) in (1, 2)
    if shape[-1:] != (m,) or not (per_fit or len(shape) in (1, 2)):
        raise ValueError(
            f"xdata must have shape ({m},), (k, {m}), or the leading dimensions {lead} of ydata before that; "
            f"its shape is {shape}"
        )
    return per_fit


def most_calls(maxfev: int, differences: bool, n: int) -> int:
    """MINPACK's limit, where none is given."""
    return maxfev if maxfev > 0 else (200 if differences else 100) * (n + 1)


def _compiled_problem(func: Any, Dfun: Any, args: Any, m: int | None, lead: tuple[int, ...]) -> CompiledProblem:
    if m is None:
        raise ValueError("m, the number of residuals, must be given where func is compiled")
    for name, function in (("func", func), ("Dfun", Dfun)):
        if function is not None:
            address_of(name, function)
    count = math.prod(lead)
    context = context_of(args)
    if context is not None:
        if context.shape[: len(lead)] != lead:
            raise ValueError(f"args[0] must have the leading dimensions {lead} of x0; its shape is {context.shape}")
        context = context.reshape(count, *context.shape[len(lead) :])
    return CompiledProblem(func, Dfun, context, context is not None, count)


def _general_problem(func: Any, Dfun: Any, args: Any, lead: tuple[int, ...]) -> GeneralProblem:
    count = math.prod(lead)
    rows = []
    for k, arg in enumerate(args if isinstance(args, tuple) else (args,)):
        array = np.asarray(arg) if np.isscalar(arg) else as_array(f"args[{k}]", arg).reshape(np.shape(arg))
        if array.ndim and array.shape[: len(lead)] != lead:
            raise ValueError(f"args[{k}] must have the leading dimensions {lead} of x0; its shape is {array.shape}")
        rows.append(array.reshape(count, *array.shape[len(lead) :]) if array.ndim else array)
    return GeneralProblem(func, Dfun, tuple(rows), count)


def _rows_or_one(name: str, value: ArrayLike, lead: tuple[int, ...]) -> tuple[_Array, int]:
    array = np.array(real_array(name, value), order="C")
    if array.ndim < 1 or array.shape[:-1] not in ((), lead) or array.shape[-1] == 0:
        raise ValueError(f"{name} must have shape (n,) or {(*lead, 'n')}; its shape is {array.shape}")
    n = array.shape[-1]
    return (array, n) if array.ndim == 1 else (array.reshape(-1, n), n)


def _weights(sigma: ArrayLike, lead: tuple[int, ...], m: int) -> _Array:
    deviations = real_array("sigma", sigma)
    if deviations.ndim == 0:
        deviations = np.full(m, deviations)
    if deviations.shape not in ((m,), (*lead, m)):
        raise ValueError(
            f"sigma must be a number or have shape ({m},) or {(*lead, m)}; its shape is {deviations.shape}"
        )
    with np.errstate(divide="ignore", over="ignore"):  # fits with such points end with NOT_FINITE_AT_START
        weights = np.ascontiguousarray(1.0 / deviations)
    return weights if weights.ndim == 1 else weights.reshape(-1, m)


def _valid(x: _Array, x_per_fit: bool, y: _Array, nan_policy: str) -> NDArray[np.bool_] | None:
    """Which points of which fits have no NaN, (count, m); None where all have none."""
    nan_x: Any = np.isnan(x)
    if nan_x.ndim == (3 if x_per_fit else 2):  # several predictors
        nan_x = nan_x.any(axis=-2)
    valid = ~(np.isnan(y) | nan_x)
    if valid.all():
        return None
    if nan_policy == "raise":
        raise ValueError("The input contains nan values")
    return np.ascontiguousarray(valid)
