"""A fit as a picture, by matplotlib."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .report import answer, model_name
from .solution import Solution

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_Array = NDArray[np.float64]

_FINE = 500  # points of the curve


def grid(fit: Solution) -> _Array:
    """Where to evaluate the curve; ValueError if it is not one over a number x."""
    x = np.asarray(fit.xdata)
    if x.shape != fit.ydata.shape or x.dtype.kind not in "biuf":
        raise ValueError(f"xdata must be one number per point for a plot; got shape {x.shape}, {fit.ydata.size} points")
    return np.linspace(x.min(), x.max(), _FINE)


def draw(
    fit: Solution, points: _Array, curve: _Array, band: tuple[_Array, _Array], ax: Axes | tuple[Axes, Axes] | None,
    level: float,
) -> Figure:  # fmt: skip
    """Data, curve and band, and the residuals below."""
    try:  # before there is a figure, which pyplot would keep
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError("plot needs matplotlib: pip install matplotlib") from error
    if ax is None:
        new, (upper, lower) = plt.subplots(2, sharex=True, figsize=(6.4, 5.2), height_ratios=[3, 1])
        new.subplots_adjust(left=0.12, right=0.97, bottom=0.1, top=0.97, hspace=0.05)
    else:
        upper, lower = ax if isinstance(ax, (tuple, list, np.ndarray)) else (ax, None)
    style: dict[str, Any] = {"fmt": "o", "ms": 4 if fit.ydata.size <= 100 else 2.5, "color": "0.25", "mfc": "white",
                             "mew": 0.9, "elinewidth": 0.9, "zorder": 2}  # fmt: skip
    color = _draw_curve(fit, points, curve, band, upper, level, style)
    if lower is not None:
        _draw_residuals(fit, lower, color, style)
        upper.figure.align_ylabels([upper, lower])
    (upper if lower is None else lower).set_xlabel(fit.x_name)
    figure: Figure = upper.figure
    return figure


def _draw_curve(
    fit: Solution, points: _Array, curve: _Array, band: tuple[_Array, _Array], ax: Any, level: float,
    style: dict[str, Any],
) -> Any:  # fmt: skip
    """Data, curve and band with their legend; the color of the curve."""
    from matplotlib.lines import Line2D

    data = ax.errorbar(np.asarray(fit.xdata), fit.ydata, _bars(fit), label="data", **style)
    (line,) = ax.plot(points, curve, color="C3", lw=1.6, zorder=3, label=model_name(fit))
    handles: list[Any] = [data, line]
    if np.isfinite(band).all():
        label = f"{100 * level:g} % confidence"
        handles.append(ax.fill_between(points, *band, color=line.get_color(), alpha=0.22, lw=0, zorder=1, label=label))
    words = [f"{name} = {answer(fit, name)}" for name in fit.names]
    handles += [Line2D([], [], linestyle="none", label=word) for word in words]
    ax.legend(handles=handles, frameon=False, fontsize="small")
    ax.set_ylabel("y")
    return line.get_color()


def _draw_residuals(fit: Solution, ax: Any, color: Any, style: dict[str, Any]) -> None:
    weighted = fit.sigma is not None and fit.sigma.ndim < 2
    residuals = fit.weighted_residuals if weighted else fit.residuals
    bars = 1.0 if weighted else _bars(fit)
    ax.axhline(0.0, color=color, lw=1.0, zorder=1)
    ax.errorbar(np.asarray(fit.xdata), residuals, bars, **style)
    reach = 1.15 * float(np.abs(residuals).max() + (0.0 if bars is None else np.max(bars)))
    if math.isfinite(reach) and reach > 0.0:
        ax.set_ylim(-reach, reach)
    ax.set_ylabel("residual / σ" if weighted else "residual")


def _bars(fit: Solution) -> _Array | None:
    """Standard deviation of each point, if sigma gives it."""
    if fit.sigma is None:
        return None
    deviations = np.sqrt(np.diag(fit.sigma)) if fit.sigma.ndim == 2 else fit.sigma
    return np.broadcast_to(deviations, fit.ydata.shape)
