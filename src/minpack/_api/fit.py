"""`fit`: a curve fit with its whole answer."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._input.arrays import check_callable, check_choice, real_array
from .._input.parameters import parameters
from .._results.fit import OPTIONS, Fit
from .._results.warnings import OptimizeWarning, warn
from .curve_fit import weights_from, without_nan
from .._core import Data, Settings, solve_curve
from .leastsq import message_of

_Array = NDArray[np.float64]

_LEAST_DEVIATION = 1.0 / float(np.finfo(float).max)
_LEAST_VARIANCE = float(np.finfo(float).tiny)


def fit(
    f: Callable[..., ArrayLike],
    xdata: Any,
    ydata: ArrayLike,
    p0: ArrayLike | Mapping[str, float] | None = None,
    *,
    sigma: ArrayLike | None = None,
    absolute_sigma: bool = False,
    jac: Callable[..., ArrayLike] | None = None,
    fixed: Mapping[str, float] | None = None,
    nan_policy: str | None = None,
    **options: Any,
) -> Fit:
    """Fit a function ``f(x, *params)`` to data, and give the whole answer.

    The parameters are those of `curve_fit`, to the bit; with their errors by name come what they imply (bands,
    derived quantities), how good the fit is, what may be wrong with it, a report and a picture.

    Parameters
    ----------
    f : callable
        ``f(xdata, a, b, ...)`` returns the model's values, shape (m,). Its positional parameters after the first are
        fitted, under their names, up to the first with a default that is no number: an option of the model's. The
        parameters of ``f(x, *params)`` are called p0, p1, and so on, or as a dict `p0` names them.
    xdata : array_like or object
        Where the data were taken. A list, tuple or array goes to `f` as an array of float64, of any shape; anything
        else as it is.
    ydata : array_like, shape (m,)
        The data.
    p0 : array_like or dict, optional
        Where to start: values in the order of `f`, or by name. With `fixed`, parameters held may be left out of
        either. A parameter not given starts at its default in `f`; where `p0` is None and it has no default, at 1.
    sigma : array_like, optional
        What is known of the errors of `ydata`, in its units: one standard deviation for all points, a standard
        deviation a point, shape (m,), or a covariance matrix, shape (m, m).
    absolute_sigma : bool, optional
        `sigma` gives the errors as they are. Otherwise it says no more than how they relate to each other, and the
        errors of the parameters follow from the scatter of the residuals.
    jac : callable, optional
        ``jac(xdata, a, b, ...)`` returns the derivatives of `f` by all of its parameters, shape (m, n). Without it they
        are approximated by forward differences.
    fixed : dict, optional
        Parameters that are held at these values; a value in `p0` gives way.
    nan_policy : {None, "raise", "omit"}, optional
        "omit" leaves out points with NaN; else NaN, as infinity always, raises ValueError.
    **options : dict
        Of `leastsq`: ftol, xtol, gtol, maxfev, epsfcn, factor, diag, callback, reference. `diag` has one scale for
        each fitted parameter.

    Returns
    -------
    Fit
        A fit that does not converge, or whose covariance cannot be estimated, is returned as well: ``success`` and
        ``message`` tell, ``errors`` are inf, and ``diagnose()`` says what to do.

    Raises
    ------
    ValueError
        If a name in `p0` or `fixed` is not one of `f`, a start is missing, nothing is left to fit, data are not
        finite or empty, or shapes do not agree.
    TypeError
        If there are more parameters than points, an option is not known, or what `f` or `jac` returns is not real.

    Warns
    -----
    RuntimeWarning
        If the fit does not converge, or `f` is not finite at the start.
    OptimizeWarning
        If the covariance cannot be estimated.

    References
    ----------
    .. [1] Bates, Watts: Nonlinear Regression Analysis and Its Applications, Wiley, 1988.

    Examples
    --------
    >>> import numpy as np
    >>> import minpack
    >>> def decay(t, amplitude, rate, offset):
    ...     return amplitude * np.exp(-rate * t) + offset
    >>> t = np.array([0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0])
    >>> y = np.array([3.01, 2.02, 1.42, 1.03, 0.82, 0.63, 0.54, 0.51])
    >>> fit = minpack.fit(decay, t, y)
    >>> fit
    Fit(amplitude = 2.518 ± 0.013, rate = 1.013 ± 0.012, offset = 0.4962 ± 0.0082)
    >>> fit.confidence_intervals().round(3)
    array([[2.485, 2.55 ],
           [0.982, 1.045],
           [0.475, 0.517]])
    >>> half_life = fit.derived(lambda rate: np.log(2) / rate)
    >>> print(f"{half_life.value:.4f} ± {half_life.error:.4f}")
    0.6840 ± 0.0083
    >>> fit.diagnose()
    no doubts

    Hold a parameter, and start the others by name:

    >>> start = {"amplitude": 3, "rate": 1}
    >>> minpack.fit(decay, t, y, start, fixed={"offset": 0.5})
    Fit(amplitude = 2.515 ± 0.010, rate = 1.0175 ± 0.0079, offset = 0.5 fixed)
    """
    unknown = [name for name in options if name not in OPTIONS]
    if unknown:
        raise TypeError(f"fit takes no argument {unknown[0]!r}; its options are {', '.join(OPTIONS)}")
    check_callable("f", f)
    if jac is not None and not callable(jac):
        raise TypeError(f"jac must be callable or None, not {jac!r}: without it differences are taken")
    callback = options.get("callback")
    if callback is not None and not callable(callback):
        raise TypeError(f"callback must be callable or None, not {callback!r}")
    names, start, free = parameters(f, p0, fixed)
    xdata, y, sigma = _data(xdata, ydata, sigma, nan_policy)
    n = int(free.sum())
    if n > y.size:
        points = f"{y.size} point{'s' * (y.size != 1)}"
        raise TypeError(f"{n} parameters cannot be fitted to {points}: take more points, or hold parameters")
    deviations = None if sigma is None else _deviations(sigma, y.size)
    weights, cholesky = (None, None) if deviations is None else weights_from(deviations, y.size)

    dfun = None if jac is None else _reduced_jacobian(jac, start, free)
    callback = options.pop("callback", None)
    settings = Settings(**options)
    outcome = solve_curve(
        _reduced(f, start, free), start[free], xdata, Data(y, weights=weights, cholesky=cholesky), settings, jac=dfun,
        scale=not absolute_sigma, callback=callback, full=True,
    )  # fmt: skip
    x, status, fvec, message = outcome.x, outcome.info, outcome.fvec, message_of(outcome, settings)
    if outcome.bad >= 0:
        warn(
            f"residual {outcome.bad} is not finite at x0, so no fit was made: start where func is finite",
            RuntimeWarning,
        )

    values = start.copy()
    values[free] = x
    if fvec.size != y.size:  # one value of ydata would do for any number that f returns
        raise ValueError(f"f must return {y.size} value{'s' * (y.size != 1)}, as ydata; it returned {fvec.size}")
    finite = bool(np.isfinite(fvec).all())
    success = 1 <= status <= 4 and finite
    message = " ".join(message.split()) if finite else "The model is not finite at the start, so no fit was made."
    if not success and finite and status != -2:  # not finite: leastsq has warned; -2: the callback's wish
        warn(f"the fit did not converge: {message} See diagnose() of what was returned", RuntimeWarning)
    covariance = _covariance(outcome.cov, free)
    if success and not np.isfinite(covariance).all():
        warn("the covariance of the parameters could not be estimated: see diagnose()", OptimizeWarning)
    r_factor = np.empty((n, n))
    r_factor[:, outcome.ipvt] = np.triu(outcome.fjac.T[:n])
    return Fit(
        names=names,
        fixed=tuple(name for name, fitted in zip(names, free, strict=True) if not fitted),
        values=values,
        start=start,
        covariance=covariance,
        residuals=-fvec if deviations is None else _unweighted(-fvec, deviations, cholesky),
        weighted_residuals=-fvec,
        success=success,
        status=status,
        message=message,
        nfev=outcome.nfev,
        f=f,
        jac=jac,
        xdata=xdata,
        ydata=y,
        sigma=deviations,
        absolute_sigma=absolute_sigma,
        r_factor=r_factor,
    )


def _data(
    xdata: Any, ydata: ArrayLike, sigma: ArrayLike | None, nan_policy: str | None
) -> tuple[Any, _Array, ArrayLike | None]:
    """The data as arrays, finite, without the points to be omitted."""
    check_choice("nan_policy", nan_policy, (None, "raise", "omit"))
    y = np.array(real_array("ydata", ydata), order="C")  # a copy: f might change the data while the fit runs
    if y.ndim != 1 or y.size == 0:
        raise ValueError(f"ydata must be a vector with at least one point; its shape is {y.shape}")
    if isinstance(xdata, (list, tuple, np.ndarray)):
        xdata = real_array("xdata", xdata)
    if nan_policy == "omit":
        xdata, y, sigma = without_nan(xdata, y, sigma, nan_policy)
    for name, data in (("xdata", xdata), ("ydata", y)):
        if isinstance(data, np.ndarray) and not np.isfinite(data).all():
            i = tuple(map(int, np.argwhere(~np.isfinite(data))[0]))
            raise ValueError(f"{name}{list(i)} is {data[i]}: leave such points out (nan_policy='omit' does, for NaN)")
    return xdata, y, sigma


def _deviations(sigma: ArrayLike, m: int) -> _Array:
    deviations = np.array(real_array("sigma", sigma), order="C")  # a copy, for the same reason as that of ydata
    if deviations.size == 1:
        deviations = deviations.reshape(())
    elif deviations.shape not in ((m,), (m, m)):
        raise ValueError(f"sigma must be one number, {m} of them, or a {m} by {m} matrix; it has {deviations.shape}")
    if not np.isfinite(deviations).all() or (deviations.ndim < 2 and not (deviations > 0.0).all()):
        raise ValueError("sigma must be finite, and standard deviations positive")
    if deviations.ndim < 2 and not (deviations > _LEAST_DEVIATION).all():
        raise ValueError(f"sigma has {deviations.min()}, whose inverse is no number: measure in other units")
    return deviations


def _reduced(f: Callable[..., ArrayLike], start: _Array, free: NDArray[np.bool_]) -> Callable[..., ArrayLike]:
    """f as a function of the parameters that are not held."""
    if free.all():
        return f

    @functools.wraps(f)
    def reduced(x: Any, *fitted: float) -> ArrayLike:
        p = start.copy()
        p[free] = fitted
        return f(x, *p)

    return reduced


def _reduced_jacobian(
    jac: Callable[..., ArrayLike], start: _Array, free: NDArray[np.bool_]
) -> Callable[..., ArrayLike]:
    """The columns of jac that belong to parameters that are not held."""
    if free.all():
        return jac
    whole = _reduced(jac, start, free)

    @functools.wraps(jac)
    def reduced(x: Any, *fitted: float) -> ArrayLike:
        columns = np.asarray(whole(x, *fitted))
        if columns.ndim != 2 or columns.shape[1] != free.size:
            raise ValueError(f"jac must return a column for each of {free.size} parameters, held ones too; "
                             f"it returned shape {columns.shape}")  # fmt: skip
        return columns[:, free]

    return reduced


def _covariance(fitted: _Array | None, free: NDArray[np.bool_]) -> _Array:
    """With zeros for the parameters held; inf where the fit did not converge."""
    n = int(free.sum())
    if fitted is None:
        fitted = np.full((n, n), np.inf)
    if n == free.size:
        return fitted
    covariance = np.zeros((free.size, free.size))
    covariance[np.ix_(free, free)] = fitted
    return covariance


def _unweighted(weighted: _Array, deviations: _Array, cholesky: _Array | None) -> _Array:
    return weighted * deviations if cholesky is None else cholesky @ weighted
