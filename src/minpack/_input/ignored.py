"""What `curve_fit` takes as numbers, as SciPy does, although it says more than that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from .arrays import missing_as_nan
from .data import has_policy, is_symmetric
from .predictors import is_polars, is_quantity, unit_of

_SPANS = {"Y": "years", "M": "months", "W": "weeks", "D": "days", "h": "hours", "m": "minutes", "s": "seconds"}


def ignored(xdata: Any, ydata: Any, sigma: Any, check_finite: bool | None, nan_policy: str | None) -> Iterator[str]:
    """Say what is ignored: masks and NaT, unless a policy is given; the unit and origin of times; units that differ;
    the upper triangle of a covariance matrix."""  # fmt: skip
    policy = has_policy(check_finite, nan_policy)
    for name, value in (("xdata", xdata), ("ydata", ydata), ("sigma", sigma)):
        if value is None or (type(value) is np.ndarray and value.dtype.kind in "fiu"):
            continue  # the usual case
        is_given_to_f = name == "xdata" and not isinstance(value, np.ndarray)  # as it is
        if not isinstance(value, np.ndarray) and is_polars(value):
            value = value.to_numpy()
        elif not is_given_to_f and _kind(value) in ("m", "M"):
            value = np.asarray(value)
        if not isinstance(value, np.ndarray) or value.dtype.kind == "O":
            continue
        if not policy and missing_as_nan(value) is not value:
            yield (
                f"{name} has masked elements or NaT, which are fitted as the numbers beneath them, as SciPy does: "
                "leave them out with nan_policy='omit'"
            )
        else:
            yield from taken_as_numbers(name, value, "SciPy")
    if sigma is not None and is_quantity(sigma) and is_quantity(ydata) and unit_of(sigma) != unit_of(ydata):
        yield (
            f"sigma is in {unit_of(sigma)} and ydata in {unit_of(ydata)}, but both are fitted as bare numbers, as "
            "SciPy does: bring them to one unit"
        )
    if sigma is not None and _is_lopsided(sigma):
        yield (
            "sigma is a matrix that is not symmetric, of which only the lower triangle counts, as with SciPy: pass a "
            "covariance matrix, L @ L.T of a factor L"
        )


def _is_lopsided(sigma: Any) -> bool:
    """Whether sigma is a matrix that is not symmetric, and is not refused for another reason."""
    try:
        matrix = np.asarray(sigma)
    except (TypeError, ValueError):  # refused where it is converted
        return False
    if matrix.ndim != 2 or matrix.dtype.kind not in "iuf" or len(set(matrix.shape)) != 1:
        return False
    return bool(np.isfinite(matrix).all()) and not is_symmetric(matrix.astype(np.float64))


def taken_as_numbers(name: str, value: Any, who: str) -> Iterator[str]:
    """Say which numbers are made of times, except of durations in seconds."""
    kind = _kind(value)
    if kind == "M":
        yield (
            f"{name} are times, which are fitted as {_spans(value.dtype)} since 1970, as {who} does: subtract the "
            "first and divide by a unit, as in (t - t[0]) / np.timedelta64(1, 's')"
        )
    elif kind == "m" and np.datetime_data(value.dtype) != ("s", 1):
        yield (
            f"{name} are durations, which are fitted as {_spans(value.dtype)}, as {who} does: divide by a unit, as in "
            "t / np.timedelta64(1, 's')"
        )


def _kind(value: Any) -> str:
    dtype = getattr(value, "dtype", None)
    return dtype.kind if isinstance(dtype, np.dtype) else ""


def _spans(dtype: Any) -> str:
    """What numbers a time's are.

    >>> _spans(np.dtype("M8[D]")), _spans(np.dtype("m8[10ns]"))
    ('numbers of days', 'numbers of 10 ns')
    """
    unit, count = np.datetime_data(dtype)
    return f"numbers of {f'{count} ' if count > 1 else ''}{_SPANS.get(unit, unit)}"
