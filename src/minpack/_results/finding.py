"""A finding about a fit, and a list of them in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from .words import sentence


class Finding(NamedTuple):
    """A doubt about a fit, as data.

    Attributes
    ----------
    kind : str
        What it is about: "undetermined", "outliers", and so on.
    parameters : tuple of str
        The parameters concerned.
    numbers : dict
        The numbers that it rests on, by name.
    """

    kind: str
    parameters: tuple[str, ...] = ()
    numbers: Mapping[str, Any] = {}

    def __str__(self) -> str:
        return sentence(*self)


class Findings(tuple[str, ...]):
    """Doubts about a fit: a tuple of sentences, printed one per line; printed as "no doubts" if empty.

    True if there are doubts.

    Attributes
    ----------
    records : tuple of Finding
        The same as data: the kind of each, its parameters and numbers.
    """

    records: tuple[Finding, ...]

    def __new__(cls, records: Iterable[Finding] = ()) -> Findings:
        records = tuple(records)
        findings = super().__new__(cls, map(str, records))
        findings.records = records
        return findings

    def __reduce__(self) -> tuple[Any, ...]:
        return Findings, (self.records,)

    def __str__(self) -> str:
        return "\n".join(self) if self else "no doubts"

    __repr__ = __str__
