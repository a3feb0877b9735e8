"""Bounds on parameters: pairs of arrays, or SciPy's Bounds."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .arrays import are_doubles, as_floats

_Array = NDArray[np.float64]

UNBOUNDED = (-np.inf, np.inf)


def are_default(bounds: Any) -> bool:
    """Whether these are surely the two infinite numbers of the default; arrays of them are not recognized."""
    return bounds is UNBOUNDED or (
        type(bounds) is tuple and [type(bound) for bound in bounds] == [float, float] and bounds == UNBOUNDED
    )


def in_tuples(bounds: Any) -> tuple[Any, Any] | None:
    """A pair of numbers, or of lists or vectors of them, as tuples, by which a plan can be kept; None for others."""
    if are_default(bounds):
        return UNBOUNDED
    if type(bounds) not in (tuple, list) or len(bounds) != 2:
        return None
    pair = [bound.tolist() if are_doubles(bound) and bound.ndim == 1 else bound for bound in bounds]
    lower, upper = (tuple(bound) if type(bound) is list else bound for bound in pair)
    for bound in (lower, upper):
        for number in bound if type(bound) is tuple else (bound,):
            # -0.0 is another number than 0.0, but equal to it
            if type(number) not in (int, float) or (number == 0 and str(number) == "-0.0"):
                return None
    return lower, upper


def pair_of(bounds: Any) -> tuple[Any, Any]:
    """The two of a pair, or of SciPy's Bounds, as they are."""
    if type(bounds) is not tuple and hasattr(bounds, "lb") and hasattr(bounds, "ub"):
        bounds = bounds.lb, bounds.ub
    try:
        lower, upper = bounds
    except (TypeError, ValueError) as error:
        raise ValueError("`bounds` must contain 2 elements.") from error
    return lower, upper


def lower_and_upper(bounds: Any) -> tuple[_Array, _Array]:
    """The two of a pair, or of SciPy's Bounds."""
    lower, upper = pair_of(bounds)
    return _numbers(lower), _numbers(upper)


def _numbers(bound: Any) -> _Array:
    # NumPy makes NaN of None
    if bound is None or (isinstance(bound, (tuple, list)) and any([element is None for element in bound])):
        raise ValueError(f"bounds must be numbers: pass -np.inf or np.inf if there is none; got {bound!r}")
    return as_floats("bounds", bound)


def bounds_of(bounds: Any, n: int) -> tuple[_Array, _Array]:
    """The two as vectors of n elements; those that are may come again."""
    if type(bounds) is tuple and [_is_vector(bound, n) for bound in bounds] == [True, True]:
        return bounds
    lower, upper = [np.full(n, bound) if bound.ndim == 0 else bound for bound in lower_and_upper(bounds)]
    if lower.shape != (n,) or upper.shape != (n,):
        raise ValueError(
            f"Inconsistent shapes between bounds and `x0`. With {n} parameters each bound must be a number or have "
            f"shape ({n},); got shapes {lower.shape} and {upper.shape}."
        )
    return lower, upper


def _is_vector(bound: Any, n: int) -> bool:
    return are_doubles(bound) and bound.shape == (n,)


def is_bounded(lower: _Array, upper: _Array) -> bool:
    if lower.ndim == upper.ndim == 1:  # NumPy is slow for few numbers
        return any([bound > -np.inf for bound in lower.tolist()]) or any([bound < np.inf for bound in upper.tolist()])
    return bool(np.any(lower > -np.inf) or np.any(upper < np.inf))


def start_within(lower: _Array, upper: _Array) -> _Array:
    """Where parameters start if nobody says: 1 without bounds, the middle of two, or 1 off the only one."""
    start = np.ones(lower.shape)
    below, above = np.isfinite(lower), np.isfinite(upper)
    start[below & ~above] = lower[below & ~above] + 1.0
    start[above & ~below] = upper[above & ~below] - 1.0
    both = below & above
    start[both] = 0.5 * (lower[both] + upper[both])
    return start
