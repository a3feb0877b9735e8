"""Names and signs as people type and paste them, in formulas."""

import unicodedata

import numpy as np
import pytest

import minpack
from minpack._models.expression import ExpressionError, parse
from minpack._models.typed import as_formula, is_letter, name_of, with_plain_signs


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("a", "a"), (" a_1 ", "a_1"), ("Größe", "Größe"), (unicodedata.normalize("NFD", "Länge"), "Länge"),
        ("\u00b5", "\u03bc"), ("\u2126", "\u03a9"), ("\u03d1", "\u03b8"), ("x₀", "x0"), ("ő", "ő"),
        ("lambda", "lambda"), ("", None), ("_a", None), ("1a", None),
        ("a b", None), ("a-b", None), ("x²", None), ("t [s]", None),
        ("\u0430", None), ("\uff41", None), ("\u212f", None), ("\U0001d41a", None), ("\u65f6", None), ("\u00aa", None),
    ],
)  # fmt: skip
def test_what_a_name_is(text: str, name: str | None) -> None:
    assert name_of(text) == name


def test_a_name_is_one_in_formulas_too() -> None:
    for character in map(chr, range(0x80, 0x2100)):
        if unicodedata.normalize("NFC", f"a{character}b") != f"a{character}b":
            continue  # another sign, or a mark that goes with a letter
        assert (name_of(character) is not None) == is_letter(character)
        assert name_of(f"a{character}b") is None or is_letter(character) or character in "₀₁₂₃₄₅₆₇₈₉"
        if is_letter(character):
            assert parse(f"a + {character}2").names == ("a", f"{name_of(character)}2")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a·exp(−b·t)", "a*exp(-b*t)"),
        ("a × t ÷ b", "a * t / b"),
        ("a\u00a0+\u202fb*t", "a + b*t"),
        ("a \u2013 b*t", "a - b*t"),
        ("a*t² + b*t¹⁰", "a*t^2 + b*t^10"),
        ("a*t⁻¹ + b", "a*t^-1 + b"),
        ("(a + t)² * b", "(a + t)^2 * b"),
        ("a*np.exp(-b*t)", "a*exp(-b*t)"),
        ("a*numpy.sin(t) + math.pi*b", "a*sin(t) + pi*b"),
    ],
)
def test_signs_of_typesetting_are_plain_ones(text: str, plain: str) -> None:
    assert as_formula(text) == plain
    t = np.array([0.5, 1.0, 2.0])
    typed, usual = minpack.model(text), minpack.model(plain)
    assert typed.text == plain
    np.testing.assert_array_equal(typed(t, 1.5, 0.5), usual(t, 1.5, 0.5))
    np.testing.assert_array_equal(typed("p")(t, 1.5, 0.5), usual("p")(t, 1.5, 0.5))


@pytest.mark.parametrize(
    "text", ["a*t²^2", "a*t³**2", "a*t²³²^2", "a*np.e*t", "a.np.exp(t)", "a*np.__doc__*t", "₀*t*a", "a*₁t"]
)
def test_what_could_mean_something_else_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        minpack.model(text)


def test_numbers_keep_their_digits() -> None:
    assert with_plain_signs("−1.5e−3") == "-1.5e-3"
    assert with_plain_signs("x²") == "x²"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a*sin(2*PI*t)", "the formula has PI: write pi"),
        ("Pi*t", "the formula has Pi: write pi"),
        ("a*EXP(t)", "Did you mean exp?"),
        ("a*exp[t]", r"write \(...\) for \[...\]"),
        ("a*{t}", "write .* for {...}"),
        ("|a|*t", r"write abs\(...\)"),
        ("a|t", r"write abs\(...\)"),
        ("a t", "is a * missing between two factors"),
        ("exp(-a t)", "is a * missing between two factors"),
        ("a*t +", "character 6, at its end: not a formula"),
        ("y = a*t", "an = belongs between the column"),
        ("a*\u0432*t", "names have Latin or Greek letters"),
    ],
)
def test_what_to_write_instead(text: str, words: str) -> None:
    with pytest.raises(ExpressionError, match=words.replace("a * missing", r"a \* missing")):
        minpack.model(text, "t")


def test_predictors_and_labels_are_names_too() -> None:
    assert minpack.model("a*\u00b5", "\u00b5").predictors == ("\u03bc",)
    assert minpack.model("a*x")("\u00b5").parameters == ("\u03bc_a",)
    assert minpack.model("Π*x").parameters == ("Π",)  # a letter like others
