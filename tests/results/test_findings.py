"""Doubts about a fit: each where there is reason for it, and only there."""

import math
import warnings
from collections.abc import Callable

import numpy as np
import pytest

import minpack
from minpack import OptimizeWarning, fit
from minpack._results.statistics import t_quantile
from support.decay import T, Y, decay, line, noise


def test_residuals_of_an_unfinished_fit_are_not_judged() -> None:
    x = np.linspace(0, 5, 40)
    with pytest.warns(RuntimeWarning, match="did not converge"):
        result = fit(decay, x, decay(x, 3, 0.8, 0.5), [9, 5, -3], sigma=0.01, absolute_sigma=True, maxfev=3)
    (finding,) = result.diagnose()
    assert finding.startswith("the fit did not converge")


def test_residuals_of_one_sign_are_told() -> None:
    doubts = str(fit(lambda x, a: a * x, np.linspace(-1, 1, 20), np.ones(20)).diagnose())
    assert "do not look like noise: all have one sign, and in order of x neighbours correlate by 0.95" in doubts


def test_idle_parameter_is_named() -> None:
    with pytest.warns(OptimizeWarning, match="could not be estimated"):
        result = fit(lambda x, a, idle, b: a + b * x, T, Y)
    assert result.success
    assert np.isinf(result.errors).all()
    assert "idle does not change the model" in str(result.diagnose())
    assert fit(lambda x, a, idle, b: a + b * x, T, Y, fixed={"idle": 0}).errors[2] > 0


def test_parameters_that_replace_each_other_are_named() -> None:
    def f(x, a, b, c):
        return a * b * np.exp(-c * x)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", OptimizeWarning)  # rounding decides whether R has an exact zero
        result = fit(f, T, Y, [1, 2, 0.5])
    (finding,) = [text for text in result.diagnose() if "combinations" in text or "replace" in text]
    assert "a and b" in finding


def test_hardly_determined_parameter_is_named() -> None:
    x = np.linspace(0, 0.5, 12)
    result = fit(decay, x, decay(x, 1, 0.5, 0.2) + 0.01 * noise(12, 0), [1, 0.5, 0.2])
    (first, *_) = result.diagnose()
    assert first.startswith("amplitude is hardly determined")
    assert "it moves with offset (correlation -" in first


def test_exact_determination_is_told() -> None:
    with pytest.warns(OptimizeWarning):
        result = fit(decay, T[[0, 2, 5]], Y[[0, 2, 5]])
    assert result.degrees_of_freedom == 0
    assert math.isnan(result.reduced_chi_square)
    assert "nothing to tell the errors from" in str(result.diagnose())


def test_standing_still_is_told() -> None:
    with pytest.warns(OptimizeWarning):
        result = fit(lambda x, a: np.full_like(x, round(a)), T, Y)
    assert "no step was made" in str(result.diagnose())


def test_wrong_model_is_told() -> None:
    x = np.linspace(-1, 1, 30)
    shuffled = np.random.default_rng(1).permutation(30)
    result = fit(line, x[shuffled], (x**2 + 0.05 * noise(30))[shuffled])
    assert "the residuals do not look like noise: in order of x" in str(result.diagnose())


@pytest.mark.parametrize(("factor", "words"), [(3.0, "larger than sigma says"), (0.3, "smaller than sigma says")])
def test_wrong_sigma_is_told(factor: float, words: str) -> None:
    x = np.linspace(-1, 1, 30)
    result = fit(line, x, x + factor * noise(30), sigma=1.0, absolute_sigma=True)
    assert words in str(result.diagnose())
    assert words not in str(fit(line, x, x + factor * noise(30), sigma=1.0).diagnose())


def test_outlier_is_told() -> None:
    x = np.linspace(-1, 1, 30)
    y = x + 0.1 * noise(30)
    y[17] += 1.0
    (finding,) = fit(line, x, y).diagnose()
    assert finding.startswith("point 17 (+")


def test_outliers_by_students_t_of_the_other_residuals() -> None:
    """Externally studentized with dof - 1 degrees of freedom: found just beyond the quantile, and not just below."""
    m, dof = 9, 8
    signs = np.array([1.0, -1.0] * 4)
    for factor, found in ((1.01, True), (0.99, False)):
        t = factor * t_quantile(1 - 0.01 / (2 * m), dof - 1)
        y = np.append(signs, t * math.sqrt(signs @ signs / (dof - 1)))
        # the best value is 0, as the model moves the first two points only: residuals are the data
        result = fit(lambda x, a: a * (x < 2), np.arange(9.0), y)
        assert result.degrees_of_freedom == dof
        assert ("point 8 (+" in str(result.diagnose())) == found


@pytest.mark.parametrize(("f", "truth"), [(decay, (3.0, 0.8, 0.5)), (line, (1.0, 2.0))])
def test_good_fits_have_no_doubts(f: Callable, truth: tuple) -> None:
    """Of 300 good fits at most 12 are doubted: about 1 % are to be, and 12 is four standard deviations beyond."""
    rng, x = np.random.default_rng(11), np.linspace(0, 5, 40)
    doubted = 0
    for _ in range(300):
        result = fit(f, x, f(x, *truth) + 0.05 * rng.standard_normal(40), truth, sigma=0.05, absolute_sigma=True)
        doubted += bool(result.diagnose())
    assert doubted <= 12
    assert str(minpack.Findings()) == "no doubts"
