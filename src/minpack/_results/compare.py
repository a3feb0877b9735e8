"""Which of several models of the same data to take."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .._names import called
from .ending import NO_CHANGE
from .report import aligned, html_table
from .solution import Solution
from .statistics import chi_square_tail, f_tail
from .warnings import warn_optimize

_Array = NDArray[np.float64]

_SAME = 1e-5  # relative difference of sums of squares that tolerances of fits leave
_ABOVE = (
    "fit {large} ({name}) contains fit {small} but has the larger chi-square, {of_large:.6g} to {of_small:.6g}, so it "
    "is not at its minimum: fit it again with p0=dict(fit{small}){otherwise}"
)
_OTHERWISE = ", or pass nested=False if only the names of the parameters are the same"


@dataclass(frozen=True, eq=False)
class Comparison:
    """Models of the same data, compared; printed as a table.

    Attributes
    ----------
    names : tuple of str
        The models, in the order given.
    parameters : ndarray of int, shape (k,)
        How many parameters of each were fitted.
    chi_square : ndarray, shape (k,)
        The sum of squares of each.
    aicc : ndarray, shape (k,)
        Akaike's information criterion of each, corrected for few points: AIC + 2 p (p + 1) / (m - p - 1), with p the
        parameters that AIC counts; inf if there are too few points.
    weights : ndarray, shape (k,)
        The probability of each to be the best, exp(-aicc / 2) scaled to a sum of 1.
    statistic : float
        F of two nested models: the fall of chi-square per additional parameter, over the reduced chi-square of the
        larger model. With `absolute_sigma` the fall itself. NaN for others.
    p_value : float
        The probability of as large a statistic if the smaller model is true.
    test : str
        "F", "chi-square", or "" if the models are not nested.

    Examples
    --------
    >>> import numpy as np
    >>> import minpack
    >>> x, y = np.arange(8.0), np.array([1.1, 2.9, 5.2, 7.1, 8.8, 11.0, 13.1, 14.9])
    >>> flat = minpack.fit(lambda x, a: a + 0 * x, x, y)
    >>> line = minpack.fit(lambda x, a, b: a + b * x, x, y)
    >>> compared = minpack.compare(flat, line)
    >>> compared.best, compared.test, compared.p_value < 1e-6
    (1, 'F', True)
    """

    names: tuple[str, ...]
    parameters: NDArray[np.int_]
    chi_square: _Array
    aicc: _Array
    weights: _Array
    statistic: float
    p_value: float
    test: str

    @property
    def best(self) -> int:
        """The position of the model with the least `aicc`."""
        return int(np.argmin(self.aicc))

    def __str__(self) -> str:
        test = self._test_in_words()
        return "\n".join([*aligned(self._table(), "lrrrrr"), *(["", test] if test else [])])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"<div>{html_table(self._table())}<p>{self._test_in_words()}</p></div>"

    def _table(self) -> list[list[str]]:
        """Titles, and a row per model."""
        rows = [["model", "parameters", "chi-square", "AICc", "difference", "weight"]]
        for k, name in enumerate(self.names):
            difference = f"{self.aicc[k] - self.aicc[self.best]:.2f}"
            rows.append([name, str(self.parameters[k]), f"{self.chi_square[k]:.6g}", f"{self.aicc[k]:.2f}", difference,
                         f"{self.weights[k]:.4f}"])  # fmt: skip
        return rows

    def _test_in_words(self) -> str:
        return f"{self.test} = {self.statistic:.4g}, p = {self.p_value:.2g}" if self.test else ""


def compared(fits: Sequence[Solution], nested: bool | None) -> Comparison:
    for k, fit in enumerate(fits, start=1):
        if fit.loss_weights is not None:
            raise ValueError(f"fits must be without a loss, as only these have a likelihood; fit {k} has one")
        _check_same(fits[0], fit, k)
        if not fit.success:
            warn_optimize(f"fit {k} ({called(fit.f)}) did not converge, so its chi-square may be far above the least")
    aicc = np.array([corrected(fit) for fit in fits])
    least = float(aicc.min())
    weights = np.exp(-0.5 * (aicc - least)) if math.isfinite(least) else (aicc == least).astype(float)
    statistic, p_value, test = math.nan, math.nan, ""
    names = tuple(called(fit.f) for fit in fits)
    pairs = [pair for pair in itertools.permutations(range(len(fits)), 2) if _is_nested(fits, *pair, nested)]
    for small, large in pairs:
        if _is_above(fits[small], fits[large]):
            warn_optimize(_ABOVE.format(
                large=large + 1, small=small + 1, name=names[large], of_large=fits[large].chi_square,
                of_small=fits[small].chi_square, otherwise="" if nested else _OTHERWISE,
            ))  # fmt: skip
    if len(fits) == 2 and (nested or (nested is None and pairs)):
        statistic, p_value, test = _test(*sorted(fits, key=lambda fit: len(fit.fitted)))
    return Comparison(
        names, np.array([len(fit.fitted) for fit in fits]),
        np.array([fit.chi_square for fit in fits]), aicc, weights / weights.sum(), statistic, p_value, test,
    )  # fmt: skip


def corrected(fit: Solution) -> float:
    k = round(0.5 * (fit.aic + 2.0 * fit.log_likelihood)) if math.isfinite(fit.log_likelihood) else len(fit.fitted) + 1
    room = fit.residuals.size - k - 1
    return fit.aic + 2.0 * k * (k + 1) / room if room > 0 else math.inf


def _check_same(first: Solution, other: Solution, k: int) -> None:
    same = np.array_equal(first.ydata, other.ydata) and first.absolute_sigma == other.absolute_sigma
    same = same and first.likelihood == other.likelihood and (first.method == "odr") == (other.method == "odr")
    # the sigma of counts is that of the model, and with errors in x it has a part of the model's
    of_model = first.likelihood == "poisson" or first.method == "odr"
    a, b = (np.ones(1) if fit.sigma is None or of_model else fit.sigma for fit in (first, other))
    if not (same and a.ndim // 2 == b.ndim // 2 and {a.size, b.size} <= {1, max(a.size, b.size)} and np.all(a == b)):
        raise ValueError(f"fits must be of the same ydata, sigma and absolute_sigma; fit {k} differs from fit 1")


def _is_nested(fits: Sequence[Solution], small: int, large: int, nested: bool | None) -> bool:
    """Whether the names of one model's fitted parameters are among the other's, which has more; or the caller says."""
    few, more = (set(fits[k].fitted) for k in (small, large))
    return len(few) < len(more) and (few < more if nested is None else nested and len(fits) == 2)


def _is_above(small: Solution, large: Solution) -> bool:
    """Whether a model that contains another has a larger sum of squares, by more than where fits end."""
    data = small._weighted(small.ydata)
    return large.chi_square > (1.0 + _SAME) * small.chi_square + NO_CHANGE**2 * float(data @ data)


def _test(small: Solution, large: Solution) -> tuple[float, float, str]:
    more = len(large.fitted) - len(small.fitted)
    if more < 1:
        raise ValueError("nested must be False for models with the same number of fitted parameters")
    if _is_above(small, large):
        return math.nan, math.nan, ""
    fall, dof = max(small.chi_square - large.chi_square, 0.0), large.degrees_of_freedom
    if large.absolute_sigma:
        return fall, chi_square_tail(fall, more), "chi-square"
    if dof < 1 or large.chi_square == 0.0:
        return math.nan, math.nan, ""
    statistic = fall / more / large.reduced_chi_square
    return statistic, f_tail(statistic, more, dof), "F"
