"""What people type or paste: what a name is, and which signs mean the plain ones, in formulas, numbers and tables."""

from __future__ import annotations

import re
import unicodedata

_MORE = "_0123456789₀₁₂₃₄₅₆₇₈₉"
_LATIN = ("LATIN SMALL LETTER", "LATIN CAPITAL LETTER")

_SIGNS = str.maketrans(
    dict.fromkeys("\u2212\u2010\u2011\u2013", "-")  # minus, hyphens and the dash that word processors make of them
    | dict.fromkeys("\u00b7\u22c5\u2219\u00d7\u2217", "*")
    | dict.fromkeys("\u00f7\u2215\u2044", "/")
    | {"\u02c6": "^"}
    | dict.fromkeys("\u00a0\u2007\u2009\u202f", " ")
)
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
# x³^2 would be a power of a power
_EXPONENT = re.compile(r"[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+(?![⁰¹²³⁴⁵⁶⁷⁸⁹]|\s*(?:\^|\*\*))")
_MODULE = re.compile(r"(?<![\w.])(?:np|numpy|math)\.(?=[a-z])(?!e\b)")


def is_letter(character: str) -> bool:
    """Whether a name may begin with it: a letter of the Latin or the Greek alphabet, or the sign for micro."""
    if character.isascii() or not character.isalpha():
        return character.isalpha()
    if len(unicodedata.normalize("NFKC", character)) > 1:  # two letters in one, or one with a dot beside it
        return False
    if character < "\u0250":
        return unicodedata.name(character).startswith((*_LATIN, "MICRO"))
    return "\u0370" <= character <= "\u03ff" or "\u1f00" <= character <= "\u1fff"


def in_names(character: str) -> bool:
    """Whether names may go on with it: a letter, a digit, an index below the line, or an underscore."""
    return is_letter(character) or character in _MORE


def name_of(text: str) -> str | None:
    """The name that a text is, in the one form in which names are compared; None if it is something else.

    A name is a letter, followed by letters, digits and underscores. Different characters for the same letter make no
    difference: the sign for micro is the Greek letter, and an index below the line is a digit.
    """
    text = unicodedata.normalize("NFC", text.strip())
    if not text or not is_letter(text[0]) or not all(in_names(character) for character in text):
        return None
    return unicodedata.normalize("NFKC", text)


def with_plain_signs(text: str) -> str:
    """A text with ``- * /`` and blanks for the signs of typesetting."""
    return text if text.isascii() else unicodedata.normalize("NFC", text).translate(_SIGNS)


def as_formula(text: str) -> str:
    """A formula with plain signs, powers for exponents above the line, and without the names of Python's modules."""
    if not text.isascii():
        text = _EXPONENT.sub(lambda match: "^" + match[0].translate(_RAISED), with_plain_signs(text))
    return _MODULE.sub("", text)
