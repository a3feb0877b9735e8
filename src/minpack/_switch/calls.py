"""What was called, how often, by whom, how long it took, and what was passed on to SciPy."""

from __future__ import annotations

import threading
from dataclasses import dataclass


@dataclass(frozen=True)
class Calls:
    """Calls of one function by one module.

    Attributes
    ----------
    function : str
        The function's name in `scipy.optimize`.
    caller : str
        The module that called it.
    count : int
        How often.
    seconds : float
        How long all these calls took, the user's functions included.
    passed_on : str
        Why SciPy served them; empty if minpack did.

    Examples
    --------
    >>> from minpack.scipy import Calls
    >>> Calls("leastsq", "astropy.modeling.fitting", 12, 0.25, "").count
    12
    """

    function: str
    caller: str
    count: int
    seconds: float
    passed_on: str


@dataclass(frozen=True)
class Report:
    """All calls of SciPy's functions while the switch was on; prints as a table.

    Attributes
    ----------
    calls : tuple of Calls
        By function, caller and reason.

    Examples
    --------
    >>> from minpack.scipy import Calls, Report
    >>> print(Report((Calls("leastsq", "astropy.modeling.fitting", 12, 0.25, ""),)))
    function  called by                 calls  seconds  served by
    leastsq   astropy.modeling.fitting     12    0.250  minpack
    """

    calls: tuple[Calls, ...]

    @property
    def served(self) -> int:
        """How many calls minpack served."""
        return sum(calls.count for calls in self.calls if not calls.passed_on)

    @property
    def passed_on(self) -> int:
        """How many calls SciPy served."""
        return sum(calls.count for calls in self.calls if calls.passed_on)

    def __str__(self) -> str:
        rows = [("function", "called by", "calls", "seconds", "served by")]
        for calls in self.calls:
            server = f"SciPy: {calls.passed_on}" if calls.passed_on else "minpack"
            rows.append((calls.function, calls.caller, str(calls.count), f"{calls.seconds:.3f}", server))
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        return "\n".join(
            f"{row[0]:<{widths[0]}}  {row[1]:<{widths[1]}}  {row[2]:>{widths[2]}}  {row[3]:>{widths[3]}}  {row[4]}"
            for row in rows
        )


class Counter:
    """Counts calls, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[tuple[str, str, str], list[float]] = {}

    def add(self, function: str, caller: str, passed_on: str, seconds: float) -> None:
        with self._lock:
            entry = self._counts.setdefault((function, caller, passed_on), [0, 0.0])
            entry[0] += 1
            entry[1] += seconds

    def report(self, clear: bool) -> Report:
        """All that was counted; start anew if `clear` is true."""
        with self._lock:
            counts = {key: tuple(entry) for key, entry in sorted(self._counts.items())}
            if clear:
                self._counts.clear()
        return Report(
            tuple(
                Calls(function, caller, int(count), seconds, passed_on)
                for (function, caller, passed_on), (count, seconds) in counts.items()
            )
        )
