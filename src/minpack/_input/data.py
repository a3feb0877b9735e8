"""Data to fit, of one fit and of many: x, y, standard deviations, points without a number."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .arrays import (
    SEQUENCES,
    are_doubles,
    as_array,
    as_floats,
    data_array,
    finite_floats,
    first_not_finite,
    is_complex,
    missing_as_nan,
    read_only,
    real_array,
    shapes_text,
)
from .predictors import as_seconds, first_of, in_seconds
from .settings import check_nan_policy

_Array = NDArray[np.float64]

_LEAST_DEVIATION = 1.0 / float(np.finfo(float).max)
_ASYMMETRY = 1e-6  # of the deviations of two points: what rounding leaves


# ---- one fit


class Data(NamedTuple):
    """Data of one fit, float64 in C order, and nobody else's: `f` might change what it can reach while the fit runs.

    At most one of `weights`, 1 / sigma, and `cholesky`, the lower factor of sigma, is given.
    """

    ydata: _Array
    weights: _Array | None = None
    cholesky: _Array | None = None


def scipy_data(
    xdata: Any, ydata: ArrayLike, sigma: ArrayLike | None, check_finite: bool | None, nan_policy: str | None
) -> tuple[Any, Data]:
    """Take data as `curve_fit` does, with SciPy's words: xdata as `f` gets it, and the rest."""
    if has_policy(check_finite, nan_policy):
        xdata, ydata, sigma = missing_as_nan(xdata), missing_as_nan(ydata), missing_as_nan(sigma)
    check_finite = nan_policy is None if check_finite is None else check_finite
    convert = finite_floats if check_finite else as_floats
    y = convert("ydata", ydata)
    if isinstance(xdata, (list, tuple, np.ndarray)):
        xdata = convert("xdata", xdata)
    if y.size == 0:
        raise ValueError("`ydata` must not be empty!")
    if y.ndim > 1:
        raise ValueError(
            f"ydata must be a vector; got shape {y.shape}: pass ydata.ravel(), and return a vector from f, too"
        )
    if not check_finite and nan_policy is not None:
        if isinstance(nan_policy, str) and nan_policy == "propagate":
            raise ValueError("`nan_policy='propagate'` is not supported by this function.")
        if not (isinstance(nan_policy, str) and nan_policy in ("raise", "omit")):
            raise ValueError("nan_policy must be one of {None, 'raise', 'omit'}")
        xdata, y, sigma = _without_nan(xdata, y, sigma, nan_policy)
    if sigma is None:
        return xdata, Data(np.array(y))
    sigma = as_array("sigma", sigma)
    if sigma.dtype.kind not in "biufO":
        raise TypeError(f"sigma must be real numbers; got dtype {sigma.dtype}")
    if sigma.dtype.kind == "O":
        sigma = as_floats("sigma", sigma)
    if sigma.size != 1 and sigma.shape not in ((y.size,), (y.size, y.size)):
        raise ValueError("`sigma` has incorrect shape.")
    return xdata, _weighted(np.array(y), sigma)


def has_policy(check_finite: bool | None, nan_policy: str | None) -> bool:
    return nan_policy is not None and not check_finite


def strict_data(
    xdata: Any, ydata: ArrayLike, sigma: ArrayLike | None, nan_policy: str | None
) -> tuple[Any, Data, _Array | None]:
    """Take data as `fit` does: xdata as `f` gets it, all of it finite; what is fitted; and sigma as an array."""
    check_nan_policy(nan_policy)
    if sigma is None and nan_policy is None and _is_plain(xdata) and _is_plain(ydata):  # mostly
        return read_only(xdata), Data(np.array(ydata)), None
    y = np.array(data_array("ydata", in_seconds("ydata", ydata)), order="C")
    if y.ndim != 1 or y.size == 0:
        action = ": pass ydata.ravel(), and return a vector from f, too" if y.ndim > 1 else ""
        raise ValueError(f"ydata must be a vector with at least one point; got shape {y.shape}{action}")
    xdata, sigma = missing_as_nan(xdata), missing_as_nan(in_seconds("sigma", sigma))
    if isinstance(xdata, SEQUENCES):
        floats, xdata = real_array("xdata", xdata), np.asarray(xdata)
        xdata = xdata if xdata.dtype.kind in "iu" else floats  # integers stay what they are
    if nan_policy == "omit":
        xdata, y, sigma = _without_nan(xdata, y, sigma, nan_policy)
    for name, given in (("xdata", xdata), ("ydata", y)):
        data = given
        if type(given) is not np.ndarray:
            data = as_array(name, given) if hasattr(given, "__array__") else np.empty(0)  # a pandas Series is one, too
        if data.dtype.kind == "f" and np.count_nonzero(np.isfinite(data)) < data.size:
            raise ValueError(
                f"{name} must be finite; got {first_not_finite(data)}: leave such points out "
                "(nan_policy='omit' does that for NaN)"
            )
    if isinstance(xdata, np.ndarray):
        xdata = read_only(xdata)
    if sigma is None:
        return xdata, Data(y), None
    deviations = np.array(real_array("sigma", sigma), order="C")
    m = y.size
    if m == 1 and deviations.shape == (1, 1) and deviations.item() > 0.0:
        deviations = np.sqrt(deviations)  # a covariance, though of one point
    if deviations.size == 1:
        deviations = deviations.reshape(())
    elif deviations.shape not in ((m,), (m, m)):
        raise ValueError(f"sigma must be a number or have shape ({m},) or ({m}, {m}); got shape {deviations.shape}")
    wrong = ~np.isfinite(deviations) | ((deviations <= 0.0) if deviations.ndim < 2 else False)
    if wrong.any():
        where = tuple(map(int, np.argwhere(np.atleast_1d(wrong))[0]))
        point = f" at point {where[0]}" if deviations.ndim == 1 else f" at {list(where)}" if deviations.ndim else ""
        raise ValueError(
            f"sigma must be finite, and standard deviations positive; got {np.atleast_1d(deviations)[where]:g}{point}"
        )
    if deviations.ndim < 2 and not (deviations > _LEAST_DEVIATION).all():
        raise ValueError(f"sigma must have a finite inverse; got {deviations.min()}: use other units")
    if deviations.ndim == 2 and not is_symmetric(deviations):
        raise ValueError(
            "sigma must be a covariance matrix, which is symmetric, if its shape is (m, m): pass L @ L.T of a factor L"
        )
    return xdata, _weighted(y, deviations), deviations


def _is_plain(data: Any) -> bool:
    """Whether data are a vector of finite numbers as they are; a large one may count as none."""
    if not are_doubles(data) or data.ndim != 1 or not data.size:
        return False
    return bool(np.vdot(data, data) < np.inf)


def _weighted(y: _Array, sigma: NDArray[Any]) -> Data:
    """Data with the weights that standard deviations or a covariance matrix give."""
    if sigma.ndim < 2 or sigma.size == 1 < y.size:  # (1, 1) is the covariance of a single point
        return Data(y, weights=np.ascontiguousarray(1.0 / sigma, dtype=np.float64).ravel())
    try:
        lower: Any = np.linalg.cholesky(finite_floats("sigma", sigma))
    except np.linalg.LinAlgError as error:
        raise ValueError("`sigma` must be positive definite.") from error
    return Data(y, cholesky=lower)


def is_symmetric(matrix: _Array) -> bool:
    """Whether a covariance matrix is one, except for rounding; Cholesky's method looks at its lower triangle only."""
    deviations = np.sqrt(np.abs(matrix.diagonal()))
    apart: NDArray[np.bool_] = np.abs(matrix - matrix.T) > _ASYMMETRY * np.multiply.outer(deviations, deviations)
    return not apart.any()


def _without_nan(
    xdata: Any, ydata: _Array, sigma: ArrayLike | None, nan_policy: str
) -> tuple[Any, _Array, ArrayLike | None]:
    """Leave out the points that have NaN, or raise; xdata has the points along its last axis."""
    if not isinstance(xdata, np.ndarray) and as_array("xdata", xdata).dtype.kind not in "biuf":
        raise TypeError(f"xdata must be real numbers if nan_policy is {nan_policy!r}")
    nan_x, nan_y = np.isnan(np.asarray(xdata)), np.isnan(ydata)
    if nan_x.ndim and nan_y.ndim and nan_x.shape[-1] != nan_y.shape[-1]:
        raise ValueError(f"xdata must have the {nan_y.size} points of ydata along its last axis; got {nan_x.shape[-1]}")
    nan_sigma = _has_nan_deviation(sigma, ydata.size)
    if not nan_x.any() and not nan_y.any() and not nan_sigma.any():
        return xdata, ydata, sigma
    if nan_policy == "raise":
        raise _contains_nan(nan_x, nan_y)
    kept = ~(nan_x.any(axis=tuple(range(nan_x.ndim - 1))) | nan_y | nan_sigma)
    if sigma is not None and np.size(sigma) > 1:
        sigma = np.asarray(sigma)
        if set(sigma.shape) != {ydata.size}:  # checked before points go: a wrong shape might become a right one
            raise ValueError("`sigma` has incorrect shape.")
        sigma = sigma[np.ix_(*[kept] * sigma.ndim)]
    if nan_x.ndim:
        if hasattr(xdata, "filter") and hasattr(xdata, "to_numpy") and not hasattr(xdata, "loc"):  # polars' series
            xdata = xdata.filter(kept)
        else:
            xdata = xdata[..., kept] if nan_x.ndim > 1 else xdata[kept]
    return xdata, ydata[kept], sigma


def _contains_nan(nan_x: Any, nan_y: Any) -> ValueError:
    where = "xdata" if nan_x.any() else "ydata" if nan_y.any() else "sigma"
    return ValueError(f"The input contains nan values: {where}")


def _has_nan_deviation(sigma: ArrayLike | None, m: int) -> Any:
    """Which points have NaN for a standard deviation or variance; none if sigma has another shape."""
    if sigma is not None:
        as_array("sigma", sigma)  # if it is none, this error names it
    shape = np.shape(sigma) if sigma is not None else ()
    if shape not in ((m,), (m, m)):
        return np.zeros(m, dtype=np.bool_)
    deviations = as_floats("sigma", sigma)
    return np.isnan(deviations if len(shape) == 1 else deviations.diagonal())


# ---- many fits


def is_x_per_fit(shape: tuple[int, ...], lead: tuple[int, ...], m: int) -> bool:
    """Whether an abscissa of that shape has a row for each fit, or is the same for all."""
    per_fit = len(shape) > 1 and shape[: len(lead)] == lead and len(shape) - len(lead) in (1, 2)
    if shape[-1:] != (m,) or not (per_fit or len(shape) in (1, 2)):
        of_each = f", or its leading dimensions {lead} before that" if lead else ""
        raise ValueError(f"xdata must have shape ({m},) or (k, {m}), as ydata{of_each}; got shape {shape}")
    if 0 in shape[len(lead) * per_fit : -1]:
        raise ValueError(f"xdata must have at least one predictor; got shape {shape}")
    return per_fit


def xdata_of_many(xdata: ArrayLike) -> _Array:
    """The abscissae of many fits; times become seconds since the first."""
    return np.ascontiguousarray(xdata if are_doubles(xdata) else data_array("xdata", as_seconds(xdata)[0]))


def ydata_of_many(ydata: ArrayLike) -> _Array:
    """The data of many fits, (..., m)."""
    if are_doubles(ydata):  # the usual case
        y: _Array = ydata  # type: ignore[assignment]
    elif is_complex(ydata) or is_complex(first_of(ydata)):
        raise TypeError(
            "ydata must be real numbers; got complex ones: fit np.concatenate([y.real, y.imag], axis=-1) with a model "
            "that returns that, or each with minpack.fit, which takes complex numbers"
        )
    else:
        y = data_array("ydata", in_seconds("ydata", ydata))
    if y.ndim < 1 or y.shape[-1] == 0:
        got = "None" if ydata is None else f"shape {y.shape}"
        raise ValueError(f"ydata must have shape (..., m) with at least one point; got {got}")
    return np.ascontiguousarray(y)


def start_of_many(p0: ArrayLike, lead: tuple[int, ...]) -> _Array:
    """Where many fits start, (n,) for all or (count, n)."""
    start = np.array(real_array("p0", p0), order="C")
    if start.ndim < 1 or start.shape[:-1] not in ((), lead) or start.shape[-1] == 0:
        raise ValueError(f"p0 must have shape {shapes_text(lead, 'n')}; got shape {start.shape}")
    if start.ndim == 1 and not all(map(math.isfinite, start.tolist())):  # of one fit among many it is a status
        raise ValueError(f"p0 must be finite; got {start.tolist()}")
    return start if start.ndim == 1 else start.reshape(-1, start.shape[-1])


def weights_of_many(sigma: ArrayLike | None, lead: tuple[int, ...], m: int) -> _Array | None:
    """1 / sigma, (m,) for all fits or (count, m)."""
    if sigma is None:
        return None
    deviations = data_array("sigma", in_seconds("sigma", sigma))
    if deviations.ndim == 0:
        deviations = np.full(m, deviations)
    if deviations.shape not in ((m,), (*lead, m)):
        raise ValueError(f"sigma must be a number or have shape {shapes_text(lead, m)}; got shape {deviations.shape}")
    if deviations.ndim == 1 and (deviations <= 0.0).any():
        raise ValueError(f"sigma must be positive; got {deviations.min():g} at point {deviations.argmin()}")
    with np.errstate(divide="ignore", over="ignore"):  # of one fit among many it is a status, NOT_FINITE_AT_START
        weights = np.ascontiguousarray(1.0 / np.maximum(deviations, 0.0))
    return weights if weights.ndim == 1 else weights.reshape(-1, m)


def valid_of_many(
    x: _Array, x_per_fit: bool, y: _Array, weights: _Array | None, nan_policy: str | None
) -> NDArray[np.bool_] | None:
    """Which points of which fits have no NaN, (count, m); None for all, or if nobody asks."""
    if nan_policy is None:
        return None
    nan_x: Any = np.isnan(x)
    if nan_x.ndim == (3 if x_per_fit else 2):  # several predictors
        nan_x = nan_x.any(axis=-2)
    valid = ~(np.isnan(y) | nan_x | (False if weights is None else np.isnan(weights)))
    if valid.all():
        return None
    if nan_policy == "raise":
        raise _contains_nan(nan_x, np.isnan(y))
    return np.ascontiguousarray(valid)
