"""Bounds on parameters: pairs of arrays, or SciPy's Bounds."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .arrays import as_floats

_Array = NDArray[np.float64]

UNBOUNDED = (-np.inf, np.inf)


def are_default(bounds: Any) -> bool:
    """Whether these are surely the two infinite numbers of the default; arrays of them are not recognized."""
    return bounds is UNBOUNDED or (
        type(bounds) is tuple and [type(bound) for bound in bounds] == [float, float] and bounds == UNBOUNDED
    )


def pair_of(bounds: Any) -> tuple[Any, Any]:
    """The two of a pair, or of SciPy's Bounds, as they are."""
    if hasattr(bounds, "lb") and hasattr(bounds, "ub"):
        bounds = bounds.lb, bounds.ub
    try:
        lower, upper = bounds
    except (TypeError, ValueError) as error:
        raise ValueError("`bounds` must contain 2 elements.") from error
    return lower, upper


def lower_and_upper(bounds: Any) -> tuple[_Array, _Array]:
    """The two of a pair, or of SciPy's Bounds."""
    lower, upper = pair_of(bounds)
    return as_floats("bounds", lower), as_floats("bounds", upper)


def bounds_of(bounds: Any, n: int) -> tuple[_Array, _Array]:
    """The two as vectors of n elements."""
    lower, upper = (np.full(n, bound) if bound.ndim == 0 else bound for bound in lower_and_upper(bounds))
    if lower.shape != (n,) or upper.shape != (n,):
        raise ValueError(
            f"Inconsistent shapes between bounds and `x0`. With {n} parameters each bound must be a number or have "
            f"shape ({n},); got shapes {lower.shape} and {upper.shape}."
        )
    return lower, upper


def is_bounded(lower: _Array, upper: _Array) -> bool:
    """Whether bounds hold any parameter."""
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
