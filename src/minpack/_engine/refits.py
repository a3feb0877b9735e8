"""A fit repeated many times through the batch engine: with parameters held, with other data, with other weights."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .._core import Settings
from .._linear import orthogonal, products, solve_upper
from .deviance import deviance_root, deviance_slope
from .problems import CurveProblem
from .rows import known_near, why_not_rows
from .tasks import Task, run_batch

_Array = NDArray[np.float64]

# The largest error of a chi-square, in units of its scale, that ending a fit early may cause.
_OF_CHI_SQUARE = 1e-6
_STEP = 2.0**-26
_REPLACED = 1e-8  # what others leave of a column, over its norm, if that is rounding
_TOLERANCE, _LEAST_TOLERANCE = 1.49012e-8, 1e-14


class Noise(Protocol):
    """What makes residuals of rows of curves and data, if the extension's weights do not suffice."""

    def residuals(self, curves: _Array, ydata: _Array) -> _Array: ...  # numpydoc ignore=GL08

    def jacobians(self, columns: _Array, curves: _Array, ydata: _Array) -> _Array: ...  # numpydoc ignore=GL08


@dataclass(frozen=True)
class Correlated:
    """Errors with a covariance matrix: residuals are multiplied by the inverse of its Cholesky factor."""

    whitener: _Array

    def residuals(self, curves: _Array, ydata: _Array) -> _Array:
        return (curves - ydata) @ self.whitener.T

    def jacobians(self, columns: _Array, curves: _Array, ydata: _Array) -> _Array:
        return self.whitener @ columns


@dataclass(frozen=True)
class Counts:
    """Poisson's distribution: residuals are the signed roots of the deviance."""

    def residuals(self, curves: _Array, ydata: _Array) -> _Array:
        return np.asarray(deviance_root(curves, ydata))

    def jacobians(self, columns: _Array, curves: _Array, ydata: _Array) -> _Array:
        slopes: _Array = deviance_slope(curves, ydata)
        return columns * slopes[:, :, np.newaxis]


@dataclass(frozen=True)
class PartlyHeld:
    """A model of which each fit varies some parameters and holds the others; a problem for the engine."""

    curve: CurveProblem  # the model of all n parameters
    whole: _Array  # all parameters of each fit, (count, n); those that it varies are replaced
    free: NDArray[np.intp]  # which these are, (count, k)
    noise: Noise | None = None  # makes residuals; without it the engine gets curves, and the extension makes these
    ydata: _Array | None = None  # for `noise`: the data of each fit, (count, m),
    weights: _Array | None = None  # and what its residuals are multiplied by
    ties: Any = None  # computes tied parameters of a row from the others, in place

    @property
    def count(self) -> int:
        return len(self.whole)

    @property
    def has_jacobian(self) -> bool:
        return self.curve.has_jacobian

    def values(self, points: _Array, fits: NDArray[np.intp], m: int) -> _Array:
        curves = self.curve.values(self._all(points, fits), fits, m)
        if self.noise is None or self.ydata is None:
            return curves
        rows = self.noise.residuals(curves, self.ydata[fits])
        return np.ascontiguousarray(rows if self.weights is None else rows * self.weights[fits])

    def jacobians(self, points: _Array, fits: NDArray[np.intp], m: int) -> _Array:
        whole = self._all(points, fits)
        columns = self.curve.jacobians(whole, fits, m)
        free = self.free[fits]
        if free.shape[1] < columns.shape[2] or (free != np.arange(free.shape[1])).any():  # in a bootstrap all are free
            columns = np.take_along_axis(columns, free[:, np.newaxis, :], axis=2)
        if self.noise is not None and self.ydata is not None:
            columns = self.noise.jacobians(columns, self.curve.values(whole, fits, m), self.ydata[fits])
            if self.weights is not None:
                columns = columns * self.weights[fits][:, :, np.newaxis]
        return np.ascontiguousarray(columns)

    def _all(self, points: _Array, fits: NDArray[np.intp]) -> _Array:
        if self.free.shape == self.whole.shape:  # none is held
            return points
        whole = self.whole[fits]
        np.put_along_axis(whole, self.free[fits], points, axis=1)
        return _with_tied(self.ties, whole)


@dataclass(frozen=True)
class Refits:
    """A fit that can be repeated: its model, whether it evaluates many fits at once, its data and noise."""

    curve: CurveProblem
    ydata: _Array
    weights: _Array | None
    noise: Noise | None
    settings: Settings
    within_bounds: Settings
    lower: _Array
    upper: _Array
    ties: Any = None

    @classmethod
    def of(cls, fit: Any, ties: Any = None) -> Refits:
        """Take what a finished fit has: f, jac, xdata, ydata, sigma, values; and its ties, the derivatives of which are
        those of differences."""
        curve = CurveProblem(fit.f, None if ties else fit.jac, fit.xdata, False, 1)
        m = fit.ydata.size
        if why_not_rows(curve, fit.values, m, known_near(curve.known, curve, fit.values)) is not None:
            curve = curve.fit_by_fit()
        noise: Noise | None = None
        weights = None
        if fit.likelihood == "poisson":
            noise = Counts()
        elif fit.sigma is not None and fit.sigma.ndim == 2:
            noise = Correlated(np.linalg.inv(np.linalg.cholesky(fit.sigma)))
        elif fit.sigma is not None:
            weights = np.ascontiguousarray(np.broadcast_to(1.0 / fit.sigma, (m,)))
        ftol = max(_LEAST_TOLERANCE, min(_TOLERANCE, _OF_CHI_SQUARE / m))
        tolerances = {"ftol": ftol, "xtol": _TOLERANCE, "gtol": 0.0}
        within = Settings(method="trf", loss="linear", f_scale=1.0, x_scale=None, **tolerances)
        return cls(curve, fit.ydata, weights, noise, Settings(**tolerances), within, fit.lower, fit.upper, ties)

    def __call__(
        self, whole: _Array, free: NDArray[np.intp], *, ydata: _Array | None = None, weights: _Array | None = None
    ) -> tuple[_Array, _Array, NDArray[np.bool_]]:
        """Fit again, once per row; within the bounds those that otherwise end beyond one or fail.

        `whole` is where each fit starts, and what it holds, (count, n), `free` which parameters it varies, (count, k),
        maybe none. ydata, (count, m), take the place of the fit's data; weights, (count, m), are further factors of the
        residuals. The answer is all parameters of each fit, its chi-square, and whether it converged.
        """
        if free.shape[1] == 0:
            with np.errstate(all="ignore"):
                rows = self._rows(*self._problem(whole, free, ydata, weights))
                chi_square = np.einsum("km,km->k", rows, rows)
            return _with_tied(self.ties, whole.copy()), chi_square, np.isfinite(chi_square)
        found, chi_square, success = self._ends(whole, free, ydata, weights)
        lower, upper = self.lower[free], self.upper[free]
        ends = np.take_along_axis(found, free, axis=1)
        bounded = (np.isfinite(lower) | np.isfinite(upper)).any(axis=1)
        again = np.flatnonzero(((ends < lower) | (ends > upper)).any(axis=1) | (~success & bounded))
        if again.size:
            found[again], chi_square[again], success[again] = self._ends(
                whole[again], free[again], None if ydata is None else ydata[again],
                None if weights is None else weights[again], (lower[again], upper[again]),
            )  # fmt: skip
        return found, chi_square, success

    def _ends(
        self, whole: _Array, free: NDArray[np.intp], ydata: _Array | None, weights: _Array | None,
        bounds: tuple[_Array, _Array] | None = None,
    ) -> tuple[_Array, _Array, NDArray[np.bool_]]:  # fmt: skip
        """What a call returns, from one batch."""
        problem, data = self._problem(whole, free, ydata, weights)
        start = np.take_along_axis(whole, free, axis=1)
        if bounds is None:
            settings, (lower, upper) = self.settings, (None, None)
        else:
            settings, (lower, upper) = self.within_bounds, bounds
            start = np.clip(start, lower, upper)
        task = Task(problem, start, self.ydata.size, free.shape[1], settings, lower=lower, upper=upper, **data)
        with np.errstate(all="ignore"):
            result, _ = run_batch(task, (len(whole),), out=None, workers=1, progress=False)
        found = whole.copy()
        np.put_along_axis(found, free, result.x, axis=1)
        ended = result.success
        if bounds is None:  # tolerances that are too small for the model: as good as rounding lets a fit be
            ended = ended | ((result.status >= 6) & (result.status <= 8))
        return _with_tied(self.ties, found), 2.0 * result.cost, ended

    def near(self, values: _Array, free: NDArray[np.intp], ydata: _Array) -> _Array:
        """Where fits of other data end if the model is linear around `values`, shape (count, n): the best of starts."""
        m, step = self.ydata.size, _STEP * np.maximum(np.abs(values[free]), _STEP)
        points = np.tile(values, (1 + len(free), 1))
        points[np.arange(1, len(points)), free] += step
        _with_tied(self.ties, points)
        with np.errstate(all="ignore"):
            curves = self.curve.values(points, np.zeros(len(points), dtype=np.intp), m)
        columns = (curves[1:] - curves[0]).T / step
        away = ydata - curves[0]
        if isinstance(self.noise, Counts):
            return np.tile(values, (len(ydata), 1))
        if isinstance(self.noise, Correlated):
            columns, away = self.noise.whitener @ columns, away @ self.noise.whitener.T
        elif self.weights is not None:
            columns, away = columns * self.weights[:, np.newaxis], away * self.weights
        whole = np.tile(values, (len(ydata), 1))
        with np.errstate(all="ignore"):
            q, r = orthogonal(columns)
            if (np.abs(r.diagonal()) > _REPLACED * np.linalg.norm(columns, axis=0)).all():
                whole[:, free] += solve_upper(r, products(q, away)).T
        return whole

    def residuals(self, values: _Array) -> _Array:
        """The weighted residuals of each row of parameters, shape (count, m)."""
        with np.errstate(all="ignore"):
            return self._rows(*self._problem(values, np.empty((len(values), 0), dtype=np.intp), None, None))

    def _problem(
        self, whole: _Array, free: NDArray[np.intp], ydata: _Array | None, weights: _Array | None
    ) -> tuple[PartlyHeld, dict[str, Any]]:
        """The problem for the engine, and the data from which it makes residuals, if the problem does not."""
        problem = PartlyHeld(replace(self.curve, count=len(whole)), whole, free, ties=self.ties)
        if self.noise is None:
            both = self.weights if weights is None or self.weights is None else self.weights * weights
            return problem, {"ydata": self.ydata if ydata is None else np.ascontiguousarray(ydata),
                             "weights": weights if both is None else both}  # fmt: skip
        rows = np.broadcast_to(self.ydata if ydata is None else ydata, (len(whole), self.ydata.size))
        return replace(problem, noise=self.noise, ydata=rows, weights=weights), {}

    def _rows(self, problem: PartlyHeld, data: dict[str, Any]) -> _Array:
        """Residuals where all parameters are held."""
        count, m = problem.count, self.ydata.size
        rows = problem.values(np.empty((count, 0)), np.arange(count), m)
        if data:
            rows = rows - data["ydata"]
            rows = rows if data["weights"] is None else rows * data["weights"]
        return rows


def _with_tied(ties: Any, rows: _Array) -> _Array:
    """Rows of parameters, after those that are tied were computed in place; NaN if they cannot be."""
    if ties is not None:
        for row in rows:
            try:
                ties.apply(row)
            except ArithmeticError:
                row[ties.rows] = np.nan
    return rows


@dataclass(frozen=True)
class OfTied:
    """Makes of a fit with tied parameters what fits again; without the ties, which can be lambdas, if it was stored."""

    ties: Any

    def __call__(self, fit: Any) -> Refits:
        return Refits.of(fit, self.ties)

    def __reduce__(self) -> tuple[Any, ...]:
        return OfTied, (None,)
