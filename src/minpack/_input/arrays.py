"""Checks of single arguments; each error names the argument, what it must be, and what was given."""

from __future__ import annotations

import operator
from array import ArrayType
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_Array = NDArray[np.float64]

_FLOAT64 = np.dtype(np.float64)

# Numbers that a model gets as an array, in which it can compute with them.
SEQUENCES = (np.ndarray, list, tuple, range, ArrayType, memoryview)


def are_doubles(value: Any) -> bool:
    """Whether a value surely is an array of float64 and nothing more; a few that are may not be recognized."""
    return type(value) is np.ndarray and value.dtype is _FLOAT64


def as_floats(name: str, value: Any) -> _Array:
    """Convert an array_like to float64 as NumPy does."""
    try:
        array: _Array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise _not_real(name, error) from error
    return array


def finite_floats(name: str, value: Any) -> _Array:
    """Convert an array_like of numbers that must be finite; the error begins with NumPy's words."""
    array = value if are_doubles(value) else as_floats(name, value)
    if np.count_nonzero(np.isfinite(array)) < array.size:  # quicker than all()
        raise ValueError(f"array must not contain infs or NaNs: {name} has {first_not_finite(array)}")
    return array


def first_not_finite(array: NDArray[Any]) -> str:
    """Which number of an array is not finite, and where: 'nan at [0, 1]'."""
    array = np.atleast_1d(array)
    place = np.argwhere(~np.isfinite(array))[0].tolist()
    return f"{array[tuple(place)]} at {place}"


def plain_floats(name: str, value: Any) -> _Array:
    """Convert an array_like of numbers to float64; durations are none."""
    floats = as_floats(name, value)
    if (dtype := np.asarray(value).dtype).kind in "mM":
        raise TypeError(f"{name} must be real numbers; got dtype {dtype}")
    return floats


def as_array(name: str, value: Any) -> NDArray[Any]:
    """Convert an array_like to an array of at least one dimension, of whatever dtype it has."""
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise _not_real(name, error) from error
    return array if array.ndim > 0 else array.reshape(1)


def missing_as_nan(value: Any) -> Any:
    """Write NaN for what is missing: masked elements, NaT, and objects such as pandas.NA; anything else as it is."""
    if value is None or (type(value) is np.ndarray and value.dtype.kind in "biufc"):  # no look at each element
        return value
    if isinstance(value, (list, tuple)) and value and not isinstance(value[0], (int, float)):
        rows = [missing_as_nan(row) for row in value]  # of which an array of all would forget the masks
        value = value if all(new is old for new, old in zip(rows, value, strict=True)) else rows
    mask = np.ma.getmask(value)
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, OverflowError):
        return value
    if array.dtype.kind in "mM":
        missing = mask | np.isnat(array)
        array = array.astype(np.int64) if missing.any() else array
    elif array.dtype.kind == "O":
        missing = mask | np.reshape([type(item).__name__ in ("NAType", "NaTType") for item in array.flat], array.shape)
    else:
        missing = mask
    return np.where(missing, np.nan, array) if np.any(missing) else value


def kind_of(values: Any) -> str:
    """The letter of an array's dtype; none of what has no dtype of NumPy's."""
    return getattr(getattr(values, "dtype", None), "kind", "")


def is_complex(values: Any) -> bool:
    if not isinstance(values, (list, tuple)) or not any(isinstance(item, complex) for item in values):
        return kind_of(values) == "c"
    return not any(isinstance(item, (str, bytes)) for item in values)  # which NumPy would take for text


def data_array(name: str, value: Any) -> _Array:
    """Convert data to float64, NaN for what is missing."""
    return real_array(name, missing_as_nan(value))


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """A view for a user's function, which raises an error if the function writes into it."""
    view = array.view()
    view.flags.writeable = False
    return view


def brief(value: Any) -> str:
    """A wrong argument in an error: its repr, or its shape if it is an array."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    text = repr(value)
    return text if len(text) <= 100 else f"an object of type {type(value).__name__!r}"


def real_array(name: str, value: Any) -> _Array:
    """Convert an array_like to float64; complex numbers raise an error instead of losing their imaginary part."""
    if are_doubles(value):  # the usual case
        return value  # type: ignore[no-any-return]
    try:
        array = np.asarray(value)
        if array.dtype.kind == "c":
            raise TypeError(f"got dtype {array.dtype}")
        reals: _Array = np.asarray(array, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise _not_real(name, error) from error
    return reals


def _not_real(name: str, error: Exception) -> Exception:
    kind = TypeError if isinstance(error, TypeError) else ValueError
    return kind(f"{name} must be real numbers: {error}")


def real_number(name: str, value: Any) -> float:
    """Convert whatever float() takes, except text."""
    try:
        if isinstance(value, (str, bytes)) or kind_of(value) in ("m", "M"):  # durations are numbers in some units
            raise TypeError
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise TypeError(f"{name} must be a real number; got {value!r}") from None


def is_number(value: Any) -> bool:
    """Whether a value is a number; durations, which NumPy counts among its integers, are none."""
    return isinstance(value, (int, float, np.number)) and not isinstance(value, np.timedelta64)


def is_whole(value: Any) -> bool:
    """Whether a value is a number of a type for whole numbers; durations are none."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, np.timedelta64)


def integer(name: str, value: Any, *, positive: bool = False) -> int:
    """Convert a whole number that fits a C int."""
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be an integer; got {value!r}") from None
    if positive and number < 1:
        raise ValueError(f"{name} must be positive; got {number}")
    if not -(2**31) <= number < 2**31:
        raise ValueError(f"{name} must be between {-(2**31)} and {2**31 - 1}; got {number}")
    return number


def check_choice(name: str, value: Any, choices: Sequence[str | None]) -> None:
    if not (value is None or isinstance(value, str)) or value not in choices:
        *first, last = map(repr, choices)
        raise ValueError(f"{name} must be {', '.join(first)} or {last}; got {value!r}")


def check_callable(name: str, value: Any, *, optional: bool = False) -> None:
    if not (callable(value) or (optional and value is None)):
        raise TypeError(f"{name} must be callable{' or None' * optional}; got {brief(value)}")


def shapes_text(lead: tuple[int, ...], last: int | str) -> str:
    """Write the shapes of what is the same for all fits, or has a row for each; sizes may be letters.

    >>> shapes_text((4,), "n"), shapes_text((), 3)
    ('(n,) or (4, n)', '(3,)')
    """
    same = f"({last},)"
    return f"{same} or ({', '.join(map(str, (*lead, last)))})" if lead else same
