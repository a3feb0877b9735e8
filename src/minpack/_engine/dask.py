"""`curve_fit_batch` of Dask arrays: a graph in which each block is fitted once, and nothing is run before its time."""

from __future__ import annotations

import importlib
import math
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._api.batch import curve_fit_batch, is_x_per_fit
from .tasks import BatchResult


def curve_fit_batch_lazily(
    *, xdata: Any, ydata: Any, p0: Any, sigma: Any, workers: Any, progress: bool, out: object, **options: Any
) -> BatchResult:
    """The arguments of `curve_fit_batch`, `ydata` a Dask array, and its result in Dask arrays.

    The others may be Dask arrays, too, and are brought into the chunks of `ydata`. `workers` is the number of threads
    within a block.

    >>> import dask.array as da
    >>> import numpy as np
    >>> from minpack import curve_fit_batch
    >>> t = np.linspace(0.0, 3.0, 20)
    >>> y = da.outer(da.linspace(1.0, 2.0, 6, chunks=2), np.exp(-t))
    >>> result = curve_fit_batch(lambda t, a, b: a * np.exp(-b * t), t, y.rechunk({-1: -1}), [1.0, 2.0])
    >>> result.x.chunks
    ((2, 2, 2), (2,))
    >>> result.x.compute().round(3).tolist()
    [[1.0, 1.0], [1.2, 1.0], [1.4, 1.0], [1.6, 1.0], [1.8, 1.0], [2.0, 1.0]]
    """
    if out is not None:
        raise ValueError("out is not for Dask arrays: keep their results with dask.array.store or to_zarr")
    if progress:
        raise ValueError("progress is not for Dask arrays: use dask.diagnostics.ProgressBar or distributed.progress")
    if callable(workers):
        raise ValueError("workers must be a number for Dask arrays, of the threads within a block")
    if ydata.ndim < 1 or np.isnan(ydata.shape).any():
        raise ValueError(
            f"ydata must have shape (..., m), all of it known; its shape is {ydata.shape}: ydata.compute_chunk_sizes()?"
        )
    if len(ydata.chunks[-1]) != 1:
        raise ValueError(
            f"ydata has chunks {ydata.chunks[-1]} along its last axis, but a fit needs all its points at once: "
            "rechunk with ydata.rechunk({-1: -1})"
        )
    lead, m = ydata.shape[:-1], ydata.shape[-1]
    x, p0 = _as_array(xdata), _as_array(p0)
    x_per_fit = is_x_per_fit(x.shape, lead, m)
    points = ("k", "m")[2 - (x.ndim - len(lead) * x_per_fit) :]
    operands = [
        _operand("ydata", ydata, ydata, ("m",)),
        _operand("xdata", x, ydata, points),
        _operand("p0", p0, ydata, ("n",)),
    ]
    if sigma is not None:
        sigma = _as_array(sigma)
        operands.append(_operand("sigma", np.full(m, sigma) if sigma.ndim == 0 else sigma, ydata, ("m",)))

    fit = partial(_fit_block, x_per_fit=x_per_fit, workers=workers, **options)
    # Fits of no rows at all call no model, but what is wrong with the arguments is told now and not by each block.
    per_fit = [True, x_per_fit, p0.ndim > 1, sigma is not None and sigma.ndim > 1]
    none = [(0,) * each + array.shape[-len(core) :] for (array, core), each in zip(operands, per_fit, strict=False)]
    fit(*map(np.ones, none))
    inputs = ",".join(f"({','.join(core)})" for _, core in operands)
    dask_array: Any = importlib.import_module("dask.array")
    results = dask_array.apply_gufunc(
        fit, f"{inputs}->(n),(n,n),(),(),()", *(array for array, _ in operands),
        output_dtypes=tuple(array.dtype for array in BatchResult.empty((), 1).arrays()),
    )  # fmt: skip
    return BatchResult(*results)


def fit_rows(
    y: NDArray[Any], x: NDArray[Any], p0: NDArray[Any], sigma: Any = None, *, x_per_fit: bool, **options: Any
) -> BatchResult:
    """`curve_fit_batch`, but whether there is an abscissa for each fit is said, and not told from the shapes.

    A block, or what is left when some dimensions are fitted along, may have as many fits as the model has predictors.
    """
    lead = y.shape[:-1]
    count = math.prod(lead)
    # a shared abscissa has no more than two dimensions, so with two before the points it is never one for each fit
    rows = (count,) if x_per_fit else (1, count)

    def as_rows(array: Any, own: int) -> Any:
        array = np.asarray(array, dtype=np.float64)
        return array if array.ndim <= own else array.reshape(*rows, *array.shape[len(lead) :])

    result = curve_fit_batch(
        xdata=x.reshape(*rows, *x.shape[len(lead) :]) if x_per_fit else x,
        ydata=y.reshape(*rows, y.shape[-1]),
        p0=as_rows(p0, 1),
        sigma=None if sigma is None else as_rows(sigma, 1),
        **options,
    )
    return BatchResult(*(a.reshape((*lead, *a.shape[len(rows) :])) for a in result.arrays()))


def _fit_block(*operands: NDArray[Any], **options: Any) -> tuple[NDArray[Any], ...]:
    return fit_rows(*operands, **options).arrays()


def _as_array(value: ArrayLike) -> Any:
    return value if hasattr(value, "dask") else np.asarray(value, dtype=np.float64)


def _operand(name: str, array: Any, ydata: Any, core: tuple[str, ...]) -> tuple[Any, tuple[str, ...]]:
    """An argument in chunks like those of `ydata`, its last axes whole; and these axes."""
    own = array.shape[array.ndim - len(core) :] if array.ndim >= len(core) else ()
    lead = array.shape[: -len(core)]
    if not own or 0 in own or lead not in ((), ydata.shape[:-1]):
        raise ValueError(
            f"{name} must have shape ({', '.join(core)}), or the leading dimensions {ydata.shape[:-1]} of ydata before "
            f"that; its shape is {array.shape}"
        )
    chunks = (*(ydata.chunks[:-1] if lead else ()), *own)
    if hasattr(array, "dask"):
        return array.rechunk(chunks), core
    return importlib.import_module("dask.array").from_array(array, chunks=chunks), core
