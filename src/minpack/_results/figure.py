"""Figures in notebooks; imported only if matplotlib is installed."""

from __future__ import annotations

import functools
from typing import Any

import matplotlib
from matplotlib import pyplot as plt


def show_once(figure: Any) -> None:
    """Keep a notebook from showing a figure twice: as the value of a cell, and again when the cell ends."""
    if "inline" in matplotlib.get_backend().lower():  # other backends show figures in windows or widgets
        figure._ipython_display_ = functools.partial(_close_and_show, figure)


def _close_and_show(figure: Any) -> None:
    """Take the figure out of pyplot, which would show it when the cell ends, and let IPython show it now."""
    if getattr(figure, "number", None) in plt.get_fignums():
        plt.close(figure)
    raise NotImplementedError  # IPython then takes the next of its ways, a picture
