"""`check_gradient`: does a Jacobian belong to its function?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._engine.single import check_derivatives
from .._input.arrays import check_callable, real_array
from .._results.derivatives import OF_THE_ERROR, differences
from .._results.gradient import GradientCheck

_Array = NDArray[np.float64]

# What a central difference of a smooth function may be off by: a part of the component, and a part of what the whole
# row moves by, as a component that is nearly zero shows the curvature instead.
_RELATIVE = 1e-4
_OF_THE_ROW = 1e-8


def check_gradient(
    func: Callable[..., ArrayLike],
    Dfun: Callable[..., ArrayLike],
    x0: ArrayLike,
    args: Any = (),
    *,
    col_deriv: bool = False,
) -> GradientCheck:
    """Find the components of a Jacobian that disagree with its function.

    minpack compares each with a central difference, within what rounding allows. Steps are made shorter or longer
    until neither curvature nor rounding shows, so `func` is called 2 n + 2 times or more.

    Parameters
    ----------
    func : callable
        ``func(x, *args)`` returns the residuals, shape (m,).
    Dfun : callable
        ``Dfun(x, *args)`` returns the Jacobian, shape (m, n), or (n, m) with `col_deriv`.
    x0 : array_like
        Where to check: n parameters. Avoid 0, 1 and other points where a wrong formula may be right by chance, and
        points where a residual is nearly zero, because its differences are then all rounding.
    args : tuple or object, optional
        Further arguments of `func` and `Dfun`. Anything but a tuple is one argument.
    col_deriv : bool, optional
        `Dfun` returns the Jacobian's transpose.

    Returns
    -------
    GradientCheck
        True if nothing is wrong; prints what is. ``wrong`` (k, 2) are the components in disagreement.

    Raises
    ------
    TypeError
        If what `func` or `Dfun` returns is not real.
    ValueError
        If the shapes of `x0`, the residuals and the Jacobian do not agree, or a residual or derivative is not finite.

    References
    ----------
    .. [1] More, Garbow, Hillstrom: User Guide for MINPACK-1, ANL-80-74, 1980: CHKDER.

    Examples
    --------
    >>> import numpy as np
    >>> from minpack import check_gradient
    >>> def func(x):
    ...     return np.array([x[0] ** 2 * x[1], np.sin(x[1])])
    >>> def Dfun(x):
    ...     return np.array([[2 * x[0] * x[1], x[0]], [0.0, np.cos(x[1])]])
    >>> check = check_gradient(func, Dfun, [1.3, 0.7])
    >>> check.ok
    False
    >>> print(check)
    1 component of the Jacobian disagrees with func:
      d func[0] / d x[1]: Dfun gives 1.3, a difference quotient 1.69
    """
    if not isinstance(args, tuple):
        args = (args,)
    check_callable("func", func)
    check_callable("Dfun", Dfun)
    x = np.array(real_array("x0", x0)).ravel()
    fvec, precision = _residuals(func, x, args)
    given = np.asarray(Dfun(x.copy(), *args))
    if given.dtype.kind not in "biuf":
        raise TypeError(f"Dfun must return real numbers; it returned dtype {given.dtype}")
    fjac = np.array(given, dtype=np.float64)
    if col_deriv and fjac.ndim == 2:
        fjac = fjac.T
    expected = (fvec.size, x.size)
    if fjac.shape != expected:
        order = -1 if col_deriv else 1
        raise ValueError(
            f"Dfun must return shape {expected[::order]} for {expected[0]} residuals and {expected[1]} parameters; "
            f"it returned {fjac.shape[::order]}"
        )
    if not np.isfinite(fjac).all():
        i, j = np.argwhere(~np.isfinite(fjac))[0]
        raise ValueError(f"Dfun's derivative of residual {i} by parameter {j} is not finite at x0: {fjac[i, j]}")
    eps = float(np.finfo(precision).eps)
    quotients, rounding = _central_differences(func, x, args, fvec, fjac, eps)
    size = np.where(x == 0.0, 1.0, np.abs(x))
    largest = np.max(np.abs(fjac) * size, axis=1, keepdims=True, initial=0.0) / size
    limit = rounding + _RELATIVE * np.maximum(np.abs(quotients), np.abs(fjac)) + _OF_THE_ROW * largest
    wrong = np.argwhere(np.abs(quotients - fjac) > limit)
    err = np.ones(fvec.size)
    if precision == np.float64:  # chkder's step is made for that
        err = check_derivatives(x, fvec, fjac, lambda moved: _residuals(func, moved, args)[0])
    else:
        err[wrong[:, 0]] = 0.0
    i, j = wrong.T
    return GradientCheck(wrong, fjac[i, j], quotients[i, j], err)


def _central_differences(
    func: Callable[..., ArrayLike], x: _Array, args: tuple[Any, ...], fvec: _Array, fjac: _Array, eps: float
) -> tuple[_Array, _Array]:
    """The Jacobian by central differences, (m, n), and what rounding of the residuals may make of each."""
    # the step that changes the residuals by the right amount if fjac is right, and no more than usual
    usual = np.where(x == 0.0, 1.0, np.abs(x))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        enough = np.max(np.abs(fvec), initial=0.0) / np.max(np.abs(fjac), axis=0, initial=0.0)
    steps = eps ** (1 / 3) * np.where(enough > 0.0, np.fmin(enough, usual), usual)
    quotients, steps, *_ = differences(
        lambda point: _residuals(func, point, args, fvec.size)[0], x, fvec, errors=steps / OF_THE_ERROR, eps=eps
    )
    return quotients, 100 * eps * (3.0 * np.abs(fvec)[:, np.newaxis] / steps + 2.0 * np.abs(quotients))


def _residuals(
    func: Callable[..., ArrayLike], x: _Array, args: tuple[Any, ...], m: int | None = None
) -> tuple[_Array, np.dtype[Any]]:
    """func at x, and the precision that it has."""
    value = np.atleast_1d(func(x.copy(), *args))
    if value.dtype.kind not in "biuf":
        raise TypeError(f"func must return real numbers; it returned dtype {value.dtype}")
    fvec = np.array(value, dtype=np.float64)
    if fvec.ndim != 1 or (m is not None and fvec.size != m):
        expected = "a vector" if m is None else f"shape ({m},), as at the first call"
        raise ValueError(f"func must return {expected}; it returned shape {fvec.shape}")
    if not np.isfinite(fvec).all():
        i = np.flatnonzero(~np.isfinite(fvec))[0]
        raise ValueError(f"residual {i} is not finite at {x}: {fvec[i]}")
    short = value.dtype.kind == "f" and value.dtype.itemsize < 8
    return fvec, value.dtype if short else np.dtype(np.float64)
