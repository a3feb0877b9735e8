"""`guess`: starts from data, of one fit or of many, with what is known about the parameters."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .known import Known
from .positive import positive
from .starts import MOST_POINTS, NONE, common_digits, of_rows, rounded
from .sums import cost, of_sum
from .waves import few_of, frequencies_in, has_waves

_Array = NDArray[np.float64]


def guess(
    model: Any, x: Any, y: ArrayLike, sigma: ArrayLike | None = None, x_per_fit: bool = False,
    known: Known | None = None, of_counts: bool = False,
) -> _Array:  # fmt: skip
    """Starts for the rows of y, shape (..., n); see `Model.guess`. Those of counts expect none that is negative."""
    known = known or Known()
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    lead, m = y.shape[:-1], y.shape[-1]
    if x.shape[-1:] != (m,):
        raise ValueError(f"x must have as many points as y, {m}; got shape {x.shape}")
    rows = y.reshape(-1, m)
    x = x.reshape(-1, *x.shape[len(lead) :]) if x_per_fit else x
    width = None if sigma is None else np.asarray(sigma, dtype=np.float64)
    weights = np.ones(m) if width is None or width.shape != (m,) else 1.0 / width
    valid = np.isfinite(rows) & np.isfinite(weights)
    valid &= np.isfinite(x.reshape(len(x) if x_per_fit else 1, -1, m)).all(axis=1)
    own = [known] * len(rows)
    if m > MOST_POINTS and has_waves(model):
        own = [replace(known, frequencies=frequencies_in((x[k] if x_per_fit else x)[of], rows[k, of]))
               if of.any() else known for k, of in enumerate(valid)]  # fmt: skip
    thin = few_of(model, m)
    rows, x, weights, valid = rows[:, thin], x[..., thin], weights[thin], valid[:, thin]
    if not x_per_fit and valid.all() and not model.parts and (not own or own[0].frequencies is None):
        found = _rounded(of_rows(model, x, rows, weights, known), x, rows)
    else:
        found = np.array([
            _of_one(model, (x[k] if x_per_fit else x)[..., valid[k]], row[valid[k]], weights[valid[k]], own[k])
            for k, row in enumerate(rows)
        ])  # fmt: skip
    if known:
        found, changed = known.kept(model.parameters, found)
        for k in np.flatnonzero(changed & valid.any(axis=-1)):  # what rounding changes, too
            points = (x[k] if x_per_fit else x)[..., valid[k]]
            found[k] = known.settled(model, found[k], points, rows[k, valid[k]], weights[valid[k]])
    if of_counts:
        for k in np.flatnonzero(valid.any(axis=-1)):
            points = (x[k] if x_per_fit else x)[..., valid[k]]
            found[k] = positive(model, found[k], points, rows[k, valid[k]], known)
    shape = *lead, len(model.parameters)
    return found.reshape(shape)


def _of_one(model: Any, x: _Array, y: _Array, weights: _Array, known: Known) -> _Array:
    n = len(model.parameters)
    if y.size == 0:
        return np.ones(n)
    return _rounded(_unrounded(model, x, y, weights, known), x, y)


def _unrounded(model: Any, x: _Array, y: _Array, weights: _Array, known: Known) -> _Array:
    if model.parts:
        found = of_sum(model, x, y, weights, known)
        if not known:
            return found
        # terms that are not found yet may need what is held: the start without that may be the better one
        free = of_sum(model, x, y, weights, Known(frequencies=known.frequencies))
        both, _ = known.kept(model.parameters, np.array([found, free]))
        starts = [known.settled(model, start, x, y, weights) for start in both]
        return min(starts, key=lambda start: cost(model, start, x, y, weights))
    first: _Array = of_rows(model, x, y[np.newaxis], weights, known)[0]
    return first


def _rounded(found: _Array, x: _Array, y: _Array) -> _Array:
    """The starts with the digits that the data have in common, and a few more; x is shared by the rows."""
    of_x, of_y = common_digits(x), common_digits(y)
    return rounded(found, 0.0 if of_x is of_y is NONE else np.maximum(np.max(of_x, axis=0), of_y))
