"""`least_squares`: SciPy's arguments and result, on the compiled "trf" and "dogbox", and on `lmder` for "lm"."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, Literal, NamedTuple, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._engine.bounded import Ended, Loss, raise_impossible, settings_of, solve_bounded, step_left
from .._engine.curve import DifferentiatedCurve, WeightedCurve
from .._engine.differences import Differentiated, Map, NotDenseError, mapper
from .._engine.single import Outcome, Settings, solve_residuals
from .._input import least_squares as checked
from .._input.arrays import check_callable
from .._input.bounds import UNBOUNDED, are_default, is_bounded, lower_and_upper
from .._input.settings import check_callback, is_number_of_workers
from .._results.codes import LEAST_SQUARES, LEAST_SQUARES_MESSAGES
from .._results.optimize import OptimizeResult, header, line, optimize_result, summary
from .._results.warnings import warn
from .returned import Notice, look_at_end, look_at_residuals, steps_error

_Array = NDArray[np.float64]

_End = TypeVar("_End", Ended, OptimizeResult)

SMALL = 1e-8  # tolerances that ask for a minimum
_ONLY_DENSE = "tr_solver='exact' works only with dense Jacobian matrices."
_NO_SPARSITY = "tr_solver='exact' is incompatible with `jac_sparsity`."


def least_squares(
    fun: Callable[..., ArrayLike],
    x0: ArrayLike,
    jac: Literal["2-point", "3-point", "cs"] | Callable[..., ArrayLike] = "2-point",
    bounds: Any = (-np.inf, np.inf),
    method: Literal["lm", "trf", "dogbox"] = "trf",
    ftol: float | None = 1e-8,
    xtol: float | None = 1e-8,
    gtol: float | None = 1e-8,
    x_scale: ArrayLike | str | None = None,
    loss: str | Callable[..., Any] = "linear",
    f_scale: float = 1.0,
    diff_step: ArrayLike | None = None,
    tr_solver: str | None = None,
    tr_options: dict[str, Any] | None = None,
    jac_sparsity: Any = None,
    max_nfev: int | None = None,
    verbose: int = 0,
    args: tuple[Any, ...] = (),
    kwargs: dict[str, Any] | None = None,
    callback: Callable[..., Any] | None = None,
    workers: int | Map | None = None,
) -> OptimizeResult:
    """Solve a nonlinear least-squares problem, with bounds and robust losses.

    A drop-in for ``scipy.optimize.least_squares`` of SciPy 1.16 and later: "trf" and "dogbox" take SciPy's steps with
    minpack's own linear algebra, so that the bits are the same on every machine; "lm" has the bits of SciPy's.

    Parameters
    ----------
    fun : callable
        ``fun(x, *args, **kwargs)`` returns the residuals, shape (m,).
    x0 : array_like, shape (n,) or number
        Start, within the bounds. "trf" moves it off a bound that it lies on.
    jac : {"2-point", "3-point", "cs"} or callable, optional
        ``jac(x, *args, **kwargs)`` returns the Jacobian, shape (m, n); or how to approximate it: by forward or central
        differences, which stay within the bounds, or by complex steps, for which `fun` must take complex `x`.
    bounds : 2-tuple of array_like or Bounds, optional
        Lower and upper bounds, each a number for all parameters or of shape (n,); infinite for none.
    method : {"trf", "dogbox", "lm"}, optional
        "trf", a trust region that keeps off the bounds, is generally robust. "dogbox", a dogleg in a box, is for
        small problems whose solution lies on bounds. "lm" is MINPACK's Levenberg-Marquardt: no bounds, no loss, m >= n.
    ftol, xtol, gtol : float, optional
        Tolerances on the change of the cost, the change of `x`, and the gradient. None turns a test off, except with
        "lm", for which none may be below the machine epsilon.
    x_scale : {None, "jac"} or array_like, optional
        Characteristic scale of each parameter; "jac": from the norms of the Jacobian's columns. By default 1,
        or "jac" with "lm".
    loss : {"linear", "huber", "soft_l1", "cauchy", "arctan"} or callable, optional
        What is summed instead of the squares z of the residuals, so that outliers count less. A callable gets z, shape
        (m,), and returns the loss and its first two derivatives, shape (3, m).
    f_scale : float, optional
        Residuals below this count as inliers; the loss is ``f_scale**2 * rho((f / f_scale)**2)``.
    diff_step : array_like, optional
        Relative step of the difference quotients. By default a power of the machine epsilon, times max(1, abs(x)).
    tr_solver : {None, "exact", "lsmr"}, optional
        Dense Jacobians are always factored exactly.
    tr_options : dict, optional
        Options of SciPy's "lsmr"; ignored if the Jacobian is dense.
    jac_sparsity : array_like or sparse array, optional
        With this, or if `jac` returns a sparse array or a LinearOperator, SciPy makes the fit, with a warning.
    max_nfev : int, optional
        Limit on evaluations, those for differences not counted; by default 100 n.
    verbose : {0, 1, 2}, optional
        1 prints a summary at the end, 2 a line per iteration, too, except with "lm".
    args, kwargs : tuple and dict, optional
        Further arguments of `fun` and `jac`.
    callback : callable, optional
        Called after each iteration: ``callback(intermediate_result)``, an OptimizeResult with ``x``, ``fun``, ``nit``,
        ``nfev`` and ``cost``, if its parameter has that name, else ``callback(x)``, with copies. StopIteration ends the
        fit. Not called with "lm".
    workers : int or map-like callable, optional
        Evaluate difference quotients in so many processes (-1: one per core), or by ``workers(fun, points)``.

    Returns
    -------
    OptimizeResult
        ``x`` (n,), ``cost`` half the sum of squares, or of what the loss makes of them, ``fun`` (m,) the residuals,
        ``jac`` (m, n) at x, scaled by the loss, ``grad`` (n,) of the cost, ``optimality`` the largest element of
        abs(grad), scaled near bounds, ``active_mask`` (n,): -1 or 1 if a parameter is on its lower or upper bound,
        ``nfev`` without evaluations for differences, ``njev`` (with "lm" None unless `jac` is callable), ``status``,
        ``message``, ``success``. Status -2: stopped by `callback`, -1: improper input, 0: `max_nfev` reached,
        1, 2, 3: `gtol`, `ftol`, `xtol` satisfied, 4: both of the last.

    Raises
    ------
    ValueError
        If an argument is not valid, shapes do not agree, `x0` is not within the bounds, residuals are not finite at
        `x0`, or the Jacobian is not finite.
    ImportError
        If the Jacobian is sparse and SciPy is not installed.

    Warns
    -----
    UserWarning
        If a tolerance is below the machine epsilon, or SciPy makes the fit.
    RuntimeWarning
        If `fun` returns integers, which the small steps of differences do not change, floats too short for the
        `diff_step` that was given, masked elements, or a quantity with a unit. If steps are too short to show how
        `fun` changes, because it rounds its values or parameters are far from 1.
    OptimizeWarning
        If the fit ended at its start because the residuals, which are not zero, do not change with any parameter. With
        "trf" and "dogbox", if the fit met its tolerances away from a minimum, as a few more calls of `fun` show.

    References
    ----------
    .. [1] Branch, Coleman, Li: A Subspace, Interior, and Conjugate Gradient Method for Large-Scale Bound-Constrained
       Minimization Problems, SIAM J. Sci. Comput. 21, 1999: "trf".
    .. [2] Voglis, Lagaris: A Rectangular Trust Region Dogleg Approach for Unconstrained and Bound Constrained
       Nonlinear Optimization, 2004: "dogbox".
    .. [3] More, Garbow, Hillstrom: User Guide for MINPACK-1, ANL-80-74, 1980: LMDER, "lm".

    Examples
    --------
    >>> import numpy as np
    >>> from minpack import least_squares
    >>> def rosenbrock(x):
    ...     return np.array([10 * (x[1] - x[0] ** 2), 1 - x[0]])
    >>> least_squares(rosenbrock, [-1.2, 1.0]).x.round(6)
    array([1., 1.])
    >>> result = least_squares(rosenbrock, [-1.2, 1.0], bounds=(-np.inf, [0.5, np.inf]))
    >>> result.x.round(6), result.active_mask
    (array([0.5 , 0.25]), array([1, 0]))
    """
    arguments = {**locals()}

    def by_scipy(reason: str) -> OptimizeResult:
        if tr_solver == "exact":
            raise ValueError(_ONLY_DENSE if callable(jac) else _NO_SPARSITY)
        return _by_scipy(reason, **arguments)

    notice = Notice(look_at_residuals)
    solve = prepare(lambda words: warn(words, UserWarning), **arguments, notice=notice)
    if solve is None:
        return by_scipy("jac_sparsity is given")
    try:
        end = solve()
    except NotDenseError as error:
        if method == "lm":
            raise
        return by_scipy(f"jac returns {error.kind}")
    look_at_end(fun, end, jac, notice)
    return result_of(end)


class Run(NamedTuple):
    """A fit by "trf" or "dogbox", all checked."""

    x: _Array
    around: tuple[_Array, _Array]
    method: str
    jac: str | Callable[..., ArrayLike]
    settings: Settings
    loss: Loss = "linear"
    steps: _Array | None = None  # relative steps for differences
    tell: Callable[..., bool] | None = None
    asks_for_minimum: bool = True  # whether a step that is left at the end is worth a word
    f_scale: float = 1.0

    def solve(self, problem: Differentiated, notice: Notice | None) -> Ended:
        if notice is not None:
            of_model = isinstance(problem, DifferentiatedCurve)
            problem.tell(partial(notice, eps=steps_error(self.jac, self.steps, of_model=of_model)))
        fit = solve_bounded(problem, self.x, self.settings, self.loss, self.tell)
        raise_impossible(fit, self.method)
        if notice is not None:
            notice.misled = not fit.cost < np.inf or (fit.misled and (callable(self.jac) or self.steps is None))
            if self.asks_for_minimum and not notice.misled:
                # dogbox evaluates a start on a bound where it is
                once = settings_of(method="dogbox", loss=self.loss, max_nfev=1, f_scale=self.f_scale)
                notice.left = step_left(fit, self.x, problem, once, self.loss)
        return fit


@lru_cache(maxsize=64)
def _usual_settings(method: str, n: int) -> Settings:
    return settings_of(
        method=method, loss="linear", max_nfev=100 * n, ftol=1e-8, xtol=1e-8, gtol=1e-8, f_scale=1.0, x_scale=np.ones(n)
    )


def usual_run(
    x0: _Array, around: tuple[_Array, _Array], method: str, jac: str | Callable[..., ArrayLike],
    names: Callable[[], Sequence[str]],
) -> Run:  # fmt: skip
    """A fit by "trf" or "dogbox" with the other defaults of `least_squares`: only start and bounds are checked."""
    x = checked.start_of(x0)
    return Run(x, checked.bounds_around(around, x, names), method, jac, _usual_settings(method, x.size))


def prepare(
    say: Callable[[str], None], fun: Any, x0: Any, jac: Any = "2-point", bounds: Any = UNBOUNDED, method: Any = "trf",
    ftol: Any = 1e-8, xtol: Any = 1e-8, gtol: Any = 1e-8, x_scale: Any = None, loss: Any = "linear",
    f_scale: Any = 1.0, diff_step: Any = None, tr_solver: Any = None, tr_options: Any = None, jac_sparsity: Any = None,
    max_nfev: Any = None, verbose: Any = 0, args: Any = (), kwargs: Any = None, callback: Any = None,
    workers: Any = None, curve: WeightedCurve | None = None, names: Callable[[], Sequence[str]] | None = None,
    notice: Notice | None = None,
) -> Callable[[], Ended | OptimizeResult] | None:  # fmt: skip
    """Check all arguments of `least_squares`, tell `say` what to warn of, and return the fit, ready to run.

    `result_of` makes a result of what it returns.

    `curve` is what `fun` and `jac` are the residuals of, and names() gives the names of its parameters; `notice` looks
    at the first value. None if `jac_sparsity` asks for a solver that only SciPy has.
    """
    check_callable("fun", fun)
    checked.check_choices(method, jac, tr_solver, loss, verbose)
    max_nfev = checked.limit_of(max_nfev)
    x = checked.start_of(x0)
    around = None if method == "lm" else checked.bounds_around(bounds, x, names)
    if around is None:
        _refuse_what_lm_lacks(bounds, x.shape, jac_sparsity)
    scale = checked.scale_of(("jac" if method == "lm" else 1.0) if x_scale is None else x_scale, x)
    tolerances, small = checked.tolerances_of(ftol=ftol, xtol=xtol, gtol=gtol)
    for words in small:
        say(words)
    checked.check_tolerances(method, tolerances)
    steps = checked.relative_steps(diff_step, x)
    margin = checked.scale_of_residuals(f_scale, loss)
    args, kwargs = _further(args, kwargs)
    check_callback(callback)
    tell = None if method == "lm" else _teller(callback, verbose)
    if callback is not None and method == "lm":
        say("Callback function specified, but not supported with `lm` method.")
    if not (workers is None or callable(workers) or is_number_of_workers(workers)):
        raise RuntimeError("Number of workers specified must be -1, an int >= 1, or an object with a 'map' method")
    if jac_sparsity is not None and not callable(jac):
        return None
    limit = 100 * x.size if max_nfev is None else max_nfev

    def solve_by(map_: Map) -> Ended | OptimizeResult:
        limits = (np.full(x.size, -np.inf), np.full(x.size, np.inf)) if around is None else around
        problem = (
            Differentiated(fun, jac, args, kwargs, steps, map_, limits)
            if curve is None
            else DifferentiatedCurve(curve, jac, steps, map_, limits)
        )
        if around is None:
            return _lm(problem, x, scale, limit, tolerances, verbose, notice)
        settings = settings_of(method=method, loss=loss, max_nfev=limit, f_scale=margin, x_scale=scale, **tolerances)
        asks_for_minimum = max(tolerances.values()) <= SMALL
        end = Run(x, around, method, jac, settings, loss, steps, tell, asks_for_minimum, margin).solve(problem, notice)
        return _told(end, verbose, end.initial_cost)

    def solve() -> Ended | OptimizeResult:
        if workers is None:
            return solve_by(map)
        with mapper(workers) as map_:
            return solve_by(map_)

    return solve


def _lm(
    problem: Differentiated, x: _Array, scale: _Array | None, limit: int, tolerances: dict[str, Any], verbose: int,
    notice: Notice | None,
) -> OptimizeResult:  # fmt: skip
    if notice is not None:
        problem.tell(partial(notice, eps=steps_error(problem.jac, problem.diff_step, of_model=False)))
    f0 = _first(problem.residuals(x), x)
    settings = Settings(maxfev=limit, diag=None if scale is None else 1 / scale, **tolerances)
    fit = solve_residuals(problem.residuals, x, (), settings, dfun=problem.jacobian, full=True)
    if notice is not None and (callable(problem.jac) or problem.diff_step is None):
        notice.misled = fit.misled
    result = _result(fit, problem.jacobian(fit.x), njev=fit.njev if callable(problem.jac) else None)
    if not verbose:
        return result
    with np.errstate(over="ignore", invalid="ignore"):
        return _told(result, verbose, 0.5 * np.dot(f0, f0))


def _result(fit: Outcome, jacobian: _Array, njev: int | None) -> OptimizeResult:
    x, f, status = fit.x, fit.fvec, LEAST_SQUARES[fit.info]
    with np.errstate(over="ignore", invalid="ignore"):  # residuals beyond the square root of the largest number
        cost, grad = 0.5 * np.dot(f, f), jacobian.T.dot(f)
    return _answer(
        status, fun=f, x=x, cost=cost, jac=jacobian, grad=grad, optimality=np.abs(grad).max(),
        active_mask=np.zeros(x.shape, dtype=int), nfev=fit.nfev, njev=njev,
    )  # fmt: skip


def _answer(status: int, **found: Any) -> OptimizeResult:
    return optimize_result(message=LEAST_SQUARES_MESSAGES[status], success=status > 0, status=status, **found)


def _first(f: _Array, x: _Array) -> _Array:
    """A copy of the residuals at the start, if a fit can be made from there."""
    if f.ndim != 1:
        raise ValueError(f"`fun` must return at most 1-d array_like. f0.shape: {f.shape}")
    if f.dtype.kind not in "biuf":
        raise TypeError(f"fun must return real numbers; it returned dtype {f.dtype}")
    if not np.isfinite(f).all():
        raise ValueError("Residuals are not finite in the initial point.")
    if f.size < x.size:
        raise ValueError("Method 'lm' doesn't work when the number of residuals is less than the number of variables.")
    return f.copy()


def _refuse_what_lm_lacks(bounds: Any, shape: tuple[int, ...], jac_sparsity: Any) -> None:
    if jac_sparsity is None and are_default(bounds):
        return
    lower, upper = lower_and_upper(bounds)
    if is_bounded(lower, upper):
        raise ValueError("Method 'lm' doesn't support bounds.")
    if lower.shape not in ((), shape) or upper.shape not in ((), shape):
        raise ValueError("Inconsistent shapes between bounds and `x0`.")
    if jac_sparsity is not None:
        raise ValueError("method='lm' does not support `jac_sparsity`.")


def _further(args: Any, kwargs: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    try:
        args = tuple(args)
    except TypeError:
        raise TypeError(f"args must be a tuple; got {args!r}") from None
    if kwargs is not None and not isinstance(kwargs, Mapping):
        raise TypeError(f"kwargs must be a dict; got {kwargs!r}")
    return args, dict(kwargs or {})


# ---- bounded fits


def _teller(callback: Callable[..., Any] | None, verbose: int) -> Callable[..., bool] | None:
    """What is to be called at the start and after each iteration; it returns whether to stop."""
    if callback is None and verbose < 2:
        return None
    whole = callback is not None and _takes_result(callback)

    def tell(
        x: _Array, fun: _Array, nit: int, nfev: int, calls: int, cost: float, reduction: float, optimality: float,
        step_norm: float,
    ) -> bool:  # fmt: skip
        if callback is not None and nit:
            try:
                if whole:
                    callback(intermediate_result=optimize_result(x=x, fun=fun, nit=nit, nfev=nfev, cost=cost))
                else:
                    callback(x)
            except StopIteration:
                return True
        if verbose == 2:
            if not nit:
                print(header())
            print(line(nit, nfev, cost, reduction, step_norm, optimality))
        return False

    return tell


def _takes_result(callback: Callable[..., Any]) -> bool:
    try:
        return set(inspect.signature(callback).parameters) == {"intermediate_result"}
    except (TypeError, ValueError):  # some callables in C have no signature
        return False


def result_of(fit: Ended | OptimizeResult) -> OptimizeResult:
    """What `least_squares` returns."""
    if not isinstance(fit, Ended):
        return fit
    return _answer(
        fit.status, fun=fit.fun, x=fit.x,
        cost=np.float64(fit.cost),  # which has methods that clients call
        jac=fit.jac, grad=fit.grad, optimality=np.float64(fit.optimality), active_mask=fit.active_mask.astype(int),
        nfev=fit.nfev, njev=fit.njev,
    )  # fmt: skip


def _told(end: _End, verbose: int, initial_cost: float) -> _End:
    """How a fit ended, after a summary of that has been printed if that is wanted."""
    if verbose:
        print(summary(end.message, end.nfev, initial_cost, end.cost, end.optimality))
    return end


def _by_scipy(reason: str, **arguments: Any) -> OptimizeResult:
    """The fit made by SciPy, which has solvers for sparse Jacobians."""
    try:
        from scipy.optimize import least_squares as scipy_least_squares  # type: ignore[import-untyped]
    except ImportError as error:
        raise ImportError(
            f"{reason}, which only SciPy solves: install SciPy, or make the Jacobian a dense array"
        ) from error
    warn(f"{reason}, so SciPy makes this fit: minpack solves dense problems", UserWarning)
    return OptimizeResult(scipy_least_squares(**arguments))
