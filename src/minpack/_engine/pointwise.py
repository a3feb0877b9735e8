"""Whether a model's value at a point depends on nothing but that point, whatever the values: by what it is made of."""

from __future__ import annotations

from types import FunctionType
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from .remembered import is_straight, plain_of


class _Number(NDArrayOperatorsMixin):
    """Stands for x and the parameters: for arithmetic and NumPy's functions of elements, and for nothing else.

    Names of other requests go into `refused`, as errors may go unseen: np.array_equal takes them for an answer.
    """

    def __init__(self, refused: list[str]) -> None:
        self._refused = refused

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        refused = super().__getattribute__("_refused")
        of_elements = method == "__call__" and ufunc.signature is None and ufunc.nout == 1 and not options
        if not of_elements or not all(isinstance(value, (_Number, int, float, np.number)) for value in inputs):
            refused.append(ufunc.__name__)
            raise TypeError("not a function of elements")
        return _Number(refused)  # another one, as tuples do not compare an object with itself

    def __getattribute__(self, name: str) -> Any:
        if name != "__array_ufunc__":  # other methods are looked for in the class
            super().__getattribute__("_refused").append(name)
            raise AttributeError(name)
        return super().__getattribute__(name)

    def __array__(self, *arguments: Any, **options: Any) -> Any:
        super().__getattribute__("_refused").append("array")
        raise TypeError("no array")

    def __bool__(self) -> bool:
        super().__getattribute__("_refused").append("condition")
        raise TypeError("no condition")


def is_pointwise(
    function: Any, n: int, predictors: int | None, known: dict[Any, Any], *, derivatives: bool = False
) -> bool:
    """Whether a model of n parameters, or its n derivatives, consist of NumPy's functions of elements of all arguments.

    Then values of many fits at once are those of each on its own. The function is called with an object instead of
    numbers, and so must not tell types apart, which it cannot do without a branch. What numba compiles can: sums of
    conditions are those of integers only for numbers. `known` has what is known of the function.
    """
    plain = plain_of(function)
    if plain is None or plain is not function:
        return False
    what = "pointwise", n, predictors, derivatives
    if what not in known:
        known[what] = is_straight(plain) and _is_made_of_elements(plain, n, predictors, derivatives)
    found: bool = known[what]
    return found


def _is_made_of_elements(function: FunctionType, n: int, predictors: int | None, derivatives: bool) -> bool:
    refused: list[str] = []
    x = _Number(refused) if predictors is None else tuple(_Number(refused) for _ in range(predictors))
    try:
        value = function(x, *[_Number(refused) for _ in range(n)])
    except Exception:  # whatever does more
        return False
    if refused or (derivatives and not (type(value) in (tuple, list) and len(value) == n)):
        return False
    return all(isinstance(one, (_Number, int, float)) for one in (value if derivatives else [value]))
