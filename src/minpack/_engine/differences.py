"""Residuals with a Jacobian given or by differences, for `least_squares`."""

from __future__ import annotations

import contextlib
import math
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._core import bounded_differences

_Array = NDArray[np.float64]
Notice = Callable[[Any, Any], Any]  # gets a function and its first value
Map = Callable[[Callable[[_Array], _Array], Iterable[_Array]], Iterable[_Array]]

KINDS = {"2-point": 2, "3-point": 3, "cs": 1}  # of the extension
_SHORT = {np.dtype(np.float32): 1, np.dtype(np.float16): 2}  # residuals with fewer digits than x need longer steps


class NotDenseError(ValueError):
    """A Jacobian is sparse, or a linear operator; `kind` says which, and the rest what was evaluated where."""

    def __init__(self, kind: str, x: _Array, residuals: NDArray[Any], jacobian: Any) -> None:
        super().__init__("method='lm' works only with dense Jacobian matrices.")
        self.kind, self.x, self.residuals, self.jacobian = kind, x, residuals, jacobian


class Differentiated:
    """Residuals and the way to their Jacobian, for the extension's loop; and both as functions that remember their last
    point, so that none is evaluated twice in a row.
    """

    def __init__(
        self,
        fun: Callable[..., ArrayLike],
        jac: str | Callable[..., ArrayLike],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        diff_step: ArrayLike | None,
        map_: Map,
        bounds: tuple[_Array, _Array],
        typical: _Array | None = None,
    ) -> None:
        self.call = _Call(fun, args, kwargs)
        self.jac, self.args, self.kwargs, self.diff_step, self.map = jac, args, kwargs, diff_step, map_
        # typical sizes of parameters, below which steps do not shrink with them, are 1 by default
        self.bounds, self.typical = bounds, typical
        self.limits: tuple[_Array, _Array, _Array, _Array] | None = None  # both, relative and typical, all of them
        # the last points, as lists, which are compared faster than short arrays
        self.x: list[float] | None = None
        self.f: _Array = np.empty(0)
        self.jacobian_x: list[float] | None = None
        self.last_jacobian: _Array = np.empty((0, 0))

    def tell(self, notice: Notice) -> None:
        """Have the first value of the function told, if it is no plain array."""
        self.call.notice = notice

    def size_of_data(self) -> float:
        """Their sum of squares, infinite if nobody knows them."""
        return math.inf

    # ---- for the extension

    def functions(self) -> dict[str, Any]:
        """What `solve_bounded` of the extension calls."""
        if not callable(self.jac) and (self.jac == "cs" or self.map is not map):
            return {
                "func": self.residuals, "args": (), "convert": partial(Differentiated.taken, self),
                "jac": self.jacobian, "convert_jac": lambda value, x, f: value, "kind": KINDS["cs"],
            }  # fmt: skip
        return self.evaluated() | {"kind": 0 if callable(self.jac) else KINDS[self.jac]}

    def evaluated(self) -> dict[str, Any]:
        fun, jac = self.call.fun, self.jac
        if self.kwargs:
            fun, jac = partial(fun, **self.kwargs), partial(jac, **self.kwargs) if callable(jac) else jac
        return {
            "func": fun, "args": self.args, "convert": self.taken, "jac": jac if callable(jac) else None,
            "convert_jac": self.matrix,
        }  # fmt: skip

    def taken(self, value: Any) -> NDArray[Any]:
        """The residuals that the function returned, if they are a vector of real numbers."""
        f = self.call.taken(value)
        if f.ndim != 1:
            raise ValueError(f"`fun` must return at most 1-d array_like. f0.shape: {f.shape}")
        return self.reals(f)

    def reals(self, f: NDArray[Any]) -> NDArray[Any]:
        """The same residuals, of 64 bits if they have more; others than real ones raise TypeError."""
        if f.dtype.kind not in "biuf":
            raise TypeError(f"{self.name} must return real numbers; it returned dtype {f.dtype}")
        return f.astype(np.float64) if f.dtype.itemsize > 8 else f

    @property
    def name(self) -> str:
        return "fun"

    def matrix(self, value: Any, x: _Array, f: NDArray[Any]) -> NDArray[Any]:
        """The Jacobian that a function returned at x, where the residuals are f, if it is dense and has its shape."""
        if hasattr(value, "tocsr") or hasattr(value, "matvec"):
            kind = "a LinearOperator" if hasattr(value, "matvec") else "a sparse array"
            raise NotDenseError(kind, x.copy(), f, value)
        jacobian = np.atleast_2d(_as_array("jac", value))
        check_shape(jacobian, (f.size, x.size))
        return jacobian

    def differences(self, x: _Array, f: _Array, precision: int) -> _Array:
        """The Jacobian by differences, with the steps of SciPy's `least_squares`."""
        assert isinstance(self.jac, str)
        kind, n = KINDS[self.jac], x.size
        if self.limits is None:
            relative = np.full(n, np.nan) if self.diff_step is None else np.asarray(self.diff_step)
            self.limits = (*self.bounds, relative, np.ones(n) if self.typical is None else self.typical)
        h, points = bounded_differences(kind, precision, x, *self.limits)
        moved: NDArray[Any] = points + 1j * np.diag(h) if self.jac == "cs" else points
        found = list(self.map(self.call, moved))
        if [np.shape(value) for value in found] != [f.shape] * len(moved):
            raise ValueError(
                f"{self.name} must return shape {f.shape} at each point, and workers return what it returns"
            )
        values = [value.imag if self.jac == "cs" else self.reals(value) for value in map(np.asarray, found)]
        columns: _Array = bounded_differences(
            kind, precision, x, *self.limits, f, np.array(values, dtype=np.float64)
        )
        return columns.T

    # ---- for leastsq, and for Jacobians by Python's differences

    def residuals(self, x: _Array) -> _Array:
        point = x.tolist()
        if point != self.x:
            self.f = self.call(x.copy())
            self.x = point
        return self.f

    def jacobian(self, x: _Array) -> _Array:
        point = x.tolist()
        if point != self.jacobian_x:
            if callable(self.jac):
                self.last_jacobian = self.matrix(self.jac(x.copy(), *self.args, **self.kwargs), x, self.residuals(x))
            else:
                f = self.residuals(x)
                self.last_jacobian = self.differences(x, self.reals(f), _SHORT.get(f.dtype, 0))
            self.jacobian_x = point
        return self.last_jacobian


class _Call:
    """fun(x, *args, **kwargs) as a new array; a class, as closures cannot be sent to processes."""

    def __init__(self, fun: Callable[..., ArrayLike], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.fun, self.args, self.kwargs = fun, args, kwargs
        self.notice: Notice | None = None

    def __call__(self, x: _Array) -> _Array:
        return self.taken(self.fun(x, *self.args, **self.kwargs))

    def taken(self, value: Any) -> _Array:
        if self.notice is not None:
            self.notice(self.fun, value)
            self.notice = None
        return _as_array("fun", value)


def _as_array(argument: str, value: Any) -> NDArray[Any]:
    """A copy of what a user's function returned."""
    try:
        return np.array(value, ndmin=1)
    except (TypeError, ValueError, OverflowError) as error:
        raise TypeError(f"{argument} must return real numbers: {error}") from error


def values_of(loss: Callable[[_Array], ArrayLike], z: _Array) -> _Array:
    """The loss and its first two derivatives at the squares z, (3, m)."""
    size = z.size  # which the function may change
    rho = np.asarray(loss(z))
    if rho.shape != (3, size):
        raise ValueError(
            f"The return value of `loss` callable has wrong shape. It must be (3, {size}); got {rho.shape}."
        )
    if rho.dtype.kind not in "biuf":
        raise TypeError(f"loss must return real numbers; it returned dtype {rho.dtype}")
    return rho


def check_shape(jacobian: NDArray[Any], expected: tuple[int, int]) -> None:
    """Raise ValueError unless a Jacobian that a function returned has its shape."""
    if jacobian.shape != expected:
        raise ValueError(
            f"The return value of `jac` has wrong shape: expected {expected}, actual {jacobian.shape}."
        )


@contextlib.contextmanager
def mapper(workers: int | Map) -> Iterator[Map]:
    """The map that evaluates points: the builtin one, the caller's, or that of a pool of `workers` processes."""
    if callable(workers):
        yield workers
    elif workers == 1:
        yield map
    else:
        import multiprocessing  # which takes longer to import than all the rest

        # Not by fork, which copies a process in the middle of what its other threads are doing; except for functions of
        # an interactive session, which no other process can import.
        method = None
        if hasattr(sys.modules["__main__"], "__file__"):
            method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
        with multiprocessing.get_context(method).Pool(os.cpu_count() if workers == -1 else workers) as pool:
            yield pool.map
