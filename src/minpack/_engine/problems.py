"""What a batch evaluates: models of arrays, functions of rows, compiled functions.

A problem evaluates and knows nothing of the algorithm. All have `count`, `has_jacobian` and `part`, which takes some of
the fits. Those of arrays have `values` and `jacobians` at many points at once; those that are compiled have
`addresses`, which the extension calls, `context`, and `per_fit`: whether the context has a row per fit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .remembered import known_at

_Array = NDArray[np.float64]


class Addresses(NamedTuple):
    """Where compiled functions are, None for those that there are not.

    `jac` gives the Jacobian; `moved`, for forward differences and called with -n, what `func` gives at n points with
    one parameter moved.
    """

    func: int
    jac: int | None = None
    moved: int | None = None


@dataclass(eq=False)  # frozen ones take more time to make
class CurveProblem:
    """A model f(x, *params) of arrays: parameters come as columns, one row per point wanted.

    If it is not vectorized, it is called for each point with numbers, as a single fit calls it.
    """

    f: Callable[..., ArrayLike]
    jac: Callable[..., Any] | None
    xdata: Any
    x_per_fit: bool
    count: int
    vectorized: bool = True

    @property
    def has_jacobian(self) -> bool:
        return self.jac is not None

    def fit_by_fit(self) -> CurveProblem:
        """The same model, called for each point on its own."""
        return replace(self, vectorized=False)

    def part(self, rows: slice) -> CurveProblem:
        xdata = self.xdata[rows] if self.x_per_fit else self.xdata
        return replace(self, xdata=xdata, count=len(range(self.count)[rows]))

    def arguments(self, points: _Array, fits: NDArray[np.intp]) -> list[Any]:
        x = self.xdata
        if self.x_per_fit:
            x = x[fits]
            x.flags.writeable = False  # as the abscissae of all fits are
            if x.ndim == 3:  # predictors first, so that x[0] is the first one
                x = np.moveaxis(x, 1, 0)
        return [x, *points.T[:, :, np.newaxis]]  # (rows, 1) each

    def one_by_one(self, points: _Array, fits: NDArray[np.intp]) -> Iterator[list[Any]]:
        for point, fit in zip(points, fits, strict=True):
            yield [self.xdata[fit] if self.x_per_fit else self.xdata, *point]

    def values(self, points: _Array, fits: NDArray[np.intp], m: int) -> _Array:
        if self.vectorized:
            return _as_rows("f", self.f, self.f(*self.arguments(points, fits)), (len(points), m))
        out = np.empty((len(points), m))
        for row, arguments in zip(out, self.one_by_one(points, fits), strict=True):
            row[:] = _as_rows("f", self.f, self.f(*arguments), (m,))
        return out

    def jacobians(self, points: _Array, fits: NDArray[np.intp], m: int) -> _Array:
        assert self.jac is not None
        rows, n = points.shape
        if not self.vectorized:
            out = np.empty((rows, m, n))
            for row, arguments in zip(out, self.one_by_one(points, fits), strict=True):
                value = self.jac(*arguments)
                if isinstance(value, (tuple, list)) and len(value) == n:
                    value = np.stack([np.broadcast_to(column, m) for column in value], axis=-1)
                row[:] = _as_jacobian("jac", self.jac, value, (m, n))
            return out
        columns = self.jac(*self.arguments(points, fits))
        if not isinstance(columns, (tuple, list)):
            return _as_jacobian("jac", self.jac, columns, (rows, m, n))
        if len(columns) != n:
            raise ValueError(f"jac must return {n} derivatives, one per parameter; it returned {len(columns)}")
        out = np.empty((rows, m, n))
        for j, column in enumerate(columns):
            out[:, :, j] = _as_rows("jac", self.jac, column, (rows, m))
        return out


def first_value(
    f: Callable[..., ArrayLike], xdata: Any, x_per_fit: bool, start: _Array, vectorized: bool,
    look: Callable[[Any, Callable[[_Array], Any], _Array], bool],
) -> None:  # fmt: skip
    """Give `look` what a model returns where the first fit starts, a function of points, shape (k, n), and the start.

    Nothing is done if the model fails there, or returned plain doubles before of which there was nothing to say.
    """
    point = np.atleast_2d(start)[:1].copy()
    known, what = known_at(f, point, xdata[:1] if x_per_fit else xdata), ("doubles", x_per_fit, vectorized)
    if what in known:
        return
    problem = CurveProblem(f, None, xdata, x_per_fit, 1, vectorized)

    def arguments(points: _Array) -> Iterator[list[Any]]:
        fits = np.zeros(len(points), dtype=np.intp)
        return iter([problem.arguments(points, fits)]) if vectorized else problem.one_by_one(points, fits)

    def values(points: _Array) -> Any:
        rows = [f(*one) for one in arguments(points)]
        return rows[0] if vectorized else rows

    with np.errstate(all="ignore"):
        try:
            value = f(*next(arguments(point)))
        except Exception:  # the error comes from the fit
            return
    said = look(value, values, point[0])
    if not said and type(value) is np.ndarray and value.dtype == np.float64:
        known[what] = True


@dataclass(eq=False)  # frozen ones take more time to make
class GeneralProblem:
    """A function func(x, *args) of rows, and rows of args."""

    func: Callable[..., ArrayLike]
    dfun: Callable[..., ArrayLike] | None
    args: tuple[Any, ...]
    count: int

    @property
    def has_jacobian(self) -> bool:
        return self.dfun is not None

    def part(self, rows: slice) -> GeneralProblem:
        args = tuple(arg if arg.ndim == 0 else arg[rows] for arg in self.args)
        return replace(self, args=args, count=len(range(self.count)[rows]))

    def arguments(self, points: _Array, fits: NDArray[np.intp]) -> list[Any]:
        return [points, *(arg[()] if arg.ndim == 0 else arg[fits] for arg in self.args)]

    def values(self, points: _Array, fits: NDArray[np.intp], m: int) -> _Array:
        return _as_rows("func", self.func, self.func(*self.arguments(points, fits)), (len(points), m))

    def jacobians(self, points: _Array, fits: NDArray[np.intp], m: int) -> _Array:
        assert self.dfun is not None
        rows, n = points.shape
        return _as_jacobian("Dfun", self.dfun, self.dfun(*self.arguments(points, fits)), (rows, m, n))


@dataclass(eq=False)  # frozen ones take more time to make
class CompiledProblem:
    """Compiled functions, and the context of each fit, or one for all.

    `locate` finds the address of a function by its argument's name and itself: in the process in which it runs.
    """

    func: Any
    dfun: Any
    locate: Callable[[str, Any], int]
    context: _Array | None
    per_fit: bool
    count: int

    @property
    def has_jacobian(self) -> bool:
        return self.dfun is not None

    def part(self, rows: slice) -> CompiledProblem:
        context = self.context[rows] if self.per_fit and self.context is not None else self.context
        return replace(self, context=context, count=len(range(self.count)[rows]))

    def addresses(self) -> Addresses:
        dfun = None if self.dfun is None else self.locate("Dfun", self.dfun)
        return Addresses(self.locate("func", self.func), dfun)


def _as_jacobian(argument: str, function: Callable[..., Any], value: Any, shape: tuple[int, ...]) -> _Array:
    """The derivatives by all parameters: a number or a column on its own is not taken for each of them."""
    if np.shape(value)[-1:] != shape[-1:]:
        name = getattr(function, "__name__", function)
        raise ValueError(f"{argument} {name!r} must return shape {shape}; it returned {np.shape(value)}")
    return _as_rows(argument, function, value, shape)


def _as_rows(argument: str, function: Callable[..., Any], value: ArrayLike, shape: tuple[int, ...]) -> _Array:
    """What a user's function returned, as float64 of that shape."""
    if isinstance(value, np.ndarray) and value.dtype == np.float64 and value.shape == shape:  # the usual case
        return np.ascontiguousarray(value)
    name = getattr(function, "__name__", function)
    try:
        array = np.asarray(value)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{argument} {name!r} must return real numbers: {error}") from error
    if not np.can_cast(array.dtype, np.float64) or array.dtype.kind not in "biuf":
        raise TypeError(f"{argument} {name!r} must return real numbers; it returned dtype {array.dtype}")
    try:
        return np.ascontiguousarray(np.broadcast_to(array, shape), dtype=np.float64)
    except ValueError:
        raise ValueError(f"{argument} {name!r} must return shape {shape}; it returned {array.shape}") from None
