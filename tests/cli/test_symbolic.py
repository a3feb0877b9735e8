"""Formulas as models: whether values and derivatives are those of the text."""

import ast
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from minpack._cli.expression import FUNCTIONS, ExpressionError, parse
from minpack._cli.symbolic import MissingPackageError, Model, compile_model
from support.formulas import model

pytest.importorskip("sympy")

TWO = {"atan2", "arctan2", "minimum", "maximum", "min", "max"}
NUMPY = {name: getattr(np, name) for name in ("exp", "log", "sqrt", "sin", "cos", "tanh", "minimum", "arctan2", "abs")}


def differences(curve: Model, x: np.ndarray, p: np.ndarray) -> np.ndarray:
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
    curve = model(f"{name}({argument}, b)" if name in TWO else f"b*{name}({argument})")
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
    # SymPy's own abs would differentiate this to real and imaginary parts
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
    parameters = sorted(names & {*p})
    predictors = sorted(names & {"x", "y"})
    fixed = {"pi": np.pi, "x": data[0], "y": data[1]}
    expected = value_by_python(text, p | fixed)
    # a value near the edge of a domain may lie on either side after another rounding
    near = [value_by_python(text, {k: v * (1 + d) for k, v in p.items()} | fixed) for d in (-1e-13, 1e-13)]
    assume(all(np.isfinite(value).all() for value in (expected, *near)))
    assume(np.abs(expected).max() < 1e6)
    assume(all(np.allclose(value, expected, rtol=1e-9, atol=1e-9) for value in near))
    try:
        curve = compile_model(parse(text), parameters, predictors)
    except ExpressionError as error:
        assume(not any(word in str(error) for word in ("no influence", "the value is", "not a finite real")))
        raise
    rows = data[[("x", "y").index(name) for name in predictors]] if predictors else np.zeros(3)
    value = curve.value(rows, [p[name] for name in parameters])
    np.testing.assert_allclose(value, np.broadcast_to(expected, 3), rtol=1e-8, atol=1e-8)


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(ExpressionError, match="'b' is neither"):
        compile_model(parse("a*b"), ["a"], [])


def test_without_sympy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sympy", None)
    with pytest.raises(MissingPackageError, match=r"pip install 'minpack\[symbolic\]'"):
        model("a*x")
