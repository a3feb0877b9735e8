"""MINPACK's Levenberg-Marquardt for Python: SciPy's `leastsq`, bit for bit, with NumPy alone."""

import importlib
from typing import TYPE_CHECKING, Any

from ._api.curve_fit import curve_fit
from ._api.leastsq import leastsq
from ._results.warnings import OptimizeWarning

if TYPE_CHECKING:
    from ._api.batch import curve_fit_batch, leastsq_batch
    from ._api.check_gradient import GradientCheck, check_gradient
    from ._api.fit import fit
    from ._api.least_squares import OptimizeResult, least_squares
    from ._engine.tasks import NOT_FINITE_AT_START, NOT_RUN_YET, STOPPED_BY_FUNCTION, TOO_FEW_POINTS, BatchResult
    from ._input.compiled import get_include
    from ._results.findings import Findings
    from ._results.fit import Fit
    from ._results.propagation import Derived

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
    "_api.batch": ("curve_fit_batch", "leastsq_batch"),
    "_api.check_gradient": ("GradientCheck", "check_gradient"),
    "_api.fit": ("fit",),
    "_api.least_squares": ("OptimizeResult", "least_squares"),
    "_engine.tasks": ("NOT_FINITE_AT_START", "NOT_RUN_YET", "STOPPED_BY_FUNCTION", "TOO_FEW_POINTS", "BatchResult"),
    "_input.compiled": ("get_include",),
    "_results.findings": ("Findings",),
    "_results.fit": ("Fit",),
    "_results.propagation": ("Derived",),
}


def __getattr__(name: str) -> Any:
    for module, names in _LATER.items():
        if name in names:
            value = globals()[name] = getattr(importlib.import_module(f".{module}", __name__), name)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
