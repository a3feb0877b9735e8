"""Elementary functions with the same bits on every machine, as NumPy's ufuncs.

NumPy and the C library choose their algorithms by processor, version and the layout of the array, and the last bit
differs. These do not: a number gives the same result wherever it stands, on every processor, with every compiler. They
are ufuncs like NumPy's own (``out``, ``where``, ``dtype``, broadcasting), compute in float64 (float32 is rounded at the
end), raise no floating-point warnings, and may be called in functions that numba compiles.
"""

from __future__ import annotations

import sys

import numpy as np

from ._core import ufuncs

__all__ = ["cos", "exp", "expm1", "log", "log1p", "power", "sin", "sqrt", "tan", "tanh"]

cos: np.ufunc = ufuncs["cos"]
exp: np.ufunc = ufuncs["exp"]
expm1: np.ufunc = ufuncs["expm1"]
log: np.ufunc = ufuncs["log"]
log1p: np.ufunc = ufuncs["log1p"]
power: np.ufunc = ufuncs["power"]
sin: np.ufunc = ufuncs["sin"]
sqrt: np.ufunc = ufuncs["sqrt"]
tan: np.ufunc = ufuncs["tan"]
tanh: np.ufunc = ufuncs["tanh"]

if "numba" in sys.modules:  # else minpack.numba does it, so that numba is not loaded for its own sake
    from . import _functions_numba as _functions_numba
