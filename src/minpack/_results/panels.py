"""A fit over two predictors, an image for example, as three panels: data, model, residuals."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .report import answer, curve_label
from .solution import Solution

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_Array = NDArray[np.float64]

_WIDTH = 120  # of a line of parameters


def draw(
    fit: Solution, x: tuple[_Array, _Array], residuals: _Array, word: str, axes: Sequence[Any] | None,
    title: str | None, labels: Sequence[str],
) -> Figure:  # fmt: skip
    """Three maps over both predictors; data and model share their colors."""
    import matplotlib.pyplot as plt

    from .figure import show_once

    cells = _cells(*x)
    own_figure = axes is None
    if axes is None:
        new, axes = plt.subplots(1, 3, sharex=True, sharey=True, figsize=(10.0, _height(cells)), layout="compressed")
        if title is not None:
            new.suptitle(title, fontsize="large")
        new.supxlabel(parameters(fit, _WIDTH), fontsize="small")
    fitted = fit.ydata - fit.residuals
    both = {"vmin": min(fit.ydata.min(), fitted.min()), "vmax": max(fit.ydata.max(), fitted.max())}
    reach = float(np.abs(residuals).max()) or 1.0
    _map(axes[0], x, cells, fit.ydata, "data", **both)
    of_model = _map(axes[1], x, cells, fitted, curve_label(fit), **both)
    of_residuals = _map(axes[2], x, cells, residuals, word, vmin=-reach, vmax=reach, cmap="RdBu_r")
    figure = axes[0].figure
    below: dict[str, Any] = {"location": "bottom", "pad": 0.03}
    figure.colorbar(of_model, ax=[axes[0], axes[1]], label=labels[2], aspect=40, **below)
    figure.colorbar(of_residuals, ax=axes[2], label=word, **below)
    for ax in axes:
        ax.set_xlabel(labels[0])
        if _equal_steps(cells):
            ax.set_aspect("equal")
    axes[0].set_ylabel(labels[1])
    if not own_figure and title is not None:
        axes[0].set_title(title)
    return show_once(figure)


def parameters(fit: Solution, width: int) -> str:
    """All parameters in lines of some width, none broken."""
    words = ",  ".join(f"{name} = {answer(fit, name)}".replace(" ", "\0") for name in fit.names)
    return textwrap.fill(words, width).replace("\0", " ")


def _map(ax: Any, x: tuple[_Array, _Array], cells: Any, values: _Array, title: str, **style: Any) -> Any:
    """Values in color: cells if the points form a grid, else dots."""
    ax.set_title(title)
    if cells is None:
        return ax.scatter(*x, c=values, s=float(np.clip(8000 / values.size, 4.0, 40.0)), **style)
    (columns, across), (rows, up) = cells
    image = np.full((rows.size, columns.size), np.nan)
    image[up, across] = values
    return ax.pcolormesh(columns, rows, image, shading="nearest", rasterized=True, **style)


def _cells(first: _Array, second: _Array) -> Any:
    """The columns and rows of a grid, and which of them each point lies in; None if the points form no grid."""
    columns, across = np.unique(first, return_inverse=True)
    rows, up = np.unique(second, return_inverse=True)
    count = columns.size * rows.size
    full = min(columns.size, rows.size) > 1 and count <= 2 * first.size  # some points may have been omitted
    if full and np.unique(up * columns.size + across).size == first.size:
        return (columns, across), (rows, up)
    return None


def _height(cells: Any) -> float:
    """Inches of a figure whose panels are about three inches wide."""
    (columns, _), (rows, _) = cells if _equal_steps(cells) else ((np.arange(1), None), (np.arange(1), None))
    return 1.9 + 3.0 * float(np.clip(rows.size / columns.size, 0.3, 2.0))


def _equal_steps(cells: Any) -> bool:
    """Whether the cells are squares, as pixels are."""
    if cells is None:
        return False
    steps = np.concatenate([np.diff(cells[0][0]), np.diff(cells[1][0])])
    return bool(np.ptp(steps) <= 1e-6 * steps.max())
