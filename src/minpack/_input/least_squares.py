"""Arguments of `least_squares`, checked in SciPy's order and with its words."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .arrays import are_doubles, as_array, as_floats, is_number, is_whole, plain_floats, real_number
from .bounds import bounds_of

_Array = NDArray[np.float64]

METHODS = ("trf", "dogbox", "lm")
LOSSES = ("linear", "huber", "soft_l1", "cauchy", "arctan")
JACOBIANS = ("2-point", "3-point", "cs")
LARGEST_COUNT = 2**31 - 1
EPS = float(np.finfo(np.float64).eps)


def check_choices(method: Any, jac: Any, tr_solver: Any, loss: Any, verbose: Any) -> None:
    if not _is_one_of(method, METHODS):
        raise ValueError("`method` must be 'trf', 'dogbox' or 'lm'.")
    if not (callable(jac) or _is_one_of(jac, JACOBIANS)):
        raise ValueError("`jac` must be '2-point', '3-point', 'cs' or callable.")
    if tr_solver is not None and not _is_one_of(tr_solver, ("exact", "lsmr")):
        raise ValueError("`tr_solver` must be None, 'exact' or 'lsmr'.")
    if not (callable(loss) or _is_one_of(loss, LOSSES)):
        raise ValueError(f"`loss` must be one of {LOSSES} or a callable.")
    if method == "lm" and loss != "linear":
        raise ValueError("method='lm' supports only 'linear' loss function.")
    if not is_whole(verbose) or verbose not in (0, 1, 2):
        raise ValueError("`verbose` must be in [0, 1, 2].")


def _is_one_of(value: Any, choices: tuple[str, ...]) -> bool:
    return isinstance(value, str) and value in choices


def is_linear(loss: Any) -> bool:
    return isinstance(loss, str) and loss == "linear"


def limit_of(max_nfev: Any) -> int | None:
    """The limit on evaluations, if there is one: a whole number, if given as a float, too."""
    if max_nfev is None:
        return None
    is_real = is_number(max_nfev) and not isinstance(max_nfev, np.complexfloating)
    whole = is_real and (max_nfev == np.inf or max_nfev % 1 == 0)
    if not whole or max_nfev <= 0:
        raise ValueError("`max_nfev` must be None or positive integer.")
    return int(min(max_nfev, LARGEST_COUNT))


def start_of(x0: Any) -> _Array:
    """A copy of x0 as a vector of float64."""
    if are_doubles(x0) and x0.ndim == 1 and x0.size:  # mostly
        return x0.copy()  # type: ignore[no-any-return]
    start = as_array("x0", x0)
    if np.iscomplexobj(start):
        raise ValueError("`x0` must be real.")
    x = np.array(as_floats("x0", start))
    if x.size == 0:
        raise ValueError("`x0` must have at least one element.")
    if x.ndim > 1:
        raise ValueError("`x0` must have at most 1 dimension.")
    return x


def bounds_around(
    bounds: Any, x: _Array, names: Callable[[], Sequence[str]] | None = None
) -> tuple[_Array, _Array]:
    """The bounds as vectors, if x lies within them; errors name the parameter, or give its number."""
    lower, upper = bounds_of(bounds, x.size)
    numbers = zip(lower.tolist(), x.tolist(), upper.tolist(), strict=True)
    if all([low < high and low <= value <= high and math.isfinite(value) for low, value, high in numbers]):
        return lower, upper
    for wrong, words in (
        (lower >= upper, "Each lower bound must be strictly less than each upper bound. Parameter"),
        (~((lower <= x) & (x <= upper)), "Initial guess is outside of provided bounds: parameter"),
    ):
        if wrong.any():
            j = int(np.argmax(wrong))
            which = j if names is None else repr(names()[j])
            raise ValueError(f"{words} {which} starts at {x[j]}, with bounds {lower[j]} and {upper[j]}.")
    j = int(np.argmin(np.isfinite(x)))
    raise ValueError(f"`x0` must be finite: parameter {j if names is None else repr(names()[j])} starts at {x[j]}.")


def scale_of(x_scale: ArrayLike | str | None, x: _Array) -> _Array | None:
    """The scale of each parameter; None for "jac"."""
    if isinstance(x_scale, str) and x_scale == "jac":
        return None
    if isinstance(x_scale, float) and 0.0 < x_scale < math.inf:
        return np.full(x.shape, x_scale)
    try:
        scale = plain_floats("x_scale", x_scale)
        valid = bool(np.isfinite(scale).all() and (scale > 0).all())
    except (ValueError, TypeError):
        valid = False
    if not valid:
        raise ValueError("`x_scale` must be 'jac' or array_like with positive numbers.")
    if scale.ndim == 0:
        scale = np.full(x.shape, scale)
    if scale.shape != x.shape:
        raise ValueError("Inconsistent shapes between `x_scale` and `x0`.")
    return scale


def tolerances_of(**given: float | None) -> tuple[dict[str, float], list[str]]:
    """The tolerances, 0 for None, and warnings about those that are too small."""
    warnings = []
    for name, value in given.items():
        if value is not None and not is_number(value):
            raise TypeError(f"{name} must be a real number; got {value!r}")
        if value is not None and value < EPS:
            warnings.append(
                f"Setting `{name}` below the machine epsilon ({EPS:.2e}) effectively disables the corresponding "
                "termination condition."
            )
    return {name: 0.0 if value is None else float(value) for name, value in given.items()}, warnings


def check_tolerances(method: str, tolerances: Mapping[str, float]) -> None:
    """Raise ValueError if too many tolerances are below the machine epsilon."""
    small = [value < EPS for value in tolerances.values()]
    if method == "lm" and any(small):
        raise ValueError(f"All tolerances must be higher than machine epsilon ({EPS:.2e}) for method 'lm'.")
    if all(small):
        raise ValueError(f"At least one of the tolerances must be higher than machine epsilon ({EPS:.2e}).")


def scale_of_residuals(f_scale: Any, loss: Any) -> float:
    """The margin between inliers and outliers; looked at only if the loss has one."""
    if is_linear(loss):
        return 1.0
    scale = abs(real_number("f_scale", f_scale))
    if not 0.0 < scale < np.inf:
        raise ValueError(f"f_scale must be positive and finite; got {f_scale!r}")
    return scale


def relative_steps(diff_step: ArrayLike | None, x: _Array) -> _Array | None:
    """The relative step of each parameter, None for the default."""
    if diff_step is None:
        return None
    steps = plain_floats("diff_step", diff_step)
    if steps.size != 1 and steps.shape != x.shape:
        raise ValueError(f"diff_step must be a number or have shape {x.shape}, as x0; got shape {steps.shape}")
    return steps if steps.shape == x.shape else np.full(x.shape, steps.item())
