"""MINPACK's Levenberg-Marquardt for Python: SciPy's `leastsq`, bit for bit, with NumPy alone."""

from ._batch import curve_fit_batch, leastsq_batch
from ._check_gradient import GradientCheck, check_gradient
from ._compiled import get_include
from ._curve_fit import curve_fit
from ._diagnose import Findings
from ._fit import fit
from ._fit_result import Fit
from ._least_squares import OptimizeResult, least_squares
from ._leastsq import leastsq
from ._lockstep import NOT_FINITE_AT_START, NOT_RUN_YET, STOPPED_BY_FUNCTION, TOO_FEW_POINTS, BatchResult
from ._propagation import Derived
from ._warnings import OptimizeWarning

__version__ = "0.1.0"

__all__ = [
    "NOT_FINITE_AT_START",
    "NOT_RUN_YET",
    "STOPPED_BY_FUNCTION",
    "TOO_FEW_POINTS",
    "BatchResult",
    "Derived",
    "Findings",
    "Fit",
    "GradientCheck",
    "OptimizeResult",
    "OptimizeWarning",
    "check_gradient",
    "curve_fit",
    "curve_fit_batch",
    "fit",
    "get_include",
    "least_squares",
    "leastsq",
    "leastsq_batch",
]
