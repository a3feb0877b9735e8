"""Tests of minpack._models.inside: formulas such as exp(u) start where u suits the data turned back."""

import numpy as np
import pytest

import minpack

T = np.linspace(380.0, 500.0, 13)
CELSIUS = np.arange(0.0, 380.0, 20.0)
# vapour pressure of mercury in mm, the data set `pressure` of R
PRESSURE = np.array(
    [0.0002, 0.0012, 0.006, 0.03, 0.09, 0.27, 0.75, 1.85, 4.2, 8.8, 17.3, 32.1, 57, 96, 157, 247, 376, 558, 806]
)


def inside(text):
    return minpack.model(text, ["x"]).formula.inside


def ripple(m, size=0.01):
    return 1.0 + size * np.sin(np.arange(1.0, m + 1.0) ** 2)


@pytest.mark.parametrize(
    ("text", "kind", "factor"),
    [
        ("exp(a + b/(x + c))", "exp", ""),
        ("e^(a + b/(x + c))", "exp", ""),
        ("10**(a - b/(x + c))", "**", ""),
        ("log(a + b*exp(c*x))", "log", ""),
        ("sqrt(a + b*exp(c*x))", "sqrt", ""),
        ("1/(a + b*x^c)", "/", ""),
        ("x/(a + b*x^c)", "/", ""),
        ("a*exp(b/(x - c))", "exp", "a"),
        ("exp(b/(x - c))*a", "exp", "a"),
    ],
)
def test_what_a_formula_is_a_function_of(text, kind, factor):
    found = inside(text)
    assert (found.kind, found.factor) == (kind, factor)
    assert sorted(found.formula.linear) == ["a", "b"]


@pytest.mark.parametrize("text", ["a*exp(b*x) + c", "a/(b + x)", "a*exp(a*x)", "(a + b*x)**c", "a*x**b"])
def test_formulas_that_are_none(text):
    assert inside(text) is None


@pytest.mark.parametrize("text", ["exp(a + b/(x + c))", "10**(a - b/(x + c))", "a*exp(b/(x + c))"])
def test_vapour_pressure_is_found(text):
    model = minpack.model(text)
    fit = minpack.fit(model, CELSIUS, PRESSURE)
    assert fit.success
    assert fit.chi_square == pytest.approx(0.3049, rel=1e-3)
    batch = minpack.curve_fit_batch(model, CELSIUS, [PRESSURE, 3.0 * PRESSURE])
    np.testing.assert_allclose(2.0 * batch.cost, [fit.chi_square, 9.0 * fit.chi_square], rtol=1e-6)


@pytest.mark.parametrize(
    ("text", "values"), [("exp(a + b/(x - c))", (-12.0, 1800.0, 310.0)), ("a*exp(b/(x - c))", (-6e-6, 1800.0, 310.0))]
)
def test_poles_beyond_the_data(text, values):
    model = minpack.model(text)
    fit = minpack.fit(model, T, model(T, *values) * ripple(T.size, 1e-4))
    assert fit.success
    np.testing.assert_allclose(fit.values, values, rtol=0.1)


def test_data_that_cannot_be_turned_back_count_for_nothing():
    model = minpack.model("exp(a + b/(x + c))")
    y = model(T, -12.0, 1800.0, -310.0)
    y[-5:] = [0.0, -0.1, 0.1, 0.0, -0.1]
    assert minpack.fit(model, T, y).success
    assert np.isfinite(model.guess(T, -y)).all()


@pytest.mark.parametrize("known", [{"fixed": {"c": -310.0}}, {"fixed": {"a": 6e-6}}, {"bounds": {"a": (1e-7, 1e-5)}}])
def test_what_is_known_is_kept(known):
    model = minpack.model("a*exp(b/(x + c))")
    start = dict(zip("abc", model.guess(T, model(T, 6e-6, 1800.0, -310.0), **known), strict=True))
    for name, value in known.get("fixed", {}).items():
        assert start[name] == value
    for name, (low, high) in known.get("bounds", {}).items():
        assert low <= start[name] <= high


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("b + (t - b)/(1 + (e/x)**h)", {"b": 3.0, "t": 97.0, "e": 3e-8, "h": 1.1}),
        ("b + (t - b)/(1 + exp((l - log(x))*h))", {"b": 3.0, "t": 97.0, "l": -17.3, "h": 1.1}),
        ("t*x/(exp(k) + x)", {"t": 97.0, "k": -17.0}),
        ("t*x/(k + x + x**2/i)", {"t": 97.0, "k": 1e-8, "i": 1e-6}),
    ],
)
def test_concentrations_over_decades(text, values):
    x = np.geomspace(1e-10, 1e-5, 12)
    model = minpack.model(text, ["x"])
    values = [values[name] for name in model.parameters]
    fit = minpack.fit(model, x, model(x, *values) * ripple(x.size))
    assert fit.success
    np.testing.assert_allclose(fit.values, values, rtol=0.2)
