"""MINPACK's Levenberg-Marquardt for Python: SciPy's `leastsq`, bit for bit, with no dependency except NumPy."""

import importlib
from typing import TYPE_CHECKING, Any

from ._api.leastsq import leastsq
from ._results.warnings import NotFiniteWarning

if TYPE_CHECKING:
    from ._api.check_gradient import check_gradient
    from ._api.compare import compare
    from ._api.curve_fit import curve_fit
    from ._api.curve_fit_batch import curve_fit_batch
    from ._api.fit import fit
    from ._api.fit_global import fit_global
    from ._api.fit_residuals import fit_residuals
    from ._api.least_squares import least_squares
    from ._api.leastsq_batch import leastsq_batch
    from ._api.model import model
    from ._api.restore import restore
    from ._input.compiled import get_include
    from ._results.batch import BatchResult
    from ._results.bootstrap import Bootstrap
    from ._results.codes import (
        AWAY_FROM_MINIMUM,
        BAD_BOUNDS,
        JACOBIAN_NOT_FINITE,
        NOT_FINITE_AT_START,
        NOT_RUN_YET,
        START_OUT_OF_BOUNDS,
        STOPPED_BY_FUNCTION,
        TOO_FEW_POINTS,
    )
    from ._results.compare import Comparison
    from ._results.contour import Contour
    from ._results.finding import Finding, Findings
    from ._results.fit import Fit
    from ._results.gradient import GradientCheck
    from ._results.optimize import OptimizeResult
    from ._results.profile import Profile
    from ._results.propagation import Derived
    from ._results.several import GlobalFit, ResidualFit
    from ._results.warnings import OptimizeWarning

__version__ = "0.1.0"

__all__ = [
    "AWAY_FROM_MINIMUM",
    "BAD_BOUNDS",
    "JACOBIAN_NOT_FINITE",
    "NOT_FINITE_AT_START",
    "NOT_RUN_YET",
    "START_OUT_OF_BOUNDS",
    "STOPPED_BY_FUNCTION",
    "TOO_FEW_POINTS",
    "BatchResult",
    "Bootstrap",
    "Comparison",
    "Contour",
    "Derived",
    "Finding",
    "Findings",
    "Fit",
    "GlobalFit",
    "GradientCheck",
    "NotFiniteWarning",
    "OptimizeResult",
    "OptimizeWarning",
    "Profile",
    "ResidualFit",
    "check_gradient",
    "compare",
    "curve_fit",
    "curve_fit_batch",
    "fit",
    "fit_global",
    "fit_residuals",
    "get_include",
    "least_squares",
    "leastsq",
    "leastsq_batch",
    "model",
    "restore",
]

# Imported when they are first asked for, so that `import minpack` takes milliseconds.
_LATER = {
    "_api.check_gradient": ("check_gradient",),
    "_api.compare": ("compare",),
    "_api.curve_fit": ("curve_fit",),
    "_api.curve_fit_batch": ("curve_fit_batch",),
    "_api.fit": ("fit",),
    "_api.fit_global": ("fit_global",),
    "_api.fit_residuals": ("fit_residuals",),
    "_api.least_squares": ("least_squares",),
    "_api.leastsq_batch": ("leastsq_batch",),
    "_api.model": ("model",),
    "_api.restore": ("restore",),
    "_input.compiled": ("get_include",),
    "_results.batch": ("BatchResult",),
    "_results.bootstrap": ("Bootstrap",),
    "_results.codes": (
        "AWAY_FROM_MINIMUM", "BAD_BOUNDS", "JACOBIAN_NOT_FINITE", "NOT_FINITE_AT_START", "NOT_RUN_YET",
        "START_OUT_OF_BOUNDS", "STOPPED_BY_FUNCTION", "TOO_FEW_POINTS",
    ),
    "_results.compare": ("Comparison",),
    "_results.contour": ("Contour",),
    "_results.finding": ("Finding", "Findings"),
    "_results.fit": ("Fit",),
    "_results.gradient": ("GradientCheck",),
    "_results.profile": ("Profile",),
    "_results.propagation": ("Derived",),
    "_results.several": ("GlobalFit", "ResidualFit"),
}

# Decided at each use: SciPy's class if SciPy has been imported by then.
_SHARED = {"OptimizeResult": "_results.optimize", "OptimizeWarning": "_results.warnings"}


def __getattr__(name: str) -> Any:
    if name == "models":
        return importlib.import_module(".models", __name__)
    if name in _SHARED:
        return importlib.import_module(f".{_SHARED[name]}", __name__).shared.hand_out()
    for module, names in _LATER.items():
        if name in names:
            value = globals()[name] = getattr(importlib.import_module(f".{module}", __name__), name)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    # of the public modules those that have been imported
    return sorted({*__all__, "__version__", *({"functions", "numba", "scipy", "xarray"} & globals().keys())})
