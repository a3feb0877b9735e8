"""The bootstrap: a fit repeated on data drawn anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .._linear import products
from .._optional import needed
from .profile import settle_own
from .rays import repeat
from .solution import Solution
from .statistics import check_level

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_Array = NDArray[np.float64]

_ABREAST = 4  # histograms in a row, at most
METHODS = ("residual", "case", "parametric")


@dataclass(frozen=True, eq=False)
class Bootstrap:
    """Fits of data drawn anew, and what their scatter says about the parameters.

    Attributes
    ----------
    names : tuple of str
        The parameters.
    values : ndarray, shape (count, n)
        The parameters of each fit that converged.
    fitted : ndarray, shape (n,)
        Those of the fit to the data themselves.
    method : str
        How data were drawn: "residual", "case" or "parametric".
    failed : int
        How many fits did not converge, and are left out.

    Examples
    --------
    >>> import numpy as np
    >>> import minpack
    >>> x, y = np.arange(6.0), np.array([1.1, 2.9, 5.2, 7.1, 8.8, 11.0])
    >>> drawn = minpack.fit(lambda x, start, slope: start + slope * x, x, y).bootstrap(500, rng=1)
    >>> drawn.errors.shape, drawn.covariance.shape, drawn.failed
    ((2,), (2, 2), 0)
    """

    names: tuple[str, ...]
    values: _Array
    fitted: _Array
    method: str
    failed: int

    @property
    def errors(self) -> _Array:
        """Standard deviation of each parameter, shape (n,)."""
        return np.asarray(self.values.std(axis=0, ddof=1))

    @property
    def bias(self) -> _Array:
        """Mean of each parameter less its fitted value, shape (n,)."""
        return np.asarray(self.values.mean(axis=0) - self.fitted)

    @property
    def covariance(self) -> _Array:
        """Covariance of the parameters, shape (n, n)."""
        rows = (self.values - self.values.mean(axis=0)).T
        return products(rows, rows) / (len(self.values) - 1)

    def confidence_intervals(self, level: float = 0.95, method: str = "percentile") -> _Array:
        """Intervals that cover the true values of the parameters with a given probability, each on its own.

        Parameters
        ----------
        level : float, optional
            The probability, between 0 and 1.
        method : {"percentile", "basic"}, optional
            "percentile" takes the quantiles of the fitted values; "basic" reflects them at the fitted value, which
            corrects for bias.

        Returns
        -------
        ndarray, shape (n, 2)
            Lower and upper ends.

        Raises
        ------
        ValueError
            If `level` is not between 0 and 1, or the method not known.

        Examples
        --------
        >>> import numpy as np
        >>> import minpack
        >>> x, y = np.arange(6.0), np.array([1.1, 2.9, 5.2, 7.1, 8.8, 11.0])
        >>> fit = minpack.fit(lambda x, start, slope: start + slope * x, x, y)
        >>> drawn = fit.bootstrap(2000, rng=1)
        >>> drawn.confidence_intervals().shape
        (2, 2)
        """
        check_level(level)
        low, high = np.quantile(self.values, [0.5 - 0.5 * level, 0.5 + 0.5 * level], axis=0)
        if method == "basic":
            low, high = 2.0 * self.fitted - high, 2.0 * self.fitted - low
        elif method != "percentile":
            raise ValueError(f"method must be 'percentile' or 'basic'; got {method!r}")
        return np.column_stack([low, high])

    def plot(self) -> Figure:
        """Draw a histogram of each parameter that was fitted; needs matplotlib.

        Returns
        -------
        Figure
            A new one.

        Examples
        --------
        >>> fit.bootstrap(1000).plot().savefig("bootstrap.png")  # doctest: +SKIP
        """
        moved = [j for j in range(len(self.names)) if np.ptp(self.values[:, j]) > 0.0]
        columns = min(len(moved), _ABREAST)
        rows = -(-len(moved) // columns)
        figure, panels = needed("plot", "matplotlib.pyplot", "matplotlib").subplots(
            rows, columns, sharey=True, squeeze=False, figsize=(3.0 * columns, 2.6 * rows), layout="constrained"
        )
        for ax in panels.flat[len(moved) :]:
            ax.remove()
        for ax, j in zip(panels.flat, moved, strict=False):
            ax.hist(self.values[:, j], bins="auto", color="C3", alpha=0.5)
            ax.axvline(self.fitted[j], color="0.5", lw=1.2)
            for end in self.confidence_intervals()[j]:
                ax.axvline(end, color="0.5", ls="--", lw=0.8)
            ax.set_xlabel(self.names[j])
        for ax in panels[:, 0]:
            ax.set_ylabel("fits")
        settle_own(panels[0, 0])
        return figure  # type: ignore[no-any-return]

    def __repr__(self) -> str:
        failed = f", {self.failed} failed" if self.failed else ""
        return f"Bootstrap({self.method}, {len(self.values)} fits{failed})"


def bootstrap(fit: Solution, count: int, method: str | None, rng: Any) -> Bootstrap:
    """Draw data `count` times, and fit them all at once."""
    of_counts = fit.likelihood == "poisson"
    if method is None:
        method = "parametric" if of_counts else "residual"
    if not isinstance(count, (int, np.integer)) or count < 2:
        raise ValueError(f"count must be an integer of at least 2; got {count!r}")
    if method == "residual" and of_counts:
        raise ValueError("method must be 'parametric' or 'case' for counts; got 'residual'")
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(map(repr, METHODS))}; got {method!r}")
    refit = repeat(fit)
    generator = np.random.default_rng(rng)
    fitted = np.array([fit.names.index(name) for name in fit.fitted], dtype=np.intp)
    free = np.tile(fitted, (count, 1))
    if method == "case":
        if fit.sigma is not None and fit.sigma.ndim == 2:
            raise ValueError("method must be 'residual' or 'parametric' if sigma is a covariance matrix; got 'case'")
        m = fit.ydata.size
        picks = generator.integers(m, size=(count, m)) + m * np.arange(count)[:, np.newaxis]
        times = np.bincount(picks.ravel(), minlength=count * m).reshape(count, m)
        values, _, success = refit(np.tile(fit.values, (count, 1)), free, weights=np.sqrt(times))
    else:
        ydata = _drawn(fit, count, method, generator)
        values, _, success = refit(refit.near(fit.values, fitted, ydata), free, ydata=ydata)
    return Bootstrap(fit.names, values[success], fit.values, method, int(count - success.sum()))


def _drawn(fit: Solution, count: int, method: str, generator: np.random.Generator) -> _Array:
    """The fitted curve, and noise: residuals picked at random, or normal ones."""
    m, curve = fit.ydata.size, fit.ydata - fit.residuals
    if fit.likelihood == "poisson":
        return generator.poisson(np.maximum(curve, 0.0), size=(count, m)).astype(np.float64)
    if method == "residual":
        if fit.degrees_of_freedom < 1:
            raise ValueError("the fit must have more points than parameters for method 'residual'")
        pool = fit.weighted_residuals - fit.weighted_residuals.mean()
        pool = pool * np.sqrt(m / fit.degrees_of_freedom)  # fitting has taken some of the scatter away
        noise = pool[generator.integers(m, size=(count, m))]
    else:
        noise = generator.standard_normal((count, m)) * (1.0 if fit.absolute_sigma else fit.residual_sd)
    if fit.sigma is not None:
        noise = noise * fit.sigma if fit.sigma.ndim < 2 else noise @ np.linalg.cholesky(fit.sigma).T
    drawn: _Array = curve + noise
    return drawn
