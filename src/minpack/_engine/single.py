"""One fit of Python functions or compiled ones: the call of the extension, its arguments and results by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _core

_Array = NDArray[np.float64]

# Where the Jacobian comes from, as the extension numbers it.
FORWARD, BY_COLUMNS, BY_SHAPE, BY_ROWS, COMPILED, COMPILED_FORWARD = range(6)

# The extension's function as it is: one more call of Python would be seen in the time of a small fit.
leastsq = _core.leastsq


class Outcome(NamedTuple):
    """How a fit ended: MINPACK's names, ipvt 0-based; `bad` is a residual that is not finite at the start, or -1."""

    x: _Array
    info: int
    bad: int
    maxfev: int
    nfev: int
    njev: int
    fvec: _Array
    fjac: _Array
    ipvt: NDArray[np.int32]
    qtf: _Array
    cov: _Array | None


def solve_curve(
    f: Callable[..., ArrayLike],
    jac: Callable[..., ArrayLike] | None,
    x0: ArrayLike,
    *,
    xdata: Any,
    data: Any,
    settings: Any,
    callback: Callable[..., Any] | None = None,
    col_deriv: bool = False,
) -> Outcome:
    """Fit f(xdata, *x) to data.

    Parameters
    ----------
    f, jac : callable
        The model and, unless None, its derivatives, transposed with `col_deriv`.
    x0 : array_like, shape (n,)
        Start.
    xdata : object
        What f gets as its first argument.
    data : Data
        ydata, weights and cholesky: float64 arrays in C order that nobody else has, as the extension works on their
        memory.
    settings : Settings
        Tolerances and their like.
    callback : callable, optional
        Called after each accepted step.
    """
    source = FORWARD if jac is None else BY_COLUMNS if col_deriv else BY_SHAPE
    curve: Any = (f, xdata, *data)  # what the extension takes in the place of a function
    s = settings
    return Outcome(*leastsq(
        curve, jac, x0, (), source, True, s.ftol, s.xtol, s.gtol, s.maxfev, s.epsfcn, s.factor, s.diag, s.profile,
        callback,
    ))  # fmt: skip


def check_derivatives(x: _Array, fvec: _Array, fjac: _Array, func: Callable[[_Array], _Array]) -> _Array:
    """MINPACK's CHKDER: for each row of the Jacobian 1 if it is right, 0 if it is wrong, in between if in doubt."""
    moved = _core.chkder(x, None, None, None)
    return _core.chkder(x, fvec, np.ascontiguousarray(fjac.T), func(moved))
