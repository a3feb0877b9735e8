"""`restore`: a fit from a dict or JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .._engine.refits import Refits
from .._input.arrays import check_callable
from .._input.parameters import names_of
from .._input.predictors import Predictors
from .._models.model import Model
from .._results.exchange import Absent, damaged, fields_of
from .._results.fit import Fit
from .._results.minima import Minima
from .._results.several import DataSets, GlobalFit, ResidualFit
from .fit_global import Joined, JoinedJacobian
from .fit_residuals import Negative, NegativeJacobian
from .model import model as model_of

_KINDS: dict[str, type[Fit]] = {"Fit": Fit, "GlobalFit": GlobalFit, "ResidualFit": ResidualFit}


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
        The functions of the fit, which are not saved; of a fit of residuals, functions of its parameters only. A fit of
        a formula needs none. Without them the fit can report, diagnose and tell its numbers; whatever calls the
        function raises ValueError.

    Returns
    -------
    Fit
        With the same numbers, to the last bit; a `GlobalFit` or `ResidualFit` if it was one.

    Raises
    ------
    ValueError
        If `saved` is something else, or was changed, or `f` takes its parameters in another order.

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
    own, names = names_of(f, len(values.get("names", ()))) if f is not None else [], list(values.get("names", ()))
    if own != names and sorted(own) == sorted(names):
        raise ValueError(f"f must take {', '.join(names)} in this order; got {', '.join(own)}")
    try:
        return _made_of(model, values, f, jac)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise damaged(error) from error


def _made_of(
    model: dict[str, Any], values: dict[str, Any], f: Callable[..., Any] | None, jac: Callable[..., Any] | None
) -> Fit:
    if f is None and model["formula"] is not None:
        formula, predictors, knows = model["formula"], model["predictors"], model.get("knows")
        f = model_of(formula, predictors or None) if knows is None else _with_knowledge(formula, predictors, knows)
    if jac is None and isinstance(f, Model):
        jac = f.jac
    kind = _KINDS.get(model.get("kind", "Fit"), Fit)
    known = {field.name for field in fields(kind)}
    origin = model["x"]["origin"]
    functions: dict[str, Any] = {
        "predictors": Predictors(None if origin is None else np.datetime64(origin), model["x"]["integers"]),
        "f": Absent(model["name"], model.get("joined")) if f is None
        else _as_fitted(f, Joined, Negative, model, values),
        "jac": (Absent("jac") if model["jac"] else None) if jac is None
        else _as_fitted(jac, JoinedJacobian, NegativeJacobian, model, values),
        "repeat": None if f is None or (values["xdata"] is None and kind is not ResidualFit) else Refits.of,
    }  # fmt: skip
    if values["loss"] is None:
        values["loss"] = Absent(model.get("loss") or "loss")
    if values.get("minima") is not None:
        values["minima"] = Minima(*values["minima"])
    if "parts" in values:
        values["parts"] = tuple(slice(*ends) for ends in values["parts"])
        values["xdata"] = DataSets(values["xdata"], tuple(part.stop - part.start for part in values["parts"]))
    return kind(**{name: value for name, value in values.items() if name in known}, **functions)


def _as_fitted(
    function: Callable[..., Any], joined: type, negative: type, model: Mapping[str, Any], values: Mapping[str, Any]
) -> Callable[..., Any]:
    """A function, or derivatives, as the fit calls them: for several data sets, or as residuals."""
    if isinstance(function, (Joined, Negative)):  # of another fit
        return function
    made, way = function, model.get("joined")
    if way is not None:
        made = joined(function, way["names"], values["x_name"], way["shared"], way["count"])
    elif model.get("kind") == "ResidualFit":
        made = negative(function, (), dict(zip(values["names"], values["start"].tolist(), strict=True)))
    return made


def _with_knowledge(formula: str, predictors: list[str], knows: Mapping[str, Any]) -> Model:
    """The model with its name, limits, derived quantities, and terms."""
    return Model(
        formula, predictors, name=knows["name"], derived=knows["derived"],
        natural={name: tuple(map(float, ends)) for name, ends in knows["natural"].items()},
        parts=[(label, _with_knowledge(*part)) for label, *part in knows["parts"]],
    )  # fmt: skip
