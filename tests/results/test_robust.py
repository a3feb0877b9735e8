"""Robust fits: standard errors by formula and by simulation, and what reports and findings say."""

import math
from typing import Any

import numpy as np
import pytest

from minpack import Fit, OptimizeWarning, fit
from minpack._results.covariance import sandwich
from minpack._results.statistics import t_quantile
from support.decay import T, Y, decay, line, line_jacobian

X = np.linspace(0.0, 5.0, 40)


def fair(z: np.ndarray) -> np.ndarray:
    """A loss of a user's own: 2 (s - log(1 + s)), s the root of z."""
    s = np.sqrt(z) + 1e-300
    return np.array([2 * (s - np.log1p(s)), 1 / (1 + s), -0.5 / (s * (1 + s) ** 2)])


def fit_with_outlier(**options: Any) -> Fit:
    y = Y.copy()
    y[5] = 2.63
    return fit(decay, T, y, **{"loss": "cauchy", "f_scale": 0.05} | options)


@pytest.mark.parametrize("loss", ["huber", "soft_l1", "cauchy", "arctan", fair])
def test_sandwich_by_differences_of_the_loss(loss: Any) -> None:
    """The formula, with the derivatives of each point's loss taken numerically."""
    rng = np.random.default_rng(2)
    y = line(X, 1.0, 2.0) + 0.1 * rng.standard_normal(40)
    y[7] += 1.0
    scale = 0.15
    result = fit(line, X, y, loss=loss, f_scale=scale, ftol=1e-14, xtol=1e-14)
    losses: dict[Any, Any] = {
        "huber": lambda z: np.where(z <= 1, z, 2 * np.sqrt(z) - 1), "soft_l1": lambda z: 2 * (np.sqrt(1 + z) - 1),
        "cauchy": np.log1p, "arctan": np.arctan, fair: lambda z: fair(z)[0],
    }  # fmt: skip

    def cost(r: np.ndarray) -> np.ndarray:
        return 0.5 * scale**2 * losses[loss]((r / scale) ** 2)

    r, h, jacobian = -result.weighted_residuals, 1e-5, line_jacobian(X, 0, 0)
    psi = (cost(r + h) - cost(r - h)) / (2 * h)
    slope = (cost(r + h) - 2 * cost(r) + cost(r - h)) / h**2
    bread = np.linalg.inv((jacobian.T * slope) @ jacobian)
    expected = bread @ (jacobian.T * psi**2) @ jacobian @ bread * 40 / 38
    np.testing.assert_allclose(result.covariance, expected, rtol=1e-4)
    np.testing.assert_allclose(result.loss_weights, psi / r, rtol=1e-5)


@pytest.mark.parametrize("loss", ["huber", "soft_l1"])
def test_errors_by_simulation(loss: str) -> None:
    """Estimates scatter as their errors say, with outliers and noise that grows; 5 % is the ratio's own error.

    Errors for noise that is the same everywhere are 1.6 and 0.8 times these.
    """
    rng, truth, x = np.random.default_rng(4), (1.0, 2.0), np.linspace(0.0, 5.0, 120)
    values, errors, covered = [], [], np.zeros(2)
    for _ in range(200):
        sd = 0.05 * (0.2 + x) * np.where(rng.random(120) < 0.1, 10, 1)
        result = fit(line, x, line(x, *truth) + sd * rng.standard_normal(120), truth, jac=line_jacobian, loss=loss,
                     f_scale=0.1)  # fmt: skip
        low, high = result.confidence_intervals().T
        covered += (low <= truth) & (truth <= high)
        values.append(result.values)
        errors.append(result.errors)
    ratio = np.sqrt(np.mean(np.square(errors), axis=0)) / np.std(values, axis=0)
    assert (np.abs(ratio - 1) < 0.15).all()
    assert (covered > 0.90 * 200).all()  # 0.95 less three standard deviations


def test_report_and_findings() -> None:
    result = fit_with_outlier()
    text = result.report()
    assert "\nloss          cauchy, f_scale = 0.05; 1 of 8 points count less than half\n" in text
    assert "\nerrors        robust (sandwich), from the scatter of the residuals\n" in text
    assert "from the median residual" in text
    assert "AIC" not in text
    assert "robust (sandwich)" in result._repr_html_()
    (finding,) = result.diagnose().records
    assert (finding.kind, finding.numbers["where"]) == ("outliers_with_loss", [5])
    assert np.isnan([result.aic, result.bic, result.log_likelihood]).all()
    result.plot()


@pytest.mark.parametrize(("factor", "found"), [(1.01, True), (0.99, False)])
def test_outliers_by_the_scatter_that_a_median_tells(factor: float, found: bool) -> None:
    """It says as much as 0.37 of the points would: by Student's t with so many degrees of freedom."""
    m, dof = 21, 20
    sd = 1.4826 * math.sqrt(m / dof)
    far = factor * sd * t_quantile(1 - 0.01 / (2 * m), 0.37 * dof)
    y = np.append(np.tile([1.0, -1.0], 10), far)
    # the best value is 0, as the model moves the first two points only: residuals are the data
    result = fit(lambda x, a: a * (x < 2), np.arange(21.0), y, loss="huber", f_scale=2.0)
    assert result.residual_sd == pytest.approx(sd)
    assert [finding.kind for finding in result.diagnose().records] == ["outliers_with_loss"] * found


def test_good_fits_with_a_loss_are_rarely_doubted() -> None:
    """At most 12 of 300: 1 % should be, and 12 is four standard deviations beyond that."""
    rng, x = np.random.default_rng(11), np.linspace(0, 5, 15)
    doubted = 0
    for _ in range(300):
        y = decay(x, 3.0, 0.8, 0.5) + 0.05 * rng.standard_normal(15)
        result = fit(decay, x, y, [3.0, 0.8, 0.5], loss="cauchy", f_scale=0.05)
        doubted += "outliers_with_loss" in [finding.kind for finding in result.diagnose().records]
    assert doubted <= 12


def test_outliers_do_not_widen_the_prediction_band() -> None:
    clean = fit(decay, T, Y)
    low, high = fit_with_outlier().prediction_band([1.0])
    clean_low, clean_high = clean.prediction_band([1.0])
    assert (high - low)[0] < 1.5 * (clean_high - clean_low)[0]
    sd = 1.4826 * np.median(np.abs(fit_with_outlier().residuals)) * np.sqrt(8 / 5)
    assert fit_with_outlier().residual_sd == pytest.approx(sd)


def test_absolute_sigma_says_nothing_about_robust_errors() -> None:
    """They come from the residuals, and so do the quantile and what is doubted."""
    relative = fit_with_outlier(sigma=0.01, f_scale=5.0)
    absolute = fit_with_outlier(sigma=0.01, f_scale=5.0, absolute_sigma=True)
    np.testing.assert_array_equal(relative.covariance, absolute.covariance)
    np.testing.assert_array_equal(relative.confidence_intervals(), absolute.confidence_intervals())
    assert [finding.kind for finding in absolute.diagnose().records] == ["outliers_with_loss"]


def test_a_scale_below_the_noise_is_told() -> None:
    y = line(X, 1, 2) + 0.1 * np.random.default_rng(1).standard_normal(40)
    for scale, found in ((0.001, True), (0.2, False)):
        result = fit(line, X, y, loss="soft_l1", f_scale=scale)
        assert ("f_scale_small" in [finding.kind for finding in result.diagnose().records]) == found


def test_a_loss_without_curvature_has_no_covariance() -> None:
    """With arctan and a scale far below the noise, the points that count bend the loss downwards: a saddle."""
    y = np.tile([1.0, -1.0], 20)
    with pytest.warns(OptimizeWarning, match="could not be estimated"):
        result = fit(lambda x, a: a + 0 * x, X, y, [0.0], loss="cauchy", f_scale=0.5, method="dogbox")
    assert np.isinf(result.errors).all()
    assert "no_minimum_of_loss" in [finding.kind for finding in result.diagnose().records]


def test_sandwich_of_no_more_points_than_parameters() -> None:
    assert np.isinf(sandwich(np.eye(2), np.ones(2), np.ones(2))).all()


def test_bounds_and_loss_together() -> None:
    result = fit_with_outlier(bounds={"offset": (0, 0.45)})
    held = fit_with_outlier(fixed={"offset": 0.45})
    assert result.active_mask.tolist() == [0, 0, 1]
    np.testing.assert_allclose(result.covariance, held.covariance, rtol=1e-3)
    assert result.residual_sd == pytest.approx(held.residual_sd, rel=1e-4)


def test_sandwich_of_fewer_inliers_than_parameters() -> None:
    """The sum over them is singular, whatever rounding makes of it."""
    for seed in range(100):
        rng = np.random.default_rng(seed)
        curvature = np.repeat([1.0, 0.0], [2, 8])
        assert np.isinf(sandwich(rng.normal(size=(10, 3)), rng.normal(size=10), curvature)).all(), seed


def test_no_parameter_has_an_error_if_bounds_hold_all() -> None:
    result = fit(line, X, 1.0 + 2.0 * X, bounds={"a": (2.0, 3.0), "b": (2.5, 3.0)}, loss="huber", f_scale=0.1)
    assert result.active_mask.tolist() == [-1, -1]
    assert result.covariance.tolist() == [[0.0, 0.0], [0.0, 0.0]]
