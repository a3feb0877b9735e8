"""`leastsq`: SciPy's signature, results, messages and errors around the compiled fit."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._engine.single import BY_COLUMNS, BY_ROWS, BY_SHAPE, Outcome, Settings, hold, solve_compiled, solve_residuals
from .._input.arrays import integer
from .._input.compiled import address_of, context_of, is_compiled
from .._input.settings import FACTOR, GTOL, MAXFEV, REFERENCE, TOLERANCE
from .._results.codes import MESSAGES, STOPPED_BY_CALLBACK, message
from .._results.warnings import warn, warn_not_finite
from .returned import look_at_residuals, warn_of_misled, warn_of_stuck

# To make a message takes a third of the time of a small fit.
DEFAULTS = Settings(TOLERANCE, TOLERANCE, GTOL, MAXFEV, None, FACTOR, None, REFERENCE)
_DEFAULT_MESSAGES = {ier: message(ier, DEFAULTS.tolerances, 0) for ier in MESSAGES}

if TYPE_CHECKING:  # what full_output returns

    @overload
    def leastsq(
        func: Callable[..., ArrayLike], x0: ArrayLike, args: Any = (), Dfun: Callable[..., Any] | None = None,
        full_output: Literal[False] = False, col_deriv: bool = False, ftol: float = ..., xtol: float = ...,
        gtol: float = ..., maxfev: int = ..., epsfcn: float | None = None, factor: float = ...,
        diag: ArrayLike | None = None, *, by_rows: bool = False, m: int | None = None,
        callback: Callable[..., Any] | None = None, reference: Literal["scipy", "netlib"] = "scipy",
    ) -> tuple[NDArray[np.float64], int]: ...  # fmt: skip

    @overload
    def leastsq(
        func: Callable[..., ArrayLike], x0: ArrayLike, args: Any = (), Dfun: Callable[..., Any] | None = None,
        *, full_output: Literal[True], col_deriv: bool = False, ftol: float = ..., xtol: float = ...,
        gtol: float = ..., maxfev: int = ..., epsfcn: float | None = None, factor: float = ...,
        diag: ArrayLike | None = None, by_rows: bool = False, m: int | None = None,
        callback: Callable[..., Any] | None = None, reference: Literal["scipy", "netlib"] = "scipy",
    ) -> tuple[NDArray[np.float64], NDArray[np.float64] | None, dict[str, Any], str, int]: ...  # fmt: skip

    @overload
    def leastsq(
        func: Callable[..., ArrayLike], x0: ArrayLike, args: Any = (), Dfun: Callable[..., Any] | None = None,
        full_output: bool = False, col_deriv: bool = False, ftol: float = ..., xtol: float = ...,
        gtol: float = ..., maxfev: int = ..., epsfcn: float | None = None, factor: float = ...,
        diag: ArrayLike | None = None, *, by_rows: bool = False, m: int | None = None,
        callback: Callable[..., Any] | None = None, reference: Literal["scipy", "netlib"] = "scipy",
    ) -> Any: ...  # fmt: skip


def leastsq(
    func: Callable[..., ArrayLike],
    x0: ArrayLike,
    args: Any = (),
    Dfun: Callable[..., Any] | None = None,
    full_output: bool = False,
    col_deriv: bool = False,
    ftol: float = TOLERANCE,
    xtol: float = TOLERANCE,
    gtol: float = GTOL,
    maxfev: int = MAXFEV,
    epsfcn: float | None = None,
    factor: float = FACTOR,
    diag: ArrayLike | None = None,
    *,
    by_rows: bool = False,
    m: int | None = None,
    callback: Callable[..., Any] | None = None,
    reference: Literal["scipy", "netlib"] = "scipy",
) -> Any:
    """Minimize the sum of squares of m functions of n parameters, m >= n.

    A drop-in for `scipy.optimize.leastsq`: the same arguments, the same results, the same bits.

    Parameters
    ----------
    func : callable
        ``func(x, *args)`` returns the residuals, a real vector of shape (m,), the same m at each call; ``x`` is a
        float64 vector of shape (n,) that it may keep and change. Integers and smaller floats are converted.
        Called `nfev` times in all; once if the input is improper, with `nfev` 0 as in MINPACK.
    x0 : array_like
        Start: n real numbers in any shape, taken in C order.
    args : tuple or object, optional
        Further arguments of `func` and `Dfun`. Anything but a tuple is one argument.
    Dfun : callable, optional
        ``Dfun(x, *args)`` returns the Jacobian, element (i, j) the derivative of residual i by parameter j: shape
        (m, n), or (n, m) with `col_deriv`. By default the Jacobian is approximated by forward differences.
    full_output : bool, optional
        Return all results, and neither warn nor raise if the fit does not converge.
    col_deriv : bool, optional
        `Dfun` returns the Jacobian's transpose, shape (n, m): derivatives down the columns, which saves the
        transposition.
    ftol : float, optional
        Relative reduction of the sum of squares, actual and predicted, at which the fit is done.
    xtol : float, optional
        Relative change of `x`, weighted by `diag`, at which the fit is done.
    gtol : float, optional
        Cosine of the angle between the residuals and any column of the Jacobian at which the fit is done.
    maxfev : int, optional
        Limit on calls of `func`, checked after each trial step, so that the calls may exceed it by about n.
        0 or less: 200 (n + 1), with `Dfun` 100 (n + 1).
    epsfcn : float, optional
        Relative error of the residuals: a parameter is moved by ``sqrt(epsfcn) * abs(x)`` for its difference
        quotient. The machine epsilon of the type that `func` returns unless given; never less than that of float64.
    factor : float, optional
        Bound on the first step: ``factor * norm(diag * x)``. Usually between 0.1 and 100.
    diag : array_like, shape (n,), optional
        Positive scale factors of the parameters; by default the norms of the Jacobian's columns.
    by_rows : bool, optional
        `Dfun` returns an iterable (a generator, say) over the rows of the Jacobian, in order: each item is one row,
        shape (n,), or a block of k rows, shape (k, n). The Jacobian is then never held as a whole: memory is
        n * n instead of m * n, and ``infodict["fjac"]`` has shape (n, n). MINPACK's ``lmstr``.
    m : int, optional
        The number of residuals, for compiled functions only: `func`, and `Dfun` if given, are then a numba cfunc, a
        ctypes or cffi function pointer, a PyCapsule or a `scipy.LowLevelCallable` of the type ``int (void *ctx, int m,
        int n, const double *x, double *out)``, see minpack.h, and the fit runs without the GIL. `args` is empty or one
        float64 array in C order, to whose elements ``ctx`` points; `Dfun` writes the Jacobian column by column. A
        function that returns anything but 0 stops the fit, with `ier` -1.
    callback : callable, optional
        ``callback(x, cost, nfev)`` is called after each accepted step with the new parameters, half the sum of
        squares there, and the calls of `func` so far. Returning True (nothing else) or raising StopIteration stops
        the fit at that point, with `ier` -2.
    reference : {"scipy", "netlib"}, optional
        Whose bits to reproduce: those of SciPy 1.18 and later, or those of netlib's MINPACK, as SciPy up to 1.14 did.
        They differ only in a few constants; the machine epsilon, one of them, shows in most runs.

    Returns
    -------
    x : ndarray, shape (n,)
        The parameters where the fit ended.
    cov_x : ndarray, shape (n, n), or None
        Only with `full_output`. The inverse of ``J.T @ J`` at the solution; times the residual variance it is the
        covariance of the parameters. None if the fit did not converge, or R has a zero on its diagonal.
    infodict : dict
        Only with `full_output`. ``fvec`` (m,), the residuals at `x`; ``nfev``, the calls of `func`; ``njev``, the
        calls of `Dfun`, only with `Dfun`; ``fjac`` (n, m), the transpose of the factored Jacobian of the last step,
        with R in its lower triangle; ``ipvt`` (n,) int32, 0-based, with ``J[:, ipvt] = Q @ R``; ``qtf`` (n,), the
        first n elements of ``Q.T @ fvec``.
    mesg : str
        Only with `full_output`. The meaning of `ier`.
    ier : int
        MINPACK's code: 1 to 4 are solutions; 0 improper input, 5 too many calls, 6 to 8 a tolerance too small;
        -1 stopped by a compiled function, -2 by `callback`.

    Raises
    ------
    TypeError
        If n > m; if `func` or `Dfun` returns values that are not real, or a Jacobian of the wrong shape; if a compiled
        function has another type than that of minpack.h; without `full_output` also for improper input (a negative
        tolerance, a factor or scale that is not positive).
    ValueError
        If `func` returns anything but a vector of the length of its first, `diag` has not n elements, `reference` is
        not known, a compiled function comes without `m`, or the sizes go beyond a C int.

    Warns
    -----
    NotFiniteWarning
        If a residual is not finite at `x0`, so that no fit is made.
    RuntimeWarning
        Without `full_output`, if `ier` is 5 to 8. If `func` returns integers, which small steps for differences do not
        change, floats that are shorter than an `epsfcn` that is given allows, masked elements, or a quantity with a
        unit; if derivatives are not finite, or values change otherwise in short steps than they say, which are then
        wrong, or lost in rounding.
    OptimizeWarning
        If the fit ended at its start because the residuals, which are not zero, do not change with any parameter.

    Notes
    -----
    Exceptions of `func`, `Dfun` and `callback` propagate unchanged. All three may call `leastsq` themselves.

    References
    ----------
    .. [1] More, Garbow, Hillstrom: User Guide for MINPACK-1, ANL-80-74, 1980: LMDIF, LMDER, LMSTR.

    Examples
    --------
    Fit a decay to five points:

    >>> import numpy as np
    >>> from minpack import leastsq
    >>> t = np.array([0.0, 1.0, 2.0, 3.0, 4.0])
    >>> y = np.array([5.1, 3.0, 1.9, 1.1, 0.7])
    >>> def residuals(x, t, y):
    ...     amplitude, rate = x
    ...     return amplitude * np.exp(-rate * t) - y
    >>> x, ier = leastsq(residuals, [1.0, 1.0], args=(t, y))
    >>> x.round(3), ier
    (array([5.079, 0.505]), 1)

    The standard errors, from the covariance and the residual variance:

    >>> x, cov_x, info, mesg, ier = leastsq(residuals, [1.0, 1.0], args=(t, y), full_output=True)
    >>> variance = (info["fvec"] ** 2).sum() / (len(t) - len(x))
    >>> np.sqrt(np.diag(cov_x) * variance).round(3)
    array([0.049, 0.01 ])
    """
    settings = DEFAULTS.again(ftol, xtol, gtol, maxfev, epsfcn, factor, diag, reference)
    if m is not None or (type(func) is not FunctionType and is_compiled(func)):
        if by_rows:
            raise ValueError("by_rows does not go with compiled functions: Dfun writes the whole Jacobian")
        fit = _solve_compiled(func, x0, args, m, settings, Dfun, callback, full_output)
    else:
        layout = _layout(by_rows, col_deriv, Dfun) if by_rows or col_deriv else BY_SHAPE
        fit = solve_residuals(
            func, x0, args, settings, dfun=Dfun, layout=layout, callback=callback, full=full_output,
            notice=look_at_residuals,
        )  # fmt: skip
    if fit.usual:  # mostly, and a call takes 4 % of a small fit
        if not full_output:
            return fit.x, fit.info
        if settings is DEFAULTS:
            return fit.x, fit.cov, infodict_of(fit, Dfun is not None), _DEFAULT_MESSAGES[fit.info], fit.info
    if fit.bad >= 0:
        warn_not_finite(fit.bad)
    if fit.stuck:
        warn_of_stuck(func)
    elif fit.misled:
        warn_of_misled(func, Dfun)
    return answer(fit, settings, full_output, with_dfun=Dfun is not None)


def _layout(by_rows: bool, col_deriv: bool, Dfun: Callable[..., Any] | None) -> int:
    if by_rows and Dfun is None:
        raise ValueError("by_rows needs Dfun, which gives the rows of the Jacobian")
    if by_rows and col_deriv:
        raise ValueError("by_rows and col_deriv exclude each other: rows have no columns to be derivatives of")
    return BY_ROWS if by_rows else BY_SHAPE if Dfun is None else BY_COLUMNS


def answer(fit: Outcome, settings: Settings, full_output: bool, *, with_dfun: bool) -> Any:
    """What `leastsq` returns of a fit, or its error or warning if the fit did not converge."""
    ier = fit.info
    if not full_output and (1 <= ier <= 4 or ier == STOPPED_BY_CALLBACK):
        return fit.x, ier
    if settings is DEFAULTS and ier != 5:
        mesg = _DEFAULT_MESSAGES[ier]
    else:
        mesg = message(ier, settings.tolerances, fit.maxfev)
    if full_output:
        return fit.x, fit.cov, infodict_of(fit, with_dfun), mesg, ier
    if ier == 0:
        raise TypeError(mesg)
    warn(mesg)
    return fit.x, ier


def infodict_of(fit: Outcome, with_jac: bool) -> dict[str, Any]:
    found = {"fvec": fit.fvec, "nfev": fit.nfev, "fjac": fit.fjac, "ipvt": fit.ipvt, "qtf": fit.qtf}
    if with_jac:
        found["njev"] = fit.njev
    return found


def _solve_compiled(
    func: Any, x0: Any, args: Any, m: int | None, settings: Settings, Dfun: Any, callback: Any, full: bool
) -> Outcome:
    if m is None:
        raise ValueError("m, the number of residuals, must be given if func is compiled")
    m = integer("m", m, positive=True)
    fcn, jac = address_of("func", func), None if Dfun is None else address_of("Dfun", Dfun)
    context = context_of(args)
    held = hold(context)  # noqa: F841 - until the fit has ended
    return solve_compiled(fcn, x0, m, settings, jac=jac, context=context, callback=callback, full=full)
