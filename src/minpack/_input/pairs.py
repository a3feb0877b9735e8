"""Complex data and models as real ones of twice the points: all real parts, then all imaginary ones."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .arrays import missing_as_nan
from .data import Data, strict_data

_Array = NDArray[np.float64]


def pairs(values: Any) -> _Array:
    """Complex numbers as twice as many real ones, along the first axis."""
    array = np.atleast_1d(values)
    return np.concatenate([array.real, array.imag]).astype(np.float64)


def of_pairs(f: Callable[..., Any], m: int) -> Callable[..., Any]:
    """A complex model, or its derivatives, as a real one of twice the points."""

    @functools.wraps(f)
    def called(x: Any, *parameters: float) -> _Array:
        values = np.asarray(f(x, *parameters))
        return pairs(np.broadcast_to(values, m) if values.size == 1 else values)

    return called


def sigma_of_pairs(sigma: Any, m: int) -> Any:
    """Standard deviations of the real and the imaginary parts: those of a complex sigma, or twice the same."""
    deviations = np.asarray(sigma)
    if deviations.dtype.kind == "c":
        return pairs(np.broadcast_to(deviations, m))
    return np.concatenate([deviations, deviations]) if deviations.shape == (m,) else sigma


def without_missing(xdata: Any, ydata: Any, sigma: Any) -> tuple[Any, Any, Any]:
    """Complex data without the points that have NaN anywhere, NaN for what is missing."""
    y = np.asarray(missing_as_nan(ydata))
    if y.ndim != 1:
        return xdata, y, sigma
    # what is left of the points' numbers is which to keep
    numbers = np.where(np.isnan(y), np.nan, np.arange(y.size))
    per_point = sigma is not None and np.shape(sigma) == y.shape
    magnitude = np.abs(np.asarray(missing_as_nan(sigma))) if per_point else None
    xdata, kept, _ = strict_data(xdata, numbers, magnitude, "omit")
    points = kept.ydata.astype(np.intp)
    return xdata, y[points], np.asarray(sigma)[points] if per_point else sigma


def strict_pairs(xdata: Any, ydata: Any, sigma: Any, nan_policy: str | None) -> tuple[Any, Data, _Array | None]:
    """Take complex data as `fit` does; see `strict_data`."""
    y: Any = np.asarray(missing_as_nan(ydata))
    if nan_policy == "omit":
        xdata, y, sigma = without_missing(xdata, y, sigma)
    if y.ndim == 1 and sigma is not None:
        sigma = sigma_of_pairs(sigma, y.size)
    return strict_data(xdata, pairs(y) if y.ndim == 1 else y.real, sigma, None)
