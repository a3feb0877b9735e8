"""Cells: numbers, what is missing, dates."""

from datetime import UTC, datetime

import pytest

from minpack._cli.cells import date, is_missing, number, why_no_number


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


def test_dates() -> None:
    assert date("2024-01-31") == datetime(2024, 1, 31)  # noqa: DTZ001
    assert date("2024-01-31 12:30") == date("2024-01-31T12:30:00")
    assert date("2024-01-31T12:30:00.5+02:00") == datetime(2024, 1, 31, 10, 30, 0, 500_000, tzinfo=UTC)
    assert date("2024-01-31T10:30:00Z") == datetime(2024, 1, 31, 10, 30, tzinfo=UTC)
    assert [date(text) for text in ("2024-13-01", "2024", "20240131", "31.01.2024", "12:30:00", "1.5")] == [None] * 6


@pytest.mark.parametrize(
    ("text", "decimal_comma", "words"),
    [
        ("3,01", False, "--decimal-comma"),
        ("3,010", False, "if it separates thousands, take it out"),
        ("1.234", True, "if the point separates thousands, take it out"),
        ("31.01.2024", False, "write dates as 2024-01-31"),
        ("12:30:00", False, "times on their own in seconds"),
        ("abc", False, ""),
    ],
)
def test_why_a_cell_is_no_number(text: str, decimal_comma: bool, words: str) -> None:
    why = why_no_number(text, decimal_comma)
    assert words in why
    assert bool(words) == bool(why)
