"""MINPACK's Levenberg-Marquardt for Python: SciPy's `leastsq`, bit for bit, with no dependency except NumPy."""

import importlib
from typing import TYPE_CHECKING, Any

from ._api.leastsq import leastsq as leastsq
from ._results.warnings import NotFiniteWarning as NotFiniteWarning

if TYPE_CHECKING:
    from . import functions as functions
    from . import models as models
    from ._api.check_gradient import check_gradient as check_gradient
    from ._api.compare import compare as compare
    from ._api.curve_fit import curve_fit as curve_fit
    from ._api.curve_fit_batch import curve_fit_batch as curve_fit_batch
    from ._api.fit import fit as fit
    from ._api.fit_global import fit_global as fit_global
    from ._api.fit_residuals import fit_residuals as fit_residuals
    from ._api.least_squares import least_squares as least_squares
    from ._api.leastsq_batch import leastsq_batch as leastsq_batch
    from ._api.model import model as model
    from ._api.restore import restore as restore
    from ._input.compiled import get_include as get_include
    from ._results.batch import BatchResult as BatchResult
    from ._results.bootstrap import Bootstrap as Bootstrap
    from ._results.codes import AWAY_FROM_MINIMUM as AWAY_FROM_MINIMUM
    from ._results.codes import BAD_BOUNDS as BAD_BOUNDS
    from ._results.codes import JACOBIAN_NOT_FINITE as JACOBIAN_NOT_FINITE
    from ._results.codes import NOT_FINITE_AT_START as NOT_FINITE_AT_START
    from ._results.codes import NOT_RUN_YET as NOT_RUN_YET
    from ._results.codes import START_OUT_OF_BOUNDS as START_OUT_OF_BOUNDS
    from ._results.codes import STOPPED_BY_FUNCTION as STOPPED_BY_FUNCTION
    from ._results.codes import TOO_FEW_POINTS as TOO_FEW_POINTS
    from ._results.compare import Comparison as Comparison
    from ._results.fit import Fit as Fit
    from ._results.gradient import GradientCheck as GradientCheck
    from ._results.optimize import OptimizeResult as OptimizeResult
    from ._results.profile import Contour as Contour
    from ._results.profile import Profile as Profile
    from ._results.propagation import Derived as Derived
    from ._results.several import GlobalFit as GlobalFit
    from ._results.several import ResidualFit as ResidualFit
    from ._results.warnings import OptimizeWarning as OptimizeWarning
    from ._results.words import Finding as Finding
    from ._results.words import Findings as Findings

__version__ = "0.1.0"

# Imported when they are first asked for, so that `import minpack` takes milliseconds.
_HOMES = {
    "batch": "BatchResult", "bootstrap": "Bootstrap", "compare": "Comparison", "fit": "Fit",
    "gradient": "GradientCheck", "profile": "Contour Profile", "propagation": "Derived",
    "several": "GlobalFit ResidualFit", "words": "Finding Findings",
    "codes": "AWAY_FROM_MINIMUM BAD_BOUNDS JACOBIAN_NOT_FINITE NOT_FINITE_AT_START NOT_RUN_YET START_OUT_OF_BOUNDS "
    "STOPPED_BY_FUNCTION TOO_FEW_POINTS",
}  # fmt: skip
_FUNCTIONS = (
    "check_gradient compare curve_fit curve_fit_batch fit fit_global fit_residuals least_squares leastsq_batch model "
    "restore"
)
_LATER = {name: f"_results.{home}" for home, names in _HOMES.items() for name in names.split()}
_LATER |= {name: f"_api.{name}" for name in _FUNCTIONS.split()} | {"get_include": "_input.compiled"}
# Decided at each use: SciPy's class if SciPy has been imported by then.
_SHARED = {"OptimizeResult": "_results.optimize", "OptimizeWarning": "_results.warnings"}
__all__ = sorted(["leastsq", "NotFiniteWarning", *_LATER, *_SHARED])


def __getattr__(name: str) -> Any:
    if name in ("functions", "models"):
        return importlib.import_module(f".{name}", __name__)
    if name in _SHARED:
        return importlib.import_module(f".{_SHARED[name]}", __name__).shared.hand_out()
    if name in _LATER:
        value = globals()[name] = getattr(importlib.import_module(f".{_LATER[name]}", __name__), name)
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    # of the public modules those that have been imported
    return sorted({*__all__, "__version__", *({"functions", "numba", "scipy", "xarray"} & globals().keys())})
