"""Where a model starts: what it finds in the data, with what is held, tied and bounded as the caller says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .._engine.remembered import is_straight, known_of, plain_of
from .._input.parameters import Parameters
from .._models.guess import guess
from .._models.known import Known
from .._models.model import Model
from .._models.terms import in_terms
from .._models.traced import formula_of


def model_behind(f: Any, model: Parameters, x: Any) -> Model | None:
    """The model that a function amounts to, if it does nothing but compute a formula."""
    plain, x = plain_of(f), np.asarray(x)
    if plain is None or x.dtype.kind not in "iuf" or x.ndim not in (1, 2):
        return None
    known_of(plain)  # or it is not known to be straight
    return formula_of(plain, model.names, x.astype(np.float64), model.start) if is_straight(plain) else None


def start_of_model(
    f: Any, model: Parameters, p0: Any, fixed: Any, x: Any, y: Any, sigma: Any, *, of_counts: bool = False
) -> Any:
    """The start that was given, or for a `Model` what it finds in the data, as far as nothing is given.

    Those tied are first found like the others, then computed from these and held while the others are found again.
    """
    if not isinstance(f, Model) or not (p0 is None or isinstance(p0, Mapping)):
        return p0
    given = {} if p0 is None else dict(p0)
    if all(name in given for name in f.parameters):
        return p0
    held = {name: given[name] for name in f.parameters if name in given}
    held |= dict(fixed) if isinstance(fixed, Mapping) else {}
    bounds = model.limits
    terms = in_terms(f)
    found = guess(terms, x, y, sigma, known=Known.of(f.parameters, held, bounds), of_counts=of_counts)
    if model.ties.names:
        tied = model.ties.apply(found)
        if np.isfinite(list(tied.values())).all():
            known = Known.of(f.parameters, held | tied, bounds)
            found = guess(terms, x, y, sigma, known=known, of_counts=of_counts)
    starts = zip(f.parameters, found.tolist(), strict=True)
    return {name: value for name, value in starts if name not in model.ties.names} | given


def starts_of_sets(
    f: Model, sets: Sequence[Any], own: Sequence[Sequence[str]], given: Mapping[str, float], bounds: Any
) -> dict[str, float]:
    """What a model finds in each of several data sets (x, y, sigma), by its `own` names, as far as nothing is given.

    Those that data sets share are first found in each; then the median is held, and the others are found again.
    """
    limits = dict(bounds) if isinstance(bounds, Mapping) else {}

    def find(known: Mapping[str, float]) -> list[dict[str, float]]:
        found = []
        for (x, y, sigma), names in zip(sets, own, strict=True):
            held = {name: known[own] for name, own in zip(f.parameters, names, strict=True) if own in known}
            pairs = {name: limits[own] or (None, None) for name, own in zip(f.parameters, names, strict=True)
                     if own in limits}  # fmt: skip
            start = f.guess(x, y, sigma, fixed=held, bounds=pairs)
            found.append(dict(zip(names, start.tolist(), strict=True)))
        return found

    first = find(given)
    every = [name for names in own for name in names]
    shared = {name: float(np.median([found[name] for found in first if name in found]))
              for name in dict.fromkeys(every) if every.count(name) > 1 and name not in given}  # fmt: skip
    starts: dict[str, float] = {}
    for found in find({**given, **shared}) if shared else first:
        starts |= found
    return starts
