"""Bounds of parameters on the command line."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

Bounds = dict[str, tuple[float, float]]


class BoundsError(ValueError):
    """Bounds that cannot be read, or that a start does not keep: one line."""


def read_bounds(items: Sequence[str]) -> Bounds:
    """The names and bounds of ``a=0:10,b=0:,c=:5``; infinite where none is written."""
    result: Bounds = {}
    for item in ",".join(items).split(",") if items else ():
        match = re.fullmatch(r"\s*([A-Za-z]\w*)\s*=\s*([^\s:]*)\s*:\s*([^\s:]*)\s*", item, re.ASCII)
        if match is None or not (match[2] or match[3]):
            raise BoundsError(f"--bounds: {item.strip()!r} is not of the form name=lower:upper, with either or both")
        name, low, high = match[1], _bound(match[1], match[2], -math.inf), _bound(match[1], match[3], math.inf)
        if name in result:
            raise BoundsError(f"--bounds: {name!r} is given twice")
        if low > high:
            raise BoundsError(f"--bounds: the lower bound of {name!r}, {low:g}, is above the upper, {high:g}")
        result[name] = low, high
    return result


def _bound(name: str, text: str, default: float) -> float:
    try:
        value = float(text) if text else default
    except ValueError:
        value = math.nan
    if text and not math.isfinite(value):
        raise BoundsError(f"--bounds: {text!r}, given for {name!r}, is not a finite number")
    return value


def start_within(bounds: Bounds, starts: Mapping[str, float], names: Sequence[str]) -> dict[str, float]:
    """Where parameters start: as given, or at 1; in the middle of their bounds, or 1 off the only one, if 1 is outside.

    Raises
    ------
    BoundsError
        If a given start is outside.
    """
    result = {}
    for name in names:
        low, high = bounds.get(name, (-math.inf, math.inf))
        value = starts.get(name, 1.0)
        if low == high:
            value = low
        elif not low <= value <= high:
            if name in starts:
                raise BoundsError(f"--p0: {name!r} starts at {value:g}, out of its bounds, {low:g} and {high:g}")
            ends = [low + 1.0, high - 1.0] if math.isinf(low) or math.isinf(high) else [low, high]
            finite = [end for end in ends if math.isfinite(end)]
            value = sum(finite) / len(finite)
        result[name] = value
    return result


def held(bounds: Bounds) -> list[str]:
    """The parameters whose bounds are equal."""
    return [name for name, (low, high) in bounds.items() if low == high]
