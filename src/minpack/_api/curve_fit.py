"""`curve_fit`: SciPy's signature, results, warnings and errors, on `leastsq` or, with bounds, `least_squares`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._engine.bounded import Ended, from_jacobian
from .._engine.curve import DifferentiatedCurve, WeightedCurve
from .._engine.single import Outcome, Settings, solve_curve
from .._input.arrays import as_array, check_callable, is_complex
from .._input.bounds import UNBOUNDED, bounds_of, is_bounded, start_within
from .._input.data import has_policy, scipy_data
from .._input.ignored import ignored
from .._input.least_squares import METHODS, is_linear
from .._input.parameters import names_of, number_of_parameters
from .._input.predictors import differs_by_overflow
from .._input.settings import GTOL, TOLERANCE, asks_for_minimum, check_callback, options_of, options_of_bounded
from .._input.taken import of_pairs, pairs, sigma_of_pairs, without_missing
from .._results.codes import is_solution, message
from .._results.covariance import held_by_bounds, is_defined
from .._results.ending import is_doubtful, warn_of_ending
from .._results.warnings import warn, warn_not_finite, warn_optimize
from .least_squares import prepare as least_squares_ready
from .least_squares import usual_run
from .leastsq import infodict_of
from .returned import Notice, look_at_end, look_at_model, warn_of_misled, warn_of_stuck

_Array = NDArray[np.float64]

_BOUNDED_OPTIONS = (
    "ftol", "xtol", "gtol", "callback", "max_nfev", "x_scale", "loss", "f_scale", "diff_step", "tr_solver",
    "tr_options", "verbose", "workers",
)  # fmt: skip
_NO_COVARIANCE = "Covariance of the parameters could not be estimated"

if TYPE_CHECKING:  # what full_output returns

    @overload
    def curve_fit(
        f: Callable[..., ArrayLike], xdata: Any, ydata: ArrayLike, p0: ArrayLike | None = None,
        sigma: ArrayLike | None = None, absolute_sigma: bool = False, check_finite: bool | None = None,
        bounds: Any = ..., method: Literal["lm", "trf", "dogbox"] | None = None,
        jac: Callable[..., ArrayLike] | str | None = None, *, full_output: Literal[False] = False,
        nan_policy: Literal["raise", "omit"] | None = None, **kwargs: Any,
    ) -> tuple[_Array, _Array]: ...  # fmt: skip

    @overload
    def curve_fit(
        f: Callable[..., ArrayLike], xdata: Any, ydata: ArrayLike, p0: ArrayLike | None = None,
        sigma: ArrayLike | None = None, absolute_sigma: bool = False, check_finite: bool | None = None,
        bounds: Any = ..., method: Literal["lm", "trf", "dogbox"] | None = None,
        jac: Callable[..., ArrayLike] | str | None = None, *, full_output: Literal[True],
        nan_policy: Literal["raise", "omit"] | None = None, **kwargs: Any,
    ) -> tuple[_Array, _Array, dict[str, Any], str, int]: ...  # fmt: skip

    @overload
    def curve_fit(
        f: Callable[..., ArrayLike], xdata: Any, ydata: ArrayLike, p0: ArrayLike | None = None,
        sigma: ArrayLike | None = None, absolute_sigma: bool = False, check_finite: bool | None = None,
        bounds: Any = ..., method: Literal["lm", "trf", "dogbox"] | None = None,
        jac: Callable[..., ArrayLike] | str | None = None, *, full_output: bool = False,
        nan_policy: Literal["raise", "omit"] | None = None, **kwargs: Any,
    ) -> Any: ...  # fmt: skip


def curve_fit(
    f: Callable[..., ArrayLike],
    xdata: Any,
    ydata: ArrayLike,
    p0: ArrayLike | None = None,
    sigma: ArrayLike | None = None,
    absolute_sigma: bool = False,
    check_finite: bool | None = None,
    bounds: Any = UNBOUNDED,
    method: Literal["lm", "trf", "dogbox"] | None = None,
    jac: Callable[..., ArrayLike] | str | None = None,
    *,
    full_output: bool = False,
    nan_policy: Literal["raise", "omit"] | None = None,
    **kwargs: Any,
) -> Any:
    """Fit a function ``f(x, *params)`` to data by nonlinear least squares.

    A drop-in for `scipy.optimize.curve_fit`: the same arguments, the same results and, if no parameter is bounded, the
    same bits of `popt`. (If `sigma` is a covariance matrix, LAPACK factors it, and its bits change with the processor.)

    Parameters
    ----------
    f : callable
        ``f(xdata, *params)`` returns the model's values, a real vector as long as `ydata`, or one value for all points.
        The parameters come as NumPy's float64 scalars. Called `nfev` times in all.
    xdata : array_like or object
        The independent variable. `f` gets a list, tuple or array as an array of float64, of any shape, and anything
        else unchanged.
    ydata : array_like, shape (m,)
        The data. If they and what `f` returns are complex, which SciPy refuses, real and imaginary parts count as
        points of their own: ``fvec`` has all real parts first. To learn that, minpack calls `f` once more.
    p0 : array_like, shape (n,), optional
        Start, within the bounds. By default 1 for each positional parameter of `f` after the first; the middle between
        two bounds, or 1 off the only one.
    sigma : array_like, optional
        Errors of `ydata`, in its units: one standard deviation for all points, one per point, shape (m,), or a
        covariance matrix, shape (m, m).
    absolute_sigma : bool, optional
        Take `sigma` as the true errors. Otherwise only their ratios count, and `pcov` is scaled so that the reduced
        chi-square is 1.
    check_finite : bool, optional
        Raise ValueError if data are not finite. By default True unless `nan_policy` is given.
    bounds : 2-tuple of array_like or Bounds, optional
        Lower and upper bounds of the parameters, each a number for all or of shape (n,); infinite for none.
    method : {None, "lm", "trf", "dogbox"}, optional
        See `least_squares`. By default "lm" without bounds, "trf" with bounds.
    jac : callable or {"2-point", "3-point", "cs"}, optional
        ``jac(xdata, *params)`` returns the derivatives of `f` by the parameters, shape (m, n), not weighted.
        By default they are approximated by forward differences; unless the method is "lm", a string says how.
    full_output : bool, optional
        Return `infodict`, `mesg` and `ier` as well.
    nan_policy : {None, "raise", "omit"}, optional
        What to do with NaN in `xdata`, `ydata` and `sigma`: "raise" raises ValueError, "omit" leaves such points out.
        Masked elements, NaT and pandas.NA then count as NaN. Ignored if `check_finite` is true.
    **kwargs : dict
        With "lm" further arguments of `leastsq`: ftol, xtol, gtol, maxfev, epsfcn, factor, diag, col_deriv, callback,
        reference. With "trf" and "dogbox" those of `least_squares`: ftol, xtol, gtol, max_nfev (or maxfev), x_scale,
        loss, f_scale, diff_step, tr_solver, tr_options, verbose, callback, workers.

    Returns
    -------
    popt : ndarray, shape (n,)
        The parameters that minimize the sum of squares of ``(f(xdata, *popt) - ydata) / sigma``.
    pcov : ndarray, shape (n, n)
        Their covariance, from the linear approximation at `popt`; `sqrt(diag(pcov))` are their standard errors. All
        inf, with an `OptimizeWarning`, if it cannot be estimated: because a parameter has no influence, there are no
        more points than parameters to estimate the variance from, or an element overflows. "trf" and "dogbox" leave
        out directions that the data do not determine, and look at no bounds: an `OptimizeWarning` names the parameters.
    infodict, mesg, ier
        Only with `full_output`: those of `leastsq`, with weighted residuals in ``fvec``; with "trf" and "dogbox"
        ``nfev`` and ``fvec``, and message and status of `least_squares`.

    Raises
    ------
    RuntimeError
        If the fit does not converge.
    TypeError
        If there are more parameters than points, an argument is not known, or `f` or `jac` returns values
        that are not real.
    ValueError
        If data are not finite or empty, `sigma` has the wrong shape or is not positive definite, the signature
        of `f` does not say how many parameters it has, `f` does not return a vector of the length of `ydata`, or `p0`
        is not within the bounds.

    Warns
    -----
    OptimizeWarning
        If the covariance cannot be estimated, or does not wholly describe a parameter. SciPy warns of neither of these:
        the fit met its tolerances more than a tenth of a standard error away from the minimum; the derivatives by a
        parameter, or what other parameters do not replace of them, are lost in rounding (for both see the notes); the
        model does not change with any parameter where the fit starts.
    RuntimeWarning
        If masked elements or NaT are fitted as the numbers beneath them, times as numbers of their unit, a sigma in
        another unit than that of `ydata` as if it were in the same, or integers of a table whose powers overflow, as
        SciPy does. If `f` returns integers or short floats, or rounds its values, so that difference steps are too
        short to show how it changes.
    NotFiniteWarning
        If a residual is not finite at the start, so that no fit is made; the covariance is infinite then.

    Notes
    -----
    MINPACK's tolerances are relative to the parameters' values, and so are its difference steps. If the values are
    large beside what the data resolve (a time in seconds since 1970, say), a fit may end before its minimum, or the
    derivatives may be wrong. The factors of the last Jacobian show this without another call of `f`: they give the step
    that is left to the minimum of the linear model. minpack warns if that exceeds a tenth of a standard error, unless
    you passed a larger `ftol` or `xtol` than the default, or a `gtol`, which ask for such an end. `fit` goes on to the
    minimum on its own.

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

    Keep the offset above 0, and let outliers count less:

    >>> popt, pcov = curve_fit(decay, t, y, bounds=([-np.inf, -np.inf, 0], np.inf), loss="soft_l1", f_scale=0.02)
    >>> popt.round(2)
    array([2.52, 1.01, 0.5 ])
    """
    check_callable("f", f)
    plan = plan_of(f, p0, bounds, method)
    if is_complex(ydata):
        if has_policy(check_finite, nan_policy) and nan_policy == "omit":
            xdata, ydata, sigma = without_missing(xdata, ydata, sigma)
            check_finite, nan_policy = False, None
        f, ydata, sigma, jac = _real(f, xdata, ydata, sigma, jac, plan)
    for words in ignored(xdata, ydata, sigma, check_finite, nan_policy):
        warn(words, RuntimeWarning)
    if not isinstance(xdata, np.ndarray) and differs_by_overflow(f, xdata, _start_of(plan)):
        warn("xdata has integers, whose powers overflow in f, as with SciPy: make them floats", RuntimeWarning)
    if plan.method != "lm":
        notice = Notice(look_at_model)
        solve = prepare_bounded(
            lambda words: warn(words, UserWarning), f, xdata, ydata, plan, sigma, check_finite, jac, nan_policy, kwargs,
            notice,
        )  # fmt: skip
        end, names = solve(), partial(names_of, f, plan.n)
        look_at_end(f, end, jac, notice, names)
        mask = end.active_mask
        if plan.around and any(mask.tolist()) and is_linear(kwargs.get("loss", "linear")):
            # SciPy's mask has all that is small
            mask &= held_by_bounds(end.x, end.jac, end.fun, plan.around, converged=True)
        return answer_bounded(end, names, absolute_sigma, full_output)
    run, settings = prepare(f, xdata, ydata, plan, sigma, absolute_sigma, check_finite, jac, nan_policy, kwargs)
    fit = run(notice=look_at_model)
    if fit.bad >= 0:
        warn_not_finite(fit.bad)
    if fit.stuck:
        warn_of_stuck(f)
    result = answer(fit, settings, full_output, with_jac=jac is not None, doubt=fit.bad < 0)
    if fit.misled:
        warn_of_misled(f, jac)
    elif is_doubtful(fit) and asks_for_minimum(settings.tolerances, (TOLERANCE, TOLERANCE, GTOL)):
        warn_of_ending(fit, names_of(f, plan.n))
    return result


def _real(f: Any, xdata: Any, ydata: Any, sigma: Any, jac: Any, plan: Plan) -> tuple[Any, Any, Any, Any]:
    """Complex data of a complex model, which SciPy refuses, as real ones of twice the points; others as they are."""
    start = _start_of(plan)
    x = as_array("xdata", xdata) if isinstance(xdata, (list, tuple)) else xdata
    with np.errstate(all="ignore"):
        if np.asarray(f(x, *start)).dtype.kind != "c":
            return f, ydata, sigma, jac
    m = np.size(ydata)
    deviations = None if sigma is None else sigma_of_pairs(sigma, m)
    return of_pairs(f, m), pairs(ydata), deviations, of_pairs(jac, m) if callable(jac) else jac


def _start_of(plan: Plan) -> _Array:
    if plan.start is not None:
        return plan.start
    return np.ones(plan.n) if plan.around is None else start_within(*plan.around)


class Plan(NamedTuple):
    """The start, if it is given, the number of parameters, the bounds, if there are any, and the method."""

    start: _Array | None
    n: int
    around: tuple[_Array, _Array] | None
    method: str


def plan_of(f: Callable[..., ArrayLike], p0: ArrayLike | None, bounds: Any, method: str | None) -> Plan:
    """Look at those arguments that say which method makes the fit."""
    start = None if p0 is None else as_array("p0", p0)
    n = number_of_parameters(f) if start is None else start.size
    around = None if bounds is UNBOUNDED else bounds_of(bounds, n)
    return Plan(start, n, around, _method(method, around))


def prepare(
    f: Callable[..., ArrayLike], xdata: Any, ydata: ArrayLike, plan: Plan, sigma: ArrayLike | None,
    absolute_sigma: bool, check_finite: bool | None, jac: Any, nan_policy: str | None, kwargs: dict[str, Any],
) -> tuple[partial[Outcome], Settings]:  # fmt: skip
    """Check all arguments of a fit by Levenberg-Marquardt; the fit, ready to run, and its settings."""
    if "args" in kwargs:
        raise ValueError("'args' is not a supported keyword argument.")
    settings = Settings(**options_of("curve_fit", kwargs, _BOUNDED_OPTIONS, "col_deriv", "callback"))
    check_callable("jac", jac, optional=True)
    callback = kwargs.get("callback")
    check_callback(callback)
    xdata, data = scipy_data(xdata, ydata, sigma, check_finite, nan_policy)
    m = data.ydata.size
    if m != 1 and plan.n > m:
        raise TypeError(f"The number of func parameters={plan.n} must not exceed the number of data points={m}")
    run = partial(
        solve_curve, f, np.ones(plan.n) if plan.start is None else plan.start, xdata=xdata, data=data,
        settings=settings, scale=not absolute_sigma, jac=jac, callback=callback,
        col_deriv=kwargs.get("col_deriv", False),
    )  # fmt: skip
    return run, settings


def answer(fit: Outcome, settings: Settings, full_output: bool, *, with_jac: bool, doubt: bool = True) -> Any:
    """What `curve_fit` returns of a fit, or its error; with a warning if there is no covariance and `doubt` is true."""
    if not is_solution(fit.info):
        raise RuntimeError("Optimal parameters not found: " + message(fit.info, settings.tolerances, fit.maxfev))
    if doubt and not is_defined(fit.cov):
        warn_optimize(_NO_COVARIANCE)
    if not full_output:
        return fit.x, fit.cov
    mesg = message(fit.info, settings.tolerances, fit.maxfev)
    return fit.x, fit.cov, infodict_of(fit, with_jac), mesg, fit.info


def _method(method: str | None, around: tuple[_Array, _Array] | None) -> str:
    bounded = around is not None and is_bounded(*around)
    if method is None:
        return "trf" if bounded else "lm"
    if not (isinstance(method, str) and method in METHODS):
        raise ValueError("`method` must be 'trf', 'dogbox' or 'lm'.")
    if method == "lm" and bounded:
        raise ValueError("Method 'lm' only works for unconstrained problems. Use 'trf' or 'dogbox' instead.")
    return method


def prepare_bounded(
    say: Callable[[str], None], f: Callable[..., ArrayLike], xdata: Any, ydata: ArrayLike, plan: Plan,
    sigma: ArrayLike | None, check_finite: bool | None, jac: Any, nan_policy: str | None, kwargs: dict[str, Any],
    notice: Notice | None = None,
) -> Callable[[], Ended]:  # fmt: skip
    """Check all arguments of a fit by "trf" or "dogbox", and tell `say` what to warn of: the fit, ready to run."""
    if "args" in kwargs:
        raise ValueError("'args' is not a supported keyword argument.")
    xdata, data = scipy_data(xdata, ydata, sigma, check_finite, nan_policy)
    kwargs = options_of_bounded("curve_fit", plan.method, kwargs, _BOUNDED_OPTIONS)
    lower, upper = plan.around or bounds_of(UNBOUNDED, plan.n)
    start = start_within(lower, upper) if plan.start is None else plan.start
    curve, names = WeightedCurve(f, jac if callable(jac) else None, xdata, data), partial(names_of, f, plan.n)
    derivatives = curve.jacobian if callable(jac) else "2-point" if jac is None else jac
    if not kwargs and (jac is None or callable(jac)):  # mostly
        run = usual_run(start, (lower, upper), plan.method, derivatives, names)
        return partial(run.solve, DifferentiatedCurve(curve, "2-point", None, map, run.around), notice)
    solve: Any = least_squares_ready(
        say, curve.residuals, start, derivatives, (lower, upper), plan.method, curve=curve, names=names, notice=notice,
        **kwargs,
    )  # fmt: skip
    assert solve is not None  # as jac_sparsity is none of the options
    return solve  # type: ignore[no-any-return]


def answer_bounded(
    end: Ended, names: Callable[[], list[str]], absolute_sigma: bool, full_output: bool, *,
    doubt: bool = True,
) -> Any:  # fmt: skip
    """What `curve_fit` returns of a bounded fit, or its error; with warnings that SciPy lacks if `doubt` is true."""
    if end.status <= 0:
        raise RuntimeError("Optimal parameters not found: " + end.message)
    pcov = _covariance(end, names, absolute_sigma, doubt)
    if not full_output:
        return end.x, pcov
    return end.x, pcov, {"nfev": end.nfev, "fvec": end.fun}, end.message, end.status


def _covariance(end: Ended, names: Callable[[], list[str]], absolute_sigma: bool, doubt: bool) -> _Array:
    """The covariance by SciPy's rule, with a warning of what it does not describe."""
    m, n = end.jac.shape
    pcov, partly = from_jacobian(end.jac)
    if pcov is not None and not absolute_sigma:
        pcov = pcov * (2.0 * end.cost / (m - n)) if m > n else None
    if pcov is None or np.isnan(pcov).any():
        warn_optimize(_NO_COVARIANCE)
        return np.full((n, n), np.inf)
    if not doubt:
        return pcov
    doubts = []
    on_bounds = [side != 0 for side in end.active_mask.tolist()]
    if True in on_bounds:
        doubts.append(f"looks at no bounds, but {_listed(names(), on_bounds)} ended on one")
    if True in partly:
        doubts.append(f"leaves out what the data do not determine, which takes in {_listed(names(), partly)}")
    if doubts:
        warn_optimize(f"pcov {', and '.join(doubts)}: do not take these variances for errors")
    return pcov


def _listed(names: list[str], which: list[bool]) -> str:
    return ", ".join(repr(name) for name, of_these in zip(names, which, strict=True) if of_these)
