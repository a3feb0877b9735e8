"""Frequencies in long series, of which a search cannot look at every point."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .starts import MOST_POINTS, Scale, grid_of, quasi_random

_Array = NDArray[np.float64]

_PEAKS, _LOW = 30, 40  # of the spectrum; frequencies of few periods, which it does not resolve


def has_waves(model: Any) -> bool:
    """Whether frequencies are searched for."""
    if len(model.predictors) > 1:
        return False
    return any("frequency" in grid_of(part).kinds.values() or is_wave(part) for _, part in model._terms)


def is_wave(model: Any) -> bool:
    """Whether it has a formula of a wave of which nothing else is known."""
    return len(model.predictors) == 1 and any(part.grid is None and part.formula.is_wave for _, part in model._terms)


def few_of(model: Any, m: int) -> Any:
    """The points that a search looks at: every k-th; of a wave, which would then look slower, one of every k."""
    k = -(-m // MOST_POINTS)
    if k == 1 or not has_waves(model):
        return slice(None, None, k)
    first = np.arange(0, m, k)
    return np.minimum(first + (quasi_random(first.size, 1)[:, 0] * k).astype(int), m - 1)


def frequencies_in(x: _Array, y: _Array) -> _Array:
    """Frequencies at which the spectrum of all data has its highest peaks, with those around them, and low ones."""
    step, power = _spectrum(x, y)
    places = 1 + np.flatnonzero((power[1:-1] >= power[:-2]) & (power[1:-1] > power[2:]))
    places = places[np.argsort(-power[places], kind="stable")][:_PEAKS]
    near = (places[:, np.newaxis] + np.arange(-2, 3)).ravel()
    found: _Array = step * np.unique(np.concatenate([np.arange(1, _LOW + 1), near[near > 0]]))
    return found


def main_frequency(x: _Array, y: _Array) -> float:
    """The frequency at which the spectrum is highest; 0 if it is flat, as with all data at one x."""
    step, power = _spectrum(x, y)
    return step * float(power.argmax())


def _spectrum(x: _Array, y: _Array) -> tuple[float, _Array]:
    """The distance of its frequencies, and its values, of data with a mean of zero at even steps."""
    scale, order = Scale(x), np.argsort(x, kind="stable")
    even = np.linspace(scale.low, scale.high, x.size)
    values = np.interp(even, x[order], y[order])
    count = 1 << (4 * x.size - 1).bit_length()
    return (x.size - 1) / (count * scale.range), np.abs(np.fft.rfft(values - values.mean(), count))
