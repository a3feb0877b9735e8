"""minpack.functions instead of the elementary functions of math, NumPy and SciPy, while numba compiles a model.

The model itself is not changed: `stand_ins` says what its copy refers to instead. Arguments that minpack.functions does
not take, such as complex numbers, go to the function that the model names.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np
from numba import types
from numba.extending import overload

from .._core import ufuncs
from .vector_functions import is_array, is_number

# Names that differ from those of minpack.functions.
_SHORT = {f"a{name}": f"arc{name}" for name in ("cos", "cosh", "sin", "sinh", "tan", "tan2", "tanh")} | {"pow": "power"}
_SCIPY = {"expit": "logistic", "voigt_profile": "voigt", "gammaln": "lgamma"}


def stand_ins() -> dict[int, Any]:
    """What stands in for each function, by the identity of the function."""
    return {id(native): _stand_in(native, name) for native, name in _natives()}


def _natives() -> Iterator[tuple[Callable[..., Any], str]]:
    """Each function of the libraries that minpack.functions has as well, with its name there."""
    for library, names in (("math", _SHORT), ("numpy", _SHORT), ("scipy.special", _SCIPY)):
        module = sys.modules.get(library)  # a model that refers to a library has imported it
        for name in {**dict.fromkeys(ufuncs), **names}:
            native, ours = getattr(module, name, None), names.get(name, name)
            if native is not None and ours in ufuncs:
                yield native, ours


@cache
def _stand_in(native: Callable[..., Any], name: str) -> Callable[..., Any]:
    ours = ufuncs[name]

    def stand_in(*arguments: Any) -> Any:
        return native(*arguments)

    @overload(stand_in)
    def choose(*arguments):  # type: ignore[no-untyped-def]
        if _taken(native, ours, arguments):
            return lambda *arguments: ours(*arguments)
        return lambda *arguments: native(*arguments)

    stand_in.__name__ = name
    return stand_in


def _taken(native: Callable[..., Any], ours: np.ufunc, arguments: tuple[Any, ...]) -> bool:
    """Whether minpack.functions computes this, for arguments of these types."""
    if len(arguments) != ours.nin or not all(is_number(t) or is_array(t) for t in arguments):
        return False
    kinds = [t.dtype if is_array(t) else t for t in arguments]
    return native is not np.power or any(isinstance(t, types.Float) for t in kinds)  # NumPy's of integers is an integer
