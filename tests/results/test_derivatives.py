"""Derivatives by steps that are found: of the right size where the value of a parameter says nothing about it."""

from collections.abc import Callable

import numpy as np
import pytest

from minpack import OptimizeWarning, check_gradient, fit
from minpack._results.derivatives import BEST, differences
from support.decay import line, noise

T = np.linspace(0.0, 5.0, 30)


def decay(p: np.ndarray) -> np.ndarray:
    return p[0] * np.exp(-p[1] * T) + p[2]


def decay_derivatives(p: np.ndarray) -> np.ndarray:
    e = np.exp(-p[1] * T)
    return np.stack([e, -p[0] * T * e, np.ones_like(T)], axis=1)


@pytest.mark.parametrize("error", [np.nan, 0.0, 1e-16, 1e-2, 1e3])
def test_whatever_is_taken_for_the_scale(error: float) -> None:
    p = np.array([3.0, 0.8, 0.5])
    found = differences(decay, p, decay(p), errors=np.full(3, error)).columns
    np.testing.assert_allclose(found, decay_derivatives(p), rtol=3e-7, atol=1e-9)


@pytest.mark.parametrize(
    ("center", "width", "size", "eps"), [(35.0, 6.3, 0.003, 1e-5), (11.0, 1.0, 1e-4, 8e-5), (3.5, 0.0014, 0.001, 1e-11)]
)
def test_a_search_that_finds_noise_in_its_last_try(center: float, width: float, size: float, eps: float) -> None:
    """There are values all around, so there is a derivative."""

    def peak(p: np.ndarray) -> np.ndarray:
        return 1.0 + np.exp(-0.5 * ((T - center) / p[0]) ** 2)

    p = np.array([width])
    found = differences(peak, p, peak(p), errors=np.array([np.inf]), starts=np.array([size]), eps=eps, good=BEST)
    assert np.isfinite(found.columns).all()
    assert np.isfinite(found.steps).all()


@pytest.mark.parametrize(("scatter", "reach"), [(1e-7, 3e-4), (1e-5, 1e-2)])
def test_of_values_with_errors(scatter: float, reach: float) -> None:
    """As of an integrator with a tolerance: nobody says how large they are."""
    rng, p = np.random.default_rng(3), np.array([3.0, 0.8, 0.5])

    def noisy(p: np.ndarray) -> np.ndarray:
        return decay(p) * (1.0 + scatter * rng.standard_normal(T.size))

    for errors in (np.full(3, 0.01), np.full(3, np.nan)):
        found = differences(noisy, p, noisy(p), errors=errors).columns
        np.testing.assert_allclose(found, decay_derivatives(p), atol=reach)


@pytest.mark.parametrize(("f", "value", "exact"), [
    (lambda p: np.sqrt(p[0]) * T, 1e-12, 0.5e6 * T),  # NaN below 0
    (lambda p: np.where(p[0] >= 0.0, p[0] * T, np.nan), 0.0, T),  # at the edge: from one side
    (lambda p: p[0] * T, 0.0, T),
    (lambda p: p[0] * T, 1e-17, T),
    (lambda p: 1.0 + p[0] * T, 1e-17, T),  # smaller steps change nothing
    (lambda p: np.exp(-((T - p[0] + 1.7e9) ** 2)), 1.7e9 + 3, 2 * (T - 3) * np.exp(-((T - 3) ** 2))),
    (lambda p: np.full(T.size, round(p[0])), 1.0, 0.0 * T),
], ids=["root", "edge", "zero", "tiny", "rounded", "peak over dates", "steps"])  # fmt: skip
def test_one_parameter(f: Callable, value: float, exact: np.ndarray) -> None:
    p = np.array([value])
    found = differences(f, p, f(p), errors=np.array([np.nan])).columns[:, 0]
    np.testing.assert_allclose(found, exact, rtol=1e-6, atol=1e-6 * np.abs(exact).max())


@pytest.mark.parametrize(("value", "f"), [
    (1.0, lambda p: T * int(p[0])),  # up to the next number on one side, down at once on the other
    (1.99, lambda p: np.where(p[0] < T, 3.0, 1.0)),  # between two points, one of which is near
    (2.0, lambda p: np.where(p[0] < T, 3.0, 1.0)),
], ids=["number of something", "threshold", "threshold at a point"])  # fmt: skip
def test_jumps_have_no_slope(value: float, f: Callable) -> None:
    p, near = np.array([value]), np.array([np.nan])
    found = differences(f, p, f(p), errors=near)
    assert not found.columns.any()
    assert found.eps < 1e-15  # it is no error of the other columns either


@pytest.mark.parametrize("value", [0.0, 2.0])
def test_at_a_kink_it_is_the_mean_of_both_sides(value: float) -> None:
    f = lambda p: np.maximum(p[0], value) * (T + 1.0)  # noqa: E731
    p = np.array([value])
    found = differences(f, p, f(p), errors=np.array([np.nan])).columns[:, 0]
    np.testing.assert_allclose(found, 0.5 * (T + 1.0), rtol=1e-4)


def test_values_that_cancel_have_slopes() -> None:
    """They are rounded to multiples of 1e-4, so short steps change them to one side."""
    x, steps = np.linspace(0.0, 10.0, 200), np.linspace(0.0, 1e-4, 50)[:, np.newaxis]
    f = lambda p: (p[0] * x + p[1] + 1e12) - 1e12  # noqa: E731
    for p in np.array([1.0154033, 1.9190783]) + steps * [1.0, 0.7]:
        found = differences(f, p, f(p), errors=np.full(2, np.nan)).columns
        np.testing.assert_allclose(found, np.stack([x, np.ones_like(x)], axis=1), atol=0.5)


def test_a_threshold_has_no_error() -> None:
    def two_levels(x: np.ndarray, low: float, rise: float, edge: float) -> np.ndarray:
        return low + rise * (x > edge)

    y = two_levels(T, 1.0, 2.0, 2.0) + 0.01 * noise(T.size)
    for edge in (1.9, 1.99, 2.05):
        with pytest.warns(OptimizeWarning, match="could not be estimated"):
            found = fit(two_levels, T, y, [1.0, 1.0, edge])
        assert np.isinf(found.errors).all()
        assert "no_influence" in {finding.kind for finding in found.diagnose().records}


@pytest.mark.parametrize("n", [1, 14, 40], ids="{} parameters".format)
def test_of_a_model_and_of_a_vector(n: int) -> None:
    """The same bits, for more parameters than fit on the stack, too."""
    x, p = np.linspace(-1.0, 1.0, 50), np.linspace(0.5, 2.0, n)
    f = lambda x, *p: sum(np.sin(a * x + k) for k, a in enumerate(p))  # noqa: E731
    errors = np.full(n, 1e-3)
    of_model = differences(f, p, x.size, errors=errors, xdata=x)
    of_vector = differences(lambda p: f(x, *p), p, f(x, *p), errors=errors)
    assert of_model.columns.tobytes() == of_vector.columns.tobytes()
    exact = np.stack([x * np.cos(a * x + k) for k, a in enumerate(p)], axis=1)
    np.testing.assert_allclose(of_model.columns, exact, rtol=1e-6, atol=1e-8)
    np.testing.assert_array_equal(p, np.linspace(0.5, 2.0, n))


@pytest.mark.parametrize(("f", "error"), [
    (lambda p: 1 / 0, ZeroDivisionError),
    (lambda p: T[:-1], ValueError),
    (lambda p: "text", TypeError),
    (lambda p: (_ for _ in ()).throw(KeyboardInterrupt), KeyboardInterrupt),
])  # fmt: skip
def test_a_function_that_fails(f: Callable, error: type[BaseException]) -> None:
    with pytest.raises(error):
        differences(f, np.ones(2), T, errors=np.ones(2))


def test_shapes_that_do_not_agree() -> None:
    with pytest.raises(ValueError, match="shapes"):
        differences(decay, np.ones(3), T, errors=np.ones(2))


# ---- at the doors


def test_exact_line() -> None:
    """sigma 1, three points: variances 5/6 and 1/2 by linear regression, though a is 0."""
    x = np.arange(3.0)
    result = fit(line, x, x, sigma=1, absolute_sigma=True)
    np.testing.assert_allclose(result.errors, [np.sqrt(5 / 6), np.sqrt(0.5)], rtol=1e-6)
    assert "no doubts" in str(result.diagnose()) or "smaller than sigma" in str(result.diagnose())


@pytest.mark.parametrize("f", [lambda x, a, b: a + b * x, lambda x, a, b: a * x + b], ids=["a + b x", "a x + b"])
def test_what_beginners_try_first(f: Callable) -> None:
    result = fit(f, [1, 2, 3, 4], [2, 4, 6, 8])
    assert result.success
    assert sorted(result.values.round(12)) == [0, 2]
    assert (result.errors < 1e-14).all()
    assert str(result.diagnose()) == "no doubts"


def test_parameter_that_is_zero() -> None:
    x = np.linspace(0.0, 3.0, 9)
    f = lambda x, a, b: a + b * x**2  # noqa: E731
    result = fit(f, x, np.full(9, 2.0), sigma=0.1, absolute_sigma=True)
    columns = np.stack([np.ones(9), x**2], axis=1) / 0.1
    np.testing.assert_allclose(result.covariance, np.linalg.inv(columns.T @ columns), rtol=1e-6)


def test_epoch_in_days() -> None:
    """A step in proportion to the epoch would be 15 days, over a period of 3.3."""
    t = 2459000.0 + np.sort(np.random.default_rng(0).uniform(0.0, 40.0, 40))

    def sine(t, amplitude, epoch, period):
        return amplitude * np.sin(2 * np.pi * (t - epoch) / period)

    def derivatives(t, amplitude, epoch, period):
        phase = 2 * np.pi * (t - epoch) / period
        slope = amplitude * np.cos(phase)
        return np.stack([np.sin(phase), -slope * 2 * np.pi / period, -slope * phase / period], axis=1)

    start = [1.0, 2459001.8, 3.3]
    result = fit(sine, t, sine(t, *start) + 0.05 * noise(40), start, sigma=0.05, absolute_sigma=True)
    columns = derivatives(t, *result.values)
    covariance = 0.05**2 * np.linalg.inv(columns.T @ columns)
    np.testing.assert_allclose(result.covariance, covariance, rtol=1e-4, atol=1e-12)
    low, high = result.confidence_band(t)
    errors = np.sqrt(np.einsum("ki,ij,kj->k", columns, covariance, columns))
    np.testing.assert_allclose((high - low) / 2, 1.959963984540054 * errors, rtol=1e-3)
    shifted = result.derived(lambda epoch: np.sin(epoch - 2459001.0))
    assert shifted.error == pytest.approx(result.errors[1] * abs(np.cos(result["epoch"] - 2459001.0)), rel=1e-6)
    assert check_gradient(lambda p: sine(t, *p), lambda p: derivatives(t, *p), start).ok
    wrong = check_gradient(lambda p: sine(t, *p), lambda p: derivatives(t, *p) * [1.0, 1.01, 1.0], start)
    assert set(wrong.wrong[:, 1]) == {1} and len(wrong.wrong) > 30
