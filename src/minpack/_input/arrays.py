"""Checks of arguments whose errors say which argument it is."""

from __future__ import annotations

import operator
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_Array = NDArray[np.float64]


def as_floats(name: str, value: Any, convert: Callable[..., Any] = np.asarray) -> _Array:
    """An array_like as float64, by one of NumPy's functions for that."""
    try:
        array: _Array = convert(value, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        if "infs or NaNs" in str(error):  # as SciPy says it
            raise
        raise _named(name, error) from error
    return array


def as_array(name: str, value: Any) -> NDArray[Any]:
    """An array_like as it is, with one dimension at least."""
    try:
        return np.atleast_1d(np.asarray(value))
    except (TypeError, ValueError, OverflowError) as error:
        raise _named(name, error) from error


def real_array(name: str, value: Any) -> _Array:
    """An array_like as float64, where complex numbers are refused, not cut."""
    try:
        array = np.asarray(value)
        if array.dtype.kind == "c":
            raise TypeError(f"not of dtype {array.dtype}")
        reals: _Array = np.asarray(array, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise _named(name, error) from error
    return reals


def hold(*arrays: NDArray[Any] | None) -> list[Any]:
    """Have arrays stay as large as they are for as long as the result lives.

    They are weak references to the arrays that own the memory: such an array NumPy does not resize, whoever asks.
    """
    held = []
    for array in arrays:
        if array is not None:
            while isinstance(array.base, np.ndarray):
                array = array.base
            held.append(weakref.ref(array))
    return held


def _named(name: str, error: Exception) -> Exception:
    kind = TypeError if isinstance(error, TypeError) else ValueError
    return kind(f"{name} must be real numbers: {error}")


def real_number(name: str, value: Any) -> float:
    """What float() takes, but text."""
    try:
        if isinstance(value, (str, bytes)):
            raise TypeError
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise TypeError(f"{name} must be a real number, not {value!r}") from None


def integer(name: str, value: Any, *, positive: bool = False) -> int:
    """A whole number that fits a C int."""
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be an integer, not {value!r}") from None
    if positive and number < 1:
        raise ValueError(f"{name} must be positive, not {number}")
    if not -(2**31) <= number < 2**31:
        raise ValueError(f"{name} must be between {-(2**31)} and {2**31 - 1}, not {number}")
    return number


def check_choice(name: str, value: Any, choices: Sequence[str | None]) -> None:
    """ValueError unless a value is one of these words."""
    if not (value is None or isinstance(value, str)) or value not in choices:
        *first, last = map(repr, choices)
        raise ValueError(f"{name} must be {', '.join(first)} or {last}, not {value!r}")


def check_callable(name: str, value: Any) -> None:
    """TypeError unless a value can be called."""
    if not callable(value):
        raise TypeError(f"{name} must be callable, not {value!r}")
