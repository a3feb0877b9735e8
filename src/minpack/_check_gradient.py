"""`check_gradient`: does a Jacobian belong to its function?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _core

# chkder's verdict below which a row is in doubt, and the relative difference from its difference quotient at which a
# component of such a row is held to be wrong: a forward difference of a smooth function has half of the digits.
_DOUBT = 0.5
_DIFFERENCE = 1e-4


@dataclass(frozen=True)
class GradientCheck:
    """What `check_gradient` found.

    Attributes
    ----------
    wrong : ndarray, shape (k, 2)
        The components of the Jacobian that disagree with `func`: residual i, parameter j.
    given, estimated : ndarray, shape (k,)
        Those components as `Dfun` gives them and as difference quotients of `func` estimate them.
    err : ndarray, shape (m,)
        MINPACK's verdict on each row of the Jacobian: 1 right, 0 wrong, between them in doubt. A row at or above 0.5
        is not looked into any further; a row below may still prove right.
    ok : bool
        Whether nothing is wrong. The object as a whole is true in that case, too.
    """

    wrong: NDArray[np.intp]
    given: NDArray[np.float64]
    estimated: NDArray[np.float64]
    err: NDArray[np.float64] = field(repr=False)

    @property
    def ok(self) -> bool:
        return len(self.wrong) == 0

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        if self.ok:
            return f"all {len(self.err)} rows of the Jacobian agree with func"
        lines = [f"{len(self.wrong)} components of the Jacobian disagree with func:"]
        lines += [
            f"  d func[{i}] / d x[{j}]: Dfun gives {given:.6g}, a difference quotient {estimated:.6g}"
            for (i, j), given, estimated in zip(self.wrong[:10], self.given, self.estimated, strict=False)
        ]
        if len(self.wrong) > 10:
            lines.append(f"  and {len(self.wrong) - 10} more")
        return "\n".join(lines)


def check_gradient(
    func: Callable[..., ArrayLike],
    Dfun: Callable[..., ArrayLike],
    x0: ArrayLike,
    args: Any = (),
    *,
    col_deriv: bool = False,
) -> GradientCheck:
    """Find the components of a Jacobian that disagree with its function.

    MINPACK's check tells which rows are in doubt, from one step of all parameters together; difference quotients,
    one parameter at a time, then tell which components of these rows are wrong.

    Parameters
    ----------
    func : callable
        ``func(x, *args)`` returns the residuals, shape (m,).
    Dfun : callable
        ``Dfun(x, *args)`` returns the Jacobian, shape (m, n), or (n, m) with `col_deriv`.
    x0 : array_like
        Where to check: n parameters, better not 0 or 1 or another point where a wrong formula may be right, nor one
        where a residual is nearly zero, as rounding is then all that its differences show.
    args : tuple or object, optional
        Further arguments of `func` and `Dfun`. Anything but a tuple is one argument.
    col_deriv : bool, optional
        `Dfun` returns the Jacobian's transpose.

    Returns
    -------
    GradientCheck
        True where nothing is wrong; printed, it says what is. ``wrong`` (k, 2) are the components in disagreement.

    Raises
    ------
    ValueError
        If the shapes of `x0`, the residuals and the Jacobian do not agree, or a residual or derivative is not finite.

    References
    ----------
    .. [1] J. J. More, B. S. Garbow, K. E. Hillstrom, User Guide for MINPACK-1, ANL-80-74, 1980: CHKDER.

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
    1 components of the Jacobian disagree with func:
      d func[0] / d x[1]: Dfun gives 1.3, a difference quotient 1.69
    """
    if not isinstance(args, tuple):
        args = (args,)
    x = np.array(x0, dtype=np.float64).ravel()
    fvec = _residuals(func, x, args)
    fjac = np.array(Dfun(x.copy(), *args), dtype=np.float64)
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
    xp = _core.chkder(x, None, None, None)
    err = _core.chkder(x, fvec, np.ascontiguousarray(fjac.T), _residuals(func, xp, args))

    rows = np.flatnonzero(err < _DOUBT)
    wrong, estimated = [], []
    for j in range(x.size) if rows.size else ():
        moved = x.copy()
        moved[j] = xp[j]
        step = moved[j] - x[j]
        f = _residuals(func, moved, args)
        quotient = (f - fvec) / step
        rounding = 100 * np.finfo(float).eps * (np.abs(f) + np.abs(fvec)) / step
        difference = np.abs(quotient - fjac[:, j])
        limit = rounding + _DIFFERENCE * np.maximum(np.abs(quotient), np.abs(fjac[:, j]))
        for i in rows[difference[rows] > limit[rows]]:
            wrong.append((i, j))
            estimated.append(quotient[i])
    pairs = np.array(wrong, dtype=np.intp).reshape(-1, 2)
    by_residual = np.lexsort(pairs.T[::-1])
    pairs = pairs[by_residual]
    return GradientCheck(pairs, fjac[pairs[:, 0], pairs[:, 1]], np.array(estimated, dtype=float)[by_residual], err)


def _residuals(func: Callable[..., ArrayLike], x: NDArray[np.float64], args: tuple[Any, ...]) -> NDArray[np.float64]:
    fvec = np.array(func(x.copy(), *args), dtype=np.float64, ndmin=1)
    if fvec.ndim != 1:
        raise ValueError(f"func must return a vector; it returned shape {fvec.shape}")
    if not np.isfinite(fvec).all():
        i = np.flatnonzero(~np.isfinite(fvec))[0]
        raise ValueError(f"residual {i} is not finite at {x}: {fvec[i]}")
    return fvec
