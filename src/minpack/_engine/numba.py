"""Models written in Python, compiled by numba into functions of the types of minpack.h."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, cached_property
from types import FunctionType
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from .._optional import needed
from . import deviance
from .problems import OfModel
from .references import key_of, python_function, renewed
from .remembered import known_of

# What has been compiled, for as long as the Python function lives: (number of parameters, of predictors, which
# elementary functions, what is made of the model, what it is to give, what the functions refer to) -> the C function;
# of a loss the key is shorter.
_compiled: WeakKeyDictionary[FunctionType, dict[tuple[Any, ...], Any]] = WeakKeyDictionary()

# What a compiled function gives at each data point: the value of the model; its derivatives; or, for differences, the
# value if it gets n parameters, and if it gets 2n, the point and behind it the moved parameters, the values with one
# parameter after another moved. These are computed together so that what does not depend on the parameter that moves,
# an exponential say, is computed once; with many parameters that would be long. Value and moved values are one function
# because a second takes as long to compile. A formula gives its value and its derivatives together: they share more,
# and where a trial point is taken, as it mostly is, the derivatives are wanted next.
_VALUE, _DERIVATIVES, _MOVED, _TOGETHER = "value", "derivatives", "moved", "together"
_MOST_MOVED = 8

# Batches of fewer fits do not win the time that it takes to lengthen their rows of points.
_MANY = 32

# How functions are compiled that only compiled code calls: wrappers for Python and C take longer than they do.
INNER = {"error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True}

# Outputs at all points, from parameters. The points are the context, predictor after predictor, and the numbers given
# behind them.
_POINTS = """
def {name}(ctx, m, p, out):
    align()
    {parameters}, = carray(p, {count})
    x = carray(ctx, {rows} * m)
    out = carray(out, {outputs} * m)
    for i in range(m):
        {values}
"""

# After derivatives that are quick, but not finite everywhere: all of them, by the function that has their limits.
_AGAIN = """\
    wrong = False
    for i in range({first} * m, {outputs} * m):
        wrong |= out[i] - out[i] != 0.0
    if wrong:
        for i in range(m):
            {values}
"""

# What is made of the model's value at a point and of a number given for it, and the derivative of that.
_KINDS: dict[str, Any] = {
    "deviance": (deviance.residual_of_model, deviance.slope_of_model),
    "root": (deviance.root_of_model, deviance.root_slope_of_model),
}

# An exception of the model ends its fit with STOPPED_BY_FUNCTION.
_ENTRY = """
def entry(ctx, m, n, p, out):
    try:
        {call}
    except Exception:
        return 1
    return 0
"""


@dataclass(eq=False)  # frozen ones take more time to make
class NumbaProblem(OfModel):
    """A model of numbers, which numba compiles where it is run: f(x, *params), x a number or a tuple of predictors.

    Its elementary functions are "minpack"'s or those that it names, "native". With a `kind`, what is fitted is not the
    model but what that makes of it and of the numbers `given`, shape (count, m).
    """

    f: Callable[..., Any]
    jac: Callable[..., Any] | None
    xdata: NDArray[np.float64]
    x_per_fit: bool
    count: int
    n: int
    functions: str = "minpack"
    kind: str = ""
    given: NDArray[np.float64] | None = None

    @property
    def has_jacobian(self) -> bool:
        return self.jac is not None

    def points(self, m: int) -> int:
        """How many points the function gets: the last one is repeated until its vectors are full.

        Compiled loops compute the rest one by one, and two such numbers take longer than a vector.
        """
        rows_are_of_data = self.x_per_fit and self.given is None  # which would have to be copied
        if rows_are_of_data or self.count < _MANY:
            return m
        rest = m % _width()
        return m if rest < 2 else m + _width() - rest

    def _context(self, m: int, points: int) -> NDArray[np.float64]:
        if self.given is None and points == m:
            return self.xdata
        count = 1 if self.given is None else self.count
        rows = self.xdata.reshape(count if self.x_per_fit else 1, -1, m)
        context = np.empty((count, rows.shape[1] + (self.given is not None), points))
        context[:, : rows.shape[1], :m] = rows
        if self.given is not None:
            context[:, -1, :m] = self.given
        context[..., m:] = context[..., m - 1 : m]
        return context

    @property
    def per_fit(self) -> bool:
        return self.x_per_fit or self.given is not None

    def part(self, rows: slice) -> NumbaProblem:
        xdata = np.ascontiguousarray(self.xdata[rows]) if self.x_per_fit else self.xdata
        given = None if self.given is None else self.given[rows]
        return replace(self, xdata=xdata, count=len(range(self.count)[rows]), given=given)

    @cached_property
    def calls(self) -> tuple[int, dict[str, Any]]:
        """The arguments of Batch.run; TypeError if the model does not compile.

        They are found once, so that the model does not change while it is fitted.
        """
        f, jac, moved = self._addresses()
        m = self.xdata.shape[-1]
        points = self.points(m)
        return f, {
            "jac": jac, "moved": moved, "context": self._context(m, points), "per_fit": self.per_fit, "m": points,
            "pure": True, "together": self.jac is not None and jac is None,
        }  # fmt: skip

    def _addresses(self) -> tuple[int, int | None, int | None]:
        """Where the model is, its derivatives if it has any, and the values at moved points if they are few."""
        how = self.n, self.predictors, self.functions, self.kind
        if self.jac is not None:
            if _together(self.jac, self.f) is not None:
                return _address_of("jac", self.jac, *how, _TOGETHER, self.f), None, None
            f = _address_of("f", self.f, *how, _VALUE)
            return f, _address_of("jac", self.jac, *how, _DERIVATIVES, self.f), None
        known = self.known
        if how not in known:
            is_short = self.n <= _MOST_MOVED
            f = _address_of("f", self.f, *how, _MOVED if is_short else _VALUE)
            known[how] = f, None, f if is_short else None
        found: tuple[int, int | None, int | None] = known[how]
        return found


@cache
def _width() -> int:
    """How many numbers a vector has in the code that LLVM makes for this processor."""
    from llvmlite.binding import get_host_cpu_features, get_host_cpu_name

    features = get_host_cpu_features()
    if features.get("avx512f") and get_host_cpu_name().startswith("znver"):  # it prefers shorter ones for Intel's
        return 8
    return 4 if features.get("avx") else 2


def _together(jac: Any, f: Any) -> Any:
    """What gives f and its derivatives, if jac knows one."""
    of = getattr(jac, "_together", None)
    return None if of is None else of(f)


def _address_of(
    argument: str, function: Any, n: int, predictors: int | None, functions: str, kind: str, gives: str, f: Any = None
) -> int:
    """The address of a function's compiled form, which is kept; `f` is the model of which it gives the derivatives."""
    plain = _plain(argument, function)
    quick = getattr(function, "_quick_slopes", None) if gives == _DERIVATIVES else None
    quick = _together(function, f) if gives == _TOGETHER else quick
    known, how = known_of(plain), (n, predictors, functions, kind, gives)
    if how in known:
        return int(known[how])
    # the value of the model is wanted for derivatives of something else
    model = _plain("f", f) if kind and gives in (_DERIVATIVES, _TOGETHER) else None
    key = *how, key_of(plain), model and key_of(model)
    address = compiled_once(plain, key, lambda: _compile(argument, plain, *how, model, quick))
    if model is None:
        known[how] = address
    return address


def compiled_once(plain: FunctionType, key: tuple[Any, ...], make: Callable[[], Any]) -> int:
    """The address of what is made of a function."""
    kept = _compiled.setdefault(plain, {})
    if key not in kept:
        kept[key] = make()
    address: int = kept[key].address
    return address


def _plain(argument: str, function: Any) -> FunctionType:
    plain = python_function(function)
    if plain is None:
        raise TypeError(f"{argument} must be a Python function, as engine='numba' compiles it; got {function!r}")
    return plain


def instead_of(functions: str) -> dict[int, Any]:
    """What takes the place of the elementary functions that a model names."""
    if functions == "native":
        return {}
    from .stand_ins import stand_ins  # needs numba

    return stand_ins()


def _source(n: int, predictors: int | None, kind: str, gives: str, is_quick: bool) -> str:
    """The source of `entry`, of the type of minpack.h; `of` is what is made of the model."""
    rows = predictors or 1
    x = "x[i]" if predictors is None else f"({' '.join(f'x[{k} * m + i],' for k in range(predictors))})"
    parameters, together = [f"p{j}" for j in range(n)], gives == _TOGETHER
    targets = [f"out[{j + together} * m + i]" for j in range(n)]

    def call(name: str, p: list[str]) -> str:
        called = f"{name}({x}, {', '.join(p)})"
        return f"of({called}, x[{rows} * m + i])" if kind and name == "model" else called

    def points(name: str, parameters: list[str], outputs: int, values: str) -> str:
        return _POINTS.format(
            name=name, parameters=", ".join(parameters), count=len(parameters), rows=rows + bool(kind), outputs=outputs,
            values=values,
        )  # fmt: skip

    def derivatives(name: str, with_value: bool = False) -> str:
        """All derivatives by the function of that name, which may give the value first; of a kind if there is one."""
        if not kind:
            return f"{', '.join(['out[i]'] * with_value + targets)}, = {call(name, parameters)}"
        slopes, given = [f"d{j}" for j in range(n)], f"x[{rows} * m + i]"
        found = f"{', '.join(['v'] * with_value + slopes)}, = {call(name, parameters)}; "
        if with_value:
            found += f"out[i] = value(v, {given}); slope = of(v, {given}); "
        else:
            found += f"slope = {call('model', parameters)}; "
        return found + "; ".join(f"{target} = {d} * slope" for target, d in zip(targets, slopes, strict=True))

    if gives in (_DERIVATIVES, _TOGETHER):
        source = points("points", parameters, n + together, derivatives("quick" if is_quick else "jac", together))
        if is_quick:
            source += _AGAIN.format(first=int(together), outputs=n + together, values=derivatives("jac"))
    else:
        source = points("points", parameters, 1, f"out[i] = {call('model', parameters)}")
    if gives != _MOVED:
        return source + _ENTRY.format(call="points(ctx, m, p, out)")
    moved = [[*parameters[:j], f"q{j}", *parameters[j + 1 :]] for j in range(n)]
    # all calls first: what is written may be what x reads
    values = f"{', '.join(targets)}, = {', '.join(call('model', p) for p in moved)},"
    source += points("moved", [*parameters, *(f"q{j}" for j in range(n))], n, values)
    return source + _ENTRY.format(call=f"points(ctx, m, p, out) if n == {n} else moved(ctx, m, p, out)")


def _compile(
    argument: str, function: FunctionType, n: int, predictors: int | None, functions: str, kind: str, gives: str,
    model: FunctionType | None, quick: FunctionType | None,
) -> Any:  # fmt: skip
    numba = needed("engine='numba'", "numba", "numba")
    from . import vector_functions
    # divisions by zero as NumPy has them; no fast mathematics, which would change the bits
    compile_ = numba.njit(**INNER)
    doubles, int_ = numba.types.CPointer(numba.float64), numba.intc
    names: dict[str, Any] = {"carray": numba.carray, "align": vector_functions.align_stack}
    plain = {"jac" if gives in (_DERIVATIVES, _TOGETHER) else "model": function, "quick": quick}
    for name, made in (plain if model is None else {**plain, "model": model}).items():
        if made is not None:
            names[name] = compile_(renewed(made, numba.jit, instead_of(functions)))
    if kind:
        value, slope = _KINDS[kind]
        for name, made in ("value", value), ("of", value if model is None else slope):
            names[name] = numba.njit(**INNER, forceinline=True)(made)  # large, but in a loop of vectors
    exec(_source(n, predictors, kind, gives, quick is not None), names)
    for name in ("points", "moved"):
        if name in names:
            names[name] = compile_(names[name])
    try:
        return numba.cfunc(int_(doubles, int_, int_, doubles, doubles))(names["entry"])
    except (numba.core.errors.NumbaError, numba.core.errors.UnsupportedBytecodeError) as error:
        wanted = "a number" if gives in (_VALUE, _MOVED) else f"a tuple of {n} numbers"
        raise TypeError(
            f"numba cannot compile {argument} {function.__name__!r}, called with numbers, into a function that returns "
            f"{wanted}: {error}"
        ) from error
    finally:
        names.clear()  # or what is kept would keep the function, and so itself, alive
