"""Options that give something to names: ``a=1,b=2``."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from .._models.typed import name_of, with_plain_signs


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
