"""Counts: what the deviance and the likelihood of Poisson's distribution say about a fit."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from .statistics import chi_square_tail

_Array = NDArray[np.float64]

_MANY = 60.0  # expected counts from here on have a deviance as large as chi-square has, to 1 %


def deviances(expected: _Array, counts: _Array) -> _Array:
    """The deviance of each count, twice (expected - counts + counts log(counts / expected))."""
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(counts > 0.0, counts * np.log(counts / expected), 0.0)
    return np.asarray(np.maximum(2.0 * (expected - counts + logs), 0.0))


def log_likelihood(expected: _Array, counts: _Array) -> float:
    """Logarithm of the probability of the counts."""
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(counts > 0.0, counts * np.log(expected), 0.0) - expected
    return float(terms.sum()) - math.fsum(math.lgamma(count + 1.0) for count in counts.tolist())


def null_deviance(counts: _Array) -> float:
    """The deviance of a constant."""
    return float(deviances(np.full_like(counts, counts.mean()), counts).sum())


def deviance_tail(expected: _Array, deviance: float, dof: int) -> float:
    """Probability that the deviance is larger, if the model is true.

    By a multiple of chi-square with the mean and variance that the deviance has for these expected counts, as those of
    few counts are not those of chi-square; in proportion to the degrees of freedom.
    """
    mean, variance = _moments(expected)
    if mean == 0.0 or variance == 0.0:
        return 1.0
    share = dof / expected.size
    scale = 0.5 * variance / mean
    return chi_square_tail(deviance / scale, share * mean / scale)


def count_tail(expected: float, count: float) -> float:
    """Probability of a count that is at least as far off to the same side."""
    if count <= expected:
        return chi_square_tail(2.0 * expected, 2.0 * count + 2.0)
    return 1.0 - chi_square_tail(2.0 * expected, 2.0 * count)


def _moments(expected: _Array) -> tuple[float, float]:
    """Mean and variance of the deviance, each summed over all points."""
    mean = variance = 0.0
    many = expected >= _MANY
    mean += float((1.0 + 1.0 / (6.0 * expected[many])).sum())
    variance += 2.0 * float(many.sum())
    few, times = np.unique(expected[~many & (expected > 0.0)], return_counts=True)
    counts = np.arange(int(_MANY + 12.0 * math.sqrt(_MANY)))
    logs = np.array([math.lgamma(count + 1.0) for count in counts.tolist()])
    for rate, repeated in zip(few.tolist(), times.tolist(), strict=True):
        chances = np.exp(counts * math.log(rate) - rate - logs)
        squares = deviances(np.full(counts.size, rate), counts.astype(np.float64))
        first = float(chances @ squares)
        mean += repeated * first
        variance += repeated * (float(chances @ squares**2) - first**2)
    return mean, variance
