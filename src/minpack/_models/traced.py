"""What a Python function computes, as a formula, from a call with symbols: what is known of formulas helps it start."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin
from numpy.typing import NDArray

from .elements import FUNCTIONS
from .expression import MAX_LENGTH
from .model import Model

_FORMS = {
    "add": "({} + {})", "subtract": "({} - {})", "multiply": "({} * {})", "divide": "({} / {})", "power": "({})^({})",
    "float_power": "({})^({})", "negative": "(-{})", "positive": "{}", "square": "({})^2", "reciprocal": "(1 / {})",
    "exp2": "2^({})", "absolute": "abs({})", "fabs": "abs({})", "expit": "logistic({})",
}  # fmt: skip
_CONDITIONS = {"less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">="}
_SAME = 1e-6  # relative


class _Symbol(NDArrayOperatorsMixin):
    """Stands for x or a parameter, or for what was made of them by functions of elements; all else is refused."""

    def __init__(self, text: str, condition: str = "") -> None:
        if len(text) > MAX_LENGTH:
            raise ValueError("too long")
        self.text, self.condition = text, condition

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        name = ufunc.__name__
        if method != "__call__" or options or not (name in _FORMS or name in _CONDITIONS or name in FUNCTIONS):
            return NotImplemented
        texts = [_text(value) for value in inputs]
        if name in _CONDITIONS:
            condition = f" {_CONDITIONS[name]} ".join(texts)
            return _Symbol(f"where({condition}, 1, 0)", condition)
        return _Symbol(_FORMS[name].format(*texts) if name in _FORMS else f"{name}({', '.join(texts)})")

    def __array_function__(self, function: Any, types: Any, inputs: Any, options: Any) -> Any:
        if function is not np.where or options or len(inputs) != 3 or not inputs[0].condition:
            return NotImplemented
        return _Symbol(f"where({inputs[0].condition}, {_text(inputs[1])}, {_text(inputs[2])})")

    def __array__(self, *arguments: Any, **options: Any) -> Any:
        raise TypeError("no array")

    def __bool__(self) -> bool:
        raise TypeError("no condition")


def _text(value: Any) -> str:
    if isinstance(value, _Symbol):
        return value.text
    if not isinstance(value, int | float | np.number) or not math.isfinite(float(value)):
        raise TypeError("no real number")
    return f"({float(value)!r})"


def formula_of(
    f: Callable[..., Any], names: Sequence[str], x: NDArray[np.float64], start: NDArray[np.float64]
) -> Model | None:
    """A model with the values and parameters of a function of x, shape (m,) or (k, m); None if it is no formula.

    The function is called with symbols, so it must do nothing but compute.
    """
    stem = f"x{'_' * max(map(len, names))}"  # no parameter's name
    predictors = tuple(f"{stem}{k}" for k in range(1 if x.ndim == 1 else len(x)))
    symbols = tuple(map(_Symbol, predictors))
    try:
        made = f(symbols if x.ndim > 1 else symbols[0], *map(_Symbol, names))
        found = _model(made.text, tuple(names), predictors)
        with np.errstate(all="ignore"):
            expected, values = np.asarray(f(x, *start), dtype=np.float64), found(x, *start)
    except Exception:  # whatever the function makes of symbols
        return None
    return found if np.allclose(values, expected, rtol=_SAME, atol=0.0, equal_nan=True) else None


@functools.lru_cache(maxsize=16)  # each keeps what it was last searched with
def _model(text: str, names: tuple[str, ...], predictors: tuple[str, ...]) -> Model:
    made = Model(text, predictors)
    if {*made.parameters} != {*names}:
        raise ValueError("other parameters")
    made.parameters = names
    made.check()
    return made
