"""Elementary functions with the same bits on every machine, as NumPy's ufuncs.

NumPy and the C library choose their algorithms by processor, version and the layout of the array, and the last bit
differs. These do not: a number gives the same result wherever it stands, on every processor, with every compiler. They
are ufuncs like NumPy's own (``out``, ``where``, ``dtype``, broadcasting), compute in float64 (float32 is rounded at the
end), raise no floating-point warnings, and may be called in functions that numba compiles.
"""

from __future__ import annotations

import numpy as np

from ._core import ufuncs

arccos: np.ufunc = ufuncs["arccos"]
arccosh: np.ufunc = ufuncs["arccosh"]
arcsin: np.ufunc = ufuncs["arcsin"]
arcsinh: np.ufunc = ufuncs["arcsinh"]
arctan: np.ufunc = ufuncs["arctan"]
arctan2: np.ufunc = ufuncs["arctan2"]
arctanh: np.ufunc = ufuncs["arctanh"]
cbrt: np.ufunc = ufuncs["cbrt"]
cos: np.ufunc = ufuncs["cos"]
cosh: np.ufunc = ufuncs["cosh"]
erf: np.ufunc = ufuncs["erf"]
erfc: np.ufunc = ufuncs["erfc"]
exp: np.ufunc = ufuncs["exp"]
exp2: np.ufunc = ufuncs["exp2"]
expm1: np.ufunc = ufuncs["expm1"]
hypot: np.ufunc = ufuncs["hypot"]
lgamma: np.ufunc = ufuncs["lgamma"]
log: np.ufunc = ufuncs["log"]
log10: np.ufunc = ufuncs["log10"]
log1p: np.ufunc = ufuncs["log1p"]
log2: np.ufunc = ufuncs["log2"]
logistic: np.ufunc = ufuncs["logistic"]
power: np.ufunc = ufuncs["power"]
sin: np.ufunc = ufuncs["sin"]
sinc: np.ufunc = ufuncs["sinc"]
sinh: np.ufunc = ufuncs["sinh"]
sqrt: np.ufunc = ufuncs["sqrt"]
tan: np.ufunc = ufuncs["tan"]
tanh: np.ufunc = ufuncs["tanh"]
voigt: np.ufunc = ufuncs["voigt"]

__all__ = [name for name, value in [*globals().items()] if isinstance(value, np.ufunc)]
