"""Figures in notebooks; imported only if matplotlib is installed."""

from __future__ import annotations

import functools
import textwrap
from collections.abc import Iterable
from typing import Any

import matplotlib
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

_SMALLEST = 5.0  # points of a letter
_GAP = 4.0  # pixels between two numbers at an axis


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
