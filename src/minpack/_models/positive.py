"""Starts for counts, for which a model must be positive: what is expected cannot be less than nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .known import Known

_Array = NDArray[np.float64]

_LEAST = 0.05  # of the mean count: what is expected where a start had less than nothing
_TIMES, _ROUNDS = 10.0, 8  # by what such points count more, round by round


def positive(model: Any, start: _Array, x: Any, counts: _Array, known: Known) -> _Array:
    """The start, or where the model is not positive there, one with other linear parameters where it is.

    Points with less than nothing are pulled up until the least squares leave none; if they cannot, the start stays.
    """
    if _is_possible(model, start, x, counts) or not counts.size or not np.isfinite(counts).all():
        return start
    least = _LEAST * float(counts.mean()) or _LEAST
    target, weights = np.maximum(counts, least), 1.0 / np.sqrt(np.maximum(counts, 1.0))
    values = start
    for _ in range(_ROUNDS):
        values = known.settled(model, values, x, target, weights)
        if _is_possible(model, values, x, counts):
            return values
        with np.errstate(all="ignore"):
            weights = np.where(model(x, *values) > 0.5 * least, weights, _TIMES * weights)
    return start


def _is_possible(model: Any, values: _Array, x: Any, counts: _Array) -> bool:
    """Whether the counts have a probability."""
    with np.errstate(all="ignore"):
        expected = np.broadcast_to(model(x, *values), counts.shape)
    return bool((np.isfinite(expected) & np.where(counts > 0.0, expected > 0.0, expected >= 0.0)).all())
