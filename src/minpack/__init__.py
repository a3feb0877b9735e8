"""MINPACK's Levenberg-Marquardt for Python: SciPy's `leastsq`, bit for bit, with NumPy alone."""

import importlib
from typing import TYPE_CHECKING, Any

from ._curve_fit import curve_fit
from ._leastsq import leastsq
from ._warnings import OptimizeWarning

if TYPE_CHECKING:
    from ._batch import curve_fit_batch, leastsq_batch
    from ._check_gradient import GradientCheck, check_gradient
    from ._compiled import get_include
    from ._diagnose import Findings
    from ._fit import fit
    from ._fit_result import Fit
    from ._least_squares import OptimizeResult, least_squares
    from ._lockstep import NOT_FINITE_AT_START, NOT_RUN_YET, STOPPED_BY_FUNCTION, TOO_FEW_POINTS, BatchResult
    from ._propagation import Derived

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

# Imported when they are first asked for, so that `import minpack` stays a matter of milliseconds.
_LATER = {
    "_batch": ("curve_fit_batch", "leastsq_batch"),
    "_check_gradient": ("GradientCheck", "check_gradient"),
    "_compiled": ("get_include",),
    "_diagnose": ("Findings",),
    "_fit": ("fit",),
    "_fit_result": ("Fit",),
    "_least_squares": ("OptimizeResult", "least_squares"),
    "_lockstep": ("NOT_FINITE_AT_START", "NOT_RUN_YET", "STOPPED_BY_FUNCTION", "TOO_FEW_POINTS", "BatchResult"),
    "_propagation": ("Derived",),
}


def __getattr__(name: str) -> Any:
    for module, names in _LATER.items():
        if name in names:
            value = globals()[name] = getattr(importlib.import_module(f".{module}", __name__), name)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
