"""What other packages call the attributes of a result, for those who look for them here."""

from __future__ import annotations

from typing import TYPE_CHECKING

_VALUES, _COVARIANCE = ("values", "x"), ("covariance", "cov")
# from the names in SciPy, lmfit, statsmodels and iminuit
_HERE: dict[str, tuple[str, ...]] = {
    "x": _VALUES, "values": _VALUES, "popt": _VALUES, "params": _VALUES, "parameters": _VALUES, "best_values": _VALUES,
    "cov": _COVARIANCE, "covariance": _COVARIANCE, "pcov": _COVARIANCE, "cov_x": _COVARIANCE, "covar": _COVARIANCE,
    "stderr": ("errors",), "perr": ("errors",), "bse": ("errors",), "uncertainties": ("errors",),
    "best_fit": ("fitted",), "residual": ("residuals",), "fun": ("residuals",),
    "chisqr": ("chi_square",), "chisq": ("chi_square",), "chi2": ("chi_square",), "redchi": ("reduced_chi_square",),
    "nfree": ("degrees_of_freedom",), "dof": ("degrees_of_freedom",), "rsquared": ("r_squared",), "r2": ("r_squared",),
    "ier": ("status",), "info": ("status",), "converged": ("success",), "eval": ("predict",),
    "fit_report": ("report",), "summary": ("report",), "findings": ("diagnose",), "doubts": ("diagnose",),
    "conf_interval": ("confidence_intervals",), "minos": ("profile",),
}  # fmt: skip


class Synonyms:
    """A result that, asked for an attribute by another package's name, says its own."""

    __slots__ = ()

    if not TYPE_CHECKING:  # type checkers would take any name then

        def __getattr__(self, name):  # noqa: ANN001, ANN204
            """Raise the error for an attribute that does not exist."""
            kind = type(self).__name__
            for here in _HERE.get(name, ()):
                if here in dir(self):
                    raise AttributeError(f"{kind} has no attribute {name!r}: it is called {here!r} here")
            raise AttributeError(f"{kind} has no attribute {name!r}", name=name, obj=self)
