"""Whether a fit ended at a minimum: the step that is still left, in standard errors, and what rounding hides."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._results.ending import FAR, NO_CHANGE
from .curve import WeightedCurve
from .single import Factors, factorize

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

    factors: Factors  # of the Jacobian, and the covariance
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
    square = sum_of_squares(fvec) if square is None else square
    scatter = 1.0
    if scale:
        scatter = _root(square, fvec) / math.sqrt(m - n) if m > n else 0.0
    factors = factorize(fvec, columns, scale=scale, x=x)
    distance = factors.change / scatter if scatter > 0.0 else math.inf if factors.change > 0.0 else 0.0
    if distance > FAR and factors.change <= _no_change(model + curve.weighted_ydata, columns, x, eps):
        distance = 0.0
    found = Minimum(factors, distance, factors.sines > _REGULAR, square)
    return _with_rounding(found, fvec, columns, x, scatter) if m > n and _EPS * factors.terms > scatter else found


def square_at(curve: WeightedCurve, x: _Array) -> float:
    """The sum of squares elsewhere; infinite if the model is not defined there."""
    with np.errstate(all="ignore"):
        try:
            return sum_of_squares(curve.residuals(x))
        except (ValueError, ArithmeticError):
            return math.inf


def _no_change(model: _Array, columns: _Array, x: _Array, eps: float) -> float:
    """Which changes of the model, as the norm of a vector, count as none."""
    varied = model - model.mean()
    errors = max(eps * float(np.abs(model).max()), 10.0 * _EPS * terms_of(columns, x))
    return NO_CHANGE * _root(sum_of_squares(varied), varied) + math.sqrt(model.size) * errors


def _with_rounding(found: Minimum, fvec: _Array, columns: _Array, x: _Array, scatter: float) -> Minimum:
    """The covariance of rounding where that exceeds the one of the scatter."""
    rounding = _EPS * terms_of(columns, x)
    if not rounding > scatter:
        return found
    with np.errstate(all="ignore"):
        norms = np.linalg.norm(columns, axis=0)
        if not (np.isfinite(norms).all() and norms.all()):
            return found
        condition = float(np.linalg.cond(found.factors.r / norms))
        if not _ROUNDED < condition * _EPS < 1.0 / len(columns):
            return found
        floor = factorize(fvec, columns, scale=False, x=x)
        floor.cov[...] *= rounding**2
    return found._replace(factors=floor, remarks=(("rounding", {"condition": condition}),))


def terms_of(columns: _Array, x: _Array) -> float:
    """The largest sum of the terms of a value of the model, whose rounding is that of the value."""
    with np.errstate(all="ignore"):
        return float(np.add.reduce(np.abs(columns * x), axis=1).max())


def are_finite(values: NDArray[Any]) -> bool:
    """Whether all are; quicker than all()."""
    return bool(np.count_nonzero(np.isfinite(values)) == values.size)


def sum_of_squares(rows: _Array) -> float:
    """Infinite, without a word, if it overflows."""
    return float(np.vdot(rows, rows))


def _root(square: float, vector: _Array) -> float:
    """The norm of a vector, from the sum of squares unless that is too large or too small."""
    return math.sqrt(square) if 1e-280 < square < np.inf else math.hypot(*vector.tolist())
