"""Losses that are functions, in batches: called for each fit, or compiled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .differences import values_of
from .numba import INNER, compiled_once, instead_of
from .references import key_of, python_function, renewed

_Array = NDArray[np.float64]

_SOURCE = """
def values(m, z, rho):
    rho = carray(rho, (3, m))
    given = loss(carray(z, m))
    if len(given) != 3 or len(given[0]) != m:
        raise ValueError
    for k in range(3):
        for i in range(m):
            rho[k, i] = given[k][i]

def entry(m, z, rho):
    try:
        values(m, z, rho)
    except Exception:
        return 1
    return 0
"""


@dataclass(frozen=True)
class PythonLoss:
    """A function of the squares of one fit, (m,), to the loss and its first two derivatives, (3, m)."""

    function: Callable[..., Any]

    def __call__(self, z: _Array) -> _Array:
        return np.ascontiguousarray(values_of(self.function, z), dtype=np.float64)


def check_loss(function: Callable[..., Any], m: int) -> None:
    """Raise an error unless a loss gives finite numbers, (3, m), for squares of usual size; at 0 it may be singular."""
    with np.errstate(all="ignore"):
        rho = values_of(function, np.linspace(2.0, 1.0, m))
    bad = np.argwhere(~np.isfinite(rho))
    if len(bad):
        which = ("its values", "its first derivatives", "its second derivatives")[bad[0][0]]
        raise ValueError(f"loss must return finite numbers for residuals of usual size; {which} have {rho[*bad[0]]}")


@dataclass(frozen=True)
class CompiledLoss:
    """A compiled function, which `locate` finds in the process in which it runs."""

    function: Any
    locate: Callable[[Any], int]

    def address(self) -> int:
        return self.locate(self.function)


@dataclass(frozen=True)
class NumbaLoss:
    """A function as of `PythonLoss`, which numba compiles where it is run; its elementary functions as of a model."""

    function: Callable[..., Any]
    functions: str = "minpack"

    def address(self) -> int:
        plain = python_function(self.function)
        if plain is None:
            raise TypeError(f"loss must be a Python function, as numba compiles it; got {self.function!r}")
        key = self.functions, key_of(plain)
        return compiled_once(plain, key, lambda: _compile(plain, self.functions))


def _compile(function: FunctionType, functions: str) -> Any:
    try:
        import numba
    except ImportError as error:
        raise ImportError(
            "a loss for compiled functions needs numba: pip install numba, or pass a loss compiled as minpack.h says"
        ) from error
    from . import vector_functions  # noqa: F401 - minpack.functions in compiled code

    compile_ = numba.njit(**INNER)
    loss = compile_(renewed(function, numba.jit, instead_of(functions)))
    names: dict[str, Any] = {"carray": numba.carray, "loss": loss}
    exec(_SOURCE, names)
    names["values"] = compile_(names["values"])
    doubles = numba.types.CPointer(numba.float64)
    try:
        return numba.cfunc(numba.intc(numba.intc, doubles, doubles))(names["entry"])
    except numba.core.errors.NumbaError as error:
        raise TypeError(
            f"numba cannot compile loss {function.__name__!r}, called with an array, into a function that returns an "
            f"array of shape (3, m): let it return np.stack((rho, first, second)), or pass engine='numpy': {error}"
        ) from error
    finally:
        names.clear()  # or what is kept would keep the function, and so itself, alive
