"""Fits in other forms: dicts and JSON, tables of pandas and LaTeX, pickles."""

from __future__ import annotations

import dataclasses
import json
import re
import sys
from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any

import numpy as np

from .._optional import needed
from .finding import Finding
from .report import model_name, rounded
from .solution import Solution

FORMAT = "minpack.Fit/1"
_SPECIAL, _BACKSLASHED = re.compile(r"[_&%$#{}]"), r"\\\g<0>"  # in LaTeX
_FUNCTIONS = ("f", "jac", "repeat", "predictors", "remarks")  # and what else has a form of its own


class Absent:
    """In the place of a function that a fit was restored without."""

    def __init__(self, name: str) -> None:
        self.__name__ = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise ValueError(
            f"the fit was restored without its function {self.__name__!r}: pass it, as in restore(saved, f=...)"
        )

    def __repr__(self) -> str:
        return f"<function {self.__name__}, absent>"


# ---- dicts and JSON


def to_dict(fit: Solution) -> dict[str, Any]:
    """All that a fit has but its functions, in dicts, lists, strings, numbers and None."""
    fields = {field.name: encoded(getattr(fit, field.name))
              for field in dataclasses.fields(fit) if field.name not in _FUNCTIONS}  # fmt: skip
    f: Any = fit.f
    joined = getattr(f, "joined", None)  # one model of several data sets
    f = f if joined is None else f.f
    origin = getattr(fit.predictors, "origin", None)
    errors = dict(zip(fit.names, fit.errors.tolist(), strict=True))
    return {
        "format": FORMAT,
        "model": {"name": model_name(fit), "formula": formula_of(f), "jac": fit.jac is not None,
                  "predictors": list(getattr(f, "predictors", ())), "kind": type(fit).__name__,
                  "joined": joined, "knows": knowledge_of(f)},
        "x": {"origin": None if origin is None else str(origin),
              "integers": bool(getattr(fit.predictors, "integers", False))},
        "remarks": [[kind, list(names), {name: encoded(value) for name, value in numbers.items()}]
                    for kind, names, numbers in fit.remarks],
        "parameters": {name: {"value": number(fit[name]), "error": number(errors[name])} for name in fit.names},
        "fields": fields,
    }  # fmt: skip


def formula_of(f: Any) -> str | None:
    formula = getattr(f, "formula", None)
    if formula is not None and not isinstance(formula, str):
        formula = getattr(f, "text", None)
    return formula if isinstance(formula, str) else None


def knowledge_of(f: Any) -> dict[str, Any] | None:
    """What a model knows besides its formula: its name, limits, derived quantities, and terms."""
    if not hasattr(f, "natural"):
        return None
    return {
        "name": f.__name__, "natural": {name: [number(end) for end in ends] for name, ends in f.natural.items()},
        "derived": dict(f.derived),
        "parts": [[label, part.text, list(part.predictors), knowledge_of(part)] for label, part in f.parts],
    }  # fmt: skip


def encoded(value: Any) -> Any:
    """A value as JSON has it; None for what no JSON can hold, such as the functions among them."""
    if isinstance(value, (bool, str)) or value is None:
        return value
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return number(float(value))
    if isinstance(value, (tuple, list)):
        return [encoded(item) for item in value]
    if isinstance(value, slice):
        return [value.start, value.stop]
    if hasattr(value, "xs"):  # those of several data sets
        return encoded(value.xs)
    if isinstance(value, np.ndarray) or hasattr(value, "__array__"):
        array = np.asarray(value)
        if array.dtype.kind in "biuf":
            return {"dtype": array.dtype.str, "shape": list(array.shape),
                    "values": [encoded(item) for item in array.ravel().tolist()]}  # fmt: skip
    return None


def number(value: float) -> float | str:
    """A number, or the name of one that JSON lacks."""
    return value if np.isfinite(value) else str(float(value))


def decoded(value: Any) -> Any:
    """What `encoded` was given; tuples for lists."""
    if isinstance(value, Mapping):
        values = [float(item) if isinstance(item, str) else item for item in value["values"]]
        return np.array(values, dtype=np.dtype(value["dtype"])).reshape(value["shape"])
    if isinstance(value, list):
        return tuple(decoded(item) for item in value)
    return float(value) if value in ("nan", "inf", "-inf") else value


def fields_of(saved: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The model, and the fields of a fit, from a dict or JSON; ValueError if it is neither."""
    if isinstance(saved, (str, bytes)):
        try:
            saved = json.loads(saved)
        except ValueError as error:
            raise ValueError(f"saved must be JSON that Fit.to_json made: {error}") from error
    if not isinstance(saved, Mapping) or saved.get("format") != FORMAT:
        found = saved.get("format") if isinstance(saved, Mapping) else type(saved).__name__
        raise ValueError(f"saved must be what Fit.to_dict or to_json made, of format {FORMAT!r}; got {found!r}")
    fields = {name: decoded(value) for name, value in saved["fields"].items()}
    fields["remarks"] = tuple(
        Finding(kind, tuple(names), {name: decoded(value) for name, value in numbers.items()})
        for kind, names, numbers in saved["remarks"]
    )
    return {**saved["model"], "x": saved["x"]}, fields


# ---- tables


def to_dataframe(fit: Solution, level: float) -> Any:
    pd = needed("to_dataframe", "pandas", "pandas")
    low, high = fit.confidence_intervals(level).T
    columns = {"value": fit.values, "error": fit.errors, "lower": low, "upper": high,
               "fixed": [name in fit.fixed for name in fit.names]}  # fmt: skip
    return pd.DataFrame(columns, index=pd.Index(fit.names, name="parameter"))


def to_latex(fit: Solution) -> str:
    """A tabular of values and errors, to two digits of the error."""
    rows = []
    for name, value, error in zip(fit.names, fit.values, fit.errors, strict=True):
        text = f"{value + 0.0:.10g} (fixed)" if name in fit.fixed else _in_math(rounded(value, error))
        rows.append(f"{_SPECIAL.sub(_BACKSLASHED, name)} & {text} \\\\")
    quality = f"$\\chi^2$, $\\nu$ & {_in_math(f'{fit.chi_square:.4g}')}, {fit.degrees_of_freedom} \\\\"
    head = ["\\begin{tabular}{lr}", "\\hline", "parameter & value \\\\", "\\hline"]
    return "\n".join([*head, *rows, "\\hline", quality, "\\hline", "\\end{tabular}"])


def _in_math(text: str) -> str:
    """``(5.502 ± 0.073)e-04`` and its like in LaTeX."""
    text = text.replace("±", "\\pm").replace("inf", "\\infty")
    return "$" + re.sub(r"e([-+]\d+)", lambda power: f" \\times 10^{{{int(power[1])}}}", text) + "$"


# ---- pickles


def check_picklable(functions: Mapping[str, Callable[..., Any] | None]) -> None:
    """Raise TypeError, with a way out, for functions that pickle finds by no name; cloudpickle and dill take any."""
    if _pickles_by_value():
        return
    for argument, function in functions.items():
        if not isinstance(function, FunctionType):
            continue
        found: Any = sys.modules.get(function.__module__)
        for part in function.__qualname__.split("."):
            found = getattr(found, part, None)
        if found is not function:
            raise TypeError(
                f"the fit cannot be pickled, as {argument} {function.__name__!r} is a lambda or was defined within "
                "another function: define it with def at the top of a module, use cloudpickle, or keep the fit with "
                "to_json() and minpack.restore"
            )


def _pickles_by_value() -> bool:
    depth = 1
    while True:
        try:
            frame = sys._getframe(depth)
        except ValueError:
            return False
        if {"cloudpickle", "dill"} & set(str(frame.f_globals.get("__name__", "")).split(".")):
            return True
        depth += 1
