"""`Solution`: what a fit found, and the numbers that follow from it without calling the model."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._names import in_one_form
from . import counts
from .minima import Minima
from .statistics import check_level, t_quantile
from .words import Finding

_Array = NDArray[np.float64]

_NORMAL = 1.4826  # standard deviation of a normal distribution over its median without signs


@dataclass(frozen=True, eq=False, repr=False)
class Solution:
    """The fields of `Fit`, and what they imply."""

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
    x_name: str = field(repr=False)
    lower: _Array
    upper: _Array
    active_mask: NDArray[np.int_]
    method: str = "lm"
    loss: str | Callable[[_Array], ArrayLike] = "linear"
    f_scale: float = 1.0
    loss_weights: _Array | None = None
    tied: tuple[str, ...] = ()
    repeat: Callable[[Any], Any] | None = None  # of the engine: makes of a fit what fits again
    labels: tuple[str, ...] = field(default=(), repr=False, kw_only=True)
    distance: float = field(repr=False, default=0.0)
    remarks: tuple[Finding, ...] = field(repr=False, default=())
    predictors: Callable[[Any], Any] = field(repr=False, default=lambda x: x)
    is_complex: bool = field(repr=False, default=False)
    likelihood: str = field(repr=False, default="normal")
    minima: Minima | None = field(repr=False, default=None)

    # ---- the parameters

    @cached_property
    def fitted(self) -> tuple[str, ...]:
        """The parameters that are not tied, and that neither `fixed` nor a bound holds, in the order of `names`."""
        others = (*self.fixed, *self.tied)
        return tuple(
            name for name, side in zip(self.names, self.active_mask, strict=True) if name not in others and not side
        )

    @property
    def errors(self) -> _Array:
        """Standard errors, shape (n,): roots of the diagonal of `covariance`.

        Zero for parameters held, NaN for those that ended at a bound.
        """
        return self._errors.copy()

    @property
    def correlation(self) -> _Array:
        """Correlation of the parameters, shape (n, n): `covariance` over the products of `errors`; NaN without it."""
        return self._correlation.copy()

    def confidence_intervals(self, level: float = 0.95) -> _Array:
        """Intervals by the linear approximation, shape (n, 2); `Fit` has other methods."""
        errors, quantile = self._errors, self.quantile(level)
        # without degrees of freedom the quantile is infinite, but a parameter held stays where it is
        reach = quantile * errors if quantile < math.inf else np.where(errors == 0.0, 0.0, quantile) * errors
        ends = np.empty((errors.size, 2))
        low, high = ends.T
        np.subtract(self.values, reach, out=low)
        np.add(self.values, reach, out=high)
        known = np.isfinite(reach)
        np.maximum(low, self.lower, out=low, where=known)
        np.minimum(high, self.upper, out=high, where=known)
        return ends

    def quantile(self, level: float) -> float:
        """How many errors an interval with a given probability reaches to either side.

        By Student's t with `degrees_of_freedom`, or by the normal distribution with `absolute_sigma`.

        Parameters
        ----------
        level : float
            The probability, between 0 and 1.

        Returns
        -------
        float
            A quantile; inf without degrees of freedom.

        Raises
        ------
        ValueError
            If `level` is not between 0 and 1.

        Examples
        --------
        >>> import minpack
        >>> fit = minpack.fit(lambda x, a, b: a + b * x, [1.0, 2.0, 3.0, 4.0], [2.1, 3.9, 6.0, 8.2])
        >>> round(fit.quantile(0.95), 3)
        4.303
        """
        check_level(level)
        dof = math.inf if self._errors_are_given else self.degrees_of_freedom
        return t_quantile(0.5 + 0.5 * level, dof) if dof > 0 else math.inf

    def __getitem__(self, name: str) -> float:
        name = in_one_form(name)
        if name not in self.names:
            raise KeyError(f"{name!r} is not a parameter: there are {', '.join(self.names)}")
        return float(self.values[self.names.index(name)])

    def keys(self) -> tuple[str, ...]:
        """Return the names of all parameters, so that ``dict(fit)`` and ``f(x, **fit)`` work.

        Returns
        -------
        tuple of str
            `names`.

        Examples
        --------
        >>> import minpack
        >>> fit = minpack.fit(lambda x, slope: slope * x, [1.0, 2.0, 3.0], [2.0, 4.0, 6.0])
        >>> dict(fit)
        {'slope': 2.0}
        """
        return self.names

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    # ---- how good it is

    @cached_property
    def degrees_of_freedom(self) -> int:
        """Number of points less number of ``fitted`` parameters."""
        return self.residuals.size - len(self.fitted)

    @cached_property
    def chi_square(self) -> float:
        """Sum of the squares of `weighted_residuals`."""
        with np.errstate(over="ignore"):  # inf is then the answer
            return float(np.square(self.weighted_residuals).sum())

    @property
    def reduced_chi_square(self) -> float:
        """`chi_square` over `degrees_of_freedom`, NaN if there are none; about 1 if `sigma` gives the true errors."""
        return self.chi_square / self.degrees_of_freedom if self.degrees_of_freedom > 0 else math.nan

    @property
    def residual_sd(self) -> float:
        """Root of `reduced_chi_square`: without `sigma`, an estimate of the standard deviation of the data.

        With a loss that of the data without outliers: 1.4826 times the median of the weighted residuals without their
        signs, times the root of m over `degrees_of_freedom`.
        """
        if self.loss_weights is None:
            return math.sqrt(self.reduced_chi_square)
        m, dof = self.residuals.size, self.degrees_of_freedom
        return _NORMAL * float(np.median(np.abs(self.weighted_residuals))) * math.sqrt(m / dof) if dof > 0 else math.nan

    @cached_property
    def r_squared(self) -> float:
        """Share of the (weighted) variance of the data around their mean that the model explains; for counts, of the
        deviance of a constant.
        """
        if self.likelihood == "poisson":
            nothing = counts.null_deviance(self.ydata)
            return 1.0 - self.chi_square / nothing if nothing > 0.0 else math.nan
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # squares may be beyond what doubles hold
            ones, data = self._weighted(np.ones_like(self.ydata)), self._weighted(self.ydata)
            around_mean = data - ones * ((ones * data).sum() / np.square(ones).sum())
            total = float(np.square(around_mean).sum())
        return 1.0 - self.chi_square / total if total > 0.0 else math.nan

    @property
    def discounted(self) -> int:
        """Number of points that the loss makes count less than half."""
        return 0 if self.loss_weights is None else int((self.loss_weights < 0.5).sum())

    @property
    def log_likelihood(self) -> float:
        """Logarithm of the likelihood of normal errors with variances sigma^2, or c sigma^2 unless `absolute_sigma`.

        -(chi_square + sum log(2 pi sigma^2)) / 2; c is fitted, too: chi_square / m, its most likely value. For counts,
        that of Poisson's distribution. NaN with a loss, as the fit then maximizes another likelihood, and so are `aic`
        and `bic`.
        """
        if self.loss_weights is not None:
            return math.nan
        if self.likelihood == "poisson":
            return counts.log_likelihood(self.ydata - self.residuals, self.ydata)
        m = self.residuals.size
        log_variances = m * math.log(2.0 * math.pi) + self._log_determinant()
        if self.absolute_sigma:
            return -0.5 * (self.chi_square + log_variances)
        if self.chi_square == 0.0:
            return math.inf
        return -0.5 * (m + m * math.log(self.chi_square / m) + log_variances)

    @property
    def aic(self) -> float:
        """Akaike's information criterion, 2 k - 2 log L; k counts the fitted parameters, and c if it is fitted."""
        return 2.0 * self._counted() - 2.0 * self.log_likelihood

    @property
    def bic(self) -> float:
        """Bayesian information criterion, k log(m) - 2 log L, with k as in `aic`."""
        return self._counted() * math.log(self.residuals.size) - 2.0 * self.log_likelihood

    # ---- means to these ends

    @cached_property
    def _errors(self) -> _Array:
        return np.where(self.active_mask == 0, self.deviations, np.nan)

    @cached_property
    def _correlation(self) -> _Array:
        errors = np.where(self.deviations == 0.0, 1.0, self.deviations)
        with np.errstate(invalid="ignore", over="ignore"):
            correlation: _Array = self.covariance / np.outer(errors, errors)
        np.fill_diagonal(correlation, 1.0)
        return correlation

    @cached_property
    def deviations(self) -> _Array:
        """What `covariance` says: zero for parameters at a bound, too."""
        deviations: _Array = np.sqrt(np.diag(self.covariance))
        return deviations

    @property
    def _errors_are_given(self) -> bool:
        """Whether errors follow from sigma, not from the scatter of the residuals, as with a loss they always do."""
        return self.absolute_sigma and self.loss_weights is None

    def _real(self, values: Any) -> Any:
        """Complex numbers as all real parts and then all imaginary ones, if the data were complex."""
        if not self.is_complex:
            return values
        array = np.atleast_1d(values)
        return np.concatenate([array.real, array.imag])

    def _given(self, values: _Array) -> Any:
        """What `_real` made real, as complex numbers again."""
        half = len(values) // 2 if self.is_complex else 0
        if not half:
            return values
        numbers = np.empty((half, *values.shape[1:]), dtype=np.complex128)
        numbers.real, numbers.imag = values[:half], values[half:]  # times 1j, infinity would become NaN
        return numbers

    def _weighted(self, values: _Array) -> _Array:
        if self.sigma is None:
            return values
        if self.sigma.ndim < 2:
            return (values.T / self.sigma).T  # of a vector, or of columns
        return np.asarray(np.linalg.solve(np.linalg.cholesky(self.sigma), values))

    def _log_determinant(self) -> float:
        """The logarithm of the determinant of the covariance of the data, as sigma gives it."""
        if self.sigma is None:
            return 0.0
        if self.sigma.ndim < 2:
            return 2.0 * float(np.log(np.broadcast_to(self.sigma, self.residuals.shape)).sum())
        return float(np.linalg.slogdet(self.sigma)[1])

    def _counted(self) -> int:
        return len(self.fitted) + (not self.absolute_sigma)
