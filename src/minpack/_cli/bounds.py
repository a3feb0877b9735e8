"""Bounds of parameters on the command line."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from .._models.typed import with_plain_signs
from .assigned import UsageError, assigned, finite

Bounds = dict[str, tuple[float, float]]

_ENDLESS = ({"", "-inf", "-infinity"}, {"", "inf", "+inf", "infinity", "+infinity"})


def read_bounds(items: Sequence[str]) -> Bounds:
    """The names and bounds of ``a=0:10,b=0:,c=:5``; infinite where none is written."""
    form, example = "name=lower:upper, with either or both", "a=0:10,b=0:"
    result: Bounds = {}
    for name, text in assigned("--bounds", items, form, example).items():
        low, colon, high = with_plain_signs(text).partition(":")
        if not colon or not (low or high):
            raise UsageError(f"--bounds: '{name}={text}' is not of the form {form}, as in {example}")
        ends = [
            limit if end.strip().lower() in endless else finite("--bounds", name, end.strip())
            for end, endless, limit in zip((low, high), _ENDLESS, (-math.inf, math.inf), strict=True)
        ]
        if ends[0] > ends[1]:
            raise UsageError(f"--bounds: the lower bound of {name!r}, {ends[0]:g}, is above the upper, {ends[1]:g}")
        result[name] = ends[0], ends[1]
    return result


def check_starts(bounds: Bounds, starts: Mapping[str, float]) -> None:
    for name, value in starts.items():
        low, high = bounds.get(name, (-math.inf, math.inf))
        if not low <= value <= high and low < high:
            raise UsageError(f"--p0: {name!r} starts at {value:g}, out of its bounds, {low:g} and {high:g}")


def held(bounds: Bounds) -> dict[str, float]:
    """The parameters whose bounds are equal, and their values."""
    return {name: low for name, (low, high) in bounds.items() if low == high}
