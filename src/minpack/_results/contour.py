"""Contours: the region that holds the true values of two parameters with a given probability."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .profile import check_can_move, new_axes, positions, settle_own
from .rays import Rays
from .solution import Solution
from .warnings import warn

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_Array = NDArray[np.float64]


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
    dof = fit.degrees_of_freedom
    if fit.absolute_sigma:
        return math.sqrt(-2.0 * math.log1p(-level))
    if dof < 1:
        raise ValueError("the fit must have degrees of freedom, or absolute_sigma, for a contour")
    return math.sqrt(dof * math.expm1(-2.0 / dof * math.log1p(-level)))
