"""Peaks of a few points among many, which a search that is spread over all of them misses: a closer look."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .starts import grid_of

_Array = NDArray[np.float64]
_Indices = NDArray[np.intp]

LEAST = 200  # points: of fewer, the places that a search tries are close enough to each other
_IN_CACHE = 1 << 14  # numbers
_STICKS_OUT = 36.0  # times the mean square: a part of the data that few points have
_SPREAD, _REACH = 24, 16  # points over the whole range, and fewer than there are around a place, to either side


def places_in(model: Any, m: int) -> list[int]:
    """The parameters that are places of peaks or steps, if there are so many points that some may be missed."""
    if len(model.predictors) > 1 or m < LEAST:
        return []
    return [model.parameters.index(name) for _, part in model._terms
            for name, kind in grid_of(part).kinds.items() if kind == "position"]  # fmt: skip


def are_spiky(x: _Array, rows: _Array) -> NDArray[np.bool_]:
    """Whether neighbours in each row differ much more at a few points than elsewhere."""
    rows = rows if (x[1:] >= x[:-1]).all() else rows[:, np.argsort(x, kind="stable")]
    found, at_once = np.empty(len(rows), dtype=np.bool_), max(1, _IN_CACHE // x.size)
    for begin in range(0, len(rows), at_once):
        part = rows[begin : begin + at_once]
        steps = part[:, 1:] - part[:, :-1]
        squares = np.einsum("rm,rm->r", steps, steps)
        most = np.maximum(steps.max(axis=1), -steps.min(axis=1))
        found[begin : begin + at_once] = most * most * x.size > _STICKS_OUT * squares
    return found


def closer(
    model: Any, places: Sequence[int], start: _Array, x: _Array, y: _Array, weights: _Array
) -> _Indices | None:  # fmt: skip
    """Points for another search: some of all, those around the places of a start, and those that it misses most.

    None if no few points are much worse off than the others. A point whose neighbours are not is no peak but an
    outlier, which does not count.
    """
    order = np.argsort(x, kind="stable")
    residuals = ((y - model(x, *start)) * weights)[order]
    rest, worst = residuals[1:] * residuals[:-1], []
    if not rest.max() > _STICKS_OUT * np.square(residuals).mean():
        return None
    for _ in places:
        worst.append(int(rest.argmax()))
        rest[max(worst[-1] - _REACH, 0) : worst[-1] + _REACH + 1] = 0.0
    spread = np.arange(0, x.size, -(-x.size // _SPREAD))
    near = np.searchsorted(x, start[[*places]], sorter=order)
    return np.sort(order[with_near(spread, [*near.tolist(), *worst], x.size)])


def with_near(some: _Indices, places: Iterable[int], m: int) -> _Indices:
    """Indices, those of some of m points in order, and those near places among these."""
    centers = np.clip(np.array([*places], dtype=np.intp), _REACH, m - 1 - _REACH)
    return np.union1d(some, np.add.outer(centers, np.arange(-_REACH, _REACH + 1)))
