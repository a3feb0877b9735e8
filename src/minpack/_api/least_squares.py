"""`least_squares` with method="lm": SciPy's arguments and result on the compiled `lmder`."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._input.arrays import as_array, as_floats, check_callable
from .._results.warnings import warn
from .curve_fit import is_bounded, lower_and_upper
from .leastsq import leastsq

_Array = NDArray[np.float64]
_Map = Callable[[Callable[[_Array], _Array], Iterable[_Array]], Iterable[_Array]]

_EPS = float(np.finfo(np.float64).eps)
_STEPS = {"2-point": 1 / 2, "3-point": 1 / 3, "cs": 1 / 2}  # relative: the machine epsilon to this power
_LOSSES = ("linear", "huber", "soft_l1", "cauchy", "arctan")

# From MINPACK's code to that of least_squares.
_STATUS = {0: -1, 1: 2, 2: 3, 3: 4, 4: 1, 5: 0}
_MESSAGES = {
    -1: "Improper input parameters status returned from `leastsq`",
    0: "The maximum number of function evaluations is exceeded.",
    1: "`gtol` termination condition is satisfied.",
    2: "`ftol` termination condition is satisfied.",
    3: "`xtol` termination condition is satisfied.",
    4: "Both `ftol` and `xtol` termination conditions are satisfied.",
}


class OptimizeResult(dict[str, Any]):
    """A result whose items are attributes as well.

    Attributes
    ----------
    x, cost, fun, jac, grad, optimality, active_mask, nfev, njev, status, message, success
        See `least_squares`.
    """

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(name) from error

    __setattr__ = dict.__setitem__
    __delattr__ = dict.__delitem__

    def __dir__(self) -> list[str]:
        return list(self)

    def __repr__(self) -> str:
        width = max(map(len, self), default=0)
        indent = "\n" + " " * (width + 2)
        return "\n".join(f"{name:>{width}}: {str(value).replace(chr(10), indent)}" for name, value in self.items())


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
    workers: int | _Map | None = None,
) -> OptimizeResult:
    """Solve a nonlinear least-squares problem by MINPACK's Levenberg-Marquardt.

    A drop-in for ``scipy.optimize.least_squares(..., method="lm")`` of SciPy 1.16 and later.

    Parameters
    ----------
    fun : callable
        ``fun(x, *args, **kwargs)`` returns the residuals, shape (m,), m >= n.
    x0 : array_like, shape (n,) or number
        Where to start.
    jac : {"2-point", "3-point", "cs"} or callable, optional
        ``jac(x, *args, **kwargs)`` returns the Jacobian, shape (m, n); or how to approximate it: by forward or central
        differences, or by complex steps, for which `fun` must take complex `x`.
    bounds : 2-tuple of array_like, optional
        Must not bound anything: Levenberg-Marquardt knows no bounds.
    method : {"lm"}, optional
        The only one here. (SciPy's default is "trf".)
    ftol, xtol, gtol : float, optional
        As in `leastsq`; not below the machine epsilon.
    x_scale : {None, "jac"} or array_like, optional
        Characteristic scale of each parameter; None and "jac": from the norms of the Jacobian's columns.
    loss : {"linear"}, optional
        The only one that Levenberg-Marquardt knows.
    diff_step : array_like, optional
        Relative step of the difference quotients. By default a power of the machine epsilon, times max(1, abs(x)).
    max_nfev : int, optional
        Limit on evaluations, those for differences not counted; by default 100 n.
    verbose : {0, 1, 2}, optional
        1 and 2 print a line at the end.
    args, kwargs : tuple and dict, optional
        Further arguments of `fun` and `jac`.
    workers : int or map-like callable, optional
        Evaluates difference quotients by so many processes (-1: one a core), or by ``workers(fun, points)``.
    f_scale, tr_solver, tr_options, jac_sparsity, callback : optional
        Taken as SciPy takes them with "lm": without effect, or refused.

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
        raise ValueError(f"method must be 'lm', not {method!r}: Levenberg-Marquardt is the only one here")
    if not (callable(jac) or (isinstance(jac, str) and jac in _STEPS)):
        raise ValueError("`jac` must be '2-point', '3-point', 'cs' or callable.")
    if not isinstance(verbose, (int, np.integer)) or verbose not in (0, 1, 2):
        raise ValueError("`verbose` must be in [0, 1, 2].")
    if max_nfev is not None and not (isinstance(max_nfev, (int, np.integer)) and 0 < max_nfev < 2**31):
        raise ValueError("`max_nfev` must be None or positive integer.")
    start = as_array("x0", x0)
    if np.iscomplexobj(start):
        raise ValueError("`x0` must be real.")
    x = np.array(as_floats("x0", start))
    if x.size == 0:
        raise ValueError("`x0` must have at least one element.")
    if x.ndim > 1:
        raise ValueError("`x0` must have at most 1 dimension.")
    _refuse_what_lm_lacks(bounds, x.shape, loss, tr_solver, jac_sparsity)
    tolerances: dict[str, Any] = {"ftol": ftol, "xtol": xtol, "gtol": gtol}
    _check_tolerances(tolerances)
    diag = _diag(x_scale, x)
    if diff_step is not None:
        diff_step = as_floats("diff_step", diff_step)
        if diff_step.size != 1 and diff_step.shape != x.shape:
            raise ValueError(f"diff_step must be one number, or {x.size} as x0; its shape is {diff_step.shape}")
        diff_step = np.broadcast_to(diff_step.ravel(), x.shape)
    try:
        args = tuple(args)
    except TypeError:
        raise TypeError(f"args must be a tuple, not {args!r}") from None
    if kwargs is not None and not isinstance(kwargs, Mapping):
        raise TypeError(f"kwargs must be a dict, not {kwargs!r}")
    if callback is not None:
        if not callable(callback):
            raise TypeError(f"callback must be callable, not {callback!r}")
        warn("Callback function specified, but not supported with `lm` method.", UserWarning)

    with _mapper(workers) as map_:
        problem = _Problem(fun, jac, args, kwargs or {}, diff_step, map_)
        f = problem.residuals(x)
        if f.ndim != 1:
            raise ValueError(f"`fun` must return at most 1-d array_like. f0.shape: {f.shape}")
        if f.dtype.kind not in "biuf":
            raise TypeError(f"fun must return a real vector; it returned dtype {f.dtype}")
        if not np.isfinite(f).all():
            raise ValueError("Residuals are not finite in the initial point.")
        if f.size < x.size:
            raise ValueError(
                "Method 'lm' doesn't work when the number of residuals is less than the number of variables."
            )
        f0 = f.copy()
        x, _, info, _, ier = leastsq(
            problem.residuals, x, Dfun=problem.jacobian, full_output=True, diag=diag,
            maxfev=100 * x.size if max_nfev is None else max_nfev, **tolerances,
        )  # fmt: skip
        f = info["fvec"]
        jacobian = problem.jacobian(x)

    status = _STATUS[ier]
    with np.errstate(over="ignore", invalid="ignore"):  # of residuals beyond the square root of the largest number
        initial_cost, cost, grad = 0.5 * np.dot(f0, f0), 0.5 * np.dot(f, f), jacobian.T.dot(f)
    result = OptimizeResult(
        message=_MESSAGES[status],
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
        njev=info["njev"] if callable(jac) else None,
    )
    if verbose:
        print(result.message)
        print(
            f"Function evaluations {result.nfev}, initial cost {initial_cost:.4e}, "
            f"final cost {result.cost:.4e}, first-order optimality {result.optimality:.2e}."
        )
    return result


class _Problem:
    """The user's functions, with what they gave at the last point, so that no point is evaluated twice in a row."""

    def __init__(
        self,
        fun: Callable[..., ArrayLike],
        jac: str | Callable[..., ArrayLike],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        diff_step: ArrayLike | None,
        map_: _Map,
    ) -> None:
        self.call = _Call(fun, args, kwargs)
        self.jac, self.args, self.kwargs, self.diff_step, self.map = jac, args, kwargs, diff_step, map_
        self.x: _Array | None = None
        self.f: _Array = np.empty(0)
        self.jacobian_x: _Array | None = None
        self.last_jacobian: _Array = np.empty((0, 0))

    def residuals(self, x: _Array) -> _Array:
        if self.x is None or not (x == self.x).all():
            self.f = self.call(x.copy())
            self.x = x.copy()
        return self.f

    def jacobian(self, x: _Array) -> _Array:
        if self.jacobian_x is None or not (x == self.jacobian_x).all():
            self.last_jacobian = self._given(x) if callable(self.jac) else self._differences(x)
            self.jacobian_x = x.copy()
        return self.last_jacobian

    def _given(self, x: _Array) -> _Array:
        assert callable(self.jac)
        value: Any = self.jac(x.copy(), *self.args, **self.kwargs)
        if hasattr(value, "tocsr") or hasattr(value, "matvec"):
            raise ValueError("method='lm' works only with dense Jacobian matrices.")
        jacobian = np.atleast_2d(np.array(as_array("what jac returns", value)))
        expected = (self.residuals(x).size, x.size)
        if jacobian.shape != expected:
            raise ValueError(
                f"The return value of `jac` has wrong shape: expected {expected}, actual {jacobian.shape}."
            )
        return jacobian

    def _differences(self, x: _Array) -> _Array:
        """The Jacobian by differences, a column a parameter; steps as SciPy's `least_squares` takes them."""
        assert isinstance(self.jac, str)
        f, n = self.residuals(x), x.size

        def values(points: NDArray[Any]) -> list[NDArray[Any]]:
            found = list(self.map(self.call, points))
            if [np.shape(value) for value in found] != [f.shape] * len(points):
                raise ValueError(f"fun must return shape {f.shape} at each point, and workers what fun returns")
            return found

        sign = np.where(x >= 0, 1.0, -1.0)
        # residuals of fewer digits than x has need a longer step
        short = f.dtype.kind in "fc" and f.dtype.itemsize < x.dtype.itemsize
        eps = np.finfo(f.dtype if short else x.dtype).eps
        h = eps ** _STEPS[self.jac] * sign * np.maximum(1.0, np.abs(x))
        if self.diff_step is not None:
            relative = np.asarray(self.diff_step) * sign * np.abs(x)
            h = np.where((x + relative) - x == 0, h, relative)
        if self.jac == "3-point":
            h = np.abs(h)
        if self.jac == "cs":
            points = _one_moved(x.astype(complex), x + 1j * h)
            columns = [value.imag / h[j] for j, value in enumerate(values(points))]
            return np.array(columns).T
        ahead = x + h
        if self.jac == "2-point":
            dx = ahead - x
            return np.array([(value - f) / dx[j] for j, value in enumerate(values(_one_moved(x, ahead)))]).T
        behind = x - h
        dx = ahead - behind
        both = values(np.stack([_one_moved(x, behind), _one_moved(x, ahead)], axis=1).reshape(2 * n, n))
        return np.array([(both[2 * j + 1] - both[2 * j]) / dx[j] for j in range(n)]).T


def _one_moved(x: NDArray[Any], moved: NDArray[Any]) -> NDArray[Any]:
    """Points that are x but for one element: the first has moved[0] for x[0], the second moved[1] for x[1], ..."""
    points = np.full((x.size, x.size), x)
    points.flat[:: x.size + 1] = moved
    return points


class _Call:
    """fun(x, *args, **kwargs) as an array of its own; a class, as processes cannot be sent closures."""

    def __init__(self, fun: Callable[..., ArrayLike], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.fun, self.args, self.kwargs = fun, args, kwargs

    def __call__(self, x: _Array) -> _Array:
        value = self.fun(x, *self.args, **self.kwargs)
        try:
            return np.array(value, ndmin=1)
        except (TypeError, ValueError) as error:
            raise TypeError(f"fun must return real numbers: {error}") from error


@contextlib.contextmanager
def _mapper(workers: int | _Map | None) -> Iterator[_Map]:
    if workers is None:
        yield map
    elif callable(workers):
        yield workers
    elif not isinstance(workers, (int, np.integer)) or (workers < 1 and workers != -1):
        raise ValueError(f"workers must be a positive number, -1 for one a core, or callable, not {workers!r}")
    elif workers == 1:
        yield map
    else:
        from multiprocessing import Pool

        with Pool(os.cpu_count() if workers == -1 else workers) as pool:
            yield pool.map


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
            raise TypeError(f"{name} must be a real number, not {value!r}")
        if value is not None and value < _EPS:
            warn(
                f"Setting `{name}` below the machine epsilon ({_EPS:.2e}) effectively disables the corresponding "
                "termination condition.",
                UserWarning,
            )
    if any(value is None or value < _EPS for value in tolerances.values()):
        raise ValueError(f"All tolerances must be higher than machine epsilon ({_EPS:.2e}) for method 'lm'.")


def _diag(x_scale: ArrayLike | str | None, x: _Array) -> _Array | None:
    """MINPACK's diag, the inverse of x_scale; None leaves it to the Jacobian."""
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
