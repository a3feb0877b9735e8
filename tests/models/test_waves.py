"""Frequencies of waves in long and in uneven series."""

import numpy as np
import pytest

import minpack
from minpack import models
from minpack._models.waves import few_of, frequencies_in


def noisy(y: np.ndarray, seed: int) -> np.ndarray:
    return y + 0.1 * np.ptp(y) * np.random.default_rng(seed).standard_normal(y.size)


@pytest.mark.parametrize("points_per_period", [2.3, 4.0, 7.7, 1000.0, 9000.0])
@pytest.mark.parametrize("points", [1001, 2000, 10000])
def test_long_series(points: int, points_per_period: float) -> None:
    x = np.linspace(3.0, 13.0, points)
    frequency = (points - 1) / 10.0 / points_per_period
    y = noisy(models.sine(x, 3.0, frequency, 0.7, 1.0), 1)
    fit = minpack.fit(models.sine, x, y)
    known = minpack.fit(models.sine, x, y, [3.0, frequency, 0.7, 1.0])
    assert fit.chi_square <= known.chi_square * (1.0 + 1e-4)


@pytest.mark.parametrize("points_per_period", [2.3, 4.0, 50.0])
def test_long_series_that_decay(points_per_period: float) -> None:
    x = np.linspace(0.0, 10.0, 5000)
    frequency = 500.0 / points_per_period
    y = noisy(models.damped_sine(x, 3.0, 2.0, frequency, 0.7, 1.0), 1)
    fit = minpack.fit(models.damped_sine, x, y)
    assert fit["frequency"] == pytest.approx(frequency, rel=1e-3)
    assert abs(fit["tau"]) == pytest.approx(2.0, rel=0.1)


def test_a_batch_finds_the_frequency_of_each_row() -> None:
    x = np.linspace(0.0, 10.0, 3000)
    frequency = np.array([2.0, 40.0, 77.0, 130.0])
    y = np.array([noisy(models.sine(x, 3.0, one, 0.7, 1.0), 1) for one in frequency])
    y[1, 5] = np.nan
    found = models.sine.guess(x, y)
    np.testing.assert_array_equal(found, [models.sine.guess(x, row) for row in y])
    result = minpack.curve_fit_batch(models.sine, x, y, nan_policy="omit")
    np.testing.assert_allclose(result.x[:, 1], frequency, rtol=1e-3)


def test_sums_with_waves() -> None:
    x = np.linspace(0.0, 10.0, 4000)
    model = models.sine("a") + models.sine("b")
    y = noisy(models.sine(x, 3.0, 150.0, 0.7, 1.0) + models.sine(x, 2.0, 33.0, 0.2, 0.0), 1)
    fit = minpack.fit(model, x, y, fixed={"b_offset": 0.0})
    assert sorted((fit["a_frequency"], fit["b_frequency"])) == pytest.approx([33.0, 150.0], rel=1e-3)


def test_close_points_tell_fast_waves_apart() -> None:
    x = np.sort(np.random.default_rng(3).uniform(0.0, 100.0, 200))
    y = noisy(models.sine(x, 3.0, 3.0, 0.7, 1.0), 1)
    assert minpack.fit(models.sine, x, y)["frequency"] == pytest.approx(3.0, rel=1e-3)


def test_which_points_are_looked_at() -> None:
    assert few_of(models.sine, 1000) == slice(None, None, 1)
    assert few_of(models.gaussian, 1001) == slice(None, None, 2)
    few = few_of(models.sine, 5001)
    assert (np.diff(few) > 0).all() and len(few) <= 1000 and few[-1] <= 5000 and len({*np.diff(few)}) > 1


def test_the_spectrum_of_few_points() -> None:
    for count in (1, 2, 3):
        assert np.isfinite(frequencies_in(np.arange(float(count)), np.ones(count))).all()


FORMULAS = {
    "a*sin(b*x + c) + d": (2.0, 3.7, 1.0, 5.0),
    "a*sin(2*pi*f*x + p) + c": (0.3, 1.9, -2.0, 1.0),
    "a*cos(2*pi*(x - t0)/w) + c": (3.0, 7.0, 1.3, -4.0),
    "a*exp(-x/tau)*cos(x/w)": (3.0, 4.0, 0.07),
    "a*x + b + c*sin(w*x + p)": (0.1, 2.0, 1.0, 9.0, 0.4),
}


@pytest.mark.parametrize("text", FORMULAS)
def test_formulas_of_waves(text: str) -> None:
    model, truth, x = minpack.model(text), FORMULAS[text], np.linspace(0.0, 10.0, 80)
    y = model(x, *truth)
    rows = np.array([noisy(y, seed) for seed in range(3)])
    best = [minpack.fit(model, x, row, truth).chi_square for row in rows]
    assert minpack.fit(model, x, rows[0]).chi_square == pytest.approx(best[0], rel=1e-6)
    np.testing.assert_allclose(2.0 * minpack.curve_fit_batch(model, x, rows).cost, best, rtol=1e-6)


@pytest.mark.parametrize(("text", "is_so"), [("a*sin(x + p)", False), ("a*exp(-b*x) + c", False), ("sin(x*a)", True)])
def test_which_formulas_are_waves(text: str, is_so: bool) -> None:
    assert minpack.model(text).formula.is_wave is is_so
