"""Starts of formulas such as exp(u), if u is linear in more parameters: u from the data turned back."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .known import Known
from .search import Table, bases_of, best_of

_Array = NDArray[np.float64]

_SHARES = 1.0, 0.0  # of the slopes in the weights: errors of y are alike, or those of u


def _turned_back(kind: str, other: Any, y: _Array) -> tuple[_Array, _Array]:
    """What u is where a formula is y, and by how much y changes with it."""
    if kind == "exp":
        return np.log(y), y
    if kind == "log":
        return np.exp(y), np.exp(-y)
    if kind == "sqrt":
        return y * y, 0.5 / y
    if kind == "/":
        return other / y, y * y / np.abs(other)
    return np.log(y) / np.log(other), np.abs(np.log(other)) * y  # other**u


def improved(
    model: Any, table: Table, x: _Array, rows: _Array, weights: _Array, known: Known, found: _Array
) -> _Array:
    """The starts of rows, (count, n), or better ones that are best for u, with weights as u shows in the data."""
    inner, kind, outer, factor = model.formula.inside
    better, known = found.copy(), known.without([factor])
    for k, y in enumerate(rows):
        with np.errstate(all="ignore"):
            sign = np.copysign(1.0, weights @ y) if factor else 1.0
            u, slopes = _turned_back(kind, None if outer is None else outer(x, *found[k]), sign * y)
            fine = np.isfinite(u) & (slopes > 0.0) & np.isfinite(slopes)
            if np.count_nonzero(fine) <= len(model.parameters):
                continue
            for share in _SHARES:
                of_u = np.where(fine, weights * slopes**share, 0.0)
                at_u = np.where(fine, u * of_u, 0.0)[np.newaxis]
                there = best_of(inner, bases_of(inner, table, x, of_u), at_u, known)[0]
                if factor:
                    j = model.parameters.index(factor)
                    there[j] = sign * np.exp(there[j])
                before, after = (float(np.square((model(x, *at) - y) * weights).sum()) for at in (better[k], there))
                if after < before or not before < np.inf:
                    better[k] = there
    return better
