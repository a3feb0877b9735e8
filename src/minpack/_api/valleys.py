"""Starts of a model in several valleys of the sum of squares, and which of them leads to the best end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._models.guess import several
from .._models.known import Known
from .._models.model import Model
from .._models.variations import handicaps, in_order, is_ambiguous, settled, varied
from .._models.waves import few_of
from .._results.batch import BatchResult

_Array = NDArray[np.float64]
_Rows = NDArray[np.intp]
_Tied = Callable[[_Array], dict[str, float]]
_Ends = Callable[[_Array, _Rows, Any], BatchResult]  # of fits from points to rows at some of their points

CALLS = 50  # of a model by a fit from another start: those that take longer mostly lead nowhere
_UNFINISHED = 100.0  # times the sum of squares: by how much a fit that takes longer must be better already
_BETTER = 1e-5  # by what part an end of another start must be better than that of the first
_EXACT = 1e-18  # of the sum of squares of the data around their mean: what rounding leaves
_VALLEYS = 12  # of a formula, in which fits start
_AT_ONCE = 1 << 18  # numbers of data, once per start


def starts_of(
    f: Model, start: _Array, x: _Array, y: _Array, sigma: _Array | None, known: Known, *,
    free: NDArray[np.bool_] | None = None, tied: _Tied | None = None,
) -> _Array:  # fmt: skip
    """The start of a fit, and others for its data within the limits that are known, (count, n)."""
    weights = np.ones(y.size) if sigma is None else 1.0 / sigma
    free = np.ones(start.size, dtype=bool) if free is None else free
    points = varied(f, start, x, free) if f.parts else several(f, x, y, weights, known, _VALLEYS)
    points = np.clip(points, *known.lower_and_upper(f.parameters))
    if f.parts or known or tied is not None:
        points = settled(f, points, x, y, weights, known, tied)
    return np.concatenate([start[np.newaxis], points[np.isfinite(points).all(axis=1)]])


def best_of(
    f: Model, points: _Array, ends: _Array, success: NDArray[np.bool_], cost: _Array, x: _Array, y: _Array,
    sigma: _Array | None,
) -> tuple[_Array, _Array]:  # fmt: skip
    """The start that leads to the best end, of those at which fits began, and that with terms in order.

    Terms of one kind are in the order of their positions at that end, unless something tells them apart.
    """
    handicap = np.where(success, 1.0, _UNFINISHED) * handicaps(f, ends, points[0], x, y.size)
    likely = np.isfinite(cost) & np.isfinite(handicap)
    spread = (y - y.mean()) / (1.0 if sigma is None else sigma)
    compared = np.full(len(points), np.inf)
    compared[likely] = np.maximum(cost[likely], _EXACT * float(spread @ spread)) * handicap[likely]
    best = int(compared.argmin())
    if not compared[best] < (1.0 - _BETTER) * compared[0]:
        best = 0
    return points[best], in_order(f, points[best], ends[best])


def best_of_rows(
    f: Model, start: _Array, x: _Array, x_per_fit: bool, y: _Array, sigma: _Array | None, known: Known, limits: Any,
    omit: bool, ends: _Ends,
) -> _Array:  # fmt: skip
    """The starts of the rows of y, (count, n), with the best ends.

    Rows that have NaN, which cannot be fitted, or fewer other points than parameters stay as they are.
    """
    if not is_ambiguous(f):
        return start
    thin = few_of(f, y.shape[1])
    few, found = y[:, thin], start.copy()
    abscissae = x[..., thin] if x_per_fit else x[np.newaxis, ..., thin]
    widths = None if sigma is None or sigma.ndim != 1 else sigma[thin]
    valid = np.isfinite(few) & np.isfinite(abscissae.reshape(len(abscissae), -1, few.shape[1])).all(axis=1)
    valid &= True if widths is None else np.isfinite(widths)
    valid &= omit or valid.all(axis=1, keepdims=True)
    rows = np.flatnonzero(valid.sum(axis=1) > start.shape[1])
    step = max(1, _AT_ONCE // (few.shape[1] * (_VALLEYS + 1)))
    for some in (rows[begin : begin + step] for begin in range(0, rows.size, step)):
        own = []
        for row in some.tolist():
            at = valid[row]
            width = None if widths is None else widths[at]
            own.append((abscissae[row if x_per_fit else 0][..., at], few[row, at], width))
        tried = [starts_of(f, start[row], *data, known) for row, data in zip(some.tolist(), own, strict=True)]
        counts = [len(points) for points in tried]
        points = np.concatenate(tried)
        if limits is not None:
            each = (end if end.ndim == 1 else np.repeat(end[some], counts, axis=0) for end in limits)
            points = np.clip(points, *each)
        result = ends(points, np.repeat(some, counts), thin)
        success, last = result.success, np.cumsum(counts)
        for row, data, end, count in zip(some.tolist(), own, last.tolist(), counts, strict=True):
            part = slice(end - count, end)
            chosen, ordered = best_of(f, points[part], result.x[part], success[part], result.cost[part], *data)
            found[row] = chosen if known else ordered
    return found
