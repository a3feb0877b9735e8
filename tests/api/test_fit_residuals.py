"""Residuals of one's own making, against the fit of the same curve."""

from typing import Any

import numpy as np
import pytest

from minpack import fit, fit_residuals
from support.decay import T, Y, decay, line, line_jacobian, noise


def misfit(amplitude, rate, offset, t, y):
    return y - decay(t, amplitude, rate, offset)


@pytest.mark.parametrize("start", [None, {"rate": 1.0, "amplitude": 2.0, "offset": 0.0}, [2.0, 1.0, 0.0]])
def test_it_is_the_fit_of_the_curve(start) -> None:
    found, expected = fit_residuals(misfit, start, (T, Y)), fit(decay, T, Y, start)
    assert found.names == expected.names
    for name in ("values", "covariance", "residuals"):
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), rtol=1e-7, atol=1e-9)
    ends = found.confidence_intervals(method="profile")
    np.testing.assert_allclose(ends, expected.confidence_intervals(method="profile"), rtol=1e-6)
    assert "R squared" not in found.report() and "misfit(amplitude, rate, offset): converged" in found.report()
    with pytest.raises(ValueError, match="a fit of residuals has no curve"):
        found.predict(T)


def test_held_parameters_jac_and_known_errors() -> None:
    def jac(a, b, x, y):
        return -line_jacobian(x, a, b) / 0.1

    found = fit_residuals(lambda a, b, x, y: (y - line(x, a, b)) / 0.1, None, (T, Y), jac=jac, absolute_sigma=True)
    expected = fit(line, T, Y, sigma=0.1, absolute_sigma=True)
    np.testing.assert_allclose(found.values, expected.values, rtol=1e-9)
    np.testing.assert_allclose(found.errors, expected.errors, rtol=1e-7)
    held = fit_residuals(misfit, args=(T, Y), fixed={"offset": 0.5})
    np.testing.assert_allclose(held.values, fit(decay, T, Y, fixed={"offset": 0.5}).values, rtol=1e-6)


def test_complex_residuals_of_any_shape() -> None:
    z = (1 + 2j) * T + 0.1 * (noise(16)[:8] + 1j * noise(16)[8:])

    def complex_line(re, im):
        return ((re + 1j * im) * T - z).reshape(2, 4)

    found = fit_residuals(complex_line, {"re": 1.0, "im": 1.0})
    best = (T @ z) / (T @ T)
    np.testing.assert_allclose(found.values, [best.real, best.imag], rtol=1e-7)
    np.testing.assert_allclose(found.residuals, [*(best * T - z).real, *(best * T - z).imag], atol=1e-7)
    with_jac = fit_residuals(complex_line, {"re": 1, "im": 1}, jac=lambda re, im: np.stack([T, 1j * T], axis=-1))
    np.testing.assert_allclose(with_jac.errors, found.errors, rtol=1e-6)
    linear = found.confidence_intervals()
    np.testing.assert_allclose(found.confidence_intervals(method="profile"), linear, rtol=1e-5)


def test_a_function_of_numbers_only_and_of_any_number_of_them() -> None:
    def loop(k):
        values, state = [], 1.0
        for target in (1.0, 0.7, 0.5, 0.3):
            values.append(state - target)
            state = state - k * state if k < 2 else 0.0  # an array would raise
        return values

    found = fit_residuals(loop, {"k": 0.1})
    assert found.success and found.confidence_intervals(method="profile")[0, 0] < found["k"]
    any_number = fit_residuals(lambda *p: np.array([p[0] - 1, p[1] - 2, p[0] + p[1] - 3.3]), {"u": 0, "v": 0})
    np.testing.assert_allclose(any_number.values, [1.1, 2.1], rtol=1e-6)


def test_mistakes() -> None:
    with pytest.raises(ValueError, match="func must return at least one residual"):
        fit_residuals(lambda a: [], [1.0])
    with pytest.raises(ValueError, match="p0 must name parameters of misfit"):
        fit_residuals(misfit, {"speed": 1.0}, (T, Y))
    with pytest.raises(TypeError, match="func must be callable"):
        fit_residuals(3)


def test_picture() -> None:
    pytest.importorskip("matplotlib").use("Agg")
    import matplotlib.pyplot as plt

    assert len(fit_residuals(misfit, args=(T, Y)).plot().axes) == 1
    plt.close("all")


def test_a_function_of_a_vector_as_leastsq_takes_it() -> None:
    def of_vector(p, t, y):
        return misfit(*p, t, y)

    expected = fit_residuals(misfit, [2.0, 1.0, 0.0], (T, Y))
    for start in ([2.0, 1.0, 0.0], {"amplitude": 2.0, "rate": 1.0, "offset": 0.0}):
        found = fit_residuals(of_vector, start, (T, Y))
        assert found.names == (expected.names if isinstance(start, dict) else ("p0", "p1", "p2"))
        np.testing.assert_allclose(found.values, expected.values, rtol=1e-12)
        ends = found.confidence_intervals(method="profile")
        np.testing.assert_allclose(ends, expected.confidence_intervals(method="profile"), rtol=1e-9)
    one = fit_residuals(lambda p: p[0] * T - 2.0 * T, [1.0], jac=lambda p: T[:, np.newaxis])
    assert one["p0"] == pytest.approx(2.0)
    held = fit_residuals(of_vector, {"a": 2.0, "b": 1.0, "c": 0.0}, (T, Y), fixed={"c": 0.5})
    assert held.fitted == ("a", "b")
    with pytest.raises(ValueError, match="p0 must have the start of each parameter if func takes them as a vector"):
        fit_residuals(lambda p: p[0] * T - Y)


def test_scatter_does_not_grow_with_a_signal_that_is_the_residuals() -> None:
    t = np.linspace(0.0, 5.0, 40)
    found = fit_residuals(lambda a, b: a + b * t - 3.0 - 0.1 * noise(40), {"a": 1.0, "b": 0.0})
    assert "scatter_grows" not in [record.kind for record in found.diagnose().records]


@pytest.mark.parametrize("kind", [np.uint8, np.bool_, object])
def test_derivatives_of_any_real_kind(kind: Any) -> None:
    """Unsigned numbers and truth values have no negative."""
    x = np.arange(4.0)
    slopes = np.stack([x > 1.0, x <= 1.0], axis=-1).astype(kind)
    found = fit_residuals(lambda a, b: np.where(x > 1.0, a, b) - x, jac=lambda a, b: slopes)
    np.testing.assert_allclose(found.values, [2.5, 0.5])
    assert not found.diagnose()
