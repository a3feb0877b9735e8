"""Fits that MINPACK's tests of convergence end too early, and derivatives that lead nowhere."""

import importlib
import warnings

import numpy as np
import pytest

import minpack
from minpack import fit
from support.decay import line, noise

U = 1.7e9 + np.arange(60.0)  # seconds since 1970


WIDE = [None, (-1e18, 1e18)]


def peak(t, height, center, width):
    return height * np.exp(-0.5 * ((t - center) / width) ** 2)


def peak_derivatives(t, height, center, width):
    z = (t - center) / width
    e = np.exp(-0.5 * z * z)
    return np.stack([e, height * e * z / width, height * e * z * z / width], axis=1)


Y = peak(U, 10.0, 1.7e9 + 31.0, 4.0) + 0.1 * noise(60)


@pytest.mark.parametrize("bounds", WIDE, ids=["free", "bounded"])
@pytest.mark.parametrize("jac", [None, lambda x, a, b: np.stack([np.ones_like(x), x], axis=1)])
def test_large_numbers_over_years(jac, bounds) -> None:
    """The start is so far off that a step, which MINPACK keeps short, gains less than ftol."""
    year = np.arange(2000.0, 2015.0)
    y = np.linspace(5.96e12, 1.221e13, 15) + 1e11 * noise(15)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", minpack.OptimizeWarning)
        assert abs(minpack.curve_fit(line, year, y)[0][1] - 4.5e11) > 1e11  # as SciPy's
    slope, at_zero = np.polyfit(year - 2007.0, y, 1)
    result = fit(line, year, y, jac=jac, bounds=bounds)
    assert result.success
    np.testing.assert_allclose(result.values, [at_zero - 2007.0 * slope, slope], rtol=1e-7)
    columns = np.stack([np.ones(15), year - 2007.0], axis=1)
    residuals = y - columns @ [at_zero, slope]
    assert result.errors[1] == pytest.approx(np.sqrt(residuals @ residuals / 13 / (columns[:, 1] @ columns[:, 1])))
    assert str(result.diagnose()) == "no doubts"


@pytest.mark.parametrize("options", [{"bounds": WIDE[0]}, {"bounds": WIDE[1]}, {"bounds": WIDE[1], "method": "dogbox"}],
                         ids=["lm", "trf", "dogbox"])  # fmt: skip
@pytest.mark.parametrize("jac", [None, peak_derivatives])
def test_peak_over_unix_time(jac, options) -> None:
    """xtol of a value of 1.7e9 is 25 s."""
    near = fit(peak, U - 1.7e9, Y, [8.0, 33.0, 3.0])
    result = fit(peak, U, Y, [8.0, 1.7e9 + 33.0, 3.0], jac=jac, **options)
    assert result.success and result.distance < 1e-3
    np.testing.assert_allclose(result.values - [0.0, 1.7e9, 0.0], near.values, atol=1e-5)
    np.testing.assert_allclose(result.errors, near.errors, rtol=1e-4)
    if options["bounds"] is None:
        assert ("go on" in result.message) == (result.nfev > 5)


def test_minimum_that_is_not_reached_is_no_success(monkeypatch) -> None:
    """Just beyond a tenth of a standard error, and just before it; going on is of no use here."""
    x, y = np.arange(8.0), np.arange(8.0) + 0.1 * noise(8)
    best = fit(line, x, y)
    for distance, success in ((0.09, True), (0.11, False)):
        away = best.values + np.array([distance, 0.0]) * best.residual_sd / np.sqrt(8.0)
        monkeypatch.setattr("minpack._engine.finish.Finish._better", lambda self, end, *_, **__: end)
        # the start satisfies gtol
        options = {"p0": away, "gtol": 1.0}
        if success:
            result = fit(line, x, y, **options)
        else:
            with pytest.warns(RuntimeWarning, match="away from a minimum, which is 0.11 standard errors further on"):
                result = fit(line, x, y, **options)
            assert [finding.kind for finding in result.diagnose().records][0] == "far_from_minimum"
            assert np.isinf(result.errors).all()
        assert (result.success, result.status) == (success, 4)
        assert result.distance == pytest.approx(distance, rel=1e-2)  # away from the minimum there is more scatter


def test_jacobian_that_is_not_finite() -> None:
    def with_nan(*arguments):
        derivatives = peak_derivatives(*arguments)
        derivatives[3, 1] = np.nan
        return derivatives

    result = fit(peak, U - 1.7e9, Y, [8.0, 33.0, 3.0], jac=with_nan)
    assert result.success
    np.testing.assert_allclose(result.values, fit(peak, U - 1.7e9, Y, [8.0, 33.0, 3.0]).values, rtol=1e-6)
    assert [finding.kind for finding in result.diagnose().records] == ["jac_not_finite"]


@pytest.mark.parametrize("bounds", WIDE, ids=["free", "bounded"])
def test_wrong_jacobian(bounds) -> None:
    wrong = lambda *arguments: -peak_derivatives(*arguments)  # noqa: E731
    result = fit(peak, U - 1.7e9, Y, [8.0, 33.0, 3.0], jac=wrong, bounds=bounds)
    assert result.success
    np.testing.assert_allclose(result.values, fit(peak, U - 1.7e9, Y, [8.0, 33.0, 3.0]).values, rtol=1e-6)
    assert [finding.kind for finding in result.diagnose().records] == ["jac_differs"]


@pytest.mark.parametrize(("shift", "jac"), [
    (1e5, None), (1e9, None), (1e9, lambda x, a, b: np.stack([np.ones_like(x), x], axis=1)),
])  # fmt: skip
@pytest.mark.parametrize("bounds", WIDE, ids=["free", "bounded"])
def test_errors_are_not_below_those_of_rounding(shift: float, jac, bounds) -> None:
    x = shift + np.arange(5.0)
    result = fit(line, x, np.arange(5.0), jac=jac, bounds=bounds)
    off = np.abs(result.values - [-shift, 1.0])
    assert (off <= result.errors).all()
    assert (result.errors <= 1e3 * shift**2 * np.finfo(float).eps * np.array([1.0, 1.0 / shift])).all()
    assert "rounding of the model" in str(result.diagnose()) or "replace each other" in str(result.diagnose())


def test_exact_data_of_good_condition_have_no_rounding_to_tell() -> None:
    assert str(fit(line, np.arange(5.0), 1.0 + 2.0 * np.arange(5.0)).diagnose()) == "no doubts"


@pytest.mark.parametrize("bounds", WIDE, ids=["free", "bounded"])
def test_model_with_32_bits(bounds) -> None:
    t = np.linspace(0.0, 5.0, 30)
    y = 1.4 * np.exp(-0.2 * t) + 0.2 + 0.01 * noise(30)

    def decay(t, a, b, c):
        return a * np.exp(-b * t) + c

    def short(t, a, b, c):
        return decay(t.astype(np.float32), np.float32(a), np.float32(b), np.float32(c))

    exact, result = fit(decay, t, y, [1.0, 1.0, 0.1]), fit(short, t, y, [1.0, 1.0, 0.1], bounds=bounds)
    assert result.success
    assert (np.abs(result.values - exact.values) < 0.01 * exact.errors).all()
    np.testing.assert_allclose(result.errors, exact.errors, rtol=1e-2)
    assert [finding.kind for finding in result.diagnose().records] == ["short_floats"]


@pytest.mark.parametrize("method", ["trf", "dogbox"])
def test_model_with_32_bits_whose_last_value_is_none(method: str) -> None:
    """The steps by c, which changes nothing, lead out of the bounds."""

    def short(t, a, b, c):
        return np.float32(a * np.exp(-b * t) + 0.0 * c)

    t = np.linspace(0.0, 5.0, 30)
    y = 2.0 * np.exp(-0.7 * t) + 0.1 * noise(30)
    with pytest.warns(minpack.OptimizeWarning, match="covariance"):
        result = fit(short, t, y, [1.0, 1.0, 0.5], bounds=([-9, -9, 0], [9, 9, 1]), method=method)
    assert [finding.kind for finding in result.diagnose().records] == ["short_floats", "no_influence"]


def test_restart_at_the_minimum_is_no_doubt() -> None:
    x, y = np.arange(8.0), np.arange(8.0) + 0.1 * noise(8)
    best = fit(line, x, y)
    again = fit(line, x, y, best.values)
    assert np.allclose(again.values, best.values)
    assert str(again.diagnose()) == str(best.diagnose()) == "no doubts"


@pytest.mark.parametrize(("bounds", "way"), [
    (WIDE[0], "minpack._api.solving.solve_curve"), (WIDE[1], "minpack._api.within_bounds.solve_bounded_curve"),
], ids=["free", "bounded"])  # fmt: skip
def test_calls_of_fits_that_lead_nowhere_count(bounds, way: str, monkeypatch) -> None:
    """With wrong derivatives the second fit ends no nearer to the minimum than the first; the third is by differences.

    The step from the end of a fit, too, takes a call.
    """
    module, name = way.rsplit(".", 1)
    solve, calls = getattr(importlib.import_module(module), name), []

    def noted(*arguments, **options):
        found = solve(*arguments, **options)
        calls.append(found.calls if name == "solve_bounded_curve" else found.nfev)
        return found

    monkeypatch.setattr(way, noted)
    result = fit(peak, U - 1.7e9, Y, [8.0, 33.0, 3.0], jac=lambda *p: -peak_derivatives(*p), bounds=bounds)
    assert [finding.kind for finding in result.diagnose().records] == ["jac_differs"]
    assert len(calls) == 3
    assert result.nfev == sum(calls) + 1


@pytest.mark.parametrize("bounds", WIDE, ids=["free", "bounded"])
def test_steps_suit_terms_that_nearly_cancel(bounds) -> None:
    """The rounding of a model is that of its terms, not of their sum: exact lines, far from where x is 0."""
    for seed in range(100):
        rng = np.random.default_rng(seed)
        shift, slope = 10.0 ** rng.uniform(6.0, 9.5), rng.uniform(0.5, 2.0)
        x = shift + np.arange(5.0 + rng.integers(5))
        result = fit(line, x, slope * (x - shift), bounds=bounds)
        assert (result.errors < 1e3 * shift**2 * np.finfo(float).eps * np.array([1.0, 1.0 / shift])).all(), seed


@pytest.mark.parametrize("bounds", WIDE, ids=["free", "bounded"])
def test_terms_that_nearly_cancel_in_values_of_float32(bounds) -> None:
    """Values that are short need not come from terms that are."""

    def parabola(x, a, b, c):
        return (a * x**2 + b * x + c).astype(np.float32)

    for seed in range(5):
        rng = np.random.default_rng(seed)
        x = 1000.0 + np.linspace(0.0, 5.0, 40)
        y = 0.5 * (x - 1000.0) ** 2 - 1e5 + 1e-2 * rng.standard_normal(40)
        start = np.array([0.5, -1000.0, 4e5]) * rng.uniform(0.7, 1.4, 3)
        least = np.sum((y - np.polynomial.Polynomial.fit(x, y, 2)(x)) ** 2)
        assert fit(parabola, x, y, start, bounds=bounds).chi_square < 1.1 * least + 40 * (6e-8 * 1e5) ** 2, seed


@pytest.mark.parametrize("bounds", WIDE, ids=["free", "bounded"])
def test_steps_do_not_grow_with_a_sigma_that_is_too_large(bounds) -> None:
    """Small data with absolute_sigma and no sigma have large errors, but these are right."""
    t, errors, bands = np.linspace(0.0, 10.0, 60), [], []
    y = 2.0 * np.sin(2.9 * t + 0.3) + 0.1 * noise(60)
    for size in (1.0, 1e-9):
        result = fit(
            lambda t, a, w, p: a * np.sin(w * t + p), t, size * y, [2.0 * size, 2.9, 0.3], absolute_sigma=True,
            bounds=bounds,
        )  # fmt: skip
        errors.append(result.errors * [1.0, size, size])
        bands.append(np.subtract(*result.confidence_band(t)))
    np.testing.assert_allclose(errors[1], errors[0], rtol=1e-6)
    np.testing.assert_allclose(bands[1], bands[0], rtol=1e-6)
