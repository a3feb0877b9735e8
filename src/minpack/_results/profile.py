"""Profiles: the best chi-square for each value of a parameter, the intervals that follow, and contours for two."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .._names import in_one_form
from .._optional import needed
from .rays import Rays
from .solution import Solution
from .warnings import warn

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_Array = NDArray[np.float64]

_SHORT = 0.97  # a profile that reaches this share of the outermost z is long enough
_LONG = 3.0  # and one that reaches this multiple is too long
_STRETCHES = 4


@dataclass(frozen=True, eq=False)
class Profile:
    """How well a fit can do for given values of one parameter, all others fitted again.

    Attributes
    ----------
    name : str
        The parameter.
    values : ndarray, shape (k,)
        Its values, in increasing order, among them the fitted one.
    z : ndarray, shape (k,)
        The rise of chi-square above its minimum, in units of `scale`, as a root with the sign of the distance from the
        fitted value. A straight line if the model is linear; NaN if a fit did not converge.
    parameters : ndarray, shape (k, n)
        All parameters at each of `values`.
    scale : float
        1 with `absolute_sigma`, the reduced chi-square otherwise.
    quantiles : dict
        The z at which the intervals with probabilities of 0.6827 and 0.95 end, by probability.

    Examples
    --------
    >>> import numpy as np
    >>> import minpack
    >>> x = np.arange(6.0)
    >>> y = np.array([2.9, 1.9, 1.1, 0.8, 0.4, 0.3])
    >>> fit = minpack.fit(lambda x, height, rate: height * np.exp(-rate * x), x, y)
    >>> profile = fit.profile("rate", points=2)
    >>> profile.name, profile.parameters.shape, profile.chi_square_rise.round(3)
    ('rate', (5, 2), array([0.099, 0.023, 0.   , 0.023, 0.084]))
    """

    name: str
    values: _Array
    z: _Array
    parameters: _Array
    scale: float
    quantiles: Mapping[float, float]

    @property
    def chi_square_rise(self) -> _Array:
        """Chi-square less its minimum, shape (k,)."""
        return np.square(self.z) * self.scale

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the absolute value of z over the parameter, with the ends of intervals; needs matplotlib.

        Parameters
        ----------
        ax : Axes, optional
            Where; by default a new figure.

        Returns
        -------
        Axes
            Those drawn on.

        Raises
        ------
        ImportError
            If matplotlib is not installed.

        Examples
        --------
        >>> fit.profile("rate").plot().figure.savefig("profile.png")  # doctest: +SKIP
        """
        own_figure = ax is None
        ax = new_axes() if ax is None else ax
        ax.plot(self.values, np.abs(self.z), color="C3", marker="o", ms=3.5, mfc=ax.get_facecolor())
        best = self.values[np.nanargmin(np.abs(self.z))]
        ax.axvline(best, color="0.6", lw=0.8)
        for level, quantile in self.quantiles.items():
            ax.axhline(quantile, color="0.5", ls="--", lw=0.8)
            ax.annotate(f"{100 * level:.3g} %", (best, quantile), xytext=(3, 2), textcoords="offset points", fontsize=8)
        ax.set(xlabel=self.name, ylabel="|z|", ylim=(0.0, None))
        if own_figure:
            settle_own(ax)
        return ax


@dataclass(frozen=True, eq=False)
class Contour:
    """The border of the joint confidence region of two parameters.

    Attributes
    ----------
    names : tuple of str
        The two parameters.
    points : ndarray, shape (k, 2)
        Their values along the border, once around; infinite if the region is open there.
    level : float
        The probability that the region holds the true values.
    center : ndarray, shape (2,)
        The fitted values.
    ellipse : ndarray, shape (k, 2)
        The border in the linear approximation.

    Examples
    --------
    >>> import numpy as np
    >>> import minpack
    >>> x, y = np.arange(6.0), np.array([1.1, 2.9, 5.2, 7.1, 8.8, 11.0])
    >>> fit = minpack.fit(lambda x, start, slope: start + slope * x, x, y)
    >>> contour = fit.contour("start", "slope", points=12)
    >>> contour.points.shape, bool(np.allclose(contour.points, contour.ellipse, rtol=1e-4))
    ((12, 2), True)
    """

    names: tuple[str, str]
    points: _Array
    level: float
    center: _Array
    ellipse: _Array

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the border and, dashed, that of the linear approximation; needs matplotlib.

        Parameters
        ----------
        ax : Axes, optional
            Where; by default a new figure.

        Returns
        -------
        Axes
            Those drawn on.

        Raises
        ------
        ImportError
            If matplotlib is not installed.

        Examples
        --------
        >>> fit.contour("amplitude", "rate").plot().figure.savefig("contour.png")  # doctest: +SKIP
        """
        own_figure = ax is None
        ax = new_axes() if ax is None else ax
        for points, style, label in ((self.ellipse, "--", "linear"), (self.points, "-", f"{100 * self.level:.3g} %")):
            around = np.concatenate([points, points[:1]])
            around[~np.isfinite(around)] = np.nan
            color, width = ("C3", 1.5) if style == "-" else ("0.5", 0.9)
            ax.plot(*around.T, style, color=color, lw=width, label=label)
        ax.plot(*self.center, "+", color="0.5", ms=9)
        ax.set(xlabel=self.names[0], ylabel=self.names[1])
        ax.legend(frameon=False, fontsize="small")
        if own_figure:
            settle_own(ax)
        return ax


def new_axes() -> Any:
    return needed("plot", "matplotlib.pyplot", "matplotlib").subplots(figsize=(5.4, 4.0), layout="constrained")[1]


def settle_own(ax: Any) -> None:
    """Give labels and numbers the size that there is room for, in a figure of our own."""
    from .figure import settle

    settle(ax.figure)


def positions(fit: Solution, names: tuple[str, ...]) -> list[int]:
    """Where parameters are; ValueError unless all are fitted."""
    names = in_one_form(names)
    for name in names:
        if name not in fit.fitted:
            what = "not a parameter"
            if name in fit.names:
                at_bound = fit.active_mask[fit.names.index(name)] != 0
                what = "tied" if name in fit.tied else "at a bound" if at_bound else "held"
            fitted = ", ".join(fit.fitted)
            raise ValueError(f"name must be a fitted parameter ({fitted}); got {name!r}, which is {what}")
    return [fit.names.index(name) for name in names]


def check_can_move(fit: Solution) -> None:
    """Raise ValueError unless there are errors that say how far to go."""
    errors = fit.errors[[fit.names.index(name) for name in fit.fitted]]
    if not (np.isfinite(errors).all() and errors.any()) or math.isnan(fit.reduced_chi_square):
        raise ValueError("the fit must have finite errors that are not all zero: see diagnose()")


def both_sides(fit: Solution, indices: list[int]) -> Rays:
    """Rays down and up in each of some parameters, the downward ones first."""
    moved = np.array([*indices, *indices], dtype=np.intp)
    signs = np.repeat([-1.0, 1.0], len(indices))
    return Rays(fit, moved[:, np.newaxis], (signs * fit.errors[moved])[:, np.newaxis])


def profiles(fit: Solution, names: tuple[str, ...], points: int, level: float) -> dict[str, Profile]:
    """The profile of each of some parameters; all fits of all profiles run together."""
    if points < 1:
        raise ValueError(f"points must be a positive integer; got {points!r}")
    check_can_move(fit)
    indices, outermost = positions(fit, names), fit.quantile(level)
    rays = both_sides(fit, indices)
    count = len(rays.moved)
    longest = np.full(count, outermost)
    share = np.arange(1, points + 1) / points
    which = np.repeat(np.arange(count), points)
    z, values = np.empty((count, points)), np.empty((count, points, len(fit.names)))
    todo = np.arange(count)
    for _ in range(_STRETCHES):
        chosen = np.isin(which, todo)
        reach = (longest[:, np.newaxis] * share).ravel()[chosen]
        z_found, found = rays.at(which[chosen], reach)
        z[todo], values[todo] = z_found.reshape(-1, points), found.reshape(-1, points, len(fit.names))
        end = z[todo].max(axis=1, where=~np.isnan(z[todo]), initial=0.0)
        todo = todo[~np.isnan(z[todo]).all(axis=1) & ((end < _SHORT * outermost) | (end > _LONG * outermost))]
        if not todo.size:
            break
        longest[todo] *= np.clip(outermost / np.maximum(z[todo, -1], 0.1 * outermost), 0.1, 3.0)
    lost = np.flatnonzero(np.isnan(z).any(axis=1))
    if lost.size:
        _up_to_ends(rays, lost, outermost, share, z, values)
    rays.warn_of_better()
    quantiles = {level: fit.quantile(level) for level in (0.6827, 0.95)}
    return {
        name: _joined(fit, rays.scale, j, z[[k, k + len(indices)]], values[[k, k + len(indices)]], quantiles)
        for k, (name, j) in enumerate(zip(names, indices, strict=True))
    }


def _up_to_ends(
    rays: Rays, lost: NDArray[np.intp], outermost: float, share: _Array, z: _Array, values: _Array
) -> None:  # fmt: skip
    """Replace sides on which fits failed by those that reach to the end of the interval, if there is one."""
    some = Rays(rays.fit, rays.moved[lost], rays.steps[lost])
    ends, at_ends = some.ends(outermost)
    found = np.flatnonzero(np.isfinite(ends))
    which, along = np.repeat(found, share.size), np.tile(share, found.size)
    start = rays.fit.values + along[:, np.newaxis] * (at_ends[which] - rays.fit.values)
    z_found, of_each = some.at(which, along * ends[which], start)
    z[lost[found]], values[lost[found]] = z_found.reshape(-1, share.size), of_each.reshape(-1, *values.shape[1:])


def _joined(
    fit: Solution, scale: float, j: int, z: _Array, values: _Array, quantiles: Mapping[float, float]
) -> Profile:  # fmt: skip
    """One profile of its two sides, each from the fitted value outward."""
    whole = np.concatenate([values[0, ::-1], fit.values[np.newaxis], values[1]])
    return Profile(fit.names[j], whole[:, j], np.concatenate([-z[0, ::-1], [0.0], z[1]]), whole, scale, quantiles)


def intervals(fit: Solution, level: float) -> _Array:
    """Where the profiles of all parameters reach the quantile of a probability, shape (n, 2); NaN for those that are
    computed from others."""
    ends = _of_fitted(fit, level)
    if fit.tied:
        ends[[fit.names.index(name) for name in fit.tied]] = np.nan
        for row, source in fit.repeat.ties.same:  # type: ignore[union-attr]
            ends[row] = ends[source]
    return ends


def _of_fitted(fit: Solution, level: float) -> _Array:
    """The same with the values of the parameters that are not fitted, and NaN at a bound."""
    quantile = fit.quantile(level)
    ends = np.column_stack([fit.values, fit.values])
    indices = [fit.names.index(name) for name in fit.fitted]
    ends[fit.active_mask != 0] = np.nan
    if not np.isfinite(quantile) or not np.isfinite(fit.errors[indices]).all():
        ends[indices] = -np.inf, np.inf
        return ends
    indices = [j for j in indices if fit.errors[j] > 0.0]  # a perfect fit has no others
    if not indices:
        return ends
    rays = both_sides(fit, indices)
    reach, _ = rays.ends(quantile)
    found = fit.values[rays.moved[:, 0]] + reach * rays.steps[:, 0]
    found, reach = _at_bounds(fit, rays, found, reach)
    ends[indices] = found.reshape(2, -1).T
    _warn(fit, rays, np.isnan(reach))
    return ends


def _warn(fit: Solution, rays: Rays, lost: NDArray[np.bool_]) -> None:
    """Warn of what an interval does not say."""

    def names(which: NDArray[np.bool_]) -> list[str]:
        return sorted({fit.names[j] for j in rays.moved[which, 0]})

    rays.warn_of_better()
    if lost.any():
        warn(
            f"no end was found for the interval of {', '.join(names(lost))}, as fits near there do not converge: see "
            "fit.profile() of it",
        )
    for name in names(rays.beyond & ~lost):
        warn(
            f"the interval of {name} ends where chi-square first rises above the limit, but it falls below again "
            f"further out: see fit.profile({name!r}) with a higher level",
        )


def _at_bounds(fit: Solution, rays: Rays, found: _Array, reach: _Array) -> tuple[_Array, _Array]:
    """Ends that lie beyond a bound of their parameter are that bound."""
    moved, down = rays.moved[:, 0], rays.steps[:, 0] < 0.0
    bound = np.where(down, fit.lower[moved], fit.upper[moved])
    stopped = np.isnan(reach) & np.isfinite(bound)
    if stopped.any():
        which = np.flatnonzero(stopped)
        z, _ = rays.at(which, (bound[which] - fit.values[moved[which]]) / rays.steps[which, 0])
        stopped[which] = np.isfinite(z)  # otherwise others are at their bounds, or fits fail
    return np.where(stopped, bound, found), np.where(stopped, 0.0, reach)


def contour(fit: Solution, names: tuple[str, str], level: float, points: int) -> Contour:
    """Look along rays, in the units of the ellipse of the linear approximation, for the border."""
    if points < 4:
        raise ValueError(f"points must be an integer of at least 4; got {points!r}")
    indices = positions(fit, names)
    if indices[0] == indices[1]:
        raise ValueError(f"name_y must be another parameter than name_x; got {names[1]!r} twice")
    check_can_move(fit)
    quantile = joint_quantile(fit, level)
    angles = 2.0 * np.pi * np.arange(points) / points
    circle = np.column_stack([np.cos(angles), np.sin(angles)])
    steps = circle @ np.linalg.cholesky(fit.covariance[np.ix_(indices, indices)]).T
    rays = Rays(fit, np.tile(np.array(indices, dtype=np.intp), (points, 1)), steps)
    reach, _ = rays.ends(quantile)
    rays.warn_of_better()
    if np.isnan(reach).any():
        warn("the contour has gaps, where fits do not converge before its border is reached")
    with np.errstate(invalid="ignore"):  # inf times 0, for a region open along an axis
        border = fit.values[indices] + np.where(steps == 0.0, 0.0, reach[:, np.newaxis] * steps)
    return Contour(names, border, level, fit.values[indices], fit.values[indices] + quantile * steps)


def joint_quantile(fit: Solution, level: float) -> float:
    """The z at which the joint region of two parameters ends.

    Root of the quantile of chi-square with 2 degrees of freedom, or of twice that of F with 2 and those of the fit;
    both have a closed form.
    """
    fit.quantile(level)  # checks it
    if fit.absolute_sigma:
        return math.sqrt(-2.0 * math.log1p(-level))
    dof = fit.degrees_of_freedom
    return math.sqrt(dof * math.expm1(-2.0 / dof * math.log1p(-level)))
