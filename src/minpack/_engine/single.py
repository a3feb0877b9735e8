"""One fit: the extension's calls, for public functions that may not import it themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _core
from .._core import BY_COLUMNS as BY_COLUMNS
from .._core import BY_ROWS as BY_ROWS
from .._core import BY_SHAPE as BY_SHAPE
from .._core import Outcome as Outcome
from .._core import Settings as Settings
from .._core import hold as hold
from .._core import solve_compiled as solve_compiled
from .._core import solve_residuals as solve_residuals

_Array = NDArray[np.float64]

_ONCE = Settings(gtol=2.0)  # no cosine exceeds that


def solve_curve(
    f: Callable[..., ArrayLike], x0: ArrayLike, *, xdata: Any, data: Any, settings: Settings, scale: bool,
    jac: Callable[..., ArrayLike] | None = None, callback: Callable[..., Any] | None = None, col_deriv: bool = False,
    notice: Callable[..., bool] | None = None,
) -> Outcome:  # fmt: skip
    """Fit f(xdata, *x) to data.

    Nobody else has the arrays of these, float64 in C order, as the extension works on their memory. `jac` gives the
    derivatives, transposed with `col_deriv`; `scale` scales the covariance to the scatter of the residuals;
    ``notice(f, value, eps)`` looks at a first value that is no array of doubles, see `solve_residuals`.
    """
    return _core.solve_curve(
        f, x0, xdata, _core.Data(data.ydata, weights=data.weights, cholesky=data.cholesky), settings,
        jac=jac, layout=BY_COLUMNS if col_deriv else BY_SHAPE, scale=scale, callback=callback, full=True,
        notice=notice,
    )  # fmt: skip


def factorize(fvec: _Array, columns: _Array, *, scale: bool) -> Outcome:
    """Q and R of a Jacobian, Q'f and the covariance of the parameters, with the extension's rules and bits.

    A fit that asks for the Jacobian once and ends.
    """
    return _core.solve_curve(
        lambda *_: fvec, np.zeros(columns.shape[1]), None, _core.Data(np.zeros(fvec.size)), _ONCE,
        jac=lambda *_: columns, layout=BY_SHAPE, scale=scale, full=True,
    )  # fmt: skip


def check_derivatives(x: _Array, fvec: _Array, fjac: _Array, func: Callable[[_Array], _Array]) -> _Array:
    """MINPACK's CHKDER: for each row of the Jacobian 1 if it is right, 0 if it is wrong, in between if in doubt."""
    return _core.chkder(x, fvec, np.ascontiguousarray(fjac.T), func(_core.chkder(x)))
