"""Whether a model's value at a point depends on nothing but that point, whatever the values: by what it is made of."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from .remembered import is_straight, plain_of


class _Number(NDArrayOperatorsMixin):
    """Stands for x and the parameters: for arithmetic and NumPy's functions of elements, and for nothing else.

    Which attributes it is asked for goes into `asked`, as the error may go unseen.
    """

    def __init__(self, asked: list[str]) -> None:
        self._asked = asked

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        of_elements = method == "__call__" and ufunc.signature is None and ufunc.nout == 1 and not options
        if not of_elements or not all(isinstance(value, (_Number, int, float, np.number)) for value in inputs):
            raise TypeError("not a function of elements")
        return self

    def __getattribute__(self, name: str) -> Any:
        if name != "__array_ufunc__":  # other methods are looked for in the class
            super().__getattribute__("_asked").append(name)
            raise AttributeError(name)
        return super().__getattribute__(name)

    def __array__(self, *arguments: Any, **options: Any) -> Any:
        raise TypeError("no array")

    def __bool__(self) -> bool:
        raise TypeError("no condition")


def is_pointwise(function: Any, n: int, predictors: int | None, known: dict[Any, Any]) -> bool:
    """Whether a model of n parameters, or its derivatives, consist of NumPy's functions of elements of all arguments.

    Then values of many fits at once are those of each on its own. The function is called with an object instead of
    numbers, and so must not tell types apart, which it cannot do without a branch. `known` has what is known of it.
    """
    what = "pointwise", n, predictors
    if what not in known:
        known[what] = is_straight(function) and _is_made_of_elements(function, n, predictors)
    found: bool = known[what]
    return found


def _is_made_of_elements(function: Any, n: int, predictors: int | None) -> bool:
    asked: list[str] = []
    plain, number = plain_of(function), _Number(asked)
    assert plain is not None
    try:
        value = plain(number if predictors is None else (number,) * predictors, *[number] * n)
    except Exception:  # whatever does more
        return False
    values = value if type(value) in (tuple, list) else [value]
    return not asked and all(isinstance(one, (_Number, int, float)) for one in values)
