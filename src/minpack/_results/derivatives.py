"""Derivatives for all that statistics need, by central differences whose steps the extension looks for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .. import _core

_Array = NDArray[np.float64]

_EPS = float(np.finfo(np.float64).eps)
OF_THE_ERROR = 1e-2  # the first step, in standard errors: of_error of derivatives.f90, as a test checks
GOOD = 1e-8  # statistics need far fewer digits,
BEST = 1e-14  # unless parameters nearly replace each other


def precision_of(values: Any) -> float:
    """The machine epsilon of what a function returned: that of its dtype, if it has fewer digits than doubles."""
    dtype = np.asarray(values).dtype
    return float(np.finfo(dtype).eps) if dtype.kind in "fc" and dtype.itemsize < (8, 16)[dtype.kind == "c"] else _EPS


def where_defined(
    func: Callable[..., Any], shape: tuple[int, ...], around: tuple[_Array, _Array] | None = None
) -> Callable[..., Any]:
    """A function of a point, or of x and numbers, with NaN for points out of bounds, and where it raises the errors of
    arithmetic: a moved point may be outside of its domain."""  # fmt: skip

    def value(*args: Any) -> Any:
        if around is not None:
            point = np.array(args[1:] or args[0])
            if (point < around[0]).any() or (point > around[1]).any():
                return np.full(shape, np.nan)
        try:
            return func(*args)
        except (ValueError, ArithmeticError):
            return np.full(shape, np.nan)

    return value


class Differences(NamedTuple):
    """Derivatives (k, n), the steps (n,) they were taken with, and the relative error that the vector seems to have.

    A column and its step are NaN if the vector has no values near. `precision` is the machine epsilon of its dtype.
    """

    columns: _Array
    steps: _Array
    eps: float
    precision: float


def differences(
    func: Callable[..., Any], values: _Array, center: _Array | int, *, errors: _Array, starts: _Array | None = None,
    eps: float = _EPS, good: float = GOOD, xdata: Any = None,
) -> Differences:  # fmt: skip
    """Derivatives of a vector (k,) by each of n values, shape (k, n), where it is `center`.

    The first step is a hundredth of a value's standard error, or the usual multiple of the value if `errors` does not
    tell, being 0 or not finite; `starts`, other values that the parameters had, tell the size of one near zero. Steps
    avoid points where the vector is not finite. `eps` is the relative error of its elements by rounding, `good` that of
    a derivative with which the search for its step ends. If `center` is the number of points, `func` is a model: it
    gets xdata before the values, may return one number for all points, and is evaluated at the center, too.
    """
    with np.errstate(all="ignore"):
        return Differences(*_core.derivatives(
            func, values, center, errors, values if starts is None else starts, eps, good, xdata
        ))  # fmt: skip
