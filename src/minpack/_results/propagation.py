"""Derivatives by the parameters, and what the covariance of the parameters makes of them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

_Array = NDArray[np.float64]

# error of a central difference: step^2 by truncation, eps / step by rounding, both least at the cube root
_STEP = float(np.finfo(float).eps ** (1 / 3))


class Derived(NamedTuple):
    """A quantity computed from fitted parameters, with the error that theirs cause.

    Attributes
    ----------
    value : float or ndarray, shape (k,)
        The function at the fitted values.
    error : float or ndarray, shape (k,)
        Its standard error.
    covariance : float or ndarray, shape (k, k)
        Its variance; of several values, their covariance matrix.
    """

    value: Any
    error: Any
    covariance: Any


def central_differences(
    func: Callable[[_Array], _Array], values: _Array, errors: _Array, around: tuple[_Array, _Array]
) -> _Array:
    """Derivatives of a vector (k,) by each of the n values, shape (k, n); zero for a value without an error.

    Steps are in proportion to the value, or to its error if that is larger, which gives the scale of a value near zero.
    Next to a bound they are shorter on its side.
    """
    columns: list[_Array] = []
    for j, (value, error) in enumerate(zip(values, errors, strict=True)):
        if error == 0.0 and columns:
            columns.append(np.zeros_like(columns[0]))
            continue
        scale = max(abs(value), error if np.isfinite(error) else 0.0) or 1.0
        above, below = values.copy(), values.copy()
        above[j] = min(value + _STEP * scale, max(around[1][j], value))
        below[j] = max(value - _STEP * scale, min(around[0][j], value))
        slope = (func(above) - func(below)) / (above[j] - below[j])
        columns.append(slope if error != 0.0 else np.zeros_like(slope))
    return np.stack(columns, axis=-1)


def variances(gradient: _Array, covariance: _Array) -> _Array:
    """The diagonal of ``gradient @ covariance @ gradient.T``; infinite if the covariance is not defined."""
    if not np.isfinite(covariance).all():
        return np.full(len(gradient), np.inf)
    # a covariance has no negative directions, but rounding may give it some
    with np.errstate(over="ignore", invalid="ignore"):
        diagonal: _Array = np.maximum(np.einsum("ki,ij,kj->k", gradient, covariance, gradient), 0.0)
    return diagonal


def derive(
    func: Callable[..., Any], names: tuple[str, ...], values: _Array, covariance: _Array, around: tuple[_Array, _Array]
) -> Derived:
    """What `func` makes of the parameters, with its covariance by linear propagation."""
    call = _caller(func, names)
    center = call(values)
    if center.ndim > 1:
        raise ValueError(f"func must return one value or a vector of them; it returned shape {center.shape}")
    errors = np.sqrt(np.diag(covariance))
    gradient = central_differences(lambda p: np.atleast_1d(call(p)), values, errors, around)
    if np.isfinite(covariance).all():
        with np.errstate(over="ignore", invalid="ignore"):
            propagated = gradient @ covariance @ gradient.T
    else:
        propagated = np.full((len(gradient),) * 2, np.inf)
    deviations = np.sqrt(np.maximum(np.diag(propagated), 0.0))
    if center.ndim == 0:
        return Derived(float(center), float(deviations[0]), float(propagated[0, 0]))
    return Derived(center, deviations, propagated)


def _caller(func: Callable[..., Any], names: tuple[str, ...]) -> Callable[[_Array], _Array]:
    """`func` of a parameter vector: by name if its arguments are parameters, by position if none is."""
    try:
        found = inspect.signature(func).parameters.values()
    except (TypeError, ValueError):
        found = ()  # type: ignore[assignment]
    wanted = [p.name for p in found if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    wanted += [p.name for p in found if p.default is not p.empty and p.name in names]
    keywords = not any(p.kind in (p.POSITIONAL_ONLY, p.VAR_POSITIONAL) for p in found)
    unknown = [name for name in wanted if name not in names]
    if keywords and 0 < len(unknown) < len(wanted):
        raise ValueError(
            f"func takes {unknown[0]!r}, which is not a parameter of the fit: there are {', '.join(names)}; "
            "what is none of them needs a default"
        )
    if wanted and keywords and not unknown:
        index = {name: names.index(name) for name in wanted}
        return lambda p: np.asarray(func(**{name: p[j] for name, j in index.items()}), dtype=np.float64)
    takes_any = not found or any(p.kind is p.VAR_POSITIONAL for p in found)
    if not takes_any and len(wanted) != len(names):
        raise ValueError(
            f"func must take parameters by name, out of {', '.join(names)}, or all {len(names)} by position; "
            f"it takes {', '.join(wanted) or 'none'}"
        )
    return lambda p: np.asarray(func(*p), dtype=np.float64)
