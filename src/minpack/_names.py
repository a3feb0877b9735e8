"""Names of parameters in the one form in which they are compared, and of functions, for all parts of the package."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Mapping
from typing import Any


def in_one_form(given: Any) -> Any:
    """A name, a list of names, or a dict by name, with each name as Python reads it in source code; others unchanged.

    Python takes the sign for micro in the name of an argument for the Greek letter (NFKC), but not in text.
    """
    if given is None:  # mostly
        return None
    if isinstance(given, str):
        return given if given.isascii() else unicodedata.normalize("NFKC", given)
    if isinstance(given, (list, tuple, set)) and any(map(_may_differ, given)):
        return type(given)(map(in_one_form, given))
    if isinstance(given, Mapping) and any(map(_may_differ, given)):
        named = {in_one_form(name): value for name, value in given.items()}
        if len(named) < len(given):
            raise ValueError(f"names must differ; got two of one parameter in {', '.join(map(repr, given))}")
        return named
    return given


def _may_differ(name: Any) -> bool:
    return isinstance(name, str) and not name.isascii()


def called(function: Any) -> str:
    """What to call a function: as the one within it if it is partial, as its class if it has no name."""
    while isinstance(function, functools.partial):
        function = function.func
    return str(getattr(function, "__name__", type(function).__name__))
