"""What follows from the parameters, with the errors that theirs cause: derived quantities, bands."""

import math

import numpy as np
import pytest

from minpack import fit
from support.decay import TIGHT, T, Y, decay, decay_jacobian, line, line_jacobian


def test_derived_is_linear_propagation() -> None:
    result = fit(decay, T, Y)
    a, r, _ = result.values
    value, error, variance = result.derived(lambda amplitude, rate: amplitude / rate)
    gradient = np.array([1 / r, -a / r**2, 0.0])
    assert value == a / r
    assert variance == pytest.approx(gradient @ result.covariance @ gradient, rel=1e-8)
    assert error == pytest.approx(math.sqrt(variance))
    assert result.derived(lambda p, q, s: p / q).error == pytest.approx(error, rel=1e-12)
    assert result.derived(lambda *p: p[0] / p[1]).error == pytest.approx(error, rel=1e-12)
    assert result.derived(lambda rate: 2 * rate).error == pytest.approx(2 * result.errors[1], rel=1e-9)


def test_derived_of_several_values() -> None:
    result = fit(decay, T, Y)
    both = result.derived(lambda rate, offset: [1 / rate, rate + offset])
    gradient = np.array([[0.0, -1 / result["rate"] ** 2, 0.0], [0.0, 1.0, 1.0]])
    np.testing.assert_allclose(both.covariance, gradient @ result.covariance @ gradient.T, rtol=1e-8)
    np.testing.assert_allclose(both.error, np.sqrt(np.diag(both.covariance)))
    assert both.value.shape == both.error.shape == (2,)


def test_derived_refuses() -> None:
    result = fit(decay, T, Y)
    with pytest.raises(ValueError, match="by name, out of amplitude, rate, offset"):
        result.derived(lambda slope: slope)
    with pytest.raises(ValueError, match="func takes 'tt', which is not a parameter of the fit: there are amplitude"):
        result.derived(lambda rate, tt: rate)
    with pytest.raises(ValueError, match="func takes 'q'"):
        result.derived(lambda rate, amplitude, q: rate)
    assert result.derived(lambda rate, tt=5.0: rate * tt).value == 5.0 * result["rate"]
    with pytest.raises(TypeError, match="func must be a function of parameters, such as lambda amplitude: ...; got 5"):
        result.derived(5)
    with pytest.raises(ValueError, match="x must be real numbers: could not convert string to float: .*'rate'"):
        result.predict(["rate"])
    with pytest.raises(ValueError, match="one value or a vector"):
        result.derived(lambda rate: np.eye(2) * rate)


def test_bands_by_jacobian_and_by_differences_agree() -> None:
    exact, approximate = fit(decay, T, Y, jac=decay_jacobian, **TIGHT), fit(decay, T, Y)
    x = np.linspace(0, 8, 30)
    for band in ("confidence_band", "prediction_band"):
        np.testing.assert_allclose(getattr(exact, band)(x), getattr(approximate, band)(x), rtol=1e-6)
    assert exact.predict([1.0, 2.0]).shape == (2,)
    assert np.ndim(exact.predict(1.0)) == 0
    low, high = exact.confidence_band(1.0)
    assert low < exact.predict(1.0) < high


def test_bands_hand_x_to_the_jacobian_as_to_the_model() -> None:
    def f(x, a, b):
        return a + b * x["t"]

    def jac(x, a, b):
        return line_jacobian(x["t"], a, b)

    x = {"t": np.array([1.0, 2.5])}
    band = fit(f, {"t": T}, Y, jac=jac).confidence_band(x)
    np.testing.assert_allclose(band, fit(line, T, Y).confidence_band(x["t"]), rtol=1e-6)


def test_bands_at_one_point_by_a_jacobian_of_vectors() -> None:
    def jac(x, a, b):
        return np.column_stack([np.ones(len(x)), x])

    result = fit(line, T, Y, jac=jac)
    for one in (2.0, 2, np.int64(2), np.array(2.0)):
        np.testing.assert_array_equal(result.confidence_band(one), np.ravel(result.confidence_band([2.0])))
    with pytest.raises(ValueError, match=r"jac must return shape \(2, 2\) here; it returned \(8, 2\)"):
        fit(line, T, Y, jac=lambda x, a, b: line_jacobian(T, a, b)).confidence_band([1.0, 2.0])


def test_at_no_points() -> None:
    result = fit(line, T, Y)
    assert np.shape(result.confidence_band([])) == np.shape(result.prediction_band([])) == (2, 0)
    derived = result.derived(lambda *_: [])
    assert derived.value.shape == derived.error.shape == (0,)
    assert derived.covariance.shape == (0, 0)
