"""Options of a fit besides functions and data: tolerances, limits, scales, constants, workers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from .arrays import brief, check_callable, check_choice, is_number, is_whole, real_array

TOLERANCE = 1.49012e-8
GTOL = 0.0
MAXFEV, FACTOR, REFERENCE = 0, 100, "scipy"

# The keywords of a fit, which the extension's Settings take and check.
OPTIONS = ("ftol", "xtol", "gtol", "maxfev", "epsfcn", "factor", "diag", "reference")


def options_of(caller: str, options: Mapping[str, Any], of_bounded: Sequence[str], *others: str) -> dict[str, Any]:
    """Pick the keywords of a fit by "lm", with an error for those of other methods; `others` are the caller's own."""
    for name in options:
        if name in of_bounded and name not in (*OPTIONS, *others):
            instead = "use maxfev, or method='trf'" if name == "max_nfev" else "pass method='trf'"
            raise TypeError(f"{caller} got {name!r}, which method 'lm' does not have: {instead}")
    refuse_unknown(caller, options, (*OPTIONS, *others))
    return {name: value for name, value in options.items() if name not in others}


def refuse_unknown(caller: str, options: Iterable[str], known: Sequence[str]) -> None:
    """Raise TypeError for a keyword that is not known."""
    for name in options:
        if name not in known:
            raise TypeError(
                f"{caller} got an unexpected keyword argument {name!r}; its options are {', '.join(known)}"
                f"{instead_of(name, known)}"
            )


def options_of_bounded(
    caller: str, method: str, options: Mapping[str, Any], known: Sequence[str]
) -> dict[str, Any]:
    """The keywords of a fit by "trf" or "dogbox", which also knows max_nfev as maxfev."""
    for name in options:
        if name not in known and name != "maxfev":
            raise TypeError(
                f"{caller} got {name!r}, which method {method!r} does not have; its options are {', '.join(known)}"
            )
    if "maxfev" in options and "max_nfev" in options:
        raise TypeError(f"{caller} takes maxfev or max_nfev, which are the same, not both")
    return {"max_nfev" if name == "maxfev" else name: value for name, value in options.items()}


def checked_limits(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options without a `maxfev` that is None, which is the default, as 0 is.

    Raises an error for tolerances, limits and scales that mean nothing, where nobody promises SciPy's answer to them.
    """
    for name in ("ftol", "xtol", "gtol", "factor", "maxfev", "max_nfev"):
        value = options.get(name)
        if value is None:  # the usual case
            continue
        if isinstance(value, (bool, np.bool_)):
            raise TypeError(f"{name} must be a number; got {value!r}")
        if not is_number(value):  # which is refused where it is taken
            continue
        if name == "maxfev" and not is_whole(value):
            raise TypeError(f"maxfev must be an integer; got {value!r}")
        if name == "factor" and not 0.0 < value < np.inf:
            raise ValueError(f"factor must be positive and finite; got {value!r}")
        if not value >= 0:
            raise ValueError(f"{name} must be a number that is not negative; got {value!r}")
    diag = options.get("diag")
    if diag is not None:
        scales = real_array("diag", diag)
        if not ((scales > 0.0) & (scales < np.inf)).all():
            raise ValueError(f"diag must be positive and finite; got {brief(diag)}")
    return {name: value for name, value in options.items() if name != "maxfev" or value is not None}


def asks_for_minimum(tolerances: Iterable[float], defaults: Iterable[float]) -> bool:
    """Whether no tolerance is wider than its default, so that an end away from the minimum was not asked for."""
    return all(given <= default for given, default in zip(tolerances, defaults, strict=True))


# What other packages call things, and what says the same here.
_ELSEWHERE = {
    "weights": "sigma=1/weights, one standard deviation per point", "Dfun": "jac", "tol": "ftol",
    **dict.fromkeys(("max_nfev", "maxiter", "max_iter"), "maxfev"),
    **dict.fromkeys(("yerr", "dy", "err"), "sigma"), **dict.fromkeys(("guess", "x0", "params", "start"), "p0"),
}  # fmt: skip


def instead_of(name: str, known: Sequence[str]) -> str:
    """The option that was meant, as far as one can tell."""
    import difflib  # which takes longer to load than all the rest

    if name in _ELSEWHERE:
        return f": use {_ELSEWHERE[name]}"
    arguments = ("sigma", "absolute_sigma", "p0", "jac", "fixed", "tied", "bounds", "method", "loss", "nan_policy")
    nearest = difflib.get_close_matches(name, (*known, *arguments), n=1)
    return f": did you mean {nearest[0]!r}?" if nearest else ""


def check_callback(callback: Any) -> None:
    check_callable("callback", callback, optional=True)


def check_nan_policy(nan_policy: Any) -> None:
    check_choice("nan_policy", nan_policy, (None, "raise", "omit"))


def check_functions(functions: Any, engine: str) -> None:
    """Raise ValueError unless elementary functions are known, and the engine compiles the model."""
    if functions is not None and engine != "numba":
        raise ValueError(
            f"functions must be None with engine={engine!r}, which calls f as it is; got {functions!r}: import the "
            "functions that f calls from minpack.functions"
        )
    check_choice("functions", functions, (None, "minpack", "native"))


def is_number_of_workers(workers: Any) -> bool:
    """Whether a value is a positive integer, or -1 for one worker per core."""
    return is_whole(workers) and bool(workers >= 1 or workers == -1)


def check_workers(workers: Any) -> None:
    if not callable(workers) and not is_number_of_workers(workers):
        raise ValueError(f"workers must be a positive integer, -1 (one per core) or callable; got {workers!r}")
