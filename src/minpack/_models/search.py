"""The best of candidates for a start, for rows of data: the linear parameters of each are those of least squares."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._core import best_of_candidates
from .code import Formula
from .known import Known

_Array = NDArray[np.float64]

_MOST_NUMBERS = 4_000_000  # at once
_IN_CACHE, _LENGTHS = 4096, 1 << 15  # numbers, in the first and in the second level of the cache
_SINGULAR = 1e-9
_SAME = 1e-12  # of a level: what is left of it is rounding
_MOST_AXES = 2  # of a grid in which a start may be between the candidates
_LOOKED_AT, _UNLIKE = 500, math.log(3.0)  # candidates; logarithms of values in one valley, of one sign, differ less
_MOSTLY = 0.9999  # of the sum of squares: the part of a large level


class Table(NamedTuple):
    """Candidates: values of the parameters that are not linear, an array for each; and the grid that they are from."""

    values: dict[str, _Array]
    axes: tuple[tuple[str, int], ...] = ()  # of which parameter, and how many values; the last changes first
    places: NDArray[np.intp] | None = None  # which of the grid's they are; None: all of it

    @property
    def size(self) -> int:
        return max((values.size for values in self.values.values()), default=1)


def search(formula: Formula, table: Table, x: _Array, rows: _Array, weights: _Array, known: Known) -> _Array:
    """The best of the candidates for each row, with the linear parameters that belong to it."""
    return best_of(formula, bases_of(formula, table, x, weights), rows * weights, known)


class Basis(NamedTuple):
    """Candidates, and the model there: a constant, and directions that the linear parameters span, q r = design."""

    weights: _Array
    linear: NDArray[np.intp]  # which parameters
    points: _Array  # (candidates, n)
    constant: _Array  # (candidates, m), what the directions leave of it; empty if it is zero
    q: _Array  # (m, candidates * linear)
    along: _Array  # of the constant, (candidates, linear)
    r: _Array
    size: _Array  # of the columns before these had length 1
    of_level: _Array | None  # what they take of a level of 1, if each candidate can take it away
    places: NDArray[np.intp]  # of the candidates in the grid
    at_places: NDArray[np.intp]  # which candidates are there, -1 for none
    axes: NDArray[np.intp]  # of the grid: parameter, length and stride of each; empty if there are many, or none


def bases_of(formula: Formula, table: Table, x: _Array, weights: _Array) -> Iterator[Basis]:
    """What candidates are, whatever the data, in parts."""
    names = formula.parameters
    found = {name: values for name, values in table.values.items() if name in names}
    linear = [j for j, name in enumerate(names) if name not in found]
    is_grid = len(table.axes) <= _MOST_AXES and all(name in names for name, _ in table.axes)
    axes, stride = np.empty((len(table.axes) if is_grid else 0, 3), dtype=np.intp), 1
    for k in reversed(range(len(axes))):
        name, length = table.axes[k]
        axes[k] = names.index(name), length, stride
        stride *= length
    at_once = max(1, _MOST_NUMBERS // (weights.size * len(names)))
    for begin in range(0, table.size if weights.size >= len(linear) else 0, at_once):
        part = slice(begin, begin + at_once)
        places = np.arange(table.size, dtype=np.intp)[part] if table.places is None else table.places[part]
        points = np.zeros((len(places), len(names)))
        for name, values in found.items():
            points[:, names.index(name)] = values[part]
        with np.errstate(all="ignore"):
            basis = _basis(formula, points, places, linear, axes, x, weights)
        if len(basis.points):
            yield basis


def _basis(
    formula: Formula, points: _Array, places: NDArray[np.intp], linear: list[int], axes: NDArray[np.intp], x: _Array,
    weights: _Array,
) -> Basis:  # fmt: skip
    constant, design = _evaluated(formula, points, linear, x, weights)
    has_constant = constant.size > 0
    size = np.sqrt(np.einsum("gml,gml->gl", design, design))
    fine = ((size > 0.0) & (size < np.inf)).all(axis=1)
    if has_constant:
        fine &= np.isfinite(constant).all(axis=1)
    points, places, design, size = _only(fine, points, places, design, size)
    constant = _only(fine, constant)[0] if has_constant else constant
    design /= size[:, np.newaxis]
    q, r = design, np.ones((len(points), len(linear), len(linear)))
    if len(linear) > 1 and len(points):
        q, r = np.linalg.qr(design)
        regular = np.abs(np.einsum("gii->gi", r)).min(axis=1) > _SINGULAR
        points, places, q, r, size = _only(regular, points, places, q, r, size)
        constant = _only(regular, constant)[0] if has_constant else constant
    along = np.zeros((1, 1))
    if has_constant:  # sums of squares of all of it would hide those of the data if it is much larger
        along = np.einsum("gml,gm->gl", q, constant)
        constant = constant - np.einsum("gml,gl->gm", q, along)
    of_level = np.einsum("gml,m->gl", q, weights)
    whole = weights @ weights
    takes_level = bool((np.square(of_level).sum(axis=1) > (1.0 - _SAME) * whole).all())
    q = q.transpose(1, 0, 2).reshape(weights.size, -1)
    at_places = np.full(int(axes[:, 1].prod()) if axes.size else 0, -1, dtype=np.intp)
    if axes.size:
        at_places[places] = np.arange(len(places))
    return Basis(
        weights, np.array(linear, dtype=np.intp), points, constant, q, along, r, size,
        of_level if takes_level else None, places, at_places, axes,
    )  # fmt: skip


def best_of(formula: Formula, bases: Iterable[Basis], rows: _Array, known: Known) -> _Array:
    """The best of the candidates for each weighted row."""
    best = np.full(len(rows), np.inf)
    answer = np.ones((len(rows), len(formula.parameters)))
    for basis in bases:
        limits = known.lower_and_upper(formula.parameters[j] for j in basis.linear)
        with np.errstate(all="ignore"):
            _improve(basis, limits, rows, best, answer)
    return answer


def _improve(basis: Basis, limits: tuple[_Array, _Array], rows: _Array, best: _Array, answer: _Array) -> None:
    """Put better points into `answer`, and the sums of squares of their candidates into `best`."""
    chunk = max(1, _LENGTHS // (len(basis.points) * max(len(basis.linear), 1)))
    rows, level = _less_level(rows, basis)
    for begin in range(0, len(rows), chunk):
        part = slice(begin, begin + chunk)
        y = rows[part]
        gain, along = _gains(basis, limits, y, None if level is None else level[part])
        best_of_candidates(basis.points, basis.linear, basis.r, basis.size, basis.places, basis.at_places, basis.axes,
                           *limits, along, gain, np.einsum("rm,rm->r", y, y), best[part], answer[part])  # fmt: skip


def _gains(
    basis: Basis, limits: tuple[_Array, _Array], y: _Array, level: _Array | None
) -> tuple[_Array | None, _Array]:  # fmt: skip
    """How much each candidate takes away of the sums of squares of rows, (rows, candidates), and how far the rows, with
    their level, are along its directions, (rows, candidates, linear); None if it is the squares of these."""
    constant, shape = basis.constant, (len(y), len(basis.points), len(basis.linear))
    along: _Array = (y @ basis.q).reshape(shape)
    gain: _Array | None = None
    has_limits = bool(np.isfinite(limits).any())
    if constant.size or has_limits or (level is not None and basis.of_level is not None):
        gain = np.square(along).sum(axis=2)
    if constant.size and gain is not None:  # it is mostly 0
        gain += 2.0 * y @ constant.T - np.square(constant).sum(axis=1)
        along = along - basis.along
    if level is not None and basis.of_level is not None:
        along = along + level[:, :, np.newaxis] * basis.of_level
    if has_limits and gain is not None:  # those that would be better beyond their limits go there only
        free = np.linalg.solve(basis.r, along[..., np.newaxis])[..., 0] / basis.size
        back = (np.clip(free, *limits) - free) * basis.size
        gain -= np.square(np.einsum("gkl,rgl->rgk", basis.r, back)).sum(axis=2)
    return gain, along


def _solved(basis: Basis, limits: tuple[_Array, _Array], chosen: NDArray[np.intp], along: _Array) -> _Array:
    """Chosen candidates, with the linear parameters of rows so far along their directions, (chosen, linear)."""
    values = basis.points[chosen]
    if len(basis.linear):
        solved = np.linalg.solve(basis.r[chosen], along[..., np.newaxis])[..., 0]
        values[:, basis.linear] = np.clip(solved / basis.size[chosen], *limits)
    return values


def several_of(formula: Formula, bases: Iterable[Basis], row: _Array, known: Known, most: int) -> _Array:
    """The best candidates for a weighted row, (count, n), that are unlike each other."""
    costs, points = [np.empty(0)], [np.empty((0, len(formula.parameters)))]
    for basis in bases:
        limits = known.lower_and_upper(formula.parameters[j] for j in basis.linear)
        with np.errstate(all="ignore"):
            rows, level = _less_level(row[np.newaxis], basis)
            gain, along = _gains(basis, limits, rows, level)
            cost = np.square(rows[0]).sum() - (np.square(along[0]).sum(axis=1) if gain is None else gain[0])
            best = _least(cost, _LOOKED_AT)
            costs.append(cost[best])
            points.append(_solved(basis, limits, best, along[0, best]))
    every = np.concatenate(points)[_least(np.concatenate(costs), _LOOKED_AT)]
    searched = every[:, [j for j, name in enumerate(formula.parameters) if name not in formula.linear]]
    sizes, signs = np.log(np.abs(np.where(searched == 0.0, 1.0, searched))), np.sign(searched)
    left, chosen = np.isfinite(every).all(axis=1), list[int]()
    while left.any() and len(chosen) < most:
        chosen.append(int(left.argmax()))
        alike = (np.abs(sizes - sizes[chosen[-1]]) < _UNLIKE) & (signs == signs[chosen[-1]])
        left &= ~alike.all(axis=1)
    return every[chosen]


def _least(costs: _Array, most: int) -> NDArray[np.intp]:
    """Where the least ones are, in order: those of a stable sort of all, in a third of its time."""
    if costs.size <= most:
        return np.argsort(costs, kind="stable")
    some = np.flatnonzero(~(costs > np.partition(costs, most)[most]))
    least: NDArray[np.intp] = some[np.argsort(costs[some], kind="stable")[:most]]
    return least


def _less_level(rows: _Array, basis: Basis) -> tuple[_Array, _Array | None]:
    """The data less a large level, which hides their sums of squares if every candidate can take it away; the levels,
    (rows, 1), None if no level is large."""  # fmt: skip
    if basis.of_level is None:
        return rows, None
    weights = basis.weights
    total = weights @ weights
    if len(rows) == 1:
        along = float(rows[0] @ weights)
        if along * along <= _MOSTLY * float(rows[0] @ rows[0]) * float(total):  # as in most data
            return rows, None
    level = (rows @ weights / total)[:, np.newaxis]
    large = level * level * total > _MOSTLY * np.einsum("rm,rm->r", rows, rows)[:, np.newaxis]
    if not large.any():
        return rows, None
    level = np.where(large, level, 0.0)
    return rows - level * weights, level


def _evaluated(
    formula: Formula, points: _Array, linear: Sequence[int], x: _Array, weights: _Array
) -> tuple[_Array, _Array]:
    """The weighted model at the points without its linear terms, (points, m), and its derivatives by the linear
    parameters, (points, m, linear); the former is empty if it is all zero, as it mostly is.

    In parts: arrays that do not fit into the cache take several times as long.
    """
    m = weights.size
    constant, design = np.empty((0, m)), np.empty((len(points), m, len(linear)))
    (evaluate, has_value), at_once = formula.value_and_slopes(linear), max(1, _IN_CACHE // m)
    for begin in range(0, len(points), at_once):
        part = slice(begin, begin + at_once)
        slopes = evaluate(x, *(column[:, np.newaxis] for column in points[part].T))
        if has_value:
            value, *slopes = slopes
            if np.any(value):
                constant = constant if constant.size else np.zeros((len(points), m))
                np.multiply(value, weights, out=constant[part])
        for k, slope in enumerate(slopes):
            np.multiply(slope, weights, out=design[part, :, k])
    return constant, design


def _only(chosen: NDArray[np.bool_], *arrays: Any) -> tuple[Any, ...]:
    return arrays if chosen.all() else tuple(array[chosen] for array in arrays)
