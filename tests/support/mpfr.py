"""The elementary functions by MPFR, which gmpy2 wraps: about twenty times as fast as mpmath, and independent of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

try:
    import gmpy2
except ImportError:  # mpmath serves instead
    gmpy2 = None

Array = NDArray[np.float64]
BITS = 140  # of every result
LARGEST = float(np.finfo(float).max)


def _sinc(x: Any) -> Any:
    if x == 0:
        return gmpy2.mpfr(1)
    nearest = gmpy2.rint(x)
    sign = -1 if gmpy2.fmod(nearest, 2) else 1
    return sign * gmpy2.sin(gmpy2.const_pi() * (x - nearest)) / (gmpy2.const_pi() * x)


def exact(name: str) -> Callable[..., Any] | None:
    """The function at the precision of gmpy2's context; None if MPFR has none or gmpy2 is missing."""
    if gmpy2 is None or name == "voigt":
        return None
    ours: dict[str, Callable[..., Any]] = {
        "power": lambda x, y: x**y,
        "lgamma": lambda x: gmpy2.lgamma(x)[0],
        "logistic": lambda x: 1 / (1 + gmpy2.exp(-x)),
        "sinc": _sinc,
    }
    theirs = {"arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2"}
    theirs |= {"arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh"}
    return ours.get(name) or getattr(gmpy2, theirs.get(name, name))  # type: ignore[no-any-return]


def errors(y: Array, function: Callable[..., Any], *x: Array) -> Array:
    """How far each y is from function(x), in ulp; 0 where both overflow, inf where only one does."""
    out = np.empty(len(y))
    with gmpy2.context(gmpy2.get_context(), precision=BITS):
        infinite_from = gmpy2.mpfr(LARGEST) + gmpy2.mpfr(2) ** 970
        number, infinite = gmpy2.mpfr, gmpy2.is_infinite
        for i, (value, *args) in enumerate(zip(y.tolist(), *(a.tolist() for a in x), strict=True)):
            want = function(*map(number, args))
            if infinite(want) or abs(want) >= infinite_from:
                out[i] = 0.0 if value == (np.inf if want > 0 else -np.inf) else np.inf
            elif not np.isfinite(value):
                out[i] = np.inf
            else:
                # MPFR's exponent is that of a fraction in [1/2, 1), as frexp's
                exponent = max(gmpy2.get_exp(want) - 53, -1074) if want else -1074
                distance = abs(value - want)
                shift = gmpy2.mul_2exp if exponent < 0 else gmpy2.div_2exp
                out[i] = float(shift(distance, abs(exponent)))
    return out
