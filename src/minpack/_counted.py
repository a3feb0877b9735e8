"""Singular and plural, for all parts of the package."""

from __future__ import annotations


def plural(what: str, number: object) -> str:
    """The word for so many, as the number is shown: 1, or text."""
    return what if str(number) == "1" else f"{what}s"


def rough(number: float, spec: str = ".2g") -> str:
    """Such as "0.94" and "120": as `spec` rounds it, but a power of ten only from a million on."""
    return f"{float(format(number, spec)):g}"


def counted(number: float, what: str, spec: str = "") -> str:
    """Such as "1 point" and "2 points", "0.9 standard errors" and "1 standard error"."""
    shown = rough(number, spec) if spec else str(number)
    return f"{shown} {plural(what, shown)}"
