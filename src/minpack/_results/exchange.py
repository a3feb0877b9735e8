"""Fits in other forms: dicts and JSON, tables of pandas and LaTeX, pickles."""

from __future__ import annotations

import dataclasses
import json
import re
import sys
from collections.abc import Mapping
from types import FunctionType
from typing import Any

import numpy as np

from .._names import called
from .._optional import needed
from .intervals import Repeatable
from .report import rounded
from .synonyms import Synonyms
from .words import Finding

FORMAT = "minpack.Fit/1"
_SPECIAL, _BACKSLASHED = re.compile(r"[_&%$#{}]"), r"\\\g<0>"  # in LaTeX
_FUNCTIONS = ("f", "jac", "repeat", "predictors", "remarks")  # and what else has a form of its own


class Absent:
    """In the place of a function that a fit was restored without."""

    def __init__(self, name: str, joined: Mapping[str, Any] | None = None) -> None:
        self.__name__, self.joined, self.f = name, joined, self  # to be saved again

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise ValueError(
            f"the fit was restored without its function {self.__name__!r}: pass it, as in restore(saved, f=...)"
        )

    def __repr__(self) -> str:
        return f"<function {self.__name__}, absent>"


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Saved(Repeatable, Synonyms):
    """A solution that can be kept and shown elsewhere."""

    def to_dict(self) -> dict[str, Any]:
        """Give all that the fit has, except its functions, as a dict for `minpack.restore`.

        Returns
        -------
        dict
            Dicts, lists, strings and numbers; "parameters" has values and errors by name. Arrays are dicts of dtype,
            shape and values. `xdata` that is no array of numbers is left out.

        Examples
        --------
        >>> import minpack
        >>> fit = minpack.fit(lambda x, slope: slope * x, [1.0, 2.0, 3.0], [2.1, 3.9, 6.0])
        >>> round(fit.to_dict()["parameters"]["slope"]["value"], 4)
        1.9929
        """
        fields = {field.name: encoded(getattr(self, field.name))
                  for field in dataclasses.fields(self) if field.name not in _FUNCTIONS}  # fmt: skip
        f: Any = self.f
        joined = getattr(f, "joined", None)  # one model of several data sets
        f = f if joined is None else f.f
        origin = getattr(self.predictors, "origin", None)
        errors = dict(zip(self.names, self.errors.tolist(), strict=True))
        return {
            "format": FORMAT,
            "model": {"name": called(self.f), "formula": formula_of(f), "jac": self.jac is not None,
                      "loss": None if isinstance(self.loss, str) else called(self.loss),
                      "predictors": list(getattr(f, "predictors", ())), "kind": type(self).__name__,
                      "joined": joined, "knows": knowledge_of(f)},
            "x": {"origin": None if origin is None else str(origin),
                  "integers": bool(getattr(self.predictors, "integers", False))},
            "remarks": [[kind, list(names), {name: encoded(value) for name, value in numbers.items()}]
                        for kind, names, numbers in self.remarks],
            "parameters": {name: {"value": number(self[name]), "error": number(errors[name])} for name in self.names},
            "fields": fields,
        }  # fmt: skip

    def to_json(self, *, indent: int | None = None) -> str:
        """Write `to_dict` as JSON, without NaN or infinity, which are strings.

        Parameters
        ----------
        indent : int, optional
            As of ``json.dumps``.

        Returns
        -------
        str
            For `minpack.restore`.

        Examples
        --------
        >>> import minpack
        >>> fit = minpack.fit(lambda x, slope: slope * x, [1.0, 2.0, 3.0], [2.1, 3.9, 6.0])
        >>> minpack.restore(fit.to_json())
        Fit(slope = 1.993 ± 0.026)
        """
        return json.dumps(self.to_dict(), allow_nan=False, indent=indent)

    def to_dataframe(self, level: float = 0.95) -> Any:
        """Make a table of the parameters; needs pandas.

        Parameters
        ----------
        level : float, optional
            The probability of the intervals.

        Returns
        -------
        pandas.DataFrame
            One row per parameter: value, error, lower and upper end of the interval, and whether it was held.

        Raises
        ------
        ImportError
            If pandas is not installed.
        ValueError
            If `level` is not between 0 and 1.

        Examples
        --------
        >>> fit.to_dataframe().to_excel("fit.xlsx")  # doctest: +SKIP
        """
        pd = needed("to_dataframe", "pandas", "pandas")
        low, high = self.confidence_intervals(level).T
        columns = {"value": self.values, "error": self.errors, "lower": low, "upper": high,
                   "fixed": [name in self.fixed for name in self.names]}  # fmt: skip
        return pd.DataFrame(columns, index=pd.Index(self.names, name="parameter"))

    def to_latex(self) -> str:
        """Write a table of the parameters in LaTeX.

        Returns
        -------
        str
            A tabular, each value to two digits of its error.

        Examples
        --------
        >>> import minpack
        >>> fit = minpack.fit(lambda x, slope: slope * x, [1.0, 2.0, 3.0], [2.1, 3.9, 6.0])
        >>> print(fit.to_latex().splitlines()[4])
        slope & $1.993 \\pm 0.026$ \\\\
        """
        rows = []
        for name, value, error in zip(self.names, self.values, self.errors, strict=True):
            text = f"{value + 0.0:.10g} (fixed)" if name in self.fixed else _in_math(rounded(value, error))
            rows.append(f"{_SPECIAL.sub(_BACKSLASHED, name)} & {text} \\\\")
        quality = f"$\\chi^2$, $\\nu$ & {_in_math(f'{self.chi_square:.4g}')}, {self.degrees_of_freedom} \\\\"
        head = ["\\begin{tabular}{lr}", "\\hline", "parameter & value \\\\", "\\hline"]
        return "\n".join([*head, *rows, "\\hline", quality, "\\hline", "\\end{tabular}"])

    def __reduce_ex__(self, protocol: Any) -> Any:
        _check_picklable({"f": self.f, "jac": self.jac, "loss": self.loss})
        return super().__reduce_ex__(protocol)


# ---- dicts and JSON


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
    if hasattr(value, "xs") and hasattr(value, "sizes"):  # those of several data sets
        return encoded(value.xs)
    if hasattr(value, "__array__") and not hasattr(value, "columns"):  # a table is used by its names
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
    """The model, and the fields of a fit, from a dict or JSON; ValueError if it is neither, or was changed."""
    if isinstance(saved, (str, bytes)):
        try:
            saved = json.loads(saved)
        except ValueError as error:
            file = "" if saved[:1] in ("{", b"{") else "; of a file, pass what is in it, Path(name).read_text()"
            raise ValueError(f"saved must be JSON that Fit.to_json made: {error}{file}") from error
    if not isinstance(saved, Mapping) or saved.get("format") != FORMAT:
        found = saved.get("format") if isinstance(saved, Mapping) else type(saved).__name__
        raise ValueError(f"saved must be what Fit.to_dict or to_json made, of format {FORMAT!r}; got {found!r}")
    try:
        fields = {name: decoded(value) for name, value in saved["fields"].items()}
        fields["remarks"] = tuple(
            Finding(kind, tuple(names), {name: decoded(value) for name, value in numbers.items()})
            for kind, names, numbers in saved["remarks"]
        )
        _check_sizes(fields)
        return {**saved["model"], "x": saved["x"]}, fields
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise damaged(error) from error


def damaged(error: Exception) -> ValueError:
    what = f"{type(error).__name__}: {error}"
    return ValueError(f"saved must be as Fit.to_dict or to_json made it; it was changed: {what}")


def _check_sizes(fields: Mapping[str, Any]) -> None:
    names, m = fields["names"], np.size(fields["ydata"])
    if not all(isinstance(name, str) for name in names) or len(set(names)) < len(names):
        raise ValueError(f"names {names!r}")
    n = len(names)
    vectors = {"values": n, "start": n, "lower": n, "upper": n, "residuals": m, "weighted_residuals": m}
    for name, shape in {"covariance": (n, n), **{name: (size,) for name, size in vectors.items()}}.items():
        found = np.asarray(fields[name])
        if found.shape != shape or found.dtype.kind not in "biuf":
            raise ValueError(f"{name} of shape {found.shape} and dtype {found.dtype}, not {shape}")


# ---- LaTeX and pickles


def _in_math(text: str) -> str:
    """``(5.502 ± 0.073)e-04`` and its like in LaTeX."""
    text = text.replace("±", "\\pm").replace("inf", "\\infty")
    return "$" + re.sub(r"e([-+]\d+)", lambda power: f" \\times 10^{{{int(power[1])}}}", text) + "$"


def _check_picklable(functions: Mapping[str, Any]) -> None:
    """Raise TypeError, with a way out, for functions that pickle finds by no name; others take any."""
    if _pickles_by_value():
        return
    for argument, function in functions.items():
        while (within := getattr(function, "func", None) or getattr(function, "f", None)) not in (None, function):
            function = within  # of partial, of residuals, or of several data sets
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
        if {"cloudpickle", "copy", "dill"} & set(str(frame.f_globals.get("__name__", "")).split(".")):
            return True
        depth += 1
