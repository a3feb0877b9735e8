"""`curve_fit_batch`: one model, many data sets of the same shape."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._input.arrays import data_array, real_array
from .._input.bounds import UNBOUNDED, pair_of
from .._input.data import xdata_of_many, ydata_of_many
from .._input.parameters import check_number, parameter_names
from .._input.predictors import as_seconds, in_seconds, refuse_units
from .._input.starts import bounds_by_name, has_x_per_fit, start_by_name
from .._models.model import Model
from .._results.batch import BatchResult, remember
from .fit_rows import fit_rows, starts_of
from .one_of_many import OneOfMany

_Array = NDArray[np.float64]


def curve_fit_batch(
    f: Callable[..., ArrayLike],
    xdata: ArrayLike,
    ydata: ArrayLike,
    p0: ArrayLike | Mapping[str, ArrayLike] | None = None,
    *,
    sigma: ArrayLike | None = None,
    absolute_sigma: bool = False,
    bounds: Any = UNBOUNDED,
    method: Literal["lm", "trf", "dogbox"] | None = None,
    jac: Callable[..., Any] | None = None,
    engine: Literal["numpy", "numba"] = "numpy",
    functions: str | None = None,
    vectorized: bool | None = None,
    x_per_fit: bool | None = None,
    nan_policy: Literal["raise", "omit"] | None = None,
    likelihood: Literal["normal", "poisson"] = "normal",
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
    """Fit one model to many data sets of the same shape.

    Each fit has the same bits as with `curve_fit`, or with counts those of `fit`, whatever else is in the batch, if the
    model gives for many fits at once the bits that it gives for one. Powers of a parameter by NumPy may not; those by
    `minpack.functions` do. Models whose value at a point depends on other points, a cumulative sum for example, are
    evaluated fit by fit, see `vectorized`.

    Parameters
    ----------
    f : callable
        ``f(x, *params)``, an ordinary model written with NumPy: parameters have shape (rows, 1), one row per point
        wanted, and the values have shape (rows, m), or one that broadcasts to it.
    xdata : array_like, shape (m,), (k, m), (..., m) or (..., k, m)
        One predictor, or k predictors ``x[0]`` to ``x[k - 1]``, the same for all fits; or, with the leading dimensions
        of `ydata`, one per fit, which `f` gets with shape (rows, m), k of them with (k, rows, m). `f` cannot write into
        it. Times become seconds since the first.
    ydata : array_like, shape (..., m)
        One data set per row, in the units of `f`; durations become seconds. For a Dask array nothing is run yet: the
        results are Dask arrays in chunks like its own, and ``dask.compute(result)`` runs each chunk once, on any
        scheduler. The other arrays may then be Dask's, too; `out` and `progress` are left to Dask.
    p0 : array_like, shape (n,) or (..., n), or dict, optional
        Start, for all fits or per fit, or a dict of them by name. A parameter that is not in the dict starts at its
        default in `f`, or at 1; so do all if `p0` is left out and `f` has defaults. Otherwise, by default, as in
        `curve_fit`: 1, the middle between two bounds, or 1 off the only one; a `model` finds a start for each fit in
        its data, as with `fit`: formulas of several parameters in several valleys, but not term by term, as only
        sums of models are.
    sigma : array_like, optional
        Standard deviations of `ydata`: a number, shape (m,) or (..., m). Fits with one that is not positive end with
        `NOT_FINITE_AT_START`; one for all fits raises ValueError.
    absolute_sigma : bool, optional
        Take `sigma` as the true errors; otherwise covariances are scaled to a reduced chi-square of 1.
    bounds : 2-tuple of array_like, dict or Bounds, optional
        Lower and upper bounds of the parameters, infinite for none: each a number, (n,), or per fit (..., n). Or a dict
        of pairs by parameter name, with None for no bound; each bound a number, or one per fit, (...,).
    method : {None, "lm", "trf", "dogbox"}, optional
        See `least_squares`. By default "lm", or "trf" if there are bounds or a loss.
    jac : callable, optional
        ``jac(x, *params)`` returns the derivatives by the n parameters, a tuple of n arrays like the values of `f`, or
        an array of shape (rows, m, n). By default those of a `model`, else they are approximated by forward
        differences, within the bounds.
    engine : {"numpy", "numba"}, optional
        How the model is evaluated. With "numba" (an extra) `f` and `jac` are compiled, once, and each fit runs as a
        whole without the GIL. They are then called with numbers: ``x`` is one point, or a tuple of k predictors at
        it, `f` returns a number and `jac` a tuple of n. Functions that they call must be numba's or known to it. If a
        global variable, closure or array that they use has changed, the next call compiles again. A fit whose model
        raises ends with `STOPPED_BY_FUNCTION`; ``result.fit(i)`` then raises what the model raised.
    functions : {"minpack", "native"}, optional
        The elementary functions in a model that numba compiles. By default exp, log, sin and the others in
        `minpack.functions` replace those of math, NumPy and SciPy that `f` and `jac` name: their bits are the same on
        every machine, and numba makes vectors of them. "native" keeps what the model names. The engine "numpy" calls
        the model as it is: import the functions from `minpack.functions` there.
    vectorized : bool, optional
        Whether `f` and `jac` evaluate many fits at once. By default minpack compares a few fits evaluated together with
        each on its own. If they differ, or `f` raises an error, it calls `f` as `curve_fit` does, for one fit at a time
        with numbers for parameters, which is slower, and warns. A formula of `model` needs no comparison, nor does a
        function without branches and loops that is arithmetic and NumPy's functions of elements; others are compared
        once at the same x and starts, until something that `f` refers to changes. True or False skips the comparison.
        With "numba", the comparison is with the Python function.
    x_per_fit : bool, optional
        Whether `xdata` has an abscissa per fit, rather than predictors that are the same for all. By default the shapes
        tell; if there are as many fits as predictors, minpack tries which of the two `f` takes.
    nan_policy : {None, "raise", "omit"}, optional
        What to do with NaN in `xdata`, `ydata` and `sigma`; masked elements, NaT and pandas.NA count as NaN. By default
        such fits end with `NOT_FINITE_AT_START`; "omit" leaves these points out of their fits, "raise" raises
        ValueError.
    likelihood : {"normal", "poisson"}, optional
        How the data scatter. With "poisson" they are counts, zeros among them, and each fit maximizes their likelihood,
        as `fit` does: ``cost`` is half the deviance, and ``cov`` the inverse of the expected information. `sigma` and
        `loss` are left out; `ftol` and `xtol` are 1e-12 by default. Fits of negative counts, or of a model that is
        negative at the start, end with `NOT_FINITE_AT_START`.
    workers : int or map-like callable, optional
        Number of threads, -1 for one per core; or a ``map(function, tasks)``, such as that of a pool of processes.
        The results do not depend on it.
    progress : bool, optional
        Show a bar (needs tqdm).
    out : BatchResult, optional
        Room for the results; its arrays may be memory maps. Fits that have results are not run again: to continue
        after an interrupt, call again with the same `out`.
    ftol, xtol, gtol : float, optional
        Tolerances, as in `leastsq`, or, except with "lm", as in `least_squares`, with their defaults.
    maxfev : int, optional
        Limit on evaluations per fit. Except with "lm" those for differences are not counted, and the default is 100 n.
    loss, f_scale, x_scale : optional
        As in `least_squares`, for all fits; not with "lm". A function is called with the squares of one fit at a time,
        (m,), and returns (3, m). Engine "numba" compiles it, with the functions that `functions` says, or takes a
        compiled one of the type ``minpack_loss`` in minpack.h.
    epsfcn, factor, diag, reference : optional
        As in `leastsq`; only with "lm". `diag` has n elements, for all fits.

    Returns
    -------
    BatchResult
        `x` (..., n), `cov` (..., n, n), `status` (...,) int32, the method's code per fit: 1 to 4 is success.

    Raises
    ------
    ValueError
        If shapes do not agree. Fits that do not converge raise no error, nor do those that start outside of their
        bounds: see `status`.
        With "numba", if the model's value at a point depends on the other points.
    TypeError
        If numba cannot compile the model, or the method does not have an option.

    Warns
    -----
    OptimizeWarning
        If most of a few fits, at which minpack looks again, ended more than a tenth of a standard error away from a
        minimum, or where difference quotients are lost in rounding. It does not look if you pass larger tolerances than
        the defaults. If fits ended at their start because the model does not change with any parameter there. If most
        fits have a parameter that does not change the model, or that others replace, or if most of a function without
        `p0` explain less than a tenth of the scatter of their data.
    RuntimeWarning
        If `f` cannot evaluate many fits at once, and `vectorized` does not say so. If `f` returns 32-bit floats, or
        values rounded to them: steps for differences are then longer, unless `epsfcn` or `jac` is given. If it returns
        integers, which small steps do not change, rounded values, or masked elements.

    References
    ----------
    .. [1] More, Garbow, Hillstrom: User Guide for MINPACK-1, ANL-80-74, 1980: LMDIF, LMDER. Those of the other methods
       are given with `least_squares`.

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

    Rates that may not exceed 1:

    >>> result = curve_fit_batch(decay, t, 3.0 * np.exp(-rates[:, None] * t), bounds=(0.0, [np.inf, 1.0]))
    >>> bool(result.success.all()), float(result.x[:, 1].max().round(9))
    (True, 1.0)
    """
    start: Any = start_by_name(f, p0, ydata)
    bounds = bounds_by_name(f, bounds, ydata)
    if start is not None and not hasattr(start, "shape"):
        start = real_array("p0", start)
    shape = () if start is None else start.shape
    if callable(f) and shape and shape[-1] > 0:
        check_number(f, shape[-1])
    how: dict[str, Any] = {
        "f": f, "jac": jac, "absolute_sigma": absolute_sigma, "engine": engine, "functions": functions,
        "vectorized": vectorized, "nan_policy": nan_policy, "likelihood": likelihood,
    }  # fmt: skip
    options: dict[str, Any] = {
        "bounds": bounds, "method": method, "ftol": ftol, "xtol": xtol, "gtol": gtol, "maxfev": maxfev, "loss": loss,
        "f_scale": f_scale, "x_scale": x_scale, "epsfcn": epsfcn, "factor": factor, "diag": diag,
        "reference": reference,
    }  # fmt: skip
    dask_array = sys.modules.get("dask.array")  # whoever has a Dask array has imported it
    if dask_array is not None and isinstance(ydata, dask_array.Array):
        return _lazily(xdata, ydata, start, sigma, x_per_fit, workers, progress, out, how, options)
    refuse_units(xdata=xdata, ydata=ydata, sigma=sigma)
    y = ydata_of_many(ydata)
    x = xdata_of_many(xdata)
    per_fit = has_x_per_fit(f, x, y.shape[:-1], y.shape[-1], start, x_per_fit)
    result = fit_rows(
        y, x, start, sigma, options, x_per_fit=per_fit, workers=workers, progress=progress, out=out, **how
    )
    repeat = OneOfMany(x, y, start, sigma, per_fit, how, options, _defaults)
    return remember(result, partial(parameter_names, f, result.x.shape[-1]), repeat)


@cache
def _defaults() -> dict[str, Any]:
    return {name: parameter.default for name, parameter in inspect.signature(curve_fit_batch).parameters.items()}


def _lazily(
    xdata: Any, ydata: Any, p0: Any, sigma: Any, x_per_fit: bool | None, workers: Any, progress: bool, out: object,
    how: dict[str, Any], options: dict[str, Any],
) -> BatchResult:  # fmt: skip
    """The result in Dask arrays: a graph in which each block is fitted once, and nothing is run before it is computed.

    xdata, p0, sigma and the bounds may be Dask arrays, too, and are brought into the chunks of ydata.
    """
    import dask.array as dask_array

    from .._engine.dask import Operand, as_array, check_chunks, in_blocks

    if out is not None:
        raise ValueError("out must be None for Dask arrays: keep results with dask.array.store or to_zarr")
    if progress:
        raise ValueError(
            "progress must be False for Dask arrays: use dask.diagnostics.ProgressBar or distributed.progress"
        )
    if callable(workers):
        raise ValueError("workers must be a number for Dask arrays, that of the threads within a block")
    check_chunks(ydata)
    lead, m = ydata.shape[:-1], ydata.shape[-1]
    refuse_units(xdata=xdata, sigma=sigma)
    if hasattr(xdata, "dask") and xdata.dtype.kind in "mM":
        raise TypeError(f"xdata must be numbers if it is a Dask array; got dtype {xdata.dtype}: pass seconds")
    if ydata.dtype.kind in "cmM":
        raise TypeError(f"ydata must be real numbers if it is a Dask array; got dtype {ydata.dtype}")
    x = xdata if hasattr(xdata, "dask") else data_array("xdata", as_seconds(xdata)[0])
    x_per_fit = has_x_per_fit(how["f"], x, lead, m, None if hasattr(p0, "dask") else p0, x_per_fit)
    points = ("k", "m")[2 - (x.ndim - len(lead) * x_per_fit) :]
    operands = {"ydata": Operand(ydata, ("m",), True), "xdata": Operand(x, points, x_per_fit)}
    if sigma is not None:
        deviations = sigma if hasattr(sigma, "dask") else data_array("sigma", in_seconds("sigma", sigma))
        deviations = np.full(m, deviations) if deviations.ndim == 0 else deviations
        operands["sigma"] = Operand(deviations, ("m",), deviations.ndim > 1)
    fixed = {}  # bounds that are the same for all fits
    for name, bound in zip(("lower", "upper"), pair_of(options["bounds"]), strict=True):
        if hasattr(bound, "dask") and bound.ndim == 1:
            bound = dask_array.broadcast_to(bound, (*lead, *bound.shape))  # type: ignore[no-untyped-call]
        if np.ndim(bound) > 1:
            operands[name] = Operand(as_array(bound), ("n",), True)
        else:
            fixed[name] = bound
    guesses = p0 is None and isinstance(how["f"], Model)  # in each block
    if p0 is None and len(fixed) == 2:
        p0, _ = starts_of(how["f"], None, (), {"bounds": tuple(fixed.values())})
    if p0 is not None:
        start = p0 if hasattr(p0, "dask") else real_array("p0", p0)
        operands["p0"] = Operand(start, ("n",), start.ndim > 1)
    fit_block = partial(
        _fit_block, names=tuple(operands), fixed=fixed, guesses=guesses, options=options, x_per_fit=x_per_fit,
        workers=workers, **how,
    )  # fmt: skip
    result = in_blocks(fit_block, operands)
    return remember(result, parameter_names(how["f"], result.x.shape[-1]))


def _fit_block(
    *blocks: Any, names: tuple[str, ...], fixed: dict[str, Any], guesses: bool, options: dict[str, Any], **how: Any
) -> BatchResult:
    """Fit a block of each of the arrays named."""
    given = {**fixed, **dict(zip(names, blocks, strict=True))}
    return fit_rows(
        given["ydata"], given["xdata"], None if guesses else given.get("p0"), given.get("sigma"),
        {**options, "bounds": (given["lower"], given["upper"])}, **how,
    )  # fmt: skip
