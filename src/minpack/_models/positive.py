"""Starts for counts, for which a model must be positive: what is expected cannot be less than nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .known import Known

_Array = NDArray[np.float64]

_LEAST = 0.05  # of the mean count: what is expected where a start had less than nothing
_TIMES, _ROUNDS = 10.0, 8  # by what such points count more, round by round


def positive(model: Any, starts: _Array, x: Any, counts: _Array, known: Known) -> _Array:
    """The starts, shape (k, n), or where the model is not positive there, others with linear parameters where it is.

    Points with less than nothing are pulled up until the least squares leave none; if they cannot, the start stays.
    """
    found = starts.copy()
    rows = np.flatnonzero(~_are_possible(model, starts, x, counts) & np.isfinite(counts).all(axis=1))
    counts, values = counts[rows], starts[rows]
    least = _LEAST * counts.mean(axis=1, keepdims=True)
    least[least == 0.0] = _LEAST
    target, weights = np.maximum(counts, least), 1.0 / np.sqrt(np.maximum(counts, 1.0))
    for _ in range(_ROUNDS):
        if not rows.size:
            break
        values = known.settled(model, values, x, target, weights)
        possible = _are_possible(model, values, x, counts)
        found[rows[possible]] = values[possible]
        left = ~possible
        rows, values, counts = rows[left], values[left], counts[left]
        least, target, weights = least[left], target[left], weights[left]
        with np.errstate(all="ignore"):
            weights = np.where(_expected(model, values, x) > 0.5 * least, weights, _TIMES * weights)
    return found


def _expected(model: Any, values: _Array, x: Any) -> _Array:
    with np.errstate(all="ignore"):
        expected: _Array = model(x, *values.T[:, :, np.newaxis])
    return expected


def _are_possible(model: Any, values: _Array, x: Any, counts: _Array) -> NDArray[np.bool_]:
    """Whether each row of counts has a probability."""
    expected = _expected(model, values, x)
    possible = np.isfinite(expected) & np.where(counts > 0.0, expected > 0.0, expected >= 0.0)
    return np.asarray(possible.all(axis=1))
