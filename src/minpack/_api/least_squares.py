"""`least_squares` with method="lm": SciPy's arguments and result on the compiled `lmder`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._engine.differences import STEPS, Differentiated, Map, mapper
from .._input.arrays import as_array, as_floats, check_callable
from .._input.bounds import is_bounded, lower_and_upper
from .._input.settings import check_callback, is_number_of_workers
from .._results.codes import LEAST_SQUARES, LEAST_SQUARES_MESSAGES
from .._results.optimize import OptimizeResult, optimize_result
from .._results.warnings import warn
from .leastsq import leastsq

_Array = NDArray[np.float64]

_EPS = float(np.finfo(np.float64).eps)
_LOSSES = ("linear", "huber", "soft_l1", "cauchy", "arctan")


def least_squares(
    fun: Callable[..., ArrayLike],
    x0: ArrayLike,
    jac: str | Callable[..., ArrayLike] = "2-point",
    bounds: Any = (-np.inf, np.inf),
    method: str = "lm",
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
    """Solve a nonlinear least-squares problem by MINPACK's Levenberg-Marquardt.

    A drop-in for ``scipy.optimize.least_squares(..., method="lm")`` of SciPy 1.16 and later.

    Parameters
    ----------
    fun : callable
        ``fun(x, *args, **kwargs)`` returns the residuals, shape (m,), m >= n.
    x0 : array_like, shape (n,) or number
        Start.
    jac : {"2-point", "3-point", "cs"} or callable, optional
        ``jac(x, *args, **kwargs)`` returns the Jacobian, shape (m, n); or how to approximate it: by forward or central
        differences, or by complex steps, for which `fun` must take complex `x`.
    bounds : 2-tuple of array_like, optional
        Must be infinite: Levenberg-Marquardt has no bounds.
    method : {"lm"}, optional
        The only method. (SciPy's default is "trf".)
    ftol, xtol, gtol : float, optional
        As in `leastsq`; not below the machine epsilon.
    x_scale : {None, "jac"} or array_like, optional
        Characteristic scale of each parameter; None and "jac": from the norms of the Jacobian's columns.
    loss : {"linear"}, optional
        The only loss that Levenberg-Marquardt minimizes.
    diff_step : array_like, optional
        Relative step of the difference quotients. By default a power of the machine epsilon, times max(1, abs(x)).
    max_nfev : int, optional
        Limit on evaluations, those for differences not counted; by default 100 n.
    verbose : {0, 1, 2}, optional
        1 and 2 print a line at the end.
    args, kwargs : tuple and dict, optional
        Further arguments of `fun` and `jac`.
    workers : int or map-like callable, optional
        Evaluate difference quotients in so many processes (-1: one per core), or by ``workers(fun, points)``.
    f_scale, tr_solver, tr_options, jac_sparsity, callback : optional
        As in SciPy with "lm": ignored, or an error.

    Returns
    -------
    OptimizeResult
        ``x`` (n,), ``cost`` half the sum of squares, ``fun`` (m,), ``jac`` (m, n) at x, ``grad`` (n,), ``optimality``
        the largest of abs(grad), ``active_mask`` (n,) zeros, ``nfev`` without evaluations for differences, ``njev``
        None unless `jac` is callable, ``status``, ``message``, ``success``. Status -1: improper input, 0: `max_nfev`
        reached, 1, 2, 3: `gtol`, `ftol`, `xtol` satisfied, 4: both of the last.

    Raises
    ------
    ValueError
        If an argument is not one that "lm" takes, shapes do not agree, or residuals are not finite at `x0`.

    References
    ----------
    .. [1] More, Garbow, Hillstrom: User Guide for MINPACK-1, ANL-80-74, 1980: LMDER.

    Examples
    --------
    >>> import numpy as np
    >>> from minpack import least_squares
    >>> def rosenbrock(x):
    ...     return np.array([10 * (x[1] - x[0] ** 2), 1 - x[0]])
    >>> result = least_squares(rosenbrock, [-1.2, 1.0])
    >>> result.x.round(6), result.status
    (array([1., 1.]), 1)
    """
    check_callable("fun", fun)
    if not (isinstance(method, str) and method == "lm"):
        raise ValueError(f"method must be 'lm'; got {method!r}: Levenberg-Marquardt is the only one here")
    if not (callable(jac) or (isinstance(jac, str) and jac in STEPS)):
        raise ValueError("`jac` must be '2-point', '3-point', 'cs' or callable.")
    if not isinstance(verbose, (int, np.integer)) or verbose not in (0, 1, 2):
        raise ValueError("`verbose` must be in [0, 1, 2].")
    if max_nfev is not None and not (isinstance(max_nfev, (int, np.integer)) and 0 < max_nfev < 2**31):
        raise ValueError("`max_nfev` must be None or positive integer.")
    x = _start(x0)
    _refuse_what_lm_lacks(bounds, x.shape, loss, tr_solver, jac_sparsity)
    tolerances: dict[str, Any] = {"ftol": ftol, "xtol": xtol, "gtol": gtol}
    _check_tolerances(tolerances)
    diag = _diag(x_scale, x)
    steps = _relative_steps(diff_step, x)
    try:
        args = tuple(args)
    except TypeError:
        raise TypeError(f"args must be a tuple; got {args!r}") from None
    if kwargs is not None and not isinstance(kwargs, Mapping):
        raise TypeError(f"kwargs must be a dict; got {kwargs!r}")
    check_callback(callback)
    if callback is not None:
        warn("Callback function specified, but not supported with `lm` method.", UserWarning)
    if not (workers is None or callable(workers) or is_number_of_workers(workers)):
        raise RuntimeError(
            "Number of workers specified must be -1, an int >= 1, or an object with a 'map' method"
        )

    with mapper(workers) as map_:
        problem = Differentiated(fun, jac, args, kwargs or {}, steps, map_)
        f0 = _first(problem.residuals(x), x)
        x, _, info, _, ier = leastsq(
            problem.residuals, x, Dfun=problem.jacobian, full_output=True, diag=diag,
            maxfev=100 * x.size if max_nfev is None else max_nfev, **tolerances,
        )  # fmt: skip
        jacobian = problem.jacobian(x)
    result = _result(x, info, ier, jacobian, njev=info["njev"] if callable(jac) else None)
    if verbose:
        with np.errstate(over="ignore", invalid="ignore"):
            initial_cost = 0.5 * np.dot(f0, f0)
        print(result.message)
        print(
            f"Function evaluations {result.nfev}, initial cost {initial_cost:.4e}, "
            f"final cost {result.cost:.4e}, first-order optimality {result.optimality:.2e}."
        )
    return result


def _result(x: _Array, info: dict[str, Any], ier: int, jacobian: _Array, njev: int | None) -> OptimizeResult:
    f, status = info["fvec"], LEAST_SQUARES[ier]
    with np.errstate(over="ignore", invalid="ignore"):  # residuals beyond the square root of the largest number
        cost, grad = 0.5 * np.dot(f, f), jacobian.T.dot(f)
    return optimize_result(
        message=LEAST_SQUARES_MESSAGES[status],
        success=status > 0,
        status=status,
        fun=f,
        x=x,
        cost=cost,
        jac=jacobian,
        grad=grad,
        optimality=np.linalg.norm(grad, ord=np.inf),
        active_mask=np.zeros(x.shape, dtype=int),
        nfev=info["nfev"],
        njev=njev,
    )


def _start(x0: ArrayLike) -> _Array:
    start = as_array("x0", x0)
    if np.iscomplexobj(start):
        raise ValueError("`x0` must be real.")
    x = np.array(as_floats("x0", start))
    if x.size == 0:
        raise ValueError("`x0` must have at least one element.")
    if x.ndim > 1:
        raise ValueError("`x0` must have at most 1 dimension.")
    return x


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


def _relative_steps(diff_step: ArrayLike | None, x: _Array) -> _Array | None:
    if diff_step is None:
        return None
    steps = as_floats("diff_step", diff_step)
    if steps.size != 1 and steps.shape != x.shape:
        raise ValueError(f"diff_step must be a number or have shape {x.shape}, as x0; got shape {steps.shape}")
    return np.broadcast_to(steps.ravel(), x.shape)


def _refuse_what_lm_lacks(
    bounds: Any, shape: tuple[int, ...], loss: str | Callable[..., Any], tr_solver: str | None, jac_sparsity: Any
) -> None:
    if not (callable(loss) or (isinstance(loss, str) and loss in _LOSSES)):
        raise ValueError(f"`loss` must be one of {_LOSSES} or a callable.")
    if tr_solver is not None and not (isinstance(tr_solver, str) and tr_solver in ("exact", "lsmr")):
        raise ValueError("`tr_solver` must be None, 'exact' or 'lsmr'.")
    lower, upper = lower_and_upper(bounds)
    if is_bounded(lower, upper):
        raise ValueError("Method 'lm' doesn't support bounds.")
    if lower.shape not in ((), shape) or upper.shape not in ((), shape):
        raise ValueError("Inconsistent shapes between bounds and `x0`.")
    if loss != "linear":
        raise ValueError("method='lm' supports only 'linear' loss function.")
    if jac_sparsity is not None:
        raise ValueError("method='lm' does not support `jac_sparsity`.")


def _check_tolerances(tolerances: dict[str, float | None]) -> None:
    for name, value in tolerances.items():
        if value is not None and not isinstance(value, (int, float, np.number)):
            raise TypeError(f"{name} must be a real number; got {value!r}")
        if value is not None and value < _EPS:
            warn(
                f"Setting `{name}` below the machine epsilon ({_EPS:.2e}) effectively disables the corresponding "
                "termination condition.",
                UserWarning,
            )
    if any(value is None or value < _EPS for value in tolerances.values()):
        raise ValueError(f"All tolerances must be higher than machine epsilon ({_EPS:.2e}) for method 'lm'.")


def _diag(x_scale: ArrayLike | str | None, x: _Array) -> _Array | None:
    """MINPACK's diag, the inverse of x_scale; None for the norms of the Jacobian's columns."""
    if x_scale is None or (isinstance(x_scale, str) and x_scale == "jac"):
        return None
    try:
        scale = np.asarray(x_scale, dtype=float)
        valid = bool(np.isfinite(scale).all() and (scale > 0).all())
    except (ValueError, TypeError):
        valid = False
    if not valid:
        raise ValueError("`x_scale` must be 'jac' or array_like with positive numbers.")
    if scale.ndim == 0:
        scale = np.full(x.shape, scale)
    if scale.shape != x.shape:
        raise ValueError("Inconsistent shapes between `x_scale` and `x0`.")
    return np.asarray(1 / scale)
