"""Errors in x: York's data, and what must hold."""

import numpy as np
import pytest

from minpack import compare, fit
from support.decay import line

pytest.importorskip("odrpack", reason="odrpack is not installed: pip install minpack[odr]")

# Pearson's data with York's weights: York, Can. J. Phys. 44 (1966) 1079. Intercept and slope to more digits:
# Reed, Am. J. Phys. 60 (1992) 59.
X = np.array([0.0, 0.9, 1.8, 2.6, 3.3, 4.4, 5.2, 6.1, 6.5, 7.4])
Y = np.array([5.9, 5.4, 4.4, 4.6, 3.5, 3.7, 2.8, 2.8, 2.4, 1.5])
SIGMA_X = 1.0 / np.sqrt([1000, 1000, 500, 800, 200, 80, 60, 20, 1.8, 1.0])
SIGMA_Y = 1.0 / np.sqrt([1, 1.8, 4, 8, 20, 20, 70, 70, 100, 500])


def test_york() -> None:
    result = fit(line, X, Y, sigma=SIGMA_Y, sigma_x=SIGMA_X, absolute_sigma=True)
    assert result.success and 1 <= result.status <= 3
    np.testing.assert_allclose(result.values, [5.47991022, -0.480533407], rtol=1e-6)
    assert result.chi_square == pytest.approx(11.8663531941, rel=1e-7)
    np.testing.assert_allclose(result.errors, [0.29497, 0.05798], rtol=0.03)  # York's, by another approximation
    scaled = fit(line, X, Y, sigma=SIGMA_Y, sigma_x=SIGMA_X)
    np.testing.assert_allclose(scaled.errors, result.errors * np.sqrt(result.chi_square / 8), rtol=1e-6)
    # for a line the distance is the residual over the effective error
    np.testing.assert_allclose(result.sigma, np.hypot(SIGMA_Y, result["b"] * SIGMA_X), rtol=1e-6)
    np.testing.assert_allclose(result.weighted_residuals, result.residuals / result.sigma, rtol=1e-4)
    assert "Fit of line(a, b): converged" in result.report()
    np.testing.assert_allclose(result.r_factor.T @ result.r_factor, np.linalg.inv(result.covariance), rtol=1e-6)


def test_exact_x_is_the_usual_fit_and_parameters_can_be_held() -> None:
    usual = fit(line, X, Y, sigma=SIGMA_Y, absolute_sigma=True)
    exact = fit(line, X, Y, sigma=SIGMA_Y, sigma_x=1e-9, absolute_sigma=True)
    np.testing.assert_allclose(exact.values, usual.values, rtol=1e-6)
    np.testing.assert_allclose(exact.errors, usual.errors, rtol=1e-5)
    held = fit(line, X, Y, sigma=SIGMA_Y, sigma_x=SIGMA_X, fixed={"b": -0.5})
    assert held["b"] == -0.5 and held.errors[1] == 0.0 and held.covariance.shape == (2, 2)


def test_two_predictors_and_jac() -> None:
    xy = np.stack([X, X**2 / 10])

    def plane(x, a, b, c):
        return a + b * x[0] + c * x[1]

    def jac(x, a, b, c):
        return np.stack([np.ones_like(x[0]), x[0], x[1]], axis=-1)

    first, second = (fit(plane, xy, Y, sigma=0.3, sigma_x=0.1 * np.ones((2, 10)), jac=j) for j in (None, jac))
    np.testing.assert_allclose(first.values, second.values, rtol=1e-5)
    reach = 0.1 * np.hypot(first["b"], first["c"])
    np.testing.assert_allclose(first.sigma, np.hypot(0.3, reach), rtol=1e-6)


def test_bands_take_x_as_the_fit_does() -> None:
    """Lists, and times, which are seconds since the first."""
    result = fit(line, list(X), Y, sigma=SIGMA_Y, sigma_x=SIGMA_X)
    np.testing.assert_array_equal(result.confidence_band([1, 9]), result.confidence_band(np.array([1.0, 9.0])))
    times = np.datetime64("2024-01-01T06:00") + (1000 * X).astype("timedelta64[ms]")
    of_times = fit(line, times, Y, sigma=SIGMA_Y, sigma_x=SIGMA_X)
    np.testing.assert_allclose(of_times.values, result.values, rtol=1e-9)
    np.testing.assert_allclose(of_times.predict(times[2:4]), result.predict(X[2:4]), rtol=1e-9)


def test_fits_of_the_same_data_are_compared() -> None:
    """Their effective errors differ, as these depend on the slope of each model."""

    def parabola(x, a, b, c):
        return a + b * x + c * x**2

    errors = {"sigma": SIGMA_Y, "sigma_x": SIGMA_X, "absolute_sigma": True}
    straight, bent = fit(line, X, Y, [5, -0.5], **errors), fit(parabola, X, Y, [5, -0.5, 0], **errors)
    found = compare(straight, bent)
    assert found.test == "chi-square"
    assert found.statistic == pytest.approx(straight.chi_square - bent.chi_square)
    with pytest.raises(ValueError, match="fit 2 differs from fit 1"):
        compare(straight, fit(parabola, X, Y, sigma=SIGMA_Y, absolute_sigma=True))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"sigma_x": 0.1}, "sigma must be one number or one per point with sigma_x"),
        ({"sigma_x": 0.0, "sigma": 1}, "sigma_x must be positive and finite; got 0$"),
        ({"sigma_x": [0.1, np.nan], "sigma": 1}, "sigma_x must be positive and finite; got nan$"),
        ({"sigma_x": [0.1, 0.1], "sigma": 1}, r"of the shape \(10,\) of xdata.*got shape \(2,\)"),
        ({"sigma_x": 0.1, "sigma": 1, "ftol": 1e-3}, "ftol must be left out with sigma_x"),
        ({"sigma_x": 0.1, "sigma": 1, "loss": "huber"}, "loss must be 'linear' with .* sigma_x; got 'huber'"),
        ({"sigma_x": 0.1, "sigma": 1, "bounds": (0, 9)}, "bounds, tied and method must be left out with sigma_x"),
    ],
)
def test_mistakes(options: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        fit(line, X, Y, **options)
    with pytest.raises(ValueError, match="a fit with sigma_x cannot be fitted again"):
        fit(line, X, Y, sigma=SIGMA_Y, sigma_x=SIGMA_X).profile()
