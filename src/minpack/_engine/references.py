"""What a Python function refers to: values that numba freezes while it compiles, and functions compiled before.

A value that changes between two calls must not be the frozen one. So `key_of` tells whether any has changed, and
`renewed` makes a function whose inner compiled functions, too, have frozen nothing yet.
"""

from __future__ import annotations

import builtins
import hashlib
from collections.abc import Callable, Iterator
from types import CellType, CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np


def python_function(function: Any) -> FunctionType | None:
    """The Python function behind one that numba compiles when it is called, or the function itself."""
    plain = getattr(function, "py_func", function)
    return plain if isinstance(plain, FunctionType) else None


def key_of(function: FunctionType) -> Any:
    """A key that changes if a global variable, closure cell, array or function that a function refers to does."""
    return _key(function, set(), {})


def renewed(
    function: FunctionType, compile_: Callable[..., Any], instead: dict[int, Any] | None = None
) -> FunctionType:
    """The same function, with copies of the functions that it calls, however deep, as numba can compile them.

    These are functions that numba has compiled, and plain ones that it does not know. `instead` is what all of them
    are to refer to instead of other things, by the identity of these. Functions that were compiled for given types stay
    as they are.
    """
    copy, fill = _copy(function)
    fill(lambda value, names: _renew(value, names, compile_, dict(instead or {})))
    return copy


def names_in(code: CodeType) -> Iterator[str]:
    """All names that code uses, those of the functions in it, too; attributes are among them."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from names_in(constant)


def _globals(function: FunctionType) -> dict[str, Any]:
    values = function.__globals__
    return {name: values[name] for name in sorted(set(names_in(function.__code__))) if name in values}


def _closure(function: FunctionType) -> dict[str, Any]:
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    return {name: cell.cell_contents for name, cell in cells if cell != CellType()}  # an empty one has no contents


class _Same:
    """Equal only to another of the same object, which it keeps alive so that no other gets its address."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.value is other.value

    def __hash__(self) -> int:
        return id(self.value)


def _key(value: Any, names: set[str], seen: dict[int, int]) -> Any:
    """The key of a value; `names` are those in the function that refers to it, attributes of modules among them."""
    if value is None or isinstance(value, (int, float, complex, str, bytes, np.generic)):
        return type(value), repr(value)  # equal values may differ: 0.0 and -0.0, 1 and True
    if isinstance(value, (tuple, list)):
        return type(value), *(_key(item, names, seen) for item in value)
    if isinstance(value, np.ndarray) and not value.dtype.hasobject:
        return value.dtype, value.shape, hashlib.sha256(value.tobytes()).digest()
    function = python_function(value)
    if function is None and not isinstance(value, ModuleType):
        return _Same(value)
    if id(value) in seen:
        return seen[id(value)]
    seen[id(value)] = len(seen)
    if function is None:
        return tuple((name, _key(item, names, seen)) for name, item in _attributes(value, names).items())
    inner = set(names_in(function.__code__))
    values = {**_globals(function), **_closure(function)}
    defaults = *(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()
    return function.__code__, _key(defaults, inner, seen), *((k, _key(v, inner, seen)) for k, v in values.items())


def _attributes(module: ModuleType, names: set[str]) -> dict[str, Any]:
    return {name: vars(module)[name] for name in sorted(names) if name in vars(module)}


def _copy(function: FunctionType) -> tuple[FunctionType, Callable[[Callable[[Any, set[str]], Any]], None]]:
    """A copy of a function that refers to nothing yet, and what fills in its references, each as a function has it."""
    values: dict[str, Any] = {"__builtins__": vars(builtins), "__name__": function.__module__}
    cells = {name: CellType() for name in function.__code__.co_freevars}
    copy = FunctionType(function.__code__, values, function.__name__, function.__defaults__, tuple(cells.values()))
    copy.__kwdefaults__, copy.__qualname__ = function.__kwdefaults__, function.__qualname__

    def fill(change: Callable[[Any, set[str]], Any]) -> None:
        names = set(names_in(function.__code__))
        values.update((name, change(value, names)) for name, value in _globals(function).items())
        for name, value in _closure(function).items():
            cells[name].cell_contents = change(value, names)

    return copy, fill


def _options(value: Any) -> dict[str, Any] | None:
    """What numba is to compile a function with, if it can and has to."""
    if python_function(value) is None:
        return None
    if not isinstance(value, FunctionType):
        return value.targetoptions if value._can_compile else None
    from numba.core.registry import cpu_target

    context = cpu_target.typing_context
    context.refresh()  # to know what has been overloaded since
    try:
        context.resolve_value_type(value)
    except ValueError:  # numba has no meaning of its own for it
        return {"nopython": True, "error_model": "numpy"}
    return None


def _renew(value: Any, names: set[str], compile_: Callable[..., Any], made: dict[int, Any]) -> Any:
    """A value, or its copy if it is a function that numba compiles, or holds one; `made` are those so far."""
    if id(value) in made:
        return made[id(value)]
    if type(value) is tuple:
        return tuple(_renew(item, names, compile_, made) for item in value)
    if isinstance(value, ModuleType):
        made[id(value)] = value
        old = _attributes(value, names)
        new = {name: _renew(item, names, compile_, made) for name, item in old.items()}
        if any(new[name] is not old[name] for name in old):
            made[id(value)] = ModuleType(value.__name__)
            vars(made[id(value)]).update({**vars(value), **new})
    elif (options := _options(value)) is not None:
        copy, fill = _copy(getattr(value, "py_func", value))
        made[id(value)] = compile_(**options)(copy)
        fill(lambda inner, inner_names: _renew(inner, inner_names, compile_, made))
    return made.get(id(value), value)
