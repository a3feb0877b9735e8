"""What functions amount to: each operation against its values, and what is not taken for a formula."""

from typing import Any

import numpy as np
import pytest

import minpack
from minpack import functions
from minpack._api.start_of_model import model_behind
from minpack._input.parameters import parameters
from minpack._models.traced import formula_of

X = np.linspace(0.2, 0.9, 7)
P = np.array([0.7, 0.4])

ALIKE: dict[str, Any] = {
    "arithmetic": lambda x, a, b: a * x + b / x - (a - b) ** 2 + (-a) * 2 - +b,
    "powers": lambda x, a, b: x**a + b**x + np.power(x, 3) + np.float_power(a, b) + np.square(x) + np.reciprocal(b),
    "reflected": lambda x, a, b: 2 - a * x + 3 / b + 2**x,
    "elementary": lambda x, a, b: np.exp(-b * x) + np.log(a) + np.sqrt(x) + np.log1p(b) + np.expm1(x) + np.exp2(a),
    "trigonometric": lambda x, a, b: np.sin(a * x) + np.arctan(b) + np.arctan2(x, a) + np.tanh(b) + np.arcsin(x),
    "our own": lambda x, a, b: functions.erf(a * x) + functions.logistic(b) + functions.voigt(x, a, b),
    "kinks": lambda x, a, b: np.abs(x - a) + np.maximum(x, b) + np.fabs(b - x),
    "conditions": lambda x, a, b: np.where(x < a, b * x, b * a) + b * (x > 0.5),
    "numbers": lambda x, a, b: np.pi * a * x + np.float64(1e-7) * b + np.float32(0.5) + np.int64(3) * b - 1e20 * a,
    "powers of negative numbers": lambda x, a, b: (-2) * a**2 - x * (-b) ** 2,
}


@pytest.mark.parametrize("name", ALIKE)
def test_a_function_and_its_formula_have_the_same_values(name: str) -> None:
    f = ALIKE[name]
    found = formula_of(f, ("a", "b"), X, P)
    assert found is not None and found.parameters == ("a", "b")
    np.testing.assert_allclose(found(X, 0.3, 0.8), f(X, 0.3, 0.8), rtol=1e-12)


def test_predictors_and_names_that_clash() -> None:
    found = formula_of(lambda x, x_0, x__0: x_0 * x[0] + x__0 * x[1], ("x_0", "x__0"), np.array([X, X**2]), P)
    assert found is not None and found.parameters == ("x_0", "x__0")
    np.testing.assert_allclose(found([X, X**2], 2.0, 3.0), 2.0 * X + 3.0 * X**2)


NO_FORMULA: dict[str, Any] = {
    "an array": lambda x, a, b: a * x + b * np.arange(7),
    "a sum": lambda x, a, b: a * x + b * x.sum(),
    "a mean": lambda x, a, b: a * x + b * np.mean(x),
    "an index": lambda x, a, b: a * x + b * x[0],
    "a condition": lambda x, a, b: a * x if b > 0 else b * x,
    "other functions": lambda x, a, b: a * np.floor(x) + b,
    "a choice that is none": lambda x, a, b: np.where(x, a, b),
    "an output": lambda x, a, b: np.add(a * x, b, out=np.empty(7)),
    "complex": lambda x, a, b: a * x + 1j * b,
    "not finite": lambda x, a, b: a * x + b * np.inf,
    "no parameter": lambda x, a, b: a * x,
    "a number of Python": lambda x, a, b: a * x + float(b),
    "an error": lambda x, a, b: 1 / 0,
    "nothing": lambda x, a, b: None,
    "too long": lambda x, a, b: _repeated(a * x + b),
    "other values for symbols": lambda x, a, b: a * x + b * (1 if isinstance(a, float) else 2),
}


def _repeated(u: Any) -> Any:
    for _ in range(12):
        u = u * u + u
    return u


@pytest.mark.parametrize("name", NO_FORMULA)
def test_what_is_no_formula(name: str) -> None:
    assert formula_of(NO_FORMULA[name], ("a", "b"), X, P) is None


def test_names_that_formulas_give_a_meaning() -> None:
    assert formula_of(lambda x, pi, b: pi * x + b, ("pi", "b"), X, P) is None
    found = formula_of(lambda x, e, b: e**x + b, ("e", "b"), X, P)
    assert found is None or found.parameters == ("e", "b")


def test_functions_that_keep_what_they_get_are_not_called() -> None:
    seen: list[Any] = []

    def watched(x: Any, a: float, b: float) -> Any:
        seen.append(a)
        return a * np.exp(-b * x)

    def compiled(x: Any, a: float, b: float) -> Any:
        return a * np.exp(-b * x)

    assert model_behind(watched, parameters(watched, None, None), X) is None and not seen
    assert model_behind(compiled, parameters(compiled, None, None), X) is not None
    assert model_behind(compiled, parameters(compiled, None, None), np.array(["a"])) is None


@pytest.mark.parametrize("likelihood", ["normal", "poisson"])
def test_counts_start_there_too(likelihood: Any) -> None:
    x = np.linspace(400.0, 600.0, 60)

    def peak(x: Any, height: float, center: float, width: float, base: float) -> Any:
        return height * np.exp(-0.5 * ((x - center) / width) ** 2) + base

    truth = (90.0, 510.0, 12.0, 4.0)
    counts = np.random.default_rng(2).poisson(peak(x, *truth)).astype(float)
    found = minpack.fit(peak, x, counts, likelihood=likelihood)
    expected = minpack.fit(peak, x, counts, truth, likelihood=likelihood)
    assert found.success and found.chi_square == pytest.approx(expected.chi_square, rel=1e-6)
