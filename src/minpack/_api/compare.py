"""`compare`: which of several fits of the same data to take."""

from __future__ import annotations

from .._results.compare import Comparison, compared
from .._results.fit import Fit


def compare(*fits: Fit, nested: bool | None = None) -> Comparison:
    """Compare fits of different models to the same data.

    Parameters
    ----------
    *fits : Fit
        Two or more fits of the same data with the same `sigma`.
    nested : bool, optional
        Whether the smaller of two models is the larger one with some parameters held at given values. Then an F test,
        or with `absolute_sigma` a chi-square test, tells whether the others are needed. By default, whether the
        names of its fitted parameters are among the other's.

    Returns
    -------
    Comparison
        AICc, weights and, for two nested models, the test; printed as a table.

    Raises
    ------
    ValueError
        If the data differ, or there are fewer than two fits.

    Warns
    -----
    OptimizeWarning
        If a model that contains another has the larger sum of squares: it is not at its minimum, and there is no test.

    References
    ----------
    .. [1] Burnham, Anderson: Model Selection and Multimodel Inference, Springer, 2002.

    Examples
    --------
    >>> import numpy as np
    >>> import minpack
    >>> x, y = np.arange(8.0), np.array([1.1, 2.9, 5.3, 7.1, 8.8, 11.0, 12.7, 14.1])
    >>> def line(x, a, b):
    ...     return a + b * x
    >>> def parabola(x, a, b, c):
    ...     return a + b * x + c * x**2
    >>> minpack.compare(minpack.fit(line, x, y), minpack.fit(parabola, x, y))
    model      parameters   chi-square    AICc   difference   weight
    line                2      0.43119   11.34         0.00   0.7913
    parabola            3     0.187381   14.00         2.67   0.2087
    <BLANKLINE>
    F = 6.506, p = 0.051
    """
    if len(fits) < 2:
        raise ValueError(f"fits must be two or more; got {len(fits)}")
    for fit in fits:
        if not isinstance(fit, Fit):
            raise TypeError(f"fits must be results of fit; got {fit!r}")
    return compared(fits, nested)
