"""Further starts for a sum of models: terms that overlap can share the data in more than one way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .expression import renamed
from .known import Known
from .starts import Scale, grid_of, quasi_random

_Array = NDArray[np.float64]

_PER_PARAMETER, _MOST = 8, 48  # starts
_APART = 1.5  # by how many widths a position is moved at most
_NARROWEST, _WIDEST = 0.5, 3.0  # widths of peaks, over the distance of two points and the range of all
_DECISIVE = 10.0  # of AIC
_TIMES = 3.0  # by what a width, a time, or a rate is multiplied or divided at most


def is_ambiguous(model: Any) -> bool:
    """Whether two or more terms of a sum are curves with a shape of their own, or a search knows nothing of two or more
    parameters of a formula."""  # fmt: skip
    if not model.parts:
        return list(grid_of(model).kinds.values()).count("anything") > 1
    return sum(bool(grid_of(part).kinds) for _, part in model.parts) > 1


def varied(model: Any, start: _Array, x: _Array, free: NDArray[np.bool_]) -> _Array:
    """Points around a start, (count, n), that differ in the free parameters in which the sum is not linear.

    At every other one, terms of one kind have one shape: most have in most data.
    """
    moves = [move for _, part in model.parts for move in _moves(model, part, start, x) if free[move[0]]]
    if not moves:
        return np.empty((0, start.size))
    unit = 2.0 * quasi_random(min(_PER_PARAMETER * len(moves), _MOST), len(moves)) - 1.0
    points = np.tile(start, (len(unit), 1))
    for (j, reach), along in zip(moves, unit.T, strict=True):
        points[:, j] = start[j] * _TIMES**along if reach == 0.0 else start[j] + reach * along
    for rows in _of_one_kind(model):
        for (j, kind), *others in zip(*rows, strict=True):
            for k, _ in others:
                if kind and not kind.endswith("position") and free[k]:
                    points[::2, k] = points[::2, j]
    return points


def _moves(model: Any, part: Any, start: _Array, x: _Array) -> list[tuple[int, float]]:
    """The parameters of a term in which it is not linear, and by what each is moved; 0 if it is multiplied."""
    places = {name: model.parameters.index(name) for name in part.parameters}
    kinds = {places[name]: kind for name, kind in grid_of(part).kinds.items() if name in places}
    widths = [abs(start[j]) for j, kind in kinds.items() if "width" in kind and "log" not in kind]
    return [(j, _APART * min(widths, default=_scale(x, kind).range / 20.0) if _is_place(kind) else 0.0)
            for j, kind in kinds.items()]  # fmt: skip


def _is_place(kind: str) -> bool:
    """Whether a parameter of this kind is a position on the axis as it is."""
    return kind.endswith("position") and "log" not in kind


def _scale(x: _Array, kind: str) -> Scale:
    return Scale(np.atleast_2d(x)[int(kind == "y position")])


def settled(model: Any, points: _Array, x: _Array, y: _Array, weights: _Array, known: Known,
            tied: Callable[[_Array], dict[str, float]] | None = None) -> _Array:  # fmt: skip
    """The points with the parameters in which the sum is linear at their best."""
    if tied is None:
        return known.settled(model, points, x, np.broadcast_to(y, (len(points), y.size)), weights)
    rows = []
    for point in points:
        held = {**known.held, **tied(point)}
        known_too = Known(held, known.limits)
        rows.append(known_too.settled(model, point[np.newaxis], x, y[np.newaxis], weights)[0])
        tied(rows[-1])
    return np.array(rows).reshape(points.shape)


def handicaps(model: Any, ends: _Array, start: _Array, x: _Array, m: int) -> _Array:
    """By what to multiply sums of squares of m points at ends of fits, (count, n), to compare them.

    A peak between two points, or outside of the data, and two large ones that cancel reduce any sum of squares by
    following the noise: infinity for the first two, and for signs that differ what makes AIC larger by 10.
    """
    likely = np.isfinite(ends).all(axis=1)
    same = np.ones(len(ends), dtype=bool)
    for rows in _of_one_kind(model):
        for j, kind in (pair for row in rows for pair in row):
            scale = _scale(x, kind)
            if _is_place(kind):
                likely &= (ends[:, j] >= scale.low) & (ends[:, j] <= scale.high)
            elif kind.startswith("width"):
                width = ends[:, j] * np.sign(start[j])
                likely &= (width >= _NARROWEST * scale.spacing) & (width <= _WIDEST * scale.range)
        linear = [[j for j, kind in row if not kind and model.parameters[j] in model.formula.linear] for row in rows]
        if all(len(row) == 1 for row in linear):  # the heights of peaks
            same &= np.abs(np.sign(ends[:, [j for j, in linear]]).sum(axis=1)) == len(linear)
    return np.where(likely, np.where(same, 1.0, np.exp(_DECISIVE / m)), np.inf)


def in_order(model: Any, start: _Array, ends: _Array) -> _Array:
    """The start with terms of one kind in the order of the positions where they end."""
    ordered = start.copy()
    for rows in _of_one_kind(model):
        position = next((k for k, (_, kind) in enumerate(rows[0]) if kind == "position"), None)
        if position is None:
            continue
        of = [[j for j, _ in row] for row in rows]
        for row, source in zip(of, sorted(of, key=lambda row: float(ends[row[position]])), strict=True):
            ordered[row] = start[source]
    return ordered


def _of_one_kind(model: Any) -> list[list[list[tuple[int, str]]]]:
    """The terms with a shape, those with the same formula together: their parameters and the kinds of these."""
    found: dict[str, list[list[tuple[int, str]]]] = {}
    for _, part in model.parts:
        kinds = grid_of(part).kinds
        if kinds:
            label = renamed(part.text, {name: f"_{k}" for k, name in enumerate(part.parameters)})
            row = [(model.parameters.index(name), kinds.get(name, "")) for name in part.parameters]
            found.setdefault(label, []).append(row)
    return list(found.values())
