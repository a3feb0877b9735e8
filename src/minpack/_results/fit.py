"""`Fit`: the whole answer of a curve fit."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import MISSING, dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import plot as _plot
from . import report as _report
from .derivatives import precision_of
from .exchange import Saved
from .findings import diagnose
from .propagation import Derived, derive, differentiate, variances
from .words import Findings

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False, init=False)
class Fit(Saved):
    """What `fit` found: parameters, their errors, how good the fit is, and what follows from it.

    ``fit["a"]`` is the value of parameter a, and ``f(x, **fit)`` the model with all of them. ``print(fit)`` prints
    `report`; notebooks show a table.

    Attributes
    ----------
    names : tuple of str
        All n parameters, those held included, in the order of the arguments of `f`.
    fixed : tuple of str
        The parameters that were held.
    values : ndarray, shape (n,)
        The parameters where the fit ended.
    start : ndarray, shape (n,)
        The parameters where it started.
    covariance : ndarray, shape (n, n)
        Covariance of the parameters, from the linear approximation at `values`; zero for those held or at a bound, all
        inf if it cannot be estimated. With a loss robust: see `fit`.
    residuals : ndarray, shape (m,)
        Data minus model, in the units of `ydata`.
    weighted_residuals : ndarray, shape (m,)
        The residuals divided by `sigma` (by the Cholesky factor of a covariance matrix).
    success : bool
        Whether the fit converged.
    status : int
        MINPACK's code, with every method: 1 to 4 is success.
    message : str
        The meaning of the code.
    nfev : int
        Number of calls of `f` by the fit, and by attempts to go on from it or to start elsewhere; those for derivatives
        by which it goes on, or which `covariance` needs, are not counted.
    f, jac, xdata, ydata, sigma, absolute_sigma
        The arguments of `fit`; data as arrays, without the points that `nan_policy` omitted.
    r_factor : ndarray, shape (k, k)
        R of the QR factorization of the weighted Jacobian at `values`, its columns in the order of ``fitted``, the k
        parameters that nothing holds: ``R.T @ R`` equals ``J.T @ J``.
    x_name : str
        The name of the first argument of `f`.
    labels : tuple of str
        What pandas, polars or xarray call the predictors and `ydata`, with units; empty if they have none.
    distance : float
        How far the minimum still is, by a Gauss-Newton step from `values` in standard errors: above 0.1 the fit did
        not converge, whatever its code says. With bounds, by a step in the parameters that none of them holds.
    remarks : tuple of Finding
        What was found while the fit ran, for `diagnose`.
    lower, upper : ndarray, shape (n,)
        Bounds of the parameters, infinite for none.
    active_mask : ndarray of int, shape (n,)
        -1 or 1 for a parameter that ended at its lower or upper bound, 0 for the others.
    method, loss, f_scale
        How the fit was made.
    loss_weights : ndarray, shape (m,), or None
        With a loss, how much each point counts, the derivative of the loss: 1 as in least squares, 0 not at all.
    tied : tuple of str
        The parameters that were computed from others.
    predictors : callable
        ``predictors(x)`` is x as `f` gets it: numbers as an array, times as seconds since ``predictors.origin``.
    is_complex : bool
        Whether the data were complex: `ydata` and `residuals` then have all real parts, and after them all imaginary
        ones.
    minima : Minima or None
        With `starts`: the minima that fits from many starts found.

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

    def __init__(self, **fields: Any) -> None:
        # all at once: dataclasses set each field of a frozen one by a call
        if not _NEEDED <= fields.keys() <= _FIELDS:
            wrong = (_NEEDED - fields.keys()) | (fields.keys() - _FIELDS)
            raise TypeError(f"a Fit must get its fields; got others, or not all: {sorted(wrong)}")
        self.__dict__.update(fields)

    def diagnose(self) -> Findings:
        """List the doubts about the fit, each with what to do.

        Looks at convergence; at parameters that ended at a bound, that have no influence, that can nearly replace each
        other, or that are hardly determined; at whether the curve is better than the mean of the data, and the
        residuals scatter as `sigma` says, do not grow with the signal and look like noise; at points that are far off.
        Uses what the fit has left, its residuals and the factor R of its Jacobian; `f` is called if a point may be off.

        Returns
        -------
        Findings
            A tuple of sentences, the gravest first; empty, and printed as "no doubts", if there are none. Its
            ``records`` are the same as data.

        Examples
        --------
        >>> import numpy as np
        >>> import minpack
        >>> x = np.arange(12.0)
        >>> y = 2.0 * x + 0.1 * np.sin(7.0 * x)
        >>> y[4] = 13.0
        >>> fit = minpack.fit(lambda x, start, slope: start + slope * x, x, y)
        >>> fit.diagnose()
        point 4 (+3.0 sd) far off the curve: check the data there, or give such points a larger sigma
        >>> fit.diagnose().records[0].kind
        'outliers'
        """
        return diagnose(self)

    # ---- what follows from it

    def predict(self, x: Any) -> Any:
        """Evaluate the model with the fitted values.

        Parameters
        ----------
        x : array_like or object
            Where; numbers and lists of them become an array of float64, as in `fit`.

        Returns
        -------
        ndarray
            ``f(x, *values)``; complex if the data were.

        Examples
        --------
        >>> import numpy as np
        >>> import minpack
        >>> x, y = np.arange(6.0), np.array([1.1, 2.9, 5.2, 7.1, 8.8, 11.0])
        >>> fit = minpack.fit(lambda x, start, slope: start + slope * x, x, y)
        >>> fit.predict([6.0, 7.0]).round(2)
        array([12.93, 14.9 ])
        """
        return self._given(self._model(x, self.values))

    def confidence_band(self, x: Any, level: float = 0.95) -> tuple[_Array, _Array]:
        """Bound the true curve, with a given probability at each x on its own.

        The variance of the curve is g C g', with C the covariance of the parameters and g the gradient of the model by
        them, from `jac` or central differences, which stay within the bounds; the multiple of its root is that of
        `confidence_intervals`.

        Parameters
        ----------
        x : array_like or object
            Where.
        level : float, optional
            The probability, between 0 and 1.

        Returns
        -------
        lower, upper : ndarray
            Bounds with the shape of ``predict(x)``.

        Raises
        ------
        ValueError
            If `level` is not between 0 and 1, or the fit was restored without its function.

        Examples
        --------
        >>> import numpy as np
        >>> import minpack
        >>> x, y = np.arange(6.0), np.array([1.1, 2.9, 5.2, 7.1, 8.8, 11.0])
        >>> fit = minpack.fit(lambda x, start, slope: start + slope * x, x, y)
        >>> low, high = fit.confidence_band([2.5, 7.0])
        >>> low.round(2), high.round(2)
        (array([ 5.84, 14.4 ]), array([ 6.19, 15.4 ]))
        """
        center, variance = self._spread(x)
        reach = self.quantile(level) * np.sqrt(variance)
        return self._given(center - reach), self._given(center + reach)

    def prediction_band(self, x: Any, level: float = 0.95, *, sigma: ArrayLike | None = None) -> tuple[_Array, _Array]:
        """Bound a new observation, with a given probability at each x on its own.

        As `confidence_band`, with the variance of the observation added to that of the curve.

        Parameters
        ----------
        x : array_like or object
            Where.
        level : float, optional
            The probability, between 0 and 1.
        sigma : array_like, optional
            Standard deviation of the new observation, one number or one per element of ``predict(x)``, before any
            scaling, as in `fit`. Must be given if that of the data varied.

        Returns
        -------
        lower, upper : ndarray
            Bounds with the shape of ``predict(x)``.

        Raises
        ------
        ValueError
            If `sigma` is needed and not given, negative, not finite, or has another shape.

        Examples
        --------
        >>> import numpy as np
        >>> import minpack
        >>> x, y = np.arange(6.0), np.array([1.1, 2.9, 5.2, 7.1, 8.8, 11.0])
        >>> fit = minpack.fit(lambda x, start, slope: start + slope * x, x, y)
        >>> low, high = fit.prediction_band([2.5, 7.0])
        >>> low.round(2), high.round(2)
        (array([ 5.55, 14.24]), array([ 6.48, 15.56]))
        """
        if sigma is None and self.likelihood == "poisson":
            sigma = np.sqrt(np.maximum(self._model(x, self.values), 0.0))
        if sigma is None:
            sigma = 1.0 if self.sigma is None else self.sigma
            if np.ndim(sigma) > 1 or np.ptp(sigma) > 0.0:
                raise ValueError("sigma must be given, the standard deviation of the new data: it varied in the fit")
            sigma = np.max(sigma)
        noise = np.asarray(sigma, dtype=np.float64)
        if not (np.isfinite(noise).all() and (noise >= 0.0).all()):
            raise ValueError("sigma must be standard deviations: finite numbers, none of them negative")
        known = self._errors_are_given or self.degrees_of_freedom > 0
        scale = (1.0 if self.absolute_sigma else self.residual_sd) if known else math.inf
        center, variance = self._spread(x)
        if noise.size == 1:
            noise = noise.reshape(())
        elif noise.shape != center.shape:
            raise ValueError(f"sigma must be a number or have shape {center.shape}, as x; got shape {noise.shape}")
        reach = self.quantile(level) * np.hypot(np.sqrt(variance), noise * scale)
        return self._given(center - reach), self._given(center + reach)

    def derived(self, func: Callable[..., Any] | str) -> Derived:
        """Compute a quantity from the parameters, with its standard error.

        By linear propagation: the covariance is G C G', with C that of the parameters and G the derivatives of `func`
        by them, from central differences, which stay within the bounds.

        Parameters
        ----------
        func : callable or str
            Takes parameters by their names, as many as it needs, or else all of them by position. Returns a number, or
            a vector of k numbers. If a `model` was fitted, also the name of a derived quantity, such as "fwhm", or a
            formula of these and of parameters, such as "a_area/b_area".

        Returns
        -------
        Derived
            ``value``, ``error`` and ``covariance``: numbers, or arrays of shape (k,), (k,) and (k, k).

        Raises
        ------
        ValueError
            If the arguments of `func` are not parameters, or it returns more than a vector.

        Examples
        --------
        >>> import numpy as np
        >>> import minpack
        >>> x, y = np.arange(6.0), np.array([1.1, 2.9, 5.2, 7.1, 8.8, 11.0])
        >>> fit = minpack.fit(lambda x, start, slope: start + slope * x, x, y)
        >>> zero = fit.derived(lambda start, slope: -start / slope)
        >>> print(f"{zero.value:.3f} ± {zero.error:.3f}")
        -0.548 ± 0.066
        """
        return derive(func, self)

    # ---- how it looks

    def report(self) -> str:
        """Write all of the answer as text.

        Returns
        -------
        str
            How the fit ended; a table of the parameters with errors, relative errors and 95 % intervals; how good the
            fit is; correlations, if there are 2 to 10 parameters; the doubts.

        Examples
        --------
        >>> import numpy as np
        >>> import minpack
        >>> x, y = np.arange(6.0), np.array([1.1, 2.9, 5.2, 7.1, 8.8, 11.0])
        >>> fit = minpack.fit(lambda x, start, slope: start + slope * x, x, y)
        >>> print(fit.report().splitlines()[0])
        Fit of <lambda>(start, slope): converged in 7 calls
        """
        return _report.report(self, self.diagnose())

    def plot(
        self, ax: Axes | Sequence[Axes] | None = None, *, level: float = 0.95,
        xscale: Literal["linear", "log"] | None = None, title: str | None = None, labels: Sequence[str] | None = None,
    ) -> Figure:  # fmt: skip
        """Draw data, curve, confidence band and, below, the residuals; needs matplotlib.

        If there are two predictors, draw data, model and residuals as maps next to each other. If the data are
        complex, draw real and imaginary parts next to each other.

        The curve has many more points than the data. If the model at a point depends on other points, as with a
        cumulative sum, minpack draws it at the points of the data. If `f` has a method ``components(x, *values)`` that
        returns a dict of arrays, minpack draws these, too.

        Parameters
        ----------
        ax : Axes or sequence of Axes, optional
            Where to draw data and curve, and the residuals if there are two; three for two predictors. By default a new
            figure. Two for the parts of complex data.
        level : float, optional
            The probability of the confidence band.
        xscale : {None, "linear", "log"}, optional
            The scale of the x axis. By default that of `ax`; in a new figure logarithmic if `xdata` are positive, span
            two decades or more, and lie more evenly that way.
        title : str, optional
            What to write above.
        labels : sequence of str, optional
            What to write at the axes: of x, or of both predictors, and of y. By default the names that pandas, polars
            or xarray keep with the data, else the name of the argument of `f`, and y.

        Returns
        -------
        Figure
            That of the axes.

        Raises
        ------
        ValueError
            If there are not one or two numbers x per point, if `xscale` is "log" and an x is not positive, or if there
            are too many or too few `ax` or `labels`.
        ImportError
            If matplotlib is not installed.

        Examples
        --------
        >>> fit.plot().savefig("fit.png")  # doctest: +SKIP
        """

        def evaluate(x: Any) -> tuple[_Array, _Array, _Array]:
            return self.predict(x), *self.confidence_band(x, level)

        return _plot.draw(self, evaluate, ax, level=level, xscale=xscale, title=title, labels=labels)

    def __repr__(self) -> str:
        return _report.brief(self)

    def __str__(self) -> str:
        return self.report()

    def _repr_html_(self) -> str:
        return _report.html(self, self.diagnose())

    # ---- means to these ends

    def _model(self, x: Any, values: _Array) -> _Array:
        x = self.predictors(x)
        curve = np.asarray(self._real(self.f(x, *values)), dtype=np.float64)
        if self.is_complex:
            return curve
        if curve.size == 1 and isinstance(x, np.ndarray) and np.ndim(self.xdata) == 1:
            curve = np.full(x.shape, curve.item())  # one value stands for all points, as it did in the fit
        return curve

    def _spread(self, x: Any) -> tuple[_Array, _Array]:
        """The model at x, and the variance of it that the parameters' errors cause."""
        center = self._model(x, self.values)
        if self.jac is not None:
            x = self.predictors(x)
            if isinstance(x, np.ndarray) and np.ndim(self.xdata) == 1:
                x = x.ravel()  # of one point, too: in the fit jac had a vector
            gradient = np.asarray(self._real(self.jac(x, *self.values)), dtype=np.float64)
            shape = center.size, len(self.names)
            if gradient.size != center.size * len(self.names):
                raise ValueError(f"jac must return shape {shape} here; it returned {gradient.shape}")
            gradient = gradient.reshape(shape)
        else:
            eps = precision_of(self.f(self.predictors(x), *self.values))
            gradient = differentiate(lambda p: self._model(x, p).ravel(), center.ravel(), self, eps)
        return center, variances(gradient, self.covariance).reshape(center.shape)


_FIELDS = frozenset(field.name for field in fields(Fit))
_NEEDED = frozenset(field.name for field in fields(Fit) if field.default is MISSING)
