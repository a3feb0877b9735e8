"""Fits of several data sets at once, and of residuals of one's own making: what they give back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .fit import Fit
from .panels import parameters
from .plot import draw_part, part_of, subplots

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_Array = NDArray[np.float64]

_ABREAST = 4  # panels in a row, at most
_MOST_NAMES = 24  # of parameters below the panels


@dataclass(frozen=True, eq=False)
class DataSets:
    """The x of several data sets, and how many points each has; or of one of them, the others None, without sizes."""

    xs: tuple[Any, ...]
    sizes: tuple[int, ...] = ()

    def of(self, number: int) -> Any:
        """The x of a data set, counted from 1."""
        if not isinstance(number, (int, np.integer)) or not 1 <= number <= len(self.xs):
            raise ValueError(f"dataset must be a number from 1 to {len(self.xs)}; got {number!r}")
        return self.xs[number - 1]

    def only(self, number: int, x: Any) -> DataSets:
        """Other x for one data set, counted from 1, and none for the others."""
        self.of(number)
        return DataSets(tuple(x if k == number else None for k in range(1, len(self.xs) + 1)))


@dataclass(frozen=True, eq=False, repr=False)
class GlobalFit(Fit):
    """What `fit_global` found: a `Fit` of all data sets together.

    Attributes
    ----------
    parts : tuple of slice
        Where each data set is in ``residuals``, ``ydata`` and so on, which have them one after the other.

    Examples
    --------
    >>> import numpy as np
    >>> import minpack
    >>> x = np.arange(5.0)
    >>> sets = [(x, 1.0 + 2.0 * x), (x[1:], 4.0 + 2.0 * x[1:])]
    >>> fit = minpack.fit_global(lambda x, a, slope: a + slope * x, sets, shared=["slope"])
    >>> fit.names, fit.parts
    (('a_1', 'slope', 'a_2'), (slice(0, 5, None), slice(5, 9, None)))
    """

    parts: tuple[slice, ...] = ()

    def predict(self, x: Any, dataset: int = 1) -> _Array:
        """Evaluate the model of one data set with the fitted values.

        Parameters
        ----------
        x : array_like or object
            Where.
        dataset : int, optional
            Its number, from 1, as in the names of its parameters.

        Returns
        -------
        ndarray
            The curve.

        Raises
        ------
        ValueError
            If there is no data set of this number.

        Examples
        --------
        >>> import numpy as np
        >>> import minpack
        >>> x = np.arange(5.0)
        >>> sets = [(x, 1.0 + 2.0 * x), (x, 4.0 + 2.0 * x)]
        >>> fit = minpack.fit_global(lambda x, a, slope: a + slope * x, sets, shared=["slope"])
        >>> fit.predict([10.0], dataset=2).round(6)
        array([24.])
        """
        curve: _Array = super().predict(self._one(x, dataset))
        return curve

    def confidence_band(self, x: Any, level: float = 0.95, *, dataset: int = 1) -> tuple[_Array, _Array]:
        """Bound the true curve of one data set, as `Fit.confidence_band` does.

        Parameters
        ----------
        x : array_like or object
            Where.
        level : float, optional
            The probability, between 0 and 1.
        dataset : int, optional
            Its number, from 1.

        Returns
        -------
        lower, upper : ndarray
            Bounds with the shape of the curve.

        Raises
        ------
        ValueError
            If there is no data set of this number, or `level` is not between 0 and 1.

        Examples
        --------
        >>> import numpy as np
        >>> import minpack
        >>> x = np.arange(5.0)
        >>> sets = [(x, [1.1, 2.9, 5.0, 7.1, 8.9]), (x, [4.0, 6.1, 7.9, 10.1, 11.9])]
        >>> fit = minpack.fit_global(lambda x, a, slope: a + slope * x, sets, shared=["slope"])
        >>> low, high = fit.confidence_band([10.0], dataset=2)
        >>> low.round(2), high.round(2)
        (array([23.4]), array([24.28]))
        """
        return super().confidence_band(self._one(x, dataset), level)

    def prediction_band(
        self, x: Any, level: float = 0.95, *, sigma: ArrayLike | None = None, dataset: int = 1
    ) -> tuple[_Array, _Array]:
        """Bound a new observation in one data set, as `Fit.prediction_band` does.

        Parameters
        ----------
        x : array_like or object
            Where.
        level : float, optional
            The probability, between 0 and 1.
        sigma : array_like, optional
            Standard deviation of the new observation.
        dataset : int, optional
            Its number, from 1.

        Returns
        -------
        lower, upper : ndarray
            Bounds with the shape of the curve.

        Raises
        ------
        ValueError
            If there is no data set of this number, `level` is not between 0 and 1, or `sigma` is needed.

        Examples
        --------
        >>> import numpy as np
        >>> import minpack
        >>> x = np.arange(5.0)
        >>> sets = [(x, [1.1, 2.9, 5.0, 7.1, 8.9]), (x, [4.0, 6.1, 7.9, 10.1, 11.9])]
        >>> fit = minpack.fit_global(lambda x, a, slope: a + slope * x, sets, shared=["slope"])
        >>> low, high = fit.prediction_band([10.0], dataset=2)
        >>> low.round(2), high.round(2)
        (array([23.34]), array([24.34]))
        """
        return super().prediction_band(self._one(x, dataset), level, sigma=sigma)

    def plot(self, *, level: float = 0.95) -> Figure:  # type: ignore[override]
        """Draw each data set with its curve and confidence band in a panel, and its residuals below; needs matplotlib.

        Parameters
        ----------
        level : float, optional
            The probability of the band.

        Returns
        -------
        Figure
            A new one.

        Raises
        ------
        ValueError
            If a data set does not have one number x per point.
        ImportError
            If matplotlib is not installed.

        Examples
        --------
        >>> fit.plot().savefig("fits.png")  # doctest: +SKIP
        """
        from .figure import settle, show_once

        count = len(self.parts)
        columns = min(count, _ABREAST)
        figure, axes = subplots(2, columns, -(-count // columns))
        for number, (upper, lower) in enumerate(zip(axes[0::2].flat, axes[1::2].flat, strict=True), start=1):
            if number > count:
                upper.remove()
                lower.remove()
                continue
            own = part_of(self, self.parts[number - 1])
            x = np.asarray(self.xdata.xs[number - 1])
            if x.shape != own.ydata.shape:
                raise ValueError(f"xdata must be one number per point for a plot; got shape {x.shape}")
            draw_part(replace(own, xdata=x), x, partial(self._curve, number, level), upper, lower, level)
            upper.set_title(f"data set {number}", fontsize="medium")
            upper.set_ylabel("y" if number % columns == 1 or columns == 1 else "")
            lower.set_ylabel(lower.get_ylabel() if number % columns == 1 or columns == 1 else "")
            lower.set_xlabel(self.x_name)
        if len(self.names) <= _MOST_NAMES:
            figure.supxlabel(parameters(self, 38 * columns), fontsize="small")
        settle(figure)
        return show_once(figure)

    def _curve(self, dataset: int, level: float, x: Any) -> tuple[_Array, _Array, _Array]:
        """The curve of one data set at x, and the ends of its confidence band."""
        return self.predict(x, dataset), *self.confidence_band(x, level, dataset=dataset)

    def _one(self, x: Any, dataset: int) -> DataSets:
        x = x.of(dataset) if isinstance(x, DataSets) else x  # xdata of the fit
        if x is None:  # which stands for the other data sets
            raise ValueError("x must be what f depends on; got None")
        return self.xdata.only(dataset, self.predictors(x))  # type: ignore[no-any-return]


@dataclass(frozen=True, eq=False, repr=False)
class ResidualFit(Fit):
    """What `fit_residuals` found: a `Fit` without a curve.

    Attributes
    ----------
    residuals : ndarray, shape (m,)
        What the function returned, as a vector; of complex numbers the real parts, then the imaginary ones.

    Examples
    --------
    >>> import numpy as np
    >>> import minpack
    >>> fit = minpack.fit_residuals(lambda a, b: np.array([a - 1.0, b - 2.0, a + b - 3.3]), {"a": 1.0, "b": 1.0})
    >>> fit.values.round(3), fit.residuals.round(3)
    (array([1.1, 2.1]), array([ 0.1,  0.1, -0.1]))
    """

    def plot(self) -> Figure:  # type: ignore[override]
        """Draw the residuals in their order; needs matplotlib.

        Returns
        -------
        Figure
            A new one.

        Raises
        ------
        ImportError
            If matplotlib is not installed.

        Examples
        --------
        >>> fit.plot().savefig("residuals.png")  # doctest: +SKIP
        """
        figure: Figure
        figure, axes = subplots(1, 1)
        from .figure import ink

        axes[0, 0].axhline(0.0, color="C3", lw=1.0)
        axes[0, 0].plot(self.residuals, "o", ms=4, color=ink(axes[0, 0]), mfc=axes[0, 0].get_facecolor())
        axes[0, 0].set(xlabel="number", ylabel="residual")
        return figure

    def _model(self, x: Any, values: _Array) -> _Array:
        raise ValueError("a fit of residuals has no curve to predict: call your own model with **fit")


def as_kind(kind: Callable[..., Any], fit: Fit, **more: Any) -> Any:
    """The same fit as another class."""
    return kind(**({name: getattr(fit, name) for name in Fit.__dataclass_fields__} | more))
