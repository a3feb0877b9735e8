"""One fit: the extension's calls, for public functions that may not import it themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

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


class Factors(NamedTuple):
    """The QR factorization of a Jacobian J where the residuals are f, and what it says of the point."""

    cov: _Array  # the covariance of the parameters; inf if it cannot be estimated
    r: _Array  # (n, n), with its columns in the order of the parameters: R'R = J'J
    step: _Array  # the Gauss-Newton step; zero along columns that others, of larger norms, replace
    change: float  # of the model by the step, as the norm of a vector; its square is what the sum of squares falls by
    sines: float  # the product of those of the angles between each column and those before it, in the order of pivots
    terms: float  # the sum of the terms of the model, each as the norm of a vector
    rank: int  # how many columns others do not replace


def factorize(fvec: _Array, columns: _Array, *, scale: bool, x: _Array | None = None) -> Factors:
    """Factorize a Jacobian at x, with the extension's rules and bits.

    With `scale` the covariance is scaled to the scatter of the residuals.
    """
    x = np.zeros(columns.shape[1]) if x is None else x
    return Factors(*_core.factorize(fvec, columns, x, _ONCE, scale))


def check_derivatives(x: _Array, fvec: _Array, fjac: _Array, func: Callable[[_Array], _Array]) -> _Array:
    """MINPACK's CHKDER: for each row of the Jacobian 1 if it is right, 0 if it is wrong, in between if in doubt."""
    return _core.chkder(x, fvec, np.ascontiguousarray(fjac.T), func(_core.chkder(x)))
