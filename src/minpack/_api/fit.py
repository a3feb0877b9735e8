"""`fit`: a curve fit with its whole answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .._engine.refits import Refits
from .._engine.single import Outcome, Settings, solve_curve
from .._input.arrays import check_callable, check_choice
from .._input.data import strict_data
from .._input.parameters import parameters
from .._input.settings import check_callback, options_of
from .._results.codes import STOPPED_BY_CALLBACK, is_solution, message
from .._results.covariance import is_defined, with_held, without_underflow
from .._results.fit import Fit
from .._results.warnings import warn, warn_not_finite, warn_optimize
from .fit_counts import fit_counts
from .fit_odr import fit_odr


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
    likelihood: str = "normal",
    sigma_x: ArrayLike | None = None,
    **options: Any,
) -> Fit:
    """Fit a function ``f(x, *params)`` to data, and give the whole answer.

    The parameters have the bits of `curve_fit`. The result has them and their errors by name, what follows from them
    (bands, derived quantities), how good the fit is, what may be wrong with it, a report and a picture.

    Parameters
    ----------
    f : callable
        ``f(xdata, a, b, ...)`` returns the model's values, shape (m,). minpack fits its
        positional parameters after the first, by their names, up to the first whose default is not a number: that
        and those after it are options of the model. The
        parameters of ``f(x, *params)`` are called p0, p1, and so on, or as a dict `p0` names them.
    xdata : array_like or object
        The independent variable. `f` gets a list, tuple or array as an array of float64, of any shape, that it cannot
        write into, and anything else unchanged.
    ydata : array_like, shape (m,)
        The data.
    p0 : array_like or dict, optional
        Start: values in the order of `f`, or by name; parameters in `fixed` may be left out. A parameter not given
        starts at its default in `f`, or at 1 if it has none and `p0` is None.
    sigma : array_like, optional
        Errors of `ydata`, in its units: one standard deviation for all points, one per point, shape (m,), or a
        covariance matrix, shape (m, m).
    absolute_sigma : bool, optional
        Take `sigma` as the true errors. Otherwise only their ratios count, and the errors of the parameters follow
        from the scatter of the residuals.
    jac : callable, optional
        ``jac(xdata, a, b, ...)`` returns the derivatives of `f` by all of its parameters, shape (m, n). By default
        they are approximated by forward differences.
    fixed : dict, optional
        Parameters to hold, and their values, which override those in `p0`.
    nan_policy : {None, "raise", "omit"}, optional
        "omit" leaves out points with NaN in `xdata`, `ydata` or `sigma`; otherwise NaN raises ValueError, as infinity
        always does. Masked elements, NaT and pandas.NA count as NaN.
    likelihood : {"normal", "poisson"}, optional
        How the data scatter. With "poisson" they are counts, zeros among them, and the fit maximizes their likelihood;
        its sum of squares is the deviance. The model must be positive where there are counts. `sigma` is left out.
    sigma_x : array_like, optional
        Standard deviations of `xdata`, one number or the shape of `xdata`; `sigma` must be given, too. The fit is then
        made by odrpack (an extra), takes no `options`, and minimizes distances in x and y together.
    **options : dict
        Options of `leastsq`: ftol, xtol, gtol, maxfev, epsfcn, factor, callback, reference; diag, with one element
        per fitted parameter.

    Returns
    -------
    Fit
        Also if the fit does not converge, or its covariance cannot be estimated: see ``success`` and ``message``;
        ``errors`` are then inf, and ``diagnose()`` says what to do.

    Raises
    ------
    ValueError
        If a name in `p0` or `fixed` is not one of `f`, a start is missing, nothing is left to fit, data are not
        finite or empty, or shapes do not agree.
    TypeError
        If there are more parameters than points, an option is not known, or `f` or `jac` returns values that are not
        real.

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
    check_callable("f", f)
    check_callable("jac", jac, optional=True)
    check_choice("likelihood", likelihood, ("normal", "poisson"))
    if likelihood == "poisson":
        return fit_counts(fit, f, xdata, ydata, p0, sigma=sigma, jac=jac, fixed=fixed, nan_policy=nan_policy, **options)
    if sigma_x is not None:
        return fit_odr(f, xdata, ydata, p0, sigma=sigma, sigma_x=sigma_x, absolute_sigma=absolute_sigma, jac=jac,
                       fixed=fixed, nan_policy=nan_policy, **options)  # fmt: skip
    settings = Settings(**options_of("fit", options, "callback"))
    callback = options.get("callback")
    check_callback(callback)
    model = parameters(f, p0, fixed)
    xdata, data, deviations = strict_data(xdata, ydata, sigma, nan_policy)
    n, m = len(model.names) - len(model.held), data.ydata.size
    if n > m:
        points = f"{m} point{'s' * (m != 1)}"
        raise TypeError(f"{n} parameters cannot be fitted to {points}: take more points, or hold parameters")

    end = solve_curve(
        model.reduce(f), model.start[model.free], xdata=xdata, data=data, settings=settings, scale=not absolute_sigma,
        jac=model.reduce_jacobian(jac), callback=callback,
    )  # fmt: skip
    if end.fvec.size != m:  # f may return any number of values for a single one of ydata
        raise ValueError(f"f must return {m} value{'s' * (m != 1)}, as ydata; it returned {end.fvec.size}")
    success, text = _verdict(end, settings)
    fitted = np.full((n, n), np.inf)
    if end.cov is not None:
        fitted = without_underflow(end.cov, end.fvec, absolute_sigma=absolute_sigma)
    if success and not is_defined(fitted):
        warn_optimize("the covariance of the parameters could not be estimated: see diagnose()")
    r_factor = np.empty((n, n))
    r_factor[:, end.ipvt] = np.triu(end.fjac.T[:n])
    residuals = -end.fvec
    if deviations is not None:
        residuals = residuals * deviations if data.cholesky is None else data.cholesky @ residuals
    return Fit(
        names=model.names,
        fixed=model.held,
        values=model.all_of(end.x),
        start=model.start,
        covariance=with_held(fitted, model.free) if model.held else fitted,
        residuals=residuals,
        weighted_residuals=-end.fvec,
        success=success,
        status=end.info,
        message=text,
        nfev=end.nfev,
        f=f,
        jac=jac,
        xdata=xdata,
        ydata=data.ydata,
        sigma=deviations,
        absolute_sigma=absolute_sigma,
        r_factor=r_factor,
        x_name=model.x_name,
        repeat=Refits.of,
    )


def _verdict(end: Outcome, settings: Settings) -> tuple[bool, str]:
    """Whether the fit converged, and the message; with a warning if it did not."""
    if end.bad >= 0:
        warn_not_finite(end.bad)
    if not np.isfinite(end.fvec).all():
        return False, "The model is not finite at the start, so no fit was made."
    text = " ".join(message(end.info, settings.tolerances, end.maxfev).split())
    success = is_solution(end.info)
    if not success and end.info != STOPPED_BY_CALLBACK:
        warn(f"the fit did not converge: {text} See diagnose() of what was returned", RuntimeWarning)
    return success, text
