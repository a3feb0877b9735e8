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

    Examples
    --------
    >>> import minpack
    >>> fit = minpack.fit(lambda x, a, b: a + b * x, [1.0, 2.0, 3.0], [2.0, 4.1, 5.9], bounds={"b": (0, 1)})
    >>> [(finding.kind, finding.parameters) for finding in fit.diagnose().records][:1]
    [('at_bound', ('b',))]
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

    Examples
    --------
    >>> import minpack
    >>> fit = minpack.fit(lambda x, a, b: a + b * x, [1.0, 2.0, 3.0, 4.0], [2.1, 3.9, 6.0, 8.2])
    >>> doubts = fit.diagnose()
    >>> print(doubts, bool(doubts), len(doubts))
    no doubts False 0
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
