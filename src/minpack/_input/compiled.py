"""Compiled functions: their addresses, and whether they have the type that minpack.h asks for."""

from __future__ import annotations

import ctypes
import os
import re
import sys
from collections.abc import Callable
from functools import lru_cache
from types import FunctionType
from typing import Any

import numpy as np
from numpy.typing import NDArray

# The type of both minpack_residual and minpack_jacobian; const makes no difference to a call.
_PROTOTYPE = "int (void *ctx, int m, int n, const double *x, double *out)"
_SIGNATURE = r"int\((?:[^,()]+\*|uintptr_t|intptr_t),int,int,(?:double|void)\*,(?:double|void)\*\)"
_LOSS_PROTOTYPE = "int (int m, const double *z, double *rho)"
_LOSS_SIGNATURE = r"int\(int,(?:double|void)\*,(?:double|void)\*\)"


def get_include() -> str:
    """Return the folder of minpack.h, for compilers.

    Returns
    -------
    str
        The path to pass to ``cc -I``.

    Examples
    --------
    >>> from pathlib import Path
    >>> from minpack import get_include
    >>> (Path(get_include()) / "minpack.h").exists()
    True
    """
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    installed = os.path.join(package, "include")
    # an editable install leaves the header with the sources of the core
    return installed if os.path.isdir(installed) else os.path.join(os.path.dirname(os.path.dirname(package)), "minpack")


def is_compiled(function: object) -> bool:
    """Whether an object stands for compiled code with an address."""
    return type(function) is not FunctionType and _kind(function) != ""


def address_of(name: str, function: Any) -> int:
    """Return the address of a compiled function; TypeError if its type is known and is not that of minpack.h."""
    return _address_of(name, function, _PROTOTYPE, _SIGNATURE)


def address_of_loss(loss: Any) -> int:
    """Return the address of a compiled loss; TypeError if its type is known and is not that of minpack.h."""
    return _address_of("loss", loss, _LOSS_PROTOTYPE, _LOSS_SIGNATURE)


def _address_of(name: str, function: Any, prototype: str, wanted: str) -> int:
    kind = _kind(function)
    if kind == "":
        raise TypeError(
            f"{name} must be compiled: a numba cfunc, a ctypes or cffi function pointer, a PyCapsule or a "
            f"scipy.LowLevelCallable; got {function!r}"
        )
    if kind == "scipy":
        if function.user_data is not None:
            raise TypeError(f"{name} must not bring user data: pass it as the array in args")
        return _address_of(name, function.function, prototype, wanted)
    signature, address = _KNOWN_OF[kind](function)
    if signature is not None and not _fits(signature, wanted):
        raise TypeError(f"{name} must be compiled as {prototype}; got {signature}")
    if not address:
        raise ValueError(f"{name} must have an address; got a null pointer")
    return address


@lru_cache
def _fits(signature: str, wanted: str) -> bool:
    return re.fullmatch(wanted, re.sub(r"\bconst\b|\s", "", signature)) is not None


def context_of(args: Any) -> NDArray[np.float64] | None:
    """Return the array that compiled functions get as ctx, or None."""
    if not isinstance(args, tuple):
        args = (args,)
    if not args:
        return None
    (context, *others) = args
    if (
        others
        or not isinstance(context, np.ndarray)
        or context.dtype != np.float64
        or not (context.flags.c_contiguous and context.flags.aligned and context.dtype.isnative)
    ):
        raise TypeError(
            "args of compiled functions must be empty, or one float64 array in C order: its memory is passed as ctx"
        )
    return context


# ---- the kinds: of each its (signature, address), the former None if it is not known


def _kind(function: object) -> str:
    if isinstance(function, _Pointer):
        return "ctypes"
    package = type(function).__module__.partition(".")[0]
    if package == "numba" and hasattr(function, "address"):
        return "numba"
    if package == "_cffi_backend" and type(function).__name__ in ("_CDataBase", "CData", "__CDataOwn", "__CDataOwnGC"):
        return "cffi"
    if type(function).__name__ == "PyCapsule":
        return "capsule"
    if package == "scipy" and type(function).__name__ == "LowLevelCallable":
        return "scipy"
    return ""


_Pointer: Any = ctypes.CFUNCTYPE(None).__mro__[1]  # the base of all function pointers, which has no public name
_Known = tuple[str | None, int]


def _of_numba(function: Any) -> _Known:
    try:
        pointer = function.ctypes
    except (NotImplementedError, TypeError, KeyError):  # types unknown to ctypes
        return None, int(function.address)
    return _of_ctypes(pointer)[0], int(function.address)


def _of_ctypes(function: Any) -> _Known:
    address = ctypes.c_void_p.from_address(ctypes.addressof(function)).value or 0  # in half the time of a cast
    if function.argtypes is None:
        return None, address
    return _prototype(function.restype, tuple(function.argtypes)), address


@lru_cache
def _prototype(result: Any, arguments: tuple[Any, ...]) -> str:
    return f"{_name(result)} ({', '.join(_name(argument) for argument in arguments)})"


def _name(type_: Any) -> str:
    """The name of a ctypes type in C if it matters here; else its name in ctypes."""
    if type_ is None:
        return "void"
    if type_ in (ctypes.c_void_p, ctypes.c_char_p):
        return "void *"
    if isinstance(type_, type) and issubclass(type_, ctypes._Pointer):
        return f"{_name(type_._type_)} *"
    if type_ is ctypes.c_double:
        return "double"
    return "int" if type_ is ctypes.c_int else str(type_.__name__)


def _of_cffi(function: Any) -> _Known:
    backend: Any = sys.modules["_cffi_backend"]
    address = int(backend.cast(backend.new_primitive_type("uintptr_t"), function))
    kind = backend.typeof(function)
    if kind.kind == "function":
        return f"{kind.result.cname} ({', '.join(arg.cname for arg in kind.args)})", address
    return (None if kind.cname == "void *" else kind.cname), address


def _of_capsule(capsule: Any) -> _Known:
    name_of = _capsule_function("PyCapsule_GetName", ctypes.c_char_p, ctypes.py_object)
    pointer_of = _capsule_function("PyCapsule_GetPointer", ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)
    name = name_of(capsule)
    signature = None if name is None or b"(" not in name else name.decode(errors="replace")
    return signature, pointer_of(capsule, name) or 0


@lru_cache
def _capsule_function(name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
    prototype = ctypes.PYFUNCTYPE(result, *arguments)
    function: Callable[..., Any] = prototype((name, ctypes.pythonapi))
    return function


_KNOWN_OF = {"numba": _of_numba, "ctypes": _of_ctypes, "cffi": _of_cffi, "capsule": _of_capsule}
