"""What to do about findings, in terms of the options of the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._results.words import sentence

if TYPE_CHECKING:
    from .._results.fit import Fit

_HOLD_ONE = "; hold one of them by --fix"
_AS_GOOD_AS_CAN_BE = ": the fit is as good as rounding lets it be"
_MISSES = "; the model misses something{too_small}: see --plot"

# Those of kinds that cannot arise here are missing: derivatives are exact, there are no callbacks.
ADVICE = {
    "not_finite": "; start elsewhere by --p0",
    "improper_input": ": check --ftol, --xtol and --maxfev",
    "too_many_calls": ": start from where it ended (--p0), raise --maxfev, or look at --plot for a better start",
    "ftol_too_small": _AS_GOOD_AS_CAN_BE + "; raise --ftol",
    "xtol_too_small": _AS_GOOD_AS_CAN_BE + "; raise --xtol",
    "gtol_too_small": _AS_GOOD_AS_CAN_BE,
    "not_converged": ": try another start by --p0",
    "far_from_minimum": ": shift or scale the columns so that the parameters are of order 1, or start from where it "
    "ended (--p0)",
    "jac_not_finite": ": check the expression where it is at the edge of its domain",
    "jac_differs": ": check the expression for jumps and kinks",
    "rounding": ": subtract a typical value from the column of x",
    "no_step_with_jac": "; start elsewhere by --p0",
    "jacobian_not_finite": "; start elsewhere by --p0",
    "no_influence": ": start elsewhere by --p0, or hold {names} by --fix",
    "no_freedom": ": take more points, hold a parameter by --fix, or give --sigma with --absolute-sigma",
    "rank_deficient": _HOLD_ONE + ", or rewrite the expression",
    "ill_conditioned": _HOLD_ONE,
    "undetermined": ": hold one of them by --fix, or take data that tell them apart",
    "one_sided": ": hold it by --fix, or take data where it shows",
    "x_far_from_zero": ": subtract a typical value from the column of x",
    "overflow": ": take other units",
    "sigma_assumed": ": give --sigma, or leave --absolute-sigma out",
    "scatter_large": ": sigma is too small, or the expression is not right; see --plot",
    "scatter_small": ": sigma is too large, and so are the errors; leave --absolute-sigma out",
    "one_sign": _MISSES,
    "pattern": _MISSES,
    "worse_than_mean": ": start elsewhere by --p0, or take another expression; see --plot",
    "scatter_grows": ": give --sigma with a column of them, or the small values hardly count",
    "outliers": ": check the data there, or give such points a larger sigma",
    "outliers_with_loss": ": the loss lets them count less; check the data there",
    "at_bound": ": widen its bound if it was a guess",
    "beyond_limits": ": give it --bounds, or take another model",
    "f_scale_small": ": raise --f-scale to the noise of the data",
    "no_minimum_of_loss": ": raise --f-scale, or take --loss soft_l1",
}


def advise(fit: Fit) -> list[str]:
    return [sentence(*finding, advice=ADVICE) for finding in fit.diagnose().records]
