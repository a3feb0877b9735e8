"""How many fits are to be made: their method, and what goes with it, the same for all; and their bounds."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .arrays import check_choice, real_number, shapes_text
from .bounds import UNBOUNDED, in_tuples, is_bounded, lower_and_upper
from .compiled import is_compiled
from .least_squares import LOSSES, METHODS, check_tolerances, is_linear, scale_of, scale_of_residuals, tolerances_of
from .settings import FACTOR, GTOL, OPTIONS, REFERENCE, TOLERANCE, asks_for_minimum, checked_limits, refuse_unknown

_Array = NDArray[np.float64]
_Names = Callable[[], Sequence[str]]

_TOLERANCES = {"lm": (TOLERANCE, TOLERANCE, GTOL), "trf": (1e-8, 1e-8, 1e-8), "dogbox": (1e-8, 1e-8, 1e-8)}
_ONLY_LM = {"epsfcn": None, "factor": FACTOR, "diag": None, "reference": REFERENCE}
_ONLY_BOUNDED = {"loss": "linear", "f_scale": 1.0, "x_scale": None}
MANY_OPTIONS = (*OPTIONS, "bounds", "method", *_ONLY_BOUNDED)


@dataclass(eq=False)
class Plan:
    """The keywords of the extension's Settings, the bounds, what to warn of, and a loss that is a function."""

    settings: Mapping[str, Any]  # nobody may change it, as plans are kept
    lower: _Array | None = None
    upper: _Array | None = None
    warnings: Sequence[str] = ()
    loss: Any = None
    made: Any = None  # the extension's Settings, once somebody has made them

    @cached_property
    def asks_for_minimum(self) -> bool:
        """Whether the tolerances do not ask for an end somewhere near the minimum."""
        settings = self.settings
        tolerances = settings["ftol"], settings["xtol"], settings["gtol"]
        return asks_for_minimum(tolerances, _TOLERANCES[settings.get("method", "lm")])


def bounds_of_many(
    bounds: Any, lead: tuple[int, ...], n: int, names: _Names | None = None
) -> tuple[_Array, _Array]:
    """Both bounds, each (n,) for all fits or (count, n); errors name the parameter, or give its number."""
    both = []
    for bound in lower_and_upper(bounds):
        if bound.ndim == 0:
            bound = np.full(n, bound)
        if bound.shape not in ((n,), (*lead, n)):
            raise ValueError(
                f"each of the bounds must be a number or have shape {shapes_text(lead, n)}; got shape {bound.shape}"
            )
        both.append(np.ascontiguousarray(bound if bound.ndim == 1 else bound.reshape(math.prod(lead), n)))
    lower, upper = both
    wrong = ~(lower < upper)
    if lower.ndim == 1 and upper.ndim == 1 and wrong.any():  # of one fit among many it is a status
        j = int(np.argmax(wrong))
        raise ValueError(
            "Each lower bound must be strictly less than each upper bound. "
            f"Parameter {j if names is None else repr(names()[j])} has bounds {lower[j]} and {upper[j]}."
        )
    return lower, upper


def plan_of_many(
    caller: str, lead: tuple[int, ...], n: int, options: Mapping[str, Any], names: _Names | None = None
) -> Plan:
    """Check the options of fits of n parameters."""
    given = options.get("bounds", UNBOUNDED)
    bounds = in_tuples(given)
    if bounds is not None and isinstance(options.get("loss", "linear"), str):
        try:
            return _kept_plan(caller, lead, n, **(options if bounds is given else {**options, "bounds": bounds}))
        except (TypeError, ValueError):  # an option that is an array, or a wrong one, which raises again
            pass
    return _plan(caller, lead, n, options, names)


@lru_cache(typed=True)
def _kept_plan(caller: str, lead: tuple[int, ...], n: int, **options: Any) -> Plan:
    return _plan(caller, lead, n, options, None)


def _plan(
    caller: str, lead: tuple[int, ...], n: int, options: Mapping[str, Any], names: _Names | None
) -> Plan:
    refuse_unknown(caller, options, MANY_OPTIONS)
    options = checked_limits(options)
    lower, upper = bounds_of_many(options.get("bounds", UNBOUNDED), lead, n, names)
    method = _method_of(options.get("method"), is_bounded(lower, upper), options.get("loss", "linear"))
    settings = {name: value for name, value in options.items() if name not in ("bounds", "method")}
    for name, default in (_ONLY_BOUNDED if method == "lm" else _ONLY_LM).items():
        value = settings.pop(name, default)
        if isinstance(value, np.ndarray) or value != default:
            other = "pass method='trf'" if method == "lm" else "it is one of method 'lm'"
            raise TypeError(f"{caller} got {name!r}, which method {method!r} does not have: {other}")
    for name, default in zip(("ftol", "xtol", "gtol"), _TOLERANCES[method], strict=True):
        if settings.get(name) is None:
            settings[name] = default
    if settings.get("epsfcn") is not None:  # a number that can be compared and kept, not an array of one
        settings["epsfcn"] = real_number("epsfcn", settings["epsfcn"])
    if method == "lm":
        return Plan(settings)
    loss, x_scale = settings.get("loss", "linear"), settings.get("x_scale")
    tolerances, warnings = tolerances_of(**{name: settings[name] for name in ("ftol", "xtol", "gtol")})
    check_tolerances(method, tolerances)
    own = None if isinstance(loss, str) else loss
    settings |= {
        "method": method, "loss": loss if own is None else "callable", **tolerances,
        "f_scale": scale_of_residuals(settings.get("f_scale", 1.0), loss),
        "x_scale": scale_of(1.0 if x_scale is None else x_scale, np.empty(n)),
    }  # fmt: skip
    return Plan(settings, lower, upper, warnings, own)


def _method_of(method: Any, bounded: bool, loss: Any) -> str:
    if not (callable(loss) or is_compiled(loss)):
        check_choice("loss", loss, LOSSES)
    if method is None:
        return "lm" if not bounded and is_linear(loss) else "trf"
    check_choice("method", method, METHODS)
    if method == "lm" and bounded:
        raise ValueError("method must be 'trf' or 'dogbox' if there are bounds; got 'lm'")
    return str(method)
