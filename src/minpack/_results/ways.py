"""The way from a fit to the end of an interval, on which chi-square may rise too high and fall again.

The search for an end takes long steps, and may pass a pole of the model, as b = x is in 1/(b - x), or another minimum.
Here each way is looked at in between, and more closely wherever the curve jumps from one point to the next.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from .solution import Solution

_Array = NDArray[np.float64]

_POINTS = 3  # on the way to an end
_RATIO = 1.5  # of the points on the way to infinity
_JUMP = 0.4  # of the quantile: how far the curve may move from one point to the next
_LEVELS = 12  # how often a jump is halved; what is left is a change to another minimum of the other parameters
_ABOVE = 1e-3  # of the quantile, by which z must exceed it


class Rays(Protocol):
    """What fits again along rays, and the residuals there: see rays.py."""

    fit: Solution

    def at(
        self, rays: NDArray[np.intp], reach: _Array, start: _Array | None = None, inside: _Array | None = None
    ) -> tuple[_Array, _Array]: ...  # fmt: skip  # numpydoc ignore=GL08

    def rows(self, values: _Array) -> _Array: ...  # numpydoc ignore=GL08


class Obstacles(NamedTuple):
    """Where ways are interrupted: z is below the quantile at the reach `inner`, above it at `outer`."""

    rays: NDArray[np.intp]
    inner: _Array
    z_inner: _Array
    values: _Array  # at the inner reach
    outer: _Array


class _Points(NamedTuple):
    """Points on the ways, in the order of rays, and outward on each."""

    rays: NDArray[np.intp]
    reach: _Array
    z: _Array
    values: _Array
    rows: _Array  # the residuals, in units of the scale

    def select(self, chosen: NDArray[np.bool_] | NDArray[np.intp]) -> _Points:
        return _Points._make(part[chosen] for part in self)

    def merged(self, others: _Points) -> _Points:
        both = _Points._make(np.concatenate(parts) for parts in zip(self, others, strict=True))
        return both.select(np.lexsort((both.reach, both.rays)))


def obstacles(rays: Rays, quantile: float, ends: _Array, values: _Array, farthest: float) -> Obstacles:
    """The first obstacle on the way to each end, if there is one; ends at infinity have a way to `farthest`."""
    which = np.flatnonzero(~np.isnan(ends))
    points = _start(rays, which, quantile, ends, values, farthest)
    open_rays = np.ones(len(ends), dtype=bool)
    for _ in range(_LEVELS):
        stopped = _above(points, quantile)
        if stopped.any():
            points = _again(rays, points, stopped)
            open_rays[points.rays[_above(points, quantile)]] = False
        gaps = np.flatnonzero(
            (points.rays[1:] == points.rays[:-1]) & open_rays[points.rays[1:]]
            & (np.linalg.norm(np.diff(points.rows, axis=0), axis=1) > _JUMP * quantile)
        )  # fmt: skip
        if not gaps.size:
            break
        middle = 0.5 * (points.reach[gaps] + points.reach[gaps + 1])
        between = 0.5 * (points.values[gaps] + points.values[gaps + 1])
        points = points.merged(_fitted(rays, points.rays[gaps], middle, between, points.values[gaps]))
    return _first(points, quantile)


def _start(
    rays: Rays, which: NDArray[np.intp], quantile: float, ends: _Array, values: _Array, farthest: float
) -> _Points:
    """The fitted values, the ends, and some points between."""
    origin = rays.fit.values
    ratios = _RATIO ** np.arange(np.ceil(np.log(farthest) / np.log(_RATIO)))
    to_infinity = quantile * np.concatenate([[0.25, 0.5, 0.75], ratios])
    share = np.arange(1, _POINTS + 1) / (_POINTS + 1)
    reach = [share * end if np.isfinite(end) else to_infinity for end in ends[which]]
    lengths = [part.size for part in reach]
    of_ray, flat = np.repeat(which, lengths), np.concatenate([np.empty(0), *reach])
    last = np.where(np.isfinite(ends), ends, farthest * quantile)
    begin = origin + (flat / last[of_ray])[:, np.newaxis] * (values[of_ray] - origin)
    inside = np.tile(origin, (flat.size, 1))
    points = _fitted(rays, of_ray, flat, begin, inside)
    known = np.concatenate([np.tile(origin, (which.size, 1)), values[which]])
    z = np.repeat([0.0, quantile], which.size)
    at = np.concatenate([np.zeros(which.size), last[which]])
    return points.merged(_Points(np.tile(which, 2), at, z, known, rays.rows(known)))


def _fitted(rays: Rays, which: NDArray[np.intp], reach: _Array, begin: _Array, inside: _Array) -> _Points:
    z, values = rays.at(which, reach, begin, inside)
    points = _Points(which, reach, z, values, rays.rows(values))
    return points.select(np.isfinite(z) & np.isfinite(points.rows).all(axis=1))


def _above(points: _Points, quantile: float) -> NDArray[np.bool_]:
    return np.asarray(points.z > (1.0 + _ABOVE) * quantile)


def _again(rays: Rays, points: _Points, stopped: NDArray[np.bool_]) -> _Points:
    """Points that seem too high, fitted again from their neighbours: the first fits may be in another minimum."""
    k = np.flatnonzero(stopped)
    for neighbour in (k - 1, k + 1):  # each way begins and ends with a point that is not too high
        z, values = rays.at(points.rays[k], points.reach[k], points.values[neighbour], points.values[neighbour])
        better = np.flatnonzero(z < points.z[k])
        points.z[k[better]], points.values[k[better]] = z[better], values[better]
        points.rows[k[better]] = rays.rows(values[better])
    return points


def _first(points: _Points, quantile: float) -> Obstacles:
    """The first point of each way that is too high, and the one before."""
    k = np.flatnonzero(_above(points, quantile))
    _, first = np.unique(points.rays[k], return_index=True)
    outer = points.select(k[first])
    inner = points.select(k[first] - 1)
    return Obstacles(outer.rays, inner.reach, inner.z, inner.values, outer.reach)
