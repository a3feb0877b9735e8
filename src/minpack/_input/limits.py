"""Bounds of the parameters of a model, by name or by position, and starts within them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .arrays import as_floats
from .bounds import lower_and_upper, start_within
from .parameters import Parameters, check_names
from .predictors import refuse_units

_Array = NDArray[np.float64]

_PAIR = "a pair (lower, upper), or None for no bound, in place of either or both"


def within_bounds(
    model: Parameters, bounds: Any, f: Callable[..., Any], p0: ArrayLike | Mapping[str, float] | None,
    fixed: Any,
) -> Parameters:  # fmt: skip
    """The parameters with their bounds: equal ones hold a parameter, and starts that nobody gave lie within."""
    if bounds is None:
        return model
    lower, upper = _by_name(bounds, model, f) if isinstance(bounds, Mapping) else _by_position(bounds, model)
    _check(lower, upper, model, ": pass tuple(zip(*bounds))" if _are_pairs(bounds, len(model.names)) else "")
    held = (lower == upper) & model.free
    outside = (model.start < lower) | (model.start > upper)
    start = model.start.copy()
    movable = held | (outside & ~_given(model, p0, fixed))
    start[movable] = start_within(lower[movable], upper[movable])
    model.ties.apply(start)
    for j in np.flatnonzero(outside & ~movable):
        name = model.names[j]
        words = f"fixed[{name!r}] must lie" if _is_value(fixed, name) else "p0 must lie"
        at = "it is" if _is_value(fixed, name) else f"{name!r} starts at"
        raise ValueError(f"{words} within the bounds: {at} {start[j]}, with bounds {lower[j]} and {upper[j]}")
    free = model.free & ~held
    if not free.any():
        raise ValueError("bounds and fixed hold all parameters: leave at least one to be fitted")
    names = tuple(name for name, of_these in zip(model.names, held, strict=True) if name in model.held or of_these)
    lower.flags.writeable = upper.flags.writeable = False  # as those without bounds
    return dataclasses.replace(model, start=start, free=free, held=names, lower=lower, upper=upper)


def _by_name(bounds: Mapping[str, Any], model: Parameters, f: Callable[..., Any]) -> tuple[_Array, _Array]:
    check_names("bounds", bounds, model.names, f)
    lower, upper = np.full(len(model.names), -np.inf), np.full(len(model.names), np.inf)
    for name, pair in bounds.items():
        what, j = f"bounds[{name!r}]", model.names.index(name)
        lower[j], upper[j] = (_number(what, bound) for bound in ends_of(what, pair))
    return lower, upper


def ends_of(what: str, pair: Any) -> tuple[Any, Any]:
    """The two bounds of a parameter, infinite for None in place of either or both."""
    try:
        low, high = (None, None) if pair is None else pair
    except (TypeError, ValueError):
        low = high = pair  # a wrong one, as is a text of two letters
    if isinstance(pair, (str, bytes)) or (low is pair and pair is not None):
        raise ValueError(f"{what} must be {_PAIR}; got {pair!r}")
    refuse_units(**{f"{what}[0]": low, f"{what}[1]": high})
    return -np.inf if low is None else low, np.inf if high is None else high


def _number(what: str, bound: Any) -> float:
    number = as_floats(what, bound)
    if number.ndim:
        raise ValueError(f"{what} must be {_PAIR}; got {bound!r} as one of the two")
    return float(number)


def _by_position(bounds: Any, model: Parameters) -> tuple[_Array, _Array]:
    n = len(model.names)
    if isinstance(bounds, (tuple, list)) and len(bounds) == 2:
        bounds = ends_of("bounds", bounds)
    try:
        pair = lower_and_upper(None if isinstance(bounds, str) else bounds)
    except ValueError as error:
        pairs = ": pass tuple(zip(*bounds))" if _are_pairs(bounds, n) else ""
        raise ValueError(
            "bounds must be a pair (lower, upper), a dict of pairs by parameter name, or SciPy's Bounds; "
            f"got {bounds!r}{pairs}"
        ) from error
    lower, upper = (np.full(n, bound.item()) if bound.size == 1 else bound for bound in pair)
    for bound in (lower, upper):
        if bound.shape != (n,):
            raise ValueError(
                f"bounds must be numbers or have shape ({n},), one element per parameter ({', '.join(model.names)}); "
                f"got shape {bound.shape}"
            )
    return np.array(lower), np.array(upper)


def _are_pairs(bounds: Any, n: int) -> bool:
    """Whether there is a pair for each parameter, as some minimizers take them."""
    try:
        return len(bounds) == n and all(len(pair) == 2 for pair in bounds)
    except TypeError:
        return False


def _check(lower: _Array, upper: _Array, model: Parameters, hint: str) -> None:
    for j, name in enumerate(model.names):
        low, high = float(lower[j]), float(upper[j])
        if not low <= high or low == np.inf or high == -np.inf:
            words = "bounds must be numbers, the lower not above the upper"
            raise ValueError(f"{words}; {name!r} has {low} and {high}{hint if low > high else ''}")
        if name in model.ties.names and (low > -np.inf or high < np.inf):
            raise ValueError(
                f"bounds must not name {name!r}, which is tied: bound the parameters that it is computed from, by name"
            )


def _given(model: Parameters, p0: ArrayLike | Mapping[str, float] | None, fixed: Any) -> NDArray[np.bool_]:
    """Which starts are a caller's own words."""
    said = () if p0 is None else p0 if isinstance(p0, Mapping) else model.names
    return np.array([name in said or _is_value(fixed, name) for name in model.names])


def _is_value(fixed: Any, name: str) -> bool:
    return isinstance(fixed, Mapping) and name in fixed
