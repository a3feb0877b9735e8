"""Bounds on parameters: pairs of arrays, or SciPy's Bounds."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .arrays import as_floats

_Array = NDArray[np.float64]

UNBOUNDED = (-np.inf, np.inf)


def lower_and_upper(bounds: Any) -> tuple[_Array, _Array]:
    """The two of a pair, or of SciPy's Bounds."""
    if hasattr(bounds, "lb") and hasattr(bounds, "ub"):
        bounds = bounds.lb, bounds.ub
    try:
        lower, upper = bounds
    except (TypeError, ValueError) as error:
        raise ValueError("`bounds` must contain 2 elements.") from error
    return as_floats("bounds", lower), as_floats("bounds", upper)


def is_bounded(lower: _Array, upper: _Array) -> bool:
    """Whether bounds hold any parameter."""
    return bool(np.any(lower > -np.inf) or np.any(upper < np.inf))
