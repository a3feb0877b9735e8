"""Fits with errors in x: what `fit` does with `sigma_x`, through odrpack."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from .._counted import counted
from .._input.arrays import data_array
from .._input.data import strict_data
from .._input.parameters import parameters
from .._input.predictors import Predictors
from .._optional import needed
from .._results.covariance import with_held
from .._results.derivatives import differences
from .._results.fit import Fit
from .._results.warnings import warn
from .returned import SUITS_FLOATS, Notice, look_at_model
from .within_bounds import variance_from

_Array = NDArray[np.float64]

_ITERATIONS = 500
_TOLERANCE = 1e-12


def fit_odr(
    f: Callable[..., Any], xdata: Any, ydata: Any, p0: Any, *, sigma: Any, sigma_x: Any, absolute_sigma: bool,
    jac: Callable[..., Any] | None, fixed: Any, nan_policy: str | None, origin: Any, **options: Any,
) -> Fit:  # fmt: skip
    """Minimize the weighted distances of the points from the curve, in x and y.

    The residuals of the result are those in y, at the data's x. Its `sigma` are the effective errors of y,
    root(sigma^2 + (df/dx)^2 sigma_x^2), and its weighted residuals the distances, with the sign of the residuals.
    """
    odrpack = needed("sigma_x", "odrpack", "odrpack")
    if options:
        raise ValueError(f"{next(iter(options))} must be left out with sigma_x, whose fits odrpack makes")
    model = parameters(f, p0, fixed)
    x, data, deviations = strict_data(xdata, ydata, sigma, nan_policy)
    x, y = np.asarray(x, dtype=np.float64), data.ydata
    spread = data_array("sigma_x", sigma_x)
    if deviations is None or deviations.ndim == 2:
        raise ValueError("sigma must be one number or one per point with sigma_x, whose units differ from those of y")
    right = np.isfinite(spread) & (spread > 0)
    if not right.all():
        raise ValueError(f"sigma_x must be positive and finite; got {spread[~right][0]:g}")
    if x.shape[-1:] != y.shape or spread.shape not in ((), x.shape):
        raise ValueError(
            f"sigma_x must be a number or of the shape {x.shape} of xdata, without points that nan_policy omits; got "
            f"shape {spread.shape}"
        )
    spread = np.broadcast_to(spread, x.shape)
    n = int(np.count_nonzero(model.free))
    if n > y.size:
        raise TypeError(f"{n} parameters cannot be fitted to {counted(y.size, 'point')}: take more points")

    notice = Notice(look_at_model)

    def curve(at: _Array, values: _Array) -> _Array:
        found = f(at, *values)
        notice(f, found, SUITS_FLOATS)
        return np.array(np.broadcast_to(np.asarray(found, dtype=np.float64), y.shape))

    # odrpack takes derivatives by the parameters only together with those by x: jac serves the bands
    end = odrpack.odr_fit(
        curve, x, y, model.start, weight_x=1.0 / spread**2, weight_y=1.0 / np.broadcast_to(deviations, y.shape) ** 2,
        fix_beta=~model.free, maxit=_ITERATIONS, sstol=_TOLERANCE, partol=_TOLERANCE, diff_scheme="central",
    )  # fmt: skip
    if not end.success:
        warn(f"the fit did not converge: {end.stopreason} See diagnose() of what was returned")
    found = np.where(model.free, end.beta, model.start)
    residuals = y - curve(x, found)
    covariance = end.cov_beta[np.ix_(model.free, model.free)]
    r_factor = np.linalg.cholesky(np.linalg.inv(covariance)).T if _is_regular(covariance) else np.full((n, n), np.nan)
    scale = 1.0 if absolute_sigma else variance_from(float(end.sum_square), y.size, n)
    fitted = covariance * scale if _is_regular(covariance) and math.isfinite(scale) else np.full((n, n), np.inf)
    distances = np.sqrt((end.eps / deviations) ** 2 + np.sum(np.atleast_2d(end.delta / spread) ** 2, axis=0))
    return Fit(
        names=model.names, fixed=model.held, values=found, start=model.start,
        covariance=with_held(fitted, model.free), residuals=residuals,
        weighted_residuals=np.copysign(distances, residuals), success=bool(end.success),
        status=int(end.info) if end.success and 1 <= end.info <= 3 else 5,
        message=str(end.stopreason), nfev=int(end.nfev), f=f, jac=jac, xdata=x, ydata=y,
        sigma=_effective(f, x, found, deviations, spread), absolute_sigma=absolute_sigma, r_factor=r_factor,
        x_name=model.x_name, lower=model.lower, upper=model.upper, active_mask=np.zeros(model.free.size, int),
        method="odr", repeat=_cannot_repeat, predictors=Predictors(origin),
    )  # fmt: skip


def _is_regular(covariance: _Array) -> bool:
    diagonal = np.diag(covariance)
    return bool(np.isfinite(covariance).all() and (diagonal > 0.0).all())


def _effective(f: Callable[..., Any], x: _Array, values: _Array, deviations: _Array, spread: _Array) -> _Array:
    """The errors of y, and those that the errors of x cause in it."""
    rows, variance = np.atleast_2d(x), deviations**2
    for k, deviation in enumerate(np.atleast_2d(spread)):

        def moved(by: _Array, k: int = k, deviation: _Array = deviation) -> _Array:
            at = rows.copy()
            at[k] += by[0] * deviation
            return np.asarray(f(at if x.ndim > 1 else at[0], *values), dtype=np.float64)

        at = np.zeros(1)
        variance = variance + differences(moved, at, moved(at), errors=np.ones(1)).columns[:, 0] ** 2
    effective: _Array = np.sqrt(variance)
    return effective


def _cannot_repeat(fit: object) -> NoReturn:
    raise ValueError("a fit with sigma_x cannot be fitted again on the way: hold parameters with fixed=... in fit")
