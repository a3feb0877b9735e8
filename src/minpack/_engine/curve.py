"""Residuals of a model f(x, *params) and their Jacobian, weighted, for the methods that Python drives."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._core import Data
from .._linear import solve_lower
from .._names import called
from .._results.derivatives import precision_of
from .differences import Differentiated, Map, Notice, check_shape

_Array = NDArray[np.float64]


class WeightedCurve:
    """The residuals of a model; a class, as closures cannot be sent to processes."""

    def __init__(
        self, f: Callable[..., ArrayLike], jac: Callable[..., ArrayLike] | None, xdata: Any, data: Any
    ) -> None:
        self.f, self.jac, self.xdata = f, jac, xdata
        self.ydata, self.weights, self.cholesky = data.ydata, data.weights, data.cholesky
        self.eps = sys.float_info.epsilon  # of what f returned last
        self.notice: Notice | None = None

    @cached_property
    def weighted_ydata(self) -> _Array:
        """The data as `weighted` makes them; nobody may write into it."""
        return self.ydata if self.cholesky is None and self.weights is None else self.weighted(self.ydata.copy())

    def residuals(self, x: NDArray[Any]) -> NDArray[Any]:
        rows: NDArray[Any] = self.values(x) - self.ydata
        return self.weighted(rows)

    def values(self, x: NDArray[Any]) -> NDArray[Any]:
        """Those of the model, not weighted, shape (m,) or (1,)."""
        values = self.taken(self.f(self.xdata, *x))
        self.eps = precision_of(values)
        return values

    def taken(self, value: Any) -> NDArray[Any]:
        """The values that the model returned, if they are one number per point, or one for all."""
        if self.notice is not None:
            self.notice(self.f, value)
            self.notice = None
        values = _numbers(self.f, value)
        m = self.ydata.size
        if values.ndim > 1 or (m > 1 and values.size not in (1, m)):
            raise ValueError(
                f"the function {called(self.f)!r} must return a real vector of shape ({m},), as ydata; "
                f"it returned shape {values.shape}"
            )
        return values

    def jacobian(self, x: _Array) -> NDArray[Any]:
        assert self.jac is not None
        columns = self.columns(self.jac(self.xdata, *x))
        if self.ydata.size > 1:
            check_shape(columns, (self.ydata.size, x.size))
        return self.weighted(columns)

    def columns(self, value: Any) -> NDArray[Any]:
        """The derivatives of the model that `jac` returned, if they are dense."""
        assert self.jac is not None
        if hasattr(value, "tocsr") or hasattr(value, "matvec"):
            raise ValueError(f"the function {called(self.jac)!r} must return a dense array")
        return np.atleast_2d(_numbers(self.jac, value))

    def weighted(self, rows: NDArray[Any]) -> NDArray[Any]:
        """Rows, one per point, divided by the standard deviations of the points."""
        if self.weights is not None:
            weighted: NDArray[Any] = (rows.T * self.weights).T
            return weighted
        if self.cholesky is None:
            return rows
        return solve_lower(self.cholesky, rows)  # as in the extension


class DifferentiatedCurve(Differentiated):
    """A curve for the extension's loop, which computes the residuals from the model's values itself."""

    def __init__(
        self, curve: WeightedCurve, jac: str, diff_step: ArrayLike | None, map_: Map, bounds: tuple[_Array, _Array],
        typical: _Array | None = None,
    ) -> None:  # fmt: skip
        jac_ = jac if curve.jac is None else curve.jacobian
        super().__init__(curve.residuals, jac_, (), {}, diff_step, map_, bounds, typical)
        self.curve = curve

    def tell(self, notice: Notice) -> None:
        self.curve.notice = notice

    def size_of_data(self) -> float:
        return float(np.vdot(self.curve.weighted_ydata, self.curve.weighted_ydata))

    @property
    def name(self) -> str:
        return f"the function {called(self.curve.f)!r}"

    def evaluated(self) -> dict[str, Any]:
        curve = self.curve
        return {
            "func": curve.f, "args": (), "convert": self.taken, "xdata": curve.xdata,
            "data": Data(curve.ydata, weights=curve.weights, cholesky=curve.cholesky), "jac": curve.jac,
            "convert_jac": self.matrix,
        }  # fmt: skip

    def taken(self, value: Any) -> NDArray[Any]:
        """The model's values as a vector of real numbers."""
        return self.reals(np.atleast_1d(self.curve.taken(value)))

    def matrix(self, value: Any, x: _Array, f: NDArray[Any]) -> NDArray[Any]:
        """The derivatives of the model, not weighted, if they have the right shape."""
        columns = self.curve.columns(value)
        check_shape(columns, (f.size, x.size))
        return columns


def _numbers(function: Callable[..., Any], value: Any) -> NDArray[Any]:
    """A copy of what a user's function returned."""
    try:
        array = np.array(value)
        if array.dtype.kind == "O":  # what float() takes, but no None, of which NumPy makes NaN
            if value is None:
                raise TypeError("it returned None")
            if any(item is None for item in array.flat):
                raise TypeError("got None")
            array = array.astype(np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise TypeError(f"the function {called(function)!r} must return real numbers: {error}") from error
    if array.dtype.kind not in "biufc":
        raise TypeError(f"the function {called(function)!r} must return real numbers; it returned dtype {array.dtype}")
    return array if array.dtype.kind in "fc" else array.astype(np.float64)

