"""What shapes do not tell of a batch: starts and bounds by name, and whether there is an abscissa per fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .._names import in_one_form
from .arrays import real_array
from .data import is_x_per_fit
from .limits import ends_of
from .parameters import check_names, defaults_of


def start_by_name(f: Callable[..., Any], p0: Any, ydata: Any) -> Any:
    """The starts of many fits, (..., n), from a dict, or from the defaults of f if p0 is None; otherwise p0 itself.

    A parameter that is not in the dict starts at its default, or at 1.
    """
    if p0 is not None and not _is_by_name(p0):
        return p0
    p0 = in_one_form(p0)
    defaults = defaults_of(f)
    if p0 is None:
        given = any(value is not None for value in defaults.values())
        return [1.0 if value is None else value for value in defaults.values()] if given else None
    names = tuple(defaults) or tuple(p0)
    check_names("p0", p0, names, f)
    starts = {name: p0.get(name, defaults.get(name)) for name in names}
    return _stacked("p0", {name: 1.0 if start is None else start for name, start in starts.items()}, ydata)


def bounds_by_name(f: Callable[..., Any], bounds: Any, ydata: Any) -> Any:
    """The bounds of many fits, a pair of (..., n), from a dict of pairs; otherwise `bounds` itself."""
    if not _is_by_name(bounds):
        return bounds
    bounds, names = in_one_form(bounds), tuple(defaults_of(f))
    if not names:
        raise ValueError("bounds must be a pair (lower, upper), as the signature of f does not name its parameters")
    check_names("bounds", bounds, names, f)
    ends = {name: ends_of(f"bounds[{name!r}]", bounds.get(name)) for name in names}
    return tuple(_stacked("bounds", {name: pair[side] for name, pair in ends.items()}, ydata) for side in (0, 1))


def _is_by_name(value: Any) -> bool:
    return type(value) not in (np.ndarray, tuple, list) and isinstance(value, Mapping)  # which takes long


def _stacked(argument: str, values: Mapping[str, Any], ydata: Any) -> Any:
    """Numbers and arrays by parameter as one array, parameters along the last axis."""
    columns = {name: real_array(f"{argument}[{name!r}]", value) for name, value in values.items()}
    if not any(column.ndim for column in columns.values()):
        return np.array([*columns.values()])
    lead = np.shape(ydata)[:-1]
    for name, column in columns.items():
        try:
            fits = np.broadcast_shapes(column.shape, lead) == lead
        except ValueError:
            fits = False
        if not fits:
            per_fit = f", or have one per fit, shape {lead}" if lead else ""
            raise ValueError(f"{argument}[{name!r}] must be a number{per_fit}; got shape {column.shape}")
    return np.stack([np.broadcast_to(column, lead) for column in columns.values()], axis=-1)


def has_x_per_fit(
    f: Callable[..., Any], x: Any, lead: tuple[int, ...], m: int, p0: ArrayLike | None, given: bool | None
) -> bool:
    """Whether there is an abscissa per fit.

    As many fits as predictors have the same shape as one abscissa per fit. The model then tells: it is evaluated for
    one fit in one way, and in the other if that does not give m values.
    """
    shared = x.shape == (m,) or (x.ndim == 2 and x.shape[-1] == m)
    if given is not None:
        per_fit = x.ndim > len(lead) > 0 and x.shape[: len(lead)] == lead and x.shape[-1:] == (m,)
        if given and not per_fit:
            raise ValueError(f"xdata must have a row per fit, shape {(*lead, m)}, if x_per_fit is True; got {x.shape}")
        if not given and not shared:
            raise ValueError(f"xdata must have shape ({m},) or (k, {m}) if x_per_fit is False; got shape {x.shape}")
        return bool(given)
    per_fit = is_x_per_fit(x.shape, lead, m)
    if not (per_fit and shared and isinstance(x, np.ndarray) and p0 is not None and 0 not in x.shape):
        return per_fit
    start = np.asarray(p0, dtype=np.float64)
    start = start.reshape(-1, start.shape[-1])[0] if start.ndim else start.reshape(1)
    return _gives(f, x[0], start, m) or not _gives(f, x, start, m)


def _gives(f: Callable[..., Any], x: Any, start: Any, m: int) -> bool:
    """Whether the model gives m values."""
    try:
        with np.errstate(all="ignore"):
            shape: tuple[int, ...] = np.shape(f(x.copy(), *start))
    except Exception:  # whatever a model raises for what it is not made for
        return False
    return shape == (m,)
