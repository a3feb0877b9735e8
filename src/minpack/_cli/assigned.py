"""Options that give something to names: ``a=1,b=2``, and bounds, ``a=0:10,b=0:``."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from .._models.typed import name_of, with_plain_signs

Bounds = dict[str, tuple[float, float]]

_ENDLESS = ({"", "-inf", "-infinity"}, {"", "inf", "+inf", "infinity", "+infinity"})


class UsageError(ValueError):
    """Options that do not go together, or files that cannot be used: one line."""


def assigned(option: str, items: Sequence[str], form: str, example: str) -> dict[str, str]:
    """The names and what is given to each, as text, of ``a=1,b=2`` or ``a=1;b=2``."""
    result: dict[str, str] = {}
    for item in re.split("[,;]", ",".join(items)) if items else ():
        left, equals, text = item.partition("=")
        name = name_of(left)
        if name is None or not equals or not text.strip():
            raise UsageError(f"{option}: {item.strip()!r} is not of the form {form}, as in {example}")
        if name in result:
            raise UsageError(f"{option}: {name!r} is given twice")
        result[name] = text.strip()
    return result


def values(option: str, items: Sequence[str]) -> dict[str, float]:
    """The names and values of ``a=1,b=2``."""
    texts = assigned(option, items, "name=value", "a=1,b=2")
    return {name: finite(option, name, text) for name, text in texts.items()}


def finite(option: str, name: str, text: str) -> float:
    try:
        value = float(with_plain_signs(text))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise UsageError(f"{option}: {text!r}, given for {name!r}, is not a finite number")
    return value


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
