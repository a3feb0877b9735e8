"""`guess`: starts from data, of one fit or of many, with what is known about the parameters."""

from __future__ import annotations

from collections.abc import Iterator
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

_MOST_NUMBERS = 1 << 22  # derivatives of rows that are looked at together


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
    has_spectra, thin = m > MOST_POINTS and has_waves(model), few_of(model, m)
    few, few_valid = rows[:, thin], valid[:, thin]
    found = np.ones((len(rows), len(model.parameters)))
    most = 1 if x_per_fit or has_spectra else max(1, _MOST_NUMBERS // (few.shape[1] * found.shape[1]))
    for k, some in _alike(few_valid, most):
        points, there, own = x[k] if x_per_fit else x, few_valid[k], known
        if has_spectra and valid[k].any():
            own = replace(known, frequencies=frequencies_in(points[valid[k]], rows[k, valid[k]]))
        at = slice(None) if there.all() else there
        found[some] = _of_rows(model, points[..., thin][..., at], few[some][:, at], weights[thin][at], own, of_counts)
    return found.reshape((*lead, found.shape[1]))


def _alike(valid: NDArray[np.bool_], most: int) -> Iterator[tuple[int, Any]]:
    """Which rows to look at together, as the same points of them are valid, after the first of them."""
    if valid.all():  # mostly
        yield from ((begin, slice(begin, begin + most)) for begin in range(0, len(valid), most))
        return
    patterns, of_rows = np.unique(np.packbits(valid, axis=1), axis=0, return_inverse=True)
    order = np.argsort(of_rows.ravel(), kind="stable")
    for group in np.split(order, np.cumsum(np.bincount(of_rows.ravel(), minlength=len(patterns)))[:-1]):
        yield from ((int(group[begin]), group[begin : begin + most]) for begin in range(0, group.size, most))


def _of_rows(
    model: Any, x: _Array, rows: _Array, weights: _Array, known: Known, of_counts: bool
) -> _Array:  # fmt: skip
    """Starts for rows of finite data at the same points."""
    if rows.shape[1] == 0:
        return np.ones((len(rows), len(model.parameters)))
    if model.parts:
        found = np.array([_of_sum(model, x, row, weights, known) for row in rows])
    else:
        found = of_rows(model, x, rows, weights, known)
    of_x, of_y = common_digits(x), common_digits(rows)
    found = rounded(found, 0.0 if of_x is of_y is NONE else np.maximum(np.max(of_x, axis=0), of_y))
    if known:
        found, changed = known.kept(model.parameters, found)  # which rounding does, too
        found[changed] = known.settled(model, found[changed], x, rows[changed], weights)
    return positive(model, found, x, rows, known) if of_counts else found


def _of_sum(model: Any, x: _Array, y: _Array, weights: _Array, known: Known) -> _Array:
    found = of_sum(model, x, y, weights, known)
    if not known:
        return found
    # terms that are not found yet may need what is held: the start without that may be the better one
    free = of_sum(model, x, y, weights, Known(frequencies=known.frequencies))
    both, _ = known.kept(model.parameters, np.array([found, free]))
    starts = known.settled(model, both, x, np.array([y, y]), weights)
    return min(starts, key=lambda start: cost(model, start, x, y, weights))
