"""The stand-ins for SciPy's functions: they call minpack, or SciPy for what minpack cannot serve.

They look like SciPy's, and call the user's functions as often as SciPy does.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from time import perf_counter
from types import FunctionType
from typing import Any, cast

import numpy as np

from .._api import least_squares as least_squares_api
from .._api.curve_fit import answer as curve_answer
from .._api.curve_fit import answer_bounded, plan_of, prepare, prepare_bounded
from .._api.leastsq import DEFAULTS, answer
from .._engine.differences import NotDenseError
from .._engine.single import BY_COLUMNS, BY_SHAPE, Settings, solve_residuals
from .._input.arrays import as_array, as_floats
from .._input.bounds import UNBOUNDED
from .._input.settings import FACTOR, GTOL, MAXFEV, TOLERANCE
from .._results.warnings import warn
from .calls import Counter

Function = Callable[..., Any]

# SciPy's curve_fit calls leastsq and least_squares from here: that is part of a call that was passed on already.
_HOME = "scipy.optimize._minpack_py"
_REFUSED = "arguments that minpack refuses"
_REFUSALS = (TypeError, ValueError, RuntimeError)
_CURVE_OPTIONS = {"ftol", "xtol", "gtol", "maxfev", "epsfcn", "factor", "diag", "col_deriv"}


class PassOn(Exception):
    """Minpack cannot serve this call; the text says why.

    `changed` are other arguments for SciPy's function, if something was evaluated already.
    """

    def __init__(self, why: str, changed: tuple[tuple[Any, ...], dict[str, Any]] | None = None) -> None:
        super().__init__(why)
        self.changed = changed


class Switch:
    """Whether stand-ins call minpack, and what they have counted."""

    def __init__(self) -> None:
        self.is_on = False
        self.counter = Counter()

    def serve(self, name: str, scipys: Function, ours: Callable[[], Any], args: tuple[Any, ...], kwargs: Any) -> Any:
        """A call: by `ours`, or by SciPy with args and kwargs if `ours` raises PassOn."""
        caller = sys._getframe(2).f_globals.get("__name__", "?")
        if not self.is_on or caller == _HOME:
            return scipys(*args, **kwargs)
        why, begin = "", perf_counter()
        try:
            try:
                return ours()
            except PassOn as reason:
                why = str(reason)
                args, kwargs = reason.changed or (args, kwargs)
            return scipys(*args, **kwargs)
        finally:
            self.counter.add(name, caller, why, perf_counter() - begin)


def _like(scipys: Function, stand_in: Function) -> Function:
    """Give a stand-in the name, docstring, attributes and signature of SciPy's function."""
    cast(FunctionType, wraps(scipys)(stand_in)).__defaults__ = scipys.__defaults__
    return stand_in


def leastsq_for(scipys: Function, switch: Switch) -> Function:
    def leastsq(
        func: Any, x0: Any, args: Any = (), Dfun: Any = None, full_output: Any = False, col_deriv: Any = False,
        ftol: Any = TOLERANCE, xtol: Any = TOLERANCE, gtol: Any = GTOL, maxfev: Any = MAXFEV, epsfcn: Any = None,
        factor: Any = FACTOR, diag: Any = None,
    ) -> Any:  # fmt: skip
        options = (ftol, xtol, gtol, maxfev, epsfcn, factor, diag)
        return switch.serve(
            "leastsq", scipys, lambda: _leastsq(func, x0, args, Dfun, full_output, col_deriv, options),
            (func, x0, args, Dfun, full_output, col_deriv, *options), {},
        )  # fmt: skip

    return _like(scipys, leastsq)


def _leastsq(
    func: Function, x0: Any, args: Any, Dfun: Function | None, full_output: bool, col_deriv: bool, options: Any
) -> Any:
    """SciPy calls func twice, and Dfun once, to see what they return, before MINPACK does."""
    if not isinstance(args, tuple):
        args = (args,)
    try:
        settings = _settings(options)
        given = as_array("x0", x0).flatten()
        start = given.copy() if given.dtype == np.float64 else given.astype(np.float64, casting="safe")
        improper = start.size == 0 or _is_improper(*options)
    except (TypeError, ValueError):
        raise PassOn(_REFUSED) from None
    func(given, *args)
    if Dfun is not None:
        Dfun(given.copy(), *args)
    if not improper:  # if it is, MINPACK does not call func, but minpack does
        func(start.copy(), *args)
    layout = BY_COLUMNS if col_deriv and Dfun is not None else BY_SHAPE
    fit = solve_residuals(func, start, args, settings, dfun=Dfun, layout=layout, full=bool(full_output))
    return answer(fit, settings, full_output, with_dfun=Dfun is not None)


def _settings(options: Any) -> Settings:
    ftol, xtol, gtol, maxfev, epsfcn, factor, diag = options
    if (
        diag is None and epsfcn is None and type(maxfev) is int and maxfev == MAXFEV and ftol == TOLERANCE
        and xtol == TOLERANCE and gtol == GTOL and factor == FACTOR
    ):  # fmt: skip
        return DEFAULTS
    return Settings(*options)


def _is_improper(ftol: Any, xtol: Any, gtol: Any, maxfev: Any, epsfcn: Any, factor: Any, diag: Any) -> bool:
    if ftol < 0 or xtol < 0 or gtol < 0 or factor <= 0:
        return True
    return diag is not None and bool((as_floats("diag", diag) <= 0).any())


def curve_fit_for(scipys: Function, switch: Switch) -> Function:
    def curve_fit(
        f: Any, xdata: Any, ydata: Any, p0: Any = None, sigma: Any = None, absolute_sigma: Any = False,
        check_finite: Any = None, bounds: Any = UNBOUNDED, method: Any = None, jac: Any = None, *,
        full_output: Any = False, nan_policy: Any = None, **kwargs: Any,
    ) -> Any:  # fmt: skip
        args = (f, xdata, ydata, p0, sigma, absolute_sigma, check_finite, bounds, method, jac)
        return switch.serve(
            "curve_fit", scipys, lambda: _curve_fit(*args, nan_policy, full_output, kwargs),
            args, {"full_output": full_output, "nan_policy": nan_policy, **kwargs},
        )  # fmt: skip

    return _like(scipys, curve_fit)


def _curve_fit(
    f: Function, xdata: Any, ydata: Any, p0: Any, sigma: Any, absolute_sigma: bool, check_finite: Any, bounds: Any,
    method: Any, jac: Any, nan_policy: Any, full_output: bool, kwargs: dict[str, Any],
) -> Any:  # fmt: skip
    said: list[str] = []
    try:
        plan = plan_of(f, p0, bounds, method)
        if plan.method == "lm":
            if not kwargs.keys() <= _CURVE_OPTIONS:
                raise PassOn(_REFUSED)
            run, settings = prepare(f, xdata, ydata, plan, sigma, absolute_sigma, check_finite, jac, nan_policy, kwargs)
        else:
            _pass_on_lsmr(kwargs.get("tr_solver"))
            solve = prepare_bounded(said.append, f, xdata, ydata, plan, sigma, check_finite, jac, nan_policy, kwargs)
    except _REFUSALS:
        raise PassOn(_REFUSED) from None
    if plan.method == "lm":
        return curve_answer(run(), settings, full_output, with_jac=jac is not None)
    _warn(said)
    return answer_bounded(solve(), list, absolute_sigma, full_output, doubt=False)


def _pass_on_lsmr(tr_solver: Any) -> None:
    """SciPy's iterative solver takes other steps than exact ones."""
    if isinstance(tr_solver, str) and tr_solver == "lsmr":
        raise PassOn("tr_solver='lsmr'")


def _warn(said: list[str]) -> None:
    for words in said:
        warn(words, UserWarning)


def least_squares_for(scipys: Function, switch: Switch) -> Function:
    def least_squares(*args: Any, **kwds: Any) -> Any:
        return switch.serve("least_squares", scipys, lambda: _least_squares(args, kwds), args, kwds)

    return _like(scipys, least_squares)


def _least_squares(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    said: list[str] = []
    try:
        solve = least_squares_api.prepare(said.append, *args, **kwargs)
    except _REFUSALS:
        raise PassOn(_REFUSED) from None
    if solve is None:
        raise PassOn("jac_sparsity")
    _pass_on_lsmr(_given(12, "tr_solver", args, kwargs))
    _warn(said)
    try:
        return least_squares_api.result_of(solve())
    except NotDenseError as error:
        if _given(4, "method", args, kwargs) == "lm":
            raise
        known = [
            (0, "fun", _Known(_given(0, "fun", args, kwargs), error.x, error.residuals)),
            (2, "jac", _Known(_given(2, "jac", args, kwargs), error.x, error.jacobian)),
        ]
        raise PassOn(f"jac returns {error.kind}", _with(known, args, kwargs)) from None


class _Known:
    """A function whose value at the first point is known, so that it is not called there once more."""

    def __init__(self, function: Function, x: Any, value: Any) -> None:
        self.function, self.known = function, [(x, value)]

    def __call__(self, x: Any, *args: Any, **kwargs: Any) -> Any:
        if self.known:
            known_x, value = self.known.pop()
            if np.array_equal(x, known_x):
                return value
        return self.function(x, *args, **kwargs)


def _given(position: int, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return args[position] if position < len(args) else kwargs.get(name)


def _with(
    changes: list[tuple[int, str, Any]], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of a call, some of them replaced."""
    positional, named = list(args), dict(kwargs)
    for position, name, value in changes:
        if position < len(args):
            positional[position] = value
        else:
            named[name] = value
    return tuple(positional), named
