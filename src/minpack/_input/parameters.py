"""Which parameters a model has, where they start, and which are held."""

from __future__ import annotations

import inspect
import math
import numbers
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .arrays import as_array

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def parameters(
    f: Callable[..., Any], p0: ArrayLike | Mapping[str, float] | None, fixed: Mapping[str, float] | None
) -> tuple[tuple[str, ...], NDArray[np.float64], NDArray[np.bool_]]:
    """Names of all parameters in the order of `f`, where each starts or is held, and which are fitted."""
    names, defaults, open_ended = _signature(f)
    held = _checked("fixed", {} if fixed is None else fixed)
    if open_ended:
        names = (*names, *_further_names(names, p0))
    unknown = [name for name in held if name not in names]
    if unknown:
        raise ValueError(f"fixed names {_listed(unknown)}, but {_name(f)} has the parameters {_listed(names)}")
    free = np.array([name not in held for name in names])
    if not names:
        raise ValueError(f"p0 names no parameter, and {_name(f)} takes any")
    if not free.any():
        raise ValueError(f"fixed holds all parameters ({_listed(names)}): leave out at least one for the fit to find")

    if p0 is None:
        starts = {name: defaults.get(name, 1.0) for name in names}
    elif isinstance(p0, Mapping):
        given = _checked("p0", p0)
        unknown = [name for name in given if name not in names]
        if unknown:
            raise ValueError(f"p0 names {_listed(unknown)}, but {_name(f)} has the parameters {_listed(names)}")
        starts = defaults | given
        missing = [name for name in names if name not in starts and name not in held]
        if missing:
            raise ValueError(f"p0 does not say where {_listed(missing)} should start, and {_name(f)} has no default")
    else:
        sequence = _vector(p0)
        fitted = tuple(name for name in names if name not in held)
        if sequence.size not in (len(names), len(fitted)):
            also = f" (or {len(fitted)}, for {_listed(fitted)})" if held else ""
            raise ValueError(
                f"p0 must have {len(names)} values, for {_listed(names)}{also}; it has {sequence.size}. "
                "A parameter that is not to be fitted goes into fixed"
            )
        starts = dict(zip(names if sequence.size == len(names) else fitted, sequence.tolist(), strict=True))
    endless = [name for name in names if name not in held and not math.isfinite(starts[name])]
    if endless:
        raise ValueError(f"{_name(f)} has {starts[endless[0]]} as default of {endless[0]!r}, where no fit can start: "
                         "say in p0 where it should")  # fmt: skip
    return names, np.array([held.get(name, starts.get(name)) for name in names], dtype=np.float64), free


def _signature(f: Callable[..., Any]) -> tuple[tuple[str, ...], dict[str, float], bool]:
    """Names of the parameters after the first, the defaults of those that have one, and whether there may be more.

    The parameters end where one has a default that is no number: that is an option of the model's.
    """
    try:
        found = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):  # some callables in C do not tell
        return (), {}, True
    names: list[str] = []
    defaults: dict[str, float] = {}
    for parameter in found[1:]:
        default = parameter.default
        if parameter.kind not in _POSITIONAL:
            break
        if default is not parameter.empty:
            if isinstance(default, bool) or not isinstance(default, numbers.Real):
                break
            defaults[parameter.name] = float(default)
        names.append(parameter.name)
    open_ended = any(parameter.kind is parameter.VAR_POSITIONAL for parameter in found)
    if not names and not open_ended:
        raise ValueError(f"f must take x and at least one parameter to fit; it is {_name(f)}{inspect.signature(f)}")
    return tuple(names), defaults, open_ended


def _further_names(names: tuple[str, ...], p0: ArrayLike | Mapping[str, float] | None) -> list[str]:
    """What to call the parameters that f takes as *args: as p0 does, else p0, p1, ... by position."""
    if p0 is None:
        if names:
            return []
        raise ValueError(
            "f does not say how many parameters it has: give p0, a sequence, or a dict that names them in order"
        )
    if isinstance(p0, Mapping):
        return [name for name in p0 if name not in names]
    return [f"p{i}" for i in range(len(names), _vector(p0).size)]


def _checked(argument: str, given: Mapping[str, float]) -> dict[str, float]:
    if not isinstance(given, Mapping):
        raise TypeError(f"{argument} must be a dict of values by parameter name, not {given!r}")
    for name, value in given.items():
        if not np.isscalar(value) or not isinstance(value, numbers.Real) or not np.isfinite(value):
            raise ValueError(f"{argument}[{name!r}] must be a finite number, not {value!r}")
    return {name: float(value) for name, value in given.items()}


def _vector(p0: ArrayLike | Mapping[str, float]) -> NDArray[np.float64]:
    vector = as_array("p0", p0)
    if vector.ndim != 1 or vector.dtype.kind not in "biuf" or not np.isfinite(vector).all():
        raise ValueError(f"p0 must be a vector of finite numbers, or a dict by name, not {p0!r}")
    return vector.astype(np.float64)


def _listed(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(map(repr, names))


def _name(f: Callable[..., Any]) -> str:
    return str(getattr(f, "__name__", f))
