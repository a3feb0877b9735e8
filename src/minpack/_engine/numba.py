"""Models written in Python, compiled by numba into functions of the types of minpack.h."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from types import FunctionType
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from .problems import Addresses
from .references import key_of, python_function, renewed

# What has been compiled, for as long as the Python function lives: (number of parameters, of predictors, which
# elementary functions, what it is to give, what the function refers to) -> the C function.
_compiled: WeakKeyDictionary[FunctionType, dict[tuple[int, int | None, str, str, Any], Any]] = WeakKeyDictionary()

# What a compiled function gives at each data point: the model's value; its derivatives; or its values with one
# parameter after another moved, for forward differences. The last is one function so that what does not depend on the
# parameter that moves, an exponential say, is computed once; with many parameters it would be long.
_VALUE, _DERIVATIVES, _MOVED = "value", "derivatives", "moved"
_MOST_MOVED = 8

# The points are the context, predictor after predictor. An exception of the model ends its fit with
# STOPPED_BY_FUNCTION.
_SOURCE = """
def points(ctx, m, p, out):
    {parameters}, = carray(p, {count})
    x = carray(ctx, {predictors} * m)
    out = carray(out, {outputs} * m)
    for i in range(m):
        {values}

def entry(ctx, m, n, p, out):
    try:
        points(ctx, m, p, out)
    except Exception:
        return 1
    return 0
"""


@dataclass(frozen=True)
class NumbaProblem:
    """A model of numbers, which numba compiles where it is run: f(x, *params), x a number or a tuple of predictors.

    Its elementary functions are "minpack"'s or those that it names, "native".
    """

    f: Callable[..., Any]
    jac: Callable[..., Any] | None
    xdata: NDArray[np.float64]
    x_per_fit: bool
    count: int
    n: int
    functions: str = "minpack"

    @property
    def has_jacobian(self) -> bool:
        return self.jac is not None

    @property
    def context(self) -> NDArray[np.float64]:
        return self.xdata

    @property
    def per_fit(self) -> bool:
        return self.x_per_fit

    def part(self, begin: int, end: int) -> NumbaProblem:
        xdata = self.xdata[begin:end] if self.x_per_fit else self.xdata
        return replace(self, xdata=xdata, count=end - begin)

    def addresses(self) -> Addresses:
        """Addresses of the model, and of derivatives or values at moved points; TypeError if they do not compile."""
        has_predictors = self.xdata.ndim == (3 if self.x_per_fit else 2)
        key = self.n, self.xdata.shape[-2] if has_predictors else None, self.functions
        f = _address_of("f", self.f, *key, _VALUE)
        if self.jac is not None:
            return Addresses(f, jac=_address_of("jac", self.jac, *key, _DERIVATIVES))
        return Addresses(f, moved=_address_of("f", self.f, *key, _MOVED) if self.n <= _MOST_MOVED else None)


def _address_of(argument: str, function: Any, n: int, predictors: int | None, functions: str, gives: str) -> int:
    """The address of a function's compiled form, which is kept."""
    plain = python_function(function)
    if plain is None:
        raise TypeError(f"{argument} must be a Python function, as engine='numba' compiles it; got {function!r}")
    kept = _compiled.setdefault(plain, {})
    key = n, predictors, functions, gives, key_of(plain)
    if key not in kept:
        kept[key] = _compile(argument, plain, n, predictors, functions, gives)
    address: int = kept[key].address
    return address


def _instead(functions: str) -> dict[int, Any]:
    if functions == "native":
        return {}
    from .stand_ins import stand_ins  # needs numba

    return stand_ins()


def _compile(
    argument: str, function: FunctionType, n: int, predictors: int | None, functions: str, gives: str
) -> Any:
    try:
        import numba
    except ImportError as error:
        raise ImportError("engine='numba' needs numba: pip install numba") from error
    from . import vector_functions  # noqa: F401 - minpack.functions in compiled code
    x = "x[i]" if predictors is None else f"({' '.join(f'x[{k} * m + i],' for k in range(predictors))})"
    parameters = [f"p{j}" for j in range(n)]
    targets = [f"out[{j} * m + i]" for j in range(1 if gives == _VALUE else n)]
    if gives == _MOVED:  # p holds the point, and behind it the moved parameters
        moved = [[*parameters[:j], f"q{j}", *parameters[j + 1 :]] for j in range(n)]
        calls = [f"model({x}, {', '.join(p)})" for p in moved]
        values = f"{', '.join(targets)}, = {', '.join(calls)},"  # all calls first: what is written may be what x reads
        parameters += [f"q{j}" for j in range(n)]
    else:
        values = f"{', '.join(targets)}{',' if gives == _DERIVATIVES else ''} = model({x}, {', '.join(parameters)})"
    source = _SOURCE.format(
        parameters=", ".join(parameters), count=len(parameters), predictors=predictors or 1, outputs=len(targets),
        values=values,
    )  # fmt: skip
    # divisions by zero as NumPy has them; no fast mathematics, which would change the bits
    compile_ = numba.njit(error_model="numpy")
    doubles, int_ = numba.types.CPointer(numba.float64), numba.intc
    model = renewed(function, numba.jit, _instead(functions))
    names: dict[str, Any] = {"carray": numba.carray, "model": compile_(model)}
    exec(source, names)
    names["points"] = compile_(names["points"])
    try:
        return numba.cfunc(int_(doubles, int_, int_, doubles, doubles))(names["entry"])
    except numba.core.errors.NumbaError as error:
        wanted = f"a tuple of {n} numbers" if gives == _DERIVATIVES else "a number"
        raise TypeError(
            f"numba cannot compile {argument} {function.__name__!r}, called with numbers, into a function that returns "
            f"{wanted}: {error}"
        ) from error
    finally:
        names.clear()  # or what is kept would keep the function, and so itself, alive
