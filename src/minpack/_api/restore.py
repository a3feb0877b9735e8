"""`restore`: a fit from a dict or JSON."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .._engine.refits import Refits
from .._input.arrays import check_callable
from .._input.predictors import Predictors
from .._results.exchange import Absent, fields_of
from .._results.fit import Fit
from .._results.minima import Minima


def restore(
    saved: str | bytes | Mapping[str, Any],
    f: Callable[..., ArrayLike] | None = None,
    jac: Callable[..., ArrayLike] | None = None,
) -> Fit:
    """Make a fit of what `Fit.to_json` or `Fit.to_dict` saved.

    Parameters
    ----------
    saved : str, bytes or dict
        The JSON or the dict.
    f, jac : callable, optional
        The functions of the fit, which are not saved. A fit of a formula needs none. Without them the fit can report,
        diagnose and tell its numbers; whatever calls the function raises ValueError.

    Returns
    -------
    Fit
        With the same numbers, to the last bit.

    Raises
    ------
    ValueError
        If `saved` is something else.

    Examples
    --------
    >>> import numpy as np
    >>> import minpack
    >>> x, y = np.arange(6.0), np.array([1.1, 2.9, 5.2, 7.1, 8.8, 11.0])
    >>> fit = minpack.fit(lambda x, start, slope: start + slope * x, x, y)
    >>> again = minpack.restore(fit.to_json())
    >>> again
    Fit(start = 1.08 ± 0.11, slope = 1.974 ± 0.037)
    >>> again.predict([6.0])
    Traceback (most recent call last):
    ...
    ValueError: the fit was restored without its function '<lambda>': pass it, as in restore(saved, f=...)
    >>> again = minpack.restore(fit.to_json(), lambda x, start, slope: start + slope * x)
    >>> again.predict([6.0]).round(2)
    array([12.93])
    """
    check_callable("f", f, optional=True)
    check_callable("jac", jac, optional=True)
    model, values = fields_of(saved)
    if f is None and model["formula"] is not None:
        f = _model_of(model["formula"], model["predictors"])
        jac = getattr(f, "jac", None) if jac is None else jac
    known = {field.name for field in fields(Fit)}
    origin = model["x"]["origin"]
    functions: dict[str, Any] = {
        "predictors": Predictors(None if origin is None else np.datetime64(origin), model["x"]["integers"]),
        "f": Absent(model["name"]) if f is None else f,
        "jac": Absent("jac") if jac is None and model["jac"] else jac,
        "repeat": None if f is None else Refits.of,
    }
    if values.get("minima") is not None:
        values["minima"] = Minima(*values["minima"])
    return Fit(**{name: value for name, value in values.items() if name in known}, **functions)


def _model_of(formula: str, predictors: list[str]) -> Callable[..., ArrayLike] | None:
    """The model of a formula, if this version of minpack makes models of formulas."""
    make = getattr(sys.modules[__name__.partition(".")[0]], "model", None)
    if make is None:
        return None
    made: Callable[..., ArrayLike] = make(formula, predictors) if predictors else make(formula)
    return made
