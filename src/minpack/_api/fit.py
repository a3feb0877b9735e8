"""`fit`: a curve fit with its whole answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._counted import counted
from .._engine.refits import OfTied, Refits
from .._input.arrays import check_callable, check_choice
from .._input.least_squares import is_linear
from .._input.limits import within_bounds
from .._input.parameters import Parameters, parameters
from .._input.predictors import as_seconds, raise_for_jacobian, raise_for_points
from .._input.taken import labels_of, take
from .._models.model import Model
from .._names import in_one_form
from .._results.covariance import is_defined, with_held, with_tied
from .._results.findings import is_degenerate
from .._results.fit import Fit
from .._results.warnings import warn_optimize
from .._results.words import Finding
from .beginning import Beginning, start_with_other_errors
from .fit_counts import fit_counts
from .fit_odr import fit_odr
from .solving import solve
from .task import plan


def fit(
    f: Callable[..., ArrayLike],
    xdata: Any,
    ydata: ArrayLike,
    p0: ArrayLike | Mapping[str, float] | None = None,
    *,
    sigma: ArrayLike | None = None,
    absolute_sigma: bool = False,
    jac: Callable[..., ArrayLike] | None = None,
    fixed: Mapping[str, float] | Iterable[str] | None = None,
    tied: Mapping[str, str | Callable[..., float]] | None = None,
    bounds: Any = None,
    method: Literal["lm", "trf", "dogbox"] | None = None,
    loss: str | Callable[[NDArray[np.float64]], ArrayLike] = "linear",
    f_scale: float = 1.0,
    nan_policy: Literal["raise", "omit"] | None = None,
    likelihood: Literal["normal", "poisson"] = "normal",
    sigma_x: ArrayLike | None = None,
    starts: int | None = None,
    ranges: Mapping[str, Any] | None = None,
    **options: Any,
) -> Fit:
    """Fit a function ``f(x, *params)`` to data, and give the whole answer.

    With method "lm" the parameters have the bits of `curve_fit` from the same start, unless that ends away from a
    minimum: `fit` then goes on. The result has them and their errors by name, what follows from them (bands, derived
    quantities), how good the fit is, what may be wrong with it, a report and a picture.

    Parameters
    ----------
    f : callable
        ``f(xdata, a, b, ...)`` returns the model's values, shape (m,). minpack fits its positional parameters after
        the first, by their names. The first whose default is not a number, and all after it, are options of the
        model instead. The parameters of ``f(x, *params)`` are called p0, p1, and so on, or as a dict `p0` names them.
    xdata : array_like or object
        The independent variable. `f` gets a list, tuple or array as an array of any shape that it cannot write into,
        pandas' tables as a copy for each call, and anything else unchanged. Integers become float64, as powers of them
        overflow, unless `f` fails with floats and not with integers, which it may use as indices. Times
        (datetime64, timedelta64, datetime) become seconds since the first.
    ydata : array_like, shape (m,)
        The data. If they are complex, so is the model: real and imaginary parts count as points of their own.
        Durations become seconds.
    p0 : array_like or dict, optional
        Start: values in the order of `f`, or by name; parameters with a value in `fixed` and those in `tied` may be
        left out. A parameter not given starts at its default in `f`, or at 1 if it has none; if that is out of its
        bounds, in the middle of two, or 1 off the only one. One of a `model` starts where the data suggest, with
        what is fixed, tied and bounded. So do the parameters of another function if `p0` is left out, none has a
        default, `xdata` are numbers, and that start explains less than nine tenths of the scatter of the data, or leads
        nowhere. If `f` only computes, by arithmetic and NumPy's functions of elements and without branches, it is
        called with symbols to learn its formula, and starts as a `model` does. Otherwise minpack calls `f` up to 50
        times, which `nfev` does not count, and takes the point with the least sum of squares; with `starts`, `ranges`,
        `sigma_x` or counts it does not. If the fit from there does not converge, it makes the one from that start.
    sigma : array_like, optional
        Errors of `ydata`, in its units: one standard deviation for all points, one per point, shape (m,), or a
        covariance matrix, shape (m, m). For complex data they hold for either part, unless `sigma` is complex, with
        those of the real and the imaginary parts, or a matrix of shape (2 m, 2 m).
    absolute_sigma : bool, optional
        Take `sigma` as the true errors. Otherwise only their ratios count, and the errors of the parameters follow
        from the scatter of the residuals.
    jac : callable, optional
        ``jac(xdata, a, b, ...)`` returns the derivatives of `f` by all of its parameters, shape (m, n). By default
        those of a `model`, else they are approximated by forward differences.
    fixed : dict or list of str, optional
        Parameters to hold, and their values, which override those in `p0`; or their names, to hold them where they
        start.
    tied : dict, optional
        Parameters to compute from others: ``{"w2": "w1"}`` keeps w2 equal to w1, ``{"b": lambda a: 1 - a}`` takes
        parameters by their names. Their errors follow by linear propagation.
    bounds : dict or pair of array_like or Bounds, optional
        Lower and upper bounds: ``{"rate": (0, None)}`` by name, None or infinity for none; or a pair of numbers for all
        parameters or of arrays with one element per parameter, shape (n,), as `curve_fit` takes them. `f` is called
        within them only. Equal ones hold a parameter as `fixed` does.
    method : {None, "lm", "trf", "dogbox"}, optional
        As in `least_squares`. By default "lm" without bounds and loss, otherwise "trf".
    loss : {"linear", "huber", "soft_l1", "cauchy", "arctan"} or callable, optional
        What is summed instead of the squares of the residuals, so that outliers count less, as in `least_squares`.
    f_scale : float, optional
        Weighted residuals below this count as inliers.
    nan_policy : {None, "raise", "omit"}, optional
        "omit" leaves out points with NaN in `xdata`, `ydata` or `sigma`; otherwise NaN raises ValueError, as infinity
        always does. Masked elements, NaT and pandas.NA count as NaN.
    likelihood : {"normal", "poisson"}, optional
        How the data scatter. With "poisson" they are counts, zeros among them, and the fit maximizes their likelihood;
        its sum of squares is the deviance. The model must be positive where there are counts. `sigma` is left out.
    sigma_x : array_like, optional
        Standard deviations of `xdata`, one number or the shape of `xdata`; `sigma` must be given, too. The fit is then
        made by odrpack (an extra), takes no `options`, and minimizes distances in x and y together.
    starts : int, optional
        Fit from so many points, as a batch, and go on from the one that leads to the least sum of squares: ``minima``
        and the report say what they found. 200 if only `ranges` is given.
    ranges : dict, optional
        For these points: ``(low, high)`` by name; by default the bounds, if both are finite, else from a tenth to ten
        times the start. Points fill the ranges evenly; by their logarithms if `low` and `high` have one sign and differ
        tenfold. Fits may leave them.
    **options : dict
        With "lm" options of `leastsq`: ftol, xtol, gtol, maxfev, epsfcn, factor, callback, reference; diag, with one
        element per fitted parameter. With "trf" and "dogbox" those of `least_squares`: ftol, xtol, gtol (by default
        None), max_nfev (or maxfev); x_scale and diff_step, with one element per fitted parameter; and `callback` as
        that of `leastsq`.

    Returns
    -------
    Fit
        Even if the fit does not converge, or its covariance cannot be estimated: see ``success`` and ``message``;
        ``errors`` are then inf, and ``diagnose()`` says what to do.

    Raises
    ------
    ValueError
        If a name in `p0`, `fixed`, `tied` or `bounds` is not one of `f`, a start is missing or out of its bounds,
        bounds cross or name a tied parameter, nothing is left to fit, data are not finite or empty, or shapes do not
        agree.
    TypeError
        If there are more parameters than points, an option is not known, data have units, or `f` or `jac` returns
        values that are not real though the data are.

    Warns
    -----
    RuntimeWarning
        If the fit does not converge, or ends away from a minimum even when continued, or `f` is not finite at the
        start.
    OptimizeWarning
        If the covariance cannot be estimated, or the data do not determine all parameters.

    Notes
    -----
    A parameter that ends at a bound has no error. The others, the degrees of freedom and what follows from them are
    those of a fit that holds it there; the report and ``diagnose()`` name it.

    With a loss the errors are robust. With psi and psi' the first and second derivatives of each point's loss by its
    residual r and J the Jacobian, the covariance is the sandwich [2]_ [3]_ inverse(H) (sum psi^2 J'J) inverse(H) m /
    (m - n), H = sum psi' J'J, with sums over points. It comes from the scatter of the residuals, also with
    `absolute_sigma`, and holds for any errors that are independent and symmetric.

    References
    ----------
    .. [1] Bates, Watts: Nonlinear Regression Analysis and Its Applications, Wiley, 1988.
    .. [2] Huber: Robust Statistics, Wiley, 1981, section 6.3.
    .. [3] White: A Heteroskedasticity-Consistent Covariance Matrix Estimator and a Direct Test for Heteroskedasticity,
       Econometrica 48, 1980.

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

    Tie it to another:

    >>> minpack.fit(decay, t, y, tied={"offset": lambda amplitude: 3 - amplitude})
    Fit(amplitude = 2.5055 ± 0.0085, rate = 1.006 ± 0.011, offset = 0.4945 ± 0.0085)

    Keep it below a bound:

    >>> minpack.fit(decay, t, y, bounds={"rate": (0, None), "offset": (0, 0.45)})
    Fit(amplitude = 2.553 ± 0.027, rate = 0.964 ± 0.019, offset = 0.45 at its upper bound)
    """
    if not callable(f) and (callable(xdata) or callable(ydata)):
        raise TypeError("f, the function, must be the first argument, as in fit(f, xdata, ydata)")
    check_callable("f", f)
    check_callable("jac", jac, optional=True)
    p0, fixed, tied, bounds, ranges = map(in_one_form, (p0, fixed, tied, bounds, ranges))
    check_choice("likelihood", likelihood, ("normal", "poisson"))
    if jac is None and isinstance(f, Model):
        jac = f.jac
    if likelihood == "poisson" or sigma_x is not None:
        if not is_linear(loss):
            raise ValueError(f"loss must be 'linear' with likelihood='poisson' or sigma_x; got {loss!r}")
        if starts is not None or ranges is not None:
            raise ValueError("starts and ranges must be left out with likelihood='poisson' or sigma_x: fit without "
                             "these first, and pass its values as p0")  # fmt: skip
        xdata, origin = as_seconds(xdata)
        p0 = start_with_other_errors(
            f, xdata, ydata, sigma, (p0, fixed, tied, bounds), likelihood == "poisson", {"method": method}, options,
            nan_policy,
        )  # fmt: skip
    if likelihood == "poisson":
        return fit_counts(fit, f, xdata, ydata, p0, sigma=sigma, jac=jac, fixed=fixed, tied=tied, bounds=bounds,
                          method=method, nan_policy=nan_policy, origin=origin, **options)  # fmt: skip
    if sigma_x is not None:
        if bounds is not None or tied or method is not None:
            raise ValueError("bounds, tied and method must be left out with sigma_x, whose fits odrpack makes")
        return fit_odr(f, xdata, ydata, p0, sigma=sigma, sigma_x=sigma_x, absolute_sigma=absolute_sigma, jac=jac,
                       fixed=fixed, nan_policy=nan_policy, origin=origin, **options)  # fmt: skip
    model = within_bounds(parameters(f, p0, fixed, tied), bounds, f, p0, fixed)
    task = plan(model, method, loss, f_scale, options)
    labels = labels_of(xdata, ydata)
    taken = take(f, jac, model.start, xdata, ydata, sigma, nan_policy)
    xdata, data, deviations = taken.xdata, taken.data, taken.deviations
    n, m = int(np.count_nonzero(model.free)), data.ydata.size
    if n > m:
        raise TypeError(
            f"{n} parameters cannot be fitted to {counted(m, 'point')}: take more points, or hold parameters"
        )
    how: dict[str, Any] = {} if method is None else {"method": method}
    how |= {} if is_linear(loss) else {"loss": loss, "f_scale": f_scale}
    beginning = Beginning(f, model, taken, (p0, fixed, tied, bounds), how, options)
    model, others, minima = (
        beginning.of_one() if starts is None and ranges is None else beginning.of_many(starts, ranges)
    )
    if model is not task.model:
        task = task._replace(model=model)

    try:
        end = solve(task, taken.f, taken.jac, xdata, data, absolute_sigma, others)
    except (ValueError, TypeError) as error:
        raise_for_points(error, xdata, m // (1 + taken.is_complex))
        raise_for_jacobian(error)
        raise
    if end.success and not is_defined(end.covariance):
        warn_optimize("the covariance of the parameters could not be estimated: see diagnose()")
    elif end.success and not end.is_regular and is_degenerate(end.r_factor, m):
        warn_optimize("the data do not determine all parameters, so that errors mean nothing: see diagnose()")
    residuals = -end.fvec
    if deviations is not None:
        residuals = residuals * deviations if data.cholesky is None else data.cholesky @ residuals
    values, active_mask, covariance = model.all_of(end.x), end.active_mask, end.covariance
    if not model.all_free:
        active_mask = np.zeros(model.free.size, int)
        active_mask[model.free] = end.active_mask
    if len(covariance) < active_mask.size:
        covariance = with_held(covariance, model.free & (active_mask == 0))
    if model.ties.rows:
        covariance = with_tied(covariance, model.ties.rows, model.tied_slopes(values))
    return Fit(
        names=model.names, fixed=model.held, tied=model.ties.names, values=values,
        start=model.start if end.start is None else end.start, covariance=covariance, residuals=residuals,
        weighted_residuals=-end.fvec, success=end.success, status=end.info, message=end.text, nfev=end.nfev,
        f=f, jac=jac, xdata=xdata, ydata=data.ydata, sigma=deviations, absolute_sigma=absolute_sigma,
        r_factor=end.r_factor, x_name=model.x_name, lower=model.lower, upper=model.upper, active_mask=active_mask,
        method=task.method, loss=loss, f_scale=task.f_scale, loss_weights=end.share, labels=labels,
        repeat=OfTied(model.ties) if model.ties.names else Refits.of, distance=end.distance, minima=minima,
        predictors=taken.predictors, is_complex=taken.is_complex,
        remarks=tuple(_finding(model, *remark) for remark in end.remarks),
    )  # fmt: skip


def _finding(model: Parameters, kind: str, numbers: dict[str, Any]) -> Finding:
    """A remark of the solver, about one parameter or all that are fitted."""
    names = model.fitted
    return Finding(kind, (names[numbers["index"]],) if "index" in numbers else names, numbers)
