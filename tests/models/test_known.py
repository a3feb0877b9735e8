"""Starts from data with what is known: values that are held, ties, limits, several data sets."""

import numpy as np
import pytest

import minpack
from minpack import models

X = np.linspace(0.0, 10.0, 81)
TWO = models.gaussian("p1") + models.gaussian("p2") + models.line()
VALUES = np.array([3.0, 3.0, 0.5, 2.0, 5.0, 0.5, 1.0, 0.1])
NOISE = np.random.default_rng(1).normal(scale=0.05, size=X.size)
Y = TWO(X, *VALUES) + NOISE


def test_held_values_and_limits_decide_what_is_found() -> None:
    free = TWO.guess(X, Y)
    assert free[[1, 4]] == pytest.approx([3.0, 5.0], abs=0.2)
    held = TWO.guess(X, Y, fixed={"p1_center": 5.0, "slope": 0.1})
    assert held[1] == 5.0 and held[7] == 0.1
    np.testing.assert_allclose(held[[0, 3, 4]], [2.0, 3.0, 3.0], atol=0.6)
    limited = TWO.guess(X, Y, bounds={"p1_center": (4, None), "p2_center": (2, 4), "p1_height": (0, 1.5)})
    assert 2.0 <= limited[4] <= 4.0 <= limited[1] and limited[0] == 1.5
    # the others have their best values at that
    assert np.square(Y - TWO(X, *limited)).sum() < 0.3 * np.square(Y - Y.mean()).sum()


def test_a_limit_on_a_linear_parameter_chooses_among_the_peaks() -> None:
    both = models.gaussian()(X, 2.0, 3.0, 0.5) - models.gaussian()(X, 3.0, 7.0, 0.5)
    assert models.gaussian().guess(X, both)[1] == pytest.approx(7.0, abs=0.3)
    up = models.gaussian().guess(X, both, bounds={"height": (0, None)})
    assert up[1] == pytest.approx(3.0, abs=0.3) and up[0] > 0.0
    batch = minpack.curve_fit_batch(models.gaussian, X, [both, both], bounds=([0, 0, 0.1], [9, 9, 9]))
    np.testing.assert_allclose(batch.x[:, 1], 3.0, atol=0.01)


def test_models_that_search_with_another_formula_keep_what_is_known() -> None:
    truth = models.sine()(X, 2.0, 0.3, 0.7, 1.0)
    found = models.sine().guess(X, truth + NOISE, fixed={"offset": 0.0})
    assert found[3] == 0.0 and found[1] == pytest.approx(0.3, rel=0.1)
    dose = np.geomspace(0.01, 100.0, 40)
    curve = models.dose_response(dose, 0.2, 2.0, 3.0, 1.0)
    fit = minpack.fit(models.dose_response, dose, curve, fixed={"bottom": 0.2}, bounds={"top": (None, 2.5)})
    np.testing.assert_allclose(fit.values, [0.2, 2.0, 3.0, 1.0], rtol=1e-6)


def test_fits_with_ties_and_counts_start_from_what_is_known() -> None:
    tied = minpack.fit(TWO, X, Y, tied={"p2_sigma": "p1_sigma", "p2_height": lambda p1_height: p1_height * 2 / 3})
    assert tied.success and tied["p2_sigma"] == tied["p1_sigma"]
    assert tied["p1_height"] == pytest.approx(3.0, abs=0.1)
    counts = np.random.default_rng(2).poisson(10.0 * TWO(X, *VALUES))
    fit = minpack.fit(TWO, X, counts, fixed={"slope": 1.0}, bounds={"p1_center": (4, 6)}, likelihood="poisson")
    assert fit.success and fit["p1_center"] == pytest.approx(5.0, abs=0.2) and fit["slope"] == 1.0


@pytest.mark.parametrize("distance", [1.5, 3.0])
def test_peaks_that_overlap_are_found(distance: float) -> None:
    """Neither has a place of its own: alone, a wide one in the middle is the best."""
    values = [2.0, 5.0 - distance / 2, 0.6, 3.0, 5.0 + distance / 2, 0.5, 1.0, 0.1]
    fit = minpack.fit(TWO, X, TWO(X, *values) + NOISE)
    np.testing.assert_allclose(fit.values, values, atol=6.0 * fit.errors.max())
    three = models.lorentzian("a") + models.lorentzian("b") + models.lorentzian("c")
    y = three(X, 3, 3, 0.4, 2, 4.2, 0.4, 4, 6, 0.5) + NOISE
    found = minpack.fit(three, X, y)
    assert np.sort(found.values[[1, 4, 7]]) == pytest.approx([3.0, 4.2, 6.0], abs=0.05)


def test_several_data_sets_need_no_start() -> None:
    decay = models.exponential_decay
    rng = np.random.default_rng(3)
    sets = [(X, decay(X, h, 1.7, b) + rng.normal(scale=0.02, size=X.size)) for h, b in ((1, 0), (20, 3), (300, 1))]
    fit = minpack.fit_global(decay, sets, shared=["tau"])
    assert fit.success and fit["tau"] == pytest.approx(1.7, rel=1e-3) and fit.nfev < 40
    np.testing.assert_allclose([fit["amplitude_3"], fit["offset_2"]], [300.0, 3.0], rtol=1e-2)
    held = minpack.fit_global(decay, sets, {"tau": 1.0}, shared=["tau"], fixed={"offset_1": 0.0},
                              bounds={"amplitude_2": (0, 19.5)})  # fmt: skip
    assert held["offset_1"] == 0.0 and held["amplitude_2"] == pytest.approx(19.5)


def test_mistakes() -> None:
    with pytest.raises(ValueError, match=r"fixed must name parameters \(height, center, sigma\); got 'width'"):
        models.gaussian().guess(X, Y, fixed={"width": 1.0})
    with pytest.raises(ValueError, match="bounds must be numbers, the lower not above the upper; 'sigma' has 2.0, 1.0"):
        models.gaussian().guess(X, Y, bounds={"sigma": (2, 1)})
