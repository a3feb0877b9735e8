"""The data of `fit` in whatever form they come, and the model as a real function of them.

Complex data and models are real ones of twice the points: all real parts, then all imaginary ones.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .arrays import are_doubles, as_array, is_complex, missing_as_nan
from .data import Data, strict_data
from .predictors import Predictors, as_seconds, floats_for, is_table, own_copies, refuse_units, refuse_unordered

_Array = NDArray[np.float64]


class Taken(NamedTuple):
    """Data as the fit takes them, and the model as a real function of them."""

    xdata: Any
    data: Data
    deviations: _Array | None
    predictors: Predictors
    is_complex: bool
    f: Callable[..., ArrayLike]
    jac: Callable[..., ArrayLike] | None

    @property
    def widths(self) -> _Array | None:
        """Deviations as searches for a start heed them: per point. A covariance matrix is for the last fit only."""
        return self.deviations if self.deviations is not None and self.deviations.ndim == 1 else None


def take(
    f: Callable[..., ArrayLike], jac: Callable[..., ArrayLike] | None, start: _Array, xdata: Any,
    ydata: Any, sigma: Any, nan_policy: str | None,
) -> Taken:  # fmt: skip
    """Take data as `fit` does: units are refused, times are seconds, complex numbers are pairs."""
    origin, complex_data = None, False
    if not (sigma is None and are_doubles(xdata) and are_doubles(ydata)):
        refuse_units(xdata=xdata, ydata=ydata, sigma=sigma)
        refuse_unordered(xdata=xdata, ydata=ydata, sigma=sigma)
        xdata, origin = as_seconds(xdata)
        complex_data = is_complex(ydata)
    strict = strict_pairs if complex_data else strict_data
    xdata, data, deviations = strict(xdata, ydata, sigma, nan_policy)
    if complex_data:
        f, jac = of_pairs(f, data.ydata.size // 2), jac and of_pairs(jac, data.ydata.size // 2)
    if is_table(xdata):
        f, jac = own_copies(f), jac and own_copies(jac)
    xdata, integers = floats_for(f, start, xdata)
    return Taken(xdata, data, deviations, Predictors(origin, integers), complex_data, f, jac)

# ---- complex numbers


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
    if y.dtype.kind == "O":
        try:
            y = y.astype(np.complex128)
        except (TypeError, ValueError) as error:
            raise TypeError(f"ydata must be numbers: {error}") from error
    if sigma is not None:
        as_array("sigma", sigma)  # if it is none, this error names it
    if nan_policy == "omit":
        xdata, y, sigma = without_missing(xdata, y, sigma)
    if y.ndim == 1 and sigma is not None:
        sigma = sigma_of_pairs(sigma, y.size)
        if y.size > 1 and np.size(sigma) > 1 and np.shape(sigma)[0] != 2 * y.size:
            raise ValueError(
                f"sigma must be a number or have shape ({y.size},) or {(2 * y.size,) * 2}, as ydata are complex; "
                f"got shape {np.shape(sigma)}"
            )
    return strict_data(xdata, pairs(y) if y.ndim == 1 else y.real, sigma, None)


# ---- names


def labels_of(xdata: Any, ydata: Any) -> tuple[str, ...]:
    """A label for each predictor, then one for y; empty if the data have no name."""
    if type(xdata) is type(ydata) is np.ndarray:  # mostly
        return "", ""
    columns = getattr(xdata, "columns", None)
    if columns is not None:
        predictors = tuple(map(_plain, columns))
    elif isinstance(xdata, (list, tuple)) and 0 < len(xdata) <= 3:  # predictors; a long list is one of numbers
        predictors = tuple(map(_label, xdata))
    else:
        predictors = (_label(xdata),)
    return (*predictors, _label(ydata))


def _label(data: Any) -> str:
    """As xarray writes it: the long name before the short one, units in brackets."""
    attributes = getattr(data, "attrs", None)
    attributes = attributes if isinstance(attributes, Mapping) else {}
    name = attributes.get("long_name", attributes.get("standard_name", getattr(data, "name", None)))
    if name is None or callable(name):
        return ""
    units = attributes.get("units")
    return _plain(f"{name} [{units}]" if units else name)


def _plain(name: Any) -> str:
    return str(name).replace("$", r"\$")  # two of them would begin and end a formula
