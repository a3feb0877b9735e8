"""Whether small steps for differences change what a function returns."""

from typing import Any

import numpy as np
import pytest

from minpack._engine.steps import hides_small_steps, is_float32, points_near

T = np.linspace(0.1, 5.0, 40)
X = np.array([1.0, 0.7])


def decay(points: np.ndarray) -> Any:
    a, b = points.T[:, :, np.newaxis]
    return a * np.exp(-b * T)


def test_rounded_values_hide_small_steps() -> None:
    for rounded in (lambda p: decay(p).astype(np.float32), lambda p: np.round(decay(p), 7)):
        assert hides_small_steps(rounded(points_near(X)))
    assert not hides_small_steps(decay(points_near(X)))


@pytest.mark.parametrize(
    "smooth",
    [
        lambda p: np.where(T > 2.5, decay(p), 0.0),  # points without influence
        lambda p: np.maximum(decay(p) - 1.0, 0.0),
        lambda p: (p[:, :1] - 1.0) ** 2 + 0.0 * T,  # a stationary point
        lambda p: np.cos(p[:, :1] - 1.0) * T,
        lambda p: 1e9 + decay(p),
        lambda p: p[:, :1] / p[:, 1:] * T,  # a ratio
        lambda p: np.full((len(p), 5), np.nan),
        lambda p: [[1.0], None],  # no numbers
    ],
)
def test_smooth_values_do_not(smooth: Any) -> None:
    assert not hides_small_steps(smooth(points_near(X)))


def test_floats_of_32_bits_use_their_digits() -> None:
    rng = np.random.default_rng(1)
    assert is_float32(rng.normal(size=9).astype(np.float32).astype(float))
    for other in (
        rng.normal(size=9), np.arange(9.0), np.arange(9) / 8.0, np.zeros(9), rng.integers(0, 1 << 16, 9) * 1.0,
        rng.normal(size=2).astype(np.float32).astype(float), rng.normal(size=9).astype(np.float32),
    ):  # fmt: skip
        assert not is_float32(other)
