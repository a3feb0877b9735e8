"""A fit as a picture, by matplotlib."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import cycle
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._optional import needed
from . import panels
from .report import answer, curve_label
from .solution import Solution

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_Array = NDArray[np.float64]
Evaluate = Callable[[Any], tuple[_Array, _Array, _Array]]  # the curve at x, and the ends of its confidence band

_FINE = 500  # points of the curve, equally spaced, and as many in equal ratios
_CHECKED = 500  # of the data, at most, whose model values are compared
_AGREES = 1e-6  # of the range of the model
_OF_COMPONENTS = ("C0", "C2", "C1", "C4", "C5")
_DECADES = 2.0  # from which an axis may be logarithmic


class _Line(NamedTuple):
    """What is drawn through the data."""

    x: NDArray[Any]
    curve: _Array
    low: _Array
    high: _Array
    components: dict[str, _Array]


def draw(
    fit: Solution, evaluate: Evaluate, ax: Axes | Sequence[Axes] | None, *, level: float, xscale: str | None,
    title: str | None, labels: Sequence[str] | None,
) -> Figure:  # fmt: skip
    """Data, curve and residuals, over one predictor or two."""
    if xscale not in (None, "linear", "log"):
        raise ValueError(f"xscale must be None, 'linear' or 'log'; got {xscale!r}")
    if fit.is_complex:
        return _draw_parts(fit, evaluate, ax, level, xscale, title, labels)
    predictors = _predictors(fit)
    names = _labels(fit, len(predictors), labels)
    if len(predictors) == 2:
        if xscale == "log":
            raise ValueError("xscale must be None or 'linear' for two predictors; got 'log'")
        residuals, _, word = _residuals(fit)
        return panels.draw(fit, (predictors[0], predictors[1]), residuals, word, _axes(ax, 3), title, names)
    (x,) = predictors
    if xscale == "log" and not x.min() > 0:
        raise ValueError(f"xscale must be 'linear' if xdata are not all positive; got 'log', and {x.min()} in xdata")
    given = _axes(ax, 1, 2)
    line = _line(fit, evaluate, x)
    import matplotlib.pyplot as plt

    from .figure import settle, show_once

    if given is None:
        new, (upper, lower) = plt.subplots(2, sharex=True, figsize=(6.4, 5.2), height_ratios=[3, 1],
                                           layout="constrained")  # fmt: skip
        new.get_layout_engine().set(h_pad=0.03, hspace=0.0)  # type: ignore[union-attr,call-arg]
    else:
        upper, lower = (*given, None)[:2]
    scale = xscale or (suitable_scale(x) if given is None else upper.get_xscale())
    for axes in (upper, lower):
        if axes is not None and axes.get_xscale() != scale:
            axes.set_xscale(scale)
    _draw(fit, x, line, upper, lower, level)
    upper.set_ylabel(names[1])
    (upper if lower is None else lower).set_xlabel(names[0])
    titles = [] if title is None else [upper.set_title(title)]
    if given is None:
        settle(upper.figure, titles)
    _add_legend(fit, upper, own_figure=given is None)
    return show_once(upper.figure)


def _draw_parts(
    fit: Solution, evaluate: Evaluate, ax: Any, level: float, xscale: str | None, title: str | None,
    labels: Sequence[str] | None,
) -> Figure:  # fmt: skip
    from .figure import settle, show_once

    given = _axes(ax, 2)
    upper, lower = (given, [None, None]) if given is not None else subplots(2, 2)[1]
    half = fit.ydata.size // 2
    for k, (name, part) in enumerate((("real", np.real), ("imaginary", np.imag))):
        points = slice(k * half, (k + 1) * half)
        own = part_of(replace(fit, is_complex=False), points)
        x, *others = _predictors(own)
        if others:
            raise ValueError("xdata must be one number per point for a plot of complex data; got two")
        names = _labels(own, 1, labels)
        draw_part(own, x, partial(_part_of, evaluate, part), upper[k], lower[k], level, xscale)
        upper[k].set_ylabel(f"{name} part of {names[1]}")
        lowest: Any = upper[k] if lower[k] is None else lower[k]
        lowest.set_xlabel(names[0])
    titles = [] if title is None else [upper[0].figure.suptitle(title)]
    if given is None:
        settle(upper[0].figure, titles)
    _add_legend(fit, upper[1], own_figure=given is None)
    return show_once(upper[0].figure)


def part_of(fit: Solution, points: slice) -> Solution:
    """Some of the points of a fit, as one of their own; xdata stay."""
    sigma = fit.sigma
    if sigma is not None and sigma.ndim == 2:
        sigma = sigma[points, points]
    elif sigma is not None and sigma.shape == fit.ydata.shape:
        sigma = sigma[points]
    return replace(
        fit, ydata=fit.ydata[points], residuals=fit.residuals[points], sigma=sigma,
        weighted_residuals=fit.weighted_residuals[points],
    )  # fmt: skip


def draw_part(
    fit: Solution, x: NDArray[Any], evaluate: Evaluate, upper: Any, lower: Any, level: float, xscale: str | None = None
) -> None:  # fmt: skip
    """One of several pairs of panels."""
    line = _line(fit, evaluate, x)
    for axes in (upper, lower):
        if axes is not None:
            axes.set_xscale(xscale or suitable_scale(x))
    _draw(fit, x, line, upper, lower, level)


def _part_of(evaluate: Evaluate, part: Callable[[Any], _Array], x: Any) -> tuple[_Array, _Array, _Array]:
    curve, low, high = evaluate(x)
    return part(curve), part(low), part(high)


def subplots(rows: int, columns: int, bands: int = 1) -> tuple[Any, Any]:
    """A figure with panels, and its axes in two dimensions: a lower row is for residuals, and bands repeat rows."""
    figure, axes = needed("plot", "matplotlib.pyplot", "matplotlib").subplots(
        bands * rows, columns, squeeze=False, layout="constrained", height_ratios=[3, 1][:rows] * bands,
        figsize=(1.6 + 3.2 * columns, bands * (1.4 + 1.8 * rows)),
    )  # fmt: skip
    if rows == 2:
        for upper, lower in zip(axes[0::2].flat, axes[1::2].flat, strict=True):
            lower.sharex(upper)
            upper.tick_params(labelbottom=False)
    return figure, axes


# ---- what to draw


def _predictors(fit: Solution) -> list[NDArray[Any]]:
    """One vector for each predictor; ValueError if there are more than two, or xdata are not numbers."""
    x, m = np.asarray(fit.xdata), fit.ydata.size
    if x.dtype.kind in "biufmM":
        if x.size == m and x.ndim > 0:
            return [x.ravel()]
        if x.ndim > 1 and x.size == 2 * m:
            if x.shape[0] == 2:
                return [x[0].ravel(), x[1].ravel()]
            if x.shape[-1] == 2:
                return [x[..., 0].ravel(), x[..., 1].ravel()]
    raise ValueError(
        f"xdata must be one number or two per point for a plot; got shape {x.shape} and dtype {x.dtype}, {m} points"
    )


def _labels(fit: Solution, k: int, labels: Sequence[str] | None) -> list[str]:
    """What to write at the axes: k predictors, then y."""
    if labels is not None:
        if isinstance(labels, str) or len(labels) != k + 1:
            what = "x and y" if k == 1 else "both predictors and y"
            raise ValueError(f"labels must be {k + 1} strings, for {what}; got {labels!r}")
        return list(labels)
    origin = getattr(fit.predictors, "origin", None)
    x_name = fit.x_name if origin is None else f"{fit.x_name} (seconds since {str(origin).removesuffix('.000000000')})"
    default = [x_name, "y"] if k == 1 else [f"{fit.x_name}[0]", f"{fit.x_name}[1]", "y"]
    *own, y = fit.labels or [""]
    own = own if len(own) == k else [""] * k
    return [name or instead for name, instead in zip([*own, y], default, strict=True)]


def _axes(ax: Any, *counts: int) -> list[Any] | None:
    """The axes that were given; the import of matplotlib, before there is a figure that pyplot would keep."""
    needed("plot", "matplotlib.pyplot", "matplotlib")
    if ax is None:
        return None
    given = list(np.ravel(ax)) if isinstance(ax, (tuple, list, np.ndarray)) else [ax]
    if len(given) not in counts:
        wanted = "three Axes, for two predictors" if counts == (3,) else "one of Axes, or a pair"
        raise ValueError(f"ax must be {wanted}; got {len(given)}")
    return given


def suitable_scale(x: NDArray[Any]) -> str:
    """A logarithmic axis if x spans decades, and its middle lies nearer to the middle of such an axis."""
    low, middle, high = (np.min(x), np.median(x), np.max(x)) if x.dtype.kind in "biuf" else (0.0, 0.0, 0.0)
    if not (low > 0.0 and high >= 10.0**_DECADES * low):
        return "linear"
    of_linear = (middle - low) / (high - low)
    of_log = math.log(middle / low) / math.log(high / low)
    return "log" if abs(of_log - 0.5) < abs(of_linear - 0.5) else "linear"


def _line(fit: Solution, evaluate: Evaluate, x: NDArray[Any]) -> _Line:
    """The curve on a fine grid; at the data's own x if the model there is another than on the grid."""
    if np.shape(fit.xdata) == x.shape and x.dtype.kind in "biuf":
        numbers = np.asarray(x, dtype=np.float64)
        sample = np.linspace(0, x.size - 1, min(x.size, _CHECKED)).astype(np.intp)
        points = _grid(numbers, numbers[sample])
        try:
            curve, low, high = evaluate(points)
            components = _components(fit, points, points.size)
        except Exception:  # a model may raise anything at other points than those of the data
            curve, low, high, components = np.empty(0), np.empty(0), np.empty(0), {}
        if curve.shape == points.shape and _agrees(fit, curve[np.searchsorted(points, numbers[sample])], sample):
            return _Line(points, curve, low, high, components)
    order = np.argsort(x, kind="stable")
    curve, low, high = (np.ravel(values)[order] for values in evaluate(fit.xdata))
    components = {name: part[order] for name, part in _components(fit, fit.xdata, x.size).items()}
    return _Line(x[order], curve, low, high, components)


def _grid(x: _Array, sample: _Array) -> _Array:
    """Points close to each other on a linear axis and on a logarithmic one, and some of the data's own."""
    low, high = x.min(), x.max()
    parts = [np.linspace(low, high, _FINE), sample]
    if low > 0.0:
        parts.append(np.clip(np.geomspace(low, high, _FINE), low, high))
    return np.unique(np.concatenate(parts))


def _agrees(fit: Solution, curve: _Array, sample: NDArray[np.intp]) -> bool:
    """Whether the model, evaluated with other points, has the values of the fit."""
    fitted = (fit.ydata - fit.residuals)[sample]
    tolerance = _AGREES * max(np.ptp(fitted), np.ptp(fit.ydata), 1e-9 * np.abs(fitted).max())
    return bool((np.abs(curve - fitted) <= tolerance).all())


def _components(fit: Solution, x: Any, size: int) -> dict[str, _Array]:
    """The terms of a sum, if the model has a method for them: ``f.components(x, *values)``, values by name."""
    method = getattr(fit.f, "components", None)
    if not callable(method):
        return {}
    parts = {str(name): np.asarray(part, dtype=np.float64) for name, part in method(x, *fit.values).items()}
    return {name: np.broadcast_to(part.ravel(), (size,)) for name, part in parts.items()}


# ---- drawing it


def _draw(fit: Solution, x: NDArray[Any], line: _Line, upper: Any, lower: Any, level: float) -> None:
    from .figure import ink

    style: dict[str, Any] = {"fmt": "o", "ms": 4 if fit.ydata.size <= 100 else 2.5, "color": ink(upper),
                             "mfc": upper.get_facecolor(), "mew": 0.9, "elinewidth": 0.9, "zorder": 2}  # fmt: skip
    upper.errorbar(x, fit.ydata, _bars_of(fit), label="data", **style)
    upper.plot(line.x, line.curve, color="C3", lw=1.6, zorder=3, label=curve_label(fit))
    if np.isfinite([line.low, line.high]).all():
        label = f"{100 * level:g} % confidence"
        upper.fill_between(line.x, line.low, line.high, color="C3", alpha=0.22, lw=0, zorder=1, label=label)
    if len(line.components) > 1:
        for color, (name, part) in zip(cycle(_OF_COMPONENTS), line.components.items()):
            upper.plot(line.x, part, color=color, lw=1.1, ls="--", zorder=2.5, label=name)
    if lower is not None:
        residuals, bars, word = _residuals(fit)
        lower.axhline(0.0, color="C3", lw=1.0, zorder=1)
        lower.errorbar(x, residuals, bars, **style)
        reach = 1.15 * float(np.abs(residuals).max() + (0.0 if bars is None else np.max(bars)))
        if math.isfinite(reach) and reach > 0.0:
            lower.set_ylim(-reach, reach)
        lower.set_ylabel(word)
        upper.figure.align_ylabels([upper, lower])


def _add_legend(fit: Solution, ax: Any, own_figure: bool) -> None:
    """What is drawn, and the parameters."""
    from matplotlib.lines import Line2D

    from .figure import place

    handles, _ = ax.get_legend_handles_labels()
    # matplotlib lists error bars last
    handles.sort(key=lambda handle: handle.get_label() != "data")
    words = [f"{name} = {answer(fit, name)}" for name in fit.names]
    handles += [Line2D([], [], linestyle="none", label=word) for word in words]
    place(ax, handles, own_figure)


def _residuals(fit: Solution) -> tuple[_Array, Any, str]:
    """The residuals to show, their error bars, and what to call them."""
    if fit.sigma is not None and fit.sigma.ndim < 2:
        return fit.weighted_residuals, 1.0, "residual / σ"
    return fit.residuals, _bars_of(fit), "residual"


def _bars_of(fit: Solution) -> _Array | None:
    """Standard deviation of each point, if sigma gives it."""
    if fit.sigma is None:
        return None
    deviations = np.sqrt(np.diag(fit.sigma)) if fit.sigma.ndim == 2 else fit.sigma
    return np.broadcast_to(deviations, fit.ydata.shape)
