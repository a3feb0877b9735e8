"""The best of candidates for a start, for rows of data: the linear parameters of each are those of least squares."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .code import Formula
from .known import Known

_Array = NDArray[np.float64]

_MOST_NUMBERS = 4_000_000  # at once
_IN_CACHE, _COSTS = 4096, 1 << 16  # numbers, in the first and in the second level of the cache
_SINGULAR = 1e-9
_SAME = 1e-12  # of the sum of squares: candidates that are as good as each other
_LOOKED_AT, _UNLIKE = 500, math.log(3.0)  # candidates; logarithms of values in one valley, of one sign, differ less
_MOSTLY = 0.9999  # of the sum of squares: the part of a large level


def search(
    formula: Formula, table: Mapping[str, _Array], x: _Array, rows: _Array, weights: _Array, known: Known
) -> _Array:
    """The best of the candidates for each row, with the linear parameters that belong to it."""
    return best_of(formula, bases_of(formula, table, x, weights), rows * weights, known)


class Basis(NamedTuple):
    """Candidates, and the model there: a constant, and directions that the linear parameters span, q r = design."""

    weights: _Array
    linear: list[int]  # which parameters
    points: _Array  # (candidates, n)
    constant: _Array  # (candidates, m), what the directions leave of it; empty if it is zero
    q: _Array  # (m, candidates * linear)
    along: _Array  # of the constant, (candidates, linear)
    r: _Array
    size: _Array  # of the columns before these had length 1
    of_level: _Array | None  # what they take of a level of 1, if each candidate can take it away


def bases_of(formula: Formula, table: Mapping[str, _Array], x: _Array, weights: _Array) -> Iterator[Basis]:
    """What candidates are, whatever the data, in parts."""
    names = formula.parameters
    found = {name: values for name, values in table.items() if name in names}
    linear = [j for j, name in enumerate(names) if name not in found]
    count = max((values.size for values in found.values()), default=1)
    at_once = max(1, _MOST_NUMBERS // (weights.size * len(names)))
    for begin in range(0, count if weights.size >= len(linear) else 0, at_once):
        part = slice(begin, begin + at_once)
        points = np.zeros((len(range(count)[part]), len(names)))
        for name, values in found.items():
            points[:, names.index(name)] = values[part]
        with np.errstate(all="ignore"):
            basis = _basis(formula, points, linear, x, weights)
        if len(basis.points):
            yield basis


def _basis(formula: Formula, points: _Array, linear: list[int], x: _Array, weights: _Array) -> Basis:
    constant, design = _evaluated(formula, points, linear, x, weights)
    has_constant = constant.size > 0
    size = np.sqrt(np.einsum("gml,gml->gl", design, design))
    fine = ((size > 0.0) & (size < np.inf)).all(axis=1)
    if has_constant:
        fine &= np.isfinite(constant).all(axis=1)
    points, design, size = _only(fine, points, design, size)
    constant = _only(fine, constant)[0] if has_constant else constant
    design /= size[:, np.newaxis]
    q, r = design, np.ones((len(points), 1, 1))
    if len(linear) > 1 and len(points):
        q, r = np.linalg.qr(design)
        regular = np.abs(np.einsum("gii->gi", r)).min(axis=1) > _SINGULAR
        points, q, r, size = _only(regular, points, q, r, size)
        constant = _only(regular, constant)[0] if has_constant else constant
    along = np.zeros((1, 1))
    if has_constant:  # sums of squares of all of it would hide those of the data if it is much larger
        along = np.einsum("gml,gm->gl", q, constant)
        constant = constant - np.einsum("gml,gl->gm", q, along)
    of_level = np.einsum("gml,m->gl", q, weights)
    whole = weights @ weights
    takes_level = bool((np.square(of_level).sum(axis=1) > (1.0 - _SAME) * whole).all())
    q = q.transpose(1, 0, 2).reshape(weights.size, -1)
    return Basis(weights, linear, points, constant, q, along, r, size, of_level if takes_level else None)


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
    """Put better points into `answer`, and their sums of squares into `best`."""
    chunk = max(1, _COSTS // (len(basis.points) * max(len(basis.linear), 1)))
    rows, level = _less_level(rows, basis)
    for begin in range(0, len(rows), chunk):
        part = slice(begin, begin + chunk)
        y = rows[part]
        total, cost, along = _costs(basis, limits, y, None if level is None else level[part])
        # mirror images, such as an exponent with the other sign, differ by rounding only: positive values first
        winner, every = cost.argmin(axis=1), np.arange(len(y))
        near = cost <= cost[every, winner][:, np.newaxis] + _SAME * total
        if np.count_nonzero(near) > len(y):
            winner = np.where(near, (basis.points > 0.0).sum(axis=1), -1).argmax(axis=1)
        better = np.flatnonzero(cost[every, winner] < best[part])
        winner = winner[better]
        answer[begin + better] = _solved(basis, limits, winner, along[better, winner])
        best[begin + better] = cost[better, winner]


def _costs(
    basis: Basis, limits: tuple[_Array, _Array], y: _Array, level: _Array | None
) -> tuple[_Array, _Array, _Array]:
    """The sums of squares of rows, and what each candidate leaves of them, (rows, candidates), and how far the rows,
    with their level, are along its directions, (rows, candidates, linear)."""
    _, linear, points, constant, q, of_constant, r, size, of_level = basis
    has_constant, along = constant.size > 0, np.empty((len(y), len(points), 0))
    # |y - c|^2, less what the linear parameters take away of y; c is mostly 0
    total = cost = np.square(y).sum(axis=1)[:, np.newaxis]
    if has_constant:
        cost = cost - 2.0 * y @ constant.T + np.square(constant).sum(axis=1)
    if linear:
        along = (y @ q).reshape(len(y), len(points), len(linear))
        cost = cost - (np.square(along).sum(axis=2) if len(linear) > 1 else np.square(along[:, :, 0]))
        if has_constant:
            along = along - of_constant
        if level is not None and of_level is not None:
            along = along + level[:, :, np.newaxis] * of_level
        if np.isfinite(limits).any():  # those that would be better beyond their limits go there only
            free = np.linalg.solve(r, along[..., np.newaxis])[..., 0] / size
            back = (np.clip(free, *limits) - free) * size
            cost = cost + np.square(np.einsum("gkl,rgl->rgk", r, back)).sum(axis=2)
    return total, cost if linear or has_constant else np.broadcast_to(cost, (len(y), len(points))), along


def _solved(basis: Basis, limits: tuple[_Array, _Array], chosen: NDArray[np.intp], along: _Array) -> _Array:
    """Chosen candidates, with the linear parameters of rows so far along their directions, (chosen, linear)."""
    values = basis.points[chosen]
    if basis.linear:
        solved: Any = along
        if len(basis.linear) > 1:
            solved = np.linalg.solve(basis.r[chosen], along[..., np.newaxis])[..., 0]
        values[:, basis.linear] = np.clip(solved / basis.size[chosen], *limits)
    return values


def several_of(formula: Formula, bases: Iterable[Basis], row: _Array, known: Known, most: int) -> _Array:
    """The best candidates for a weighted row, (count, n), that are unlike each other."""
    costs, points = [np.empty(0)], [np.empty((0, len(formula.parameters)))]
    for basis in bases:
        limits = known.lower_and_upper(formula.parameters[j] for j in basis.linear)
        with np.errstate(all="ignore"):
            _, cost, along = _costs(basis, limits, *_less_level(row[np.newaxis], basis))
            best = _least(cost[0], _LOOKED_AT)
            costs.append(cost[0, best])
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


def _only(chosen: NDArray[np.bool_], *arrays: _Array) -> tuple[_Array, ...]:
    return arrays if chosen.all() else tuple(array[chosen] for array in arrays)
