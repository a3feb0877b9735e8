"""What separates a finding from none: fits just below each threshold, and just above."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import minpack
from minpack._results import findings

EPS = float(np.finfo(float).eps)


def growing(m: int, times: float, distinct: int) -> Any:
    """Residuals that are the larger the larger the model is: by how many times, and how many values that has."""
    low, high = m // 3, m - m // 3
    sizes = np.concatenate([np.ones(low), np.linspace(1.0, times, high - low), np.full(low, times)])
    signal = np.minimum(np.arange(1.0, m + 1), distinct)
    return SimpleNamespace(
        weighted_residuals=sizes * (1.0 + 1e-9 * np.arange(m)), ydata=signal, residuals=np.zeros(m)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("m", "times", "distinct", "found"),
    [(20, 1.53, 20, True), (19, 1.53, 19, False), (40, 1.47, 40, False), (40, 1.53, 20, True), (40, 1.53, 19, False)],
)
def test_scatter_that_grows(m: int, times: float, distinct: int, found: bool) -> None:
    """From 20 points on, half of them with a signal of their own, and from 1.5 times as much scatter on."""
    kinds = [finding.kind for finding in findings._growth(growing(m, times, distinct))]
    assert kinds == ["scatter_grows"] * found


@pytest.mark.parametrize(("units", "rounding"), [(98, True), (102, False)])
def test_residuals_of_rounding(units: float, rounding: bool) -> None:
    """A hundred units in the last place of the largest datum."""
    fit: Any = SimpleNamespace(remarks=(), residuals=np.array([0.0, -8.0 * units * EPS]), ydata=np.array([-8.0, 1.0]))
    assert findings._is_rounding(fit) == rounding


@pytest.mark.parametrize(("discounted", "found"), [(5, False), (6, True)])
def test_scale_of_a_loss_is_small_if_most_points_are_discounted(discounted: int, found: bool) -> None:
    fit: Any = SimpleNamespace(loss_weights=np.ones(10), discounted=discounted, residuals=np.ones(10), f_scale=0.5)
    assert [finding.kind for finding in findings._small_scale(fit)] == ["f_scale_small"] * found


@pytest.mark.parametrize(("factor", "found"), [(1.01, True), (0.99, False)])
def test_mean_that_noise_does_not_have(factor: float, found: bool) -> None:
    """Student's t of the mean beyond its quantile for 0.002 on both sides, with 10 points."""
    fit: Any = SimpleNamespace(residuals=np.ones(10), r_squared=-((factor * 4.296806) ** 2) / 9.0)
    assert [finding.kind for finding in findings._worse_than_mean(fit)] == ["worse_than_mean"] * found


def test_no_signal_is_no_doubt() -> None:
    """At most 12 of 300 fits to noise alone are doubted: 1 % should be, and 12 is four standard deviations beyond."""
    rng, x = np.random.default_rng(1), np.linspace(-1.0, 1.0, 30)
    doubted = [bool(minpack.fit(lambda x, slope: slope * x, x, rng.standard_normal(30)).diagnose()) for _ in range(300)]
    assert sum(doubted) <= 12
