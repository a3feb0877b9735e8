"""Formulas as models: whether values and derivatives are those of the text."""

import ast
import linecache
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import minpack
from minpack._models.code import Formula
from minpack._models.elements import FUNCTIONS
from minpack._models.expression import ExpressionError, parse
from support.formulas import Curve, model

TWO = {"atan2", "arctan2", "minimum", "maximum", "min", "max", "hypot"}
NUMPY = {name: getattr(np, name) for name in ("exp", "log", "sqrt", "sin", "cos", "tanh", "minimum", "arctan2", "abs")}


def differences(curve: Curve, x: np.ndarray, p: np.ndarray) -> np.ndarray:
    """The Jacobian by central differences of fourth order."""
    columns = []
    for j in range(p.size):
        h = 1e-3 * np.eye(p.size)[j]
        near = curve.value(x, p + h) - curve.value(x, p - h)
        far = curve.value(x, p + 2 * h) - curve.value(x, p - 2 * h)
        columns.append((8 * near - far) / 12e-3)
    return np.column_stack(columns)


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name != "sign"])
def test_derivative_of_each_function(name: str) -> None:
    # arguments between 0.2 and 0.8, where all are defined; acosh needs more than 1
    argument = "(1 + a*x)" if "acosh" in name or "arccosh" in name else "a*x"
    text = f"{name}({argument}, b)" if name in TWO else f"b*{name}({argument})"
    curve = model("voigt(a*x, b, 0.7)" if name == "voigt" else text)
    x, p = np.linspace(0.2, 0.8, 7), np.array([0.93, 0.51])
    jacobian = curve.jacobian(x, p)
    assert jacobian.shape == (7, 2)
    assert jacobian.flags.c_contiguous
    np.testing.assert_allclose(jacobian, differences(curve, x, p), rtol=1e-7, atol=1e-9)


def test_functions_with_a_kink_have_the_mean_slope_there() -> None:
    at_zero = np.array([1.0])
    assert model("abs(a*x)").jacobian(at_zero, [0.0]).item() == 0.0
    assert model("minimum(a*x, b)").jacobian(at_zero, [2.0, 2.0]).tolist() == [[0.5, 0.5]]
    assert model("maximum(a*x, b)").jacobian(at_zero, [3.0, 2.0]).tolist() == [[1.0, 0.0]]
    assert model("a*sign(b*x) + b").jacobian(at_zero, [3.0, -2.0]).tolist() == [[-1.0, 1.0]]
    assert model("abs(log(a*x))").jacobian(at_zero, [0.5]).item() == -2.0


def test_constants_keep_all_their_digits() -> None:
    x = np.array([1.0])
    assert model("a*x/3").value(x, [1.0]).item() == 1 / 3
    assert model("a + x*(1/3)").value(x, [0.0]).item() == 1 / 3
    assert model("a*x + 0.1 + 2*pi").value(x, [0.0]).item() == 0.1 + 2 * np.pi
    assert model("a*x + 0.1234567890123456789").value(x, [0.0]).item() == 0.1234567890123456789
    assert model("(a*x)**0.1").value(x, [2.0]).item() == 2.0**0.1
    assert model("a*x + 2**0.5").value(x, [0.0]).item() == 2**0.5


def test_names_that_generated_code_uses_are_names_like_others() -> None:
    x, p = np.array([2.0, 3.0]), [1.5, 0.5, 0.25, 4.0, 5.0]
    np.testing.assert_array_equal(model("exp(x0*x) + p0*v0*x + k0/numpy").value(x, p),
                                  np.exp(1.5 * x) + 0.125 * x + 4 / 5)  # fmt: skip


def test_values_are_spread_over_the_data() -> None:
    curve = model("a + 0*x*b + b")
    assert curve.value(np.zeros(4), [1.0, 2.0]).tolist() == [3.0] * 4
    assert curve.jacobian(np.zeros(4), [1.0, 2.0]).tolist() == [[1.0, 1.0]] * 4
    plane = model("a*u + b*v", ("u", "v"))
    assert plane.value(np.array([[1.0, 2.0], [10.0, 20.0]]), [1.0, 2.0]).tolist() == [21.0, 42.0]


def test_formulas_are_computed_as_they_stand() -> None:
    x = np.array([-2.0, 1.0])
    assert np.isnan(model("a*exp(log(x))").value(x, [1.0])[0])  # not x, as it would be after a rewriting
    assert np.isnan(model("b*(-exp(a*x))**0.3").value(x, [1.0, 1.0])).all()  # not the real part of a complex number
    assert model("a*sqrt(b*x)").jacobian(np.array([0.0]), [1.0, 2.0]).tolist() == [[0.0, 0.0]]


@pytest.mark.parametrize(
    ("text", "x", "p", "expected"),
    [
        ("a*x^b", [0.0, 1.0], [2.0, 1.5], [[0.0, 0.0], [1.0, 0.0]]),  # 0 log 0
        ("a*x^n/(k^n + x^n)", [0.0], [2.0, 1.5, 2.0], [[0.0, 0.0, 0.0]]),  # no dose
        ("(1 - x^a)^b", [0.0, 1.0], [2.0, 1.5], [[0.0, 0.0]] * 2),
        ("a/(1 + exp(-k*(x - c)))", [-1e4, 1e4], [2.0, 1.5, 0.1], [[0.0] * 3, [1.0, 0.0, 0.0]]),  # inf/inf
        ("a*sqrt(b*x)", [0.0], [2.0, 1.5], [[0.0, 0.0]]),
        ("a + sqrt(b)*x", [2.0], [1.0, 0.0], [[1.0, np.inf]]),  # no limit
        ("a*x^b", [0.0], [1.0, 0.0], [[1.0, -np.inf]]),  # a jump
    ],
)
def test_derivatives_without_a_value_have_their_limit(
    text: str, x: list[float], p: list[float], expected: list[list[float]]
) -> None:
    curve = minpack.model(text)
    np.testing.assert_array_equal(curve.jac(np.array(x), *p), expected)
    rows = [np.full((2, 1), value) for value in p]
    np.testing.assert_array_equal(curve.jac(np.array(x), *rows), [expected] * 2)
    if text not in ("a*x^b", "a/(1 + exp(-k*(x - c)))") or find_spec("numba") is None:  # it takes seconds for each
        return
    compiled = curve.jac.py_func
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal([compiled(point, *map(np.float64, p)) for point in map(np.float64, x)], expected)


def test_parts_of_the_value_are_shared_with_the_derivatives() -> None:
    code = Formula(parse("a*exp(-b*t) + c"), ["a", "b", "c"], ["t"]).slopes.__code__
    assert code.co_names.count("exp") == 1
    assert sum(line.count("exp(") for line in linecache.getlines(code.co_filename)) == 1


def test_derivatives_are_those_of_computer_algebra() -> None:
    sympy = pytest.importorskip("sympy")
    text = "a*exp(-((x - c)/w)**2)*sin(b*x)**2/(1 + x**b) + log(1 + a**2*x)*atan(w/x)"
    names, values, x = ["a", "c", "w", "b"], [1.3, 0.4, 0.9, 1.7], 0.8
    symbols = {name: sympy.Symbol(name, positive=True) for name in (*names, "x")}
    algebra = sympy.sympify(text, locals=symbols)
    at = {symbols[name]: sympy.Float(value, 30) for name, value in zip([*names, "x"], [*values, x], strict=True)}
    expected = [float(algebra.diff(symbols[name]).evalf(25, subs=at)) for name in names]
    curve = minpack.model(text)
    order = [names.index(name) for name in curve.parameters]
    found = curve.jac(x, *(values[j] for j in order))
    np.testing.assert_allclose(found, [expected[j] for j in order], rtol=1e-13)


def test_overflow_and_undefined_values_are_silent() -> None:
    x = np.array([-1.0, 0.0, 1e4])
    assert not np.isfinite(model("a*exp(b*x)").value(x, [1.0, 1.0])[2])
    assert np.isnan(model("a*log(x)").value(x, [1.0])[0])
    assert np.isinf(model("x + a**-2").value(x, [0.0])).all()
ATOMS = st.sampled_from(["a", "b", "x", "y", "2", "0.3", "1.7", "pi", "1e-3"])


def larger(part: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("({} {} {})".format, part, st.sampled_from("+-*/"), part),
        st.builds("{}({})".format, st.sampled_from(["exp", "sin", "cos", "tanh", "sqrt", "abs", "log"]), part),
        st.builds("{}({}, {})".format, st.sampled_from(["minimum", "arctan2"]), part, part),
        st.builds("(-{})".format, part),
        st.builds("({}**{})".format, part, st.sampled_from(["2", "3", "-1", "0.5", "1.5"])),
    )


def value_by_python(text: str, names: dict[str, Any]) -> Any:
    """The value that Python gives; a text that has none, such as numbers that divide by zero, is left out."""
    try:
        with np.errstate(all="ignore"):
            value = eval(text, NUMPY | names)
    except (ArithmeticError, TypeError, ValueError):
        assume(False)
    assume(not np.iscomplexobj(value))  # Python's own powers of negative numbers
    return value


@settings(deadline=None, max_examples=150)
@given(st.recursive(ATOMS, larger, max_leaves=8))
def test_values_are_those_of_numpy(text: str) -> None:
    data, p = np.array([[0.4, 1.1, 1.9], [0.7, 1.3, 0.6]]), {"a": np.float64(0.83), "b": np.float64(1.37)}
    names = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    predictors = sorted(names & {"x", "y"})
    fixed = {"pi": np.pi, "x": data[0], "y": data[1]}
    expected = value_by_python(text, p | fixed)
    # a value near the edge of a domain may lie on either side after another rounding
    near = [value_by_python(text, {k: v * (1 + d) for k, v in p.items()} | fixed) for d in (-1e-13, 1e-13)]
    assume(all(np.isfinite(value).all() for value in (expected, *near)))
    assume(np.abs(expected).max() < 1e6)
    assume(all(np.allclose(value, expected, rtol=1e-9, atol=1e-9) for value in near))
    try:
        curve = model(text, tuple(predictors))
    except ExpressionError as error:
        words = ("no influence", "no parameters", "the value is", "division by zero")
        assume(not any(word in str(error) for word in words))
        raise
    rows = data[[("x", "y").index(name) for name in predictors]] if predictors else np.zeros(3)
    rows = rows[0] if len(predictors) == 1 else rows
    value = curve.value(rows, [p[name] for name in curve.of.parameters])
    np.testing.assert_allclose(value, np.broadcast_to(expected, 3), rtol=1e-8, atol=1e-8)


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(ExpressionError, match="'b' is neither"):
        Formula(parse("a*b"), ["a"], [])


@pytest.mark.parametrize(
    ("text", "predictors"), [("a*exp(-b*x) + c", "x"), ("a + 0*x", "x"), ("a*abs(x - b)", "x"), ("a*x + b*y", "xy")]
)
def test_the_quick_forms_have_the_bits_of_the_others(text, predictors):
    f = minpack.model(text, predictors=tuple(predictors))
    x, p = np.linspace(0.0, 3.0, 14), [np.float64(0.5 + 0.3 * j) for j in range(len(f.parameters))]
    x = x if len(predictors) == 1 else x.reshape(2, 7)
    assert f(x, *p).tobytes() == f.formula.value(x, *p).tobytes()
    assert f.jac(x, *p).tobytes() == f.formula.jacobian_of_numbers(x, *p).tobytes()
