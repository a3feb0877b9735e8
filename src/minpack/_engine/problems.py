"""What a batch evaluates: models of arrays, functions of rows, compiled functions.

A problem evaluates and knows nothing of the algorithm. All have `count` and `has_jacobian`, and `part`, which takes
some of the fits, unless parameters are held. Those of arrays have `values` and `jacobians` at many points at once;
those that are compiled have `calls`: the arguments of Batch.run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._core import call_with_columns
from .._names import called
from .pointwise import is_pointwise
from .remembered import known_of
from .steps import MOVES, hides_small_steps, points_near

_Array = NDArray[np.float64]

_FLOAT64 = np.dtype(np.float64)


class OfModel:
    """A problem of a model `f`."""

    f: Callable[..., ArrayLike]
    xdata: Any
    x_per_fit: bool

    def __post_init__(self) -> None:
        self.known = known_of(self.f)  # looked up once, as a model does not change while it is fitted

    def __getstate__(self) -> dict[str, Any]:  # what is known, and addresses, are those of a process
        return {name: value for name, value in vars(self).items() if name not in ("known", "calls")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.__post_init__()

    @property
    def predictors(self) -> int | None:
        """How many there are in x, None for one that is a vector."""
        has_predictors = self.xdata.ndim == (3 if self.x_per_fit else 2)
        return int(self.xdata.shape[-2]) if has_predictors else None

    def is_pointwise(self, function: Any, n: int) -> bool:
        """Whether the model, or its derivatives, are known to treat each point on its own, whatever the values."""
        if not isinstance(self.xdata, np.ndarray) or self.xdata.ndim - self.x_per_fit not in (1, 2):
            return False
        if function is self.f:
            return is_pointwise(function, n, self.predictors, self.known)
        return is_pointwise(function, n, self.predictors, known_of(function), derivatives=True)


@dataclass(eq=False)  # frozen ones take more time to make
class CurveProblem(OfModel):
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

    def call(self, function: Callable[..., Any], points: _Array, fits: NDArray[np.intp]) -> Any:
        """What f or jac gives for many fits at once."""
        x = self.xdata
        if self.x_per_fit:
            x = x[fits]
            x.flags.writeable = False  # as the abscissae of all fits are
            if x.ndim == 3:  # predictors first, so that x[0] is the first one
                x = np.moveaxis(x, 1, 0)
        return call_with_columns(function, x, points)

    @property
    def model(self) -> tuple[Callable[..., Any], Any, Callable[..., _Array]] | None:
        """What the extension needs to do what `values` does, where x is the same for all fits."""
        return (self.f, self.xdata, partial(_as_rows, "f", self.f)) if self.vectorized and not self.x_per_fit else None

    def one_by_one(self, points: _Array, fits: NDArray[np.intp]) -> Iterator[list[Any]]:
        for point, fit in zip(points, fits, strict=True):
            yield [self.xdata[fit] if self.x_per_fit else self.xdata, *point]

    def values(self, points: _Array, fits: NDArray[np.intp], m: int) -> _Array:
        if self.vectorized:
            return _as_rows("f", self.f, self.call(self.f, points, fits), (len(points), m))
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
        columns = self.call(self.jac, points, fits)
        if not isinstance(columns, (tuple, list)):
            return _as_jacobian("jac", self.jac, columns, (rows, m, n))
        if len(columns) != n:
            raise ValueError(f"jac must return {n} derivatives, one per parameter; it returned {len(columns)}")
        out = np.empty((rows, m, n))
        for j, column in enumerate(columns):
            out[:, :, j] = _as_rows("jac", self.jac, column, (rows, m))
        return out


def first_value(
    problem: OfModel, start: _Array, together: bool, steps: bool, look: Callable[[Any, Callable[[], bool]], bool],
    known: dict[Any, Any],
) -> None:  # fmt: skip
    """Give `look` what a model returns where the first fit starts, and what tells whether small steps are hidden there.

    The model is called for several points `together`, or on its own for each; only at the start unless `steps` are
    asked for. Nothing is done if it fails there, or is known to return plain doubles of which there is nothing to say.
    """
    what = "doubles", problem.x_per_fit, together, steps
    if what in known:
        return
    first = np.array(start if start.ndim == 1 else start[0])
    one = CurveProblem(problem.f, None, problem.xdata, problem.x_per_fit, 1, together)

    def values(points: _Array) -> Any:
        fits = np.zeros(len(points), dtype=np.intp)
        if together:
            return one.call(one.f, points, fits)
        return [one.f(*arguments) for arguments in one.one_by_one(points, fits)]

    moved: Any
    with np.errstate(all="ignore"):
        try:
            moved = values(points_near(first)) if steps else None
        except Exception:  # a moved point may be outside of what the model is defined for
            moved = None
        try:
            found = moved if type(moved) in (list, np.ndarray) and len(moved) == MOVES else values(first[np.newaxis])
        except Exception:  # the error comes from the fit
            return
    value = found[:1] if together and type(found) is np.ndarray else found if together else found[0]
    said = look(value, lambda: moved is not None and hides_small_steps(moved))
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
        # take is quicker, but does not keep the order of other arrays in memory
        return [points, *[arg[()] if arg.ndim == 0 else arg.take(fits, 0) if arg.flags.c_contiguous else arg[fits]
                          for arg in self.args]]  # fmt: skip

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

    @property
    def calls(self) -> tuple[int, dict[str, Any]]:
        jac = None if self.dfun is None else self.locate("Dfun", self.dfun)
        return self.locate("func", self.func), {"jac": jac, "context": self.context, "per_fit": self.per_fit}

    def part(self, rows: slice) -> CompiledProblem:
        context = self.context[rows] if self.per_fit and self.context is not None else self.context
        return replace(self, context=context, count=len(range(self.count)[rows]))


def _as_jacobian(argument: str, function: Callable[..., Any], value: Any, shape: tuple[int, ...]) -> _Array:
    """The derivatives by all parameters: a number or a column on its own is not taken for each of them."""
    return _as_rows(argument, function, value, shape, columns=shape[-1:])


def _as_rows(
    argument: str, function: Callable[..., Any], value: ArrayLike, shape: tuple[int, ...], columns: tuple[int, ...] = ()
) -> _Array:
    """What a user's function returned, as float64 of that shape; it must have these columns itself."""
    if type(value) is np.ndarray and value.dtype is _FLOAT64 and value.shape == shape:  # the usual case
        return np.ascontiguousarray(value)
    name = called(function)
    try:
        array = np.asarray(value)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{argument} {name!r} must return real numbers: {error}") from error
    if not np.can_cast(array.dtype, np.float64) or array.dtype.kind not in "biuf":
        raise TypeError(f"{argument} {name!r} must return real numbers; it returned dtype {array.dtype}")
    try:
        if columns and array.shape[-1:] != columns:
            raise ValueError
        return np.ascontiguousarray(np.broadcast_to(array, shape), dtype=np.float64)
    except ValueError:
        raise ValueError(f"{argument} {name!r} must return shape {shape}; it returned {array.shape}") from None
