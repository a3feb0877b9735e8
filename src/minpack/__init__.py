"""MINPACK's Levenberg-Marquardt for Python: SciPy's `leastsq`, bit for bit, with NumPy alone."""

from ._check_gradient import GradientCheck, check_gradient
from ._curve_fit import curve_fit
from ._diagnose import Findings
from ._fit import fit
from ._fit_result import Fit
from ._least_squares import OptimizeResult, least_squares
from ._leastsq import leastsq
from ._propagation import Derived
from ._warnings import OptimizeWarning

__version__ = "0.1.0"

__all__ = [
    "Derived",
    "Findings",
    "Fit",
    "GradientCheck",
    "OptimizeResult",
    "OptimizeWarning",
    "check_gradient",
    "curve_fit",
    "fit",
    "least_squares",
    "leastsq",
]
