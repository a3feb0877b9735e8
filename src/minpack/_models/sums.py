"""Starts from data for sums of models: the terms one after another, and peaks together."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .code import Formula
from .expression import parse, renamed
from .known import Known
from .search import Table, search
from .starts import KINDS, MOST_CANDIDATES, Scale, candidates, grid_of, of_rows, quasi_random
from .variations import in_order

_Array = NDArray[np.float64]

_POSITIONS = {2: 25, 3: 13, 4: 10}  # of each peak, by their number
_POINTS = 300  # data that are looked at for peaks together


def of_sum(model: Any, x: _Array, y: _Array, weights: _Array, known: Known) -> _Array:
    """The terms one after another, each at its best with those before; then each once more with all others."""
    values: dict[str, float] = {}
    parts = sorted((part for _, part in model.parts), key=lambda part: bool(grid_of(part).kinds))
    background = [part for part in parts if not grid_of(part).kinds]
    peaks = parts[len(background) :]
    for round_ in range(2):
        for part in peaks or background[:1]:
            others = [other for other in parts if other is not part and (other in background or round_ > 0
                      or other.parameters[0] in values)]  # fmt: skip
            # an alternative formula has other names: such a term is searched on what the others leave
            rest = y - sum((other(x, *(values[name] for name in other.parameters)) for other in others
                            if other.parameters[0] in values), np.zeros_like(y))  # fmt: skip
            if grid_of(part).formula:
                values |= zip(part.parameters, of_rows(part, x, rest[np.newaxis], weights, known)[0].tolist(),
                              strict=True)  # fmt: skip
                continue
            values |= _with_others(part, others, values, x, y, weights, known)
    alone = np.array([values[name] for name in model.parameters])
    together = _together(model, parts, values, x, y, weights, known)
    if together is not None:
        alone = min(alone, together, key=lambda start: cost(model, start, x, y, weights))
    return alone if known else in_order(model, alone, alone)


def _with_others(
    part: Any, others: Sequence[Any], values: Mapping[str, float], x: _Array, y: _Array, weights: _Array, known: Known
) -> dict[str, float]:
    """One term at its best, and the linear parameters of the others, whose further parameters stay."""
    formula = _with_fixed((part, *others), others, values)
    found = search(formula, candidates(grid_of(part), part.predictors, x, known), x, y[np.newaxis], weights, known)[0]
    return dict(zip(formula.parameters, found.tolist(), strict=True))


def _with_fixed(parts: Sequence[Any], others: Sequence[Any], values: Mapping[str, float]) -> Formula:
    """The sum of some terms; parameters of the others in which these are not linear have their values."""
    text = " + ".join(part.text for part in parts)
    fixed = {name: f"({values[name]!r})" for other in others for name in other.parameters
             if name not in other.formula.linear}  # fmt: skip
    expression = parse(renamed(text, fixed), limited=False)
    predictors = parts[0].predictors
    return Formula(expression, [name for name in expression.names if name not in predictors], predictors)


def _together(
    model: Any, parts: Sequence[Any], values: Mapping[str, float], x: _Array, y: _Array, weights: _Array, known: Known
) -> _Array | None:
    """Peaks of one kind searched for together, with the same width: overlapping ones look like one when alone."""
    kinds = [tuple(grid_of(part).kinds.values()) if not grid_of(part).formula else () for part in parts]
    of_peaks = [kind for kind in kinds if kind[:1] == ("position",) and kinds.count(kind) in _POSITIONS]
    if not of_peaks:
        return None
    peaks = [part for part, kind in zip(parts, kinds, strict=True) if kind == of_peaks[0]]
    others = [part for part in parts if part not in peaks]
    scale = Scale(x)
    places = scale.low + scale.range * np.linspace(0.02, 0.98, _POSITIONS[len(peaks)])
    combined = np.array([*itertools.combinations(places, len(peaks))])
    axes = [np.asarray(KINDS[kind](scale)) for kind in of_peaks[0][1:] if not kind.startswith("=")]
    count = math.prod((len(combined), *(axis.size for axis in axes)))
    some = np.arange(count)
    if count > 2 * MOST_CANDIDATES:
        some = (quasi_random(MOST_CANDIDATES, 1)[:, 0] * count).astype(int)
    first, *shared = np.unravel_index(some, (len(combined), *(axis.size for axis in axes)))
    table: dict[str, _Array] = {}
    for k, peak in enumerate(peaks):
        own = iter([combined[first, k], *(axis[index] for axis, index in zip(axes, shared, strict=True))])
        grid = grid_of(peak).kinds
        table |= {name: next(own) for name, kind in grid.items() if not kind.startswith("=")}
        table |= {name: table[kind[1:]] for name, kind in grid.items() if kind.startswith("=")}
    table |= {name: np.full(some.size, value) for name, value in known.held.items() if name in table}
    lower, upper = known.lower_and_upper(table)
    within = [(low <= of) & (of <= high) for low, of, high in zip(lower, table.values(), upper, strict=True)]
    keep = np.logical_and.reduce(within)
    if not keep.any():
        return None
    thin = slice(None, None, -(-y.size // _POINTS))
    formula = _with_fixed((*peaks, *others), others, values)
    found = search(formula, Table({name: column[keep] for name, column in table.items()}), x[thin],
                   y[np.newaxis, thin], weights[thin], known)[0]  # fmt: skip
    best = {**values, **dict(zip(formula.parameters, found.tolist(), strict=True))}
    for peak in peaks:
        best |= _with_others(peak, [part for part in parts if part is not peak], best, x, y, weights, known)
    return np.array([best[name] for name in model.parameters])


def cost(model: Any, start: _Array, x: _Array, y: _Array, weights: _Array) -> float:
    cost = float(np.square((y - model(x, *start)) * weights).sum())
    return cost if np.isfinite(cost) else np.inf
