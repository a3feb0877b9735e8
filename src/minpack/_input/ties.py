"""Parameters that are computed from others."""

from __future__ import annotations

import inspect
import numbers
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._names import in_one_form

_Array = NDArray[np.float64]
Tied = Mapping[str, str | Callable[..., float]]

_STEP = float(np.finfo(float).eps ** (1 / 3))  # least error of a central difference


class Ties:
    """The tied parameters of a model: each is another, by its name, or a function of others, by their names."""

    def __init__(self, tied: Tied, names: tuple[str, ...]) -> None:
        self.names = tuple(name for name in names if name in tied)
        self.rows = [names.index(name) for name in self.names]
        self._functions = [_itself if isinstance(tie, str) else tie for tie in map(tied.__getitem__, self.names)]
        self._sources: list[list[int]] = []
        for name in self.names:
            wanted = _arguments(name, tied[name])
            for other in wanted:
                if other not in names and not other.isidentifier():
                    used = [own for own in names if own in re.findall(r"[^\W\d]\w*", other)]
                    way = f"pass lambda {', '.join(used)}: {other}" if used else "hold it with fixed"
                    raise ValueError(
                        f"tied[{name!r}] must be the name of a parameter or a function of some; got {other!r}: {way}"
                    )
                if other not in names:
                    raise ValueError(
                        f"tied[{name!r}] must depend on parameters of the model ({', '.join(names)}); got {other!r}"
                    )
                if other in tied:
                    raise ValueError(f"tied[{name!r}] must depend on parameters that are not tied; {other!r} is")
            self._sources.append([names.index(other) for other in wanted])

    def apply(self, values: _Array) -> dict[str, float]:
        """Compute the tied parameters from the others, in place; return them by name."""
        found: dict[str, float] = {}
        for name, row, function, sources in zip(self.names, self.rows, self._functions, self._sources, strict=True):
            value = function(*values[sources])
            if not isinstance(value, numbers.Real):
                raise TypeError(f"tied[{name!r}] must return a real number; it returned {value!r}")
            values[row] = found[name] = float(value)
        return found

    @property
    def same(self) -> list[tuple[int, int]]:
        """Which tied parameters are another one, and which that is."""
        pairs = zip(self.rows, self._functions, self._sources, strict=True)
        return [(row, sources[0]) for row, function, sources in pairs if function is _itself]

    def slopes(self, values: _Array, lower: _Array, upper: _Array) -> _Array:
        """Derivatives of the tied parameters by all n, shape (tied, n), from central differences within the bounds."""
        columns = np.zeros((len(self.names), values.size))
        for k, (function, sources) in enumerate(zip(self._functions, self._sources, strict=True)):
            if function is _itself:
                columns[k, sources] = 1.0
                continue
            for place, j in enumerate(sources):
                point, step = values[sources], _STEP * (abs(values[j]) or 1.0)
                ends = min(values[j] + step, upper[j]), max(values[j] - step, lower[j])
                if ends[0] > ends[1]:
                    found = []
                    for end in ends:
                        point[place] = end
                        found.append(float(function(*point)))
                    columns[k, j] = (found[0] - found[1]) / (ends[0] - ends[1])
        return columns


def _itself(value: float) -> float:
    return value


def _arguments(name: str, tie: Any) -> list[str]:
    if isinstance(tie, str):
        return [in_one_form(tie)]
    if not callable(tie):
        raise TypeError(
            f"tied[{name!r}] must be the name of a parameter or a function of some; got {tie!r}: hold it with fixed"
        )
    try:
        found = inspect.signature(tie).parameters.values()
    except (TypeError, ValueError) as error:
        raise TypeError(f"tied[{name!r}] must be a function with named arguments; got {tie!r}") from error
    wanted = [p.name for p in found if p.default is p.empty]
    if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD, p.KEYWORD_ONLY) for p in found) or not wanted:
        raise TypeError(f"tied[{name!r}] must take parameters as named arguments; got {tie!r}{inspect.signature(tie)}")
    return wanted
