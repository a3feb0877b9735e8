"""Residuals with a Jacobian given or by differences, for `least_squares`."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

_Array = NDArray[np.float64]
Map = Callable[[Callable[[_Array], _Array], Iterable[_Array]], Iterable[_Array]]

STEPS = {"2-point": 1 / 2, "3-point": 1 / 3, "cs": 1 / 2}  # relative: the machine epsilon to this power


class NotDenseError(ValueError):
    """A Jacobian is sparse, or a linear operator; `kind` says which, and the rest what was evaluated where."""

    def __init__(self, kind: str, x: _Array, residuals: NDArray[Any], jacobian: Any) -> None:
        super().__init__("method='lm' works only with dense Jacobian matrices.")
        self.kind, self.x, self.residuals, self.jacobian = kind, x, residuals, jacobian


class Differentiated:
    """Residuals and their Jacobian, each remembered at its last point: no point is evaluated twice in a row."""

    def __init__(
        self,
        fun: Callable[..., ArrayLike],
        jac: str | Callable[..., ArrayLike],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        diff_step: ArrayLike | None,
        map_: Map,
        bounds: tuple[_Array, _Array] | None = None,
        typical: float | _Array = 1.0,
    ) -> None:
        self.call = _Call(fun, args, kwargs)
        self.bounds = bounds
        self.typical = typical  # sizes of parameters, below which steps do not shrink with them
        self.jac, self.args, self.kwargs, self.diff_step, self.map = jac, args, kwargs, diff_step, map_
        # the last points, as lists, which are compared faster than short arrays
        self.x: list[float] | None = None
        self.f: _Array = np.empty(0)
        self.jacobian_x: list[float] | None = None
        self.last_jacobian: _Array = np.empty((0, 0))

    def residuals(self, x: _Array) -> _Array:
        point = x.tolist()
        if point != self.x:
            self.f = self.call(x.copy())
            self.x = point
        return self.f

    def jacobian(self, x: _Array) -> _Array:
        point = x.tolist()
        if point != self.jacobian_x:
            self.last_jacobian = self._given(x) if callable(self.jac) else self._differences(x)
            self.jacobian_x = point
        return self.last_jacobian

    def _given(self, x: _Array) -> _Array:
        assert callable(self.jac)
        value: Any = self.jac(x.copy(), *self.args, **self.kwargs)
        if hasattr(value, "tocsr") or hasattr(value, "matvec"):
            kind = "a LinearOperator" if hasattr(value, "matvec") else "a sparse array"
            raise NotDenseError(kind, x.copy(), self.residuals(x), value)
        jacobian = _as_array("jac", value)
        if jacobian.ndim < 2:
            jacobian = np.atleast_2d(jacobian)
        expected = (self.residuals(x).size, x.size)
        if jacobian.shape != expected:
            raise ValueError(
                f"The return value of `jac` has wrong shape: expected {expected}, actual {jacobian.shape}."
            )
        return jacobian

    def _differences(self, x: _Array) -> _Array:
        """The Jacobian by differences, with the steps of SciPy's `least_squares`."""
        assert isinstance(self.jac, str)
        f = self.residuals(x)

        def values(points: NDArray[Any]) -> list[NDArray[Any]]:
            found = list(self.map(self.call, points))
            if [np.shape(value) for value in found] != [f.shape] * len(points):
                raise ValueError(f"fun must return shape {f.shape} at each point, and workers return what it returns")
            return found

        h = self._increments(self.jac, x, f)
        if self.jac == "cs":
            points = _one_moved(x.astype(complex), x + 1j * h)
            columns = [value.imag / h[j] for j, value in enumerate(values(points))]
            return np.array(columns).T
        if self.jac == "2-point":
            ahead = x + _turned(x, h, self.bounds)
            dx = ahead - x
            return np.array([(value - f) / dx[j] for j, value in enumerate(values(_one_moved(x, ahead)))]).T
        h, one_sided = _fitted(x, np.abs(h), self.bounds)
        first = np.where(one_sided, x + h, x - h)
        second = np.where(one_sided, x + 2 * h, x + h)
        dx = second - np.where(one_sided, x, first)
        pairs = np.stack([_one_moved(x, first), _one_moved(x, second)], axis=1)
        found = values(pairs.reshape(2 * x.size, x.size))
        columns = []
        for j, (one, two) in enumerate(zip(found[::2], found[1::2], strict=True)):
            difference = -3.0 * f + 4 * one - two if one_sided[j] else two - one
            columns.append(difference / dx[j])
        return np.array(columns).T

    def _increments(self, jac: str, x: _Array, f: _Array) -> _Array:
        sign = np.where(x >= 0, 1.0, -1.0)
        # residuals with fewer digits than x need a longer step
        short = f.dtype.kind in "fc" and f.dtype.itemsize < x.dtype.itemsize
        eps = np.finfo(f.dtype if short else x.dtype).eps
        h: _Array = eps ** STEPS[jac] * sign * np.maximum(self.typical, np.abs(x))
        if self.diff_step is None:
            return h
        relative = np.asarray(self.diff_step) * sign * np.abs(x)
        return np.where((x + relative) - x == 0, h, relative)


def _turned(x: _Array, h: _Array, bounds: tuple[_Array, _Array] | None) -> _Array:
    """Increments of forward differences that keep x + h within the bounds."""
    if bounds is None:
        return h
    below, above = x - bounds[0], bounds[1] - x
    outside = (x + h < bounds[0]) | (x + h > bounds[1])
    longest = np.where(above >= below, above, -below)
    return np.where(np.abs(h) <= np.maximum(below, above), np.where(outside, -h, h), longest)


def _fitted(x: _Array, h: _Array, bounds: tuple[_Array, _Array] | None) -> tuple[_Array, NDArray[np.bool_]]:
    """Positive increments of central differences, and signed ones where both points have to be on one side."""
    if bounds is None:
        return h, np.zeros(x.shape, dtype=bool)
    below, above = x - bounds[0], bounds[1] - x
    nearest = np.minimum(below, above)
    one_sided = nearest < h
    aside = np.where(above >= below, np.minimum(h, 0.5 * above), -np.minimum(h, 0.5 * below))
    central = one_sided & (np.abs(aside) <= nearest)
    return np.where(one_sided, np.where(central, nearest, aside), h), one_sided & ~central


def _one_moved(x: NDArray[Any], moved: NDArray[Any]) -> NDArray[Any]:
    """Copies of x, one element of each moved: the first has moved[0] for x[0], the second moved[1] for x[1], ..."""
    points = np.full((x.size, x.size), x)
    points.flat[:: x.size + 1] = moved
    return points


class _Call:
    """fun(x, *args, **kwargs) as a new array; a class, as closures cannot be sent to processes."""

    def __init__(self, fun: Callable[..., ArrayLike], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.fun, self.args, self.kwargs = fun, args, kwargs
        self.notice: Callable[[Any, Any], None] | None = None  # gets fun and its first value

    def __call__(self, x: _Array) -> _Array:
        value = self.fun(x, *self.args, **self.kwargs)
        if self.notice is not None:
            notice, self.notice = self.notice, None
            notice(self.fun, value)
        return _as_array("fun", value)


def _as_array(argument: str, value: Any) -> NDArray[Any]:
    """A copy of what a user's function returned."""
    try:
        return np.array(value, ndmin=1)
    except (TypeError, ValueError, OverflowError) as error:
        raise TypeError(f"{argument} must return real numbers: {error}") from error


@contextlib.contextmanager
def mapper(workers: int | Map | None) -> Iterator[Map]:
    """The map that evaluates points: the builtin one, the caller's, or that of a pool of `workers` processes."""
    if workers is None:
        yield map
    elif callable(workers):
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
