"""What a fit says about its parameters when it is repeated: intervals, profiles, contours, the bootstrap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import profile as _profile
from .bootstrap import Bootstrap, bootstrap
from .solution import Solution

_Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class Repeatable(Solution):
    """A solution that can be fitted again, with parameters held or on other data."""

    def confidence_intervals(self, level: float = 0.95, method: str = "linear") -> _Array:
        """Intervals that cover the true values of the parameters with a given probability, each on its own.

        With "linear", ``values`` plus and minus a multiple of `errors`: the quantile of Student's t with
        `degrees_of_freedom`, or of the normal distribution with `absolute_sigma`. With "profile", the values at which
        the best fit for a given value of the parameter is worse than the best of all by the square of that
        quantile, in units of the variance: the intervals of MINOS, or by the F test. They are not symmetric
        if the model is not linear, and end where chi-square first rises so far.

        Parameters
        ----------
        level : float, optional
            The probability, between 0 and 1.
        method : {"linear", "profile"}, optional
            "profile" fits again, about ten times per end, all at once.

        Returns
        -------
        ndarray, shape (n, 2)
            Lower and upper ends; infinite if the errors are or if the data leave the parameter open to that side,
            equal for parameters held. With "profile", NaN for parameters that a function computes from others.

        Raises
        ------
        ValueError
            If `level` is not between 0 and 1, or the method not known.

        Warns
        -----
        RuntimeWarning
            If fits fail before an end is reached, which is then NaN, if a better fit is found on the way, or if
            chi-square falls below the limit again beyond an end, as past a pole of the model.

        References
        ----------
        .. [1] Bates, Watts: Nonlinear Regression Analysis and Its Applications, Wiley, 1988, chapter 6.

        Examples
        --------
        >>> import numpy as np
        >>> import minpack
        >>> x, y = np.arange(6.0), np.array([1.1, 2.9, 5.2, 7.1, 8.8, 11.0])
        >>> fit = minpack.fit(lambda x, start, slope: start + slope * x, x, y)
        >>> fit.confidence_intervals().round(3)
        array([[0.768, 1.393],
               [1.871, 2.078]])
        """
        if method == "profile":
            return _profile.intervals(self, level)
        if method != "linear":
            raise ValueError(f"method must be 'linear' or 'profile'; got {method!r}")
        return super().confidence_intervals(level)

    def profile(self, *names: str, points: int = 8, level: float = 0.99) -> Any:
        """Find how well the model can fit for other values of a parameter, with all others fitted again.

        Parameters
        ----------
        *names : str
            The parameters; by default all that were fitted.
        points : int, optional
            How many values to each side of the fitted one.
        level : float, optional
            The probability of the interval that the values cover, or nearly so.

        Returns
        -------
        Profile or dict of Profile
            A single profile if one parameter is named; otherwise profiles by name.

        Raises
        ------
        ValueError
            If a name is not that of a fitted parameter, or the fit has no errors.

        Examples
        --------
        >>> import numpy as np
        >>> import minpack
        >>> x = np.arange(6.0)
        >>> y = np.array([2.9, 1.9, 1.1, 0.8, 0.4, 0.3])
        >>> fit = minpack.fit(lambda x, height, rate: height * np.exp(-rate * x), x, y)
        >>> profile = fit.profile("rate", points=2)
        >>> profile.values.round(3), profile.z.round(3)
        (array([0.381, 0.42 , 0.46 , 0.503, 0.545]), array([-4.96 , -2.397,  0.   ,  2.378,  4.583]))
        """
        chosen = names or self.fitted
        found = _profile.profiles(self, chosen, points, level)
        return found[names[0]] if len(names) == 1 else found

    def contour(self, name_x: str, name_y: str, *, level: float = 0.95, points: int = 60) -> _profile.Contour:
        """Find the border of the region that holds the true values of two parameters with a given probability.

        There the best fit for given values of the two is worse than the best of all by the quantile of the chi-square
        or F distribution with 2 degrees of freedom.

        Parameters
        ----------
        name_x, name_y : str
            The two parameters.
        level : float, optional
            The probability for both together, between 0 and 1.
        points : int, optional
            How many points of the border.

        Returns
        -------
        Contour
            The points, and those of the ellipse of the linear approximation.

        Raises
        ------
        ValueError
            If a name is not that of a fitted parameter, or the fit has no errors.

        Examples
        --------
        >>> import numpy as np
        >>> import minpack
        >>> x, y = np.arange(6.0), np.array([1.1, 2.9, 5.2, 7.1, 8.8, 11.0])
        >>> fit = minpack.fit(lambda x, start, slope: start + slope * x, x, y)
        >>> fit.contour("start", "slope", points=4).points.round(3)
        array([[1.5  , 1.86 ],
               [1.081, 2.052],
               [0.661, 2.089],
               [1.081, 1.896]])
        """
        return _profile.contour(self, (name_x, name_y), level, points)

    def bootstrap(self, count: int = 1000, method: str | None = None, *, rng: Any = None) -> Bootstrap:
        """Fit data drawn anew, many times, all at once: errors and intervals from the scatter of the results.

        Parameters
        ----------
        count : int, optional
            How many times.
        method : {"residual", "case", "parametric"}, optional
            How data are drawn; by default "residual", and "parametric" for counts. "residual": the fitted curve plus
            residuals picked at random with replacement, without their mean, and larger by the root of points over
            `degrees_of_freedom`, as fitting makes them too small. "case": points picked at random with replacement.
            "parametric": the fitted curve plus normal noise, of `sigma` with `absolute_sigma`, otherwise scaled to the
            scatter of the residuals; for counts, numbers of Poisson's distribution.
        rng : int or numpy.random.Generator, optional
            The seed, or a generator, for the same result each time.

        Returns
        -------
        Bootstrap
            The parameters of each fit; errors, bias, intervals.

        Raises
        ------
        ValueError
            If the method is not known or does not go with `sigma`, or `count` is less than 2.

        References
        ----------
        .. [1] Davison, Hinkley: Bootstrap Methods and their Application, Cambridge University Press, 1997.

        Examples
        --------
        >>> import numpy as np
        >>> import minpack
        >>> x, y = np.arange(6.0), np.array([1.1, 2.9, 5.2, 7.1, 8.8, 11.0])
        >>> fit = minpack.fit(lambda x, start, slope: start + slope * x, x, y)
        >>> fit.bootstrap(500, rng=1)
        Bootstrap(residual, 500 fits)
        """
        return bootstrap(self, count, method, rng)
