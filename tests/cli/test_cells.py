"""Cells: numbers, and what is missing."""

import pytest

from minpack._cli.cells import is_missing, number, why_no_number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.5e-3", 0.0015), ("1D-3", 0.001), ("−3.01", -3.01), ("\u22121.5e\u22123", -0.0015), ("\u00a02.5\u00a0", 2.5),
        ("3,010.0", 3010.0), ("1,234,567", 1234567.0), ("-1,234.5", -1234.5), ("\u22121,234.5", -1234.5),
        ("3\u202f010.5", 3010.5), ("3\u00a0010", 3010.0), ("3'010.5", 3010.5), ("3\u2019010", 3010.0),
        ("3,010", None), ("3,01", None), ("1 234", None), ("12,34.5", None), ("1,2345.6", None), ("1.234.567", None),
        ("\uff11", None), ("3.0±0.1", None), ("5%", None), ("$3", None), ("", None), ("1e999", float("inf")),
    ],
)  # fmt: skip
def test_numbers(text: str, value: float | None) -> None:
    assert number(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,5", 1.5), ("-2,5e1", -25.0), ("3.010,5", 3010.5), ("1.234.567", 1234567.0), ("1.5", 1.5), ("7", 7.0),
        ("1.234", None), ("1,234", 1.234), ("\u22121,5", -1.5), ("3\u202f010,5", 3010.5), ("1,234,567", None),
    ],
)  # fmt: skip
def test_numbers_with_a_decimal_comma(text: str, value: float | None) -> None:
    """A point and three digits could be thousands, and is refused."""
    assert number(text, decimal_comma=True) == value


@pytest.mark.parametrize("text", [
    "", "n.d.", "N.D.", "nd", "n/a", "N/A", "n.a.", "NA", "null", "NULL", "None", "nan", "-", "--", "---", "\u2013",
    ".", "..", "?", "*", "****", "missing", "<LOD", "< 0.1", "\u2264 3", ">max", "#N/A", "#DIV/0!", "<NA>",
])  # fmt: skip
def test_missing(text: str) -> None:
    assert is_missing(text)
    assert number(text) is None


@pytest.mark.parametrize("text", ["0", "-1", "-.5", "abc", "x", "1 2", "inf", "ok", "-1-", "n", "1*"])
def test_not_missing(text: str) -> None:
    assert not is_missing(text)


@pytest.mark.parametrize(
    ("text", "decimal_comma", "words"),
    [
        ("3,01", False, "--decimal-comma"),
        ("3,010", False, "if it separates thousands, take it out"),
        ("1.234", True, "if the point separates thousands, take it out"),
        ("31.01.2024", False, "write dates as 2024-01-31"),
        ("12:30:0", False, "and times as 12:00:00"),
        ("abc", False, ""),
    ],
)
def test_why_a_cell_is_no_number(text: str, decimal_comma: bool, words: str) -> None:
    why = why_no_number(text, decimal_comma)
    assert words in why
    assert bool(words) == bool(why)
