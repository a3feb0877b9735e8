"""Whether the small steps for differences change what a function returns."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

_Array = NDArray[np.float64]

# Relative moves of the parameters, and the least change by the large one, relative to the largest value: a function
# that is smooth to rounding changes at such a point by two units in the last place or more with the small one.
_SMALL, _LARGE, _CHANGE = 2.0**-30, 2.0**-12, 2.0**-33
MOVES = 4  # points, the parameters themselves among them
_ONE_IN, _AT_LEAST = 8, 2  # points at which only the large move changes the value
_SAME_IN_FLOAT32 = 3  # values, at least, that tell: other than zero, and with more digits than short decimals have
_SHORT = 2**-20  # relative spacing of numbers that are short


def points_near(x: _Array) -> _Array:
    """The parameters, and the points at which `hides_small_steps` takes the values, shape (MOVES, n)."""
    return x + np.abs(x) * _moves(x.size)


@lru_cache
def _moves(n: int) -> _Array:
    shares = 1.0 - 0.5 * np.arange(n) / n  # not the same for all, as a ratio of two would not change
    return np.array([0.0, _SMALL, _LARGE, -_LARGE])[:, np.newaxis] * shares


def hides_small_steps(values: Any) -> bool:
    """Whether many values change with large moves of the parameters, but not with small ones.

    Parameters
    ----------
    values : array_like, shape (MOVES, m) or (MOVES,)
        Those of a function at `points_near` the parameters, or what is no such array.
    """
    try:
        at, small, above, below = np.asarray(values, dtype=np.float64).reshape(MOVES, -1)
    except Exception:
        return False
    same = small == at
    if np.count_nonzero(same) * _ONE_IN < at.size:  # mostly
        return False
    with np.errstate(all="ignore"):
        least = _CHANGE * np.max(np.abs(at), initial=0.0, where=np.isfinite(at))
        # a stationary point does not have a slope
        hidden = np.count_nonzero(same & (np.abs(above - at) > least) & (np.abs(above - below) > least))
    return bool(hidden >= _AT_LEAST and hidden * _ONE_IN >= at.size)


def is_float32(values: Any) -> bool:
    """Whether doubles are 32-bit floats, and use their digits: integers and short decimals are no sign."""
    array = np.asarray(values)
    if array.dtype != np.float64:
        return False
    array = array[np.isfinite(array) & (array != 0.0)]
    with np.errstate(all="ignore"):
        if array.size < _SAME_IN_FLOAT32 or not (array == array.astype(np.float32)).all():
            return False
    mantissa, _ = np.frexp(array)
    return bool(2 * np.count_nonzero(mantissa % _SHORT) >= array.size)
