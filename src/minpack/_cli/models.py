"""Ready models by their names: ``gaussian``, ``gaussian(a) + gaussian(b) + line``, ``polynomial(3)``."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection
from functools import reduce
from operator import add

from .._models.model import Model
from .._models.ready import MODELS, polynomial
from .assigned import UsageError

_TERM = re.compile(r"\s*([^\W\d]\w*)\s*(?:\(\s*[\"']?(\w*)[\"']?\s*\))?\s*")


_LEAST = 3  # letters of a name that may be meant for another


def ready_model(text: str) -> Model | None:
    """The model that a sum of names of ready models is; None if no term is such a name, UsageError if some are."""
    terms = text.split("+")
    matches = [match for term in terms if (match := _TERM.fullmatch(term)) and match[1] in {*MODELS, "polynomial"}]
    if not matches or (len(matches) < len(terms) and all(match[2] is None for match in matches)):
        return None
    if len(matches) < len(terms):
        other = next(term.strip() for term in terms if not _TERM.fullmatch(term))
        raise UsageError(f"{matches[0][1]} is a ready model, which adds to other ready models only; got {other!r}: "
                         f"write such a term as line or polynomial(2), or all as a formula")  # fmt: skip
    try:
        return reduce(add, (_model(match[1], match[2]) for match in matches))
    except ValueError as error:
        raise UsageError(f"in the expression: {error}") from None


def meant(text: str) -> str:
    """Which ready models may be meant by names that are none; empty if that is not known."""
    names = [match[1] if (match := _TERM.fullmatch(term)) else term.strip() for term in text.lower().split("+")]
    near: list[str] = []
    for name in (name for name in names if len(name) >= _LEAST):
        near += [model for model in MODELS if model.startswith(name)] or difflib.get_close_matches(name, MODELS, 2)
    return f"; ready models are {', '.join(dict.fromkeys(near))}" if near else ""


def check_names(text: str, parameters: Collection[str]) -> None:
    """Refuse a term that is the name of a ready model, and seems to be meant as one."""
    for term in text.split("+"):
        name = term.strip()
        if name in MODELS and name in parameters:
            raise UsageError(f"{name!r} is a ready model, which adds to other ready models only, as in "
                             f"gaussian + line: start the parameter {name!r} by --p0 if it is one")  # fmt: skip


def _model(name: str, argument: str | None) -> Model:
    if name == "polynomial":
        if not (argument or "").isdecimal():
            raise ValueError("polynomial needs a degree, as in polynomial(2)")
        return polynomial(int(argument or ""))
    return MODELS[name](argument) if argument else MODELS[name]
