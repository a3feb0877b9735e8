"""What is known of a function, for as long as nothing that it refers to has changed.

A function refers to global variables, closure cells, attributes of modules and other functions. If all of these are
numbers, text, functions and the like, it is enough that each is the same object as before.
"""

from __future__ import annotations

import builtins
import dis
import sys
from operator import is_
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any
from weakref import ref

import numpy as np

from .references import names_in, python_function

_MOST_OWNERS = 50  # functions and modules; to look at more takes longer than to find out again
_MOST_KNOWN = 100  # at different inputs, for example
_MOST_BYTES = 1 << 13  # of inputs: with more, to find out again takes little of the time that fits take
_HEAP_TYPE = 1 << 9  # in __flags__ of classes: those that can be changed
_NOTHING = object()
_IMMUTABLE = (type(None), bool, int, float, complex, str, bytes, CodeType, object)  # and no classes made of them
_STATELESS = (type(np.interp), np.number, np.bool_)
_REACH_ANYTHING = tuple(map(vars(builtins).get, (
    "__import__", "breakpoint", "delattr", "eval", "exec", "getattr", "globals", "hasattr", "input", "locals", "open",
    "setattr", "vars",
)))  # fmt: skip
_IMPORTS = dis.opmap["IMPORT_NAME"]
_HARMLESS = (abs, all, any, divmod, max, min, pow, round, sum, float, int)  # attributes of NumPy have such names, too
_JUMPS = {*dis.hasjrel, *dis.hasjabs}


def plain_of(function: Any) -> FunctionType | None:
    """The Python function by which another is known: for derivatives of a formula not what numba has to compile."""
    if type(function) is FunctionType and not function.__dict__:  # mostly
        return function
    return python_function(getattr(function, "_quick_slopes", function))


def known_of(function: Any) -> dict[Any, Any]:
    """Room for what is known of a function: empty again if anything that it refers to has changed.

    If a change might not be noticed, it is empty each time.
    """
    plain = plain_of(function)
    if plain is None:
        return {}
    kept = _kept.get(id(plain))
    if kept is None or not kept.is_of(plain):
        _kept[id(plain)] = kept = _Kept(plain)
    return {} if kept.may_change else kept.known


def known_at(known: dict[Any, Any], *inputs: Any) -> dict[Any, Any]:
    """Room in it for what is known at inputs, arrays or NumPy's numbers: what holds at others may not hold at these."""
    key: tuple[Any, ...] = ()
    room = _MOST_BYTES
    for a in inputs:
        if not isinstance(a, (np.ndarray, np.generic)) or a.dtype.hasobject:  # other objects may change
            return {}
        room -= a.nbytes
        if room < 0:
            return {}
        key += a.dtype, a.shape, a.tobytes()
    there: dict[Any, Any] = known.setdefault(key, {})
    return there


def is_straight(function: FunctionType) -> bool:
    """Whether a function, and all that it calls, is known to do the same steps for each input.

    It has no branches or loops, and refers only to modules, functions of the same kind, those of NumPy, and numbers.
    """
    kept = _kept.get(id(function))
    return kept is not None and kept.is_of(function) and kept.is_straight()


class _MayChangeError(Exception):
    """Something that a function refers to may change and yet be the same object."""


class _Kept:
    """What is known of a function, and what it refers to, however deep.

    Whatever may refer to the function in turn is held weakly.
    """

    def __init__(self, function: FunctionType) -> None:
        self.known: dict[Any, Any] = {}
        self._owners: list[tuple[Any, bool, tuple[str, ...], list[Any]]] = []
        key = id(function)
        self._function = ref(function, lambda _: _kept.pop(key, None))
        self.may_change = False  # unnoticed
        try:
            self._follow(function, self._function, (), set())
        except _MayChangeError:
            self.may_change = True

    def is_of(self, function: FunctionType) -> bool:
        """Whether it is the function's, and all is as it was."""
        if self._function() is not function or len(self.known) > _MOST_KNOWN:
            return False
        for weak, is_function, names, before in self._owners:
            values = _values(weak(), is_function, names)
            if len(values) != len(before):
                return False
            if all(map(is_, values, before)):  # quicker than the loop, which weak references need
                continue
            for value, then in zip(values, before, strict=True):
                if value is then or (self.may_change and type(value) is then):
                    continue
                if value is None or type(then) is not ref or then() is not value:
                    return False
        return True

    def is_straight(self) -> bool:
        """Whether there is nothing but straight code, modules, NumPy's functions and numbers."""
        if self.may_change:
            return False
        values = [value for *_, before in self._owners for value in before]
        return all(_has_no_branch(value) if isinstance(value, CodeType) else _is_harmless(value) for value in values)

    def _follow(self, owner: Any, weak: Any, names: tuple[str, ...], followed: set[Any]) -> None:
        is_function = isinstance(owner, FunctionType)
        if is_function:
            if _imports(owner.__code__):
                raise _MayChangeError
            names = tuple(dict.fromkeys(names_in(owner.__code__)))
        key = id(owner), names
        if key in followed:
            return
        followed.add(key)
        if len(followed) > _MOST_OWNERS:
            raise _MayChangeError
        values = _values(owner, is_function, names)
        try:
            before = [_then(value) for value in values]
        except _MayChangeError:
            self._owners.append((weak, is_function, names, [*map(type, values)]))  # others may not change
            raise
        self._owners.append((weak, is_function, names, before))
        for value in values:
            inner = value if isinstance(value, ModuleType) else python_function(value)
            if inner is not None:
                self._follow(inner, ref(inner), names, followed)


_kept: dict[int, _Kept] = {}


def _values(owner: Any, is_function: bool, names: tuple[str, ...]) -> list[Any]:
    """What a function or a module has for the names, and what else a function refers to."""
    if owner is None:
        return []
    if not is_function:
        of_module = owner.__dict__
        return [of_module.get(name, _NOTHING) for name in names]
    of_globals, of_builtins = owner.__globals__, owner.__builtins__
    values = [of_globals[name] if name in of_globals else of_builtins.get(name, _NOTHING) for name in names]
    values += owner.__code__, owner.__defaults__, owner.__kwdefaults__, owner.__dict__ or None
    if owner.__closure__ is not None:
        for cell in owner.__closure__:
            try:
                values.append(cell.cell_contents)
            except ValueError:  # an empty one
                values.append(_NOTHING)
    return values


def _then(value: Any) -> Any:
    """What to compare a value with later: itself, or a weak reference; an error if that proves nothing."""
    if type(value) is ModuleType:  # one of a class of its own may have attributes of which its dictionary knows nothing
        return value if sys.modules.get(value.__name__) is value else ref(value)  # the former live forever anyway
    if python_function(value) is not None:
        return ref(value)
    if type(value) is tuple:  # named ones may have methods, which nobody follows
        if any(_then(item) is not item for item in value):
            raise _MayChangeError
        return value
    of = type(value)
    if isinstance(value, BuiltinFunctionType):
        fixed = isinstance(value.__self__, (ModuleType, type(None))) and value not in _REACH_ANYTHING
    elif of is np.ufunc:
        fixed = any("O" not in types for types in value.types)  # those of frompyfunc call Python functions
    else:
        fixed = of in _IMMUTABLE or (isinstance(value, _STATELESS) and not of.__flags__ & _HEAP_TYPE)
        fixed = fixed or (isinstance(value, type) and not value.__flags__ & _HEAP_TYPE)
    if not fixed:
        raise _MayChangeError
    return value


def _imports(code: CodeType) -> bool:
    """Whether code, or a function in it, may import a module, whose names nobody follows."""
    inner = (constant for constant in code.co_consts if isinstance(constant, CodeType))
    return _IMPORTS in code.co_code[::2] or any(map(_imports, inner))


def _has_no_branch(code: CodeType) -> bool:
    has_inner = any(isinstance(constant, CodeType) for constant in code.co_consts)
    return not (has_inner or code.co_exceptiontable or _JUMPS.intersection(code.co_code[::2]))


def _is_harmless(value: Any) -> bool:
    """Whether what a function refers to tells no types apart, does not print, and so on."""
    if isinstance(value, tuple):
        return all(map(_is_harmless, value))
    if value is None or value is _NOTHING or value in _HARMLESS:
        return True
    return isinstance(value, (int, float, ModuleType, ref, np.ufunc, np.number, type(np.interp)))
