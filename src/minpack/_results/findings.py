"""What may be wrong with a fit, in words."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

import numpy as np

from .statistics import chi_square_tail, lag_one_test, runs_test, t_tail

if TYPE_CHECKING:
    from .fit import Fit

# Probabilities below which chance is ruled out: several things are looked at, so each must be rare.
_SURPRISING = 0.002
_PATTERNED = 0.01  # for each of two tests that mostly agree, and that fitting makes more lenient
_OUTLYING = 0.01  # for the largest residual among all, not for each
_ENOUGH_POINTS = 10  # fewer residuals say nothing about their order

# Condition of the Jacobian, each column of norm 1, from which on its derivatives' errors reach the second digit of
# the errors: forward differences have 8 digits, a user's formulas 16.
_ILL_CONDITIONED = {False: 1e6, True: 1e12}
_INFLATED = 10.0  # error of a parameter over its error if the others were known


class Findings(tuple[str, ...]):
    """Doubts about a fit: a tuple of sentences, printed one a line; empty, it prints "no doubts".

    Attributes
    ----------
    count, index : methods
        As those of any tuple: there are no others. True where there are doubts.
    """

    __slots__ = ()

    def __str__(self) -> str:
        return "\n".join(self) if self else "no doubts"

    __repr__ = __str__


def diagnose(fit: Fit) -> Findings:
    """All findings about a fit, the gravest first."""
    if not np.isfinite(fit.residuals).all():
        return Findings(_not_finite(fit))
    found = _not_converged(fit) + _stood_still(fit) + _covariance(fit)
    if fit.success and not found and not np.isfinite(fit.errors).all():
        found = ["squares of these numbers are beyond what a double holds, so there is no covariance: take other units"]
    # residuals of a fit that ended early tell of its values, not of the model or the data
    if fit.success and 0.0 < fit.chi_square < np.inf and fit.degrees_of_freedom > 0:
        found += _scatter(fit) + _pattern(fit) + _outliers(fit)
    return Findings(found)


def _not_finite(fit: Fit) -> list[str]:
    bad = np.flatnonzero(~np.isfinite(fit.residuals))
    at = ", ".join(f"{name} = {value:.6g}" for name, value in zip(fit.names, fit.start, strict=True))
    return [
        f"no fit was made: at the start ({at}) the model is not finite at {len(bad)} of {len(fit.residuals)} points, "
        f"the first of them point {bad[0]}; start elsewhere"
    ]


def _not_converged(fit: Fit) -> list[str]:
    if fit.success:
        return []
    advice = {
        5: "start from where it ended (p0=fit.values), raise maxfev, or look at fit.plot() for a better start",
        6: "the fit is as good as rounding lets it be; raise ftol",
        7: "the fit is as good as rounding lets it be; raise xtol",
        8: "the fit is as good as rounding lets it be; raise gtol",
        0: "check ftol, xtol, gtol (not negative), factor and diag (positive)",
        -2: "the values are those of the last step that was taken",
    }
    return [f"the fit did not converge ({fit.message.rstrip('.')}): {advice.get(fit.status, 'try another start')}"]


def _stood_still(fit: Fit) -> list[str]:
    if fit.status < 1 or not np.array_equal(fit.values, fit.start) or fit.chi_square == 0.0:
        return []
    return [
        "no step was made, the values are those of the start: either the start is already the best fit, or small "
        "changes of the parameters do not change the model there (does it round, or use a table?); start elsewhere, "
        "or give epsfcn, the relative error of the model"
    ]


def _covariance(fit: Fit) -> list[str]:
    names = fit.fitted
    largest = np.abs(fit.r_factor).max(axis=0)
    norms = largest * np.linalg.norm(fit.r_factor / np.where(largest > 0.0, largest, 1.0), axis=0)  # no overflow
    if not np.isfinite(norms).all():
        return ["the derivatives of the model are not finite where the fit ended: check jac, or start elsewhere"]
    if not norms.all():
        idle = [name for name, norm in zip(names, norms, strict=True) if norm == 0.0]
        what = f"{_joined(idle)} {'does' if len(idle) == 1 else 'do'} not change the model where the fit ended"
        return [f"{what}, so there is no covariance: start elsewhere, or hold {_joined(idle)} by fixed"]

    found = []
    if fit.degrees_of_freedom == 0 and not fit.absolute_sigma:
        found.append(
            f"{_counted(len(names), 'parameter')} for {_counted(len(fit.residuals), 'point')} leave nothing to tell "
            "the errors from: "
            "take more points, hold a parameter by fixed, or give sigma with absolute_sigma=True"
        )
    # columns of norm 1, so that units play no part
    _, sizes, directions = np.linalg.svd(fit.r_factor / norms)
    condition = sizes[0] / sizes[-1] if sizes[-1] > 0.0 else np.inf
    rank = int((sizes > sizes[0] * len(fit.residuals) * np.finfo(float).eps).sum())
    together = [name for name, part in zip(names, directions[-1], strict=True) if abs(part) > 0.1]
    if rank < len(names):
        return [
            *found,
            f"the data determine {_counted(rank, 'combination')} of the {len(names)} parameters only: "
            f"{_joined(together)} can change together without changing the model; hold one of them by fixed, or "
            "rewrite the model",
        ]
    if condition > _ILL_CONDITIONED[fit.jac is not None]:
        jac = "" if fit.jac is not None else ", or give jac, as differences have too few digits for this"
        found.append(
            f"the errors are doubtful: {_joined(together)} nearly replace each other (condition {condition:.1e}); "
            f"hold one of them by fixed{jac}"
        )
    return found + _undetermined(fit, norms, condition)


def _undetermined(fit: Fit, norms: np.ndarray, condition: float) -> list[str]:
    """Parameters whose error exceeds their value because others can stand in for them."""
    scale = 1.0 if fit.absolute_sigma else fit.residual_sd
    rows = [fit.names.index(name) for name in fit.fitted]
    values, errors = np.abs(fit.values[rows]), fit.errors[rows]
    correlation = np.abs(fit.correlation[np.ix_(rows, rows)]) - 2.0 * np.eye(len(rows))
    found = []
    for j, name in enumerate(fit.fitted):
        alone = scale / norms[j]  # its error were all others known
        if np.isfinite(errors[j]) and errors[j] > max(values[j], _INFLATED * alone):
            partner = fit.fitted[int(correlation[j].argmax())]
            found.append(
                f"{name} is hardly determined: its error, {errors[j]:.2g}, exceeds its value, {values[j]:.2g}, and "
                f"would be {alone:.2g} were the other parameters known; it moves with {partner} (correlation "
                f"{fit.correlation[rows[j], fit.names.index(partner)]:.6f}): hold one of them by fixed, or take data "
                "that tell them apart"
            )
    return found


def _scatter(fit: Fit) -> list[str]:
    if not fit.absolute_sigma:
        return []
    reduced, dof = fit.reduced_chi_square, fit.degrees_of_freedom
    above = chi_square_tail(fit.chi_square, dof)
    if above < _SURPRISING / 2:
        what = "larger than sigma says: sigma is too small, or the model is not right; see fit.plot()"
    elif 1.0 - above < _SURPRISING / 2:
        what = "smaller than sigma says: sigma is too large, and so are the errors; leave absolute_sigma out"
    else:
        return []
    return [f"reduced chi-square is {reduced:.3g} with {dof} degrees of freedom, so that residuals are {what}"]


def _pattern(fit: Fit) -> list[str]:
    residuals = fit.weighted_residuals
    if residuals.size < _ENOUGH_POINTS:
        return []
    x = np.asarray(fit.xdata)
    if x.shape == residuals.shape:
        residuals, order = residuals[np.argsort(x, kind="stable")], "in order of x"
    else:
        order = "in order of the data"
    runs, expected, chance_of_runs = runs_test(residuals)
    correlation, chance_of_lag = lag_one_test(residuals)
    if min(chance_of_runs, chance_of_lag) > _PATTERNED:
        return []
    if runs == 1:
        signs = f"all have one sign, and {order} neighbours"
    else:
        signs = (
            f"{order} they make {runs} runs of one sign, where chance would make {expected:.0f} "
            f"(p = {chance_of_runs:.1g}), and neighbours"
        )
    return [
        f"the residuals do not look like noise: {signs} correlate by {correlation:.2f} (p = "
        f"{chance_of_lag:.1g}); the model misses something, and the errors are too small: see fit.plot()"
    ]


def _outliers(fit: Fit) -> list[str]:
    """Residuals that normal errors would not show in one data set of a hundred of this size."""
    m, dof = fit.residuals.size, fit.degrees_of_freedom
    if dof < 3:
        return []
    squares = fit.weighted_residuals**2 / fit.reduced_chi_square
    # each against the scatter of the others; squares are at most dof, and less but for rounding
    studentized = np.sqrt(squares * (dof - 1) / np.maximum(dof - squares, 1e-300))

    def is_off(i: int) -> bool:
        return 2.0 * m * t_tail(float(studentized[i]), dof - 1) < _OUTLYING

    found = list(takewhile(is_off, np.argsort(-studentized)))  # each is further off than the next
    if not found:
        return []
    worst = ", ".join(f"{i} ({fit.weighted_residuals[i] / fit.residual_sd:+.1f} sd)" for i in found[:5])
    more = f" and {len(found) - 5} more" if len(found) > 5 else ""
    which = "point" if len(found) == 1 else "points"
    return [f"{which} {worst}{more} far off the curve: check the data there, or give such points a larger sigma"]


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def _joined(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
