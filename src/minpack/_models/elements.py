"""The functions of formulas: one table with names, implementations and the derivatives as formulas.

All that rounds comes from `minpack.functions`: a formula has the same bits with NumPy and numba, on every machine.

In a derivative, u and v are the arguments and w is the value of the function.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .._core import ufuncs

power, square = ufuncs["power"], np.square


def raised(base: Any, exponent: Any) -> Any:
    """A number to the power of another, as the code of a formula computes it."""
    return square(base) if exponent == 2.0 else power(base, exponent)


class Element(NamedTuple):
    """A function of one to three arguments."""

    function: Callable[..., Any]  # over arrays; numba has to know it, too
    derivatives: tuple[str, ...]  # by each argument, or functions of this table of the same; empty for quotients
    arguments: int = 1


_BELOW = "where({0} < {1}, 1, where({0} > {1}, 0, 0.5))"

ELEMENTS = {
    "exp": Element(ufuncs["exp"], ("w",)),
    "expm1": Element(ufuncs["expm1"], ("w + 1",)),
    "log": Element(ufuncs["log"], ("1/u",)),
    "log10": Element(ufuncs["log10"], (f"{1 / math.log(10)!r}/u",)),
    "log2": Element(ufuncs["log2"], (f"{1 / math.log(2)!r}/u",)),
    "log1p": Element(ufuncs["log1p"], ("1/(1 + u)",)),
    "sqrt": Element(ufuncs["sqrt"], ("0.5/w",)),
    "sin": Element(ufuncs["sin"], ("cos(u)",)),
    "cos": Element(ufuncs["cos"], ("-sin(u)",)),
    "tan": Element(ufuncs["tan"], ("1 + w*w",)),
    "sinh": Element(ufuncs["sinh"], ("cosh(u)",)),
    "cosh": Element(ufuncs["cosh"], ("sinh(u)",)),
    "tanh": Element(ufuncs["tanh"], ("1 - w*w",)),
    "asin": Element(ufuncs["arcsin"], ("1/sqrt(1 - u*u)",)),
    "acos": Element(ufuncs["arccos"], ("-1/sqrt(1 - u*u)",)),
    "atan": Element(ufuncs["arctan"], ("1/(1 + u*u)",)),
    "asinh": Element(ufuncs["arcsinh"], ("1/sqrt(1 + u*u)",)),
    "acosh": Element(ufuncs["arccosh"], ("1/sqrt(u*u - 1)",)),
    "atanh": Element(ufuncs["arctanh"], ("1/(1 - u*u)",)),
    "atan2": Element(ufuncs["arctan2"], ("v/(u*u + v*v)", "-u/(u*u + v*v)"), 2),
    "hypot": Element(ufuncs["hypot"], ("u/w", "v/w"), 2),
    "erf": Element(ufuncs["erf"], (f"{2 / math.sqrt(math.pi)!r}*exp(-u*u)",)),
    "erfc": Element(ufuncs["erfc"], (f"-{2 / math.sqrt(math.pi)!r}*exp(-u*u)",)),
    "logistic": Element(ufuncs["logistic"], ("w*(1 - w)",)),
    "voigt": Element(ufuncs["voigt"], ("voigt_by_x", "voigt_by_sigma", "voigt_by_gamma"), 3),
    # at a kink the mean of both sides
    "abs": Element(np.abs, ("sign(u)",)),
    "sign": Element(np.sign, ("0",)),
    "minimum": Element(np.minimum, (_BELOW.format("u", "v"), _BELOW.format("v", "u")), 2),
    "maximum": Element(np.maximum, (_BELOW.format("v", "u"), _BELOW.format("u", "v")), 2),
}

# Not for formulas that people write.
_INNER = ("voigt_by_x", "voigt_by_sigma", "voigt_by_gamma")
ELEMENTS |= {name: Element(ufuncs[name], (), 3) for name in _INNER}

_OTHER_NAMES = {
    "ln": "log", "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arcsinh": "asinh", "arccosh": "acosh",
    "arctanh": "atanh", "arctan2": "atan2", "min": "minimum", "max": "maximum",
}  # fmt: skip

# Each name in formulas, by the name in ELEMENTS. `where(a < b, u, v)` is part of the grammar.
FUNCTIONS = {**{name: name for name in ELEMENTS if name not in _INNER}, **_OTHER_NAMES}
CONSTANTS = {"pi": math.pi, "π": math.pi}
