"""Starts from data: a grid over the parameters in which a model is not linear, and least squares for the others."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .code import Formula
from .expression import parse, renamed
from .inside import improved
from .known import Known
from .search import Basis, Table, bases_of, best_of, several_of

_Array = NDArray[np.float64]

MOST_POINTS = 1000  # data that a search looks at
_MOST_REMEMBERED = 1 << 18  # numbers
MOST_CANDIDATES = 2500
_UNEVEN = 3.0  # times the range that the points would have in steps of their spacing
_DIGITS = 4  # of a start: rounding, which changes with the processor, then does not show
NONE = 0.0  # digits that are common to all rows
_LEAST_POWER = -345
_POWERS = 10.0 ** np.arange(_LEAST_POWER, 309.0)  # to compute them takes ten times as long
_MOST_DIGITS = 14  # of one that is a small part of itself away from others


@dataclass(frozen=True)
class Grid:
    """Where to search for a start.

    Attributes
    ----------
    kinds : dict of str to str
        For each parameter that is not linear what it is, in `KINDS`; "=other" if it has the value of
        another parameter.
    formula : str, optional
        To search with another formula, linear in more parameters.
    back : dict of str to str
        Then the parameters of the model, as formulas of those.
    ascending : tuple of str
        Parameters that are searched in this order only.
    """

    kinds: Mapping[str, str]
    formula: str = ""
    back: Mapping[str, str] = field(default_factory=dict)
    ascending: tuple[str, ...] = ()

    def renamed(self, names: Mapping[str, str]) -> Grid:
        def other(name: str) -> str:
            return names.get(name, name)

        def kind_of(kind: str) -> str:
            return f"={other(kind[1:])}" if kind.startswith("=") else kind

        return replace(
            self, kinds={other(name): kind_of(kind) for name, kind in self.kinds.items()},
            formula=renamed(self.formula, names), back={other(k): renamed(v, names) for k, v in self.back.items()},
            ascending=tuple(map(other, self.ascending)),
        )  # fmt: skip


class Scale:
    """Lengths in the values of a predictor."""

    def __init__(self, x: _Array) -> None:
        self.x = np.sort(x)
        self.low, self.high = float(self.x[0]), float(self.x[-1])
        self.range = self.high - self.low or abs(self.high) or 1.0

    @cached_property
    def gaps(self) -> _Array:
        """The distances of neighbours, the least first."""
        gaps = self.x[1:] - self.x[:-1]
        return np.sort(gaps[gaps > 0.0])

    @cached_property
    def spacing(self) -> float:
        """The median of the gaps."""
        gaps = self.gaps
        half, odd = divmod(gaps.size, 2)
        if not gaps.size:
            return self.range
        return float(gaps[half] if odd else (gaps[half - 1] + gaps[half]) / 2.0)

    @cached_property
    def close(self) -> float:
        """The distance of close neighbours: less than the spacing only if they are half as far apart."""
        close = float(self.gaps[self.gaps.size // 10]) if self.gaps.size else self.spacing
        return close if close < self.spacing / 2.0 else self.spacing

    @cached_property
    def is_uneven(self) -> bool:
        """Whether most of the range has few points, as of logarithmic steps, or if some points are far off."""
        return self.range > _UNEVEN * self.spacing * self.gaps.size > 0.0

    @cached_property
    def least(self) -> float:
        """The least positive value."""
        positive = self.x[self.x > 0.0]
        return float(positive[0]) if positive.size else self.range / 100.0

    @cached_property
    def times(self) -> Any:
        least, count = (self.close, 24) if self.is_uneven else (self.spacing, 16)
        return 4.0 * self.range * _geometric(least / (8.0 * self.range), 1.0, count)

    @cached_property
    def widths(self) -> Any:
        return _geometric(self.close, self.range, 13) if self.is_uneven else _geometric(self.spacing, self.range, 7)

    @cached_property
    def positions(self) -> Any:
        even = self.low + self.range * _PLACES
        return np.union1d(even, np.quantile(self.x, _PLACES)) if self.is_uneven else even

    @cached_property
    def log_positions(self) -> Any:
        return _geometric(self.least, max(self.high, self.least), 16)


def _geometric(low: float, high: float, count: int) -> _Array:
    """Positive numbers in constant ratios: NumPy's geomspace in a tenth of its time."""
    if not high / low < math.inf:
        return np.geomspace(low, high, count)
    numbers: _Array = low * (high / low) ** (np.arange(count) / (count - 1))
    numbers[-1] = high
    return numbers


def _frequencies(s: Scale) -> Any:
    step = 0.25 / s.range
    # up to half of the points per length; more if they are not even, as close ones then tell fast waves apart
    return step * np.arange(1, 2 + min(int(0.5 / s.close / step), 2 * MOST_POINTS))


def _anything(s: Scale) -> _Array:
    """For a parameter of which nothing is known."""
    places = s.low + s.range * _FEW_PARTS
    sizes = s.range * np.array([0.03, 0.1, 0.3, 1.0])
    rates = np.array([0.3, 1.0, 3.0, 10.0]) / s.range
    values = [np.array([0.5, 1.0, 2.0, -1.0, -3.0, -8.0]), places, sizes, rates, -rates[1:3]]
    if s.is_uneven and s.low > 0.0:
        middle = np.quantile(s.x, _FEW_PARTS)
        values += [middle, 1.0 / middle, np.log(middle[1:4])]
    return np.unique(np.concatenate(values))


def _anywhere(s: Scale) -> _Array:
    """For one inside of another function, which may have a pole beyond the data."""
    beyond = s.range * _geometric(0.01, 10.0, 13)
    poles = np.concatenate([s.low - beyond, s.high + beyond])
    return np.unique(np.concatenate([_anything(s), poles, -poles]))


_FEW_PARTS = np.array([0.1, 0.3, 0.5, 0.7, 0.9])
_PLACES, _FEW_PLACES = np.linspace(0.02, 0.98, 25), np.linspace(0.1, 0.9, 8)

KINDS: dict[str, Callable[[Scale], Any]] = {
    "position": lambda s: s.positions,
    "x position": lambda s: s.low + s.range * _FEW_PLACES,
    "y position": lambda s: s.low + s.range * _FEW_PLACES,
    "log position": lambda s: s.log_positions,
    "log of position": lambda s: np.log(s.log_positions),
    "inverse log position": lambda s: 1.0 / s.log_positions,
    "width": lambda s: s.widths,
    "width in x and y": lambda s: _geometric(s.range / 30.0, s.range / 2.0, 6),
    "inverse width": lambda s: 1.0 / s.widths,
    "squared width": lambda s: s.widths**2,
    "inverse squared width": lambda s: s.widths**-2,
    "time": lambda s: s.times,
    "rate": lambda s: 1.0 / s.times,
    "rate up or down": lambda s: np.concatenate([-1.0 / s.times, 1.0 / s.times]),
    "frequency": _frequencies,
    "exponent": lambda s: [-4, -3, -2, -1.5, -1, -0.7, -0.5, -0.3, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 4],
    "steepness": lambda s: [0.4, 0.7, 1, 1.5, 2, 3, 5],
    "shape": lambda s: [0.3, 0.5, 0.7, 1, 1.5, 2, 4],
    "few shapes": lambda s: [0.4, 1.0, 2.5],
    "fraction": lambda s: [0.1, 0.5, 0.9],
    "log width": lambda s: [0.05, 0.1, 0.2, 0.4, 0.7, 1.0, 1.5],
    "damping": lambda s: [0.003, 0.01, 0.03, 0.1, 0.3],
    "angle": lambda s: [0.0, 0.8, 1.6, 2.4],
    "energy": lambda s: 8.314 * s.high * np.geomspace(0.5, 100.0, 60),
    "anything": _anything,
    "anywhere": _anywhere,
}


def of_rows(model: Any, x: _Array, rows: _Array, weights: _Array, known: Known) -> _Array:
    grid = grid_of(model)
    if not grid.formula:
        found = _search_grid(model.formula, grid, model.predictors, x, rows, weights, known)
        inside = model.formula.inside if model.grid is None and len(grid.kinds) > 1 else None
        if inside is None or inside.factor in known.held:
            return found
        inner = Grid({name: "anywhere" for name in model.parameters if name not in inside.formula.linear})
        return improved(model, candidates(inner, model.predictors, x, known), x, rows, weights, known, found)
    formula = _formula(grid.formula, model.predictors)
    names = formula.parameters
    same = known.without(grid.back)  # the others are not parameters of this formula
    found = _search_grid(formula, grid, model.predictors, x, rows, weights, same)
    columns = []
    for name in model.parameters:
        way = _formula(grid.back.get(name, name), ())
        with np.errstate(all="ignore"):
            value = way.value(0.0, *(found[:, names.index(used)] for used in way.parameters))
        columns.append(np.where(np.isfinite(value), value, 1.0))
    return np.stack(columns, axis=-1)


def _search_grid(
    formula: Formula, grid: Grid, predictors: Sequence[str], x: _Array, rows: _Array, weights: _Array, known: Known
) -> _Array:
    """The best of the grid's candidates for each row."""
    return best_of(formula, _bases(formula, grid, predictors, x, weights, known), rows * weights, known)


def several(model: Any, x: _Array, row: _Array, weights: _Array, known: Known, most: int) -> _Array:
    """The best candidates of a formula for a row that are unlike each other, (count, n)."""
    bases = _bases(model.formula, grid_of(model), model.predictors, x, weights, known)
    return several_of(model.formula, bases, row * weights, known, most)


def _bases(
    formula: Formula, grid: Grid, predictors: Sequence[str], x: _Array, weights: _Array, known: Known
) -> Iterable[Basis]:
    """What the candidates are; those at the last `x` are remembered, for data that come one by one."""
    spectrum = None if known.frequencies is None else known.frequencies.tobytes()
    what_is_known = tuple(known.held.items()), tuple(known.limits.items()), spectrum, known.main
    seen = x.shape, x.tobytes(), weights.tobytes(), what_is_known
    before, remembered = formula.last_search
    if seen == before:
        known_bases: tuple[Basis, ...] = remembered
        return known_bases
    table = candidates(grid, predictors, x, known)
    bases: Iterable[Basis] = bases_of(formula, table, x, weights)
    if table.size * weights.size <= _MOST_REMEMBERED:
        bases = tuple(bases)
        formula.last_search = seen, bases
    return bases


@lru_cache
def _formula(text: str, predictors: tuple[str, ...]) -> Formula:
    expression = parse(text)
    return Formula(expression, [name for name in expression.names if name not in predictors], predictors)


def grid_of(model: Any) -> Grid:
    if model.grid is not None:
        grid: Grid = model.grid
        return grid
    linear = model.formula.linear
    return Grid({name: "anything" for name in model.parameters if name not in linear})


def candidates(grid: Grid, predictors: Sequence[str], x: _Array, known: Known) -> Table:
    """Where to look for a start."""
    points = x[np.newaxis] if len(predictors) == 1 else x
    scales = [Scale(row) for row in points]
    searched = [name for name, kind in grid.kinds.items() if not kind.startswith("=") and name not in known.held]
    axes = [known.within(name, _values(grid.kinds[name], scales, known)) for name in searched]
    total = math.prod(axis.size for axis in axes)
    lengths, places = tuple((name, axis.size) for name, axis in zip(searched, axes, strict=True)), None
    if total <= 2 * MOST_CANDIDATES:
        table = np.empty((len(axes), *(axis.size for axis in axes)))
        for j, axis in enumerate(axes):
            table[j] = axis.reshape(-1, *[1] * (len(axes) - 1 - j))
        table = table.reshape(len(axes), total)
    else:  # a sequence that fills the grid evenly
        place = quasi_random(MOST_CANDIDATES, len(axes))
        table = np.array([axis[(place[:, j] * axis.size).astype(int)] for j, axis in enumerate(axes)])
        lengths = ()
    found = dict(zip(searched, table, strict=True))
    found |= {name: np.full(table.shape[-1], value) for name, value in known.held.items()}
    for lesser, greater in itertools.pairwise(grid.ascending):
        keep = found[lesser] < found[greater]
        if keep.any():
            found = {name: values[keep] for name, values in found.items()}
            places = np.flatnonzero(keep) if places is None else places[keep]
    same = {name: found[kind[1:]] for name, kind in grid.kinds.items() if kind.startswith("=")}
    return Table(same | found, lengths, places)


def _values(kind: str, scales: Sequence[Scale], known: Known) -> Any:
    if kind == "frequency" and known.frequencies is not None:
        return known.frequencies
    values = KINDS[kind](scales[kind == "y position"])
    if kind == "anything" and known.main:
        turn = 2.0 * np.pi * known.main
        return np.union1d(values, [known.main, turn, 1.0 / known.main, 1.0 / turn])
    return values


def rounded(values: _Array, more: Any = 0.0) -> _Array:
    """The values with as many digits as a start has, and `more` of them: a number, or one per row, (rows, 1)."""
    with np.errstate(all="ignore"):
        power = np.floor(np.log10(np.abs(values))) - (_DIGITS - 1 + more)
        unit = _POWERS.take(power.astype(np.intp) - _LEAST_POWER, mode="clip")
        rounded = np.round(values / unit) * unit
    return np.where(np.isfinite(rounded), rounded, values)


def common_digits(values: _Array) -> Any:
    """How many leading digits all values of each row, (..., m), have in common, shape (..., 1), or NONE.

    A start needs these, too: a date in days, or a voltage on a large offset, has its range beyond the fourth digit.
    """
    if not values.size:
        return NONE
    m = values.shape[-1]
    some = np.ascontiguousarray(values.reshape(-1, m)[:, :: max(1, m // 8)].T)
    low, high = some.min(axis=0), some.max(axis=0)
    if (np.maximum(-low, high) < 9.0 * (high - low)).all():  # as in most data; of all points it is less than 10 times
        return NONE
    low, high = values.min(axis=-1, keepdims=True), values.max(axis=-1, keepdims=True)
    with np.errstate(all="ignore"):
        digits = np.floor(np.log10(np.maximum(-low, high) / (high - low)))
    return np.where(high > low, np.clip(digits, 0.0, _MOST_DIGITS - _DIGITS), 0.0)


def quasi_random(count: int, dimensions: int) -> _Array:
    """Points that fill the unit cube evenly, shape (count, dimensions): a Kronecker sequence.

    Source: Roberts: The unreasonable effectiveness of quasirandom sequences, 2018.
    """
    root = 2.0
    for _ in range(40):  # of t^(d + 1) = t + 1
        root = (1.0 + root) ** (1.0 / (dimensions + 1))
    steps = root ** -np.arange(1.0, dimensions + 1)
    points: _Array = (0.5 + np.arange(1, count + 1)[:, np.newaxis] * steps) % 1.0
    return points
