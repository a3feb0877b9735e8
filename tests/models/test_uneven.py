"""Starts from points in logarithmic steps, and from data with points far off."""

import numpy as np
import pytest

import minpack
from minpack import models
from minpack._models.starts import Scale

X = np.linspace(0.0, 10.0, 60)
PEAKS = {"gaussian": [5.0, 4.3, 1.0], "voigt": [10.0, 4.3, 1.0, 0.5], "pseudo_voigt": [5.0, 4.3, 2.0, 0.4]}


def finds(model, x: np.ndarray, truth: list[float], noise: float) -> bool:
    """Whether a fit without a start, and one in a batch, ends as low as one from the truth."""
    y = model(x, *truth)
    y = y + noise * np.ptp(y) * np.random.default_rng(1).standard_normal(y.size)
    known = minpack.fit(model, x, y, truth)
    found = minpack.fit(model, x, y)
    many = minpack.curve_fit_batch(model, x, y[np.newaxis])
    assert 2.0 * many.cost[0] == pytest.approx(found.chi_square, rel=1e-6)
    return bool(found.chi_square <= known.chi_square * (1.0 + 1e-4))


@pytest.mark.parametrize("far", [[1000.0], [500.0, 501.0, 502.0]])
@pytest.mark.parametrize("name", PEAKS)
def test_peaks_with_points_far_off(name: str, far: list[float]) -> None:
    assert finds(models.__dict__[name], np.append(X, far), PEAKS[name], 0.03)


@pytest.mark.parametrize("name", PEAKS)
def test_peaks_over_logarithmic_steps(name: str) -> None:
    assert finds(models.__dict__[name], np.geomspace(0.1, 1e4, 80), PEAKS[name], 0.03)


@pytest.mark.parametrize("tau", [5e-9, 3e-5, 0.02])
def test_decays_over_logarithmic_times(tau: float) -> None:
    x = np.geomspace(1e-9, 1.0, 90)
    assert finds(models.exponential_decay, x, [5.0, tau, 1.0], 0.03)
    assert finds(models.double_exponential_decay, x, [5.0, tau, 4.0, 20.0 * tau, 1.0], 0.01)


@pytest.mark.parametrize(("x", "is_uneven"), [
    (X, False), (np.sort(np.random.default_rng(1).uniform(size=100)), False), (np.repeat(X, 3), False),
    (np.geomspace(1.0, 10.0, 40), False), (np.geomspace(1.0, 1e3, 40), True), (np.append(X, 29.0), False),
    (np.append(X, 32.0), True), (np.ones(3), False), (np.array([1.0, 2.0]), False),
])  # fmt: skip
def test_what_is_uneven(x: np.ndarray, is_uneven: bool) -> None:
    scale = Scale(x)
    assert scale.is_uneven == is_uneven
    assert len(scale.positions) == 25 or is_uneven
