"""Parameters that the data bound on one side only: far to the other one the sum of squares does not rise."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from .._results.ending import NO_CHANGE
from .curve import WeightedCurve
from .minimum import Remark, square_at, sum_of_squares
from .single import Factors

_Array = NDArray[np.float64]

_EPS = float(np.finfo(float).eps)
_LOOSE = 0.1  # error over value: a model is nearly linear within smaller ones, and errors mean what they say
_ERRORS = 3.0  # so far to both sides: the sum of squares rises by at least 9 variances if the errors are right
_REPLACED = 2.0  # the square of an error over what it would be if the others were known: they can move with it
_LEAST, _PART = 4.0, 0.1  # it does not, if it rises by fewer variances and by less than this part of what it should
_CONVERGES = 1e-4  # what a further step leaves of the sum of squares of exact data
_MINIMUM = 0.01  # what part of the sum of squares the derivatives promise to take away where there is none; mostly 1e-7


def one_sided(
    curve: WeightedCurve, x: _Array, fvec: _Array, errors: _Array, factors: Factors, variance: float,
    square: float, around: tuple[_Array, _Array] | None = None,
) -> tuple[Remark, ...]:  # fmt: skip
    """A kind of finding and its numbers for each parameter whose error is no measure of what it can be.

    The fit ended at x, with residuals fvec of that variance and sum of squares; `factors` are those of their
    derivatives, `around` are the bounds, if there are any.
    """
    if not 0.0 < variance < math.inf or not square < math.inf or not all(map(math.isfinite, errors.tolist())):
        return ()
    model = fvec + curve.weighted_ydata
    size = sum_of_squares(model)
    is_exact = square <= NO_CHANGE**2 * size  # which is quick, and mostly enough
    if is_exact and np.sqrt(square) <= NO_CHANGE * float(np.linalg.norm(model - model.mean())):
        return _running_away(curve, x, fvec, factors, errors, float(np.abs(model).max()), square, around)
    loose = [j for j, (error, value) in enumerate(zip(errors.tolist(), x.tolist(), strict=True))
             if error > _LOOSE * abs(value)]  # fmt: skip
    if not loose:
        return ()
    found, cov, norms = [], factors.cov, np.linalg.norm(factors.r, axis=0)
    for j in loose:  # moved alone, and with others that stand in for it
        alone, ways = np.zeros(x.size), list[tuple[_Array, float]]()
        alone[j] = _ERRORS * errors[j]
        ways.append((alone, (alone[j] * norms[j]) ** 2))
        if ways[0][1] > _REPLACED * _ERRORS**2 * variance:
            ways.append((cov[:, j] * (alone[j] / cov[j, j]), _ERRORS**2 * variance))
        for step, side in ((step, side) for step in ways for side in (1.0, -1.0)):
            there = _square(curve, x + side * step[0], around)
            if there - square < min(_LEAST * variance, _PART * step[1]):
                found.append(_finding(j, side, errors[j]))
                break
    return tuple(found)


def _running_away(
    curve: WeightedCurve, x: _Array, fvec: _Array, factors: Factors, errors: _Array, most: float, square: float,
    around: tuple[_Array, _Array] | None,
) -> tuple[Remark, ...]:  # fmt: skip
    """For exact data, the parameter that goes on and on, as the fit ended on its way to infinity."""
    if square <= fvec.size * (100.0 * _EPS * most) ** 2 or factors.change**2 < _MINIMUM * square:
        return ()  # nothing is left, or the little noise that the data have
    step = factors.step
    there = _square(curve, x + step, around)
    if not _CONVERGES * square <= there < math.inf:
        return ()
    j = int(np.argmax(np.abs(step) / np.where(x == 0.0, 1.0, np.abs(x))))
    return (_finding(j, float(np.sign(step[j])), errors[j]),)


def _finding(j: int, side: float, error: float) -> Remark:
    return "one_sided", {"index": j, "side": "larger" if side > 0.0 else "smaller", "error": float(error)}


def _square(curve: WeightedCurve, x: _Array, around: tuple[_Array, _Array] | None) -> float:
    """The sum of squares elsewhere; infinite out of bounds, or where the model is not defined."""
    if around is not None and not ((around[0] <= x) & (x <= around[1])).all():
        return math.inf
    return square_at(curve, x)
