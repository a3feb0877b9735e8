"""Fits within code that numba compiles: `lmdif`, `lmder` and `least_squares` for use in functions with ``@njit``.

The function to fit is given by its address, that of a `numba.cfunc` with the type `residual_type`, ``int (void *ctx,
int m, int n, const double *x, double *fvec)``, which returns 0; ``ctx`` points to the elements of `data`. To end a fit,
return another number: numba prints an exception in a cfunc, ignores it, and returns 0.

Examples
--------
>>> import numpy as np
>>> from numba import carray, cfunc, njit
>>> from minpack.numba import lmdif, residual_type
>>> @cfunc(residual_type)
... def line(ctx, m, n, x, fvec):
...     y, residuals = carray(ctx, m), carray(fvec, m)
...     p = carray(x, n)
...     for i in range(m):
...         residuals[i] = p[0] + p[1] * i - y[i]
...     return 0
>>> address = line.address
>>> @njit
... def fit_rows(rows):
...     out = np.ones((len(rows), 2))
...     for k in range(len(rows)):
...         info, nfev = lmdif(address, out[k], rows.shape[1], rows[k])
...         if info < 1 or info > 4:
...             out[k] = np.nan
...     return out
>>> fit_rows(np.array([[1.0, 3.0, 5.0], [2.0, 1.0, 0.0]])).round(6).tolist()
[[1.0, 2.0], [2.0, -1.0]]
"""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np

try:
    from numba import float64, intc, njit, types
    from numba.core.errors import TypingError
    from numba.extending import overload
except ImportError as error:
    raise ImportError("minpack.numba needs numba: pip install numba") from error

from . import _core
from ._engine import vector_functions as _vector_functions  # noqa: F401 - minpack.functions in compiled code
from ._input.least_squares import LOSSES as _LOSSES
from ._input.settings import GTOL, TOLERANCE

__all__ = ["least_squares", "lmder", "lmdif", "loss_type", "residual_type"]

_doubles: Any = types.CPointer(float64)
residual_type: Any = intc(_doubles, intc, intc, _doubles, _doubles)
loss_type: Any = intc(intc, _doubles, _doubles)

_FIT = np.dtype(_core.fit_layout)  # minpack_fit
_BOUNDED = np.dtype(_core.bounded_layout)  # minpack_bounded
_EPSILON = float(np.finfo(np.float64).eps)
_LARGEST = 2**31 - 1  # of C's int
_NOT_FINITE_AT_START = np.int32(_core.NOT_FINITE_AT_START)  # of the type of nfev, for a tuple that fits an array


def _routine(name: str, result: Any, *types_: Any) -> Any:
    return ctypes.CFUNCTYPE(result, *types_)(_core.routines[name])


# functions are given by addresses, which are integers; arrays as pointers, which keep them alive during the call
_F, _P = ctypes.c_size_t, ctypes.c_void_p
_machine_parameters = _routine("machine_parameters", None, ctypes.c_int, _P)
_default_maxfev = _routine("default_maxfev", ctypes.c_int, ctypes.c_int, ctypes.c_int)
_fit_room = _routine("fit_room", ctypes.c_size_t, _P)
_fit_place = _routine("fit_place", None, _P, _P)
_lmdif = _routine("lmdif", None, _F, _F, _P, _P)
_lmder = _routine("lmder", None, _F, _F, _F, _P, _P)


def _refuse_others(name: str, given: Any, *, vector: bool = False, writable: bool = False) -> None:
    """Raise TypingError unless C can read the elements of a type, and write them if it does."""
    if not (isinstance(given, types.Array) and given.dtype == float64 and given.layout == "C"):
        raise TypingError(f"{name} must be a float64 array in C order; got {given}")
    if vector and given.ndim != 1:
        raise TypingError(f"{name} must be a vector; got {given}")
    if writable and not given.mutable:
        raise TypingError(f"{name} must be writable, as the result is written to it; got {given}")


def _refuse_no_integer(name: str, given: Any) -> None:
    if not isinstance(given, types.Integer) and not isinstance(getattr(given, "value", None), int):
        what = "the address of a function, an integer" if name in ("fcn", "jac") else "an integer"
        raise TypingError(f"{name} must be {what}; got {given}")


def _check(fcn: Any, jac: Any, x: Any, m: Any, data: Any, lower: Any, upper: Any, maxfev: Any) -> None:
    """Refuse what cannot be handed to C as it is; `lower` and `upper` are None for fits without bounds."""


@overload(_check)
def _check_while_compiling(fcn: Any, jac: Any, x: Any, m: Any, data: Any, lower: Any, upper: Any, maxfev: Any) -> Any:
    bounded = lower != types.none
    for name, given in (("fcn", fcn), ("jac", jac), ("m", m), ("max_nfev" if bounded else "maxfev", maxfev)):
        _refuse_no_integer(name, given)
    _refuse_others("x", x, vector=True, writable=True)
    _refuse_others("data", data)
    for name, given in (("lower", lower), ("upper", upper)) if bounded else ():
        _refuse_others(name, given, vector=True)

    def running(fcn: Any, jac: Any, x: Any, m: Any, data: Any, lower: Any, upper: Any, maxfev: Any) -> Any:
        if fcn == 0:
            raise ValueError("fcn must be the address of a function; got 0")
        if m > _LARGEST or maxfev > _LARGEST:
            raise ValueError("m and the limit of calls must be at most 2147483647")

    return running


@njit
def _begin(x: Any, m: Any, data: Any, ftol: Any, xtol: Any, gtol: Any, maxfev: Any, factor: Any, epsfcn: Any) -> Any:
    """A fit that is about to start, its residuals, and the memory of its other arrays but x."""
    if x.size < 1 or m < x.size:
        raise ValueError("there must be at least one parameter, and as many residuals as parameters")
    fit = np.zeros(1, _FIT)
    _machine_parameters(0, fit.ctypes)
    s = fit[0]
    s.ftol, s.xtol, s.gtol, s.factor, s.epsfcn = ftol, xtol, gtol, factor, epsfcn
    s.m, s.n, s.ldfjac, s.maxfev, s.mode = m, x.size, m, maxfev, 1
    fvec = np.full(m, np.nan)  # for a function that writes none
    s.x, s.fvec = x.ctypes.data, fvec.ctypes.data
    room = np.empty(_fit_room(fit.ctypes))
    _fit_place(fit.ctypes, room.ctypes)
    return fit, fvec, room


@njit
def _outcome(fit: Any, fvec: Any, room: Any) -> Any:
    """info and nfev; with fvec and room as arguments, numba keeps the fit's memory until here."""
    info = fit[0].info
    # A fit that starts at finite residuals accepts no others, and one that does not ends where it starts.
    if info >= 0 and not np.isfinite(fvec).all():
        info = _NOT_FINITE_AT_START
    return info, fit[0].nfev


@njit
def lmdif(
    fcn: Any, x: Any, m: Any, data: Any, ftol: Any = TOLERANCE, xtol: Any = TOLERANCE, gtol: Any = GTOL,
    maxfev: Any = 0, epsfcn: Any = _EPSILON, factor: Any = 100.0,
) -> Any:  # fmt: skip
    """Minimize a sum of squares, with the Jacobian by forward differences, from code that numba compiles.

    Parameters
    ----------
    fcn : int
        The address of the residuals, a function of `residual_type`.
    x : ndarray of float64, shape (n,)
        In: start; out: the parameters where the fit ended.
    m : int
        The number of residuals.
    data : ndarray of float64
        The array that `fcn` gets as ``ctx``.
    ftol, xtol, gtol, maxfev, epsfcn, factor : optional
        As in `leastsq`.

    Returns
    -------
    info : int
        MINPACK's code, 1 to 4 for a solution; `NOT_FINITE_AT_START` if a residual is NaN or infinite there; another
        negative number if `fcn` returned something other than 0.
    nfev : int
        Calls of `fcn`.

    Raises
    ------
    ValueError
        If there are fewer residuals than parameters, an address is 0, or `m` or `maxfev` is above 2**31 - 1.
    numba.TypingError
        While it is compiled, if `x` and `data` are not float64 arrays in C order, `x` is read-only, or an address, `m`
        or `maxfev` is no integer.

    Examples
    --------
    >>> import numpy as np
    >>> from numba import carray, cfunc, njit
    >>> from minpack.numba import lmdif, residual_type
    >>> @cfunc(residual_type)
    ... def decay(ctx, m, n, x, fvec):
    ...     y, p, residuals = carray(ctx, m), carray(x, n), carray(fvec, m)
    ...     for i in range(m):
    ...         residuals[i] = p[0] * np.exp(-p[1] * i) - y[i]
    ...     return 0
    >>> address = decay.address
    >>> @njit
    ... def rate(y):
    ...     x = np.ones(2)
    ...     info, nfev = lmdif(address, x, len(y), y)
    ...     return x[1] if 1 <= info <= 4 else np.nan
    >>> round(rate(np.array([2.0, 1.0, 0.5, 0.25])), 6)
    0.693147
    """
    _check(fcn, fcn, x, m, data, None, None, maxfev)
    limit = maxfev if maxfev > 0 else _default_maxfev(x.size, 1)
    fit, fvec, room = _begin(x, m, data, ftol, xtol, gtol, limit, factor, epsfcn)
    _lmdif(fcn, 0, data.ctypes, fit.ctypes)
    return _outcome(fit, fvec, room)


@njit
def lmder(
    fcn: Any, jac: Any, x: Any, m: Any, data: Any, ftol: Any = TOLERANCE, xtol: Any = TOLERANCE, gtol: Any = GTOL,
    maxfev: Any = 0, factor: Any = 100.0,
) -> Any:  # fmt: skip
    """Minimize a sum of squares, with the Jacobian given, from code that numba compiles.

    Parameters
    ----------
    fcn, jac : int
        The addresses of the residuals and of their Jacobian, functions of `residual_type`; `jac` writes the m by n
        Jacobian column after column.
    x : ndarray of float64, shape (n,)
        In: start; out: the parameters where the fit ended.
    m : int
        The number of residuals.
    data : ndarray of float64
        The array that `fcn` and `jac` get as ``ctx``.
    ftol, xtol, gtol, maxfev, factor : optional
        As in `leastsq`.

    Returns
    -------
    info : int
        MINPACK's code, 1 to 4 for a solution; `NOT_FINITE_AT_START` if a residual is NaN or infinite there; another
        negative number if a function returned something other than 0.
    nfev : int
        Calls of `fcn`.

    Raises
    ------
    ValueError
        If there are fewer residuals than parameters, an address is 0, or `m` or `maxfev` is above 2**31 - 1.
    numba.TypingError
        While it is compiled, if `x` and `data` are not float64 arrays in C order, `x` is read-only, or an address, `m`
        or `maxfev` is no integer.

    Examples
    --------
    >>> import numpy as np
    >>> from numba import carray, cfunc, njit
    >>> from minpack.numba import lmder, residual_type
    >>> @cfunc(residual_type)
    ... def decay(ctx, m, n, x, fvec):
    ...     y, p, residuals = carray(ctx, m), carray(x, n), carray(fvec, m)
    ...     for i in range(m):
    ...         residuals[i] = p[0] * np.exp(-p[1] * i) - y[i]
    ...     return 0
    >>> @cfunc(residual_type)
    ... def slopes(ctx, m, n, x, fjac):
    ...     p, columns = carray(x, n), carray(fjac, (n, m))
    ...     for i in range(m):
    ...         columns[0, i] = np.exp(-p[1] * i)
    ...         columns[1, i] = -i * p[0] * columns[0, i]
    ...     return 0
    >>> addresses = decay.address, slopes.address
    >>> @njit
    ... def rate(y):
    ...     x = np.ones(2)
    ...     info, nfev = lmder(addresses[0], addresses[1], x, len(y), y)
    ...     return x[1] if 1 <= info <= 4 else np.nan
    >>> round(rate(np.array([2.0, 1.0, 0.5, 0.25])), 6)
    0.693147
    """
    _check(fcn, jac, x, m, data, None, None, maxfev)
    if jac == 0:
        raise ValueError("jac must be the address of a function; got 0")
    limit = maxfev if maxfev > 0 else _default_maxfev(x.size, 0)
    fit, fvec, room = _begin(x, m, data, ftol, xtol, gtol, limit, factor, _EPSILON)
    _lmder(fcn, jac, 0, data.ctypes, fit.ctypes)
    return _outcome(fit, fvec, room)


@njit
def _method_number(method: Any) -> Any:
    """As minpack.h numbers them."""
    if method == "trf":
        return 0
    if method == "dogbox":
        return 1
    raise ValueError("method must be 'trf' or 'dogbox'")


def _loss_of(loss: Any) -> Any:
    """The number of a loss, as minpack.h has them, and the address of one that is a function."""


@overload(_loss_of)
def _loss_while_compiling(loss: Any) -> Any:
    def by_name(loss: Any) -> Any:
        for number in range(len(_LOSSES)):  # as minpack.h numbers them
            if loss == _LOSSES[number]:
                return number, 0
        raise ValueError("loss must be 'linear', 'huber', 'soft_l1', 'cauchy', 'arctan' or the address of a function")

    def by_address(loss: Any) -> Any:
        if loss == 0:
            raise ValueError("loss must be a name or the address of a function; got 0")
        return 5, loss

    return by_address if isinstance(loss, types.Integer) else by_name


@njit
def least_squares(
    fcn: Any, x: Any, m: Any, data: Any, lower: Any, upper: Any, jac: Any = 0, method: Any = "trf",
    loss: Any = "linear", f_scale: Any = 1.0, ftol: Any = 1e-8, xtol: Any = 1e-8, gtol: Any = 1e-8, max_nfev: Any = 0,
) -> Any:  # fmt: skip
    """Minimize a sum of squares, or of what a loss makes of them, within bounds, from code that numba compiles.

    Parameters
    ----------
    fcn : int
        The address of the residuals, a function of `residual_type`.
    x : ndarray of float64, shape (n,)
        In: start; out: the parameters where the fit ended.
    m : int
        The number of residuals.
    data : ndarray of float64
        The array that `fcn` and `jac` get as ``ctx``.
    lower, upper : ndarray of float64, shape (n,)
        The bounds, infinite for none.
    jac : int, optional
        The address of the Jacobian, as in `lmder`; by default forward differences within the bounds.
    method, loss, f_scale, ftol, xtol, gtol, max_nfev : optional
        As in `minpack.least_squares`, with a name for `method`, 0 for the default of `max_nfev`. `loss` is a name or
        the address of a function of `loss_type`, ``int (int m, const double *z, double *rho)``. It writes the loss of
        the m squares `z` and its first and second derivatives into the 3 by m array `rho`, and returns 0.

    Returns
    -------
    status : int
        That of `minpack.least_squares`, 1 to 4 for a solution; or as in batches `NOT_FINITE_AT_START`, `BAD_BOUNDS`,
        `START_OUT_OF_BOUNDS`, `JACOBIAN_NOT_FINITE`; -1 if a function returned something other than 0.
    nfev : int
        Calls of `fcn` but those for differences.

    Raises
    ------
    ValueError
        If a size, an address, `method`, `loss`, `f_scale` or `max_nfev` is not valid.
    numba.TypingError
        While it is compiled, if an array is not a float64 array in C order, `x` is read-only, or an address, `m` or
        `max_nfev` is no integer.

    Examples
    --------
    >>> import numpy as np
    >>> from numba import carray, cfunc, njit
    >>> from minpack.numba import least_squares, residual_type
    >>> @cfunc(residual_type)
    ... def decay(ctx, m, n, x, fvec):
    ...     y, p, residuals = carray(ctx, m), carray(x, n), carray(fvec, m)
    ...     for i in range(m):
    ...         residuals[i] = p[0] * np.exp(-p[1] * i) - y[i]
    ...     return 0
    >>> address = decay.address
    >>> @njit
    ... def slow_rate(y):
    ...     x, lower, upper = np.array([1.0, 0.3]), np.zeros(2), np.array([np.inf, 0.5])
    ...     status, nfev = least_squares(address, x, len(y), y, lower, upper, loss="soft_l1")
    ...     return x[1] if 1 <= status <= 4 else np.nan
    >>> round(slow_rate(np.array([2.0, 1.0, 0.5, 0.25])), 6)
    0.5
    """
    _check(fcn, jac, x, m, data, lower, upper, max_nfev)
    n = x.size
    if n < 1 or m < 1 or lower.size != n or upper.size != n:
        raise ValueError("there must be at least one residual and one parameter, and two bounds per parameter")
    if not (0.0 < f_scale < np.inf):
        raise ValueError("f_scale must be positive and finite")
    fit, bounded, own = np.zeros(1, _FIT), np.zeros(1, _BOUNDED), np.ones((3, n))
    own[0], own[1] = lower, upper  # copies, as x may be one of them
    b = bounded[0]
    b.method, b.f_scale = _method_number(method), f_scale
    b.loss, b.callable = _loss_of(loss)
    b.ftol, b.xtol, b.gtol, b.max_nfev = ftol, xtol, gtol, max_nfev if max_nfev > 0 else 100 * n
    b.lower, b.upper, b.scale = own[0].ctypes.data, own[1].ctypes.data, own[2].ctypes.data
    s = fit[0]
    s.m, s.n, s.ldfjac, s.epsfcn = m, n, m, _EPSILON
    s.x, s.bounded = x.ctypes.data, bounded.ctypes.data
    room = np.full(_fit_room(fit.ctypes), np.nan)  # residuals are among it, for a function that writes none
    _fit_place(fit.ctypes, room.ctypes)
    if jac == 0:
        _lmdif(fcn, 0, data.ctypes, fit.ctypes)
    else:
        _lmder(fcn, jac, 0, data.ctypes, fit.ctypes)
    return _end(fit, bounded, own, room)


@njit
def _end(fit: Any, bounded: Any, own: Any, room: Any) -> Any:
    """status and nfev; the others are arguments so that numba keeps their memory until here."""
    return fit[0].info, fit[0].nfev
