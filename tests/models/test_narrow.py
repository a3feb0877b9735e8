"""Starts for peaks of a few points among thousands."""

import re
from typing import Any

import numpy as np
import pytest

from minpack import curve_fit_batch, fit, models
from minpack._models.narrow import closer, places_in

TWO = models.gaussian("a") + models.gaussian("b") + models.line
CASES: dict[str, tuple[Any, Any]] = {
    "gaussian": (models.gaussian, lambda c, s: [3.0, c[0], s]),
    "voigt": (models.voigt, lambda c, s: [7.0 * s, c[0], s, s / 2.0]),
    "pseudo_voigt": (models.pseudo_voigt, lambda c, s: [3.0, c[0], 2.4 * s, 0.4]),
    "peak on a line": (models.lorentzian("a") + models.line, lambda c, s: [3.0, c[0], s, 1.0, 0.02]),
    "two peaks": (TWO, lambda c, s: [3.0, c[0], s, 2.0, c[1], s, 1.0, 0.02]),
}


def spectrum(case: str, m: int, width: float, seed: int) -> tuple[Any, np.ndarray, np.ndarray, list[float]]:
    """A model, x and y, and the truth, with peaks as wide as so many steps of x."""
    (model, truth_of), rng = CASES[case], np.random.default_rng(seed)
    x = np.linspace(0.0, 100.0, m)
    truth = truth_of(np.sort(rng.uniform(5.0, 95.0, 2)), width * x[1])
    return model, x, model(x, *truth) + 0.02 * rng.standard_normal(m), truth


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(("m", "width"), [(1000, 1.0), (20_000, 1.0)])
@pytest.mark.parametrize("case", CASES)
def test_narrow_peaks_are_found(case: str, m: int, width: float, seed: int) -> None:
    model, x, y, truth = spectrum(case, m, width, seed)
    assert fit(model, x, y).chi_square <= fit(model, x, y, truth).chi_square * (1.0 + 1e-6)


def test_in_any_order_with_bounds_and_with_what_is_held() -> None:
    model, x, y, truth = spectrum("peak on a line", 5000, 1.0, 7)
    mixed = np.random.default_rng(1).permutation(x.size)
    for options in ({}, {"bounds": {"a_gamma": (1e-3, 10.0)}}, {"fixed": {"slope": 0.02}}):
        found = fit(model, x[mixed], y[mixed], **options)
        np.testing.assert_allclose(found.values[:3], truth[:3], rtol=0.05)


def test_rows_of_which_some_have_narrow_peaks_or_lack_points() -> None:
    model, x, narrow, truth = spectrum("gaussian", 2000, 1.0, 3)
    wide = model(x, 2.0, 60.0, 9.0) + 0.02 * np.random.default_rng(3).standard_normal(x.size)
    gap = narrow.copy()
    gap[::7] = np.nan
    result = curve_fit_batch(model, x, [wide, narrow, gap], nan_policy="omit")
    np.testing.assert_allclose(result.x[:, 1], [60.0, truth[1], truth[1]], rtol=1e-2)
    np.testing.assert_allclose(result.x[:, 2], [9.0, truth[2], truth[2]], rtol=0.2)


def test_of_counts() -> None:
    model, x, _, truth = spectrum("peak on a line", 5000, 1.0, 5)
    counts = np.random.default_rng(5).poisson(100.0 * model(x, *truth))
    found = fit(model, x, counts, likelihood="poisson")
    np.testing.assert_allclose(found.values[1], truth[1], atol=x[1])
    assert found["a_height"] == pytest.approx(300.0, rel=0.2)


@pytest.mark.parametrize(("heights", "looks"), [([60.0, 0.0, 0.0], False), ([30.0, 60.0, 20.0], True)])
def test_a_point_alone_is_an_outlier(heights: list[float], looks: bool) -> None:
    model, x, y, _ = spectrum("gaussian", 1000, 60.0, 1)
    start = fit(model, x, y).values
    y[700:703] += heights
    assert (closer(model, places_in(model, x.size), start, x, y, np.ones(x.size)) is not None) == looks


@pytest.mark.parametrize(("m", "found"), [(199, []), (200, [1, 4])])
def test_few_points_need_no_closer_look(m: int, found: list[int]) -> None:
    assert places_in(TWO, m) == found
    assert places_in(models.gaussian2d, m) == places_in(models.sine, m) == []


def test_rows_of_x_for_one_predictor_are_refused() -> None:
    x = np.linspace(0.0, 10.0, 60)
    y = models.gaussian(x, 3.0, 4.0, 1.0)
    with pytest.raises(ValueError, match=r"xdata must be a vector for a model of x only; got shape \(1, 60\)"):
        fit(models.gaussian, x[np.newaxis], y)
    for column in (x[:, np.newaxis], x.reshape(6, 10), np.stack([x, x])):
        shape = re.escape(str(column.shape))
        with pytest.raises(ValueError, match=rf"xdata must be a vector for a model of x only; got shape {shape}"):
            fit(models.gaussian, column, y)
        with pytest.raises(ValueError, match=rf"xdata must be a vector if f takes one predictor; got shape {shape}"):
            fit(models.gaussian, column, y, [3.0, 4.0, 1.0])
    with pytest.raises(ValueError, match=r"xdata must be a vector for a model of x only; got shape \(2, 1, 60\)"):
        curve_fit_batch(models.gaussian, np.array([[x], [x]]), [y, y])
    np.testing.assert_allclose(curve_fit_batch(models.gaussian, [x, x], [y, y]).x, [[3.0, 4.0, 1.0]] * 2, rtol=1e-6)
