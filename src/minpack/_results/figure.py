"""Words, numbers and legends in their room, figures in notebooks; imported only if matplotlib is installed."""

from __future__ import annotations

import functools
import textwrap
from collections.abc import Iterable
from typing import Any

import matplotlib
import numpy as np
from matplotlib import pyplot as plt
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from numpy.typing import NDArray

_Array = NDArray[np.float64]

_SMALLEST = 5.0  # points of a letter
_GAP = 4.0  # pixels between two numbers at an axis, and between a legend and what is drawn
_PLACES = ("upper right", "upper left", "lower left", "lower right", "center right", "upper center", "lower center",
           "center left")  # fmt: skip


def ink(ax: Any) -> Any:
    """The color of points and of lines without a meaning of their own: dark gray, or what is read on a dark ground."""
    grounds = [to_rgba(ground) for ground in (ax.get_facecolor(), ax.figure.get_facecolor(), "white")]
    ground = next(color for color in grounds if color[3] > 0.5)
    return "0.25" if sum(ground[:3]) > 1.5 else matplotlib.rcParams["axes.labelcolor"]


def settle(figure: Any, titles: Iterable[Any] = ()) -> None:
    """Fit words and numbers into their room: titles get more lines, labels smaller letters, axes fewer numbers."""
    figure.draw_without_rendering()  # now everything has its place
    changed = False
    for title in titles:
        box = title.get_window_extent()
        middle = 0.5 * (box.x0 + box.x1)
        changed |= _break_lines(title, 2.0 * min(middle, figure.bbox.width - middle))
    for ax in figure.axes:
        for label, room in ((ax.xaxis.label, ax.bbox.width), (ax.yaxis.label, ax.bbox.height)):
            box = label.get_window_extent()
            share = room / max(box.width, box.height, 1.0)
            if share < 1.0:
                label.set_fontsize(max(_SMALLEST, share * label.get_fontsize()))
                changed = True
        if ax.get_xscale() == "linear" and ax.xaxis.get_tick_params().get("labelbottom", True):
            changed |= _thin_out(ax)
    if changed:
        figure.draw_without_rendering()


def _break_lines(title: Any, room: float) -> bool:
    """Break a title where it exceeds the room; whether it did."""
    width = title.get_window_extent().width
    if width <= room:
        return False
    lines = title.get_text().splitlines()
    letters = max(10, int(0.95 * max(map(len, lines)) * room / width))
    title.set_text("\n".join(textwrap.fill(line, letters) for line in lines))
    return True


def _thin_out(ax: Any) -> bool:
    """Show fewer numbers below an axis if they touch each other; whether they did."""
    for fewer, most in enumerate((6, 5, 4, 3, 2)):
        boxes = sorted((label.get_window_extent() for label in ax.get_xticklabels() if label.get_text()),
                       key=lambda box: box.x0)  # fmt: skip
        boxes = [box for box in boxes if ax.bbox.x0 - 1 <= 0.5 * (box.x0 + box.x1) <= ax.bbox.x1 + 1]
        if all(left.x1 + _GAP <= right.x0 for left, right in zip(boxes, boxes[1:], strict=False)):
            return fewer > 0
        ax.locator_params(axis="x", nbins=most)
    return True


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


def show_once(figure: Any) -> Figure:
    """The figure, shown once by a notebook and not twice: as the value of a cell, and again when the cell ends."""
    if "inline" in matplotlib.get_backend().lower():  # other backends show figures in windows or widgets
        figure._ipython_display_ = functools.partial(_close_and_show, figure)
    return figure  # type: ignore[no-any-return]


def _close_and_show(figure: Any) -> None:
    """Take the figure out of pyplot, which would show it when the cell ends, and let IPython show it now."""
    if getattr(figure, "number", None) in plt.get_fignums():
        plt.close(figure)
    raise NotImplementedError  # IPython then takes the next of its ways, a picture
