"""Starts from data far from zero: dates, and signals on a large offset."""

import numpy as np
import pytest

import guesses
import minpack
from minpack import models
from minpack._models.starts import common_digits

COUNT = 20
ANYWHERE = ("gaussian", "lorentzian", "moffat", "sine", "step_erf", "step_arctan", "step_fermi", "gaussian2d",
            "gaussian2d_elliptic")  # fmt: skip
ON_OFFSETS = ("exponential_decay", "stretched_exponential", "sine", "damped_sine", "step_erf", "gaussian2d",
              "gaussian2d_rotated")  # fmt: skip


def share(name: str, shift: float, offset: float) -> float:
    """The share of draws that lead to the minimum of the truth though x and y are far from zero."""
    x, truth, y = guesses.draw(name, COUNT, seed=7)
    model, found = models.__dict__[name], 0
    known = minpack.curve_fit_batch(model, x, y, truth)
    least = np.square(model(x, *known.x.T[:, :, np.newaxis]) - y).sum(axis=1)
    for row, expected in zip(y, least, strict=True):
        fit = minpack.fit(model, x + shift, row + offset)
        found += np.square(fit.residuals).sum() <= expected * (1.0 + 1e-3)
    return found / COUNT


@pytest.mark.parametrize("name", ANYWHERE)
def test_dates_in_days(name: str) -> None:
    assert share(name, 2459000.5, 0.0) >= 0.95


@pytest.mark.parametrize("offset", [1e6, -1e9])
@pytest.mark.parametrize("name", ON_OFFSETS)
def test_signals_on_a_large_offset(name: str, offset: float) -> None:
    assert share(name, 0.0, offset) >= 0.95


def test_each_row_of_a_batch_has_the_start_that_it_has_on_its_own() -> None:
    x, _, y = guesses.draw("gaussian2d", 4)
    rows = y + np.array([[0.0], [1e3], [1e6], [-1e9]])
    found = models.gaussian2d.guess(x, rows)
    np.testing.assert_array_equal(found, [models.gaussian2d.guess(x, row) for row in rows])


def test_no_rows_have_no_starts() -> None:
    x, _, y = guesses.draw("gaussian", 1)
    assert models.gaussian.guess(x, y[:0]).shape == (0, 3)


def test_bounds_of_the_offset_hold_where_the_offset_is_large() -> None:
    x, _, y = guesses.draw("exponential_decay", 1)
    start = models.exponential_decay.guess(x, y[0] + 1e6, bounds={"offset": (1e6, 1e6 + 0.5), "amplitude": (0, None)})
    assert 1e6 <= start[2] <= 1e6 + 0.5
    assert start[0] >= 0.0


def test_a_function_far_from_zero_starts_there() -> None:
    x, _, y = guesses.draw("gaussian", 8, seed=7)

    def peak(x, height, center, sigma):
        return height * np.exp(-((x - center) ** 2) / (2.0 * sigma**2))

    near = [minpack.fit(peak, x, row) for row in y]
    far = [minpack.fit(peak, x + 2459000.5, row) for row in y]
    for one, other in zip(near, far, strict=True):
        assert other["center"] - 2459000.5 == pytest.approx(one["center"], abs=0.1 * one.errors[1])


@pytest.mark.parametrize(("values", "digits"), [
    ([0.0, 1.0], 0), ([-5.0, 3.0], 0), ([10.0, 11.2], 0), ([10.0, 10.99], 1), ([-1000.0, -999.5], 3),
    ([7.0, 7.0], 0), ([0.0, 0.0], 0), ([1.0, 1.0 + 1e-15], 10),
])  # fmt: skip
def test_common_digits(values: list[float], digits: int) -> None:
    found = np.broadcast_to(common_digits(np.array([values, [0.0, 1.0]])), (2, 1))  # one for all if none has any
    assert found.tolist() == [[digits], [0.0]]
