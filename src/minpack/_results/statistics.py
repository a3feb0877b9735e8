"""The few distributions and tests that judging a fit needs: Student's t, the normal, chi-square, runs, lag 1."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

# from here on runs are counted by the normal approximation, which is then good to 1e-4, and not by exact combinatorics
_MANY = 300


def t_tail(t: float, dof: float) -> float:
    """Probability that Student's t with `dof` degrees of freedom exceeds `t`; the normal for infinite `dof`.

    Half the regularized incomplete beta function I_x(dof / 2, 1 / 2) at x = dof / (dof + t^2).
    """
    if t < 0.0:
        return 1.0 - t_tail(-t, dof)
    if math.isinf(dof):
        return 0.5 * math.erfc(t / math.sqrt(2.0))
    ratio = t * t / dof
    a, y = 0.5 * dof, ratio / (1.0 + ratio)
    front = math.exp(-a * math.log1p(ratio)) * math.sqrt(y) * _gamma_ratio(a) / math.sqrt(math.pi)
    return 0.5 * _beta(a, 0.5, ratio, front)


@functools.lru_cache  # fits in a loop ask for the same again and again
def t_quantile(probability: float, dof: float) -> float:
    """The value that Student's t with `dof` degrees of freedom stays below with this probability.

    Newton's iteration for log(tail) over log(t): that function is concave and falls, so that from a start on its far
    side the steps approach the root from there and never pass it. The start is the root of an upper bound of the tail,
    (1 + t^2 / dof)^(-dof / 2) / 2.
    """
    if not (0.0 < probability < 1.0 and dof > 0.0):
        raise ValueError(f"a probability between 0 and 1 and positive dof are needed, not {probability} and {dof}")
    # 1 - probability is exact from 1/2 on; below, the tail wanted is the probability itself
    tail = min(probability, 1.0 - probability)
    sign = math.copysign(1.0, probability - 0.5)
    if tail == 0.5:
        return 0.0
    log_twice = math.log(2.0 * tail)
    t = math.sqrt(-2.0 * log_twice if math.isinf(dof) else dof * math.expm1(-2.0 * log_twice / dof))
    for _ in range(100):
        here = t_tail(t, dof)
        step = math.log(here / tail) * here / (t * _t_density(t, dof))
        t *= math.exp(step)
        if abs(step) < 1e-15:
            break
    return sign * t


def runs_test(residuals: NDArray[np.float64]) -> tuple[int, float, float]:
    """Wald and Wolfowitz's test of whether signs follow each other at random.

    Returns the number of runs (stretches of one sign), how many random signs would give, and the probability of as few
    runs or fewer. Zeros are left out.
    """
    positive = residuals[residuals != 0.0] > 0.0
    above = int(np.count_nonzero(positive))
    below = positive.size - above
    if above == 0 or below == 0:
        # one run, as it must be: nothing can be said, other than that the residuals all have one sign
        return min(positive.size, 1), 1.0, 1.0
    runs = 1 + int(np.count_nonzero(positive[1:] != positive[:-1]))
    return runs, *_chance_of_runs(runs, above, below)


@functools.lru_cache  # fits of data of one size ask for the same again and again
def _chance_of_runs(runs: int, above: int, below: int) -> tuple[float, float]:
    """How many runs random signs would give, and the probability of as few runs or fewer."""
    size = above + below
    expected = 1.0 + 2.0 * above * below / size
    if size >= _MANY:
        variance = (expected - 1.0) * (expected - 2.0) / (size - 1.0)
        return expected, 1.0 - t_tail((runs + 0.5 - expected) / math.sqrt(variance), math.inf)
    # k runs: the signs are cut into ceil(k / 2) stretches of the one kind and floor(k / 2) of the other
    ways = 0
    for k in range(2, runs + 1):
        more, less = (k + 1) // 2 - 1, k // 2 - 1
        ways += math.comb(above - 1, more) * math.comb(below - 1, less)
        ways += math.comb(above - 1, less) * math.comb(below - 1, more)
    return expected, ways / math.comb(size, above)


def lag_one_test(residuals: NDArray[np.float64]) -> tuple[float, float]:
    """Correlation of each residual with the next, and the probability of one so high among independent ones.

    1 minus half of Durbin and Watson's statistic, except at the ends; normal with variance 1 / size if independent.
    """
    correlation = float(residuals[1:] @ residuals[:-1] / (residuals @ residuals))
    return correlation, t_tail(correlation * math.sqrt(residuals.size), math.inf)


def _t_density(t: float, dof: float) -> float:
    if math.isinf(dof):
        return math.exp(-0.5 * t * t) / math.sqrt(2.0 * math.pi)
    return _gamma_ratio(0.5 * dof) / math.sqrt(math.pi * dof) * math.exp(-0.5 * (dof + 1.0) * math.log1p(t * t / dof))


def _gamma_ratio(a: float) -> float:
    """gamma(a + 1/2) / gamma(a), without the digits that a difference of logarithms would lose."""
    if a < 100.0:
        return math.gamma(a + 0.5) / math.gamma(a)
    u = 1.0 / a
    series = 1.0 - u * 21.0 / 160.0 * (1.0 + u * 19.0 / 8.0)
    return math.sqrt(a) * (1.0 - u / 8.0 * (1.0 - u / 16.0 * (1.0 + u * 5.0 / 8.0 * series)))


def _beta(a: float, b: float, ratio: float, front: float) -> float:
    """The regularized incomplete beta function at x = 1 / (1 + ratio); front is x^a (1 - x)^b / B(a, b)."""
    x, y = 1.0 / (1.0 + ratio), ratio / (1.0 + ratio)
    if x < (a + 1.0) / (a + b + 2.0):
        return front * _beta_fraction(a, b, x) / a
    return 1.0 - front * _beta_fraction(b, a, y) / b


def _beta_fraction(a: float, b: float, x: float) -> float:
    """The continued fraction of the incomplete beta function (Numerical Recipes 6.4), by Lentz's method."""
    tiny = 1e-300
    c = 1.0
    d = 1.0 - (a + b) * x / (a + 1.0)
    d = 1.0 / (d if d != 0.0 else tiny)
    value = d
    for k in range(1, 10_000):
        even = k * (b - k) * x / ((a + 2 * k - 1.0) * (a + 2 * k))
        odd = -(a + k) * (a + b + k) * x / ((a + 2 * k) * (a + 2 * k + 1.0))
        for term in (even, odd):
            d = 1.0 + term * d
            d = 1.0 / (d if d != 0.0 else tiny)
            c = 1.0 + term / c
            c = c if c != 0.0 else tiny
            value *= d * c
        if abs(d * c - 1.0) < 1e-16:
            break
    return value


def f_tail(value: float, dof: float, dof_of_scale: float) -> float:
    """Probability that F with these degrees of freedom exceeds `value`: an incomplete beta function."""
    if value <= 0.0:
        return 1.0
    a, b = 0.5 * dof_of_scale, 0.5 * dof
    ratio = value * dof / dof_of_scale
    y = ratio / (1.0 + ratio)
    log_front = a * -math.log1p(ratio) + b * math.log(y) - math.lgamma(a) - math.lgamma(b) + math.lgamma(a + b)
    return _beta(a, b, ratio, math.exp(log_front))


def chi_square_tail(value: float, dof: float) -> float:
    """Probability that chi-square exceeds `value`, to rounding: an incomplete gamma function.

    By its series below the mean, and by Lentz's method for its continued fraction above (Numerical Recipes 6.2).
    """
    a, x = 0.5 * dof, 0.5 * value
    if x <= 0.0:
        return 1.0
    front = math.exp(a * math.log(x) - x - math.lgamma(a))
    if x < a + 1.0:
        term = total = 1.0 / a
        k = a
        while abs(term) > 1e-17 * abs(total):
            k += 1.0
            term *= x / k
            total += term
        return 1.0 - front * total
    b = x + 1.0 - a
    c, d = 1e300, 1.0 / b
    value = d
    for i in range(1, 10_000):
        b += 2.0
        d = 1.0 / (i * (a - i) * d + b)
        c = b + i * (a - i) / c
        value *= c * d
        if abs(c * d - 1.0) < 1e-16:
            break
    return front * value


def check_level(level: Any) -> None:
    """Raise ValueError unless a level is a probability; a name, say, or a method may stand in its place."""
    try:
        is_probability = bool(0.0 < level < 1.0)
    except (TypeError, ValueError):
        is_probability = False
    if not is_probability:
        raise ValueError(f"level must be between 0 and 1, such as 0.95; got {level!r}")
