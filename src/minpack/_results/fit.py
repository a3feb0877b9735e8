"""`Fit`: the whole answer of a curve fit."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import report as _report
from .findings import Findings, diagnose
from .propagation import Derived, central_differences, derive, variances
from .statistics import t_quantile

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_Array = NDArray[np.float64]

# what `fit` passes on to `leastsq`
OPTIONS = ("ftol", "xtol", "gtol", "maxfev", "epsfcn", "factor", "diag", "reference", "callback")


@dataclass(frozen=True, eq=False, repr=False)
class Fit:
    """What `fit` found: parameters, their errors, how good the fit is, and what follows from it.

    ``fit["a"]`` is the value of parameter a, and ``f(x, **fit)`` the model with all of them. Printed, it is
    `report`; in a notebook, a table.

    Attributes
    ----------
    names : tuple of str
        All n parameters, in the order of `f`, those held included.
    fixed : tuple of str
        The parameters that were held.
    values : ndarray, shape (n,)
        Where the fit ended.
    start : ndarray, shape (n,)
        Where it started.
    covariance : ndarray, shape (n, n)
        Covariance of the parameters, from the linear approximation at `values`; zero for those held, inf where it
        cannot be estimated.
    residuals : ndarray, shape (m,)
        Data less model, in the units of `ydata`.
    weighted_residuals : ndarray, shape (m,)
        The residuals over `sigma` (for a covariance matrix: times the inverse of its Cholesky factor).
    success : bool
        Whether the fit converged.
    status : int
        MINPACK's code: 1 to 4 is success.
    message : str
        What the code means.
    nfev : int
        How often `f` was called.
    f, jac, xdata, ydata, sigma, absolute_sigma
        As given, the data as arrays, and without points that `nan_policy` omitted.
    r_factor : ndarray, shape (n - len(fixed), n - len(fixed))
        R of the weighted Jacobian's QR factorization, its columns in the order of the fitted parameters: ``R.T @ R``
        is ``J.T @ J``.

    Examples
    --------
    >>> import numpy as np
    >>> import minpack
    >>> x, y = np.arange(6.0), np.array([1.1, 2.9, 5.2, 7.1, 8.8, 11.0])
    >>> fit = minpack.fit(lambda x, start, slope: start + slope * x, x, y)
    >>> round(fit["slope"], 4)
    1.9743
    >>> low, high = fit.prediction_band([6.0, 7.0])
    >>> low.round(2), high.round(2)
    (array([12.34, 14.24]), array([13.52, 15.56]))
    >>> zero = fit.derived(lambda start, slope: -start / slope)
    >>> print(f"{zero.value:.3f} ± {zero.error:.3f}")
    -0.548 ± 0.066
    """

    names: tuple[str, ...]
    fixed: tuple[str, ...]
    values: _Array
    start: _Array
    covariance: _Array
    residuals: _Array
    weighted_residuals: _Array
    success: bool
    status: int
    message: str
    nfev: int
    f: Callable[..., ArrayLike]
    jac: Callable[..., ArrayLike] | None
    xdata: Any
    ydata: _Array
    sigma: _Array | None
    absolute_sigma: bool
    r_factor: _Array = field(repr=False)

    # ---- the parameters

    @property
    def fitted(self) -> tuple[str, ...]:
        """The parameters that were not held."""
        return tuple(name for name in self.names if name not in self.fixed)

    @property
    def errors(self) -> _Array:
        """Standard errors, (n,): zero for parameters held, inf where they cannot be estimated."""
        errors: _Array = np.sqrt(np.diag(self.covariance))
        return errors

    @property
    def correlation(self) -> _Array:
        """Correlation of the parameters, (n, n); NaN without a covariance."""
        errors = np.where(self.errors == 0.0, 1.0, self.errors)
        with np.errstate(invalid="ignore", over="ignore"):
            correlation: _Array = self.covariance / np.outer(errors, errors)
        np.fill_diagonal(correlation, 1.0)
        return correlation

    def confidence_intervals(self, level: float = 0.95) -> _Array:
        """Interval of each parameter, (n, 2), that covers its true value with this probability.

        By Student's t with `degrees_of_freedom`, by the normal distribution with `absolute_sigma`.
        """
        # without degrees of freedom the quantile is infinite, but a parameter held stays where it is
        reach = np.where(self.errors == 0.0, 0.0, self._quantile(level)) * self.errors
        return np.column_stack([self.values - reach, self.values + reach])

    def __getitem__(self, name: str) -> float:
        if name not in self.names:
            raise KeyError(f"{name!r} is not a parameter: there are {', '.join(self.names)}")
        return float(self.values[self.names.index(name)])

    def keys(self) -> tuple[str, ...]:
        """The names, so that ``dict(fit)`` and ``f(x, **fit)`` work."""
        return self.names

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    # ---- how good it is

    @property
    def degrees_of_freedom(self) -> int:
        """Points less fitted parameters."""
        return self.residuals.size - len(self.fitted)

    @property
    def chi_square(self) -> float:
        """Sum of the squares of the weighted residuals."""
        with np.errstate(over="ignore"):  # inf is then the answer
            return float(self.weighted_residuals @ self.weighted_residuals)

    @property
    def reduced_chi_square(self) -> float:
        """Chi-square over degrees of freedom; NaN without any. About 1 where `sigma` gives the errors of the data."""
        return self.chi_square / self.degrees_of_freedom if self.degrees_of_freedom > 0 else math.nan

    @property
    def residual_sd(self) -> float:
        """Square root of the reduced chi-square: without `sigma`, the standard deviation of the data's errors."""
        return math.sqrt(self.reduced_chi_square)

    @property
    def r_squared(self) -> float:
        """Share of the (weighted) variance of the data that the model explains, beyond that of their mean."""
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # squares may be beyond what doubles hold
            ones, data = self._weighted(np.ones_like(self.ydata)), self._weighted(self.ydata)
            around_mean = data - ones * ((ones @ data) / (ones @ ones))
            total = float(around_mean @ around_mean)
        return 1.0 - self.chi_square / total if total > 0.0 else math.nan

    @property
    def log_likelihood(self) -> float:
        """Of normal errors with variances sigma^2, or c sigma^2 with c fitted unless `absolute_sigma`.

        -(chi_square + sum log(2 pi sigma^2)) / 2, and c = chi_square / m, its most likely value.
        """
        m = self.residuals.size
        log_variances = m * math.log(2.0 * math.pi) + self._log_determinant()
        if self.absolute_sigma:
            return -0.5 * (self.chi_square + log_variances)
        if self.chi_square == 0.0:
            return math.inf
        return -0.5 * (m + m * math.log(self.chi_square / m) + log_variances)

    @property
    def aic(self) -> float:
        """Akaike's criterion, 2 k - 2 log L; k counts the fitted parameters, and c if it was fitted (as R does)."""
        return 2.0 * self._counted() - 2.0 * self.log_likelihood

    @property
    def bic(self) -> float:
        """Bayes criterion, k log(m) - 2 log L; k as for `aic`."""
        return self._counted() * math.log(self.residuals.size) - 2.0 * self.log_likelihood

    def diagnose(self) -> Findings:
        """Doubts about the fit, each with what to do: empty, and printed "no doubts", where there are none.

        Looks at convergence; at parameters without influence, near replaceable by others, or hardly determined; at
        whether residuals scatter as `sigma` says and look like noise; at points far off. `f` is not called.
        """
        return diagnose(self)

    # ---- what follows from it

    def predict(self, x: Any) -> _Array:
        """The model at x with the fitted values."""
        return self._model(x, self.values)

    def confidence_band(self, x: Any, level: float = 0.95) -> tuple[_Array, _Array]:
        """Lower and upper bounds for the true curve at each x, with this probability at each x by itself."""
        center, variance = self._spread(x)
        reach = self._quantile(level) * np.sqrt(variance)
        return center - reach, center + reach

    def prediction_band(self, x: Any, level: float = 0.95, *, sigma: ArrayLike | None = None) -> tuple[_Array, _Array]:
        """Lower and upper bounds for a new observation at each x.

        `sigma` is its standard deviation before any scaling, as in `fit`: needed where the data had not all the same.
        """
        if sigma is None:
            if self.sigma is not None and self.sigma.size > 1:
                raise ValueError("sigma must say how large the errors of the new data are: those of the fit differed")
            sigma = 1.0 if self.sigma is None else self.sigma
        noise = np.asarray(sigma, dtype=np.float64)
        if not (np.isfinite(noise).all() and (noise >= 0.0).all()):
            raise ValueError("sigma must be standard deviations: finite numbers, none of them negative")
        known = self.absolute_sigma or self.degrees_of_freedom > 0
        scale = (1.0 if self.absolute_sigma else self.residual_sd) if known else math.inf
        center, variance = self._spread(x)
        if noise.size == 1:
            noise = noise.reshape(())
        elif noise.shape != center.shape:
            raise ValueError(f"sigma must be one number, or {center.size} as x; it has shape {noise.shape}")
        reach = self._quantile(level) * np.hypot(np.sqrt(variance), noise * scale)
        return center - reach, center + reach

    def derived(self, func: Callable[..., Any]) -> Derived:
        """A quantity computed from the parameters, with its standard error by linear propagation.

        `func` takes parameters by their names, as many as it needs, or else all of them by position. It returns a
        number, or a vector of them.
        """
        return derive(func, self.names, self.values, self.errors, self.covariance)

    # ---- how it looks

    def report(self) -> str:
        """All of the answer as text."""
        return _report.report(self)

    def plot(self, ax: Axes | tuple[Axes, Axes] | None = None, *, level: float = 0.95) -> Figure:
        """Draw data, curve, confidence band and, below, the residuals; needs matplotlib.

        Without `ax` in a new figure. Into given axes: one for data and curve alone, or two, the second for the
        residuals. Returns the figure.
        """
        return _report.plot(self, ax, level)

    def __repr__(self) -> str:
        return _report.brief(self)

    def __str__(self) -> str:
        return self.report()

    def _repr_html_(self) -> str:
        return _report.html(self)

    # ---- means to these ends

    def _quantile(self, level: float) -> float:
        if not 0.0 < level < 1.0:
            raise ValueError(f"level must lie between 0 and 1, as 0.95 does; it is {level!r}")
        dof = math.inf if self.absolute_sigma else self.degrees_of_freedom
        return t_quantile(0.5 + 0.5 * level, dof) if dof > 0 else math.inf

    def _model(self, x: Any, values: _Array) -> _Array:
        x = _points(x)
        curve = np.asarray(self.f(x, *values), dtype=np.float64)
        if curve.size == 1 and isinstance(x, np.ndarray) and np.ndim(self.xdata) == 1:
            curve = np.full(x.shape, curve.item())  # one value stands for all points, as it did in the fit
        return curve

    def _spread(self, x: Any) -> tuple[_Array, _Array]:
        """The model at x, and the variance of it that the parameters' errors cause."""
        center = self._model(x, self.values)
        if self.jac is not None:
            x = _points(x)
            if isinstance(x, np.ndarray) and np.ndim(self.xdata) == 1:
                x = x.ravel()  # of one point, too: in the fit jac had a vector
            gradient = np.asarray(self.jac(x, *self.values), dtype=np.float64)
            if gradient.size != center.size * len(self.names):
                raise ValueError(f"jac must return shape ({center.size}, {len(self.names)}) here; "
                                 f"it returned {gradient.shape}")  # fmt: skip
            gradient = gradient.reshape(center.size, len(self.names))
        else:
            gradient = central_differences(lambda p: self._model(x, p).ravel(), self.values, self.errors)
        return center, variances(gradient, self.covariance).reshape(center.shape)

    def _weighted(self, values: _Array) -> _Array:
        if self.sigma is None:
            return values
        if self.sigma.ndim < 2:
            return values / self.sigma
        return np.asarray(np.linalg.solve(np.linalg.cholesky(self.sigma), values))

    def _log_determinant(self) -> float:
        """Of the covariance of the data that sigma gives."""
        if self.sigma is None:
            return 0.0
        if self.sigma.ndim < 2:
            return 2.0 * float(np.log(np.broadcast_to(self.sigma, self.residuals.shape)).sum())
        return float(np.linalg.slogdet(self.sigma)[1])

    def _counted(self) -> int:
        return len(self.fitted) + (not self.absolute_sigma)


def _points(x: Any) -> Any:
    """x as `f` and `jac` get it: numbers and lists of them as an array, anything else as it is."""
    return np.asarray(x, dtype=np.float64) if isinstance(x, (int, float, np.number, list, tuple, np.ndarray)) else x
