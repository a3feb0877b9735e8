"""Whether a fit ended at a minimum: the step that is still left, in standard errors, and what rounding hides."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._results.ending import FAR, NO_CHANGE
from .curve import WeightedCurve
from .single import Outcome, factorize

_Array = NDArray[np.float64]
Remark = tuple[str, dict[str, Any]]  # a kind of finding, and its numbers

_EPS = float(np.finfo(float).eps)
# Condition of the Jacobian, times the machine epsilon, from which on rounding of the model shows in the parameters.
_ROUNDED = 1e-12
# The product of the sines of the angles between each column and those before it, from which on the rank is full: the
# least singular value of columns of norm 1 is at least this over the root of e.
_REGULAR = 1e-6


class Minimum(NamedTuple):
    """What the derivatives at a point say about it."""

    factor: Outcome  # the QR factorization of the Jacobian, and the covariance
    distance: float  # the Gauss-Newton step in standard errors, of the parameters together in which it is longest
    is_regular: bool  # the Jacobian certainly has full rank
    square: float  # the sum of squares of the residuals, with `share` if that is given
    remarks: tuple[Remark, ...] = ()  # that the covariance is the one of rounding, which exceeds the scatter


def look(
    curve: WeightedCurve, x: _Array, fvec: _Array, columns: _Array, eps: float, *, scale: bool,
    share: _Array | None = None, square: float | None = None,
) -> Minimum:  # fmt: skip
    """Look at a point from which steps lead in the directions of `columns`, (m, n), which are finite.

    `eps` is the relative error of the model; with `scale` the errors follow from the scatter of the residuals. `share`
    says how much each point counts; without it the sum of squares may be known.
    """
    model = fvec
    if share is not None:
        root = np.sqrt(share)
        fvec, columns = root * fvec, root[:, np.newaxis] * columns
    m, n = columns.shape
    factor, square = factorize(fvec, columns, scale=scale), sum_of_squares(fvec) if square is None else square
    r = [column[: k + 1] for k, column in enumerate(factor.fjac[:, :n].tolist())]  # NumPy is slow for few numbers
    norms = [math.hypot(*column) for column in r]
    scatter = 1.0
    if scale:
        scatter = _root(square, fvec) / math.sqrt(m - n) if m > n else 0.0
    change = _change(factor.qtf.tolist(), r, norms, m, FAR * scatter)
    distance = change / scatter if scatter > 0.0 else math.inf if change > 0.0 else 0.0
    if distance > FAR and change <= _no_change(model + curve.weighted_ydata, columns, x, eps):
        distance = 0.0
    sines = [abs(column[-1]) / norm if norm > 0.0 else 0.0 for column, norm in zip(r, norms, strict=True)]
    found = Minimum(factor, distance, math.prod(sines) > _REGULAR, square)
    values = x.tolist()
    largest = sum([norm * abs(values[j]) for norm, j in zip(norms, factor.ipvt.tolist(), strict=True)])
    return _with_rounding(found, columns, x, scatter) if m > n and _EPS * largest > scatter else found


def square_at(curve: WeightedCurve, x: _Array) -> float:
    """The sum of squares elsewhere; infinite if the model is not defined there."""
    with np.errstate(all="ignore"):
        try:
            return sum_of_squares(curve.residuals(x))
        except (ValueError, ArithmeticError):
            return math.inf


def _change(qtf: list[float], r: list[list[float]], norms: list[float], m: int, enough: float) -> float:
    """By how much the Gauss-Newton step changes the model, as the norm of a vector.

    If that is not small enough to tell, without steps along columns that those before replace, in the order of pivots.
    """
    change = math.hypot(*qtf)
    if change > enough:
        determined = [abs(column[-1]) > m * _EPS * norm for column, norm in zip(r, norms, strict=True)]
        change = math.hypot(*(value for value, is_so in zip(qtf, determined, strict=True) if is_so))
    return change


def _no_change(model: _Array, columns: _Array, x: _Array, eps: float) -> float:
    """Which changes of the model, as the norm of a vector, count as none."""
    varied = model - model.mean()
    errors = max(eps * float(np.abs(model).max()), 10.0 * _rounding(columns, x))
    return NO_CHANGE * _root(sum_of_squares(varied), varied) + math.sqrt(model.size) * errors


def _with_rounding(found: Minimum, columns: _Array, x: _Array, scatter: float) -> Minimum:
    """The covariance of rounding where that exceeds the one of the scatter."""
    m, n = columns.shape
    factor, rounding = found.factor, _rounding(columns, x)
    if not rounding > scatter:
        return found
    with np.errstate(all="ignore"):
        norms = np.linalg.norm(columns, axis=0)
        if not (np.isfinite(norms).all() and norms.all()):
            return found
        condition = float(np.linalg.cond(np.triu(factor.fjac.T[:n]) / norms[factor.ipvt]))
        if not _ROUNDED < condition * _EPS < 1.0 / m:
            return found
        floor = factorize(factor.fvec, columns, scale=False)
        floor.cov[...] *= rounding**2
    return found._replace(factor=floor, remarks=(("rounding", {"condition": condition}),))


def _rounding(columns: _Array, x: _Array) -> float:
    """What rounding may make of a value of the model: that of the largest sum of its terms."""
    with np.errstate(over="ignore"):
        return _EPS * float((np.abs(columns) @ np.abs(x)).max())


def are_finite(values: NDArray[Any]) -> bool:
    """Whether all are; quicker than all()."""
    return bool(np.count_nonzero(np.isfinite(values)) == values.size)


def sum_of_squares(rows: _Array) -> float:
    """Infinite, without a word, if it overflows."""
    return float(np.vdot(rows, rows))


def _root(square: float, vector: _Array) -> float:
    """The norm of a vector, from the sum of squares unless that is too large or too small."""
    return math.sqrt(square) if 1e-280 < square < np.inf else math.hypot(*vector.tolist())


def gauss_newton(factor: Outcome) -> _Array:
    """The step that R and Q'f give, by substitution from the last row; zero where R has a zero."""
    n = factor.x.size
    columns, ipvt, right = factor.fjac[:, :n].tolist(), factor.ipvt.tolist(), factor.qtf.tolist()
    step = [0.0] * n
    for j in range(n - 1, -1, -1):
        column = columns[j]
        value = right[j] / column[j] if column[j] != 0.0 else 0.0
        if math.isfinite(value):
            step[ipvt[j]] = value
            for i in range(j):
                right[i] -= column[i] * value
    return np.array(step)
