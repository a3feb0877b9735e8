"""Cells of a table: numbers as people, spreadsheets and Fortran write them, dates, and words for what is missing."""

from __future__ import annotations

import re

from .._models.typed import with_plain_signs
from .clock import is_date, is_time

_NUMBER = re.compile(r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))(?:[eEdD]([+-]?[0-9]+))?")
_INFINITE = re.compile(r"[+-]?inf(inity)?", re.IGNORECASE)
# Thousands set apart, if they can be nothing else: one comma and three digits may be a decimal comma.
_GROUPED = re.compile(
    r"[-+\u2212]?[0-9]{1,3}(?:(?:,[0-9]{3})+\.[0-9]*|(?:,[0-9]{3}){2,}"
    r"|(?:['\u2019\u00a0\u2009\u202f][0-9]{3})+(?:\.[0-9]*)?)"
)
_GROUP = re.compile(r"[-+\u2212]?[0-9]{1,3},[0-9]{3}")
_OTHER_POINT = str.maketrans(",.", ".,")
_LIKE_A_DATE = re.compile(r"[0-9]{1,4}[-./][0-9]{1,2}[-./][0-9]{1,4}\b.*|[0-9]{1,2}:[0-9]{2}\b.*")

# what spreadsheets write for a cell that they cannot compute
FAILED = ("#n/a", "#value!", "#ref!", "#div/0!", "#num!", "#name?", "#null!")
_NOT_A_NUMBER = {"nan", "+nan", "-nan", *FAILED}
_MISSING_WORDS = {
    "na", "n/a", "n.a.", "n.a", "nd", "n/d", "n.d.", "n.d", "null", "none", "nil", "missing", *_NOT_A_NUMBER,
}  # fmt: skip
# nothing but such signs, or beyond a limit of detection
_MISSING = re.compile(r"[-.?*_\u2010-\u2014\u2212]*|[<>\u2264\u2265].*")


def number(text: str, decimal_comma: bool = False) -> float | None:
    """The value of a cell, infinite if it is too large; None if it is no number."""
    match = None if decimal_comma else _NUMBER.fullmatch(text)  # most cells
    if match is None:
        text = text.translate(_OTHER_POINT) if decimal_comma else text
        if _GROUPED.fullmatch(text):
            text = re.sub("[^-+\u22120-9.]", "", text)
        elif decimal_comma and not _GROUP.fullmatch(text):
            text = text.replace(",", ".")  # a number with a point
        match = _NUMBER.fullmatch(with_plain_signs(text).strip())
    if match is None:
        return None
    return float(match[1]) if match[2] is None else float(f"{match[1]}e{match[2]}")


def is_missing(text: str) -> bool:
    """Whether a cell is empty, or says that nothing was measured, or that it was beyond a limit."""
    return text.lower() in _MISSING_WORDS or _MISSING.fullmatch(text) is not None


def is_infinite(text: str) -> bool:
    return _INFINITE.fullmatch(text) is not None


def rules_out_a_header(text: str, decimal_comma: bool) -> bool:
    """Whether a cell of the first line shows that this line is no header."""
    is_number = number(text, decimal_comma) is not None or number(text, True) is not None or is_infinite(text)
    return is_number or text.lower() in _NOT_A_NUMBER or is_date(text) or is_time(text)


def may_be_a_unit(text: str) -> bool:
    """Whether a cell below the header can be a unit, or empty; a cell like 1.5x is a slip in a number."""
    missing = is_missing(text) and text not in ("", "-")
    return not missing and not re.match(r"[-+.]*\d", text)


def why_no_number(text: str, decimal_comma: bool) -> str:
    """What a cell that is no number may be; empty if that is not known."""
    if _GROUP.fullmatch(text.translate(_OTHER_POINT) if decimal_comma else text):
        if decimal_comma:
            return " (if the point separates thousands, take it out; if it is a decimal point, write a comma)"
        return " (is the comma a decimal point? --decimal-comma; if it separates thousands, take it out)"
    if not decimal_comma and number(text, True) is not None:
        return " (is the comma a decimal point? --decimal-comma)"
    if _LIKE_A_DATE.fullmatch(text):
        return " (write dates as 2024-01-31 or 2024-01-31T12:00:00, and times as 12:00:00)"
    return ""
