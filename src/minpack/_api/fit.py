"""`fit`: a curve fit with its whole answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .._engine.curve import WeightedCurve
from .._engine.finish import FAR, Ending, Finish
from .._engine.refits import Refits
from .._engine.single import Outcome, Settings, solve_curve
from .._input.arrays import check_callable
from .._input.data import strict_data
from .._input.labels import labels_of
from .._input.parameters import parameters
from .._input.settings import check_callback, options_of
from .._models.model import Model
from .._results.codes import STOPPED_BY_CALLBACK, is_solution, message
from .._results.covariance import is_defined, with_held, without_underflow
from .._results.finding import Finding
from .._results.fit import Fit
from .._results.warnings import warn, warn_not_finite, warn_optimize


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

    The parameters have the bits of `curve_fit`, unless that ends away from a minimum: `fit` then goes on. The result
    has them and their errors by name, what follows from them (bands, derived quantities), how good the fit is, what may
    be wrong with it, a report and a picture.

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
        starts at its default in `f`, or at 1 if it has none and `p0` is None; one of a `model` where the data suggest.
    sigma : array_like, optional
        Errors of `ydata`, in its units: one standard deviation for all points, one per point, shape (m,), or a
        covariance matrix, shape (m, m).
    absolute_sigma : bool, optional
        Take `sigma` as the true errors. Otherwise only their ratios count, and the errors of the parameters follow
        from the scatter of the residuals.
    jac : callable, optional
        ``jac(xdata, a, b, ...)`` returns the derivatives of `f` by all of its parameters, shape (m, n). By default
        those of a `model`, else they are approximated by forward differences.
    fixed : dict, optional
        Parameters to hold, and their values, which override those in `p0`.
    nan_policy : {None, "raise", "omit"}, optional
        "omit" leaves out points with NaN in `xdata`, `ydata` or `sigma`; otherwise NaN raises ValueError, as infinity
        always does. Masked elements, NaT and pandas.NA count as NaN.
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
    given = options_of("fit", options, "callback")
    settings = Settings(**given)
    check_callable("f", f)
    check_callable("jac", jac, optional=True)
    if jac is None and isinstance(f, Model):
        jac = f.jac
    callback = options.get("callback")
    check_callback(callback)
    labels = labels_of(xdata, ydata)
    xdata, data, deviations = strict_data(xdata, ydata, sigma, nan_policy)
    model = parameters(f, _start(f, p0, xdata, data.ydata, deviations), fixed)
    n, m = len(model.names) - len(model.held), data.ydata.size
    if n > m:
        points = f"{m} point{'s' * (m != 1)}"
        raise TypeError(f"{n} parameters cannot be fitted to {points}: take more points, or hold parameters")

    def solve(start: ArrayLike, derivatives: Any, **changed: float) -> Outcome:
        outcome = solve_curve(
            curve.f, start, xdata=xdata, data=data, jac=derivatives, callback=callback, scale=not absolute_sigma,
            settings=Settings(**given | changed) if changed else settings,
        )  # fmt: skip
        if outcome.fvec.size != m:  # f may return any number of values for a single one of ydata
            raise ValueError(f"f must return {m} value{'s' * (m != 1)}, as ydata; it returned {outcome.fvec.size}")
        return outcome

    curve = WeightedCurve(model.reduce(f), model.reduce_jacobian(jac), xdata, data)
    ending = Finish(solve, curve, model.start[model.free], not absolute_sigma, options.get("epsfcn")).run()
    end = ending.outcome
    success, text = _verdict(ending, settings)
    last = end if ending.factor is None else ending.factor
    fitted = np.full((n, n), np.inf)
    if success and last.cov is not None:
        fitted = without_underflow(last.cov, end.fvec, absolute_sigma=absolute_sigma)
    if success and not is_defined(fitted):
        warn_optimize("the covariance of the parameters could not be estimated: see diagnose()")
    r_factor = np.empty((n, n))
    r_factor[:, last.ipvt] = np.triu(last.fjac.T[:n])
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
        nfev=end.nfev + ending.calls,
        f=f,
        jac=jac,
        xdata=xdata,
        ydata=data.ydata,
        sigma=deviations,
        absolute_sigma=absolute_sigma,
        r_factor=r_factor,
        x_name=model.x_name,
        repeat=Refits.of,
        labels=labels,
        distance=ending.distance,
        remarks=tuple(Finding(kind, model.fitted, numbers) for kind, numbers in ending.remarks if kind != "went_on"),
    )


def _start(f: Callable[..., Any], p0: Any, x: Any, y: Any, sigma: Any) -> Any:
    """The start that was given, or for a model what it finds in the data, as far as nothing is given."""
    if not isinstance(f, Model) or not (p0 is None or isinstance(p0, Mapping)):
        return p0
    given = {} if p0 is None else dict(p0)
    if all(name in given for name in f.parameters):
        return given
    return dict(zip(f.parameters, f.guess(x, y, sigma).tolist(), strict=True)) | given


def _verdict(ending: Ending, settings: Settings) -> tuple[bool, str]:
    """Whether the fit converged, and the message; with a warning if it did not."""
    end = ending.outcome
    if end.bad >= 0:
        warn_not_finite(end.bad)
    if not np.isfinite(end.fvec).all():
        return False, "The model is not finite at the start, so no fit was made."
    text = " ".join(message(end.info, settings.tolerances, end.maxfev).split())
    success = is_solution(end.info)
    if success and ending.factor is None:
        success, text = False, "The derivatives of the model are not finite where the fit ended."
    elif success and ending.distance > FAR:
        success = False
        text = f"The fit ended away from a minimum, which is {ending.distance:.2g} standard errors further on."
    for kind, numbers in ending.remarks:
        if kind == "went_on":
            text = text.rstrip(".") + f". The fit had to go on from an end that was {numbers['distance']:.2g} standard errors away."
    if not success and end.info != STOPPED_BY_CALLBACK:
        warn(f"the fit did not converge: {text} See diagnose() of what was returned", RuntimeWarning)
    return success, text
