"""x as a model gets it in `fit`: no integers that overflow, no units, times as seconds, tables as copies."""

from __future__ import annotations

import datetime
import functools
import numbers
import re
from collections.abc import Callable, Iterator, KeysView, ValuesView
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .arrays import SEQUENCES, kind_of, read_only, real_array

_Array = NDArray[np.float64]


@dataclass(frozen=True)
class Predictors:
    """What is made of x before a model gets it, in the fit and for predictions."""

    origin: Any = None  # the first time, a datetime64; the model gets seconds since then
    integers: bool = False  # whether the model needs integers, for indices

    def __call__(self, x: Any) -> Any:
        refuse_units(x=x)
        x = seconds_since(x, self.origin)
        if is_table(x):
            return x if self.integers else with_floats(x.copy())
        if isinstance(x, (int, float, np.number, *SEQUENCES)):
            array = np.asarray(x)
            return array if self.integers and array.dtype.kind in "iu" else real_array("x", x)
        return x


def is_table(x: Any) -> bool:
    """Whether x is a table or labelled array that a function might change in place, such as a pandas Series."""
    if isinstance(x, (np.ndarray, np.generic)):
        return False
    return hasattr(x, "__array__") and callable(getattr(x, "copy", None))


def own_copies(f: Callable[..., Any]) -> Callable[..., Any]:
    """The function, which gets a copy of x for itself at each call: what it writes into that has no effect."""

    @functools.wraps(f)
    def called(x: Any, *parameters: float) -> Any:
        return f(x.copy(), *parameters)

    return called


def with_floats(x: Any) -> Any:
    """x with 64-bit floats in place of integers: arrays, tables and series of pandas, xarray and polars.

    So are numbers in columns of objects, which NumPy's functions do not take.
    """
    if isinstance(x, np.ndarray):
        return read_only(x.astype(np.float64)) if x.dtype.kind in "iu" else x
    if _can_cast(x):
        columns = {name: float for name, kind in getattr(x, "schema", {}).items() if kind.is_integer()}
        return x.cast(columns) if columns else x.cast(float) if _has_integers(x.to_numpy()) else x
    if not hasattr(x, "astype"):
        return x
    kinds: Any = getattr(x, "dtypes", None)
    if hasattr(kinds, "items"):
        integers = {name: np.float64 for name, kind in kinds.items() if _is_integer(kind) or _are_numbers(x[name])}
        return x.astype(integers) if integers else x
    return x.astype(np.float64) if _has_integers(x) or _are_numbers(x) else x


def _can_cast(x: Any) -> bool:
    """Whether x is of polars or pyarrow."""
    return callable(getattr(x, "cast", None)) and callable(getattr(x, "to_numpy", None))


def _are_numbers(column: Any) -> bool:
    return kind_of(column) == "O" and np.ndim(column) == 1 and all(
        isinstance(value, numbers.Real) and not isinstance(value, bool) for value in column
    )  # fmt: skip


def _least_size(x: Any) -> int:
    """Bytes of the shortest integers in a table."""
    kinds: Any = getattr(x, "dtypes", None)
    if _can_cast(x):
        kinds = [x.to_numpy().dtype]
    elif not hasattr(kinds, "items"):
        kinds = [x.dtype]
    return min((kind.itemsize for kind in kinds if _is_integer(kind)), default=8)


def _has_integers(x: Any) -> bool:
    return _is_integer(getattr(x, "dtype", None))


def _is_integer(dtype: Any) -> bool:
    return getattr(dtype, "kind", "") in ("i", "u")  # of NumPy's types, and of pandas' own


def differs_by_overflow(f: Callable[..., ArrayLike], x: Any, start: _Array) -> bool:
    """Whether a model gives for a table of integers, whose powers may overflow, something else than for floats."""
    if isinstance(x, (list, tuple, np.ndarray)):
        return False
    with np.errstate(all="ignore"):
        try:
            floats = with_floats(x)
            if floats is x:
                return False
            largest = np.abs(np.asarray(floats, dtype=np.float64)).max(initial=0.0)
            bits = 8 * _least_size(x) - 1
            if largest ** (3 if bits > 32 else 6) < 2.0**bits:  # higher powers are rare
                return False
            values = np.asarray(f(x, *start), dtype=np.float64)
            expected = np.asarray(f(floats, *start), dtype=np.float64)
        except Exception:  # the error comes from the fit, or the model needs integers
            return False
    return values.shape == expected.shape and not np.allclose(values, expected, equal_nan=True)


def floats_for(f: Callable[..., ArrayLike], start: _Array, x: Any) -> tuple[Any, bool]:
    """x as a model wants it: with floats, unless it needs integers; and whether it does."""
    floats = with_floats(x)
    integers = floats is not x and _needs_integers(f, start, floats, x)
    return x if integers else floats, integers


def _needs_integers(f: Callable[..., ArrayLike], start: _Array, floats: Any, integers: Any) -> bool:
    """Whether a model fails with x as floats, and does not with x as integers: it takes x for indices."""
    with np.errstate(all="ignore"):
        try:
            f(floats, *start)
        except (IndexError, TypeError):
            try:
                f(integers, *start)
            except Exception:  # the error with floats is as good, and comes from the fit
                return False
            return True
        except Exception:
            return False
    return False


def as_seconds(x: Any) -> tuple[Any, Any]:
    """Times as seconds since the first, with NaN for NaT, and the first; anything else as it is, and None."""
    times = _times_in(x)
    if times is None:
        return x, None
    missing = np.isnat(times)
    if missing.all():
        raise ValueError("xdata must have times; got NaT only")
    origin = times[~missing].min() if times.dtype.kind == "M" else None
    return seconds_since(times, origin), origin


def seconds_since(x: Any, origin: Any) -> Any:
    """Times as seconds since the origin, NaN for NaT; anything else as it is."""
    times = _times_in(x)
    if times is None:
        return x
    if origin is None and times.dtype.kind == "M":
        raise TypeError("x must be numbers or durations, as in the fit; got times")
    seconds = (times if origin is None or times.dtype.kind == "m" else times - origin) / np.timedelta64(1, "s")
    return np.where(np.isnat(times), np.nan, seconds)


def in_seconds(name: str, values: Any) -> Any:
    """Data or their errors: durations as seconds, NaN for NaT; dates raise TypeError; anything else as it is."""
    times = _times_in(values)
    if times is None:
        return values
    if times.dtype.kind == "M":
        raise TypeError(
            f"{name} must be numbers; got times ({times.dtype}): pass ({name} - t0) / np.timedelta64(1, 's'), seconds "
            "since a time t0"
        )
    return seconds_since(values, None)


def _times_in(x: Any) -> NDArray[Any] | None:
    """An array of datetime64 or timedelta64, if x has times; x may be a list, an array, or a column of a table."""
    if x is None or (type(x) is np.ndarray and x.dtype.kind in "fiuc"):  # the usual case
        return None
    if isinstance(x, (list, tuple)) or kind_of(x) == "O":
        if isinstance(x, (list, tuple)) and x and is_time(x) and np.ndim(x[0]) > 0:  # rows of times
            rows = _array_of(x)
            return None if rows is None else _in_days_at_most(rows)
        objects = _array_of(x, object)
        first = None if objects is None else next(iter(objects.ravel()), None)
        if not isinstance(first, (datetime.date, datetime.timedelta, np.datetime64, np.timedelta64)):
            return None
        times = _array_of(x)
        if times is not None and times.dtype.kind == "O":
            times = _array_of(x, "m8[us]" if isinstance(first, datetime.timedelta) else "M8[us]")
        return _in_days_at_most(times) if times is not None and times.dtype.kind in "mM" else None
    if is_polars(x):
        x = x.to_numpy()
    if kind_of(x) not in ("M", "m"):
        return None
    if not isinstance(x, np.ndarray) and getattr(x.dtype, "tz", None) is not None:
        return np.asarray(x.to_numpy("datetime64[ns]"))
    times = _in_days_at_most(np.ma.getdata(x) if isinstance(x, np.ma.MaskedArray) else np.asarray(x))
    return np.where(np.ma.getmaskarray(x), np.array("NaT", times.dtype), times) if np.ma.is_masked(x) else times


def _array_of(x: Any, dtype: Any = None) -> NDArray[Any] | None:
    """An array, or None if there is none: whoever converts x to numbers names it."""
    try:
        return np.asarray(x, dtype=dtype)
    except (TypeError, ValueError, OverflowError):
        return None


def is_polars(x: Any) -> bool:
    has_numbers = hasattr(x, "dtype") and callable(getattr(x, "to_numpy", None))
    return has_numbers and not hasattr(x.dtype, "kind")


def _in_days_at_most(times: NDArray[Any]) -> NDArray[Any]:
    """Years and months have no length in seconds: dates in such units become days; durations are refused."""
    if np.datetime_data(times.dtype)[0] not in ("Y", "M"):
        return times
    if times.dtype.kind == "m":
        raise TypeError("xdata must be times in units of fixed length, such as days; got years or months")
    return times.astype("M8[D]")


def raise_for_points(error: Exception, x: Any, m: int) -> None:
    """Say that x and ydata have different numbers of points, if that may be why f returned a wrong number of values."""
    shape = getattr(x, "shape", ())
    if 0 in shape and "must return" in str(error):
        raise ValueError(f"xdata must not be empty; got shape {shape}: {error}") from error
    if len(shape) > 1 and f"it returned shape {shape}" in str(error):
        raise ValueError(f"xdata must be a vector if f takes one predictor; got shape {shape}: {error}") from error
    if shape and m not in shape and "must return" in str(error):
        raise ValueError(f"xdata must have as many points as ydata, {m}; it has {shape[-1]}: {error}") from error


def raise_for_jacobian(error: Exception) -> None:
    """Say in the words of `fit` that `jac` returned a wrong shape, if that is what an error of a drop-in says."""
    found = re.search(r"('Dfun'|`jac`).*?(\(\d+, \d+\)).*? (\([\d, ]*\))\.$", str(error))
    if found:
        wanted, got = found[2], found[3]
        action = ": return its transpose" if got == f"({', '.join(wanted[1:-1].split(', ')[::-1])})" else ""
        raise ValueError(
            f"jac must return shape {wanted}, a row per point and a column per parameter; it returned {got}{action}"
        ) from error


def refuse_unordered(**data: Any) -> None:
    """Raise TypeError for what can be read once only, or in any order."""
    for name, value in data.items():
        if value is None or type(value) is np.ndarray:
            continue
        if isinstance(value, (set, frozenset, Iterator, KeysView, ValuesView)):
            raise TypeError(
                f"{name} must be an array or a sequence; got an object of type {type(value).__name__!r}: "
                f"pass list({name})"
            )


def refuse_units(**data: Any) -> None:
    """Raise TypeError for quantities with units, as astropy's and pint's: what a fit does with numbers loses them."""
    for name, value in data.items():
        if value is None or type(value) is np.ndarray:
            continue
        one = first_of(value)
        if is_quantity(one):
            number = number_in(one)
            raise TypeError(
                f"{name} must be numbers; got a quantity in {unit_of(one)}: pass {name}.{number}, and "
                f"{name}.to(unit).{number} for a certain unit"
            )
        if is_time(one) and hasattr(one, "jd"):
            raise TypeError(f"{name} must be numbers; got astropy's Time: pass ({name} - {name}[0]).sec, seconds")


def is_quantity(value: Any) -> bool:
    """Whether a value has a unit, as astropy's and pint's quantities have."""
    return any(base.__name__ == "Quantity" for base in type(value).__mro__) and hasattr(value, "to")


def is_time(value: Any) -> bool:
    """Whether a value is times: datetime64 or timedelta64, or astropy's."""
    one = first_of(value)
    return kind_of(one) in ("m", "M") or (type(one).__name__ in ("Time", "TimeDelta") and hasattr(one, "jd"))


def first_of(value: Any) -> Any:
    """The first in a list, which tells of what kind all are, or the value."""
    return value[0] if isinstance(value, (list, tuple)) and value else value


def number_in(quantity: Any) -> str:
    """The attribute that has the number: astropy's or pint's."""
    return "value" if hasattr(quantity, "value") else "magnitude"


def unit_of(quantity: Any) -> Any:
    """The unit of a quantity, or None."""
    return getattr(quantity, "unit", getattr(quantity, "units", None)) if is_quantity(quantity) else None
