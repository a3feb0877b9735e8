"""Whether a model gives the same values for many fits at once as for each on its own."""

from __future__ import annotations

import ctypes
from types import FunctionType
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from .numba import NumbaProblem
from .problems import CurveProblem
from .references import python_function, renewed
from .remembered import known_at, known_of

_Array = NDArray[np.float64]

_ROWS = 3
_CLOSER = 0.01  # so much nearer to 0 is each row than the one before: rows that are the same would hide a mixture
# What rounding may make of a value, relative to it and to the largest; of 32-bit floats the square root is more.
_OF_THE_VALUE, _OF_THE_LARGEST = 0.5, 1e4


def known_near(known: dict[Any, Any], problem: CurveProblem | NumbaProblem, start: _Array) -> dict[Any, Any]:
    """Room in what is known of a function for what is so at the data and the starts at which minpack looks first."""
    x = problem.xdata
    if start.ndim == 1 and not problem.x_per_fit:
        return known_at(known, start, x)
    fits = _fits(problem.count)
    return known_at(known, start if start.ndim == 1 else start[fits], x[fits] if problem.x_per_fit else x)


def why_not_rows(problem: CurveProblem, start: _Array, m: int, known: dict[Any, Any]) -> str | None:
    """Why a model cannot evaluate many fits at once, or None if it can, or fails on its own as well.

    `known` has what is known of it near the start.
    """
    what, n = ("rows", problem.x_per_fit, m), start.shape[-1]
    evaluations: list[tuple[str, Any, dict[Any, Any]]] = [("values", problem.f, known)]
    if problem.has_jacobian:
        evaluations.append(("jacobians", problem.jac, known_near(known_of(problem.jac), problem, start)))
    for evaluation, function, known_of_it in evaluations:
        if what in known_of_it or problem.is_pointwise(function, n):
            continue
        points, fits = _points(problem.count, start, m)
        each = problem.fit_by_fit()
        with np.errstate(all="ignore"):
            try:
                alone = np.array(getattr(each, evaluation)(points, fits, m))
            except Exception:  # a model that is written for rows, or wrong: then its error comes from the fit
                return None
            try:
                together = getattr(problem, evaluation)(points.copy(), fits, m)
            except Exception as error:
                return f"it raises {type(error).__name__}: {error}"
        if not _agree(together, alone):
            return "a value depends on other points, and so on other fits"
        known_of_it[what] = True
    return None


def check_compiled_model(problem: NumbaProblem, start: _Array, m: int, known: dict[Any, Any]) -> None:
    """Raise ValueError if a compiled model of one point does not give what the Python function does for all points.

    A function that takes numbers only has nothing to compare with.
    """
    address, how = problem.calls
    what = "numbers", address, problem.x_per_fit, m
    if what in known:  # what it is made of is no proof: numba's integers overflow, and it adds conditions as integers
        return
    points, fits = _points(problem.count, start, m)
    # its inner functions as Python, too: those that numba compiled before may have old values
    python = renewed(cast(FunctionType, python_function(problem.f)), lambda **_: lambda function: function)
    each = CurveProblem(python, None, problem.xdata, problem.x_per_fit, problem.count, vectorized=False)
    double = ctypes.POINTER(ctypes.c_double)
    prototype = ctypes.CFUNCTYPE(ctypes.c_int, double, ctypes.c_int, ctypes.c_int, double, double)
    compiled = prototype(address)
    for k, fit in enumerate(fits):
        x = problem.xdata[fit] if problem.x_per_fit else problem.xdata
        value = np.empty((1 + points.shape[1] * how["together"], m))[0]  # derivatives behind it
        with np.errstate(all="ignore"):
            try:
                expected = each.values(points[k : k + 1], fits[k : k + 1], m)[0]
            except Exception:
                return
        stop = compiled(*(a.ctypes.data_as(double) if isinstance(a, np.ndarray) else a
                          for a in (x, m, points.shape[1], points[k], value)))  # fmt: skip
        if stop == 0 and not _agree(value[np.newaxis], expected[np.newaxis]):
            raise ValueError(
                "f must give at each point a value that does not depend on the other points, as engine='numba' calls "
                f"it with one point at a time; {python.__name__!r} gives other values for all points at once: use "
                "engine='numpy', or pass vectorized=True if the compiled values are the right ones"
            )
    known[what] = True


def _fits(count: int) -> NDArray[np.intp]:
    return np.array([k * (count - 1) // (_ROWS - 1) for k in range(_ROWS)], dtype=np.intp)


def _points(count: int, start: _Array, m: int) -> tuple[_Array, NDArray[np.intp]]:
    """Different points near the starts of some of the fits, and which these are: not m, or rows could be columns."""
    fits = _fits(count)
    if m == _ROWS:
        fits = np.append(fits, fits[-1])
    points = np.array(start[fits] if start.ndim == 2 else np.tile(start, (len(fits), 1)))
    for k in range(1, len(fits)):
        points[k] = np.where(points[k] == 0.0, k * _CLOSER, (1.0 - k * _CLOSER) * points[k])
    return points, fits


def _agree(found: _Array, expected: _Array) -> bool:
    """Whether rows of values are the same except for rounding."""
    if (found == expected).all():  # mostly
        return True
    eps = float(np.finfo(np.float64).eps)
    size = np.abs(expected).reshape(len(expected), -1)
    largest = np.max(size, axis=1, initial=0.0, where=np.isfinite(size)).reshape(-1, *[1] * (expected.ndim - 1))
    return bool(np.isclose(
        found, expected, rtol=eps**_OF_THE_VALUE, atol=_OF_THE_LARGEST * eps * largest, equal_nan=True
    ).all())  # fmt: skip
