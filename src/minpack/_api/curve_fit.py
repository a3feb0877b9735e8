"""`curve_fit`: SciPy's signature, results, warnings and errors on `leastsq`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .._engine.single import Outcome, Settings, solve_curve
from .._input.arrays import as_array, check_callable
from .._input.bounds import UNBOUNDED, is_bounded, lower_and_upper
from .._input.data import ignored_missing, scipy_data
from .._input.parameters import number_of_parameters
from .._input.settings import check_callback, options_of
from .._results.codes import is_solution, message
from .._results.covariance import is_defined
from .._results.warnings import warn, warn_not_finite, warn_optimize


def curve_fit(
    f: Callable[..., ArrayLike],
    xdata: Any,
    ydata: ArrayLike,
    p0: ArrayLike | None = None,
    sigma: ArrayLike | None = None,
    absolute_sigma: bool = False,
    check_finite: bool | None = None,
    bounds: Any = UNBOUNDED,
    method: str | None = None,
    jac: Callable[..., ArrayLike] | str | None = None,
    *,
    full_output: bool = False,
    nan_policy: str | None = None,
    **kwargs: Any,
) -> Any:
    """Fit a function ``f(x, *params)`` to data by nonlinear least squares.

    A drop-in for `scipy.optimize.curve_fit` if no parameter is bounded: the same arguments, the same results, the same
    bits of `popt`. (If `sigma` is a covariance matrix, LAPACK factors it, and its bits change with the processor.)

    Parameters
    ----------
    f : callable
        ``f(xdata, *params)`` returns the model's values, a real vector as long as `ydata`, or one value for all points.
        The parameters come as NumPy's float64 scalars. Called `nfev` times in all.
    xdata : array_like or object
        The independent variable. `f` gets a list, tuple or array as an array of float64, of any shape, and anything
        else unchanged.
    ydata : array_like, shape (m,)
        The data.
    p0 : array_like, shape (n,), optional
        Start. By default 1 for each positional parameter of `f` after the first.
    sigma : array_like, optional
        Errors of `ydata`, in its units: one standard deviation for all points, one per point, shape (m,), or a
        covariance matrix, shape (m, m).
    absolute_sigma : bool, optional
        Take `sigma` as the true errors. Otherwise only their ratios count, and `pcov` is scaled so that the reduced
        chi-square is 1.
    check_finite : bool, optional
        Raise ValueError if data are not finite. By default True unless `nan_policy` is given.
    bounds : 2-tuple of array_like, optional
        Must be infinite: bounds are not supported yet.
    method : {None, "lm"}, optional
        Levenberg-Marquardt, the only method.
    jac : callable, optional
        ``jac(xdata, *params)`` returns the derivatives of `f` by the parameters, shape (m, n), not weighted.
        By default they are approximated by forward differences.
    full_output : bool, optional
        Return `infodict`, `mesg` and `ier` as well.
    nan_policy : {None, "raise", "omit"}, optional
        What to do with NaN in `xdata`, `ydata` and `sigma`: "raise" raises ValueError, "omit" leaves such points out.
        Masked elements, NaT and pandas.NA then count as NaN. Ignored if `check_finite` is true.
    **kwargs : dict
        Further arguments of `leastsq`: ftol, xtol, gtol, maxfev, epsfcn, factor, diag, col_deriv, callback, reference.

    Returns
    -------
    popt : ndarray, shape (n,)
        The parameters that minimize the sum of squares of ``(f(xdata, *popt) - ydata) / sigma``.
    pcov : ndarray, shape (n, n)
        Their covariance, from the linear approximation at `popt`; `sqrt(diag(pcov))` are their standard errors. All
        inf, with an `OptimizeWarning`, if it cannot be estimated: because a parameter has no influence, there are no
        more points than parameters to estimate the variance from, or an element overflows.
    infodict, mesg, ier
        Only with `full_output`: those of `leastsq`, with weighted residuals in ``fvec``.

    Raises
    ------
    RuntimeError
        If the fit does not converge.
    TypeError
        If there are more parameters than points, an argument is not known, or `f` or `jac` returns values
        that are not real.
    ValueError
        If data are not finite or empty, `sigma` has the wrong shape or is not positive definite, the signature
        of `f` does not say how many parameters it has, or `f` does not return a vector of the length of `ydata`.

    Warns
    -----
    OptimizeWarning
        If the covariance cannot be estimated.
    RuntimeWarning
        If masked elements or NaT are fitted as the numbers beneath them, as SciPy does without `nan_policy`.
    NotFiniteWarning
        If a residual is not finite at the start, so that no fit is made; the covariance is infinite then.

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
    run, settings = prepare(
        f, xdata, ydata, p0, sigma, absolute_sigma, check_finite, bounds, method, jac, nan_policy, kwargs
    )
    fit = run()
    if fit.bad >= 0:
        warn_not_finite(fit.bad)
    return answer(fit, settings, full_output, with_jac=jac is not None, doubt=fit.bad < 0)


def prepare(
    f: Callable[..., ArrayLike], xdata: Any, ydata: ArrayLike, p0: ArrayLike | None, sigma: ArrayLike | None,
    absolute_sigma: bool, check_finite: bool | None, bounds: Any, method: str | None, jac: Any,
    nan_policy: str | None, kwargs: dict[str, Any],
) -> tuple[partial[Outcome], Settings]:  # fmt: skip
    """Check all arguments of `curve_fit`; the fit, ready to run, and its settings."""
    check_callable("f", f)
    start = np.ones(number_of_parameters(f)) if p0 is None else as_array("p0", p0)
    n = start.size
    check_method(method, bounds)
    if "args" in kwargs:
        raise ValueError("'args' is not a supported keyword argument.")
    settings = Settings(**options_of("curve_fit", kwargs, "col_deriv", "callback"))
    check_callable("jac", jac, optional=True)
    callback = kwargs.get("callback")
    if callback is not None:
        check_callback(callback)
    for name in ignored_missing({"xdata": xdata, "ydata": ydata, "sigma": sigma}, check_finite, nan_policy):
        warn(
            f"{name} has masked elements or NaT, which are fitted as the numbers beneath them, as SciPy does: leave "
            "them out with nan_policy='omit'",
            RuntimeWarning,
        )
    xdata, data = scipy_data(xdata, ydata, sigma, check_finite, nan_policy)
    m = data.ydata.size
    if m != 1 and n > m:
        raise TypeError(f"The number of func parameters={n} must not exceed the number of data points={m}")
    run = partial(
        solve_curve, f, start, xdata=xdata, data=data, settings=settings, scale=not absolute_sigma,
        jac=jac, callback=callback, col_deriv=kwargs.get("col_deriv", False),
    )  # fmt: skip
    return run, settings


def answer(fit: Outcome, settings: Settings, full_output: bool, *, with_jac: bool, doubt: bool = True) -> Any:
    """What `curve_fit` returns of a fit, or its error; with a warning if there is no covariance and `doubt` is true."""
    mesg = message(fit.info, settings.tolerances, fit.maxfev)
    if not is_solution(fit.info):
        raise RuntimeError("Optimal parameters not found: " + mesg)
    if doubt and not is_defined(fit.cov):
        warn_optimize("Covariance of the parameters could not be estimated")
    if not full_output:
        return fit.x, fit.cov
    infodict = {"fvec": fit.fvec, "nfev": fit.nfev, "fjac": fit.fjac, "ipvt": fit.ipvt, "qtf": fit.qtf}
    if with_jac:
        infodict["njev"] = fit.njev
    return fit.x, fit.cov, infodict, mesg, fit.info


def check_method(method: str | None, bounds: Any) -> None:
    """Raise ValueError if a fit asks for what Levenberg-Marquardt does not do."""
    if bounds is not UNBOUNDED and is_bounded(*lower_and_upper(bounds)):
        raise ValueError("bounds are not supported yet: leave them out, or transform the parameters so that they hold")
    if method is not None and not (isinstance(method, str) and method == "lm"):
        raise ValueError(f"method must be 'lm'; got {method!r}: Levenberg-Marquardt is the only one here")
