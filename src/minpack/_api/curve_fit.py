"""`curve_fit`: SciPy's signature, results, warnings and errors on `leastsq`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._input.arrays import as_array, as_floats, check_callable
from .._results.warnings import OptimizeWarning, warn
from .._core import Data, Settings, solve_curve
from .leastsq import message_of

_Array = NDArray[np.float64]

_UNBOUNDED = (-np.inf, np.inf)


def curve_fit(
    f: Callable[..., ArrayLike],
    xdata: Any,
    ydata: ArrayLike,
    p0: ArrayLike | None = None,
    sigma: ArrayLike | None = None,
    absolute_sigma: bool = False,
    check_finite: bool | None = None,
    bounds: Any = _UNBOUNDED,
    method: str | None = None,
    jac: Callable[..., ArrayLike] | str | None = None,
    *,
    full_output: bool = False,
    nan_policy: str | None = None,
    **kwargs: Any,
) -> Any:
    """Fit a function ``f(x, *params)`` to data by nonlinear least squares.

    A drop-in for `scipy.optimize.curve_fit` where no parameter is bounded: the same arguments, the same results, the
    same bits of `popt`, but where `sigma` is a covariance matrix: its factor is LAPACK's, whose bits change with the
    processor.

    Parameters
    ----------
    f : callable
        ``f(xdata, *params)`` returns the model's values, a real vector as long as `ydata`, or one value for all points.
        The parameters come as NumPy's float64 scalars. Called `nfev` times in all.
    xdata : array_like or object
        Where the data were taken. A list, tuple or array goes to `f` as an array of float64, of any shape; anything
        else as it is.
    ydata : array_like, shape (m,)
        The data.
    p0 : array_like, shape (n,), optional
        Where to start. By default 1 for each positional parameter of `f` after the first.
    sigma : array_like, optional
        What is known of the errors of `ydata`, in its units: one standard deviation for all points, a standard
        deviation a point, shape (m,), or a covariance matrix, shape (m, m).
    absolute_sigma : bool, optional
        `sigma` gives the errors as they are. Otherwise it says no more than how they relate to each other, and `pcov`
        is scaled so that the reduced chi-square is 1.
    check_finite : bool, optional
        Refuse data that are not finite. True by default, but False where `nan_policy` is given.
    bounds : 2-tuple of array_like, optional
        Must not bound anything yet.
    method : {None, "lm"}, optional
        Levenberg-Marquardt is the only one.
    jac : callable, optional
        ``jac(xdata, *params)`` returns the derivatives of `f` by the parameters, shape (m, n), before any weighing.
        Without it they are approximated by forward differences.
    full_output : bool, optional
        Return `infodict`, `mesg` and `ier` as well.
    nan_policy : {None, "raise", "omit"}, optional
        What to do with NaN in `xdata` and `ydata`: "raise" raises ValueError, "omit" leaves such points out.
        Not looked at where `check_finite` is true.
    **kwargs : dict
        Further arguments of `leastsq`: ftol, xtol, gtol, maxfev, epsfcn, factor, diag, col_deriv, callback, reference.

    Returns
    -------
    popt : ndarray, shape (n,)
        The parameters that make the sum of squares of ``(f(xdata, *popt) - ydata) / sigma`` the least.
    pcov : ndarray, shape (n, n)
        Their covariance, estimated from the linear approximation at `popt`; `sqrt(diag(pcov))` are their standard
        errors. All inf, with an `OptimizeWarning`, where it cannot be estimated: a parameter has no influence, or
        there are no more points than parameters to tell the variance from.
    infodict, mesg, ier
        Only with `full_output`: those of `leastsq`, with weighted residuals in ``fvec``.

    Raises
    ------
    RuntimeError
        If the fit does not converge.
    TypeError
        If there are more parameters than points, or what `f` or `jac` returns is not real.
    ValueError
        If data are not finite or empty, `sigma` has the wrong shape or is not positive definite, the number of
        parameters cannot be told from `f`, an argument is not known, or `f` returns something else than a vector of
        the length of `ydata`.

    Warns
    -----
    OptimizeWarning
        If the covariance cannot be estimated.

    References
    ----------
    .. [1] More, Garbow, Hillstrom: User Guide for MINPACK-1, ANL-80-74, 1980: LMDIF, LMDER.

    Examples
    --------
    >>> import numpy as np
    >>> from minpack import curve_fit
    >>> def decay(t, amplitude, rate, offset):
    ...     return amplitude * np.exp(-rate * t) + offset
    >>> t = np.array([0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0])
    >>> y = np.array([3.01, 2.02, 1.42, 1.03, 0.82, 0.63, 0.54, 0.51])
    >>> popt, pcov = curve_fit(decay, t, y)
    >>> popt.round(3)
    array([2.518, 1.013, 0.496])
    >>> np.sqrt(np.diag(pcov)).round(3)
    array([0.013, 0.012, 0.008])
    """
    check_callable("f", f)
    start = np.ones(_number_of_parameters(f)) if p0 is None else as_array("p0", p0)
    n = start.size
    check_method(method, bounds)
    if "args" in kwargs:
        raise ValueError("'args' is not a supported keyword argument.")
    if not (jac is None or callable(jac)):
        raise ValueError(f"jac must be callable or None, not {jac!r}: method 'lm' takes forward differences without it")

    if check_finite is None:
        check_finite = nan_policy is None
    convert = np.asarray_chkfinite if check_finite else np.asarray
    y = as_floats("ydata", ydata, convert)
    if isinstance(xdata, (list, tuple, np.ndarray)):
        xdata = as_floats("xdata", xdata, convert)
    if y.size == 0:
        raise ValueError("`ydata` must not be empty!")
    if y.ndim > 1:
        raise ValueError(
            f"ydata must be a vector, not of shape {y.shape}: pass ydata.ravel(), and ravel what f returns"
        )
    if not check_finite and nan_policy is not None:
        xdata, y, sigma = without_nan(xdata, y, sigma, nan_policy)
    weights, cholesky = (None, None) if sigma is None else weights_from(sigma, y.size)
    if y.size != 1 and n > y.size:
        raise TypeError(f"The number of func parameters={n} must not exceed the number of data points={y.size}")

    callback = kwargs.pop("callback", None)
    settings = Settings(**kwargs)
    data = Data(np.array(y), weights=weights, cholesky=cholesky)  # a copy, as f might change the caller's
    outcome = solve_curve(
        f, start, xdata, data, settings, jac=jac, scale=not absolute_sigma, callback=callback, full=True
    )
    mesg = message_of(outcome, settings)
    if outcome.bad >= 0:
        warn(
            f"residual {outcome.bad} is not finite at x0, so no fit was made: start where func is finite",
            RuntimeWarning,
        )
    if not 1 <= outcome.info <= 4:
        raise RuntimeError("Optimal parameters not found: " + mesg)
    if not np.isfinite(outcome.cov[0, 0]):
        warn("Covariance of the parameters could not be estimated", OptimizeWarning)
    infodict = {name: getattr(outcome, name) for name in ("fvec", "nfev", "fjac", "ipvt", "qtf")}
    if jac is not None:
        infodict["njev"] = outcome.njev
    if full_output:
        return outcome.x, outcome.cov, infodict, mesg, outcome.info
    return outcome.x, outcome.cov


def _number_of_parameters(f: Callable[..., Any]) -> int:
    """The positional parameters of f after the first, those with defaults included."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    n = sum(parameter.kind in kinds for parameter in inspect.signature(f).parameters.values()) - 1
    if n < 1:
        raise ValueError("Unable to determine number of fit parameters.")
    return n


def check_method(method: str | None, bounds: Any) -> None:
    if bounds is not _UNBOUNDED and is_bounded(*lower_and_upper(bounds)):
        raise ValueError("bounds are not supported yet: leave them out, or transform the parameters so that they hold")
    if method is not None and not (isinstance(method, str) and method == "lm"):
        raise ValueError(f"method must be 'lm', not {method!r}: Levenberg-Marquardt is the only one here")


def lower_and_upper(bounds: Any) -> tuple[_Array, _Array]:
    """The two of a pair, or of SciPy's Bounds."""
    if hasattr(bounds, "lb") and hasattr(bounds, "ub"):
        bounds = bounds.lb, bounds.ub
    try:
        lower, upper = bounds
    except (TypeError, ValueError) as error:
        raise ValueError("`bounds` must contain 2 elements.") from error
    return as_floats("bounds", lower), as_floats("bounds", upper)


def is_bounded(lower: _Array, upper: _Array) -> bool:
    """Whether bounds hold any parameter."""
    return bool(np.any(lower > -np.inf) or np.any(upper < np.inf))


def without_nan(
    xdata: Any, ydata: _Array, sigma: ArrayLike | None, nan_policy: str
) -> tuple[Any, _Array, ArrayLike | None]:
    """The points that have no NaN; xdata has them along its last axis."""
    if isinstance(nan_policy, str) and nan_policy == "propagate":
        raise ValueError("`nan_policy='propagate'` is not supported by this function.")
    if not (isinstance(nan_policy, str) and nan_policy in ("raise", "omit")):
        raise ValueError("nan_policy must be one of {None, 'raise', 'omit'}")
    if not isinstance(xdata, np.ndarray) and as_array("xdata", xdata).dtype.kind not in "biuf":
        raise TypeError(f"xdata must be real numbers where nan_policy is {nan_policy!r}")
    nan_x, nan_y = np.isnan(np.asarray(xdata)), np.isnan(ydata)
    if nan_x.ndim and nan_y.ndim and nan_x.shape[-1] != nan_y.shape[-1]:
        raise ValueError(f"xdata must have the {nan_y.size} points of ydata along its last axis, not {nan_x.shape[-1]}")
    if not nan_x.any() and not nan_y.any():
        return xdata, ydata, sigma
    if nan_policy == "raise":
        raise ValueError("The input contains nan values")
    kept = ~(nan_x.any(axis=tuple(range(nan_x.ndim - 1))) | nan_y)
    if sigma is not None and np.size(sigma) > 1:
        sigma = np.asarray(sigma)
        if set(sigma.shape) != {ydata.size}:  # looked at before points go: a wrong one might come to fit
            raise ValueError("`sigma` has incorrect shape.")
        sigma = sigma[np.ix_(*[kept] * sigma.ndim)]
    if nan_x.ndim:
        xdata = xdata[..., kept] if nan_x.ndim > 1 else xdata[kept]
    return xdata, ydata[kept], sigma


def weights_from(sigma: ArrayLike, m: int) -> tuple[_Array | None, _Array | None]:
    """1/sigma for standard deviations, or the lower Cholesky factor of a covariance matrix."""
    sigma = as_array("sigma", sigma)
    if sigma.dtype.kind not in "biufO":
        raise TypeError(f"sigma must be real, not of dtype {sigma.dtype}")
    if sigma.dtype.kind == "O":
        sigma = as_floats("sigma", sigma)
    if sigma.size == 1 or sigma.shape == (m,):
        return np.ascontiguousarray(1.0 / sigma, dtype=np.float64).ravel(), None
    if sigma.shape != (m, m):
        raise ValueError("`sigma` has incorrect shape.")
    try:
        return None, np.linalg.cholesky(np.asarray_chkfinite(sigma, dtype=np.float64))
    except np.linalg.LinAlgError as error:
        raise ValueError("`sigma` must be positive definite.") from error
