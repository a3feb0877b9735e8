"""What may be wrong with a fit: findings as names and numbers."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile

import numpy as np
from numpy.typing import NDArray

from .codes import NAMES
from .counts import deviance_tail
from .finding import Finding, Findings
from .solution import Solution
from .statistics import chi_square_tail, lag_one_test, runs_test, t_tail

# Probabilities below which chance is ruled out: several things are looked at, so each must be rare.
_SURPRISING = 0.002
_PATTERNED = 0.01  # for each of two tests that mostly agree, and that fitting makes more lenient
_OUTLYING = 0.01  # for the largest residual among all, not for each
_ENOUGH_POINTS = 10  # fewer residuals say nothing about their order

# Condition of the Jacobian, each column of norm 1, above which errors of the derivatives reach the second digit of the
# parameters' errors: forward differences have 8 digits, formulas 16.
_ILL_CONDITIONED = {False: 1e6, True: 1e12}
_INFLATED = 10.0  # a parameter's error over what it would be if the others were known
_TOGETHER = 0.1  # component of a unit vector from which on its parameter takes part


def diagnose(fit: Solution) -> Findings:
    """All findings about a fit, the gravest first."""
    if not np.isfinite(fit.residuals).all():
        return Findings([_not_finite(fit)])
    found = [*_not_converged(fit), *_no_step(fit), *_covariance(fit)]
    if fit.success and not found and not np.isfinite(fit.errors).all():
        found = [Finding("overflow")]
    # residuals of a fit that ended early tell of its values, not of the model or the data
    if fit.success and 0.0 < fit.chi_square < np.inf and fit.degrees_of_freedom > 0:
        found += [*_scatter(fit), *_pattern(fit), *_outliers(fit)]
    return Findings(found)


def _not_finite(fit: Solution) -> Finding:
    bad = np.flatnonzero(~np.isfinite(fit.residuals))
    numbers = {"start": fit.start, "bad": bad.size, "points": fit.residuals.size, "first": int(bad[0])}
    return Finding("not_finite", fit.names, numbers)


def _not_converged(fit: Solution) -> Iterable[Finding]:
    if not fit.success:
        yield Finding(NAMES.get(fit.status, "not_converged"), (), {"message": fit.message.rstrip(".")})


def _no_step(fit: Solution) -> Iterable[Finding]:
    if fit.status >= 1 and np.array_equal(fit.values, fit.start) and fit.chi_square != 0.0:
        yield Finding("no_step" if fit.jac is None else "no_step_with_jac")


def _covariance(fit: Solution) -> Iterable[Finding]:
    names, m = fit.fitted, fit.residuals.size
    largest = np.abs(fit.r_factor).max(axis=0)
    norms = largest * np.linalg.norm(fit.r_factor / np.where(largest > 0.0, largest, 1.0), axis=0)  # no overflow
    if not np.isfinite(norms).all():
        yield Finding("jacobian_not_finite")
        return
    if not norms.all():
        yield Finding("no_influence", tuple(name for name, norm in zip(names, norms, strict=True) if norm == 0.0))
        return
    if fit.degrees_of_freedom == 0 and not fit.absolute_sigma:
        yield Finding("no_freedom", names, {"points": m})
    # columns of norm 1, so that units play no part
    _, sizes, directions = np.linalg.svd(fit.r_factor / norms)
    condition = float(sizes[0] / sizes[-1]) if sizes[-1] > 0.0 else np.inf
    rank = int((sizes > sizes[0] * m * np.finfo(float).eps).sum())
    together = tuple(name for name, part in zip(names, directions[-1], strict=True) if abs(part) > _TOGETHER)
    if rank < len(names):
        yield Finding("rank_deficient", together, {"rank": rank, "n": len(names)})
        return
    if condition > _ILL_CONDITIONED[fit.jac is not None]:
        kind = "ill_conditioned" if fit.jac is not None else "ill_conditioned_differences"
        yield Finding(kind, together, {"condition": condition})
    yield from _undetermined(fit, norms)


def _undetermined(fit: Solution, norms: NDArray[np.float64]) -> Iterable[Finding]:
    """Parameters whose error exceeds their value because others can stand in for them."""
    scale = 1.0 if fit.absolute_sigma else fit.residual_sd
    rows = [fit.names.index(name) for name in fit.fitted]
    values, errors = np.abs(fit.values[rows]), fit.errors[rows]
    correlation = fit.correlation[np.ix_(rows, rows)]
    strength = np.abs(correlation) - 2.0 * np.eye(len(rows))
    for j, name in enumerate(fit.fitted):
        alone = scale / norms[j]  # its error if all others were known
        if np.isfinite(errors[j]) and errors[j] > max(values[j], _INFLATED * alone):
            k = int(strength[j].argmax())
            yield Finding("undetermined", (name, fit.fitted[k]), {
                "error": errors[j], "value": values[j], "alone": alone, "correlation": correlation[j, k],
            })  # fmt: skip


def _scatter(fit: Solution) -> Iterable[Finding]:
    if fit.absolute_sigma:
        above = _tail(fit)
        numbers = {"reduced": fit.reduced_chi_square, "dof": fit.degrees_of_freedom}
        if above < _SURPRISING / 2:
            yield Finding("counts_scatter" if fit.likelihood == "poisson" else "scatter_large", (), numbers)
        elif 1.0 - above < _SURPRISING / 2:
            yield Finding("counts_agree" if fit.likelihood == "poisson" else "scatter_small", (), numbers)


def _tail(fit: Solution) -> float:
    """Probability of a larger sum of squares if model and errors are right."""
    if fit.likelihood == "poisson":
        return deviance_tail(fit.ydata - fit.residuals, fit.chi_square, fit.degrees_of_freedom)
    return chi_square_tail(fit.chi_square, fit.degrees_of_freedom)


def _pattern(fit: Solution) -> Iterable[Finding]:
    residuals, x = fit.weighted_residuals, np.asarray(fit.xdata)
    if residuals.size < _ENOUGH_POINTS:
        return
    by_x = x.shape == residuals.shape
    if by_x:
        residuals = residuals[np.argsort(x, kind="stable")]
    runs, expected, chance_of_runs = runs_test(residuals)
    correlation, chance_of_correlation = lag_one_test(residuals)
    if min(chance_of_runs, chance_of_correlation) <= _PATTERNED:
        yield Finding("one_sign" if runs == 1 else "pattern", (), {
            "by_x": by_x, "runs": runs, "expected": expected, "chance_of_runs": chance_of_runs,
            "correlation": correlation, "chance_of_correlation": chance_of_correlation,
        })  # fmt: skip


def _outliers(fit: Solution) -> Iterable[Finding]:
    """Residuals that normal errors would not show in one data set of a hundred of this size."""
    m, dof = fit.residuals.size, fit.degrees_of_freedom
    if dof < 3:
        return
    squares = fit.weighted_residuals**2 / fit.reduced_chi_square
    # each against the scatter of the others; squares are at most dof, except for rounding
    studentized = np.sqrt(squares * (dof - 1) / np.maximum(dof - squares, 1e-300))

    def is_off(i: int) -> bool:
        return 2.0 * m * t_tail(float(studentized[i]), dof - 1) < _OUTLYING

    found = [int(i) for i in takewhile(is_off, np.argsort(-studentized))]  # the furthest first
    if found:
        sds = [float(fit.weighted_residuals[i] / fit.residual_sd) for i in found]
        yield Finding("outliers", (), {"where": found, "sds": sds})
