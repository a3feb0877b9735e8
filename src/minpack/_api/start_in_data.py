"""Where to start a function if only its values are known: points scaled from the data, scored."""

from __future__ import annotations

import dataclasses
import itertools
import warnings
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from .._input.parameters import Parameters
from .._input.taken import Taken
from .._models.model import Model
from .._models.starts import Scale, common_digits, rounded
from .._models.waves import main_frequency

_Array = NDArray[np.float64]

_MOST_CALLS = 50
_GOOD = 0.1  # of the scatter of the data: if the first start leaves less, the fit starts there
_LARGER = 8.0  # times the largest value at the first start: data in other units
_SAME = 1e-9  # relative: what two values differ by that only rounding tells apart
_SHOWS = 1e-6  # of the largest part of a value: the part that a parameter has in it, if it has one


def start_in_data(
    model: Parameters, taken: Taken, amounts_to: Callable[[], Model | None] = lambda: None
) -> Parameters | Model:  # fmt: skip
    """The parameters with the best start that a few calls of the function find.

    If ones are not good and the function `amounts_to` a model, that, which has better ways.

    Parameters in which the function is linear are found from its values, and solved for at each point that the others
    are tried at.
    """
    x, y = taken.xdata, taken.data.ydata
    if not isinstance(x, np.ndarray) or x.dtype.kind != "f" or x.ndim not in (1, 2) or not x.size:
        return model
    if y.size != x.shape[-1] * (1 + taken.is_complex) or not np.isfinite(x).all():
        return model
    search = _Search(model, taken, amounts_to)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            found = search.run()
        except (_Spent, np.linalg.LinAlgError):
            found = search.best
    if search.formula is not None:
        return search.formula
    return model if found is None else dataclasses.replace(model, start=found)


class _Spent(Exception):
    """No more calls."""


class _Search:
    def __init__(self, model: Parameters, taken: Taken, amounts_to: Callable[[], Model | None]) -> None:
        self.amounts_to = amounts_to
        self.formula: Model | None = None
        self.model, self.f, self.movable = model, taken.f, np.flatnonzero(model.free).tolist()
        self.x, self.y = taken.xdata.view(), taken.data.ydata
        self.x.flags.writeable = False
        self.weights = np.ones(self.y.size) if taken.widths is None else 1.0 / taken.widths
        self.calls = 0
        self.digits = max(float(np.max(common_digits(row))) for row in (*np.atleast_2d(self.x), self.y))
        self.best: _Array | None = None
        self.least = np.inf

    def run(self) -> _Array | None:
        first = self._value(self.model.start)
        if first is None:
            return None
        self.least = self._cost(first)
        columns = self._columns(self.model.start, first)
        linear = _linear(self.model.start, first, columns)
        target = (self.y - self.y.mean()) * self.weights
        good = _GOOD * float(target @ target)
        if self._left(first, columns, linear) <= good or len(linear) == len(self.movable):
            if linear and self.least > good and np.abs(self.y).max() > _LARGER * np.abs(first).max():
                self._try(self.model.start.copy(), sorted(linear))  # the others may stay, but these are in other units
            return self.best
        self.formula = self.amounts_to()
        if self.formula is not None:
            return None
        scales = [Scale(row) for row in np.atleast_2d(self.x)]
        all_show = self._all_show(self.model.start, columns)
        for base in self._bases(scales):
            if linear and all_show:
                break
            value = self._value(base)
            if value is not None:
                columns = self._columns(base, value)
                all_show = self._all_show(base, columns)
                if all_show or not linear:
                    linear = _linear(base, value, columns)
        others = [j for j in self.movable if j not in linear]
        for point in self._points(others, scales):
            if self.calls + max(len(linear), 1) + 1 > _MOST_CALLS:
                break
            self._try(point, sorted(linear))
        return self.best

    def _value(self, values: _Array) -> _Array | None:
        """What the function gives, or None if it fails or gives what is no number, or no number for each point."""
        if self.calls == _MOST_CALLS:
            raise _Spent
        values = values.copy()
        try:
            self.model.ties.apply(values)
            self.calls += 1
            found = np.array(self.f(self.x, *values), dtype=np.float64)
        except Exception:
            return None
        if not np.isfinite(values).all() or found.shape != self.y.shape:
            return None
        return found

    def _cost(self, value: _Array) -> float:
        cost = float(np.square((self.y - value) * self.weights).sum())
        return cost if np.isfinite(cost) else np.inf

    def _moved(self, values: _Array, j: int) -> _Array:
        """The point with another value of one parameter, within its bounds."""
        low, high, moved = self.model.lower[j], self.model.upper[j], values.copy()
        step = abs(values[j]) or 1.0
        up = min(step, (high - values[j]) / 2.0)
        moved[j] += up if up > 0.0 else -min(step, (values[j] - low) / 2.0)
        return moved

    def _columns(self, base: _Array, value: _Array) -> dict[int, _Array]:
        """Quotients by the movable parameters that have an effect."""
        columns = {}
        for j in self.movable:
            moved = self._moved(base, j)
            there = self._value(moved)
            if there is None or moved[j] == base[j]:
                continue
            column = (there - value) / (moved[j] - base[j])
            if np.isfinite(column).all() and column.any():
                columns[j] = column
        return columns

    def _all_show(self, base: _Array, columns: dict[int, _Array]) -> bool:
        """Whether every parameter counts there: the function is linear in any others if one of them does not."""
        parts = [float(np.abs(base[j] * columns[j]).max()) if j in columns else 0.0 for j in self.movable]
        return min(parts) > _SHOWS * max(parts)

    def _left(self, value: _Array, columns: dict[int, _Array], linear: Sequence[int]) -> float:
        """The sum of squares at a point, if the linear parameters are chosen best."""
        if not linear or not np.isfinite(value).all():
            return self._cost(value)
        design = np.stack([columns[j] * self.weights for j in linear], axis=-1)
        rest = (self.y - value) * self.weights
        try:
            return float(np.square(rest - design @ np.linalg.lstsq(design, rest, rcond=None)[0]).sum())
        except np.linalg.LinAlgError:  # numbers that are too large
            return np.inf

    def _bases(self, scales: Sequence[Scale]) -> Iterator[_Array]:
        """Points at which a function that is flat at its first start may not be: differences of equal ones are zero."""
        s = scales[0]
        for size in ((s.low + s.high) / 2.0, 1.0 / s.range):
            yield self._within({j: (size or s.range) * (1.0 + 0.3 * k) for k, j in enumerate(self.movable)})

    def _within(self, values: dict[int, float]) -> _Array:
        point = self.model.start.copy()
        for j, value in values.items():
            point[j] = min(max(value, self.model.lower[j]), self.model.upper[j])
        return point

    def _points(self, others: Sequence[int], scales: Sequence[Scale]) -> Iterator[_Array]:
        """Points to try, the likeliest first."""
        if not others:
            return
        suggested = (_likely(s, row, self.y[: row.size], self.digits)
                     for s, row in zip(scales, np.atleast_2d(self.x), strict=True))  # fmt: skip
        likely = [1.0, *itertools.chain.from_iterable(suggested)]
        pools = []
        for j in others:
            low, high = float(self.model.lower[j]), float(self.model.upper[j])
            between = [low + (high - low) * part for part in (0.5, 0.25, 0.75)] if np.isfinite(high - low) else []
            inside = [value for value in likely if low < value < high]
            pools.append(list(dict.fromkeys([*between[:1], *inside, *between[1:]])) or [float(self.model.start[j])])
        most = 20  # ranks added: more points than there are calls
        ranks = itertools.product(*(range(min(len(pool), most)) for pool in pools)) if len(others) <= 3 else \
            itertools.islice(itertools.product(range(5), repeat=len(others)), 3125)  # fmt: skip
        for rank in sorted(ranks, key=sum):
            if all(k < len(pool) for k, pool in zip(rank, pools, strict=True)):
                yield self._within({j: pool[k] for j, pool, k in zip(others, pools, rank, strict=True)})

    def _try(self, point: _Array, linear: list[int]) -> None:
        if linear:
            rows, values = [], []
            for j in linear:
                moved = self._moved(point, j)
                value = self._value(moved)
                if value is None or not np.isfinite(value).all():
                    return
                rows.append(moved[linear])
                values.append(value)
            mixture = np.array(rows)
            if np.linalg.cond(mixture) > 1.0 / _SAME:
                return
            design = np.linalg.solve(mixture, np.array(values)).T * self.weights[:, np.newaxis]
            solved, _, rank, _ = np.linalg.lstsq(design, self.y * self.weights, rcond=None)
            if rank < len(linear):
                return
            left = float(np.square(self.y * self.weights - design @ solved).sum())
            if not left < self.least:
                return
            starts = rounded(np.asarray(solved, dtype=np.float64), self.digits)
            for j, value in zip(linear, starts.tolist(), strict=True):
                low, high = self.model.lower[j], self.model.upper[j]
                end = min(max(value, low), high)
                point[j] = value if end == value else (point[j] + end) / 2.0
        point = np.clip(np.where(np.isin(np.arange(point.size), self.movable), rounded(point, self.digits), point),
                        self.model.lower, self.model.upper)  # fmt: skip
        value = self._value(point)
        if value is not None and (cost := self._cost(value)) < self.least:
            self.model.ties.apply(point)
            self.best, self.least = point, cost


def _linear(base: _Array, value: _Array, columns: dict[int, _Array]) -> list[int]:
    """The parameters of which the function is a linear combination: with no others it would be 0 (Euler)."""
    if not np.isfinite(value).all() or not value.any():
        return []
    for count in range(1, min(len(columns), 6) + 1):
        for chosen in itertools.combinations(columns, count):
            parts = np.array([base[j] * columns[j] for j in chosen])
            if np.abs(value - parts.sum(axis=0)).max() <= _SAME * np.abs(parts).max():
                return list(chosen)
    return []


def _likely(s: Scale, x: _Array, y: _Array, digits: float) -> list[float]:
    """Positions, widths, rates and frequencies that the data suggest."""
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]
    edge = max(1, y.size // 10)
    level = np.median([np.median(y[:edge]), np.median(y[-edge:])])
    height = np.abs(y - level)
    peak = float(x[height.argmax()])
    tall = x[height > height.max() / 2.0] if height.any() else x
    width = max(float(tall[-1] - tall[0]), s.spacing) / 2.4  # of a Gaussian with this width at half height
    half = float(x[np.abs(np.cumsum(np.abs(np.diff(y))) - np.abs(np.diff(y)).sum() / 2.0).argmin()]) if y.size > 1 \
        else peak  # fmt: skip
    short = s.range / 20.0
    waves = _waves(x, y)
    found = [*waves[:1], half, *waves[1:], peak, 3.0 / s.range, short, 1.0 / short, width, 1.0 / s.range,
             -3.0 / s.range, s.range / 3.0, 10.0 / s.range, s.range, -1.0 / short, 1.0 / width, 0.3 / s.range, 0.5, 2.0,
             -1.0 / s.range]  # fmt: skip
    return [value for value in rounded(np.array(found, dtype=np.float64), digits).tolist() if np.isfinite(value)]


def _waves(x: _Array, y: _Array) -> list[float]:
    """Angular frequency, frequency and period of data that turn around more than twice."""
    away = y - y.mean()
    large = away[np.abs(away) > y.std() / 2.0]  # noise turns around a level, and around a background
    if np.count_nonzero(np.diff(np.sign(large))) <= 2:
        return []
    frequency = main_frequency(x, y)
    return [2.0 * np.pi * frequency, frequency, 1.0 / frequency] if frequency else []
