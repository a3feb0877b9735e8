"""Formulas: what is refused, and whether values and derivatives are those of the text."""

import time

import numpy as np
import pytest

import minpack
from minpack._models.code import MAX_PARAMETERS, Formula
from minpack._models.expression import ExpressionError, parse, renamed
from support.formulas import model


def refused(text: str) -> str:
    """What is said of a formula that must be refused, soon and in one line."""
    begin = time.thread_time()
    with pytest.raises(ExpressionError) as caught:
        model(text)
    assert time.thread_time() - begin < 5.0
    message = str(caught.value)
    assert "\n" not in message
    assert message.isascii()
    assert len(message) < 500
    return message


# ---- values and derivatives


# ---- what is refused


@pytest.mark.parametrize("text", [
    "a.b", "a.__class__", "().__class__.__bases__[0]", "a[0]", "{}", "[a]", "(a, b)", "a, b", "lambda: 1",
    "(lambda: a)()",
    "[a for a in x]", "{a: 1 for a in x}", "(a for a in x)", "f'{a}'", "(a := 1)", "a := 1", "'a'", "b'a'", "'a'*9",
    "...",
    "None*a", "True*a", "1j*a", "a if x else b", "a and b", "not a", "a < b", "a == b", "a is b", "a in b", "~a",
    "a // b",
    "a % b", "a @ b", "a << 2", "a | b", "a & b", "*a", "exp(*a)", "exp(**a)", "exp(x=a)", "exp()",
    "exp(a, b)",
    "min(a)", "min(a, b, x)", "exp", "exp*a", "print(a)", "eval(a)", "__import__('os').system('id')", "__import__(a)",
    "open(a)", "exp(a)(b)", "a(b)", "3(a)", "_a*x", "__a__*x", "a; b", "a\nb", "a*x # b", "a\\", "a = b", "import os",
    "yield a", "await a", "return a", "a*(", "a*x)", "2a", "a b", "", "   ", "\0", "a\0", "\u0430*x",
    "\uff41*x", "\u212f*x", "a*x\u00b2^2", "a*x\u00b2y", "\u200ba*x", "a\u2028x", "\U0001d41a*x", "\ud800",
])  # fmt: skip
def test_all_but_arithmetic_is_refused(text: str) -> None:
    refused(text)


@pytest.mark.parametrize("text", [
    "9**9**9**9", "a*9**9**9**9", "x**9**9**9", "a*x**2000", "a*x**-2000", "1e999*a", "1e308*10*a", "0*x + a/0",
    "a*log(0)",
    "sqrt(-1)*a", "a*acos(2)",
    "a**" * 200 + "x", "-" * 3000 + "a", "1" * 3999 + "*a",
    "(" * 10_000 + "a" + ")" * 10_000, "(" * 150 + "a" + ")" * 150 + "(" * 60, "-" * 10_000 + "a",
    "sin(" * 90 + "a*x" + ")" * 90,
    "+".join(["a"] * 900), "*".join(f"(a{i} + x)" for i in range(MAX_PARAMETERS + 1)), "a*x" + " " * 5000 + "+b",
    "where(a, x, b)", "where(a < x, b)", "where(a < x < b, a, b)", "where(a == x, b, a)", "where",
    "where(a < x, b, a, x)", "e**x*a + e", "where(a < b, x < a, b)", "exp(a < x)",
])  # fmt: skip
def test_what_grows_without_bound_is_refused(text: str) -> None:
    refused(text)


def test_what_is_large_but_sound_is_taken() -> None:
    long_sum = " + ".join(f"a{i}*sin({i + 1}*x)" for i in range(MAX_PARAMETERS))
    assert model(long_sum).jacobian(np.linspace(0.0, 1.0, 3), np.ones(MAX_PARAMETERS).tolist()).shape == (3, 40)
    begin = time.thread_time()
    model("*".join(f"(a{i} + x)" for i in range(MAX_PARAMETERS)))
    model("tan(" * 50 + "a*x" + ")" * 50)
    # computer algebra could ponder these for seconds
    model("((sinh(sqrt(x)) - 1e300) / exp((-2) + asinh(a))) ** asinh(sin(a / a) + cosh(x ** pi))")
    model("expm1(cosh(a**sqrt(pi**-1)) + (log(0.5) + arctan(a/x))) / -(x - minimum(0.5, log1p(-0.5 + a)))")
    assert time.thread_time() - begin < 20.0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a*x^2 + foo(b)", "character 9, at 'foo(b)': 'foo' is not a function here"),
        ("\u03b1*x^2 + \u03b2 b", "character 11, at 'b': not a formula"),
        ("where(x, a, b)", "where takes a comparison and two values"),
        ("a*e^x + e", "rename it"),
        ("2x + b", "a * missing"),
        ("a(x + 1)", "a * missing"),
        ("a*yield", "'yield' is a word of Python's"),
        ("a*x + foo(b)", "character 7, at 'foo(b)': 'foo' is not a function here"),
        ("1,5*x*a", "decimals have a point"),
        ("a - a + b*x", "'a' has no influence"),
        ("a*sign(x - b)", "'b' has no influence on the expression, or only by jumps"),
        ("a*x + 1/0", "character 7, at '1/0': the value is inf"),
        ("b*\u0430", r"character 3, at '\u0430'"),
    ],
)
def test_errors_point_at_the_place(text: str, words: str) -> None:
    assert words in refused(text)


def test_names_come_in_order_of_appearance() -> None:
    assert parse("c + exp(-b*x)*a + b").names == ("c", "b", "x", "a")


def test_greek_letters_and_lambda_are_names() -> None:
    assert parse("\u03b1*x^\u03b2 + lambda*n_0").names == ("\u03b1", "x", "\u03b2", "lambda", "n_0")
    assert parse("\u00b5*x").names == ("\u03bc", "x")  # the sign for micro is the letter
    x = np.array([2.0, 3.0])
    assert model("\u03b1*x^2 - lambda").value(x, [3.0, 1.0]).tolist() == [11.0, 26.0]
    assert model("\u03c0*x*a").value(x, [1.0]).tolist() == [2.0 * np.pi, 3.0 * np.pi]


def test_e_is_a_number_as_the_base_of_a_power_only() -> None:
    x = np.array([0.5, 1.0])
    np.testing.assert_array_equal(model("a*e^-x").value(x, [2.0]), 2.0 * np.exp(-x))
    assert parse("a + e*x").names == ("a", "e", "x")


def test_names_change_and_the_rest_stays() -> None:
    text = renamed("a*exp(-a_b*x) + 1e5*a^2 + \u03b1", {"a": "p_a", "exp": "q", "e5": "q", "\u03b1": "p_\u03b1"})
    assert text == "p_a*exp(-a_b*x) + 1e5*p_a^2 + p_\u03b1"


@pytest.mark.parametrize(
    ("most", "too_much", "words"),
    [
        ("abs(" * 59 + "x" + ")" * 59, "abs(" * 60 + "x" + ")" * 60, "nested more than 60 deep"),
        ("-a" + "+a" * 199, "--a" + "+a" * 199, "more than 400 terms and operations"),
        ("a*x^1000", "a*x^1001", "an exponent beyond 1000"),
    ],
)
def test_limits_of_size(most: str, too_much: str, words: str) -> None:
    predictors = ("x",) if "a*" in most else ()
    Formula(parse(most), sorted({*parse(most).names} - {*predictors}), predictors)
    with pytest.raises(ExpressionError, match=words):
        Formula(parse(too_much), ("a",), predictors)


@pytest.mark.parametrize(("sign", "value"), [("<", 3.0), ("<=", 3.0), (">", 5.0), (">=", 5.0)])
def test_a_condition_on_numbers_is_decided_once(sign: str, value: float) -> None:
    assert minpack.model(f"a + x*where(1 {sign} 2, 3, 5)")(1.0, 0.0) == value
