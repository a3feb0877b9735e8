"""minpack.functions in code compiled by numba: with the same bits, inlined, and so part of the caller's vectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import types
from numba.extending import intrinsic, overload

from .._core import ufuncs
from . import kernels  # made by the build
from .emit import Value, apart, either

# no fast mathematics, whatever the caller's: it would change the bits; only compiled code calls them
_EXACT = {"fastmath": False, "no_cfunc_wrapper": True}


def _emitted(name: str) -> Callable[..., Value]:
    """What emits the function: one kernel, or two where large arguments take another way."""
    if hasattr(kernels, f"{name}_kernel"):
        return getattr(kernels, f"{name}_kernel")  # type: ignore[no-any-return]
    small, large = getattr(kernels, f"{name}_small"), getattr(kernels, f"{name}_large")
    magnitude: Callable[..., Value] = kernels.magnitude
    limit = kernels.TRIGONOMETRIC_LIMIT

    def emit(x: Value) -> Value:
        return either(
            magnitude(x) <= limit,
            lambda: small(x),
            lambda: apart(x.builder, f"minpack_{name}_large", large, x),
        )

    return emit


def _of_numbers(name: str, count: int) -> Any:
    """An intrinsic of numba: count numbers of type float64 to one."""
    emit = _emitted(name)

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return emit(*(Value(builder, a) for a in arguments)).of

    real = types.float64
    # numba asks for the names and the number of the arguments
    if count == 1:
        return intrinsic(lambda typing, a: (real(real), code))
    if count == 2:
        return intrinsic(lambda typing, a, b: (real(real, real), code))
    return intrinsic(lambda typing, a, b, c: (real(real, real, real), code))


@intrinsic
def align_stack(typing):  # type: ignore[no-untyped-def]
    """Have the function that calls this begin its stack with a line of the cache.

    LLVM keeps vectors there that no register holds. If these lie in two lines, as they did in every second process or
    thread, a model takes a third more time.
    """

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        attributes = builder.function.attributes
        attributes.add("noinline")  # inlined, it would have its caller's stack
        attributes.alignstack = 64
        return context.get_dummy_value()

    return types.none(), code


def is_number(t: Any) -> bool:
    """Whether a type of numba is that of a real number."""
    return isinstance(t, types.Float | types.Integer | types.Boolean)


def is_array(t: Any) -> bool:
    """Whether a type of numba is that of an array of real numbers."""
    return isinstance(t, types.Array) and is_number(t.dtype)


def _result(arguments: tuple[Any, ...]) -> Any:
    """The type of the result: float32 where all are, as by NumPy."""
    kinds = [t.dtype if isinstance(t, types.Array) else t for t in arguments]
    return np.float32 if all(t == types.float32 for t in kinds) else np.float64


def _register_one(name: str, ufunc: np.ufunc) -> None:
    number = _of_numbers(name, 1)

    @overload(ufunc, inline="never", jit_options=_EXACT)
    def choose(x):  # type: ignore[no-untyped-def]
        result = _result((x,))
        if is_number(x):
            return lambda x: result(number(np.float64(x)))
        if is_array(x):

            def over(x):  # type: ignore[no-untyped-def]
                out = np.empty(x.shape, result)
                for i in range(x.size):
                    out.flat[i] = number(np.float64(x.flat[i]))
                return out

            def over_line(x):  # type: ignore[no-untyped-def]
                out = np.empty(x.shape, result)
                for i in range(x.size):
                    out[i] = number(np.float64(x[i]))
                return out

            return over_line if x.ndim == 1 else over
        return None


def _register_two(name: str, ufunc: np.ufunc) -> None:
    number = _of_numbers(name, 2)

    @overload(ufunc, inline="never", jit_options={**_EXACT, "forceinline": True})
    def choose(x1, x2):  # type: ignore[no-untyped-def]
        result = _result((x1, x2))
        if is_number(x1) and is_number(x2):
            return lambda x1, x2: result(number(np.float64(x1), np.float64(x2)))
        if (is_number(x1) or is_array(x1)) and (is_number(x2) or is_array(x2)):

            def over(x1, x2):  # type: ignore[no-untyped-def]
                a, b = np.broadcast_arrays(np.asarray(x1), np.asarray(x2))
                out = np.empty(a.shape, result)
                for i in range(a.size):
                    out.flat[i] = number(np.float64(a.flat[i]), np.float64(b.flat[i]))
                return out

            return over
        return None


def _register_three(name: str, ufunc: np.ufunc) -> None:
    number = _of_numbers(name, 3)

    @overload(ufunc, inline="never", jit_options=_EXACT)
    def choose(x1, x2, x3):  # type: ignore[no-untyped-def]
        result = _result((x1, x2, x3))
        if is_number(x1) and is_number(x2) and is_number(x3):
            return lambda x1, x2, x3: result(number(np.float64(x1), np.float64(x2), np.float64(x3)))
        if all(is_number(t) or is_array(t) for t in (x1, x2, x3)):

            def over(x1, x2, x3):  # type: ignore[no-untyped-def]
                a, b, c = np.broadcast_arrays(np.asarray(x1), np.asarray(x2), np.asarray(x3))
                out = np.empty(a.shape, result)
                for i in range(a.size):
                    out.flat[i] = number(np.float64(a.flat[i]), np.float64(b.flat[i]), np.float64(c.flat[i]))
                return out

            return over
        return None


def _register() -> None:
    """Tell numba of all functions; imported once, so done once."""
    for name, ufunc in ufuncs.items():
        (_register_one, _register_two, _register_three)[ufunc.nin - 1](name, ufunc)


def loaded() -> None:
    """Do nothing more: numba calls this before it first compiles anything, and so imports this module."""


_register()
