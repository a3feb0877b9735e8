"""The ready models: starts from data, natural limits, derived quantities."""

import importlib
import pickle
import re
import subprocess
import sys

import numpy as np
import pytest

import guesses
import minpack
from minpack import models
from minpack._models.ready import MODELS
from minpack._models.starts import quasi_random
from support import ROOT

X = np.linspace(0.0, 10.0, 80)


def noise(size: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(size)


@pytest.mark.parametrize("name", MODELS)
def test_starts_from_noisy_data_lead_to_the_minimum(name: str) -> None:
    assert guesses.share(name, 50) >= 0.98


@pytest.mark.filterwarnings("ignore:of .* fits that minpack looked at again:minpack.OptimizeWarning")  # rightly
def test_the_check_of_starts_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module("minpack._api.fit_rows")
    monkeypatch.setattr(module, "guess", lambda f, x, y, *_: np.ones((*y.shape[:-1], len(f.parameters))))
    assert guesses.share("sine", 50) < 0.5
    assert guesses.share("gaussian2d", 50) < 0.9


@pytest.mark.parametrize("name", MODELS)
def test_derivatives_are_those_of_differences(name: str) -> None:
    x, truth, _ = guesses.draw(name, 1)
    x = x[..., x[-1] > 0.0] if x.ndim == 1 else x  # a power has none at 0 by differences
    model, p = MODELS[name], truth[0]
    for j, value in enumerate(p):
        h = 1e-4 * value
        p1, p2, p3, p4 = (np.where(np.arange(p.size) == j, p + k * h, p) for k in (1, -1, 2, -2))
        slope = (8.0 * (model(x, *p1) - model(x, *p2)) - (model(x, *p3) - model(x, *p4))) / (12.0 * h)
        np.testing.assert_allclose(model.jac(x, *p)[..., j], slope, rtol=1e-6, atol=1e-6 * np.abs(slope).max())


@pytest.mark.parametrize("name", MODELS)
def test_natural_limits_and_quantities_are_those_of_the_parameters(name: str) -> None:
    model, (_, truth, _) = MODELS[name], guesses.draw(name, 3)
    assert {*model.natural} <= {*model.parameters}
    lower, upper = model.bounds
    assert ((lower <= truth) & (truth <= upper)).all()
    for quantity in model.derived:
        assert np.isfinite(model.quantity(quantity)(*truth[0]))
    assert pickle.loads(pickle.dumps(model)).derived == model.derived


def test_widths_and_areas_are_those_of_the_curve() -> None:
    x = np.linspace(-2000.0, 2000.0, 4_000_001)
    for name, p in {"gaussian": (2.0, 0.1, 1.3), "lorentzian": (2.0, 0.1, 1.3), "pseudo_voigt": (2.0, 0.1, 1.3, 0.4),
                    "voigt": (2.0, 0.1, 0.7, 0.4), "moffat": (2.0, 0.1, 1.3, 2.5)}.items():  # fmt: skip
        model = MODELS[name]
        y = model(x, *p)
        half = x[y >= y.max() / 2.0]
        width = p[2] if name == "pseudo_voigt" else model.quantity("fwhm")(*p)
        assert half[-1] - half[0] == pytest.approx(width, abs=2.1e-3)
        if "area" in model.derived:
            assert y.sum() * 1e-3 == pytest.approx(model.quantity("area")(*p), rel=1e-3)
    t = np.array([0.0, 1.0])
    for name, p, quantity in (("exponential_decay", (3.0, 2.0, 0.0), "half_life"), ("second_order_decay", (3.0, 0.4),
                              "half_life"), ("stretched_exponential", (3.0, 2.0, 0.6, 0.0), "half_life")):  # fmt: skip
        assert MODELS[name](t * MODELS[name].quantity(quantity)(*p), *p) == pytest.approx([3.0, 1.5])
    five = MODELS["dose_response_5"]
    p5 = (1.0, 9.0, 2.0, 1.4, 0.7)
    assert five(five.quantity("ec50")(*p5), *p5) == pytest.approx(5.0)


def test_fit_needs_no_start() -> None:
    y = models.gaussian(X, 3.0, 4.0, 0.8) + 0.02 * noise(80)
    fit = minpack.fit(models.gaussian, X, y)
    assert fit.success
    np.testing.assert_allclose(fit.values, [3.0, 4.0, 0.8], rtol=0.02)
    width = fit.derived("fwhm")
    factor = 2.0 * np.sqrt(2.0 * np.log(2.0))
    assert (width.value, width.error) == pytest.approx((factor * fit["sigma"], factor * fit.errors[2]))
    assert fit.derived("height*sigma").value == pytest.approx(fit["height"] * fit["sigma"])
    assert "fwhm          1.8" in fit.report()
    with pytest.raises(ValueError, match=r"func must be a formula of fwhm, area, .*'width'"):
        fit.derived("width")
    partly = minpack.fit(models.gaussian, X, y, {"height": 2.5}, fixed={"center": 4.0})
    assert partly.start[0] == 2.5
    assert partly.success
    with pytest.raises(ValueError, match="unless a model was fitted"):
        minpack.fit(lambda x, a: a * x, X, y).derived("a")


def test_batches_find_a_start_for_each_fit() -> None:
    x, truth, y = guesses.draw("lorentzian", 12)
    result = minpack.curve_fit_batch(models.lorentzian, x, y.reshape(3, 4, -1))
    np.testing.assert_allclose(result.x.reshape(12, 3)[:, 1], truth[:, 1], atol=0.3)
    per_fit = minpack.curve_fit_batch(models.lorentzian, np.broadcast_to(x, y.shape) + np.arange(12.0)[:, None], y)
    np.testing.assert_allclose(per_fit.x[:, 1] - np.arange(12.0), result.x.reshape(12, 3)[:, 1], rtol=1e-6)
    y[3, 7] = np.nan
    omitted = minpack.curve_fit_batch(models.lorentzian, x, y, nan_policy="omit")
    assert omitted.success.all()
    starts = models.lorentzian.guess(x, y)
    assert starts.shape == (12, 3)
    assert np.isfinite(starts).all()
    array = pytest.importorskip("dask.array")
    lazy = minpack.curve_fit_batch(models.lorentzian, x, array.from_array(y[:3], chunks=(2, -1)))
    np.testing.assert_array_equal(lazy.x.compute(), omitted.x[:3])
    bounded = minpack.curve_fit_batch(models.lorentzian, x, y[:3], bounds=models.lorentzian.bounds)
    np.testing.assert_allclose(bounded.x, omitted.x[:3], rtol=1e-4)


def test_sums_find_their_starts() -> None:
    both = models.gaussian("p1") + models.gaussian("p2") + models.line
    p = [5.0, 3.0, 0.5, 3.0, 6.5, 1.0, 1.0, 0.2]
    y = both(X, *p) + 0.05 * noise(80)
    fit = minpack.fit(both, X, y)
    assert fit.success
    np.testing.assert_allclose(fit.values, p, rtol=0.15)
    assert fit.derived("p1_fwhm").value == pytest.approx(2.3548 * fit["p1_sigma"], rel=1e-4)
    wave = models.sine("w") + models.exponential_growth("g")
    q = [2.0, 0.7, 0.5, 0.0, 3.0, 0.2]
    y = wave(X, *q)
    assert minpack.fit(wave, X, y, fixed={"w_offset": 0.0}).chi_square < 1e-6


def test_formulas_without_a_search_of_their_own_find_a_start() -> None:
    curve = minpack.model("a*exp(-((x - m)/w)^2) + c")
    y = curve(X, 3.0, 6.0, 0.7, 1.0) + 0.02 * noise(80)
    fit = minpack.fit(curve, X, y)
    np.testing.assert_allclose(np.abs(fit.values), [3.0, 6.0, 0.7, 1.0], rtol=0.05)


def test_polynomials() -> None:
    cubic = models.polynomial(3)
    assert cubic.parameters == ("c0", "c1", "c2", "c3")
    np.testing.assert_allclose(minpack.fit(cubic, X, cubic(X, 1.0, -2.0, 0.5, 0.1)).values, [1.0, -2.0, 0.5, 0.1])
    with pytest.raises(ValueError, match="degree must be a whole number from 1 to 20; got 0"):
        models.polynomial(0)


def test_the_module() -> None:
    assert {*MODELS} < {*models.__all__}
    with pytest.raises(AttributeError, match="its models are line, gaussian"):
        models.gausian  # noqa: B018
    code = "import sys, minpack; assert 'minpack._models' not in sys.modules; minpack.models.gaussian"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_quasi_random_points_fill_the_cube() -> None:
    points = quasi_random(400, 3)
    assert points.shape == (400, 3)
    for axis in points.T:
        assert np.histogram(axis, 10, (0.0, 1.0))[0].min() >= 35


def rows_of_the_table() -> list[str]:
    """Those of docs/howto/models.md."""
    rows = ["| model | formula | derived |", "| --- | --- | --- |"]
    for name, model in MODELS.items():
        formula = re.sub(r"\s+", " ", model.text)
        rows.append(f"| {name} | `{formula}` | {', '.join(model.derived)} |".replace("|  |", "| |"))
    return rows


def test_the_table_of_the_page_is_that_of_the_models() -> None:
    page = (ROOT / "docs" / "howto" / "models.md").read_text(encoding="utf-8").splitlines()
    assert [line for line in page if line.startswith("|")] == rows_of_the_table()


def test_a_guess_needs_as_many_points_in_x_as_in_y() -> None:
    with pytest.raises(ValueError, match=r"xdata must have as many points as ydata, 3; got shape \(2,\)"):
        models.gaussian.guess([1.0, 2.0], [1.0, 2.0, 3.0])


def overlapping(seed: int, equal: bool) -> tuple[np.ndarray, np.ndarray, list[float]]:
    draw = np.random.default_rng(seed)
    x = np.linspace(0.0, 10.0, draw.integers(40, 120))
    width, center = draw.uniform(0.5, 1.2), draw.uniform(3.0, 6.0)
    apart = draw.uniform(0.9, 2.5) * width
    truth = [draw.uniform(2, 8), center, width, draw.uniform(2, 8), center + apart, width * (1 if equal else 1.3)]
    y = models.gaussian("a")(x, *truth[:3]) + models.gaussian("a")(x, *truth[3:]) + draw.normal(0.0, 0.15, x.size)
    return x, y, truth


@pytest.mark.parametrize("seed", [16, 17, 20, 22, 28, 47])
def test_overlapping_peaks_are_found_from_several_starts(seed: int) -> None:
    x, y, truth = overlapping(seed, seed % 2 == 1)
    both = models.gaussian("a") + models.gaussian("b")
    free = minpack.fit(both, x, y)
    tied = minpack.fit(both, x, y, tied={"b_sigma": "a_sigma"})
    assert free.success and tied.success
    assert free.chi_square <= 1.0001 * minpack.fit(both, x, y, truth).chi_square
    assert free.chi_square <= 1.0001 * tied.chi_square
    for fit in (free, tied):
        assert fit["a_center"] < fit["b_center"]
        assert min(fit["a_height"], fit["b_height"], fit["a_sigma"]) > 0.0


def test_starts_of_sums_keep_to_what_is_said() -> None:
    x, y, _ = overlapping(16, False)
    both = models.gaussian("a") + models.gaussian("b")
    free = minpack.fit(both, x, y)
    swapped = minpack.fit(both, x, y, fixed={"a_center": free["b_center"]})
    assert swapped["b_center"] == pytest.approx(free["a_center"], abs=0.2)
    bounded = minpack.fit(both, x, y, bounds={"a_sigma": (0.0, None), "b_sigma": (0.0, None)})
    assert bounded.chi_square == pytest.approx(free.chi_square, rel=1e-6)
    robust = minpack.fit(both, x, y, loss="soft_l1")
    np.testing.assert_allclose(robust.values, free.values, rtol=0.05)
    one_sigma = minpack.fit(both, x, y, sigma=np.full(x.size, 0.15), absolute_sigma=True)
    np.testing.assert_allclose(one_sigma.values, free.values, rtol=1e-4)


def test_formulas_of_derived_quantities() -> None:
    both = models.gaussian("a") + models.gaussian("b")
    y = both(X, 3.0, 3.0, 0.5, 2.0, 7.0, 0.8) + 0.02 * noise(80)
    fit = minpack.fit(both, X, y)
    ratio = fit.derived("a_area/b_area")
    by_hand = fit.derived(
        lambda a_height, a_sigma, b_height, b_sigma: a_height * a_sigma / (b_height * b_sigma)
    )
    assert ratio.value == pytest.approx(by_hand.value, rel=1e-12)
    assert ratio.error == pytest.approx(by_hand.error, rel=1e-8)
    assert fit.derived("2*a_fwhm + a_center").value == pytest.approx(2 * fit.derived("a_fwhm").value + fit["a_center"])
    with pytest.raises(ValueError, match=r"func must be a formula of a_fwhm, .* got 'a_area/c', with 'c'"):
        fit.derived("a_area/c")


@pytest.mark.parametrize("name", MODELS)
def test_few_points_and_large_numbers_are_no_trouble(name: str) -> None:
    model, x = MODELS[name], np.linspace(0.1, 9.0, 30)
    for count in (1, 2, 30):
        points = x[:count] if len(model.predictors) == 1 else np.stack([x, x[::-1]])[:, :count]
        for scale in (1.0, 1e160, 1e-200):
            assert np.isfinite(model.guess(points, scale * noise(30)[:count])).all()
        if count < len(model.parameters):
            with pytest.raises(TypeError, match=f"parameters cannot be fitted to {count} point"):
                minpack.fit(model, points, noise(30)[:count])


def test_derivatives_without_a_value_have_their_limit_in_batches_too() -> None:
    """numba compiles derivatives twice: as vectors, and with limits for points without a value."""
    pytest.importorskip("numba")
    model, x = minpack.model("hypot(b*x, x) + c"), np.arange(6.0)  # at x = 0 the derivative by b is 0 * 0 / 0
    y = 2.0 * x + 0.5 + 0.01 * noise(18).reshape(3, 6)
    batches = [minpack.curve_fit_batch(model, x, y, [1.0, 0.0], engine=engine) for engine in ("numpy", "numba")]
    assert batches[0].success.all()
    np.testing.assert_array_equal(batches[0].x, batches[1].x)
    np.testing.assert_array_equal(batches[0].cov, batches[1].cov)
