"""One rule for whether a covariance is defined, at every door: finite in all elements, or inf in all."""

import warnings
from typing import Any

import numpy as np
import pytest

from minpack import OptimizeWarning, curve_fit, curve_fit_batch, fit
from minpack._core import spectral_covar
from minpack._results.covariance import with_held, with_tied, without_underflow

T = np.linspace(0.0, 1.0, 9)
SCALES = np.random.default_rng(5).uniform(-165.0, 165.0, size=(60, 3))
DOORS = ["curve_fit", "fit", "curve_fit_batch"]


def model(t: Any, a: Any, b: Any, c: Any, scales: Any) -> Any:
    return a / scales[0] + b / scales[1] * t + c / scales[2] * t * t


def fit_at(door: str, scales: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, bool]:
    """The covariance of a badly scaled problem, and whether there was a warning that it is not defined."""

    def f(t: Any, a: Any, b: Any, c: Any) -> Any:
        return model(t, a, b, c, scales)

    def jac(t: Any, a: Any, b: Any, c: Any) -> Any:
        columns = [t**k / scales[k] + 0.0 * a for k in range(3)]
        return tuple(columns) if door == "curve_fit_batch" else np.stack(columns, axis=1)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        if door == "curve_fit_batch":
            return curve_fit_batch(f, T, y[np.newaxis], scales, jac=jac).cov[0], True
        if door == "curve_fit":
            return curve_fit(f, T, y, scales, jac=jac)[1], any(issubclass(w.category, OptimizeWarning) for w in caught)
        return fit(f, T, y, scales, jac=jac).covariance, any(issubclass(w.category, OptimizeWarning) for w in caught)


@pytest.mark.parametrize("door", DOORS)
def test_all_finite_or_all_infinite(door: str) -> None:
    defined = 0
    for k, scales in enumerate(10.0**SCALES):
        y = model(T, *(scales * [1.0, 2.0, 3.0]), scales) + 0.01 * np.sin(9.0 * T + k)
        found, warned = fit_at(door, scales, y)
        assert np.isfinite(found).all() or (found == np.inf).all(), scales
        defined += bool(np.isfinite(found).all())
        assert np.isfinite(found).all() or warned
    assert 5 < defined < len(SCALES)  # some of each


@pytest.mark.parametrize("door", ["curve_fit", "curve_fit_batch"])
def test_doors_agree(door: str) -> None:
    """`fit` has one condition more: variances below the normal numbers are lost."""
    for k, scales in enumerate(10.0**SCALES):
        y = model(T, *(scales * [1.0, 2.0, 3.0]), scales) + 0.01 * np.sin(9.0 * T + k)
        found, by_fit = fit_at(door, scales, y)[0], fit_at("fit", scales, y)[0]
        if np.isfinite(by_fit).all():
            assert np.allclose(found, by_fit, rtol=1e-9, atol=0.0)
        else:
            assert not np.isfinite(found).any() or (np.diag(found) < np.finfo(float).tiny).any()


def test_held_parameters() -> None:
    assert with_held(np.array([[2.0]]), np.array([False, True])).tolist() == [[0.0, 0.0], [0.0, 2.0]]


@pytest.mark.parametrize(("variance", "kept"), [(0.98, False), (1.02, True)])
def test_variances_below_the_normal_numbers_are_none(variance: float, kept: bool) -> None:
    covariance = np.diag([1.0, variance * np.finfo(float).tiny])
    found = without_underflow(covariance, np.ones(3), absolute_sigma=False)
    assert np.isfinite(found).all() == kept
    assert without_underflow(covariance, np.zeros(3), absolute_sigma=False) is covariance  # the errors are zero


@pytest.mark.parametrize(("times", "counts"), [(0.98, False), (1.02, True)])
def test_directions_count_from_a_singular_value_on(times: float, counts: bool) -> None:
    """The machine epsilon times the number of rows times the largest one; a power of two, so that nothing rounds."""
    jacobian = np.zeros((64, 2))
    jacobian[0, 0], jacobian[1, 1] = 1.0, times * 64 * np.finfo(float).eps
    found = spectral_covar(jacobian)
    assert found is not None
    assert found[1].tolist() == [1.0, float(counts)]


def test_what_is_tied_to_what_is_not_determined_is_not_determined() -> None:
    covariance = with_tied(np.full((3, 3), np.inf), [2], np.ones((1, 3)))
    assert np.isinf(covariance).all()
