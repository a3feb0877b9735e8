"""Fits within code that numba compiles: `lmdif` and `lmder` for use in functions decorated with ``@njit``.

The function to fit is given by its address, that of a `numba.cfunc` with the type `residual_type`, ``int (void *ctx,
int m, int n, const double *x, double *fvec)``, which returns 0; ``ctx`` points to the elements of `data`.

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
    raise ImportError("minpack.numba needs numba: pip install minpack[numba]") from error

from . import _core
from . import _functions_numba as _functions_numba  # minpack.functions in compiled code
from ._leastsq import GTOL, TOLERANCE

__all__ = ["lmder", "lmdif", "residual_type"]

_doubles: Any = types.CPointer(float64)
residual_type: Any = intc(_doubles, intc, intc, _doubles, _doubles)

# minpack_state
_REALS = ("epsmch", "dwarf", "rdwarf", "rgiant", "ftol", "xtol", "gtol", "factor", "epsfcn")
_INTEGERS = ("m", "n", "ldfjac", "maxfev", "mode", "task", "info", "nfev", "njev", "iter")
_PROGRESS = ("fnorm", "xnorm", "gnorm", "delta", "par", "pnorm")
_STATE = np.dtype(
    [(name, np.float64) for name in _REALS]
    + [(name, np.intc) for name in _INTEGERS]
    + [(name, np.float64) for name in _PROGRESS],
    align=True,
)
_EPSILON = float(np.finfo(np.float64).eps)


def _routine(name: str, *types_: Any) -> Any:
    return ctypes.CFUNCTYPE(None, *types_)(_core.routines[name])


def _machine() -> tuple[float, ...]:
    values = (ctypes.c_double * 4)()
    _routine("machine_parameters", ctypes.c_int, ctypes.c_void_p)(0, values)
    return tuple(values)


# functions are given by addresses, which are integers; arrays as pointers, which keep them alive during the call
_F, _P = ctypes.c_size_t, ctypes.c_void_p
_lmdif = _routine("lmdif", _F, _F, *[_P] * 9)
_lmder = _routine("lmder", _F, _F, _F, *[_P] * 9)
_EPSMCH, _DWARF, _RDWARF, _RGIANT = _machine()


def _check_types(x: Any, data: Any) -> None:
    """Refuse what cannot be handed to C as it is."""


@overload(_check_types)
def _check_types_while_compiling(x: Any, data: Any) -> Any:
    for name, given in (("x", x), ("data", data)):
        if not (isinstance(given, types.Array) and given.dtype == float64 and given.layout == "C"):
            raise TypingError(f"{name} must be a float64 array in C order, not {given}")
    if x.ndim != 1:
        raise TypingError(f"x must be a vector, not {x}")

    def nothing(x: Any, data: Any) -> Any:  # numba wants the same annotations
        return None

    return nothing


@njit
def _begin(x: Any, m: Any, data: Any, ftol: Any, xtol: Any, gtol: Any, maxfev: Any, factor: Any, epsfcn: Any) -> Any:
    """The state of a fit that is about to start."""
    _check_types(x, data)
    if x.size < 1 or m < x.size:
        raise ValueError("there must be at least one parameter, and as many residuals as parameters")
    state = np.zeros(1, _STATE)
    s = state[0]
    s.epsmch, s.dwarf, s.rdwarf, s.rgiant = _EPSMCH, _DWARF, _RDWARF, _RGIANT
    s.ftol, s.xtol, s.gtol, s.factor, s.epsfcn = ftol, xtol, gtol, factor, epsfcn
    s.m, s.n, s.ldfjac, s.maxfev, s.mode = m, x.size, m, maxfev, 1
    return state


@njit
def _room(m: Any, n: Any) -> Any:
    """What a fit works on: fvec, fjac, ipvt, qtf, diag, wa."""
    return np.empty(m), np.empty(m * n), np.empty(n, np.intc), np.empty(n), np.empty(n), np.empty(m + 5 * n)


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
        In: where to start; out: where the fit ended.
    m : int
        The number of residuals.
    data : ndarray of float64
        What `fcn` gets as ``ctx``.
    ftol, xtol, gtol, maxfev, epsfcn, factor : optional
        As in `leastsq`.

    Returns
    -------
    info : int
        MINPACK's code, 1 to 4 being solutions; negative where `fcn` returned something other than 0.
    nfev : int
        Calls of `fcn`.

    Raises
    ------
    ValueError
        If there are fewer residuals than parameters.
    numba.TypingError
        While it is compiled, if `x` and `data` are not float64 arrays in C order.
    """
    n = x.size
    state = _begin(x, m, data, ftol, xtol, gtol, maxfev if maxfev > 0 else 200 * (n + 1), factor, epsfcn)
    fvec, fjac, ipvt, qtf, diag, wa = _room(m, n)
    _lmdif(
        fcn, 0, data.ctypes, state.ctypes, x.ctypes, fvec.ctypes, fjac.ctypes, ipvt.ctypes, qtf.ctypes, diag.ctypes,
        wa.ctypes,
    )  # fmt: skip
    return state[0].info, state[0].nfev


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
        In: where to start; out: where the fit ended.
    m : int
        The number of residuals.
    data : ndarray of float64
        What `fcn` and `jac` get as ``ctx``.
    ftol, xtol, gtol, maxfev, factor : optional
        As in `leastsq`.

    Returns
    -------
    info : int
        MINPACK's code, 1 to 4 being solutions; negative where a function returned something other than 0.
    nfev : int
        Calls of `fcn`.

    Raises
    ------
    ValueError
        If there are fewer residuals than parameters.
    numba.TypingError
        While it is compiled, if `x` and `data` are not float64 arrays in C order.
    """
    n = x.size
    state = _begin(x, m, data, ftol, xtol, gtol, maxfev if maxfev > 0 else 100 * (n + 1), factor, _EPSILON)
    fvec, fjac, ipvt, qtf, diag, wa = _room(m, n)
    _lmder(
        fcn, jac, 0, data.ctypes, state.ctypes, x.ctypes, fvec.ctypes, fjac.ctypes, ipvt.ctypes, qtf.ctypes,
        diag.ctypes, wa.ctypes,
    )  # fmt: skip
    return state[0].info, state[0].nfev
