"""What `curve_fit` says of a fit that met its tolerances away from a minimum, or with derivatives that are rounding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .._counted import counted
from .covariance import is_defined
from .warnings import warn_optimize

# A step of more than this, in standard errors, is one that the fit should have taken: good fits leave less than 1e-3.
FAR = 0.1
# Changes of the model below this part of its variation are none: exact data have no standard errors to compare with.
# Forward differences have eight digits, and fits by them end with one or two fewer. The core has the same number.
NO_CHANGE = 1e-6


def is_doubtful(fit: Any) -> bool:
    """Whether an Outcome with a covariance ended at no minimum, or with derivatives that are rounding."""
    return (fit.distance > FAR or fit.lost >= 0) and is_defined(fit.cov)


def warn_of_ending(fit: Any, names: Sequence[str]) -> None:
    if fit.lost >= len(names):
        warn_optimize(
            f"popt and pcov are doubtful: other parameters nearly replace {names[fit.lost - len(names)]!r}, and what "
            "they leave of its difference quotients is rounding: subtract a typical value from x, pass jac, or use "
            "minpack.fit"
        )
        return
    if fit.lost >= 0:
        warn_optimize(
            f"popt and pcov are doubtful: the derivative by {names[fit.lost]!r} is lost in rounding, because the "
            "difference step is a fraction of the parameter's value, which is too small: pass jac, or use minpack.fit"
        )
        return
    left = counted(fit.distance, "standard error", ".2g")
    warn_optimize(
        f"popt is not at a minimum: about {left} {'is' if left[:2] == '1 ' else 'are'} left, although the tolerances, "
        "relative to the parameters' values, are met: shift or scale x so that the parameters are of order 1, or use "
        "minpack.fit"
    )
