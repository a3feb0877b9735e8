"""Knowledge of parameters that a search in the data keeps to: values that are held, and limits."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._names import in_one_form

_Array = NDArray[np.float64]

_EPS = float(np.finfo(np.float64).eps)
_PLACES = np.array([0.5, 0.1, 0.3, 0.7, 0.9])  # between two limits
_STEPS = np.array([0.01, 0.1, 1.0, 10.0])  # off a single one, in units of its size


@dataclass(frozen=True)
class Known:
    """Parameters that have a value, limits of others, infinite for none, frequencies to try, None for a grid, and the
    main one of the data, 0 if it is not asked for."""  # fmt: skip

    held: Mapping[str, float] = field(default_factory=dict)
    limits: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    frequencies: _Array | None = None
    main: float = 0.0

    @classmethod
    def of(
        cls, names: Iterable[str], fixed: Mapping[str, float] | None, bounds: Mapping[str, Any] | None
    ) -> Known:
        """Read the arguments of `Model.guess`."""
        names, fixed, bounds = tuple(names), in_one_form(fixed), in_one_form(bounds)
        for argument, given in (("fixed", fixed or {}), ("bounds", bounds or {})):
            unknown = [name for name in given if name not in names]
            if unknown:
                raise ValueError(f"{argument} must name parameters ({', '.join(names)}); got {unknown[0]!r}")
        limits = {}
        for name, pair in (bounds or {}).items():
            low, high = (end if bound is None else float(bound)
                         for bound, end in zip(pair, (-np.inf, np.inf), strict=True))  # fmt: skip
            if not low <= high:
                raise ValueError(f"bounds must be numbers, the lower not above the upper; {name!r} has {low}, {high}")
            limits[name] = (low, high)
        return cls(dict(fixed or {}), limits)

    def without(self, names: Iterable[str]) -> Known:
        """What is known about other parameters."""
        left = set(names)
        held = {name: value for name, value in self.held.items() if name not in left}
        limits = {name: pair for name, pair in self.limits.items() if name not in left}
        return replace(self, held=held, limits=limits)

    def __bool__(self) -> bool:
        return bool(self.held) or any(map(math.isfinite, itertools.chain.from_iterable(self.limits.values())))

    def lower_and_upper(self, names: Iterable[str]) -> tuple[_Array, _Array]:
        """The limits of some parameters."""
        pairs = [self.limits.get(name, (-np.inf, np.inf)) for name in names]
        lower, upper = np.ascontiguousarray(np.array(pairs, dtype=np.float64).reshape(-1, 2).T)
        return lower, upper

    def within(self, name: str, values: ArrayLike) -> _Array:
        """Those of the values that are within the limits of a parameter, and some between narrow limits."""
        values = np.asarray(values, dtype=np.float64)
        low, high = self.limits.get(name, (-np.inf, np.inf))
        if low == -np.inf and high == np.inf:
            return values
        inside = values[(values >= low) & (values <= high)]
        if inside.size == values.size:
            return inside
        if np.isfinite(low) and np.isfinite(high):
            return np.unique(np.concatenate([inside, low + (high - low) * _PLACES]))
        if inside.size:
            return inside
        end, way = (low, 1.0) if np.isfinite(low) else (high, -1.0)
        return end + way * (abs(end) or 1.0) * _STEPS

    def kept(self, names: tuple[str, ...], values: _Array) -> tuple[_Array, NDArray[np.bool_]]:
        """Rows of values with those that are held and within the limits, and which rows had others."""
        kept = np.clip(values, *self.lower_and_upper(names))
        for name, value in self.held.items():
            kept[:, names.index(name)] = value
        return kept, (kept != values).any(axis=1)

    def settled(self, model: Any, values: _Array, x: _Array, y: _Array, weights: _Array) -> _Array:
        """The points, shape (k, n), with their linear parameters at their best, within limits, for the others as they
        are: each for its row of y, with weights for all rows or each one."""  # fmt: skip
        names, values = model.parameters, values.copy()
        lower, upper = self.lower_and_upper(names)
        linear = [j for j, name in enumerate(names) if name in model.formula.linear and name not in self.held]
        waiting = [(linear, np.arange(len(values)))]
        while waiting:
            free, rows = waiting.pop()
            if not free or not rows.size:
                continue
            base = values[rows]
            base[:, free] = 0.0
            columns = base.T[:, :, np.newaxis]
            of_each = (weights if weights.ndim == 1 else weights[rows])[..., np.newaxis]
            with np.errstate(all="ignore"):
                right = (y[rows] - model(x, *columns))[:, :, np.newaxis] * of_each
                design = model.jac(x, *columns)[:, :, free] * of_each
            fine = np.isfinite(right).all(axis=(1, 2)) & np.isfinite(design).all(axis=(1, 2))
            rows = rows[fine]
            solved = (np.linalg.pinv(design[fine], rcond=_EPS * y.shape[1]) @ right[fine])[:, :, 0]
            ends = np.clip(solved, lower[free], upper[free])
            values[np.ix_(rows, free)] = ends
            held = ends != solved
            for which in np.unique(held[held.any(axis=1)], axis=0):  # the others are then found once more
                still = [j for j, is_held in zip(free, which.tolist(), strict=True) if not is_held]
                waiting.append((still, rows[(held == which).all(axis=1)]))
        return values
