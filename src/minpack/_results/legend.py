"""A legend that hides nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_Array = NDArray[np.float64]

_PLACES = ("upper right", "upper left", "lower left", "lower right", "center right", "upper center", "lower center",
           "center left")  # fmt: skip
_GAP = 4.0  # pixels between the legend and what is drawn


def place(ax: Any, handles: list[Any], own_figure: bool) -> None:
    """Put a legend where nothing is drawn; if there is no such place, beside the axes, and make the figure wider.

    In axes that belong to somebody else, a figure keeps its size, and matplotlib chooses the place.
    """
    style: dict[str, Any] = {"handles": handles, "fontsize": "small", "frameon": False}
    figure = ax.figure.canvas.figure  # the whole one, if the axes are in a part of it
    if not own_figure:  # ours has been drawn: see settle
        figure.draw_without_rendering()  # now the axes have the size that the layout gives them
    drawn = _drawn(ax)
    for where in _PLACES:
        box = ax.legend(loc=where, **style).get_window_extent()
        inside = (drawn > [box.x0 - _GAP, box.y0 - _GAP]) & (drawn < [box.x1 + _GAP, box.y1 + _GAP])
        fits = box.height + _GAP < ax.bbox.height and box.width + _GAP < ax.bbox.width
        if fits and not inside.all(axis=1).any():
            return
    if not own_figure:
        ax.legend(loc="best", **style)
        return
    legend = ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0.0, **style)
    width, height = figure.get_size_inches()
    figure.set_size_inches(width + legend.get_window_extent().width / figure.dpi + 0.1, height)


def _drawn(ax: Any) -> _Array:
    """Points in pixels, close to each other, on all lines, error bars and bands of the axes."""
    from matplotlib.collections import LineCollection

    points = []
    for line in ax.lines:
        vertices = line.get_transform().transform(np.asarray(line.get_xydata(), dtype=np.float64))
        points.append(vertices if line.get_linestyle() == "None" else _dense(vertices))
    for collection in ax.collections:
        for path in collection.get_paths():
            vertices = collection.get_transform().transform(path.vertices)
            points.append(_dense(vertices) if isinstance(collection, LineCollection) else vertices)
    drawn: _Array = np.concatenate([np.empty((0, 2)), *points])
    return drawn[np.isfinite(drawn).all(axis=1)]


def _dense(vertices: _Array) -> _Array:
    steps = max(1, 400 // max(len(vertices), 1))
    knots = np.arange(len(vertices), dtype=np.float64)
    fine = np.linspace(0.0, max(len(vertices) - 1, 0), steps * len(vertices) + 1)
    return np.stack([np.interp(fine, knots, column) for column in vertices.T], axis=-1) if len(vertices) else vertices
