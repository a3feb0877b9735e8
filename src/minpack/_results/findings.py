"""What may be wrong with a fit: findings as names and numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from itertools import takewhile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .codes import NAMES, is_solution
from .counts import count_tail, deviance_tail
from .covariance import is_defined
from .ending import NO_CHANGE
from .propagation import leverage
from .solution import Solution
from .statistics import chi_square_tail, lag_one_test, runs_test, t_tail
from .words import Finding, Findings

# Probabilities below which chance is ruled out: several things are looked at, so each must be rare.
_SURPRISING = 0.002
_PATTERNED = 0.01  # for each of two tests that mostly agree, and that fitting makes more lenient
_OUTLYING = 0.01  # for the largest residual among all, not for each
_OF_MEDIAN = 0.37  # a median says as much of the scatter as this share of the points would, if noise is normal
_HIGH = 2.0  # times the mean leverage: points with more are taken to have so much, as they draw the curve to themselves
_ENOUGH_POINTS = 10  # fewer residuals say nothing about their order
_ENOUGH_FOR_GROWTH, _GROWS = 20, 1.5  # points, and how many times the scatter where the model is large is the other

_EPS = float(np.finfo(float).eps)
_ROUNDING = 100.0 * _EPS  # of the largest datum: residuals of exact data

# Condition of the Jacobian, each column of norm 1, above which errors of the derivatives reach the second digit of the
# parameters' errors: forward differences have 8 digits, formulas 16.
_ILL_CONDITIONED = {False: 1e6, True: 1e12}
_SURELY_GOOD = 5e5  # in any case
# What may come of an x far from zero, and from how many times its range on that is far.
_OF_SCALE = ("no_influence", "rank_deficient", "ill_conditioned", "ill_conditioned_differences", "jacobian_not_finite")
_FAR = 100.0
_INFLATED = 10.0  # a parameter's error over what it would be if the others were known
_TOGETHER = 0.1  # component of a unit vector from which on its parameter takes part


def diagnose(fit: Solution) -> Findings:
    """All findings about a fit, the gravest first."""
    if not is_defined(fit.residuals):
        return Findings([_not_finite(fit), *_far_from_zero(fit)])
    causes = [*_covariance(fit)]
    if fit.success and not causes and not is_defined(fit.covariance):
        causes = [Finding("overflow" if fit.loss_weights is None else "no_minimum_of_loss")]
    found = [*_not_converged(fit), *fit.remarks, *_no_step(fit), *causes, *_at_bounds(fit), *_beyond(fit)]
    found += [*_small_scale(fit)]
    if not fit.success or any(finding.kind in _OF_SCALE for finding in found):
        found += [*_far_from_zero(fit)]
    found += [*_assumed(fit)]
    # residuals of a fit that ended early tell of its values, not of the model or the data
    if fit.success and 0.0 < fit.chi_square < np.inf and fit.degrees_of_freedom > 0:
        found += [*_worse_than_mean(fit), *_scatter(fit)]
        if not _is_rounding(fit):
            pattern = [*_pattern(fit)]
            grows = () if pattern or fit.likelihood == "poisson" else _growth(fit)  # few counts scatter less than many
            found += [*pattern, *grows, *_outliers(fit)]
    return Findings(found)


def _is_rounding(fit: Solution) -> bool:
    """Whether the residuals are those of rounding, which does not look like noise."""
    rounded = any(finding.kind == "rounding" for finding in fit.remarks)
    return rounded or bool(np.abs(fit.residuals).max() <= _ROUNDING * np.abs(fit.ydata).max())


def _not_finite(fit: Solution) -> Finding:
    bad = np.flatnonzero(~np.isfinite(fit.residuals))
    numbers = {"start": fit.start, "bad": bad.size, "points": fit.residuals.size, "first": int(bad[0])}
    return Finding("not_finite", fit.names, numbers)


def _far_from_zero(fit: Solution) -> Iterable[Finding]:
    """An x whose powers and exponentials do not fit into doubles, or hardly differ, as of dates in days."""
    x = fit.xdata
    if isinstance(x, np.ndarray) and x.ndim == 1 and x.dtype.kind == "f" and x.size:
        low, high = float(x.min()), float(x.max())
        if low < high < np.inf and max(-low, high) > _FAR * (high - low):
            yield Finding("x_far_from_zero", (), {"low": low, "high": high})


def _not_converged(fit: Solution) -> Iterable[Finding]:
    if fit.success:
        return
    if is_solution(fit.status):
        if fit.distance < np.inf or np.isfinite(fit.r_factor).all():
            yield Finding("far_from_minimum", (), {"distance": fit.distance})
        return  # otherwise the derivatives are not finite
    yield Finding(NAMES.get(fit.status, "not_converged"), (), {"message": fit.message.rstrip(".")})


def _no_step(fit: Solution) -> Iterable[Finding]:
    at_the_minimum = fit.success and is_defined(fit.deviations)
    if not at_the_minimum and fit.status >= 1 and np.array_equal(fit.values, fit.start) and fit.chi_square != 0.0:
        yield Finding("no_step" if fit.jac is None else "no_step_with_jac")


def _at_bounds(fit: Solution) -> Iterable[Finding]:
    for name, side, low, high in zip(fit.names, fit.active_mask.tolist(), fit.lower, fit.upper, strict=True):
        if side:
            numbers = {"side": "lower" if side < 0 else "upper", "bound": float(low if side < 0 else high)}
            yield Finding("at_bound", (name,), numbers)


def _beyond(fit: Solution) -> Iterable[Finding]:
    """Values that a ready model gives no meaning, further than their errors from those that have one."""
    if not fit.success:
        return
    limits = _limits(fit.f)
    for name, value, error in zip(fit.names, fit.values.tolist(), fit.errors.tolist(), strict=True):
        low, high = limits.get(name, (-math.inf, math.inf)) if name in fit.fitted else (-math.inf, math.inf)
        if not low <= value <= high and max(low - value, value - high) > (error if math.isfinite(error) else 0.0):
            yield Finding("beyond_limits", (name,), {"value": value, "low": low, "high": high})


def _limits(f: Any) -> Mapping[str, tuple[float, float]]:
    """The natural limits of the parameters of a ready model, or of one for several data sets."""
    if not hasattr(f, "places"):
        limits = getattr(f, "natural", None)
        return limits if isinstance(limits, Mapping) else {}
    of_one = _limits(f.f)
    return {f.names[j]: of_one[name] for places in f.places
            for name, j in zip(f.joined["names"], places, strict=True) if name in of_one}  # fmt: skip


def _small_scale(fit: Solution) -> Iterable[Finding]:
    if fit.loss_weights is not None:
        numbers = {"few": fit.discounted, "points": fit.residuals.size, "f_scale": fit.f_scale}
        if 2 * fit.discounted > fit.residuals.size:
            yield Finding("f_scale_small", (), numbers)


def _covariance(fit: Solution) -> Iterable[Finding]:
    names, m = fit.fitted, fit.residuals.size
    if not names:  # all are at their bounds
        return
    norms = _norms(fit.r_factor)
    if not is_defined(norms):
        yield Finding("jacobian_not_finite")
        return
    if not norms.all():
        yield Finding("no_influence", tuple(name for name, norm in zip(names, norms, strict=True) if norm == 0.0))
        return
    if fit.degrees_of_freedom == 0 and not fit._errors_are_given:
        yield Finding("no_freedom", names, {"points": m})
    if not _condition_at_most(fit.r_factor, norms) < _SURELY_GOOD:
        sizes, directions, rank = directions_of(fit.r_factor / norms, m)
        with np.errstate(over="ignore"):
            condition = float(sizes[0] / sizes[-1]) if sizes[-1] > 0.0 else np.inf
        together = tuple(name for name, part in zip(names, directions[-1], strict=True) if abs(part) > _TOGETHER)
        if rank < len(names):
            yield Finding("rank_deficient", together, {"rank": rank, "n": len(names)})
            return
        if condition > _ILL_CONDITIONED[fit.jac is not None]:
            kind = "ill_conditioned" if fit.jac is not None else "ill_conditioned_differences"
            yield Finding(kind, together, {"condition": condition})
    yield from _undetermined(fit, norms)


def _condition_at_most(r_factor: NDArray[np.float64], norms: NDArray[np.float64]) -> float:
    """A bound of the condition of R whose columns have norm 1, in much less time than that takes.

    The determinant is the product of the sines of the angles between each column and those before it. The least
    singular value is at least this over the root of e, and the largest at most the root of their number.
    """
    determinant, rows = 1.0, set()
    for column, norm in zip(r_factor.T.tolist(), norms.tolist(), strict=True):
        row = max([k for k, element in enumerate(column) if element])
        determinant *= abs(column[row]) / norm
        rows.add(row)
    if len(rows) < len(norms) or determinant == 0.0:  # not triangular in any order of its columns
        return math.inf
    return math.sqrt(math.e * len(norms)) / determinant


def directions_of(r_factor: NDArray[np.float64], m: int) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    """Singular values and directions of R whose columns have norm 1, so that units play no part; and its rank."""
    _, sizes, directions = np.linalg.svd(r_factor)
    return sizes, directions, _rank(sizes, m)


def _norms(r_factor: NDArray[np.float64]) -> NDArray[np.float64]:
    """The norms of its columns, without overflow."""
    return np.array([math.hypot(*column) for column in r_factor.T.tolist()])


def _rank(sizes: NDArray[np.float64], m: int) -> int:
    return int(np.count_nonzero(sizes > sizes[0] * m * _EPS))


def is_degenerate(r_factor: NDArray[np.float64], m: int) -> bool:
    """Whether the data determine fewer combinations of the parameters than there are parameters."""
    norms = _norms(r_factor)
    if not (norms.size and np.isfinite(norms).all() and norms.all()):  # bounds may hold all parameters
        return False
    sizes = np.asarray(np.linalg.svd(r_factor / norms, compute_uv=False), dtype=np.float64)
    return _rank(sizes, m) < len(norms)


def _undetermined(fit: Solution, norms: NDArray[np.float64]) -> Iterable[Finding]:
    """Parameters whose error exceeds their value because others can stand in for them."""
    scale = 1.0 if fit.absolute_sigma else fit.residual_sd
    rows = [fit.names.index(name) for name in fit.fitted]
    values, errors = np.abs(fit.values[rows]), fit.errors[rows]
    sizes = zip(values.tolist(), errors.tolist(), norms.tolist(), strict=True)
    doubtful = [math.isfinite(error) and error > max(value, _INFLATED * (scale / norm)) for value, error, norm in sizes]
    if not any(doubtful):
        return
    one_sided = [name for finding in fit.remarks if finding.kind == "one_sided" for name in finding.parameters]
    for j, name in enumerate(fit.fitted):
        if doubtful[j] and name not in one_sided:
            alone = scale / norms[j]  # its error if all others were known
            correlation = fit.correlation[np.ix_(rows, rows)]
            k = int((np.abs(correlation) - 2.0 * np.eye(len(rows)))[j].argmax())
            yield Finding("undetermined", (name, fit.fitted[k]), {
                "error": errors[j], "value": values[j], "alone": alone, "correlation": correlation[j, k],
            })  # fmt: skip


def _assumed(fit: Solution) -> Iterable[Finding]:
    """Errors of the data that nobody gave; residuals of one's own making, which have no x, are in units of theirs."""
    if fit.success and fit._errors_are_given and fit.sigma is None and fit.xdata is not None:
        yield Finding("sigma_assumed", (), {"sd": fit.residual_sd})


def _scatter(fit: Solution) -> Iterable[Finding]:
    if any(_assumed(fit)):
        return
    if fit._errors_are_given:  # with a loss, outliers are expected
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


def _worse_than_mean(fit: Solution) -> Iterable[Finding]:
    # the mean of noise around zero explains some of it: by the square of Student's t times its variance
    worse, freedom = -fit.r_squared, fit.residuals.size - 1
    if worse > 0.0 and 2.0 * t_tail(math.sqrt(worse * freedom), freedom) < _SURPRISING:
        yield Finding("worse_than_mean", (), {"r_squared": fit.r_squared})


def _growth(fit: Solution) -> Iterable[Finding]:
    """Residuals that are the larger the larger the model is, by the correlation of their ranks (Spearman's).

    Residuals of one's own making tell of no model.
    """
    sizes = np.abs(fit.weighted_residuals)
    m = sizes.size
    if m < _ENOUGH_FOR_GROWTH or not fit.ydata.any():
        return
    signal = np.abs(fit.ydata - fit.residuals)
    order = signal.argsort(kind="stable")
    squares = np.square(sizes[order])
    least, most = (math.sqrt(part.sum() / part.size) for part in (squares[: m // 3], squares[-(m // 3) :]))
    if not most > _GROWS * least or np.count_nonzero(np.diff(signal[order])) + 1 < m // 2:
        return
    ranks = np.empty(m)
    ranks[np.argsort(sizes, kind="stable")] = np.arange(m)
    apart = ranks[order] - np.arange(m)
    correlation = 1.0 - 6.0 * float(apart @ apart) / (m * (m * m - 1.0))
    chance = t_tail(correlation * math.sqrt(m - 1.0), math.inf)
    if chance < _SURPRISING:
        yield Finding("scatter_grows", (), {"times": most / least if least > 0.0 else np.inf, "chance": chance})


def _pattern(fit: Solution) -> Iterable[Finding]:
    residuals, x = fit.weighted_residuals, np.asarray(fit.xdata)
    of_counts = fit.likelihood == "poisson"
    if of_counts:
        residuals = fit._weighted(fit.residuals)  # roots of the deviance of few counts have a mean far from zero
    if fit.loss_weights is not None:
        residuals = residuals * fit.loss_weights  # or two outliers that follow each other would be a pattern
    if residuals.size < _ENOUGH_POINTS:
        return
    by_x = x.shape == residuals.shape
    if by_x:
        residuals = residuals[np.argsort(x, kind="stable")]
    numbers: dict[str, Any] = {}
    if not of_counts:  # of few counts most are below the curve, of many half of them
        numbers = dict(zip(("runs", "expected", "chance_of_runs"), runs_test(residuals), strict=True))
    correlation, chance_of_correlation = lag_one_test(residuals)
    if min(numbers.get("chance_of_runs", 1.0), chance_of_correlation) <= _PATTERNED:
        if fit.jac is None and fit.loss_weights is None and 1.0 - fit.r_squared <= NO_CHANGE**2:  # as ends may be off
            yield Finding("as_good_as_differences")
            return
        yield Finding("one_sign" if numbers.get("runs") == 1 else "pattern", (), {
            "by_x": by_x, **numbers, "correlation": correlation, "chance_of_correlation": chance_of_correlation,
            "errors_are_finite": bool(np.isfinite(fit.deviations).all()),
        })  # fmt: skip


def _outliers(fit: Solution) -> Iterable[Finding]:
    """Residuals that normal errors, or chance for counts, would not show in one data set of a hundred of this size."""
    m, dof = fit.residuals.size, fit.degrees_of_freedom
    if dof < 3:
        return
    if not fit.residual_sd > 0.0:  # with a loss, if the curve passes through more than half of the points
        return
    squares = (fit.weighted_residuals / fit.residual_sd) ** 2
    if fit.loss_weights is not None:
        found = _far_off(fit, squares, _OF_MEDIAN * dof)
    else:
        most = min(_HIGH * (1.0 - dof / m), 0.5)
        if not _far_off(fit, _of_others(squares / (1.0 - most), dof), dof - 1.0):  # which f is not needed for
            return
        found = _far_off(fit, _of_others(squares / (1.0 - np.minimum(leverage(fit), most)), dof), dof - 1.0)
    if found:
        sds = [float(fit.weighted_residuals[i] / fit.residual_sd) for i in found]
        kind = "outliers" if fit.loss_weights is None else "outliers_with_loss"
        yield Finding(kind, (), {"where": found, "sds": sds})


def _of_others(squares: NDArray[np.float64], dof: int) -> NDArray[np.float64]:
    """Squares of residuals in units of the variance as in that of the other points; they are at most dof."""
    return squares * (dof - 1) / np.maximum(dof - squares, 1e-300)


def _far_off(fit: Solution, squares: NDArray[np.float64], dof_of_scale: float) -> list[int]:
    """Points whose studentized residuals, given by their squares, do not come by chance, the furthest first."""
    m, studentized = fit.residuals.size, np.sqrt(squares)

    def is_off(i: int) -> bool:
        size = float(studentized[i])
        if t_tail(size, math.inf) > _OUTLYING / m:  # the normal distribution has the smaller tails, and takes less time
            return False
        if 2.0 * m * t_tail(size, dof_of_scale) >= _OUTLYING:
            return False
        if fit.likelihood != "poisson":
            return True
        return 2.0 * m * count_tail(float(fit.ydata[i] - fit.residuals[i]), float(fit.ydata[i])) < _OUTLYING

    if not is_off(int(studentized.argmax())):
        return []
    return [int(i) for i in takewhile(is_off, np.argsort(-studentized))]
