"""`guess`: starts from data, of one fit or of many, with what is known about the parameters."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .code import check_rows
from .known import Known
from .narrow import LEAST, are_spiky, closer, places_in
from .positive import positive
from .starts import MOST_POINTS, NONE, common_digits, of_rows, rounded
from .starts import several as several_at
from .sums import cost, of_sum
from .waves import few_of, frequencies_in, has_waves, is_wave, main_frequency

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
    own = x.shape[x_per_fit * len(lead) :]
    if len(model.predictors) == 1 and len(own) != 1:
        raise ValueError(f"xdata must be a vector for a model of {model.predictors[0]} only; got shape {x.shape}")
    if x.shape[-1:] != (m,):
        raise ValueError(f"xdata must have as many points as ydata, {m}; got shape {x.shape}")
    check_rows(model.predictors, own)
    rows = y.reshape(-1, m)
    x = x.reshape(-1, *x.shape[len(lead) :]) if x_per_fit else x
    # one for all points changes nothing, and a covariance matrix is for the last fit only
    width = np.asarray(1.0 if sigma is None else sigma, dtype=np.float64)
    weights = 1.0 / width if width.shape == (m,) else np.ones(m)
    valid = np.isfinite(rows) & np.isfinite(weights)
    valid &= np.isfinite(x.reshape(len(x) if x_per_fit else 1, -1, m)).all(axis=1)
    turns, thin = is_wave(model), few_of(model, m)
    has_spectra = turns or (m > MOST_POINTS and has_waves(model))
    places = places_in(model, m)
    few, few_valid = rows[:, thin], valid[:, thin]
    found = np.ones((len(rows), len(model.parameters)))
    most = 1 if x_per_fit or has_spectra else max(1, _MOST_NUMBERS // (few.shape[1] * found.shape[1]))
    for k, some in _alike(few_valid, most):
        points, there, own = x[k] if x_per_fit else x, few_valid[k], known
        if has_spectra and valid[k].any():
            series = points[valid[k]], rows[k, valid[k]]
            own = replace(known, frequencies=frequencies_in(*series) if m > MOST_POINTS else None,
                          main=main_frequency(*series) if turns else 0.0)  # fmt: skip
        at = slice(None) if there.all() else there
        found[some] = _of_rows(model, points[..., thin][..., at], few[some][:, at], weights[thin][at], own, of_counts)
        if places:
            found[some] = _closer(model, places, found[some], points, rows[some], valid[some], weights, own, of_counts)
    return found.reshape((*lead, found.shape[1]))


def several(model: Any, x: _Array, y: _Array, weights: _Array, known: Known, most: int) -> _Array:
    """Starts of a formula for finite data, (count, n), in valleys of their own."""
    known = replace(known, main=main_frequency(x, y) if is_wave(model) else 0.0)
    found = _shortened(model, several_at(model, x, y, weights, known, most), x, y[np.newaxis])
    slopes: _Array = model.jac(x, *found.T[:, :, np.newaxis])
    return found[np.isfinite(slopes).all(axis=(1, 2))]


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
    found = _shortened(model, found, x, rows)
    if known:
        found, changed = known.kept(model.parameters, found)  # which rounding does, too
        found[changed] = known.settled(model, found[changed], x, rows[changed], weights)
    return positive(model, found, x, rows, known) if of_counts else found


def _closer(
    model: Any, places: Sequence[int], found: _Array, x: _Array, rows: _Array, valid: NDArray[np.bool_],
    weights: _Array, known: Known, of_counts: bool,
) -> _Array:  # fmt: skip
    """The starts of rows, or better ones among a few points if these stick out of the others."""
    whole = valid.all()
    for row in np.flatnonzero(are_spiky(x, rows) if whole else valid.sum(axis=1) >= LEAST).tolist():
        own, y, of_each = (x, rows[row], weights) if whole else (array[valid[row]] for array in (x, rows[row], weights))
        if not whole and not are_spiky(own, y[np.newaxis])[0]:
            continue
        for _ in places:
            with np.errstate(all="ignore"):
                at = closer(model, places, found[row], own, y, of_each)
            if at is None:
                break
            again, alone = _of_rows(model, own[at], y[np.newaxis, at], of_each[at], known, False), y[np.newaxis]
            # what few points say of a background is a little off
            again = _shortened(model, known.settled(model, again, own, alone, of_each), own, alone)
            again = (positive(model, again, own, alone, known) if of_counts else again)[0]
            with np.errstate(all="ignore"):
                if not cost(model, again, own, y, of_each) < cost(model, found[row], own, y, of_each):
                    break
            found[row] = again
    return found


def _shortened(model: Any, found: _Array, x: _Array, rows: _Array) -> _Array:
    """Starts with as many digits as they need: those of waves more, as a frequency counts the periods in the data."""
    of_x, of_y = common_digits(x), common_digits(rows)
    of_waves = math.floor(math.log10(max(x.shape[-1] / 10.0, 1.0))) if has_waves(model) else 0
    return rounded(found, of_waves + (0.0 if of_x is of_y is NONE else np.maximum(np.max(of_x, axis=0), of_y)))


def _of_sum(model: Any, x: _Array, y: _Array, weights: _Array, known: Known) -> _Array:
    found = of_sum(model, x, y, weights, known)
    if not known:
        return found
    # terms that are not found yet may need what is held: the start without that may be the better one
    free = of_sum(model, x, y, weights, Known(frequencies=known.frequencies, main=known.main))
    both, _ = known.kept(model.parameters, np.array([found, free]))
    starts = known.settled(model, both, x, np.array([y, y]), weights)
    return min(starts, key=lambda start: cost(model, start, x, y, weights))
