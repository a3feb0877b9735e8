"""How chi-square grows away from a fit: along rays in one or two parameters, the others fitted again at each point."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .solution import Solution
from .warnings import warn

_Array = NDArray[np.float64]

_CLOSE = 2e-7  # of the quantile: how close an end must be
_PASSES = 60
_LOST = 1e-7  # a bracket so narrow has fits that fail beyond its inner end
_LONGEST_STEP = 4.0  # times the reach before, until the end is passed
_FIRST_STEP, _WALK = 0.05, 1.5  # of the quantile, and times the reach before, if that fails
_SHORT_STEP = 1.05  # the same after an end that was none
_DOUBTFUL = 1.5  # times what is expected: z that may be that of another minimum
_STEEP = 5.0  # times the slope so far: an end that cannot be one
_FAR = 1e5  # an end further than this times that of the linear approximation counts as infinite
_RETURNS = 20  # how often a search may pass an obstacle
_BETTER = 1e-3  # a fit whose square of z is this far below zero is a better fit than the one at hand
_POINTS = 3  # on the way to an end, where it is looked at
_RATIO = 1.5  # of the points on the way to infinity
_JUMP = 0.4  # of the quantile: how far the curve may move from one point to the next
_LEVELS = 12  # how often a jump is halved; what is left is a change to another minimum of the other parameters
_ABOVE = 1e-3  # of the quantile, by which z must exceed it


@dataclass
class Rays:
    """Rays from the fitted values: each moves some parameters, and the others follow."""

    fit: Solution  # one that can be repeated
    moved: NDArray[np.intp]  # which parameters each ray moves, (rays, h)
    steps: _Array  # by how much for a reach of 1, where the linear approximation expects z = 1, (rays, h)
    scale: float = field(init=False)
    free: NDArray[np.intp] = field(init=False)
    slopes: _Array = field(init=False)
    better: tuple[float, _Array] | None = field(init=False, default=None)  # chi-square and values
    beyond: NDArray[np.bool_] = field(init=False)  # rays on which values past their end fit as well

    def __post_init__(self) -> None:
        fit = self.fit
        self.scale = 1.0 if fit.absolute_sigma else fit.reduced_chi_square
        self.refit = repeat(fit)
        self.beyond = np.zeros(len(self.moved), dtype=bool)
        # one at a bound may leave it
        vary = [j for j, name in enumerate(fit.names) if name in fit.fitted or fit.active_mask[j] != 0]
        self.free = np.array([[j for j in vary if j not in held] for held in self.moved.tolist()], dtype=np.intp)
        self.free = self.free.reshape(len(self.moved), len(vary) - self.moved.shape[1])
        # the others' most likely values, in the linear approximation, given those that are moved
        self.slopes = np.zeros((len(self.moved), len(fit.names)))
        for row, held, step, free in zip(self.slopes, self.moved, self.steps, self.free, strict=True):
            row[held] = step
            row[free] = fit.covariance[np.ix_(free, held)] @ np.linalg.solve(fit.covariance[np.ix_(held, held)], step)

    def at(
        self, rays: NDArray[np.intp], reach: _Array, start: _Array | None = None, inside: _Array | None = None,
        expected: _Array | None = None,
    ) -> tuple[_Array, _Array]:  # fmt: skip
        """Fit with the parameters of some rays held at a reach; z and all values, z NaN for fits that failed.

        z is the root of the rise of chi-square in units of the variance; it grows as the reach if the model is linear.
        Fits start where the linear approximation has them end unless `start` says more; again from `inside`, or from
        the fitted values, if they fail or z is well above what is expected, the reach or `expected`, as of fits that
        end in another minimum.
        """
        z, values = self._fit(rays, reach, self.fit.values + reach[:, np.newaxis] * self.slopes[rays]
                              if start is None else start)  # fmt: skip
        doubtful = np.flatnonzero(~(z <= _DOUBTFUL * (reach if expected is None else expected)))
        if doubtful.size:
            again = np.tile(self.fit.values, (doubtful.size, 1)) if inside is None else inside[doubtful]
            z_again, values_again = self._fit(rays[doubtful], reach[doubtful], again)
            better = np.flatnonzero(~(z_again >= z[doubtful]) & ~np.isnan(z_again))
            z[doubtful[better]], values[doubtful[better]] = z_again[better], values_again[better]
        return z, values

    def _fit(self, rays: NDArray[np.intp], reach: _Array, start: _Array) -> tuple[_Array, _Array]:
        whole, held = start.copy(), self.moved[rays]
        np.put_along_axis(whole, held, self.fit.values[held] + reach[:, np.newaxis] * self.steps[rays], axis=1)
        values, chi_square, success = self.refit(whole, self.free[rays])
        with np.errstate(invalid="ignore", over="ignore"):
            square = (chi_square - self.fit.chi_square) / self.scale
            within = (values >= self.fit.lower) & (values <= self.fit.upper)  # those that are held may not be
            success = success & within.all(axis=1)
            better = success & (square < -_BETTER)
            z = np.where(success & np.isfinite(square), np.sqrt(np.maximum(square, 0.0)), np.nan)
        if better.any():
            k = int(np.argmin(np.where(better, square, 0.0)))
            if self.better is None or chi_square[k] < self.better[0]:
                self.better = float(chi_square[k]), values[k]
        return z, values

    def warn_of_better(self) -> None:
        """Warn of the best fit that was found on the way, if it is better than the one at hand."""
        if self.better is not None:
            chi_square, values = self.better
            where = ", ".join(f"{name} = {v:.6g}" for name, v in zip(self.fit.names, values, strict=True))
            warn(
                f"a better fit was found on the way, with chi-square {chi_square:.6g} instead of "
                f"{self.fit.chi_square:.6g}: fit again from {where}",
            )

    def rows(self, values: _Array) -> _Array:
        """The weighted residuals, in units of the scale, for each row of parameters."""
        return np.asarray(self.refit.residuals(values) / math.sqrt(self.scale))

    def ends(self, quantile: float) -> tuple[_Array, _Array]:
        """The reach at which z first is `quantile`, and the values there; inf if there is none, NaN if fits fail.

        If steps are so long that fits fail, the rays concerned are walked along in short ones. If z exceeds the
        quantile on the way to an end, the end lies before that.
        """
        found, values = self._search(np.arange(len(self.moved)), _Search(quantile, len(self.moved), 1.0, _LONGEST_STEP))
        lost = np.flatnonzero(np.isnan(found))
        if lost.size:
            found[lost], values[lost] = self._search(lost, _Search(quantile, lost.size, _FIRST_STEP, _WALK))
        for _ in range(_RETURNS):
            inner, outer = _obstacles(self, quantile, found, values)
            which = outer.rays
            if not which.size:
                break
            search = _Search(quantile, which.size, 1.0, _WALK)
            self.beyond[which] = True
            search.enclose(inner.reach, inner.z, outer.reach)
            found[which], values[which] = self._search(which, search, inner.values)
        return found, values

    def _search(
        self, which: NDArray[np.intp], search: _Search, inside: _Array | None = None
    ) -> tuple[_Array, _Array]:  # fmt: skip
        """The secant method, within a bracket as soon as there is one; all rays at once.

        Each fit starts from the values at the last point inside, stretched to where it is.
        """
        count, origin, quantile = len(which), self.fit.values, search.quantile
        found, values = np.full(count, np.nan), np.full((count, origin.size), np.nan)
        slopes = self.slopes[which]
        inside = np.tile(origin, (count, 1)) if inside is None else inside.copy()
        for _ in range(_PASSES):
            rays, reach = search.rays, search.reach
            start = origin + reach[:, np.newaxis] * slopes[rays]
            z, at = self.at(which[rays], reach, start, inside[rays], reach * search.rise())
            close = np.abs(z - quantile) <= _CLOSE * quantile
            low = z < quantile
            inside[rays[low]] = at[low]
            follow = z < _DOUBTFUL * quantile
            slopes[rays[follow]] = (at[follow] - origin) / reach[follow, np.newaxis]
            found[rays[close]], values[rays[close]] = reach[close], at[close]
            endless = low & ~close & (reach > _FAR * quantile)
            found[rays[endless]], values[rays[endless]] = np.inf, at[endless]
            search.narrow(z, done=~np.isnan(found[rays]))
            if not search.rays.size:
                break
        return found, values


class _Search:
    """Where to look next for the reach of each open ray."""

    def __init__(self, quantile: float, count: int, first: float, longest: float) -> None:
        self.quantile, self.longest = quantile, longest
        self.rays = np.arange(count)
        self.reach = np.full(count, first * quantile)
        self.inner, self.outer = np.zeros(count), np.full(count, np.inf)
        self.z_inner = np.zeros(count)
        self.before, self.z_before = np.zeros(count), np.zeros(count)

    def enclose(self, inner: _Array, z_inner: _Array, outer: _Array) -> None:
        """Search only between two reaches."""
        self.inner, self.z_inner, self.outer = inner, z_inner, outer
        self.before, self.z_before = inner, z_inner
        self.reach = 0.5 * (inner + outer)

    def rise(self) -> _Array:
        """By how much z grows per reach, from what is known inside; 1 if nothing is."""
        return np.divide(self.z_inner, self.inner, out=np.ones_like(self.inner), where=self.inner > 0.0)

    def narrow(self, z: _Array, done: NDArray[np.bool_]) -> None:
        """Take z at the reach of each ray, drop the rays that are done or lost, and choose the next reach of others."""
        reach, low = self.reach, z < self.quantile
        self.inner, self.z_inner = np.where(low, reach, self.inner), np.where(low, z, self.z_inner)
        self.outer = np.where(low, self.outer, reach)  # a fit that failed is outside, too
        with np.errstate(invalid="ignore"):  # 0 times inf, where z is 0 so far and there is no outer end
            # z cannot rise so steeply from here on: the outer end was another minimum
            false_end = low & (self.quantile - z > _STEEP * self.rise() * (self.outer - reach))
        lost = ~done & (self.outer - self.inner <= _LOST * reach)
        self.outer[false_end] = np.inf
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            secant = reach + (self.quantile - z) * (reach - self.before) / (z - self.z_before)
            middle = 0.5 * (self.inner + self.outer)
        further = np.clip(np.where(np.isfinite(secant), secant, np.inf), 1.01 * reach, self.longest * reach)
        further[false_end] = np.minimum(further[false_end], _SHORT_STEP * reach[false_end])
        inside = (secant > self.inner) & (secant < self.outer)
        failed = np.isnan(z)
        self.before, self.z_before = np.where(failed, self.before, reach), np.where(failed, self.z_before, z)
        self.reach = np.where(np.isinf(self.outer), further, np.where(inside, secant, middle))
        for name in ("rays", "reach", "inner", "outer", "z_inner", "before", "z_before"):
            setattr(self, name, getattr(self, name)[~done & ~lost])


def repeat(fit: Solution) -> Any:
    """What fits again; an error if the fit cannot be repeated."""
    if fit.repeat is None:
        raise ValueError("the fit must have its function and its xdata to be fitted again; it was restored without")
    tied = bool(fit.tied) and getattr(fit.repeat, "ties", None) is None  # stored, and restored, without what ties them
    others = (("tied parameters", tied), ("a loss", fit.loss_weights is not None), ("complex data", fit.is_complex))
    for what, has in others:
        if has:
            raise ValueError(
                f"a fit with {what} cannot be fitted again with parameters held or on other data yet: use the linear "
                "approximation"
            )
    return fit.repeat(fit)

# ---- the way to an end, on which chi-square may rise too high and fall again
#
# The search takes long steps, and may pass a pole of the model, as b = x is in 1/(b - x), or another minimum. Here each
# way is looked at in between, and more closely wherever the curve jumps from one point to the next.


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


def _obstacles(rays: Rays, quantile: float, ends: _Array, values: _Array) -> tuple[_Points, _Points]:
    """The first obstacles on the ways to the ends: the last points before them, and the first that are too high."""
    points = _start(rays, np.flatnonzero(~np.isnan(ends)), quantile, ends, values)
    open_rays = np.ones(len(ends), dtype=bool)
    for _ in range(_LEVELS):
        stopped = _above(points, quantile)
        if stopped.any():
            _again(rays, points, np.flatnonzero(stopped))
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
    high = np.flatnonzero(_above(points, quantile))
    first = high[np.unique(points.rays[high], return_index=True)[1]]
    return points.select(first - 1), points.select(first)


def _start(rays: Rays, which: NDArray[np.intp], quantile: float, ends: _Array, values: _Array) -> _Points:
    """The fitted values, the ends, and some points between; of ends at infinity the way to what is far enough."""
    origin = rays.fit.values
    ratios = _RATIO ** np.arange(np.ceil(np.log(_FAR) / np.log(_RATIO)))
    to_infinity = quantile * np.concatenate([[0.25, 0.5, 0.75], ratios])
    share = np.arange(1, _POINTS + 1) / (_POINTS + 1)
    reach = [share * end if np.isfinite(end) else to_infinity for end in ends[which]]
    lengths = [part.size for part in reach]
    of_ray, flat = np.repeat(which, lengths), np.concatenate([np.empty(0), *reach])
    last = np.where(np.isfinite(ends), ends, _FAR * quantile)
    begin = origin + (flat / last[of_ray])[:, np.newaxis] * (values[of_ray] - origin)
    points = _fitted(rays, of_ray, flat, begin)
    known = np.concatenate([np.tile(origin, (which.size, 1)), values[which]])
    z = np.repeat([0.0, quantile], which.size)
    at = np.concatenate([np.zeros(which.size), last[which]])
    return points.merged(_Points(np.tile(which, 2), at, z, known, rays.rows(known)))


def _fitted(
    rays: Rays, which: NDArray[np.intp], reach: _Array, begin: _Array, inside: _Array | None = None
) -> _Points:
    z, values = rays.at(which, reach, begin, inside)
    points = _Points(which, reach, z, values, rays.rows(values))
    return points.select(np.isfinite(z) & np.isfinite(points.rows).all(axis=1))


def _above(points: _Points, quantile: float) -> NDArray[np.bool_]:
    return np.asarray(points.z > (1.0 + _ABOVE) * quantile)


def _again(rays: Rays, points: _Points, k: NDArray[np.intp]) -> None:
    """Fit points that seem too high again from their neighbours: the first fits may be in another minimum."""
    for neighbour in (k - 1, k + 1):  # each way begins and ends with a point that is not too high
        z, values = rays.at(points.rays[k], points.reach[k], points.values[neighbour], points.values[neighbour])
        better = np.flatnonzero(z < points.z[k])
        points.z[k[better]], points.values[k[better]] = z[better], values[better]
        points.rows[k[better]] = rays.rows(values[better])
