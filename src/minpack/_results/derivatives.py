"""Derivatives by central differences whose steps are found, not guessed: for all that statistics need.

A step in proportion to the value of a parameter is wrong for one near zero, and for one whose value is far larger than
what it can change by, such as a date. The standard error is of the right size, if it is known; from there the step is
changed until neither rounding nor the curvature of the function shows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

_Array = NDArray[np.float64]

_EPS = float(np.finfo(np.float64).eps)
_TRIES = 8
_GOOD = 1e-8  # relative error that ends the search: statistics need far fewer digits
OF_THE_ERROR = 1e-2  # the first step, in standard errors: long against rounding, short against curvature
_LONGEST = 1e3  # of steps that seem to change nothing, over the step for a parameter of that size
_HARDER = 1e4  # by how much a step changes at most


def precision_of(values: Any) -> float:
    """The machine epsilon of what a function returned: that of its dtype, if it has fewer digits than doubles."""
    dtype = np.asarray(values).dtype
    return float(np.finfo(dtype).eps) if dtype.kind in "fc" and dtype.itemsize < (8, 16)[dtype.kind == "c"] else _EPS


def where_defined(func: Callable[[_Array], _Array], shape: tuple[int, ...]) -> Callable[[_Array], _Array]:
    """The function with NaN where it raises the errors of arithmetic: a moved point may be outside of its domain."""

    def value(point: _Array) -> _Array:
        try:
            return func(point)
        except (ValueError, ArithmeticError):
            return np.full(shape, np.nan)

    return value


def jacobian(
    func: Callable[[_Array], _Array],
    values: _Array,
    center: _Array,
    *,
    errors: _Array,
    starts: _Array | None = None,
    eps: float = _EPS,
    size: float = 0.0,
) -> _Array:
    """Derivatives of a vector (k,) by each of n values, shape (k, n).

    The first step is a hundredth of a value's standard error, or the usual multiple of the value if that is unknown.

    Parameters
    ----------
    func : callable
        The vector at moved values. Steps avoid points where it is not finite.
    values, center : ndarray, shape (n,) and (k,)
        Where, and the vector there.
    errors : ndarray, shape (n,)
        Scales of the values, such as their standard errors; 0 or not finite if unknown.
    starts : ndarray, shape (n,), optional
        Other values that the parameters had: they tell the size of one that is near zero.
    eps : float
        Relative error of the elements of the vector by rounding.
    size : float
        The largest number that the vector was computed from, if it is larger than the vector.
    """
    return differences(func, values, center, errors=errors, starts=starts, eps=eps, size=size).columns


class Differences(NamedTuple):
    """Derivatives (k, n), the steps (n,) they were taken with, and the relative error that the vector seems to have.

    A column and its step are NaN if the vector has no values near.
    """

    columns: _Array
    steps: _Array
    eps: float


def differences(
    func: Callable[[_Array], _Array], values: _Array, center: _Array, *, errors: _Array, starts: _Array | None = None,
    eps: float = _EPS, size: float = 0.0,
) -> Differences:  # fmt: skip
    """The derivatives of `jacobian`, and how they were taken."""
    found = eps
    columns, steps = np.empty((center.size, values.size)), np.empty(values.size)
    for j, value in enumerate(values):

        def moved(to: float, j: int = j) -> _Array:
            point = values.copy()
            point[j] = to
            with np.errstate(all="ignore"):
                return np.asarray(func(point), dtype=np.float64).reshape(center.shape)

        magnitude = max(abs(value), 0.0 if starts is None else abs(starts[j])) or 1.0
        error = float(errors[j]) if np.isfinite(errors[j]) else 0.0
        best = _best(_Line(moved, float(value), center, eps, size), magnitude, error)
        columns[:, j], steps[j] = (np.nan, np.nan) if best is None else (best.slope, best.step)
        found = found if best is None else max(found, best.eps)
    return Differences(columns, steps, found)


class _Line(NamedTuple):
    """The function along one parameter."""

    moved: Callable[[float], _Array]
    value: float
    center: _Array
    eps: float
    size: float


class _Quotient(NamedTuple):
    """A difference quotient, with its relative errors by rounding and by curvature, and what it comes from."""

    slope: _Array
    rounding: float
    curvature: float
    bend: float  # the second difference, over the largest number
    step: float
    eps: float

    @property
    def error(self) -> float:
        return self.rounding + self.curvature


def _best(line: _Line, magnitude: float, error: float) -> _Quotient | None:
    """The quotient with the best step of a few; None if the function has values nowhere."""
    natural = line.eps ** (1 / 3) * magnitude
    shortest = 16.0 * _EPS * abs(line.value)  # a few units in the last place of the value
    longest = max(_LONGEST * natural, _LONGEST * line.eps ** (1 / 3), error)
    h = max(OF_THE_ERROR * error if error > 0.0 else natural, shortest)
    short, long = 0.0, np.inf  # between these steps there may be better ones
    best: _Quotient | None = None
    last: tuple[float, float] | None = None  # a step that was too long for the curvature, and the bend with it
    for _ in range(_TRIES):
        good = max(_GOOD, 10.0 * line.eps ** (2 / 3))
        quotient = _quotient(line, h)
        if quotient is not None and last is not None and quotient.bend > last[1] * h / last[0]:
            # curvature falls with the square of the step: this is the error of the function's values
            line = line._replace(eps=max(line.eps, quotient.bend))
            best, short, long, last = None, h, np.inf, None
            h = min(max(OF_THE_ERROR * error, line.eps ** (1 / 3) * magnitude), longest)
            continue
        if quotient is not None and (best is None or quotient.error < best.error):
            best = quotient
        if best is not None and best.error <= good:
            break
        if quotient is None:
            long, following = h, min(1e-2 * h, natural)
        elif quotient.rounding >= quotient.curvature:
            if h >= longest:
                break
            short = h
            factor = min(max(quotient.rounding / (0.01 * good), 10.0), _HARDER)
            following = min(max(factor * h, natural if np.isinf(quotient.rounding) else 0.0), longest)
        else:
            long, last = h, (h, quotient.bend) if quotient.bend > 0.0 else None
            factor = (max(quotient.rounding, line.eps) / (2.0 * quotient.curvature)) ** (1 / 3)
            following = h * min(max(factor, 1.0 / _HARDER), 0.3)
        if not short < following < long:
            following = float(np.sqrt(short * long)) if short > 0.0 else 0.1 * long
        if following < shortest or min(h, following) > 0.8 * max(h, following):
            break
        h = following
    return best


def _quotient(line: _Line, h: float) -> _Quotient | None:
    """The central difference with this step, or one to the side where the function is finite."""
    center = line.center
    defined = np.isfinite(center)
    above, below = line.value + h, line.value - h
    ahead, behind = line.moved(above), line.moved(below)
    has_ahead, has_behind = (bool(np.isfinite(side[defined]).all()) for side in (ahead, behind))
    with np.errstate(all="ignore"):
        if has_ahead and has_behind:
            change, bend = ahead - behind, ahead - 2.0 * center + behind
            slope = change / (above - below)
        elif has_ahead or has_behind:
            far, to = (ahead, above) if has_ahead else (behind, below)
            middle = line.moved(0.5 * (line.value + to))
            if not np.isfinite(middle[defined]).all():
                return None
            change, bend = far - center, 2.0 * (far - 2.0 * middle + center)
            slope = (4.0 * middle - far - 3.0 * center) / (to - line.value)
        else:
            return None
        largest = max(_largest(center), _largest(ahead if has_ahead else behind), line.size)
        moved = _largest(change)
        bent = max(_largest(bend) - 4.0 * line.eps * largest, 0.0)
        if moved == 0.0:  # nothing changes, or both sides are the same and the center is not: a peak seen from afar
            seen = (np.inf, 0.0) if bent == 0.0 else (0.0, np.inf)
            return _Quotient(np.where(defined, 0.0, np.nan), *seen, 0.0, h, line.eps)
        rounding = line.eps * largest / moved
        relative = bent / largest if has_ahead and has_behind else 0.0  # beside an edge it need not be smooth
        return _Quotient(slope, float(rounding), min(bent / moved, 1e100) ** 2, float(relative), h, line.eps)


def _largest(values: _Array) -> float:
    return float(np.max(np.abs(values), initial=0.0, where=np.isfinite(values)))
